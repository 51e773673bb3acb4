"""Decide on every site of the repository."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from codemods.catalog.utcnow.clocks import Clocks
from codemods.catalog.utcnow.elsewhere import is_datetime
from codemods.catalog.utcnow.evidence import Seed
from codemods.catalog.utcnow.facts import Facts, FileFacts, Form, Shape
from codemods.catalog.utcnow.judge import Decision, decide, decided_here
from codemods.catalog.utcnow.judgement import Judgement, judge
from codemods.catalog.utcnow.options import Options, Style
from codemods.catalog.utcnow.rewrite import Rewriting
from codemods.catalog.utcnow.stars import Takers, find_takers
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

    graph = join((survey.facts.flow for survey in surveys.values()), project.resolve_import)
    clocks = Clocks(graph, project)
    takers = find_takers(surveys, project)
    decisions: dict[str, Decision] = {}
    for site in sites.values():
        decision = _left(site, facts[site.id], project, circumstances, clocks)
        decision = decision or _taken_by_star(site, facts[site.id], takers)
        decision = decision or decided_here(facts[site.id], style(site.id))
        if decision is not None:
            decisions[site.id] = decision
    judgements, needs = judge(
        graph,
        list(_seeds(graph, sites, facts)),
        style=style,
        left={site: one.message for site, one in decisions.items() if one.form is Form.LEFT},
        decided=frozenset(decisions),
        django_aware=_django_aware(project),
        searched=circumstances.searched,
        refused=circumstances.refused,
    )
    if circumstances.rounds_left:
        more = _more(needs | Needs(clocks.needles | takers.needles), surveys, circumstances)
        if more is not None:
            return more
    unknown = Judgement(False, "not-followed", "its value could not be followed")
    for site in sites.values():
        if site.id not in decisions:
            decisions[site.id] = decide(facts[site.id], judgements.get(site.id, unknown))
    verdicts = {site: _verdict(site, decision) for site, decision in decisions.items()}
    orders: dict[PurePosixPath, list[Order]] = {}
    for site in sites.values():
        form = decisions[site.id].form
        if form is not Form.LEFT:
            order = Order(site.id, site.span, Rewriting(facts[site.id], form))
            orders.setdefault(site.path, []).append(order)
    return Plan(verdicts, {path: tuple(found) for path, found in orders.items()})


def _proven(facts: Facts, path: PurePosixPath, project: Project) -> Facts:
    """Unblock a site whose class comes from another file and is the standard library's."""
    if facts.elsewhere and is_datetime(facts.elsewhere, path, project):
        return replace(facts, blocked=None)
    return facts


def _left(
    site: Site, facts: Facts, project: Project, circumstances: Circumstances, clocks: Clocks
) -> Decision | None:
    """Return why a site stays on the deprecated call, whatever its value meets."""
    barred = circumstances.barred.get(site.id)
    if barred is not None:
        return Decision(Form.LEFT, barred.reason, barred.message)
    if project.distribution_of(site.path).supports_python2:
        return Decision(
            Form.LEFT, "utcnow/python-2", "the code supports Python 2, which has no timezone.utc"
        )
    if facts.blocked is not None:
        return Decision(Form.LEFT, facts.blocked.reason, facts.blocked.message)
    minimum = project.distribution_of(site.path).minimum_python
    new = facts.edit is not None or "." in facts.utc
    if facts.utc.endswith("UTC") and new and (minimum is None or minimum < (3, 11)):
        return Decision(
            Form.LEFT,
            "utcnow/needs-python-3.11",
            "`datetime.UTC` needs Python 3.11, and nothing says that this code does",
        )
    mocked = clocks.replaced(site.path, facts.receiver)
    if mocked is not None:
        return Decision(Form.LEFT, mocked.reason, mocked.message, related=mocked.related)
    return None


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
    for file in graph.files:
        for place, operation in enumerate(file.operations):
            if operation[0] not in (op.METHOD, op.ATTRIBUTE):
                continue
            if operation[6] not in ("utcnow", "utcfromtimestamp"):
                continue
            site = wanted.get((file.path, file.span(place)))
            if site is not None:
                reference = facts[site].shape is Shape.REFERENCE
                if reference == (operation[0] == op.ATTRIBUTE):
                    seeds.append(Seed(site, graph.node(file.path, place), reference))
    return seeds


def _more(
    needs: Needs,
    surveys: Mapping[PurePosixPath, Survey[FileFacts]],
    circumstances: Circumstances,
) -> MoreNeedles | None:
    needles = needs.needles - circumstances.searched - circumstances.refused
    paths = needs.paths - surveys.keys()
    return MoreNeedles(needles, paths) if needles or paths else None


def _django_aware(project: Project) -> bool | None:
    """Return Django's USE_TZ as the settings modules say it, None when none does."""
    import re

    found: set[bool] = set()
    for path in sorted(project.paths):
        if path.suffix == ".py" and "settings" in str(path).lower():
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
