"""Runs a cell again when the network fails it."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from codemods.batch.causes import NETWORK, cause_of
from codemods.batch.isolation import Ended, Limits, run_cell

__all__ = ["run_patiently"]

_ATTEMPTS = 4
_SHORTEST = 0.5  # seconds between two attempts


def run_patiently(
    request: Mapping[str, object],
    limits: Limits,
    environment: Mapping[str, str],
    stop: threading.Event | None,
    *,
    work: Path | None = None,
) -> Ended:
    """Run a cell; what the network fails is tried four times.

    The waits grow and their length is drawn by lot, so that many clients do not come back at the
    same moment. Once the file `work` is there, the network is not what the cell was waiting for.

    Returns:
        The end of the last attempt, with the seconds of all.
    """
    stop = stop or threading.Event()
    earlier, seconds = "", 0.0
    for attempt in range(1, _ATTEMPTS + 1):
        ended = run_cell(request, limits, environment, stop)
        seconds += ended.seconds
        if (
            ended.code == 0
            or ended.stopped
            or attempt == _ATTEMPTS
            or cause_of(ended, limits)[0] != NETWORK
            or (work is not None and work.exists())
            or stop.wait(_pause(attempt))
        ):
            break
        earlier += ended.log
    return replace(ended, earlier=earlier, seconds=seconds, stopped=ended.stopped or stop.is_set())


def _pause(attempt: int) -> float:
    return random.uniform(_SHORTEST, 2.0**attempt)
