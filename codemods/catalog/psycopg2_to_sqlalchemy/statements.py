"""One `execute` at a time: its SQL, its parameters, and what takes their place."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from codemods.catalog.psycopg2_to_sqlalchemy.actions import Action, Parameters, Replace
from codemods.catalog.psycopg2_to_sqlalchemy.builders import read_built
from codemods.catalog.psycopg2_to_sqlalchemy.constants import Constants, View, assigned
from codemods.catalog.psycopg2_to_sqlalchemy.conversion import Converted, convert
from codemods.catalog.psycopg2_to_sqlalchemy.interpolated import (
    Audit,
    audit_of,
    audit_of_unknown,
)
from codemods.catalog.psycopg2_to_sqlalchemy.knowledge import known_types
from codemods.catalog.psycopg2_to_sqlalchemy.parameters import Given, is_sole, read_parameters
from codemods.catalog.psycopg2_to_sqlalchemy.reading import read_template
from codemods.catalog.psycopg2_to_sqlalchemy.returning import gives_rows
from codemods.catalog.psycopg2_to_sqlalchemy.sqltext import RefusedError, Style, to_text
from codemods.catalog.psycopg2_to_sqlalchemy.templates import Known, Template
from codemods.python.scopes import BindingKind

__all__ = ["Statement", "read_statement"]

_AT_RUN_TIME = "the SQL is only known at run time"


@dataclass(slots=True)
class Statement:
    """How a call runs its SQL from now on."""

    through_text: bool  #: by `text()`; otherwise by the function that runs SQL known at run time
    sql: str | None = None  #: new code for the SQL argument; None to keep it
    parameters: Parameters | None = None  #: what to make of a literal argument
    drop_parameters: bool = False
    expanding: tuple[str, ...] = ()
    names: tuple[str, ...] = ()  #: of the binds, by position
    why: str = ""  #: why it is not `text()`
    audit: Audit = field(default_factory=Audit)
    elsewhere: dict[ast.AST, Action] = field(default_factory=dict)
    """Literals at other places (an assignment above) that change with it."""
    text: str = ""  #: the SQL, with a private character for each interpolation
    gives_rows: bool = False  #: whether it is certain to have a result


def read_statement(
    constants: Constants, view: View, sql: ast.expr, parameters: ast.expr | None, many: bool
) -> Statement:
    """Decide how one call runs its SQL."""
    found = _converted(constants, view, sql, parameters, many)
    if not found.through_text and parameters is None and not many:
        texts = constants.texts(view, sql)
        if texts and all(map(_is_plain, texts)):
            return Statement(True, text=";".join(texts), gives_rows=all(map(gives_rows, texts)))
    if not found.through_text and parameters is not None and not many:
        built = read_built(view, sql, parameters, partial(_template, constants, view))
        if built is not None:
            return Statement(
                True,
                audit=built.audit,
                elsewhere=built.elsewhere,
                text=built.text,
                gives_rows=gives_rows(built.text),
            )
    return found


def _converted(
    constants: Constants, view: View, sql: ast.expr, parameters: ast.expr | None, many: bool
) -> Statement:
    holder, literals = _literals(view, sql)
    templates: list[Template] = []
    try:
        for literal in literals:
            template = _template(constants, view, literal)
            if template is None:
                return Statement(False, why=_AT_RUN_TIME, audit=audit_of_unknown(sql))
            templates.append(template)
    except RefusedError as error:
        made = literals[0] if len(literals) == 1 else sql
        return Statement(False, why=str(error), audit=audit_of_unknown(made))
    if not templates:
        return Statement(False, why=_AT_RUN_TIME, audit=audit_of_unknown(sql))
    audit = Audit.of(audit_of(template) for template in templates)
    text = ";".join(template.text for template in templates)
    result = Statement(
        False,
        audit=audit.open(),
        text=text,
        gives_rows=all(gives_rows(template.text) for template in templates),
    )
    given = read_parameters(view, parameters, text, many)
    if given.style is None:
        result.why = "the parameters are only known at run time"
        return result
    try:
        converted = _convert_all(templates, given, many)
    except RefusedError as error:
        result.why = str(error)
        return result
    changed = {
        literal: one.code
        for literal, one in zip(literals, converted, strict=True)
        if _normal(one.code) != _normal(view.code(literal))
    }
    first = converted[0]
    if holder is not None:
        if (changed or first.values) and not (
            is_sole(view, holder, sql) and _is_own(constants, view, holder, literals[0])
        ):
            result.why = "the SQL is also used elsewhere, so it can't be changed in place"
            return result
        if not _same_later(view, literals[0], sql, first):
            result.why = "values are interpolated before the SQL is run"
            return result
        result.elsewhere.update((literal, Replace(code)) for literal, code in changed.items())
    elif changed:
        result.sql = first.code
    result.through_text = True
    result.audit = audit
    result.expanding = first.expanding
    result.names = tuple(name for name, _ in first.binds)
    _arrange_parameters(result, first, given.style, given)
    return result


def _template(constants: Constants, view: View, literal: ast.expr) -> Template | None:
    return read_template(
        view.code(literal),
        known_types(view.function),
        _fixed(constants, view, literal),
        _meanings(view, literal),
        _indent(view, literal),
    )


def _convert_all(templates: Sequence[Template], given: Given, many: bool) -> list[Converted]:
    """Convert every text that one call may run, with the same names for the same values."""
    assert given.style is not None
    converted: list[Converted] = []
    values = given.values
    for template in templates:
        one = convert(template, given.style, values)
        _check(one, given, many)
        converted.append(one)
        if values is not None:
            ordered = sorted((key, name) for name, key in one.binds if isinstance(key, int))
            values = [name for _, name in ordered]
    first = converted[0]
    for other in converted[1:]:
        if other.values or first.values:
            raise RefusedError("values are interpolated into one of several texts")
        if given.style is not Style.MAPPING and other.binds != first.binds:
            raise RefusedError("the parameters have other names in each of several texts")
    return converted


def _is_own(constants: Constants, view: View, holder: ast.Name, literal: ast.expr) -> bool:
    """Whether a variable is of a function, or one of the module that no other file reads."""
    outer = constants.program.function_of(view.module, literal)
    return not outer.is_module or constants.sharing.is_private(view.module, holder.id)


_STABLE_CALLS = frozenset({"str", "int", "len", "repr", "float"})


def _same_later(view: View, literal: ast.expr, sql: ast.expr, converted: Converted) -> bool:
    """Whether the values that are interpolated where SQL is made are the same where it is run."""
    if not converted.values:
        return True
    later = view.facts.marks.get(sql)
    if later is None or view.function.is_module:
        return False
    moved = {
        ast.dump(node)
        for value in converted.values.values()
        for node in ast.walk(ast.parse(f"({value}\n)", mode="eval"))
        if isinstance(node, ast.expr)
    }
    for node in ast.walk(literal):
        if not isinstance(node, ast.expr) or ast.dump(node) not in moved:
            continue
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in _STABLE_CALLS:
                continue
            case ast.Call(func=ast.Attribute(attr="format" | "join")):
                continue
            case ast.Call() | ast.Await() | ast.NamedExpr() | ast.Attribute(ctx=ast.Store()):
                return False
            case ast.Attribute() | ast.Subscript():
                return False  # what it is of may have changed
            case ast.Name() if node.id not in _STABLE_CALLS:
                if node.id in view.function.captured:
                    return False
                if view.facts.loads.get(node) != later.get(node.id, view.facts.loads.get(node)):
                    return False
    return True


def _normal(code: str) -> str:
    try:
        return ast.dump(ast.parse(f"({code}\n)", mode="eval"))
    except SyntaxError:
        return code


def _literals(view: View, sql: ast.expr) -> tuple[ast.Name | None, list[ast.expr]]:
    """Return the name that holds the SQL (if one does) and the expressions that make it."""
    if not isinstance(sql, ast.Name):
        return None, [sql]
    found = view.facts.loads.get(sql, frozenset())
    values = [assigned(view.function, definition) for definition in found]
    known = [value for value in values if value is not None]
    if known and len(known) == len(values):
        return sql, sorted(known, key=lambda one: (one.lineno, one.col_offset))
    names = view.module.names
    point = names.point(sql)
    if point is not None:
        bindings = names.bindings(sql.id, point)
        if len(bindings) == 1 and bindings[0].kind is BindingKind.ASSIGNMENT:
            scope = bindings[0].scope
            sole = len(scope.bindings[sql.id]) == 1
            if scope.node is view.module.file.tree and sole and bindings[0].value is not None:
                return sql, [bindings[0].value]
    return sql, []


def _is_plain(text: str) -> bool:
    """Whether `text()` sends a text as it is."""
    try:
        return to_text(text, Style.NONE)[0] == text
    except RefusedError:
        return False


def _fixed(constants: Constants, view: View, literal: ast.expr) -> Mapping[str, str | None]:
    """Return what in an expression only has texts that SQL can hold as they are, by source."""
    found: dict[str, str | None] = {}
    known = known_types(view.function)
    for node in ast.walk(literal):
        if isinstance(node, ast.Name) and known.get(node.id) is Known.INTEGER:
            continue  # it becomes a bind
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and isinstance(
            node.ctx, ast.Load
        ):
            texts = constants.texts(view, node)
            if texts and all(map(_is_harmless, texts)):
                found[view.code(node)] = texts[0] if len(texts) == 1 else None
    return found


def _is_harmless(text: str) -> bool:
    """Whether a piece of SQL means the same to psycopg2 and to `text()`, and ends what it begins.

    Colons are left out because what stands beside the piece may make a bind of them.
    """
    return not set(text) & set("%:\\\"'$") and "--" not in text and "/*" not in text


def _indent(view: View, literal: ast.expr) -> str:
    line = view.module.file.line_text(view.module.statement_of(literal).lineno)
    return line[: len(line) - len(line.lstrip())]


def _meanings(view: View, literal: ast.expr) -> Mapping[str, str]:
    """Return the qualified names of the functions that an expression calls, by their source."""
    return {
        view.code(node.func): view.module.qualified(node.func) or ""
        for node in ast.walk(literal)
        if isinstance(node, ast.Call)
    }


def _check(converted: Converted, given: Given, many: bool) -> None:
    if many and converted.values:
        raise RefusedError("values are interpolated into SQL that is run for many rows")
    if converted.values and given.style is Style.MAPPING and given.target is None:
        raise RefusedError("values are interpolated, and the parameters are known at run time only")


def _arrange_parameters(
    result: Statement, converted: Converted, style: Style, given: Given
) -> None:
    extra = tuple((name, converted.values[name]) for name, key in converted.binds if key is None)
    ordered = sorted((key, name) for name, key in converted.binds if isinstance(key, int))
    names = tuple(name for _, name in ordered)
    if style is Style.SEQUENCE and given.target is not None:
        if not names and not extra:
            result.drop_parameters = True
        elif given.target is given.argument:
            result.parameters = Parameters(names, extra)
        else:
            result.elsewhere[given.target] = Parameters(names, extra)
        return
    if extra:
        result.parameters = Parameters((), extra)
    if style is Style.SEQUENCE:
        result.names = names
