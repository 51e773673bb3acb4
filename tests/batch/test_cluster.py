"""A real Dask cluster of processes comes to the same commits as this machine."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.batch.workshop import Workshop

pytest.importorskip("distributed")


@pytest.fixture
def cluster(workshop: Workshop) -> Iterator[str]:
    """The address of a scheduler with two workers; each has a cache of its own."""
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
        yield json.loads(file.read_text())["address"]
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


def test_a_cluster_makes_the_same_commits(workshop: Workshop, cluster: str) -> None:
    names = ("--match", "good[0-3]", "--match", "corrupt")
    workshop.batch(*names, folder="here")
    there = workshop.batch(*names, "--scheduler", cluster, folder="out")
    assert there.returncode == 3, there.stderr
    rows = workshop.rows()
    assert {name: row["commits"] for name, row in rows.items()} == {
        name: row["commits"] for name, row in workshop.rows("here").items()
    }
    assert rows["corrupt"]["cause"] == "corrupt"
    # No clone lies here: the bundle came from a worker, and a push needs nothing else.
    pushed = workshop.run("push", "out", "--pace", "0", "--cache", "none", "--match", "good1")
    assert pushed.returncode == 0, pushed.stdout
