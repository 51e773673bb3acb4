"""Names that a file uses without binding them, and imports that it binds without using them."""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass

__all__ = ["Problems", "problems"]


@dataclass(frozen=True, slots=True)
class Problems:
    """What the proof compares before and after a rewrite."""

    unresolved: frozenset[str]
    unused_imports: frozenset[str]


def problems(tree: ast.Module) -> Problems:
    """Return the names that no scope of a file binds, and the imported ones that nothing reads."""
    bound = set(dir(builtins))
    read: set[str] = set()
    imported: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                read.add(name)
            case ast.Name(id=name):
                bound.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                imported.update((one.asname or one.name).partition(".")[0] for one in names)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                bound.add(node.name)
            case ast.arg(arg=name):
                bound.add(name)
            case ast.ExceptHandler(name=str(name)):
                bound.add(name)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                bound.add(name)
            case ast.MatchMapping(rest=str(name)):
                bound.add(name)
    return Problems(frozenset(read - bound - imported), frozenset(imported - read))
