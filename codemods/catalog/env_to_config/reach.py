"""Which files a program may load, following its imports through the repository."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from codemods.project.project import Project
from codemods.python.import_text import import_texts

__all__ = ["Imports", "is_expected"]


def is_expected(module: str, project: Project) -> bool:
    """Tell whether files import a module that the repository does not hold.

    Such a module is written where the program is installed, and Git ignores it.
    """
    last = module.rpartition(".")[2].encode()
    for path in sorted(project.paths):
        data = (project.read(path) or b"") if path.suffix == ".py" else b""
        if last not in data:
            continue
        own = (project.module_name(path) or "").split(".")
        package = own if path.name == "__init__.py" else own[:-1]
        for source, level, names in import_texts(data):
            base = package[: len(package) - level + 1] if level else []
            dotted = ".".join((*base, *([source] if source else [])))
            if module == dotted or module in {f"{dotted}.{name}" for name in names}:
                return True
    return False


class Imports:
    """The imports between the files of a repository, read when they are asked for."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._of: dict[PurePosixPath, frozenset[PurePosixPath]] = {}

    def reachable(self, start: PurePosixPath) -> frozenset[PurePosixPath]:
        """Return the files that running a file may load, itself among them."""
        seen = {start}
        waiting = [start]
        while waiting:
            for path in self._imported(waiting.pop()) - seen:
                seen.add(path)
                waiting.append(path)
        return frozenset(seen)

    def _imported(self, path: PurePosixPath) -> frozenset[PurePosixPath]:
        if path not in self._of:
            self._of[path] = frozenset(self._resolved(path))
        return self._of[path]

    def _resolved(self, path: PurePosixPath) -> Iterator[PurePosixPath]:
        resolve = self._project.resolve_import
        known: set[tuple[str, int]] = set()
        for module, level, names in import_texts(self._project.read(path) or b""):
            parts = module.split(".") if module else []
            # Importing a.b.c runs a and a.b first; a name may be a submodule.
            wanted = [".".join(parts[:count]) for count in range(1, len(parts) + 1)]
            base = f"{module}." if module else ""
            wanted += [base + name for name in names]
            if level and not parts:
                wanted.append("")
            for one in wanted:
                if (one, level) not in known:
                    known.add((one, level))
                    found = resolve(path, one, level)
                    if found is not None:
                        yield found
