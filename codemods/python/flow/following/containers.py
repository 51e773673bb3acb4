"""Values in containers: put in, taken out, and under which key."""

from __future__ import annotations

from typing import Final

from codemods.python.flow import summary as op
from codemods.python.flow.following.attributes import store
from codemods.python.flow.following.walker import Handlers, Visit, Walker
from codemods.python.flow.nodes import Node
from codemods.python.flow.uses import Path, Step

__all__ = ["CONTAINERS", "container_method", "put"]

_HOPS: Final = 6  # from a container to what holds it


def item(walker: Walker, visit: Visit) -> None:
    """``a[b]``: the container, or the key."""
    beside = walker.graph.beside
    path = visit.path
    others = tuple(beside(visit.value, place) for place in visit.operation[6:])
    if visit.operation[5] == visit.here:
        if not path:
            walker.tell("subscript", visit, others=others)
        elif _matches(walker, path[0], others[0]):
            walker.carry(visit, path[1:])
    _key(walker, visit)


def slice_(walker: Walker, visit: Visit) -> None:
    """``a[b:c]``: the container, or a bound."""
    beside = walker.graph.beside
    path = visit.path
    if visit.operation[5] == visit.here:
        if path:
            first = Step.ELEMENT if isinstance(path[0], int) else path[0]
            walker.carry(visit, (first, *path[1:]))
        else:
            others = tuple(beside(visit.value, place) for place in visit.operation[6:])
            walker.tell("slice", visit, others=others)
    _key(walker, visit)


def _key(walker: Walker, visit: Visit) -> None:
    if not visit.path and visit.here in visit.operation[6:]:
        container = walker.graph.beside(visit.value, visit.operation[5])
        walker.use("key", visit, others=(container,))


def display(walker: Walker, visit: Visit) -> None:
    """An element, value or key of a list, tuple, set or dict."""
    kind, items = visit.operation[5:7]
    for key, value in items:
        if value == visit.here:
            walker.use("display", visit, name=kind)
            if key == -1:
                walker.carry(visit, visit.path)
            elif kind in ("dict", "tuple"):
                step = _step(walker, walker.graph.beside(visit.value, key))
                walker.carry(visit, (step, *visit.path))
            else:
                walker.carry(visit, (Step.ELEMENT, *visit.path))
        if key == visit.here and not visit.path:
            walker.use("key", visit, others=(visit.user,))


def comprehension(walker: Walker, visit: Visit) -> None:
    """What a comprehension collects."""
    kind, key, value = visit.operation[5:8]
    if value == visit.here:
        walker.use("display", visit, name=kind)
        step = Step.VALUE if kind == "dict" else Step.ELEMENT
        walker.carry(visit, (step, *visit.path))
    if key == visit.here and not visit.path:
        walker.use("key", visit)


def iterated(walker: Walker, visit: Visit) -> None:
    """A loop, an unpacking or a comprehension goes over it."""
    path = visit.path
    if path and (path[0] is Step.ELEMENT or isinstance(path[0], int)):
        walker.carry(visit, path[1:])
    elif not path:
        walker.tell("iterate", visit)


def set_item(walker: Walker, visit: Visit) -> None:
    """``a[b] = c``: any of the three."""
    graph = walker.graph
    base, key, value = (graph.beside(visit.value, place) for place in visit.operation[5:8])
    if value == visit.value:
        walker.use("item", visit, others=(base,))
        put(walker, base, (_step(walker, key), *visit.path), visit.sure)
    if key == visit.value and not visit.path:
        walker.use("key", visit, others=(base,))
    if base == visit.value and not visit.path:
        walker.use("set", visit)


def container_method(walker: Walker, visit: Visit) -> None:
    """A method is called on the container that holds the value."""
    name = visit.operation[6]
    others = tuple(walker.graph.beside(visit.value, place) for place in visit.operation[7])
    first, rest = visit.path[0], visit.path[1:]
    if first in (Step.CALL, Step.ENTER, Step.AWAIT, Step.PROPERTY):
        walker.use("method", visit, name=name, others=others)
    elif name in ("get", "pop", "setdefault", "popleft", "get_nowait"):
        if not others or isinstance(first, Step) or _matches(walker, first, others[0]):
            walker.carry(visit, rest)
    elif name == "items":
        walker.carry(visit, (Step.ELEMENT, 1, *rest))
    elif name == "values":
        walker.carry(visit, (Step.ELEMENT, *rest))
    elif name in ("copy", "union"):
        walker.carry(visit, visit.path)
    else:
        walker.use("method", visit, name=name, others=others)


def put(walker: Walker, container: Node, path: Path, sure: bool, hops: int = 0) -> None:
    """A value was put into a container: whoever holds the container holds it."""
    if not container or hops > _HOPS:
        return
    graph = walker.graph
    operation = graph.operation(container)
    kind = operation[0]
    walker.push(container, path, sure)
    if kind == op.VARIABLE:
        for source in graph.inward(container):
            put(walker, source, path, sure, hops + 1)
    elif kind in (op.EITHER, op.CHOICE):
        for place in operation[5] if kind == op.EITHER else operation[6:8]:
            put(walker, graph.beside(container, place), path, sure, hops + 1)
    elif kind == op.ATTRIBUTE:
        base = graph.beside(container, operation[5])
        module = graph.module_of(base) if base else None
        if module is not None:
            put(walker, graph.global_of(module, operation[6]), path, sure, hops + 1)
        else:
            store(walker, container, base, operation[6], path, sure)
    elif kind == op.IMPORT:
        put(walker, graph.imported(container)[1], path, sure, hops + 1)
    elif kind == op.ITEM:
        base = graph.beside(container, operation[5])
        step = _step(walker, graph.beside(container, operation[6]))
        put(walker, base, (step, *path), sure, hops + 1)
    elif kind == op.PARAMETER:
        walker.escape("unknown-call", container, "put into an argument")


def _step(walker: Walker, key: Node) -> Step | str | int:
    """Return how a value lies under a key."""
    value = walker.graph.constant(key)
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    return Step.VALUE


def _matches(walker: Walker, step: object, key: Node) -> bool:
    """Whether a key may give what lies under a step."""
    if isinstance(step, Step):
        return step in (Step.ELEMENT, Step.VALUE)
    value = walker.graph.constant(key)
    return value is ... or value == step


CONTAINERS: Final[Handlers] = {
    op.ITEM: item,
    op.SLICE: slice_,
    op.DISPLAY: display,
    op.ELEMENTS: comprehension,
    op.ITERATE: iterated,
    op.SET_ITEM: set_item,
}
