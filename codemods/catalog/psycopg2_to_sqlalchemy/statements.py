"""One `execute` at a time: its SQL, its parameters, and what takes their place."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from codemods.catalog.psycopg2_to_sqlalchemy.actions import Action, Parameters, Replace
from codemods.catalog.psycopg2_to_sqlalchemy.codeflow import UNBOUND, Facts
from codemods.catalog.psycopg2_to_sqlalchemy.conversion import Converted, convert
from codemods.catalog.psycopg2_to_sqlalchemy.holes import HoleKind, kinds_of
from codemods.catalog.psycopg2_to_sqlalchemy.program import Function
from codemods.catalog.psycopg2_to_sqlalchemy.reading import read_template
from codemods.catalog.psycopg2_to_sqlalchemy.sqltext import RefusedError, Style, to_text
from codemods.catalog.psycopg2_to_sqlalchemy.templates import Known, Template
from codemods.python.scopes import BindingKind

__all__ = ["Audit", "Statement", "read_statement"]


@dataclass(frozen=True, slots=True)
class Audit:
    """What is interpolated into one statement's SQL."""

    values: tuple[
        str, ...
    ] = ()  #: source of what stands for a value: an injection if it is not ours
    identifiers: tuple[str, ...] = ()  #: source of names, keywords and pieces of SQL
    closed: tuple[str, ...] = ()  #: source of the values that become binds

    def open(self) -> Audit:
        """Return what stays interpolated when nothing becomes a bind."""
        return Audit((*self.values, *self.closed), self.identifiers, ())

    def sentence(self) -> str:
        """Say it in one sentence, or nothing."""
        parts = []
        if self.values:
            parts.append(f"interpolates a value into SQL: {_listed(self.values)}")
        if self.identifiers:
            parts.append(f"interpolates an identifier or SQL: {_listed(self.identifiers)}")
        if self.closed:
            parts.append(f"values that were interpolated are bound now: {_listed(self.closed)}")
        return "; ".join(parts)


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
    audit: Audit = Audit()
    elsewhere: dict[ast.expr, Action] = field(default_factory=dict)
    """Literals at other places (an assignment above) that change with it."""
    text: str = ""  #: the SQL, with a private character for each interpolation


def _listed(codes: Sequence[str]) -> str:
    return ", ".join(f"`{code}`" for code in dict.fromkeys(codes))


def read_statement(
    function: Function, facts: Facts, sql: ast.expr, parameters: ast.expr | None, many: bool
) -> Statement:
    """Decide how one call runs its SQL."""
    holder, literal = _literal(function, facts, sql)
    known = _known_types(function, facts)
    if literal is None:
        fixed = _constants(function, facts, sql)
        if fixed and parameters is None and not many and all(map(_is_plain, fixed)):
            return Statement(True, text=";".join(fixed))
        return Statement(False, why="the SQL is only known at run time", audit=_unknown(sql))
    try:
        template = read_template(
            _code(function, literal),
            known,
            _fixed(function, facts, literal),
            _meanings(function, literal),
            _indent(function, literal),
        )
    except RefusedError as error:
        return Statement(False, why=str(error), audit=_unknown(sql, literal))
    if template is None:
        return Statement(False, why="the SQL is only known at run time", audit=_unknown(sql))
    audit = _audit(template)
    shared = holder is not None and not _is_sole(function, facts, holder, sql)
    style, values, target = _parameters(function, facts, parameters, template.text, many)
    result = Statement(False, audit=audit.open(), text=template.text)
    if style is None:
        result.why = "the parameters are only known at run time"
        return result
    try:
        converted = convert(template, style, values)
        _check(converted, style, target, many)
    except RefusedError as error:
        result.why = str(error)
        return result
    changed = _normal(converted.code) != _normal(_code(function, literal))
    if shared and (changed or converted.values):
        result.why = "the SQL is also used elsewhere, so it can't be changed in place"
        return result
    if holder is not None and not _same_later(function, facts, literal, sql, converted):
        result.why = "values are interpolated before the SQL is run"
        return result
    result.through_text = True
    result.audit = audit
    result.expanding = converted.expanding
    result.names = tuple(name for name, _ in converted.binds)
    if changed and holder is not None:
        result.elsewhere[literal] = Replace(converted.code)
    elif changed:
        result.sql = converted.code
    _arrange_parameters(result, converted, style, parameters, target)
    return result


_STABLE_CALLS = frozenset({"str", "int", "len", "repr", "float"})


def _same_later(
    function: Function, facts: Facts, literal: ast.expr, sql: ast.expr, converted: Converted
) -> bool:
    """Whether the values that are interpolated where SQL is made are the same where it is run."""
    if not converted.values:
        return True
    later = facts.marks.get(sql)
    if later is None or function.is_module:
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
                if node.id in function.captured:
                    return False
                if facts.loads.get(node) != later.get(node.id, facts.loads.get(node)):
                    return False
    return True


def _code(function: Function, node: ast.expr) -> str:
    file = function.module.file
    span = file.span(node)
    return file.text[span.start : span.end]


def _normal(code: str) -> str:
    try:
        return ast.dump(ast.parse(f"({code}\n)", mode="eval"))
    except SyntaxError:
        return code


def _literal(
    function: Function, facts: Facts, sql: ast.expr
) -> tuple[ast.Name | None, ast.expr | None]:
    """Return the name that holds the SQL (if one does) and the expression that makes it."""
    if not isinstance(sql, ast.Name):
        return None, sql
    found = facts.loads.get(sql)
    if found is not None and len(found) == 1:
        definition = next(iter(found))
        value = _assigned(function, definition)
        if value is not None:
            return sql, value
    point = function.module.names.point(sql)
    if point is not None:
        bindings = function.module.names.bindings(sql.id, point)
        if len(bindings) == 1 and bindings[0].kind is BindingKind.ASSIGNMENT:
            scope = bindings[0].scope
            sole = len(scope.bindings[sql.id]) == 1
            if scope.node is function.module.file.tree and sole and bindings[0].value is not None:
                return sql, bindings[0].value
    return sql, None


def _constants(
    function: Function, facts: Facts, node: ast.expr | None, depth: int = 4
) -> list[str] | None:
    """Return every text that an expression can be, if all are literals of this file."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.IfExp():
            return _joined(
                _constants(function, facts, side, depth) for side in (node.body, node.orelse)
            )
        case ast.Name() if depth:
            definitions = facts.loads.get(node, frozenset()) - {UNBOUND}
            if definitions and _are_all(function, node, definitions):
                return _joined(
                    _defined(function, facts, definition, depth - 1) for definition in definitions
                )
            _, literal = _literal(function, facts, node)
            if literal is not None:
                return _constants(function, facts, literal, depth - 1)
    return None


def _elements(
    function: Function, facts: Facts, node: ast.expr | None, depth: int
) -> list[str] | None:
    """Return every text that an element of an expression can be."""
    match node:
        case ast.List() | ast.Tuple() | ast.Set():
            return _joined(_constants(function, facts, element, depth) for element in node.elts)
        case ast.Name() if depth:
            _, literal = _literal(function, facts, node)
            if not _is_mutated(function, node.id):
                return _elements(function, facts, literal, depth - 1)
    return None


def _joined(every: Iterable[list[str] | None]) -> list[str] | None:
    found: list[str] = []
    for texts in every:
        if texts is None:
            return None
        found += texts
    return found


def _defined(function: Function, facts: Facts, definition: ast.AST, depth: int) -> list[str] | None:
    parent = function.module.parents.get(definition)
    if isinstance(parent, ast.For | ast.comprehension) and parent.target is definition:
        return _elements(function, facts, parent.iter, depth)
    return _constants(function, facts, _assigned(function, definition), depth)


def _are_all(function: Function, name: ast.Name, definitions: Collection[ast.AST]) -> bool:
    """Whether nothing but code of this function, in view, binds a name."""
    if function.is_module:
        return len(function.module.names.module.bindings.get(name.id, ())) <= len(definitions)
    return name.id not in function.captured | function.redirected


def _is_plain(text: str) -> bool:
    """Whether `text()` sends a text as it is."""
    return to_text_or_none(text) == text


def to_text_or_none(text: str) -> str | None:
    """Return the `text()` form of SQL without parameters, None where there is none."""
    try:
        return to_text(text, Style.NONE)[0]
    except RefusedError:
        return None


def _assigned(function: Function, definition: ast.AST) -> ast.expr | None:
    if not isinstance(definition, ast.Name):
        return None
    parent = function.module.parents.get(definition)
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1:
        return parent.value
    if isinstance(parent, ast.AnnAssign):
        return parent.value
    return None


def _is_sole(function: Function, facts: Facts, name: ast.Name, use: ast.expr) -> bool:
    """Whether nothing else reads what a name holds here."""
    definitions = facts.loads.get(name, frozenset())
    if len(definitions) == 1 and _assigned(function, next(iter(definitions))) is not None:
        if name.id in function.captured or function.is_module:
            reads = function.module.names.reads(name.id)
            outside = [node for node, _ in reads if node not in facts.loads]
            if outside:
                return False
        others = [
            node for node, found in facts.loads.items() if node is not use and found & definitions
        ]
        return not others
    readers = [node for node, _ in function.module.names.reads(name.id)]
    return len(readers) == 1 and readers[0] is use


def _fixed(function: Function, facts: Facts, literal: ast.expr) -> Mapping[str, str | None]:
    """Return the names in an expression that only have texts which SQL can hold as they are."""
    found: dict[str, str | None] = {}
    for node in ast.walk(literal):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            texts = _constants(function, facts, node)
            if texts and all(map(_is_harmless, texts)):
                found[node.id] = texts[0] if len(set(texts)) == 1 else None
    return found


def _is_harmless(text: str) -> bool:
    """Whether a piece of SQL means the same to psycopg2 and to `text()`, and ends what it begins.

    Colons are left out because what stands beside the piece may make a bind of them.
    """
    return not set(text) & set("%:\\\"'$") and "--" not in text and "/*" not in text


def _indent(function: Function, literal: ast.expr) -> str:
    file = function.module.file
    line = file.line_text(function.module.statement_of(literal).lineno)
    return line[: len(line) - len(line.lstrip())]


def _meanings(function: Function, literal: ast.expr) -> Mapping[str, str]:
    """Return the qualified names of the functions that an expression calls, by their source."""
    return {
        _code(function, node.func): function.module.qualified(node.func) or ""
        for node in ast.walk(literal)
        if isinstance(node, ast.Call)
    }


def _known_types(function: Function, facts: Facts) -> Mapping[str, Known]:
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
    value = _assigned(function, name)
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


def _parameters(
    function: Function, facts: Facts, node: ast.expr | None, text: str, many: bool
) -> tuple[Style | None, list[str] | None, ast.expr | None]:
    """Return the style of a parameter argument, the code of its values, and the literal itself."""
    if node is None or (isinstance(node, ast.Constant) and node.value is None):
        return (None if many else Style.NONE), None, None
    if many:
        return (Style.MAPPING if "%(" in text else Style.SEQUENCE), None, None
    target = node
    if isinstance(node, ast.Name):
        definitions = facts.loads.get(node, frozenset())
        if len(definitions) == 1:
            value = _assigned(function, next(iter(definitions)))
            if isinstance(value, ast.Tuple | ast.List) and _is_sole(function, facts, node, node):
                if not _is_mutated(function, node.id):
                    target = value
            elif isinstance(value, ast.Dict):
                target = value
    match target:
        case ast.Tuple() | ast.List():
            if any(isinstance(element, ast.Starred) for element in target.elts):
                return None, None, None
            return Style.SEQUENCE, [_code(function, element) for element in target.elts], target
        case ast.Dict():
            return Style.MAPPING, None, target if target is node else None
        case ast.Call(func=ast.Name(id="dict")):
            return Style.MAPPING, None, None
        case ast.Constant(value=str(given)) if len(given) == 1:
            return None, None, None
    if "%(" in text:
        # Anything but a mapping fails with named placeholders (3.2).
        return Style.MAPPING, None, None
    return None, None, None


def _is_mutated(function: Function, name: str) -> bool:
    return any(
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == name
        for node in function.nodes()
    )


def _check(converted: Converted, style: Style, target: ast.expr | None, many: bool) -> None:
    if many and converted.values:
        raise RefusedError("values are interpolated into SQL that is run for many rows")
    if converted.values and style is Style.MAPPING and target is None:
        raise RefusedError("values are interpolated, and the parameters are known at run time only")


def _arrange_parameters(
    result: Statement,
    converted: Converted,
    style: Style,
    parameters: ast.expr | None,
    target: ast.expr | None,
) -> None:
    extra = tuple((name, converted.values[name]) for name, key in converted.binds if key is None)
    ordered = sorted((key, name) for name, key in converted.binds if isinstance(key, int))
    names = tuple(name for _, name in ordered)
    if style is Style.SEQUENCE and target is not None:
        if not names and not extra:
            result.drop_parameters = target is parameters
            if target is not parameters:
                result.drop_parameters = True
            return
        action = Parameters(names, extra)
        if target is parameters:
            result.parameters = action
        else:
            result.elsewhere[target] = action
    elif extra:
        result.parameters = Parameters((), extra)
    if style is Style.SEQUENCE and target is None:
        result.names = names


def _audit(template: Template) -> Audit:
    values: list[str] = []
    identifiers: list[str] = []
    closed: list[str] = []
    for hole, kind in zip(template.holes, kinds_of(template), strict=True):
        code = hole.code or hole.field
        if kind is HoleKind.VALUE:
            values.append(code)
        elif kind in {HoleKind.NAME, HoleKind.COLUMNS, HoleKind.SQL}:
            identifiers.append(code)
        elif kind not in {HoleKind.CONSTANT, HoleKind.LITERAL}:
            closed.append(code)
    return Audit(tuple(values), tuple(identifiers), tuple(closed))


def _unknown(sql: ast.expr, literal: ast.expr | None = None) -> Audit:
    made = literal or sql
    if isinstance(made, ast.JoinedStr | ast.BinOp) or (
        isinstance(made, ast.Call)
        and isinstance(made.func, ast.Attribute)
        and made.func.attr == "format"
        and isinstance(made.func.value, ast.Constant)
    ):
        return Audit(identifiers=(ast.unparse(made)[:60],))
    return Audit()
