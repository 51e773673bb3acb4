"""Which numbered facts a codemod must show, and where each of them is shown.

A fact (``U42``) is one behaviour found by experiment or in real code. ``docs/<codemod>.md`` lists
the facts under ``## Facts``, one ``- U42: what it says`` each; ``not covered:`` and why stands in
the line of one that neither a fixture nor a test shows.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

__all__ = ["COMPLETE", "IDS", "OPTIONAL", "Entry", "problems", "read_facts", "read_marks"]

COMPLETE = "<!-- facts: complete -->"
"""Stands in the docs page of a codemod that accounts for all of its facts."""

_RANGES = {
    "utcnow": "U1-48 U50-55 U60-66 U70-72 R1-57",
    "print-to-logger": "P1-17 P20-24 P30-32 P40-48 R58-85",
    "env-to-config": "E1-16 E20-24 E30-34 E40-48 R143-166",
    "psycopg2-to-sqlalchemy": (
        "1.1-14 2.1-15 3.1-18 4.1-9 5.1-14 6.1-5 7.1-18 8.1-5 9.1-16 10.1-6 13.1-12 14.1-10 R86-142"
    ),
}
_RANGE = re.compile(r"([A-Z]|\d+\.)(\d+)-(\d+)")
_LINE = re.compile(r"^- ((?:[A-Z]|\d+\.)\d+(?:, (?:[A-Z]|\d+\.)\d+)*): (.+)$")


def _expanded(ranges: str) -> tuple[str, ...]:
    return tuple(
        f"{prefix}{number}"
        for prefix, first, last in _RANGE.findall(ranges)
        for number in range(int(first), int(last) + 1)
    )


IDS: Mapping[str, tuple[str, ...]] = {name: _expanded(text) for name, text in _RANGES.items()}
"""The facts of each codemod."""

OPTIONAL = _expanded("0.1-5")
"""Facts about the PostgreSQL server of the tests, which no codemod need show."""


@dataclass(frozen=True)
class Entry:
    """What a docs page says about one fact."""

    fact: str
    text: str

    @property
    def not_covered(self) -> bool:
        """Whether it says that nothing shows the fact, and why."""
        return re.search(r"\bnot covered: \S", self.text) is not None


def read_facts(page: str) -> list[Entry]:
    """Return the facts that a docs page lists.

    Raises:
        ValueError: a line of the list is not written as it must be.
    """
    entries: list[Entry] = []
    section = re.search(r"^## Facts\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    for line in section.group(1).splitlines() if section else ():
        if not line.startswith("- "):
            continue
        match = _LINE.match(line)
        if match is None:
            raise ValueError(f"not a fact and what it says: {line}")
        entries += (Entry(fact, match.group(2)) for fact in match.group(1).split(", "))
    return entries


def read_marks(source: str) -> frozenset[str]:
    """Return the facts that ``pytest.mark.fact`` names in a test module."""
    return frozenset(
        argument.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "fact"
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    )


def problems(codemod: str, page: str, shown: Collection[str]) -> list[str]:
    """Return what is wrong with a codemod's account of its facts, a sentence each.

    `shown` are the facts that any fixture or test names.
    """
    entries = read_facts(page)
    return [
        *_unknown(codemod, entries),
        *_repeated(entries),
        *(
            f"{entry.fact} is said not to be covered, but a fixture or a test names it"
            for entry in entries
            if entry.not_covered and entry.fact in shown
        ),
        *(_missing(codemod, entries, shown) if COMPLETE in page else ()),
    ]


def _unknown(codemod: str, entries: Iterable[Entry]) -> Iterable[str]:
    for entry in entries:
        if entry.fact not in IDS[codemod]:
            yield f"{entry.fact} is no fact of {codemod}"


def _repeated(entries: Iterable[Entry]) -> Iterable[str]:
    seen: set[str] = set()
    for entry in entries:
        if entry.fact in seen:
            yield f"{entry.fact} is listed twice"
        seen.add(entry.fact)


def _missing(codemod: str, entries: Iterable[Entry], shown: Collection[str]) -> Iterable[str]:
    listed = {entry.fact: entry for entry in entries}
    for fact in IDS[codemod]:
        if fact not in listed:
            yield f"{fact} is not listed"
        elif fact not in shown and not listed[fact].not_covered:
            yield f"{fact} has no fixture, no test, and no 'not covered: why'"
