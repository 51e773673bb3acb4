"""What was typed after `codemods run`, and which flags exclude each other."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from codemods.commands.errors import RefusedError

__all__ = ["Color", "CommitBy", "Request"]


class Color(enum.StrEnum):
    """When to use colours."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class CommitBy(enum.StrEnum):
    """What becomes one commit."""

    CODEMOD = "codemod"
    PACKAGE = "package"
    FILE = "file"
    GROUP = "group"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The arguments of `codemods run`; docs/command-line.md describes them."""

    typed: tuple[str, ...] = ()  #: all of it, word for word
    paths: tuple[str, ...] = ()
    directory: Path = Path()
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    base: str = ""
    branch: str = ""
    commit_by: CommitBy = CommitBy.CODEMOD
    replace_branch: bool = False
    switch: bool = False
    dry_run: bool = False
    check: bool = False
    interactive: bool = False
    blame_ignore: bool = False
    test: str = ""
    test_runs: int | None = None
    test_timeout: float | None = None  # seconds
    stat: bool = False
    as_json: bool = False
    in_place: bool = False
    allow_dirty: bool = False
    stdin_filename: str = ""
    sign: bool | None = None
    signoff: bool = False
    date: str = ""
    report: Path | None = None
    jobs: int | None = None
    color: Color = Color.AUTO
    verbose: bool = False

    @property
    def reads_stdin(self) -> bool:
        """Whether the code comes from standard input."""
        return self.paths == ("-",)

    def record(self, within: tuple[PurePosixPath, ...]) -> dict[str, object]:
        """Return what a run must be told to come to the same commits, as JSON can hold it.

        `within` are the paths as the repository knows them.
        """
        typed = {
            "commit-by": "" if self.commit_by is CommitBy.CODEMOD else self.commit_by.value,
            "exclude": list(self.exclude),
            "include": list(self.include),
            "options": list(self.options),
            "paths": [str(path) for path in within],
        }
        return {key: value for key, value in typed.items() if value}

    def refuse_contradictions(self) -> None:
        """Refuse flags that exclude each other.

        Raises:
            RefusedError: names the first pair.
        """
        given = {
            "--base": bool(self.base),
            "--branch": bool(self.branch),
            "--commit-by": self.commit_by is not CommitBy.CODEMOD,
            "--replace-branch": self.replace_branch,
            "--switch": self.switch,
            "--dry-run": self.dry_run,
            "--check": self.check,
            "--interactive": self.interactive,
            "--blame-ignore": self.blame_ignore,
            "--test": bool(self.test),
            "--stat": self.stat,
            "--json": self.as_json,
            "--in-place": self.in_place,
            "--sign": self.sign is True,
            "--signoff": self.signoff,
            "--date": bool(self.date),
            "--report": self.report is not None,
            "--allow-dirty": self.allow_dirty,
            "-": self.reads_stdin,
        }
        for flag, (others, why) in _EXCLUDES.items():
            for other in others:
                if given[flag] and given[other]:
                    raise RefusedError(f"{flag} and {other} exclude each other: {why}")
        if "-" in self.paths and not self.reads_stdin:
            raise RefusedError("- stands for standard input and can't be mixed with other paths")
        if self.stdin_filename and not self.reads_stdin:
            raise RefusedError("--stdin-filename is for `codemods run -` only")
        for flag, value in (("--test-runs", self.test_runs), ("--test-timeout", self.test_timeout)):
            if value is not None and not self.test:
                raise RefusedError(f"{flag} is for --test only")
        if self.allow_dirty and not self.in_place:
            raise RefusedError(
                "--allow-dirty is for --in-place only: other runs never touch the working tree"
            )


_COMMITS = (
    "--branch",
    "--commit-by",
    "--interactive",
    "--blame-ignore",
    "--test",
    "--replace-branch",
    "--switch",
    "--sign",
    "--signoff",
    "--date",
)

_EXCLUDES = {
    "-": (
        ("--base", *_COMMITS, "--dry-run", "--stat", "--json", "--in-place", "--report"),
        "standard input is one file, and its result goes to standard output",
    ),
    "--in-place": (
        ("--base", *_COMMITS, "--dry-run", "--check"),
        "it changes the working tree and makes no commit",
    ),
    "--check": (
        ("--switch", "--replace-branch", "--interactive", "--test"),
        "a check writes nothing",
    ),
    "--dry-run": (
        ("--switch", "--replace-branch"),
        "a dry run writes nothing",
    ),
    "--json": (("--stat",), "the document holds the files already"),
}
