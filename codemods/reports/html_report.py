"""The ledger and the diffs as one page that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from codemods.engine.outcome import Entry
from codemods.reports.diff import hunks
from codemods.reports.report import CommitReport, Report, rows, todo
from codemods.reports.text import count, one_line, printable

__all__ = ["as_html"]

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --add: #2da44e26; --del: #cf222e26; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 80rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: left;
  vertical-align: top; }
td.figure, th.figure { text-align: right; }
code, pre { font: 13px/1.45 ui-monospace, monospace; }
pre { border: 1px solid var(--line); overflow-x: auto; padding: .5rem 0; }
pre span { display: block; padding: 0 .6rem; }
.add { background: var(--add); } .del { background: var(--del); } .at { opacity: .6; }
.leave { color: #bc4c00; } .rewrite { color: #1a7f37; } .failed { color: #cf222e; }
input { font: inherit; padding: .3rem .6rem; width: 100%; box-sizing: border-box; }
details { margin: .3rem 0; } summary { cursor: pointer; }
"""

_SCRIPT = """
const box = document.getElementById("filter");
box.addEventListener("input", () => {
  const words = box.value.toLowerCase().split(/\\s+/);
  for (const row of document.querySelectorAll("#ledger tbody tr")) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
  }
});
"""


_KINDS = {"+": "add", "-": "del", "@": "at"}


def as_html(report: Report) -> str:
    """Return the page. It loads nothing, and its only script filters the ledger."""
    return "\n".join(_page(report)) + "\n"


def _page(report: Report) -> Iterator[str]:
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield (
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">"
    )
    yield f"<title>codemods</title><style>{_STYLE}</style></head><body>"
    yield "<h1>codemods</h1>"
    if report.outcome.base:
        branch = f", branch <code>{_text(report.branch)}</code>" if report.branch else ""
        yield f"<p>Base <code>{_text(report.outcome.base)}</code>{branch}.</p>"
    for notice in report.notices:
        yield f"<p>{_text(notice)}</p>"
    for failure in report.outcome.failures:
        yield f'<p class="failed">Failed: {_text(failure)}</p>'
    yield from _summary(report)
    for sentence in todo(report):
        yield f"<p><strong>Still to do by hand:</strong> {_text(sentence)}</p>"
    yield from _ledger(report)
    if report.commits:
        yield "<h2>Changes</h2>"
    for commit in report.commits:
        yield from _commit(commit)
    yield f"<script>{_SCRIPT}</script></body></html>"


def _summary(report: Report) -> Iterator[str]:
    yield "<table><thead><tr><th>codemod</th>"
    yield "".join(f'<th class="figure">{name}</th>' for name in ("sites", "rewritten", "left"))
    yield '<th class="figure">files</th><th>commits</th></tr></thead><tbody>'
    for row in rows(report):
        figures = "".join(
            f'<td class="figure">{figure:,}</td>'
            for figure in (row.sites, row.rewritten, row.left, row.files)
        )
        commits = " ".join(f"<code>{_text(id[:10])}</code>" for id in row.commits)
        yield f"<tr><td>{_text(row.codemod)}</td>{figures}<td>{commits}</td></tr>"
    yield "</tbody></table>"


def _ledger(report: Report) -> Iterator[str]:
    yield '<h2>Ledger</h2><input id="filter" type="search" placeholder="Filter by any words">'
    yield '<table id="ledger"><thead><tr><th>place</th><th>code</th><th>verdict</th>'
    yield "<th>reason</th></tr></thead><tbody>"
    for entry in report.outcome.entries:
        yield _row(entry, report)
    yield "</tbody></table>"


def _row(entry: Entry, report: Report) -> str:
    position = entry.base or entry.final or entry.site.position
    verdict = entry.verdict
    reason = report.reasons.get(verdict.reason)
    title = f' title="{_text(reason.sentence)}"' if reason else ""
    note = f"<br><strong>{_text(verdict.note)}</strong>" if verdict.note else ""
    related = "".join(f"<br>see <code>{_text(str(place))}</code>" for place in verdict.related)
    return (
        f"<tr><td><code>{_text(str(entry.site.path))}:{position}</code></td>"
        f"<td><code>{escape(one_line(entry.site.code, 120))}</code></td>"
        f'<td class="{verdict.action.value}">{verdict.action.value}</td>'
        f"<td><code{title}>{_text(verdict.reason)}</code><br>{_text(verdict.message)}"
        f"{note}{related}</td></tr>"
    )


def _commit(commit: CommitReport) -> Iterator[str]:
    name = f"<code>{_text(commit.id[:10])}</code> " if commit.id else ""
    yield f"<h3>{name}{_text(commit.subject)}</h3>"
    yield f"<p>{count(len(commit.change.files), 'file')}</p>"
    for file in commit.change.files:
        # Within <pre> a newline between two blocks would be shown as an empty line.
        lines = "".join(
            f'<span class="{_KINDS.get(line[:1], "")}">{_text(line.expandtabs(4))}</span>'
            for line in hunks(file)
        )
        name = _text(str(file.path))
        yield f"<details><summary><code>{name}</code></summary><pre>{lines}</pre></details>"


def _text(text: str) -> str:
    return escape(printable(text))
