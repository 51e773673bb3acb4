"""What a file imports, and whether it does so while it is imported itself."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Iterator

from codemods.catalog.print_to_logger.entry_points import is_guard
from codemods.catalog.print_to_logger.facts import Imported
from codemods.python.names import Names
from codemods.python.scopes import Binding, Scope, ScopeKind
from codemods.python.source import SourceFile

__all__ = ["find_imported"]

_DEFERRED = (ScopeKind.FUNCTION, ScopeKind.LAMBDA)
#: Calls whose text names a module: ``uvicorn.run("app.main:app")``, ``import_module("app.main")``.
_NAMING = frozenset({"run", "import_module", "setdefault", "from_object", "config_from_object"})
_CALL = re.compile(rf"\b(?:{'|'.join(sorted(_NAMING))})\([^)\n]*\n?[^)\n]*[\"']")
_MODULE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?::[\w.()]*)?")


def find_imported(file: SourceFile, names: Names) -> tuple[Imported, ...]:
    """Find what a file imports, at any depth, in the order of the file."""
    body = file.tree.body
    starts = [statement.lineno for statement in body]
    found: set[Imported] = set()
    for binding, origin in _bindings(names):
        if binding.block.typing or binding.stmt is None:
            continue
        line = binding.stmt.lineno
        top = body[max(bisect_right(starts, line) - 1, 0)]
        at_import = not _is_deferred(binding.scope) and not is_guard(top)
        found.add(Imported(origin, line, file.span(top) if at_import else None))
    found.update(Imported(module, line, None) for module, line in _named(file.tree, file.text))
    return tuple(sorted(found, key=lambda one: (one.line, one.origin)))


def _bindings(names: Names) -> Iterator[tuple[Binding, str]]:
    for binding in names.imports:
        if isinstance(binding.stmt, ast.Import) and isinstance(binding.node, ast.alias):
            yield binding, binding.node.name
        else:
            yield binding, binding.origin
    for binding in names.module.stars:
        if isinstance(binding.stmt, ast.ImportFrom):
            yield binding, "." * binding.stmt.level + (binding.stmt.module or "")


def _is_deferred(scope: Scope | None) -> bool:
    while scope is not None:
        if scope.kind in _DEFERRED:
            return True
        scope = scope.parent
    return False


def _named(tree: ast.Module, text: str) -> Iterator[tuple[str, int]]:
    """Yield the modules that calls name in a string, and their lines."""
    if not _CALL.search(text):
        return
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr=attr), args=[*_, ast.Constant(value=str(name))]):
                pass
            case ast.Call(func=ast.Attribute(attr=attr), args=[ast.Constant(value=str(name)), *_]):
                pass
            case ast.Call(func=ast.Name(id=attr), args=[ast.Constant(value=str(name)), *_]):
                pass
            case _:
                continue
        if attr in _NAMING and _MODULE.fullmatch(name):
            yield name.partition(":")[0], node.lineno
