"""How work is divided among processes."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest

from codemods.engine.workers import Workers


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


def _loaded(_item: int) -> str:
    return os.environ.get("CODEMODS_TEST_LOADED", "")


def test_new_processes_have_what_was_loaded_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    def load() -> None:
        monkeypatch.setenv("CODEMODS_TEST_LOADED", "yes")

    with Workers(2) as workers:

        def ask() -> set[object]:
            return set(workers.map(_loaded, range(2), lambda item: 600_000, meanwhile=load))

        assert ask() == {""}
        assert ask() == {""}
        workers.renew()
        assert ask() == {"yes"}


def test_nothing_is_done_meanwhile_where_nothing_is_waited_for() -> None:
    done: list[str] = []
    with Workers(1) as workers:
        assert list(workers.map(abs, [-1, 2], lambda item: 1, lambda: done.append("it"))) == [1, 2]
    assert not done
