"""Carry out a file's orders: transformers for prints and for the configuration of logging."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import libcst as cst

from codemods.catalog.print_to_logger.convert import Target, logging_call, shifted
from codemods.catalog.print_to_logger.orders import Configure, Convert, Remove
from codemods.catalog.print_to_logger.place import define_logger, without_blank_lines
from codemods.codemod import Bar, FileEdit, Order, Replacement, Span
from codemods.python.import_statement import import_pass
from codemods.python.imports import (
    Extension,
    Imports,
    NewStatement,
    Refusal,
    Removal,
    Symbol,
    combined,
)
from codemods.python.regions import edit_orders
from codemods.python.scopes import Point
from codemods.python.source import SourceFile

__all__ = ["configure_pass", "print_pass", "rewrite"]

_PRINT = "print"


def rewrite(file: SourceFile, orders: Sequence[Order]) -> FileEdit:
    """Carry out the orders for one file."""
    imports = Imports.of(file)
    edits: list[NewStatement | Extension | Removal | None] = []
    insertions: list[Replacement] = []
    still_read: set[str] = set()
    define = next(
        (one.data for one in orders if isinstance(one.data, Convert) and one.data.define), None
    )
    if define is not None:
        definition = define_logger(file, imports, define.define, define.line)
        if isinstance(definition, Refusal):
            return _refused(orders, definition)
        edits.append(definition.spelling.edit)
        insertions.append(definition.insertion)
        still_read.add(definition.spelling.text.split(".")[0])
    spelled: dict[Span, str] = {}
    for order in orders:
        if isinstance(order.data, Configure):
            text, edit = _spelled(imports, order)
            if not text:
                continue
            spelled[order.span] = text
            edits.append(edit)
            still_read.add(text.split(".")[0])
    orders = [one for one in orders if not isinstance(one.data, Configure) or one.span in spelled]
    removed = [name for name in _removed_names(file, orders) if not isinstance(name.ctx, ast.Store)]
    edits += imports.made_unused(removed, still_read)
    merged = combined(edits)
    defined = {insertion.span for insertion in insertions}

    def configure(located: Mapping[cst.CSTNode, Order]) -> cst.CSTTransformer:
        return configure_pass(located, spelled)

    return edit_orders(
        file,
        [*orders, *merged.orders],
        (print_pass, configure, import_pass),
        [
            without_blank_lines(one, file.newline) if one.span in defined else one
            for one in merged.insertions
        ]
        + insertions,
    )


def _refused(orders: Sequence[Order], refusal: Refusal) -> FileEdit:
    bar = Bar("print-to-logger/no-place", refusal.message)
    return FileEdit((), frozenset(), {one.site: bar for one in orders if one.site is not None})


def _spelled(imports: Imports, order: Order) -> tuple[str, NewStatement | Extension | None]:
    """Return the statement that configures logging, and the import that it takes."""
    assert isinstance(order.data, Configure)
    module = order.data.module
    if module:
        symbol = Symbol(module, "configure_logging", aliases=("_configure_logging",))
    else:
        symbol = Symbol("logging", tail=".basicConfig", aliases=("_logging",))
    found = imports.spell(symbol, [_point(imports, order.span)])[0]
    if isinstance(found, Refusal):
        return "", None
    if module:
        return f"{found.text}()", found.edit
    owner = found.text.rpartition(".")[0]
    level = f"{owner}.INFO" if owner else '"INFO"'
    return f"{found.text}(level={level})", found.edit


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


def _removed_names(file: SourceFile, orders: Sequence[Order]) -> Iterator[ast.Name]:
    """Yield the names in the code that goes away."""
    wanted = {order.span: order.data for order in orders}
    for node in ast.walk(file.tree):
        if not isinstance(node, ast.Call):
            continue
        match wanted.get(file.span(node)):
            case Remove():
                yield from _names(node)
            case Convert(message=message):
                for keyword in node.keywords:
                    yield from _names(keyword.value)
                if message.dropped:
                    yield from _names(node.args[-1])


def _names(node: ast.AST) -> Iterator[ast.Name]:
    return (inner for inner in ast.walk(node) if isinstance(inner, ast.Name))


def print_pass(located: Mapping[cst.CSTNode, Order]) -> cst.CSTTransformer:
    """Make the transformer for prints."""
    return _Prints({node: order.data for node, order in located.items()})


class _Prints(cst.CSTTransformer):
    def __init__(self, data: Mapping[cst.CSTNode, object]) -> None:
        super().__init__()
        self.data = data

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        data = self.data.get(original_node)
        if not isinstance(data, Convert):
            return updated_node
        target = Target(data.function, data.style, data.exc_info)
        return logging_call(updated_node, data.message, target)

    def leave_Expr(
        self, original_node: cst.Expr, updated_node: cst.Expr
    ) -> cst.Expr | cst.RemovalSentinel:
        data = self.data.get(original_node.value)
        if isinstance(data, Remove):
            return cst.RemoveFromParent()
        if isinstance(data, Convert) and isinstance(updated_node.value, cst.Call):
            by = len(data.function) - len(_PRINT)
            moved = shifted(updated_node.value, by, len(_PRINT) + 1)
            return updated_node.with_changes(value=moved)
        return updated_node

    def leave_SimpleStatementLine(
        self,
        original_node: cst.SimpleStatementLine,
        updated_node: cst.SimpleStatementLine,
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
        comment = updated_node.trailing_whitespace.comment
        if updated_node.body or comment is None or not original_node.body:
            return updated_node
        line = cst.EmptyLine(comment=comment)
        # The engine for regions takes these lines over; libcst's types know statements only.
        lines: list[Any] = [*updated_node.leading_lines, line]
        return cst.FlattenSentinel(lines)


def configure_pass(
    located: Mapping[cst.CSTNode, Order], spelled: Mapping[Span, str]
) -> cst.CSTTransformer:
    """Make the transformer that calls the configuration of logging before some statements."""
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
        changed: Any  # libcst's types know no statement before another
        if isinstance(result, cst.SimpleStatementSuite):
            changed = result.with_changes(body=[call, *result.body])
        else:
            leading = getattr(result, "leading_lines", ())
            apart = [cst.EmptyLine(indent=False)] if leading else []
            line = cst.SimpleStatementLine([call], leading)
            changed = cst.FlattenSentinel([line, result.with_changes(leading_lines=apart)])
        return changed  # type: ignore[no-any-return]

    def _text(self, node: cst.CSTNode) -> str | None:
        if isinstance(node, cst.SimpleStatementLine | cst.SimpleStatementSuite) and node.body:
            first = node.body[0]
            if first in self.calls:
                return self.calls[first]
            value = getattr(first, "value", None)
            return self.calls.get(value) if isinstance(value, cst.CSTNode) else None
        if isinstance(node, cst.BaseCompoundStatement):
            return self.calls.get(node)
        return None
