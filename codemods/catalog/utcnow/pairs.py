"""Code and test doubles that change together, or neither does (U70-U72)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import NamedTuple

from codemods.catalog.utcnow.clocks import Clocks, Hit
from codemods.catalog.utcnow.facts import Double, DoubleEdit, FileFacts
from codemods.catalog.utcnow.values import Kind, Values
from codemods.catalog.utcnow.walk import Seed
from codemods.codemod import Site, Survey
from codemods.python.flow import Graph, Node
from codemods.python.flow import summary as op

__all__ = ["Pairs", "find_pairs"]


@dataclass
class Pairs:
    """What was found about the calls whose clock a test replaces, by `Site.id`."""

    left: dict[str, Hit] = field(default_factory=dict)
    """Calls that stay, and because of what."""
    why: dict[str, str] = field(default_factory=dict)
    """Why a call's double can't change with it, if it is known."""
    code: dict[str, str] = field(default_factory=dict)
    """The first of the calls that an edit of a double goes with."""
    together: dict[str, tuple[str, Hit]] = field(default_factory=dict)
    """Calls and edits of doubles that change together: their group, and what replaces the clock."""


class _Half(NamedTuple):
    """A replacement of a clock, with the double's edits when these are known."""

    hit: Hit
    edits: tuple[str, ...]
    why: str


def find_pairs(
    graph: Graph,
    clocks: Clocks,
    surveys: Mapping[PurePosixPath, Survey[FileFacts]],
    replaceable: Mapping[str, Site],
    receivers: Mapping[str, tuple[str, str, bool]],
    seeds: Iterable[Seed],
) -> Pairs:
    """Find the calls whose clock a test replaces, and the doubles that can change with them.

    Args:
        graph: all surveyed files.
        clocks: what tests replace there.
        surveys: of all files.
        replaceable: the sites that nothing else keeps as they are; doubles among them.
        receivers: of each call or reference: the class as written, the method, and whether the
            exact form can stand there whatever the clock is.
        seeds: the calls and references as the graph knows them.
    """
    pairs = Pairs()
    of_site: dict[str, list[Hit]] = {}
    for site in replaceable.values():
        if site.id in receivers:
            receiver, method, _ = receivers[site.id]
            hits = clocks.hits(site.path, site.position.line, receiver, method)
            if hits:
                of_site[site.id] = hits
    halves = _Halves(graph, clocks, surveys, replaceable, seeds)
    for sites, hits in _components(of_site):
        found = [halves.of(hit) for hit in hits]
        why = next((half.why for half in found if half.why), "")
        for member in sites:
            _, method, plain = receivers[member]
            if not plain:
                why = why or "it is not the class itself that is asked"
            elif clocks.asks_now(replaceable[member].path, method):
                why = why or "the code asks it for local time too"
        edits = sorted({edit for half in found for edit in half.edits})
        if why or not edits:
            for member in sites:
                pairs.left[member] = of_site[member][0]
                pairs.why[member] = why
            pairs.code.update(dict.fromkeys(edits, sites[0]))
            continue
        group = min([*sites, *edits])
        for member in sites:
            pairs.together[member] = (group, of_site[member][0])
        for edit in edits:
            pairs.together[edit] = (group, hits[0])
            pairs.code[edit] = sites[0]
    return pairs


def _components(of_site: Mapping[str, list[Hit]]) -> Iterator[tuple[list[str], list[Hit]]]:
    """Yield the sites that share replacements, with all of these."""
    by_hit: dict[Hit, list[str]] = {}
    for site, hits in of_site.items():
        for hit in hits:
            by_hit.setdefault(hit, []).append(site)
    seen: set[str] = set()
    for first in of_site:
        if first in seen:
            continue
        sites: list[str] = []
        found: dict[Hit, None] = {}
        waiting = [first]
        seen.add(first)
        while waiting:
            site = waiting.pop()
            sites.append(site)
            for hit in of_site[site]:
                if hit in found:
                    continue
                found[hit] = None
                others = [other for other in by_hit[hit] if other not in seen]
                seen.update(others)
                waiting += others
        yield sorted(sites), list(found)


class _Halves:
    """Finds what would have to change in the tests."""

    def __init__(
        self,
        graph: Graph,
        clocks: Clocks,
        surveys: Mapping[PurePosixPath, Survey[FileFacts]],
        replaceable: Mapping[str, Site],
        seeds: Iterable[Seed],
    ) -> None:
        self.graph = graph
        self.clocks = clocks
        self.surveys = surveys
        self.replaceable = replaceable
        self.values = Values(graph, {seed.node: seed.site for seed in seeds})

    def of(self, hit: Hit) -> _Half:
        """Return a replacement's edits, or why there are none."""
        if hit.reason != "utcnow/mocked-clock":
            return _Half(hit, (), "time is frozen with an offset")
        fake = self.clocks.fake(hit.node)
        doubles = list(self._doubles(hit.node, fake))
        if not doubles:
            if hit.through_module:
                return _Half(hit, (), "every module is given it")
            return _Half(hit, (), "it is made in a way that is not followed")
        edits: list[str] = []
        why = "every module is given it" if hit.through_module else ""
        for path, double in doubles:
            why = why or double.why
            for site, edit in self.surveys[path].facts.edits.items():
                if edit in double.edits:
                    edits.append(site)
                    if site not in self.replaceable:
                        why = why or "the test is not to be changed"
                    elif not self._answers_naive(self.replaceable[site], edit):
                        why = why or "what it answers may not be a naive time"
        return _Half(hit, tuple(edits), why)

    def _doubles(self, node: Node, fake: Node) -> Iterator[tuple[PurePosixPath, Double]]:
        path = self.graph.file(fake or node).path
        span = self.graph.span(fake or node)
        for double in self.surveys[path].facts.doubles:
            if double.span == span and bool(double.name) == bool(fake):
                yield path, double

    def _answers_naive(self, site: Site, edit: DoubleEdit) -> bool:
        """Whether a double answers with naive times only, which the exact form hands on."""
        graph = self.graph
        file = graph.files[graph.by_path[site.path]]
        answers: list[int] = []
        if edit.kind == "method":
            for facts in file.functions:
                if facts.name == edit.method and facts.line == site.position.line:
                    answers += (file.operations[place][5] for place in facts.returns)
        elif edit.given is None:
            return True
        for place, operation in enumerate(file.operations):
            if operation[0] not in (op.SET_ATTRIBUTE, op.CALL, op.METHOD):
                continue
            if edit.given is not None and file.span(place) == edit.given:
                if operation[0] == op.SET_ATTRIBUTE:
                    answers.append(operation[7])
                else:
                    answers.append(dict(operation[-1]).get("return_value", 0))
        for place in [*answers]:
            operation = file.operations[place]
            if operation[0] == op.DISPLAY:
                answers.remove(place)
                answers += (item for _, item in operation[6])
        return bool(answers) and all(
            value.kind is Kind.NAIVE
            for place in answers
            for value in self.values.of(graph.node(site.path, place) if place else 0)
        )
