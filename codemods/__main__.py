"""``python -m codemods`` and the installed command."""

from __future__ import annotations

import gc
import os
import sys
import threading
from typing import NoReturn

__all__ = ["main"]


def main() -> None:
    """Run the command line; exits the process."""
    # Trees and summaries hold few cycles, and looking for them takes a third of the time of a run.
    # Where much is worked on in this process, `codemods.engine.workers` collects in between.
    gc.disable()
    from codemods.commands.app import main as run_program

    try:
        run_program()
    except SystemExit as end:
        _leave(end)


def _leave(end: SystemExit) -> NoReturn:
    """End the process without taking apart what it holds, where nobody needs to be told first."""
    gc.freeze()  # or the interpreter would look at every object once more while it ends
    if threading.active_count() > 1 or not (end.code is None or isinstance(end.code, int)):
        raise end
    try:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
    except OSError:
        raise end from None  # the interpreter will try again, and say so
    os._exit(end.code or 0)


if __name__ == "__main__":
    main()
