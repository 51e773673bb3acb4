"""Classes of the repository: bases, subclasses, members."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from codemods.python.flow import summary as op
from codemods.python.flow.nodes import SHIFT, Node

if TYPE_CHECKING:
    from codemods.python.flow.graph import Graph

__all__ = [
    "bases",
    "children",
    "classes",
    "family",
    "lineage",
    "method_owners",
    "methods",
    "outside_bases",
    "owners",
    "related",
]

_PLAIN_BASES: Final = frozenset(
    {
        "builtins.object",
        "builtins.Exception",
        "abc.ABC",
        "typing.Protocol",
        "typing.Generic",
        "typing.NamedTuple",
        "enum.Enum",
    }
)


def classes(graph: Graph) -> tuple[Node, ...]:
    """The CLASS nodes."""
    return tuple(
        number << SHIFT | facts.place
        for number, file in enumerate(graph.files)
        for facts in file.classes
    )


def bases(graph: Graph, node: Node) -> tuple[tuple[Node, ...], bool]:
    """Return a class's bases in the repository, and whether others are outside of it."""
    known = graph.memo.bases.get(node)
    if known is None:
        ours: list[Node] = []
        outside = False
        for place in graph.class_(node).bases:
            base = graph.beside(node, place)
            operation = graph.operation(base) if base else (0,)
            if operation[0] == op.ITEM:  # Generic[T]
                base = graph.beside(node, operation[5])
            found = [value for value in _base(graph, base) if graph.operation(value)[0] == op.CLASS]
            if found:
                ours += found
            elif graph.qualified(base) not in _PLAIN_BASES:
                outside = True
        known = graph.memo.bases[node] = (tuple(ours), outside)
    return known


def _base(graph: Graph, node: Node) -> tuple[Node, ...]:
    """Resolve a base class by names alone: types stand on the bases, not the reverse."""
    operation = graph.operation(node) if node else (0,)
    if operation[0] != op.ATTRIBUTE:
        return graph.definitions(node)
    base = graph.beside(node, operation[5])
    path = graph.module_of(base) if base else None
    if path is not None:
        return graph.definitions(graph.global_of(path, operation[6]))
    return tuple(
        graph.beside(owner, place)
        for owner in (_base(graph, base) if base else ())
        if graph.operation(owner)[0] == op.CLASS
        for place in graph.class_(owner).members.get(operation[6], ())
    )


def lineage(graph: Graph, node: Node) -> tuple[Node, ...]:
    """Return a class and its bases in the repository, nearest first."""
    known = graph.memo.lineages.get(node)
    if known is None:
        order: list[Node] = []
        waiting = [node]
        while waiting:
            current = waiting.pop(0)
            if current not in order:
                order.append(current)
                waiting += graph.bases(current)[0]
        known = graph.memo.lineages[node] = tuple(order)
    return known


def outside_bases(graph: Graph, node: Node) -> tuple[str, ...]:
    """Return the qualified names of the bases outside the repository, "" for unknown ones."""
    names: list[str] = []
    for current in graph.lineage(node):
        for place in graph.class_(current).bases:
            base = graph.beside(current, place)
            if not base:
                names.append("")
                continue
            if graph.operation(base)[0] == op.ITEM:
                base = graph.beside(base, graph.operation(base)[5])
            if not _base(graph, base):
                names.append(graph.qualified(base) or "")
    return tuple(names)


def children(graph: Graph) -> Mapping[Node, tuple[Node, ...]]:
    """The direct subclasses of each class."""
    children: dict[Node, list[Node]] = {}
    for node in graph.classes:
        for base in graph.bases(node)[0]:
            children.setdefault(base, []).append(node)
    return {base: tuple(nodes) for base, nodes in children.items()}


def family(graph: Graph, node: Node) -> frozenset[Node]:
    """Return a class and what inherits from it."""
    known = graph.memo.families.get(node)
    if known is None:
        found = {node}
        waiting = [node]
        while waiting:
            for child in graph.children.get(waiting.pop(), ()):
                if child not in found:
                    found.add(child)
                    waiting.append(child)
        known = graph.memo.families[node] = frozenset(found)
    return known


def related(graph: Graph, first: Iterable[Node], second: Iterable[Node]) -> bool:
    """Whether an object can be an instance of a class of each."""
    others = [graph.family(other) for other in second]
    return any(not graph.family(one).isdisjoint(other) for one in first for other in others)


def method_owners(graph: Graph) -> Mapping[str, tuple[Node, ...]]:
    """The classes whose body binds each name."""
    owners: dict[str, list[Node]] = {}
    for node in graph.classes:
        for name in graph.class_(node).members:
            owners.setdefault(name, []).append(node)
    return {name: tuple(nodes) for name, nodes in owners.items()}


def owners(graph: Graph, name: str) -> tuple[Node, ...]:
    """Return the classes whose body binds a name."""
    return graph.method_owners.get(name, ())


def methods(graph: Graph, owner: Node, name: str) -> tuple[tuple[Node, Node], ...]:
    """Return the (FUNCTION or CLASS node, class) that `name` means on instances of a class.

    The nearest definition upwards, and those of subclasses.
    """
    found: dict[Node, Node] = {}
    for current in graph.lineage(owner):
        values = graph.class_(current).members.get(name)
        if values:
            for value in values:
                for definition in graph.definitions(graph.beside(current, value)):
                    found.setdefault(definition, current)
            break
    for child in sorted(graph.family(owner)):
        for value in graph.class_(child).members.get(name, ()):
            for definition in graph.definitions(graph.beside(child, value)):
                found.setdefault(definition, child)
    return tuple(found.items())
