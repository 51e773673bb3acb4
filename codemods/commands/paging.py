"""Shows long output the way Git does: through the user's pager, when somebody is looking."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping

__all__ = ["pager_for", "show_paged"]

_NO = frozenset({"false", "no", "off", "0", ""})
_YES = frozenset({"true", "yes", "on", "1"})


def pager_for(config: Mapping[str, str], environment: Mapping[str, str]) -> str:
    """Return the pager that ``git log`` would use here; "" for none.

    Args:
        config: Git's settings, keys in lower case.
        environment: the process's variables.
    """
    own = config.get("pager.log")
    if own is not None and own.lower() in _NO:
        return ""
    if own is not None and own.lower() not in _YES:
        return own
    # The order of git-var(1), GIT_PAGER.
    for choice in (
        environment.get("GIT_PAGER"),
        config.get("core.pager"),
        environment.get("PAGER"),
        "less",
    ):
        if choice is not None:
            return "" if choice.strip() in ("", "cat") else choice
    return ""


def show_paged(data: bytes, pager: str) -> None:
    """Write bytes through a pager, or straight to standard output when there is none."""
    if not pager:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    # git-config(1), core.pager: Git sets these two where the user has not.
    environment = {"LESS": "FRX", "LV": "-c", **os.environ}
    sys.stdout.flush()
    # Ctrl-C belongs to the pager while it runs.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = subprocess.Popen(pager, shell=True, stdin=subprocess.PIPE, env=environment)
        process.communicate(data)  # a pager that was left early is no error
    finally:
        signal.signal(signal.SIGINT, before)
