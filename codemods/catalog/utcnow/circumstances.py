"""Where a site stands: on the old side of a version gate, or in a test of the deprecation."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from codemods.codemod import Bar
from codemods.python.scopes import Block, Point, Scope

__all__ = ["bar_of_surroundings"]

_VERSION_NAMES = frozenset({"version_info", "hexversion", "PY2", "PY3", "PY312", "PY311"})
_WARNING_CHECKS = frozenset(
    {"warns", "assertWarns", "assertWarnsRegex", "deprecated_call", "check_warnings"}
)


def bar_of_surroundings(node: ast.expr, point: Point, parents: Mapping[int, ast.AST]) -> Bar | None:
    """Say why a site must stay because of the statements or conditions around it."""
    tests = [*_conditions(node, parents), *(test for test, _ in _ifs(point))]
    gate = next((test for test in tests if _is_version_gate(test)), None)
    if gate is not None:
        return Bar(
            "utcnow/version-gate",
            f"the condition on the Python version at line {gate.lineno} chooses this call; "
            "drop the old branch instead",
        )
    for block in _blocks(point):
        if isinstance(block.stmt, ast.With | ast.AsyncWith) and any(
            _expects_deprecation(item.context_expr) for item in block.stmt.items
        ):
            return Bar(
                "utcnow/deprecation-test",
                f"the `with` at line {block.stmt.lineno} expects this call's deprecation warning",
            )
    return None


def _blocks(point: Point) -> Iterator[Block]:
    block: Block | None = point.block
    scope: Scope | None = point.scope
    while scope is not None:
        while block is not None:
            yield block
            block = block.parent
        outer = scope.point
        block, scope = (outer.block, outer.scope) if outer else (None, None)


def _ifs(point: Point) -> Iterator[tuple[ast.expr, Block]]:
    for block in _blocks(point):
        if isinstance(block.stmt, ast.If):
            yield block.stmt.test, block


def _conditions(node: ast.expr, parents: Mapping[int, ast.AST]) -> Iterator[ast.expr]:
    at: ast.AST | None = parents.get(id(node))
    while at is not None:
        if isinstance(at, ast.IfExp):
            yield at.test
        at = parents.get(id(at))


def _is_version_gate(test: ast.expr) -> bool:
    for node in ast.walk(test):
        match node:
            case ast.Attribute(attr=name) | ast.Name(id=name) if name in _VERSION_NAMES:
                return True
            case ast.Call(func=ast.Name(id="hasattr"), args=[_, ast.Constant(value=name)]) if (
                name in ("UTC", "utcnow", "utcfromtimestamp", "timezone")
            ):
                return True
    return False


def _expects_deprecation(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    if name == "deprecated_call":
        return True
    return name in _WARNING_CHECKS and any(
        getattr(inner, "attr", getattr(inner, "id", "")) == "DeprecationWarning"
        for argument in node.args
        for inner in ast.walk(argument)
    )
