"""What other files take from the ones that a step rewrites.

``from app.helpers import *`` takes along whatever that module imports, and so do
``from app.helpers import os``, ``app.helpers.os`` and a test's ``patch("app.helpers.os")``: an
import that its own file no longer needs may be needed by others, and a new one may replace a name
that a file had of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import NamedTuple

from codemods.engine.snapshot import Snapshot
from codemods.project.project import Project
from codemods.python.names import Names
from codemods.python.problems import is_package
from codemods.python.scopes import Binding, ScopeKind
from codemods.python.source import SourceError, read_source

__all__ = ["STAR", "Surface", "Taken", "surface", "taken"]

STAR = b"import *"

_STAR = re.compile(rb"^[ \t]*from[ \t]*(\.*)[ \t]*([\w.]*)[ \t]+import \*", re.MULTILINE)
_FROM = re.compile(
    rb"^[ \t]*from[ \t]*(\.*)[ \t]*([\w.]*)[ \t]+import[ \t]*"
    rb"(\([^)]*\)|(?:[^\n\\(]|\\\r?\n)*)",
    re.MULTILINE,
)

Importers = Mapping[PurePosixPath, tuple[PurePosixPath, ...]]


@dataclass(frozen=True, slots=True)
class Surface:
    """How a rewrite changed the names at the top level of a file."""

    lost: frozenset[str] = frozenset()  #: names of imports that it no longer has
    gained: Mapping[str, str] = field(default_factory=dict)
    #: name -> qualified name of what is imported, empty for anything else
    listed: bool = False  #: ``__all__`` says what ``import *`` takes

    def __bool__(self) -> bool:
        return bool(self.lost or self.gained)


class Taken(NamedTuple):
    """What is in the way of a step."""

    needed: Mapping[PurePosixPath, frozenset[str]]  #: lost names that other files take
    replaced: Mapping[PurePosixPath, str]  #: file -> how its new name replaces that of another


def surface(before: Names, after: Names) -> Surface:
    """Compare the top level of a file before and after its rewrite."""
    old, new = before.module.bindings, after.module.bindings
    lost = {one.name for one in before.imports if one.scope.kind is ScopeKind.MODULE} - new.keys()
    gained = {name: new[name][0].origin for name in sorted(new.keys() - old.keys())}
    return Surface(frozenset(lost), gained, bool(after.exports))


def taken(
    surfaces: Mapping[PurePosixPath, Surface],
    snapshot: Snapshot,
    project: Project,
    stars: Iterable[PurePosixPath],
) -> Taken:
    """Find who takes what, given the files that hold `STAR`."""
    needed: dict[PurePosixPath, set[str]] = {}
    replaced: dict[PurePosixPath, str] = {}
    contents = snapshot.read(sorted(stars))
    importers = _star_importers(contents, project) if contents else {}
    for path, one in surfaces.items():
        for taker in () if one.listed else _takers(path, importers):
            data = contents[taker]
            needed.setdefault(path, set()).update(name for name in one.lost if _word(name, data))
            public = {name: of for name, of in one.gained.items() if not name.startswith("_")}
            name = _replaced(public, taker, data)
            if name is not None:
                replaced.setdefault(
                    path, f"{taker} takes every name of it (`import *`) and has its own `{name}`"
                )
    lost = {path: one.lost for path, one in surfaces.items() if one.lost}
    for path, name in _taken_by_name(lost, snapshot, project):
        needed.setdefault(path, set()).add(name)
    return Taken({path: frozenset(names) for path, names in needed.items() if names}, replaced)


def _star_importers(contents: Mapping[PurePosixPath, bytes], project: Project) -> Importers:
    """Return, by file, those that take all of its names."""
    importers: dict[PurePosixPath, list[PurePosixPath]] = {}
    for path, data in contents.items():
        for match in _STAR.finditer(data):
            target = _resolved(path, match, project)
            if target is not None and target != path:
                importers.setdefault(target, []).append(path)
    return {path: tuple(dict.fromkeys(found)) for path, found in importers.items()}


def _resolved(
    importer: PurePosixPath, match: re.Match[bytes], project: Project
) -> PurePosixPath | None:
    module = match[2].decode("utf-8", "replace")
    return project.resolve_import(importer, module, len(match[1]))


def _takers(path: PurePosixPath, importers: Importers) -> Iterator[PurePosixPath]:
    """Yield the files that star imports carry a name of `path` to, over any number of files."""
    seen = {path}
    waiting = [path]
    while waiting:
        for taker in importers.get(waiting.pop(), ()):
            if taker not in seen:
                seen.add(taker)
                waiting.append(taker)
                yield taker


def _word(name: str, data: bytes) -> bool:
    return re.search(rb"(?<!\w)%s(?!\w)" % re.escape(name.encode()), data) is not None


def _replaced(gained: Mapping[str, str], taker: PurePosixPath, data: bytes) -> str | None:
    """Return a name that a star import would newly replace in the file that makes it."""
    wanted = {name: origin for name, origin in gained.items() if _word(name, data)}
    if not wanted:
        return None
    try:
        names = read_source(taker, data).names
    except SourceError:
        return min(wanted)  # nobody can tell
    last = max((star.at for star in names.module.stars), default=(0, 0))
    for name, origin in wanted.items():
        own = names.module.bindings.get(name, ())
        if any(_is_other(one, origin) and one.at < last for one in own):
            return name
        if not own and names.reads(name):
            return name  # a builtin, or what another star import gives
    return None


def _is_other(binding: Binding, origin: str) -> bool:
    return not origin or binding.origin != origin


def _taken_by_name(
    lost: Mapping[PurePosixPath, frozenset[str]], snapshot: Snapshot, project: Project
) -> Iterator[tuple[PurePosixPath, str]]:
    """Yield the names that other files import from a file, or look up on its module."""
    needles = {path: _needles(path, names) for path, names in lost.items()}
    found = snapshot.search(frozenset().union(*needles.values())) if needles else frozenset()
    for taker, data in sorted(snapshot.read(sorted(found)).items()):
        for match in _FROM.finditer(data):
            words = {word.decode("utf-8", "replace") for word in re.findall(rb"\w+", match[3])}
            if any(words & names for names in lost.values()):
                target = _resolved(taker, match, project)
                if target is not None and target != taker:
                    yield from ((target, name) for name in words & lost.get(target, frozenset()))
        for path, names in lost.items():
            if path != taker:
                yield from ((path, n) for n in names if _word(f"{_stem(path)}.{n}", data))


def _needles(path: PurePosixPath, names: Iterable[str]) -> frozenset[bytes]:
    stem = _stem(path)
    needles = {"from . import"} if is_package(path) else set()
    if stem:
        needles |= {f"{stem} import", *(f"{stem}.{name}" for name in names)}
    return frozenset(needle.encode() for needle in needles)


def _stem(path: PurePosixPath) -> str:
    """Return the last part of a module's name; empty for a repository that is itself a package."""
    return path.parent.name if is_package(path) else path.stem
