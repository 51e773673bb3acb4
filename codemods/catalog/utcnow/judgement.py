"""Which form each site takes: aware or exact, by evidence, for all sites of a repository."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from codemods.catalog.utcnow.clocks import Test
from codemods.catalog.utcnow.companions import LOCAL, Companion, Reader, read
from codemods.catalog.utcnow.evidence import examine
from codemods.catalog.utcnow.options import Style
from codemods.catalog.utcnow.standins import StandIn
from codemods.catalog.utcnow.texts import Fate
from codemods.catalog.utcnow.values import Kind, Values
from codemods.catalog.utcnow.walk import Evidence, Finding, Seed
from codemods.codemod import Place
from codemods.python.flow import Graph, Needs, Node, Searched

__all__ = ["Judgement", "judge"]


class Judgement(NamedTuple):
    """The form of one site, and why."""

    aware: bool
    reason: str  #: a reason's code without the codemod's name
    message: str  #: completes a sentence about the site
    note: str = ""
    related: tuple[Place, ...] = ()
    group: str = ""  #: id of the first site of those that must agree
    column: Node = 0  #: the database column that keeps it exact


def judge(
    graph: Graph,
    seeds: Sequence[Seed],
    *,
    style: Callable[[str], Style],
    left: Mapping[str, str],
    decided: Collection[str] = (),
    companions: Sequence[Companion] = (),
    standins: Iterable[StandIn] = (),
    test_of: Callable[[Node], Test | None] = lambda _: None,
    django_aware: bool | None = None,
    searched: Searched = (),
    refused: Collection[bytes] = (),
) -> tuple[Mapping[str, Judgement], Needs]:
    """Decide on every site; also say what another round of files would have to hold.

    `style` gives the style of a site, `left` names the sites that stay on the deprecated call (by
    id, with a clause that says why): what meets them stays naive. Sites in `decided` are not
    followed: their own expression tells all. `companions` are naive values that may become aware
    along with the sites that they meet; they are judged too, by their id. `standins` are values
    with which tests replace others; `test_of` says in which test an operation stands.
    """
    own = {seed.node: seed.site for seed in seeds}
    own.update((companion.node, companion.id) for companion in companions)
    values = Values(graph, own, django_aware)
    texts: dict[Node, Fate] = {}
    findings: dict[str, Finding] = {}
    needs = Needs()
    for seed in seeds:
        if seed.site in left or seed.site in decided:
            findings[seed.site] = Finding()
            continue
        finding = examine(
            values,
            seed,
            test_of=test_of,
            searched=searched,
            refused=refused,
            thorough=style(seed.site) == "aware",
            texts=texts,
        )
        findings[seed.site] = finding
        if not finding.evidence:
            needs |= finding.needs
    for standin in standins:
        _agree(values, standin, findings)
    readers: dict[str, Reader] = {}
    for companion in companions:
        reader = readers[companion.id] = read(values, companion, searched, refused)
        needs |= reader.needs
    needs |= Needs(paths=frozenset(values.paths))
    groups = _Groups(own.values())
    links = {site: finding.links for site, finding in findings.items()}
    for site, found in {**links, **{one: reader.links for one, reader in readers.items()}}.items():
        for other in found:
            groups.unite(site, own[other])
    kept = {
        companion.id: _kept(graph, companion, readers[companion.id])
        for companion in companions
        if readers[companion.id].why
    }
    of_companions = {companion.id: companion for companion in companions}
    judgements: dict[str, Judgement] = {}
    for members in groups.all():
        sites = [site for site in members if site not in of_companions]
        besides = [of_companions[site] for site in members if site in of_companions]
        if not sites:
            continue
        decided_on = _decide(graph, sites, besides, kept, findings, style, left)
        judgements.update(decided_on)
        for companion in besides:
            aware = all(one.aware for one in decided_on.values()) and not any(
                other.id in kept for other in besides
            )
            judgements[companion.id] = Judgement(aware, "companion", "", group=min(sites))
    return judgements, needs


def _agree(values: Values, standin: StandIn, findings: Mapping[str, Finding]) -> None:
    """Let what a test puts in the place of other values meet these."""
    sides = [
        [value for node in nodes for value in values.of(node)]
        for nodes in (standin.replaced, standin.answers)
    ]
    clauses = (
        "a test puts a naive value in its place",
        "a test puts it in the place of a naive value",
    )
    for mine, others, clause in zip(sides, reversed(sides), clauses, strict=True):
        for value in mine:
            finding = findings.get(values.sites.get(value.node, ""))
            if value.kind is not Kind.OURS or finding is None:
                continue
            for other in others:
                if other.kind is Kind.OURS:
                    finding.links.setdefault(other.node, standin.place)
                elif other.kind is Kind.NAIVE:
                    evidence = Evidence("replaced-in-test", clause, standin.place, other.node)
                    finding.evidence.append(evidence)


def _kept(graph: Graph, companion: Companion, reader: Reader) -> Judgement:
    """Say why a companion stays naive, and what meets it with it."""
    local = companion.change in LOCAL
    what = "local time" if local else "a naive value"
    message = f"it meets {what}, made at {_at(graph, companion.node)}, which {reader.why}"
    if reader.where:
        message += f" at {_at(graph, reader.where)}"
    return Judgement(
        False,
        "local-time" if local else "compared-with-naive",
        message,
        related=(graph.where(companion.node),),
    )


def _decide(
    graph: Graph,
    members: Sequence[str],
    companions: Sequence[Companion],
    kept: Mapping[str, Judgement],
    findings: Mapping[str, Finding],
    style: Callable[[str], Style],
    left: Mapping[str, str],
) -> dict[str, Judgement]:
    """Decide on sites that meet each other: one that can't be aware keeps all of them exact."""
    exact: dict[str, Judgement] = {}
    for site in members:
        finding = findings[site]
        if site in left:
            exact[site] = Judgement(False, "left", left[site])
        elif finding.evidence and style(site) != "aware":
            exact[site] = _against(graph, finding.evidence[0])
        elif style(site) == "careful" and finding.leaves:
            what, node = finding.leaves[0]
            exact[site] = Judgement(
                False,
                "out-of-sight",
                f"its value {what} at {_at(graph, node)}",
                related=(graph.where(node),),
            )
    stays = next((kept[companion.id] for companion in companions if companion.id in kept), None)
    if stays is not None:
        for site in members:
            if style(site) != "aware":
                exact.setdefault(site, stays)
    result: dict[str, Judgement] = {}
    if exact or stays is not None:
        first = min(exact, default="")
        for site in members:
            if site in exact:
                result[site] = exact[site]._replace(group=site)
            elif style(site) == "aware":
                result[site] = _aware(graph, findings[site], site, stays)
            else:
                meeting = next(iter(findings[site].links.values()), 0)
                where = f" at {_at(graph, meeting)}" if meeting else ""
                places = (graph.where(meeting),) if meeting else ()
                result[site] = Judgement(
                    False,
                    "meets-exact",
                    f"it meets a value{where} that stays naive: {exact[first].message}",
                    related=(*places, *exact[first].related),
                    group=site,
                    column=exact[first].column,
                )
        return result
    group = min(members)
    return {site: _aware(graph, findings[site], group) for site in members}


def _against(graph: Graph, evidence: Evidence) -> Judgement:
    made, related = _met(graph, evidence)
    message = f"{evidence.clause} at {_at(graph, evidence.node)}{made}"
    column = evidence.other if evidence.reason == "naive-column" else 0
    return Judgement(False, evidence.reason, message, related=related, column=column)


def _met(graph: Graph, evidence: Evidence) -> tuple[str, tuple[Place, ...]]:
    """Return the end of a sentence that says where the other value was made, and all places."""
    place = graph.where(evidence.node)
    if evidence.other and graph.operation(evidence.other)[1]:
        other = graph.where(evidence.other)
        if (other.path, other.line) != (place.path, place.line):
            return f", made at {other}", (place, other)
    return "", (place,)


def _aware(
    graph: Graph, finding: Finding, group: str, despite: Judgement | None = None
) -> Judgement:
    notes = [f"{text} ({_at(graph, node)})" for text, node in finding.notes[:1]]
    related = [graph.where(node) for _, node in finding.notes[:1]]
    for evidence in finding.evidence[:1]:
        made, places = _met(graph, evidence)
        notes.append(f"{evidence.clause} ({_at(graph, evidence.node)}{made})")
        related += places
    if despite is not None:
        notes.append(despite.message)
        related += despite.related
    for what, node in finding.leaves[:1]:
        prefix = "" if what.startswith(("its ", "`")) else "the value "
        notes.append(f"{prefix}{what} ({_at(graph, node)})")
        related.append(graph.where(node))
    return Judgement(
        True,
        "aware-despite" if finding.evidence or despite is not None else "aware",
        "nothing that its value meets is naive",
        "; ".join(notes),
        tuple(related),
        group,
    )


def _at(graph: Graph, node: Node) -> str:
    return str(graph.where(node))


class _Groups:
    """Disjoint sets of sites."""

    def __init__(self, sites: Iterable[str]) -> None:
        self.parent: dict[str, str] = {site: site for site in sites}

    def find(self, site: str) -> str:
        while self.parent[site] != site:
            self.parent[site] = self.parent[self.parent[site]]
            site = self.parent[site]
        return site

    def unite(self, one: str, other: str) -> None:
        first, second = sorted((self.find(one), self.find(other)))
        self.parent[second] = first

    def all(self) -> Sequence[Sequence[str]]:
        groups: dict[str, list[str]] = {}
        for site in self.parent:
            groups.setdefault(self.find(site), []).append(site)
        return list(groups.values())
