"""Runs statements before and after the codemod and compares what they say.

Also a program: it reads pairs of statements as JSON and answers with the pairs that differ, so
that it can be run by interpreters that have none of the tool's dependencies.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import sys


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def namespace() -> dict[str, object]:
    """Return the names that the statements may use; no value begins or ends in a newline."""
    return {
        "n": 7,
        "x": "va%s{}l\nue",
        "d": {"k": "é%", "two": 2},
        "t": (1, "%d"),
        "one": (5,),
        "none": None,
        "empty": {},
        "pi": 3.14159,
        "error": ValueError("b%d {x}"),
        "xs": [1, "b", None],
        "nothing": [],
        "sys": sys,
    }


def expected(statement: str) -> tuple[str, ...]:
    """Return what a logging call may say for a `print` statement.

    Newlines that only lay out a terminal are not said: those before the text, and one after it.
    A starred operand is joined with all others before the call and keeps them; so do operands with
    comments between them, which are left whole.
    """
    text = says_before(statement)
    said = text.lstrip("\n").removesuffix("\n")
    return (said, text) if "*" in statement or "# 0" in statement else (said,)


def says_before(statement: str) -> str:
    """Return what a `print` statement writes, without the end of its line."""
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream):
        exec(statement, namespace())
    return stream.getvalue().removesuffix("\n")


def says_after(statement: str) -> str:
    """Return the message of a logging statement."""
    logger = logging.Logger("test")
    kept = _Kept()
    logger.addHandler(kept)
    exec(statement, namespace() | {"logger": logger})
    (message,) = kept.messages
    return message


def main() -> None:
    """Answer on standard output with the pairs that don't say the same."""
    pairs = json.load(sys.stdin)
    differ = [pair for pair in pairs if says_after(pair[1]) not in expected(pair[0])]
    json.dump(differ, sys.stdout)


if __name__ == "__main__":
    main()
