"""Runs parts of tests in processes of their own: as another user, or to be killed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

NOBODY = 65534


@contextlib.contextmanager
def as_nobody() -> Iterator[tuple[Path, Callable[[Callable[[], str]], str]]]:
    """Yield a folder, and a function that runs another as a user whom file modes bind.

    That is the user of the tests, unless it is root. What the folder holds then becomes nobody's.
    """
    folder = Path(tempfile.mkdtemp(prefix="codemods-test-", dir="/tmp"))
    folder.chmod(0o755)
    modes: dict[Path, int] = {}

    def run(action: Callable[[], str]) -> str:
        root = os.getuid() == 0
        for path in (folder, *folder.rglob("*")):
            modes[path] = path.stat().st_mode
            if root:
                os.chown(path, NOBODY, NOBODY)
        answer = folder / "answer"
        answer.touch()
        answer.chmod(0o666)

        def child() -> None:
            if root:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
                os.environ["HOME"] = str(folder)
                os.environ["GIT_CONFIG_GLOBAL"] = os.devnull
            answer.write_text(action())

        child_status = wait(start(child))
        text = answer.read_text()
        answer.unlink()
        for path, mode in modes.items():
            path.chmod(mode)
        return text if child_status == 0 else f"the process ended with {child_status}"

    try:
        yield folder, run
    finally:
        shutil.rmtree(folder)


def start(action: Callable[[], None]) -> int:
    """Run a function in a forked process, the leader of a group, and return its id."""
    process = os.fork()
    if process:
        return process
    status = 1
    try:
        os.setpgid(0, 0)
        action()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def wait(process: int) -> int:
    """Wait for a process; return its exit code, or the negative number of its signal."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


KILLED = -signal.SIGKILL
