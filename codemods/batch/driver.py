"""Drives a batch: fetches, submits, records; holds no more than what is on its way."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from codemods.batch.causes import NOT_PROVEN, OUT_OF_MEMORY, lacked_memory
from codemods.batch.errors import BatchError
from codemods.batch.executors import Workforce
from codemods.batch.fetching import Fetched, fetch
from codemods.batch.isolation import Limits
from codemods.batch.jobs import Job, Result
from codemods.batch.journal import DONE_STATES, Journal, Row
from codemods.batch.recipe import Recipe
from codemods.batch.results import result_folder, write_result
from codemods.batch.targets import Target

__all__ = ["Plan", "drive", "held"]

_LOOK_EVERY = 0.25  # seconds

Watch = Callable[[Row, bool], None]
"""Told of each change: the row, and whether this run did the work (False: it was done before)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run of a batch is to do."""

    folder: Path  #: of the batch
    cache: Path
    targets: Sequence[Target]
    recipe: Recipe
    environment: Mapping[str, str]  #: who makes the commits
    limits: Limits
    clone_jobs: int = 4
    max_failures: int | None = None
    again: frozenset[str] = field(default_factory=frozenset)
    """Repositories whose failed jobs are done once more."""


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a batch for this process alone, until it ends in whatever way.

    Raises:
        BatchError: another process holds it.
    """
    import fcntl

    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "held").open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BatchError(f"another process is at work on the batch {folder}") from None
        yield


def drive(
    plan: Plan, journal: Journal, workforce: Workforce, watch: Watch, stop: threading.Event
) -> bool:
    """Bring every repository to an end; return whether none was left out after too many failures.

    Interrupted, it ends all cells: what they were at is done again by the next run.

    Raises:
        BatchError: a cluster is gone.
    """
    with ThreadPoolExecutor(plan.clone_jobs, thread_name_prefix="clone") as clones:
        driving = _Driving(plan, journal, workforce, watch, stop, clones)
        try:
            return driving.run()
        except BaseException:
            stop.set()
            driving.cancel()
            raise


class _Driving:
    def __init__(
        self,
        plan: Plan,
        journal: Journal,
        workforce: Workforce,
        watch: Watch,
        stop: threading.Event,
        clones: ThreadPoolExecutor,
    ) -> None:
        self.plan = plan
        self.journal = journal
        self.workforce = workforce
        self.watch = watch
        self.stop = stop
        self.clones = clones
        # Those that a killed run did not come to are first, then those that may have changed.
        self.known = {row.repository for row in journal.rows() if row.state in DONE_STATES}
        self.waiting = deque(sorted(plan.targets, key=lambda target: target.id in self.known))
        self.fetching: dict[Future[Fetched], Target] = {}
        self.running: dict[Future[Result], tuple[Target, Row]] = {}
        self.failures = 0

    def run(self) -> bool:
        for target in self.waiting:
            self.note(Row(repository=target.id, state="waiting"))
        while self.fetching or self.running or (self.waiting and not self.too_many):
            self.fetch_more()
            on_the_way: set[Future[Any]] = {*self.fetching, *self.running}
            wait(on_the_way, _LOOK_EVERY, return_when=FIRST_COMPLETED)
            for fetched in [future for future in self.fetching if future.done()]:
                self.after_fetch(self.fetching.pop(fetched), fetched.result())
            for future in [future for future in self.running if future.done()]:
                self.after_job(*self.running.pop(future), future)
        return not self.waiting

    def cancel(self) -> None:
        futures: set[Future[Any]] = {*self.fetching, *self.running}
        for future in futures:
            future.cancel()

    @property
    def too_many(self) -> bool:
        limit = self.plan.max_failures
        return limit is not None and self.failures >= limit

    def fetch_more(self) -> None:
        # No further ahead of the jobs than keeps them busy.
        ahead = self.workforce.size + self.plan.clone_jobs
        while (
            self.waiting
            and not self.too_many
            and len(self.fetching) < self.plan.clone_jobs
            and len(self.fetching) + len(self.running) < ahead
        ):
            target = self.waiting.popleft()
            self.note(Row(repository=target.id, state="fetching"))
            future = self.clones.submit(
                fetch,
                target,
                self.plan.cache,
                self.plan.limits,
                self.plan.environment,
                self.stop,
                operation="fetch" if self.workforce.local else "look",
            )
            self.fetching[future] = target

    def after_fetch(self, target: Target, fetched: Fetched) -> None:
        if fetched.stopped:
            return
        recipe = self.plan.recipe
        row = Row(
            repository=target.id,
            state="failed",
            base=fetched.commit,
            base_branch=fetched.branch,
            seconds=fetched.seconds,
            cause=fetched.cause,
            message=fetched.message,
        )
        if not fetched.commit:
            self.end(row, {}, fetched.log)
            return
        arguments = recipe.arguments(target, fetched.commit)
        row = replace(row, recipe=recipe.key(arguments, self.plan.environment))
        before = self.journal.done(row.repository, row.base, row.recipe)
        if before is not None and not (before.failed and target.id in self.plan.again):
            self.journal.note(before)
            self.failures += before.failed
            self.watch(before, False)
            return
        self.note(replace(row, state="running"))
        job = Job(
            url=target.url,
            id=target.id,
            commit=fetched.commit,
            arguments=arguments,
            environment=self.plan.environment,
            limits=self.plan.limits,
            cache=str(self.plan.cache),
            results=str(result_folder(self.plan.folder, target.id)),
        )
        self.running[self.workforce.submit(job)] = (target, row)

    def after_job(self, target: Target, row: Row, future: Future[Result]) -> None:
        try:
            result = future.result()
        except CancelledError:  # not by us
            raise BatchError(
                "the scheduler is gone, or has cancelled a job; run the same command to go on", 3
            ) from None
        except Exception as error:  # a cluster gave the job up, or its worker can't run it
            message = f"{type(error).__name__}: {error}".splitlines()[0]
            row = replace(row, cause="worker", message=message, recipe="")
            self.end(row, {}, f"{message}\n")
            return
        if not result.fetched:  # under no recipe, it is tried by every run
            row = replace(row, recipe="")
        if not result.stopped:
            self.end(
                _finished(row, result, self.plan.limits), result.files, result.log, result.digest
            )

    def end(
        self,
        row: Row,
        files: Mapping[str, bytes] | None,
        log: str,
        digest: Mapping[str, Any] | None = None,
    ) -> None:
        """Write the results, and only then that they are there."""
        write_result(result_folder(self.plan.folder, row.repository), files, log)
        self.journal.record(row, digest or {})
        self.failures += row.failed
        self.watch(row, True)

    def note(self, row: Row) -> None:
        # Being asked for its base is no news of a repository that has been done.
        if row.state == "running" or row.repository not in self.known:
            self.journal.note(row)
        self.watch(row, True)


_STATES = {"created": "changed", "already-done": "changed", "pending": "pending"}


def _finished(row: Row, result: Result, limits: Limits) -> Row:
    row = replace(
        row, seconds=row.seconds + result.seconds, cause=result.cause, message=result.message
    )
    digest = result.digest
    if digest is None:
        return row if row.cause else replace(row, cause="failed", message="it made no ledger")
    state = _STATES.get(digest["state"], "unchanged")
    failures = digest["failures"]
    if failures:
        state = "incomplete" if digest["branch"] else "failed"
        # Of those that come after a lack of memory, none says more.
        lacked = next((text for text in failures if lacked_memory(text, limits)), "")
        cause = OUT_OF_MEMORY if lacked else NOT_PROVEN
        row = replace(row, cause=cause, message=lacked or failures[0])
    elif result.cause:
        state = "failed"
    codemods = digest["codemods"].values()
    return replace(
        row,
        state=state,
        branch=digest["branch"],
        commits=tuple(digest["commits"]),
        sites=sum(one["sites"] for one in codemods),
        rewritten=sum(one["rewritten"] for one in codemods),
        left=sum(one["left"] for one in codemods),
    )
