"""Where clones and results lie."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

__all__ = ["cache_folder", "clone_folder", "short_name"]


def cache_folder() -> Path:
    """Return the folder for clones, by the rules of this system."""
    from platformdirs import user_cache_path

    return user_cache_path("codemods")


def clone_folder(cache: Path, id: str) -> Path:
    """Return the folder of a repository's bare clone."""
    return cache / "clones" / f"{short_name(id)}.git"


def short_name(id: str) -> str:
    """Return a name for files: readable, and never that of another repository."""
    words = [word for word in re.split(r"[^A-Za-z0-9_.]+", id.removesuffix(".git")) if word]
    name = "-".join(words[-2:]).lstrip(".")[:60]
    return f"{name}-{hashlib.sha256(id.encode('utf-8', 'surrogateescape')).hexdigest()[:10]}"
