"""How long the lines of a repository may be."""

from __future__ import annotations

from pathlib import PurePosixPath

from codemods.project.project import Project

__all__ = ["line_width"]

_USUAL = 88


def line_width(project: Project, root: PurePosixPath) -> int:
    """Return the line length that the formatter of a distribution is told, else the usual one."""
    for folder in dict.fromkeys((root, project.root.root)):
        tools = project.snapshot.toml(folder / "pyproject.toml").get("tool", {})
        for name in ("ruff", "black"):
            width = tools.get(name, {}).get("line-length")
            if isinstance(width, int) and 60 <= width <= 200:
                return width
    return _USUAL
