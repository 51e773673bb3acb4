"""A file without the functions that no span touches stands as the whole file stands."""

from __future__ import annotations

import ast
import json.decoder
from pathlib import Path, PurePosixPath

import pytest

from codemods.codemod import Span
from codemods.python.blocks import path_to
from codemods.python.outline import Lines, Outline, outline_of, untouched, without
from codemods.python.regions import region_of
from codemods.python.source import SourceFile, known_source, read_source

STANDARD_LIBRARY = Path(json.decoder.__file__).parent.parent
PATH = PurePosixPath("app.py")

CODE = """\
import os

@cached
@other(
    1)
def first(a):
    return a

class C:
    x = 1
    async def method(self):
        '''é'''
        def inner():
            pass
    def last(self):
        return 2  # é

def one(): return 1
if x: y = 2
"""

WITHOUT = """\
import os

(



)

class C:
    x = 1
    (


)
    def last(self):
        return 2  # é

def one(): return 1
if x: y = 2
"""


def test_functions_that_no_span_touches_are_empty_tuples_on_their_lines() -> None:
    file = read_source(PATH, CODE.encode())
    at = CODE.index("return 2")
    functions = untouched(file, outline_of(file), [Span(at, at), Span(0, 3)])
    assert without(file, functions) == WITHOUT


@pytest.mark.parametrize(
    "code",
    [
        "def f():\n    return 1; \\\n\nx",
        "x = 1; \\\ndef_ = 2\n",
        "if 1:\n    def f():\n        return 1\n",
        "@ \\\nf\ndef g():\n    pass\n",
        "x = \\\n1\nclass C: y = 2\n",
        "class C:\n\f  def f(self):\n\f    pass\n",
    ],
)
def test_functions_that_share_their_lines_are_kept(code: str) -> None:
    file = read_source(PATH, code.encode())
    assert outline_of(file).functions == ()


@pytest.mark.parametrize("name", ["asyncio/events.py", "dataclasses.py"])
def test_regions_are_the_same(name: str) -> None:
    whole = read_source(PATH, (STANDARD_LIBRARY / name).read_bytes())
    outline = outline_of(whole)
    assert outline.functions
    nodes = [node for node in ast.walk(whole.tree) if isinstance(node, ast.Attribute | ast.stmt)]
    for node in nodes[:: len(nodes) // 20]:
        span = whole.span(node)
        part = known_source(PATH, whole.data, outline).around([span])
        assert part.tree is not whole.tree
        assert places(part, span) == places(whole, span)
        assert region_of(part, span).span == region_of(whole, span).span
        assert part.indent == whole.indent
        for statement, other in zip(part.tree.body, whole.tree.body, strict=True):
            assert statement.end_lineno == other.end_lineno


def places(file: SourceFile, span: Span) -> list[tuple[int, int]]:
    return [(len(block), index) for block, index in path_to(file, span)]


def test_a_file_whose_tree_is_known_is_not_parsed_again() -> None:
    file = read_source(PATH, CODE.encode())
    assert file.around([Span(0, 1)]) is file
    file = known_source(PATH, CODE.encode(), outline_of(file))
    assert len(file.around([Span(0, 1)]).tree.body) == len(file.tree.body) == 5
    assert file.around([Span(0, 1)]) is file


def test_an_outline_of_another_text_is_not_used() -> None:
    file = known_source(PATH, b"x = [\n1,\n]\n", Outline("    ", (Lines(2, 3, 0),)))
    assert file.around([Span(0, 1)]) is file
    assert isinstance(file.tree.body[0], ast.Assign)
