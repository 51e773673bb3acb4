"""How comprehensions and generator expressions are recorded."""

from __future__ import annotations

import ast
from typing import Any, Final

from codemods.python.flow import summary as op
from codemods.python.flow.walk.assignments import assign
from codemods.python.flow.walk.bindings import add_targets
from codemods.python.flow.walk.expressions import visit_test
from codemods.python.flow.walk.state import Expressions, Walk

__all__ = ["COMPREHENSIONS"]


def comprehension(walk: Walk, node: Any) -> int:
    """Record a comprehension; its targets are names of its own."""
    saved: dict[str, int | None] = {}
    scope = walk.scope
    for generator in node.generators:
        source = walk.visit(generator.iter)
        element = walk.emit(op.ITERATE, generator.iter, source)
        names: set[str] = set()
        add_targets(generator.target, names)
        for name in names:
            saved.setdefault(name, scope.env.get(name))
        mark = len(scope.log)
        smeared, walk.smeared = walk.smeared, set()
        redirected, scope.redirected = scope.redirected, {}
        assign(walk, generator.target, element)
        scope.redirected = redirected
        walk.smeared = smeared
        del scope.log[mark:]
        for condition in generator.ifs:
            visit_test(walk, condition)
    if isinstance(node, ast.DictComp):
        key, value, kind = walk.visit(node.key), walk.visit(node.value), "dict"
    else:
        key, value = 0, walk.visit(node.elt)
        kind = {ast.ListComp: "list", ast.SetComp: "set"}.get(node.__class__, "generator")
    for name, place in saved.items():
        if place is None:
            scope.env.pop(name, None)
        else:
            scope.env[name] = place
    return walk.emit(op.ELEMENTS, node, kind, key, value)


COMPREHENSIONS: Final[Expressions] = {
    ast.ListComp: comprehension,
    ast.SetComp: comprehension,
    ast.GeneratorExp: comprehension,
    ast.DictComp: comprehension,
}
