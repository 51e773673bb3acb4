"""The process in which everything about one repository happens: ``python -m codemods.batch.cell``.

The first line of its standard input is what to do, as JSON. The stream stays open as long as the
one who asked lives: when it ends, the cell kills its process group, and so itself.
"""

from __future__ import annotations

import json
import os
import resource
import runpy
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from codemods.batch.isolation import MARK, end_marked

__all__ = ["main"]


def main() -> None:
    """Read one request, carry it out and end with its exit code."""
    line = os.fdopen(os.dup(0), "rb", buffering=0)
    request = json.loads(_first_line(line.fileno()))
    # Nothing that is started here may read from the line, or wait for a person.
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    _limit(request)
    threading.Thread(target=_end_with, args=(line.fileno(),), daemon=True).start()
    with _held(Path(request["clone"])):
        sys.exit(_carry_out(request))


def _first_line(descriptor: int) -> bytes:
    text = b""
    while not text.endswith(b"\n"):
        piece = os.read(descriptor, 1)
        if not piece:
            os._exit(1)
        text += piece
    return text


def _end_with(descriptor: int) -> None:
    """Wait for the end of the line, then end this process and all that it has started."""
    while os.read(descriptor, 1024):
        pass
    end_marked(os.environ.get(MARK, ""))
    os.killpg(0, signal.SIGKILL)


def _limit(request: dict[str, Any]) -> None:
    memory = request["memory"]
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # The clock of the one who asked is the limit; this one ends a cell that nobody watches.
    seconds = int(request["timeout"]) * 4 + 60
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _held(clone: Path) -> Any:
    """Hold a clone for this process alone; the kernel lets go of it however the process ends."""
    import fcntl

    clone.parent.mkdir(parents=True, exist_ok=True)
    file = clone.with_name(f"{clone.name}.held").open("wb")
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


def _carry_out(request: dict[str, Any]) -> int:
    from codemods.git.errors import GitError

    try:
        return _OPERATIONS[request["operation"]](request)
    except GitError as error:
        details = getattr(error, "details", "")
        print(f"codemods: {error}", file=sys.stderr)
        if details:
            print(details, file=sys.stderr)
        return error.exit_code


def _fetch(request: dict[str, Any]) -> int:
    """Look a branch up and fetch it; ``look`` leaves the fetching out."""
    from codemods.batch.clone import look_up, opened, refresh

    clone = Path(request["clone"])
    with opened(clone) as repository:
        commit, branch = look_up(repository, request["url"], request["base"])
    if request["operation"] == "fetch":
        with opened(clone, commit) as repository:
            refresh(repository, request["url"], commit)
    print(json.dumps({"commit": commit, "branch": branch}))
    return 0


def _job(request: dict[str, Any]) -> int:
    """Run the tool on a clone, then export what it made."""
    from codemods.batch.clone import opened, refresh

    clone, workspace = Path(request["clone"]), Path(request["workspace"])
    with opened(clone, request["commit"]) as repository:
        refresh(repository, request["url"], request["commit"])
    code = _run_tool(["run", *request["arguments"], "-C", str(clone)], workspace / "ledger.json")
    if code in (0, 3):
        from codemods.batch.export import export

        export(clone, workspace)
    return code


def _run_tool(arguments: list[str], output: Path) -> int:
    """Become the tool for a while; its standard output goes into a file."""
    kept = os.dup(1)
    with output.open("wb") as file:
        os.dup2(file.fileno(), 1)
    sys.argv = ["codemods", *arguments]
    try:
        runpy.run_module("codemods", run_name="__main__")
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
    return 0


def _push(request: dict[str, Any]) -> int:
    from codemods.batch.remote_branch import push

    print(json.dumps(push(request)))
    return 0


_OPERATIONS = {"look": _fetch, "fetch": _fetch, "job": _job, "push": _push}

if __name__ == "__main__":
    main()
