"""Finds the base of a repository and brings it here, again when the network fails."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from codemods.batch.causes import cause_of
from codemods.batch.isolation import Limits, run_cell
from codemods.batch.places import clone_folder
from codemods.batch.redaction import redact
from codemods.batch.targets import Target

__all__ = ["Fetched", "fetch"]

_ATTEMPTS = 4
_LONGEST = 60.0  # seconds between two attempts


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
    """Fetch the base of a repository into its clone; with ``look``, only ask which commit it is.

    What the network fails is tried four times, after waits whose length is drawn by lot, so that
    many clients do not come back at the same moment.
    """
    request = {
        "operation": operation,
        "url": target.url,
        "base": target.base,
        "clone": str(clone_folder(cache, target.id)),
    }
    log = ""
    seconds = 0.0
    for attempt in range(1, _ATTEMPTS + 1):
        ended = run_cell(request, limits, environment, stop)
        log += redact(ended.log)
        seconds += ended.seconds
        if ended.stopped:
            break
        if ended.code == 0:
            answer = json.loads(ended.output)
            return Fetched(
                commit=answer["commit"], branch=answer["branch"], log=log, seconds=seconds
            )
        cause, message = cause_of(ended, limits)
        again = cause == "network" and attempt < _ATTEMPTS
        if not again or stop.wait(random.uniform(0.5, min(_LONGEST, 2.0**attempt))):
            log += f"codemods batch: {redact(message)}\n"
            return Fetched(
                cause=cause, message=redact(message), log=log, seconds=seconds,
                stopped=stop.is_set(),
            )  # fmt: skip
    return Fetched(log=log, seconds=seconds, stopped=True)
