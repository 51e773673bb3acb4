"""`run --dry-run --only psycopg2-to-sqlalchemy --json`, where nothing can be rewritten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.conftest import Program, git

LEFT = """\
import pandas
import psycopg2

TABLE = "people"


def report(name, table, where, ids):
    conn = psycopg2.connect("")
    cur = conn.cursor()
    cur.execute("SELECT * FROM people WHERE name = '%s'" % name)
    cur.execute(f"SELECT * FROM {table} WHERE id = {ids[0]}")
    cur.execute("SELECT * FROM " + TABLE + " WHERE " + where)
    cur.execute(f"DELETE FROM {TABLE} WHERE id IN ({','.join(map(str, ids))})")
    cur.execute("SELECT * FROM people WHERE name = %s", (name,))
    return pandas.read_sql("SELECT 1", conn)


def log(text):
    link = psycopg2.connect("")
    link.set_client_encoding("LATIN1")
    cur = link.cursor()
    cur.execute("INSERT INTO log (msg) VALUES ('{}')".format(text))
    link.close()
"""
ELSEWHERE = """\
import psycopg2.extras


def rename(cur, old, new):
    cur.execute("UPDATE people SET name = '" + new + "' WHERE name = %s", (old,))
    psycopg2.extras.execute_values(cur, f"INSERT INTO {old} VALUES %s", [(1,)])
"""


@pytest.mark.fact("13.6")
def test_the_ledger_is_an_audit_of_injections(
    program: Program, tmp_path: Path, environment: dict[str, str]
) -> None:
    root = tmp_path / "app"
    root.mkdir()
    (root / "report.py").write_text(LEFT)
    (root / "rename.py").write_text(ELSEWHERE)
    git(root, environment, "init", "-q", "-b", "main")
    git(root, environment, "add", ".")
    git(root, environment, "commit", "-qm", "x")
    result = program(
        "run", "--dry-run", "--only", "psycopg2-to-sqlalchemy", "--json", cwd=root
    )  # fmt: skip
    document = json.loads(result.stdout)
    assert (result.returncode, document["commits"]) == (0, [])
    sites = document["sites"]
    assert {site["verdict"] for site in sites} == {"leave"}
    notes = {
        f"{site['path']}:{site['line']} {site['kind']}": site["note"]
        for site in sites
        if site["note"]
    }
    assert notes == {
        "rename.py:5 execute": "interpolates a value into SQL: `new`",
        "rename.py:6 execute": "interpolates an identifier or SQL: `old`",
        "report.py:10 execute": "interpolates a value into SQL: `name`",
        "report.py:11 execute": "interpolates a value into SQL: `ids[0]`;"
        " interpolates an identifier or SQL: `table`",
        "report.py:12 execute": "interpolates an identifier or SQL: `where`",
        "report.py:13 execute": "interpolates a value into SQL: `','.join(map(str, ids))`",
        "report.py:19 connect": "it writes and never commits, so what it writes is lost",
        "report.py:22 execute": "interpolates a value into SQL: `text`",
    }
