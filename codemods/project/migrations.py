"""Migration history: files that record what was done to a database and must stay as they are."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import PurePosixPath

from codemods.project.snapshot import Snapshot

__all__ = ["MigrationHistory"]

_NUMBERED = re.compile(r"\d{4}_\w+\.py")
_DJANGO = re.compile(rb"^class Migration\(|\bSchemaMigration\b", re.MULTILINE)
_ALEMBIC = re.compile(rb"^down_revision\b", re.MULTILINE)


class MigrationHistory:
    """Which files are migration history, where Django or Alembic is recognised.

    Django: a folder `migrations` that holds numbered files or one with `class Migration(`.
    Alembic: a folder beside `script.py.mako`, or one that holds a file with `down_revision`.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._folders: dict[PurePosixPath, bool] = {}

    def holds(self, path: PurePosixPath) -> bool:
        """Tell whether a file is migration history."""
        parts = path.parts[:-1]
        if "migrations" not in parts and "versions" not in parts:
            return False
        folder = path.parent
        while folder.parts:
            if folder.name in ("migrations", "versions") and self._is_history(folder):
                return True
            folder = folder.parent
        return False

    def is_environment(self, path: PurePosixPath) -> bool:
        """Tell whether a file is Alembic's `env.py`, which only migrations run."""
        return path.name == "env.py" and path.parent / "script.py.mako" in self._snapshot.paths

    def _is_history(self, folder: PurePosixPath) -> bool:
        if folder not in self._folders:
            self._folders[folder] = self._decide(folder)
        return self._folders[folder]

    def _decide(self, folder: PurePosixPath) -> bool:
        files = sorted(
            path
            for path in self._snapshot.children.get(folder, ())
            if path.suffix == ".py" and path.name != "__init__.py" and path in self._snapshot.paths
        )
        if folder.name == "versions":
            if folder.parent / "script.py.mako" in self._snapshot.paths:
                return True
            return any(_ALEMBIC.search(self._snapshot.read(path) or b"") for path in files)
        if self._has_django and any(_NUMBERED.fullmatch(path.name) for path in files):
            return True
        return any(_DJANGO.search(self._snapshot.read(path) or b"") for path in files)

    @cached_property
    def _has_django(self) -> bool:
        return any(path.name == "manage.py" for path in self._snapshot.paths)
