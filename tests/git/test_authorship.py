"""Dates mean the same everywhere, and identities are the user's own."""

from __future__ import annotations

import os

import pytest

from codemods.git.authorship import Moment, parse_date, read_authorship
from codemods.git.errors import GitError
from codemods.git.repository import open_repository
from tests.git.workbench import Workbench


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-02-29T12:00:00+01:00", Moment(1709204400, "+0100")),
        ("2024-02-29T12:00:00-0330", Moment(1709220600, "-0330")),
        ("2024-02-29 12:00:00Z", Moment(1709208000)),
        ("2024-02-29T12:00", Moment(1709208000)),
        ("2024-02-29", Moment(1709164800)),
        ("20240229", Moment(1709164800)),
        ("1709208000", Moment(1709208000)),
        ("@1709208000 +0530", Moment(1709208000, "+0530")),
        ("@12345678", Moment(12345678)),
        ("0", Moment(0)),
    ],
)
def test_dates(text: str, moment: Moment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    assert parse_date(text) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "2024-02-30", "-5", "1969-12-31", "1 +01"])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(GitError, match="is no date; write it like 2024"):
        parse_date(text)


def test_identity_and_date(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_repository(bench.path) as repository:
        who = read_authorship(repository, "2024-02-29")
        assert who.author.line == b"Ada Lovelace <ada@example.org> 1709164800 +0000"
        assert str(who.committer) == "Ada Lovelace <ada@example.org>"
        monkeypatch.setenv("SOURCE_DATE_EPOCH", "5")
        monkeypatch.setenv("GIT_AUTHOR_NAME", os.fsdecode(b"Andr\xe9"))
        monkeypatch.setenv("GIT_COMMITTER_DATE", "@7 +0200")
        who = read_authorship(repository)
        assert who.author.line == b"Andr\xe9 <ada@example.org> 5 +0000"
        assert who.committer.moment == Moment(5)
        monkeypatch.delenv("SOURCE_DATE_EPOCH")
        assert read_authorship(repository).committer.moment == Moment(7, "+0200")
        assert read_authorship(repository).author.moment.seconds > 1709164800


@pytest.mark.parametrize("missing", ["user.name", "user.email"])
def test_nobody(bench: Workbench, missing: str) -> None:
    bench.git("config", "--unset", missing)
    with (
        open_repository(bench.path) as repository,
        pytest.raises(GitError, match=r"Git does not know who you are \(.*git config --global"),
    ):
        read_authorship(repository)


def test_a_date_of_the_environment_that_is_none(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_AUTHOR_DATE", "someday")
    with (
        open_repository(bench.path) as repository,
        pytest.raises(GitError, match="GIT_AUTHOR_DATE: invalid date format: someday"),
    ):
        read_authorship(repository)
