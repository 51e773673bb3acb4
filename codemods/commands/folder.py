"""A folder outside Git, as the files of a run."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from codemods.git.working_tree import read_link

__all__ = ["Folder"]

_NOT_SOURCE = frozenset({"__pycache__", "node_modules", "site-packages"})


class Folder:
    """The regular files below a folder.

    Hidden folders, virtual environments and installed packages are not looked into; symbolic
    links are not followed.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        found = _walk(root)
        self.paths = tuple(sorted(found.files))
        self.links = dict(sorted(found.links.items()))
        self.submodules: tuple[PurePosixPath, ...] = ()
        #: folders that can't be looked into, sorted
        self.closed = tuple(sorted(found.closed))

    def search(
        self, needles: frozenset[bytes], meanwhile: Callable[[], object] = lambda: None
    ) -> frozenset[PurePosixPath]:
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


@dataclass
class _Found:
    files: list[PurePosixPath] = field(default_factory=list)
    links: dict[PurePosixPath, str] = field(default_factory=dict)
    closed: list[PurePosixPath] = field(default_factory=list)


def _walk(root: Path) -> _Found:
    found = _Found()

    def relative(path: str) -> PurePosixPath:
        return PurePosixPath(Path(path).relative_to(root).as_posix())

    def note(error: OSError) -> None:
        found.closed.append(relative(error.filename))

    for folder, folders, others in os.walk(root, onerror=note):
        folders[:] = [name for name in folders if _is_source(folder, name)]
        for name in (*folders, *others):
            path = os.path.join(folder, name)
            target = read_link(Path(path))
            if target is not None:
                found.links[relative(path)] = target
            elif name in others and _may_be_regular(path):
                found.files.append(relative(path))
    return found


def _is_source(folder: str, name: str) -> bool:
    return (
        not name.startswith(".")
        and name not in _NOT_SOURCE
        and not os.path.exists(os.path.join(folder, name, "pyvenv.cfg"))
    )


def _may_be_regular(path: str) -> bool:
    """Whether a path is a regular file, or may be: a folder that can't be entered does not tell."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except FileNotFoundError:
        return False
    except OSError:
        return True
