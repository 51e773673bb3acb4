"""The engine in a file that can import no module of the repository: a script of its own."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from codemods.catalog.psycopg2_to_sqlalchemy.engines import (
    EngineNeeds,
    engine_code,
    engine_imports,
)
from codemods.codemod import Bar, Replacement, Span
from codemods.python.import_places import place_definitions
from codemods.python.imports import Imports, Refusal, Symbol
from codemods.python.scopes import Point
from codemods.python.source import SourceFile

__all__ = ["Embedded", "Embedding", "embed"]


@dataclass(frozen=True, slots=True)
class Embedded:
    """The data of an order: the file gets what its code needs of the engine."""

    needs: EngineNeeds


@dataclass(frozen=True, slots=True)
class Embedding:
    """Definitions for a file."""

    insertion: Replacement
    names: Mapping[str, str]  #: what each helper is called there
    imports: Sequence[Any]  #: the import edits that it takes


def embed(
    file: SourceFile, imports: Imports, needs: EngineNeeds, users: Sequence[Span]
) -> Embedding | Bar:
    """Define the engine below a file's imports, under names that are free, in its own style.

    `users` are the places that call it.
    """
    found = place_definitions(file, users)
    if found is None:
        return Bar("psycopg2-to-sqlalchemy/no-place", "no line above the code can hold the engine")
    place, following = found
    scope = imports.names.module
    point = Point(scope, scope.block, following, deferred=False)
    names: dict[str, str] = {}
    edits: list[Any] = []
    for module, name in engine_imports(needs):
        symbol = Symbol(module, name, aliases=(f"sql_{name or module}", f"db_{name or module}"))
        (answer,) = imports.spell(symbol, [point])
        if isinstance(answer, Refusal):
            return Bar("psycopg2-to-sqlalchemy/import", answer.message)
        names[name or module] = answer.text
        if answer.edit is not None:
            edits.append(answer.edit)
    code = engine_code(needs)
    taken = _identifiers(file.tree) | set(names.values())
    defined = [node.name for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)]
    for name in defined:
        names[name] = _free(name, taken)
        taken.add(names[name])
    text = _laid_out(file, _renamed(code, names), place)
    return Embedding(Replacement(Span(place, place), text), names, edits)


def _identifiers(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.ExceptHandler(name=str(name)):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name):
                found.add(name)
            case ast.alias():
                found.add((node.asname or node.name).split(".")[0])
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                found.update(names)
    return found


def _free(name: str, taken: set[str]) -> str:
    candidate, count = name, 2
    while candidate in taken:
        candidate, count = f"{name}_{count}", count + 1
    return candidate


def _renamed(code: str, names: Mapping[str, str]) -> str:
    """Spell names another way, attributes and text aside."""
    return "".join(_pieces(code, names))


def _pieces(code: str, names: Mapping[str, str]) -> Iterator[str]:
    lines = code.splitlines(keepends=True)
    row, column, before = 1, 0, ""
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.NAME and before != "." and token.string in names:
            line, at = token.start
            while row < line:
                yield lines[row - 1][column:]
                row, column = row + 1, 0
            yield lines[row - 1][column:at] + names[token.string]
            column = token.end[1]
        before = token.string
    yield lines[row - 1][column:]
    yield from lines[row:]


def _laid_out(file: SourceFile, code: str, place: int) -> str:
    """Indent as the file does, and see that two blank lines stand around."""
    lines = []
    for line in code.split("\n"):
        text = line.lstrip(" ")
        depth, rest = divmod(len(line) - len(text), 4)
        lines.append(file.indent * depth + " " * rest + text)
    text = "\n".join(lines)
    if not file.text[:place].strip():
        text = text.lstrip("\n")
    following = file.text[place:].replace("\r\n", "\n").replace("\r", "\n")
    blank = len(following) - len(following.lstrip("\n"))
    return (text + "\n" * max(0, 2 - blank)).replace("\n", file.newline)
