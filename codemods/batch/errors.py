"""How a batch says that it can't do what was asked."""

from __future__ import annotations

__all__ = ["BatchError"]


class BatchError(Exception):
    """Something stops the whole batch; the text is one sentence that says what to do.

    `exit_code` is 2 where the person asked for something impossible, and 3 where something failed.
    """

    def __init__(self, message: str, exit_code: int = 2) -> None:
        super().__init__(message)
        self.exit_code = exit_code
