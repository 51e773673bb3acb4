"""`codemods run -`: one file from standard input to standard output, for editors."""

from __future__ import annotations

import os
import sys
from pathlib import Path, PurePosixPath

import typer

from codemods.commands.errors import FAILED, OK, PENDING
from codemods.commands.preparation import prepare, run_engine
from codemods.commands.request import Request

__all__ = ["filter_input"]


def filter_input(request: Request) -> int:
    """Write what the codemods make of standard input to standard output; return the exit code.

    A codemod that needs other files as well (a new module, a dependency) is left out, and
    standard error says so. What can't be read is written as it came.
    """
    from codemods.engine import MemoryFiles
    from codemods.engine.ledger import FILE_SITE
    from codemods.reports.text import printable

    data = sys.stdin.buffer.read()
    name, project = _home(request)
    files = MemoryFiles({**project, name: data})
    preparation = prepare(request, files, None)
    while True:
        outcome = run_engine(request, preparation, files)
        greedy = {
            change.codemod
            for change in outcome.changes
            if any(file.path != name for file in change.files)
        }
        if not greedy:
            break
        for codemod in sorted(greedy):
            typer.echo(
                f"codemods: {codemod} would change other files as well; run it on the repository",
                err=True,
            )
        left = tuple(one for one in preparation.codemods if one.name not in greedy)
        preparation = preparation._replace(codemods=left)
    result = data
    for change in outcome.changes:
        for file in change.files:
            result = file.after if file.after is not None else result
    failures = [
        *outcome.failures,
        *(
            entry.verdict.message
            for entry in outcome.entries
            if entry.site.codemod == "engine"
            and entry.site.kind == FILE_SITE
            and entry.verdict.reason != "engine/excluded"
        ),
    ]
    for sentence in failures:
        typer.echo(f"codemods: {printable(sentence)}", err=True)
    if not request.check:
        sys.stdout.buffer.write(result)
        sys.stdout.buffer.flush()
    if failures:
        return FAILED
    return PENDING if request.check and result != data else OK


def _home(request: Request) -> tuple[PurePosixPath, dict[PurePosixPath, bytes]]:
    """Return the file's path from the nearest folder with a pyproject.toml, and that file."""
    path = Path(os.path.abspath(request.directory / (request.stdin_filename or "stdin.py")))
    for folder in path.parents:
        pyproject = folder / "pyproject.toml"
        if pyproject.is_file():
            name = PurePosixPath(path.relative_to(folder).as_posix())
            return name, {PurePosixPath(pyproject.name): pyproject.read_bytes()}
    return PurePosixPath(path.name), {}
