"""Decides which files are lifted; a file is one group."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from codemods.catalog.py2_syntax import Options
from codemods.catalog.py2_syntax.survey import Lifted
from codemods.codemod import Action, Circumstances, Order, Plan, Settings, Site, Survey, Verdict
from codemods.project.project import Project

__all__ = ["plan"]

_WARNING = (
    "Syntax only: division, text against bytes, and the views that dictionaries return now keep "
    "the meaning that Python 3 gives them. They need a person."
)

_PHRASES = {
    "print-statement": "a print statement",
    "except-comma": "a comma before the name of the exception",
    "raise-comma": "a comma after the exception that is raised",
    "exec-statement": "an exec statement",
    "not-equal": "the operator <>",
    "backticks": "backticks",
    "number": "a number spelt in the way",
    "tuple-parameter": "a tuple parameter",
    "unicode-raw-string": "a raw unicode string",
    "tab": "a tab among spaces, eight wide in the eyes",
}


def plan(
    surveys: Mapping[PurePosixPath, Survey[Lifted | None]],
    project: Project,
    settings: Settings[Options],
    circumstances: Circumstances,
) -> Plan:
    """Return the plan; see `codemods.codemod.Codemod.plan`."""
    verdicts: dict[str, Verdict] = {}
    orders: dict[PurePosixPath, tuple[Order, ...]] = {}
    for path, survey in surveys.items():
        lifted = survey.facts
        barred = any(site.id in circumstances.barred for site in survey.sites)
        left = barred or lifted is None or lifted.problem
        leave = settings.at(path).mode == "leave"
        for site in survey.sites:
            verdicts[site.id] = _verdict(site, lifted, leave=leave, barred=barred)
        if lifted is not None and not left and not leave and survey.sites:
            orders[path] = tuple(Order(site.id, site.span, None) for site in survey.sites)
            orders[path] += (Order(None, survey.sites[0].span, lifted.text),)
    roots = frozenset(project.distribution_of(path).root for path in orders)
    return Plan(verdicts, orders, paragraphs=(_WARNING,) if orders else (), python3=roots)


def _verdict(site: Site, lifted: Lifted | None, *, leave: bool, barred: bool) -> Verdict:
    group = str(site.path)
    if lifted is None:
        message = "it parses as Python 3, so nothing proves that Python 2 was meant"
        return Verdict(Action.LEAVE, site.id, "py2-syntax/print-chevron", message)
    if leave:
        message = "the file is Python 2, and py2-syntax.mode says to leave it"
        return Verdict(Action.LEAVE, group, "py2-syntax/left-by-option", message)
    if lifted.problem:
        return Verdict(Action.LEAVE, group, f"py2-syntax/{lifted.problem}", lifted.message)
    action = Action.LEAVE if barred else Action.REWRITE
    note = "Python 3 prints a space after it in every case" if _ends_in_comma(site) else ""
    message = f"{_PHRASES[site.kind]} of Python 2"
    return Verdict(action, group, "py2-syntax/lifted", message, note)


def _ends_in_comma(site: Site) -> bool:
    return site.kind == "print-statement" and site.code.rstrip().endswith(",")
