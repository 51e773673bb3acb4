"""Whole programs, migrated here, do the same on a server: each lifecycle with each kind of work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path, PurePosixPath

import pytest

from codemods.catalog.psycopg2_to_sqlalchemy import codemod
from codemods.catalog.psycopg2_to_sqlalchemy.options import Psycopg2Options
from codemods.codemod import Settings
from codemods.engine import MemoryFiles, run
from tests.catalog.psycopg2_to_sqlalchemy.lifecycles import LIFECYCLES, TASKS, program
from tests.catalog.psycopg2_to_sqlalchemy.test_behaviour import outcome
from tests.postgres.server import Server

PROGRAMS = [(lifecycle, task) for lifecycle in LIFECYCLES for task in TASKS]


@cache
def migrated(lifecycle: str, task: str) -> Mapping[PurePosixPath, bytes]:
    files = dict(program(lifecycle, task))
    result = run(MemoryFiles(files), [codemod], {codemod.name: Settings(Psycopg2Options())}, jobs=1)
    assert not result.failures
    for change in result.changes:
        for file in change.files:
            assert file.after is not None
            files[file.path] = file.after
    return files


@pytest.fixture(scope="module")
def place(postgres: Server) -> Iterator[dict[str, str]]:
    with postgres.database() as name:
        yield postgres.environment(name)


@pytest.mark.fact("13.1")
@pytest.mark.parametrize(("lifecycle", "task"), PROGRAMS)
def test_a_program_does_the_same(
    lifecycle: str, task: str, place: dict[str, str], tmp_path: Path
) -> None:
    before = outcome(place, program(lifecycle, task), tmp_path / "before")
    after = outcome(place, migrated(lifecycle, task), tmp_path / "after")
    assert after == before
    assert before.output
    assert not before.error, "the program itself is wrong"


def test_there_are_forty_programs_and_most_are_rewritten() -> None:
    rewritten = [one for one in PROGRAMS if migrated(*one) != program(*one)]
    connecting = [
        one
        for one in rewritten
        if not any(b"psycopg2.connect(" in d for d in migrated(*one).values())
    ]
    assert len(PROGRAMS) >= 40
    assert len(rewritten) == len(connecting) >= 36
