"""How each kind of statement binds and reads names: one walk over a file's `ast`."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

from codemods.python.bodies import Bodies
from codemods.python.bound import Bound, Walk
from codemods.python.scopes import Binding, BindingKind, Point, ScopeKind
from codemods.python.source import SourceText

__all__ = ["bind"]

_IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


def bind(tree: ast.Module, file: SourceText | None = None) -> Walk:
    """Return the walk over a module; given its file, functions wait until one asks about them."""
    walk = Walk(Bound(tree), _STATEMENTS, None if file is None else Bodies(file))
    walk.run()
    return walk


def _end(node: ast.stmt | ast.expr | ast.pattern) -> tuple[int, int]:
    return (node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)


def _assign(walk: Walk, node: ast.Assign, point: Point) -> None:
    reads: list[Any] = [node.value]
    at = _end(node)
    for target in node.targets:
        walk.targets(target, point, BindingKind.ASSIGNMENT, at, reads, node.value)
    if point.scope.kind is ScopeKind.MODULE:
        _export(walk, node.targets, node.value)
    walk.expressions(reads, point)


def _annotated(walk: Walk, node: ast.AnnAssign, point: Point) -> None:
    reads: list[Any] = []
    if node.value is None:
        walk.targets(node.target, point, BindingKind.DECLARATION, _end(node), reads)
    else:
        reads.append(node.value)
        walk.targets(node.target, point, BindingKind.ASSIGNMENT, _end(node), reads, node.value)
        if point.scope.kind is ScopeKind.MODULE:
            _export(walk, [node.target], node.value)
    walk.annotations([node.annotation], point)
    walk.expressions(reads, point)


def _augmented(walk: Walk, node: ast.AugAssign, point: Point) -> None:
    reads: list[Any] = [node.value]
    walk.targets(node.target, point, BindingKind.ASSIGNMENT, _end(node), reads)
    if isinstance(node.target, ast.Name):
        reads.append(node.target)
        if point.scope.kind is ScopeKind.MODULE:
            _export(walk, [node.target], node.value)
    walk.expressions(reads, point)


def _export(walk: Walk, targets: Sequence[ast.expr], value: ast.expr) -> None:
    if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
        walk.bound.exports.update(
            node.value
            for node in ast.walk(value)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )


def _function(walk: Walk, node: Any, point: Point) -> None:
    reads: list[Any] = [*node.decorator_list]
    inner = walk.type_parameters(node, point)
    scope = walk.scope(ScopeKind.FUNCTION, node, inner)
    annotations = walk.parameters(node.args, scope, point, reads)
    if node.returns is not None:
        annotations.append(node.returns)
    walk.annotations(annotations, inner)
    walk.expressions(reads, point)
    _define(walk, node, BindingKind.FUNCTION, point)
    walk.function(node, scope)


def _class(walk: Walk, node: ast.ClassDef, point: Point) -> None:
    inner = walk.type_parameters(node, point)
    scope = walk.scope(ScopeKind.CLASS, node, inner)
    walk.expressions([*node.bases, *(word.value for word in node.keywords)], inner)
    walk.expressions([*node.decorator_list], point)
    _define(walk, node, BindingKind.CLASS, point)
    walk.body(scope)


def _define(walk: Walk, node: Any, kind: BindingKind, point: Point) -> None:
    walk.bind(Binding(node.name, kind, node, node, point.scope, point.block, _end(node)))


def _import(walk: Walk, node: ast.Import, point: Point) -> None:
    for alias in node.names:
        name = alias.asname or alias.name.partition(".")[0]
        origin = alias.name if alias.asname else name
        _imported(walk, alias, name, origin, node, point)


def _import_from(walk: Walk, node: ast.ImportFrom, point: Point) -> None:
    module = "." * node.level + (node.module or "")
    for alias in node.names:
        if alias.name == "*":
            point.scope.stars.append(
                Binding(
                    "*",
                    BindingKind.IMPORT,
                    alias,
                    node,
                    point.scope,
                    point.block,
                    _end(node),
                    origin=module,
                )
            )
        else:
            dot = "" if module.endswith(".") else "."
            _imported(
                walk, alias, alias.asname or alias.name, f"{module}{dot}{alias.name}", node, point
            )


def _imported(
    walk: Walk, alias: ast.alias, name: str, origin: str, node: ast.stmt, point: Point
) -> None:
    binding = Binding(
        name,
        BindingKind.IMPORT,
        alias,
        node,
        point.scope,
        point.block,
        _end(node),
        origin=origin,
    )
    walk.bound.imports.append(binding)
    walk.bind(binding)


def _if(walk: Walk, node: ast.If, point: Point) -> None:
    test, negated = node.test, False
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, negated = test.operand, True
    word = getattr(test, "attr", getattr(test, "id", ""))
    typing = word == "TYPE_CHECKING"
    walk.inside(point, "body", node.body, typing=typing and not negated)
    walk.inside(point, "orelse", node.orelse, typing=typing and negated)
    walk.expressions([node.test], point)


def _for(walk: Walk, node: Any, point: Point) -> None:
    body = walk.inside(point, "body", node.body, loop=True)
    walk.inside(point, "orelse", node.orelse)
    reads: list[Any] = [node.iter]
    walk.targets(node.target, point._replace(block=body), BindingKind.LOOP, _end(node.iter), reads)
    walk.expressions(reads, point)


def _while(walk: Walk, node: ast.While, point: Point) -> None:
    body = walk.inside(point, "body", node.body, loop=True)
    walk.inside(point, "orelse", node.orelse)
    walk.expressions([node.test], point._replace(block=body))  # it is evaluated again, too


def _with(walk: Walk, node: Any, point: Point) -> None:
    reads: list[Any] = []
    for item in node.items:
        reads.append(item.context_expr)
        if item.optional_vars is not None:
            at = _end(item.optional_vars)
            walk.targets(item.optional_vars, point, BindingKind.WITH, at, reads)
    walk.expressions(reads, point)
    walk.inside(point, "body", node.body)


def _try(walk: Walk, node: Any, point: Point) -> None:
    guarded = any(_catches_import_error(handler.type) for handler in node.handlers)
    walk.inside(point, "body", node.body, guarded=guarded)
    walk.inside(point, "orelse", node.orelse)
    walk.inside(point, "finalbody", node.finalbody)
    for index, handler in enumerate(node.handlers):
        block = walk.inside(point, f"handler{index}", handler.body, guarded=guarded)
        if handler.type is not None:
            walk.expressions([handler.type], point)
        if handler.name is not None:
            walk.bind(
                Binding(
                    handler.name,
                    BindingKind.EXCEPTION,
                    handler,
                    node,
                    point.scope,
                    block,
                    (handler.lineno, handler.col_offset),
                )
            )


def _match(walk: Walk, node: ast.Match, point: Point) -> None:
    walk.expressions([node.subject], point)
    for index, case in enumerate(node.cases):
        block = walk.inside(point, f"case{index}", case.body)
        inner = point._replace(block=block)
        reads: list[Any] = [] if case.guard is None else [case.guard]
        for part in ast.walk(case.pattern):
            if isinstance(part, ast.MatchAs | ast.MatchStar):
                name = part.name
            elif isinstance(part, ast.MatchMapping):
                name = part.rest
                reads += part.keys
            elif isinstance(part, ast.MatchClass):
                name = None
                reads.append(part.cls)
            elif isinstance(part, ast.MatchValue):
                name = None
                reads.append(part.value)
            else:
                name = None
            if name is not None:
                assert isinstance(part, ast.pattern)
                walk.bind(
                    Binding(
                        name,
                        BindingKind.MATCH,
                        part,
                        node,
                        point.scope,
                        block,
                        _end(part),
                    )
                )
        walk.expressions(reads, inner)


def _declare(walk: Walk, node: ast.Global | ast.Nonlocal, point: Point) -> None:
    """`Walk.body` has seen it; at module level it says nothing."""


def _delete(walk: Walk, node: ast.Delete, point: Point) -> None:
    reads: list[Any] = []
    for target in node.targets:
        walk.targets(target, point, BindingKind.DELETION, _end(node), reads)
        if isinstance(target, ast.Name):
            reads.append(target)
    walk.expressions(reads, point)


def _type_alias(walk: Walk, node: Any, point: Point) -> None:
    inner = walk.type_parameters(node, point)
    walk.expressions([node.value], inner._replace(deferred=True, annotation=True))
    walk.targets(node.name, point, BindingKind.TYPE, _end(node), [])


def _catches_import_error(node: ast.expr | None) -> bool:
    if node is None:
        return True
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    return any(getattr(part, "id", getattr(part, "attr", "")) in _IMPORT_ERRORS for part in parts)


_STATEMENTS: Final[dict[type[ast.AST], Callable[[Walk, Any, Point], None]]] = {
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.If: _if,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.Match: _match,
    ast.Global: _declare,
    ast.Nonlocal: _declare,
    ast.Delete: _delete,
}
if sys.version_info >= (3, 12):
    _STATEMENTS[ast.TypeAlias] = _type_alias
