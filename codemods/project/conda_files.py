"""The lists in conda's environment files, read and extended line by line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from codemods.project.edited import CannotEditError, Edited, newline_of
from codemods.project.requirement_files import requirement_name
from codemods.project.requirement_style import in_neighbours_style, place_among

if TYPE_CHECKING:
    from packaging.requirements import Requirement

__all__ = ["CondaItem", "add_to_conda", "conda_items"]

_ITEM = re.compile(
    r"^(?P<indent>[ \t]*)-[ \t]+(?P<quote>[\"']?)(?P<text>[^\s#\"':][^#\"'\r\n]*?)(?P=quote)"
    r"[ \t]*(?:#.*)?$"
)
_SECTION = re.compile(r"^(\w+):")


class CondaItem(NamedTuple):
    """One package of the list `dependencies`, or of the list `pip` in it."""

    text: str  #: in pip's spelling: ``=`` before a version is ``==``, a channel is dropped
    end: int  #: offset of the end of its line, without the newline
    before: str  #: what precedes the text on its line: indentation, dash, quote
    quote: str
    is_pip: bool


def conda_items(text: str) -> tuple[CondaItem, ...]:
    """Return the packages of an environment file in order; other lines are passed over."""
    found: list[CondaItem] = []
    section, pip_indent, at = "", -1, 0
    for line in text.split("\n"):
        content = line.removesuffix("\r")
        if match := _SECTION.match(content):
            section, pip_indent = match[1], -1
        elif section == "dependencies":
            if match := re.match(r"([ \t]*)-[ \t]+pip:[ \t]*(?:#.*)?$", content):
                pip_indent = len(match[1])
            elif match := _ITEM.match(content):
                is_pip = 0 <= pip_indent < len(match["indent"])
                if not is_pip:
                    pip_indent = -1
                before = content[: match.start("text")]
                end = at + len(content)
                written = match["text"].strip()
                if not is_pip:
                    written = _pip_spelling(written)
                if requirement_name(written):
                    found.append(CondaItem(written, end, before, match["quote"], is_pip))
        at += len(line) + 1
    return tuple(found)


def add_to_conda(text: str, requirement: Requirement) -> Edited:
    """Add a line to the list `pip` where there is one, else to `dependencies`.

    Raises:
        CannotEditError: there is no plain list.
    """
    items = conda_items(text)
    pip = [item for item in items if item.is_pip]
    chosen = pip or list(items)
    if not chosen:
        raise CannotEditError("its dependencies are no plain list")
    neighbours = tuple(item.text for item in chosen)
    written = in_neighbours_style(requirement, neighbours)
    if not pip:  # conda knows projects by lower-case names
        written = written.replace(requirement.name, requirement.name.lower(), 1)
    names = [requirement_name(item) or item for item in neighbours]
    index = place_among(requirement.name, names)
    anchor = chosen[max(index - 1, 0)]
    line = f"{anchor.before}{written}{anchor.quote}"
    newline = newline_of(text)
    if index == 0:
        start = text.rfind("\n", 0, anchor.end) + 1
        return Edited(f"{text[:start]}{line}{newline}{text[start:]}", neighbours)
    return Edited(f"{text[: anchor.end]}{newline}{line}{text[anchor.end :]}", neighbours)


def _pip_spelling(text: str) -> str:
    text = text.split("::")[-1]
    text = re.sub(r"^([\w.-]+)[ \t]*=(?=\d)", r"\1==", text)
    return re.sub(r"(==\d[\w.*]*)=[\w*]+$", r"\1", text)
