"""What a function does with `cursor.description`.

SQLAlchemy's result gives the names of the columns and nothing else about them (7.4), so each column
may only be asked for its name.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.catalog.psycopg2_to_sqlalchemy.codeflow import Facts
from codemods.catalog.psycopg2_to_sqlalchemy.program import Function

__all__ = ["names_of_columns"]

_DEPTH = 4


def names_of_columns(function: Function, facts: Facts, node: ast.expr) -> list[ast.expr] | None:
    """Return where the names of columns are taken from what `node` gives: ``column[0]``.

    None if it is used for more than that.
    """
    found: list[ast.expr] = []
    for used in _names(function, facts, node, _DEPTH):
        if used is None:
            return None
        found.append(used)
    return found


def _names(
    function: Function, facts: Facts, node: ast.expr, depth: int
) -> Iterator[ast.expr | None]:
    """Yield each expression that gives a column's name, and None for any other use."""
    parents = function.module.parents
    parent = parents[node]
    match parent:
        case ast.For() | ast.comprehension() if parent.iter is node:
            yield from _of_each(function, facts, parent, parent.target)
        case ast.Call(func=ast.Name(id="len"), args=[_], keywords=[]):
            pass
        case ast.Call(func=ast.Name(id="list" | "tuple"), args=[_], keywords=[]) if depth:
            yield from _names(function, facts, parent, depth - 1)
        case ast.Call(func=ast.Name(id="enumerate" | "zip" as name)):
            loop = parents[parent]
            place = parent.args.index(node) + (name == "enumerate") if node in parent.args else 9
            match loop:
                case (
                    ast.For(target=ast.Tuple(elts=targets))
                    | ast.comprehension(target=ast.Tuple(elts=targets))
                ) if loop.iter is parent and place < len(targets):
                    yield from _of_each(function, facts, loop, targets[place])
                case _:
                    yield None
        case ast.Assign(targets=[ast.Name() as target]) if depth:
            for load in _loads(function, facts, target):
                yield from _names(function, facts, load, depth - 1) if load else [None]
        case _:
            yield None


def _of_each(
    function: Function, facts: Facts, loop: ast.For | ast.comprehension, target: ast.expr
) -> Iterator[ast.expr | None]:
    if not isinstance(target, ast.Name):
        yield None
        return
    loads: list[ast.expr | None]
    if isinstance(loop, ast.comprehension):
        holder = function.module.parents[loop]
        loads = [
            one
            for one in ast.walk(holder)
            if isinstance(one, ast.Name) and one.id == target.id and one is not target
        ]
    else:
        loads = list(_loads(function, facts, target))
    for load in loads:
        use = function.module.parents[load] if load is not None else None
        match use:
            case ast.Subscript(value=value, slice=ast.Constant(value=0), ctx=ast.Load()) | (
                ast.Attribute(value=value, attr="name", ctx=ast.Load())
            ) if value is load:
                yield use
            case _:
                yield None


def _loads(function: Function, facts: Facts, target: ast.Name) -> Iterator[ast.expr | None]:
    """Yield where a variable is read, and None where that can't be followed."""
    if target.id in function.captured | function.redirected:
        yield None
        return
    if function.is_module:
        readers = [name for name, _ in function.module.names.reads(target.id)]
        if any(reader not in facts.loads for reader in readers):
            yield None
            return
    for load, definitions in facts.loads.items():
        if target in definitions and isinstance(load, ast.expr):
            yield load if definitions == {target} else None
