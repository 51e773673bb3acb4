"""Which of several classes that hold configuration a file's reads belong to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

from codemods.catalog.env_to_config.facts import Centre
from codemods.project.project import Project
from codemods.python.import_text import import_texts

__all__ = ["Choice", "Place"]

Place = tuple[PurePosixPath, Centre]
"""A class, with its file."""


class Choice:
    """The classes of a distribution that its files import, and those that are ever the target.

    Left out are the parts of another class, what is derived from another, and what no file
    imports though another one is. Of several in one module none is ever clear: each has its topic.
    """

    def __init__(self, places: Sequence[Place], project: Project) -> None:
        self._project = project
        self.places = _outermost(places)
        self._users = Counter[int]()
        if len(self.places) > 1:
            self._users = self._count()
            used = [place for index, place in enumerate(self.places) if self._users[index]]
            self.places = used or self.places
            self._users = self._count()

    def of(self, reader: PurePosixPath) -> Place | None:
        """Return the class that a file's reads belong to, None where that isn't clear.

        It is the only one that the file imports, else the one of the innermost folder around the
        file, else the one that more files import than any other.
        """
        if len(self.places) == 1:
            return self.places[0]
        most = max(self._users.values(), default=0)
        for ones in (
            self._imported(reader),
            self._around(reader),
            [index for index in self._users if self._users[index] == most],
        ):
            if len(ones) == 1:
                path, _ = place = self.places[ones[0]]
                alone = sum(other == path for other, _ in self.places) == 1
                return place if alone else None
        return None

    def _imported(self, reader: PurePosixPath) -> list[int]:
        resolve = self._project.resolve_import
        found = set()
        for module, level, names in import_texts(self._project.read(reader) or b""):
            source = resolve(reader, module, level)
            whole = {resolve(reader, f"{module}.{name}".strip("."), level) for name in names}
            for index, (path, centre) in enumerate(self.places):
                named = source == path and (not names or not centre.names.isdisjoint(names))
                if named or path in whole:
                    found.add(index)
        return sorted(found)

    def _around(self, reader: PurePosixPath) -> list[int]:
        depths = {
            index: len(path.parts)
            for index, (path, _) in enumerate(self.places)
            if reader.is_relative_to(path.parent)
        }
        return [index for index, depth in depths.items() if depth == max(depths.values())]

    def _count(self) -> Counter[int]:
        """Count the files of the program that import each class, by its index."""
        own = {path for path, _ in self.places}
        stems = {
            (path.parent.name if path.stem == "__init__" else path.stem).encode() for path in own
        }
        users = Counter[int]()
        for path in sorted(self._project.paths):
            if path.suffix != ".py" or path in own or self._project.is_test(path):
                continue
            data = self._project.read(path) or b""
            if any(stem in data for stem in stems):
                users.update(self._imported(path))
        return users


def _outermost(places: Sequence[Place]) -> Sequence[Place]:
    """Return the classes that are neither held by another one nor derived from it."""
    found = [
        (path, centre)
        for path, centre in places
        if not any(
            other is not centre and (centre.name in other.mentions or other.name in centre.bases)
            for _, other in places
        )
    ]
    return found or places
