"""Comments by which a person keeps a place as it is.

``# codemods: ignore[utcnow] reason`` at the end of a line is about the sites that stand on that
line; on a line of its own it is about the statement below, with everything inside it. Several names
are separated by commas, and no brackets mean every codemod. ``# codemods: ignore-file[…] reason``
is about the whole file.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from typing import NamedTuple

from codemods.codemod import Position
from codemods.python.source import SourceFile

__all__ = ["MARK", "Suppression", "suppressions"]

MARK = b"codemods:"
"""A file without these bytes has no suppression."""

_COMMENT = re.compile(
    r"#\s*codemods:\s*ignore(?P<file>-file)?\s*(?:\[(?P<names>[^\]]*)\])?\s*[:-]?\s*(?P<reason>.*)"
)


class Suppression(NamedTuple):
    """One such comment, and the lines that it is about."""

    position: Position  #: of the comment
    text: str  #: the comment as written
    first: int  #: the lines that it is about, from 1, both inclusive
    last: int
    codemods: frozenset[str]  #: empty for every codemod
    reason: str

    def covers(self, codemod: str, position: Position) -> bool:
        """Tell whether it is about a codemod's site at a position."""
        about = not self.codemods or codemod in self.codemods
        return about and position.line <= self.last and position.end_line >= self.first


def suppressions(file: SourceFile) -> tuple[Suppression, ...]:
    """Return the suppressions of a file, in order."""
    if MARK not in file.data:
        return ()
    return tuple(_suppressions(file))


def _suppressions(file: SourceFile) -> Iterator[Suppression]:
    lines = io.StringIO(file.text, newline=None)
    for token in tokenize.generate_tokens(lines.readline):
        if token.type != tokenize.COMMENT:
            continue
        match = _COMMENT.match(token.string)
        if match is None:
            continue
        (line, column), (end_line, end_column) = token.start, token.end
        names = frozenset(one.strip() for one in (match["names"] or "").split(",")) - {""}
        if match["file"]:
            first, last = 1, len(file.line_starts)
        elif token.line[:column].strip():
            first = last = line
        else:
            first, last = _statement_below(file.tree, line)
        yield Suppression(
            Position(line, column + 1, end_line, end_column + 1),
            token.string,
            first,
            last,
            names,
            match["reason"].strip(),
        )


def _statement_below(tree: ast.Module, line: int) -> tuple[int, int]:
    """Return the first and last line of the statement that begins next after a line."""
    best: tuple[int, int] | None = None
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            decorators = getattr(node, "decorator_list", [])
            first = min([node.lineno, *(one.lineno for one in decorators)])
            last = node.end_lineno or first
            # Of statements that begin on one line the outermost comes first in the walk.
            if first > line and (best is None or first < best[0]):
                best = (first, last)
    return best or (line, line)
