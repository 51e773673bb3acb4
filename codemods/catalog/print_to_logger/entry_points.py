"""Where programs begin in a file, so that logging can be configured first (P44)."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from codemods.catalog.print_to_logger.facts import EntryPoint
from codemods.codemod import Span
from codemods.python.names import Names
from codemods.python.source import SourceFile

__all__ = ["STARTED", "find_calls", "find_entry_points", "is_guard"]

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


#: What AWS calls; the first two parameters are fixed.
_HANDLERS = frozenset({"lambda_handler", "handler"})


def find_entry_points(file: SourceFile, names: Names) -> tuple[EntryPoint, ...]:
    """Find the places of one file at which logging could be configured first."""
    return tuple(_entry_points(file, names))


def find_calls(names: Names) -> tuple[tuple[str, int], ...]:
    """Find what the module's own statements call while it is imported, and the lines."""
    found: set[tuple[str, int]] = set()
    waiting: list[ast.AST] = [one for one in names.tree.body if not is_guard(one)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            called = names.qualified(node.func).names or {ast.unparse(node.func)}
            found.update((name, node.lineno) for name in called)
        waiting.extend(ast.iter_child_nodes(node))
    return tuple(sorted(found, key=lambda one: (one[1], one[0])))


def _entry_points(file: SourceFile, names: Names) -> Iterator[EntryPoint]:
    body = file.tree.body
    for statement in body:
        if is_guard(statement):
            assert isinstance(statement, ast.If)
            calls = frozenset(
                node.func.id
                for inner in statement.body
                for node in ast.walk(inner)
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            )
            yield EntryPoint("guard", file.span(statement.body[0]), calls=calls)
        elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield EntryPoint("function", _first_statement(file, statement), statement.name)
        elif isinstance(statement, ast.ClassDef) and "multiprocessing" in file.text:
            for method in statement.body:
                if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
                    name = f"{statement.name}.{method.name}"
                    yield EntryPoint("function", _first_statement(file, method), name)
    for statement in body:
        if _makes_application(names, statement):
            yield EntryPoint("app", file.span(statement))
            break
    for factory in body:
        if isinstance(factory, ast.FunctionDef) and any(
            _makes_application(names, statement) for statement in factory.body
        ):
            yield EntryPoint("app", _first_statement(file, factory))
    for statement in body:
        if _is_handler(statement):
            first = next(one for one in body if not _is_preamble(one))
            yield EntryPoint("lambda", file.span(first))
            break
    first_code = _first_code(body)
    if first_code is not None and any(map(_acts, body)):
        yield EntryPoint("script", file.span(first_code))


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


def _is_handler(statement: ast.stmt) -> bool:
    """Tell whether a statement defines ``lambda_handler(event, context)`` for AWS."""
    match statement:
        case ast.FunctionDef(name=name, args=ast.arguments(args=[first, second])):
            return (
                name in _HANDLERS and first.arg.endswith("event") and second.arg.endswith("context")
            )
    return False


def _is_preamble(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Import | ast.ImportFrom) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


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


def _acts(statement: ast.stmt) -> bool:
    """Tell whether a statement of a module does more than to define things."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.Await):
            return True
        waiting.extend(ast.iter_child_nodes(node))
    return False


def _first_code(body: Sequence[ast.stmt]) -> ast.stmt | None:
    """Return the first statement of a module that is no import, docstring or definition.

    A definition that runs code while it is made, such as a class with a print in its body, is
    not told apart: its messages come too early.
    """
    for statement in body:
        definition = isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if not definition and not _is_preamble(statement):
            return statement
    return None
