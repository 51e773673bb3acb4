"""The dotted names of what comes from outside the repository."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Final

from codemods.python.flow import summary as op
from codemods.python.flow.nodes import DEPTH, SHIFT, Node

if TYPE_CHECKING:
    from codemods.python.flow.graph import Graph

__all__ = ["called", "is_call", "qualified"]

_BUILTINS: Final = frozenset(dir(builtins))


def qualified(graph: Graph, node: Node, depth: int = 0) -> str | None:
    """Return the dotted name of what comes from outside the repository, None for all else.

    The name is where the import says that it is: ``datetime.datetime.now`` for the class's
    method and for its calls, ``datetime.datetime.now().date`` for what is called on these.
    """
    if not node or depth > DEPTH:
        return None
    if node not in graph.memo.qualified:
        graph.memo.qualified[node] = None  # for cycles
        graph.memo.qualified[node] = _qualify(graph, node, depth)
    return graph.memo.qualified[node]


def _qualify(graph: Graph, node: Node, depth: int) -> str | None:
    operation = graph.operation(node)
    kind = operation[0]
    if kind == op.IMPORT:
        path, target = graph.imported(node)
        if target:
            return graph.qualified(target, depth + 1)
        if path is not None:
            if operation[6] is not None and path in graph.by_path:
                return _through_stars(graph, graph.by_path[path], operation[6])
            return None
        module, name, level = operation[5:8]
        if level:
            return None
        return module if name is None else f"{module}.{name}"
    if kind in (op.ATTRIBUTE, op.METHOD):
        base = graph.beside(node, operation[5])
        if not base:
            return None
        path = graph.module_of(base)
        if path is not None:
            return graph.qualified(graph.global_of(path, operation[6]), depth + 1)
        outside = graph.qualified(base, depth + 1)
        if outside is None:
            return None
        result = "()" if graph.operation(base)[0] == op.METHOD else ""
        return f"{outside}{result}.{operation[6]}"
    if kind == op.FREE:
        name = operation[5]
        return _through_stars(graph, node >> SHIFT, name) or (
            f"builtins.{name}" if name in _BUILTINS else None
        )
    if kind == op.VARIABLE:
        names = {
            graph.qualified(source, depth + 1)
            for source in graph.inward(node)
            if graph.constant(source) is not None
        }
        return names.pop() if len(names) == 1 else None
    return None


def _through_stars(graph: Graph, number: int, name: str) -> str | None:
    outside = []
    for module, level in graph.files[number].stars:
        path = graph.module(number, module, level)
        if path is None:
            if not level:
                outside.append(module)
        elif path in graph.by_path:
            target = graph.global_of(path, name)
            if target:
                return graph.qualified(target)
    if len(outside) == 1 and name not in _BUILTINS:
        return f"{outside[0]}.{name}"
    return None


def is_call(graph: Graph, node: Node) -> bool:
    """Whether a node is a call."""
    return bool(node) and graph.operation(node)[0] in (op.CALL, op.METHOD)


def called(graph: Graph, node: Node) -> str:
    """Return the qualified name of what a CALL or METHOD calls.

    An unknown receiver's method is ``.name``, anything else unknown "".
    """
    operation = graph.operation(node)
    if operation[0] == op.METHOD:
        return graph.qualified(node) or f".{operation[6]}"
    if operation[0] != op.CALL:
        return ""
    return graph.qualified(graph.beside(node, operation[5])) or ""
