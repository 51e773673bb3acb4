"""Follows the lines of a traceback back to the sites that were rewritten there."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

__all__ = ["base_lines", "frames"]

# Python's own form, and those of pytest.
_FRAME = re.compile(
    r"""^\s*File\ "(?P<file>[^"\n]+)",\ line\ (?P<number>\d+)
      | ^(?:E\s+)?(?P<path>[^\s:][^:\n]*\.py):(?P<line>\d+):""",
    re.MULTILINE | re.VERBOSE,
)


def frames(text: str, root: Path) -> Iterator[tuple[PurePosixPath, int]]:
    """Yield the lines below a folder that tracebacks in a text name: path and line number."""
    for match in _FRAME.finditer(text):
        name, number = match["file"] or match["path"], match["number"] or match["line"]
        path = PurePosixPath(os.path.relpath(os.path.normpath(root / name), root))
        if path.parts[:1] != ("..",):
            yield path, int(number)


def base_lines(before: bytes, after: bytes, line: int) -> range:
    """Return the lines of `before` from which a line of `after` comes; lines count from 1."""
    old, new = before.splitlines(), after.splitlines()
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for _, i, i_end, j, j_end in matcher.get_opcodes():
        if j < line <= j_end:
            if i_end - i == j_end - j:
                return range(line - j + i, line - j + i + 1)
            return range(i + 1, i_end + 1)
    return range(0)
