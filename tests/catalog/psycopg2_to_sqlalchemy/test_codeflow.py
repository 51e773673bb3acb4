"""Which definitions reach a place."""

from __future__ import annotations

import ast
from collections.abc import Iterable

import pytest

from codemods.catalog.psycopg2_to_sqlalchemy.codeflow import (
    BROKEN,
    UNBOUND,
    reaching_definitions,
)


def marks(node: ast.expr) -> Iterable[str]:
    """Let `run()` define a result."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "run":
        yield "result"


def lines(code: str, name: str) -> list[int | str]:
    """Return the lines that may have defined what `show(name)` reads; words for no line."""
    tree = ast.parse(code)
    facts = reaching_definitions(tree.body, ["parameter"], marks)
    found: set[int | str] = set()
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and ast.unparse(node) == f"show({name})"):
            continue
        if name == "result":
            reached = facts.marks[node].get("result", frozenset((UNBOUND,)))
        else:
            reached = facts.loads[node.args[0]]
        for definition in reached:
            found.add(
                "unbound" if definition is UNBOUND
                else "broken" if definition is BROKEN
                else getattr(definition, "lineno", 0)
            )  # fmt: skip
    return sorted(found, key=str)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = 1\nx = 2\nshow(x)", [2]),
        ("x = 1\nif a:\n    x = 3\nshow(x)", [1, 3]),
        ("if a:\n    x = 2\nelse:\n    x = 4\nshow(x)", [2, 4]),
        ("if a:\n    x = 2\nshow(x)", [2, "unbound"]),
        ("if a:\n    x = 2\nelse:\n    raise e\nshow(x)", [2]),
        ("x = 1\nfor y in z:\n    show(x)\n    x = 4", [1, 4]),
        ("x = 1\nwhile True:\n    x = 3\n    break\nshow(x)", [3]),
        ("x = 1\ntry:\n    x = 3\nexcept E:\n    show(x)", [1, 3]),
        ("x = 1\ntry:\n    f()\nfinally:\n    show(x)", [1]),
        ("try:\n    x = 2\nexcept E:\n    x = 4\nshow(x)", [2, 4]),
        ("with f() as x:\n    show(x)", [1]),
        ("for x in y:\n    pass\nelse:\n    x = 4\nshow(x)", [4]),
        ("x = 1\ndel x\nshow(x)", ["unbound"]),
        ("x = 1\nx += 1\nshow(x)", [2]),
        ("match y:\n    case [x]:\n        show(x)", [2]),
        ("(x := 1) and show(x)", [1]),
        ("x = 1 if a else 2\nshow(x)", [1]),
        ("try:\n    x = 2\n    return_()\nfinally:\n    x = 5\nshow(x)", [5]),
    ],
)
def test_names(code: str, expected: list[int | str]) -> None:
    assert lines(code, "x") == expected


def test_a_parameter_is_defined_by_nothing() -> None:
    assert lines("show(parameter)", "parameter") == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("run()\nshow(result)", [1]),
        ("show(result)", ["unbound"]),
        ("if a:\n    run()\nshow(result)", [2, "unbound"]),
        ("run()\ntry:\n    run()\nexcept E:\n    pass\nshow(result)", [1, 3, "broken"]),
        ("try:\n    run()\nexcept E:\n    raise\nshow(result)", [2]),
        ("for x in y:\n    run()\n    show(result)", [2]),
        ("while a:\n    run()\nshow(result)", [2, "unbound"]),
        ("run(show(result))", ["unbound"]),
    ],
)
def test_marks(code: str, expected: list[int | str]) -> None:
    assert lines(code, "result") == expected
