"""Carry out the decisions on one file."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from codemods.catalog.utcnow.facts import Change, Facts, Form, OuterKind, Wrap
from codemods.codemod import Bar, FileEdit, Order, Replacement, Span
from codemods.python.imports import Extension, NewStatement, Removal
from codemods.python.source import SourceFile

__all__ = ["Along", "Around", "HelperCall", "Rewriting", "rewrite"]


class Rewriting(NamedTuple):
    """The data of a site's order."""

    facts: Facts
    form: Form
    helper: tuple[str, str] | None = None  #: module and name of a function to call instead

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


class Around(NamedTuple):
    """The data of an order on an expression around a site."""

    kind: OuterKind


class HelperCall(NamedTuple):
    """The data of a site that calls, or hands on, a function of another module."""

    text: str  #: the function as the file spells it
    wrap: Wrap


class Along(NamedTuple):
    """The data of a naive value that becomes aware along with a site."""

    change: Change
    constant: bool  #: spell UTC as `datetime.UTC`
    text: str = ""  #: how the file spells it


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

    calls, edits = _helper_calls(file, orders)
    along, more, refused = _spelled(file, orders)
    if refused:
        return FileEdit((), frozenset(), refused)
    edits += more
    calls |= along
    every: list[Order] = [calls.get(order.span, order) for order in orders]
    helpers: dict[str, list[Rewriting]] = {}
    for order in [*every]:
        if not isinstance(order.data, Rewriting):
            continue
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


def _helper_calls(
    file: SourceFile, orders: Sequence[Order]
) -> tuple[dict[Span, Order], list[NewStatement | Extension | Removal | None]]:
    """Return the orders that call a named helper, and the import edits that these take.

    A call for which no name is free is rewritten in place.
    """
    from codemods.python.imports import Imports, Refusal, Symbol

    wanted = [order for order in orders if isinstance(order.data, Rewriting) and order.data.helper]
    if not wanted:
        return {}, []
    names = file.names
    imports = Imports(file, names)
    nodes = {file.span(node).start: (node, point) for node, point in names.attributes("utcnow")}
    wanted = [order for order in wanted if order.span.start in nodes]
    module, name = wanted[0].data.helper
    symbol = Symbol(module, name, aliases=(f"_{name}", f"naive_{name}"))
    answers = imports.spell(symbol, [nodes[order.span.start][1] for order in wanted])
    calls: dict[Span, Order] = {}
    edits: list[NewStatement | Extension | Removal | None] = []
    gone: list[ast.Name] = []
    for order, answer in zip(wanted, answers, strict=True):
        if isinstance(answer, Refusal):
            continue
        data = HelperCall(answer.text, order.data.facts.wrap)
        calls[order.span] = Order(order.site, order.span, data)
        edits.append(answer.edit)
        base: ast.expr = nodes[order.span.start][0]
        while isinstance(base, ast.Attribute):
            base = base.value
        assert isinstance(base, ast.Name)
        gone.append(base)
    read = {
        order.data.facts.utc.partition(".")[0]
        for order in orders
        if isinstance(order.data, Rewriting) and order.span not in calls
    }
    return calls, [*edits, *imports.made_unused(gone, read)]


def _spelled(
    file: SourceFile, orders: Sequence[Order]
) -> tuple[dict[Span, Order], list[NewStatement | Extension | Removal | None], dict[str, Bar]]:
    """Say how the naive values that change along spell UTC, with the imports that it takes."""
    from codemods.catalog.utcnow.symbols import UTC, UTC_CONSTANT
    from codemods.python.imports import Imports, Refusal
    from codemods.python.scopes import Point

    wanted = {order.span: order for order in orders if isinstance(order.data, Along)}
    if not wanted:
        return {}, [], {}
    names = file.names
    points: dict[Span, Point] = {}
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Call | ast.Attribute) and file.span(node) in wanted:
            base: ast.expr = node.func if isinstance(node, ast.Call) else node
            while isinstance(base, ast.Attribute):
                base = base.value
            point = names.point(base) if isinstance(base, ast.Name) else None
            if point is not None:
                points[file.span(node)] = point
    lost = Bar("engine/not-located", "a naive value that changes along was not found")
    refused = {order.site: lost for span, order in wanted.items() if span not in points}
    spelled: dict[Span, Order] = {}
    edits: list[NewStatement | Extension | Removal | None] = []
    symbol = UTC_CONSTANT if next(iter(wanted.values())).data.constant else UTC
    answers = Imports(file, names).spell(symbol, list(points.values()))
    for span, answer in zip(points, answers, strict=True):
        order = wanted[span]
        if isinstance(answer, Refusal):
            refused[order.site] = Bar(f"utcnow/{answer.reason}", answer.message)
            continue
        spelled[span] = Order(order.site, span, order.data._replace(text=answer.text))
        edits.append(answer.edit)
    return spelled, edits, {site: bar for site, bar in refused.items() if site is not None}


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
