"""Facts about the repository under migration, read when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, TypeVar

from codemods.project import kinds
from codemods.project.derived import Derived
from codemods.project.migrations import MigrationHistory
from codemods.project.snapshot import ROOT, ReadAll, Snapshot

# What only some codemods ask for is imported when they do: most runs start without it.
if TYPE_CHECKING:
    from codemods.project.dependency_edits import DependencyResult
    from codemods.project.distributions import Distribution
    from codemods.project.entry_points import EntryPoint
    from codemods.project.packages import Packages, Reach
    from codemods.project.placement import NoPlace, Placement
    from codemods.python.source import SourceFile

__all__ = ["Project"]

T = TypeVar("T")


class Project:
    """The repository that a plan decides about.

    `paths` are all files of the snapshot, `read` gives the bytes of one (None when it is absent),
    `read_all` those of several where that is faster, `lifted` the folders of distributions that are
    Python 3 whatever their metadata says, `derived` what is known from an earlier snapshot. Nothing
    is read before it is needed, and nothing twice.
    """

    def __init__(
        self,
        paths: Sequence[PurePosixPath],
        read: Callable[[PurePosixPath], bytes | None],
        lifted: frozenset[PurePosixPath] = frozenset(),
        read_all: ReadAll | None = None,
        derived: Derived | None = None,
    ) -> None:
        self.snapshot = Snapshot(paths, read, read_all)
        self._lifted = lifted
        self._derived = derived if derived is not None else Derived()

    @property
    def paths(self) -> frozenset[PurePosixPath]:
        """All files of the snapshot."""
        return self.snapshot.paths

    def read(self, path: PurePosixPath) -> bytes | None:
        """Return the bytes of a file, None when the snapshot has no such file."""
        return self.snapshot.read(path)

    def derived(self, path: PurePosixPath, derive: Callable[[SourceFile], T]) -> T | None:
        """Return what a pure function makes of a Python file, None when it can't be read.

        It is called once for a file, however often a plan is made, and its result is kept.
        """
        data = self.read(path)
        return self._derived.of(path, data, derive) if data is not None else None

    @cached_property
    def distributions(self) -> tuple[Distribution, ...]:
        """All distributions, by path; the repository's root is always the first."""
        from codemods.project.distributions import find_distributions

        return find_distributions(self.snapshot, self._lifted)

    def distribution_of(self, path: PurePosixPath) -> Distribution:
        """Return the innermost distribution that a file or folder belongs to."""
        folder = path
        while folder not in self._owners:
            folder = folder.parent
        if folder != path:
            self._owners.setdefault(path.parent, self._owners[folder])
        return self._owners[folder]

    @cached_property
    def _owners(self) -> dict[PurePosixPath, Distribution]:
        """Distributions by folder: their own, and those that were asked for."""
        return dict(self._by_root)

    @cached_property
    def packages(self) -> Packages:
        """Import roots, module names, and which file can import which."""
        from codemods.project.packages import Packages

        return Packages(self.snapshot, self.distributions, self.distribution_of)

    def module_name(self, path: PurePosixPath) -> str | None:
        """Return the dotted name that a file is imported by, None when no import can name it."""
        return self.packages.module_name(path)

    def path_of(self, module: str) -> PurePosixPath | None:
        """Return the file of a module, None when there is none or import roots disagree."""
        return self.packages.path_of(module)

    def resolve_import(
        self, importer: PurePosixPath, module: str, level: int = 0
    ) -> PurePosixPath | None:
        """Return the repository's file that an import statement names, None when not ours.

        `module` and `level` are those of `ast.ImportFrom`; a package is its `__init__.py`.
        """
        return self.packages.resolve(importer, module, level)

    def own_names(self, importer: PurePosixPath) -> frozenset[str]:
        """Return the top-level names by which a file may import modules of the repository."""
        return self.packages.own_names(importer)

    def reach(self, importer: PurePosixPath, target: PurePosixPath) -> Reach:
        """Tell whether a file can provably import a module that exists or is planned."""
        return self.packages.reach(importer, target)

    @cached_property
    def _by_root(self) -> dict[PurePosixPath, Distribution]:
        return {distribution.root: distribution for distribution in self.distributions}

    @cached_property
    def root(self) -> Distribution:
        """The distribution that files outside any other belong to."""
        return self._by_root[ROOT]

    def place(
        self, distribution: PurePosixPath, users: Iterable[PurePosixPath], names: Sequence[str]
    ) -> Placement | NoPlace:
        """Find a place for a new module that `users`, files of one distribution, will import.

        `names` are tried in order; the result says how each user can import it, and which can't.
        """
        from codemods.project.placement import place_module

        owner = self.distribution_of(distribution)
        return place_module(self.snapshot, self.packages, owner, users, names)

    def entry_points(self, distribution: PurePosixPath) -> tuple[EntryPoint, ...]:
        """Return where programs of a distribution start, as metadata and file names tell."""
        owner = self.distribution_of(distribution)
        if owner.root not in self._entry_points:
            from codemods.project.entry_points import entry_points

            files = [path for path in self.paths if self.distribution_of(path) is owner]
            self._entry_points[owner.root] = entry_points(owner, files, self.path_of)
        return self._entry_points[owner.root]

    @cached_property
    def _entry_points(self) -> dict[PurePosixPath, tuple[EntryPoint, ...]]:
        return {}

    def main_guards(self, paths: Iterable[PurePosixPath]) -> tuple[EntryPoint, ...]:
        """Return the files of `paths` with ``if __name__ == "__main__":`` at their top level."""
        from codemods.project.entry_points import EntryKind, EntryPoint

        return tuple(
            EntryPoint(EntryKind.GUARD, path)
            for path in sorted(paths)
            if kinds.has_main_guard(self.read(path) or b"")
        )

    def add_requirement(self, distribution: PurePosixPath, requirement: str) -> DependencyResult:
        """Declare a requirement (PEP 508) for running the distribution in a folder.

        The result has no edits when it is declared already, and a `refusal` when nothing could be
        edited; `commands` bring lock files and compiled requirements up to date.

        Raises:
            packaging.requirements.InvalidRequirement: `requirement` is none.
        """
        from codemods.project.dependency_edits import add_requirement

        owner = self.distribution_of(distribution)
        return add_requirement(self.snapshot, owner.root, owner.dependencies, requirement)

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence for each configuration file that can't be read, by path."""
        for distribution in self.distributions:
            distribution.python, distribution.dependencies.declared  # noqa: B018 - reads all files
        return tuple(text for _, text in sorted(self.snapshot.warnings.items()))

    def is_test(self, path: PurePosixPath) -> bool:
        """Tell whether a file is a test or lies in a test folder."""
        return kinds.is_test(path)

    def is_generated(self, path: PurePosixPath, data: bytes) -> bool:
        """Tell whether a program writes this file, so that an edit would be lost."""
        return kinds.is_generated(path, data)

    def is_migration(self, path: PurePosixPath) -> bool:
        """Tell whether a file is migration history of Django or Alembic."""
        return self._history.holds(path)

    def is_migration_environment(self, path: PurePosixPath) -> bool:
        """Tell whether a file is Alembic's `env.py`."""
        return self._history.is_environment(path)

    def is_script(self, path: PurePosixPath) -> bool:
        """Tell whether a file is a program outside packages that is started by its path."""
        return self.packages.is_script(path)

    @cached_property
    def _history(self) -> MigrationHistory:
        return MigrationHistory(self.snapshot)
