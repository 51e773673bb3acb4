"""A folder outside Git, as the files of a run."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

__all__ = ["Folder"]

_NOT_SOURCE = frozenset({"__pycache__", "node_modules", "site-packages"})


class Folder:
    """The regular files below a folder.

    Hidden folders, virtual environments and installed packages are not looked into; symbolic
    links are not followed.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.paths = tuple(sorted(_walk(root)))

    def search(self, needles: frozenset[bytes]) -> frozenset[PurePosixPath]:
        """Return the files whose bytes hold at least one of the needles, and unreadable ones."""
        found = set()
        for path in self.paths:
            data = self._bytes(path)
            if data is None or any(needle in data for needle in needles):
                found.add(path)
        return frozenset(found)

    def read(self, paths: Iterable[PurePosixPath]) -> dict[PurePosixPath, bytes]:
        """Return the bytes of several files; those that can't be read are missing."""
        known = frozenset(self.paths)
        contents = {path: self._bytes(path) for path in paths if path in known}
        return {path: data for path, data in contents.items() if data is not None}

    def _bytes(self, path: PurePosixPath) -> bytes | None:
        try:
            return (self.root / path).read_bytes()
        except OSError:
            return None


def _walk(root: Path) -> Iterator[PurePosixPath]:
    for folder, names, files in os.walk(root):
        names[:] = [
            name
            for name in names
            if not name.startswith(".")
            and name not in _NOT_SOURCE
            and not os.path.exists(os.path.join(folder, name, "pyvenv.cfg"))
        ]
        for name in files:
            path = Path(folder, name)
            if not path.is_symlink() and path.is_file():
                yield PurePosixPath(path.relative_to(root).as_posix())
