"""Walking `ast` trees."""

from __future__ import annotations

import ast
from keyword import iskeyword

__all__ = ["children", "parents", "quoted_type"]

_PLAIN = frozenset({"ctx", "op", "ops", "id", "attr", "level", "module", "asname", "kind"})
"""Fields that hold no nodes, or those without a place: contexts and operators."""
_FIELDS = {
    kind: tuple(name for name in kind._fields if name not in _PLAIN)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}


def children(node: ast.AST) -> list[ast.AST]:
    """Return the nodes right below one, in order, without contexts and operators."""
    found: list[ast.AST] = []
    for name in _FIELDS[node.__class__]:
        value = getattr(node, name, None)
        if value.__class__ is list:
            found += [one for one in value if isinstance(one, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def parents(tree: ast.AST) -> dict[ast.AST, ast.AST]:
    """Return the parent of each node below one, contexts and operators aside."""
    found: dict[ast.AST, ast.AST] = {}
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        below = children(node)
        found.update(dict.fromkeys(below, node))
        waiting += below
    return found


def quoted_type(text: str) -> ast.expr | None:
    """Return what an annotation that is written as a string says, None when it is no expression.

    Its nodes have positions of their own, or none.
    """
    text = text.strip()
    if text.isascii() and text.isidentifier() and not iskeyword(text):
        return ast.Name(text, ast.Load())  # as most are, and parsing takes ten times as long
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
