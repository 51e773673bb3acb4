"""Small programs: each way to keep a connection, with each kind of work on it.

`CUR` and `CONN` stand for the cursor and the connection, `WORK` for the statements, at its
indentation. Every program has a `main.py`, and `name` is in reach of its work.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from textwrap import dedent, indent

from tests.fixture_cases import Tree

__all__ = ["LIFECYCLES", "TASKS", "program"]

TASKS = {
    "read": """
        CUR.execute(
            "SELECT id, name, age, balance, born, uid FROM people"
            " WHERE name LIKE %s AND age > %s::int ORDER BY id",
            ("%", 1),
        )
        for row in CUR.fetchall():
            print(row)
        CUR.execute(
            "SELECT count(*) FROM people WHERE 'x' || name LIKE 'x%%' AND id IN %(ids)s",
            {"ids": (1, 2)},
        )
        print(CUR.fetchone()[0])
    """,
    "write": """
        CUR.execute("INSERT INTO log (msg, n) VALUES (%s, %s) RETURNING id", (name, 3))
        print(CUR.fetchone())
        CUR.execute("UPDATE people SET age = age + 1 WHERE name = %(name)s", {"name": name})
        print(CUR.rowcount)
        CONN.commit()
        CUR.execute("DELETE FROM log WHERE msg = %s", (name,))
        print(CUR.rowcount)
    """,
    "compose": """
        CUR.execute(f"SELECT id FROM people WHERE name = '{name}' ORDER BY id")
        print([row[0] for row in CUR])
        CUR.execute("SELECT %s FROM people WHERE id = %d" % ("name", 2))
        print(CUR.fetchone())
        sql = "SELECT to_char(created, 'HH24:MI'), '{\\"a\\" : 1}'::jsonb FROM people"
        if name:
            sql += " WHERE id = 1"
        CUR.execute(sql)
        print(CUR.fetchone())
        CUR.executemany("INSERT INTO log (msg, n) VALUES (%s, %s)", [(name, 1), ("o'neil", 2)])
        CONN.commit()
    """,
    "errors": """
        try:
            CUR.execute("INSERT INTO people (name) VALUES (%s)", (name,))
        except psycopg2.IntegrityError as error:
            CONN.rollback()
            print(error.pgcode, error.diag.constraint_name, str(error).splitlines()[0])
        CUR.execute("INSERT INTO log (msg) VALUES (%s)", ("after",))
        CONN.commit()
    """,
}

LIFECYCLES = {
    "connect_per_function": {
        "main.py": """
            import psycopg2


            def work(name):
                conn = psycopg2.connect("")
                cur = conn.cursor()
                WORK
                cur.close()
                conn.close()


            work("ann")
        """
    },
    "try_finally": {
        "main.py": """
            import psycopg2


            def work(name):
                conn = None
                try:
                    conn = psycopg2.connect("")
                    cur = conn.cursor()
                    WORK
                finally:
                    if conn is not None:
                        conn.close()


            work("ann")
        """
    },
    "with_blocks": {
        "main.py": """
            import psycopg2

            name = "ann"
            with psycopg2.connect("") as conn:
                with conn.cursor() as cur:
                    WORK
        """
    },
    "helper_in_a_module": {
        "db.py": """
            import psycopg2


            def get_connection():
                return psycopg2.connect("")
        """,
        "people.py": """
            import psycopg2

            from db import get_connection


            def work(name):
                conn = get_connection()
                cur = conn.cursor()
                WORK
                conn.close()
        """,
        "main.py": """
            import db
            from people import work

            work("ann")
            conn = db.get_connection()
            cur = conn.cursor()
            cur.execute("SELECT count(*) FROM log")
            print(cur.fetchone())
            conn.close()
        """,
    },
    "class_with_conn_and_cur": {
        "store.py": """
            import psycopg2


            class Store:
                def __init__(self):
                    self.conn = psycopg2.connect("")
                    self.cur = self.conn.cursor()

                def work(self, name):
                    WORK

                def close(self):
                    self.cur.close()
                    self.conn.close()
        """,
        "main.py": """
            from store import Store

            store = Store()
            store.work("ann")
            store.close()
        """,
    },
    "context_manager_class": {
        "store.py": """
            import psycopg2


            class Database:
                def __enter__(self):
                    self.conn = psycopg2.connect("")
                    self.cur = self.conn.cursor()
                    return self

                def __exit__(self, kind, error, trace):
                    if kind is None:
                        self.conn.commit()
                    self.cur.close()
                    self.conn.close()

                def work(self, name):
                    WORK
        """,
        "main.py": """
            from store import Database

            with Database() as database:
                database.work("ann")
        """,
    },
    "context_manager_function": {
        "db.py": """
            from contextlib import contextmanager

            import psycopg2


            @contextmanager
            def connection():
                conn = psycopg2.connect("")
                try:
                    yield conn
                    conn.commit()
                finally:
                    conn.close()
        """,
        "main.py": """
            import psycopg2

            from db import connection


            def work(name):
                with connection() as conn:
                    cur = conn.cursor()
                    WORK


            work("ann")
        """,
    },
    "module_global": {
        "main.py": """
            import psycopg2

            conn = psycopg2.connect("")


            def work(name):
                cur = conn.cursor()
                WORK


            work("ann")
            conn.close()
        """
    },
    "simple_pool": {
        "main.py": """
            import psycopg2
            from psycopg2.pool import SimpleConnectionPool

            pool = SimpleConnectionPool(1, 4, "")


            def work(name):
                conn = pool.getconn()
                try:
                    with conn.cursor() as cur:
                        WORK
                finally:
                    pool.putconn(conn)


            work("ann")
            pool.closeall()
        """
    },
    "threaded_pool": {
        "main.py": """
            import threading

            import psycopg2
            from psycopg2 import pool

            connections = pool.ThreadedConnectionPool(1, 3, dsn="")


            def work(name):
                conn = connections.getconn()
                cur = conn.cursor()
                try:
                    WORK
                finally:
                    cur.close()
                    connections.putconn(conn)


            thread = threading.Thread(target=work, args=("ann",))
            thread.start()
            thread.join()
            connections.closeall()
        """
    },
    "flask_g": {
        "flask.py": """
            class _Globals:
                def __contains__(self, name):
                    return name in self.__dict__

                def pop(self, name, default=None):
                    return self.__dict__.pop(name, default)


            g = _Globals()
        """,
        "app.py": """
            import psycopg2
            from flask import g


            def get_db():
                if "db" not in g:
                    g.db = psycopg2.connect("")
                return g.db


            def close_db(error=None):
                db = g.pop("db", None)
                if db is not None:
                    db.close()


            def work(name):
                conn = get_db()
                cur = conn.cursor()
                WORK
        """,
        "main.py": """
            from app import close_db, work

            work("ann")
            close_db()
        """,
    },
    "fastapi_dependency": {
        "fastapi.py": """
            class Depends:
                def __init__(self, dependency):
                    self.dependency = dependency
        """,
        "app.py": """
            import psycopg2
            from fastapi import Depends


            def get_db():
                conn = psycopg2.connect("")
                try:
                    yield conn
                finally:
                    conn.close()


            def work(name, conn=Depends(get_db)):
                cur = conn.cursor()
                WORK
        """,
        "main.py": """
            from app import get_db, work

            for db in get_db():
                work("ann", db)
        """,
    },
    "generator_of_rows": {
        "main.py": """
            import psycopg2


            def rows(name):
                conn = psycopg2.connect("")
                try:
                    cur = conn.cursor()
                    WORK
                    cur.execute("SELECT id, name FROM people ORDER BY id")
                    for row in cur:
                        yield row
                finally:
                    conn.close()


            for row in rows("ann"):
                print(row, type(row).__name__)
        """
    },
    "helpers_that_receive_a_cursor": {
        "work.py": """
            def work(conn, cur, name):
                WORK


            def count(cursor):
                cursor.execute("SELECT count(*) FROM log")
                return cursor.fetchone()[0]
        """,
        "main.py": """
            import psycopg2

            from work import count, work

            conn = psycopg2.connect("")
            cur = conn.cursor()
            work(conn, cur, "ann")
            print(count(cur))
            cur.close()
            conn.close()
        """,
    },
}


def program(lifecycle: str, task: str) -> Tree:
    """Return the files of a program."""
    files: dict[PurePosixPath, bytes] = {}
    for path, text in LIFECYCLES[lifecycle].items():
        lines = []
        for line in dedent(text).lstrip("\n").split("\n"):
            if line.strip() == "WORK":
                depth = line[: -len("WORK")]
                line = indent(dedent(TASKS[task]).strip("\n"), depth)
                owner = "self." if "self.cur = " in text else ""
                line = line.replace("CUR", f"{owner}cur").replace("CONN", f"{owner}conn")
                line = _known(line, imports="psycopg2" in text)
            lines.append(line)
        files[PurePosixPath(path)] = "\n".join(lines).encode()
    return files


def _known(work: str, *, imports: bool) -> str:
    """Let a module that does not import psycopg2 catch what it can name."""
    return work if imports else work.replace("psycopg2.IntegrityError", "Exception")
