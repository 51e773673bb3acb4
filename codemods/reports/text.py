"""Text of a repository, made harmless for where it is shown."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

__all__ = ["count", "listed", "one_line", "path_bytes", "printable", "unicode_text"]


def printable(text: str) -> str:
    """Escape whatever could move a cursor, change a colour or turn the reading direction.

    A byte of a file name that is not UTF-8 (a lone surrogate U+DC80 to U+DCFF) becomes ``\\xNN``.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def one_line(code: str, width: int = 88) -> str:
    """Return the first line of some code, harmless, with ``…`` for what is not shown."""
    first, *rest = code.strip().splitlines() or [""]
    text = printable(first.rstrip().replace("\t", " "))
    if len(text) > width:
        return f"{text[: width - 1]}…"
    return f"{text} …" if rest else text


def unicode_text(text: str) -> str:
    """Replace lone surrogates by U+FFFD, so that the text can be encoded as UTF-8."""
    if text.isascii():
        return text
    return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)


def path_bytes(path: PurePosixPath) -> bytes:
    """Return the bytes that a path has in Git and on disk."""
    return str(path).encode("utf-8", "surrogateescape")


def count(number: int, noun: str) -> str:
    """Return ``1 site``, ``2 sites``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(words: Iterable[str]) -> str:
    """Return ``a``, ``a and b``, ``a, b and c``."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _escaped(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
