"""Python's string literals, character by character: what is written and what it means."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Char", "escaped", "quoted_text", "read_text"]

_CELL = re.compile(
    r"""\\(?: N\{[^}]*\} | x[0-9a-fA-F]{2} | u[0-9a-fA-F]{4} | U[0-9a-fA-F]{8}
            | [0-7]{1,3} | \r\n | [\r\n\\'"abfnrtv] )
      | \r\n | [\s\S]""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Char:
    """One character of a string's value."""

    value: str
    raw: str  #: how it is written, with a line continuation that stands before it
    leaf: int  #: in which literal


def read_text(text: str, leaf: int, *, raw: bool) -> Iterator[Char]:
    """Read what stands between the quotes of a literal.

    A continuation at the very end is given as a character without a value.
    """
    before = ""
    for match in _CELL.finditer(text):
        cell = match.group()
        if cell in {"\r\n", "\r"}:
            value = "\n"
        elif raw or len(cell) == 1:
            # A match of several characters is an escape, which a raw literal has none of.
            if len(cell) > 1:
                for character in cell.replace("\r\n", "\n"):
                    yield Char(character, before + character, leaf)
                    before = ""
                continue
            value = cell
        elif cell[1] in "\r\n":
            before += cell
            continue
        else:
            value = str(ast.literal_eval(f"'{cell}'"))
        yield Char(value, before + cell, leaf)
        before = ""
    if before:
        yield Char("", before, leaf)


def escaped(text: str, *, raw: bool, braces: bool) -> str:
    """Write new text (names, colons, spaces, backslashes) into a literal."""
    if not raw:
        text = text.replace("\\", "\\\\")
    return text.replace("{", "{{").replace("}", "}}") if braces else text


def quoted_text(text: str) -> str:
    """Return a literal with double quotes, as code formatters write it, unless it has some."""
    plain = repr(text)
    if plain.startswith("'") and '"' not in plain:
        return f'"{plain[1:-1]}"'
    return plain
