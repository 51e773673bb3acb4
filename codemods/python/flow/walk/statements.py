"""How simple statements are walked."""

from __future__ import annotations

import ast
from typing import Final

from codemods.python.flow import summary as op
from codemods.python.flow.walk.expressions import visit_test
from codemods.python.flow.walk.scope import FUNCTION
from codemods.python.flow.walk.state import Statements, Walk

__all__ = ["SIMPLE"]


def expression_statement(walk: Walk, node: ast.Expr) -> None:
    """Walk an expression that stands alone; a docstring is none."""
    if node.value.__class__ is not ast.Constant:
        walk.visit(node.value)


def return_statement(walk: Walk, node: ast.Return) -> None:
    """Record ``return``."""
    value = walk.visit(node.value) if node.value is not None else 0
    walk.scope.returns.append(walk.emit(op.RETURN, node, value, walk.scope.function))
    walk.scope.dead = True


def raise_statement(walk: Walk, node: ast.Raise) -> None:
    """Record ``raise``."""
    for part in (node.exc, node.cause):
        if part is not None:
            walk.emit(op.RAISE, part, walk.visit(part))
    walk.scope.dead = True


def assert_statement(walk: Walk, node: ast.Assert) -> None:
    """Record ``assert``."""
    visit_test(walk, node.test, asserted=True)
    if node.msg is not None:
        walk.visit(node.msg)


def delete_statement(walk: Walk, node: ast.Delete) -> None:
    """Forget the names that ``del`` unbinds."""
    for target in node.targets:
        if isinstance(target, ast.Name):
            walk.scope.env.pop(target.id, None)
        else:
            walk.children(target)


def global_statement(walk: Walk, node: ast.Global) -> None:
    """Send the names to the module."""
    for name in node.names:
        if walk.scope is not walk.module:
            walk.scope.redirected[name] = walk.module


def nonlocal_statement(walk: Walk, node: ast.Nonlocal) -> None:
    """Send the names to the function around that binds them."""
    for name in node.names:
        scope = walk.scope.parent
        while scope is not None and not (scope.kind == FUNCTION and name in scope.locals):
            scope = scope.parent
        if scope is not None:
            walk.scope.redirected[name] = scope


def import_statement(walk: Walk, node: ast.Import) -> None:
    """Record ``import a.b as c``."""
    for alias in node.names:
        if alias.asname is not None:
            walk.bind(alias.asname, walk.emit(op.IMPORT, alias, alias.name, None, 0))
        else:
            first = alias.name.partition(".")[0]
            walk.bind(first, walk.emit(op.IMPORT, alias, first, None, 0))


def from_statement(walk: Walk, node: ast.ImportFrom) -> None:
    """Record ``from a import b as c``."""
    for alias in node.names:
        if alias.name == "*":
            walk.stars.append((node.module or "", node.level))
        else:
            place = walk.emit(op.IMPORT, alias, node.module or "", alias.name, node.level)
            walk.bind(alias.asname or alias.name, place)


SIMPLE: Final[Statements] = {
    ast.Expr: expression_statement,
    ast.Return: return_statement,
    ast.Raise: raise_statement,
    ast.Assert: assert_statement,
    ast.Delete: delete_statement,
    ast.Global: global_statement,
    ast.Nonlocal: nonlocal_statement,
    ast.Import: import_statement,
    ast.ImportFrom: from_statement,
}
