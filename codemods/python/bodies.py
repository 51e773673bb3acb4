"""Function bodies whose names are read only when somebody asks about a word that is in them."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from codemods.python.scopes import Scope
from codemods.python.source import SourceText

__all__ = ["Bodies", "Body"]


class Body(NamedTuple):
    """The outermost function around some code, which nobody has asked about yet."""

    start: int  #: offset of its first line
    end: int  #: offset of the line after it
    scope: Scope  #: its own


class Bodies:
    """Those of one file. An identifier of a body stands in its text as it is, but for two cases.

    Where the text is not ASCII, Python takes other letters for the same identifier. And a quoted
    annotation can spell one with escapes, or in pieces: that is not seen.
    """

    def __init__(self, file: SourceText) -> None:
        self._text = file.text
        self._starts = file.line_starts
        self._ascii = file.text.isascii()
        self._waiting: list[Body] = []
        self._ends: list[int] = []
        self._known: set[str] = set()

    def mention(self, *words: str) -> bool:
        """Tell whether one of some words is anywhere in the file."""
        return any(word in self._text for word in words)

    def add(self, first: int, last: int, scope: Scope) -> bool:
        """Keep the function on some lines for later; False when it has to be read at once."""
        start = self._starts[first - 1]
        end = self._starts[last] if last < len(self._starts) else len(self._text)
        if not self._ascii and not self._text[start:end].isascii():
            return False
        self._waiting.append(Body(start, end, scope))
        return True

    def holding(self, word: str) -> list[Body]:
        """Take out those that hold a word."""
        if word in self._known:
            return []
        self._known.add(word)
        if not self._waiting:
            return []
        if len(self._ends) != len(self._waiting):
            self._waiting.sort(key=lambda body: body.start)
            self._ends = [body.end for body in self._waiting]
        found: list[int] = []
        at = self._text.find(word)
        while at >= 0:
            number = bisect_right(self._ends, at)
            if number == len(self._ends):
                break
            body = self._waiting[number]
            if body.start <= at:
                found.append(number)
                at = self._text.find(word, body.end)
            else:
                at = self._text.find(word, body.start)
        taken = [self._waiting[number] for number in found]
        for number in reversed(found):
            del self._waiting[number], self._ends[number]
        return taken

    def rest(self) -> list[Body]:
        """Take out all that are left."""
        taken, self._waiting, self._ends = self._waiting, [], []
        return taken
