"""Run libcst transformers one after the other, and keep hold of the nodes they are about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from typing import Generic, TypeVar

import libcst as cst

__all__ = ["Pass", "run_passes"]

T = TypeVar("T")

Pass = Callable[[Mapping[cst.CSTNode, T]], cst.CSTTransformer | None]
"""Makes a transformer from the nodes that it is about; None when it has nothing to do there.

The mapping is by identity: look up `original_node`, never `updated_node`.
"""


def run_passes(
    module: cst.Module,
    located: Mapping[cst.CSTNode, T],
    around: Set[cst.CSTNode],
    passes: Sequence[Pass[T]],
) -> cst.Module:
    """Apply transformers in order.

    They are shown the located nodes with all that is in them, and what these stand in, which is
    `around`. libcst makes every such node anew on each visit; each pass is given the nodes as the
    one before it left them. A node that a pass removed, or replaced by several, is no longer among
    them.

    A statement that is removed takes its line along, never the comments and blank lines above it.
    """
    whole = set(located)
    for make in passes:
        transformer = make(located)
        if transformer is None:
            continue
        followed = _Followed(transformer, located, around, whole)
        module = module.visit(followed)
        located, around, whole = followed.after, followed.after_around, followed.after_whole
    return module


class _Followed(cst.CSTTransformer, Generic[T]):
    """Another transformer, and what became of some nodes in it."""

    def __init__(
        self,
        inner: cst.CSTTransformer,
        located: Mapping[cst.CSTNode, T],
        around: Set[cst.CSTNode],
        whole: Set[cst.CSTNode],
    ) -> None:
        super().__init__()
        self.inner = inner
        self.located = located
        self.around = around
        self.whole = whole  # nodes that are shown with all that is in them
        self.depth = 0  # in how many of these we are
        self.after: dict[cst.CSTNode, T] = {}
        self.after_around: set[cst.CSTNode] = set()
        self.after_whole: set[cst.CSTNode] = set()

    def on_visit(self, node: cst.CSTNode) -> bool:
        if node in self.whole:
            self.depth += 1
        elif not self.depth and node not in self.around:
            return False
        return self.inner.on_visit(node)

    # Nobody asks for attributes, and libcst looks for a method for each.
    def on_visit_attribute(self, node: cst.CSTNode, attribute: str) -> None:
        pass

    def on_leave_attribute(self, original_node: cst.CSTNode, attribute: str) -> None:
        pass

    def on_leave(
        self, original_node: cst.CSTNodeT, updated_node: cst.CSTNodeT
    ) -> cst.CSTNodeT | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNodeT]:
        if not self.depth and original_node not in self.around:
            return updated_node
        if original_node in self.whole:
            self.depth -= 1
        result = self._left(original_node, updated_node)
        self._follow(original_node, updated_node, result)
        return result

    def _left(
        self, original_node: cst.CSTNodeT, updated_node: cst.CSTNodeT
    ) -> cst.CSTNodeT | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNodeT]:
        result = self.inner.on_leave(original_node, updated_node)
        if isinstance(result, cst.IndentedBlock | cst.Module):
            return _with_lines_in_place(result)  # type: ignore[return-value]
        gone = result is cst.RemoveFromParent() or (
            isinstance(result, cst.SimpleStatementLine) and not result.body
        )
        if gone and isinstance(original_node, cst.SimpleStatementLine | cst.BaseCompoundStatement):
            # An empty line is no statement, so `_with_lines_in_place` moves it from here.
            lines = original_node.leading_lines
            return cst.FlattenSentinel(lines) if lines else result  # type: ignore[arg-type]
        return result

    def _follow(
        self,
        original_node: cst.CSTNode,
        updated_node: cst.CSTNode,
        result: cst.CSTNode | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNode],
    ) -> None:
        """Note what a node has become, for the next transformer."""
        if isinstance(result, cst.FlattenSentinel):
            self.after_around.update(result)
            self.after_whole.update(result)
        elif not isinstance(result, cst.RemovalSentinel):
            self.after_around.add(result)
            if original_node in self.located:
                self.after[result] = self.located[original_node]
            if result is not updated_node or original_node in self.whole:
                self.after_whole.add(result)


def _with_lines_in_place(block: cst.IndentedBlock | cst.Module) -> cst.IndentedBlock | cst.Module:
    """Hand lines that lost their statement to the next statement, or to the end of the block."""
    if not any(isinstance(item, cst.EmptyLine) for item in block.body):
        return block
    body: list[cst.BaseStatement] = []
    lines: list[cst.EmptyLine] = []
    for item in block.body:
        if isinstance(item, cst.EmptyLine):
            lines.append(item)
        elif lines:
            leading: Sequence[cst.EmptyLine] = getattr(item, "leading_lines", ())
            body.append(item.with_changes(leading_lines=(*lines, *leading)))
            lines = []
        else:
            body.append(item)
    if not body and isinstance(block, cst.IndentedBlock):
        body.append(cst.SimpleStatementLine((cst.Pass(),), leading_lines=lines))
        lines = []
    return block.with_changes(body=body, footer=(*lines, *block.footer))
