"""Small repositories in memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from codemods.project.project import Project

__all__ = ["repository"]


def repository(files: Mapping[str, str | bytes]) -> Project:
    """Return a `Project` of a mapping from path to content."""
    contents = {
        PurePosixPath(path): data.encode() if isinstance(data, str) else data
        for path, data in files.items()
    }
    return Project(list(contents), contents.get)
