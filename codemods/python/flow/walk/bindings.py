"""Which names statements bind in their own scope."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

__all__ = ["add_targets", "bound_names", "walrus_names"]


def bound_names(body: Iterable[ast.stmt], *, walrus: bool) -> set[str]:
    """Return the names that statements bind; `walrus` says whether to look for ``:=`` too."""
    names: set[str] = set()
    _collect(body, names)
    if walrus:
        for statement in body:
            names.update(walrus_names(statement))
    return names


def walrus_names(node: ast.AST) -> Iterator[str]:
    """Yield the targets of ``:=`` in a node, nested functions and classes apart."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        return
    if isinstance(node, ast.NamedExpr):
        yield node.target.id
    for child in ast.iter_child_nodes(node):
        yield from walrus_names(child)


def add_targets(target: ast.expr, names: set[str]) -> None:
    """Add the names that an assignment's target binds."""
    if isinstance(target, ast.Name):
        names.add(target.id)
    elif isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            add_targets(element, names)
    elif isinstance(target, ast.Starred):
        add_targets(target.value, names)


def _collect(body: Iterable[ast.stmt], names: set[str]) -> None:
    """Add the names that the statements bind in their own scope, walrus targets apart."""
    for node in body:
        collector = _COLLECTORS.get(node.__class__)
        if collector is not None:
            collector(node, names)


def _assignment(node: ast.Assign, names: set[str]) -> None:
    for target in node.targets:
        if isinstance(target, ast.Name):
            names.add(target.id)
        else:
            add_targets(target, names)


def _single(node: ast.AugAssign | ast.AnnAssign, names: set[str]) -> None:
    add_targets(node.target, names)


def _definition(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, names: set[str]
) -> None:
    names.add(node.name)


def _branches(node: ast.If | ast.While, names: set[str]) -> None:
    _collect(node.body, names)
    _collect(node.orelse, names)


def _loop(node: ast.For | ast.AsyncFor, names: set[str]) -> None:
    add_targets(node.target, names)
    _collect(node.body, names)
    _collect(node.orelse, names)


def _with(node: ast.With | ast.AsyncWith, names: set[str]) -> None:
    for item in node.items:
        if item.optional_vars is not None:
            add_targets(item.optional_vars, names)
    _collect(node.body, names)


def _import(node: ast.Import | ast.ImportFrom, names: set[str]) -> None:
    for alias in node.names:
        names.add(alias.asname or alias.name.partition(".")[0])


def _match(node: ast.Match, names: set[str]) -> None:
    for case in node.cases:
        for part in ast.walk(case.pattern):
            if isinstance(part, ast.MatchAs | ast.MatchStar) and part.name is not None:
                names.add(part.name)
            elif isinstance(part, ast.MatchMapping) and part.rest is not None:
                names.add(part.rest)
        _collect(case.body, names)


def _try(node: ast.Try | ast.TryStar, names: set[str]) -> None:
    _collect(node.body, names)
    _collect(node.orelse, names)
    _collect(node.finalbody, names)
    for handler in node.handlers:
        if handler.name is not None:
            names.add(handler.name)
        _collect(handler.body, names)


_COLLECTORS: Final[Mapping[type[ast.stmt], Callable[[Any, set[str]], None]]] = {
    ast.Assign: _assignment,
    ast.AugAssign: _single,
    ast.AnnAssign: _single,
    ast.FunctionDef: _definition,
    ast.AsyncFunctionDef: _definition,
    ast.ClassDef: _definition,
    ast.If: _branches,
    ast.While: _branches,
    ast.For: _loop,
    ast.AsyncFor: _loop,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Import: _import,
    ast.ImportFrom: _import,
    ast.Match: _match,
    ast.Try: _try,
    ast.TryStar: _try,
}
