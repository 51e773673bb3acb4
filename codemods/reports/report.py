"""What every report is drawn from: the ledger, the commits, and how the run ended."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from codemods.codemod import Reason
from codemods.engine.outcome import Change, Entry, Outcome

__all__ = ["CommitReport", "Report", "Row", "State", "by_reason", "left", "noted", "rows", "todo"]


class State(enum.StrEnum):
    """How a run ended."""

    NOTHING_TO_DO = "nothing-to-do"  #: no site was left to rewrite
    CREATED = "created"  #: the branch was made
    ALREADY_DONE = "already-done"  #: the branch was there, with these very commits
    PENDING = "pending"  #: a dry run or a check: there are changes, and nothing was written
    WRITTEN = "written"  #: in place: the working tree was changed


class CommitReport(NamedTuple):
    """One commit of the run."""

    id: str  #: full id; "" where the changes were not committed
    subject: str
    change: Change


@dataclass(frozen=True, slots=True)
class Report:
    """One run over one repository, as people and programs read it."""

    version: str  #: of the tool
    state: State
    outcome: Outcome
    codemods: tuple[str, ...]  #: those that ran, in order
    branch: str = ""  #: "" where there is none
    commits: tuple[CommitReport, ...] = ()
    reasons: Mapping[str, Reason] = field(default_factory=dict)  #: by code
    notices: tuple[str, ...] = ()  #: sentences that a person should read first
    switched: bool = False  #: whether the branch is checked out now

    @property
    def exit_code(self) -> int:
        """0, or 3 when something failed; a check's 1 is the command's own affair."""
        return 3 if self.outcome.failures else 0


class Row(NamedTuple):
    """One codemod in the summary."""

    codemod: str
    sites: int
    rewritten: int
    files: int  #: files that it changed or wrote
    commits: tuple[str, ...]  #: full ids

    @property
    def left(self) -> int:
        """How many sites were left."""
        return self.sites - self.rewritten


def rows(report: Report) -> tuple[Row, ...]:
    """Return the summary: the codemods in their order, then what else is in the ledger."""
    entries: dict[str, list[Entry]] = {name: [] for name in report.codemods}
    for entry in report.outcome.entries:
        entries.setdefault(entry.site.codemod, []).append(entry)
    return tuple(
        Row(
            name,
            len(found),
            sum(entry.rewritten for entry in found),
            len({file.path for change in _changes(report, name) for file in change.files}),
            tuple(
                commit.id
                for commit in report.commits
                if commit.id and commit.change.codemod == name
            ),
        )
        for name, found in entries.items()
    )


def by_reason(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """Return sites by the reason of their verdict.

    Codemod by codemod, as they come in `entries`; for each, the most frequent reason first.
    """
    found: dict[str, list[Entry]] = {}
    rank: dict[str, int] = {}
    for entry in entries:
        rank.setdefault(entry.site.codemod, len(rank))
        found.setdefault(entry.verdict.reason, []).append(entry)
    return dict(
        sorted(
            found.items(),
            key=lambda item: (rank[item[1][0].site.codemod], -len(item[1]), item[0]),
        )
    )


def left(report: Report) -> dict[str, list[Entry]]:
    """Return the sites that were left, by reason."""
    return by_reason(entry for entry in report.outcome.entries if not entry.rewritten)


def todo(report: Report) -> tuple[str, ...]:
    """Return what a person still has to do, each sentence once."""
    return tuple(dict.fromkeys(one for change in report.outcome.changes for one in change.todo))


def noted(entries: Iterable[Entry]) -> list[Entry]:
    """Return the rewritten sites at which a reviewer should look."""
    return [entry for entry in entries if entry.rewritten and entry.verdict.note]


def _changes(report: Report, codemod: str) -> list[Change]:
    return [change for change in report.outcome.changes if change.codemod == codemod]
