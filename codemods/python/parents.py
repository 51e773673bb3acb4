"""What an expression stands in, within its statement."""

from __future__ import annotations

import ast
from collections.abc import Mapping

__all__ = ["parents_in"]


def parents_in(statement: ast.stmt) -> Mapping[int, ast.AST]:
    """Return the parent of each node of a statement by `id`, without the statements inside it."""
    parents: dict[int, ast.AST] = {}
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, ast.stmt):
                parents[id(child)] = node
                waiting.append(child)
    return parents
