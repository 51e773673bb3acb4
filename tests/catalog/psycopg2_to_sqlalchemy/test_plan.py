"""What is decided about whole repositories."""

from __future__ import annotations

from pathlib import PurePosixPath
from textwrap import dedent

import pytest

from codemods.catalog.psycopg2_to_sqlalchemy import codemod
from codemods.catalog.psycopg2_to_sqlalchemy.options import Psycopg2Options
from codemods.codemod import Settings
from codemods.engine import MemoryFiles, run
from codemods.engine.outcome import Outcome

FUNCTION = """
    import psycopg2


    def count():
        conn = psycopg2.connect("")
        cur = conn.cursor()
        cur.execute("SELECT count(*) FROM people")
        found = cur.fetchone()[0]
        conn.close()
        return found
"""


def migrate(files: dict[str, str], options: Psycopg2Options | None = None) -> Outcome:
    contents = {PurePosixPath(path): dedent(text).encode() for path, text in files.items()}
    settings = {codemod.name: Settings(options or Psycopg2Options())}
    return run(MemoryFiles(contents), [codemod], settings, jobs=1)


def after(outcome: Outcome) -> dict[str, str]:
    return {
        str(file.path): (file.after or b"").decode()
        for change in outcome.changes
        for file in change.files
    }


def notes(outcome: Outcome) -> dict[str, str]:
    return {
        f"{entry.site.kind}:{entry.site.position.line}": entry.verdict.note
        for entry in outcome.entries
        if entry.verdict.note
    }


def test_the_audit_lists_interpolation_where_nothing_connects() -> None:
    outcome = migrate(
        {
            "a.py": """\
            import psycopg2.extras

            def find(cur, name, table):
                cur.execute(f"SELECT * FROM t WHERE a = '{name}'")
                sql = "SELECT * FROM " + table
                cur.execute(sql)
                cur.execute("SELECT * FROM t WHERE a = %s", (name,))
                cur.execute("UPDATE t SET a = %s" % name)
            """
        }
    )
    assert not after(outcome)
    assert notes(outcome) == {
        "execute:4": "interpolates a value into SQL: `name`",
        "execute:6": "interpolates an identifier or SQL: `table`",
        "execute:8": "interpolates a value into SQL: `name`",
    }


@pytest.mark.fact("13.6")
def test_writes_without_a_commit_are_noted() -> None:
    text = """\
    import psycopg2

    def write(end):
        conn = psycopg2.connect("")
        cur = conn.cursor()
        cur.execute("INSERT INTO t VALUES (1)")
        {end}
        conn.close()
    """
    lost = "it writes and never commits, so what it writes is lost"
    assert notes(migrate({"a.py": text.format(end="pass")})) == {"connect:4": lost}
    assert notes(migrate({"a.py": text.format(end="conn.commit()")})) == {}
    assert notes(migrate({"a.py": text.format(end="cur.execute('COMMIT')")})) == {}


@pytest.mark.fact("13.6")
@pytest.mark.parametrize(
    ("begin", "sql", "end", "lost"),
    [
        *(("pass", f"{word} x", "pass", True) for word in ("UPDATE", "delete", "MERGE", "Create")),
        *(("pass", f" {word} x", "pass", True) for word in ("alter", "drop", "truncate")),
        ("pass", "SELECT 1", "pass", False),
        ("pass", "DELETE FROM t", "lib.take(conn)", False),
        ("pass", "DELETE FROM t", "kept.append(conn)", False),
        ("pass", "DELETE FROM t", "with conn:\n        pass", False),
        ("conn.autocommit = True", "DELETE FROM t", "pass", False),
        ("conn.set_session(readonly=False)", "DELETE FROM t", "pass", True),
    ],
)
def test_what_may_be_committed_is_not_noted(begin: str, sql: str, end: str, lost: bool) -> None:
    text = f"""\
import lib
import psycopg2

def write():
    conn = psycopg2.connect("")
    {begin}
    cur = conn.cursor()
    cur.execute({sql!r})
    {end}
    conn.close()
"""
    found = notes(migrate({"a.py": text}))
    assert [note for note in found.values() if "never commits" in note] == (
        ["it writes and never commits, so what it writes is lost"] if lost else []
    )


def test_the_engine_is_placed_in_the_package() -> None:
    files = after(
        migrate({"pkg/__init__.py": "", "pkg/a.py": FUNCTION, "pkg/sub/b.py": FUNCTION,
                 "pkg/sub/__init__.py": ""})
    )  # fmt: skip
    assert set(files) == {"pkg/a.py", "pkg/sub/b.py", "pkg/db_engine.py"}
    assert "from pkg.db_engine import get_engine" in files["pkg/sub/b.py"]


def test_a_taken_name_is_not_overwritten() -> None:
    files = after(migrate({"a.py": FUNCTION, "db_engine.py": "x = 1\n"}))
    assert set(files) == {"a.py", "database_engine.py"}


def test_a_module_of_an_earlier_run_is_used_again() -> None:
    first = after(migrate({"a.py": FUNCTION}))
    second = after(migrate({"db_engine.py": first["db_engine.py"], "b.py": FUNCTION}))
    assert set(second) == {"b.py"}


def test_the_figures_of_the_pool_are_options() -> None:
    engine = after(migrate({"a.py": FUNCTION}, Psycopg2Options(2, 3, 4)))["db_engine.py"]
    assert "pool_size=2, max_overflow=3" in engine
    assert '"connect_timeout": 4' in engine


def test_uuid_columns_are_the_programs_own_business_if_it_registers_them() -> None:
    registered = FUNCTION.replace("import psycopg2", "import psycopg2.extras") + (
        "\n\n    psycopg2.extras.register_uuid()\n"
    )
    assert "UUID_AS_TEXT" in after(migrate({"a.py": FUNCTION}))["db_engine.py"]
    assert "UUID_AS_TEXT" not in after(migrate({"a.py": registered}))["db_engine.py"]


@pytest.mark.parametrize(
    ("other", "listens"),
    [
        ("x = 1", False),
        ("try:\n    pass\nexcept Exception:\n    pass\n# psycopg2", False),
        ("try:\n    pass\nexcept Exception as error:\n    print(error)\n# psycopg2", True),
        ("import psycopg2\ntry:\n    pass\nexcept psycopg2.Error:\n    pass", True),
    ],
)
def test_own_errors_are_raised_where_a_handler_may_see_them(other: str, listens: bool) -> None:
    engine = after(migrate({"a.py": FUNCTION, "b.py": other}))["db_engine.py"]
    assert ("_raise_own_errors" in engine) is listens


@pytest.mark.parametrize(
    ("use", "reason"),
    [
        ("from unknown.store import connection", "unresolved-import"),
        ("from .elsewhere.store import connection", "unresolved-import"),
        ("import unknown.store\n\nconnection = unknown.store.connection", "unresolved-import"),
        ("from unknown.lib.store import connection", "pooled"),
        ("from unknown.lib import store\n\nconnection = store.connection", "pooled"),
    ],
)
def test_what_may_be_imported_unseen_is_left(use: str, reason: str) -> None:
    store = "import psycopg2\n\nconnection = psycopg2.connect('')\n"
    outcome = migrate({"store.py": store, "user.py": f"{use}\n\nconnection.cursor()\n"})
    assert {entry.verdict.reason for entry in outcome.entries if entry.site.kind == "connect"} == {
        f"psycopg2-to-sqlalchemy/{reason}"
    }


def connect_reasons(outcome: Outcome) -> set[str]:
    return {
        entry.verdict.reason.removeprefix("psycopg2-to-sqlalchemy/")
        for entry in outcome.entries
        if entry.site.kind == "connect"
    }


HELPER = "import psycopg2\n\n\ndef {}():\n    return psycopg2.connect('')\n"


@pytest.mark.fact("13.1")
def test_a_helper_that_too_many_files_name_is_left() -> None:
    callers = {f"c{n}.py": "from db import get_db\n\nget_db().cursor()\n" for n in range(60)}
    assert connect_reasons(migrate({"db.py": HELPER.format("get_db"), **callers})) == {"too-common"}


@pytest.mark.fact("13.1")
def test_a_helper_of_one_letter_is_searched_for() -> None:
    use = "from db import q\n\nconn = q()\nconn.cursor().execute('SELECT 1')\nconn.close()\n"
    files = after(migrate({"db.py": HELPER.format("q"), "use.py": use}))
    assert 'conn.execute(text("SELECT 1"))' in files["use.py"].replace("'", '"')


@pytest.mark.fact("13.1")
@pytest.mark.parametrize(
    ("user", "code"), [("use.py", "from pkg import conn"), ("pkg/use.py", "from . import conn")]
)
def test_a_connection_in_the_init_of_a_package_is_followed(user: str, code: str) -> None:
    package = "import psycopg2\n\nconn = psycopg2.connect('')\n"
    use = f"{code}\n\ncur = conn.cursor()\ncur.execute('SELECT 1')\nprint(cur.fetchone())\n"
    files = after(migrate({"pkg/__init__.py": package, user: use}))
    assert "conn.execute(text(" in files[user]


@pytest.mark.fact("13.1")
@pytest.mark.parametrize(
    "use",
    [
        "def ask(connect):\n    connect().cursor()\n\n\nask(get_db)",
        "late = lambda: get_db().cursor()",
        "class Late:\n    conn = get_db()",
        "import db\n\ndb.get_db = print",
        "from typing import Annotated\n\nfrom fastapi import Depends\n\n\n"
        "def route(db: Annotated[object, Depends(get_db)]):\n    db.cursor()",
    ],
)
def test_a_helper_whose_value_goes_out_of_sight_is_left(use: str) -> None:
    outcome = migrate(
        {"db.py": HELPER.format("get_db"), "b.py": f"from db import get_db\n\n{use}\n"}
    )
    assert connect_reasons(outcome) == {"unknown-callers"}


def test_the_ledger_notes_what_changes_a_little() -> None:
    text = """\
    import psycopg2
    import psycopg2.pool
    from psycopg2.extras import RealDictCursor, execute_values

    pool = psycopg2.pool.SimpleConnectionPool(1, 5, "")

    def rows(values):
        conn = psycopg2.connect("", cursor_factory=RealDictCursor)
        cur = conn.cursor()
        execute_values(cur, "INSERT INTO t VALUES %s", values)
        cur.execute("SELECT id FROM people")
        found = cur.fetchall()
        conn.commit()
        conn.close()
        return found
    """
    assert notes(migrate({"a.py": text})) == {
        "connect:5": "an exhausted pool waits for 30 seconds now;"
        " psycopg2's raised PoolError at once",
        "fetch:12": "a row that leaves is a dict; only its text is not that of a RealDictRow",
    }


@pytest.mark.parametrize(
    ("neighbour", "reason"),
    [("conn = []\n", "pooled"), ("from other import *\n", "unresolved-import")],
)
def test_a_module_that_is_not_read_holds_what_it_says(neighbour: str, reason: str) -> None:
    outcome = migrate(
        {
            "a/store.py": "import psycopg2\n\nconn = psycopg2.connect('')\nconn.close()\n",
            "b/store.py": neighbour,
            "b/use.py": "import store\n\nprint(store.conn)\n",
        }
    )
    assert connect_reasons(outcome) == {reason}


EACH = """\
import lib
import psycopg2

conn = psycopg2.connect("")
cur = conn.cursor()


def load(cursor):
    cursor.execute("SELECT 1")


def each(func):
    func(cur)


each(load)
"""


@pytest.mark.fact("13.1")
@pytest.mark.parametrize(
    ("use", "reason"),
    [
        ("each(func=load)", "pooled"),
        ("each(print)", "passed-on"),
        ("each(*lib.given)", "passed-on"),
        ("lib.call(each)", "passed-on"),
        ("late = lambda: each(load)", "passed-on"),
    ],
)
def test_whoever_calls_says_what_a_parameter_holds(use: str, reason: str) -> None:
    assert connect_reasons(migrate({"a.py": f"{EACH}{use}\nconn.close()\n"})) == {reason}


STORE = """\
    import psycopg2


    class Store:
        def open(self):
            return psycopg2.connect("")

        def load(self, cur, name, size=1):
            cur.execute("SELECT %s", (name,))
            print(cur.fetchall())


    def own():
        store = Store()
        conn = store.open()
        cur = conn.cursor()
        store.load(cur, 1)
        conn.close()
"""


@pytest.mark.fact("13.1")
@pytest.mark.parametrize(
    "use",
    [
        "def use(store):\n    store.open().cursor()",
        "def use(store, cur):\n    store.load(cur, 'x')",
        "def use(store, cur):\n    store.load(cur, size=3, name='x')",
        "def use(store, given):\n    store.load(*given)",
        "def use(store, given):\n    store.load(**given)",
        "late = lambda store: store.open().cursor()",
        "import lib\n\nfor one in list(lib.stores):\n    one.open()",
        "stores = {}\nstores.get(1).open()",
        "stores = [1]\nfor one in stores:\n    one.open()",
    ],
)
def test_a_method_of_an_unknown_object_may_be_a_familys(use: str) -> None:
    outcome = migrate({"store.py": STORE, "use.py": f"{use}\n"})
    assert connect_reasons(outcome) == {"unknown-owner"}


@pytest.mark.parametrize(
    "use",
    [
        "import webbrowser\n\nwebbrowser.open()",
        "from pathlib import Path\n\nfound = Path('x')\nfound.open()\nPath('y').open()",
        "from pathlib import Path\n\nfor found in Path('x').iterdir():\n    found.open()",
        "from zipfile import ZipFile\n\nwith ZipFile('x') as found:\n    found.open()",
        "class Door:\n    def open(self):\n        return 1\n\n\nDoor().open()",
        "def use(json, text):\n    return json.load(text)",
        "def use(store, cur):\n    store.load(cur, 1, 2, 3)",
        "def use(store, cur):\n    store.load(cur, 1, other=2)",
        "try:\n    pass\nexcept OSError as error:\n    error.open()",
        "'x'.open()",
    ],
)
def test_what_is_no_method_of_a_family_is_told_apart(use: str) -> None:
    outcome = migrate({"store.py": STORE, "use.py": f"{use}\n"})
    assert connect_reasons(outcome) == {"pooled"}


@pytest.mark.fact("13.1")
@pytest.mark.parametrize(
    ("override", "reason"),
    [
        ("def load(self, *given):\n        pass", "passed-on"),
        ("def load(self):\n        pass", "passed-on"),
        ("@staticmethod\n    def load(cur, name):\n        pass", "mixed"),
        ("@property\n    def open(self):\n        return print", "mixed"),
        ("@contextlib.contextmanager\n    def open(self):\n        yield 1", "mixed"),
        ("@classmethod\n    def load(cls, cur, name):\n        cur.close()", "mixed"),
    ],
)
def test_a_method_that_is_overridden_in_another_way_is_left(override: str, reason: str) -> None:
    head = "import contextlib\n\nfrom store import Store\n"
    use = f"{head}\n\nclass Other(Store):\n    {override}\n"
    assert connect_reasons(migrate({"store.py": STORE, "use.py": use})) == {reason}


def test_an_attribute_of_an_unknown_object_is_respected() -> None:
    store = """\
    import psycopg2

    class Store:
        def __init__(self):
            self.link = psycopg2.connect("")

    def use(anything):
        anything.link.cursor()
    """
    outcome = migrate({"store.py": store})
    assert outcome.entries[0].verdict.reason == "psycopg2-to-sqlalchemy/unknown-owner"


@pytest.mark.parametrize(
    "code",
    [
        """\
        import sqlite3
        import psycopg2

        def count(test):
            conn = sqlite3.connect(":memory:") if test else None
            if conn is None:
                conn = psycopg2.connect("")
            cur = conn.cursor()
            cur.execute("SELECT 1")
            conn.close()
        """,
        """\
        import psycopg2

        def count(conn):
            cur = conn.cursor()
            cur.execute("SELECT 1")

        def mine():
            conn = psycopg2.connect("")
            count(conn)
            conn.close()

        def theirs(app):
            count(app.connection())
        """,
        """\
        import psycopg2

        def get(app):
            if app:
                return app.connection()
            return psycopg2.connect("")

        def use(app):
            conn = get(app)
            cur = conn.cursor()
            cur.execute("SELECT 1")
            conn.close()
        """,
        """\
        import psycopg2

        def count(conn):
            cur = conn.cursor()
            cur.execute("SELECT 1")

        def mine(register):
            conn = psycopg2.connect("")
            count(conn)
            register(count)
            conn.close()
        """,
    ],
)
def test_places_that_hold_something_else_too_are_left(code: str) -> None:
    outcome = migrate({"a.py": code})
    reasons = {e.verdict.reason for e in outcome.entries if e.site.kind == "connect"}
    assert reasons <= {
        "psycopg2-to-sqlalchemy/mixed",
        "psycopg2-to-sqlalchemy/unknown-callers",
        "psycopg2-to-sqlalchemy/not-closed",
    }


def test_the_ledger_has_every_kind_of_site() -> None:
    outcome = migrate(
        {
            "a.py": """\
            import psycopg2

            def work():
                conn = psycopg2.connect("")
                cur = conn.cursor()
                try:
                    cur.execute("SELECT a FROM t")
                    names = [column[0] for column in cur.description]
                    first = cur.fetchone()[0]
                    rest = [row for row in cur]
                    conn.commit()
                except psycopg2.Error:
                    conn.rollback()
                    raise
                finally:
                    conn.close()
                return names, first, rest
            """
        }
    )
    assert [
        (e.site.kind, e.site.position.line, e.verdict.action.value) for e in outcome.entries
    ] == [
        ("connect", 4, "rewrite"),
        ("cursor", 5, "rewrite"),
        ("execute", 7, "rewrite"),
        ("row-use", 8, "rewrite"),
        ("fetch", 9, "leave"),
        ("row-use", 10, "rewrite"),
        ("transaction", 11, "leave"),
        ("handler", 12, "leave"),
        ("transaction", 13, "leave"),
    ]


def test_a_long_chain_of_calls_and_attributes_is_looked_at_once() -> None:
    chain = ".".join(["also", "then()"] * 40)  # each link was looked at twice by the one behind it
    outcome = migrate({"a.py": dedent(FUNCTION) + f"\n\nfound = unknown.{chain}\n"})
    assert chain in after(outcome)["a.py"]
