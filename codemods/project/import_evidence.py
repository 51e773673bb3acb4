"""What files import, where nothing else tells how the folders of a repository are imported."""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import PurePosixPath

from codemods.project import kinds
from codemods.project.snapshot import Snapshot
from codemods.python.import_text import absolute_modules

__all__ = ["ImportEvidence"]

_MOST_FILES = 200  #: that are searched for imports below one folder
_AT_ONCE = 40  #: are read, since the first of them may tell


class ImportEvidence:
    """The imports of some files below a folder; tests and all others are told apart."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._modules: dict[tuple[PurePosixPath, bool], frozenset[str]] = {}
        self._names: dict[tuple[PurePosixPath, str, bool], bool] = {}

    def exists(self, module: PurePosixPath) -> bool:
        """Tell whether there is a module or folder at a path without suffix."""
        return (
            module in self._snapshot.python_folders
            or module.with_name(f"{module.name}.py") in self._snapshot.paths
        )

    def modules(self, root: PurePosixPath, *, tests: bool) -> frozenset[str]:
        """Return all modules, with their prefixes, that files below a folder import.

        They are tests, or all others.
        """
        key = (root, tests)
        if key not in self._modules:
            self._modules[key] = frozenset(
                module
                for data in self._files(root, tests=tests)
                for module in absolute_modules(data)
            )
        return self._modules[key]

    def names(self, root: PurePosixPath, name: str, *, tests: bool) -> bool:
        """Tell whether files below a root import something of its folder `name`."""
        key = (root, name, tests)
        if key not in self._names:
            self._names[key] = name not in sys.stdlib_module_names and any(
                # A folder may share its name with somebody else's package: what is imported must
                # exist.
                module.startswith(f"{name}.") and self.exists(root.joinpath(*module.split(".")))
                for data in self._files(root, tests=tests)
                for module in absolute_modules(data, name.encode())
            )
        return self._names[key]

    def shows(self, folder: PurePosixPath, root: PurePosixPath) -> bool:
        """Tell whether files in a folder import something that exists below a root only."""
        return any(
            "." in module
            and module.split(".")[0] not in sys.stdlib_module_names
            and self.exists(root.joinpath(*module.split(".")))
            and not self.exists(folder / module.split(".")[0])
            for module in self.modules(folder, tests=False)
        )

    def _files(self, root: PurePosixPath, *, tests: bool) -> Iterator[bytes]:
        """Yield the contents of some files below a folder: tests, or all others."""
        files = sorted(
            (path for path, test in self._below(root) if test == tests),
            key=lambda path: (len(path.parts), path.parts),
        )
        for at in range(0, min(len(files), _MOST_FILES), _AT_ONCE):
            some = files[at : min(at + _AT_ONCE, _MOST_FILES)]
            self._snapshot.preload(some)
            yield from (self._snapshot.read(path) or b"" for path in some)

    @cached_property
    def _python_files(self) -> tuple[tuple[PurePosixPath, bool], ...]:
        """All files, sorted, and whether they are tests."""
        paths = sorted(
            (path for path in self._snapshot.paths if path.suffix == ".py"),
            key=lambda path: path.parts,
        )
        return tuple((path, kinds.is_test(path)) for path in paths)

    def _below(self, root: PurePosixPath) -> Sequence[tuple[PurePosixPath, bool]]:
        """Return the files below a folder, and whether they are tests."""
        depth = len(root.parts)

        def above(file: tuple[PurePosixPath, bool]) -> tuple[str, ...]:
            return file[0].parts[:depth]

        start = bisect_left(self._python_files, root.parts, key=above)
        end = bisect_right(self._python_files, root.parts, start, key=above)
        return self._python_files[start:end]
