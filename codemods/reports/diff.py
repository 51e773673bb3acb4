"""Unified diffs of changed files, for reports that show them."""

from __future__ import annotations

import difflib
import re

from codemods.engine.outcome import FileChange

__all__ = ["hunks"]

_CONTEXT = 3
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")


def hunks(file: FileChange) -> list[str]:
    """Return the lines of a file's hunks, each with its ``@@``, ``+``, ``-`` or blank in front.

    Bytes that are not UTF-8 are shown as ``\\xNN``. The equal beginning and end of the two
    versions are cut off before they are compared, which keeps long files cheap.
    """
    old, new = _LINE.findall(file.before or b""), _LINE.findall(file.after or b"")
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    first = max(head - _CONTEXT, 0)
    keep = max(tail - _CONTEXT, 0)
    matcher = difflib.SequenceMatcher(
        None, old[first : len(old) - keep], new[first : len(new) - keep], autojunk=False
    )
    lines: list[str] = []
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        a, b = first + group[0][1], first + group[0][3]
        a_end, b_end = first + group[-1][2], first + group[-1][4]
        lines.append(f"@@ -{_range(a, a_end)} +{_range(b, b_end)} @@")
        for tag, i, i_end, j, j_end in group:
            if tag == "equal":
                lines += (f" {_text(line)}" for line in old[first + i : first + i_end])
            else:
                lines += (f"-{_text(line)}" for line in old[first + i : first + i_end])
                lines += (f"+{_text(line)}" for line in new[first + j : first + j_end])
    return lines


def _range(start: int, end: int) -> str:
    length = end - start
    return f"{start + 1 if length else start},{length}"


def _text(line: bytes) -> str:
    return line.decode("utf-8", "backslashreplace").rstrip("\r\n")
