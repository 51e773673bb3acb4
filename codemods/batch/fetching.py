"""Finds the base of a repository and brings it here."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from codemods.batch.causes import cause_of
from codemods.batch.isolation import Limits
from codemods.batch.places import clone_folder
from codemods.batch.redaction import redact
from codemods.batch.retrying import run_patiently
from codemods.batch.targets import Target

__all__ = ["Fetched", "fetch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came of a fetch; without a commit it has failed."""

    commit: str = ""
    branch: str = ""
    cause: str = ""
    message: str = ""
    log: str = ""
    seconds: float = 0.0
    stopped: bool = False


def fetch(
    target: Target,
    cache: Path,
    limits: Limits,
    environment: Mapping[str, str],
    stop: threading.Event,
    *,
    operation: str = "fetch",
) -> Fetched:
    """Fetch the base of a repository into its clone; with ``look``, only ask which commit it is."""
    request = {
        "operation": operation,
        "url": target.url,
        "base": target.base,
        "clone": str(clone_folder(cache, target.id)),
    }
    ended = run_patiently(request, limits, environment, stop)
    log = redact(ended.earlier + ended.log)
    if ended.code == 0:
        answer = json.loads(ended.output)
        return Fetched(
            commit=answer["commit"], branch=answer["branch"], log=log, seconds=ended.seconds
        )
    cause, message = cause_of(ended, limits)
    message = redact(message)
    return Fetched(
        cause=cause,
        message=message,
        log=f"{log}codemods batch: {message}\n",
        seconds=ended.seconds,
        stopped=ended.stopped,
    )
