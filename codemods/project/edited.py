"""What an editor of one dependency file gives back."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CannotEditError", "Edited", "newline_of"]


class CannotEditError(Exception):
    """A file can't take the requirement; the text is a clause that says why."""


class Edited(NamedTuple):
    """The new text of a file, and the requirements that the new one was put among, as written."""

    text: str
    neighbours: tuple[str, ...]


def newline_of(text: str) -> str:
    """Return the newline of a configuration file."""
    return "\r\n" if "\r\n" in text else "\n"
