"""What a reference without a call must become where it stands."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from codemods.catalog.utcnow.facts import Wrap
from codemods.codemod import Bar
from codemods.python.names import Names
from codemods.python.scopes import Point, ScopeKind

__all__ = ["later", "wrap_of"]

#: Methods that send a function to other processes.
_PICKLING = frozenset(
    {"map", "imap", "imap_unordered", "starmap", "map_async", "starmap_async", "apply_async"}
    | {"submit", "run_in_executor", "enqueue"}
)
_CONTAINERS = (ast.Dict, ast.List, ast.Tuple, ast.Set, ast.Starred)


def wrap_of(
    node: ast.expr, point: Point, parents: Mapping[int, ast.AST], names: Names
) -> Wrap | Bar:
    """Choose the wrapping of a reference, or say why there is none."""
    parent = parents.get(id(node))
    match parent:
        case ast.Attribute():
            return Bar(
                "utcnow/reference-inspected",
                f"`.{parent.attr}` of the method itself is used; rewrite it by hand",
            )
        case ast.Compare():
            return Bar(
                "utcnow/reference-inspected",
                "the method itself is compared; a new function would never be equal",
            )
    if _is_in_module_container(node, point, parents):
        return Wrap.FUNCTION
    match parent:
        case ast.Assign() | ast.AnnAssign() if point.scope.kind is ScopeKind.CLASS:
            return Wrap.STATICMETHOD
        case ast.keyword(arg="default"):
            call = parents.get(id(parent))
            if isinstance(call, ast.Call) and _is_django(call, names):
                return Wrap.FUNCTION
            return Wrap.LAMBDA
        case ast.Call(func=ast.Attribute(attr=method)) if node in parent.args:
            return Wrap.FUNCTION if method in _PICKLING else Wrap.LAMBDA
        case ast.Call() if node in parent.args:
            return Wrap.LAMBDA
        case (
            ast.keyword()
            | ast.Assign()
            | ast.AnnAssign()
            | ast.Return()
            | ast.Tuple()
            | ast.List()
            | ast.Set()
            | ast.Dict()
            | ast.arguments()
            | ast.Lambda()
            | ast.Expr()
        ):
            return Wrap.LAMBDA
        case ast.IfExp() if node is parent.orelse:
            return Wrap.LAMBDA
        case _:
            return Wrap.PARENTHESES


def _is_in_module_container(node: ast.expr, point: Point, parents: Mapping[int, ast.AST]) -> bool:
    """Tell whether it is part of a module's constant, which a pickle names or holds."""
    if point.scope.kind is not ScopeKind.MODULE:
        return False
    at: ast.AST | None = parents.get(id(node))
    while isinstance(at, _CONTAINERS):
        at = parents.get(id(at))
    return isinstance(at, ast.Assign | ast.AnnAssign)


def _is_django(call: ast.Call, names: Names) -> bool:
    found = names.qualified(call.func).names
    return any(name.startswith("django.") for name in found)


def later(point: Point) -> Point:
    """Return the point at which code in a new function would be evaluated.

    A function in a class body does not see what the class binds.
    """
    scope, block = point.scope, point.block
    while scope.kind is ScopeKind.CLASS:
        assert scope.point is not None
        block, scope = scope.point.block, scope.point.scope
    return point._replace(scope=scope, block=block, deferred=True)
