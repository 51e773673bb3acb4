"""What a planner says of plans to come."""

from __future__ import annotations

from pathlib import PurePosixPath
from types import SimpleNamespace
from typing import Any

from codemods.codemod import Circumstances, MoreNeedles, Plan, Survey
from codemods.engine.planning import Planner

NEEDLES = (b"first", b"second", b"third")


def asking(surveys: Any, _project: Any, _settings: Any, told: Circumstances) -> Plan | MoreNeedles:
    """Ask for one needle after the other; the plan tells how many files there were."""
    plan = Plan({}, paragraphs=(f"{len(surveys)} files",))
    missing = [needle for needle in NEEDLES if needle not in told.searched]
    return MoreNeedles(frozenset(missing[:1]), otherwise=plan) if missing else plan


def planned(found: dict[bytes, int]) -> tuple[str, list[str]]:
    """Plan with searches that find so many files each; return the plan and what was foreseen."""
    surveys: dict[PurePosixPath, Survey[None]] = {PurePosixPath("a.py"): Survey((), None)}
    foreseen: list[Plan] = []

    def search(wanted: MoreNeedles) -> frozenset[bytes]:
        for needle in wanted.needles:
            for _ in range(found.get(needle, 0)):
                surveys[PurePosixPath(f"{len(surveys)}.py")] = Survey((), None)
        return frozenset()

    codemod: Any = SimpleNamespace(name="asking", plan=asking)
    nothing: Any = None
    planner = Planner(
        codemod, nothing, nothing, lambda: dict(surveys), lambda site: None, search, foreseen.append
    )
    plan = planner.decide({}).plan
    return plan.paragraphs[0], [one.paragraphs[0] for one in foreseen]


def test_the_first_round_is_expected_to_find_something() -> None:
    assert planned({}) == ("1 files", [])


def test_a_later_round_is_expected_to_find_nothing() -> None:
    assert planned({b"first": 2}) == ("3 files", ["3 files"])


def test_a_plan_that_was_foreseen_may_not_come() -> None:
    assert planned({b"first": 2, b"second": 1}) == ("4 files", ["3 files", "4 files"])
