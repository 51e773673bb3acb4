"""Which names statements bind in their own scope."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

__all__ = ["add_targets", "bound_names", "redirected_names", "walrus_names"]


def bound_names(body: Iterable[ast.stmt], *, walrus: bool) -> set[str]:
    """Return the names that statements bind; `walrus` says whether to look for ``:=`` too."""
    names: set[str] = set()
    _collect(body, names)
    if walrus:
        for statement in body:
            names.update(walrus_names(statement))
    return names


def redirected_names(body: Iterable[ast.stmt]) -> set[str]:
    """Return the names that a function's body declares ``global`` or ``nonlocal``."""
    return {
        name
        for statement in body
        for part in _shallow(statement)
        if isinstance(part, ast.Global | ast.Nonlocal)
        for name in part.names
    }


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


def _shallow(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements of a block that belong to the same function."""
    yield node
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
            yield from _shallow(child)


def _collect(body: Iterable[ast.stmt], names: set[str]) -> None:
    """Add the names that the statements bind in their own scope, walrus targets apart."""
    for node in body:
        kind = node.__class__
        if kind is ast.Expr or kind is ast.Return:
            continue
        if isinstance(node, ast.Assign):
            for target in node.targets:
                add_targets(target, names)
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            add_targets(node.target, names)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.If | ast.While):
            _collect(node.body, names)
            _collect(node.orelse, names)
        elif isinstance(node, ast.For | ast.AsyncFor):
            add_targets(node.target, names)
            _collect(node.body, names)
            _collect(node.orelse, names)
        elif isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                if item.optional_vars is not None:
                    add_targets(item.optional_vars, names)
            _collect(node.body, names)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                names.add(alias.asname or alias.name.partition(".")[0])
        elif isinstance(node, ast.Match):
            for case in node.cases:
                for part in ast.walk(case.pattern):
                    if isinstance(part, ast.MatchAs | ast.MatchStar) and part.name is not None:
                        names.add(part.name)
                    elif isinstance(part, ast.MatchMapping) and part.rest is not None:
                        names.add(part.rest)
                _collect(case.body, names)
        elif isinstance(node, ast.Try | ast.TryStar):
            _collect(node.body, names)
            _collect(node.orelse, names)
            _collect(node.finalbody, names)
            for handler in node.handlers:
                if handler.name is not None:
                    names.add(handler.name)
                _collect(handler.body, names)
