"""Where jobs run: threads of this process that watch cells, or the workers of a Dask cluster."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from codemods.batch.errors import BatchError
from codemods.batch.jobs import Job, Result, run_job
from codemods.batch.recipe import versions

__all__ = ["Workforce", "check_workers", "on_a_cluster", "on_this_machine"]


@dataclass(frozen=True, slots=True)
class Workforce:
    """An executor and how it takes jobs."""

    executor: Executor
    submit: Callable[[Job], Future[Result]]
    size: int  #: jobs at a time
    local: bool


@contextlib.contextmanager
def on_this_machine(jobs: int | None, stop: threading.Event) -> Iterator[Workforce]:
    """Run as many jobs at a time as this process may use processors, or as told."""
    size = jobs or _processors()
    with ThreadPoolExecutor(size, thread_name_prefix="job") as executor:
        yield Workforce(executor, lambda job: executor.submit(run_job, job, stop), size, True)


@contextlib.contextmanager
def on_a_cluster(address: str, jobs: int | None, stop: threading.Event) -> Iterator[Workforce]:
    """Run jobs on the workers of a Dask scheduler, whose versions must be this process's own.

    Raises:
        BatchError: ``distributed`` is not installed, the scheduler does not answer, or a worker
            has other versions.
    """
    try:
        from distributed import Client, Security
    except ImportError:
        raise BatchError("--scheduler needs Dask; run: pip install 'codemods[cluster]'") from None
    try:
        # A client that finds this out for itself waits for a long time before it ends.
        arguments = Security().get_connection_args("client")  # type: ignore[no-untyped-call]
        if address.startswith("tls:") and not arguments.get("ssl_context"):
            raise BatchError(
                f"{address} needs certificates, which Dask's configuration does not name "
                "(distributed.comm.tls)"
            )
        client: Any = Client(  # type: ignore[no-untyped-call]
            address, timeout=20, set_as_default=False
        )
    except (OSError, ValueError) as error:
        raise BatchError(f"the scheduler {address} can't be reached: {error}", 3) from None
    with client:
        own = versions()
        check_workers(client, own)
        size = jobs or sum(client.nthreads().values())
        # Equal jobs are different tasks, and a failed one is ours to judge.
        executor = client.get_executor(pure=False, retries=0)

        def submit(job: Job) -> Future[Result]:
            # A worker has a cache of its own, and the results travel.
            task = replace(job, cache="", results="", versions=own)
            future: Future[Result] = executor.submit(run_job, task)
            return future

        try:
            yield Workforce(executor, submit, size, False)
        finally:
            executor.shutdown(wait=not stop.is_set())


def check_workers(client: Any, own: Mapping[str, str]) -> None:
    """Ask each worker of a Dask client for its versions.

    Raises:
        BatchError: there is no worker, or one has others.
    """
    try:
        answers: dict[str, object] = client.run(versions)
    except Exception as error:  # whatever a worker without the tool raises
        raise BatchError(f"a worker can't run codemods {own['codemods']}: {error}", 3) from None
    if not answers:
        raise BatchError("the cluster has no worker", 3)
    for worker, found in sorted(answers.items()):
        if found != own:
            raise BatchError(
                f"the worker {worker} has {found}, this machine has {own}; install the same "
                "versions everywhere",
                3,
            )


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
