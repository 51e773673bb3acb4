"""Which functions of the repository a call enters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from codemods.python.flow import summary as op
from codemods.python.flow.nodes import Callee, Node

if TYPE_CHECKING:
    from codemods.python.flow.graph import Graph

__all__ = ["callees", "constructed", "parameter"]


def callees(graph: Graph, node: Node, depth: int = 0) -> tuple[Callee, ...]:
    """Return the functions of the repository that a CALL or METHOD may enter.

    Those found by the method's name alone are not `sure`. A class without an ``__init__`` of
    ours gives none: `constructed` tells.
    """
    operation = graph.operation(node)
    base = graph.beside(node, operation[5])
    if not base:
        return ()
    found: list[Callee] = []
    if operation[0] == op.CALL:
        for target in graph.definitions(base, depth):
            found += _enter(graph, target, 0, 0, sure=True)
        return tuple(found)
    name = operation[6]
    path = graph.module_of(base)
    if path is not None:
        for target in graph.definitions(graph.global_of(path, name), depth):
            found += _enter(graph, target, 0, 0, sure=True)
        return tuple(found)
    types = graph.types(base, depth)
    if types is not None:
        on_class = graph.operation(base)[0] in (op.CLASS, op.IMPORT)
        for owner in sorted(types):
            for target, holder in graph.methods(owner, name):
                found += _enter(graph, target, _bound(graph, target, on_class), holder, sure=True)
        return tuple(found)
    if graph.qualified(base) is not None:
        return ()
    for owner in graph.owners(name):
        for value in graph.class_(owner).members[name]:
            for target in graph.definitions(graph.beside(owner, value)):
                found += _enter(graph, target, _bound(graph, target, False), owner, sure=False)
    return tuple(found)


def _bound(graph: Graph, target: Node, on_class: bool) -> int:
    if graph.operation(target)[0] != op.FUNCTION:
        return 0
    facts = graph.function(target)
    names = {graph.qualified(graph.beside(target, place)) for place in facts.decorators}
    if "builtins.staticmethod" in names or facts.owner < 0:
        return 0
    return 1 if not on_class or "builtins.classmethod" in names else 0


def _enter(graph: Graph, target: Node, offset: int, owner: Node, *, sure: bool) -> Iterator[Callee]:
    if graph.operation(target)[0] == op.FUNCTION:
        yield Callee(target, offset, owner, sure)
        return
    for current in graph.lineage(target):
        values = graph.class_(current).members.get("__init__")
        if values:
            for value in values:
                for definition in graph.definitions(graph.beside(current, value)):
                    if graph.operation(definition)[0] == op.FUNCTION:
                        yield Callee(definition, 1, target, sure)
            return


def constructed(graph: Graph, node: Node) -> tuple[Node, ...]:
    """Return the classes that a CALL or METHOD makes an instance of."""
    operation = graph.operation(node)
    base = graph.beside(node, operation[5])
    if not base:
        return ()
    targets: tuple[Node, ...] = ()
    if operation[0] == op.CALL:
        targets = graph.definitions(base)
    else:
        path = graph.module_of(base)
        if path is not None:
            targets = graph.definitions(graph.global_of(path, operation[6]))
    return tuple(target for target in targets if graph.operation(target)[0] == op.CLASS)


def parameter(graph: Graph, callee: Callee, position: int, keyword: str | None) -> Node:
    """Return the PARAMETER that an argument becomes; 0 when there is none."""
    facts = graph.function(callee.function)
    if keyword is not None:
        for name, place, _, _ in facts.parameters:
            if name == keyword:
                return graph.beside(callee.function, place)
        return graph.beside(callee.function, facts.keywords)
    index = position + callee.offset
    if index < facts.positional:
        return graph.beside(callee.function, facts.parameters[index][1])
    return graph.beside(callee.function, facts.rest)
