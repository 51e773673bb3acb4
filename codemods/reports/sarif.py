"""The ledger as SARIF 2.1.0, which code hosts and editors show beside the code.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html
"""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote_from_bytes

from codemods.codemod import Position
from codemods.engine.outcome import Entry
from codemods.reports.report import Report
from codemods.reports.text import path_bytes, unicode_text

__all__ = ["as_sarif"]


def as_sarif(report: Report) -> str:
    """Return the log: one result a site, ``note`` for rewritten ones, ``warning`` for others."""
    codes = sorted({entry.verdict.reason for entry in report.outcome.entries})
    index = {code: number for number, code in enumerate(codes)}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "codemods",
                        "semanticVersion": report.version,
                        "rules": [_rule(report, code) for code in codes],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The repository."}}},
                "invocations": [
                    {
                        "executionSuccessful": not report.outcome.failures,
                        "toolExecutionNotifications": [
                            {"level": "error", "message": {"text": unicode_text(sentence)}}
                            for sentence in report.outcome.failures
                        ],
                    }
                ],
                "results": [
                    _result(entry, index[entry.verdict.reason]) for entry in report.outcome.entries
                ],
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=True) + "\n"


def _rule(report: Report, code: str) -> dict[str, Any]:
    rule: dict[str, Any] = {"id": code}
    reason = report.reasons.get(code)
    if reason is not None:
        rule["shortDescription"] = {"text": reason.sentence}
        if reason.explanation:
            rule["fullDescription"] = {"text": reason.explanation}
    return rule


def _result(entry: Entry, rule: int) -> dict[str, Any]:
    site, verdict = entry.site, entry.verdict
    location = _location(site.path, entry.base or entry.final or site.position)
    location["physicalLocation"]["region"]["snippet"] = {"text": unicode_text(site.code)}
    message = verdict.message if not verdict.note else f"{verdict.message} ({verdict.note})"
    return {
        "ruleId": verdict.reason,
        "ruleIndex": rule,
        "level": "note" if entry.rewritten else "warning",
        "message": {"text": unicode_text(message)},
        "locations": [location],
        "relatedLocations": [
            _location(place.path, Position(place.line, place.column, place.line, place.column))
            for place in verdict.related
        ],
        "properties": {
            "codemod": site.codemod,
            "kind": site.kind,
            "group": unicode_text(verdict.group),
            "verdict": verdict.action.value,
        },
    }


def _location(path: PurePosixPath, position: Position) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote_from_bytes(path_bytes(path)), "uriBaseId": "SRCROOT"},
            "region": {
                "startLine": position.line,
                "startColumn": position.column,
                "endLine": position.end_line,
                "endColumn": position.end_column,
            },
        }
    }
