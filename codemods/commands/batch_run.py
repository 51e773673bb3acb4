"""`codemods batch run`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from codemods.commands.completion import codemod_names
from codemods.commands.errors import FAILED, OK, RefusedError

if TYPE_CHECKING:
    from codemods.batch.targets import Target

__all__ = ["FOLDER", "read_list", "run"]

FOLDER = Path("codemods-batch")


def run(
    repositories: Annotated[
        str,
        typer.Argument(
            metavar="LIST", help="A TOML manifest, a list with one URL or path a line, or -."
        ),
    ],
    folder: Annotated[
        Path, typer.Option("--folder", metavar="DIR", help="Journal and results.")
    ] = FOLDER,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="NAME",
            help="Run this codemod and no others (repeatable).",
            autocompletion=codemod_names,
        ),
    ] = None,
    skip: Annotated[
        list[str] | None,
        typer.Option(
            "--skip",
            metavar="NAME",
            help="Do not run this codemod (repeatable).",
            autocompletion=codemod_names,
        ),
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(
            "-o", "--option", metavar="NAME.KEY=VALUE", help="Set an option (repeatable)."
        ),
    ] = None,
    match: Annotated[
        list[str] | None,
        typer.Option(metavar="GLOB", help="Only repositories that match (repeatable)."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Only the first N repositories.")
    ] = None,
    only_failed: Annotated[
        bool, typer.Option("--only-failed", help="Only those that failed, once more.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Make no branch; only find out what there is to do.")
    ] = False,
    max_failures: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Begin no more repositories after N failures."),
    ] = None,
    branch: Annotated[str, typer.Option(metavar="NAME", help="The branch to make.")] = "",
    test: Annotated[
        str,
        typer.Option(
            "--test", metavar="CMD", help="Judge each commit with a command, in a checkout."
        ),
    ] = "",
    sign: Annotated[bool, typer.Option("--sign", help="Sign the commits.")] = False,
    date: Annotated[
        str,
        typer.Option(metavar="DATE", help="Date of all commits (default: the batch's beginning)."),
    ] = "",
    timeout: Annotated[
        float, typer.Option(min=1, metavar="SECONDS", help="For each repository.")
    ] = 1800,
    memory: Annotated[
        str, typer.Option(metavar="SIZE", help="For each process, such as 4G; 0: no limit.")
    ] = "4G",
    jobs: Annotated[
        int | None,
        typer.Option("-j", "--jobs", min=1, metavar="N", help="Repositories at a time."),
    ] = None,
    clone_jobs: Annotated[int, typer.Option(min=1, metavar="N", help="Fetches at a time.")] = 4,
    cache: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for clones.", show_default=False)
    ] = None,
    scheduler: Annotated[
        str, typer.Option(metavar="ADDRESS", help="A Dask scheduler, such as tcp://host:8786.")
    ] = "",
) -> None:
    """Migrate each repository of a list in a bare clone of its own; nothing is pushed.

    What has been done is not done again: run the same command to go on after an interruption.
    """
    if sys.platform == "win32":
        raise RefusedError("codemods batch needs Linux or macOS; on Windows, use WSL")
    from codemods.batch.isolation import Limits
    from codemods.batch.recipe import Recipe
    from codemods.batch.targets import choose
    from codemods.commands.batch_execution import Request, execute, parse_size

    recipe = Recipe(
        only=tuple(only or ()),
        skip=tuple(skip or ()),
        options=tuple(option or ()),
        branch=branch,
        dry_run=dry_run,
        sign=sign,
        test=test,
    )
    targets = choose(read_list(repositories), match or (), limit if not only_failed else None)
    done = execute(
        Request(
            folder=folder,
            cache=cache,
            targets=targets,
            recipe=recipe,
            date=date,
            limits=Limits(timeout, parse_size(memory)),
            jobs=jobs,
            clone_jobs=clone_jobs,
            max_failures=max_failures,
            only_failed=only_failed,
            limit=limit,
            scheduler=scheduler,
        )
    )
    raise typer.Exit(OK if done else FAILED)


def read_list(repositories: str) -> tuple[Target, ...]:
    """Read the list that was named; ``-`` is standard input.

    Raises:
        RefusedError: there is no such file.
        BatchError: it holds what is no repository.
    """
    from codemods.batch.targets import read_targets

    if repositories == "-":
        text = sys.stdin.read()
        manifest = any(line.startswith("[") for line in text.splitlines())
        return read_targets(text, Path.cwd(), manifest=manifest)
    path = Path(repositories)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RefusedError(f"{repositories} can't be read: {error}") from None
    return read_targets(text, path.absolute().parent, manifest=path.suffix == ".toml")
