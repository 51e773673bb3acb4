"""Where a run reads files from: a revision, a working tree, or memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePosixPath
from typing import Protocol

__all__ = ["Files", "MemoryFiles"]


class Files(Protocol):
    """A set of files that does not change during a run.

    Only regular files count: symbolic links and submodules are not among `paths`.
    """

    @property
    def submodules(self) -> tuple[PurePosixPath, ...]:
        """Repositories inside this one, sorted; none of their files counts."""

    @property
    def links(self) -> Mapping[PurePosixPath, str]:
        """All symbolic links, sorted, with what they point to as it is written there."""

    @property
    def paths(self) -> tuple[PurePosixPath, ...]:
        """All files, sorted."""

    def search(
        self, needles: frozenset[bytes], meanwhile: Callable[[], object] = lambda: None
    ) -> frozenset[PurePosixPath]:
        """Return the files whose bytes hold at least one of the needles.

        `meanwhile` is called while another process searches, if one does; perhaps more than once.
        """

    def read(self, paths: Iterable[PurePosixPath]) -> dict[PurePosixPath, bytes]:
        """Return the bytes of several files; absent ones are missing from the answer."""


class MemoryFiles:
    """Files held in memory: standard input, fixtures, tests."""

    def __init__(self, contents: Mapping[PurePosixPath, bytes]) -> None:
        self._contents = dict(contents)
        self.submodules: tuple[PurePosixPath, ...] = ()
        self.links: Mapping[PurePosixPath, str] = {}

    @property
    def paths(self) -> tuple[PurePosixPath, ...]:
        """All files, sorted."""
        return tuple(sorted(self._contents))

    def search(
        self, needles: frozenset[bytes], meanwhile: Callable[[], object] = lambda: None
    ) -> frozenset[PurePosixPath]:
        """Return the files whose bytes hold at least one of the needles."""
        return frozenset(
            path for path, data in self._contents.items() if any(n in data for n in needles)
        )

    def read(self, paths: Iterable[PurePosixPath]) -> dict[PurePosixPath, bytes]:
        """Return the bytes of several files; absent ones are missing from the answer."""
        return {path: self._contents[path] for path in paths if path in self._contents}
