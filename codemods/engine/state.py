"""What a codemod sees of a run: the snapshot, the surveys, the project."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from codemods.codemod import Bar, Codemod, MoreNeedles, Position, Settings, Site
from codemods.engine.ledger import History
from codemods.engine.planning import Planner
from codemods.engine.selection import Selection
from codemods.engine.snapshot import Snapshot
from codemods.engine.surveys import Surveys
from codemods.engine.taking import STAR
from codemods.engine.tasks import Asked
from codemods.engine.workers import Workers
from codemods.project.acquaintances import Acquaintances
from codemods.project.derived import Derived
from codemods.project.project import Project

__all__ = ["BarSite", "Context", "Progress", "State"]

Progress = Callable[[str, int, int], None]
"""Called with the name of a stage, how many items of it are done, and how many there are."""

BarSite = Callable[[Site, Position | None], Bar | None]
"""Given a site and its position in the base, returns why it may not be rewritten, or None."""

# A needle found in more than this share of the files is not followed: it says nothing.
_TOO_COMMON = 4
_ALWAYS_FOLLOWED = 40


@dataclass(frozen=True)
class Context:
    """What stays the same through a run."""

    settings: Mapping[str, Settings[Any]]
    selection: Selection
    bar: BarSite
    workers: Workers
    progress: Progress
    history: History

    def asked(self, codemods: Sequence[Codemod], path: PurePosixPath) -> tuple[Asked, ...]:
        """Return codemods with their options for one file."""
        return tuple(Asked(one, self.settings[one.name].at(path)) for one in codemods)


@dataclass(frozen=True)
class State:
    """The repository between two steps of a run."""

    context: Context
    snapshot: Snapshot
    surveys: Surveys
    stars: frozenset[PurePosixPath] = frozenset()  #: files that hold ``import *``
    lifted: frozenset[PurePosixPath] = frozenset()  #: distributions that became Python 3
    derived: Derived = field(default_factory=Derived)  #: what plans worked out of single files

    @cached_property
    def project(self) -> Project:
        """Facts about the repository as it is now."""
        snapshot = self.snapshot
        return Project(snapshot.paths, snapshot.read_one, self.lifted, snapshot.read, self.derived)

    @cached_property
    def python_files(self) -> frozenset[PurePosixPath]:
        """The files that hold Python."""
        return self.context.selection.python_files(self.snapshot.paths)

    @cached_property
    def _file_bars(self) -> dict[PurePosixPath, Bar | None]:
        return {}

    def planner(self, codemod: Codemod) -> Planner:
        """Return the planner of one codemod over this state."""
        return Planner(
            codemod,
            self.context.settings[codemod.name],
            self.project,
            lambda: self.surveys.of(codemod.name),
            self.bar,
            lambda wanted: self.search(codemod, wanted),
        )

    def bar(self, site: Site) -> Bar | None:
        """Return why the engine or its caller will not let a site be rewritten."""
        if site.path not in self._file_bars:
            data = self.snapshot.read_one(site.path) or b""
            bar = self.context.selection.bar(site.path, data, self.project)
            self._file_bars[site.path] = bar
        return (
            self._file_bars[site.path]
            or self._suppressed(site)
            or self.context.bar(site, self.context.history.base(site))
        )

    def _suppressed(self, site: Site) -> Bar | None:
        for one in self.surveys.suppressions.get(site.path, ()):
            if one.covers(site.codemod, site.position):
                reason = one.reason or "no reason is given"
                message = f"suppressed by the comment on line {one.position.line}: {reason}"
                return Bar("engine/suppressed", message)
        return None

    def search(self, codemod: Codemod, wanted: MoreNeedles) -> frozenset[bytes]:
        """Survey the files of another round; return the needles that are too common."""
        most = max(_ALWAYS_FOLLOWED, len(self.python_files) // _TOO_COMMON)
        homes: dict[bytes, set[PurePosixPath]] = {}
        for needle, home in wanted.near:
            if needle not in wanted.needles:
                homes.setdefault(needle, set()).add(home)
        needles = wanted.needles | homes.keys()
        known = self.surveys.of(codemod.name).keys() | self.surveys.unreadable.keys()
        contents = self._holders(needles, lambda: self._acquaintances.know(known if homes else ()))
        refused: set[bytes] = set()
        if len(contents) > most:
            # Reading the files once is cheaper than searching the repository for each needle.
            for needle in needles:
                if sum(needle in data for data in contents.values()) > most:
                    refused.add(needle)
        plain = wanted.needles - refused
        others = frozenset(needle for needle in plain if STAR not in needle)
        found = {
            path
            for path, data in contents.items()
            if path not in known
            and any(needle in data for needle in (plain if path in self.stars else others))
        }
        more = {path: data for path, data in contents.items() if path not in known | found}
        following = {needle: paths for needle, paths in homes.items() if needle not in refused}
        found |= self._near(following, more, known | found)
        paths = (found | wanted.paths - known) & self.python_files
        contents |= self.snapshot.read(sorted(paths - contents.keys()))
        self.surveys.add(
            {path: contents[path] for path in paths & contents.keys()},
            lambda path, _: self.context.asked((codemod,), path),
        )
        return frozenset(refused)

    def _holders(
        self, needles: frozenset[bytes], meanwhile: Callable[[], object]
    ) -> dict[PurePosixPath, bytes]:
        """Return the Python files that hold one of some needles; see `Files.search`."""
        # Which files have star imports is known.
        stars = frozenset(needle for needle in needles if STAR in needle)
        others = needles - stars
        holders = self.snapshot.search(others, meanwhile) if others else frozenset()
        contents = self.snapshot.read(sorted(holders & self.python_files))
        if stars:
            more = self.snapshot.read(sorted(self.stars - contents.keys()))
            for path, data in more.items():
                if any(needle in data for needle in stars):
                    contents[path] = data
        return contents

    def _near(
        self,
        homes: Mapping[bytes, set[PurePosixPath]],
        contents: Mapping[PurePosixPath, bytes],
        known: Iterable[PurePosixPath],
    ) -> set[PurePosixPath]:
        """Return the files that hold a needle and have to do with one of its homes."""
        if not homes or not contents:
            return set()
        all_homes = frozenset().union(*homes.values())
        acquainted = self._acquaintances.of(all_homes, contents, known)
        around = {
            needle: frozenset[PurePosixPath]().union(*(acquainted[home] for home in paths))
            for needle, paths in homes.items()
        }
        return {
            path
            for path, data in contents.items()
            if any(path in files and needle in data for needle, files in around.items())
        }

    @cached_property
    def _acquaintances(self) -> Acquaintances:
        return Acquaintances(self.project)
