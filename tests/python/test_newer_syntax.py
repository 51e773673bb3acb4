"""Which Python a construct needs, told from any Python."""

from __future__ import annotations

import ast
import sys

import pytest

from codemods.python.newer_syntax import needed_python


@pytest.mark.parametrize(
    ("code", "version"),
    [
        pytest.param("type Pair[T] = tuple[T, T]\n", (3, 12), id="type-alias"),
        pytest.param("def first[T](xs: list[T]) -> T: ...\n", (3, 12), id="type-parameters"),
        pytest.param('f"{d["key"]}"\n', (3, 12), id="fstring-with-its-own-quote"),
        pytest.param("f\"{d[chr(92) + '\\n']}\"\n", (3, 12), id="fstring-with-backslash"),
        pytest.param("class Box[T = int]: ...\n", (3, 13), id="type-parameter-default"),
        pytest.param(
            "try: ...\nexcept OSError, m.Bad: ...\n", (3, 14), id="except-without-parentheses"
        ),
    ],
)
def test_newer_constructs(code: str, version: tuple[int, int]) -> None:
    expected = version if version > sys.version_info[:2] else None
    assert needed_python(code) == expected
    try:
        ast.parse(code)
    except SyntaxError:
        assert expected is not None
    else:
        assert expected is None


@pytest.mark.parametrize(
    "code",
    ['print "x"\n', "try: ...\nexcept A, e: ...\n", "x = (\n", "match x:\n    case 1: ...\n"],
)
def test_what_no_newer_version_explains(code: str) -> None:
    assert needed_python(code) is None
