"""Writes what a run has made in a clone into files that can be carried elsewhere.

Ledgers can be large. They are read here, in a cell, and nowhere else: a driver only sees digests.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["BUNDLE", "DIGEST", "LEDGER", "PATCHES", "TEST_LOG", "digest", "export"]

LEDGER = "ledger.json"
DIGEST = "digest.json"
BUNDLE = "series.bundle"
PATCHES = "patches"
TEST_LOG = "test.log"


def export(clone: Path, workspace: Path) -> None:
    """Write the branch that the ledger names as a bundle and as patches, and the digest last.

    Raises:
        GitError: Git can't write them.
    """
    document = json.loads((workspace / LEDGER).read_bytes())
    base, branch = document["base"], document["branch"]
    if branch:
        _export_branch(clone, workspace, base, f"refs/heads/{branch}")
    (workspace / DIGEST).write_text(json.dumps(digest(document)), "utf-8")


def digest(ledger: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a driver needs of a ledger: how it ended, figures, and sites by reason."""
    reasons = Counter((site["verdict"], site["reason"]) for site in ledger["sites"])
    return {
        "state": ledger["state"],
        "branch": ledger["branch"] or "",
        "commits": [commit["id"] for commit in ledger["commits"] if commit["id"]],
        "failures": ledger["failures"],
        "codemods": {
            one["name"]: {key: one[key] for key in ("sites", "rewritten", "left", "files")}
            for one in ledger["codemods"]
        },
        "reasons": [[*reason, number] for reason, number in sorted(reasons.items())],
    }


def _export_branch(clone: Path, workspace: Path, base: str, reference: str) -> None:
    from codemods.git.repository import open_repository

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
