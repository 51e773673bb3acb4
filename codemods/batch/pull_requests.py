"""The text of a pull request, written as files beside the branch.

This is where a forge comes in: what opens pull requests through its API reads these files and the
addresses in ``pull-requests.json``.
"""

from __future__ import annotations

import html
import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from codemods.batch.journal import Row
from codemods.batch.results import result_folder

__all__ = ["PullRequest", "read_pull_request", "write_pull_request"]

TITLE = "pull-request-title.txt"
BODY = "pull-request.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """What a forge must be told."""

    repository: str
    base: str  #: a branch
    branch: str
    title: str
    body: str  #: Markdown

    def document(self) -> dict[str, str]:
        """Return it as JSON has it."""
        return asdict(self)


def read_pull_request(batch: Path, row: Row, address: str) -> PullRequest:
    """Make the text of a pull request from the ledger of a repository.

    Raises:
        OSError: there is no ledger.
    """
    folder = result_folder(batch, row.repository)
    ledger = json.loads((folder / "ledger.json").read_bytes())
    commits = ledger["commits"]
    names = list(dict.fromkeys(commit["codemod"] for commit in commits))
    title = commits[0]["subject"] if len(commits) == 1 else f"Migrate: {', '.join(names)}"
    return PullRequest(
        repository=address,
        base=row.base_branch,
        branch=row.branch,
        title=title,
        body="\n".join(_body(ledger)) + "\n",
    )


def write_pull_request(batch: Path, row: Row, request: PullRequest) -> None:
    """Write the title and the body beside the other results of a repository."""
    folder = result_folder(batch, row.repository)
    (folder / TITLE).write_text(f"{request.title}\n", "utf-8")
    (folder / BODY).write_text(request.body, "utf-8")


def _body(ledger: dict[str, Any]) -> list[str]:
    lines = [f"Made by codemods {ledger['tool']['version']} on `{ledger['base'][:12]}`.", ""]
    lines += ["| commit | sites | files |", "|---|---:|---:|"]
    for commit in ledger["commits"]:
        subject = _plain(commit["subject"])
        lines.append(f"| {subject} | {commit['sites']} | {len(commit['files'])} |")
    for title, sentences in (
        ("Failed, and left out", ledger["failures"]),
        ("Still to do by hand", ledger["todo"]),
    ):
        if sentences:
            lines += ["", f"## {title}", "", *(f"- {_plain(text)}" for text in sentences)]
    noted = [site for site in ledger["sites"] if site["note"]]
    if noted:
        lines += ["", "## To look at in the diff", ""]
        lines += [f"- `{site['path']}`:{_line(site)} {_plain(site['note'])}" for site in noted]
    left = Counter(site["reason"] for site in ledger["sites"] if site["verdict"] == "leave")
    if left:
        lines += ["", "## Left as it was", ""]
        lines += [f"- {number:,} `{reason}`" for reason, number in sorted(left.items())]
    lines += ["", "To make these commits again: `codemods verify`."]
    return lines


def _line(site: dict[str, Any]) -> str:
    return str(site["line"]) if site["line"] else "?"


def _plain(text: str) -> str:
    return html.escape(text.replace("|", "\\|").replace("\n", " "), quote=False)
