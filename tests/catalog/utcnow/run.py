"""Run the codemod over one file in memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from codemods.catalog.utcnow import codemod
from codemods.catalog.utcnow.options import Style
from codemods.codemod import Action, Bar, Circumstances, Plan, Settings, Verdict
from codemods.project.project import Project
from codemods.python.names import Names
from codemods.python.problems import Problems, find_problems
from codemods.python.source import SourceFile, apply_replacements, read_source

PATH = PurePosixPath("app.py")


@dataclass(frozen=True)
class Result:
    """What came out."""

    text: str
    verdicts: tuple[Verdict, ...]  #: in source order
    counts: dict[str, int]

    @property
    def reasons(self) -> list[str]:
        return [verdict.reason.removeprefix("utcnow/") for verdict in self.verdicts]


def run(
    source: str | bytes,
    style: Style = "auto",
    barred: dict[str, Bar] | None = None,
    local_time: Literal["report", "aware"] = "report",
) -> Result:
    """Survey, plan and rewrite; check what always holds."""
    data = source.encode() if isinstance(source, str) else source
    file = read_source(PATH, data)
    options = codemod.options(style=style, local_time=local_time)
    survey = codemod.survey(file, options)
    project = Project([PATH], {PATH: data}.get)
    plan = codemod.plan(
        {PATH: survey}, project, Settings(options), Circumstances(barred or {}, rounds_left=0)
    )
    assert isinstance(plan, Plan)
    assert plan.verdicts.keys() == {site.id for site in survey.sites}
    assert {verdict.reason for verdict in plan.verdicts.values()} <= {
        reason.code for reason in codemod.reasons
    } | {bar.reason for bar in (barred or {}).values()}
    edit = codemod.rewrite(file, plan.orders.get(PATH, ()), options)
    assert not edit.refused
    rewritten = {
        site for site, verdict in plan.verdicts.items() if verdict.action is Action.REWRITE
    }
    assert edit.carried_out == rewritten
    result = read_source(PATH, apply_replacements(file, edit.replacements))
    assert not found(result).new_since(found(file))
    again = codemod.survey(result, options)
    assert len(again.sites) == len(survey.sites) - len(rewritten)
    return Result(
        result.data.decode(result.encoding),
        tuple(plan.verdicts[site.id] for site in survey.sites),
        dict(survey.counts),
    )


def found(file: SourceFile) -> Problems:
    return find_problems(Names(file.tree), file.text)
