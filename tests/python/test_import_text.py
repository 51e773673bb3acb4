"""Imports that are found in the text are those that the parser finds."""

from __future__ import annotations

import ast
import json.decoder
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from codemods.python.import_text import ImportText, import_texts

STANDARD_LIBRARY = Path(json.decoder.__file__).parent.parent

CASES = {
    "module": ("import a", [("a", 0, ())]),
    "dotted": ("import a.b.c", [("a.b.c", 0, ())]),
    "several": ("import a.b as c, d", [("a.b", 0, ()), ("d", 0, ())]),
    "names": ("from a import b, c as d", [("a", 0, ("b", "c"))]),
    "star": ("from a import *", [("a", 0, ())]),
    "relative": ("from .. import a", [("", 2, ("a",))]),
    "relative module": ("from ..b.c import a", [("b.c", 2, ("a",))]),
    "in parentheses": ("from a import (\n    b,  # c, d\n    e as f,\n)", [("a", 0, ("b", "e"))]),
    "a parenthesis in a comment": (
        "from a import (\n    b,  # (c)\n    d,\n)",
        [("a", 0, ("b", "d"))],
    ),
    "a parenthesis that is not closed": ("from a import (b, c", [("a", 0, ("b", "c"))]),
    "continued": ("from a import b, \\\n    c", [("a", 0, ("b", "c"))]),
    "continued modules": ("import a, \\\n    b", [("a", 0, ()), ("b", 0, ())]),
    "with a comment": ("import a  # import b", [("a", 0, ())]),
    "in a function": ("def f():\n\tfrom a import b", [("a", 0, ("b",))]),
    "after a mark": ("\ufeffimport a", [("a", 0, ())]),
    "with carriage returns": ("import a\r\nfrom b import c\r\n", [("a", 0, ()), ("b", 0, ("c",))]),
    "a name with it": ("from imports import important", [("imports", 0, ("important",))]),
    "a word in prose": ("# to import a\nx = 'import b'\nimportant = 1", []),
    "a call": ("importlib.import_module('a')", []),
    "nothing": ("", []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
def test_forms(text: str, expected: list[tuple[str, int, tuple[str, ...]]]) -> None:
    assert list(import_texts(text.encode())) == expected


def test_only_lines_that_hold_a_word() -> None:
    text = b"import app.a\nfrom lib import app\nimport lib\n"
    assert [one.module for one in import_texts(text, b"app")] == ["app.a", "lib"]


def test_modules_and_the_packages_around_them() -> None:
    (one,) = import_texts(b"from a.b import c, d")
    assert list(dict.fromkeys(one.modules)) == ["a", "a.b", "a.b.c", "a.b.d"]
    (one,) = import_texts(b"from . import c")
    assert list(one.modules) == ["c"]


def parsed(tree: ast.AST) -> Iterator[ImportText]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (ImportText(name.name, 0, ()) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            names = tuple(name.name for name in node.names if name.name != "*")
            yield ImportText(node.module or "", node.level, names)


def test_nothing_is_missed_in_the_standard_library() -> None:
    files = sorted(STANDARD_LIBRARY.glob("[a-m]*.py")) + sorted(
        STANDARD_LIBRARY.glob("*/[a-e]*.py")
    )
    compared = 0
    for path in files:
        data = path.read_bytes()
        try:
            tree = ast.parse(data)
            with tokenize.open(path) as file:
                lines = file.read()
        except (SyntaxError, UnicodeDecodeError):
            continue
        if ";" in lines or ": import" in lines:
            continue  # what stands behind another statement is not looked for
        missed = set(parsed(tree)) - set(import_texts(data))
        assert not missed, (path, missed)
        compared += 1
    assert compared > 50
