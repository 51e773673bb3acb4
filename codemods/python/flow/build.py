"""From one file's `ast` tree to its part of the flow graph, in one pass."""

from __future__ import annotations

import ast
from array import array
from collections.abc import Mapping
from typing import Final

from codemods.python.flow.index import find_mentions, make_index
from codemods.python.flow.summary import FlowSummary
from codemods.python.flow.walk.assignments import ASSIGNMENTS, NAMED
from codemods.python.flow.walk.branches import BRANCHES
from codemods.python.flow.walk.comprehensions import COMPREHENSIONS
from codemods.python.flow.walk.definitions import DEFINITIONS, LAMBDA
from codemods.python.flow.walk.expressions import EXPRESSIONS
from codemods.python.flow.walk.state import Expressions, Statements, Walk
from codemods.python.flow.walk.statements import SIMPLE
from codemods.python.source import SourceFile

__all__ = ["summarize"]

_EXPRESSIONS: Final[Expressions] = {**EXPRESSIONS, **COMPREHENSIONS, **NAMED, **LAMBDA}
_STATEMENTS: Final[Statements] = {**SIMPLE, **ASSIGNMENTS, **BRANCHES, **DEFINITIONS}


def summarize(file: SourceFile, seeds: Mapping[int, str], *, followed: bool = False) -> FlowSummary:
    """Return the file's part of the flow graph.

    `seeds` gives names to expression nodes of `file.tree`, by ``id(node)``; `followed` says that a
    plan will follow values from there. A file that is nested too deeply has an empty summary.
    """
    try:
        walk = _walked(file.tree, file.text, seeds)
    except RecursionError:
        walk = _walked(ast.Module([], []), "", {})
    wide: dict[int, str] = {}
    if not file.text.isascii():
        for line in range(1, len(file.line_starts) + 1):
            text = file.line_text(line)
            if not text.isascii():
                wide[line] = text
    summary = FlowSummary(
        file.path,
        tuple(walk.operations),
        tuple(walk.flows),
        tuple(walk.functions),
        tuple(walk.classes),
        walk.globals,
        tuple(walk.stars),
        walk.seeds,
        walk.declared,
        array("q", file.line_starts),  # which costs nothing to send
        wide,
    )
    # Files are surveyed side by side, and every plan waits for itself.
    summary.__dict__["mentions"] = find_mentions(summary)
    if followed:
        summary.__dict__["index"] = make_index(summary)
    return summary


def _walked(tree: ast.Module, text: str, seeds: Mapping[int, str]) -> Walk:
    walk = Walk(tree, text, seeds, _EXPRESSIONS, _STATEMENTS)
    walk.run(tree.body)
    return walk
