"""Runs Git commands so that nothing of the user's machine can change what they do or print."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from subprocess import PIPE
from typing import TYPE_CHECKING, BinaryIO

from codemods.git.errors import CommandFailedError, GitError

if TYPE_CHECKING:
    from git import Git

__all__ = ["Begun", "Runner"]

# Hooks, monitors and foreign protocols would run code; the rest changes what is printed.
_CONFIGURATION = (
    ("core.hooksPath", os.devnull),
    ("core.fsmonitor", "false"),
    ("protocol.ext.allow", "never"),
    ("submodule.recurse", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("advice.detachedHead", "false"),
    ("i18n.commitEncoding", "UTF-8"),
    ("i18n.logOutputEncoding", "UTF-8"),
    ("color.ui", "false"),
    ("core.quotePath", "true"),
    ("core.abbrev", "auto"),
    ("diff.algorithm", "default"),
    ("diff.colorMoved", "no"),
    ("diff.context", "3"),
    ("diff.dstPrefix", "b/"),
    ("diff.ignoreSubmodules", "none"),
    ("diff.indentHeuristic", "true"),
    ("diff.interHunkContext", "0"),
    ("diff.mnemonicPrefix", "false"),
    ("diff.noprefix", "false"),
    ("diff.orderFile", os.devnull),
    ("diff.relative", "false"),
    ("diff.renames", "true"),
    ("diff.srcPrefix", "a/"),
    ("diff.submodule", "short"),
    ("diff.suppressBlankEmpty", "false"),
    ("diff.wsErrorHighlight", "new"),
    ("format.pretty", "medium"),
    ("log.abbrevCommit", "false"),
    ("log.date", "default"),
    ("log.follow", "false"),
    ("log.showRoot", "true"),
    ("log.showSignature", "false"),
)

_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LFS_SKIP_SMUDGE": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",  # what is read is what others have
    "GIT_PAGER": "cat",
    "GIT_DIFF_OPTS": "",
    "GIT_LITERAL_PATHSPECS": "0",
    "GIT_GLOB_PATHSPECS": "0",
    "GIT_NOGLOB_PATHSPECS": "0",
    "GIT_ICASE_PATHSPECS": "0",
    "LANGUAGE": "C",
    "LC_ALL": "C",
}

_DUBIOUS = re.compile(r"detected dubious ownership in repository at '(.*?)'\n", re.DOTALL)
_ERROR = re.compile(r"^error: ", re.MULTILINE)
_UNWRITABLE = re.compile(
    r"Read-only file system|Permission denied|insufficient permission for adding an object"
)

# Elsewhere these words are about a remote or a key.
_WRITING = frozenset({"unpack-objects", "index-pack", "update-ref"})


class Begun:
    """A command that is running; it is ended when nobody refers to it any more."""

    def __init__(
        self,
        command: str,
        running: Git.AutoInterrupt,
        accept: Collection[int],
        whole: bool,
    ) -> None:
        self._command = command
        self._running = running
        self._accept = accept
        self._whole = whole

    def result(self) -> bytes:
        """Wait for its end and return its standard output; to be called once.

        Raises:
            GitError: as `Runner.run`.
        """
        process = self._running.proc
        assert process is not None
        output: bytes
        said: bytes
        output, said = process.communicate()
        errors = os.fsdecode(said.removesuffix(b"\n"))
        status = process.returncode
        if status not in self._accept or (self._whole and _ERROR.search(errors)):
            raise _translate(CommandFailedError(self._command, status, errors))
        return output


class Runner:
    """Runs Git commands in one repository; bytes in, bytes out.

    The person's environment and configuration stay in force (credentials, proxies, keys), apart
    from what could run code unasked or change an output that is read or compared.
    """

    def __init__(self, git: Git, directory: str) -> None:
        self._git = git
        # GitPython expands variables in its working directory, and where it can't be entered, it
        # runs the command in that of this process.
        self._directory = directory
        git.update_environment(**_ENVIRONMENT)

    def run(
        self,
        command: str,
        *arguments: str,
        stdin: bytes | Sequence[bytes] | None = None,
        config: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        accept: Collection[int] = (0,),
        detached: bool = False,
        whole: bool = False,
    ) -> bytes:
        """Run ``git COMMAND ARGUMENTS`` and return its standard output, untouched.

        `stdin` is what it reads, in one piece or in several; `config` holds further ``key=value``
        settings for this call; `accept` the statuses that are no failure. A `detached` command goes
        on when this process and its group are killed. Some commands pass over what they can't read
        and end well: not where the answer must be `whole`.

        Raises:
            GitError: the status is none of `accept`, or the answer is not whole.
        """
        return self.begin(
            command,
            *arguments,
            stdin=stdin,
            config=config,
            environment=environment,
            accept=accept,
            detached=detached,
            whole=whole,
        ).result()

    def begin(
        self,
        command: str,
        *arguments: str,
        stdin: bytes | Sequence[bytes] | None = None,
        config: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        accept: Collection[int] = (0,),
        detached: bool = False,
        whole: bool = False,
    ) -> Begun:
        """Start what `run` runs; it stops when it has said more than a pipe holds."""
        with _as_file(stdin) as stream:
            running = self._git.execute(
                self._line(command, arguments, config),
                istream=stream,
                env=environment,
                as_process=True,
                start_new_session=detached,
            )
        return Begun(command, running, accept, whole)

    def start(self, command: str, *arguments: str) -> Git.AutoInterrupt:
        """Start a command that answers what is written to its standard input.

        It is ended when the answer is no longer referred to.
        """
        return self._git.execute(self._line(command, arguments), istream=PIPE, as_process=True)

    def _line(
        self, command: str, arguments: Sequence[str], config: Sequence[str] = ()
    ) -> list[str]:
        settings = (f"{key}={value}" for key, value in _CONFIGURATION)
        options = [part for setting in (*settings, *config) for part in ("-c", setting)]
        program = self._git.GIT_PYTHON_GIT_EXECUTABLE or "git"
        return [program, "-C", self._directory, *options, command, *arguments]


@contextlib.contextmanager
def _as_file(data: bytes | Sequence[bytes] | None) -> Iterator[BinaryIO | None]:
    # A file instead of a pipe: Git can answer before it has read everything, without a deadlock.
    if data is None:
        yield None
        return
    with tempfile.TemporaryFile() as file:
        file.writelines((data,) if isinstance(data, bytes) else data)
        file.seek(0)
        yield file


def _translate(error: CommandFailedError) -> GitError:
    dubious = _DUBIOUS.search(error.stderr + "\n")
    if dubious:
        return GitError(
            f"Git does not trust {dubious[1]}, which belongs to another user; if you trust it, "
            f"run: git config --global --add safe.directory {shlex.quote(dubious[1])}"
        )
    if "No space left on device" in error.stderr:
        return GitError(
            f"git {error.command} failed: no space is left on the disk; free some, or, where it is "
            "that of temporary files, set TMPDIR to a folder on another one",
            exit_code=3,
        )
    if error.command in _WRITING and _UNWRITABLE.search(error.stderr):
        return GitError(
            f"Git may not write here ({error.complaint}); make the repository writable, or use "
            "--dry-run, which writes nothing",
            exit_code=3,
        )
    return error
