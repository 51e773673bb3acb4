"""Runs a cell in its own process group, within limits, and tells how it ended."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

__all__ = ["MARK", "Ended", "Limits", "end_marked", "excerpt", "run_cell"]

MARK = "CODEMODS_CELL"  #: a variable of all that a cell starts, where it starts foreign commands
_LOOK_EVERY = 0.05  # seconds
_ROUNDS = 100  # in which those are looked for that others started meanwhile
_LOG_LIMIT = 1_000_000  # bytes of a log that are kept
# They name a repository other than the one that the cell is about.
_FOREIGN = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_WORK_TREE",
    }
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a cell may use."""

    timeout: float = 1800.0  #: seconds
    memory: int = 0  #: bytes of address space; 0 is without limit


@dataclass(frozen=True, slots=True)
class Ended:
    """How a cell ended."""

    code: int  #: its exit code, or the negative number of the signal that ended it
    output: str
    log: str
    seconds: float
    timed_out: bool = False
    stopped: bool = False  #: because the batch was
    earlier: str = ""  #: what the attempts before it logged


def run_cell(
    request: Mapping[str, object],
    limits: Limits,
    environment: Mapping[str, str],
    stop: threading.Event | None = None,
) -> Ended:
    """Carry out one request and wait for its end, which is forced when `stop` is set.

    `environment` is added to that of this process. Nothing is raised for what the cell does.
    """
    variables = {key: value for key, value in os.environ.items() if key not in _FOREIGN}
    mark = uuid.uuid4().hex if "--test" in _arguments(request) else ""
    line = json.dumps({**request, "timeout": limits.timeout, "memory": limits.memory})
    started = time.monotonic()
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "codemods.batch.cell"],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=log,
            env={**variables, **environment, MARK: mark},
            start_new_session=True,
        )
        assert process.stdin
        timed_out = stopped = False
        try:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(line.encode() + b"\n")
                process.stdin.flush()
            while not (timed_out or stopped):
                try:
                    process.wait(_LOOK_EVERY)
                    break
                except subprocess.TimeoutExpired:
                    timed_out = time.monotonic() - started > limits.timeout
                    stopped = stop is not None and stop.is_set()
        finally:
            # Whatever the cell has started ends with it.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            end_marked(mark)
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
        seconds = time.monotonic() - started
        return Ended(process.returncode, _text(output), _text(log), seconds, timed_out, stopped)


def _arguments(request: Mapping[str, object]) -> Sequence[str]:
    """Return what ``codemods run`` is told by a request, if it is."""
    arguments = request.get("arguments")
    return arguments if isinstance(arguments, list | tuple) else ()


def end_marked(mark: str) -> None:
    """End the commands that ran under a mark, which have process groups of their own (Linux)."""
    text = f"{MARK}={mark}".encode()
    for _ in range(_ROUNDS if mark else 0):
        found = False
        for path in Path("/proc").glob("[0-9]*/environ"):
            number = int(path.parent.name)
            with contextlib.suppress(OSError):
                if number != os.getpid() and text in path.read_bytes().split(b"\0"):
                    os.kill(number, signal.SIGKILL)
                    found = True
        if not found:
            return


def excerpt(path: Path) -> str:
    """Return what a file holds; of a long one the beginning and the end."""
    with path.open("rb") as file:
        return _text(file)


def _text(file: IO[bytes]) -> str:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if size <= _LOG_LIMIT:
        data = file.read()
    else:
        data = file.read(_LOG_LIMIT // 2) + b"\n[...]\n"
        file.seek(-_LOG_LIMIT // 2, os.SEEK_END)
        data += file.read()
    return data.decode("utf-8", "replace")
