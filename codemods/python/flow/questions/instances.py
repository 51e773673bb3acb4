"""Which classes of the repository a value is an instance of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from codemods.python.flow import summary as op
from codemods.python.flow.nodes import DEPTH, MASK, Node
from codemods.python.flow.questions.callables import property_function

if TYPE_CHECKING:
    from codemods.python.flow.graph import Graph

__all__ = ["types"]

_LEVEL: Final = 30  # of questions about types inside such questions, each a few frames deep


def types(graph: Graph, node: Node, depth: int = 0) -> frozenset[Node] | None:
    """Return the classes of the repository that a value is an instance of (or is).

    None when it is not known; empty when it is certainly none of ours.
    """
    if not node:
        return None
    if node in graph.memo.types:
        return graph.memo.types[node]
    if depth > DEPTH or graph.memo.level > _LEVEL:
        return None
    graph.memo.types[node] = frozenset()  # neutral in cycles
    graph.memo.level += 1
    result = _types_of(graph, node, depth + 1)
    graph.memo.level -= 1
    graph.memo.types[node] = result
    return result


def _union(graph: Graph, nodes: Iterable[Node], depth: int) -> frozenset[Node] | None:
    result: frozenset[Node] = frozenset()
    for node in nodes:
        if graph.constant(node) is None:
            continue
        types = graph.types(node, depth)
        if types is None:
            return None
        result |= types
    return result


def _types_of(graph: Graph, node: Node, depth: int) -> frozenset[Node] | None:
    operation = graph.operation(node)
    kind = operation[0]
    if kind == op.CLASS:
        return frozenset({node})
    if kind in (op.CONSTANT, op.TEXT, op.DISPLAY, op.ELEMENTS, op.COMPARE, op.FUNCTION):
        return frozenset()
    if kind == op.PARAMETER:
        facts = graph.file(node).functions[operation[5]]
        for name, place, annotation, _ in facts.parameters:
            if place == node & MASK:
                if annotation:
                    return graph.annotated(graph.beside(node, annotation), depth)
                if facts.owner >= 0 and facts.parameters[0][0] == name:
                    plain = {
                        graph.qualified(graph.beside(node, decorator))
                        for decorator in facts.decorators
                    }
                    if "builtins.staticmethod" in plain:
                        return None
                    owner = graph.file(node).classes[facts.owner]
                    return frozenset({graph.beside(node, owner.place)})
        return None
    if kind == op.VARIABLE:
        if operation[6]:
            return graph.annotated(graph.beside(node, operation[6]), depth)
        return _union(graph, graph.inward(node), depth)
    if kind in (op.EITHER, op.CHOICE):
        places = operation[5] if kind == op.EITHER else operation[6:8]
        return _union(graph, (graph.beside(node, place) for place in places), depth)
    if kind in (op.ENTER, op.AWAIT):
        return graph.types(graph.beside(node, operation[5]), depth)
    if kind == op.IMPORT:
        target = graph.imported(node)[1]
        return graph.types(target, depth) if target else None
    if kind == op.FREE:
        target = graph.starred(node)
        return graph.types(target, depth) if target else None
    if kind in (op.CALL, op.METHOD):
        return _types_of_call(graph, node, depth)
    if kind == op.ATTRIBUTE:
        return _types_of_attribute(graph, node, depth)
    return None


def _types_of_call(graph: Graph, node: Node, depth: int) -> frozenset[Node] | None:
    result: frozenset[Node] = frozenset()
    callees = graph.callees(node, depth)
    if not callees:
        operation = graph.operation(node)
        if operation[0] == op.CALL:
            if graph.called(node) == "builtins.super":
                return _types_of_super(graph, node)
            inner = graph.definitions(graph.beside(node, operation[5]), depth)
            classes = [value for value in inner if graph.operation(value)[0] == op.CLASS]
            if classes:
                return frozenset(classes)
            wrapped = graph.definitions(node, depth)
            if wrapped:
                return _union(graph, wrapped, depth)
        return None
    for callee in callees:
        if not callee.sure:
            return None
        if callee.owner and graph.function(callee.function).name == "__init__":
            types: frozenset[Node] | None = frozenset({callee.owner})
        else:
            types = _types_of_results(graph, callee.function, depth)
        if types is None:
            return None
        result |= types
    return result


def _types_of_results(graph: Graph, function: Node, depth: int) -> frozenset[Node] | None:
    facts = graph.function(function)
    if facts.result:
        return graph.annotated(graph.beside(function, facts.result), depth)
    places = facts.yields or facts.returns
    return _union(graph, (_value(graph, function, place) for place in places), depth)


def _types_of_super(graph: Graph, node: Node) -> frozenset[Node] | None:
    _, line = graph.operation(node)[:2]
    file = graph.file(node)
    inner = [facts for facts in file.classes if facts.line <= line <= facts.end_line]
    if not inner:
        return None
    nearest = max(inner, key=lambda facts: facts.line)
    return frozenset(graph.bases(graph.beside(node, nearest.place))[0]) or None


def _value(graph: Graph, function: Node, place: int) -> Node:
    """Return the operand of a function's RETURN or YIELD."""
    return graph.beside(function, graph.file(function).operations[place][5])


def _types_of_attribute(graph: Graph, node: Node, depth: int) -> frozenset[Node] | None:
    operation = graph.operation(node)
    base = graph.beside(node, operation[5])
    if not base:
        return None
    path = graph.module_of(base)
    if path is not None:
        return graph.types(graph.global_of(path, operation[6]), depth)
    owners = graph.types(base, depth)
    if not owners:
        return None
    result: frozenset[Node] = frozenset()
    known = False
    for declared in _declared(graph, owners, operation[6], depth):
        if declared is None:
            return None
        known = True
        result |= declared
    for store in graph.by_name.of(operation[6]):
        stored = graph.operation(store)
        if stored[0] != op.SET_ATTRIBUTE:
            continue
        value = graph.beside(store, stored[7])
        if graph.constant(value) is None:
            continue
        holders = graph.types(graph.beside(store, stored[5]), depth)
        if holders and graph.related(holders, owners):
            types = graph.types(value, depth)
            if types is None:
                return None
            known = True
            result |= types
    return result if known else None


def _declared(
    graph: Graph, owners: Iterable[Node], name: str, depth: int
) -> Iterator[frozenset[Node] | None]:
    """Yield what classes and their bases say of an attribute's types: annotations, properties."""
    for owner in owners:
        for current in graph.lineage(owner):
            annotation = graph.class_(current).annotations.get(name)
            if annotation:
                yield graph.annotated(graph.beside(current, annotation), depth)
            for place in graph.class_(current).members.get(name, ()):
                function = property_function(graph, graph.beside(current, place))
                if function:
                    yield _types_of_results(graph, function, depth)
