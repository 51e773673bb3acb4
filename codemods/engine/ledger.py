"""The ledger: every site once, with its verdict and its positions in the base and the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import NamedTuple

from codemods.codemod import Action, Bar, Position, Replacement, Site, Span, Verdict
from codemods.engine.outcome import Entry
from codemods.engine.positions import Shift
from codemods.python.source import decode, line_starts, position
from codemods.python.suppressions import Suppression

__all__ = ["FILE_SITE", "History", "Line", "file_entry", "suppression_entry"]

FILE_SITE = "file"
"""The kind of a ledger line that is about a whole file."""


class Line(NamedTuple):
    """A site and its verdict, as the step of the run with this number saw it."""

    site: Site
    verdict: Verdict
    step: int


@dataclass(frozen=True)
class _Edit:
    before: str
    after: str
    shift: Shift

    @cached_property
    def lines_before(self) -> list[int]:
        return line_starts(self.before)

    @cached_property
    def lines_after(self) -> list[int]:
        return line_starts(self.after)


@dataclass
class History:
    """The edits of a run, step by step, through which positions are followed."""

    _steps: list[Mapping[PurePosixPath, _Edit]] = field(default_factory=list)

    def add(
        self,
        edits: Mapping[PurePosixPath, tuple[bytes, Sequence[Replacement], Shift]],
        new_files: Mapping[PurePosixPath, bytes],
    ) -> int:
        """Take in the edits of one step (old bytes, replacements, shift); return its number.

        Nothing in a new file stood anywhere before.
        """
        step = {}
        for path, data in new_files.items():
            text, _ = decode(path, data)
            step[path] = _Edit("", text, Shift.of("", [Replacement(Span(0, 0), text)]))
        for path, (data, replacements, shift) in edits.items():
            before, _ = decode(path, data)
            step[path] = _Edit(before, _spliced(before, replacements), shift)
        self._steps.append(step)
        return len(self._steps) - 1

    def entries(self, lines: Sequence[Line]) -> list[Entry]:
        """Return the ledger entries for lines, in their order."""
        return [self._entry(line) for line in lines]

    def base(self, site: Site) -> Position | None:
        """Return where a site of the latest snapshot stood in the base; None if it did not."""
        edits = [step[site.path] for step in self._steps if site.path in step]
        if not edits:
            return site.position
        return _position(edits[0].lines_before, _back(edits, site.span))

    def _entry(self, line: Line) -> Entry:
        path = line.site.path
        earlier = [step[path] for step in self._steps[: line.step] if path in step]
        later = [step[path] for step in self._steps[line.step :] if path in step]
        base = _back(earlier, line.site.span)
        final: Span | None = line.site.span
        for edit in later:
            final = edit.shift.forward(final) if final else None
        return Entry(
            line.site,
            line.verdict,
            _position(earlier[0].lines_before, base) if earlier else line.site.position,
            _position(later[-1].lines_after, final) if later else line.site.position,
        )


def file_entry(codemod: str, path: PurePosixPath, bar: Bar) -> Entry:
    """Return the one ledger line of a file that could not be looked at."""
    at = Position(1, 1, 1, 1)
    site = Site(f"{path}:1:1:{FILE_SITE}", codemod, FILE_SITE, path, Span(0, 0), at, "")
    return Entry(site, Verdict(Action.LEAVE, site.id, bar.reason, bar.message), at, at)


def suppression_entry(path: PurePosixPath, comment: Suppression) -> Entry:
    """Return the ledger line of a suppression that suppresses nothing."""
    at = comment.position
    site = Site(
        f"{path}:{at}:suppression", "engine", "suppression", path, Span(0, 0), at, comment.text
    )
    message = "nothing on the lines that it is about would be rewritten; remove it"
    return Entry(site, Verdict(Action.LEAVE, site.id, "engine/unused-suppression", message), at, at)


def _back(edits: Sequence[_Edit], span: Span) -> Span | None:
    """Follow a span back through edits of its file."""
    found: Span | None = span
    for edit in reversed(edits):
        found = edit.shift.backward(found) if found else None
    return found


def _position(starts: list[int], span: Span | None) -> Position | None:
    return None if span is None else position(starts, span)


def _spliced(text: str, replacements: Sequence[Replacement]) -> str:
    pieces: list[str] = []
    at = 0
    for replacement in replacements:
        pieces += (text[at : replacement.span.start], replacement.text)
        at = replacement.span.end
    return "".join((*pieces, text[at:]))
