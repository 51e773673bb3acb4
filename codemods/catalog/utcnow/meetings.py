"""A value meets another one: in comparison, equality and arithmetic, and in an assertion."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from codemods.catalog.utcnow.shown import text
from codemods.catalog.utcnow.values import Kind, Value
from codemods.catalog.utcnow.walk import Walk
from codemods.python.flow import Follow, Node, Path, Use, origins
from codemods.python.flow import summary as op

__all__ = ["ASSERTIONS", "binary", "compare", "meet", "meet_arguments", "meet_elements"]


ASSERTIONS: Final = re.compile(
    r"\.assert(Equals?|NotEquals?|Less|LessEqual|Greater|GreaterEqual|AlmostEquals?|In|NotIn"
    r"|AlmostEqual|DictEqual|ListEqual|CountEqual|_called_with|_called_once_with|_any_call)$"
)
#: What gives local time without a zone (U38).
_LOCAL: Final = frozenset(
    {
        "datetime.datetime.now",
        "datetime.datetime.today",
        "datetime.datetime.fromtimestamp",
    }
)
_TIMES: Final = frozenset({Kind.OURS, Kind.NAIVE, Kind.AWARE})


def meet(walk: Walk, other: Node, use: Use, verb: str, path: Path = ()) -> Follow:
    """The value meets another one, which must be aware when it is."""
    answer = Follow.NO
    for value in walk.values.of(other, path):
        if value.kind in (Kind.NAIVE, Kind.UNKNOWN):
            answer = _conflict(walk, value, use, verb)
            if answer is Follow.STOP:
                return answer
        elif value.kind is Kind.OURS:
            walk.finding.links.setdefault(value.node, use.node)
    return answer


def _conflict(walk: Walk, value: Value, use: Use, verb: str) -> Follow:
    if value.column:
        return walk.tell(
            "naive-column", f"it is {verb} a column without a time zone", use.node, value.node
        )
    if value.node and walk.graph.called(value.node) in _LOCAL:
        return walk.tell("local-time", f"it is {verb} local time", use.node, value.node)
    if value.kind is Kind.NAIVE:
        return walk.tell(
            f"{_code(verb)}-naive", f"it is {verb} a naive value", use.node, value.node
        )
    return walk.tell(
        f"{_code(verb)}-unknown",
        f"it is {verb} a value that may be naive",
        use.node,
        value.node,
    )


def meet_elements(walk: Walk, use: Use) -> Follow:
    """The other elements of the container meet the value."""
    graph = walk.graph
    answer = Follow.NO
    for origin in origins(graph, use.value):
        operation = graph.operation(origin.node) if origin.node else (0,)
        if operation[0] == op.DISPLAY:
            elements = (graph.beside(origin.node, place) for _, place in operation[6])
            others = (
                other
                for other in elements
                if other and walk.seed.node not in [v.node for v in walk.values.of(other)]
            )
            answer = _meet_each(walk, others, use, answer)
            if answer is Follow.STOP:
                return answer
    return answer


def meet_arguments(walk: Walk, use: Use, operation: op.Operation) -> Follow:
    """Let a call's other arguments meet the value: of `max`, or of an assertion."""
    answer = Follow.NO
    for position, place in enumerate(operation[-2]):
        other = walk.graph.beside(use.node, place)
        if position == use.position or other == use.value:
            continue
        if ASSERTIONS.search(use.name) and position > 1:
            break
        answer = meet(walk, other, use, "compared with")
        if answer is Follow.STOP:
            return answer
    if ASSERTIONS.search(use.name) and "_call" in use.name:
        return walk.tell(
            "compared-with-unknown", "a mock's arguments are compared with it", use.node
        )
    return answer


def binary(walk: Walk, use: Use) -> Follow:
    """Judge an operand of an arithmetic operator."""
    if use.name == "+":
        others = {value.kind for other in use.others for value in walk.values.of(other)}
        # Nothing is the sum of two times: what gets here is none.
        return Follow.NO if others & _TIMES else Follow.YES
    if use.name == "%":
        return text(walk, use) if use.index == 1 else Follow.NO
    if use.name != "-":
        return Follow.NO
    other = use.others[0]
    if use.index == 1:
        return meet(walk, other, use, "subtracted from")
    kinds = {value.kind for value in walk.values.of(other)}
    if kinds <= {Kind.DELTA, Kind.OTHER}:
        return Follow.YES
    if kinds == {Kind.UNKNOWN} and _like_a_delta(walk, other):
        return Follow.YES
    if not kinds & _TIMES and _result_is_datetime(walk, use.node):
        return Follow.YES
    answer = meet(walk, other, use, "subtracted from")
    if answer is Follow.STOP:
        return answer
    return Follow.YES if Kind.DELTA in kinds else Follow.NO


def _like_a_delta(walk: Walk, node: Node) -> bool:
    """Whether an unknown operand can only be a span of time: a product of units."""
    operation = walk.graph.operation(node)
    return operation[0] == op.BINARY and operation[5] in ("*", "/", "//")


def _result_is_datetime(walk: Walk, node: Node) -> bool:
    """Whether ``value - unknown`` is used as only a datetime can be."""
    graph = walk.graph
    for user in graph.users(node):
        operation = graph.operation(user)
        if operation[0] == op.METHOD and graph.beside(user, operation[5]) == node:
            return operation[6] in (
                "isoformat",
                "strftime",
                "replace",
                "date",
                "timetuple",
                "timestamp",
                "astimezone",
                "utctimetuple",
            )
        if operation[0] == op.ATTRIBUTE:
            return operation[6] in ("year", "month", "day", "hour", "minute", "tzinfo")
    return False


def compare(walk: Walk, use: Use) -> Follow:
    """Judge an operand of a comparison."""
    names = set(use.name.split()) if use.name not in ("is not", "not in") else {use.name}
    if names <= {"is", "is not"}:
        return Follow.NO
    answer = Follow.NO
    for other in use.others:
        if names <= {"in", "not in"} and use.index == 0:
            answer = _membership(walk, other, use)
        else:
            answer = meet(walk, other, use, "compared with")
        if answer is Follow.STOP:
            return answer
    return answer


def _membership(walk: Walk, container: Node, use: Use) -> Follow:
    graph = walk.graph
    answer = Follow.NO
    for origin in origins(graph, container):
        operation = graph.operation(origin.node) if origin.node else (0,)
        if operation[0] != op.DISPLAY:
            return walk.tell(
                "compared-with-unknown", "it is looked for among unknown values", use.node
            )
        others = (
            graph.beside(origin.node, key if operation[5] == "dict" else place)
            for key, place in operation[6]
        )
        answer = _meet_each(walk, others, use, answer)
        if answer is Follow.STOP:
            return answer
    return answer


def _meet_each(walk: Walk, others: Iterable[Node], use: Use, answer: Follow) -> Follow:
    """Compare the value with others up to a conflict; without others the answer stays."""
    for other in others:
        answer = meet(walk, other, use, "compared with")
        if answer is Follow.STOP:
            break
    return answer


def _code(verb: str) -> str:
    return "compared-with" if verb.startswith("compared") else "subtracted-from"
