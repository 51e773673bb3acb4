"""Choosing group by group: what is asked next, and what an answer means."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from codemods.codemod import Bar
from codemods.commands.without import Without, keys_of

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from codemods.engine.outcome import Change, Outcome

__all__ = ["Answer", "Choices", "Item", "items_of"]

_DECLINED = Bar("engine/declined", "a person declined it")

Look = tuple[tuple[str, tuple[str, ...]], ...]
"""The lines that go and come, by file: what a person says yes or no to."""


class Answer(enum.StrEnum):
    """The keys, as `git add -p` has them."""

    YES = "y"
    NO = "n"
    ALL = "a"
    NONE = "d"
    BACK = "b"


@dataclass(frozen=True, slots=True)
class Item:
    """What is asked about at once: a group, or groups of which none is right without the others."""

    change: Change
    keys: frozenset[str]
    look: Look

    @property
    def scope(self) -> tuple[str, PurePosixPath]:
        """The codemod and the file of the first site: what `a` and `d` are about."""
        first = next(entry for entry in self.change.entries if entry.rewritten)
        return self.change.codemod, first.site.path


@dataclass(frozen=True, slots=True)
class _Decisions:
    items: Sequence[Item]
    accepted: dict[frozenset[str], Look] = field(default_factory=dict)
    declined: tuple[frozenset[str], ...] = ()


class Choices:
    """The answers so far. A refusal has the rest computed again.

    What changed in the meantime, because other sites were refused, is asked about again.
    """

    def __init__(self, run: Callable[[Without], Outcome]) -> None:
        """Begin with everything; `run` gives an outcome whose changes are single groups."""
        self._run = run
        self._past: list[_Decisions] = []
        self._now = _Decisions(items_of(run({}).changes))

    @property
    def without(self) -> dict[str, Bar]:
        """What was refused."""
        return _bars(self._now.declined)

    @property
    def number(self) -> int:
        """The number of the next question."""
        return self.total - len(self._open) + 1

    @property
    def total(self) -> int:
        """How many questions there are, as far as is known."""
        return len(self._now.items) + len(self._now.declined)

    @property
    def next(self) -> Item | None:
        """What to ask about; None when everything is decided."""
        return self._open[0] if self._open else None

    @property
    def can_go_back(self) -> bool:
        """Whether there is an answer to take back."""
        return bool(self._past)

    def answer(self, answer: Answer) -> None:
        """Take in the answer to the question about `next`."""
        if answer is Answer.BACK:
            self._now = self._past.pop()
            return
        now, first = self._now, self._open[0]
        wide = answer in (Answer.ALL, Answer.NONE)
        meant = [one for one in self._open if one.scope == first.scope] if wide else [first]
        self._past.append(now)
        if answer in (Answer.YES, Answer.ALL):
            accepted = {**now.accepted, **{one.keys: one.look for one in meant}}
            self._now = _Decisions(now.items, accepted, now.declined)
        else:
            declined = (*now.declined, *(one.keys for one in meant))
            changes = self._run(_bars(declined)).changes
            self._now = _Decisions(items_of(changes), now.accepted, declined)

    @property
    def _open(self) -> list[Item]:
        accepted = self._now.accepted
        return [one for one in self._now.items if accepted.get(one.keys) != one.look]


def items_of(changes: Iterable[Change]) -> list[Item]:
    """Return what can be asked about, in the order of the commits."""
    items = []
    for change in changes:
        keys = keys_of(change)
        if keys:
            items.append(Item(change, keys, _look(change)))
    return items


def _bars(declined: Iterable[frozenset[str]]) -> dict[str, Bar]:
    return {key: _DECLINED for keys in declined for key in sorted(keys)}


def _look(change: Change) -> Look:
    from codemods.reports.diff import hunks

    return tuple(
        (str(file.path), tuple(line for line in hunks(file) if line[0] in "+-"))
        for file in change.files
    )
