"""What SQL can be, where constants of the program say it, and where somebody else may."""

from __future__ import annotations

import pytest

from tests.catalog.psycopg2_to_sqlalchemy.test_plan import after, migrate

QUERIES = """
    ONE = "SELECT 1"
    TWO = "SELECT 2"
    ALL = [ONE, TWO]
    NAMED = {"one": ONE, "two": TWO}
"""
USER = """
    import psycopg2
    {imports}


    class Base:
        SQL = "SELECT 3"
        STEPS = ["SELECT 4"]


    class Work(Base):
        def run(self, key):
            conn = psycopg2.connect("")
            cur = conn.cursor()
            {code}
            conn.close()
"""


def through_text(imports: str, code: str, **others: str) -> bool:
    imports, code = imports.replace("\n", "\n    "), code.replace("\n", "\n            ")
    files = {"queries.py": QUERIES, "user.py": USER.format(imports=imports, code=code)}
    files |= {f"{name}.py": text for name, text in others.items()}
    (found,) = (e.verdict for e in migrate(files).entries if e.site.kind == "execute")
    assert found.action.value == "rewrite"
    assert found.reason.endswith(("/bound-text", "/driver-sql"))
    return found.reason.endswith("/bound-text")


CONSTANT = [
    ("import queries", "cur.execute(queries.ONE)"),
    ("import queries as q", "cur.execute(q.ONE + ' UNION ' + q.TWO)"),
    ("from queries import ONE as first", "cur.execute(first)"),
    ("from queries import *", "cur.execute(TWO)"),
    ("from queries import *", "for number, sql in enumerate(ALL):\n    cur.execute(sql)"),
    ("from queries import ALL", "for sql in sorted(ALL):\n    cur.execute(sql)"),
    ("from queries import NAMED", "cur.execute(NAMED['one'])"),
    ("from queries import NAMED", "cur.execute(NAMED[key])"),
    ("from queries import NAMED", "for name, sql in NAMED.items():\n    cur.execute(sql)"),
    ("from queries import NAMED", "for sql in NAMED.values():\n    cur.execute(sql)"),
    ("", "cur.execute(self.SQL)"),
    ("", "cur.execute(Base.SQL)"),
    ("", "cur.execute(f'{self.SQL} LIMIT {1}')"),
    ("", "for sql in self.STEPS:\n    cur.execute(sql)"),
    ("", "for name, sql in [('a', 'SELECT 1'), ('b', 'SELECT 2')]:\n    cur.execute(sql)"),
    ("", "for sql in ('SELECT 1', 'SELECT 2' if key else self.SQL):\n    cur.execute(sql)"),
    ("", "sql = 'SELECT 1'\nif key:\n    sql += ' LIMIT 1'\ncur.execute(sql)"),
    ("", "cur.execute(' UNION '.join(['SELECT 1', self.SQL]))"),
    ("", "cur.execute(self.SQL.strip())"),
]


@pytest.mark.fact("4.7")
@pytest.mark.parametrize(("imports", "code"), CONSTANT)
def test_constants_are_followed(imports: str, code: str) -> None:
    assert through_text(imports, code)


FOR_ALL = "for sql in ALL:\n    cur.execute(sql)"


@pytest.mark.fact("13.7")
@pytest.mark.parametrize(
    ("imports", "code", "other"),
    [
        ("import queries", "cur.execute(queries.ONE)", "import queries\nqueries.ONE = input()"),
        ("from queries import ALL", FOR_ALL, "import queries\nqueries.ALL.append(input())"),
        ("from queries import ALL", FOR_ALL, "from queries import ALL\nALL[0] = input()"),
        ("from queries import ALL", FOR_ALL, "from queries import ALL\nALL += [input()]"),
        ("from queries import ALL", FOR_ALL, "import queries\nlist.sort(queries.ALL)"),
        ("from queries import NAMED", "cur.execute(NAMED[key])",
         "from queries import NAMED\nNAMED['one'] = input()"),
        ("", "cur.execute(self.SQL)", "import user\nclass More(user.Work):\n    SQL = input()"),
        ("", "cur.execute(self.SQL)", "from user import Work\nWork.SQL = input()"),
        ("", "cur.execute(self.SQL)", "def f(it):\n    it.SQL = input()"),
    ],
)  # fmt: skip
def test_what_another_file_may_change_is_no_constant(imports: str, code: str, other: str) -> None:
    assert through_text(imports, code)
    assert not through_text(imports, code, other=other)


@pytest.mark.fact("13.7")
@pytest.mark.parametrize(
    ("imports", "code"),
    [
        ("import queries", "cur.execute(queries.ALL[key])\nqueries.ALL.append(key)"),
        ("import unknown", "cur.execute(unknown.ONE)"),
        ("from queries import *\nfrom unknown import *", "cur.execute(ONE)"),
        ("", "cur.execute(key)"),
        ("", "for sql in [self.SQL, key]:\n    cur.execute(sql)"),
        ("", "steps = ['SELECT 1']\nsteps.append(key)\nfor sql in steps:\n    cur.execute(sql)"),
        ("", "steps = ['SELECT 1']\nmore = steps\nfor sql in steps:\n    cur.execute(sql)"),
        ("", "sql = 'SELECT 1'\nfor _ in range(key):\n    sql += ' LIMIT 1'\ncur.execute(sql)"),
        ("", "sql = 'SELECT 1'\nif key:\n    sql *= 2\ncur.execute(sql)"),
        ("", "sql = 'SELECT 1'\nif key:\n    sql = key\ncur.execute(sql)"),
        ("", "for sql, name in zip(['SELECT 1'], key):\n    cur.execute(sql)"),
        ("", "cur.execute({'a': 'SELECT 1', key: 'SELECT 2'}['a'])"),
        ("", "for sql in ['SELECT 1', 'SELECT \\'{\"a\":1}\\'']:\n    cur.execute(sql)"),
    ],
)
def test_what_may_be_something_else_goes_to_the_driver(imports: str, code: str) -> None:
    assert not through_text(imports, code)


@pytest.mark.fact("4.7")
@pytest.mark.parametrize(
    ("code", "bound"),
    [
        ("sql = f\"SELECT '{key}'\"\ncur.execute(sql)", True),
        ("sql = f\"SELECT '{str(key)}'\"\ncur.execute(sql)", True),
        ("sql = f\"SELECT '{key}'\"\nkey = 1\ncur.execute(sql)", False),
        ("sql = f\"SELECT '{key}'\"\nfor key in 'ab':\n    cur.execute(sql)", False),
        ("sql = f\"SELECT '{key}'\"\ncur.execute(sql)\nprint(lambda: key)", False),
        ("sql = f\"SELECT '{self.key}'\"\nself.change()\ncur.execute(sql)", False),
        ("sql = f\"SELECT '{key[0]}'\"\nkey[0] = 2\ncur.execute(sql)", False),
        ("sql = f\"SELECT '{key.pop()}'\"\nprint(key)\ncur.execute(sql)", False),
        ("sql = f\"SELECT '{(other := key)}'\"\ncur.execute(sql)", False),
    ],
)
def test_values_are_bound_where_they_are_what_they_were(code: str, bound: bool) -> None:
    assert through_text("", code) is bound


BRANCHES = "if key:\n    sql = {}\nelse:\n    sql = {}\n{}"


@pytest.mark.fact("4.7")
@pytest.mark.parametrize(
    ("one", "other", "run", "bound"),
    [
        ("'INSERT INTO t (a) VALUES (%s)'", "'INSERT INTO s (a) VALUES (%s)'", "many", True),
        ("'INSERT INTO t (a) VALUES (%s)'", "'INSERT INTO t (b) VALUES (%s)'", "many", False),
        ("'SELECT %s'", "'SELECT 1 + %s'", "cur.execute(sql, (key,))", True),
        ("'SELECT %s'", "'SELECT %s, %s'", "cur.execute(sql, (key,))", False),
        ("f\"SELECT '{key}'\"", "'SELECT 1'", "cur.execute(sql)", False),
        ("'SELECT 1'", "f\"SELECT '{key}'\"", "cur.execute(sql)", False),
        ("f\"SELECT '{key}'\"", "f\"SELECT '{key}x'\"", "cur.execute(sql)", False),
    ],
)
def test_all_texts_of_one_call_have_the_same_binds(
    one: str, other: str, run: str, bound: bool
) -> None:
    run = run.replace("many", "cur.executemany(sql, key)")
    assert through_text("", BRANCHES.format(one, other, run)) is bound


@pytest.mark.fact("13.7")
@pytest.mark.parametrize(
    ("code", "bound"),
    [
        ("cur.execute(f\"SELECT '{key}', %(a)s\", {'a': 1})", True),
        ("cur.execute(f\"SELECT '{key}', %(a)s\", self.given)", False),
        ("cur.executemany(\"INSERT INTO t VALUES ('x', %s)\", self.given)", True),
        ("cur.executemany(f\"INSERT INTO t VALUES ('{key}', %s)\", self.given)", False),
    ],
)
def test_values_are_bound_where_they_can_be_added_to_the_parameters(code: str, bound: bool) -> None:
    assert through_text("", code) is bound


@pytest.mark.fact("4.7")
def test_values_in_sql_of_a_module_are_not_moved() -> None:
    code = "key = input()\nsql = f\"SELECT '{key}'\"\ncur.execute(sql)\n"
    text = "import psycopg2\n\nconn = psycopg2.connect('')\ncur = conn.cursor()\n" + code
    (found,) = (e for e in migrate({"a.py": text}).entries if e.site.kind == "execute")
    assert found.verdict.reason.endswith("/driver-sql")


OWNER = """
    import psycopg2

    SQL = "SELECT %s"


    def one(x):
        conn = psycopg2.connect("")
        cur = conn.cursor()
        cur.execute(SQL, (x,))
        conn.close()
"""


@pytest.mark.fact("4.7")
@pytest.mark.parametrize(
    ("other", "edited"),
    [
        ("", True),
        ("import owner\nowner.one(1)", True),
        ("from elsewhere import SQL\nprint(SQL)", True),
        ("SQL = 'SELECT 1'\nprint(SQL)", True),
        ("from owner import SQL\nprint(SQL)", False),
        ("import owner\nprint(owner.SQL)", False),
        ("from owner import *\nprint(SQL)", False),
    ],
)
def test_a_constant_that_another_file_reads_is_not_edited(other: str, edited: bool) -> None:
    files = after(migrate({"owner.py": OWNER, "other.py": other}))
    assert ('SQL = "SELECT %s"' not in files["owner.py"]) is edited


@pytest.mark.fact("4.7")
def test_a_module_of_the_same_name_reads_nothing() -> None:
    files = {"a/owner.py": OWNER, "b/owner.py": "x = 1\n", "b/use.py": "import owner\n\nSQL = 1\n"}
    assert 'SQL = "SELECT %s"' not in after(migrate(files))["a/owner.py"]
    files["b/owner.py"] = "from other import *\n"
    assert 'SQL = "SELECT %s"' in after(migrate(files))["a/owner.py"]


@pytest.mark.fact("4.7")
def test_a_constant_that_its_file_reads_twice_is_not_edited() -> None:
    files = after(migrate({"owner.py": OWNER + "\n\n    print(SQL)\n"}))
    assert 'SQL = "SELECT %s"' in files["owner.py"]


@pytest.mark.fact("4.7")
@pytest.mark.parametrize(
    ("reader", "edited"), [("", True), ("import owner\nprint(owner.SQL)\n", False)]
)
def test_where_too_many_files_hold_the_name_those_count_that_import_the_module(
    reader: str, edited: bool
) -> None:
    many = {f"b{number}.py": "SQL = 1\n" for number in range(60)}
    files = after(migrate({"owner.py": OWNER, "other.py": reader + "SQL = 2\n", **many}))
    assert ('SQL = "SELECT %s"' not in files["owner.py"]) is edited
