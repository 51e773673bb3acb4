"""Real repositories, in a home of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.git.workbench import Workbench, plain_environment


@pytest.fixture(autouse=True)
def _isolated(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No configuration, identity or agent of the machine reaches a test."""
    for name, value in plain_environment(tmp_path_factory.mktemp("home")).items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    """A repository with one commit."""
    bench = Workbench.create(tmp_path / "repository")
    bench.commit({"pkg/a.py": b"one = 1\n", "pkg/b.py": b"two = 2\n", "README.md": b"read\n"})
    return bench
