"""Which classes of the repository an annotation allows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from codemods.python.flow import summary as op
from codemods.python.flow.nodes import DEPTH, Node

if TYPE_CHECKING:
    from codemods.python.flow.graph import Graph

__all__ = ["annotated"]

_CONTAINERS: Final = frozenset(
    {"dict", "Dict", "list", "List", "set", "Set", "tuple", "Tuple", "frozenset", "FrozenSet"}
    | {"deque", "Deque", "defaultdict", "DefaultDict", "OrderedDict"}
)


def annotated(graph: Graph, node: Node, depth: int = 0) -> frozenset[Node] | None:
    """Return the classes of the repository that an annotation allows, None if not known."""
    if not node or depth > DEPTH:
        return None
    operation = graph.operation(node)
    kind = operation[0]
    if kind == op.CONSTANT:
        if operation[5] is None:
            return frozenset()
        if isinstance(operation[5], str) and operation[5].isidentifier():
            target = graph.global_of(graph.file(node).path, operation[5])
            return graph.annotated(target, depth + 1) if target else None
        return None
    if kind == op.BINARY:
        return _annotated_union(graph, node, operation[6:8], depth)
    if kind == op.ITEM:
        name = (graph.qualified(graph.beside(node, operation[5])) or "").rpartition(".")[2]
        if name in ("Optional", "Type", "type", "ClassVar", "Final", "Annotated"):
            return graph.annotated(graph.beside(node, operation[6]), depth + 1)
        if name == "Union" and operation[6]:
            inner = graph.operation(graph.beside(node, operation[6]))
            if inner[0] == op.DISPLAY:
                return _annotated_union(graph, node, [value for _, value in inner[6]], depth)
        return frozenset() if name in _CONTAINERS else None
    found = [
        value
        for value in graph.definitions(node, depth + 1)
        if graph.operation(value)[0] == op.CLASS
    ]
    if found:
        return frozenset(found)
    outside = graph.qualified(node)
    if outside in ("builtins.object", "typing.Any"):
        return None
    return frozenset() if outside is not None else None


def _annotated_union(
    graph: Graph, node: Node, places: Iterable[int], depth: int
) -> frozenset[Node] | None:
    result: frozenset[Node] = frozenset()
    for place in places:
        types = graph.annotated(graph.beside(node, place), depth + 1)
        if types is None:
            return None
        result |= types
    return result
