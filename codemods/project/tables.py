"""Looking into parsed TOML whose shape nobody guarantees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["lookup", "subtable", "texts"]


def lookup(table: object, *keys: str) -> Any:
    """Return the value at a path of keys, None where a step is missing or no table."""
    for key in keys:
        if not isinstance(table, Mapping):
            return None
        table = table.get(key)
    return table


def subtable(table: object, *keys: str) -> Mapping[str, Any]:
    """Return the table at a path of keys, empty where there is none."""
    found = lookup(table, *keys)
    return found if isinstance(found, Mapping) else {}


def texts(value: object) -> list[str]:
    """Return a text, or the texts of a list, as a list."""
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
