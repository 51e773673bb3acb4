"""A real Dask cluster comes to the same commits as this machine; and who may belong to it."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codemods.batch.errors import BatchError
from codemods.batch.executors import check_workers, on_a_cluster
from codemods.batch.isolation import Limits
from codemods.batch.jobs import Job, run_job
from codemods.batch.recipe import versions
from tests.batch.cluster import on_the_whole, running, start_batch
from tests.batch.workshop import Workshop

pytest.importorskip("distributed")


def test_a_cluster_makes_the_same_commits_though_a_worker_dies(workshop: Workshop) -> None:
    names = ("--match", "good[0-4]", "--match", "corrupt", "--match", "nopython")
    assert workshop.batch(*names, folder="here").returncode == 3
    with running(workshop) as cluster:
        batch = start_batch(workshop, cluster, *names)
        assert batch.stderr
        batch.stderr.readline()
        cluster.processes[1].kill()
        said = batch.stderr.read().decode()
        batch.stderr.close()
        assert batch.wait() == 3, said
        assert len(workshop.rows()) == 7
        assert on_the_whole(workshop) == on_the_whole(workshop, "here"), said
        # The driver only asked for the commits; the workers fetched them.
        assert list((workshop.root / "cache-out").rglob("objects/??")) == []
        assert list((workshop.root / "worker2").rglob("objects/??")) != []
        # The bundle came from a worker, and a push needs nothing else.
        pushed = workshop.run("push", "out", "--pace", "0", "--cache", "new", "--match", "good1")
        assert pushed.returncode == 0, pushed.stdout

        other = workshop.root / "others" / "toys-2.dist-info"
        other.mkdir(parents=True)
        (other / "METADATA").write_text("Metadata-Version: 2.1\nName: toys\nVersion: 2\n")
        plugins, root = workshop.environment["PYTHONPATH"].split(":")
        entries = Path(plugins) / "toys-1.dist-info" / "entry_points.txt"
        (other / "entry_points.txt").write_text(entries.read_text())
        cluster.start_worker(PYTHONPATH=f"{other.parent}:{root}")
        cluster.wait_for(2)
        refused = workshop.batch("--scheduler", cluster.address, folder="refused")
    assert refused.returncode == 3
    assert "install the same versions everywhere" in refused.stderr
    assert "'toys': '2'" in refused.stderr
    assert {row["state"] for row in workshop.rows("refused").values()} <= {"waiting"}


@pytest.mark.parametrize("error", [OSError("timed out"), ValueError("no such protocol")])
def test_a_scheduler_that_can_not_be_reached(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def client(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("distributed.Client", client)
    workforce = on_a_cluster("tcp://host:8786", None, threading.Event())
    with pytest.raises(BatchError) as caught, workforce:
        pass
    assert str(caught.value) == f"the scheduler tcp://host:8786 can't be reached: {error}"


def test_tls_needs_certificates(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import dask.config

    monkeypatch.setattr("distributed.Client", None)
    for file, said in ((None, "needs certificates"), (f"{tmp_path}/ca.pem", "can't be reached")):
        settings = dict.fromkeys(("ca-file", "client.cert", "client.key"), file)
        with (
            dask.config.set({f"distributed.comm.tls.{key}": one for key, one in settings.items()}),
            pytest.raises(BatchError) as caught,
            on_a_cluster("tls://host:8786", None, threading.Event()),
        ):
            pass
        assert said in str(caught.value)


class Client:
    """Answers as a Dask client does."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def run(self, function: object) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_what_a_worker_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Job] = []

    class OneWorker(ThreadPoolExecutor):
        def submit(self, function: object, /, *jobs: Any, **_: object) -> Future[Any]:
            assert function is run_job
            told.extend(jobs)
            return Future()

    class Scheduler(Client):
        def __init__(self, address: str, **_: object) -> None:
            super().__init__({address: versions()})

        def __enter__(self) -> "Scheduler":
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def nthreads(self) -> dict[str, int]:
            return {"tcp://a": 3, "tcp://b": 4}

        def get_executor(self, **settings: object) -> OneWorker:
            # Equal jobs are two jobs, and whether one failed is not for Dask to judge.
            assert settings == {"pure": False, "retries": 0}
            return OneWorker()

    monkeypatch.setattr("distributed.Client", Scheduler)
    job = Job(
        url="https://u:secret@host/x",
        id="https://host/x",
        commit="0" * 40,
        arguments=("--json",),
        environment={},
        limits=Limits(60),
        cache="/cache/of/the/driver",
        results="/results/of/the/driver",
    )
    with on_a_cluster("tcp://host:8786", None, threading.Event()) as hands:
        assert (hands.size, hands.local) == (7, False)
        hands.submit(job)
    assert told == [replace(job, cache="", results="", versions=versions())]
    assert "secret" not in repr(told)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({}, "no worker"),
        ({"tcp://a": {"codemods": "1"}, "tcp://b": {"codemods": "0"}}, "tcp://b has"),
        (ModuleNotFoundError("No module named 'codemods'"), "can't run codemods 1: No module"),
    ],
)
def test_a_worker_that_differs_is_refused(answer: Any, said: str) -> None:
    with pytest.raises(BatchError) as caught:
        check_workers(Client(answer), {"codemods": "1"})
    assert said in str(caught.value)
    assert caught.value.exit_code == 3


def test_workers_that_are_alike_are_taken() -> None:
    check_workers(Client({"tcp://a": {"codemods": "1"}}), {"codemods": "1"})


def test_a_worker_that_came_later_refuses_what_is_not_its_version(tmp_path: Path) -> None:
    job = Job(
        url="/nowhere",
        id="/nowhere",
        commit="0" * 40,
        arguments=(),
        environment={},
        limits=Limits(60),
        cache=str(tmp_path / "cache"),
        versions={**versions(), "codemods": "0"},
    )
    result = run_job(job)
    assert (result.code, result.cause) == (3, "worker")
    assert "the driver has" in result.message
    assert not (tmp_path / "cache").exists()
