"""Where programs start, which modules they reach, and the check of the configuration there."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from codemods.python.source import SourceFile

__all__ = ["Check", "Start", "call_text", "has_subcommands", "start_of"]

_SUBCOMMANDS = re.compile(
    rb"\badd_subparsers\b|\bclick\.group\b|@\w+\.(?:group|command)\(|\bTyper\(|\bfire\.Fire\b"
    rb"|\bexecute_from_command_line\b|\bFlaskGroup\b"
)


@dataclass(frozen=True, slots=True)
class Start:
    """A line before which a program has done nothing yet."""

    at: int  #: offset of the line
    indent: str
    statement: ast.stmt  #: the one that the line begins
    function: ast.FunctionDef | ast.AsyncFunctionDef | None


@dataclass(frozen=True, slots=True)
class Check:
    """The data of an order that adds a call of `validate`."""

    module: str
    function: str  #: "" for the code of the module itself
    names: tuple[str, ...]  #: of fields; none for all
    width: int  #: characters of a line


def start_of(file: SourceFile, function: str) -> Start | None:
    """Return where a program starts in a file, None when no line can be put there.

    That is the top of a function, else the block under ``if __name__ == "__main__":``, else the
    first statement of the module that does something.
    """
    body = file.tree.body
    if function:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == function:
                return _before(file, _after_docstring(node.body), node)
        return None
    for node in body:
        if isinstance(node, ast.If) and _is_guard(node.test):
            return _before(file, node.body, None)
    return _before(file, [node for node in body if _acts(node)], None)


def _before(
    file: SourceFile,
    statements: Sequence[ast.stmt],
    function: ast.FunctionDef | ast.AsyncFunctionDef | None,
) -> Start | None:
    if not statements:
        return None
    first = statements[0]
    if isinstance(first, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return None
    at = file.line_starts[first.lineno - 1]
    indent = file.text[at : file.offset(first.lineno, first.col_offset)]
    if indent.strip(" \t"):
        return None  # it shares its line with another statement
    return Start(at, indent, first, function)


def _after_docstring(body: Sequence[ast.stmt]) -> Sequence[ast.stmt]:
    first = body[0]
    if (
        len(body) > 1
        and isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    ):
        return body[1:]
    return body


def _is_guard(test: ast.expr) -> bool:
    match test:
        case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()]):
            return True
    return False


def _acts(node: ast.stmt) -> bool:
    """Tell whether a statement of a module is more than a declaration."""
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Assign):
        return any(isinstance(inner, ast.Call) for inner in ast.walk(node.value))
    return not isinstance(
        node,
        ast.Import
        | ast.ImportFrom
        | ast.FunctionDef
        | ast.AsyncFunctionDef
        | ast.ClassDef
        | ast.AnnAssign
        | ast.If
        | ast.Try,
    )


def has_subcommands(data: bytes) -> bool:
    """Tell whether a program's file shows that it has subcommands."""
    return _SUBCOMMANDS.search(data) is not None


def call_text(config: str, check: Check, indent: str, newline: str) -> str:
    """Return the line, or lines, of the call."""
    names = [f'"{name}"' for name in check.names]
    line = f"{indent}{config}.validate({', '.join(names)})"
    if len(line) <= check.width:
        return line + newline
    inner = "".join(f"{indent}    {name},{newline}" for name in names)
    return f"{indent}{config}.validate({newline}{inner}{indent}){newline}"
