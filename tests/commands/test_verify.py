"""`codemods verify`: what the tool made is told from what somebody edited."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.conftest import Program, git

RUN = ("run", "--only", "toy", "--branch", "made", "--switch")


@pytest.mark.parametrize("by", ["codemod", "package", "file", "group"])
def test_what_the_tool_made_is_mechanical(program: Program, repository: Path, by: str) -> None:
    assert program(*RUN, "--commit-by", by, cwd=repository).returncode == 0
    result = program("verify", cwd=repository)
    assert result.returncode == 0, result.stdout
    states = [line.split("  ")[0] for line in result.stdout.splitlines()]
    assert states == ["mechanical"] * (1 if by == "codemod" else 2)


def test_options_paths_and_globs_are_remembered(program: Program, repository: Path) -> None:
    (repository / "pyproject.toml").write_text("[tool.codemods.toy]\nname = 'whisper'\n")
    assert program(*RUN, "-o", "toy.limit=3", "pkg", cwd=repository).returncode == 0
    assert program("verify", cwd=repository).returncode == 0


def edit(repository: Path, environment: dict[str, str], old: str, new: str) -> None:
    path = repository / "a.py"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    git(repository, environment, "commit", "-q", "--amend", "--no-edit", "-a")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("say(1)", "say(2)", id="in-a-rewritten-line"),
        pytest.param("# keep", "# Keep", id="in-another-line"),
        pytest.param("say(1)", "shout(1)", id="taken-back"),
        pytest.param("import voice\n", "import voice\n\n", id="a-blank-line"),
    ],
)
def test_a_hand_edit_is_found_and_shown(
    program: Program, repository: Path, environment: dict[str, str], old: str, new: str
) -> None:
    program(*RUN, cwd=repository)
    edit(repository, environment, old, new)
    result = program("verify", cwd=repository)
    assert result.returncode == 1
    assert result.stdout.startswith("edited  ")
    assert "  a.py\n" in result.stdout
    (commit,) = json.loads(program("verify", "--json", cwd=repository).stdout)["commits"]
    assert commit["state"] == "edited"
    assert list(commit["differences"]) == ["a.py"]


def test_a_file_added_by_hand_is_an_edit(
    program: Program, repository: Path, environment: dict[str, str]
) -> None:
    program(*RUN, cwd=repository)
    (repository / "extra.txt").write_text("x\n")
    git(repository, environment, "add", ".")
    git(repository, environment, "commit", "-q", "--amend", "--no-edit")
    assert "extra.txt" in program("verify", cwd=repository).stdout


def test_a_mode_changed_by_hand_is_an_edit(
    program: Program, repository: Path, environment: dict[str, str]
) -> None:
    program(*RUN, cwd=repository)
    git(repository, environment, "update-index", "--chmod=+x", "a.py")
    git(repository, environment, "commit", "-q", "--amend", "--no-edit")
    assert program("verify", cwd=repository).returncode == 1


def test_another_tool_version_is_not_verifiable(
    program: Program, repository: Path, environment: dict[str, str]
) -> None:
    program(*RUN, cwd=repository)
    message = git(repository, environment, "log", "-1", "--format=%B")
    older = message.replace("Codemod-Tool: codemods ", "Codemod-Tool: codemods 0.0.1+")
    git(repository, environment, "commit", "-q", "--amend", "-m", older)
    result = program("verify", cwd=repository)
    assert result.returncode == 1
    assert result.stdout.startswith("not verifiable  ")
    assert "needs codemods 0.0.1+" in result.stdout


def test_the_first_commit_outside_the_range_is_needed(program: Program, repository: Path) -> None:
    program(*RUN, "--commit-by", "file", cwd=repository)
    result = program("verify", "HEAD~1..HEAD", cwd=repository)
    assert result.returncode == 1
    assert "needs the run's first commit" in result.stdout


def test_a_rebased_run_is_verified_on_its_new_base(
    program: Program, repository: Path, environment: dict[str, str]
) -> None:
    program(*RUN, cwd=repository)
    git(repository, environment, "switch", "-q", "main")
    (repository / "c.py").write_text("x = 1\n")
    git(repository, environment, "commit", "-q", "-am", "meanwhile")
    git(repository, environment, "switch", "-q", "made")
    git(repository, environment, "rebase", "-q", "main")
    assert program("verify", "main..made", cwd=repository).returncode == 0


def test_a_range_without_our_commits_is_refused(program: Program, repository: Path) -> None:
    result = program("verify", cwd=repository)
    assert result.returncode == 2
    assert "no commit there has codemods' trailers" in result.stderr
