"""Sentences that a person should read before the ledger: what this run could not look at."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from codemods.engine import Files, Outcome

__all__ = ["newer_pythons", "not_followed"]

_NAMED = 3  # paths that a sentence names


def newer_pythons(outcome: Outcome, typed: Sequence[str]) -> tuple[str, ...]:
    """Say which command handles the files whose syntax is newer than the running Python.

    `typed` are the arguments of this run.
    """
    from codemods.reports.text import count

    reasons = (entry.verdict.reason for entry in outcome.entries)
    needs = (re.fullmatch(r"engine/needs-python-(\d+)\.(\d+)", reason) for reason in reasons)
    versions = [(int(need[1]), int(need[2])) for need in needs if need]
    if not versions:
        return ()
    # The newest of them reads the files of the others as well.
    python = ".".join(map(str, max(versions)))
    command = shlex.join([f"python{python}", "-m", "codemods", *typed])
    return (
        f"{count(len(versions), 'file')} can be read from Python {python} on: "
        f"install codemods there and run `{command}`",
    )


def not_followed(files: Files) -> tuple[str, ...]:
    """Name the submodules, and the symbolic links that lead out of the repository."""
    found = []
    if files.submodules:
        one = len(files.submodules) == 1
        verbs = "is a submodule and was" if one else "are submodules and were"
        found.append(f"{_named(files.submodules)} {verbs} not looked at; run codemods there")
    outside = [path for path, target in files.links.items() if _leads_out(path, target)]
    if outside:
        lead, were = ("leads", "was") if len(outside) == 1 else ("lead", "were")
        found.append(f"{_named(outside)} {lead} out of the repository and {were} not followed")
    return tuple(found)


def _named(paths: Sequence[PurePosixPath]) -> str:
    from codemods.reports.text import listed

    names = [str(path) for path in paths[:_NAMED]]
    return listed([*names, f"{len(paths) - _NAMED} more"] if len(paths) > _NAMED else names)


def _leads_out(path: PurePosixPath, target: str) -> bool:
    reached = os.path.normpath(os.path.join(path.parent, target))
    return os.path.isabs(reached) or reached.split(os.sep, 1)[0] == os.pardir
