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


def laid_out(text: str) -> str:
    """Return a text without the newlines that only lay out a terminal.

    Those of literals are taken off; those that a starred operand brings are not.
    """
    return text.lstrip("\n").removesuffix("\n")


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
    differ = [
        pair for pair in pairs if laid_out(says_before(pair[0])) != laid_out(says_after(pair[1]))
    ]
    json.dump(differ, sys.stdout)


if __name__ == "__main__":
    main()
