"""A batch on a Dask cluster, of which a worker is killed: run with `make evidence-cluster`."""

from __future__ import annotations

import time

import pytest

from tests.batch.cluster import on_the_whole, running, start_batch
from tests.batch.workshop import Workshop
from tests.commands.conftest import environment, plugins
from tests.evidence.test_batch import REPOSITORIES, workshop

__all__ = ["environment", "plugins", "workshop"]

pytest.importorskip("distributed")


def test_a_killed_worker_costs_nothing_but_time(workshop: Workshop) -> None:
    started = time.monotonic()
    assert workshop.batch(folder="here").returncode == 3
    print(f"\n{REPOSITORIES} repositories here: {time.monotonic() - started:.0f} s")
    with running(workshop) as cluster:
        started = time.monotonic()
        batch = start_batch(workshop, cluster)
        assert batch.stderr
        for number, line in enumerate(batch.stderr):
            if number == REPOSITORIES // 2:
                cluster.processes[1].kill()
                print(f"one worker killed at {line.split()[0].decode()}")
        batch.stderr.close()
        assert batch.wait() == 3
        print(f"on a cluster of two workers, then one: {time.monotonic() - started:.0f} s")
    assert on_the_whole(workshop) == on_the_whole(workshop, "here")
