"""Sites that a person or a test keeps out of a run: their names, and what bars them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from codemods.codemod import Bar, Position, Site

if TYPE_CHECKING:
    from codemods.engine import BarSite
    from codemods.engine.outcome import Change, Entry

__all__ = ["Without", "barring", "keys_of", "of_codemod", "site_key"]

Without = Mapping[str, Bar]
"""Why sites are kept out, by their names (`site_key`)."""


def site_key(site: Site, base: Position | None) -> str:
    """Return the name of a site in a ``Codemod-Without`` trailer."""
    return f"{site.codemod} {site.path}:{base or site.position}"


def keys_of(change: Change) -> frozenset[str]:
    """Return the names of the sites that a change rewrites."""
    return frozenset(_key(entry) for entry in change.entries if entry.rewritten)


def barring(without: Without) -> BarSite:
    """Return what bars the sites that are kept out."""
    return lambda site, base: without.get(site_key(site, base))


def of_codemod(without: Without, codemod: str) -> tuple[str, ...]:
    """Return the names of one codemod's sites among those that are kept out."""
    return tuple(sorted(key for key in without if key.startswith(f"{codemod} ")))


def _key(entry: Entry) -> str:
    return site_key(entry.site, entry.base)
