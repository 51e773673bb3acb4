"""Every read of the name `print` in a file."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.catalog.print_to_logger.facts import Why
from codemods.catalog.print_to_logger.places import Standing, Use, standing, use_of
from codemods.python.names import Names
from codemods.python.scopes import Point

__all__ = ["Seen", "replaces_print", "seen_prints"]


@dataclass(frozen=True, slots=True)
class Seen:
    """One read of the name `print`."""

    node: ast.expr
    point: Point
    use: Use
    standing: Standing
    why: Why | None  #: when it is not the builtin

    @property
    def kind(self) -> str:
        return "call" if self.use.call is not None else "reference"


def seen_prints(names: Names) -> Iterator[Seen]:
    """Yield the reads of `print`, those through `builtins` last."""
    reads = sorted(names.reads("print"), key=lambda read: (read[0].lineno, read[0].col_offset))
    for node, point in reads:
        found = names.look_up("print", point, node)
        why = None
        if "builtins.print" not in found.names or found.opaque or len(found.names) > 1:
            what = next(iter(found.names - {"builtins.print"}), "")
            sentence = (
                f"`print` is `{what}` here"
                if what
                else f"here `print` is not Python's: {found.why()}"
            )
            why = Why("own-print", sentence)
        yield Seen(node, point, use_of(node, point.stmt), standing(point), why)
    for attribute, point in names.attributes("print"):
        if "builtins.print" in names.qualified(attribute).names and isinstance(
            attribute.ctx, ast.Load
        ):
            why = Why("own-print", "`builtins.print` asks for Python's own on purpose")
            yield Seen(attribute, point, use_of(attribute, point.stmt), standing(point), why)


def replaces_print(names: Names) -> bool:
    """Tell whether a file assigns to `builtins.print`."""
    return any(
        isinstance(attribute.ctx, ast.Store)
        and "builtins.print" in names.qualified(attribute).names
        for attribute, _ in names.attributes("print")
    )
