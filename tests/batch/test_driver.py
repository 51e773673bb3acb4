"""What a driver begins, holds and counts as done, with cells that only pretend to work."""

import contextlib
import json
import threading
import tracemalloc
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from codemods.batch import retrying
from codemods.batch.driver import Plan, drive
from codemods.batch.errors import BatchError
from codemods.batch.executors import Workforce, on_this_machine
from codemods.batch.isolation import Ended, Limits
from codemods.batch.jobs import Job, Result, run_job
from codemods.batch.journal import Journal, read_rows
from codemods.batch.recipe import Recipe
from codemods.batch.results import result_folder
from codemods.batch.targets import Target

Hands = contextlib.AbstractContextManager[Workforce]

COMMIT = "0" * 40
UNREACHABLE = "fatal: unable to access 'https://x/': Could not resolve host: x\n"
LEDGER = {"state": "created", "branch": "b", "commits": [COMMIT], "failures": [], "reasons": []}


@dataclass
class World:
    """Remotes, cells and a batch folder."""

    root: Path
    says: dict[str, str] = field(default_factory=dict)
    """What a cell says instead of doing its work, by operation (``fetch``, ``job``, or ``work`` for
    a job that has begun) and URL."""
    size: int = 0  #: bytes of a ledger
    done: Counter[str] = field(default_factory=Counter)  #: cells by operation
    most: Counter[str] = field(default_factory=Counter)  #: of them at the same time
    at_work: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)
    together: threading.Barrier | None = None  #: jobs wait for each other here

    def cell(self, request: Mapping[str, Any], *_: object) -> Ended:
        operation, url = request["operation"], request["url"]
        with self.lock:
            self.at_work[operation] += 1
            self.most[operation] = max(self.most[operation], self.at_work[operation])
            self.done[operation] += 1
        try:
            said = self.says.get(f"{operation} {url}")
            if operation == "job" and said is None:
                if self.together is not None:
                    self.together.wait(120)
                self._work(Path(request["workspace"]), list(request["arguments"]))
                said = self.says.get(f"work {url}")
            answer = json.dumps({"commit": COMMIT, "branch": "main"})
            return Ended(0, answer, "", 1.0) if said is None else Ended(3, "", said, 1.0)
        finally:
            with self.lock:
                self.at_work[operation] -= 1

    def _work(self, workspace: Path, arguments: list[str]) -> None:
        name = arguments[arguments.index("--only") + 1]
        with (workspace / "ledger.json").open("wb") as file:
            file.write(name.encode())
            file.truncate(max(len(name), self.size))
        figures = {"sites": 1, "rewritten": 1, "left": 0, "files": 1}
        (workspace / "digest.json").write_text(json.dumps({**LEDGER, "codemods": {name: figures}}))

    def run(
        self, name: str = "one", *, number: int = 1, on: Hands | None = None, **settings: Any
    ) -> bool:
        """Drive a batch of one codemod over a number of repositories."""
        plan = Plan(
            folder=self.root,
            cache=self.root / "cache",
            targets=[Target(url=f"/remote/{index}") for index in range(number)],
            recipe=Recipe(only=(name,), date="@1"),
            environment={},
            limits=Limits(),
            **settings,
        )
        stop = threading.Event()
        with (
            on or on_this_machine(2, stop) as hands,
            contextlib.closing(Journal(self.root / "journal.sqlite")) as journal,
        ):
            return drive(plan, journal, hands, lambda row, own: None, stop)

    def states(self) -> list[str]:
        """Return the state of each repository, or the cause of its failure."""
        rows = read_rows(self.root / "journal.sqlite")
        return [row.cause or row.state for row in rows]

    def ledger(self, number: int = 0) -> Path:
        return result_folder(self.root, f"/remote/{number}") / "ledger.json"


@contextlib.contextmanager
def elsewhere(error: Exception | None = None) -> Iterator[Workforce]:
    """One worker that fetches for itself and sends its results, or is lost."""

    def work(job: Job) -> Result:
        if error is not None:
            raise error
        return run_job(replace(job, results=""))

    with ThreadPoolExecutor(1) as executor:
        yield Workforce(executor, lambda job: executor.submit(work, job), 1, False)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    world = World(tmp_path)
    monkeypatch.setattr(retrying, "run_cell", world.cell)
    monkeypatch.setattr(retrying, "_pause", lambda attempt: 0.0)
    yield world
    assert list((tmp_path / "cache" / "work").glob("*")) == []
    assert list((tmp_path / "results").glob("*.new")) == []


def test_the_driver_never_holds_a_result(world: World) -> None:
    world.size = 8_000_000
    tracemalloc.start()
    try:
        world.run(number=6)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [world.ledger(index).stat().st_size for index in range(6)] == [8_000_000] * 6
    assert peak < 4_000_000


def test_no_more_at_a_time_than_allowed(world: World) -> None:
    world.run(number=30, clone_jobs=3)
    assert world.done == {"fetch": 30, "job": 30}
    assert world.most["fetch"] <= 3
    assert world.most["job"] <= 2


def test_as_many_jobs_at_a_time_as_there_are_hands(world: World) -> None:
    world.together = threading.Barrier(4)
    world.run(number=12, clone_jobs=1, on=on_this_machine(4, threading.Event()))
    assert world.most["job"] == 4


def test_the_same_is_not_done_twice(world: World) -> None:
    for _ in range(3):
        assert world.run(number=3)
    assert world.done == {"fetch": 9, "job": 3}


def test_results_that_others_took_the_place_of_are_made_again(world: World) -> None:
    for name in ("one", "two", "one"):
        world.run(name)
        assert world.ledger().read_text() == name
        assert world.states() == ["changed"]
    assert world.done["job"] == 3
    world.says["fetch /remote/0"] = UNREACHABLE
    world.run()
    assert world.states() == ["network"]
    assert not world.ledger().exists()
    world.says.clear()
    world.run()
    assert world.states() == ["changed"]
    assert world.ledger().read_text() == "one"


@pytest.mark.parametrize(("operation", "worker"), [("fetch", False), ("job", False), ("job", True)])
def test_what_the_network_fails_is_tried_by_the_next_run(
    world: World, operation: str, worker: bool
) -> None:
    world.says[f"{operation} /remote/0"] = UNREACHABLE
    world.run(on=elsewhere() if worker else None)
    assert world.done[operation] == 4
    assert world.states() == ["network"]
    world.says.clear()
    world.run(on=elsewhere() if worker else None)
    assert world.states() == ["changed"]
    assert world.ledger().read_text() == "one"


def test_what_a_cluster_gave_up_is_tried_by_the_next_run(world: World) -> None:
    world.run(on=elsewhere(RuntimeError("the worker died\nfour times")))
    (row,) = read_rows(world.root / "journal.sqlite")
    assert (row.state, row.cause, row.message) == (
        *("failed", "worker"),
        "RuntimeError: the worker died",
    )
    world.run(on=elsewhere())
    assert world.states() == ["changed"]


def test_a_cluster_that_is_gone_ends_the_run_and_nothing_is_lost(world: World) -> None:
    with pytest.raises(BatchError) as caught:
        world.run(number=3, on=elsewhere(CancelledError()))
    assert caught.value.exit_code == 3
    assert "run the same command to go on" in str(caught.value)
    assert set(world.states()) <= {"running", "fetching", "waiting"}
    world.run(number=3, on=elsewhere())
    assert world.states() == ["changed"] * 3


@pytest.mark.parametrize("worker", [False, True])
def test_a_job_that_failed_waits_for_a_person(world: World, worker: bool) -> None:
    world.says["work /remote/0"] = UNREACHABLE  # the network of the tests is not ours
    for _ in range(2):
        world.run(on=elsewhere() if worker else None)
        assert world.states() == ["failed"]
    assert world.done["job"] == 1
    world.run(again=frozenset({"/remote/0"}))
    assert world.done["job"] == 2


def test_a_job_that_was_interrupted_while_it_was_done_again(world: World) -> None:
    world.says["work /remote/0"] = "codemods: it is wrong"
    world.run()
    (row,) = read_rows(world.root / "journal.sqlite")
    with contextlib.closing(Journal(world.root / "journal.sqlite")) as journal:
        journal.note(replace(row, state="running"))
    world.says.clear()
    world.run()
    assert world.states() == ["changed"]


@pytest.mark.parametrize("limit", [1, 2, 4])
def test_begins_no_more_after_too_many_failures(world: World, limit: int) -> None:
    for number in range(10):
        world.says[f"fetch /remote/{number}"] = "fatal: '/x' does not exist"
    assert not world.run(number=10, clone_jobs=1, max_failures=limit)
    assert Counter(world.states()) == {"missing": limit, "waiting": 10 - limit}
