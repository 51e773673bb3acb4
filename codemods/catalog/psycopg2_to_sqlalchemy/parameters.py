"""What a call gives to SQL: the values of its placeholders."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.catalog.psycopg2_to_sqlalchemy.constants import View, assigned
from codemods.catalog.psycopg2_to_sqlalchemy.sqltext import Style

__all__ = ["Given", "is_sole", "read_parameters"]


@dataclass(frozen=True, slots=True)
class Given:
    """The parameters of one call."""

    argument: ast.expr | None
    style: Style | None  #: None when they are only known at run time
    values: list[str] | None = None  #: the source of each value of a sequence
    target: ast.expr | None = None  #: the literal that has them, at the call or above it


def read_parameters(view: View, node: ast.expr | None, text: str, many: bool) -> Given:
    """Read the argument of a call that runs the SQL `text`, once or for each of many rows."""
    if node is None or (isinstance(node, ast.Constant) and node.value is None):
        return Given(node, None if many else Style.NONE)
    if many:
        return Given(node, Style.MAPPING if "%(" in text else Style.SEQUENCE)
    target = _literal(view, node)
    match target:
        case ast.Tuple() | ast.List():
            if any(isinstance(element, ast.Starred) for element in target.elts):
                return Given(node, None)
            values = [view.code(element) for element in target.elts]
            return Given(node, Style.SEQUENCE, values, target)
        case ast.Dict():
            return Given(node, Style.MAPPING, None, target if target is node else None)
        case ast.Call(func=ast.Name(id="dict")):
            return Given(node, Style.MAPPING)
    # Anything but a mapping fails with named placeholders (3.2).
    return Given(node, Style.MAPPING if "%(" in text else None)


def _literal(view: View, node: ast.expr) -> ast.expr:
    """Return the literal that a variable holds, if nothing else may hold or change it."""
    if isinstance(node, ast.Name):
        definitions = view.facts.loads.get(node, frozenset())
        if len(definitions) == 1:
            value = assigned(view.function, next(iter(definitions)))
            if isinstance(value, ast.Dict):
                return value
            if isinstance(value, ast.Tuple | ast.List) and is_sole(view, node, node):
                return node if _is_mutated(view, node.id) else value
    return node


def _is_mutated(view: View, name: str) -> bool:
    return any(
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == name
        for node in view.function.nodes()
    )


def is_sole(view: View, name: ast.Name, use: ast.expr) -> bool:
    """Whether nothing else reads what a name holds here."""
    function, loads = view.function, view.facts.loads
    definitions = loads.get(name, frozenset())
    if definitions and all(assigned(function, one) is not None for one in definitions):
        if name.id in function.captured or function.is_module:
            reads = function.module.names.reads(name.id)
            outside = [node for node, _ in reads if node not in loads]
            if outside:
                return False
        return not any(node is not use and found & definitions for node, found in loads.items())
    readers = [node for node, _ in function.module.names.reads(name.id)]
    return len(readers) == 1 and readers[0] is use
