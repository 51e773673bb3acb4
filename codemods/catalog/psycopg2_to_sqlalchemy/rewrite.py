"""Carry out the orders for one file."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from codemods.catalog.psycopg2_to_sqlalchemy.actions import Task, helper
from codemods.catalog.psycopg2_to_sqlalchemy.embedding import Embedded, Embedding, embed
from codemods.codemod import Bar, FileEdit, Order, Replacement
from codemods.python.imports import Imports, NewStatement, Refusal, Removal, Symbol, combined
from codemods.python.names import Names
from codemods.python.problems import Interface, is_unused
from codemods.python.regions import edit_orders
from codemods.python.scopes import Point
from codemods.python.source import SourceFile, apply_replacements

__all__ = ["rewrite"]

#: What new code imports: module and other names for it; no module means that of the engine.
_SYMBOLS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "Connection": ("sqlalchemy", ("SqlConnection",)),
    "text": ("sqlalchemy", ("sql_text",)),
    "bindparam": ("sqlalchemy", ("sql_bindparam",)),
    "get_engine": ("", ("get_db_engine",)),
    "raw_cursor": ("", ("get_raw_cursor",)),
    "rows_of": ("", ("rows_of_result",)),
    "run_many": ("", ("run_many_sql",)),
    "run_sql": ("", ("run_any_sql",)),
    "transaction": ("", ("db_transaction",)),
}


_FROM = re.compile(r"^from [\w.]+ import (?P<names>\w+(?: as \w+)?)(?=\r?$)", re.MULTILINE)


def rewrite(file: SourceFile, orders: Sequence[Order]) -> FileEdit:
    """Carry out the orders: calls and statements, then imports that are new or no longer used."""
    from codemods.catalog.psycopg2_to_sqlalchemy.transformers import (
        enclosing_pass,
        expression_pass,
        statement_pass,
    )
    from codemods.python.import_statement import import_pass

    imports = Imports.of(file)
    own = _embedding(file, imports, orders)
    orders = [order for order in orders if not isinstance(order.data, Embedded)]
    if isinstance(own, Bar):
        return FileEdit((), frozenset(), {o.site: own for o in orders if o.site is not None})
    spelled, edits, refused = _spell(file, imports, orders, own.names if own else {})
    if refused:
        return FileEdit((), frozenset(), refused)
    if own:
        edits += own.imports
    passes = (enclosing_pass, expression_pass, statement_pass, import_pass)

    def edited(edits: Sequence[Any]) -> FileEdit:
        merged = combined(_joined(edits))
        # Imports that go to the same line stand above the definitions.
        insertions = (*merged.insertions, own.insertion) if own else merged.insertions
        return edit_orders(file, [*spelled, *merged.orders], passes, insertions)

    edit = edited(edits)
    removals = _made_unused(file, imports, edit)
    return edited([*edits, *removals]) if removals else edit


def _embedding(
    file: SourceFile, imports: Imports, orders: Sequence[Order]
) -> Embedding | Bar | None:
    """Define the engine in the file itself, if its plan says so."""
    for order in orders:
        if isinstance(order.data, Embedded):
            helpers = order.data.needs.helpers
            users = [
                other.span
                for other in orders
                if isinstance(other.data, Task) and helpers & set(other.data.needs)
            ]
            return embed(file, imports, order.data.needs, users)
    return None


def _spell(
    file: SourceFile, imports: Imports, orders: Sequence[Order], own: Mapping[str, str]
) -> tuple[list[Order], list[Any], dict[str, Bar]]:
    """Put the names into the code of actions by which each place knows what it needs.

    `own` are the names of what the file itself defines.
    """
    asked: dict[tuple[str, str], list[tuple[Order, Point]]] = {}
    points = _points(file, imports)
    for order in orders:
        task = order.data
        if not isinstance(task, Task):
            continue
        for need in task.needs:
            asked.setdefault((need, task.engine), []).append((order, points(order)))
    names: dict[int, dict[str, str]] = {}
    edits: list[Any] = []
    refused: dict[str, Bar] = {}
    for (need, engine), places in sorted(asked.items()):
        if need in own:
            for order, _ in places:
                names.setdefault(id(order), {})[need] = own[need]
            continue
        if need == "existing":
            module, _, name = engine.partition(":")
            known = (f"db_{name}", f"sql_{name}")
            symbol = Symbol(module, name, aliases=known, own=True)
        else:
            module, aliases = _SYMBOLS[need]
            symbol = Symbol(module or engine, need, aliases=aliases, own=not module)
        answers = imports.spell(symbol, [point for _, point in places])
        for (order, _), answer in zip(places, answers, strict=True):
            if isinstance(answer, Refusal):
                for site in (o.site for o in orders if o.site is not None):
                    refused[site] = Bar("psycopg2-to-sqlalchemy/import", answer.message)
                continue
            names.setdefault(id(order), {})[need] = answer.text
            if answer.edit is not None:
                edits.append(answer.edit)
    spelled = [_spelled(order, names.get(id(order), {})) for order in orders]
    return spelled, edits, refused


def _joined(edits: Iterable[Any]) -> list[Any]:
    """Make one statement of new ones that import from one module at one place."""
    names: dict[NewStatement, list[str]] = {}
    rest: list[Any] = []
    for edit in edits:
        if isinstance(edit, NewStatement):
            text = edit.insertion.text
            match = _FROM.search(text)
            if match is not None:
                frame = text[: match.start("names")] + "\0" + text[match.end() :]
                key = edit._replace(insertion=Replacement(edit.insertion.span, frame), name="")
                listed = names.setdefault(key, [])
                if match["names"] not in listed:
                    listed.append(match["names"])
                continue
        rest.append(edit)
    for one, listed in names.items():
        text = one.insertion.text.replace("\0", ", ".join(sorted(listed)))
        rest.append(one._replace(insertion=Replacement(one.insertion.span, text)))
    return rest


def _points(file: SourceFile, imports: Imports) -> Callable[[Order], Point]:
    """Return what finds the point of an order: that of a name in it, or of its statement."""
    names = [
        (file.span(node), node)
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Name) and imports.names.point(node) is not None
    ]

    def find(order: Order) -> Point:
        inside = [node for span, node in names if order.span.start <= span.start < order.span.end]
        assert inside, order
        point = imports.names.point(inside[0])
        assert point is not None
        return point

    return find


def _spelled(order: Order, names: Mapping[str, str]) -> Order:
    if not names:
        return order
    task = order.data
    assert isinstance(task, Task)
    return order._replace(data=replace(task, action=_filled(task.action, names)))


def _filled(value: Any, names: Mapping[str, str]) -> Any:
    """Put names into every string of an action."""
    if isinstance(value, str):
        for need, name in names.items():
            value = value.replace(helper(need), name)
        return value
    if isinstance(value, tuple):
        filled = (_filled(item, names) for item in value)
        return type(value)._make(filled) if hasattr(value, "_make") else tuple(filled)
    if hasattr(value, "__dataclass_fields__"):
        changes = {
            name: _filled(getattr(value, name), names) for name in value.__dataclass_fields__
        }
        return replace(value, **changes)
    return value


def _made_unused(file: SourceFile, imports: Imports, edit: FileEdit) -> Iterable[Removal]:
    """Return the removals of imports that nothing uses after the edit."""
    after = apply_replacements(file, edit.replacements).decode(file.encoding)
    try:
        names = Names(ast.parse(after))
    except SyntaxError:
        return ()  # the engine's proof will say so
    interface = Interface.of(file)
    unused = {one.name for one in names.imports if is_unused(names, one, interface)}
    gone = [
        node for node in ast.walk(file.tree) if isinstance(node, ast.Name) and node.id in unused
    ]
    return imports.made_unused(gone)
