"""Functions that take naive and aware values alike, and hand them on without a zone.

``if when.tzinfo: when = when.astimezone(timezone.utc).replace(tzinfo=None)``: a value that becomes
aware comes out of it as before, so that what is behind such a function need not be looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

from codemods.python.flow import Callee, Graph, Node, Use
from codemods.python.flow import summary as op

__all__ = ["is_normalized"]


def is_normalized(graph: Graph, use: Use) -> bool:
    """Whether an argument only enters functions that take the zone off what has one.

    Of a container that holds the value, they must do that to its elements: by calling themselves.
    """
    return bool(use.into) and all(
        _normalizes(graph, callee, graph.parameter(callee, use.position, use.keyword))
        and (not use.inside or _calls_itself(graph, callee.function))
        for callee in use.into
    )


def _normalizes(graph: Graph, callee: Callee, parameter: Node) -> bool:
    if not parameter:
        return False
    held = list(_held(graph, parameter))
    if not any(_is_asked_for_zone(graph, user) for node in held for user in graph.users(node)):
        return False
    stripped = [user for node in held for user in graph.users(node) if _strips(graph, user)]
    bare = {holder for node in stripped for holder in _held(graph, node)}
    if bare & set(held):  # the name stands for the value without a zone from there on
        return True
    returns = {graph.beside(callee.function, at) for at in graph.function(callee.function).returns}
    return any(user in returns for holder in bare for user in graph.users(holder))


def _held(graph: Graph, value: Node) -> Iterator[Node]:
    """Yield the places of one function that hold a datetime, moved or not."""
    waiting, seen = [value], {value}
    while waiting:
        node = waiting.pop()
        yield node
        further = [*graph.onward(node)]
        for user in graph.users(node):
            operation = graph.operation(user)
            moved = operation[0] == op.METHOD and operation[6] in ("astimezone", "replace")
            if (moved or operation[0] == op.BINARY) and not _strips(graph, user):
                further.append(user)
        for one in further:
            if one not in seen:
                seen.add(one)
                waiting.append(one)


def _is_asked_for_zone(graph: Graph, node: Node) -> bool:
    operation = graph.operation(node)
    if operation[0] != op.ATTRIBUTE or operation[6] != "tzinfo":
        return False
    return any(graph.operation(user)[0] in (op.TRUTH, op.COMPARE) for user in graph.users(node))


def _strips(graph: Graph, node: Node) -> bool:
    operation = graph.operation(node)
    if operation[0] != op.METHOD or operation[6] != "replace":
        return False
    zone = dict(operation[8]).get("tzinfo")
    return zone is not None and graph.constant(graph.beside(node, zone)) is None


def _calls_itself(graph: Graph, function: Node) -> bool:
    facts = graph.function(function)
    return any(
        graph.is_call(node)
        and facts.line <= graph.where(node).line <= facts.end_line
        and any(callee.function == function for callee in graph.callees(node))
        for node in _calls_in(graph, function)
    )


def _calls_in(graph: Graph, function: Node) -> Iterator[Node]:
    path = graph.file(function).path
    for place, operation in enumerate(graph.file(function).operations):
        if operation[0] in (op.CALL, op.METHOD):
            yield graph.node(path, place)
