"""How functions and classes are recorded.

Bodies of functions are walked after the body around them, so that what they capture is complete.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import partial
from typing import Any, Final, TypeAlias

from codemods.python.flow import summary as op
from codemods.python.flow.summary import ClassFacts, FunctionFacts
from codemods.python.flow.walk.bindings import walrus_names
from codemods.python.flow.walk.expressions import visit_annotation
from codemods.python.flow.walk.scope import CLASS, FUNCTION, MODULE, Scope
from codemods.python.flow.walk.state import Expressions, Statements, Walk

__all__ = ["DEFINITIONS", "LAMBDA"]

_UNKNOWN: Final = FunctionFacts("", "", 0, -1, -1, (), 0, 0, 0, 0, (), False)
_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


def function_statement(walk: Walk, node: _Function) -> None:
    """Record a function."""
    decorators = tuple([walk.visit(decorator) for decorator in node.decorator_list])
    place = _define(walk, node, node.name, decorators)
    walk.bind(node.name, _decorated(walk, node, place, decorators))


def lambda_expression(walk: Walk, node: ast.Lambda) -> int:
    """Record a lambda."""
    return _define(walk, node, "<lambda>", ())


def class_statement(walk: Walk, node: ast.ClassDef) -> None:
    """Record a class and walk its body."""
    decorators = tuple([walk.visit(decorator) for decorator in node.decorator_list])
    bases = tuple([walk.visit(base) for base in node.bases])
    for word in node.keywords:
        walk.visit(word.value)
    index = len(walk.classes)
    place = walk.emit(op.CLASS, node, index)
    qualname = _qualify(walk, node.name)
    facts = ClassFacts(
        node.name,
        qualname,
        place,
        walk.scope.function,
        bases,
        decorators,
        {},
        {},
        node.lineno,
        node.end_lineno or node.lineno,
    )
    walk.classes.append(facts)
    outer = (walk.scope, walk.current_class, walk.class_name, walk.annotations)
    scope = Scope(CLASS, walk.scope, set(), walk.scope.function)
    walk.scope, walk.current_class, walk.class_name = scope, index, qualname
    walk.annotations = {}
    walk.block(node.body)
    members: dict[str, list[int]] = {}
    for name, value in scope.log:
        members.setdefault(name, []).append(value)
    walk.finish(scope)
    walk.classes[index] = facts._replace(
        members={name: tuple(values) for name, values in members.items()},
        annotations=walk.annotations,
    )
    walk.scope, walk.current_class, walk.class_name, walk.annotations = outer
    walk.bind(node.name, _decorated(walk, node, place, decorators))


def _decorated(
    walk: Walk, node: _Function | ast.ClassDef, place: int, decorators: Sequence[int]
) -> int:
    """Record the calls of decorators, the innermost first."""
    for decorator, value in zip(reversed(node.decorator_list), reversed(decorators), strict=True):
        place = walk.emit(op.CALL, decorator, value, (place,), ())
    return place


def _define(
    walk: Walk,
    node: _Function | ast.Lambda,
    name: str,
    decorators: tuple[int, ...],
) -> int:
    """Record a function whose body is walked later; return its place before decorators."""
    index = len(walk.functions)
    place = walk.emit(op.FUNCTION, node, index)
    scope = walk.scope
    result = 0
    if not isinstance(node, ast.Lambda) and node.returns is not None:
        result = visit_annotation(walk, node.returns)
    walk.functions.append(_UNKNOWN)  # lambdas in its defaults come after it
    parameters, positional, rest, keywords = _arguments(walk, node.args, index)
    facts = FunctionFacts(
        name=name,
        qualname=_qualify(walk, name),
        place=place,
        owner=walk.current_class if scope.kind == CLASS else -1,
        outer=scope.function,
        parameters=parameters,
        positional=positional,
        rest=rest,
        keywords=keywords,
        result=result,
        decorators=decorators,
        is_async=isinstance(node, ast.AsyncFunctionDef),
        line=node.lineno,
        end_line=node.end_lineno or node.lineno,
        doc="" if isinstance(node, ast.Lambda) else ast.get_docstring(node, clean=False) or "",
    )
    walk.functions[index] = facts
    walk.deferred.append(partial(_walk_body, walk, node, index, scope))
    return place


def _arguments(walk: Walk, node: ast.arguments, index: int) -> tuple[Any, ...]:
    """Walk defaults and annotations; return what `FunctionFacts` wants of them."""
    plain = [*node.posonlyargs, *node.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(node.defaults))
    defaults += node.defaults
    parameters = []
    for argument, default in zip(
        [*plain, *node.kwonlyargs], [*defaults, *node.kw_defaults], strict=True
    ):
        annotation = visit_annotation(walk, argument.annotation) if argument.annotation else 0
        value = walk.visit(default) if default is not None else 0
        place = walk.emit(op.PARAMETER, argument, index, argument.arg)
        parameters.append((argument.arg, place, annotation, value))
    rest = keywords = 0
    if node.vararg is not None:
        rest = walk.emit(op.PARAMETER, node.vararg, index, node.vararg.arg)
    if node.kwarg is not None:
        keywords = walk.emit(op.PARAMETER, node.kwarg, index, node.kwarg.arg)
    return tuple(parameters), len(plain), rest, keywords


def _walk_body(
    walk: Walk,
    node: _Function | ast.Lambda,
    index: int,
    parent: Scope,
) -> None:
    """Walk the body of a function, then those of the functions in it."""
    facts = walk.functions[index]
    if isinstance(node, ast.Lambda):
        names = set(walrus_names(node.body)) if walk.walrus else set()
    else:
        names = walk.bound(node.body)
    scope = Scope(FUNCTION, parent, names, index)
    walk.scope = scope
    for name, place, _, _ in facts.parameters:
        _enter_parameter(walk, scope, name, place)
    for argument, place in ((node.args.vararg, facts.rest), (node.args.kwarg, facts.keywords)):
        if argument is not None:
            _enter_parameter(walk, scope, argument.arg, place)
    mark = len(walk.deferred)
    if isinstance(node, ast.Lambda):
        value = walk.visit(node.body)
        scope.returns.append(walk.emit(op.RETURN, node.body, value, index))
    else:
        walk.block(node.body)
    walk.finish(scope)
    if scope.returns or scope.yields:
        walk.functions[index] = facts._replace(
            returns=tuple(scope.returns), yields=tuple(scope.yields)
        )
    inner = walk.deferred[mark:]
    del walk.deferred[mark:]
    for body in inner:
        body()


def _enter_parameter(walk: Walk, scope: Scope, name: str, place: int) -> None:
    scope.locals.add(name)
    walk.bind(name, place)


def _qualify(walk: Walk, name: str) -> str:
    if walk.scope.kind == MODULE:
        return name
    if walk.scope.kind == CLASS:
        return f"{walk.class_name}.{name}"
    return f"{walk.functions[walk.scope.function].qualname}.<locals>.{name}"


LAMBDA: Final[Expressions] = {ast.Lambda: lambda_expression}
DEFINITIONS: Final[Statements] = {
    ast.FunctionDef: function_statement,
    ast.AsyncFunctionDef: function_statement,
    ast.ClassDef: class_statement,
}
