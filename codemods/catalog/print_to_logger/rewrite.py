"""Carry out a file's orders: the transformer for prints, and the edits around it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import libcst as cst

from codemods.catalog.print_to_logger.configure import configure
from codemods.catalog.print_to_logger.convert import Target, logging_call, shifted
from codemods.catalog.print_to_logger.message import Style
from codemods.catalog.print_to_logger.orders import Configure, Convert, Remove
from codemods.catalog.print_to_logger.place import (
    define_logger,
    import_loguru,
    without_blank_lines,
)
from codemods.codemod import Bar, FileEdit, Order, Replacement
from codemods.python.import_statement import import_pass
from codemods.python.imports import (
    Extension,
    Imports,
    NewStatement,
    Refusal,
    Removal,
    combined,
)
from codemods.python.regions import edit_orders
from codemods.python.source import SourceFile

__all__ = ["print_pass", "rewrite"]

_PRINT = "print"


def rewrite(file: SourceFile, orders: Sequence[Order]) -> FileEdit:
    """Carry out the orders for one file: those of the sweep, or those that configure logging."""
    if any(isinstance(order.data, Configure) for order in orders):
        return configure(file, orders)
    imports = Imports.of(file)
    edits: list[NewStatement | Extension | Removal | None] = []
    insertions: list[Replacement] = []
    still_read: set[str] = set()
    define = next(
        (one.data for one in orders if isinstance(one.data, Convert) and one.data.define), None
    )
    if define is not None:
        definition = (
            import_loguru(imports, define.define, define.line)
            if define.style is Style.BRACE
            else define_logger(file, imports, define.define, define.line)
        )
        if isinstance(definition, Refusal):
            return _refused(orders, definition)
        edits.append(definition.spelling.edit)
        insertions += definition.insertions
        still_read.add(definition.spelling.text.split(".")[0])
    removed = [name for name in _removed_names(file, orders) if not isinstance(name.ctx, ast.Store)]
    edits += imports.made_unused(removed, still_read)
    merged = combined(edits)
    defined = {insertion.span for insertion in insertions}

    return edit_orders(
        file,
        [*orders, *merged.orders],
        (print_pass, import_pass),
        [
            without_blank_lines(one, file.newline) if one.span in defined else one
            for one in merged.insertions
        ]
        + insertions,
    )


def _refused(orders: Sequence[Order], refusal: Refusal) -> FileEdit:
    bar = Bar("print-to-logger/no-place", refusal.message)
    return FileEdit((), frozenset(), {one.site: bar for one in orders if one.site is not None})


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
