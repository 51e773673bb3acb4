"""From psycopg2's SQL text to that of `text()`, compared with the installed SQLAlchemy."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest
import sqlalchemy
from hypothesis import assume, event, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects.postgresql import psycopg2 as dialect
from sqlalchemy.sql import compiler

from codemods.catalog.psycopg2_to_sqlalchemy.sqltext import (
    BIND,
    ESCAPED,
    RefusedError,
    Style,
    to_text,
)
from tests.postgres.server import Server

SEQUENCE, MAPPING, NONE = Style.SEQUENCE, Style.MAPPING, Style.NONE


def test_the_regular_expressions_are_sqlalchemys() -> None:
    assert BIND.pattern == compiler.BIND_PARAMS.pattern
    assert ESCAPED.pattern == compiler.BIND_PARAMS_ESC.pattern


@pytest.mark.parametrize(
    ("sql", "style", "names", "expected"),
    [
        pytest.param("id = %s", SEQUENCE, ["id"], "id = :id", marks=pytest.mark.fact("3.1")),
        pytest.param("id = %(id)s", MAPPING, [], "id = :id", marks=pytest.mark.fact("3.2")),
        pytest.param("%(a)s + %(a)s", MAPPING, [], ":a + :a", marks=pytest.mark.fact("3.3")),
        pytest.param("LIKE 'a%%'", NONE, [], "LIKE 'a%%'", marks=pytest.mark.fact("3.6", "R106")),
        pytest.param("LIKE 'a%%'", SEQUENCE, [], "LIKE 'a%'", marks=pytest.mark.fact("3.7", "1.7")),
        pytest.param("%s::int", SEQUENCE, ["n"], ":n ::int", marks=pytest.mark.fact("4.2", "1.5")),
        pytest.param("a[%s:%s]", SEQUENCE, ["a", "b"], "a[:a : :b]", id="slice"),
        pytest.param("%s%s", SEQUENCE, ["a", "b"], ":a :b", id="adjacent"),
        pytest.param("'08:15:00'", NONE, [], "'08:15:00'", marks=pytest.mark.fact("4.3", "R112")),
        pytest.param("'{\"n\":7}'", NONE, [], "'{\"n\"\\:7}'", marks=pytest.mark.fact("1.6")),
        pytest.param("x[:2]", NONE, [], "x[\\:2]", marks=pytest.mark.fact("R111")),
        pytest.param("p?'ref:code'", NONE, [], "p?'ref:code'", marks=pytest.mark.fact("4.4")),
        pytest.param("'[[:alpha:]]'", NONE, [], "'[[:alpha:]]'", marks=pytest.mark.fact("1.6")),
        pytest.param(r"'a\:b'", NONE, [], r"'a\\:b'", id="an escape that was there"),
        pytest.param("1 -- see :x", NONE, [], "1 -- see \\:x", id="comment"),
        pytest.param("$$ ' $$, %s", SEQUENCE, ["p"], "$$ ' $$, :p", id="after a dollar quote"),
        pytest.param(
            "%(doc)s::jsonb || '[]'::jsonb || NULLIF(%(x)s, '')::jsonb", MAPPING, [],
            ":doc ::jsonb || '[]'::jsonb || NULLIF(:x, '')::jsonb",
            marks=pytest.mark.fact("R108", "R109"),
        ),
    ],
)  # fmt: skip
def test_converted(sql: str, style: Style, names: list[str], expected: str) -> None:
    assert to_text(sql, style, names)[0] == expected


@pytest.mark.parametrize(
    ("sql", "style", "names", "why"),
    [
        pytest.param("'%s'", SEQUENCE, ["a"], "(string)", marks=pytest.mark.fact("3.17")),
        pytest.param("E'\\'%s'", SEQUENCE, ["a"], "(escape string)", id="escape string"),
        pytest.param('"%s"', SEQUENCE, ["a"], "(quoted name)", id="quoted name"),
        pytest.param("1 -- %s", SEQUENCE, ["a"], "(comment)", id="comment"),
        pytest.param("$$ %s $$", SEQUENCE, ["a"], "(dollar quote)", id="dollar quote"),
        pytest.param("date%s", SEQUENCE, ["a"], "glued", id="glued"),
        pytest.param("%d", SEQUENCE, ["a"], "no placeholder", marks=pytest.mark.fact("3.18")),
        pytest.param("5 % 2", SEQUENCE, [], "no placeholder", id="a lone percent sign"),
        pytest.param("%s, %s", SEQUENCE, ["a"], "more placeholders", marks=pytest.mark.fact("3.8")),
        pytest.param("%s", SEQUENCE, ["a", "b"], "not as many", marks=pytest.mark.fact("3.8")),
        pytest.param("%(a)s", SEQUENCE, ["a"], "with a sequence", id="named with a sequence"),
        pytest.param("%s", MAPPING, [], "with a mapping", id="positional with a mapping"),
        pytest.param("%(a-b)s", MAPPING, [], "name of a bind", id="a key that is no name"),
    ],
)
def test_refused(sql: str, style: Style, names: list[str], why: str) -> None:
    with pytest.raises(RefusedError, match=re.escape(why)):
        to_text(sql, style, names)


TOKENS = ["a", "1", ":", "::", "\\", "%", "%%", "%s", "%(k)s", "%(long_k)s", " ", "'", '"', "[",
          "]", "(", ")", "é", "_", "\n", "$$", "--", "x:y", ":z", "::int", "\\:", "s", ",", "=",
          "?", "E'", "/*", "*/"]  # fmt: skip


@pytest.mark.fact("4.1")
@settings(max_examples=1500)
@given(
    st.lists(st.sampled_from(TOKENS), min_size=1, max_size=12).map("".join), st.sampled_from(Style)
)
def test_what_is_sent_is_what_psycopg2_sends(sql: str, style: Style) -> None:
    count = sql.replace("%%", "").count("%s")
    values: Any = {
        Style.NONE: None,
        Style.SEQUENCE: tuple(f"<{n}>" for n in range(count)),
        Style.MAPPING: {"k": "<k>", "long_k": "<long_k>"},
    }[style]
    try:
        wanted = sql if values is None else sql % values
    except (ValueError, TypeError, KeyError):
        assume(False)
    names = [f"p{n}" for n in range(count)] if style is Style.SEQUENCE else []
    try:
        text, binds = to_text(sql, style, names)
    except RefusedError:
        event("refused")
        return
    event("converted")
    compiled = sqlalchemy.text(text).compile(dialect=dialect.dialect())  # type: ignore[no-untyped-call]
    given = {name: f"<{name.removeprefix('p')}>" for name in binds}
    sent = str(compiled) % compiled.construct_params(given)
    # Spaces may be added, only next to a bind.
    assert sent.replace(" ", "") == wanted.replace(" ", "")
    assert len(sent) - len(wanted) <= 2 * len(binds)


@pytest.fixture(scope="module")
def engines(postgres: Server) -> Iterator[tuple[Any, sqlalchemy.Engine]]:
    """The same database through psycopg2 and through SQLAlchemy."""
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg2://", connect_args={"host": str(postgres.folder), "user": "postgres"}
    )
    with closing(psycopg2.connect(postgres.dsn())) as connection:
        yield connection, engine
    engine.dispose()


EXPRESSIONS = ["%s", "%s::text", "%s ::int", "-%s::int8", "1+%s", "(%s)", "'a%%'", "'x:y'",
               "' :z'", "'{\"k\":1}'::jsonb", "array[1,2,3][:2]", "(array[1,2,3])[%s:%s]",
               "'a' ~ '[[:alpha:]]'", "E'\\\\:q'", "'\\:q'", "$$ :w %%s $$", "7 %% 3", "'%s'",
               "%s IN (%s, %s)", "/* :c */ 1", "'08:15'::time", '1 as "a :b"', "%s || 'é:é'",
               "interval %s", "make_interval(days => %s)", "'100%%'", "%s -- :d ? %% '\n",
               "$q$ ':x' $$ %% $q$", "%s::text[]", "array[%s, %s]::text[]", "'x' = ANY(%s)",
               "'{\"a\": {\"b\":2}}'::jsonb ? %s", "%s::jsonb ?| array['a', ':b']",
               "'{\"a\":[1]}'::jsonb @> %s", "'{\"a\": {\"b\":2}}'::jsonb #>> '{a,b}'",
               "%s::jsonb -> 'a' ->> 'b'", "'{1,2,3}'::int[] && %s::int[]",
               "to_char(%s::date, 'HH24:MI')", "/* ' /* :n */ %% */ %s", "U&'d\\0061t:x'",
               "case when %s then ':t' end"]  # fmt: skip
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**31), 2**31 - 1), st.floats(allow_nan=False),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6),
    st.sampled_from(["1", "3 days", ":x", "%s", "\\:y", "'", '{"a": {"b": ":c"}}', "{x,':y'}"]),
    st.dates(), st.decimals(), st.lists(st.sampled_from(["x", ":y", "%s", None]), max_size=2),
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
)  # fmt: skip


def named(sql: str) -> str:
    """Give each positional placeholder a name: ``%(k0)s``."""
    numbers = itertools.count()
    return re.sub(r"%[%s]", lambda m: f"%(k{next(numbers)})s" if m[0] == "%s" else m[0], sql)


@pytest.mark.fact("4.8", "6.1")
@settings(max_examples=600)
@given(
    st.lists(st.sampled_from(EXPRESSIONS), min_size=1, max_size=4),
    st.sampled_from([SEQUENCE, MAPPING]),
    st.data(),
)
@example(["-%s::int8", "%s::int2"], SEQUENCE, None)
@example(["-%s::int8", "%s::int8"], MAPPING, None)
def test_the_server_gives_the_same_rows(
    engines: tuple[Any, sqlalchemy.Engine],
    expressions: list[str],
    style: Style,
    data: st.DataObject | None,
) -> None:
    sql = "select " + ", ".join(expressions)
    count = sql.replace("%%", "").count("%s")
    if data is None:
        values = [-32768] * count  # `::` binds tighter than the minus: out of range for int2
    else:
        values = data.draw(st.lists(VALUES, min_size=count, max_size=count))
    by_name = {f"k{n}": value for n, value in enumerate(values)}
    if style is MAPPING:
        sql = named(sql)
    try:
        text, names = to_text(sql, style, list(by_name) if style is SEQUENCE else [])
    except RefusedError:
        event("refused")
        return
    event("converted")
    assert list(names) == list(by_name)
    connection, engine = engines
    cursor = connection.cursor()
    try:
        cursor.execute(sql, values if style is SEQUENCE else by_name)
        before: tuple[Any, ...] = ("rows", [(row, [type(v) for v in row]) for row in cursor])
    except (psycopg2.Error, ValueError) as error:
        before = ("error", type(error), str(error).split("\n")[0])
    finally:
        connection.rollback()
    with engine.connect() as conn:
        try:
            result = conn.execute(sqlalchemy.text(text), by_name)
            after: tuple[Any, ...] = (
                "rows",
                [(tuple(row), [type(v) for v in row]) for row in result],
            )
        except sqlalchemy.exc.DBAPIError as error:
            after = ("error", type(error.orig), str(error.orig).split("\n")[0])
        except ValueError as error:
            after = ("error", type(error), str(error))
    event(before[0])
    assert repr(after) == repr(before)
