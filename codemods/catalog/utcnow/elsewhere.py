"""Whether a class that a file takes from another file of the repository is `datetime`."""

from __future__ import annotations

from pathlib import PurePosixPath

from codemods.catalog.utcnow.receivers import CLASS
from codemods.project.project import Project

__all__ = ["is_datetime"]

_DEPTH = 4


def is_datetime(qualified: str, importer: PurePosixPath, project: Project, depth: int = 0) -> bool:
    """Tell whether a qualified name certainly leads to the standard library's class.

    Args:
        qualified: as `importer` has it, with leading dots for relative imports.
        importer: the file that takes it from elsewhere.
        project: the repository, whose files are read.
        depth: how many files have been passed on the way.
    """
    if qualified == CLASS:
        return True
    if depth > _DEPTH:
        return False
    level = len(qualified) - len(qualified.lstrip("."))
    parts = qualified[level:].split(".")
    for count in range(len(parts) - 1, -1, -1):
        path = project.resolve_import(importer, ".".join(parts[:count]), level)
        if path is not None:
            return _leads_there(parts[count], parts[count + 1 :], path, project, depth)
        if count == 1 and level == 0:
            break
    return False


def _leads_there(
    name: str, rest: list[str], path: PurePosixPath, project: Project, depth: int
) -> bool:
    from codemods.python.scopes import Point
    from codemods.python.source import SourceError, read_source

    data = project.read(path)
    if data is None or name.encode() not in data:
        return False
    try:
        file = read_source(path, data)
    except SourceError:
        return False
    if not file.tree.body:
        return False
    names = file.names
    end = Point(names.module, names.module.block, file.tree.body[-1], deferred=True)
    found = names.look_up(name, end)
    opaque = [binding for binding in found.opaque if not binding.is_none]
    tail = "".join(f".{part}" for part in rest)
    if found.stars and not found.names and not opaque:
        meanings = {f"{star.origin}.{name}" for star in found.stars}
        return len(meanings) == 1 and is_datetime(meanings.pop() + tail, path, project, depth + 1)
    return (
        bool(found.names)
        and not opaque
        and not found.stars
        and all(is_datetime(origin + tail, path, project, depth + 1) for origin in found.names)
    )
