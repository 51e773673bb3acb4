"""Call the configuration of logging first where a program starts."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import libcst as cst

from codemods.catalog.print_to_logger.orders import Configure
from codemods.codemod import FileEdit, Order, Replacement, Span
from codemods.python.import_statement import import_pass
from codemods.python.imports import Extension, Imports, NewStatement, Refusal, Symbol, combined
from codemods.python.regions import edit_regions
from codemods.python.scopes import Point
from codemods.python.source import SourceFile

__all__ = ["configure", "configure_pass", "why_refused"]


_ALIASES = ("_configure_logging",)
_BASIC = Symbol("logging", tail=".basicConfig", aliases=("_logging",))


def why_refused(file: SourceFile, spans: Iterable[Span]) -> str:
    """Return why logging can't be configured before some statements of a file, "" if it can."""
    imports = Imports.of(file)
    own = Symbol("logging_config", "configure_logging", aliases=_ALIASES, own=True)
    for span in spans:
        for symbol in (own, _BASIC):
            found = imports.spell(symbol, [_point(imports, span)])[0]
            if isinstance(found, Refusal):
                return found.message
    return ""


def configure(file: SourceFile, orders: Sequence[Order]) -> FileEdit:
    """Carry out the orders that configure logging; none of them has a site."""
    imports = Imports.of(file)
    edits: list[NewStatement | Extension | None] = []
    lines: list[Replacement] = []
    spelled: dict[Span, str] = {}
    within: dict[Span, str] = {}
    for order in orders:
        text, edit = _spelled(imports, order)
        if not text:
            continue
        edits.append(edit)
        spelled[order.span] = text
    merged = combined(edits)
    for span, text in spelled.items():
        whole = _decorated(file, _point(imports, span).stmt, span)
        line = _line_before(file, whole, text, merged.insertions)
        if line is not None:
            lines.append(line)
        else:
            within[span] = text
    inner = {order.span: order for order in orders if order.span in within}

    def insert(located: Mapping[cst.CSTNode, Order]) -> cst.CSTTransformer:
        return configure_pass(located, within)

    made = edit_regions(
        file,
        {**inner, **{order.span: order for order in merged.orders}},
        (insert, import_pass),
        [*merged.insertions, *lines],
    )
    return FileEdit(made.replacements, frozenset())


def _line_before(
    file: SourceFile, span: Span, text: str, imports: Sequence[Replacement]
) -> Replacement | None:
    """Return a new line before a statement and the comments above it, after new imports.

    None if the statement shares its line with what is before it.
    """
    number = file.position(span).line
    start = file.line_starts[number - 1]
    if any(one.span.start == start for one in imports):
        # The import that it needs takes this very place.
        lines = f"{file.newline}{text}{file.newline}{file.newline}"
        return Replacement(Span(start, start), lines)
    indent = file.text[start : span.start]
    if indent.strip():
        return None
    while number > 1:
        above = file.line_text(number - 1)
        if not above.startswith(f"{indent}#"):
            break
        number -= 1
    # In a function or a guard, the call stands with what it prepares; in a module, apart.
    definition = file.text.startswith(("def ", "async ", "class ", "@"), span.start)
    gap = definition if indent else 2 if definition else 1
    trail = file.newline * gap
    at = file.line_starts[number - 1]
    return Replacement(Span(at, at), f"{indent}{text}{file.newline}{trail}")


def _decorated(file: SourceFile, statement: ast.stmt, span: Span) -> Span:
    """Return a statement's span with its decorators, which `ast` leaves out."""
    decorators = getattr(statement, "decorator_list", [])
    if not decorators or file.span(statement) != span:
        return span
    return Span(file.text.rindex("@", 0, file.span(decorators[0]).start), span.end)


def _spelled(imports: Imports, order: Order) -> tuple[str, NewStatement | Extension | None]:
    """Return the statement that configures logging, and the import that it takes."""
    assert isinstance(order.data, Configure)
    module = order.data.module
    if module:
        symbol = Symbol(module, "configure_logging", aliases=_ALIASES, own=True)
    else:
        symbol = _BASIC._replace(tail=".getLogger") if order.data.root_level else _BASIC
    found = imports.spell(symbol, [_point(imports, order.span)])[0]
    if isinstance(found, Refusal) and module:
        return _spelled(imports, order._replace(data=replace(order.data, module="")))
    if isinstance(found, Refusal):
        return "", None
    if module:
        return f"{found.text}()", found.edit
    owner = found.text.rpartition(".")[0]
    level = f"{owner}.INFO" if owner else '"INFO"'
    call = "().setLevel({})" if order.data.root_level else "(level={})"
    return found.text + call.format(level), found.edit


def _point(imports: Imports, span: Span) -> Point:
    """Return the point of the statement that begins where a span does."""
    names = imports.names
    for scope in names.scopes:
        waiting: list[ast.stmt] = list(scope.block.suite)
        for statement in _flat(waiting):
            if imports.file.span(statement) == span:
                return Point(scope, scope.block, statement, False)
    body = names.tree.body
    return Point(names.module, names.module.block, body[0], False)


def _flat(suite: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in suite:
        yield statement
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for name in ("body", "orelse", "finalbody"):
                yield from _flat(getattr(statement, name, []))


def configure_pass(
    located: Mapping[cst.CSTNode, Order], spelled: Mapping[Span, str]
) -> cst.CSTTransformer:
    """Make the transformer for statements that share their line with a guard."""
    return _Configures(
        {
            node: spelled[order.span]
            for node, order in located.items()
            if isinstance(order.data, Configure)
        }
    )


class _Configures(cst.CSTTransformer):
    def __init__(self, calls: Mapping[cst.CSTNode, str]) -> None:
        super().__init__()
        self.calls = calls

    def on_leave(
        self, original_node: cst.CSTNodeT, updated_node: cst.CSTNodeT
    ) -> cst.CSTNodeT | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNodeT]:
        result = super().on_leave(original_node, updated_node)
        text = self._text(original_node)
        if text is None or not isinstance(result, cst.CSTNode):
            return result
        call = cst.Expr(cst.parse_expression(text))
        changed: Any = result
        return changed.with_changes(body=[call, *changed.body])  # type: ignore[no-any-return]

    def _text(self, node: cst.CSTNode) -> str | None:
        """Return the call for a line whose first statement wants one."""
        if not isinstance(node, cst.SimpleStatementLine | cst.SimpleStatementSuite):
            return None
        first = node.body[0]
        value = getattr(first, "value", None)
        if first in self.calls:
            return self.calls[first]
        return self.calls.get(value) if isinstance(value, cst.CSTNode) else None
