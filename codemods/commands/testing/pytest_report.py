"""Reads what pytest reports in the format of JUnit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Report", "read_report"]


@dataclass(frozen=True, slots=True)
class Report:
    """The tests of one run."""

    failing: Mapping[str, str] = field(default_factory=dict)
    """Tests that failed, and modules that could not be collected, each with its traceback."""
    fine: frozenset[str] = frozenset()  #: tests that passed or were skipped
    incomplete: bool = False  #: a module could not be collected: tests may be missing


def read_report(path: Path) -> Report | None:
    """Return what a file says; None where there is none or it is cut off."""
    from xml.etree import ElementTree

    try:
        root = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError):
        return None
    failing: dict[str, str] = {}
    fine: set[str] = set()
    incomplete = False
    for case in root.iter("testcase"):
        module, name = case.get("classname", ""), case.get("name", "")
        test = f"{module}::{name}" if module else name
        bad = [one for one in case if one.tag in ("failure", "error")]
        if bad:
            texts = (f"{one.get('message', '')}\n{one.text or ''}" for one in bad)
            failing[test] = "\n".join([failing.get(test, ""), *texts]).strip()
            # A module that can't be imported has no class name.
            incomplete = incomplete or not module
        else:
            fine.add(test)
    return Report(failing, frozenset(fine - failing.keys()), incomplete)
