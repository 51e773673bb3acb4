"""The engine in a file of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from codemods.catalog.psycopg2_to_sqlalchemy.embedding import Embedding, embed
from codemods.catalog.psycopg2_to_sqlalchemy.engines import EngineNeeds
from codemods.codemod import Bar, Span
from codemods.python.imports import Imports
from codemods.python.source import read_source

NEEDS = EngineNeeds(
    helpers=frozenset({"run_sql"}),
    own_errors=False,
    uuid_text=False,
    fresh_sessions=False,
    forks=False,
    compositions=False,
    keeps_none=False,
    pool_size=1,
    max_overflow=1,
    connect_timeout=10,
)


def embedding(text: str, needs: EngineNeeds = NEEDS) -> Embedding | Bar:
    file = read_source(PurePosixPath("a.py"), text.encode())
    at = text.index("USE")
    return embed(file, Imports.of(file), needs, [Span(at, at + 3)])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("import a\n\nX = 1\nUSE\n", 2),
        ("import a\nX = 1\nimport b\nUSE\nimport c\n", 4),
        ("import a\n\n\ndef f():\n    USE\n\n\nimport b\n", 2),
        ('"""Text."""\nX = 1\nUSE\n', 2),
        ("#!/bin/sh\n# about the file\n\n# about X\nX = 1\nUSE\n", 4),
        ("USE\n", 1),
    ],
)
def test_it_stands_below_the_imports_and_above_its_use(text: str, line: int) -> None:
    found = embedding(text)
    assert isinstance(found, Embedding)
    assert text.count("\n", 0, found.insertion.span.start) + 1 == line


def test_two_blank_lines_part_it_from_what_follows() -> None:
    for text in ("import a\nUSE\n", "import a\n\nUSE\n", "import a\n\n\n\nUSE\n", "USE\n"):
        found = embedding(text)
        assert isinstance(found, Embedding)
        at = found.insertion.span.start
        after = text[:at] + found.insertion.text + text[at:]
        assert "\n\n\nUSE" in after
        assert after.startswith(("import a\n\n\ndef", "def"))
        assert after.count("\n\n\n\n") == text.count("\n\n\n\n")


def test_names_are_free_and_imports_are_spelt_as_they_are_bound() -> None:
    text = "import collections.abc\n\nrun_sql = USE\nrun_sql_2 = 1\n"
    found = embedding(text)
    assert isinstance(found, Embedding)
    assert found.names["run_sql"] == "run_sql_3"
    assert "def run_sql_3(connection" in found.insertion.text
    assert "isinstance(parameters, collections.abc.Mapping)" in found.insertion.text
    assert not found.imports


def test_newlines_and_indentation_are_those_of_the_file() -> None:
    found = embedding("import a\r\nif a:\r\n  USE\r\n")
    assert isinstance(found, Embedding)
    assert "\r\n  if parameters is None:\r\n    return" in found.insertion.text
    assert "\n" not in found.insertion.text.replace("\r\n", "")


@pytest.mark.parametrize("text", ["import a; USE\n", "x = '''\n'''; import a; USE\n"])
def test_without_a_line_above_the_use_there_is_no_place(text: str) -> None:
    found = embedding(text, replace(NEEDS, helpers=frozenset({"get_engine"})))
    assert isinstance(found, Bar)
    assert found.reason == "psycopg2-to-sqlalchemy/no-place"
