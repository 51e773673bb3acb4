"""What the rewritten calls are given: UTC, as an import that a file may need."""

from __future__ import annotations

from codemods.python.imports import Symbol

__all__ = ["UTC", "UTC_CONSTANT"]

UTC = Symbol(
    "datetime",
    "timezone",
    ".utc",
    same=("datetime.UTC",),
    aliases=("dt_timezone", "datetime_timezone", "_timezone"),
)
"""`timezone.utc`; `datetime.UTC` needs Python 3.11, so it is reused, not imported."""

UTC_CONSTANT = Symbol(
    "datetime",
    "UTC",
    same=("datetime.timezone.utc",),
    aliases=("datetime_utc", "_UTC"),
)
"""What the option `utc` may ask for; a file that has `timezone` keeps it."""
