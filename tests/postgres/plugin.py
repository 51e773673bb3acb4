"""The fixtures that hand out databases; `tests/conftest.py` makes them known to all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.postgres.server import Server, running_server

__all__ = ["database", "postgres"]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The server of this test run (one for each worker under xdist); starts in a second."""
    with running_server() as server:
        yield server


@pytest.fixture
def database(postgres: Server) -> Iterator[str]:
    """The DSN of an empty database that only this test uses."""
    with postgres.database() as name:
        yield postgres.dsn(name)
