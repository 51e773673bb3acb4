"""How a command says that it can't do what was asked."""

from __future__ import annotations

import errno

__all__ = [
    "FAILED",
    "INTERRUPTED",
    "OK",
    "PENDING",
    "USAGE",
    "RefusedError",
    "about_the_machine",
    "is_full",
]

OK = 0
PENDING = 1  #: `--check` found changes
USAGE = 2  #: usage or configuration
FAILED = 3  #: something failed
INTERRUPTED = 130  #: Ctrl-C: 128 and the number of SIGINT


class RefusedError(Exception):
    """What was asked can't be done; the text is one sentence that says what to do instead."""

    def __init__(self, message: str, exit_code: int = USAGE) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def is_full(error: OSError) -> bool:
    """Tell whether a disk has no more room."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def about_the_machine(error: OSError) -> str | None:
    """Return one sentence for what is the machine's fault, with the remedy; None for all else."""
    where = f" ({error.filename})" if error.filename else ""
    if is_full(error):
        return (
            f"no space is left on the disk{where}; free some, or set TMPDIR to a folder on another "
            "disk, and run again"
        )
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return f"too many files are open{where}; raise the limit (ulimit -n) and run again"
    if error.errno == errno.ENOENT and error.filename is None and "temporary" in str(error):
        # tempfile.gettempdir() found nowhere to write.
        return (
            "no folder for temporary files can be written to; free some space there, or set TMPDIR "
            "to another folder"
        )
    return None
