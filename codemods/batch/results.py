"""What a batch leaves on disk, for each repository and over all."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from codemods.batch.journal import Journal, Row
from codemods.batch.places import short_name
from codemods.batch.targets import write_targets

__all__ = [
    "begin_result",
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


def begin_result(folder: Path) -> Path:
    """Make an empty folder for the next results of a repository, and return it."""
    new = _next(folder)
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    return new


def write_result(folder: Path, files: Mapping[str, bytes] | None, log: str) -> None:
    """Replace the results of a repository; what was there before is gone at once or not at all.

    Without `files`, somebody has put them into the folder that `begin_result` made.
    """
    new = _next(folder) if files is None else begin_result(folder)
    for name, data in (files or {}).items():
        path = new / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (new / "log.txt").write_text(log, "utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    new.rename(folder)


def _next(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.new")


def sweep_results(batch: Path) -> None:
    """Remove what a killed process had half written; only the holder of the batch may."""
    for rest in (batch / "results").glob("*.new"):
        shutil.rmtree(rest, ignore_errors=True)


def summarise(rows: Sequence[Row], digests: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return totals, and failures grouped by their cause."""
    reasons: Counter[tuple[str, str]] = Counter()
    codemods: dict[str, Counter[str]] = {}
    for digest in digests:
        for verdict, reason, number in digest["reasons"]:
            reasons[verdict, reason] += number
        for name, figures in digest["codemods"].items():
            codemods.setdefault(name, Counter()).update(figures)
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


def write_summary(journal: Journal, batch: Path) -> dict[str, Any]:
    """Write ``summary.json``, ``changed.toml`` and ``failed.toml``; return the first of them."""
    rows, targets = journal.rows(), journal.targets()
    summary = summarise(rows, journal.digests())
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
