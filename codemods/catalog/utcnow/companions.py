"""Naive values that meet those of the sites, and can become aware along with them (U38, U54).

That is right only if nobody else reads them: a local time's hour, or the text of a constant, would
change. So a companion may be compared, subtracted, moved by a span of time and handed on by
variables, and all that it meets must become aware as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from codemods.catalog.utcnow.facts import Change
from codemods.catalog.utcnow.values import Kind, Values
from codemods.python.flow import Follow, Graph, Needs, Node, Searched, Use, follow
from codemods.python.flow import summary as op

__all__ = ["Companion", "Reader", "find_companions", "read"]


#: What the style `aware` changes, and what the option `local_time` does.
NAIVE: Final = frozenset({Change.TZINFO, Change.REPLACE, Change.STAMP})
LOCAL: Final = frozenset({Change.NOW, Change.STAMP})

_CALLS: Final = {
    "datetime.datetime": Change.TZINFO,
    "datetime.datetime.strptime": Change.REPLACE,
    "datetime.datetime.now": Change.NOW,
    "datetime.datetime.today": Change.NOW,
    "datetime.datetime.fromtimestamp": Change.STAMP,
}
_ATTRIBUTES: Final = frozenset({"datetime.datetime.min", "datetime.datetime.max"})


class Companion(NamedTuple):
    """One expression that gives a naive value."""

    id: str  #: not of a site: it has no line of its own in the ledger
    node: Node
    change: Change


@dataclass
class Reader:
    """What else a companion's value does."""

    links: dict[Node, Node] = field(default_factory=dict)  #: what it meets, and where
    why: str = ""  #: why it must stay; completes "it …"
    where: Node = 0
    needs: Needs = field(default_factory=Needs)


def find_companions(
    graph: Graph, values: Values, changes: Collection[Change], paths: Iterable[PurePosixPath]
) -> Iterator[Companion]:
    """Yield the expressions of some files that give naive values, in the order of their places."""
    for path in sorted(paths):
        number = graph.by_path.get(path)
        if number is None:
            continue
        for place, operation in enumerate(graph.files[number].operations):
            if operation[0] not in (op.CALL, op.METHOD, op.ATTRIBUTE):
                continue
            node = graph.node(path, place)
            change = _change(graph, node, operation)
            if change is None or change not in changes:
                continue
            if [value.kind for value in values.of(node)] != [Kind.NAIVE]:
                continue
            where = graph.where(node)
            yield Companion(f"{path}:{where.line}:{where.column}:companion", node, change)


def _change(graph: Graph, node: Node, operation: op.Operation) -> Change | None:
    if operation[0] == op.ATTRIBUTE:
        called = any(
            graph.operation(user)[0] == op.CALL
            and graph.beside(user, graph.operation(user)[5]) == node
            for user in graph.users(node)
        )
        found = not called and graph.qualified(node) in _ATTRIBUTES
        return Change.REPLACE if found else None
    change = _CALLS.get(graph.called(node))
    if change is None or any(word is None for word, _ in operation[-1]):
        return None
    if any(graph.operation(graph.beside(node, place))[0] == op.STAR for place in operation[-2]):
        return None
    words = {word for word, _ in operation[-1]}
    positional = len(operation[-2])
    fits = {
        Change.TZINFO: positional < 8 and "tzinfo" not in words,
        Change.REPLACE: positional == 2 and not words,
        Change.NOW: positional == 0 and not words,
        Change.STAMP: positional == 1 and not words,
    }
    return change if fits[change] else None


def read(
    values: Values, companion: Companion, searched: Searched, refused: Collection[bytes]
) -> Reader:
    """Follow a companion's value: what it meets, or what speaks against changing it."""
    graph = values.graph
    reader = Reader()

    def other_reader(use: Use, why: str = "is read in another way") -> Follow:
        reader.why, reader.where = why, use.node
        return Follow.STOP

    def meet(use: Use) -> Follow:
        for other in use.others:
            for value in values.of(other):
                if value.kind is Kind.OURS:
                    reader.links.setdefault(value.node, use.node)
                elif value.kind is not Kind.AWARE and graph.constant(value.node) is not None:
                    return other_reader(use, "meets a value that may be naive")
        return Follow.NO

    def judge(use: Use) -> Follow:
        if use.inside:
            return other_reader(use, "is kept in a container")
        if use.kind == "binary" and use.name in ("+", "-"):
            kinds = {value.kind for other in use.others for value in values.of(other)}
            if kinds <= {Kind.DELTA} and (use.name == "+" or use.index == 0):
                return Follow.YES
            if companion.change is Change.NOW:  # R9: `now() - utcnow()` is a way to ask for it
                return other_reader(use, "gives the host's offset")
            return meet(use) if use.name == "-" else other_reader(use)
        if use.kind == "compare":
            names = set(use.name.split())
            if use.name in ("is", "is not"):
                return Follow.NO
            return other_reader(use) if names & {"in", "is", "not"} else meet(use)
        if use.kind in ("return", "truth"):
            return Follow.NO
        return other_reader(use)

    reach = follow(graph, [(companion.node, ())], judge, searched, refused)
    if not reader.why and reach.escapes:
        reader.why, reader.where = "goes out of sight", reach.escapes[0].node
    if not reader.why:
        reader.needs = reach.needs
    return reader
