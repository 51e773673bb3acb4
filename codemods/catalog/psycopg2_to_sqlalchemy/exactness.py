"""Whether somebody may see which exception is raised, or its text (13.5, 10.6)."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from codemods.codemod import Survey
from codemods.project.project import Project
from codemods.python.names import Names
from codemods.python.source import SourceFile

if TYPE_CHECKING:
    from codemods.catalog.psycopg2_to_sqlalchemy.survey import FileFacts

__all__ = ["errors_are_seen", "names_errors", "shows_errors"]

_MOST_READ = 2000  #: files; in more of them, somebody handles every exception
_HANDLES = re.compile(
    rb"except\s*(?::|\(|Exception|BaseException)|__a?exit__"
    rb"|\.exception\(\)|error_?handler|exception_?handler|excepthook|assertRaises\w*Regex|return_exceptions"
)
_BROAD = frozenset({"Exception", "BaseException"})
#: https://www.psycopg.org/docs/module.html#exceptions, and those of its submodules.
_ERRORS = frozenset(
    {"Warning", "Error", "InterfaceError", "DatabaseError", "DataError", "OperationalError"}
    | {"IntegrityError", "InternalError", "ProgrammingError", "NotSupportedError"}
    | {"QueryCanceledError", "TransactionRollbackError"}
)
_TRACES = frozenset({"exception", "exc_info", "format_exc", "print_exc", "format_exception"})
#: Functions that are given to these see every exception that nothing handles.
_HOOKS = frozenset(
    {
        "add_error_handler", "add_exception_handler", "app_errorhandler", "assertRaisesRegex",
        "error_handler", "errorhandler", "excepthook", "exception_handler",
        "register_error_handler", "return_exceptions", "set_exception_handler",
    }
)  # fmt: skip
_EXITS = frozenset({"__exit__", "__aexit__"})


def errors_are_seen(surveys: Mapping[PurePosixPath, Survey[FileFacts]], project: Project) -> bool:
    """Whether any file names psycopg2's exceptions, or may show the text of one.

    Files that were not surveyed name none, but may show one all the same.
    """
    if any(survey.facts.handles or survey.facts.shows_errors for survey in surveys.values()):
        return True
    others = sorted(path for path in project.paths - surveys.keys() if path.suffix == ".py")
    return len(others) > _MOST_READ or any(_may_show(project, path) for path in others)


def _may_show(project: Project, path: PurePosixPath) -> bool:
    data = project.read(path)
    if data is None or not _HANDLES.search(data):
        return False
    shows = project.derived(path, _shows_errors)
    return shows is None or shows


def _shows_errors(file: SourceFile) -> bool:
    return shows_errors(file.tree)


def names_errors(names: Names, tree: ast.Module) -> bool:
    """Whether a file names an exception of psycopg2: to catch it, or to compare types (R138)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            for meaning in names.qualified(node).names:
                parts = meaning.split(".")
                if parts[0] == "psycopg2" and (parts[1:2] == ["errors"] or parts[-1] in _ERRORS):
                    return True
    return False


def shows_errors(tree: ast.Module) -> bool:
    """Whether a handler or a hook for any exception, or the end of a `with`, may show its text."""
    return any(
        (isinstance(node, ast.ExceptHandler) and _is_broad(node) and _looks(node))
        or _word(node) in _HOOKS
        or _is_asked_for(node)
        or (isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _exits(node))
        for node in ast.walk(tree)
    )


def _is_asked_for(node: ast.AST) -> bool:
    """Whether a task or a future is asked for what it raised."""
    match node:
        case ast.Call(func=ast.Attribute(attr="exception"), args=[], keywords=[]):
            return True
    return False


def _word(node: ast.AST) -> str | None:
    match node:
        case ast.Name(id=word) | ast.Attribute(attr=word) | ast.keyword(arg=word):
            return word
    return None


def _is_broad(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(one is None or (isinstance(one, ast.Name) and one.id in _BROAD) for one in caught)


def _looks(handler: ast.ExceptHandler) -> bool:
    if handler.name:
        return True
    return any(
        (isinstance(node, ast.Attribute) and node.attr in _TRACES)
        or (isinstance(node, ast.Name) and node.id in _TRACES)
        or (isinstance(node, ast.keyword) and node.arg in _TRACES)
        for node in ast.walk(handler)
    )


def _exits(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether the end of a `with` does more with the exception than to see if there is one."""
    if function.name not in _EXITS:
        return False
    given = {argument.arg for argument in [*function.args.posonlyargs, *function.args.args][1:]}
    given |= {function.args.vararg.arg} if function.args.vararg else set()
    tested: set[ast.AST] = set()
    for node in ast.walk(function):
        match node:
            case ast.Compare(left=left, comparators=[ast.Constant(value=None)]):
                tested.add(left)
            case ast.If(test=test) | ast.IfExp(test=test) | ast.UnaryOp(op=ast.Not(), operand=test):
                tested.add(test)
    return any(
        isinstance(node, ast.Name) and node.id in given and node not in tested
        for node in ast.walk(function)
        if not isinstance(getattr(node, "ctx", None), ast.Store)
    )
