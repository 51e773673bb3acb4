"""Put one element into a bracketed list of a source text and touch nothing else.

It serves Python lists, the arguments of a call and TOML arrays: all have elements, commas, and
comments from ``#`` to the end of the line.
"""

from __future__ import annotations

from collections.abc import Sequence

from codemods.codemod import Span

__all__ = ["has_own_line_comments", "insert_element"]


def insert_element(text: str, inner: Span, elements: Sequence[Span], new: str, index: int) -> str:
    """Return `text` with `new` as element number `index` of a list.

    `inner` is what stands between the brackets, `elements` are the elements in order. One line
    stays one line; a list with an element a line gets a line of its own in the same indentation,
    with a trailing comma if the list has one. Comments stay with the elements that they follow.
    """
    if not elements:
        return _into_empty(text, inner, new)
    if index == 0:
        return _before_first(text, elements, new)
    previous = elements[index - 1]
    limit = elements[index].start if index < len(elements) else inner.end
    comma = _comma(text, previous.end, limit)
    line_end = _line_end(text, previous.end if comma is None else comma + 1, inner.end)
    apart = line_end is not None and line_end < limit
    if comma is not None:
        if not apart:
            return _put(text, comma + 1, f" {new},")
        assert line_end is not None
        return _put(text, line_end, f"{_newline(text)}{_indent(text, elements, index - 1)}{new},")
    if apart:
        assert line_end is not None
        line = f"{_newline(text)}{_indent(text, elements, index - 1)}{new}"
        return _put(_put(text, line_end, line), previous.end, ",")
    if _opens_line(text, previous):  # one element a line, and the bracket closes behind the last
        line = f",{_newline(text)}{_indent(text, elements, index - 1)}{new}"
        return _put(text, previous.end, line)
    return _put(text, previous.end, f", {new}")


def has_own_line_comments(text: str, inner: Span) -> bool:
    """Tell whether a comment has a line to itself: such lists are in sections, not sorted."""
    lines = text[inner.start : inner.end].split("\n")
    return any(line.lstrip().startswith("#") for line in lines[1:])


def _into_empty(text: str, inner: Span, new: str) -> str:
    content = text[inner.start : inner.end]
    if "\n" not in content:
        return text[: inner.start] + new + text[inner.end :]
    last_line = text[text.rfind("\n", 0, inner.end) + 1 : inner.end]
    closing = last_line if not last_line.strip() else ""
    comments = [line for line in content.split("\n")[1:] if line.strip()]
    indent = _leading(comments[-1]) if comments else closing + "    "
    at = inner.start + len(content.rstrip())
    return _put(text, at, f"{_newline(text)}{indent}{new},")


def _before_first(text: str, elements: Sequence[Span], new: str) -> str:
    first = elements[0]
    if _opens_line(text, first):
        start = text.rfind("\n", 0, first.start) + 1
        return _put(text, start, f"{text[start : first.start]}{new},{_newline(text)}")
    if len(elements) > 1 and _opens_line(text, elements[1]):
        return _put(text, first.start, f"{new},{_newline(text)}{_indent(text, elements, 0)}")
    return _put(text, first.start, f"{new}, ")


def _comma(text: str, start: int, end: int) -> int | None:
    """Return where the comma after an element is, None when there is none before `end`."""
    at = start
    while at < end:
        if text[at] == ",":
            return at
        if text[at] == "#":
            newline = text.find("\n", at, end)
            at = end if newline < 0 else newline
        at += 1
    return None


def _line_end(text: str, start: int, end: int) -> int | None:
    """Return the end of the physical line that `start` is in, None when it is not before `end`."""
    at = text.find("\n", start, end)
    if at < 0:
        return None
    return at - 1 if text[at - 1] == "\r" else at


def _indent(text: str, elements: Sequence[Span], index: int) -> str:
    for element in (*reversed(elements[: index + 1]), *elements[1:2]):
        if _opens_line(text, element):
            return text[text.rfind("\n", 0, element.start) + 1 : element.start]
    start = text.rfind("\n", 0, elements[index].start) + 1
    before = text[start : elements[index].start]
    return _leading(before) + " " * (len(before) - len(_leading(before)))


def _opens_line(text: str, element: Span) -> bool:
    start = text.rfind("\n", 0, element.start) + 1
    return start > 0 and not text[start : element.start].strip()


def _leading(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _put(text: str, at: int, new: str) -> str:
    return text[:at] + new + text[at:]
