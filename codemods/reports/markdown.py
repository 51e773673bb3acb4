"""The summary as Markdown: for a pull request, or a file beside the code."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from codemods.codemod import Position
from codemods.engine.outcome import Entry
from codemods.reports.report import Report, by_reason, left, noted, rows, todo
from codemods.reports.text import count, one_line, printable

__all__ = ["as_markdown"]

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&])")


def as_markdown(report: Report) -> str:
    """Return the report as GitHub-flavoured Markdown that ends in a newline."""
    return "\n".join(_lines(report)).rstrip() + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield "# codemods"
    yield ""
    if report.outcome.base:
        branch = f" Branch {_code(report.branch)}." if report.branch else ""
        yield f"Base {_code(report.outcome.base)}.{branch}"
        yield ""
    for notice in report.notices:
        yield f"> {_plain(notice)}"
        yield ""
    for failure in report.outcome.failures:
        yield f"> **Failed:** {_plain(failure)}"
        yield ""
    yield "| codemod | sites | rewritten | left | files | commits |"
    yield "|---|---:|---:|---:|---:|---|"
    for row in rows(report):
        commits = " ".join(_code(id[:10]) for id in row.commits) or "-"
        figures = " | ".join(f"{n:,}" for n in (row.sites, row.rewritten, row.left, row.files))
        yield f"| {_plain(row.codemod)} | {figures} | {commits} |"
    sentences = todo(report)
    if sentences:
        yield from ("", "## Still to do by hand", "")
        for sentence in sentences:
            yield f"- {_plain(sentence)}"
    rewritten = by_reason(entry for entry in report.outcome.entries if entry.rewritten)
    if rewritten:
        yield from ("", f"## Rewritten: {count(_total(rewritten), 'site')}", "")
        for code, entries in rewritten.items():
            reason = report.reasons.get(code)
            sentence = reason.sentence if reason else entries[0].verdict.message
            yield f"- {_code(code)} ({len(entries):,}) {_plain(sentence)}"
    found = noted(report.outcome.entries)
    if found:
        yield from ("", "## To look at in the diff", "")
        for entry in found:
            yield f"- {_place(entry)}: {_plain(entry.verdict.note)}"
    found_by_reason = left(report)
    if found_by_reason:
        yield from ("", f"## Left: {count(_total(found_by_reason), 'site')}", "")
        for code, entries in found_by_reason.items():
            reason = report.reasons.get(code)
            sentence = f" {_plain(reason.sentence)}" if reason else ""
            yield f"<details><summary><code>{_html(code)}</code> ({len(entries):,})</summary>"
            yield ""
            if sentence:
                yield from (sentence.strip(), "")
            for entry in entries:
                message = _plain(entry.verdict.message)
                yield f"- {_place(entry)} {_code(one_line(entry.site.code))}: {message}"
            yield from ("", "</details>", "")


def _total(found: dict[str, list[Entry]]) -> int:
    return sum(map(len, found.values()))


def _place(entry: Entry) -> str:
    return _code(_located(entry.site.path, entry.base or entry.final or entry.site.position))


def _located(path: PurePosixPath, position: Position) -> str:
    return f"{path}:{position}"


def _plain(text: str) -> str:
    """Escape a text so that nothing in it is markup."""
    return _SPECIAL.sub(r"\\\1", printable(text))


def _html(text: str) -> str:
    return html.escape(printable(text))


def _code(text: str) -> str:
    """Return a code span, which is delimited by more backticks than any run inside it."""
    shown = printable(text)
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") or not shown else ""
    return f"{fence}{pad}{shown}{pad}{fence}"
