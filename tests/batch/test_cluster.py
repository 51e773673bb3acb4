"""A real Dask cluster of processes comes to the same commits as this machine."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.batch.workshop import Workshop

pytest.importorskip("distributed")


@dataclass(frozen=True)
class Cluster:
    """A scheduler and its workers, each of which has a cache of its own."""

    address: str
    workers: list[subprocess.Popen[bytes]]


@pytest.fixture
def cluster(workshop: Workshop) -> Iterator[Cluster]:
    """A scheduler with two workers."""
    file = workshop.root / "scheduler.json"
    common = ("--scheduler-file", str(file), "--no-dashboard")
    dask = (sys.executable, "-m", "dask")
    processes = [
        _start(workshop, *dask, "scheduler", "--host", "127.0.0.1", "--port", "0", *common)
    ]
    try:
        deadline = time.monotonic() + 60
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        for number in range(2):
            workshop.environment["XDG_CACHE_HOME"] = str(workshop.root / f"worker{number}")
            processes.append(
                _start(workshop, *dask, "worker", "--nthreads", "1", "--no-nanny", *common)
            )
        yield Cluster(json.loads(file.read_text())["address"], processes[1:])
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _start(workshop: Workshop, *command: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        cwd=workshop.root,
        env=workshop.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def test_a_cluster_makes_the_same_commits(workshop: Workshop, cluster: Cluster) -> None:
    names = ("--match", "good[0-3]", "--match", "corrupt")
    workshop.batch(*names, folder="here")
    there = workshop.batch(*names, "--scheduler", cluster.address, folder="out")
    assert "Failed: 1 " in there.stdout, there.stderr
    rows = workshop.rows()
    assert {name: row["commits"] for name, row in rows.items()} == {
        name: row["commits"] for name, row in workshop.rows("here").items()
    }
    assert rows["corrupt"]["cause"] == "corrupt"
    # No clone lies here: the bundle came from a worker, and a push needs nothing else.
    pushed = workshop.run("push", "out", "--pace", "0", "--cache", "none", "--match", "good1")
    assert pushed.returncode == 0, pushed.stdout


def test_a_killed_worker_costs_nothing_but_time(workshop: Workshop, cluster: Cluster) -> None:
    batch = subprocess.Popen(
        workshop.command(
            *("run", "list.txt", "--folder", "out", *workshop.usual("out"), "--match", "good"),
            *("--scheduler", cluster.address),
        ),
        cwd=workshop.root,
        env=workshop.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert batch.stderr
    batch.stderr.readline()
    cluster.workers[0].kill()
    said = batch.stderr.read().decode()
    batch.stderr.close()
    assert batch.wait() == 0, said
    assert {row["state"] for row in workshop.rows().values()} == {"changed"}
