"""What a batch leaves on disk, for each repository and over all."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from codemods.batch.export import LEDGER
from codemods.batch.journal import Row
from codemods.batch.places import short_name
from codemods.batch.targets import Target, write_targets

__all__ = [
    "result_folder",
    "row_document",
    "summarise",
    "sweep_results",
    "write_result",
    "write_summary",
]


def result_folder(batch: Path, repository: str) -> Path:
    """Return the folder with the results of one repository."""
    return batch / "results" / short_name(repository)


def write_result(folder: Path, files: Mapping[str, bytes], log: str) -> None:
    """Replace the results of a repository; what was there before is gone at once or not at all."""
    new = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    for name, data in files.items():
        path = new / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    new.mkdir(parents=True, exist_ok=True)
    (new / "log.txt").write_text(log, "utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    new.rename(folder)


def sweep_results(batch: Path) -> None:
    """Remove what a killed process had half written; only the holder of the batch may."""
    for rest in (batch / "results").glob("*.new"):
        shutil.rmtree(rest, ignore_errors=True)


def summarise(rows: Sequence[Row], batch: Path) -> dict[str, Any]:
    """Return totals, and failures grouped by their cause. One ledger is in memory at a time."""
    reasons: Counter[tuple[str, str]] = Counter()
    codemods: dict[str, Counter[str]] = {}
    for row in rows:
        ledger = result_folder(batch, row.repository) / LEDGER
        if row.state in ("changed", "incomplete", "pending", "unchanged") and ledger.is_file():
            document = json.loads(ledger.read_bytes())
            reasons.update((site["verdict"], site["reason"]) for site in document["sites"])
            for one in document["codemods"]:
                codemods.setdefault(one["name"], Counter()).update(
                    {key: one[key] for key in ("sites", "rewritten", "left", "files")}
                )
    causes: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        if row.failed:
            failure = {"repository": row.repository, "message": row.message}
            causes.setdefault(row.cause, []).append(failure)
    return {
        "schema": 1,
        "states": dict(sorted(Counter(row.state for row in rows).items())),
        "codemods": {name: dict(codemods[name]) for name in sorted(codemods)},
        "reasons": [
            {"verdict": verdict, "reason": reason, "sites": number}
            for (verdict, reason), number in sorted(reasons.items(), key=lambda item: item[0])
        ],
        "failures": {cause: causes[cause] for cause in sorted(causes)},
        "repositories": [row_document(row) for row in rows],
    }


def row_document(row: Row) -> dict[str, Any]:
    """Return a row of the journal as JSON has it."""
    return {
        "repository": row.repository,
        "state": row.state,
        "base": row.base or None,
        "base_branch": row.base_branch or None,
        "branch": row.branch or None,
        "commits": list(row.commits),
        "sites": row.sites,
        "rewritten": row.rewritten,
        "left": row.left,
        "seconds": round(row.seconds, 3),
        "cause": row.cause or None,
        "message": row.message or None,
        "results": f"results/{short_name(row.repository)}",
    }


def write_summary(
    rows: Sequence[Row], targets: Mapping[str, Target], batch: Path
) -> dict[str, Any]:
    """Write ``summary.json``, ``changed.toml`` and ``failed.toml``; return the first of them."""
    summary = summarise(rows, batch)
    _replace(batch / "summary.json", json.dumps(summary, indent=2) + "\n")
    for name, chosen in (
        ("changed.toml", [row for row in rows if row.branch]),
        ("failed.toml", [row for row in rows if row.failed]),
    ):
        _replace(batch / name, write_targets(targets[row.repository] for row in chosen))
    return summary


def _replace(path: Path, text: str) -> None:
    new = path.with_name(f"{path.name}.new")
    new.write_text(text, "utf-8", "surrogateescape")
    os.replace(new, path)
