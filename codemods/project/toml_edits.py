"""Add one entry to a TOML array or table and leave every other byte as it is.

tomlkit says where a value stands; the entry goes into the text by hand, since tomlkit's own
insertion re-indents arrays and moves comments.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from codemods.codemod import Span
from codemods.project.list_edits import has_own_line_comments, insert_element

__all__ = ["TomlEditError", "add_key", "add_to_array", "array_strings"]

_MARK = "codemods-position-of-a-value-31b7"
_STRING = re.compile(
    r"\"\"\"(?:\\.|[^\\])*?\"\"\"|'''.*?'''|\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'", re.DOTALL
)


class TomlEditError(Exception):
    """The file can't be edited by this module; the text says why, as a clause."""


def array_strings(text: str, keys: Sequence[str]) -> list[str]:
    """Return the string elements of the array at `keys`, without quotes, as written.

    Raises:
        TomlEditError: there is no such array.
    """
    return [text[span.start + 1 : span.end - 1] for span in _strings(text, _value(text, keys))]


def add_to_array(text: str, keys: Sequence[str], entry: str, index: int | None) -> str:
    """Add a string to an array, before its string element number `index` (None: at the end).

    Raises:
        TomlEditError: there is no such array, or its text can't be located.
    """
    where = _value(text, keys)
    if text[where.start] != "[":
        raise TomlEditError(f"{'.'.join(keys)} is no array")
    inner = Span(where.start + 1, where.end - 1)
    elements = _elements(text, inner)
    strings = _strings(text, where)
    quote = text[strings[0].start] if strings else '"'
    at = len(elements)
    if index is not None and index < len(strings) and not has_own_line_comments(text, inner):
        at = elements.index(strings[index])
    return insert_element(text, inner, elements, f"{quote}{entry}{quote}", at)


def add_key(text: str, keys: Sequence[str], key: str, value: str, after: str | None) -> str:
    """Add `key` with a string value to the table at `keys`, behind the key `after`.

    None for `after` puts it in front of all others.

    Raises:
        TomlEditError: there is no such table written with a header of its own.
    """
    if after is None:
        start, newline = _header_end(text, keys), _newline(text)
        return f"{text[:start]}{newline}{_bare(key)} = {_quoted(value, chr(34))}{text[start:]}"
    where = _value(text, [*keys, after])
    start = text.rfind("\n", 0, where.start) + 1
    end = text.find("\n", where.end)
    end = len(text) if end < 0 else end - (text[end - 1] == "\r")
    if "\n" in text[start : where.start] or text[start : where.start].count("=") != 1:
        raise TomlEditError(f"{'.'.join(keys)} is no table of plain lines")
    before = text[start : where.start]
    indent = before[: len(before) - len(before.lstrip())]
    equals = before.index("=")
    gap, space = before[:equals], before[equals + 1 :]
    padding = gap[len(gap.rstrip()) :]
    name = indent + _bare(key)
    if len(padding) > 1:  # the equals signs of the table stand below each other
        name = name.ljust(equals - 1)
        padding = " "
    written = re.search(r"[\"']", text[where.start : where.end])
    quote = written[0] if written else '"'
    line = f"{name}{padding}={space}{_quoted(value, quote)}"
    return f"{text[:end]}{_newline(text)}{line}{text[end:]}"


def _value(text: str, keys: Sequence[str]) -> Span:
    """Return where the value at a path of keys stands.

    The document is written with a mark in the value's place: what precedes the mark is the
    value's position, provided that tomlkit gives back everything else as it was.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    dotted = ".".join(keys)
    try:
        document = tomlkit.parse(text)
        container: Any = document
        for key in keys[:-1]:
            container = container[key]
        written = container[keys[-1]].as_string()
        container[keys[-1]] = _MARK
        before, mark, after = document.as_string().partition(f'"{_MARK}"')
    except (TOMLKitError, KeyError, TypeError, AttributeError) as error:
        raise TomlEditError(f"{dotted} can't be located ({error})") from None
    if not mark or f"{before}{written}{after}" != text:
        raise TomlEditError(f"{dotted} can't be located")
    return Span(len(before), len(before) + len(written))


def _header_end(text: str, keys: Sequence[str]) -> int:
    name = r"\s*\.\s*".join(rf"[\"']?{re.escape(key)}[\"']?" for key in keys)
    headers = list(re.finditer(rf"^[ \t]*\[\s*{name}\s*\][^\r\n]*", text, re.MULTILINE))
    if len(headers) != 1:
        raise TomlEditError(f"{'.'.join(keys)} has no header of its own")
    return headers[0].end()


def _strings(text: str, where: Span) -> list[Span]:
    if text[where.start] != "[":
        raise TomlEditError("it is no array")
    inner = Span(where.start + 1, where.end - 1)
    return [span for span in _elements(text, inner) if text[span.start] in "\"'"]


def _elements(text: str, inner: Span) -> list[Span]:
    """Return the elements of an array by reading its text once."""
    found: list[Span] = []
    at, start, depth = inner.start, -1, 0
    while at < inner.end:
        character = text[at]
        if character == "#":
            newline = text.find("\n", at, inner.end)
            at = inner.end if newline < 0 else newline
            continue
        string = _STRING.match(text, at, inner.end) if character in "\"'" else None
        if character == "," and depth == 0:
            start = -1
        elif not character.isspace():
            end = string.end() if string else at + 1
            if start < 0:
                start = at
                found.append(Span(start, end))
            else:
                found[-1] = Span(start, end)
            depth += (character in "[{") - (character in "]}")
        at = string.end() if string else at + 1
    return found


def _bare(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _quoted(key, '"')


def _quoted(value: str, quote: str) -> str:
    return f"{quote}{value}{quote}"


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
