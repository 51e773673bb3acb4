"""What expressions make of a variable's text: casts, boolean idioms, lists.

An expression is taken only when every step of it is known here, so that it can be written down
once more and its value for a literal default be told without running anything of the repository.
"""

from __future__ import annotations

import ast
import copy
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

__all__ = [
    "FILLED",
    "TEXT",
    "Expression",
    "NotLiteralError",
    "constant",
    "convert",
    "literal",
    "source",
]

TEXT = "text"
"""The name of a variable's text in the generated module."""

FILLED = "filled"
"""The function of the generated module that refuses an empty text."""

_NUMBERS = frozenset({"int", "float"})  #: they refuse it themselves
_METHODS = frozenset(
    {"strip", "lstrip", "rstrip", "lower", "upper", "casefold", "title", "capitalize"}
)
_SPLITS = frozenset({"split", "splitlines"})
_BUILTINS: Mapping[str, Callable[..., Any]] = {
    "int": int,
    "float": float,
    "bool": bool,
    "list": list,
    "set": set,
    "tuple": tuple,
}
_WORDS = frozenset(
    {"", "0", "1", "t", "f", "y", "n", "true", "false", "yes", "no", "on", "off"}
    | {"enable", "enabled", "disable", "disabled", "none", "null", "ok"}
)
_EITHER = "str | number"  #: the type of ``text or 8000``
_FAILURES = (ValueError, TypeError, AttributeError, OverflowError, RecursionError)
_PLACEHOLDER = re.compile(r"\b_string_(\d+)_\b")
_JSON = ("import json", "from typing import Any")
_LONGEST = 200  #: characters of a default that is worked out


class NotLiteralError(Exception):
    """A value can't be written as a literal."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A conversion: the node that it fills, and the same over `TEXT`."""

    node: ast.expr
    over_text: ast.expr
    type: str
    modules: tuple[str, ...] = ()

    @property
    def parse(self) -> str:
        """The callable that does it, as source."""
        match self.over_text:
            case ast.Call(func=func, args=[ast.Name(id="text")], keywords=[]):
                return source(func)
        return f"lambda {TEXT}: {source(self.over_text)}"

    def of(self, value: str | int | float | bool | None) -> str | None:
        """Return what it makes of a default, as source; None when it raises.

        Raises:
            NotLiteralError: there is no literal for the result.
        """
        if isinstance(value, str) and len(value) > _LONGEST:
            raise NotLiteralError
        try:
            result = _evaluate(self.over_text, {TEXT: value})
        except _FAILURES:
            return None
        return literal(result)


@dataclass(frozen=True, slots=True)
class _Step:
    node: ast.expr
    over_text: ast.expr
    type: str
    modules: tuple[str, ...] = ()


def convert(
    read: ast.expr,
    parents: Mapping[int, ast.AST],
    qualified: Callable[[ast.expr], str | None],
    *,
    fallbacks: bool = True,
) -> Expression | None:
    """Return the largest conversion of a read that is known here.

    Args:
        read: the read.
        parents: the parent of each node of the statement, by `id`.
        qualified: gives the one qualified name of a function, None if there is none.
        fallbacks: keep the literal of ``… or literal``; without, the text alone is converted.
    """
    at = _Step(read, ast.Name(TEXT, ast.Load()), "str")
    found: _Step | None = None
    while (following := _next(at, parents, qualified)) is not None:
        if not fallbacks and isinstance(following.node, ast.BoolOp):
            following = _Step(following.node, _calling(FILLED, at.over_text), "str", at.modules)
        at = following
        if at.type not in ("str", _EITHER, "generator", "map"):
            found = at
    if found is None:
        return None
    return Expression(found.node, found.over_text, found.type, found.modules)


def _next(
    at: _Step, parents: Mapping[int, ast.AST], qualified: Callable[[ast.expr], str | None]
) -> _Step | None:
    parent = parents.get(id(at.node))
    match parent:
        case ast.Attribute(value=value, attr=name) if value is at.node and at.type == "str":
            return _method(at, name, parents.get(id(parent)), parent)
        case ast.Call(func=func, args=args, keywords=[]) if at.node in args:
            return _call(at, parent, func, args, qualified(func))
        case ast.BoolOp(op=ast.Or(), values=[value, ast.Constant() as literal]) if (
            value is at.node and at.type == "str"
        ):
            return _fallback(at, parent, literal)
        case ast.Compare(left=left, ops=[op], comparators=[right]) if (
            left is at.node and at.type == "str"
        ):
            return _comparison(at, parent, op, right)
        case ast.comprehension(iter=source, is_async=0) if source is at.node:
            return _comprehension(at, parents.get(id(parent)), parent)
    return None


def _fallback(at: _Step, node: ast.BoolOp, literal: ast.Constant) -> _Step | None:
    """Return ``… or literal``, which stands for an unset and for an empty variable."""
    kind = {str: "str", int: _EITHER, float: _EITHER}.get(type(literal.value))
    if kind is None:
        return None
    over_text = ast.BoolOp(ast.Or(), [at.over_text, literal])
    return _Step(node, over_text, kind, at.modules)


def _method(at: _Step, name: str, call: ast.AST | None, attribute: ast.Attribute) -> _Step | None:
    if not (isinstance(call, ast.Call) and call.func is attribute and not call.keywords):
        return None
    if not all(isinstance(argument, ast.Constant) for argument in call.args):
        return None
    func = ast.Attribute(at.over_text, name, ast.Load())
    over_text = ast.Call(func, list(call.args), [])
    if name in _METHODS:
        return _Step(call, over_text, "str", at.modules)
    return _Step(call, over_text, "list[str]", at.modules) if name in _SPLITS else None


def _call(
    at: _Step, call: ast.Call, func: ast.expr, args: list[ast.expr], name: str | None
) -> _Step | None:
    short = (name or "").removeprefix("builtins.")
    if args[0] is at.node:
        rest = args[1:]
        if not all(isinstance(argument, ast.Constant) for argument in rest):
            return None
        # bool() of a text only asks whether there is one; the text is what others may want.
        text = at.type in ("str", _EITHER)
        if text and short == "float" and not rest:
            return _applied(at, call, "float", "float")
        if text and short == "int" and len(rest) <= (1 if at.type == "str" else 0):
            return _applied(at, call, "int", "int", rest)
        if at.type in ("int", "float") and short == "bool" and not rest:
            return _applied(at, call, "bool", "bool")
        if at.type == "str" and name == "json.loads" and not rest:
            return _applied(at, call, "json.loads", "Any", (), _JSON)
        if at.type == "str" and name == "pathlib.Path" and not rest:
            return _applied(at, call, "Path", "Path", (), ("from pathlib import Path",))
        return _collected(at, call, short) if not rest else None
    if len(args) == 2 and args[1] is at.node and at.type == "list[str]":
        first = args[0]
        if short == "map" and isinstance(first, ast.Name) and first.id in ("int", "float"):
            return _Step(call, _calling("map", first, at.over_text), f"map[{first.id}]", at.modules)
        if short == "filter" and isinstance(first, ast.Constant) and first.value is None:
            return _Step(call, _calling("filter", first, at.over_text), "map[str]", at.modules)
    return None


def _collected(at: _Step, call: ast.Call, short: str) -> _Step | None:
    """Return `list`, `set` or `tuple` of several elements."""
    container, _, element = at.type.partition("[")
    if short not in ("list", "set", "tuple") or container not in ("list", "generator", "map"):
        return None
    inside = element.removesuffix("]")
    result = f"tuple[{inside}, ...]" if short == "tuple" else f"{short}[{inside}]"
    return _applied(at, call, short, result)


def _applied(
    at: _Step,
    call: ast.Call,
    func: str,
    result: str,
    rest: list[ast.expr] | tuple[()] = (),
    modules: tuple[str, ...] = (),
) -> _Step:
    callee = ast.parse(func, mode="eval").body
    match at.over_text:
        case ast.Call(func=ast.Name(id=name), args=[text]) if name == FILLED and func in _NUMBERS:
            return _Step(call, ast.Call(callee, [text, *rest], []), result, at.modules)
    over_text = ast.Call(callee, [at.over_text, *rest], [])
    return _Step(call, over_text, result, (*at.modules, *modules))


def _calling(func: str, *args: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(func, ast.Load()), list(args), [])


def _comparison(at: _Step, node: ast.Compare, op: ast.cmpop, right: ast.expr) -> _Step | None:
    """Return a comparison with words for true and false; others stay where they are."""
    words: list[ast.expr]
    if isinstance(op, ast.Eq | ast.NotEq):
        words = [right]
    elif isinstance(op, ast.In | ast.NotIn) and isinstance(right, ast.Tuple | ast.List | ast.Set):
        words = right.elts
    else:
        return None
    texts = [word.value for word in words if isinstance(word, ast.Constant)]
    if len(texts) != len(words) or not all(isinstance(text, str) for text in texts):
        return None
    lowered = {str(text).lower() for text in texts}
    if not lowered or not lowered <= _WORDS or lowered == {""}:
        return None
    return _Step(node, ast.Compare(at.over_text, [op], [right]), "bool", at.modules)


def _comprehension(at: _Step, node: ast.AST | None, inside: ast.comprehension) -> _Step | None:
    if not isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp):
        return None
    if len(node.generators) != 1 or not isinstance(inside.target, ast.Name):
        return None
    if at.type != "list[str]":
        return None
    name = inside.target.id
    element = _element_type(node.elt, name)
    if element is None or not all(_is_condition(test, name) for test in inside.ifs):
        return None
    generator = ast.comprehension(inside.target, at.over_text, inside.ifs, 0)
    over_text = type(node)(node.elt, [generator])
    kind = {ast.ListComp: "list", ast.SetComp: "set", ast.GeneratorExp: "generator"}[type(node)]
    return _Step(node, over_text, f"{kind}[{element}]", at.modules)


def _element_type(node: ast.expr, name: str) -> str | None:
    match node:
        case ast.Name(id=found) if found == name:
            return "str"
        case ast.Call(func=ast.Attribute(value=value, attr=method), args=args, keywords=[]) if (
            method in _METHODS and all(isinstance(argument, ast.Constant) for argument in args)
        ):
            return "str" if _element_type(value, name) == "str" else None
        case ast.Call(func=ast.Name(id="int" | "float" as cast), args=[value], keywords=[]):
            return cast if _element_type(value, name) == "str" else None
    return None


def _is_condition(node: ast.expr, name: str) -> bool:
    match node:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[ast.Constant()]):
            return _element_type(left, name) == "str"
    return _element_type(node, name) == "str"


# -- the value for a default ---------------------------------------------------------------------


def _evaluate(node: ast.expr, values: Mapping[str, Any]) -> Any:
    """Return the value of an expression that `convert` has made."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return values[name]
        case ast.Tuple(elts=elts) | ast.List(elts=elts) | ast.Set(elts=elts):
            return [_evaluate(one, values) for one in elts]
        case ast.BoolOp(values=[value, other]):
            return _evaluate(value, values) or _evaluate(other, values)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _compared(op, _evaluate(left, values), _evaluate(right, values))
        case ast.Call(func=ast.Attribute(value=ast.Name(id="json")), args=[argument]):
            return json.loads(_evaluate(argument, values))
        case ast.Call(func=ast.Attribute(value=value, attr=method), args=args):
            arguments = [_evaluate(argument, values) for argument in args]
            return getattr(_evaluate(value, values), method)(*arguments)
        case ast.Call(func=ast.Name(id="Path"), args=[argument]):
            return PurePosixPath(_evaluate(argument, values))
        case ast.Call(func=ast.Name(id="map"), args=[ast.Name(id=name), argument]):
            return [_BUILTINS[name](one) for one in _evaluate(argument, values)]
        case ast.Call(func=ast.Name(id="filter"), args=[_, argument]):
            return [one for one in _evaluate(argument, values) if one]
        case ast.Call(func=ast.Name(id=name), args=args):
            return _BUILTINS[name](*(_evaluate(argument, values) for argument in args))
        case (
            ast.ListComp(elt=elt, generators=[generator])
            | ast.GeneratorExp(elt=elt, generators=[generator])
        ):
            return list(_elements(elt, generator, values))
        case ast.SetComp(elt=elt, generators=[generator]):
            return set(_elements(elt, generator, values))
    raise TypeError(type(node).__name__)


def _elements(
    elt: ast.expr, generator: ast.comprehension, values: Mapping[str, Any]
) -> Iterator[Any]:
    assert isinstance(generator.target, ast.Name)
    for one in _evaluate(generator.iter, values):
        inner = {**values, generator.target.id: one}
        if all(_evaluate(test, inner) for test in generator.ifs):
            yield _evaluate(elt, inner)


def _compared(op: ast.cmpop, left: Any, right: Any) -> bool:
    match op:
        case ast.Eq():
            return bool(left == right)
        case ast.NotEq():
            return bool(left != right)
        case ast.In():
            return left in right
        case _:
            return left not in right


# -- writing -------------------------------------------------------------------------------------


def constant(node: ast.expr) -> str | int | float | bool | None:
    """Return the value of a literal, or of arithmetic with numbers.

    Raises:
        NotLiteralError: it is something else.
    """
    match node:
        case ast.Constant(value=str() | int() | float() | None as value):
            literal(value)
            return value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(operand)
        case ast.BinOp(left=left, op=ast.Mult() | ast.Add() | ast.Sub() as op, right=right):
            one, other = _number(left), _number(right)
            if isinstance(op, ast.Mult):
                result = one * other
            else:
                result = one + other if isinstance(op, ast.Add) else one - other
            literal(result)
            return result
    raise NotLiteralError


def _number(node: ast.expr) -> int | float:
    value = constant(node)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotLiteralError
    return value


def literal(value: Any) -> str:
    """Return a value as source, in the layout of the common formatters.

    Raises:
        NotLiteralError: there is no literal for it.
    """
    match value:
        case None | bool():
            return repr(value)
        case int():
            if abs(value) > 10**18:
                raise NotLiteralError
            return repr(value)
        case float():
            if not math.isfinite(value):
                raise NotLiteralError
            return repr(value)
        case str():
            return _quoted(value)
        case PurePosixPath():
            return f"Path({_quoted(str(value))})"
        case list():
            return f"[{', '.join(map(literal, value))}]"
        case tuple():
            inside = ", ".join(map(literal, value))
            return f"({inside},)" if len(value) == 1 else f"({inside})"
        case set():
            return f"{{{', '.join(sorted(map(literal, value)))}}}" if value else "set()"
        case dict():
            pairs = (f"{literal(key)}: {literal(one)}" for key, one in value.items())
            return f"{{{', '.join(pairs)}}}"
    raise NotLiteralError


def _quoted(text: str) -> str:
    source = repr(text)
    if source[0] == "'" and '"' not in text:
        return f'"{source[1:-1]}"'
    return source


class _Requote(ast.NodeTransformer):
    """Puts names for strings, so that they can be written with the quotes that are usual."""

    def __init__(self) -> None:
        self.strings: list[str] = []

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if not isinstance(node.value, str):
            return node
        self.strings.append(_quoted(node.value))
        return ast.Name(f"_string_{len(self.strings) - 1}_", ast.Load())


def source(node: ast.expr) -> str:
    """Return an expression as source, with the quotes that formatters prefer."""
    requote = _Requote()
    text = ast.unparse(ast.fix_missing_locations(requote.visit(copy.deepcopy(node))))
    return _PLACEHOLDER.sub(lambda match: requote.strings[int(match[1])], text)
