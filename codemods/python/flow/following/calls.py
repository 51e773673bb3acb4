"""Values that are called, and values that calls take."""

from __future__ import annotations

from typing import Final

from codemods.python.flow import summary as op
from codemods.python.flow.following.attributes import store_in
from codemods.python.flow.following.containers import container_method, put
from codemods.python.flow.following.decorators import decorator
from codemods.python.flow.following.pytest_arguments import parametrized
from codemods.python.flow.following.walker import Handlers, Visit, Walker
from codemods.python.flow.nodes import MASK, Callee, Node
from codemods.python.flow.uses import Follow, Step

__all__ = ["ADDERS", "CALLS"]

ADDERS: Final = {
    "append": 0,
    "add": 0,
    "appendleft": 0,
    "insert": 1,
    "put": 0,
    "put_nowait": 0,
    "push": 0,
}
_COPIERS: Final = frozenset(
    {
        "builtins.list",
        "builtins.tuple",
        "builtins.set",
        "builtins.frozenset",
        "builtins.sorted",
        "builtins.reversed",
        "builtins.iter",
        "builtins.dict",
        "copy.copy",
        "copy.deepcopy",
        "collections.deque",
        "collections.OrderedDict",
    }
)
_TAKERS: Final = frozenset({"builtins.max", "builtins.min", "builtins.next"})


def call(walker: Walker, visit: Visit) -> None:
    """It is called, or an argument of a call."""
    if visit.operation[5] == visit.here:
        if visit.path and visit.path[0] is Step.CALL:
            walker.carry(visit, visit.path[1:])
        else:
            walker.tell("called", visit)
    _arguments(walker, visit)


def method(walker: Walker, visit: Visit) -> None:
    """A method of it is called, or it is an argument of one."""
    base, name, positional = visit.operation[5:8]
    if base == visit.here:
        if visit.path:
            container_method(walker, visit)
        else:
            others = tuple(walker.graph.beside(visit.value, place) for place in positional)
            walker.tell("method", visit, name=name, others=others)
    _arguments(walker, visit)


def _arguments(walker: Walker, visit: Visit) -> None:
    positional, keywords = visit.operation[-2:]
    for position, place in enumerate(positional):
        if place == visit.here:
            _argument(walker, visit, position, None)
    for keyword, place in keywords:
        if place != visit.here:
            continue
        if keyword is not None:
            _argument(walker, visit, -1, keyword)
        elif visit.path:
            first = visit.path[0]
            if isinstance(first, str):
                _argument(walker, visit._replace(path=visit.path[1:]), -1, first)
            else:
                walker.escape("dynamic", visit.user, "**")


def _argument(walker: Walker, visit: Visit, position: int, keyword: str | None) -> None:
    graph = walker.graph
    user, operation, path = visit.user, visit.operation, visit.path
    name = graph.called(user)
    if operation[0] == op.CALL and decorator(walker, visit, name):
        return
    callees = graph.callees(user)
    answer = walker.tell(
        "argument", visit, name=name, position=position, keyword=keyword, into=callees
    )
    if answer is Follow.PAST or walker.reach.stopped:
        return
    receiver = graph.beside(user, operation[5])
    if operation[0] == op.METHOD and ADDERS.get(operation[6]) == position:
        if graph.qualified(receiver) is None and not callees:
            walker.use("item", visit, others=(receiver,))
            put(walker, receiver, (Step.ELEMENT, *path), visit.sure)
    elif name in _COPIERS and path:
        walker.carry(visit, path)
    elif name == "builtins.dict" and keyword is not None:
        walker.carry(visit, (keyword, *path))
    elif name in _TAKERS:
        if path and (path[0] is Step.ELEMENT or isinstance(path[0], int)):
            walker.carry(visit, path[1:])
    elif name == "pytest.mark.parametrize":
        parametrized(walker, visit)
    elif name == "builtins.setattr" and position == 2:
        walker.escape("dynamic", user, "setattr")
    elif keyword is None and _is_starred(walker, visit):
        walker.escape("dynamic", user, "*")
    else:
        _passed(walker, visit, position, keyword, name, callees)


def _is_starred(walker: Walker, visit: Visit) -> bool:
    """Whether the positions of a call's arguments can't be told."""
    graph = walker.graph
    return any(
        graph.operation(graph.beside(visit.user, place))[0] == op.STAR
        for place in visit.operation[-2]
    )


def _passed(
    walker: Walker,
    visit: Visit,
    position: int,
    keyword: str | None,
    name: str,
    callees: tuple[Callee, ...],
) -> None:
    """An ordinary argument goes into the functions and classes that the call may mean."""
    graph = walker.graph
    user = visit.user
    for callee in callees:
        _enter(walker, visit, callee, position, keyword)
    made = graph.constructed(user)
    for owner in made:
        if not any(callee.owner == owner for callee in callees):
            _construct(walker, visit, owner, position, keyword)
    if not made and not any(callee.sure for callee in callees):
        walker.reach.paths |= graph.unsurveyed(user)
        walker.escape("unknown-call", user, name)
        if keyword is not None and (not name or name.startswith(".")):
            # Perhaps a constructor: what it stores, it stores under that name.
            store_in(walker, (), keyword, user, visit.path, False)


def _enter(
    walker: Walker, visit: Visit, callee: Callee, position: int, keyword: str | None
) -> None:
    """An argument becomes a parameter of a function of the repository."""
    graph = walker.graph
    parameter = graph.parameter(callee, position, keyword)
    facts = graph.function(callee.function)
    path = visit.path
    if parameter and parameter & MASK == facts.rest and keyword is None:
        path = (position + callee.offset - facts.positional, *path)
    elif parameter and parameter & MASK == facts.keywords and keyword is not None:
        path = (keyword, *path)
    walker.push(parameter, path, visit.sure and callee.sure, far=True)


def _construct(
    walker: Walker, visit: Visit, owner: Node, position: int, keyword: str | None
) -> None:
    """An argument of a class without an ``__init__`` of its own: a field, if it has any."""
    graph = walker.graph
    name = keyword
    if name is None:
        fields: list[str] = []
        for current in reversed(graph.lineage(owner)):
            fields += [field for field in graph.class_(current).annotations if field not in fields]
        if position < len(fields):
            name = fields[position]
    if name is None:
        walker.escape("unknown-call", visit.user, graph.class_(owner).name)
        return
    store_in(walker, (owner,), name, visit.user, visit.path, visit.sure)
    if graph.outside_bases(owner):  # a factory, for one, makes objects of another class
        store_in(walker, (), name, visit.user, visit.path, False)


CALLS: Final[Handlers] = {op.CALL: call, op.METHOD: method}
