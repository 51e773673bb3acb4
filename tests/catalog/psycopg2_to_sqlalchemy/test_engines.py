"""The module with the engine, run on a server."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

import psycopg2
import pytest
import sqlalchemy
from psycopg2 import sql

from codemods.catalog.psycopg2_to_sqlalchemy.engines import (
    SESSION_WORDS,
    EngineNeeds,
    engine_code,
    engine_module,
    provides,
)
from tests.postgres.server import Server

EVERYTHING = EngineNeeds(
    helpers=frozenset({"get_engine", "run_sql", "run_many", "raw_cursor"}),
    own_errors=True,
    uuid_text=True,
    fresh_sessions=True,
    forks=True,
    compositions=True,
    keeps_none=False,
    pool_size=1,
    max_overflow=1,
    connect_timeout=10,
)
NOTHING = replace(
    EVERYTHING,
    helpers=frozenset({"get_engine"}),
    own_errors=False,
    uuid_text=False,
    fresh_sessions=False,
    forks=False,
    compositions=False,
)


def load(needs: EngineNeeds) -> Any:
    module = ModuleType("db_engine")
    exec(compile(engine_module(needs), "db_engine.py", "exec"), module.__dict__)
    return module


@pytest.fixture
def made(postgres: Server, database: str) -> Iterator[Any]:
    module = load(EVERYTHING)
    yield module
    module.get_engine(database).dispose()


@pytest.mark.fact("1.1")
@pytest.mark.parametrize("needs", [EVERYTHING, NOTHING])
def test_the_driver_is_named(needs: EngineNeeds) -> None:
    assert load(needs).get_engine("dbname=x").dialect.driver == "psycopg2"


@pytest.mark.fact("1.14", "2.6")
def test_equal_arguments_share_an_engine() -> None:
    get_engine = load(EVERYTHING).get_engine
    assert get_engine("host=h dbname=d") is get_engine("host=h", database="d")
    assert get_engine("postgres://h/d") is not get_engine("host=h dbname=d")
    assert get_engine("host=h") is not get_engine("host=h", pool_size=2)


@pytest.mark.fact("2.1", "2.2", "2.4")
def test_every_form_of_arguments_means_what_it_does_to_libpq() -> None:
    get_engine = load(EVERYTHING).get_engine
    every: list[tuple[tuple[str, ...], dict[str, Any]]] = [
        (("postgresql://u:p%40s@h:5433/d?sslmode=require&connect_timeout=3",), {}),
        (("host=h1,h2 port=1,2 dbname=d",), {}),
        ((), {"host": "h", "port": 5432, "password": None}),
        (("dbname=a",), {"database": "b"}),
    ]
    for arguments, keywords in every:
        engine = get_engine(*arguments, **keywords)
        given: dict[str, Any] = {}
        sqlalchemy.event.listen(
            engine, "do_connect", lambda d, r, args, kwargs, g=given: g.update(kwargs) or 1 / 0
        )
        with pytest.raises(ZeroDivisionError):
            engine.connect()
        wanted = psycopg2.extensions.parse_dsn(psycopg2.extensions.make_dsn(*arguments, **keywords))
        assert given == {"connect_timeout": 10, **wanted}


@pytest.mark.fact("1.10", "10.3", "10.4")
def test_psycopg2s_own_errors_are_raised(made: Any, database: str) -> None:
    with made.get_engine(database).connect() as conn:
        with pytest.raises(psycopg2.errors.DivisionByZero) as raised:
            conn.execute(sqlalchemy.text("SELECT 1 / 0"))
        assert "[SQL" not in str(raised.value)
        # What only SQLAlchemy can find wrong is not psycopg2's to raise.
        conn.rollback()
        with pytest.raises(sqlalchemy.exc.StatementError):
            conn.execute(sqlalchemy.text("SELECT :missing"))


@pytest.mark.fact("6.3", "13.10")
@pytest.mark.parametrize(("needs", "kind"), [(EVERYTHING, str), (NOTHING, uuid.UUID)])
def test_uuid_columns(needs: EngineNeeds, kind: type, database: str) -> None:
    engine = load(needs).get_engine(database)
    with engine.connect() as conn:
        row = conn.execute(sqlalchemy.text(f"SELECT '{uuid.UUID(int=1)}'::uuid")).one()
    engine.dispose()
    assert type(row[0]) is kind


@pytest.mark.fact("2.15", "13.8", "1.12")
def test_a_session_leaves_no_traces(made: Any, database: str) -> None:
    engine = made.get_engine(database)
    with engine.begin() as conn:
        conn.execute(sqlalchemy.text("CREATE TEMP TABLE mine (); SET search_path TO pg_catalog"))
        first = conn.execute(sqlalchemy.text("SELECT pg_backend_pid()")).scalar()
    with engine.connect() as conn:
        row = conn.execute(
            sqlalchemy.text(
                "SELECT pg_backend_pid(), to_regclass('mine'), current_setting('search_path')"
            )
        ).one()
    assert tuple(row) == (first, None, '"$user", public')


@pytest.mark.fact("1.4", "13.11")
@pytest.mark.parametrize("end", ["commit", "rollback", "close"])
def test_a_raw_cursor_is_in_the_connections_transaction(made: Any, database: str, end: str) -> None:
    engine = made.get_engine(database)
    with engine.begin() as conn:
        conn.execute(sqlalchemy.text("CREATE TABLE t (a int)"))
    with engine.connect() as conn:
        made.raw_cursor(conn).execute("INSERT INTO t VALUES (1)")
        made.raw_cursor(conn).execute("INSERT INTO t VALUES (2)")
        getattr(conn, end)()
    with engine.connect() as conn:
        count = conn.execute(sqlalchemy.text("SELECT count(*) FROM t")).scalar()
    assert count == (2 if end == "commit" else 0)


@pytest.mark.fact("3.10", "5.13")
@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        ("SELECT 'a%%', 7 % 4, ' :x'", None),
        ("SELECT 'a%%', 7 %% 4", ()),
        ("SELECT %s, '%%'", ["b"]),
        ("SELECT %s", "c"),
        ("SELECT %(d)s::text", {"d": ":x"}),
        ("SELECT 1 WHERE 1 IN %s", ((1, 2),)),
        (sql.SQL("SELECT {}").format(sql.Literal("e:f")), None),
        (sql.SQL("SELECT {}").format(sql.Placeholder()), ("g",)),
    ],
)
def test_sql_known_at_run_time(made: Any, database: str, statement: Any, parameters: Any) -> None:
    with contextlib.closing(psycopg2.connect(database)) as connection:
        cursor = connection.cursor()
        cursor.execute(statement, parameters)
        before = cursor.fetchall()
    with made.get_engine(database).connect() as conn:
        after = [tuple(row) for row in made.run_sql(conn, statement, parameters)]
    assert after == before


@pytest.mark.fact("1.11", "8.1")
def test_many_rows_known_at_run_time(made: Any, database: str) -> None:
    with made.get_engine(database).connect() as conn:
        conn.execute(sqlalchemy.text("CREATE TABLE t (a int, b text)"))
        made.run_many(conn, "INSERT INTO t VALUES (%s, '%%')", [])
        made.run_many(conn, "INSERT INTO t VALUES (%s, '%%')", ((n,) for n in range(2)))
        made.run_many(conn, "INSERT INTO t VALUES (%(n)s, 'x')", [{"n": 7}])
        rows = conn.execute(sqlalchemy.text("SELECT * FROM t")).fetchall()
    assert [tuple(row) for row in rows] == [(0, "%"), (1, "%"), (7, "x")]


@pytest.mark.fact("8.4")
def test_the_mode_of_executemany_keeps_rowcount(made: Any, database: str) -> None:
    with made.get_engine(database).connect() as connection:
        connection.execute(sqlalchemy.text("CREATE TEMP TABLE t (a int)"))
        rows = [{"a": number} for number in range(2500)]
        inserted = connection.execute(sqlalchemy.text("INSERT INTO t VALUES (:a)"), rows)
        assert inserted.rowcount == len(rows)
        changed = connection.execute(sqlalchemy.text("UPDATE t SET a = 0 WHERE a = :a"), rows[1:])
        assert changed.rowcount == len(rows) - 1


@pytest.mark.fact("10.6")
def test_an_error_that_nothing_handles_is_silent_about_values(
    postgres: Server, database: str
) -> None:
    engine = load(NOTHING).get_engine(database)
    statement = sqlalchemy.text("SELECT * FROM missing\nWHERE a = :a")
    with engine.connect() as connection, pytest.raises(sqlalchemy.exc.DBAPIError) as caught:
        connection.execute(statement, {"a": "a secret"})
    engine.dispose()
    assert "missing" in str(caught.value)
    assert "a secret" not in str(caught.value)


@pytest.mark.fact("1.13", "2.11", "2.14")
def test_the_pool_has_a_bound(made: Any, database: str) -> None:
    engine = made.get_engine(database)
    assert (engine.pool.size(), engine.pool._max_overflow, engine.pool._pre_ping) == (1, 1, True)


def test_what_is_needed_is_there_and_nothing_else() -> None:
    assert provides(engine_module(EVERYTHING), EVERYTHING)
    assert provides(engine_module(EVERYTHING), NOTHING)
    assert not provides(engine_module(NOTHING), replace(NOTHING, own_errors=True))
    assert not provides(engine_module(NOTHING), replace(NOTHING, helpers=frozenset({"run_sql"})))
    assert not provides(engine_code(NOTHING), NOTHING)
    text = engine_module(NOTHING)
    assert "listen" not in text
    assert "run_sql" not in text


@pytest.mark.parametrize(
    ("statement", "leaves"),
    [
        ("SET search_path TO x", True),
        ("set role x", True),
        ("SET LOCAL x = 1", False),
        ("UPDATE t SET a = 1", False),
        ("CREATE TEMPORARY TABLE t ()", True),
        ("SELECT pg_advisory_lock(1)", True),
        ("SELECT pg_advisory_xact_lock(1)", False),
        ("SELECT set_config('a', 'b', false)", True),
        ("PREPARE p AS SELECT 1", True),
    ],
)
def test_words_that_leave_something_in_the_session(statement: str, leaves: bool) -> None:
    import re

    assert any(re.search(word, statement, re.I) for word in SESSION_WORDS) is leaves
