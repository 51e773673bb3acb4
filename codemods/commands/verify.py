"""`codemods verify`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from codemods.commands.errors import OK, PENDING

if TYPE_CHECKING:
    from codemods.commands.verification import Checked

__all__ = ["verify"]


def verify(
    revisions: Annotated[
        str,
        typer.Argument(
            metavar="[RANGE]",
            help="Commits as git rev-list names them (default: those on top of HEAD).",
            show_default=False,
        ),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    jobs: Annotated[
        int | None,
        typer.Option("-j", "--jobs", min=1, metavar="N", help="Number of processes."),
    ] = None,
    directory: Annotated[
        Path,
        typer.Option("-C", "--repo", metavar="DIR", help="Run as if started in this folder."),
    ] = Path(),
) -> None:
    """Prove that commits are mechanical: make them again on their base, and compare.

    Exits with 1 when a commit was edited by hand or can't be verified.
    """
    from codemods.commands import verification
    from codemods.git.repository import open_repository

    with open_repository(directory) as repository:
        checked = verification.verify(repository, revisions, jobs)
    if as_json:
        typer.echo(json.dumps(_document(checked), indent=2))
    else:
        for one in checked:
            _print(one)
    mechanical = all(one.state is verification.State.MECHANICAL for one in checked)
    raise typer.Exit(OK if mechanical else PENDING)


def _print(one: Checked) -> None:
    from codemods.reports.text import printable

    need = f": needs {one.needs}" if one.needs else ""
    typer.echo(f"{one.state}  {one.commit[:10]}  {printable(one.subject)}{need}")
    for path, lines in one.differences.items():
        typer.echo(f"  {printable(str(path))}")
        for line in lines:
            typer.echo(f"  {printable(line)}")


def _document(checked: Sequence[Checked]) -> dict[str, object]:
    return {
        "schema": 1,
        "commits": [
            {
                "id": one.commit,
                "subject": one.subject,
                "state": one.state.value,
                "needs": one.needs,
                "differences": {
                    str(path).encode("utf-8", "backslashreplace").decode(): list(lines)
                    for path, lines in one.differences.items()
                },
            }
            for one in checked
        ],
    }
