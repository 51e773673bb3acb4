"""Write a requirement the way that its neighbours are written, and find its place among them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.requirements import Requirement

__all__ = ["in_neighbours_style", "is_pinned", "normalized", "place_among", "spelled_name"]

_WRITTEN = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?P<extras>\s*\[[^\]]*\])?"
    r"(?P<before>[ \t]*)(?P<open>\(?)[ \t]*(?P<operator>===|==|~=|>=|<=|!=|<|>|=)(?P<after>[ \t]*)"
)


def normalized(name: str) -> str:
    """Return a project name in the form in which names are compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def spelled_name(name: str, neighbours: Sequence[str]) -> str:
    """Return a name in lower case where all neighbours (at least two) are."""
    return name.lower() if len(neighbours) > 1 and all(n == n.lower() for n in neighbours) else name


def in_neighbours_style(requirement: Requirement, neighbours: Sequence[str]) -> str:
    """Return a requirement (PEP 508) as its neighbours would be written.

    A lower bound becomes `~=` where most neighbours say so; spaces around the operator and Poetry's
    parentheses follow the majority. Neighbours pinned with ``==`` keep `>=` for the new one: which
    release is the newest is not known here.
    """
    name = spelled_name(requirement.name, [_name(text) for text in neighbours])
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    marker = f"; {requirement.marker}" if requirement.marker else ""
    if requirement.url:
        return f"{name}{extras} @ {requirement.url}{' ' if marker else ''}{marker}"
    specifiers = sorted(map(str, requirement.specifier), reverse=True)
    styles = Counter(
        (match["before"], match["open"], match["after"], match["operator"] == "~=")
        for match in map(_WRITTEN.match, neighbours)
        if match
    )
    before, bracket, after, compatible = (
        styles.most_common(1)[0][0] if styles else ("", "", "", False)
    )
    written = []
    for text in specifiers:
        operator, version = re.fullmatch(r"(===|==|~=|>=|<=|!=|<|>)(.*)", text).groups()  # type: ignore[union-attr]
        if compatible and operator == ">=" and len(specifiers) == 1 and "." in version:
            operator = "~="
        written.append(f"{operator}{after}{version}")
    closing = ")" if bracket else ""
    joined = ",".join(written)
    return f"{name}{extras}{before if joined else ''}{bracket}{joined}{closing}{marker}"


def is_pinned(neighbours: Sequence[str]) -> bool:
    """Tell whether most neighbours are pinned to one release."""
    operators = [match["operator"] for match in map(_WRITTEN.match, neighbours) if match]
    return bool(operators) and operators.count("==") * 2 > len(neighbours)


def place_among(name: str, neighbours: Sequence[str]) -> int:
    """Return the index for a new name: in order if the neighbours are sorted, else the end."""
    for key in (normalized, str.casefold, str):
        keys = [key(neighbour) for neighbour in neighbours]
        if len(keys) > 1 and keys == sorted(keys):
            return sum(other <= key(name) for other in keys)
    return len(neighbours)


def _name(text: str) -> str:
    match = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", text)
    return match[0] if match else text
