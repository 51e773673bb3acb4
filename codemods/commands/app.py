"""The command line: its commands, and how each of them may end."""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from codemods import __version__
from codemods.batch.errors import BatchError
from codemods.commands.errors import FAILED, INTERRUPTED, RefusedError, about_the_machine
from codemods.git.errors import GitError

__all__ = ["main", "program"]

#: The name of each, and of its function, which stands in a module of the same name.
_COMMANDS = {
    "run": "run",
    "verify": "verify",
    "list": "list_codemods",
    "explain": "explain",
    "batch": "batch",
}

_BROKEN_PIPE = 141  # 128 and the number of SIGPIPE, as a shell shows it


class _Program(TyperGroup):
    """Turns whatever a command raises into one sentence and an exit code."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the arguments apart, and keep them as they were typed for `run`."""
        ctx.obj = tuple(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was typed."""
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except RefusedError as refusal:
            _say(str(refusal))
            raise typer.Exit(refusal.exit_code) from None
        except (GitError, BatchError) as error:
            _say(str(error))
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            _say("interrupted; nothing was left half done")
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            _mute()
            raise typer.Exit(_BROKEN_PIPE) from None
        except OSError as error:
            sentence = about_the_machine(error)
            if sentence is None:
                self._unexpected(error)
            else:
                _say(sentence)
            raise typer.Exit(FAILED) from None
        except Exception as error:
            if isinstance(error, (typer.Exit, typer.Abort)) or hasattr(error, "show"):
                raise  # Typer's own: an exit code, or a usage error
            self._unexpected(error)
            raise typer.Exit(FAILED) from None

    def _unexpected(self, error: Exception) -> None:
        if os.environ.get("CODEMODS_TRACEBACK") == "1":
            import traceback

            traceback.print_exc()
        else:
            _say(
                f"unexpected {type(error).__name__}: {_first_line(error)} "
                "(CODEMODS_TRACEBACK=1 shows where; please report it)"
            )


def program(typed: str = "") -> typer.Typer:
    """Return the Typer application with all its commands, or with the one that was typed.

    Loading and building the others would take as long as what is left of a start.
    """
    app = typer.Typer(
        name="codemods",
        cls=_Program,
        help="Migrate Python repositories in small, reviewable commits.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_common)
    known = typed in _COMMANDS
    for name, function in _COMMANDS.items():
        if name == typed or not known:
            command = getattr(import_module(f"codemods.commands.{function}"), function)
            if name == "batch":
                app.add_typer(command())
            else:
                app.command(name)(command)
    return app


def main() -> None:
    """Run the command line; exits the process."""
    for stream in (sys.stdout, sys.stderr):
        # Names and code may hold what the terminal's encoding has not.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    # Ended from outside, temporary files are still removed and half-written ones put back.
    signal.signal(signal.SIGTERM, _end)
    completing = "_CODEMODS_COMPLETE" in os.environ  # a shell asks what could be typed
    typed = "" if completing else "".join(sys.argv[1:2])
    program(typed)(prog_name="codemods")


def _end(number: int, frame: object) -> None:
    sys.exit(128 + number)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"codemods {__version__}")
        raise typer.Exit


def _common(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    pass


def _mute() -> None:
    """Send what Python still flushes when it ends to nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(sentence: str) -> None:
    typer.echo(f"codemods: {sentence}", err=True)


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]
