"""Delivers what a batch has made: branches to their remotes, at a fixed pace."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from codemods.batch.causes import cause_of
from codemods.batch.export import BUNDLE
from codemods.batch.isolation import Limits
from codemods.batch.journal import Journal, Row
from codemods.batch.places import clone_folder
from codemods.batch.pull_requests import PullRequest, read_pull_request, write_pull_request
from codemods.batch.redaction import redact
from codemods.batch.results import result_folder
from codemods.batch.retrying import run_patiently
from codemods.batch.targets import Target

__all__ = ["Delivery", "Pushed", "push_all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How branches are pushed."""

    folder: Path  #: of the batch
    cache: Path
    targets: Mapping[str, Target]  #: by id; their URLs may hold credentials
    limits: Limits
    pace: float = 1.0  #: seconds between two pushes
    moved_too: bool = False  #: also where the base has moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What came of one push.

    `state` is ``pushed``, ``unchanged``, ``base-moved``, ``rejected`` or ``failed``.
    """

    row: Row
    state: str
    message: str = ""
    pull_request: PullRequest

    @property
    def failed(self) -> bool:
        """Whether the branch is not where it should be, for another reason than a moved base."""
        return self.state in ("failed", "rejected")


def push_all(
    delivery: Delivery,
    journal: Journal,
    rows: Sequence[Row],
    watch: Callable[[Pushed], None],
    stop: threading.Event,
) -> list[Pushed]:
    """Push the branch of every row that has one, one after the other; safe to repeat."""
    done: list[Pushed] = []
    busy = False
    for row in rows:
        if not row.branch or not row.commits:
            continue
        if busy and stop.wait(delivery.pace):
            break
        request = read_pull_request(delivery.folder, row, delivery.targets[row.repository].address)
        write_pull_request(delivery.folder, row, request)
        state, message = _push(delivery, journal, row, stop)
        if state in ("pushed", "unchanged"):
            journal.record_push(row.repository, row.branch, row.commits[-1])
        # The forge is spared only where something was changed.
        busy = state not in ("unchanged", "base-moved")
        pushed = Pushed(row=row, state=state, message=message, pull_request=request)
        done.append(pushed)
        watch(pushed)
    there = [one.pull_request.document() for one in done if one.state in ("pushed", "unchanged")]
    path = delivery.folder / "pull-requests.json"
    path.write_text(json.dumps(there, indent=2) + "\n", "utf-8")
    return done


def _push(delivery: Delivery, journal: Journal, row: Row, stop: threading.Event) -> tuple[str, str]:
    ended = run_patiently(
        {
            "operation": "push",
            "url": delivery.targets[row.repository].url,
            "clone": str(clone_folder(delivery.cache, row.repository)),
            "base": row.base,
            "base_branch": row.base_branch,
            "branch": row.branch,
            "tip": row.commits[-1],
            "bundle": str((result_folder(delivery.folder, row.repository) / BUNDLE).absolute()),
            "pushed": journal.pushed(row.repository, row.branch),
            "moved_too": delivery.moved_too,
        },
        delivery.limits,
        {},
        stop,
    )
    if ended.code != 0:
        cause, message = cause_of(ended, delivery.limits)
        return "failed", redact(f"{cause}: {message}")
    answer = json.loads(ended.output)
    return answer["state"], answer.get("message", "")
