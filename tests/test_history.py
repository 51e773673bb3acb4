"""History on the sample application: pairs of codemods, partial merges, commits edited by hand."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from codemods.commands.app import program
from tests.demo import clean_environment, git, make_repository

NAMES = ("py2-syntax", "utcnow", "print-to-logger", "env-to-config", "psycopg2-to-sqlalchemy")
SIZES = ("codemod", "package", "file", "group")
PAIRS = list(itertools.permutations(NAMES, 2))

Run = Callable[..., "tuple[int, str]"]


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    folder = tmp_path / "demo"
    make_repository(folder)
    return folder


@pytest.fixture
def run(demo: Path) -> Run:
    """Runs the program on the sample, within this process; returns exit code and output."""
    clean = clean_environment()
    unset: dict[str, str | None] = {name: None for name in os.environ if name not in clean}

    def answer(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(program(), [*arguments, "-C", str(demo)], env=unset | clean)
        return result.exit_code, result.stdout + result.stderr

    return answer


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_two_codemods_in_any_order(demo: Path, run: Run, first: str, second: str) -> None:
    by = ("--commit-by", SIZES[PAIRS.index((first, second)) % len(SIZES)])
    for number, name in enumerate((first, second)):
        code, output = run("run", "--only", name, "--switch", "--branch", f"step{number}", *by)
        assert code == 0, output
    both = ("--only", first, "--only", second)
    if (first, second) == ("env-to-config", "print-to-logger"):
        # In its own order env-to-config comes last: it also takes the reads of the new module.
        assert run("run", *both, "--switch", "--branch", "step2")[0] == 0
    code, output = run("run", *both, "--check")
    assert code == 0, output
    assert git(demo, "fsck", "--strict", "--no-dangling") == ""
    code, output = run("verify", "main..HEAD")
    assert code == 0, output


@pytest.mark.parametrize(
    ("by", "share"), [("codemod", 0.5), ("package", 0.3), ("file", 1), ("group", 0.6)]
)
def test_a_run_after_a_partial_merge_does_the_rest(
    demo: Path, run: Run, by: str, share: float
) -> None:
    size = ("--commit-by", by)
    code, output = run("run", "--branch", "whole", *size)
    assert code == 0, output
    code, output = run("verify", "main..whole")
    assert code == 0, output
    ids = git(demo, "rev-list", "--reverse", "main..whole").split()
    merged = min(int(len(ids) * share), len(ids) - 1)
    git(demo, "checkout", "--quiet", "-B", "main", ids[merged - 1])
    code, output = run("run", "--branch", "rest", *size)
    assert code == 0, output
    assert git(demo, "diff", "--stat", "whole", "rest") == ""


def test_twenty_edits_of_one_character_are_found(demo: Path, run: Run, tmp_path: Path) -> None:
    run("run", "--branch", "made", "--commit-by", "file")
    index = {"GIT_INDEX_FILE": str(tmp_path / "index")}
    parent = git(demo, "rev-parse", "main")
    edits: dict[str, str] = {}  # blobs by path, as they are from some commit on
    edited: dict[str, str] = {}  # paths by commit
    for commit in git(demo, "rev-list", "--reverse", "main..made").split():
        changed = git(demo, "diff", "--name-only", f"{commit}~", commit).splitlines()
        edits = {path: blob for path, blob in edits.items() if path not in changed}
        path = next((one for one in changed if one.endswith(".py")), "")
        wanted = bool(path) and len(edited) < 20
        if wanted:
            edits[path] = edited_blob(demo, f"{commit}:{path}", len(edited) * 7919)
        git(demo, "read-tree", commit, **index)
        for one, blob in edits.items():
            mode = git(demo, "ls-tree", commit, one).split()[0]
            git(demo, "update-index", "--cacheinfo", f"{mode},{blob},{one}", **index)
        tree = git(demo, "write-tree", **index)
        message = git(demo, "log", "-1", "--format=%B", commit)
        parent = git(demo, "commit-tree", tree, "-p", parent, "-m", message)
        if wanted:
            edited[parent] = path
    assert len(edited) == 20
    git(demo, "branch", "edited", parent)
    code, output = run("verify", "--json", "main..edited")
    assert code == 1
    commits = json.loads(output)["commits"]
    assert edited == {
        one["id"]: path
        for one in commits
        for path in one["differences"]
        if one["state"] == "edited"
    }
    assert {one["state"] for one in commits if one["id"] not in edited} == {"mechanical"}


def edited_blob(demo: Path, name: str, number: int) -> str:
    """Write a blob that differs from another one in one character; return its id."""
    command = ["git", "-C", str(demo)]
    data = bytearray(subprocess.check_output([*command, "cat-file", "blob", name]))
    at = number % len(data)
    data[at] = ord("y") if data[at] == ord("x") else ord("x")
    written = subprocess.run(
        [*command, "hash-object", "-w", "--stdin"], input=data, stdout=subprocess.PIPE, check=True
    )
    return written.stdout.decode().strip()
