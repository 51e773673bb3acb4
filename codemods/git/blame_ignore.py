"""The list of commits that ``git blame`` looks through (``blame.ignoreRevsFile``)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

__all__ = ["PATH", "appended"]

PATH = PurePosixPath(".git-blame-ignore-revs")
"""The name that forges look for."""

_HEAD = b"""\
# Commits that git blame looks through, once this is set:
#   git config blame.ignoreRevsFile .git-blame-ignore-revs
"""
_ENTRY = re.compile(rb"[ \t]*([0-9a-fA-F]{40,64})[ \t]*(#.*)?")


def appended(before: bytes | None, commits: Sequence[tuple[str, str]]) -> bytes:
    """Return the list with more commits (id and subject) at its end, in its own style.

    The last entry shows the style: its comment above it, behind it or nowhere, an empty line before
    it or not, and how lines end. None is a list that does not exist yet.
    """
    before = _HEAD if before is None else before
    newline = b"\r\n" if b"\r\n" in before else b"\n"
    lines = before.replace(b"\r\n", b"\n").split(b"\n")
    last = max((n for n, line in enumerate(lines) if _ENTRY.fullmatch(line)), default=None)
    behind = above = spaced = False
    if last is None:
        above = spaced = True
    else:
        match = _ENTRY.fullmatch(lines[last])
        behind = match is not None and match[2] is not None
        first = last
        while first and lines[first - 1].startswith(b"#"):
            first -= 1
        above = first < last
        spaced = first > 0 and not lines[first - 1].strip()
    pieces = [before]
    if before and not before.endswith(b"\n"):
        pieces.append(newline)
    for name, subject in commits:
        comment = b"# " + subject.encode("utf-8", "replace")
        entry = [name.encode()]
        if behind:
            entry = [entry[0] + b" " + comment]
        elif above:
            entry = [comment, entry[0]]
        if spaced and pieces != [b""]:
            entry.insert(0, b"")
        pieces += (line + newline for line in entry)
    return b"".join(pieces)
