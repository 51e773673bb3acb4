"""Carry out the decisions on one file."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from codemods.catalog.env_to_config.fields import SiteForm
from codemods.catalog.env_to_config.starts import Check, Start, call_text, start_of
from codemods.catalog.env_to_config.styles import sorted_names
from codemods.codemod import Bar, FileEdit, Order, Replacement, Span
from codemods.python.imports import ImportEdits, StatementChange
from codemods.python.names import Names
from codemods.python.scopes import Point
from codemods.python.source import SourceFile

__all__ = ["Addition", "Rewriting", "rewrite"]

_ALIASES = ("app_config", "env_config", "environment")


@dataclass(frozen=True, slots=True)
class Rewriting:
    """The data of a site's order."""

    module: str  #: where `config` is imported from
    field: str
    form: SiteForm
    read: Span  #: of the read itself, which may be a part of what is replaced
    enclosed: bool  #: a conditional expression needs no parentheses there
    config: str = ""  #: what the configuration is called at the site; known while rewriting
    symbol: str = "config"  #: what is imported from the module


@dataclass(frozen=True, slots=True)
class Addition:
    """The data of an order that adds lines to a file and carries out no site."""

    at: int
    text: str
    imports: tuple[str, ...] = ()  #: statements that the file may not have yet


def rewrite(file: SourceFile, orders: Sequence[Order]) -> FileEdit:
    """Rewrite the sites of a file, add a check where its program starts, or add lines to it."""
    sites = [order for order in orders if isinstance(order.data, Rewriting)]
    checks = [order.data for order in orders if isinstance(order.data, Check)]
    additions = [order.data for order in orders if isinstance(order.data, Addition)]
    if additions:
        return FileEdit(_merged(_lines(file, additions)), frozenset())
    return _rewritten(file, sites, checks)


def _lines(file: SourceFile, additions: Iterable[Addition]) -> Iterable[Replacement]:
    statements: set[str] = set()
    for addition in additions:
        text = addition.text.replace("\n", file.newline)
        yield Replacement(Span(addition.at, addition.at), text)
        statements.update(addition.imports)
    wanted: dict[str, set[str]] = {}
    for statement in statements:
        module, _, names = statement.removeprefix("from ").partition(" import ")
        wanted.setdefault(module, set()).update(names.split(", ") if names else ())
    for module, imported in sorted(wanted.items()):
        yield from _imported(file, module, imported)


def _imported(file: SourceFile, module: str, names: set[str]) -> Iterable[Replacement]:
    """Import a module (``import …``) or names of one, in the statement that is there for it."""
    from codemods.python.import_places import place_import

    if not names:
        statement = module
        if any(
            isinstance(node, ast.Import) and ast.unparse(node) == module for node in file.tree.body
        ):
            return
    else:
        froms = [
            node
            for node in file.tree.body
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module == module
        ]
        there = {alias.name for node in froms for alias in node.names if alias.asname is None}
        if names <= there:
            return
        statement = f"from {module} import {sorted_names(names - there)}"
        for node in froms:
            whole = ast.unparse(node)
            if file.text[file.span(node).start : file.span(node).end] == whole:
                joined = sorted_names({*names, *(ast.unparse(alias) for alias in node.names)})
                yield Replacement(file.span(node), f"from {module} import {joined}")
                return
    place = place_import(file, statement, statement.split()[1])
    assert place is not None
    yield place


def _merged(lines: Iterable[Replacement]) -> tuple[Replacement, ...]:
    """Join what is added at one place."""
    texts: dict[Span, str] = {}
    for one in lines:
        texts[one.span] = texts.get(one.span, "") + one.text
    return tuple(Replacement(span, texts[span]) for span in sorted(texts))


def _rewritten(file: SourceFile, sites: Sequence[Order], checks: Sequence[Check]) -> FileEdit:
    from codemods.catalog.env_to_config.reads import find
    from codemods.catalog.env_to_config.transformer import site_pass
    from codemods.python.import_statement import import_pass
    from codemods.python.imports import Imports, Refusal, Symbol, combined
    from codemods.python.parents import parents_in
    from codemods.python.regions import edit_orders

    names = file.names
    imports = Imports(file, names)
    parents = cache(parents_in)
    found = {file.span(one.node): one for one in find(names, parents)[0]}
    module = checks[0].module if checks else sites[0].data.module
    name = "config" if checks else sites[0].data.symbol
    aliases = _ALIASES if name == "config" else (f"app_{name}", f"env_{name}")
    symbol = Symbol(module, name, aliases=aliases, own=True)
    bases = [found[order.data.read] for order in sites]
    starts = [(check, _start(file, check)) for check in checks]
    points = [_point(names, start) for _, start in starts]
    answers = imports.spell(symbol, [*(base.point for base in bases), *points])
    refused = {
        order.site: Bar(f"env-to-config/{answer.reason}", answer.message)
        for order, answer in zip(sites, answers, strict=False)
        if isinstance(answer, Refusal) and order.site is not None
    }
    if refused:
        return FileEdit((), frozenset(), refused)
    every: list[Order] = []
    edits = []
    lines = []
    for (check, start), answer in zip(starts, answers[len(sites) :], strict=True):
        if not isinstance(answer, Refusal):
            text = call_text(answer.text, check, start.indent, file.newline)
            lines.append(Replacement(Span(start.at, start.at), text))
            edits.append(answer.edit)
    for order, answer in zip(sites, answers, strict=False):
        assert not isinstance(answer, Refusal)
        every.append(Order(order.site, order.span, _spelled(order.data, answer.text)))
        edits.append(answer.edit)
    gone = [base.base for base in bases]
    for order, base in zip(sites, bases, strict=True):
        gone += [inner for inner in ast.walk(base.name) if isinstance(inner, ast.Name)]
        gone += _names_around(file, base.node, order.span, parents(base.point.stmt))
    removals = imports.made_unused(gone)
    changes = combined([*edits, *removals])
    insertions = _merged([*_settled(file, changes), *lines])
    if not every and not changes.orders:
        return FileEdit(insertions, frozenset())
    return edit_orders(file, [*every, *changes.orders], [import_pass, site_pass], insertions)


def _start(file: SourceFile, check: Check) -> Start:
    start = start_of(file, check.function)
    assert start is not None  # the plan has asked as well
    return start


def _point(names: Names, start: Start) -> Point:
    for scope in names.scopes:
        if start.function is not None and scope.node is start.function:
            return Point(scope, scope.block, start.statement, False)
    return Point(names.module, names.module.block, start.statement, False)


def _settled(file: SourceFile, changes: ImportEdits) -> list[Replacement]:
    """Take back the blank line above a new import when all imports above it go away."""
    gone = {order.span for order in changes.orders if _removes_all(file, order)}
    settled = []
    for insertion in changes.insertions:
        above = [node for node in file.tree.body if file.span(node).end <= insertion.span.start]
        imports: list[ast.stmt] = []
        while above and isinstance(above[-1], ast.Import | ast.ImportFrom):
            imports.append(above.pop())
        text = insertion.text
        if imports and all(file.span(node) in gone for node in imports):
            text = text.removeprefix(file.newline)
        settled.append(Replacement(insertion.span, text))
    return settled


def _removes_all(file: SourceFile, order: Order) -> bool:
    change: StatementChange = order.data
    for node in file.tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom) and file.span(node) == order.span:
            return not change.added and len(change.removed) == len(node.names)
    return False


def _names_around(
    file: SourceFile, read: ast.expr, span: Span, parents: Mapping[int, ast.AST]
) -> list[ast.Name]:
    """Return the names in a conversion, which move away with it."""
    node: ast.AST | None = read
    while isinstance(node, ast.comprehension) or (
        isinstance(node, ast.expr) and file.span(node) != span
    ):
        node = parents.get(id(node))
    if node is read or not isinstance(node, ast.expr):
        return []
    return [inner for inner in ast.walk(node) if isinstance(inner, ast.Name)]


def _spelled(data: Rewriting, config: str) -> Rewriting:
    return replace(data, config=config)
