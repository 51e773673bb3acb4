"""A program that connects with what the environment says, with the codemod that collects that.

Whichever of the two runs first, the same files come out, and the program does the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from textwrap import dedent

import pytest

from codemods.engine import MemoryFiles, run
from codemods.engine.configuration import configure
from codemods.registry import find_codemods
from tests.catalog.psycopg2_to_sqlalchemy.test_behaviour import outcome
from tests.fixture_cases import Tree
from tests.postgres.server import Server

PROGRAM = {
    "requirements.txt": "psycopg2\n",
    "shop/__init__.py": "",
    "shop/people.py": """
        import os

        import psycopg2


        class People:
            def __init__(self):
                self.conn = psycopg2.connect(
                    host=os.environ["PGHOST"],
                    port=int(os.environ.get("PGPORT", "5432")),
                    dbname=os.environ["PGDATABASE"],
                    user=os.getenv("PGUSER", "postgres"),
                )

            def add(self, name):
                with self.conn.cursor() as cur:
                    cur.execute("INSERT INTO people (name) VALUES (%s)", (name,))
                self.conn.commit()

            def close(self):
                self.conn.close()
    """,
    "shop/report.py": """
        import os

        import psycopg2


        def report():
            conn = psycopg2.connect(os.environ.get("DATABASE_URL", ""))
            cur = conn.cursor()
            cur.execute("SELECT name FROM people ORDER BY id")
            names = [row[0] for row in cur.fetchall()]
            conn.close()
            return names
    """,
    "main.py": """
        from shop.people import People
        from shop.report import report

        people = People()
        people.add("dan")
        people.close()
        print(report())
    """,
}
BEFORE: Tree = {
    PurePosixPath(path): dedent(text).lstrip("\n").encode() for path, text in PROGRAM.items()
}
BOTH = ("env-to-config", "psycopg2-to-sqlalchemy")


def migrated(*rounds: tuple[str, ...]) -> Tree:
    known = {codemod.name: codemod for codemod in find_codemods()}
    settings = configure(list(known.values()), None, []).settings
    files = dict(BEFORE)
    for names in rounds:
        result = run(MemoryFiles(files), [known[name] for name in names], settings, jobs=1)
        assert not result.failures
        for change in result.changes:
            files |= {file.path: file.after for file in change.files if file.after is not None}
    return files


@pytest.fixture(scope="module")
def place(postgres: Server) -> Iterator[dict[str, str]]:
    with postgres.database() as name:
        yield postgres.environment(name)


def test_both_orders_come_to_the_same_files() -> None:
    together = migrated(BOTH)
    assert migrated(BOTH[:1], BOTH[1:]) == migrated(BOTH[1:], BOTH[:1]) == together
    assert migrated(BOTH, BOTH) == together
    people = together[PurePosixPath("shop/people.py")].decode()
    assert "host=config.PGHOST" in people
    assert "os.environ" not in people
    report = together[PurePosixPath("shop/report.py")].decode()
    assert "with get_engine(config.DATABASE_URL).connect() as conn:" in report


@pytest.mark.fact("2.9")
@pytest.mark.parametrize("rounds", [(BOTH,), (BOTH[1:],)], ids=["with", "without"])
def test_the_program_does_the_same(
    rounds: tuple[tuple[str, ...], ...], place: Mapping[str, str], tmp_path: Path
) -> None:
    before = outcome(dict(place), BEFORE, tmp_path / "before")
    after = outcome(dict(place), migrated(*rounds), tmp_path / "after")
    assert after == before
    assert before.output == "['ann', 'bob', 'cyd', 'dan']\n"
