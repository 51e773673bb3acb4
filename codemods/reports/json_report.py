"""The ledger as one JSON document; docs/json.md describes it."""

from __future__ import annotations

import base64
import json
from pathlib import PurePosixPath
from typing import Any

from codemods.codemod import Place, Position
from codemods.engine.outcome import Entry, FileChange
from codemods.reports.report import CommitReport, Report, rows, todo
from codemods.reports.text import path_bytes, unicode_text

__all__ = ["SCHEMA", "as_document", "as_json"]

SCHEMA = 1
"""Raised when a key goes or changes its meaning; new keys may come without."""


def as_json(report: Report, exit_code: int) -> str:
    """Return the document as ASCII text that ends in a newline."""
    return json.dumps(as_document(report, exit_code), indent=2, ensure_ascii=True) + "\n"


def as_document(report: Report, exit_code: int) -> dict[str, Any]:
    """Return the document as dictionaries and lists."""
    outcome = report.outcome
    return {
        "schema": SCHEMA,
        "tool": {"name": "codemods", "version": report.version},
        "state": report.state.value,
        "exit_code": exit_code,
        "base": outcome.base or None,
        "branch": unicode_text(report.branch) or None,
        "codemods": [
            {
                "name": row.codemod,
                "sites": row.sites,
                "rewritten": row.rewritten,
                "left": row.left,
                "files": row.files,
                "counts": dict(outcome.counts.get(row.codemod, {})),
                "rounds": outcome.rounds.get(row.codemod, 0),
            }
            for row in rows(report)
        ],
        "commits": [_commit(commit) for commit in report.commits],
        "sites": [_site(entry) for entry in outcome.entries],
        "failures": [unicode_text(sentence) for sentence in outcome.failures],
        "notices": [unicode_text(sentence) for sentence in report.notices],
        "todo": [unicode_text(sentence) for sentence in todo(report)],
        "files_searched": outcome.files_searched,
        "files_surveyed": outcome.files_surveyed,
    }


def _commit(commit: CommitReport) -> dict[str, Any]:
    change = commit.change
    return {
        "id": commit.id or None,
        "codemod": change.codemod,
        "step": unicode_text(change.step) or None,
        "part": unicode_text(change.part) or None,
        "subject": unicode_text(commit.subject),
        "sites": sum(entry.rewritten for entry in change.entries),
        "files": [{**_path(file.path), "status": _status(file)} for file in change.files],
    }


def _site(entry: Entry) -> dict[str, Any]:
    site, verdict = entry.site, entry.verdict
    return {
        "codemod": site.codemod,
        "group": unicode_text(verdict.group),
        "kind": site.kind,
        **_path(site.path),
        **_position(entry.base),
        "final": _position(entry.final) if entry.final else None,
        "code": unicode_text(site.code),
        "verdict": verdict.action.value,
        "reason": verdict.reason,
        "message": unicode_text(verdict.message),
        "note": unicode_text(verdict.note) or None,
        "related": [_place(place) for place in verdict.related],
    }


def _path(path: PurePosixPath) -> dict[str, str]:
    """A path that is not UTF-8 can't be a JSON string, so that its bytes stand beside it."""
    shown = unicode_text(str(path))
    if shown == str(path):
        return {"path": shown}
    return {"path": shown, "path_base64": base64.b64encode(path_bytes(path)).decode("ascii")}


def _position(position: Position | None) -> dict[str, int | None]:
    return {
        "line": position.line if position else None,
        "column": position.column if position else None,
        "end_line": position.end_line if position else None,
        "end_column": position.end_column if position else None,
    }


def _place(place: Place) -> dict[str, Any]:
    return {**_path(place.path), "line": place.line, "column": place.column}


def _status(file: FileChange) -> str:
    if file.before is None:
        return "added"
    return "deleted" if file.after is None else "modified"
