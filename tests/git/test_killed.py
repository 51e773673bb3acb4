"""A process that is killed at any point leaves nothing behind that anybody can see."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path, PurePosixPath

import pytest

from codemods.git.branches import State
from codemods.git.commits import Draft
from tests.git.processes import KILLED, start, wait
from tests.git.series import publish_series
from tests.git.workbench import Workbench

# Both ways of copying objects: one by one, and as a pack.
FEW = (Draft(b"few\n", {PurePosixPath("pkg/a.py"): b"few\n"}),)
MANY = (
    Draft(
        b"many\n", {PurePosixPath(f"many/{number}.py"): b"%d\n" % number for number in range(99)}
    ),
)
# Runs the real Git, but kills the process group of the caller before, while or after it is the
# turn of the call that KILL_AT names. What has a group of its own goes on to the end.
WRAPPER = """#!/bin/sh
echo "$*" >> "$KILL_FOLDER/calls"
turn=$(wc -l < "$KILL_FOLDER/calls")
[ "$turn" -ne "$KILL_AT" ] && exec "$REAL_GIT" "$@"
case $KILL_WHEN in
before) kill -KILL "-$KILL_GROUP" ;;
during) "$REAL_GIT" "$@" & kill -KILL "-$KILL_GROUP"; wait ;;
after) "$REAL_GIT" "$@"; kill -KILL "-$KILL_GROUP" ;;
esac
touch "$KILL_FOLDER/over"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose `git` kills the process group that calls it."""
    real = shutil.which("git")
    assert real
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "git").write_text(WRAPPER)
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("REAL_GIT", real)
    monkeypatch.setenv("KILL_FOLDER", str(folder))
    return folder


def _run(bench: Workbench, folder: Path, drafts: tuple[Draft, ...], at: int, when: str) -> int:
    (folder / "calls").write_text("")
    (folder / "over").unlink(missing_ok=True)

    def child() -> None:
        os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"
        os.environ |= {"KILL_AT": str(at), "KILL_WHEN": when, "KILL_GROUP": str(os.getpid())}
        tempfile.tempdir = str(folder)  # what is left there is not the machine's
        publish_series(bench.path, drafts)

    answer = wait(start(child))
    if answer == KILLED and "update-ref" in (folder / "calls").read_text().splitlines()[-1]:
        deadline = time.monotonic() + 600  # only if it never ends
        while not (folder / "over").exists() and time.monotonic() < deadline:
            time.sleep(0.005)
    return answer


def _visible(bench: Workbench) -> dict[str, bytes]:
    """Return all that a person or Git itself sees: everything but unreferenced objects."""
    return {
        name: data
        for name, data in bench.state().items()
        if not name.startswith(".git/objects/") and data != b"folder"
    }


@pytest.mark.parametrize("drafts", [FEW, MANY], ids=["few", "many"])
@pytest.mark.parametrize("when", ["before", "during", "after"])
def test_killed_at_any_call(
    bench: Workbench, folder: Path, drafts: tuple[Draft, ...], when: str
) -> None:
    before = _visible(bench)
    calls = 0
    while (ending := _run(bench, folder, drafts, calls + 1, when)) == KILLED:
        calls += 1
        assert not list((bench.path / ".git").rglob("*.lock"))
        assert not list((bench.path / ".git").rglob("*.keep"))
        bench.check()
        if _visible(bench) == before:
            continue
        # The branch has moved: then it is complete.
        assert "update-ref" in (folder / "calls").read_text()
        assert (
            bench.text("log", "-1", "--format=%s", "codemods/x") == drafts[0].message.decode()[:-1]
        )
        bench.git("update-ref", "-d", "refs/heads/codemods/x")
        before = _visible(bench)
    assert calls >= 10
    assert ending == 0
    assert bench.text("rev-parse", "codemods/x")
    assert publish_series(bench.path, drafts).state is State.UNCHANGED
    bench.check()
