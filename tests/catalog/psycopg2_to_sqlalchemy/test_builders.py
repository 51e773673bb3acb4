"""SQL that is put together with its values: which keeps its placeholders all the same (5.14)."""

from __future__ import annotations

from textwrap import indent

import pytest

from tests.catalog.psycopg2_to_sqlalchemy.test_plan import after, migrate

PROGRAM = """\
import psycopg2


def work(x, y):
    conn = psycopg2.connect("")
    cur = conn.cursor()
{}
    conn.close()
"""
START = 'sql = "SELECT 1 WHERE %s > 0"\nvalues = [x]\n'
END = "cur.execute(sql, values)"


def result(code: str) -> str:
    outcome = migrate({"a.py": PROGRAM.format(indent(code, "    "))})
    assert not outcome.failures
    return after(outcome)["a.py"]


@pytest.mark.fact("5.14")
@pytest.mark.parametrize(
    "code",
    [
        START + 'if y:\n    sql += " AND %s"\n    values.append(y)\n' + END,
        START + 'if y:\n    values += [y]\n    sql += " AND %s"\n' + END,
        START
        + 'if y:\n    values.extend((x, y))\n    sql += " AND %s"\n    sql += " OR %s"\n'
        + END,
        START + "cur.execute(sql, tuple(values))",
        "for x in y:\n" + indent(START + 'sql += " AND true"\n' + END, "    "),
    ],
)
def test_each_piece_gets_its_binds(code: str) -> None:
    found = result(code)
    assert "text(sql), values)" in found
    assert "%s" not in found


@pytest.mark.fact("5.14")
@pytest.mark.parametrize(
    "code",
    [
        START + 'for y in x:\n    sql += " AND %s"\n    values.append(y)\n' + END,
        START + 'if y:\n    sql += " AND %s"\nif x:\n    values.append(y)\n' + END,
        START + 'if y:\n    sql += " AND %s"\nelse:\n    values.append(y)\n' + END,
        START + 'sql += " AND \'a"\nsql += " %s\'"\nvalues.append(y)\n' + END,
        START + 'if y:\n    sql += " AND %s"\nvalues.append(y)\n' + END,
        START + "values.append(y)\n" + END,
        START + 'sql += "AND %s"\nvalues.append(y)\n' + END,
        START + 'sql += " AND \'a"\nsql += " b\' = %s"\nvalues.append(y)\n' + END,
        START + 'sql += " -- so"\nsql += "\\n AND %s"\nvalues.append(y)\n' + END,
        START + 'sql += " AND $$" + y\n' + END,
        START + "sql += y\n" + END,
        START + "sql += f\" AND '{y}' = ''\"\n" + END,
        START + "values.sort()\n" + END,
        START + "x.append(values)\n" + END,
        START + "y = values\n" + END,
        START + "print(sql)\n" + END,
        START + 'sql += ""\nif y:\n    sql = "SELECT 2 WHERE %s > 0"\n' + END,
        START + "values.append(*y)\n" + END,
        START + "values.extend(y)\n" + END,
        START + 'sql += " AND %s"\nvalues.append((yield))\n' + END,
        START
        + 'cur.execute("SELECT 1")\nsql += " AND %s"\nvalues.append(cur.fetchone()[0])\n'
        + END,
        START + "sql += ' AND %(a)s'\n" + END,
        "values = x\nsql = 'SELECT %s'\nsql += ' AND %s'\nvalues.append(y)\n" + END,
        START + "def f():\n    return values\n" + END,
        START + END + "\n" + END,
    ],
)
def test_what_may_come_apart_keeps_its_placeholders(code: str) -> None:
    assert "run_sql(conn, sql, values)" in result(code)


@pytest.mark.fact("5.14")
def test_each_value_has_a_name_of_its_own_that_python_takes() -> None:
    added = 'if y:\n    sql += " AND class = %s"\n    values.append(1 + 2)\n'
    again = 'if y:\n    sql += " AND %s"\n    values.append(x)\n'
    found = result(START + added + again + END)
    assert "values.update({'class': 1 + 2})" in found
    assert '" AND class = :class"' in found
    assert "values.update(x_2=x)" in found
    assert '" AND :x_2"' in found


@pytest.mark.fact("5.14")
@pytest.mark.parametrize(
    "code", [START + 'sql += " AND a = \'b:"\n' + END, START + 'sql += ":"\n' + END]
)
def test_a_piece_that_ends_in_the_middle_keeps_its_placeholders(code: str) -> None:
    assert "run_sql(conn, sql, values)" in result(code)


@pytest.mark.fact("5.14")
def test_what_a_module_puts_together_keeps_its_placeholders() -> None:
    head = "import psycopg2\n\nx, y = input(), input()\nconn = psycopg2.connect('')\n"
    code = START + 'if y:\n    sql += " AND %s"\n    values.append(y)\n' + END
    outcome = migrate({"a.py": f"{head}cur = conn.cursor()\n{code}\nconn.close()\n"})
    assert "run_sql(conn, sql, values)" in after(outcome)["a.py"]
