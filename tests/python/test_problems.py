"""Unbound names and unused imports."""

import ast

import pytest

from codemods.python.names import Names
from codemods.python.problems import Interface, Problems, find_problems


def of(source: str, *, package: bool = False) -> Problems:
    return find_problems(Names(ast.parse(source)), source, Interface(package))


@pytest.mark.parametrize(
    ("source", "unresolved"),
    [
        ("x", {"x"}),
        ("x = 1\nx", set()),
        ("x\nx = 1", {"x"}),
        ("def f(): return x\nx = 1", set()),
        ("def f():\n    x\n    x = 1", {"x"}),
        ("class C:\n    x = 1\n    def f(self): return x", {"x"}),
        ("class C:\n    def f(self): return __class__, __file__\n    __qualname__", set()),
        ("from a import *\nx", set()),
        ("from datetime import *\ntimezone\nnope", {"nope"}),
        ("def f(a: 'X', b: \"list[Y]\") -> 'Literal[\"Z\"]': pass", {"X", "Y", "Literal"}),
        ("from typing import Literal\nx: Literal['gone'] = 1", set()),
        ("from __future__ import annotations\ndef f(a: C): pass\nclass C: pass", set()),
        ("def f():\n    global g\n    return g", set()),
        ("def f(y):\n    del y\n    y", {"y"}),
        ("def f():\n    g\n    def h(): g\n    g = 1", {"g"}),
        ("def f():\n    def h(): g\n    g = 1", set()),
        ("[y for y in z]", {"z"}),
        ("[y for y in y]", {"y"}),
        ("(a if (a := print()) else 1)", set()),
        ("if print:\n    import os\nos", set()),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import os\nos", {"os"}),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import os\nx: os = 1", set()),
    ],
)
def test_unresolved(source: str, unresolved: set[str]) -> None:
    assert of(source).unresolved == unresolved


@pytest.mark.parametrize(
    ("source", "unused"),
    [
        ("import os", {"os"}),
        ("import os\nos", set()),
        ("import os.path", {"os.path"}),
        ("import os.path as p", {"os.path as p"}),
        ("import os as os", set()),
        ("from a import b as c", {"a.b as c"}),
        ("def f():\n    import os", {"os in f"}),
        ("import os\ndef f():\n    import os\n    os", {"os"}),
        ("import os  # noqa", set()),
        ("import os  # noqa: F401", set()),
        ("import os  # noqa: E501", {"os"}),
        ("from a import (\n    b,  # noqa: F401\n    c,\n)", {"a.c"}),
        ("# ruff: noqa: F401\nimport os", set()),
        ("from __future__ import annotations", set()),
        ("import os\n__all__ = ['os']", set()),
        ("import os\n__all__ = []\n__all__ += ['os']", set()),
        ("import os\nx: 'os.PathLike' = 1", set()),
        ("import os\nx: 'list[\"os\"]' = 1", set()),
        ("try:\n    import os\nexcept ImportError:\n    pass", set()),
        ("import os\nclass C:\n    os = 1\n    def f(self): return os", set()),
        ("import os\nclass C:\n    os = 1\n    y = os", {"os"}),
    ],
)
def test_unused(source: str, unused: set[str]) -> None:
    assert of(source).unused_imports == unused


def test_imports_of_a_package_are_its_interface() -> None:
    assert not of("import app\nfrom os import path\nimport numpy as np", package=True)
    assert of("import os", package=True).unused_imports == {"os"}
    assert of("def f():\n    import os", package=True)


def test_only_what_is_new_counts() -> None:
    before, after = of("import os\nx"), of("import os\nimport re\nx\ny")
    new = after.new_since(before)
    assert new == Problems(frozenset({"y"}), frozenset({"re"}))
    assert not after.new_since(after)
