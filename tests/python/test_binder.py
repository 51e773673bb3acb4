"""The binding table against `symtable`, Python's own, over the standard library."""

from __future__ import annotations

import ast
import symtable
import sys
import sysconfig
from collections import defaultdict
from pathlib import Path

import pytest

from codemods.python.names import Names
from codemods.python.scopes import Scope, ScopeKind

LIBRARY = Path(sysconfig.get_paths()["stdlib"])
MODULES = [
    *sorted(LIBRARY.glob("[a-d]*.py")),
    *(LIBRARY / name for name in ("typing.py", "inspect.py")),
    # Not every installation has Python's own tests.
    *sorted((LIBRARY / "test").glob("test_[ps][ac][to][mp]*.py")),
]
KINDS = {
    ScopeKind.FUNCTION: "function",
    ScopeKind.LAMBDA: "function",
    ScopeKind.CLASS: "class",
}


def ours(source: str) -> dict[tuple[str, str, int], list[frozenset[str]]]:
    """Return the names bound in each function and class, by (kind, name, line)."""
    found = defaultdict(list)
    scopes = Names(ast.parse(source)).scopes
    inlined: defaultdict[int, set[str]] = defaultdict(set)
    for scope in scopes:
        if scope.kind is ScopeKind.COMPREHENSION and not isinstance(scope.node, ast.GeneratorExp):
            # Since PEP 709 the compiler counts its names among those of the function around it.
            owner: Scope | None = scope
            while owner is not None and owner.kind is ScopeKind.COMPREHENSION:
                if isinstance(owner.node, ast.GeneratorExp):
                    break
                owner = owner.parent
            inlined[id(owner)] |= scope.bindings.keys()
    for scope in scopes:
        if scope.kind in KINDS:
            name = getattr(scope.node, "name", "lambda")
            line = getattr(scope.node, "lineno", 0)
            bound = frozenset(scope.bindings)
            if sys.version_info >= (3, 12):
                bound |= inlined[id(scope)]
            found[KINDS[scope.kind], name, line].append(mangled(bound, scope))
    return found


def mangled(names: frozenset[str], scope: Scope) -> frozenset[str]:
    """Spell private names as the compiler does."""
    owner: Scope | None = scope
    while owner is not None and owner.kind is not ScopeKind.CLASS:
        owner = owner.parent
    if owner is None:
        return names
    prefix = "_" + getattr(owner.node, "name", "").lstrip("_")
    return frozenset(
        prefix + name if name.startswith("__") and not name.endswith("__") else name
        for name in names
    )


def theirs(source: str) -> dict[tuple[str, str, int], list[frozenset[str]]]:
    found = defaultdict(list)
    waiting = [symtable.symtable(source, "x", "exec")]
    while waiting:
        table = waiting.pop()
        waiting += table.get_children()
        kind = str(getattr(table.get_type(), "value", table.get_type()))
        comprehension = table.get_name() in ("listcomp", "setcomp", "dictcomp", "genexpr")
        if kind not in ("function", "class") or comprehension:
            continue
        implicit = {"__class__", "__classdict__", ".0", "__static_attributes__", "__firstlineno__"}
        implicit |= {"__type_params__", "__conditional_annotations__"}
        bound = frozenset(
            symbol.get_name()
            for symbol in table.get_symbols()
            if symbol.is_local() and symbol.get_name() not in implicit
        )
        found[kind, table.get_name(), table.get_lineno()].append(bound)
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_binds_what_the_compiler_binds(path: Path) -> None:
    source = path.read_text("utf-8")
    tree = ast.parse(source)
    lines = {
        node.lineno: node.decorator_list[0].lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and node.decorator_list
    }
    expected = {
        (kind, name, line): sorted(map(sorted, bound))
        for (kind, name, line), bound in theirs(source).items()
    }
    actual = {
        (kind, name, lines.get(line, line)): sorted(map(sorted, bound))
        for (kind, name, line), bound in ours(source).items()
    }
    if actual.keys() != expected.keys():  # some versions give the line of `def` all the same
        actual = {key: sorted(map(sorted, bound)) for key, bound in ours(source).items()}
    assert actual == expected
