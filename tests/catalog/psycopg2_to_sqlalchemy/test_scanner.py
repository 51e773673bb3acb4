"""Reading SQL text into strings, names, comments and code."""

from __future__ import annotations

import psycopg2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemods.catalog.psycopg2_to_sqlalchemy.scanner import Kind, scan
from tests.postgres.server import Server


@pytest.mark.fact("4.5")
@pytest.mark.parametrize(
    ("sql", "kinds"),
    [
        ("select 'it''s', 1", "code string code"),
        (r"select E'a\'b', 1", "code escape string code"),
        (r"select 'a\', 1", "code string code"),
        ('select "a""b" from t', "code quoted name code"),
        ("select 1 -- it's\n, 2", "code comment code"),
        ("/* ' /* nested */ ' */ select 1", "comment code"),
        ("select $$ it's $$, $a$ $$ $a$", "code dollar quote code dollar quote"),
        ("select a$b$c, $1", "code"),
        ("select fe'x'", "code string"),
        ("select U&'d!0061' UESCAPE '!'", "code string code string"),
        ("select 'never", "code string"),
        ("", ""),
    ],
)
def test_kinds(sql: str, kinds: str) -> None:
    assert " ".join(token.kind.value for token in scan(sql)) == kinds


@given(st.text("ab'\"$-/*\\E \n&u", max_size=30))
def test_tokens_cover_the_text(sql: str) -> None:
    at = 0
    for token in scan(sql):
        assert token.start == at < token.end
        at = token.end
    assert at == len(sql)


@given(
    st.lists(
        st.sampled_from(
            ["''", "'a'", "E'\\''", "e'\\\\'", '"x"', "--c\n", "/*c*/", "/*/**/*/", "$$q$$",
             "$t$'$t$", "'--'", "'/*'", "$$--$$", "$$'$$", "N'x'", "\n"]
        ),
        max_size=6,
    )
)  # fmt: skip
def test_the_server_reads_the_same(postgres: Server, parts: list[str]) -> None:
    # What is sent between the parts is a marker that only counts where it is code.
    sql = "select 0" + "".join(f" , $m${part}$m$ , {part} " if part else "" for part in parts)
    code = "".join(
        sql[token.start : token.end] for token in scan(sql) if token.kind is not Kind.COMMENT
    )
    answers: list[tuple[str, object]] = []
    for text in (sql, code):
        connection = psycopg2.connect(postgres.dsn())
        try:
            cursor = connection.cursor()
            cursor.execute(text)
            answers.append(("rows", cursor.fetchall()))
        except psycopg2.Error as error:
            answers.append(("error", error.pgcode))
        finally:
            connection.close()
    assert answers[0] == answers[1]


def test_kind_is_known_to_the_end() -> None:
    tokens = list(scan("select /* 'x"))
    assert [(token.kind, token.closed) for token in tokens] == [
        (Kind.CODE, True),
        (Kind.COMMENT, False),
    ]
