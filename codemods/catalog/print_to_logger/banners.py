"""Lines of dashes have the level of what they frame (P16, R71)."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace

from codemods.catalog.print_to_logger.facts import Print
from codemods.catalog.print_to_logger.message import is_banner
from codemods.catalog.print_to_logger.seen import Seen
from codemods.python.source import SourceFile

__all__ = ["with_banner_levels"]


def with_banner_levels(
    file: SourceFile, prints: Sequence[Print], seen: Mapping[str, Seen]
) -> list[Print]:
    """Return the prints of a file; lines of dashes have the level of what they frame.

    Args:
        file: the file.
        prints: in the order of the file.
        seen: by the ids of the prints.
    """
    by_statement = {
        id(seen[one.id].point.stmt): one
        for one in prints
        if seen[one.id].use.is_statement and one.message is not None
    }
    changed: dict[str, Print] = {}
    for one in prints:
        if one.message is None or one.blank or not is_banner(one.message):
            continue
        point = seen[one.id].point
        suite = point.block.suite
        if point.stmt not in suite:
            continue
        at = suite.index(point.stmt)
        before = _framed(suite[:at][::-1], by_statement)
        framed = _framed(suite[at + 1 :], by_statement)
        if before is not None and (
            framed is None or _closes(file, one, before, by_statement, seen)
        ):
            framed = before
        if framed is not None:
            changed[one.id] = replace(one, level=framed.level)
    return [changed.get(one.id, one) for one in prints]


def _closes(
    file: SourceFile,
    banner: Print,
    message: Print,
    prints: Mapping[int, Print],
    seen: Mapping[str, Seen],
) -> bool:
    """Tell whether a line of dashes ends what an equal one before the message began."""
    point = seen[message.id].point
    suite = point.block.suite
    at = suite.index(point.stmt)
    opening = prints.get(id(suite[at - 1])) if at else None
    return opening is not None and _code(file, opening) == _code(file, banner)


def _code(file: SourceFile, printed: Print) -> str:
    return file.text[printed.span.start : printed.span.end]


def _framed(suite: Sequence[ast.stmt], prints: Mapping[int, Print]) -> Print | None:
    for statement in suite:
        one = prints.get(id(statement))
        if one is None or one.message is None:
            return None
        if not one.blank and not is_banner(one.message):
            return one
    return None
