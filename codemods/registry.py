"""Finds the codemods: the built-in ones by walking the catalog, others by their entry points."""

from __future__ import annotations

import contextlib
import dataclasses
import heapq
import importlib
import importlib.machinery
import os
import pkgutil
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from codemods.suggestion import closest

if TYPE_CHECKING:
    from codemods.codemod import Codemod

__all__ = ["ENTRY_POINTS", "RegistryError", "find_codemods", "in_order", "select"]

ENTRY_POINTS = "codemods"
"""The entry-point group through which other distributions offer codemods."""

_ATTRIBUTES = ("name", "summary", "after", "needles", "gate", "options", "reasons")
_METHODS = ("survey", "plan", "rewrite")
_OFFER = re.compile(rb"^[ \t]*\[%s\]" % ENTRY_POINTS.encode(), re.MULTILINE)


class RegistryError(Exception):
    """A codemod that can't be used, or a name that is no codemod's; the text is one sentence."""


def find_codemods() -> tuple[Codemod, ...]:
    """Return all codemods, built-in and installed, in the order in which they run.

    Raises:
        RegistryError: one does not load or does not keep the contract, or two share a name.
    """
    found: dict[str, tuple[Codemod, str]] = {}
    for codemod, origin in (*_built_in(), *_installed()):
        if codemod.name in found:
            raise RegistryError(
                f"two codemods are called {codemod.name}: one of {found[codemod.name][1]}, "
                f"one of {origin}; uninstall one of them"
            )
        found[codemod.name] = (codemod, origin)
    return in_order([codemod for codemod, _ in found.values()])


def in_order(codemods: Iterable[Codemod]) -> tuple[Codemod, ...]:
    """Sort codemods so that each comes after those that it names; equals go by name.

    Names in `after` that are not among them are ignored.

    Raises:
        RegistryError: some of them each want to come after the other.
    """
    by_name = {codemod.name: codemod for codemod in codemods}
    waiting = {name: set(codemod.after) & by_name.keys() for name, codemod in by_name.items()}
    ready = sorted(name for name, before in waiting.items() if not before)
    order: list[str] = []
    while ready:
        name = heapq.heappop(ready)
        order.append(name)
        for other, before in waiting.items():
            if name in before:
                before.remove(name)
                if not before:
                    heapq.heappush(ready, other)
    if len(order) < len(by_name):
        circle = ", ".join(sorted(by_name.keys() - set(order)))
        raise RegistryError(f"these codemods want to run after each other: {circle}")
    return tuple(by_name[name] for name in order)


def select(
    codemods: Sequence[Codemod], only: Sequence[str], skip: Sequence[str]
) -> tuple[Codemod, ...]:
    """Return those named by `only` (all, when it is empty) without those named by `skip`.

    The order stays that of `codemods`, whatever the order of the names.

    Raises:
        RegistryError: a name is no codemod's, or nothing is left.
    """
    names = [codemod.name for codemod in codemods]
    for name in (*only, *skip):
        if name not in names:
            raise RegistryError(f"there is no codemod {name!r}{closest(name, names)}")
    chosen = tuple(
        codemod
        for codemod in codemods
        if (not only or codemod.name in only) and codemod.name not in skip
    )
    if not chosen:
        raise RegistryError("no codemod is left to run; see --only and --skip")
    return chosen


def _built_in() -> list[tuple[Codemod, str]]:
    from codemods import catalog

    found = []
    for module in pkgutil.iter_modules(catalog.__path__):
        if not module.ispkg:
            continue
        package = importlib.import_module(f"{catalog.__name__}.{module.name}")
        if not hasattr(package, "codemod"):  # a package that offers none, such as one being built
            continue
        codemod = _checked(package.codemod, "codemods")
        if codemod.name != module.name.replace("_", "-"):
            raise RegistryError(
                f"the codemod in catalog/{module.name} calls itself {codemod.name!r}"
            )
        found.append((codemod, "codemods"))
    return found


def _installed() -> list[tuple[Codemod, str]]:
    if not _may_be_installed():
        return []
    from importlib.metadata import entry_points

    found = []
    for entry in sorted(entry_points(group=ENTRY_POINTS), key=lambda entry: entry.name):
        origin = entry.dist.name if entry.dist else entry.value
        try:
            loaded = entry.load()
        except Exception as error:  # foreign code: whatever it raises is its author's to mend
            raise RegistryError(
                f"the codemod {entry.name} of {origin} does not load "
                f"({type(error).__name__}: {error}); mend or uninstall {origin}"
            ) from error
        codemod = _checked(loaded, origin)
        if codemod.name != entry.name:
            raise RegistryError(
                f"the codemod {entry.name} of {origin} calls itself {codemod.name!r}; "
                "entry point and name must be the same"
            )
        found.append((codemod, origin))
    return found


def _may_be_installed() -> bool:
    """Tell whether a distribution may offer codemods.

    `importlib.metadata` knows for sure, and takes ten times as long: it has to be loaded, and reads
    all metadata. What it may find elsewhere than in plain folders is left to it.
    """
    finders = (one for one in sys.meta_path if one is not importlib.machinery.PathFinder)
    if any(hasattr(finder, "find_distributions") for finder in finders):
        return True
    for place in map(str, sys.path):
        try:
            names = os.listdir(place or ".")
        except FileNotFoundError:
            continue
        except OSError:
            return True  # perhaps an archive
        if place.lower().endswith(".egg"):
            return True
        for name in names:
            if name.lower().endswith((".dist-info", ".egg-info")):
                entry_points = Path(place, name, "entry_points.txt")
                with contextlib.suppress(OSError):  # most have none
                    if _OFFER.search(entry_points.read_bytes()):
                        return True
    return False


def _checked(codemod: Codemod, origin: str) -> Codemod:
    """Refuse what does not keep the contract here, where the sentence can name its origin."""
    name = getattr(codemod, "name", repr(codemod))
    missing = [item for item in (*_ATTRIBUTES, *_METHODS) if not hasattr(codemod, item)]
    if missing:
        raise RegistryError(f"the codemod {name} of {origin} lacks {', '.join(missing)}")
    if not (isinstance(codemod.options, type) and dataclasses.is_dataclass(codemod.options)):
        raise RegistryError(f"the options of the codemod {name} of {origin} are no dataclass")
    return codemod
