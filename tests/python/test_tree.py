"""Walking trees: the same nodes as the standard library's, without contexts and operators."""

from __future__ import annotations

import ast
import inspect
import typing

import pytest

from codemods.python.tree import children, parents, quoted_type

MARKS = ast.expr_context | ast.operator | ast.boolop | ast.unaryop | ast.cmpop
SOURCES = {
    "the standard library": inspect.getsource(ast) + "\n" + inspect.getsource(typing),
    "statements": """\
@decorator
async def f(a, /, b: int = 1, *c, d=2, **e) -> None:
    global g
    async with x as y, z: ...
    async for i in j: break
    else: continue
    try: raise A from B
    except* (C, D) as h: pass
    else: del k[0], l.m
    finally: assert n, "o"
    match p:
        case {"q": 1, **r} | [s, *t] if u: v: w = 2
        case X(y=None): pass
    return [await q async for q in r if not s], {**t}, lambda u=1: -u, (v := w) < 1 < 2 or x
""",
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_same_nodes_in_the_same_order(source: str) -> None:
    tree = ast.parse(source)
    expected: dict[ast.AST, ast.AST] = {}
    for node in ast.walk(tree):
        below = [one for one in ast.iter_child_nodes(node) if not isinstance(one, MARKS)]
        assert children(node) == below
        expected.update(dict.fromkeys(below, node))
    assert len(expected) > 80
    assert parents(tree) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("int", "int"),
        (" datetime.datetime ", "datetime.datetime"),
        ("list[int] | None", "list[int] | None"),
        ("None", "None"),
        ("\N{FULLWIDTH LATIN SMALL LETTER X}y", "xy"),
        ("in", None),
        ("", None),
        ("two words", None),
        ("(" * 1000, None),
    ],
)
def test_annotations_in_quotes(text: str, says: str | None) -> None:
    node = quoted_type(text)
    assert (None if node is None else ast.unparse(node)) == says
