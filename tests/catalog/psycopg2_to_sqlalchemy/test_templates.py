"""SQL that Python puts together: what is read of it, and what its `text()` form sends."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest
import sqlalchemy
from hypothesis import event, given, settings
from hypothesis import strategies as st

from codemods.catalog.psycopg2_to_sqlalchemy.conversion import Converted, convert
from codemods.catalog.psycopg2_to_sqlalchemy.holes import KEPT, HoleKind, kinds_of
from codemods.catalog.psycopg2_to_sqlalchemy.naming import bind_name
from codemods.catalog.psycopg2_to_sqlalchemy.reading import read_template
from codemods.catalog.psycopg2_to_sqlalchemy.sqltext import RefusedError, Style
from codemods.catalog.psycopg2_to_sqlalchemy.templates import Known
from tests.postgres.server import Server

KNOWN = {"n": Known.INTEGER, "t": Known.TEXT}
FIXED = {"c": "WHERE a = b"}


@pytest.mark.parametrize(
    ("code", "kinds"),
    [
        pytest.param("f\"a = '{x}'\"", ["quoted value"], marks=pytest.mark.fact("5.2")),
        pytest.param("f'a = {n}'", ["number"], marks=pytest.mark.fact("5.3")),
        pytest.param("f'a = {x}'", ["value"], marks=pytest.mark.fact("5.3")),
        pytest.param("f'LIMIT {n} OFFSET {x}'", ["number", "value"], id="limit"),
        pytest.param("f'FROM {x} WHERE a = 1'", ["name"], marks=pytest.mark.fact("5.7")),
        pytest.param("f'FROM t_{n}'", ["name"], id="a part of a name"),
        pytest.param("f'FROM {x}.{y} a, {x}.b'", ["name"] * 3, id="schemas"),
        pytest.param("f'\"{x}\" = 1'", ["name"], id="a quoted name"),
        pytest.param("f'INSERT INTO {x} ({y}) VALUES ({z})'", ["name", "name", "value"]),
        pytest.param("f'UPDATE t SET {x} = {y}, {z} = 1'", ["name", "value", "name"]),
        pytest.param("f'WHERE {x} = {y} AND {z} IN (1)'", ["name", "value", "name"]),
        pytest.param("f'SELECT {x} FROM t ORDER BY {y} {z}'", ["columns"] * 3),
        pytest.param("f'SELECT extract(year FROM {x})'", ["SQL"], id="no table"),
        pytest.param("f'a IS DISTINCT FROM {x}'", ["value"], id="no table either"),
        pytest.param("f'{x} = ANY(tags)'", ["SQL"], id="perhaps a value"),
        pytest.param("f'FROM t {x}'", ["SQL"], id="a piece of SQL"),
        pytest.param("f'FROM ({x}) a'", ["SQL"], id="a query"),
        pytest.param("f'FROM {x}{y}'", ["SQL", "SQL"], id="nothing between"),
        pytest.param("f'FROM t {c}'", ["constant"], id="a constant"),
        pytest.param("f\"E'{x}'\"", ["SQL"], id="an escape string"),
        pytest.param("f\"'it''s {x}'\"", ["SQL"], id="a doubled quote"),
        pytest.param("'a = %d' % n", ["number"], marks=pytest.mark.fact("5.9")),
        pytest.param("'a = ' + str(n)", ["number"], id="str of a number"),
        pytest.param("'a = ' + x", ["value"], id="added"),
        pytest.param(
            "f\"a IN ({','.join(map(str, xs))})\"", ["list"], marks=pytest.mark.fact("5.5")
        ),
    ],
)
def test_kinds_of_interpolation(code: str, kinds: list[str]) -> None:
    template = read_template(code, KNOWN, FIXED)
    assert template is not None
    assert [kind.value for kind in kinds_of(template)] == kinds


@pytest.mark.parametrize(
    ("code", "expected", "values"),
    [
        ("f\"a = '{x}'\"", '"a = :x"', {"x": 'f"{x}"'}),
        ("f\"a = '{t}'\"", '"a = :t"', {"t": "t"}),
        ("f\"a LIKE '%{x}%'\"", '"a LIKE :x"', {"x": 'f"%{x}%"'}),
        ("f\"a = '{x:.2f}'\"", '"a = :a"', {"a": 'f"{x:.2f}"'}),
        ("f\"'{{}}' = '{x}'\"", "\"'{}' = :x\"", {"x": 'f"{x}"'}),
        ("\"a = '%s' AND b = '50%%'\" % t", "\"a = :t AND b = '50%'\"", {"t": "t"}),
        ("\"a = '{0}' AND b = '{0}'\".format(t)", '"a = :t AND b = :t_2"', {"t": "t", "t_2": "t"}),
        ('"a = \'" + t + "\'"', '"a = :t"', {"t": "t"}),
        ("f\"a = '{row['k']}'\"", '"a = :k"', {"k": "f\"{row['k']}\""}),
        ("f\"interval '{n} days'\"", '"interval :n"', {"n": 'f"{n} days"'}),
        ("r'a ~ \"\\d\" ' f\"= '{t}'\"", 'r\'a ~ "\\d" \' "= :t"', {"t": "t"}),
    ],
)
def test_written_again(code: str, expected: str, values: dict[str, str]) -> None:
    template = read_template(code, KNOWN)
    assert template is not None
    converted = convert(template, Style.NONE)
    assert (converted.code, converted.values) == (expected, values)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("f'a = {x}'", "an interpolated value of unknown type"),
        ("f'FROM t {x}'", "an interpolated piece of SQL"),
        ("\"a = '%s'\" % x", "may be a tuple"),
        ("f'FROM t[:{c}]'", "after a colon"),
        ("f'FROM {x(1)} WHERE a = {len(x(1))}'", "a call for a value"),
        ("'FROM ' + x + y + '.b WHERE a = 1'", "an interpolated piece of SQL"),
        ("'a = %.2f' % n", "formats a value"),
        ("'a = {0.x}'.format(x)", "formats a value"),
        ("'a = %s' % (*xs,)", "unpacked"),
        ("'%s %s' % (t,)", "too few"),
        ("f'{x=}'", "ends in ="),
        ("('a %s' % t) % t", "twice"),
    ],
)
def test_refused(code: str, why: str) -> None:
    with pytest.raises(RefusedError, match=re.escape(why)):
        _convert(code)


@pytest.mark.fact("4.1")
def test_a_placeholder_inside_an_interpolated_string_is_refused() -> None:
    template = read_template("f\"SELECT '{t} %s', %s\"", KNOWN)
    assert template is not None
    with pytest.raises(RefusedError, match="a placeholder is inside an interpolated string"):
        convert(template, Style.SEQUENCE, ["a", "b"])


def _convert(code: str) -> Converted:
    template = read_template(code, KNOWN, FIXED)
    assert template is not None
    return convert(template, Style.NONE)


@pytest.mark.fact("5.7", "R113", "R119")
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("f'FROM {x} WHERE a = %s'", "f'FROM {x} WHERE a = :a'"),
        ("f'FROM {x} WHERE a = {n} AND b = %s'", "f'FROM {x} WHERE a = :n AND b = :b'"),
        ("f'FROM {x!r:>3} WHERE a = %s'", "f'FROM {x!r:>3} WHERE a = :a'"),
        ("f'FROM {x} WHERE a = %s{{}}'", "f'FROM {x} WHERE a = :a{{}}'"),
        ("f'FROM {x} WHERE a LIKE \"50%%\" = %s'", "f'FROM {x} WHERE a LIKE \"50%\" = :p0'"),
        ("'FROM ' + x + ' WHERE a = %s'", "'FROM ' + x + ' WHERE a = :a'"),
        ("'FROM ' + str(x) + ' WHERE a = %s'", "'FROM ' + str(x) + ' WHERE a = :a'"),
        ("'SELECT %s.next_id(%%s)' % x", "'SELECT %s.next_id(:p0)' % x"),
        ("'FROM %s WHERE a %%%% 2 = %%s' % x", "'FROM %s WHERE a %% 2 = :p0' % x"),
        ("'FROM %s WHERE a = %d AND b = %%s' % (x, n)",
         "'FROM %s WHERE a = :n AND b = :b' % (x,)"),
        ("'FROM %(x)s WHERE a = %(n)s AND b = %%s' % {'x': x, 'n': n}",
         "'FROM %(x)s WHERE a = :n AND b = :b' % {'x': x}"),
        ("'FROM {} WHERE a = {} AND b = %s'.format(x, n)",
         "'FROM {} WHERE a = :n AND b = :b'.format(x)"),
        ("'FROM {1} WHERE a = {0} AND b = %s'.format(n, x)",
         "'FROM {0} WHERE a = :n AND b = :b'.format(x)"),
        ("'FROM {x} WHERE a = %s{{}}'.format(x=x)", "'FROM {x} WHERE a = :a{{}}'.format(x=x)"),
        ("'FROM \"{}\" WHERE a = %s'.format(x)", "'FROM \"{}\" WHERE a = :a'.format(x)"),
        ("f'FROM t {c} AND b = %s'", "f'FROM t {c} AND b = :b'"),
    ],
)  # fmt: skip
def test_names_stay(code: str, expected: str) -> None:
    template = read_template(code, KNOWN, FIXED)
    assert template is not None
    assert convert(template, Style.SEQUENCE, ["1"]).code == expected


@pytest.mark.parametrize("code", ["x", "f(x)", "b'select'", "x + y", "['a']", "1 +"])
def test_not_text(code: str) -> None:
    assert read_template(code) is None


@pytest.mark.fact("4.6")
def test_escapes_are_valid_in_any_literal() -> None:
    for code, expected in [
        ("' :x'", "' \\\\:x'"),
        ("r' :x'", "r' \\:x'"),
        ("' :' 'x'", "' \\\\:' 'x'"),
        ("f\" :x '{t}'\"", '" \\\\:x :t"'),
    ]:
        template = read_template(code, KNOWN)
        assert template is not None
        assert convert(template, Style.NONE).code == expected


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("user.name", "name"),
        ("row['key']", "key"),
        ("str(x)", "x"),
        ("Json(self.data)", "data"),
        ("f(x, y)", "x"),
        ("f(g(x))", ""),
        ("1", ""),
        ("'text'", ""),
        ("a + b", ""),
        ("_private", "private"),
    ],
)
def test_names(code: str, name: str) -> None:
    assert bind_name(code) == name


PIECES = ["'{t}'", "'%{t}%'", "'{n}'", "{n}", "-{n}", "{n}::text", "'{d}'::date", "'{d:%Y}'",
          "date '{d}'", "interval '{n} days'", "'{{}}'", "' :x'", "'{{\"k\":1}}'::jsonb",
          "1 IN ({','.join(map(str, ns))})", "'{t}' || '{t}'", "'50%'",
          "array[1,2][:2]"]  # fmt: skip


@pytest.fixture(scope="module")
def engines(postgres: Server) -> Iterator[tuple[Any, sqlalchemy.Engine]]:
    """The same database through psycopg2 and through SQLAlchemy."""
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg2://", connect_args={"host": str(postgres.folder), "user": "postgres"}
    )
    with closing(psycopg2.connect(postgres.dsn())) as connection:
        yield connection, engine
    engine.dispose()


@pytest.mark.fact("5.1", "5.4", "5.6", "5.8", "5.11")
@settings(max_examples=150)
@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=4),
    st.text("ab:%\\{} é-", max_size=5),
    st.integers(-9, 9),
)
def test_the_server_gives_the_same_rows(
    engines: tuple[Any, sqlalchemy.Engine], pieces: list[str], text: str, number: int
) -> None:
    code = "f'''select " + ", ".join(pieces) + " '''"
    names = {
        "t": text, "n": number, "d": datetime.date(2024, 2, 29), "ns": [number, 1], "map": map,
        "str": str, "list": list,
    }  # fmt: skip
    template = read_template(code, KNOWN)
    assert template is not None
    try:
        converted = convert(template, Style.NONE)
    except RefusedError:
        event("refused")
        return
    event("converted")
    assert not set(kinds_of(template)) & {HoleKind.SQL, HoleKind.VALUE}
    connection, engine = engines
    cursor = connection.cursor()
    try:
        cursor.execute(eval(code, dict(names)))
        before: Any = cursor.fetchall()
    except psycopg2.Error as error:
        before = type(error)
    finally:
        connection.rollback()
    statement = sqlalchemy.text(eval(f"({converted.code})"))
    for name in converted.expanding:
        statement = statement.bindparams(sqlalchemy.bindparam(name, expanding=True))
    values = {name: eval(value, dict(names)) for name, value in converted.values.items()}
    with engine.connect() as conn:
        try:
            after: Any = [tuple(row) for row in conn.execute(statement, values)]
        except sqlalchemy.exc.DBAPIError as error:
            after = type(error.orig)
    assert after == before


PEOPLE = """
CREATE TEMP TABLE people (name text, age int, born date) ON COMMIT DROP;
INSERT INTO people VALUES ('ann', 1, NULL), ('a%', 50, NULL), ('x', 30, now()), (' x', 2, now())
"""
CLAUSES = ["name = %s", "name LIKE %s || '%%'", "{c} = %s", "p.{c} <> %s", '"{c}" = %s::text',
           "age < {n}", "name = '{t}'", "coalesce(p.{c}, ' :x') = %s"]  # fmt: skip
WAYS = {
    "f-string": ('f"SELECT age FROM {x} AS p WHERE ', ' ORDER BY {c}"'),
    "format": ('"SELECT age FROM {x} AS p WHERE ', ' ORDER BY {c}".format(x=x, c=c, n=n, t=t)'),
    "plus": ('"SELECT age FROM " + x + " AS p WHERE ', ' ORDER BY " + c'),
}


@pytest.mark.fact("5.7")
@settings(max_examples=80)
@given(
    st.sampled_from(sorted(WAYS)),
    st.lists(st.sampled_from(CLAUSES), min_size=1, max_size=3),
    st.sampled_from(["name", "p.name", "born"]),
    st.sampled_from(["ann", "a%", "x", ""]),
)
def test_the_server_gives_the_same_rows_where_names_stay(
    engines: tuple[Any, sqlalchemy.Engine], way: str, clauses: list[str], column: str, text: str
) -> None:
    start, end = WAYS[way]
    clauses = [c.replace('"', '\\"') for c in clauses if way != "plus" or "{" not in c]
    code = start + " OR ".join(clauses or ["name = %s"]) + end
    names = {"x": "people", "c": column, "n": 40, "t": text}
    template = read_template(code, KNOWN)
    assert template is not None
    count = template.text.count("%s")
    values = [repr(text)] * count
    converted = convert(template, Style.SEQUENCE, values)
    assert set(kinds_of(template)) & KEPT
    event(f"{len(converted.binds)} binds")
    connection, engine = engines
    cursor = connection.cursor()
    try:
        cursor.execute(PEOPLE)
        cursor.execute(eval(code, dict(names)), [text] * count)
        before: Any = cursor.fetchall()
    except psycopg2.Error as error:
        before = type(error)
    except (IndexError, ValueError):
        event("a value has a percent sign, which psycopg2 took for a placeholder")
        return
    finally:
        connection.rollback()
    given = {name: text for name, key in converted.binds if key is not None}
    given |= {name: eval(value, dict(names)) for name, value in converted.values.items()}
    with engine.connect() as conn:
        try:
            conn.execute(sqlalchemy.text(PEOPLE))
            statement = sqlalchemy.text(eval(f"({converted.code})", dict(names)))
            after: Any = [tuple(row) for row in conn.execute(statement, given)]
        except sqlalchemy.exc.DBAPIError as error:
            after = type(error.orig)
    assert after == before
