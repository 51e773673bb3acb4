"""`codemods run --in-place`."""

import json
from pathlib import Path

from tests.commands.conftest import Program, git

ONLY = ("run", "--in-place", "--only", "toy")


def test_the_working_tree_is_changed_and_nothing_else(
    program: Program, repository: Path, environment: dict[str, str]
) -> None:
    result = program(*ONLY, cwd=repository)
    assert result.returncode == 0, result.stderr
    assert (repository / "a.py").read_bytes() == (
        b"import voice\nvoice.say(1)\nvoice.shout(2)  # keep\n"
    )
    assert (repository / "pkg" / "b.py").read_bytes() == b"import voice\r\nvoice.say(3)\r\n"
    assert "Changed 2 files in place." in result.stdout
    assert git(repository, environment, "branch") == "* main\n"
    assert git(repository, environment, "status", "--porcelain") == " M a.py\n M pkg/b.py\n"
    again = program(*ONLY, "--allow-dirty", cwd=repository)
    assert "Nothing to do." in again.stdout


def test_a_dirty_file_stops_the_whole_run(program: Program, repository: Path) -> None:
    (repository / "a.py").write_bytes(b"import voice\nvoice.shout(9)\n")
    before = (repository / "pkg" / "b.py").read_bytes()
    result = program(*ONLY, cwd=repository)
    assert result.returncode == 2
    assert "a.py would change, but has uncommitted changes: commit or stash" in result.stderr
    assert (repository / "pkg" / "b.py").read_bytes() == before
    assert program(*ONLY, "--allow-dirty", cwd=repository).returncode == 0
    assert (repository / "a.py").read_bytes() == b"import voice\nvoice.say(9)\n"


def test_a_dirty_file_without_sites_is_nobodys_business(program: Program, repository: Path) -> None:
    (repository / "c.py").write_bytes(b"print('changed')\n")
    assert program(*ONLY, cwd=repository).returncode == 0


def test_only_the_paths_given_change(program: Program, repository: Path) -> None:
    before = (repository / "a.py").read_bytes()
    result = program(*ONLY, "--json", "b.py", cwd=repository / "pkg")
    document = json.loads(result.stdout)
    assert document["state"] == "written"
    assert document["base"] is None
    reasons = {site["path"]: site["reason"] for site in document["sites"]}
    assert reasons == {"a.py": "engine/outside-the-paths", "pkg/b.py": "toy/rewritten"}
    assert (repository / "a.py").read_bytes() == before


def test_outside_git_it_must_be_allowed(program: Program, tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "a.py").write_bytes(b"x.shout(1)\n")
    refused = program(*ONLY, "-C", str(folder))
    assert refused.returncode == 2
    assert "is not in a Git repository" in refused.stderr
    assert program(*ONLY, "--allow-dirty", "-C", str(folder)).returncode == 0
    assert (folder / "a.py").read_bytes() == b"x.say(1)\n"
    missing = program(*ONLY, "--allow-dirty", "-C", str(folder / "gone"))
    assert missing.returncode == 2
    assert "gone is no folder" in missing.stderr
