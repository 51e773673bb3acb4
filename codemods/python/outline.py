"""Where a file's functions stand, so that a few statements can be parsed without the others.

An outline is taken while the file is surveyed, and used when it is rewritten: most files have few
sites, and a parse of the whole file takes longer than their rewriting.
"""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from codemods.codemod import Span
    from codemods.python.source import SourceFile

__all__ = ["Lines", "Outline", "outline_of", "untouched", "without"]


class Lines(NamedTuple):
    """Where a function or method stands that fills its lines."""

    first: int  #: from 1; of its first decorator, if it has any
    last: int
    column: int


class Outline(NamedTuple):
    """What is kept of a parsed file."""

    indent: str  #: as `SourceFile.indent`
    functions: tuple[Lines, ...]  #: in order; those in functions are not among them


def outline_of(file: SourceFile) -> Outline:
    """Return the outline of a file."""
    return Outline(file.indent, tuple(_functions(file, file.tree.body)))


def untouched(file: SourceFile, outline: Outline, spans: Iterable[Span]) -> tuple[Lines, ...]:
    """Return the functions that no span touches."""
    touching = sorted(_lines(file, span) for span in spans)
    found: list[Lines] = []
    reached = index = 0
    for function in outline.functions:
        while index < len(touching) and touching[index][0] <= function.last:
            reached = max(reached, touching[index][1])
            index += 1
        if reached < function.first:
            found.append(function)
    return tuple(found)


def without(file: SourceFile, functions: Iterable[Lines]) -> str:
    """Return the file's text with an empty tuple for each of some functions, which are in order.

    All that is left stands where it stood, and the tuples fill the lines of their functions.
    """
    text, starts = file.text, file.line_starts
    pieces: list[str] = []
    at = 0
    for first, last, column in functions:
        pieces += (text[at : starts[first - 1] + column], "(", "\n" * (last - first), ")")
        at = file.line_span(last).end
    return "".join((*pieces, text[at:]))


def _lines(file: SourceFile, span: Span) -> tuple[int, int]:
    starts = file.line_starts
    return bisect_right(starts, span.start), bisect_right(starts, span.end)


def _functions(file: SourceFile, body: Sequence[ast.stmt]) -> Iterator[Lines]:
    """Yield the functions of a block and of the classes in it, in order."""
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            yield from _functions(file, statement.body)
        elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            decorators = statement.decorator_list
            first = decorators[0].lineno if decorators else statement.lineno
            last = statement.end_lineno or first
            if first < last and _fills_lines(file, statement, first):
                yield Lines(first, last, statement.col_offset)


def _fills_lines(
    file: SourceFile, statement: ast.FunctionDef | ast.AsyncFunctionDef, first: int
) -> bool:
    """Whether nothing else, except a comment at the end, stands on a function's lines."""
    text, starts = file.text, file.line_starts
    start = starts[first - 1]
    code = start + statement.col_offset  # as many characters, if there are only blanks before it
    if text[start:code].strip(" \t") or not text.startswith(("def", "async", "@"), code):
        return False
    if text.endswith(("\\\n", "\\\r\n", "\\\r"), 0, start):
        return False
    last = statement.end_lineno or first
    end = file.offset(last, statement.end_col_offset or 0)
    if text[end : end + 1] in ("\n", ""):
        return True
    rest = text[end : file.line_span(last).end].strip(" \t\f")
    return not rest or rest.startswith("#")
