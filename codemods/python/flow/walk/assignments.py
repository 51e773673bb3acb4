"""How values get their names."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Final

from codemods.python.flow import summary as op
from codemods.python.flow.walk.expressions import OPERATORS, visit_annotation
from codemods.python.flow.walk.scope import CLASS
from codemods.python.flow.walk.state import Expressions, Statements, Walk

__all__ = ["ASSIGNMENTS", "NAMED", "assign"]


def assign_statement(walk: Walk, node: ast.Assign) -> None:
    """Record ``a = b = value``."""
    place = walk.visit(node.value)
    for target in node.targets:
        assign(walk, target, place)


def augmented_statement(walk: Walk, node: ast.AugAssign) -> None:
    """Record ``a += value``."""
    target = node.target
    operator = OPERATORS[node.op.__class__]
    if isinstance(target, ast.Name):
        left = walk.load(target.id)
        right = walk.visit(node.value)
        walk.bind(target.id, walk.emit(op.BINARY, node, operator, left, right))
    elif isinstance(target, ast.Attribute):
        base = walk.visit(target.value)
        left = walk.emit(op.ATTRIBUTE, target, base, target.attr)
        right = walk.visit(node.value)
        value = walk.emit(op.BINARY, node, operator, left, right)
        walk.emit(op.SET_ATTRIBUTE, target, base, target.attr, value)
    else:
        base = walk.visit(target.value)
        key = 0 if isinstance(target.slice, ast.Slice) else walk.visit(target.slice)
        left = walk.emit(op.ITEM, target, base, key)
        right = walk.visit(node.value)
        value = walk.emit(op.BINARY, node, operator, left, right)
        walk.emit(op.SET_ITEM, target, base, key, value)


def annotated_statement(walk: Walk, node: ast.AnnAssign) -> None:
    """Record ``a: T = value``; in a class body also what is only declared."""
    annotation = visit_annotation(walk, node.annotation)
    place = walk.visit(node.value) if node.value is not None else 0
    target = node.target
    if isinstance(target, ast.Name):
        if walk.scope.kind == CLASS:
            walk.annotations[target.id] = annotation
            if node.value is not None:
                walk.bind(target.id, place)
            return
        if node.value is None:
            return
        variable = walk.variable(target, target.id, annotation)
        walk.flow(place, variable)
        walk.bind(target.id, variable)
    elif node.value is not None:
        variable = walk.variable(target, "", annotation)
        walk.flow(place, variable)
        assign(walk, target, variable)


def walrus(walk: Walk, node: ast.NamedExpr) -> int:
    """Record ``(a := value)``."""
    place = walk.visit(node.value)
    walk.bind(node.target.id, place)
    return place


def assign(walk: Walk, target: ast.expr, place: int) -> None:
    """Give a target the value at a place."""
    if isinstance(target, ast.Name):
        walk.bind(target.id, place)
    elif isinstance(target, ast.Attribute):
        walk.emit(op.SET_ATTRIBUTE, target, walk.visit(target.value), target.attr, place)
    elif isinstance(target, ast.Subscript):
        base = walk.visit(target.value)
        key = 0 if isinstance(target.slice, ast.Slice) else walk.visit(target.slice)
        walk.emit(op.SET_ITEM, target, base, key, place)
    elif isinstance(target, ast.Tuple | ast.List):
        _unpack(walk, target, place)
    elif isinstance(target, ast.Starred):
        assign(walk, target.value, walk.emit(op.SLICE, target, place, 0, 0, 0))


def _unpack(walk: Walk, target: ast.Tuple | ast.List, place: int) -> None:
    """Give each element of a target its part; those of a display are known."""
    operation = walk.operations[place]
    known: Sequence[int] = ()
    if operation[0] == op.DISPLAY and operation[5] in ("list", "tuple"):
        known = [value for _, value in operation[6]]
        if any(walk.operations[value][0] == op.STAR for value in known):
            known = ()
    stars = any(isinstance(element, ast.Starred) for element in target.elts)
    after_star = False
    for index, element in enumerate(target.elts):
        if isinstance(element, ast.Starred):
            after_star = True
            assign(walk, element, place)
        elif len(known) == len(target.elts) and not stars:
            assign(walk, element, known[index])
        else:
            key = walk.constant(element, index)
            item = walk.emit(op.ITEM, element, place, 0 if after_star else key)
            assign(walk, element, item)


NAMED: Final[Expressions] = {ast.NamedExpr: walrus}
ASSIGNMENTS: Final[Statements] = {
    ast.Assign: assign_statement,
    ast.AugAssign: augmented_statement,
    ast.AnnAssign: annotated_statement,
}
