"""SQL and its parameters, put together side by side: ``sql += " AND a = %s"; values.append(a)``.

Each piece of SQL gets its binds by itself, and the list becomes a mapping (5.14). That is right
when the pieces and the values of each block of statements belong together, in their order.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from codemods.catalog.psycopg2_to_sqlalchemy.actions import Action, Parameters, Replace
from codemods.catalog.psycopg2_to_sqlalchemy.constants import View
from codemods.catalog.psycopg2_to_sqlalchemy.conversion import convert
from codemods.catalog.psycopg2_to_sqlalchemy.interpolated import Audit, audit_of
from codemods.catalog.psycopg2_to_sqlalchemy.scanner import Kind, scan
from codemods.catalog.psycopg2_to_sqlalchemy.sqltext import (
    Placeholder,
    RefusedError,
    Style,
    split,
)
from codemods.catalog.psycopg2_to_sqlalchemy.templates import Template

__all__ = ["Built", "read_built"]

#: What a value does with a cursor changes as well, so it can't be written anew.
_OF_CURSORS = frozenset({"cursor", "execute", "fetchall", "fetchmany", "fetchone", "rowcount"})


@dataclass(slots=True)
class Built:
    """SQL that is put together, and what becomes of its pieces."""

    text: str  #: all of its pieces
    audit: Audit
    elsewhere: dict[ast.AST, Action] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A literal that is assigned to the SQL's variable, or added to it."""

    statement: ast.stmt
    literal: ast.expr


@dataclass(frozen=True, slots=True)
class _Values:
    """Values that are put into the list, or added to it."""

    statement: ast.stmt
    values: tuple[ast.expr, ...]
    literal: ast.List | None = None  #: of the assignment


def read_built(
    view: View,
    sql: ast.expr,
    parameters: ast.expr,
    template_of: Callable[[ast.expr], Template | None],
) -> Built | None:
    """Return SQL that one function puts together with its values; None for any other.

    `template_of` reads the literal of a piece; it may raise `RefusedError`.
    """
    wrapper = parameters
    if isinstance(parameters, ast.Call) and view.module.qualified(parameters.func) in {
        "builtins.tuple",
        "builtins.list",
    }:
        parameters = parameters.args[0] if len(parameters.args) == 1 else parameters
    if not isinstance(sql, ast.Name) or not isinstance(parameters, ast.Name):
        return None
    function = view.function
    hidden = function.captured | function.redirected | set(function.parameters)
    if function.is_module or {sql.id, parameters.id} & hidden:
        return None
    pieces = _pieces(view, sql)
    values = _values(view, parameters)
    if not pieces or not values or not _is_straight(view, [*pieces, *values]):
        return None
    try:
        built = _convert(view, pieces, values, parameters.id, template_of)
    except RefusedError:
        return None
    if built is not None and wrapper is not parameters:
        built.elsewhere[wrapper] = Replace(parameters.id)
    return built


def _pieces(view: View, name: ast.Name) -> list[_Piece]:
    """Return all that makes the SQL, if nothing else reads or binds its variable."""
    found: list[_Piece] = []
    for node in _uses(view, name):
        statement = view.module.parents[node]
        match statement:
            case ast.Assign(targets=[target], value=value) if target is node and not found:
                found.append(_Piece(statement, value))
            case ast.AugAssign(target=target, op=ast.Add(), value=value) if target is node:
                found.append(_Piece(statement, value))
            case _ if node is not name:
                return []
    return found if found and isinstance(found[0].statement, ast.Assign) else []


def _values(view: View, name: ast.Name) -> list[_Values]:
    """Return all that makes the list of values, if nothing else reads or binds its variable."""
    found: list[_Values] = []
    for node in _uses(view, name):
        parent = view.module.parents[node]
        match parent:
            case ast.Assign(targets=[target], value=ast.List(elts=elements) as literal) if (
                target is node and not found
            ):
                found.append(_Values(parent, tuple(elements), literal))
            case ast.AugAssign(target=target, op=ast.Add(), value=ast.List(elts=elements)) if (
                target is node
            ):
                found.append(_Values(parent, tuple(elements)))
            case ast.Attribute(attr="append" | "extend"):
                values = _added(view, parent)
                if values is None:
                    return []
                found.append(values)
            case _ if node is not name:
                return []
    if not found or found[0].literal is None:
        return []
    return found if all(_can_move(value) for one in found for value in one.values) else []


def _uses(view: View, name: ast.Name) -> list[ast.Name]:
    nodes = [n for n in view.function.nodes() if isinstance(n, ast.Name) and n.id == name.id]
    return sorted(nodes, key=lambda node: (node.lineno, node.col_offset))


def _added(view: View, method: ast.Attribute) -> _Values | None:
    call = view.module.parents[method]
    if not isinstance(call, ast.Call) or call.func is not method or call.keywords:
        return None
    statement = view.module.parents[call]
    if not isinstance(statement, ast.Expr):
        return None
    match method.attr, call.args:
        case "append", [value]:
            return _Values(statement, (value,))
        case "extend", [ast.List(elts=elements) | ast.Tuple(elts=elements)]:
            return _Values(statement, tuple(elements))
    return None


def _can_move(value: ast.expr) -> bool:
    return not any(
        isinstance(node, ast.Starred | ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom)
        or (isinstance(node, ast.Attribute) and node.attr in _OF_CURSORS)
        for node in ast.walk(value)
    )


def _is_straight(view: View, every: Sequence[_Piece | _Values]) -> bool:
    """Whether nothing is added in a loop that does not begin with new SQL and a new list."""
    loops = {_loop(view, one.statement) for one in every}
    return len(loops) == 1


def _loop(view: View, node: ast.AST) -> ast.AST | None:
    while node is not view.function.node:
        node = view.module.parents[node]
        if isinstance(node, ast.For | ast.AsyncFor | ast.While):
            return node
    return None


def _convert(
    view: View,
    pieces: Sequence[_Piece],
    values: Sequence[_Values],
    name: str,
    template_of: Callable[[ast.expr], Template | None],
) -> Built | None:
    templates: list[tuple[_Piece, Template]] = []
    for piece in pieces:
        template = template_of(piece.literal)
        if template is None or not _stands_alone(template.text, first=piece is pieces[0]):
            return None
        templates.append((piece, template))
    waiting: dict[object, list[ast.expr]] = {}
    for given in values:
        waiting.setdefault(_block(view, given.statement), []).extend(given.values)
    built = Built(
        "".join(template.text for _, template in templates),
        Audit.of(audit_of(template) for _, template in templates),
    )
    names: dict[ast.expr, str] = {}
    for piece, template in templates:
        count = sum(isinstance(part, Placeholder) for part in split(template.text, Style.SEQUENCE))
        queue = waiting.get(_block(view, piece.statement), [])
        own, queue[:count] = queue[:count], []
        if len(own) < count:
            return None
        codes = [view.code(value) for value in own]
        converted = convert(template, Style.SEQUENCE, codes, tuple(names.values()))
        if converted.values:
            return None
        ordered = sorted((key, bind) for bind, key in converted.binds if isinstance(key, int))
        names.update(zip(own, (bind for _, bind in ordered), strict=True))
        if converted.code != view.code(piece.literal):
            built.elsewhere[piece.literal] = Replace(converted.code)
    if any(waiting.values()):
        return None
    for given in values:
        built.elsewhere[given.literal or given.statement] = _mapped(view, given, name, names)
    return built


def _mapped(view: View, given: _Values, name: str, names: dict[ast.expr, str]) -> Action:
    if given.literal is not None:
        return Parameters(tuple(names[value] for value in given.values))
    named = [(names[value], view.code(value)) for value in given.values]
    if all(bind.isidentifier() and not keyword.iskeyword(bind) for bind, _ in named):
        return Replace(f"{name}.update({', '.join(f'{bind}={code}' for bind, code in named)})")
    return Replace(f"{name}.update({{{', '.join(f'{bind!r}: {code}' for bind, code in named)}}})")


def _block(view: View, statement: ast.stmt) -> tuple[ast.AST, str]:
    """Return the list of statements that one is in: what runs together with it."""
    parent = view.module.parents[statement]
    for field_name, value in ast.iter_fields(parent):
        if isinstance(value, list) and statement in value:
            return parent, field_name
    return parent, ""


def _stands_alone(sql: str, *, first: bool) -> bool:
    """Whether a piece means the same wherever it stands: it ends what it begins."""
    if not first and not re.match(r"[\s,()]", sql):
        return False
    tokens = list(scan(sql))
    if not all(token.closed for token in tokens):
        return False
    comments = [token for token in tokens if token.kind is Kind.COMMENT]
    ends = any(sql.startswith("--", token.start) and token.end == len(sql) for token in comments)
    return not ends and not sql.endswith((":", "\\"))
