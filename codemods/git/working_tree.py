"""The tracked files of a working tree, as they are on the disk."""

from __future__ import annotations

import copy
import os
import stat
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from codemods.git.errors import GitError
from codemods.git.repository import Repository
from codemods.git.revision import check_needles

__all__ = ["WorkingTree", "dirty_paths"]


class WorkingTree:
    """Tracked regular files. Symbolic links are never followed, not even those to folders."""

    def __init__(self, repository: Repository) -> None:
        """List the files.

        Raises:
            GitError: the repository is bare.
        """
        self.root: Path = _root(repository)
        listing = repository.run("ls-files", "-z", "--cached", "--full-name")
        folders = {PurePosixPath("."): True}
        #: all tracked files that are regular files now, sorted
        self.paths: tuple[PurePosixPath, ...] = tuple(
            path
            for path in sorted({_path(name) for name in listing.split(b"\0")[:-1]})
            if _is_regular(self.root, path, folders)
        )
        self.suffixes: tuple[str, ...] = ()
        #: files met so far that can't be read, and why
        self.unreadable: dict[PurePosixPath, str] = {}

    def searching(self, suffixes: tuple[str, ...]) -> WorkingTree:
        """Return the same files, with `search` limited to paths that end in one of these."""
        limited = copy.copy(self)
        limited.suffixes = suffixes
        return limited

    def search(self, needles: Iterable[bytes]) -> frozenset[PurePosixPath]:
        """Return the files whose bytes hold at least one of the needles, and the unreadable ones.

        Raises:
            ValueError: a needle is empty or holds a newline or NUL.
        """
        # Not `git grep`: it reads the index instead of files that are marked as unchanged.
        wanted = check_needles(needles)
        found = set()
        for path in self.paths if wanted else ():
            if not self.suffixes or str(path).endswith(self.suffixes):
                data = self._bytes(path)
                if data is None or any(needle in data for needle in wanted):
                    found.add(path)
        return frozenset(found)

    def read(self, paths: Iterable[PurePosixPath]) -> dict[PurePosixPath, bytes]:
        """Return the bytes of several files; absent ones are missing from the answer."""
        known = frozenset(self.paths)
        contents = {path: self._bytes(path) for path in paths if path in known}
        return {path: data for path, data in contents.items() if data is not None}

    def _bytes(self, path: PurePosixPath) -> bytes | None:
        try:
            descriptor = os.open(self.root / path, os.O_RDONLY | os.O_NOFOLLOW)
            with open(descriptor, "rb") as file:
                return file.read()
        except OSError as error:
            self.unreadable[path] = error.strerror or str(error)
            return None


def dirty_paths(repository: Repository) -> frozenset[PurePosixPath]:
    """Return the tracked files with changes that are not committed, or that Git can't vouch for.

    The latter are conflicts, and files marked as assumed unchanged. Clean filters are not run, so
    a file of theirs that was touched counts as changed.

    Raises:
        GitError: the repository is bare.
    """
    _root(repository)
    filters = {key.rpartition(".")[0] for key in repository.config if key.startswith("filter.")}
    off = [f"{name}.{key}" for name in sorted(filters) for key in ("clean=", "process=")]
    status = repository.run(
        "status",
        *("--porcelain=v1", "-z", "--untracked-files=no", "--ignore-submodules=all"),
        "--no-renames",
        config=[*off, *(f"{name}.required=false" for name in sorted(filters))],
    )
    dirty = {_path(line[3:]) for line in status.split(b"\0")[:-1]}
    marked = repository.run("ls-files", "-v", "-z", "--cached", "--full-name")
    dirty |= {_path(line[2:]) for line in marked.split(b"\0")[:-1] if line[:1].islower()}
    return frozenset(dirty)


def _root(repository: Repository) -> Path:
    if repository.working_tree is None:
        raise GitError(f"{repository.location} is bare and has no working tree; use a checkout")
    return repository.working_tree


def _path(name: bytes) -> PurePosixPath:
    return PurePosixPath(os.fsdecode(name))


def _is_regular(root: Path, path: PurePosixPath, folders: dict[PurePosixPath, bool]) -> bool:
    """Whether a path is a regular file that is reached without a symbolic link.

    `folders` remembers the answers for folders.
    """
    return _is_folder(root, path.parent, folders) and _has_type(root, path, stat.S_IFREG)


def _is_folder(root: Path, path: PurePosixPath, folders: dict[PurePosixPath, bool]) -> bool:
    answer = folders.get(path)
    if answer is None:
        above = _is_folder(root, path.parent, folders)
        answer = folders[path] = above and _has_type(root, path, stat.S_IFDIR)
    return answer


def _has_type(root: Path, path: PurePosixPath, kind: int) -> bool:
    try:
        return stat.S_IFMT(os.lstat(f"{root}/{path}").st_mode) == kind
    except OSError:
        return False
