"""What is certain about the types of a function's variables."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from codemods.catalog.psycopg2_to_sqlalchemy.constants import assigned
from codemods.catalog.psycopg2_to_sqlalchemy.program import Function
from codemods.catalog.psycopg2_to_sqlalchemy.templates import Known

__all__ = ["known_types"]


def known_types(function: Function) -> Mapping[str, Known]:
    """Return what is certain about the types of local names, by name."""
    found: dict[str, Known | None] = {}
    node = function.node
    if not isinstance(node, ast.Module):
        for parameter in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            kind = None
            if isinstance(parameter.annotation, ast.Name):
                kind = {"int": Known.INTEGER, "str": Known.TEXT}.get(parameter.annotation.id)
            found[parameter.arg] = kind
        positional = [*node.args.posonlyargs, *node.args.args]
        defaults = list(zip(reversed(positional), reversed(node.args.defaults), strict=False))
        for parameter, default in defaults:
            if isinstance(default, ast.Constant) and default.value is None:
                found[parameter.arg] = None
    for inner in function.nodes():
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            kind = _kind_of_definition(function, inner)
            if inner.id in found and found[inner.id] is not kind:
                found[inner.id] = None
            else:
                found[inner.id] = kind
    return {name: kind for name, kind in found.items() if kind is not None}


def _kind_of_definition(function: Function, name: ast.Name) -> Known | None:
    parent = function.module.parents[name]
    if isinstance(parent, ast.For) and parent.target is name:
        if isinstance(parent.iter, ast.Call) and isinstance(parent.iter.func, ast.Name):
            return Known.INTEGER if parent.iter.func.id == "range" else None
        return None
    value = assigned(function, name)
    match value:
        case ast.Constant(value=bool()):
            return None
        case ast.Constant(value=int()):
            return Known.INTEGER
        case ast.Constant(value=str()) | ast.JoinedStr():
            return Known.TEXT
        case ast.Call(func=ast.Name(id="int" | "len")):
            return Known.INTEGER
        case ast.Call(func=ast.Name(id="str" | "input")):
            return Known.TEXT
    return None
