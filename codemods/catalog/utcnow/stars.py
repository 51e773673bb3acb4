"""Who takes all names of a file with ``from … import *``, and would take a new import along.

A name that such a file has of its own would be replaced by it, at run time and without a word:
``from django.utils import timezone`` followed by ``from .helpers import *``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from codemods.catalog.utcnow.facts import FileFacts, Stars
from codemods.codemod import Survey
from codemods.project.project import Project
from codemods.python.imports import Extension, NewStatement
from codemods.python.names import Names

__all__ = ["Takers", "find_takers", "read_stars"]


class Takers(NamedTuple):
    """Files that a new import must not be added to, and what must be searched to be sure."""

    by_file: Mapping[PurePosixPath, PurePosixPath]  #: file -> one that would lose a name
    needles: frozenset[bytes]


def read_stars(names: Names, symbols: tuple[str, ...]) -> Stars:
    """Read what one file's star imports are, and which of some names it has of its own."""
    module = names.module
    held = set()
    for symbol in symbols:
        bindings = module.bindings.get(symbol, ())
        if any(binding.origin != "datetime.timezone" for binding in bindings) or (
            not bindings and names.given_by_star(symbol) is not None
        ):
            held.add(symbol)
    origins = (star.origin for star in module.stars if not star.block.typing)
    return Stars(tuple(origins), bool(names.exports), frozenset(held))


def find_takers(surveys: Mapping[PurePosixPath, Survey[FileFacts]], project: Project) -> Takers:
    """Follow the names that rewriting would add to files through the star imports of others."""
    gained: dict[PurePosixPath, set[str]] = {}
    sources: dict[PurePosixPath, set[PurePosixPath]] = {}
    for path, survey in surveys.items():
        names = {
            name
            for facts in survey.facts.sites.values()
            if facts.edit is not None and (name := _added(facts.edit)) is not None
        }
        if names and not survey.facts.stars.exports and path.stem.isidentifier():
            gained[path] = names
            sources[path] = {path}
    by_file: dict[PurePosixPath, PurePosixPath] = {}
    importers = _importers(surveys, project)
    waiting = list(gained)
    while waiting:
        path = waiting.pop()
        for importer in importers.get(path, ()):
            stars = surveys[importer].facts.stars
            if gained[path] & stars.held:
                by_file.update(dict.fromkeys(sources[path], importer))
            before = (len(gained.get(importer, ())), len(sources.get(importer, ())))
            gained.setdefault(importer, set()).update(gained[path])
            sources.setdefault(importer, set()).update(sources[path])
            after = (len(gained[importer]), len(sources[importer]))
            if after != before and not stars.exports:
                waiting.append(importer)
    return Takers(by_file, frozenset(needle for path in gained for needle in _needles(path)))


def _added(edit: NewStatement | Extension) -> str | None:
    """Return the name that an import edit binds in the module, None if only in a function."""
    if isinstance(edit, NewStatement):
        return edit.name
    return (edit.asname or edit.name) if edit.top else None


def _importers(
    surveys: Mapping[PurePosixPath, Survey[FileFacts]], project: Project
) -> Mapping[PurePosixPath, list[PurePosixPath]]:
    importers: dict[PurePosixPath, list[PurePosixPath]] = {}
    for path, survey in surveys.items():
        for origin in survey.facts.stars.origins:
            level = len(origin) - len(origin.lstrip("."))
            target = project.resolve_import(path, origin[level:], level)
            if target is not None and target != path:
                importers.setdefault(target, []).append(path)
    return importers


def _needles(path: PurePosixPath) -> tuple[bytes, ...]:
    """Return what a star import of a file ends in."""
    if path.name == "__init__.py":
        return (f"{path.parent.name} import *".encode(), b"from . import *")
    return (f"{path.stem} import *".encode(),)
