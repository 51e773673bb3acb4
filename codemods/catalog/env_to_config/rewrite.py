"""Carry out the decisions on one file."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from codemods.catalog.env_to_config.fields import Form
from codemods.codemod import Bar, FileEdit, Order, Replacement, Span
from codemods.python.source import SourceFile

__all__ = ["Addition", "Rewriting", "rewrite"]


@dataclass(frozen=True, slots=True)
class Rewriting:
    """The data of a site's order."""

    module: str  #: where `config` is imported from
    name: str  #: what is imported
    field: str
    form: Form
    read: Span  #: of the read itself, which may be a part of what is replaced
    enclosed: bool  #: a conditional expression needs no parentheses there
    config: str = ""  #: what the configuration is called at the site; known while rewriting


@dataclass(frozen=True, slots=True)
class Addition:
    """The data of an order that adds lines to a file and carries out no site."""

    at: int
    text: str
    imports: tuple[str, ...] = ()  #: statements that the file may not have yet


def rewrite(file: SourceFile, orders: Sequence[Order]) -> FileEdit:
    """Rewrite the sites of a file, or add lines to it."""
    sites = [order for order in orders if isinstance(order.data, Rewriting)]
    additions = [order.data for order in orders if isinstance(order.data, Addition)]
    lines = list(_lines(file, additions))
    if not sites:
        return FileEdit(_merged(lines), frozenset())
    return _rewritten(file, sites, lines)


def _lines(file: SourceFile, additions: Iterable[Addition]) -> Iterable[Replacement]:
    from codemods.python.import_places import place_import

    for addition in additions:
        text = addition.text.replace("\n", file.newline)
        yield Replacement(Span(addition.at, addition.at), text)
        for statement in addition.imports:
            if statement not in file.text:
                place = place_import(file, statement, statement.split()[1])
                assert place is not None
                yield place


def _merged(lines: Iterable[Replacement]) -> tuple[Replacement, ...]:
    """Join what is added at one place."""
    texts: dict[Span, str] = {}
    for one in lines:
        texts[one.span] = texts.get(one.span, "") + one.text
    return tuple(Replacement(span, texts[span]) for span in sorted(texts))


def _rewritten(file: SourceFile, sites: Sequence[Order], lines: Sequence[Replacement]) -> FileEdit:
    from codemods.catalog.env_to_config.reads import find
    from codemods.catalog.env_to_config.transformer import site_pass
    from codemods.python.import_statement import import_pass
    from codemods.python.imports import Imports, Refusal, Symbol, combined
    from codemods.python.names import read_names
    from codemods.python.parents import parents_in
    from codemods.python.regions import edit_orders

    names = read_names(file.tree)
    imports = Imports(file, names)
    parents = cache(parents_in)
    found = {file.span(one.node): one for one in find(names, parents)[0]}
    data: Rewriting = sites[0].data
    symbol = Symbol(data.module, data.name, aliases=("app_config", "env_config", "environment"))
    bases = [found[order.data.read] for order in sites]
    answers = imports.spell(symbol, [base.point for base in bases])
    refused = {
        order.site: Bar(f"env-to-config/{answer.reason}", answer.message)
        for order, answer in zip(sites, answers, strict=True)
        if isinstance(answer, Refusal) and order.site is not None
    }
    if refused:
        return FileEdit((), frozenset(), refused)
    every: list[Order] = []
    edits = []
    for order, answer in zip(sites, answers, strict=True):
        assert not isinstance(answer, Refusal)
        every.append(Order(order.site, order.span, _spelled(order.data, answer.text)))
        edits.append(answer.edit)
    gone = [base.base for base in bases]
    for order, base in zip(sites, bases, strict=True):
        gone += _names_around(file, base.node, order.span, parents(base.point.stmt))
    removals = imports.made_unused(gone)
    changes = combined([*edits, *removals])
    insertions = _merged([*changes.insertions, *lines])
    return edit_orders(file, [*every, *changes.orders], [import_pass, site_pass], insertions)


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
    return Rewriting(
        data.module, data.name, data.field, data.form, data.read, data.enclosed, config
    )
