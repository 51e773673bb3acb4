"""Puts lifted lines in place of the old ones."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Sequence

from codemods.codemod import FileEdit, Order, Replacement, Span
from codemods.python.source import SourceText, line_starts

__all__ = ["rewrite_text"]


def rewrite_text(file: SourceText, orders: Sequence[Order]) -> FileEdit:
    """Replace the lines that lifting changed, and no others."""
    new = next(order.data for order in orders if order.data is not None)
    old_lines, new_lines = _lines(file.text), _lines(new)
    matcher = difflib.SequenceMatcher(None, old_lines, new_lines, autojunk=False)
    starts = [*file.line_starts, len(file.text)]
    replacements = tuple(
        Replacement(Span(starts[a], starts[b]), "".join(new_lines[c:d]))
        for tag, a, b, c, d in matcher.get_opcodes()
        if tag != "equal"
    )
    return FileEdit(replacements, frozenset(order.site for order in orders if order.site))


def _lines(text: str) -> list[str]:
    starts = [*line_starts(text), len(text)]
    return [text[a:b] for a, b in itertools.pairwise(starts) if b > a]
