"""The files that a codemod sees: the base, and on top of it what the codemods before it did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePosixPath

from codemods.engine.files import Files

__all__ = ["Snapshot"]


class Snapshot:
    """Immutable: a change gives a new snapshot that shares the base."""

    def __init__(
        self, base: Files, overlay: Mapping[PurePosixPath, bytes | None] | None = None
    ) -> None:
        self._base = base
        self._overlay = dict(overlay or {})

    @property
    def paths(self) -> tuple[PurePosixPath, ...]:
        """All files, sorted."""
        if not self._overlay:
            return self._base.paths
        gone = {path for path, data in self._overlay.items() if data is None}
        return tuple(sorted({*self._base.paths, *self._overlay} - gone))

    def search(
        self, needles: frozenset[bytes], meanwhile: Callable[[], object] = lambda: None
    ) -> frozenset[PurePosixPath]:
        """Return the files whose bytes hold at least one of the needles; see `Files.search`."""
        found = self._base.search(needles, meanwhile) - self._overlay.keys()
        return found | {
            path
            for path, data in self._overlay.items()
            if data is not None and any(needle in data for needle in needles)
        }

    def read(self, paths: Iterable[PurePosixPath]) -> dict[PurePosixPath, bytes]:
        """Return the bytes of several files; absent ones are missing from the answer."""
        wanted = list(paths)
        answer = self._base.read(path for path in wanted if path not in self._overlay)
        for path in wanted:
            data = self._overlay.get(path)
            if data is not None:
                answer[path] = data
        return answer

    def read_one(self, path: PurePosixPath) -> bytes | None:
        """Return the bytes of one file, or None when it is absent."""
        return self.read((path,)).get(path)

    def with_changes(self, changes: Mapping[PurePosixPath, bytes | None]) -> Snapshot:
        """Return the snapshot after some files were written (None: removed)."""
        return Snapshot(self._base, {**self._overlay, **changes})
