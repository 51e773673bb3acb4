"""What is done to each repository, written down so that the same is not done twice."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass

from codemods import __version__
from codemods.batch.targets import Target

__all__ = ["Recipe", "versions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What holds for every repository of a run, whatever the list says about it."""

    only: tuple[str, ...] = ()  #: stands instead of the list's
    skip: tuple[str, ...] = ()  #: adds to the list's
    options: tuple[str, ...] = ()  #: wins over the list's
    branch: str = ""
    dry_run: bool = False
    sign: bool = False
    test: str = ""  #: the command that judges each commit in a checkout; empty for none
    date: str = ""  #: of all commits, as Git writes it

    def arguments(self, target: Target, commit: str) -> tuple[str, ...]:
        """Return what ``codemods run`` is told for one repository."""
        branch = target.branch or self.branch
        pairs = (
            *(("--only", name) for name in self.only or target.only),
            *(("--skip", name) for name in dict.fromkeys((*target.skip, *self.skip))),
            *(("--option", text) for text in (*target.options, *self.options)),
            *([("--branch", branch)] if branch else ()),
            *([("--test", self.test)] if self.test and not self.dry_run else ()),
        )
        flags = ["--dry-run"] if self.dry_run else ["--replace-branch"]
        return (
            *("--json", "--jobs", "1", "--base", commit, "--date", self.date),
            "--sign" if self.sign else "--no-sign",
            *flags,
            *(word for pair in pairs for word in pair),
        )

    def key(self, arguments: tuple[str, ...], environment: Mapping[str, str]) -> str:
        """Return a digest of all that decides what a job makes of a base commit."""
        text = json.dumps([versions(), arguments, dict(environment)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def versions() -> dict[str, str]:
    """Return the versions on which a result depends: the tool's, Python's, and of all codemods."""
    from importlib.metadata import entry_points, version

    from codemods.registry import ENTRY_POINTS

    foreign = {
        point.dist.name: point.dist.version
        for point in entry_points(group=ENTRY_POINTS)
        if point.dist is not None
    }
    return {
        "codemods": __version__,
        "python": ".".join(platform.python_version_tuple()[:2]),
        "libcst": version("libcst"),
        **dict(sorted(foreign.items())),
    }
