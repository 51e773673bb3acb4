"""Decide on every site of the repository."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from codemods.catalog.utcnow.facts import FileFacts, Form
from codemods.catalog.utcnow.judge import Judgement, judge
from codemods.catalog.utcnow.options import Options
from codemods.catalog.utcnow.rewrite import Rewriting
from codemods.codemod import Action, Circumstances, Order, Plan, Settings, Site, Survey, Verdict
from codemods.project.project import Project

__all__ = ["plan"]


def plan(
    surveys: Mapping[PurePosixPath, Survey[FileFacts]],
    project: Project,
    settings: Settings[Options],
    circumstances: Circumstances,
) -> Plan:
    """Judge each site by itself: the exact form never needs the agreement of others."""
    verdicts: dict[str, Verdict] = {}
    orders: dict[PurePosixPath, tuple[Order, ...]] = {}
    for path, survey in surveys.items():
        bar = _bar_of_file(path, project) if survey.sites else None
        style = settings.at(path).style
        here: list[Order] = []
        for site in survey.sites:
            facts = survey.facts.sites[site.id]
            barred = circumstances.barred.get(site.id)
            if barred is not None:
                judgement = Judgement(Form.LEFT, barred.reason, barred.message)
            else:
                judgement = bar or judge(facts, style)
            verdicts[site.id] = _verdict(site, judgement)
            if judgement.form is not Form.LEFT:
                here.append(Order(site.id, site.span, Rewriting(facts, judgement.form)))
        if here:
            orders[path] = tuple(here)
    return Plan(verdicts, orders)


def _bar_of_file(path: PurePosixPath, project: Project) -> Judgement | None:
    if project.distribution_of(path).supports_python2:
        return Judgement(
            Form.LEFT, "utcnow/python-2", "the code supports Python 2, which has no timezone.utc"
        )
    return None


def _verdict(site: Site, judgement: Judgement) -> Verdict:
    action = Action.LEAVE if judgement.form is Form.LEFT else Action.REWRITE
    return Verdict(action, site.id, judgement.reason, judgement.message, judgement.note)
