"""``python -m codemods`` and the installed command."""

from __future__ import annotations

import gc

__all__ = ["main"]


def main() -> None:
    """Run the command line; exits the process."""
    # Trees and summaries hold few cycles, and looking for them takes a third of the time of a run.
    # Where much is worked on in this process, `codemods.engine.workers` collects in between.
    gc.disable()
    from codemods.commands.app import main as run_program

    try:
        run_program()
    finally:
        gc.freeze()  # or the interpreter would look at every object once more while it ends


if __name__ == "__main__":
    main()
