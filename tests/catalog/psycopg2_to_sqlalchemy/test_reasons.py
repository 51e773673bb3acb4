"""Every reason to leave a family, with the least program that gives it."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import indent

import pytest

from codemods.catalog.psycopg2_to_sqlalchemy.reasons import REASONS
from tests.catalog.psycopg2_to_sqlalchemy.test_plan import migrate
from tests.fixture_cases import ROOT, cases

HEAD = """\
import psycopg2
import psycopg2.extensions
import psycopg2.extras
import psycopg2.pool

"""
WORK = """\
def work(x):
    conn = psycopg2.connect("")
    cur = conn.cursor()
{}
    conn.close()
"""
POOL = """\
pool = psycopg2.pool.SimpleConnectionPool(1, 2, "")


def work(x):
    conn = pool.getconn({})
    pool.putconn(conn{})
"""
#: What a function does with its connection and cursor; the reason is before a space.
INSIDE = {
    "mixed by assignment": "if x:\n    conn = x\nconn.commit()",
    "cursor-unknown of two": (
        'other = psycopg2.connect("")\n'
        "if x:\n    cur = other.cursor()\n"
        'cur.execute("SELECT 1")\nother.close()'
    ),
    "compared": "if conn == x:\n    conn.commit()",
    "cursor-kept": 'cur.execute("SELECT 1")\ndel cur',
    "result-from-elsewhere": 'if x:\n    cur.execute("SELECT 1")\nprint(cur.fetchone())',
    "result-after-error": (
        'cur.execute("SELECT 1")\n'
        "try:\n"
        '    cur.execute("SELECT 2")\n'
        "except psycopg2.Error:\n"
        "    pass\n"
        "print(cur.fetchone())"
    ),
    "result-of-many": 'cur.executemany("INSERT INTO t VALUES (%s)", x)\nprint(cur.fetchall())',
    "re-executed-in-loop": (
        'cur.execute("SELECT 1")\nfor row in cur:\n    cur.execute("SELECT 2")'
    ),
    "description": 'cur.execute("SELECT 1")\nprint(cur.description)',
    "execute-arguments": "cur.execute(*x)",
    "execute-value": 'print(cur.execute("SELECT 1"))',
    "bytes-sql": 'cur.execute(b"SELECT 1")',
    "named-cursor": 'stream = conn.cursor("name")\nstream.execute("SELECT 1")',
    "driver-only with hold": 'stream = conn.cursor(withhold=True)\nstream.execute("SELECT 1")',
    "driver-only scroll": 'cur.execute("SELECT 1")\ncur.scroll(1)',
    "driver-only statusmessage": "print(cur.statusmessage)",
    "driver-only callproc": 'cur.callproc("f", (1,))',
    "driver-only large objects": "conn.lobject()",
    "driver-only notices": "print(conn.notices)",
    "driver-only cursor_factory": "conn.cursor_factory = x",
    "driver-only encoding": 'conn.set_client_encoding("LATIN1")',
    "driver-only reset": "conn.reset()",
    "driver-only two-phase": 'conn.tpc_begin(conn.xid(1, "a", "b"))',
    "waits-for-server poll": "conn.poll()",
    "waits-for-server notifies": "print(conn.notifies)",
    "waits-for-server cancel": "conn.cancel()",
    "passed-on": "import pandas\npandas.read_sql(x, conn)",
    "passed-on isinstance": "print(isinstance(conn, psycopg2.extensions.connection))",
    "passed-on register": "psycopg2.extras.register_hstore(conn)",
    "passed-on getattr": "getattr(conn, x)()",
    "stored": "x.all = [conn]",
    "isolation-changes": 'cur.execute("SELECT 1")\nconn.autocommit = True',
    "row-in-comprehension": 'cur.execute("SELECT 1")\nx([cur.fetchone() for _ in x])',
    "edited-twice": 'sql = "INSERT INTO t VALUES (%s)"; cur.executemany(sql, x)',
    "mixed": "import sqlite3\nother = conn if x else sqlite3.connect(x)\nother.commit()",
}
#: Whole files.
FILES = {
    "async": 'conn = psycopg2.connect("", async_=True)\nconn.close()\n',
    "connection-class": (
        'conn = psycopg2.connect("", connection_factory=psycopg2.extras.LoggingConnection)\n'
        "conn.close()\n"
    ),
    "cursor-class": (
        "class Mine(psycopg2.extensions.cursor):\n    pass\n\n\n"
        'conn = psycopg2.connect("", cursor_factory=Mine)\nconn.close()\n'
    ),
    "connect-arguments": "def work(x):\n    conn = psycopg2.connect(*x)\n    conn.close()\n",
    "pool-key": (
        'pool = psycopg2.pool.SimpleConnectionPool(1, 2, "")\n\n\n'
        "def work(x):\n    conn = pool.getconn(x)\n    pool.putconn(conn)\n"
    ),
    "result-from-elsewhere in part": (
        'def take(cur):\n    cur.execute("SELECT 2")\n\n\n'
        "def work(x):\n"
        '    conn = psycopg2.connect("")\n'
        "    cur = conn.cursor()\n"
        '    cur.execute("SELECT 1")\n'
        "    if x:\n        take(cur)\n"
        "    print(cur.fetchone())\n"
        "    conn.close()\n"
    ),
    "pool-key by name": POOL.format("key=x", ""),
    "pool-key given back": POOL.format("", ", x"),
    "pool-key given back by name": POOL.format("", ", key=x"),
    "pool-key closed": POOL.format("", ", close=True"),
    "driver-only a pool's key": (
        'pool = psycopg2.pool.SimpleConnectionPool(1, 2, "")\npool.closeall(1)\n'
    ),
    "annotated": (
        'def work(conn: "psycopg2.extensions.connection"):\n    conn.commit()\n\n\n'
        'conn = psycopg2.connect("")\nwork(conn)\nconn.close()\n'
    ),
    "manager-kept": (
        "from contextlib import contextmanager\n\n\n"
        '@contextmanager\ndef link():\n    conn = psycopg2.connect("")\n'
        "    yield conn\n    conn.close()\n\n\n"
        "one = link()\nconn = one.__enter__()\n"
    ),
    "returned": (
        "from flask import Flask\n\napp = Flask(__name__)\n\n\n"
        '@app.route("/")\ndef work():\n    return psycopg2.connect("")\n'
    ),
    "decorated": (
        "from somewhere import cached\n\n\n"
        '@cached\ndef link():\n    return psycopg2.connect("")\n\n\n'
        "conn = link()\nconn.close()\n"
    ),
    "named-tuple": (
        "def work():\n"
        '    conn = psycopg2.connect("", cursor_factory=psycopg2.extras.NamedTupleCursor)\n'
        "    cur = conn.cursor()\n"
        '    cur.execute("SELECT 1")\n'
        "    row = cur.fetchone()\n"
        "    conn.close()\n"
        "    return row\n"
    ),
    "dict-cursor": (
        'conn = psycopg2.connect("", cursor_factory=psycopg2.extras.DictCursor)\n'
        "cur = conn.cursor()\n"
        'cur.execute("SELECT 1 AS a")\n'
        "row = cur.fetchone()\n"
        'print(row[0], row["a"])\n'
        "conn.close()\n"
    ),
    "row-text": (
        'conn = psycopg2.connect("", cursor_factory=psycopg2.extras.RealDictCursor)\n'
        "cur = conn.cursor()\n"
        'cur.execute("SELECT 1")\n'
        "row = cur.fetchone()\n"
        "print(row)\n"
        "conn.close()\n"
    ),
    "with-connection": (
        'class Box:\n    pass\n\n\nbox = Box()\nwith psycopg2.connect("") as box.conn:\n    pass\n'
    ),
    "commit-inside-with": (
        'with psycopg2.connect("") as conn:\n'
        "    cur = conn.cursor()\n"
        '    cur.execute("SELECT 1")\n'
        "    conn.close()\n"
    ),
    "used-after-with": (
        "def work():\n"
        '    with psycopg2.connect("") as conn:\n'
        "        cur = conn.cursor()\n"
        '        cur.execute("SELECT 1")\n'
        "    conn.commit()\n"
    ),
    "closed-connection": (
        'conn = psycopg2.connect("")\ncur = conn.cursor()\n'
        'try:\n    cur.execute("SELECT 1")\nexcept psycopg2.InterfaceError:\n    pass\n'
        "conn.close()\n"
    ),
    "shared-by-threads": (
        "import threading\n\n"
        'conn = psycopg2.connect("")\n\n\n'
        'def work():\n    cur = conn.cursor()\n    cur.execute("SELECT 1")\n\n\n'
        "threading.Thread(target=work).start()\n"
    ),
    "unknown-callers": (
        "def other(conn):\n    conn.commit()\n\n\n"
        'conn = psycopg2.connect("")\nother(conn)\nprint(other)\nconn.close()\n'
    ),
    "unknown-callers of a stranger": (
        'def other(conn):\n    cur = conn.cursor()\n    cur.execute("SELECT 1")\n\n\n'
        'conn = psycopg2.connect("")\nconn.close()\n'
    ),
    "cursor-unknown": (
        "def give(conn):\n    return conn.cursor()\n\n\n"
        'conn = psycopg2.connect("")\ngive(conn).execute("SELECT 1")\nconn.close()\n'
    ),
    "import": (
        "def work():\n"
        "    text = sql_text = 1\n"
        '    conn = psycopg2.connect("")\n'
        "    cur = conn.cursor()\n"
        '    cur.execute("SELECT 1")\n'
        "    conn.close()\n"
        "    return text, sql_text\n"
    ),
    "member-kept": (
        'conn = psycopg2.connect("")\ncur = conn.cursor()\n'
        'cur.execute("SELECT 1")  # codemods: ignore\nconn.close()\n'
    ),
}
GLOBAL = 'conn = psycopg2.connect("")\nconn.close()\n'
#: Other files beside a module with a connection of its own.
REPOSITORIES = {
    "python-too-old": {"pyproject.toml": '[project]\nname = "x"\nrequires-python = ">=3.6"\n'},
    "sqlalchemy-1x": {"requirements.txt": "sqlalchemy<2\n"},
    "unresolved-import": {"b.py": "from other.a import *\nconn.commit()\n"},
    "too-common": {f"b{number}.py": "import a  # conn\n" for number in range(60)},
    "patched": {"test_a.py": 'from mock import patch\n\npatch("a.psycopg2.connect")\n'},
}


def reasons_of(code: str, others: Mapping[str, str] | None = None) -> set[str]:
    outcome = migrate({"a.py": HEAD + code, **(others or {})})
    assert not outcome.failures
    return {
        entry.verdict.reason.removeprefix("psycopg2-to-sqlalchemy/")
        for entry in outcome.entries
        if entry.site.kind == "connect"
    }


@pytest.mark.fact("13.2", "13.12")
@pytest.mark.parametrize("case", sorted(INSIDE))
def test_what_is_done_with_a_connection_leaves_its_family(case: str) -> None:
    assert reasons_of(WORK.format(indent(INSIDE[case], "    "))) == {case.split(" ")[0]}


@pytest.mark.fact("13.2", "13.12")
@pytest.mark.parametrize("case", sorted(FILES))
def test_how_a_connection_lives_leaves_its_family(case: str) -> None:
    assert reasons_of(FILES[case]) == {case.split(" ")[0]}


@pytest.mark.fact("13.12")
@pytest.mark.parametrize("case", sorted(REPOSITORIES))
def test_what_is_around_a_connection_leaves_its_family(case: str) -> None:
    assert reasons_of(GLOBAL, REPOSITORIES[case]) == {case}


def test_every_reason_is_shown_and_explained() -> None:
    shown = {case.split(" ")[0] for case in (*INSIDE, *FILES, *REPOSITORIES)}
    shown |= {
        line.reason.removeprefix("psycopg2-to-sqlalchemy/")
        for case in cases()
        if case.codemod == "psycopg2-to-sqlalchemy"
        for line in case.sites
    }
    listed = {reason.code.removeprefix("psycopg2-to-sqlalchemy/") for reason in REASONS}
    assert listed <= shown | {"no-place"}  # see test_embedding.py
    page = (ROOT.parent / "docs" / "psycopg2-to-sqlalchemy.md").read_text("utf-8")
    rows = "".join(line.split("|")[1] for line in page.splitlines() if line.startswith("| `"))
    assert {code for code in listed if f"`{code}`" not in rows} == set()


@pytest.mark.fact("13.1")
@pytest.mark.parametrize("choice", ["conn if x else other", "conn or other"])
def test_what_is_one_connection_or_another_makes_one_family(choice: str) -> None:
    code = f'other = psycopg2.connect("")\nboth = {choice}\nboth.commit()\nx.all = [other]'
    assert reasons_of(WORK.format(indent(code, "    "))) == {"stored"}
