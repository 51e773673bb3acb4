"""What a run over one repository came to: the ledger and the changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import NamedTuple

from codemods.codemod import Action, Position, Site, Verdict

__all__ = ["Change", "Entry", "FileChange", "Outcome"]


class Entry(NamedTuple):
    """One ledger line: a site, its verdict, and where it stands before and after the run."""

    site: Site
    verdict: Verdict
    base: Position | None  #: in the base; None where an earlier codemod of the run wrote it
    final: Position | None  #: in the result; None where a later codemod of the run replaced it

    @property
    def rewritten(self) -> bool:
        """Whether the site was rewritten."""
        return self.verdict.action is Action.REWRITE


class FileChange(NamedTuple):
    """One file before and after a change; None where it does not exist."""

    path: PurePosixPath
    before: bytes | None
    after: bytes | None


class Change(NamedTuple):
    """What one codemod (or one step of it) does to the repository: what becomes a commit."""

    codemod: str
    summary: str
    step: str
    options: Mapping[str, object]  #: those that differ from their defaults
    files: tuple[FileChange, ...]  #: by path; empty when there was nothing to rewrite
    entries: tuple[Entry, ...]  #: the ledger of this codemod, by path and position
    paragraphs: tuple[str, ...] = ()  #: of the commit's body
    todo: tuple[str, ...] = ()
    """Sentences on what a person still has to do; the commit's body begins with them."""
    part: str = ""  #: which piece of the step it is, when the step becomes several commits


@dataclass(frozen=True, slots=True)
class Outcome:
    """The whole run: changes in the order of their commits, and everything else worth saying."""

    base: str  #: full commit id, or "" when the run read a working tree outside Git
    changes: tuple[Change, ...]
    entries: tuple[Entry, ...]  #: the ledger: the changes' entries, then files that can't be read
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  #: by codemod
    failures: tuple[str, ...] = ()  #: sentences; any of them makes the exit code 3
    files_searched: int = 0
    files_surveyed: int = 0
    rounds: Mapping[str, int] = field(default_factory=dict)  #: by codemod
