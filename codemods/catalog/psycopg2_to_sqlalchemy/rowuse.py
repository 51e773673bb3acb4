"""What a function does with the rows that it fetches.

A `Row` is no tuple and a `RowMapping` no dict (1.9, 7.6, 7.7). Where a row is only looked into,
that makes no difference; where it goes anywhere else it is wrapped at the fetch.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Callable, Iterable

from codemods.catalog.psycopg2_to_sqlalchemy.codeflow import Facts
from codemods.catalog.psycopg2_to_sqlalchemy.program import Function

__all__ = ["RowUse", "use_of_iteration", "use_of_row", "use_of_rows"]

_DEPTH = 6


class RowUse(enum.Flag):
    """Everything that is done with a row."""

    NONE = 0
    POSITION = enum.auto()  #: index, slice, unpacking, iteration
    KEY = enum.auto()  #: ``row["name"]``, `keys()` and the like
    KEYS = enum.auto()  #: how many keys there are matters: `keys()`, `len()`, ``**row``
    ATTRIBUTE = enum.auto()
    TEXT = enum.auto()  #: printed or formatted
    AWAY = enum.auto()  #: leaves what can be seen


def use_of_row(function: Function, facts: Facts, node: ast.expr, depth: int = _DEPTH) -> RowUse:
    """Say what is done with the value of an expression that is a row or None."""
    parent = function.module.parents[node]
    match parent:
        case ast.Subscript() if parent.value is node:
            return _subscript(parent)
        case ast.Attribute() if parent.value is node:
            if parent.attr in {"keys", "values", "items"}:
                return RowUse.KEY if _fills_dict(function, parent) else RowUse.KEY | RowUse.KEYS
            if parent.attr == "get":
                return RowUse.KEY
            if parent.attr in {"_asdict", "_fields"}:
                return RowUse.ATTRIBUTE
            return RowUse.ATTRIBUTE if not parent.attr.startswith("_") else RowUse.AWAY
        case ast.Assign() if parent.value is node:
            return _assigned(function, facts, parent.targets, depth, use_of_row)
        case ast.NamedExpr() if parent.value is node:
            uses = _loads(function, facts, parent.target, depth, use_of_row)
            return uses | use_of_row(function, facts, parent, depth)
        case ast.For() if parent.iter is node:
            return RowUse.POSITION
        case ast.Starred():
            return RowUse.POSITION
        case ast.comprehension() if parent.iter is node:
            return RowUse.POSITION
        case ast.Compare():
            return _compared(parent, node)
        case ast.Call(func=ast.Name(id="len")):
            return RowUse.KEYS
        case ast.Call(func=ast.Name(id="bool")):
            return RowUse.NONE
        case ast.Call(func=ast.Name(id=name)) if name in {"list", "tuple", "enumerate"}:
            return RowUse.POSITION
        case ast.Call(func=ast.Name(id="dict")) if parent.args == [node]:
            return RowUse.KEY
        case ast.Call(func=ast.Name(id=name)) if name in {"print", "str", "repr"}:
            return RowUse.TEXT if node in parent.args else RowUse.AWAY
        case ast.keyword(arg=None):
            return RowUse.KEY | RowUse.KEYS
        case ast.FormattedValue():
            return RowUse.TEXT if parent.format_spec is None else RowUse.AWAY
        case ast.IfExp() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
            return _tested(function, facts, parent, node, depth, use_of_row)
        case ast.If() | ast.While() | ast.Expr() | ast.Assert():
            return RowUse.NONE
    return RowUse.AWAY


def use_of_rows(function: Function, facts: Facts, node: ast.expr, depth: int = _DEPTH) -> RowUse:
    """Say what is done with the rows of an expression that is a list of rows."""
    parent = function.module.parents[node]
    match parent:
        case ast.Subscript() if parent.value is node:
            if isinstance(parent.slice, ast.Slice):
                return use_of_rows(function, facts, parent, depth)
            return use_of_row(function, facts, parent, depth)
        case ast.Assign() if parent.value is node:
            if any(not isinstance(target, ast.Name) for target in parent.targets):
                return RowUse.AWAY
            return _assigned(function, facts, parent.targets, depth, use_of_rows)
        case ast.NamedExpr() if parent.value is node:
            uses = _loads(function, facts, parent.target, depth, use_of_rows)
            return uses | use_of_rows(function, facts, parent, depth)
        case ast.For() | ast.comprehension() if parent.iter is node:
            return use_of_iteration(function, facts, parent, depth)
        case ast.Compare():
            return RowUse.NONE if _is_none_test(parent) else RowUse.AWAY
        case ast.Call(func=ast.Name(id=name)) if name in {"len", "bool"}:
            return RowUse.NONE
        case ast.Call(func=ast.Name(id=name)) if name in {"print", "str", "repr"}:
            return RowUse.TEXT if node in parent.args else RowUse.AWAY
        case ast.Call(func=ast.Name(id="enumerate")) if parent.args[:1] == [node]:
            return _enumerated(function, facts, parent, depth)
        case ast.FormattedValue():
            return RowUse.TEXT if parent.format_spec is None else RowUse.AWAY
        case ast.IfExp() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
            return _tested(function, facts, parent, node, depth, use_of_rows)
        case ast.If() | ast.While() | ast.Expr() | ast.Assert():
            return RowUse.NONE
    return RowUse.AWAY


def use_of_iteration(
    function: Function, facts: Facts, loop: ast.For | ast.comprehension, depth: int = _DEPTH
) -> RowUse:
    """Say what is done with the rows that a loop is over."""
    return _of_target(function, facts, loop.target, loop, depth)


def _of_target(
    function: Function, facts: Facts, target: ast.expr, loop: ast.AST, depth: int
) -> RowUse:
    if isinstance(target, ast.Tuple | ast.List):
        return RowUse.POSITION
    if not isinstance(target, ast.Name) or depth <= 0:
        return RowUse.AWAY
    if isinstance(loop, ast.comprehension):
        holder = function.module.parents[loop]
        uses = RowUse.NONE
        for node in ast.walk(holder):
            if isinstance(node, ast.Name) and node.id == target.id and node is not target:
                uses |= use_of_row(function, facts, node, depth - 1)
        return uses
    return _loads(function, facts, target, depth, use_of_row)


def _enumerated(function: Function, facts: Facts, call: ast.Call, depth: int) -> RowUse:
    loop = function.module.parents[call]
    if not isinstance(loop, ast.For | ast.comprehension):
        return RowUse.AWAY
    if isinstance(loop.target, ast.Tuple) and len(loop.target.elts) == 2:
        return _of_target(function, facts, loop.target.elts[1], loop, depth)
    return RowUse.AWAY


_Judge = Callable[[Function, Facts, ast.expr, int], RowUse]


def _assigned(
    function: Function, facts: Facts, targets: Iterable[ast.expr], depth: int, judge: _Judge
) -> RowUse:
    uses = RowUse.NONE
    for target in targets:
        if isinstance(target, ast.Tuple | ast.List):
            uses |= RowUse.POSITION
        elif isinstance(target, ast.Name):
            uses |= _loads(function, facts, target, depth, judge)
        else:
            return RowUse.AWAY
    return uses


def _loads(function: Function, facts: Facts, target: ast.Name, depth: int, judge: _Judge) -> RowUse:
    if depth <= 0 or target.id in function.captured:
        return RowUse.AWAY
    if function.is_module:
        # Functions and other files may read it.
        readers = [name for name, _ in function.module.names.reads(target.id)]
        if any(reader not in facts.loads for reader in readers):
            return RowUse.AWAY
    if target.id in function.redirected:
        return RowUse.AWAY
    uses = RowUse.NONE
    for load, definitions in facts.loads.items():
        if target in definitions and isinstance(load, ast.Name):
            if isinstance(load.ctx, ast.Store):
                return RowUse.AWAY
            uses |= judge(function, facts, load, depth - 1)
    return uses


def _tested(
    function: Function,
    facts: Facts,
    parent: ast.expr,
    node: ast.expr,
    depth: int,
    judge: _Judge,
) -> RowUse:
    if isinstance(parent, ast.UnaryOp) or (isinstance(parent, ast.IfExp) and parent.test is node):
        return RowUse.NONE
    return judge(function, facts, parent, depth)


def _fills_dict(function: Function, items: ast.Attribute) -> bool:
    """Whether `row.items()` is only read by ``{key: … for key, value in row.items()}``."""
    call = function.module.parents[items]
    loop = function.module.parents[call]
    if items.attr != "items" or not isinstance(loop, ast.comprehension) or loop.iter is not call:
        return False
    match function.module.parents[loop], loop.target:
        case ast.DictComp(key=ast.Name(id=key)), ast.Tuple(elts=[ast.Name(id=name), _]):
            return key == name
    return False


def _subscript(node: ast.Subscript) -> RowUse:
    index = node.slice
    if not isinstance(node.ctx, ast.Load):
        return RowUse.AWAY
    if isinstance(index, ast.Slice | ast.UnaryOp):
        return RowUse.POSITION
    if isinstance(index, ast.Constant):
        return RowUse.KEY if isinstance(index.value, str) else RowUse.POSITION
    return RowUse.AWAY


def _compared(node: ast.Compare, row: ast.expr) -> RowUse:
    if _is_none_test(node):
        return RowUse.NONE
    if len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq | ast.NotEq | ast.In | ast.NotIn):
        return RowUse.POSITION
    return RowUse.AWAY


def _is_none_test(node: ast.Compare) -> bool:
    return len(node.ops) == 1 and any(
        isinstance(side, ast.Constant) and side.value is None
        for side in (node.left, node.comparators[0])
    )
