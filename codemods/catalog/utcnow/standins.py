"""What tests put in the place of the repository's own functions and constants (R56, U72).

A helper that becomes aware must not meet the naive time with which a test replaces it, and a test's
time must not become aware when the helper's stays naive: they agree as if they met.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from codemods.catalog.utcnow.clocks import Clocks, is_patcher
from codemods.python.flow import Graph, Node
from codemods.python.flow import summary as op

__all__ = ["StandIn", "find_standins"]

_ANSWERS: Final = frozenset({"return_value", "side_effect"})


class StandIn(NamedTuple):
    """A replacement, and what it replaces."""

    place: Node  #: what puts it there
    replaced: tuple[Node, ...]  #: values that the code gives
    answers: tuple[Node, ...]  #: values that the test gives instead


def find_standins(graph: Graph, clocks: Clocks) -> Iterator[StandIn]:
    """Yield every replacement of a function or constant of the repository whose answer is seen."""
    stores = _stores(graph)
    for place, target in clocks.replaced():
        replaced = _values(graph, target)
        words = dict(graph.operation(place)[-1])
        answers: list[Node] = []
        if given := _given(graph, place):
            answers += _values(graph, given)
        for word in _ANSWERS & words.keys():
            answers += _answers(graph, word, graph.beside(place, words[word]))
        if replaced and answers:
            yield StandIn(place, tuple(replaced), tuple(answers))
        if replaced and not given:
            for node, word in stores.get(graph.file(place).path, ()):
                operation = graph.operation(node)
                if _is_mock_of(graph, graph.beside(node, operation[5]), place):
                    stored = _answers(graph, word, graph.beside(node, operation[7]))
                    yield StandIn(node, tuple(replaced), tuple(stored))


def _stores(graph: Graph) -> Mapping[PurePosixPath, list[tuple[Node, str]]]:
    """Return where each file tells a mock what to answer, and how."""
    found: dict[PurePosixPath, list[tuple[Node, str]]] = {}
    for word in sorted(_ANSWERS):
        for node in graph.by_name.of(word):
            if graph.operation(node)[0] == op.SET_ATTRIBUTE:
                found.setdefault(graph.file(node).path, []).append((node, word))
    return found


def _given(graph: Graph, place: Node) -> Node:
    """Return what a patch puts in place by itself, 0 when it makes a mock."""
    operation = graph.operation(place)
    words = dict(operation[-1])
    if "new" in words:
        return graph.beside(place, words["new"])
    if not operation[-2]:
        return 0
    named = isinstance(graph.constant(graph.beside(place, operation[-2][0])), str)
    arguments = operation[-2][1 if named else 2 :]
    return graph.beside(place, arguments[0]) if arguments else 0


def _values(graph: Graph, node: Node) -> list[Node]:
    """Return what a function returns, a mock answers, or a constant is."""
    found: list[Node] = []
    for definition in graph.definitions(node):
        if graph.operation(definition)[0] == op.FUNCTION:
            for place in graph.function(definition).returns:
                value = graph.operation(graph.beside(definition, place))[5]
                found.append(graph.beside(definition, value))
    if found:
        return found
    if graph.is_call(node):
        for word, place in graph.operation(node)[-1]:
            if word in _ANSWERS:
                found += _answers(graph, word, graph.beside(node, place))
        if found:
            return found
    return [node]


def _answers(graph: Graph, word: str, node: Node) -> list[Node]:
    """Return the values that a mock's `return_value` or `side_effect` makes it answer."""
    operation = graph.operation(node)
    if word == "side_effect" and operation[0] == op.DISPLAY:
        return [graph.beside(node, place) for _, place in operation[6]]
    return _values(graph, node) if word == "side_effect" else [node]


def _is_mock_of(graph: Graph, holder: Node, place: Node) -> bool:
    """Whether a name stands for the mock of a patch: by `with`, assignment or decoration."""
    waiting, seen = [holder], {holder}
    while waiting:
        node = waiting.pop()
        operation = graph.operation(node)
        if node == place:
            return True
        if operation[0] == op.ENTER:
            waiting.append(graph.beside(node, operation[5]))
        elif operation[0] == op.PARAMETER:
            return _decorates(graph, node, place)
        for source in graph.inward(node):
            if source not in seen:
                seen.add(source)
                waiting.append(source)
    return False


def _decorates(graph: Graph, parameter: Node, place: Node) -> bool:
    """Whether a patch that decorates a function gives it this parameter."""
    facts = graph.file(parameter).functions[graph.operation(parameter)[5]]
    injecting = [
        decorator
        for place in reversed(facts.decorators)
        if graph.is_call(decorator := graph.beside(parameter, place))
        and is_patcher(graph, decorator)
        and not _given(graph, decorator)
    ]
    parameters = [graph.beside(parameter, fact[1]) for fact in facts.parameters]
    if facts.owner >= 0:
        del parameters[:1]
    return place in injecting and parameters[injecting.index(place) :][:1] == [parameter]
