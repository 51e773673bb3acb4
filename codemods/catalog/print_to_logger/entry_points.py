"""Where programs begin in a file, so that logging can be configured first (P44)."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from codemods.catalog.print_to_logger.facts import EntryPoint, Print
from codemods.codemod import Span
from codemods.python.names import Names
from codemods.python.source import SourceFile

__all__ = ["STARTED", "find_entry_points", "is_guard"]

_APPLICATIONS = frozenset(
    {"fastapi.FastAPI", "flask.Flask", "celery.Celery", "starlette.applications.Starlette"}
    | {
        "quart.Quart",
        "sanic.Sanic",
        "litestar.Litestar",
        "bottle.Bottle",
        "aiohttp.web.Application",
    }
)
#: Files that are started, or loaded by a server, as they are.
STARTED = frozenset({"__main__.py", "wsgi.py", "asgi.py"})
_APPLICATION_NAMES = frozenset(origin.rpartition(".")[2] for origin in _APPLICATIONS)


def find_entry_points(
    file: SourceFile, names: Names, import_time: Sequence[Print]
) -> tuple[EntryPoint, ...]:
    """Find the places of one file, in the order of the file."""
    return tuple(_entry_points(file, names, import_time))


def _entry_points(
    file: SourceFile, names: Names, import_time: Sequence[Print]
) -> Iterator[EntryPoint]:
    guarded = False
    body = file.tree.body
    for statement in body:
        if is_guard(statement):
            assert isinstance(statement, ast.If)
            guarded = True
            calls = frozenset(
                node.func.id
                for inner in statement.body
                for node in ast.walk(inner)
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            )
            yield EntryPoint("guard", file.span(statement.body[0]), calls=calls)
        elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield EntryPoint("function", _first_statement(file, statement), statement.name)
    for statement in body:
        if _makes_application(names, statement):
            yield EntryPoint("app", file.span(statement))
            break
    for factory in body:
        if isinstance(factory, ast.FunctionDef) and any(
            _makes_application(names, statement) for statement in factory.body
        ):
            yield EntryPoint("app", _first_statement(file, factory))
    first = _first_code(body)
    if first is not None and (import_time or (not guarded and file.path.name in STARTED)):
        yield EntryPoint("script", file.span(first))


def is_guard(statement: ast.stmt) -> bool:
    """Tell whether a statement is ``if __name__ == "__main__":``."""
    match statement:
        case ast.If(
            test=ast.Compare(
                left=ast.Name(id="__name__"),
                ops=[ast.Eq()],
                comparators=[ast.Constant(value="__main__")],
            )
            | ast.Compare(
                left=ast.Constant(value="__main__"),
                ops=[ast.Eq()],
                comparators=[ast.Name(id="__name__")],
            )
        ):
            return True
    return False


def _first_statement(file: SourceFile, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Span:
    """Return the first statement after the docstring; the docstring if there is nothing else."""
    body = function.body
    if len(body) > 1 and ast.get_docstring(function, clean=False) is not None:
        return file.span(body[1])
    return file.span(body[0])


def _makes_application(names: Names, statement: ast.stmt) -> bool:
    match statement:
        case ast.Assign(value=ast.Call(func=func)) | ast.AnnAssign(value=ast.Call(func=func)):
            last = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
            return last in _APPLICATION_NAMES and bool(names.qualified(func).names & _APPLICATIONS)
    return False


def _first_code(body: Sequence[ast.stmt]) -> ast.stmt | None:
    """Return the first statement of a module that is no import, docstring or definition.

    A definition that runs code while it is made, such as a class with a print in its body, is
    not told apart: its messages come too early.
    """
    for statement in body:
        match statement:
            case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
                continue
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                continue
        return statement
    return None
