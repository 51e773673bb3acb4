"""`codemods batch`: its commands."""

from __future__ import annotations

import typer

from codemods.commands import batch_push, batch_run, batch_status

__all__ = ["batch"]


def batch() -> typer.Typer:
    """Return the commands for many repositories."""
    app = typer.Typer(
        name="batch",
        help="Migrate many repositories; stop and go on at will.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.command("run")(batch_run.run)
    app.command("push")(batch_push.push)
    app.command("status")(batch_status.status)
    return app
