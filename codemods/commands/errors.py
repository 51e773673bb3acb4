"""How a command says that it can't do what was asked."""

from __future__ import annotations

__all__ = ["FAILED", "INTERRUPTED", "OK", "PENDING", "USAGE", "RefusedError"]

OK = 0
PENDING = 1  #: `--check` found changes
USAGE = 2  #: usage or configuration
FAILED = 3  #: something failed
INTERRUPTED = 130  #: Ctrl-C: 128 and the number of SIGINT


class RefusedError(Exception):
    """What was asked can't be done; the text is one sentence that says what to do instead."""

    def __init__(self, message: str, exit_code: int = USAGE) -> None:
        super().__init__(message)
        self.exit_code = exit_code
