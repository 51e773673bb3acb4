"""A real Dask cluster of processes on this machine."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.batch.workshop import Workshop

_DASK = (sys.executable, "-m", "dask")


@dataclass
class Cluster:
    """A scheduler and its workers."""

    workshop: Workshop
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where the scheduler listens."""
        return str(json.loads((self.workshop.root / "scheduler.json").read_text())["address"])

    def start_worker(self, **variables: str) -> subprocess.Popen[bytes]:
        """Start a worker, which has a cache of its own; `variables` are added to its own."""
        own = self.workshop.root / f"worker{len(self.processes)}"
        command = ("worker", "--nthreads", "1", "--no-nanny", "--local-directory", f"{own}/dask")
        return self.start(*command, **{"XDG_CACHE_HOME": str(own), **variables})

    def start(self, *command: str, **variables: str) -> subprocess.Popen[bytes]:
        """Start a process of the cluster, which finds the others through a file."""
        process = subprocess.Popen(
            [*_DASK, *command, "--scheduler-file", "scheduler.json", "--no-dashboard"],
            cwd=self.workshop.root,
            env=self.workshop.environment | variables,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.processes.append(process)
        return process

    def wait_for(self, workers: int) -> None:
        """Wait until that many workers are there."""
        from distributed import Client

        with Client(  # type: ignore[no-untyped-call]
            self.address, timeout=300, set_as_default=False
        ) as client:
            client.wait_for_workers(workers, timeout=300)


@contextlib.contextmanager
def running(workshop: Workshop) -> Iterator[Cluster]:
    """Run a scheduler and two workers until the end of the block."""
    cluster = Cluster(workshop)
    cluster.start("scheduler", "--host", "127.0.0.1", "--port", "0")
    try:
        deadline = time.monotonic() + 300
        while not (workshop.root / "scheduler.json").exists():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        for _ in range(2):
            cluster.start_worker()
        cluster.wait_for(2)
        yield cluster
    finally:
        for process in cluster.processes:
            process.kill()
            process.wait()


def start_batch(workshop: Workshop, cluster: Cluster, *names: str) -> subprocess.Popen[bytes]:
    """Start a batch on the cluster; what it says on the way is in its `stderr`."""
    flags = ("--folder", "out", *workshop.usual("out"), *names)
    return subprocess.Popen(
        workshop.command("run", "list.txt", *flags, "--scheduler", cluster.address),
        cwd=workshop.root,
        env=workshop.environment | {"XDG_CACHE_HOME": os.devnull},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def on_the_whole(workshop: Workshop, folder: str = "out") -> dict[str, dict[str, Any]]:
    """Return the rows of a batch without what depends on where a repository's fetch failed."""
    rows = workshop.lasting(folder)
    return {
        name: {key: row[key] for key in ("state", "cause", "branch", "commits", "sites")}
        for name, row in rows.items()
    }
