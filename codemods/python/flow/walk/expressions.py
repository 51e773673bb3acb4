"""How expressions are recorded; each function returns the place of the value."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Final

from codemods.python.flow import summary as op
from codemods.python.flow.walk.state import Expressions, Walk
from codemods.python.tree import quoted_type

__all__ = ["EXPRESSIONS", "OPERATORS", "visit_annotation", "visit_test"]

OPERATORS: Final[Mapping[type[ast.AST], str]] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.Not: "not",
    ast.USub: "-",
    ast.UAdd: "+",
    ast.Invert: "~",
    ast.And: "and",
    ast.Or: "or",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
}
_CONVERSIONS: Final[Mapping[int, str]] = {-1: "", 115: "s", 114: "r", 97: "a"}
_SELF_EVIDENT: Final = frozenset(
    {op.COMPARE, op.UNARY, op.EITHER, op.CONSTANT}
)  # truth is no use of them


def attribute(walk: Walk, node: ast.Attribute) -> int:
    """Record an attribute that is read."""
    return walk.emit(op.ATTRIBUTE, node, walk.visit(node.value), node.attr)


def call(walk: Walk, node: ast.Call) -> int:
    """Record a call: a METHOD where an attribute is called, which has a place only as a seed."""
    function = node.func
    visit = walk.visit
    if isinstance(function, ast.Attribute):
        base = visit(function.value)
        name = function.attr
        if walk.wanted:
            seed = walk.wanted.get(id(function))
            if seed is not None:
                walk.seeds[seed] = walk.emit(op.ATTRIBUTE, function, base, name)
    else:
        base = visit(function)
        name = None
    positional: tuple[int, ...] = ()
    if node.args:
        positional = tuple([visit(argument) for argument in node.args])
    keywords: tuple[tuple[str | None, int], ...] = ()
    if node.keywords:
        keywords = tuple([(word.arg, visit(word.value)) for word in node.keywords])
    if name is None:
        return walk.emit(op.CALL, node, base, positional, keywords)
    return walk.emit(op.METHOD, node, base, name, positional, keywords)


def constant(walk: Walk, node: ast.Constant) -> int:
    """Record a constant."""
    return walk.constant(node, node.value)


def binary(walk: Walk, node: ast.BinOp) -> int:
    """Record a binary operation."""
    chain = [node]  # long concatenations nest to the left
    while isinstance(chain[-1].left, ast.BinOp) and id(chain[-1].left) not in walk.wanted:
        chain.append(chain[-1].left)
    left = walk.visit(chain[-1].left)
    for link in reversed(chain):
        right = walk.visit(link.right)
        left = walk.emit(op.BINARY, link, OPERATORS[link.op.__class__], left, right)
    return left


def unary(walk: Walk, node: ast.UnaryOp) -> int:
    """Record a unary operation; a negative number is a constant."""
    operand = walk.visit(node.operand)
    if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        value = node.operand.value
        if isinstance(value, int | float):
            return walk.constant(node, -value)
    return walk.emit(op.UNARY, node, OPERATORS[node.op.__class__], operand)


def either(walk: Walk, node: ast.BoolOp) -> int:
    """Record ``and`` or ``or``."""
    return walk.emit(op.EITHER, node, tuple([walk.visit(value) for value in node.values]))


def compare(walk: Walk, node: ast.Compare) -> int:
    """Record a comparison."""
    operands = (walk.visit(node.left), *[walk.visit(value) for value in node.comparators])
    operators = tuple([OPERATORS[operator.__class__] for operator in node.ops])
    return walk.emit(op.COMPARE, node, operators, operands)


def choice(walk: Walk, node: ast.IfExp) -> int:
    """Record ``a if test else b``."""
    test = visit_test(walk, node.test)
    return walk.emit(op.CHOICE, node, test, walk.visit(node.body), walk.visit(node.orelse))


def subscript(walk: Walk, node: ast.Subscript) -> int:
    """Record an item or a slice that is read."""
    base = walk.visit(node.value)
    if isinstance(node.slice, ast.Slice):
        piece = node.slice
        bounds = [walk.visit(b) if b else 0 for b in (piece.lower, piece.upper, piece.step)]
        return walk.emit(op.SLICE, node, base, *bounds)
    return walk.emit(op.ITEM, node, base, walk.visit(node.slice))


def joined_text(walk: Walk, node: ast.JoinedStr) -> int:
    """Record an f-string."""
    parts: list[str | tuple[int, str, str | None]] = []
    for value in node.values:
        if isinstance(value, ast.FormattedValue):
            place = walk.visit(value.value)
            spec: str | None = None
            if isinstance(value.format_spec, ast.JoinedStr):
                spec = ""
                for piece in value.format_spec.values:
                    if isinstance(piece, ast.Constant):
                        spec += str(piece.value)
                    elif isinstance(piece, ast.FormattedValue):
                        walk.visit(piece.value)
                        spec += "{}"
            parts.append((place, _CONVERSIONS.get(value.conversion, ""), spec))
        elif isinstance(value, ast.Constant):
            parts.append(str(value.value))
    return walk.emit(op.TEXT, node, tuple(parts))


def display(walk: Walk, node: ast.List | ast.Tuple | ast.Set) -> int:
    """Record a list, tuple or set."""
    kind = {ast.List: "list", ast.Tuple: "tuple", ast.Set: "set"}[node.__class__]
    items: list[tuple[int, int]] = []
    for index, element in enumerate(node.elts):
        key = 0
        if kind == "tuple":
            key = walk.constant(node, index)
        items.append((key, walk.visit(element)))
    return walk.emit(op.DISPLAY, node, kind, tuple(items))


def mapping(walk: Walk, node: ast.Dict) -> int:
    """Record a dict."""
    items = [
        (-1 if key is None else walk.visit(key), walk.visit(value))
        for key, value in zip(node.keys, node.values, strict=True)
    ]
    return walk.emit(op.DISPLAY, node, "dict", tuple(items))


def awaited(walk: Walk, node: ast.Await) -> int:
    """Record ``await``."""
    return walk.emit(op.AWAIT, node, walk.visit(node.value))


def yielded(walk: Walk, node: ast.Yield | ast.YieldFrom) -> int:
    """Record ``yield`` and ``yield from``; what is sent in is not followed."""
    value = walk.visit(node.value) if node.value is not None else 0
    place = walk.emit(op.YIELD, node, value, walk.scope.function, isinstance(node, ast.YieldFrom))
    walk.scope.yields.append(place)
    return 0


def starred(walk: Walk, node: ast.Starred) -> int:
    """Record an unpacked operand."""
    return walk.emit(op.STAR, node, walk.visit(node.value))


def visit_annotation(walk: Walk, node: ast.expr) -> int:
    """Walk an annotation, also one that is written as a string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        inside = quoted_type(node.value)
        if inside is None:
            return 0
        for part in ast.walk(inside):
            if isinstance(part, ast.expr):
                ast.copy_location(part, node)
        return visit_annotation(walk, inside)
    return walk.visit(node)


def visit_test(walk: Walk, node: ast.expr, *, asserted: bool = False) -> int:
    """Walk a condition and record that its truth is asked for."""
    place = walk.visit(node)
    if place and (asserted or walk.operations[place][0] not in _SELF_EVIDENT):
        walk.emit(op.TRUTH, node, place, asserted)
    return place


EXPRESSIONS: Final[Expressions] = {
    ast.Attribute: attribute,
    ast.Call: call,
    ast.Constant: constant,
    ast.BinOp: binary,
    ast.UnaryOp: unary,
    ast.BoolOp: either,
    ast.Compare: compare,
    ast.IfExp: choice,
    ast.Subscript: subscript,
    ast.JoinedStr: joined_text,
    ast.List: display,
    ast.Tuple: display,
    ast.Set: display,
    ast.Dict: mapping,
    ast.Await: awaited,
    ast.Yield: yielded,
    ast.YieldFrom: yielded,
    ast.Starred: starred,
}
