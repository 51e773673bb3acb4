"""One line on a terminal that says how far a long run is."""

from __future__ import annotations

import shutil
import time
from typing import TextIO

__all__ = ["ProgressLine"]

_AFTER = 1.0  # seconds; shorter runs show nothing
_EVERY = 0.1
_STAGES = {"search": "searching", "survey": "reading", "rewrite": "rewriting"}


class ProgressLine:
    """Shows ``reading 120 of 400 files``; silent where the stream is no terminal.

    It has no thread of its own: worker processes are forked, and forking is safe only while
    there is one thread.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._started = self._shown = time.monotonic()
        self._visible = False

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(self, *_: object) -> None:
        if self._visible:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Say how many of a stage's files are done."""
        now = time.monotonic()
        if not self._live or now - self._started < _AFTER or now - self._shown < _EVERY:
            return
        self._shown = now
        self._visible = True
        figures = f" {done:,} of {total:,} files" if total > 1 else ""
        text = f"{_STAGES.get(stage, stage)}{figures} …"[: shutil.get_terminal_size().columns - 1]
        self._stream.write(f"\r\x1b[K{text}")
        self._stream.flush()
