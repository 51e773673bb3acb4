"""Names of function bodies that are read late are those that are read at once."""

from __future__ import annotations

import ast
import random
import sysconfig
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from codemods.python.bodies import Bodies
from codemods.python.names import Names
from codemods.python.scopes import Binding, Point, Scope
from codemods.python.source import SourceFile, read_source

LIBRARY = Path(sysconfig.get_paths()["stdlib"])
MODULES = [
    *sorted(LIBRARY.glob("[a-e]*.py")),
    *(LIBRARY / name for name in ("inspect.py", "tarfile.py", "tempfile.py", "typing.py")),
]


def source(text: str) -> SourceFile:
    return read_source(PurePosixPath("app.py"), text.encode())


def at(point: Point) -> tuple[object, ...]:
    """Say where a point is, in words that are the same for two trees."""
    return (point.scope.kind, point.scope.path, point.stmt.lineno, point.deferred, point.annotation)


def asked(names: Names, word: str) -> object:
    """Ask all that can be asked about one word; the order of reads means nothing."""
    reads = [
        (node.lineno, node.col_offset, names.resolve(node).names, at(point))
        for node, point in names.reads(word)
    ]
    attributes = [
        (node.lineno, node.col_offset, names.qualified(node).names, at(point))
        for node, point in names.attributes(word)
    ]
    return (
        sorted(reads, key=repr),
        sorted(attributes, key=repr),
        sorted(repr(at(point)) for _, point in names.quoted_reads(word)),
        sorted((scope.kind.name, scope.path) for scope in names.scopes_with(word)),
        names.is_mentioned(word),
    )


def bound(scope: Scope) -> Iterator[tuple[object, ...]]:
    def told(binding: Binding) -> tuple[object, ...]:
        return (binding.name, binding.kind, binding.at, binding.sure, binding.origin)

    for name, bindings in scope.bindings.items():
        yield (name, *map(told, bindings))
    yield from scope.declared.items()


def everything(names: Names) -> object:
    return sorted(
        (
            scope.kind.name,
            scope.path,
            getattr(scope.node, "lineno", 0),
            sorted(map(repr, bound(scope))),
        )
        for scope in names.scopes
    )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_the_standard_library(path: Path) -> None:
    file = read_source(PurePosixPath(path.name), path.read_bytes())
    at_once = Names(ast.parse(file.text))
    attributes = {node.attr for node in ast.walk(file.tree) if isinstance(node, ast.Attribute)}
    words = sorted(at_once.read_identifiers | attributes)
    some = random.Random(path.name).sample(words, min(12, len(words)))
    for word in some:
        assert asked(file.names, word) == asked(at_once, word), word
    origins = sorted(one.origin for one in file.names.imports)
    assert origins == sorted(one.origin for one in at_once.imports)
    assert set(map(repr, bound(file.names.module))) == set(map(repr, bound(at_once.module)))
    assert everything(file.names) == everything(at_once)
    assert file.names.read_identifiers == at_once.read_identifiers


def test_a_body_is_given_out_once() -> None:
    file = source("def f(a):\n    b = a\n\ndef g():\n    return ab\n")
    bodies, scope = Bodies(file), Names(file.tree).module
    assert bodies.add(1, 2, scope)
    assert bodies.add(4, 5, scope)
    assert bodies.holding("c") == []
    assert [body.start for body in bodies.holding("g")] == [file.line_starts[3]]
    assert [body.start for body in bodies.holding("ab")] == []
    assert [body.start for body in bodies.holding("a")] == [0]
    assert bodies.rest() == []


def test_what_is_not_ascii_does_not_wait() -> None:
    file = source("def f():\n    ä = 1\n\ndef g():\n    return a\n")
    bodies, scope = Bodies(file), Names(file.tree).module
    assert not bodies.add(1, 2, scope)
    assert bodies.add(4, 5, scope)
    assert [body.scope for body in bodies.rest()] == [scope]


@pytest.mark.parametrize(
    ("text", "word", "bound_in"),
    [
        pytest.param("def f():\n    global x\n    x = 1\nx\n", "x", {""}, id="global"),
        pytest.param(
            "def f():\n    def g():\n        nonlocal x\n        x = 1\n    x = 0\n",
            "x",
            {"f"},
            id="nonlocal",
        ),
        pytest.param("class C:\n    def m(self):\n        x = 1\n", "x", {"C.m"}, id="method"),
        pytest.param("if a:\n    def f():\n        x = 1\n", "x", {"f"}, id="in a branch"),
        pytest.param(
            "def f():\n    \N{FULLWIDTH LATIN SMALL LETTER X} = 1\n", "x", {"f"}, id="NFKC"
        ),
        pytest.param("def f(): x = 1\ndef g(): y = 2\n", "x", {"f"}, id="one line"),
        pytest.param("def f():\r    x = 1\r\rdef g():\r    pass", "x", {"f"}, id="returns"),
        pytest.param("def f():\n    x = 1", "x", {"f"}, id="no end of line"),
        pytest.param("def f():\n    class C:\n        x = 1\n", "x", {"f.C"}, id="inner class"),
    ],
)
def test_what_binds_a_name(text: str, word: str, bound_in: set[str]) -> None:
    assert {scope.path for scope in source(text).names.scopes_with(word)} == bound_in


def test_a_global_is_known_to_the_module_at_once() -> None:
    names = source("import datetime\ndef f():\n    global datetime\n    datetime = None\n").names
    assert len(names.module.bindings["datetime"]) == 2


def test_imports_in_functions_are_found() -> None:
    names = source("def f():\n    import os\n").names
    assert [one.origin for one in names.imports] == ["os"]
