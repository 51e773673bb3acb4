"""Where a file's new logger is defined: before anything that may print (P42)."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

from codemods.catalog.print_to_logger.facts import LoggerFacts
from codemods.codemod import Replacement, Span
from codemods.python.imports import Imports, Refusal, Spelling, Symbol, combined
from codemods.python.names import Names
from codemods.python.scopes import Point
from codemods.python.source import SourceFile

__all__ = [
    "LOGGING",
    "Definition",
    "define_logger",
    "import_loguru",
    "logger_place",
    "module_point",
    "with_place",
    "without_blank_lines",
]

LOGGING = Symbol("logging", tail=".getLogger", aliases=("_logging", "std_logging"))


@dataclass(frozen=True, slots=True)
class Definition:
    """How a logger is defined in a file."""

    spelling: Spelling
    insertions: tuple[Replacement, ...] = ()


def logger_place(tree: ast.Module, reached: int | None) -> int | None:
    """Return the line before which a logger can be defined.

    After the imports at the top where no print runs earlier, else after the docstring.

    Args:
        tree: the module.
        reached: the first line of the module's own code that may print; None if none does.
    """
    body = tree.body
    header = _header_length(body)
    place = body[header - 1] if header else None
    for index in range(header, len(body)):
        statement = body[index]
        if reached is not None and _end(statement) >= reached:
            break
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            break
        if _is_import(statement):
            place = statement
    if place is None:
        return body[0].lineno
    following = [statement for statement in body if statement.lineno > place.lineno]
    beside = [one for one in body if one is not place and _end(place) in (one.lineno, _end(one))]
    if beside or not following:
        return None
    return _end(place) + 1


def with_place(
    file: SourceFile, names: Names, loggers: LoggerFacts, reached: int | None
) -> LoggerFacts:
    """Find out where a logger could be defined."""
    line = logger_place(file.tree, reached)
    if line is None:
        return replace(loggers, why_none="no whole line before its first print can take a logger")
    found = define_logger(file, Imports(file, names), "logger", line)
    if isinstance(found, Refusal):
        return replace(loggers, why_none=found.message)
    return replace(loggers, place=line)


def define_logger(file: SourceFile, imports: Imports, name: str, line: int) -> Definition | Refusal:
    """Return how a logger of some name is defined before a line."""
    point = module_point(imports.names, line)
    (spelling,) = imports.spell(LOGGING, [point])
    if isinstance(spelling, Refusal):
        return spelling
    offset = file.line_starts[line - 1]
    newline = file.newline
    own = combined([spelling.edit]).insertions
    beside = [insertion for insertion in own if insertion.span.start == offset]
    above = file.text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    apart = not above or above.endswith("\n\n")
    lead = newline if beside or not apart else ""
    below = file.line_text(line).strip()
    trail = newline if below else ""
    if below.startswith(("def ", "class ", "@", "async ")):
        trail = newline * 2
    text = f"{lead}{name} = {spelling.text}(__name__){newline}{trail}"
    return Definition(spelling, (Replacement(Span(offset, offset), text),))


def import_loguru(imports: Imports, name: str, line: int) -> Definition | Refusal:
    """Return how loguru's logger comes under some name before a line."""
    aliases = () if name == "logger" else (name,)
    (found,) = imports.spell(
        Symbol("loguru", "logger", aliases=aliases), [module_point(imports.names, line)]
    )
    if isinstance(found, Refusal):
        return found
    if found.text != name:
        return Refusal("name-taken", f"the name `{name}` is taken")
    return Definition(found)


def without_blank_lines(insertion: Replacement, newline: str) -> Replacement:
    """Return an inserted import without the blank lines after it: the logger follows."""
    return Replacement(insertion.span, insertion.text.rstrip("\r\n") + newline)


def module_point(names: Names, line: int) -> Point:
    """Return the point of the module's first statement at or after a line."""
    body = names.tree.body
    statement = next((one for one in body if one.lineno >= line), body[-1])
    return Point(names.module, names.module.block, statement, False)


def _header_length(body: Sequence[ast.stmt]) -> int:
    """Return how many statements are the docstring and imports of ``__future__``."""
    length = 0
    for statement in body:
        match statement:
            case ast.Expr(value=ast.Constant(value=str())) if length == 0:
                length += 1
            case ast.ImportFrom(module="__future__"):
                length += 1
            case _:
                break
    return length


def _is_import(statement: ast.stmt) -> bool:
    match statement:
        case ast.Import() | ast.ImportFrom():
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
            return True
        case ast.Try(body=body, handlers=handlers, orelse=[], finalbody=[]):
            return all(isinstance(one, ast.Import | ast.ImportFrom) for one in body) and all(
                isinstance(one, ast.Import | ast.ImportFrom | ast.Assign | ast.Pass)
                for handler in handlers
                for one in handler.body
            )
    return False


def _end(statement: ast.stmt) -> int:
    return statement.end_lineno or statement.lineno
