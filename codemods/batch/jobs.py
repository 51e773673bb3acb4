"""One job: the tool on one base commit of one repository, on this machine or on a worker."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from codemods.batch.causes import cause_of
from codemods.batch.export import BUNDLE, DIGEST, LEDGER, PATCHES, TEST_LOG
from codemods.batch.isolation import Limits, excerpt
from codemods.batch.places import cache_folder, clone_folder
from codemods.batch.recipe import versions
from codemods.batch.redaction import redact
from codemods.batch.results import begin_result
from codemods.batch.retrying import run_patiently
from codemods.batch.workspaces import workspace

__all__ = ["Job", "Result", "run_job"]

_TEST_LOGS = "codemods-test-*.log"  #: what ``codemods run --test`` leaves for whoever reads it


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
    results: str = ""
    """The folder on this machine that the results are for; without one they travel as bytes."""
    versions: Mapping[str, str] | None = None
    """What a worker must have; it may have joined the cluster after all others were asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a job gives back: no more than files and how it ended."""

    code: int
    cause: str  #: empty when nothing failed
    message: str
    seconds: float
    files: Mapping[str, bytes] | None
    """By their path among the results: ledger, bundle, patches, log of tests. None when they are
    where `codemods.batch.results.write_result` expects them."""
    log: str
    fetched: bool = True  #: whether the clone was there, so that the tool has begun
    digest: Mapping[str, Any] | None = None  #: see `codemods.batch.export.digest`
    stopped: bool = False


def run_job(job: Job, stop: threading.Event | None = None) -> Result:
    """Do a job in a cell and collect what it wrote. A failure is a result, never an exception."""
    if job.versions is not None and job.versions != versions():
        message = f"the worker has {versions()}, the driver has {job.versions}"
        return Result(
            code=3,
            cause="worker",
            message=message,
            seconds=0.0,
            files={},
            log=message,
            fetched=False,
        )
    cache = Path(job.cache) if job.cache else cache_folder()
    with workspace(cache) as folder:
        (folder / "tmp").mkdir()
        ended = run_patiently(
            {
                "operation": "job",
                "url": job.url,
                "clone": str(clone_folder(cache, job.id)),
                "commit": job.commit,
                "arguments": job.arguments,
                "workspace": str(folder),
            },
            job.limits,
            {**job.environment, "TMPDIR": str(folder / "tmp")},
            stop,
            work=folder / LEDGER,
        )
        tests = next((folder / "tmp").glob(_TEST_LOGS), None)
        if tests is not None:  # it stays, under a name that is the same each time
            ended = replace(ended, log=ended.log.replace(str(tests), TEST_LOG))
        good = ended.code == 0
        ledger, short = folder / LEDGER, folder / DIGEST
        fetched = ledger.exists()
        cause, message = ("", "") if good else cause_of(ended, job.limits, fetched=fetched)
        done = good or ended.code == 3
        if tests is not None:
            (folder / TEST_LOG).write_text(redact(excerpt(tests)), "utf-8")
            if fetched:
                data = ledger.read_bytes()
                ledger.write_bytes(data.replace(os.fsencode(tests), TEST_LOG.encode()))
        paths = _files(folder, done=done)
        files = None
        if not job.results:
            files = {os.fspath(path.relative_to(folder)): path.read_bytes() for path in paths}
        elif not ended.stopped:
            place = begin_result(Path(job.results))
            for path in paths:
                target = place / path.relative_to(folder)
                target.parent.mkdir(exist_ok=True)
                shutil.move(path, target)
        return Result(
            code=ended.code,
            cause=cause,
            digest=json.loads(short.read_bytes()) if done and short.is_file() else None,
            message=redact(message),
            seconds=ended.seconds,
            files=files,
            log=redact(ended.earlier + ended.log)
            + (f"codemods batch: {redact(message)}\n" if cause else ""),
            fetched=fetched,
            stopped=ended.stopped,
        )


def _files(folder: Path, *, done: bool) -> list[Path]:
    patches = sorted((folder / PATCHES).glob("*.patch"))
    made = (folder / LEDGER, folder / BUNDLE, *patches) if done else ()
    return [path for path in (*made, folder / TEST_LOG) if path.is_file() and path.stat().st_size]
