"""The tracked files of a working tree, as they are on the disk."""

from __future__ import annotations

import copy
import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

from codemods.git.errors import GitError
from codemods.git.repository import Repository
from codemods.git.revision import check_needles

__all__ = ["WorkingTree", "dirty_paths", "read_link", "without_filters"]

_SUBMODULE = b"160000"
_FEW = 100  #: paths that fit into a command on every system


class WorkingTree:
    """Tracked regular files. Symbolic links are never followed, not even those to folders."""

    def __init__(self, repository: Repository) -> None:
        """List the files.

        Raises:
            GitError: the repository is bare.
        """
        self.root: Path = _root(repository)
        listing = repository.run("ls-files", "-z", "--stage", "--full-name")
        lines = (line.partition(b"\t") for line in listing.split(b"\0")[:-1])
        modes = {_path(name): head[:6] for head, _, name in lines}
        folders = {PurePosixPath("."): True}
        tracked = [p for p in sorted(modes) if _is_folder(self.root, p.parent, folders)]
        #: all tracked files that are regular files now, or can't be looked at, sorted
        self.paths: tuple[PurePosixPath, ...] = tuple(
            path
            for path in tracked
            if modes[path] != _SUBMODULE and _has_type(self.root, path, stat.S_IFREG)
        )
        self.submodules: tuple[PurePosixPath, ...] = tuple(
            path for path in tracked if modes[path] == _SUBMODULE
        )
        others = sorted({*tracked}.difference(self.paths, self.submodules))
        links = ((path, read_link(self.root / path)) for path in others)
        #: all tracked symbolic links, with what they point to as it is written there
        self.links: dict[PurePosixPath, str] = {path: to for path, to in links if to is not None}
        self.suffixes: tuple[str, ...] = ()
        #: files met so far that can't be read, and why
        self.unreadable: dict[PurePosixPath, str] = {}

    def searching(self, suffixes: tuple[str, ...]) -> WorkingTree:
        """Return the same files, with `search` limited to paths that end in one of these."""
        limited = copy.copy(self)
        limited.suffixes = suffixes
        return limited

    def search(
        self, needles: Iterable[bytes], meanwhile: Callable[[], object] = lambda: None
    ) -> frozenset[PurePosixPath]:
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


def read_link(path: Path) -> str | None:
    """Return what a symbolic link points to, as it is written there; None for all else."""
    try:
        return os.readlink(path)
    except OSError:
        return None


def dirty_paths(
    repository: Repository, among: Iterable[PurePosixPath] | None = None
) -> frozenset[PurePosixPath]:
    """Return the tracked files with changes that are not committed, or that Git can't vouch for.

    The latter are conflicts, and files marked as assumed unchanged. Clean filters are not run, so
    a file of theirs that was touched counts as changed. With `among`, others need not be looked at.

    Raises:
        GitError: the repository is bare.
    """
    _root(repository)
    few = [] if among is None else sorted(f":(top,literal){path}" for path in among)
    specs = ("--", *few) if 0 < len(few) <= _FEW else ()
    status = repository.run(
        "status",
        *("--porcelain=v1", "-z", "--untracked-files=no", "--ignore-submodules=all"),
        "--no-renames",
        *specs,
        config=without_filters(repository),
    )
    dirty = {_path(line[3:]) for line in status.split(b"\0")[:-1]}
    marked = repository.run("ls-files", "-v", "-z", "--cached", "--full-name", *specs)
    dirty |= {_path(line[2:]) for line in marked.split(b"\0")[:-1] if line[:1].islower()}
    return frozenset(dirty)


def without_filters(repository: Repository) -> list[str]:
    """Return settings with which Git runs no clean filter, for they can run any program."""
    filters = {key.rpartition(".")[0] for key in repository.config if key.startswith("filter.")}
    off = ("clean=", "process=", "required=false")
    return [f"{name}.{setting}" for name in sorted(filters) for setting in off]


def _root(repository: Repository) -> Path:
    if repository.working_tree is None:
        raise GitError(f"{repository.location} is bare and has no working tree; use a checkout")
    return repository.working_tree


def _path(name: bytes) -> PurePosixPath:
    return PurePosixPath(os.fsdecode(name))


def _is_folder(root: Path, path: PurePosixPath, folders: dict[PurePosixPath, bool]) -> bool:
    """Whether a path is a folder that is reached without a symbolic link.

    `folders` remembers the answers.
    """
    answer = folders.get(path)
    if answer is None:
        above = _is_folder(root, path.parent, folders)
        answer = folders[path] = above and _has_type(root, path, stat.S_IFDIR)
    return answer


def _has_type(root: Path, path: PurePosixPath, kind: int) -> bool:
    """Whether a path is of a kind, or may be: a folder that can't be entered does not tell."""
    try:
        return stat.S_IFMT(os.lstat(f"{root}/{path}").st_mode) == kind
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
