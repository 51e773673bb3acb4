"""Find the reads of the environment in one file, and what else the plan needs to know of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache

from codemods.catalog.env_to_config.central_classes import centres_of
from codemods.catalog.env_to_config.centres import imported_libraries, is_django_settings
from codemods.catalog.env_to_config.constants import literal_or_reference
from codemods.catalog.env_to_config.conversions import (
    Expression,
    NotLiteralError,
    constant,
    convert,
    literal,
    source,
)
from codemods.catalog.env_to_config.defaults import is_repeatable, may_fail
from codemods.catalog.env_to_config.facts import Conversion, Default, FileFacts, Read, Shape
from codemods.catalog.env_to_config.own_module import own_class
from codemods.catalog.env_to_config.reads import Found, Other, find
from codemods.codemod import Bar, Site, Span, Survey
from codemods.python.names import Names
from codemods.python.parents import parents_in
from codemods.python.scopes import Point, Scope, ScopeKind
from codemods.python.source import SourceFile

__all__ = ["survey"]

_PATCHED = re.compile(r"(\w+)\.(os|environ|getenv)\b")
_EXPECTED = frozenset(
    {"KeyError", "LookupError", "ValueError", "TypeError", "AttributeError", "Exception"}
    | {"BaseException", "StandardError", "JSONDecodeError"}
)


def survey(file: SourceFile) -> Survey[FileFacts]:
    """Return the reads of a file and what else is about it."""
    names = file.names
    parents = cache(parents_in)
    found, others = find(names, parents)
    sites: list[Site] = []
    reads: dict[str, Read] = {}
    for one in found:
        read = _read(one, parents(one.point.stmt), names, file)
        site = _site(read, file)
        sites.append(site)
        reads[site.id] = read
    written = [literal_or_reference(name, names) for name in _written(found, others)]
    facts = FileFacts(
        reads,
        frozenset(name for name, _ in written if name),
        frozenset(reference for _, reference in written if reference),
        any(not name and not reference for name, reference in written)
        or any(other.rewrites for other in others),
        any(other.whole for other in others),
        centres_of(file, names),
        imported_libraries(file.tree),
        is_django_settings(file.tree),
        frozenset(_patched(file)),
        own_class(file),
        len(others),
    )
    counts = {
        "writes": sum(other.written is not None for other in others),
        "whole environment": sum(other.whole for other in others),
    }
    return Survey(tuple(sites), facts, {key: number for key, number in counts.items() if number})


def _site(read: Read, file: SourceFile) -> Site:
    position = file.position(read.span)
    kind = read.shape.value
    identity = f"{file.path}:{position.line}:{position.column}:{kind}"
    code = file.text[read.span.start : read.span.end]
    return Site(identity, "env-to-config", kind, file.path, read.span, position, code)


def _read(found: Found, parents: Mapping[int, ast.AST], names: Names, file: SourceFile) -> Read:
    span = file.span(found.node)
    variable, reference = literal_or_reference(found.name, names)
    if not variable and not reference:
        dynamic = Bar("env-to-config/dynamic-name", "the name of the variable is worked out here")
        return Read(found.shape, span, None, blocked=dynamic)
    bar = found.bar or _bar_of_shape(found.shape)
    if bar is None and _has_comment(file, span):
        bar = Bar("env-to-config/comment-inside", "a comment inside the read would be lost")
    default = _default(found.default, names, file)
    caught = _is_caught(found.point)
    conversion = bare = fallback = None
    if bar is None and found.shape in (Shape.GET, Shape.SUBSCRIPT):
        fallback = _fallback(found.node, parents, file)
        if not caught:
            conversion = _conversion(found, default, parents, names, file)
        if not caught and fallback is not None:
            bare = _bare(found, parents, names, file)
    return Read(
        found.shape,
        span,
        variable,
        default,
        conversion,
        fallback,
        bare,
        reference=reference,
        at_import=_at_import(found.point),
        caught=caught,
        certain=_is_certain(found, parents),
        enclosed=_is_enclosed(found.node, parents),
        blocked=bar,
    )


def _bar_of_shape(shape: Shape) -> Bar | None:
    if shape is Shape.POP:
        return Bar("env-to-config/removed", "the variable is taken out of the environment here")
    if shape is Shape.SETDEFAULT:
        return Bar("env-to-config/written", "this sets the variable where it is not set")
    return None


def _default(node: ast.expr | None, names: Names, file: SourceFile) -> Default | None:
    if node is None or (isinstance(node, ast.Constant) and node.value is None):
        return None
    span = file.span(node)
    try:
        value = constant(node)
    except NotLiteralError:
        return Default(span, repeatable=is_repeatable(node, names), fails=may_fail(node, names))
    return Default(span, source(node), value)


def _conversion(
    found: Found,
    default: Default | None,
    parents: Mapping[int, ast.AST],
    names: Names,
    file: SourceFile,
) -> Conversion | None:
    def qualified(node: ast.expr) -> str | None:
        return names.qualified(node).sole

    expression = convert(found.node, parents, qualified)
    if expression is None or (default is not None and not default.literal):
        return None
    span = file.span(expression.node)
    if _has_comment(file, span):
        return None
    try:
        value = _unset_value(found, default, expression)
    except NotLiteralError:
        return None
    if value is None and default is not None:
        return None  # the default itself is refused: that is for a person to see
    if default is not None and value == literal(default.value):
        value = default.literal  # `60 * 60` tells more than 3600
    return Conversion(span, expression.parse, expression.type, value, expression.modules)


def _fallback(node: ast.expr, parents: Mapping[int, ast.AST], file: SourceFile) -> Default | None:
    """Return what ``read or literal`` falls back to."""
    match parents.get(id(node)):
        case ast.BoolOp(op=ast.Or(), values=[first, ast.Constant(value=value) as other]) as whole:
            if first is node and isinstance(value, str | int | float) and value is not False:
                span = file.span(whole)
                if not _has_comment(file, span):
                    return Default(span, source(other), value)
    return None


def _bare(
    found: Found, parents: Mapping[int, ast.AST], names: Names, file: SourceFile
) -> Conversion | None:
    """Return the conversion of ``read or literal`` as it is without the literal."""

    def qualified(node: ast.expr) -> str | None:
        return names.qualified(node).sole

    bare = convert(found.node, parents, qualified, fallbacks=False)
    if bare is None or _has_comment(file, file.span(bare.node)):
        return None
    return Conversion(file.span(bare.node), bare.parse, bare.type, None, bare.modules)


def _unset_value(found: Found, default: Default | None, expression: Expression) -> str | None:
    if found.shape is Shape.SUBSCRIPT:
        return None
    return expression.of(None if default is None else default.value)


def _has_comment(file: SourceFile, span: Span) -> bool:
    text = file.text[span.start : span.end]
    if "#" not in text or not ("\n" in text or "\r" in text):
        return False
    import io
    import tokenize

    try:
        tokens = tokenize.generate_tokens(io.StringIO(f"({text})").readline)
        return any(token.type == tokenize.COMMENT for token in tokens)
    except (tokenize.TokenError, SyntaxError):
        return True


def _at_import(point: Point) -> bool:
    scope: Scope | None = point.scope
    while scope is not None:
        if scope.kind in (ScopeKind.FUNCTION, ScopeKind.LAMBDA):
            return False
        scope = scope.parent
    return not point.deferred


def _is_caught(point: Point) -> bool:
    """Tell whether code around a place may expect what a read or a conversion raises."""
    block = point.block
    while block.stmt is not None:
        statement = block.stmt
        if block.branch.startswith("handler"):
            return True  # the second choice of something that has failed
        if block.branch == "body":
            if isinstance(statement, ast.Try) or type(statement).__name__ == "TryStar":
                handlers = getattr(statement, "handlers", ())
                if any(_expects(handler.type) for handler in handlers):
                    return True
            elif isinstance(statement, ast.With | ast.AsyncWith) and any(
                isinstance(item.context_expr, ast.Call)
                and any(_expects(argument) for argument in item.context_expr.args)
                and "suppress" in ast.unparse(item.context_expr.func)
                for item in statement.items
            ):
                return True
        if block.parent is None:
            return False
        block = block.parent
    return False


def _is_certain(found: Found, parents: Mapping[int, ast.AST]) -> bool:
    """Tell whether a read happens whenever its function, or its module, is run."""
    block = found.point.block
    while block.parent is not None:
        statement = block.stmt
        if isinstance(statement, ast.If | ast.While | ast.For | ast.AsyncFor | ast.Match) and (
            "__name__" not in ast.unparse(getattr(statement, "test", statement))
        ):
            return False
        block = block.parent
    node: ast.AST | None = found.node
    while node is not None:
        parent = parents.get(id(node))
        if isinstance(parent, ast.BoolOp):
            if parent.values[0] is not node:
                return False
        elif isinstance(parent, ast.IfExp | ast.Lambda | ast.comprehension):
            return False
        node = parent
    return True


def _expects(node: ast.expr | None) -> bool:
    match node:
        case None:
            return True
        case ast.Tuple(elts=elts):
            return any(_expects(one) for one in elts)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in _EXPECTED
    return True


def _is_enclosed(node: ast.expr, parents: Mapping[int, ast.AST]) -> bool:
    """Tell whether an expression of any kind can stand in the place of this one."""
    match parents.get(id(node)):
        case ast.Call(func=func):
            return func is not node
        case ast.keyword(arg=str()):
            return True
        case ast.Assign() | ast.Return() | ast.AnnAssign() | ast.AugAssign():
            return True
        case ast.List() | ast.Set():
            return True
        case ast.Dict(values=values):
            return any(value is node for value in values)
    return False


def _written(found: list[Found], others: list[Other]) -> Iterator[ast.expr]:
    """Yield the names of the variables that a file sets or deletes."""
    for one in found:
        if one.shape in (Shape.SETDEFAULT, Shape.POP):
            yield one.name
    for other in others:
        if other.written is not None:
            yield other.written


def _patched(file: SourceFile) -> Iterator[tuple[str, str]]:
    """Yield the names of modules that strings, or attributes of modules, replace `os` in."""
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if len(node.value) <= 200 and " " not in node.value:
                for match in _PATCHED.finditer(node.value):
                    yield match[1], match[2]
        elif isinstance(node, ast.Attribute) and node.attr in ("os", "environ", "getenv"):
            value = node.value
            owner = getattr(value, "id", getattr(value, "attr", ""))
            if owner and owner not in ("os", "self", "cls"):
                yield owner, node.attr
