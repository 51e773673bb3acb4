"""Names for binds, from the expressions of their values and from the SQL around them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codemods.catalog.psycopg2_to_sqlalchemy.holes import joined_list

__all__ = ["bind_name", "column_names", "distinct_names"]


def bind_name(code: str) -> str:
    """Return a name for the bind of an expression, or an empty string.

    The last word of a path (`user.name`, `row["name"]`), or that of a call's first argument.
    """
    if code[:1] in {"'", '"'}:
        return ""
    joined = joined_list(code)
    if joined:
        return bind_name(joined)
    call = re.fullmatch(r"[\w.]+\((?P<inside>.*)\)", code, re.DOTALL)
    if call:
        inside = call["inside"]
        first = re.match(r"[\w.]+(?:\[['\"]\w+['\"]\])?(?=\s*(?:,|\Z))", inside)
        return bind_name(first.group()) if first else ""
    match = re.fullmatch(r"[\w.\[\]'\"]*?(\w+)['\"]?\]?", code)
    if not match or match.group(1).isdigit():
        return ""
    name = match.group(1)
    return name.lstrip("_") if name.strip("_") and name.isidentifier() else ""


_COLUMN = re.compile(
    r"(?:^|[^\w.\"%])(?:\w+\.)*\"?([A-Za-z_]\w*)\"?\s*(?:=|<>|!=|[<>]=?|i?like)\s*\Z", re.I
)
_INSERT = re.compile(
    r"insert\s+into\s+[\w.\"\ue000]+\s*\((?P<columns>[^()]*)\)\s*values\s*\(", re.I
)


def column_names(sql: str, places: Sequence[int]) -> list[str]:
    """Return the column that each placeholder's value is compared with or put into, or ""."""
    names: list[str] = []
    insert = _INSERT.search(sql)
    columns = [c.strip().strip('"') for c in insert["columns"].split(",")] if insert else []
    inserted = [place for place in places if insert and place >= insert.end()]
    in_order = len(inserted) == len(columns) and all(
        re.fullmatch(r"[A-Za-z_]\w*", c) for c in columns
    )
    for place in places:
        match = _COLUMN.search(sql[:place])
        if match:
            names.append(match.group(1).lower())
        elif in_order and place in inserted:
            names.append(columns[inserted.index(place)].lower())
        else:
            names.append("")
    return names


def distinct_names(wanted: Sequence[str], given: Sequence[bool], taken: Sequence[str]) -> list[str]:
    """Number what would be equal, and name what has none.

    Args:
        wanted: the name for each bind, empty where there is none.
        given: whether the name must stay as it is.
        taken: names that are used otherwise.
    """
    keys = {name for name, fixed in zip(wanted, given, strict=True) if fixed} | set(taken)
    names: list[str] = []
    for name, fixed in zip(wanted, given, strict=True):
        if fixed:
            names.append(name)
            continue
        base = name or "p"
        candidate = name or f"p{len(names)}"
        count = 2
        while candidate in keys:
            candidate = f"{base}_{count}"
            count += 1
        keys.add(candidate)
        names.append(candidate)
    return names
