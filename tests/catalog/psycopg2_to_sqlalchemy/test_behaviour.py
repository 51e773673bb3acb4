"""Whole programs, run before and after on a server: the fixtures of this codemod are programs.

Each case has a `main.py`. What it prints, what it raises, what is in the tables, and which
transactions it leaves open must be the same with the case's files before and after.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import runpy
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import psycopg2
import pytest

from tests.fixture_cases import Case, Tree, cases
from tests.postgres.server import Server

SCHEMA = """
CREATE TABLE people (
    id serial PRIMARY KEY, name text UNIQUE, age int, balance numeric(10, 2), born date,
    created timestamptz, data jsonb, tags text[], uid uuid
);
INSERT INTO people (name, age, balance, born, created, data, tags, uid) VALUES
    ('ann', 31, 10.50, '1990-01-02', '2024-01-01 12:30:45+00', '{"a": 1}', '{x,y,z}',
     '00000000-0000-0000-0000-000000000001'),
    ('bob', 42, 20.00, '1980-05-06', '2024-06-01 00:00:00+00', '{"b": [2]}', '{y}',
     '00000000-0000-0000-0000-000000000002'),
    ('cyd', NULL, NULL, NULL, NULL, NULL, '{}', NULL);
CREATE TABLE log (id serial PRIMARY KEY, msg text, n int);
"""
RESET = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid();
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
"""
PROGRAMS = [case for case in cases() if case.codemod == "psycopg2-to-sqlalchemy"]


@dataclass(frozen=True)
class Outcome:
    """Everything that a program did, as far as anybody can see."""

    output: str
    error: str
    tables: dict[str, list[Any]]
    open_transactions: int
    sessions_in_use: int


@pytest.fixture(scope="module")
def place(postgres: Server) -> Iterator[dict[str, str]]:
    """The environment of a database that each program finds as new."""
    with postgres.database() as name:
        yield postgres.environment(name)


@pytest.mark.parametrize("case", PROGRAMS, ids=str)
def test_before_and_after_are_the_same(case: Case, place: dict[str, str], tmp_path: Path) -> None:
    before = outcome(place, case.before, tmp_path / "before")
    after = outcome(place, case.after, tmp_path / "after")
    assert after == before
    assert not before.error or "late" in before.error, "the program itself is wrong"


def test_most_programs_are_rewritten() -> None:
    rewritten = [case for case in PROGRAMS if case.after != case.before]
    assert len(PROGRAMS) >= 40
    assert len(rewritten) >= 36


def outcome(place: dict[str, str], files: Tree, folder: Path) -> Outcome:
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    output = io.StringIO()
    error = ""
    with (
        mock.patch.dict(os.environ, place),
        contextlib.closing(psycopg2.connect("")) as connection,
    ):
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(RESET + SCHEMA)
        with importing_from(folder), contextlib.redirect_stdout(output):
            try:
                runpy.run_path(str(folder / "main.py"), run_name="__main__")
            except Exception as raised:
                error = "".join(traceback.format_exception_only(raised))
        gc.collect()
        in_transaction, active = left_open(cursor)
        tables = {}
        for table in ("people", "log"):
            cursor.execute(f"SELECT * FROM {table} ORDER BY id")
            tables[table] = cursor.fetchall()
    return Outcome(output.getvalue(), error, tables, in_transaction, active)


def left_open(cursor: Any) -> tuple[int, int]:
    """Count open transactions and busy sessions that stay so; the server ends some a bit late."""
    for _ in range(1200):  # a minute: the program ended, so what is open then stays open
        cursor.execute(
            "SELECT count(*) FILTER (WHERE state LIKE 'idle in transaction%'),"
            " count(*) FILTER (WHERE state = 'active' AND pid <> pg_backend_pid())"
            " FROM pg_stat_activity WHERE datname = current_database()"
        )
        counts: tuple[int, int] = cursor.fetchone()
        if counts == (0, 0):
            break
        time.sleep(0.05)
    return counts


@contextlib.contextmanager
def importing_from(folder: Path) -> Iterator[None]:
    """Let imports find the program's own modules first, and forget them afterwards."""
    own = {path.stem for path in folder.iterdir() if path.is_dir() or path.suffix == ".py"}
    hidden = forget(own)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        forget(own)
        sys.modules.update(hidden)


def forget(tops: set[str]) -> dict[str, ModuleType]:
    """Take modules, and those of packages, out of what is imported."""
    names = [name for name in sys.modules if name.partition(".")[0] in tops]
    return {name: sys.modules.pop(name) for name in names}
