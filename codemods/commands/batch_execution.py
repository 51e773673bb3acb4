"""Carries out `codemods batch run`: joins list, journal, executor and display."""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from codemods.batch.driver import Plan, drive, held
from codemods.batch.executors import on_a_cluster, on_this_machine
from codemods.batch.isolation import Limits
from codemods.batch.journal import Journal
from codemods.batch.places import cache_folder
from codemods.batch.recipe import Recipe
from codemods.batch.results import sweep_results, write_summary
from codemods.batch.targets import Target
from codemods.batch.workspaces import workspace
from codemods.commands.batch_display import Display, closing_lines
from codemods.commands.errors import OK, RefusedError

__all__ = ["JOURNAL", "Request", "execute", "parse_size"]

JOURNAL = "journal.sqlite"
_SIZE = re.compile(r"(\d+)([kmgt]?)(?:i?b)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was typed."""

    folder: Path
    cache: Path | None
    targets: Sequence[Target]
    recipe: Recipe
    date: str
    limits: Limits
    jobs: int | None
    clone_jobs: int
    max_failures: int | None
    only_failed: bool
    limit: int | None
    scheduler: str


def execute(request: Request) -> bool:
    """Run a batch and show it; return whether nothing failed.

    Raises:
        RefusedError: codemods or options are wrong.
        BatchError: the batch can't be run.
        GitError: nobody knows who makes the commits.
    """
    _check(request)
    folder = request.folder.absolute()
    stop = threading.Event()
    with held(folder):
        journal = Journal(folder / JOURNAL)
        try:
            cache = request.cache.absolute() if request.cache else cache_folder()
            date, environment = _constants(request, journal, cache)
            targets = _selected(request, journal)
            journal.remember(targets)
            sweep_results(folder)
            plan = Plan(
                folder=folder,
                cache=cache,
                targets=targets,
                recipe=replace(request.recipe, date=date),
                environment=environment,
                limits=request.limits,
                clone_jobs=request.clone_jobs,
                max_failures=request.max_failures,
                again=frozenset(one.id for one in targets) if request.only_failed else frozenset(),
            )
            workforce = (
                on_a_cluster(request.scheduler, request.jobs, stop)
                if request.scheduler
                else on_this_machine(request.jobs, stop)
            )
            with workforce as hands, Display(sys.stderr, len(targets), hands.size) as display:
                complete = drive(plan, journal, hands, display, stop)
            rows = journal.rows()
            summary = write_summary(journal, folder)
        finally:
            stop.set()
            journal.close()
    chosen = {target.id for target in targets}
    own = [row for row in rows if row.repository in chosen]
    for line in closing_lines(own, summary, request.folder, complete=complete):
        print(line)
    return complete and not any(row.failed for row in own)


def parse_size(text: str) -> int:
    """Read a number of bytes such as ``512M`` or ``4G``.

    Raises:
        RefusedError: it is none.
    """
    match = _SIZE.fullmatch(text.strip())
    if not match:
        raise RefusedError(f"{text!r} is no size; write it like 512M or 4G")
    unit: int = 1024 ** " kmgt".index(match[2].lower() or " ")
    return int(match[1]) * unit


def _check(request: Request) -> None:
    """Refuse before any work what every repository would refuse."""
    from codemods.engine.configuration import ConfigurationError, configure
    from codemods.registry import RegistryError, find_codemods, select

    recipe = request.recipe
    try:
        known = find_codemods()
        for target in (None, *request.targets):
            options = (*(target.options if target else ()), *recipe.options)
            only = recipe.only or (target.only if target else ())
            skip = (*(target.skip if target else ()), *recipe.skip)
            configuration = configure(known, None, options, only=only, skip=skip)
            select(known, configuration.only, configuration.skip)
    except (RegistryError, ConfigurationError) as error:
        raise RefusedError(str(error)) from None


def _constants(request: Request, journal: Journal, cache: Path) -> tuple[str, Mapping[str, str]]:
    """Return the date and the author of all commits, which the first run fixes for the batch."""
    from git import Git

    from codemods.git.authorship import parse_date, read_authorship
    from codemods.git.repository import open_repository
    from codemods.git.runner import Runner

    typed = str(parse_date(request.date)) if request.date else ""
    began = typed or os.environ.get("SOURCE_DATE_EPOCH") or f"@{int(time.time())}"
    date = journal.fixed("date", f"@{parse_date(began)}")
    if typed and date != f"@{typed}":
        raise RefusedError(
            f"the batch {request.folder} dates its commits {date}; another date needs another "
            "--folder"
        )
    with workspace(cache) as empty:
        Runner(Git(str(empty)), str(empty)).run("init", "--quiet", "--bare", "--template=", ".")
        with open_repository(empty) as repository:
            who = read_authorship(repository, date)
    variables = {
        key: journal.fixed(key, value)
        for key, value in who.environment.items()
        if not key.endswith("_DATE")
    }
    return date, variables


def _selected(request: Request, journal: Journal) -> Sequence[Target]:
    if not request.only_failed:
        return request.targets
    # Interrupted on the way to being tried again is not done.
    failed = {
        row.repository
        for row in journal.rows()
        if row.failed or row.state in ("fetching", "running")
    }
    targets = [target for target in request.targets if target.id in failed]
    if not targets:
        raise RefusedError("none of these repositories has failed", OK)
    return targets[: request.limit]
