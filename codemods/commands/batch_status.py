"""`codemods batch status`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from codemods.commands.batch_run import FOLDER

if TYPE_CHECKING:
    from rich.table import Table

    from codemods.batch.journal import Row

__all__ = ["status"]

_EVERY = 1.0  # seconds


def status(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="The batch.")] = FOLDER,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Stay and show what changes, until Ctrl-C.")
    ] = False,
) -> None:
    """Show where each repository of a batch is, also while it runs."""
    from codemods.batch.journal import read_rows
    from codemods.batch.results import row_document
    from codemods.commands.batch_execution import JOURNAL

    rows = read_rows(folder / JOURNAL)
    if as_json:
        document = {"schema": 1, "repositories": [row_document(row) for row in rows]}
        typer.echo(json.dumps(document, indent=2))
        return
    from rich.console import Console

    wide = None if sys.stdout.isatty() else 200
    console = Console(highlight=False, width=wide)
    if not watch:
        console.print(_table(rows))
        return
    import time

    from rich.live import Live

    with Live(_table(rows), console=console, auto_refresh=False) as live:
        while any(row.state in ("waiting", "fetching", "running") for row in rows):
            time.sleep(_EVERY)
            rows = read_rows(folder / JOURNAL)
            live.update(_table(rows), refresh=True)


def _table(rows: Sequence[Row]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from codemods.reports.text import printable

    table = Table(box=box.SIMPLE_HEAD)
    for name in ("repository", "state"):
        table.add_column(name, overflow="fold")
    for name in ("sites", "rewritten", "left", "commits", "time"):
        table.add_column(name, justify="right")
    for row in rows:
        state = f"{row.state}: {row.cause}" if row.cause else row.state
        figures = (row.sites, row.rewritten, row.left, len(row.commits))
        table.add_row(
            Text(printable(row.repository)),
            Text(state),
            *(f"{number:,}" for number in figures),
            f"{row.seconds:.1f} s",
        )
    return table
