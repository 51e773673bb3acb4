"""One job: the tool on one base commit of one repository, on this machine or on a worker."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from codemods.batch.causes import cause_of
from codemods.batch.export import BUNDLE, LEDGER, PATCHES
from codemods.batch.isolation import Limits, run_cell
from codemods.batch.places import cache_folder, clone_folder
from codemods.batch.redaction import redact

__all__ = ["Job", "Result", "run_job"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a worker is told; it can be pickled, and doing it twice is doing it once."""

    url: str = field(repr=False)  # it may hold a password
    id: str
    commit: str
    arguments: tuple[str, ...]  #: for ``codemods run``
    environment: Mapping[str, str]
    limits: Limits
    cache: str = ""  #: the folder of the clones; by default the worker's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a job gives back: no more than files and how it ended."""

    code: int
    cause: str  #: empty when nothing failed
    message: str
    seconds: float
    files: Mapping[str, bytes]  #: ledger, bundle and patches, by their path among the results
    log: str
    stopped: bool = False


def run_job(job: Job, stop: threading.Event | None = None) -> Result:
    """Do a job in a cell and collect what it wrote. A failure is a result, never an exception."""
    cache = Path(job.cache) if job.cache else cache_folder()
    with tempfile.TemporaryDirectory(prefix="codemods-job-", ignore_cleanup_errors=True) as name:
        workspace = Path(name)
        (workspace / "tmp").mkdir()
        ended = run_cell(
            {
                "operation": "job",
                "url": job.url,
                "clone": str(clone_folder(cache, job.id)),
                "commit": job.commit,
                "arguments": job.arguments,
                "workspace": name,
            },
            job.limits,
            {**job.environment, "TMPDIR": str(workspace / "tmp")},
            stop,
        )
        good = ended.code == 0
        cause, message = ("", "") if good else cause_of(ended, job.limits)
        done = good or ended.code == 3
        return Result(
            code=ended.code,
            cause=cause,
            message=redact(message),
            seconds=ended.seconds,
            files=dict(_files(workspace)) if done else {},
            log=redact(ended.log) + (f"codemods batch: {redact(message)}\n" if cause else ""),
            stopped=ended.stopped,
        )


def _files(workspace: Path) -> list[tuple[str, bytes]]:
    patches = sorted((workspace / PATCHES).glob("*.patch"))
    return [
        (os.fspath(path.relative_to(workspace)), path.read_bytes())
        for path in (workspace / LEDGER, workspace / BUNDLE, *patches)
        if path.is_file() and path.stat().st_size
    ]
