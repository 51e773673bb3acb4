"""Carry out the decisions on one file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from codemods.catalog.utcnow.facts import Facts, Form, OuterKind
from codemods.codemod import FileEdit, Order, Replacement, Span
from codemods.python.source import SourceFile

__all__ = ["Around", "Rewriting", "rewrite"]


@dataclass(frozen=True, slots=True)
class Rewriting:
    """The data of a site's order."""

    facts: Facts
    form: Form

    @property
    def strips(self) -> bool:
        """Whether the call itself must strip the zone again."""
        if self.form is not Form.EXACT:
            return False
        outer = self.facts.outer
        return outer is None or outer.kind is not OuterKind.ADD_TZINFO

    @property
    def takes_zone(self) -> bool:
        """Whether the zone comes from a `.replace(tzinfo=…)` that goes away."""
        outer = self.facts.outer
        return (
            self.form is Form.AWARE and outer is not None and outer.kind is OuterKind.DROP_REPLACE
        )


@dataclass(frozen=True, slots=True)
class Around:
    """The data of an order on an expression around a site."""

    kind: OuterKind


_FORMS = {
    OuterKind.DROP_REPLACE: Form.AWARE,
    OuterKind.DROP_Z: Form.AWARE,
    OuterKind.ADD_TZINFO: Form.EXACT,
}


def rewrite(file: SourceFile, orders: Sequence[Order]) -> FileEdit:
    """Rewrite the sites, what is around them, and the imports that they need."""
    from codemods.catalog.utcnow.transformer import site_pass
    from codemods.python.import_statement import import_pass
    from codemods.python.imports import combined
    from codemods.python.regions import edit_orders

    every: list[Order] = list(orders)
    edits = []
    helpers: dict[str, list[Rewriting]] = {}
    for order in orders:
        if not isinstance(order.data, Rewriting):
            continue  # of a test double
        data = order.data
        outer = data.facts.outer
        if outer is not None and _FORMS[outer.kind] is data.form:
            every.append(Order(None, outer.span, Around(outer.kind)))
        if not data.takes_zone:
            edits.append(data.facts.edit)
        if data.facts.helper is not None:
            helpers.setdefault(data.facts.helper.name, []).append(data)
    imports = combined(edits)
    insertions = [*imports.insertions, *_definitions(file, helpers.values())]
    return edit_orders(file, [*every, *imports.orders], [import_pass, site_pass], insertions)


def _definitions(file: SourceFile, helpers: Iterable[Sequence[Rewriting]]) -> list[Replacement]:
    """Write the functions that references name, two blank lines apart from everything."""
    newline = file.newline
    by_place: dict[int, list[str]] = {}
    for users in helpers:
        helper = users[0].facts.helper
        assert helper is not None
        by_place.setdefault(helper.at, []).append(_definition(file, users))
    insertions = []
    for at, definitions in by_place.items():
        above = file.text[:at].rstrip(" \t\f")
        lead = "" if not above or above.endswith(newline * 2) else newline * 2
        text = "".join(f"{text}{newline}{newline}" for text in definitions)
        insertions.append(Replacement(Span(at, at), lead + text))
    return insertions


def _definition(file: SourceFile, users: Sequence[Rewriting]) -> str:
    """Write one function; exact as soon as one of its users must be."""
    facts = users[0].facts
    assert facts.helper is not None
    if facts.method == "utcnow":
        parameter, call = "", f"{facts.receiver}.now({facts.utc})"
    else:
        parameter, call = "ts", f"{facts.receiver}.fromtimestamp(ts, tz={facts.utc})"
    if any(user.form is Form.EXACT for user in users):
        call += ".replace(tzinfo=None)"
    newline = file.newline
    return f"def {facts.helper.name}({parameter}):{newline}{file.indent}return {call}{newline}"
