"""Writes what a run has made in a clone into files that can be carried elsewhere."""

from __future__ import annotations

import json
import os
from pathlib import Path

__all__ = ["BUNDLE", "LEDGER", "PATCHES", "TEST_LOG", "export"]

LEDGER = "ledger.json"
BUNDLE = "series.bundle"
PATCHES = "patches"
TEST_LOG = "test.log"


def export(clone: Path, workspace: Path) -> None:
    """Write the branch that the ledger names as a bundle and as a series of patches.

    Raises:
        GitError: Git can't write them.
    """
    from codemods.git.repository import open_repository

    document = json.loads((workspace / LEDGER).read_bytes())
    base, branch = document["base"], document["branch"]
    if not branch:
        return
    reference = f"refs/heads/{branch}"
    with open_repository(clone) as repository:
        repository.run(
            *("bundle", "create", "--quiet", os.path.abspath(workspace / BUNDLE)),
            *(f"^{base}", reference),
            config=("pack.threads=1",),
        )
        repository.run(
            *("format-patch", "--quiet", "--binary", "--full-index", "--no-signature"),
            *("--no-ext-diff", "--no-textconv", "--zero-commit"),
            *("-o", os.path.abspath(workspace / PATCHES), f"{base}..{reference}"),
        )
