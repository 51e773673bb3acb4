"""What is asked of Git while something else is done."""

from __future__ import annotations

import threading

import pytest

from codemods.git.aside import Aside
from codemods.git.errors import GitError
from codemods.git.repository import open_repository
from tests.git.workbench import Workbench


def test_a_call_goes_on_until_its_result_is_asked_for() -> None:
    go = threading.Event()
    asked = Aside(lambda: go.wait(60))
    go.set()
    assert asked.result() is True
    assert asked.result() is True


def test_it_is_waited_for_at_the_end_of_its_block() -> None:
    go, done = threading.Event(), threading.Event()

    def work() -> None:
        go.wait(60)
        done.set()

    def fail() -> None:
        go.set()
        raise GitError("something else failed")

    with pytest.raises(GitError, match="something else"), Aside(work):
        fail()
    assert done.is_set()


def test_its_error_is_raised_where_its_result_is_asked_for() -> None:
    def fail() -> None:
        raise GitError("no luck")

    asked = Aside(fail)
    with pytest.raises(GitError, match="no luck"):
        asked.result()


def test_a_command_that_was_begun_answers_later(bench: Workbench) -> None:
    with open_repository(bench.path) as repository:
        first = repository.begin("hash-object", "--stdin", stdin=[b"o", b"n", b"e"])
        second = repository.begin("no-such-command")
        assert repository.run("rev-parse", "HEAD").decode().strip() == bench.text(
            "rev-parse", "HEAD"
        )
        assert first.result() == bench.git("hash-object", "--stdin", stdin=b"one")
        with pytest.raises(GitError, match="git no-such-command failed"):
            second.result()
