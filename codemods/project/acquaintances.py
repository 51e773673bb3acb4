"""Which files have to do with another one, by what they import: nothing is parsed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import PurePosixPath
from typing import NamedTuple

from codemods.project.project import Project
from codemods.python.import_text import import_texts

__all__ = ["Acquaintances"]


class _Imported(NamedTuple):
    """What a file imports; folders are texts, which are compared many times faster."""

    files: frozenset[PurePosixPath]
    folders: frozenset[str]  #: of these files
    packages: frozenset[str]  #: those imported as a whole: ``package.sub.module`` may follow


class Acquaintances:
    """The imports of files, read when they are asked for."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._of: dict[PurePosixPath, _Imported] = {}

    def know(self, files: Iterable[PurePosixPath]) -> None:
        """Read the imports of files, which `of` will ask for."""
        missing = [path for path in files if path not in self._of]
        self._project.snapshot.preload(missing)
        for path in missing:
            self._imported(path)

    def of(
        self,
        homes: Iterable[PurePosixPath],
        candidates: Mapping[PurePosixPath, bytes],
        known: Iterable[PurePosixPath],
    ) -> Mapping[PurePosixPath, frozenset[PurePosixPath]]:
        """Return for each home those candidates in which its names can mean what they mean there.

        They lie in its folder or below (pytest hands fixtures down), or it imports from their
        folder, or they import from its folder, be it through others, as far as these are among the
        candidates or `known`. Code that has nothing to do with a file hardly holds its objects.
        """
        files = candidates.keys() | known
        for path, data in candidates.items():
            self._read(path, data)
        self.know(files)
        folders = {str(path.parent) for path in files}

        @cache
        def inner(package: str) -> frozenset[str]:
            return frozenset(one for one in folders if _is_below(one, package))

        taken = {path: self._taken(path, inner) for path in files}
        takers: dict[str, set[PurePosixPath]] = {}
        importers: dict[PurePosixPath, set[PurePosixPath]] = {}
        for path, names in taken.items():
            for folder in names:
                takers.setdefault(folder, set()).add(path)
            for file in self._imported(path).files:
                importers.setdefault(file, set()).add(path)
        inside: dict[str, set[PurePosixPath]] = {}
        for path in candidates:
            inside.setdefault(str(path.parent), set()).add(path)
        around: dict[str, frozenset[PurePosixPath]] = {}
        found = {}
        for home in homes:
            own = str(home.parent)
            if own not in around:
                around[own] = _reaching(takers.get(own, ()), importers) & candidates.keys()
            beside = self._imported(home).folders
            found[home] = around[own].union(
                *(
                    paths
                    for folder, paths in inside.items()
                    if folder in beside or _is_below(folder, own)
                )
            )
        return found

    def _taken(self, path: PurePosixPath, inner: Callable[[str], frozenset[str]]) -> frozenset[str]:
        """Return the folders from which a file can name something; `inner` are those below one."""
        imported = self._imported(path)
        return imported.folders.union(*(inner(package) for package in imported.packages))

    def _imported(self, path: PurePosixPath) -> _Imported:
        if path not in self._of:
            self._read(path, self._project.read(path) or b"")
        return self._of[path]

    def _read(self, path: PurePosixPath, data: bytes) -> None:
        found = dict(self._modules(path, data))
        self._of[path] = _Imported(
            frozenset(found),
            frozenset(str(module.parent) for module in found),
            frozenset(
                str(module.parent)
                for module, is_whole in found.items()
                if is_whole and module.name == "__init__.py"
            ),
        )

    def _modules(self, path: PurePosixPath, data: bytes) -> Iterator[tuple[PurePosixPath, bool]]:
        """Yield the modules that a file imports from, and whether it gets the module itself."""
        resolve, paths = self._project.resolve_import, self._project.paths
        for module, level, names in import_texts(data):
            holder = resolve(path, module, level)
            if not names:
                outer = resolve(path, module.partition(".")[0])
                yield from ((one, True) for one in (holder, outer) if one is not None)
            elif holder is None:  # perhaps a folder without `__init__.py`
                whole = (resolve(path, f"{module}.{name}".strip("."), level) for name in names)
                yield from ((one, True) for one in whole if one is not None)
            else:
                yield holder, False
                if holder.name == "__init__.py":
                    inner = (holder.parent / name for name in names)
                    inside = (
                        (folder.with_suffix(".py"), folder / "__init__.py") for folder in inner
                    )
                    yield from ((one, True) for pair in inside for one in pair if one in paths)


def _is_below(folder: str, top: str) -> bool:
    return top == "." or f"{folder}/".startswith(f"{top}/")


def _reaching(
    files: Iterable[PurePosixPath], importers: Mapping[PurePosixPath, Iterable[PurePosixPath]]
) -> frozenset[PurePosixPath]:
    """Return files and those that import them, directly or through others."""
    found = set(files)
    waiting = list(found)
    while waiting:
        for other in importers.get(waiting.pop(), ()):
            if other not in found:
                found.add(other)
                waiting.append(other)
    return frozenset(found)
