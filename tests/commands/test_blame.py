"""`codemods run --blame-ignore`: the last commit lists the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.conftest import Program, git

RUN = ("run", "--only", "toy", "--branch", "made", "--commit-by", "file", "--blame-ignore")


def test_git_blame_looks_through_the_commits(
    program: Program, repository: Path, environment: dict[str, str]
) -> None:
    result = program(*RUN, "--switch", cwd=repository)
    assert result.returncode == 0, result.stderr
    assert "has 3 commits on top of" in result.stdout
    ids = git(repository, environment, "rev-list", "--reverse", "main..made").split()
    listed = (repository / ".git-blame-ignore-revs").read_text()
    assert [line for line in listed.splitlines() if line and line[0] != "#"] == ids[:-1]
    assert "# toy: call say() where shout() was called (a.py)" in listed
    base = git(repository, environment, "rev-parse", "main").strip()
    blame = git(
        repository, environment, "blame", "-l", "-s", "--root",
        "--ignore-revs-file", ".git-blame-ignore-revs", "a.py",
    )  # fmt: skip
    assert {line[:40] for line in blame.splitlines()} == {base}
    assert git(repository, environment, "fsck", "--strict") == ""


def test_verify_knows_the_list(
    program: Program, repository: Path, environment: dict[str, str]
) -> None:
    program(*RUN, "--switch", cwd=repository)
    result = program("verify", cwd=repository)
    assert result.returncode == 0, result.stdout
    assert result.stdout.count("mechanical  ") == 3
    with (repository / ".git-blame-ignore-revs").open("a") as file:
        file.write("0" * 40 + "\n")
    git(repository, environment, "commit", "-q", "--amend", "--no-edit", "-a")
    result = program("verify", cwd=repository)
    assert result.returncode == 1
    assert result.stdout.count("mechanical  ") == 2
    assert "+" + "0" * 40 in result.stdout


@pytest.mark.parametrize("again", ["2024-02-29T12:00:00Z", "2024-03-01T12:00:00Z"])
def test_the_same_run_again_is_already_done(program: Program, repository: Path, again: str) -> None:
    program(*RUN, "--date", "2024-02-29T12:00:00Z", cwd=repository)
    result = program(*RUN, "--date", again, cwd=repository)
    assert result.returncode == 0, result.stderr
    assert "Already done" in result.stdout


def test_another_list_on_the_branch_is_something_else(
    program: Program, repository: Path, environment: dict[str, str]
) -> None:
    program(*RUN, "--switch", cwd=repository)
    (repository / ".git-blame-ignore-revs").write_text("")
    git(repository, environment, "commit", "-q", "--amend", "--no-edit", "-a")
    git(repository, environment, "switch", "-q", "main")
    result = program(*RUN, cwd=repository)
    assert result.returncode == 2
    assert "holds something else" in result.stderr


def test_a_link_is_refused(program: Program, repository: Path, environment: dict[str, str]) -> None:
    (repository / ".git-blame-ignore-revs").symlink_to("elsewhere")
    git(repository, environment, "add", ".")
    git(repository, environment, "commit", "-q", "-m", "link")
    result = program(*RUN, cwd=repository)
    assert result.returncode == 2
    assert "is no regular file" in result.stderr
