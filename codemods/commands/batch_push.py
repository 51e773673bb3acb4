"""`codemods batch push`."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from codemods.commands.batch_run import FOLDER, read_list
from codemods.commands.errors import FAILED, OK

if TYPE_CHECKING:
    from codemods.batch.pushing import Pushed

__all__ = ["push"]

_DESCRIBED = {
    "pushed": "pushed",
    "unchanged": "was there already",
    "base-moved": "skipped: the base has moved; run the batch again, or use --moved-too",
}


def push(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="The batch.")] = FOLDER,
    repositories: Annotated[
        str,
        typer.Option("--list", metavar="LIST", help="The list, where its URLs hold credentials."),
    ] = "",
    match: Annotated[
        list[str] | None,
        typer.Option(metavar="GLOB", help="Only repositories that match (repeatable)."),
    ] = None,
    pace: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="Time between two pushes.")
    ] = 1.0,
    moved_too: Annotated[
        bool, typer.Option("--moved-too", help="Also where the base branch has moved on.")
    ] = False,
    timeout: Annotated[float, typer.Option(min=1, metavar="SECONDS", help="For each push.")] = 300,
    cache: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for clones.", show_default=False)
    ] = None,
) -> None:
    """Push the branches of a batch to their remotes; write the text of the pull requests.

    A branch that somebody else has made or moved is never replaced. Safe to repeat.
    """
    from codemods.batch.driver import held
    from codemods.batch.isolation import Limits
    from codemods.batch.journal import Journal, read_rows
    from codemods.batch.places import cache_folder
    from codemods.batch.pushing import Delivery, push_all
    from codemods.batch.targets import matches
    from codemods.commands.batch_execution import JOURNAL

    rows = [row for row in read_rows(folder / JOURNAL) if matches(row.repository, match or ())]
    stop = threading.Event()
    listed = read_list(repositories) if repositories else ()
    with held(folder.absolute()), contextlib.closing(Journal(folder / JOURNAL)) as journal:
        delivery = Delivery(
            folder=folder.absolute(),
            cache=cache.absolute() if cache else cache_folder(),
            targets={**journal.targets(), **{target.id: target for target in listed}},
            limits=Limits(timeout),
            pace=pace,
            moved_too=moved_too,
        )
        done = push_all(delivery, journal, rows, _say, stop)
    if not done:
        typer.echo("There is no branch to push.")
    failed = [one for one in done if one.failed]
    if failed:
        typer.echo(f"Failed: {len(failed)}")
        for one in failed:
            typer.echo(f"  {one.row.repository}: {one.message}")
    raise typer.Exit(FAILED if failed else OK)


def _say(pushed: Pushed) -> None:
    text = _DESCRIBED.get(pushed.state) or f"{pushed.state}: {pushed.message}"
    typer.echo(f"{pushed.row.repository} {pushed.row.branch}: {text}")
