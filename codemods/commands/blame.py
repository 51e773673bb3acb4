"""The last commit of `codemods run --blame-ignore`."""

from __future__ import annotations

from collections.abc import Sequence

from codemods.engine.outcome import Change, FileChange
from codemods.git.blame_ignore import PATH, appended

__all__ = ["BLAME_IGNORE", "blame_change"]

BLAME_IGNORE = "blame-ignore"
"""Stands in the ``Codemod`` trailer of that commit."""


def blame_change(before: bytes | None, commits: Sequence[tuple[str, bytes]]) -> Change:
    """Return the change that lists commits (id and message) for ``git blame`` to look through."""
    listed = [
        (name, message.split(b"\n", 1)[0].decode("utf-8", "replace")) for name, message in commits
    ]
    return Change(
        BLAME_IGNORE,
        "list the commits before this one",
        "",
        {},
        (FileChange(PATH, before, appended(before, listed)),),
        (),
        ("`git blame` then names who wrote the lines that they rewrite.",),
    )
