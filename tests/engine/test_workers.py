"""How work is divided among processes."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from codemods.engine.workers import WorkerDied, Workers


def test_an_interrupted_run_waits_for_little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    submit = ProcessPoolExecutor.submit
    chunks: list[list[int]] = []

    def spy(pool: ProcessPoolExecutor, work: Any, /, *arguments: Any) -> Any:
        chunks.append(arguments[1])
        return submit(pool, work, *arguments)

    monkeypatch.setattr(ProcessPoolExecutor, "submit", spy)
    with Workers(2) as workers:
        results = list(workers.map(abs, range(100), lambda item: 600_000))
    assert results == list(range(100))
    # What has begun is finished: a chunk for each process, and those handed out in advance.
    assert {len(chunk) for chunk in chunks} == {2}


def _load(value: str) -> None:
    os.environ["CODEMODS_TEST_LOADED"] = value


def _loaded(_item: object) -> tuple[int, str]:
    return os.getpid(), os.environ.get("CODEMODS_TEST_LOADED", "")


def _loaded_in_both(folder: Path) -> tuple[int, str]:
    """Answer when another process was given the same folder, too."""
    (folder / str(os.getpid())).touch()
    deadline = time.monotonic() + 60
    while len(list(folder.iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    return _loaded(folder)


def test_idle_processes_load_what_they_will_need(tmp_path: Path) -> None:
    here = {os.getpid(): ""}
    with Workers(2) as workers:

        def ask(size: int) -> dict[int, str]:
            folder = Path(tempfile.mkdtemp(dir=tmp_path))
            answers = workers.map(_loaded_in_both, [folder, folder], lambda item: size)
            return dict(one for one in answers if not isinstance(one, WorkerDied))

        assert dict(workers.map(_loaded, range(2), lambda item: 1)) == here  # type: ignore[arg-type]
        before = ask(600_000)
        assert set(before.values()) == {""}
        assert len(before) == 2
        after = before
        for _ in range(100):  # one process may take what was meant for both
            workers.prepare(_loaded_in_both, _load, "yes")
            after = ask(600_000)
            if "" not in after.values():
                break
        assert after == dict.fromkeys(before, "yes")
        # To send them a little is cheaper than to load what it takes once more.
        assert ask(30_000) == after
        assert dict(workers.map(_loaded, range(2), lambda item: 1)) == here  # type: ignore[arg-type]


def test_the_last_process_loads_after_other_work(monkeypatch: pytest.MonkeyPatch) -> None:
    submit = ProcessPoolExecutor.submit
    submitted: list[object] = []

    def spy(pool: ProcessPoolExecutor, work: Any, /, *arguments: Any) -> Any:
        submitted.append(work)
        return submit(pool, work, *arguments)

    monkeypatch.setattr(ProcessPoolExecutor, "submit", spy)
    with Workers(2) as workers:

        def times() -> int:
            return submitted.count(_load)

        def work() -> list[int | WorkerDied]:
            return list(workers.map(abs, [-1, 2], lambda item: 600_000))

        work()
        workers.prepare(len, _load, "yes")
        assert times() == 1
        work()
        assert times() == 3  # whoever has loaded it has nothing to do
        work()
        assert times() == 3
        workers.prepare(len, _load, "yes")
        assert list(workers.map(len, ["a", "ab"], lambda item: 600_000)) == [1, 2]
        work()
        assert times() == 4  # what it was for has been done
        workers.prepare(len, _load, "yes")
        assert list(workers.map(abs, [], lambda item: 1)) == []
        assert times() == 5
        assert list(workers.map(abs, [-1], lambda item: 1)) == [1]  # while this process works
        assert times() == 7


def test_nothing_is_loaded_where_no_process_was_started() -> None:
    with Workers(1) as workers:
        workers.prepare(_loaded_in_both, _load, "yes")
    assert "CODEMODS_TEST_LOADED" not in os.environ


def test_meanwhile_is_while_others_work() -> None:
    calls: list[str] = []
    with Workers(2) as workers:
        for size in (1, 600_000):
            weight = {-1: size, 2: size}
            results = workers.map(abs, [-1, 2], weight.__getitem__, lambda: calls.append("now"))
            assert list(results) == [1, 2]
    assert calls == ["now"]


def _die(_what: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_process_may_die_while_it_is_idle() -> None:
    with Workers(2) as workers:
        assert list(workers.map(abs, [-1, 2], lambda item: 600_000)) == [1, 2]
        workers.prepare(abs, _die, "")
        time.sleep(0.5)
        workers.prepare(_loaded_in_both, _load, "yes")  # nobody is left to do it
        assert list(workers.map(abs, [-3, 4], lambda item: 600_000)) == [3, 4]
        assert list(workers.map(abs, [-5, 6], lambda item: 600_000)) == [5, 6]


def _noted(item: tuple[Path, int]) -> int:
    folder, number = item
    with tempfile.NamedTemporaryFile(dir=folder, prefix=f"{number}-", delete=False):
        time.sleep(0.02)
    return number


def test_what_was_foreseen_is_done_once(tmp_path: Path) -> None:
    items = [(tmp_path, number) for number in range(20)]
    with Workers(2) as workers:
        workers.foresee(_noted, items, lambda item: 600_000)
        assert list(workers.map(abs, [-1, 2], lambda item: 600_000)) == [1, 2]
        assert not list(tmp_path.iterdir())  # no process was there to begin
        workers.foresee(_noted, items, lambda item: 600_000)
        assert list(workers.map(abs, [], lambda item: 1)) == []
        assert list(workers.map(_noted, [*items], lambda item: 600_000)) == list(range(20))
        assert len(list(tmp_path.iterdir())) == 20
        assert list(workers.map(_noted, items[:2], lambda item: 600_000)) == [0, 1]
        assert len(list(tmp_path.iterdir())) == 22


@pytest.mark.parametrize("wrong", ["other work", "other items"])
def test_what_was_foreseen_wrongly_is_left(wrong: str, tmp_path: Path) -> None:
    items = [(tmp_path, number) for number in range(100)]
    with Workers(2) as workers:
        assert list(workers.map(abs, [-1, 2], lambda item: 600_000)) == [1, 2]
        workers.foresee(_noted, items, lambda item: 600_000)
        if wrong == "other work":
            assert list(workers.map(abs, [-3, 4], lambda item: 600_000)) == [3, 4]
        else:
            other = tmp_path / "other"
            other.mkdir()
            answers = workers.map(_noted, [(other, 7), (other, 8)], lambda item: 600_000)
            assert list(answers) == [7, 8]
    assert len(list(tmp_path.iterdir())) < 50


def test_a_process_may_die_of_what_was_foreseen() -> None:
    with Workers(2) as workers:
        assert list(workers.map(abs, [-1, 2], lambda item: 600_000)) == [1, 2]
        workers.foresee(_die_of_two, [1, 2, 3], lambda item: 600_000)
        answers = list(workers.map(_die_of_two, [1, 2, 3], lambda item: 600_000))
    assert answers[::2] == [1, 3]
    assert isinstance(answers[1], WorkerDied)


def _die_of_two(number: int) -> int:
    if number == 2:
        _die("")
    return number


def _process(_item: int) -> int:
    return os.getpid()


def test_retired_processes_end_and_others_take_their_place() -> None:
    with Workers(2) as workers:
        first = set(workers.map(_process, range(9), lambda item: 600_000))
        workers.retire()
        workers.retire()
        second = set(workers.map(_process, range(9), lambda item: 600_000))
    assert os.getpid() not in first | second
    assert not first & second
    for process in first | second:
        assert isinstance(process, int)
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)
