"""Following a value backward: which operations may have made it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from codemods.python.flow import summary as op
from codemods.python.flow.following.calls import ADDERS
from codemods.python.flow.graph import Graph
from codemods.python.flow.nodes import MASK, Node
from codemods.python.flow.reach import follow
from codemods.python.flow.uses import Follow, Path, Step, Use

__all__ = ["Origin", "callers", "origins"]

_PLACES: Final = 600
_LEVEL: Final = 4  # of searches within searches
_CONTAINER_METHODS: Final = frozenset({"get", "pop", "setdefault", "items", "values"})
_EMPTY: Final = frozenset(
    {
        "builtins.dict",
        "builtins.list",
        "builtins.set",
        "collections.deque",
        "collections.defaultdict",
        "collections.OrderedDict",
        "weakref.WeakValueDictionary",
        "weakref.WeakKeyDictionary",
    }
)


class Origin(NamedTuple):
    """An operation that may have made a value."""

    node: Node  #: 0 for a value that is not followed
    path: Path  #: where in it the value lies: () for the result of the operation itself
    sure: bool  #: False when only an attribute's name leads there


def callers(graph: Graph, function: Node) -> tuple[tuple[Node, ...], bool]:
    """Return the calls of a FUNCTION, and whether these are certainly all there are.

    They are not when the function, its class or its module is handed to something unknown, or
    when files that mention it were not surveyed.
    """
    calls: list[Node] = []

    def judge(use: Use) -> Follow:
        if use.kind == "called" and not use.inside:
            calls.append(use.node)
        return Follow.NO

    reach = follow(graph, [(function, ())], judge)
    complete = not reach.escapes and not any(use.kind == "argument" for use in reach.uses)
    return tuple(dict.fromkeys(calls)), complete


def origins(graph: Graph, node: Node, *, through_parameters: bool = False) -> tuple[Origin, ...]:
    """Return where a value may come from, through variables, attributes and our own functions.

    What can't be followed further is an origin itself: a call of something outside, an operator, a
    parameter, an attribute of an unknown object. With `through_parameters` a parameter also has
    its default and the arguments of the calls in sight as origins; it stays one itself.
    """
    walker = _Backward(graph, through_parameters)
    walker.visit(node, (), True)
    walker.drop_empty()
    found = sorted(walker.found.items(), key=lambda item: (item[0][0], repr(item[0][1])))
    return tuple(Origin(place, path, sure) for (place, path), sure in found)


def _classes(graph: Graph, node: Node) -> frozenset[Node] | None:
    """Return the classes of what may be an element of a container; None when not known."""
    types = graph.types(node)
    if types is not None or graph.memo.level > _LEVEL:
        return types
    if node not in graph.memo.contents:
        graph.memo.contents[node] = None  # neutral in cycles
        graph.memo.level += 1
        graph.memo.contents[node] = _made_of(graph, node)
        graph.memo.level -= 1
    return graph.memo.contents[node]


def _made_of(graph: Graph, node: Node) -> frozenset[Node] | None:
    classes: frozenset[Node] = frozenset()
    for origin in origins(graph, node):
        if not origin.sure or origin.path or not origin.node:
            return None
        if graph.constant(origin.node) is None:
            continue
        types = graph.types(origin.node)
        if types is None:
            return None
        classes |= types
    return classes


class _Backward:
    def __init__(self, graph: Graph, through_parameters: bool) -> None:
        self.graph = graph
        self.through_parameters = through_parameters
        self.seen: dict[tuple[Node, Path], bool] = {}
        self.found: dict[tuple[Node, Path], bool] = {}
        self.filled = False  # whether it was seen what is put into a container

    def end(self, node: Node, path: Path, sure: bool) -> None:
        self.found[(node, path)] = self.found.get((node, path), False) or sure

    def visit(self, node: Node, path: Path, sure: bool) -> None:
        waiting = [(node, path, sure)]
        while waiting:
            node, path, sure = waiting.pop()
            if not node:
                self.end(0, (), sure)
                continue
            known = self.seen.get((node, path))
            if known is not None and (known or not sure):
                continue
            if len(self.seen) > _PLACES or len(path) > 4:
                self.end(node, path, sure)
                continue
            self.seen[(node, path)] = sure
            steps = self.back(node, path)
            if path:
                put = self.inserted(node, path)
                if put:  # what an empty container was filled with says more than the container
                    steps = put if self.is_empty(node) else [*(steps or ()), *put]
            if steps is None:
                self.end(node, path, sure)
            else:
                waiting += [(before, inner, sure and certain) for before, inner, certain in steps]

    def drop_empty(self) -> None:
        """Leave out containers that began empty, when it is known what was put into one."""
        empty = [(node, path) for node, path in self.found if path and node and self.is_empty(node)]
        if self.filled and len(empty) < len(self.found):
            for key in empty:
                del self.found[key]

    def inserted(self, node: Node, path: Path) -> list[tuple[Node, Path, bool]]:
        """Return what is put into a container at the place that the path begins with."""
        graph = self.graph
        first, rest = path[0], path[1:]
        if first in (Step.CALL, Step.AWAIT, Step.ENTER, Step.PROPERTY):
            return []
        found: list[tuple[Node, Path, bool]] = []
        for user in graph.users(node):
            operation = graph.operation(user)
            if operation[0] == op.SET_ITEM and graph.beside(user, operation[5]) == node:
                key = graph.constant(graph.beside(user, operation[6]))
                if isinstance(first, Step) or key is ... or key == first:
                    found.append((graph.beside(user, operation[7]), rest, True))
            elif operation[0] == op.METHOD and graph.beside(user, operation[5]) == node:
                position = ADDERS.get(operation[6])
                if position is not None and len(operation[7]) > position:
                    value = graph.beside(user, operation[7][position])
                    found.append((value, rest, True))
                elif operation[6] in ("update", "extend") and operation[7]:
                    found.append((graph.beside(user, operation[7][0]), path, True))
        self.filled = self.filled or bool(found)
        return found

    def is_empty(self, node: Node) -> bool:
        """Whether an operation makes an empty container."""
        graph = self.graph
        operation = graph.operation(node)
        if operation[0] == op.DISPLAY:
            return not operation[6]
        return graph.is_call(node) and graph.called(node) in _EMPTY

    def back(self, node: Node, path: Path) -> list[tuple[Node, Path, bool]] | None:
        """Return what a value is made of one step earlier, None when it begins here."""
        graph = self.graph
        operation = graph.operation(node)
        kind = operation[0]
        beside = graph.beside
        if kind == op.VARIABLE:
            inward = [(source, path, True) for source in graph.inward(node)]
            return inward or None
        if kind == op.EITHER:
            return [(beside(node, place), path, True) for place in operation[5]]
        if kind == op.CHOICE:
            return [(beside(node, place), path, True) for place in operation[6:8]]
        if kind == op.IMPORT:
            target = graph.imported(node)[1]
            return [(target, path, True)] if target else None
        if kind == op.FREE:
            target = graph.starred(node)
            return [(target, path, True)] if target else None
        if kind == op.AWAIT:
            return [(beside(node, operation[5]), (Step.AWAIT, *path), True)]
        if kind == op.ENTER:
            return [(beside(node, operation[5]), (Step.ENTER, *path), True)]
        if kind == op.ITERATE:
            return [(beside(node, operation[5]), (Step.ELEMENT, *path), True)]
        if kind == op.ITEM:
            key = graph.constant(beside(node, operation[6]))
            step = key if isinstance(key, str | int) else Step.VALUE
            return [(beside(node, operation[5]), (step, *path), True)]
        if kind == op.SLICE and path:
            return [(beside(node, operation[5]), path, True)]
        if kind == op.DISPLAY and path:
            return self.pick(node, operation, path)
        if kind == op.ELEMENTS and path:
            return [(beside(node, operation[7]), path[1:], True)]
        if kind == op.ATTRIBUTE:
            return self.attribute(node, operation, path)
        if kind in (op.CALL, op.METHOD):
            return self.call(node, path)
        if kind == op.PARAMETER:
            return self.parameter(node, path)
        return None

    def pick(
        self, node: Node, operation: op.Operation, path: Path
    ) -> list[tuple[Node, Path, bool]] | None:
        first = path[0]
        if first in (Step.CALL, Step.AWAIT, Step.ENTER):
            return None
        found: list[tuple[Node, Path, bool]] = []
        for key, value in operation[6]:
            place = self.graph.beside(node, value)
            if key == -1:
                found.append((place, path, True))
                continue
            constant = self.graph.constant(self.graph.beside(node, key))
            if isinstance(first, Step) or constant is ... or constant == first:
                found.append((place, path[1:], True))
        return found or None

    def attribute(
        self, node: Node, operation: op.Operation, path: Path
    ) -> list[tuple[Node, Path, bool]] | None:
        graph = self.graph
        base = graph.beside(node, operation[5])
        name = operation[6]
        if not base:
            return None
        module = graph.module_of(base)
        if module is not None:
            target = graph.global_of(module, name)
            return [(target, path, True)] if target else None
        if graph.qualified(base) is not None:
            return None
        owners = _classes(graph, base)
        found: list[tuple[Node, Path, bool]] = []
        if owners:
            found += self.members(owners, name, path)
        for store in graph.by_name.of(name):
            stored = graph.operation(store)
            if stored[0] != op.SET_ATTRIBUTE:
                continue
            holder = graph.beside(store, stored[5])
            if holder and graph.module_of(holder) is not None:
                continue
            holders = graph.types(holder) if holder else None
            value = graph.beside(store, stored[7])
            if owners and holders:
                if graph.related(holders, owners):
                    found.append((value, path, True))
            elif holders is None or owners is None:
                found.append((value, path, False))
        if owners:
            found += self.constructions(owners, name, path)
            found = self.with_contents(owners, name, path, found)
            if not any(certain for _, _, certain in found):
                return None
            return found
        self.end(node, path, True)
        return found

    def with_contents(
        self,
        owners: frozenset[Node],
        name: str,
        path: Path,
        found: list[tuple[Node, Path, bool]],
    ) -> list[tuple[Node, Path, bool]]:
        """Add what is put into a container that is kept as an attribute."""
        if not path:
            return found
        graph = self.graph
        put: list[tuple[Node, Path, bool]] = []
        for reader in graph.by_name.of(name):
            operation = graph.operation(reader)
            if operation[0] != op.ATTRIBUTE:
                continue
            base = graph.beside(reader, operation[5])
            holders = graph.types(base) if base else None
            if holders and graph.related(holders, owners):
                put += self.inserted(reader, path)
        if not put:
            return found
        return [*put, *(one for one in found if not (one[0] and self.is_empty(one[0])))]

    def members(
        self, owners: frozenset[Node], name: str, path: Path
    ) -> list[tuple[Node, Path, bool]]:
        graph = self.graph
        found: list[tuple[Node, Path, bool]] = []
        classes = {
            current for owner in owners for current in (*graph.lineage(owner), *graph.family(owner))
        }
        for current in sorted(classes):
            for place in graph.class_(current).members.get(name, ()):
                value = graph.beside(current, place)
                called = graph.operation(value)
                if called[0] == op.CALL and graph.decorated(value):
                    # A property: what its function returns.
                    found.append((value, (Step.PROPERTY, *path), True))
                else:
                    found.append((value, path, True))
        return found

    def constructions(
        self, owners: frozenset[Node], name: str, path: Path
    ) -> list[tuple[Node, Path, bool]]:
        """Fields that are given by keyword to a class without an ``__init__`` of ours."""
        graph = self.graph
        found: list[tuple[Node, Path, bool]] = []
        for call in graph.by_keyword.of(name):
            made = graph.constructed(call)
            if made and graph.related(made, owners) and not graph.callees(call):
                for keyword, place in graph.operation(call)[-1]:
                    if keyword == name:
                        found.append((graph.beside(call, place), path, True))
        return found

    def call(self, node: Node, path: Path) -> list[tuple[Node, Path, bool]] | None:
        graph = self.graph
        if path and path[0] is Step.PROPERTY:
            inner = graph.decorated(node)
            return self.results(inner, path[1:]) if inner else None
        if graph.constructed(node):
            return None
        callees = graph.callees(node)
        if not callees:
            return self.container_method(node, path)
        if not all(callee.sure for callee in callees):
            return None
        found: list[tuple[Node, Path, bool]] = []
        for callee in callees:
            results = self.results(callee.function, path)
            if results is None:
                return None
            found += results
        return found or None

    def results(self, function: Node, path: Path) -> list[tuple[Node, Path, bool]] | None:
        graph = self.graph
        if graph.operation(function)[0] != op.FUNCTION:
            return None
        facts = graph.function(function)
        if facts.yields:
            if path and path[0] in (Step.ELEMENT, Step.ENTER):
                return self.values(function, facts.yields, path[1:])
            return None
        if facts.is_async:
            if not path or path[0] is not Step.AWAIT:
                return None
            path = path[1:]
        return self.values(function, facts.returns, path) or None

    def values(
        self, function: Node, places: Iterable[int], path: Path
    ) -> list[tuple[Node, Path, bool]]:
        beside, operations = self.graph.beside, self.graph.file(function).operations
        return [(beside(function, operations[place][5]), path, True) for place in places]

    def container_method(self, node: Node, path: Path) -> list[tuple[Node, Path, bool]] | None:
        graph = self.graph
        operation = graph.operation(node)
        if operation[0] != op.METHOD or operation[6] not in _CONTAINER_METHODS:
            return None
        base = graph.beside(node, operation[5])
        if not base or graph.qualified(base) is not None:
            return None
        if operation[6] in ("items", "values"):
            steps = (Step.ELEMENT, 1) if operation[6] == "items" else (Step.ELEMENT,)
            known = path[: len(steps)] == steps
            return [(base, (Step.VALUE, *path[len(steps) :]), True)] if known else None
        key = graph.constant(graph.beside(node, operation[7][0])) if operation[7] else ...
        step = key if isinstance(key, str | int) else Step.VALUE
        found = [(base, (step, *path), True)]
        found += [(graph.beside(node, place), path, True) for place in operation[7][1:]]
        return found

    def parameter(self, node: Node, path: Path) -> list[tuple[Node, Path, bool]] | None:
        if not self.through_parameters:
            return None
        graph = self.graph
        facts = graph.file(node).functions[graph.operation(node)[5]]
        self.end(node, path, True)
        found: list[tuple[Node, Path, bool]] = []
        mine = [fact for fact in facts.parameters if fact[1] == node & MASK]
        if not mine:
            return found
        name, _, _, default = mine[0]
        if default:
            found.append((graph.beside(node, default), path, True))
        calls, _ = callers(graph, graph.beside(node, facts.place))
        for call in calls:
            operation = graph.operation(call)
            for callee in graph.callees(call):
                if callee.function != graph.beside(node, facts.place):
                    continue
                for position, place in enumerate(operation[-2]):
                    if graph.parameter(callee, position, None) == node:
                        found.append((graph.beside(call, place), path, callee.sure))
                for keyword, place in operation[-1]:
                    if keyword == name:
                        found.append((graph.beside(call, place), path, callee.sure))
        return found
