"""Paths and texts in the quoting that Git reads and writes."""

from __future__ import annotations

import os
import re
from pathlib import PurePosixPath

__all__ = ["display_path", "quote_bytes", "split_at_nul"]

_UNSAFE_BYTE = re.compile(rb"[^ !#-\[\]-~]")


def quote_bytes(data: bytes) -> bytes:
    """Return a C-style quoted form in printable ASCII, as fast-import and alternates read it."""
    return b'"' + _UNSAFE_BYTE.sub(_octal, data) + b'"'


def display_path(path: PurePosixPath) -> str:
    """Return a path for a person: as it is, or quoted like Git does where that is unsafe.

    Unsafe is what is not printable, not UTF-8, a quotation mark or a backslash.
    """
    text = str(path)
    if text.isprintable() and not {'"', "\\"} & set(text) and text == text.strip():
        return text
    parts = (
        character
        if character.isprintable() and character not in '"\\'
        else _UNSAFE_BYTE.sub(_octal, os.fsencode(character)).decode("ascii")
        for character in text
    )
    return '"' + "".join(parts) + '"'


def split_at_nul(answer: bytes) -> list[str]:
    """Return the texts of an answer that ends each with NUL, as Git does with ``-z``."""
    return os.fsdecode(answer).split("\0")[:-1]


def _octal(match: re.Match[bytes]) -> bytes:
    return b"\\%03o" % match[0][0]
