"""The journal can be read at any moment, and what is none is said to be none."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from codemods.batch.errors import BatchError
from codemods.batch.journal import Journal, Row, read_rows


def test_it_is_read_before_it_is_made_and_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    path.touch()
    assert read_rows(path) == []
    with closing(Journal(path)) as journal:
        assert read_rows(path) == []
        row = Row(repository="a", state="changed", base="1", recipe="2", commits=("3",))
        with journal._transaction():
            assert read_rows(path) == []
        journal.record(row, {})
        assert read_rows(path) == [row]


def test_what_is_no_journal(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other")) as database:
        database.execute("CREATE TABLE x (y)")
    (tmp_path / "text").write_text("this is no database, and long enough to be looked at\n" * 9)
    for name, said in (("none", "holds no batch"), ("other", "is no jour"), ("text", "is no jour")):
        with pytest.raises(BatchError, match=said):
            read_rows(tmp_path / name)
    with pytest.raises(BatchError, match="is no journal"):
        Journal(tmp_path / "text")
