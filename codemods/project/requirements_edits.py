"""Add a requirement to a requirements file of pip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codemods.project.edited import CannotEditError, Edited, newline_of
from codemods.project.requirement_files import RequirementsFile
from codemods.project.requirement_style import in_neighbours_style, place_among

if TYPE_CHECKING:
    from packaging.requirements import Requirement

__all__ = ["add_to_requirements"]


def add_to_requirements(file: RequirementsFile, requirement: Requirement) -> Edited:
    """Add a line: in order in a sorted file without sections, else behind the last requirement.

    Raises:
        CannotEditError: a tool writes the file.
    """
    if file.is_output:
        raise CannotEditError("a tool writes it")
    neighbours = tuple(line.text for line in file.requirements)
    line = in_neighbours_style(requirement, neighbours)
    text, newline = file.text, newline_of(file.text)
    if not file.requirements:
        gap = newline if text and not text.endswith(("\n", "\r")) else ""
        return Edited(f"{text}{gap}{line}{newline}", neighbours)
    names = [line.name for line in file.requirements]
    index = len(names) if _has_sections(file) else place_among(requirement.name, names)
    if index == 0:
        start = file.requirements[0].span.start
        return Edited(f"{text[:start]}{line}{newline}{text[start:]}", neighbours)
    end = file.requirements[index - 1].span.end
    return Edited(f"{text[:end]}{newline}{line}{text[end:]}", neighbours)


def _has_sections(file: RequirementsFile) -> bool:
    """Tell whether comments or blank lines stand between the requirements."""
    pairs = zip(file.requirements, file.requirements[1:], strict=False)
    return any(file.text[a.span.end : b.span.start].strip("\r\n") for a, b in pairs) or any(
        file.text[a.span.end : b.span.start].count("\n") > 1
        for a, b in zip(file.requirements, file.requirements[1:], strict=False)
    )
