"""`codemods run`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from codemods.commands.completion import codemod_names
from codemods.commands.errors import RefusedError
from codemods.commands.request import Color, CommitBy, Request

__all__ = ["run"]


def run(
    context: typer.Context,
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH]...",
            help="Files or folders outside of which nothing is rewritten; - is standard input.",
            show_default=False,
        ),
    ] = None,
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
    include: Annotated[
        list[str] | None,
        typer.Option(metavar="GLOB", help="Also read these files as Python (repeatable)."),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(metavar="GLOB", help="Rewrite nothing in these files (repeatable)."),
    ] = None,
    base: Annotated[
        str, typer.Option(metavar="REV", help="The commit to start from (default: HEAD).")
    ] = "",
    branch: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="The branch to create (default: codemods/<codemod>-<base>)."
        ),
    ] = "",
    commit_by: Annotated[
        CommitBy, typer.Option(help="What becomes one commit; a group is never split.")
    ] = CommitBy.CODEMOD,
    interactive: Annotated[
        bool,
        typer.Option("-i", "--interactive", help="Ask about each group of sites, on a terminal."),
    ] = False,
    blame_ignore: Annotated[
        bool,
        typer.Option(
            "--blame-ignore", help="List the commits in .git-blame-ignore-revs, in a last one."
        ),
    ] = False,
    test: Annotated[
        str,
        typer.Option(
            metavar="CMD",
            help="Run this after each commit, elsewhere; leave what breaks it.",
        ),
    ] = "",
    test_runs: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="With --test: most runs in search of culprits (default: 32)."
        ),
    ] = None,
    test_timeout: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            metavar="SECONDS",
            help="With --test: the most a run may take.",
        ),
    ] = None,
    replace_branch: Annotated[
        bool, typer.Option("--replace-branch", help="Replace the branch if it exists.")
    ] = False,
    switch: Annotated[
        bool, typer.Option("--switch", help="Check the new branch out (clean checkouts only).")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Show the commits as `git log -p` would; write nothing."),
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 when there is something to do.")
    ] = False,
    in_place: Annotated[
        bool,
        typer.Option("--in-place", help="Change the files of the working tree; make no commit."),
    ] = False,
    allow_dirty: Annotated[
        bool,
        typer.Option("--allow-dirty", help="With --in-place: also files with uncommitted changes."),
    ] = False,
    stat: Annotated[
        bool, typer.Option("--stat", help="List the changed files of each commit.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document with every site.")
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Also write a report: .json, .sarif, .md or .html.", dir_okay=False
        ),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help="List all sites that were left.")
    ] = False,
    color: Annotated[Color, typer.Option(help="When to use colours.")] = Color.AUTO,
    sign: Annotated[
        bool | None,
        typer.Option(
            "--sign/--no-sign",
            help="Sign the commits (default: as commit.gpgsign says).",
            show_default=False,
        ),
    ] = None,
    signoff: Annotated[
        bool, typer.Option("--signoff", help="Add a Signed-off-by trailer.")
    ] = False,
    date: Annotated[
        str,
        typer.Option(
            metavar="DATE", help="Date of the commits (default: SOURCE_DATE_EPOCH, or now)."
        ),
    ] = "",
    jobs: Annotated[
        int | None,
        typer.Option("-j", "--jobs", min=1, metavar="N", help="Number of processes."),
    ] = None,
    stdin_filename: Annotated[
        str, typer.Option(metavar="NAME", help="With -: the path that the code belongs to.")
    ] = "",
    directory: Annotated[
        Path,
        typer.Option("-C", "--repo", metavar="DIR", help="Run as if started in this folder."),
    ] = Path(),
) -> None:
    """Migrate a repository: one commit for each codemod, on a branch of their own.

    The working tree, the index and HEAD are not touched (unless --switch or --in-place asks).
    """
    request = Request(
        typed=context.obj,
        paths=tuple(paths or ()),
        directory=directory,
        only=tuple(only or ()),
        skip=tuple(skip or ()),
        options=tuple(option or ()),
        include=tuple(include or ()),
        exclude=tuple(exclude or ()),
        base=base,
        branch=branch,
        commit_by=commit_by,
        replace_branch=replace_branch,
        switch=switch,
        dry_run=dry_run,
        check=check,
        interactive=interactive,
        blame_ignore=blame_ignore,
        test=test,
        test_runs=test_runs,
        test_timeout=test_timeout,
        stat=stat,
        as_json=as_json,
        in_place=in_place,
        allow_dirty=allow_dirty,
        stdin_filename=stdin_filename,
        sign=sign,
        signoff=signoff,
        date=date,
        report=report,
        jobs=jobs,
        color=color,
        verbose=verbose,
    )
    raise typer.Exit(_execute(request))


def _execute(request: Request) -> int:
    request.refuse_contradictions()
    if request.report is not None:
        from codemods.reports.files import SUFFIXES

        if request.report.suffix.lower() not in SUFFIXES:
            raise RefusedError(f"{request.report}: a report ends in {', '.join(SUFFIXES)}")
    if request.reads_stdin:
        from codemods.commands.standard_input import filter_input

        return filter_input(request)
    from codemods.commands.presentation import present

    if request.in_place:
        from codemods.commands.in_place import change_in_place

        return present(request, change_in_place(request), on=sys.stdout)
    from codemods.commands.migration import migrate

    return migrate(request)
