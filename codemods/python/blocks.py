"""Blocks of statements, and the whole physical lines that a run of statements fills."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from codemods.codemod import Span
from codemods.python.source import SourceFile

__all__ = ["Run", "ast_range", "blocks_of", "closed_run", "path_to"]

AstRange = tuple[tuple[int, int], tuple[int, int]]
"""Start and end as (line from 1, UTF-8 column from 0), as `ast` counts them."""


class Run(NamedTuple):
    """Consecutive statements of one block that share no physical line with anything else."""

    block: Sequence[ast.stmt]
    first: int
    last: int
    span: Span  #: whole physical lines, without the newline of the last one


def ast_range(file: SourceFile, span: Span) -> AstRange:
    """Return a span in the coordinates of `ast`."""
    return _ast_position(file, span.start), _ast_position(file, span.end)


def blocks_of(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yield the blocks of a compound statement in source order; none for a simple one."""
    match statement:
        case ast.Match():
            for case in statement.cases:
                yield case.body
        case ast.Try() | ast.TryStar():
            yield statement.body
            for handler in statement.handlers:
                yield handler.body
            yield statement.orelse
            yield statement.finalbody
        case ast.If() | ast.For() | ast.AsyncFor() | ast.While():
            yield statement.body
            yield statement.orelse
        case ast.With() | ast.AsyncWith() | ast.ClassDef():
            yield statement.body
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield statement.body


def path_to(file: SourceFile, span: Span) -> list[tuple[Sequence[ast.stmt], int]]:
    """Return (block, index) for each statement around a span, outermost first.

    Empty when the span is in no statement (a comment of the module, say).
    """
    wanted = ast_range(file, span)
    path: list[tuple[Sequence[ast.stmt], int]] = []
    block: Sequence[ast.stmt] | None = file.tree.body
    while block:
        index = bisect_right(block, wanted[0], key=_start) - 1
        if index < 0 or not _start(block[index]) <= wanted[0] <= wanted[1] <= _end(block[index]):
            break
        path.append((block, index))
        block = next(
            (
                inner
                for inner in blocks_of(block[index])
                if inner and _start(inner[0]) <= wanted[0] and wanted[1] <= _end(inner[-1])
            ),
            None,
        )
    return path


def closed_run(file: SourceFile, block: Sequence[ast.stmt], index: int) -> Run | None:
    """Return the smallest run of whole lines around one statement of a block.

    None when the block's first statement shares a line with what opens the block (a one-line
    suite, ``elif``, a backslash after the colon): then only a run of the parent's is closed.
    """
    first = last = index
    while not _begins_line(file, block[first]):
        if first == 0:
            return None
        first -= 1
    while last + 1 < len(block) and not _begins_line(file, block[last + 1]):
        last += 1
    head = block[first]
    if isinstance(head, ast.If) and file.text.startswith("elif", file.span(head).start):
        return None
    start = file.line_starts[_start(head)[0] - 1]
    return Run(block, first, last, Span(start, _lines_end(file, block[last])))


def _start(statement: ast.stmt) -> tuple[int, int]:
    decorators = getattr(statement, "decorator_list", None)
    if decorators:
        # The position of a decorated definition is that of `def`; the @ is on the line of its
        # expression, or above if someone put a backslash or a parenthesis between the two.
        return decorators[0].lineno, 0
    return statement.lineno, statement.col_offset


def _end(statement: ast.stmt) -> tuple[int, int]:
    assert statement.end_lineno is not None
    assert statement.end_col_offset is not None
    return statement.end_lineno, statement.end_col_offset


def _begins_line(file: SourceFile, statement: ast.stmt) -> bool:
    """Whether a statement's first line holds nothing else before it and continues no other."""
    line, column = _start(statement)
    if getattr(statement, "decorator_list", None):
        if not file.line_text(line).lstrip(" \t\f").startswith("@"):
            return False
    else:
        start = file.line_starts[line - 1]
        if file.text[start : start + column].strip(" \t\f"):
            return False
    if line == 1:
        return True
    # A comment may end in a backslash behind code as well; taking that for a continuation only
    # makes a region larger.
    above = file.line_text(line - 1)
    return not above.endswith("\\") or above.lstrip(" \t\f").startswith("#")


def _lines_end(file: SourceFile, statement: ast.stmt) -> int:
    """Return the end of a statement's last physical line, without its newline."""
    line, column = _end(statement)
    line_span = file.line_span(line)
    rest = file.text[file.offset(line, column) : line_span.end]
    while rest.strip(" \t\f;") == "\\" and line < len(file.line_starts):
        line += 1
        line_span = file.line_span(line)
        rest = file.text[line_span.start : line_span.end]
    return line_span.end


def _ast_position(file: SourceFile, offset: int) -> tuple[int, int]:
    line = bisect_right(file.line_starts, offset)
    piece = file.text[file.line_starts[line - 1] : offset]
    return line, len(piece if piece.isascii() else piece.encode("utf-8", "surrogatepass"))
