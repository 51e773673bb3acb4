"""Which files a run looks at, and which of them it may rewrite."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from codemods.codemod import Bar

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

    from codemods.project.project import Project

__all__ = ["Limits", "Selection"]

_PYTHON = (".py", ".pyi")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost."""

    size: int = 4_000_000  #: bytes; larger files are left whole
    seconds: float = 60.0  #: of processor time, for one codemod to survey or rewrite one file


@dataclass(frozen=True)
class Selection:
    """The user's choice of files. Globs are those of `.gitignore`.

    `*.py` and `*.pyi` files are Python; `include` adds others (scripts without a suffix). All of
    them are surveyed, for a value may travel through any of them. What `exclude` matches, and what
    lies outside `within`, is never rewritten: its sites are left with that reason.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    within: tuple[PurePosixPath, ...] = ()  #: files or folders; empty for the whole repository
    limits: Limits = Limits()

    @property
    def suffixes(self) -> tuple[str, ...]:
        """What all selected paths end in; empty when they need not end in anything."""
        return () if self.include else _PYTHON

    def python_files(self, paths: Iterable[PurePosixPath]) -> frozenset[PurePosixPath]:
        """Return those of the paths that hold Python."""
        if not self.include:
            return frozenset(path for path in paths if path.name.endswith(_PYTHON))
        return frozenset(
            path for path in paths if path.name.endswith(_PYTHON) or self._included.match_file(path)
        )

    def excludes(self, path: PurePosixPath) -> bool:
        """Tell whether the user has excluded a file."""
        return bool(self.exclude) and self._excluded.match_file(path)

    def bar(self, path: PurePosixPath, data: bytes, project: Project) -> Bar | None:
        """Return why no site of a file may be rewritten, or None."""
        if self.excludes(path):
            return Bar("engine/excluded", "the file is excluded by configuration")
        if self.within and not any(path == top or top in path.parents for top in self.within):
            return Bar("engine/outside-the-paths", "the file is outside the paths of this run")
        if project.is_generated(path, data):
            return Bar("engine/generated", "the file is generated; change its generator")
        if project.is_migration(path):
            return Bar("engine/migration", "migration history is not rewritten")
        return None

    @cached_property
    def _included(self) -> GitIgnoreSpec:
        from pathspec import GitIgnoreSpec

        return GitIgnoreSpec.from_lines(self.include)

    @cached_property
    def _excluded(self) -> GitIgnoreSpec:
        from pathspec import GitIgnoreSpec

        return GitIgnoreSpec.from_lines(self.exclude)
