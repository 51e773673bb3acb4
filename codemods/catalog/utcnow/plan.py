"""Decide on every site of the repository."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from codemods.catalog.utcnow.clocks import Clocks
from codemods.catalog.utcnow.columns import next_step
from codemods.catalog.utcnow.companions import LOCAL, NAIVE, Companion, find_companions
from codemods.catalog.utcnow.elsewhere import is_datetime
from codemods.catalog.utcnow.facts import Change, Facts, FileFacts, Form, Shape, Use
from codemods.catalog.utcnow.judge import Decision, decide, decided_here
from codemods.catalog.utcnow.judgement import Judgement, judge
from codemods.catalog.utcnow.named_helper import NamedHelper, helpers_of
from codemods.catalog.utcnow.options import Options, Style
from codemods.catalog.utcnow.pairs import Pairs, find_pairs
from codemods.catalog.utcnow.receivers import METHODS
from codemods.catalog.utcnow.rewrite import Along, Rewriting
from codemods.catalog.utcnow.standins import find_standins
from codemods.catalog.utcnow.stars import Takers, find_takers
from codemods.catalog.utcnow.values import Values
from codemods.catalog.utcnow.walk import Seed
from codemods.codemod import (
    Action,
    Circumstances,
    MoreNeedles,
    Order,
    Place,
    Plan,
    Settings,
    Site,
    Survey,
    Verdict,
)
from codemods.project.distributions import Distribution
from codemods.project.project import Project
from codemods.python.flow import Graph, Needs, join
from codemods.python.flow import summary as op

__all__ = ["plan"]


def plan(
    surveys: Mapping[PurePosixPath, Survey[FileFacts]],
    project: Project,
    settings: Settings[Options],
    circumstances: Circumstances,
) -> Plan | MoreNeedles:
    """Follow every value that its own expression doesn't decide on, and judge what it meets."""
    sites = {site.id: site for survey in surveys.values() for site in survey.sites}
    facts = {
        site: _proven(found, path, project)
        for path, survey in surveys.items()
        for site, found in survey.facts.sites.items()
    }
    if not sites:
        return Plan({})
    styles = {path: settings.at(path).style for path in surveys}

    def style(site: str) -> Style:
        return styles[sites[site].path]

    wanted = {
        path: settings.at(path).helper for path, survey in surveys.items() if survey.facts.sites
    }
    helpers = helpers_of(wanted, project)

    graph = join((survey.facts.flow for survey in surveys.values()), project.resolve_import)
    clocks = Clocks(graph, project)
    takers = find_takers(surveys, project)
    seeds = _seeds(graph, sites, facts)
    decisions: dict[str, Decision] = {}
    for site in sites.values():
        decision = _barred(site, circumstances)
        if decision is None and site.id in facts:
            decision = _left(site, facts[site.id], project)
            decision = decision or _taken_by_star(site, facts[site.id], takers)
            decision = decision or _without_helper(facts[site.id], wanted[site.path])
        if decision is not None:
            decisions[site.id] = decision
    pairs = find_pairs(
        graph,
        clocks,
        surveys,
        {site.id: site for site in sites.values() if site.id not in decisions},
        {site: _asked(found) for site, found in facts.items()},
        seeds,
    )
    for site in sites.values():
        if site.id not in decisions:
            decision = _of_pair(site, facts.get(site.id), pairs, sites)
            if decision is None:
                decision = _in_helper(site, helpers)
            if decision is None:
                decision = decided_here(facts[site.id], style(site.id))
            if decision is not None:
                decisions[site.id] = decision
    kept = {path: survey.facts.kept for path, survey in surveys.items() if survey.facts.kept}
    companions = [
        companion
        for companion in _companions(graph, seeds, settings, sites.values(), decisions)
        if not _is_kept(graph.where(companion.node), kept)
    ]
    judgements, needs = judge(
        graph,
        seeds,
        companions=companions,
        standins=find_standins(graph, clocks),
        test_of=lambda node: clocks.test_at(graph.file(node).path, graph.where(node).line),
        style=style,
        left={
            site: one.message
            for site, one in decisions.items()
            if one.form is not Form.AWARE or site in pairs.together
        },
        decided=frozenset(decisions),
        django_aware=_django_aware(project),
        searched=circumstances.searched | circumstances.near,
        refused=circumstances.refused,
    )
    more = _more(needs | Needs(needles=clocks.needles | takers.needles), surveys, circumstances)
    for site in sites.values():
        if site.id not in decisions:
            judgement = judgements.get(site.id) or _not_followed(graph, site)
            decisions[site.id] = decide(facts[site.id], judgement)
    orders: dict[PurePosixPath, list[Order]] = {}
    used: set[NamedHelper] = set()
    edits = {site: edit for survey in surveys.values() for site, edit in survey.facts.edits.items()}
    for site in sites.values():
        form = decisions[site.id].form
        if form is not Form.LEFT:
            data = edits.get(site.id) or Rewriting(_alone(facts[site.id], pairs, site), form)
            helper = helpers.get(wanted.get(site.path, ""))
            if helper is not None and isinstance(data, Rewriting):
                refusal = _not_by_helper(site, data, helper, project)
                if refusal is None and site.id not in pairs.together:
                    data = data._replace(helper=(helper.module, helper.name))
                    used.add(helper)
                elif refusal:
                    decisions[site.id] = _noted(decisions[site.id], refusal)
            orders.setdefault(site.path, []).append(Order(site.id, site.span, data))
    for path, order in _along(graph, companions, judgements, decisions, sites, settings):
        orders.setdefault(path, []).append(order)
    answer = Plan(
        {site: _verdict(site, decision) for site, decision in decisions.items()},
        {path: tuple(found) for path, found in orders.items()},
        tuple(helper.file for helper in sorted(used, key=lambda one: one.path) if helper.file),
        todo=next_step(
            graph,
            [
                judgement.column
                for site, judgement in judgements.items()
                if judgement.column and site in decisions and decisions[site].form is Form.EXACT
            ],
        ),
    )
    return answer if more is None else more._replace(otherwise=answer)


def _companions(
    graph: Graph,
    seeds: Sequence[Seed],
    settings: Settings[Options],
    sites: Iterable[Site],
    decisions: Mapping[str, Decision],
) -> list[Companion]:
    """Find the naive values that the options let change, in files that change anyway."""
    wanted: dict[frozenset[Change], set[PurePosixPath]] = {}
    for site in sites:
        decision = decisions.get(site.id)
        if decision is not None and decision.form is Form.LEFT:
            continue
        options = settings.at(site.path)
        changes = NAIVE if options.style == "aware" else frozenset()
        if options.local_time == "aware" and options.style != "naive":
            changes |= LOCAL
        if changes:
            wanted.setdefault(changes, set()).add(site.path)
    if not wanted:
        return []
    values = Values(graph, {seed.node: seed.site for seed in seeds})
    return [
        companion
        for changes, paths in wanted.items()
        for companion in find_companions(graph, values, changes, paths)
    ]


def _is_kept(place: Place, kept: Mapping[PurePosixPath, Sequence[tuple[int, int]]]) -> bool:
    """Whether a comment keeps what stands at a place as it is."""
    return any(first <= place.line <= last for first, last in kept.get(place.path, ()))


def _along(
    graph: Graph,
    companions: Iterable[Companion],
    judgements: Mapping[str, Judgement],
    decisions: Mapping[str, Decision],
    sites: Mapping[str, Site],
    settings: Settings[Options],
) -> Iterator[tuple[PurePosixPath, Order]]:
    """Yield the edits of naive values that become aware along with a site, as a part of it."""
    aware = [site for site, decision in decisions.items() if decision.form is Form.AWARE]
    by_group: dict[str, list[str]] = {}
    for site in aware:
        by_group.setdefault(decisions[site].group or site, []).append(site)
    for companion in companions:
        judgement = judgements.get(companion.id)
        if judgement is None or not judgement.aware:
            continue
        path = graph.file(companion.node).path
        members = by_group.get(judgement.group, [])
        site = min((one for one in members if sites[one].path == path), default=min(members))
        data = Along(companion.change, settings.at(path).utc == "UTC")
        yield path, Order(site, graph.span(companion.node), data)


def _proven(facts: Facts, path: PurePosixPath, project: Project) -> Facts:
    """Unblock a site whose class comes from another file and is the standard library's."""
    if facts.elsewhere and is_datetime(facts.elsewhere, path, project):
        return facts._replace(blocked=None)
    return facts


def _in_helper(site: Site, helpers: Mapping[str, NamedHelper]) -> Decision | None:
    """Return the form of a site in the body of the function that the option `helper` names."""
    for name, helper in helpers.items():
        if helper.holds(site):
            message = f"it is the function that the option `helper` names (`{name}`)"
            return Decision(Form.EXACT, "utcnow/asked-for", message)
    return None


def _not_followed(graph: Graph, site: Site) -> Judgement:
    """Judge a site whose value the flow graph does not know."""
    where = _place(site)
    nested = len(graph.files[graph.by_path[site.path]].operations) < 2
    why = "this file is nested too deeply" if nested else "the flow graph does not know it"
    message = f"its value could not be followed from {where} on: {why}"
    return Judgement(False, "not-followed", message, related=(where,))


def _without_helper(facts: Facts, option: str) -> Decision | None:
    """Return why a reference stays that no function may be written for."""
    if option != "never" or facts.helper is None:
        return None
    return Decision(
        Form.LEFT,
        "utcnow/no-helper",
        "it may be pickled or serialised by its name, and the option `helper` allows no function",
    )


def _not_by_helper(
    site: Site, rewriting: Rewriting, helper: NamedHelper, project: Project
) -> str | None:
    """Return why a call does not go to the named helper; "" when it is not meant to."""
    facts = rewriting.facts
    if rewriting.form is not Form.EXACT or facts.method != "utcnow" or helper.holds(site):
        return ""
    refusal = helper.refusal(site.path, project)
    if not refusal and "#" in site.code:
        refusal = "a comment stands in the call"
    return f"not by `{helper.module}:{helper.name}`, since {refusal}" if refusal else None


def _noted(decision: Decision, note: str) -> Decision:
    return decision._replace(note="; ".join(one for one in (decision.note, note) if one))


def _barred(site: Site, circumstances: Circumstances) -> Decision | None:
    barred = circumstances.barred.get(site.id)
    return None if barred is None else Decision(Form.LEFT, barred.reason, barred.message)


def _left(site: Site, facts: Facts, project: Project) -> Decision | None:
    """Return why a site stays on the deprecated call, whatever its value meets."""
    distribution = project.distribution_of(site.path)
    if distribution.supports_python2:
        message = f"{_says(distribution)} supports Python 2, which has no timezone.utc"
        return Decision(Form.LEFT, "utcnow/python-2", message)
    if facts.blocked is not None:
        return Decision(Form.LEFT, facts.blocked.reason, facts.blocked.message)
    minimum = distribution.minimum_python
    new = facts.edit is not None or "." in facts.utc
    if facts.utc.endswith("UTC") and new and (minimum is None or minimum < (3, 11)):
        claim = f"nothing in {_root(distribution)} asks for it"
        if minimum is not None:
            claim = f"{_says(distribution)} asks for less"
        message = f"`datetime.UTC` needs Python 3.11, and {claim}"
        return Decision(Form.LEFT, "utcnow/needs-python-3.11", message)
    return None


def _says(distribution: Distribution) -> str:
    """Name what says which Python versions a distribution supports, and where."""
    while distribution.outer is not None and distribution.outer.python is distribution.python:
        distribution = distribution.outer
    return f"{distribution.python.source} in {_root(distribution)}"


def _root(distribution: Distribution) -> str:
    return "the root folder" if str(distribution) == "." else f"`{distribution}`"


#: Uses that take the zone off or put one on, so that a double's naive time comes out the same.
_ZONE_SET = frozenset({Use.ZONED, Use.REDUNDANT, Use.STRIPPED})


def _asked(facts: Facts) -> tuple[str, str, bool]:
    """Return what `find_pairs` wants to know of a site."""
    plain = facts.helper is None and "." not in facts.receiver
    return facts.receiver, facts.method, plain


def _of_pair(
    site: Site, facts: Facts | None, pairs: Pairs, sites: Mapping[str, Site]
) -> Decision | None:
    """Return the form of a call whose clock a test replaces, or of the test's double."""
    if site.id in pairs.together:
        group, hit = pairs.together[site.id]
        if facts is None:
            form, where = Form.EXACT, _place(sites[pairs.code[site.id]])
            message = f"the code that it stands for, at {where}, asks `now` from here on"
        else:
            form, where = Form.AWARE if facts.use in _ZONE_SET else Form.EXACT, hit.where
            message = f"the clock that {where} puts in its place changes with it"
        return Decision(form, "utcnow/mocked-together", message, related=(where,), group=group)
    if site.id in pairs.left:
        hit = pairs.left[site.id]
        why = pairs.why[site.id]
        message = (
            f"{hit.message}; {why}" if why and hit.reason.endswith("mocked-clock") else hit.message
        )
        return Decision(Form.LEFT, hit.reason, message, related=hit.related)
    if facts is None:
        code = pairs.code.get(site.id)
        if code is None:
            message = "no call is in sight that it answers and that changes with it"
            return Decision(Form.LEFT, "utcnow/mocked-clock", message)
        where = _place(sites[code])
        message = f"the code that it stands for, at {where}, stays: {pairs.why[code]}"
        return Decision(Form.LEFT, "utcnow/mocked-clock", message, related=(where,))
    return None


def _place(site: Site) -> Place:
    return Place(site.path, site.position.line, site.position.column)


def _alone(facts: Facts, pairs: Pairs, site: Site) -> Facts:
    """Leave what is around a call alone when a double answers it."""
    return facts._replace(outer=None) if site.id in pairs.together else facts


def _taken_by_star(site: Site, facts: Facts, takers: Takers) -> Decision | None:
    """Return why a site can't have its import: another file would take it along."""
    taker = takers.by_file.get(site.path)
    if taker is None or facts.edit is None:
        return None
    message = f"{taker} takes every name of this file (`import *`) and has its own `timezone`"
    return Decision(Form.LEFT, "utcnow/star-importer", message, related=(Place(taker, 1),))


def _seeds(graph: Graph, sites: Mapping[str, Site], facts: Mapping[str, Facts]) -> list[Seed]:
    """Find the sites in the flow graph, by where they stand."""
    wanted = {(site.path, site.span): site.id for site in sites.values()}
    seeds = []
    nodes = (node for method in METHODS for node in graph.by_name.of(method))
    for node in sorted(nodes):
        kind = graph.operation(node)[0]
        site = wanted.get((graph.file(node).path, graph.span(node)))
        if site is not None and site in facts and kind != op.SET_ATTRIBUTE:
            reference = facts[site].shape is Shape.REFERENCE
            if reference == (kind == op.ATTRIBUTE):
                seeds.append(Seed(site, node, reference))
    return seeds


def _more(
    needs: Needs,
    surveys: Mapping[PurePosixPath, Survey[FileFacts]],
    circumstances: Circumstances,
) -> MoreNeedles | None:
    if not circumstances.rounds_left:
        return None
    needles = needs.needles - circumstances.searched - circumstances.refused
    near = needs.near - circumstances.near
    paths = needs.paths - surveys.keys()
    return MoreNeedles(needles, paths, near) if needles or near or paths else None


def _django_aware(project: Project) -> bool | None:
    """Return Django's USE_TZ as the settings modules say it, None when none does."""
    import re

    found: set[bool] = set()
    for path in project.paths:
        name = str(path)
        if name.endswith(".py") and "settings" in name.lower():
            data = project.read(path) or b""
            for value in re.findall(
                rb"^(?:\xef\xbb\xbf)?\s*USE_TZ\s*=\s*(True|False)", data, re.MULTILINE
            ):
                found.add(value == b"True")
    return found.pop() if len(found) == 1 else None


def _verdict(site: str, decision: Decision) -> Verdict:
    action = Action.LEAVE if decision.form is Form.LEFT else Action.REWRITE
    return Verdict(
        action,
        decision.group or site,
        decision.reason,
        decision.message,
        decision.note,
        decision.related,
    )
