"""Add a requirement to a pyproject.toml or a Pipfile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from codemods.project.edited import CannotEditError, Edited
from codemods.project.requirement_files import requirement_name
from codemods.project.requirement_style import (
    in_neighbours_style,
    normalized,
    place_among,
    spelled_name,
)
from codemods.project.tables import lookup, subtable, texts
from codemods.project.toml_edits import TomlEditError, add_key, add_to_array, array_strings

if TYPE_CHECKING:
    from packaging.requirements import Requirement

__all__ = ["add_to_pipfile", "add_to_pyproject", "has_static_project"]

_FLIT = ("tool", "flit", "metadata", "requires")
_POETRY = ("tool", "poetry", "dependencies")


def has_static_project(table: Mapping[str, Any]) -> bool:
    """Tell whether a pyproject.toml declares its requirements by PEP 621, or could."""
    project = table.get("project")
    return isinstance(project, dict) and "dependencies" not in texts(project.get("dynamic"))


def add_to_pyproject(text: str, table: Mapping[str, Any], requirement: Requirement) -> Edited:
    """Add to ``[project]`` (PEP 621), Flit's or Poetry's list, whichever declares requirements.

    Raises:
        CannotEditError: none does, or it is written in a way that can't be edited.
    """
    try:
        if has_static_project(table):
            if "dependencies" in table["project"]:
                return _add_to_array(text, ("project", "dependencies"), requirement)
            return _new_array(text, table["project"], requirement)
        if texts(lookup(table, *_FLIT)):
            return _add_to_array(text, _FLIT, requirement)
        return _add_to_table(text, _POETRY, subtable(table, *_POETRY), requirement)
    except TomlEditError as error:
        raise CannotEditError(str(error)) from None


def add_to_pipfile(text: str, table: Mapping[str, Any], requirement: Requirement) -> Edited:
    """Add to ``[packages]``.

    Raises:
        CannotEditError: it is written in a way that can't be edited.
    """
    try:
        return _add_to_table(text, ("packages",), subtable(table, "packages"), requirement)
    except TomlEditError as error:
        raise CannotEditError(str(error)) from None


def _add_to_array(text: str, keys: Sequence[str], requirement: Requirement) -> Edited:
    neighbours = tuple(array_strings(text, keys))
    names = [requirement_name(item) or item for item in neighbours]
    entry = in_neighbours_style(requirement, neighbours)
    index = place_among(requirement.name, names)
    return Edited(add_to_array(text, keys, entry, index), neighbours)


def _new_array(text: str, project: Mapping[str, Any], requirement: Requirement) -> Edited:
    """Give ``[project]`` the key `dependencies`, behind its last plain key."""
    plain = [key for key, value in project.items() if not _is_table(value)]
    if not plain:
        raise CannotEditError("[project] holds no plain keys")
    mark = "codemods-requirements"
    marked = add_key(text, ("project",), "dependencies", mark, plain[-1])
    for quote in "\"'":
        marked = marked.replace(f"{quote}{mark}{quote}", f"[{quote}{requirement}{quote}]")
    return Edited(marked, ())


def _is_table(value: object) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(item, dict) for item in value)
    )


def _add_to_table(
    text: str, keys: Sequence[str], table: Mapping[str, Any], requirement: Requirement
) -> Edited:
    """Add a line to a table of names and versions (Poetry, Pipfile)."""
    if requirement.extras or requirement.marker or requirement.url:
        raise CannotEditError("only a name and a version can be added")
    # Optional requirements belong to extras: the new one goes to those that are always needed.
    versions = {
        name: value if isinstance(value, str) else lookup(value, "version")
        for name, value in table.items()
        if isinstance(value, str)
        or (isinstance(lookup(value, "version"), str) and not lookup(value, "optional"))
    }
    names = [name for name in versions if normalized(name) != "python"]
    written = [str(versions[name]) for name in names]
    index = place_among(requirement.name, names)
    after = names[index - 1] if index else next((key for key in versions if key not in names), None)
    name = spelled_name(requirement.name, names)
    edited = add_key(text, keys, name, _version(requirement, written), after)
    return Edited(edited, tuple(f"x{version}" for version in written))


def _version(requirement: Requirement, neighbours: Sequence[str]) -> str:
    specifiers = list(requirement.specifier)
    carets = sum(version.startswith("^") for version in neighbours)
    if len(specifiers) == 1 and specifiers[0].operator == ">=" and carets * 2 > len(neighbours):
        return f"^{specifiers[0].version}"
    return ",".join(sorted(map(str, specifiers), reverse=True)) or "*"
