"""Asks a codemod for its plan: rounds, bars, and groups that stand or fall together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from codemods.codemod import (
    Action,
    Bar,
    Circumstances,
    Codemod,
    MoreNeedles,
    Near,
    Plan,
    Settings,
    Site,
    Survey,
    Verdict,
)
from codemods.project.project import Project

__all__ = ["ContractError", "Decision", "Planner", "Search"]

Search = Callable[[MoreNeedles], frozenset[bytes]]
"""Surveys the files that a plan asks for; returns the needles that are too common."""

_ROUNDS = 8


class ContractError(Exception):
    """A codemod's plan breaks the contract: a bug of that codemod."""


class Decision(NamedTuple):
    """A plan that keeps the contract: one verdict a site, no group half rewritten."""

    plan: Plan
    sites: Mapping[str, Site]
    verdicts: Mapping[str, Verdict]
    barred: Mapping[str, Bar]


@dataclass
class Planner:
    """Plans one codemod over and over, while bars are added and files surveyed."""

    codemod: Codemod
    settings: Settings[Any]
    project: Project
    surveys: Callable[[], Mapping[PurePosixPath, Survey[Any]]]
    bar: Callable[[Site], Bar | None]
    search: Search
    foresee: Callable[[Plan], None] = lambda plan: None
    """Told what the plan will be if one more round, which is none of the first, finds nothing."""
    rounds: int = 0
    _searched: frozenset[bytes] = frozenset()
    _near: frozenset[Near] = frozenset()
    _refused: frozenset[bytes] = frozenset()

    def decide(self, barred: Mapping[str, Bar]) -> Decision:
        """Return the decision when, besides the engine's own bars, some sites are barred.

        Raises:
            ContractError: the plan is not one.
        """
        while True:
            surveys = self.surveys()
            sites = _sites(self.codemod, surveys)
            bars = dict(barred)
            for site in sites.values():
                own = self.bar(site)
                if own is not None:
                    bars[site.id] = own
            plan = self._plan(surveys, bars)
            if plan is None:
                continue
            halves = self._half_groups(plan, sites, bars)
            if not halves:
                return Decision(plan, sites, self._verdicts(plan, sites, bars), bars)
            barred = {**barred, **halves}

    def _plan(
        self, surveys: Mapping[PurePosixPath, Survey[Any]], bars: Mapping[str, Bar]
    ) -> Plan | None:
        """Return the plan, or None when it first wanted more files (they are surveyed now)."""
        circumstances = Circumstances(
            bars, self._searched, self._near, self._refused, max(0, _ROUNDS - self.rounds)
        )
        answer = self.codemod.plan(surveys, self.project, self.settings, circumstances)
        if isinstance(answer, Plan):
            return answer
        known = self._searched | self._refused
        needles = answer.needles - known
        paths = answer.paths - surveys.keys()
        near = frozenset(one for one in answer.near - self._near if one.needle not in known)
        if self.rounds >= _ROUNDS or not (needles or paths or near):
            raise ContractError("it asked for files that it had, or for one round too many")
        if self.rounds and answer.otherwise is not None:
            self.foresee(answer.otherwise)
        self.rounds += 1
        refused = self.search(MoreNeedles(needles, paths, near))
        self._refused |= refused
        self._searched |= needles
        self._near |= near
        found_none = not refused and self.surveys().keys() == surveys.keys()
        return answer.otherwise if found_none else None

    def _half_groups(
        self, plan: Plan, sites: Mapping[str, Site], bars: Mapping[str, Bar]
    ) -> dict[str, Bar]:
        """Return bars for the sites whose group has a member that is barred."""
        missing = sites.keys() - plan.verdicts.keys()
        unknown = plan.verdicts.keys() - sites.keys()
        if missing or unknown:
            raise ContractError(
                f"it gave no verdict, or one too many, for {min(missing | unknown)}"
            )
        because: dict[str, str] = {}
        for site in sorted(bars.keys() & plan.verdicts.keys(), key=lambda one: _order(sites[one])):
            because.setdefault(plan.verdicts[site].group, site)
        halves = {}
        for site, verdict in plan.verdicts.items():
            if verdict.action is Action.REWRITE and verdict.group in because:
                if site in bars:
                    raise ContractError(f"it would rewrite {site}, which is barred")
                first = sites[because[verdict.group]]
                halves[site] = Bar(
                    "engine/group-of",
                    f"it belongs together with {first.path}:{first.position}, which is left",
                )
        return halves

    def _verdicts(
        self, plan: Plan, sites: Mapping[str, Site], bars: Mapping[str, Bar]
    ) -> dict[str, Verdict]:
        """Return the verdicts, where the bar is the reason that counts for a barred site."""
        return {
            site: plan.verdicts[site]._replace(
                action=Action.LEAVE,
                reason=bars[site].reason,
                message=bars[site].message,
                note="",
            )
            if site in bars
            else plan.verdicts[site]
            for site in sorted(sites, key=lambda one: _order(sites[one]))
        }


def _sites(codemod: Codemod, surveys: Mapping[PurePosixPath, Survey[Any]]) -> dict[str, Site]:
    sites: dict[str, Site] = {}
    for survey in surveys.values():
        for site in survey.sites:
            if site.id in sites:
                raise ContractError(f"{codemod.name} surveyed {site.id} twice")
            sites[site.id] = site
    return sites


def _order(site: Site) -> tuple[PurePosixPath, int, int, str]:
    return (site.path, site.span.start, site.span.end, site.kind)
