"""Which SQL is known to give rows."""

from __future__ import annotations

from contextlib import closing

import psycopg2
import pytest

from codemods.catalog.psycopg2_to_sqlalchemy.returning import gives_rows
from codemods.catalog.psycopg2_to_sqlalchemy.sqltext import UNKNOWN

ROWS = [
    "select 1",
    " -- a comment; insert\nSELECT 1;",
    "(SELECT 1) UNION (SELECT 2)",
    "values (1), (2)",
    "WITH t AS (SELECT 'insert into') SELECT * FROM t",
    "INSERT INTO log (n) VALUES (1) RETURNING n",
    "/* ; */ DELETE FROM log RETURNING id",
    "show timezone",
    "EXPLAIN SELECT 1",
    "TABLE log",
    "DELETE FROM log; SELECT 2; -- done",
]
NO_ROWS = [
    "INSERT INTO log (n) VALUES (1)",
    "INSERT INTO log (msg) VALUES ('returning')",
    "SELECT 1 AS one INTO elsewhere",
    "CREATE TABLE elsewhere (selected int)",
    "WITH t AS (SELECT 1) DELETE FROM log",
    "SELECT 1; DELETE FROM log",
    "SET timezone TO 'UTC'",
]


@pytest.mark.fact("7.5")
@pytest.mark.parametrize("sql", ROWS + NO_ROWS)
def test_what_is_said_to_give_rows_does(sql: str, database: str) -> None:
    with closing(psycopg2.connect(database)) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE log (id serial, msg text, n int)")
        cursor.execute(sql)
        assert (cursor.description is not None) == (sql in ROWS)
    assert gives_rows(sql) == (sql in ROWS)


@pytest.mark.parametrize("sql", ["", ";", UNKNOWN, f"{UNKNOWN} RETURNING id", "CALL p()"])
def test_what_is_not_known_may_give_none(sql: str) -> None:
    assert not gives_rows(sql)
