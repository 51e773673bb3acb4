"""Add a requirement to the `install_requires` of a setup.cfg."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codemods.codemod import Span
from codemods.project.edited import CannotEditError, Edited, newline_of
from codemods.project.requirement_files import requirement_name
from codemods.project.requirement_style import in_neighbours_style, place_among

if TYPE_CHECKING:
    from packaging.requirements import Requirement

__all__ = ["add_to_setup_cfg"]

_SECTION = re.compile(r"\[([^\]]+)\]")
_KEY = re.compile(r"([^\s=:#;][^=:]*?)[ \t]*[=:][ \t]*(.*)")


def add_to_setup_cfg(text: str, requirement: Requirement) -> Edited:
    """Add a line to the list, or the list to ``[options]``.

    Raises:
        CannotEditError: there is no ``[options]``, or the list is no list of lines.
    """
    newline = newline_of(text)
    key, inline, items, section_end = _install_requires(text)
    if section_end is None:
        raise CannotEditError("it has no [options]")
    if key is None:
        entry = f"install_requires ={newline}    {requirement}"
        return Edited(f"{text[:section_end]}{newline}{entry}{text[section_end:]}", ())
    if inline:
        raise CannotEditError("install_requires is no list of lines")
    neighbours = tuple(text[span.start : span.end].strip() for span in items)
    entry = in_neighbours_style(requirement, neighbours)
    if not items:
        return Edited(f"{text[: key.end]}{newline}    {entry}{text[key.end :]}", neighbours)
    names = [requirement_name(item) or item for item in neighbours]
    between = text[items[0].start : items[-1].end]
    sections = re.search(r"^[ \t]*[#;]", between, re.MULTILINE)
    index = len(names) if sections else place_among(requirement.name, names)
    anchor = items[max(index - 1, 0)]
    line = text[anchor.start : anchor.end]
    indent = line[: len(line) - len(line.lstrip())]
    if index == 0:
        new = f"{text[: anchor.start]}{indent}{entry}{newline}{text[anchor.start :]}"
    else:
        new = f"{text[: anchor.end]}{newline}{indent}{entry}{text[anchor.end :]}"
    return Edited(new, neighbours)


def _install_requires(text: str) -> tuple[Span | None, str, list[Span], int | None]:
    """Return the key's line, what stands behind it, the item lines, the end of ``[options]``."""
    section, current = "", ""
    key: Span | None = None
    inline, items = "", list[Span]()
    section_end: int | None = None
    at = 0
    for raw in text.split("\n"):
        line = raw.removesuffix("\r")
        span = Span(at, at + len(line))
        at += len(raw) + 1
        if match := _SECTION.match(line):
            section, current = match[1].strip(), ""
        elif line[:1] not in ("", " ", "\t", "#", ";") and (match := _KEY.match(line)):
            current = match[1].replace("-", "_").lower() if section == "options" else ""
            if current == "install_requires":
                key, inline = span, match[2].split(" #")[0].strip()
        elif current == "install_requires" and line.strip() and line.lstrip()[0] not in "#;":
            items.append(span)
        if section == "options" and line.strip():
            section_end = span.end
    return key, inline, items, section_end
