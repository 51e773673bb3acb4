"""Which file of the repository an import means."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import PurePosixPath

__all__ = ["Modules"]


class Modules:
    """The modules that a set of paths makes, without running or reading anything.

    A file's own name begins at the topmost folder of its chain of ``__init__.py``. Folders without
    one count as namespace packages. A script can import what lies beside it.
    """

    def __init__(self, paths: Iterable[PurePosixPath]) -> None:
        python = [path for path in paths if path.suffix == ".py"]
        packages = {path.parent for path in python if path.name == "__init__.py"}
        self._by_name: dict[str, list[PurePosixPath]] = {}
        self._paths = frozenset(python)
        for path in sorted(python):
            parts = path.parent.parts if path.name == "__init__.py" else path.with_suffix("").parts
            if not parts:
                continue
            inner = 1  # how many of the last parts belong together for certain
            folder = path.parent.parent if path.name == "__init__.py" else path.parent
            while folder in packages and inner < len(parts):
                inner += 1
                folder = folder.parent
            for length in range(inner, len(parts) + 1):
                self._by_name.setdefault(".".join(parts[-length:]), []).append(path)

    def resolve(self, importer: PurePosixPath, module: str, level: int) -> PurePosixPath | None:
        """Return the file that ``import module`` in `importer` means, None if it is not ours.

        `level` is the number of leading dots. Of several candidates the nearest one wins.
        """
        if level:
            folder = importer.parent
            for _ in range(level - 1):
                folder = folder.parent
            target = folder.joinpath(*module.split(".")) if module else folder
            for path in (target.with_name(target.name + ".py") if module else None,):
                if path is not None and path in self._paths:
                    return path
            package = target / "__init__.py"
            return package if package in self._paths else None
        candidates = self._by_name.get(module)
        if not candidates:
            return None
        single = "." not in module
        best: PurePosixPath | None = None
        score = (-1, 0)
        for path in candidates:
            home = path.parent.parent if path.name == "__init__.py" else path.parent
            depth = len(home.parts) - module.count(".")
            beside = home == importer.parent
            if single:
                if module in sys.stdlib_module_names and not beside:
                    continue
                if not beside and depth > 1:
                    continue
            shared = 0
            for mine, other in zip(path.parts, importer.parts, strict=False):
                if mine != other:
                    break
                shared += 1
            if (shared, -depth) > score:
                best, score = path, (shared, -depth)
        return best
