"""How work is divided among processes."""

from __future__ import annotations

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
