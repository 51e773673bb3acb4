"""Find where a file asks for variables of the environment, and how."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from codemods.catalog.env_to_config.facts import Shape
from codemods.codemod import Bar
from codemods.python.names import Names, Resolution
from codemods.python.scopes import BindingKind, Point

__all__ = ["ENVIRON", "GETENV", "Found", "Other", "find"]

ENVIRON = "os.environ"
GETENV = "os.getenv"
_ASKED = frozenset({ENVIRON, GETENV})
_WRITERS = frozenset({"update", "pop", "setdefault", "clear", "popitem", "__setitem__"})


@dataclass(frozen=True, slots=True)
class Found:
    """A read of one variable."""

    shape: Shape
    node: ast.expr
    base: ast.Name  #: the name from which it starts: `os`, `environ`, …
    name: ast.expr  #: the name of the variable
    default: ast.expr | None
    point: Point
    bar: Bar | None = None


@dataclass(frozen=True, slots=True)
class Other:
    """Another use of the environment."""

    node: ast.expr
    point: Point
    written: ast.expr | None = None  #: the name of a variable that it sets or deletes
    whole: bool = False  #: all of it goes somewhere
    rewrites: bool = False  #: it sets variables without naming them


def find(
    names: Names, parents: Callable[[ast.stmt], Mapping[int, ast.AST]]
) -> tuple[list[Found], list[Other]]:
    """Return the reads of a file and the other uses, each in source order."""
    found: list[Found] = []
    others: list[Other] = []
    for node, base, point in _mentions(names):
        meaning = names.qualified(node)
        meant = meaning.names & _ASKED
        if not meant:
            continue
        around = parents(point.stmt)
        one = _use(node, base, point, next(iter(meant)), around)
        if isinstance(one, Found) and meaning.sole is None:
            one = Found(
                *(one.shape, one.node, one.base, one.name, one.default, one.point),
                _unsure(meaning),
            )
        if isinstance(one, Found):
            found.append(one)
        elif one is not None:
            others.append(one)
    found.sort(key=lambda one: _where(one.node))
    others.sort(key=lambda one: _where(one.node))
    return found, others


def _unsure(meaning: Resolution) -> Bar:
    return Bar("env-to-config/unsure", f"this may be something else: {meaning.why()}")


def _mentions(names: Names) -> Iterator[tuple[ast.expr, ast.Name, Point]]:
    """Yield what may be `os.environ` or `os.getenv`: attributes, imported names, aliases."""
    for attribute in ("environ", "getenv"):
        for node, point in names.attributes(attribute):
            if isinstance(node.value, ast.Name):
                yield node, node.value, point
    aliases = {"environ", "getenv"}
    for binding in names.imports:
        if binding.origin in _ASKED:
            aliases.add(binding.name)
    for scope in names.scopes:
        for name, bindings in scope.bindings.items():
            if any(
                binding.kind is BindingKind.ASSIGNMENT
                and isinstance(binding.value, ast.Name | ast.Attribute)
                and names.qualified(binding.value).names & _ASKED
                for binding in bindings
            ):
                aliases.add(name)
    for name in sorted(aliases):
        for read, point in names.reads(name):
            yield read, read, point


def _use(
    node: ast.expr, base: ast.Name, point: Point, meant: str, parents: Mapping[int, ast.AST]
) -> Found | Other | None:
    parent = parents.get(id(node))
    if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        return Other(node, point)
    if meant == GETENV:
        if isinstance(parent, ast.Call) and parent.func is node:
            return _call(Shape.GET, parent, base, point, "key")
        return Other(node, point)
    match parent:
        case ast.Subscript(value=value, slice=name, ctx=ctx) if value is node:
            if isinstance(ctx, ast.Load):
                return Found(Shape.SUBSCRIPT, parent, base, name, None, point)
            return Other(parent, point, written=name)
        case ast.Attribute(attr=method):
            call = parents.get(id(parent))
            if not (isinstance(call, ast.Call) and call.func is parent):
                return Other(parent, point)
            if method == "get":
                return _call(Shape.GET, call, base, point, "")
            if method in ("pop", "setdefault") and call.args:
                shape = Shape.POP if method == "pop" else Shape.SETDEFAULT
                return Found(shape, call, base, call.args[0], None, point)
            whole = method in ("copy", "items")
            return Other(call, point, whole=whole, rewrites=method in _WRITERS)
        case ast.Compare(left=name, ops=[ast.In() | ast.NotIn() as op], comparators=[right]) if (
            right is node
        ):
            shape = Shape.PRESENCE if isinstance(op, ast.In) else Shape.ABSENCE
            return Found(shape, parent, base, name, None, point)
        case ast.Assign(value=value, targets=[ast.Name()]) if value is node:
            return Other(node, point)  # an alias: its own uses are looked at
        case ast.stmt() | None:
            return Other(node, point)
    return Other(node, point, whole=True)


def _call(
    shape: Shape, call: ast.Call, base: ast.Name, point: Point, keyword: str
) -> Found | Other:
    """Return a call of `getenv` (whose parameters have names) or `environ.get` (`default` has)."""
    given: dict[str, ast.expr] = dict(zip((keyword, "default"), call.args, strict=False))
    bar = None
    if len(call.args) > 2 or any(isinstance(argument, ast.Starred) for argument in call.args):
        bar = Bar("env-to-config/unsure", "its arguments can't be told apart")
    for word in call.keywords:
        if word.arg in ("key", "default") and word.arg not in given:
            given[word.arg] = word.value
        else:
            bar = Bar("env-to-config/unsure", "its arguments can't be told apart")
    name = given.get(keyword)
    if name is None:
        return Other(call, point)
    return Found(shape, call, base, name, given.get("default"), point, bar)


def _where(node: ast.expr) -> tuple[int, int, int, int]:
    return (node.lineno, node.col_offset, -(node.end_lineno or 0), -(node.end_col_offset or 0))
