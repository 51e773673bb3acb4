"""Where a stretch of a file stood before some edits, and where it stands after them."""

from __future__ import annotations

import bisect
import difflib
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from codemods.codemod import Replacement, Span

__all__ = ["Shift"]

# Matching is quadratic; beyond this many words a changed stretch is taken as one block.
_LONGEST_MATCHED = 2_000
_WORD = re.compile(r"\w+|\s+|.", re.DOTALL)


class _Block(NamedTuple):
    """A stretch that one side has in place of the other's."""

    old: Span
    new: Span


@dataclass(frozen=True)
class Shift:
    """How the offsets of one file moved through one edit of it."""

    blocks: tuple[_Block, ...] = ()

    @classmethod
    def of(cls, old_text: str, replacements: Sequence[Replacement]) -> Shift:
        """Return the shift of an edit, as fine as the texts allow."""
        blocks: list[_Block] = []
        moved = 0
        for replacement in replacements:
            old, new = old_text[replacement.span.start : replacement.span.end], replacement.text
            at = replacement.span.start
            blocks += (
                _Block(Span(at + a, at + b), Span(at + moved + c, at + moved + d))
                for a, b, c, d in _differences(old, new)
            )
            moved += len(new) - len(old)
        return cls(tuple(blocks))

    def forward(self, span: Span) -> Span | None:
        """Return where an old span went; None when it lies inside what was replaced."""
        return _through([(block.old, block.new) for block in self.blocks], span)

    def backward(self, span: Span) -> Span | None:
        """Return where a new span came from; None when it lies inside what is new."""
        return _through([(block.new, block.old) for block in self.blocks], span)


def _through(blocks: Sequence[tuple[Span, Span]], span: Span) -> Span | None:
    """Map a span over (from, to) blocks; a changed end is taken to the block's own end."""
    starts = [source.start for source, _ in blocks]
    first = bisect.bisect_right(starts, span.start) - 1
    last = bisect.bisect_right(starts, span.end - 1) - 1
    if first >= 0 and first == last:
        source, target = blocks[first]
        if span.start > source.start and span.end < source.end:
            return None
        if source.start <= span.start and span.end <= source.end and target.start == target.end:
            return None
    return Span(_edge(blocks, first, span.start, 0), _edge(blocks, last, span.end, 1))


def _edge(blocks: Sequence[tuple[Span, Span]], index: int, offset: int, side: int) -> int:
    if index < 0:
        return offset
    source, target = blocks[index]
    if offset < source.end or (side and offset == source.end):
        return (target.start, target.end)[side]
    return target.end + offset - source.end


def _differences(old: str, new: str) -> list[tuple[int, int, int, int]]:
    """Return (old start, old end, new start, new end) of each stretch that differs.

    Words are compared whole: ``min`` and ``enumerate`` share no letter that means anything.
    """
    old_words, new_words = _WORD.findall(old), _WORD.findall(new)
    old_at, new_at = _offsets(old_words), _offsets(new_words)
    head = 0
    limit = min(len(old_words), len(new_words))
    while head < limit and old_words[head] == new_words[head]:
        head += 1
    tail = 0
    limit -= head
    while tail < limit and old_words[-1 - tail] == new_words[-1 - tail]:
        tail += 1
    old_end, new_end = len(old_words) - tail, len(new_words) - tail
    if old_end - head + new_end - head > _LONGEST_MATCHED or head in (old_end, new_end):
        same = head == old_end and head == new_end
        codes: Sequence[tuple[str, int, int, int, int]] = (
            [] if same else [("replace", 0, old_end - head, 0, new_end - head)]
        )
    else:
        codes = difflib.SequenceMatcher(
            None, old_words[head:old_end], new_words[head:new_end], autojunk=False
        ).get_opcodes()
    return [
        (old_at[head + a], old_at[head + b], new_at[head + c], new_at[head + d])
        for tag, a, b, c, d in codes
        if tag != "equal"
    ]


def _offsets(words: Sequence[str]) -> list[int]:
    return list(itertools.accumulate(map(len, words), initial=0))
