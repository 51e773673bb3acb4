"""Which functions and classes of the repository a value may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codemods.python.flow import summary as op
from codemods.python.flow.nodes import DEPTH, Node

if TYPE_CHECKING:
    from codemods.python.flow.graph import Graph

__all__ = ["decorated", "definitions", "is_property", "property_function"]

_PROPERTIES: Final = frozenset(
    {"builtins.property", "functools.cached_property", "abc.abstractproperty"}
)


def definitions(graph: Graph, node: Node, depth: int = 0) -> tuple[Node, ...]:
    """Return the FUNCTION and CLASS nodes that a callee's node may be, by names alone."""
    if not node or depth > DEPTH:
        return ()
    operation = graph.operation(node)
    kind = operation[0]
    if kind in (op.FUNCTION, op.CLASS):
        return (node,)
    if kind == op.IMPORT:
        target = graph.imported(node)[1]
        return graph.definitions(target, depth + 1) if target else ()
    if kind == op.FREE:
        target = graph.starred(node)
        return graph.definitions(target, depth + 1) if target else ()
    if kind in (op.VARIABLE, op.EITHER, op.CHOICE):
        sources = (
            list(graph.inward(node))
            if kind == op.VARIABLE
            else [
                graph.beside(node, place)
                for place in (operation[5] if kind == op.EITHER else operation[6:8])
            ]
        )
        found: list[Node] = []
        for source in sources:
            found += graph.definitions(source, depth + 1)
        return tuple(dict.fromkeys(found))
    if kind == op.CALL:
        inner = graph.decorated(node)
        return graph.definitions(inner, depth + 1) if inner else ()
    if kind == op.ATTRIBUTE:
        base = graph.beside(node, operation[5])
        if not base:
            return ()
        path = graph.module_of(base)
        if path is not None:
            return graph.definitions(graph.global_of(path, operation[6]), depth + 1)
        types = graph.types(base, depth + 1)
        if types:
            return tuple(
                callee for owner in types for callee, _ in graph.methods(owner, operation[6])
            )
    return ()


def decorated(graph: Graph, node: Node) -> Node:
    """Return what a decorator's CALL is applied to; 0 when the call is no decorator's."""
    operation = graph.operation(node)
    if operation[0] != op.CALL or len(operation[6]) != 1 or operation[7]:
        return 0
    inner = graph.beside(node, operation[6][0])
    innermost = inner
    while innermost and graph.operation(innermost)[0] == op.CALL:
        arguments = graph.operation(innermost)[6]
        innermost = graph.beside(node, arguments[0]) if len(arguments) == 1 else 0
    if not innermost:
        return 0
    kind = graph.operation(innermost)[0]
    if kind == op.FUNCTION:
        return inner if operation[5] in graph.function(innermost).decorators else 0
    if kind == op.CLASS:
        return inner if operation[5] in graph.class_(innermost).decorators else 0
    return 0


def is_property(name: str) -> bool:
    """Tell whether a decorator, by its qualified name, makes a property of a function."""
    return name in _PROPERTIES or name.endswith(".cached_property")


def property_function(graph: Graph, node: Node) -> Node:
    """Return the FUNCTION that a decorator makes a property of; 0 when the node is no property."""
    inner = graph.decorated(node)
    if inner and graph.operation(inner)[0] == op.FUNCTION and is_property(graph.called(node)):
        return inner
    return 0
