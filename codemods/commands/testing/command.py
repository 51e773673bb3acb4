"""Runs the test command in a folder, with a time limit and a log."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from codemods.commands.testing.pytest_report import Report, read_report

__all__ = ["Command", "Finished"]

_PYTEST = re.compile(r"(?<![\w-])(?:pytest|py\.test)(?![\w-])")
_LAST = 20_000  # bytes of output that are looked at
_GRACE = 5.0  # seconds to end in before being killed


@dataclass(frozen=True, slots=True)
class Finished:
    """How one run of the command ended."""

    code: int  #: exit code; minus the number of a signal
    timed_out: bool
    seconds: float
    output: str  #: the end of it
    report: Report | None  #: what pytest reported, where it was pytest and did

    @property
    def ending(self) -> str:
        """How it ended, in words."""
        return "ran out of time" if self.timed_out else f"ended with exit code {self.code}"


@dataclass(frozen=True, slots=True)
class Command:
    """A line for the shell, and the circumstances in which it runs."""

    line: str
    folder: Path
    environment: Mapping[str, str]
    log: BinaryIO

    @property
    def is_pytest(self) -> bool:
        """Whether the line names pytest, so that single tests can be told apart."""
        return _PYTEST.search(self.line) is not None

    def run(self, title: str, timeout: float | None) -> Finished:
        """Run it; it and all that it started has ended afterwards.

        `title` introduces its output in the log; `timeout` is in seconds.
        """
        self.log.write(f"=== {title}\n".encode())
        self.log.flush()
        start = self.log.tell()
        with tempfile.TemporaryDirectory(prefix="codemods-", ignore_cleanup_errors=True) as folder:
            report = Path(folder, "junit.xml")
            began = time.monotonic()
            code, timed_out = self._wait(self._environment(Path(folder), report), timeout)
            seconds = time.monotonic() - began
            found = read_report(report) if self.is_pytest and not timed_out else None
        self.log.seek(0, os.SEEK_END)
        end = self.log.tell()
        self.log.seek(max(start, end - _LAST))
        output = self.log.read().decode("utf-8", "replace")
        finished = Finished(code, timed_out, seconds, output, found)
        self.log.write(f"=== {finished.ending} after {seconds:.1f} s\n\n".encode())
        self.log.flush()
        return finished

    def _environment(self, folder: Path, report: Path) -> dict[str, str]:
        # Bytecode files are told from stale ones by second and size, which is not enough here.
        environment = {**self.environment, "PYTHONDONTWRITEBYTECODE": "1"}
        if self.is_pytest:
            options = (
                f"-o cache_dir={folder} --junitxml={report} --tb=short --maxfail=0 "
                "--continue-on-collection-errors"
            )
            given = environment.get("PYTEST_ADDOPTS", "")
            environment["PYTEST_ADDOPTS"] = f"{given} {options}".strip()
        return environment

    def _wait(self, environment: Mapping[str, str], timeout: float | None) -> tuple[int, bool]:
        process = subprocess.Popen(
            self.line,
            shell=True,
            cwd=self.folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            return process.wait(timeout), False
        except subprocess.TimeoutExpired:
            return -signal.SIGKILL, True
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started, which also outlives a command that has ended."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
