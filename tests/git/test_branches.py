"""A branch appears complete or not at all, and nobody's branch is overwritten."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from codemods.git.branches import (
    State,
    check_branch_name,
    check_switch,
    check_writable,
    default_branch,
    publish,
    switch,
)
from codemods.git.commits import Draft, Series, copy_objects
from codemods.git.errors import GitError
from codemods.git.repository import open_repository
from tests.git.processes import as_nobody
from tests.git.series import TWO, publish_series, series
from tests.git.workbench import Workbench, everything_below, paths

OTHER = (Draft(b"other\n", {PurePosixPath("pkg/a.py"): b"other\n"}),)


def test_the_default_name() -> None:
    assert default_branch("utcnow", "0123456789" * 4) == "codemods/utcnow-01234567"


def test_the_same_content_again_is_already_done(bench: Workbench) -> None:
    first = publish_series(bench.path)
    assert first.state is State.CREATED
    before = bench.state()
    again = publish_series(bench.path)
    assert again == type(first)("codemods/x", first.commits, State.UNCHANGED)
    another_day = publish_series(bench.path, date="2030-01-01")
    assert another_day.commits == first.commits
    assert bench.state() == before


def test_a_commit_whose_contents_are_there_already(bench: Workbench) -> None:
    """The commit is then the only new object, which Git does not pack by itself."""
    publish_series(bench.path, date="2024-01-01")
    # Contents in packs are found again, those of loose objects are not.
    bench.git("repack", "--quiet", "-a", "-d")
    made = publish_series(bench.path, TWO[:1], branch="codemods/again", date="2030-01-01")
    assert made.state is State.CREATED
    assert bench.text("rev-parse", "codemods/again") == made.commits[0]
    bench.git("fsck", "--strict")


def test_already_done_also_when_checked_out(bench: Workbench) -> None:
    publish_series(bench.path)
    bench.git("checkout", "--quiet", "codemods/x")
    assert publish_series(bench.path, base="main").state is State.UNCHANGED


@pytest.mark.parametrize("what", ["contents", "message", "base", "length", "merge"])
def test_other_content_is_refused_unless_replaced(bench: Workbench, what: str) -> None:
    if what == "contents":
        publish_series(bench.path, OTHER)
    elif what == "message":
        publish_series(bench.path, (TWO[0], Draft(b"x", TWO[1].files)))
    elif what == "length":
        publish_series(bench.path, TWO[:1])
    elif what == "base":
        bench.commit({"README.md": b"other\n"})
        publish_series(bench.path)
        bench.git("reset", "--quiet", "--hard", "HEAD~1")
    else:
        publish_series(bench.path)
        bench.git("checkout", "--quiet", "codemods/x")
        bench.git("merge", "--quiet", "--strategy=ours", "--no-edit", "main")
        bench.commit({"pkg/c.py": b"on top\n"})
        bench.git("checkout", "--quiet", "main")
    tip = bench.text("rev-parse", "codemods/x")
    with pytest.raises(GitError, match=r"exists and holds.*--branch.*--replace-branch") as caught:
        publish_series(bench.path)
    assert caught.value.exit_code == 2
    assert bench.text("rev-parse", "codemods/x") == tip
    replaced = publish_series(bench.path, replace=True)
    assert replaced.state is State.REPLACED
    assert bench.text("rev-parse", "codemods/x") == replaced.commits[-1] != tip
    bench.check()


def _check_out(bench: Workbench, folder: Path) -> None:
    bench.git("checkout", "--quiet", "codemods/x")


def _check_out_elsewhere(bench: Workbench, folder: Path) -> None:
    bench.git("worktree", "add", "--quiet", str(folder), "codemods/x")


def _rebase_elsewhere(bench: Workbench, folder: Path) -> None:
    bench.commit({"pkg/a.py": b"conflict\n"})
    _check_out_elsewhere(bench, folder)
    with pytest.raises(AssertionError):
        Workbench(folder).git("rebase", "main")


def _bisect(bench: Workbench, folder: Path) -> None:
    bench.git("checkout", "--quiet", "codemods/x")
    bench.git("bisect", "start", "HEAD", "main")
    bench.git("checkout", "--quiet", "--detach")


@pytest.mark.parametrize("use", [_check_out, _check_out_elsewhere, _rebase_elsewhere, _bisect])
def test_a_branch_in_use_is_never_replaced(
    bench: Workbench, tmp_path: Path, use: Callable[[Workbench, Path], None]
) -> None:
    publish_series(bench.path, OTHER)
    use(bench, tmp_path / "elsewhere")
    before = bench.text("for-each-ref")
    with pytest.raises(
        GitError, match=r"branch codemods/x is in use in .*switch to another branch"
    ):
        publish_series(bench.path, base="main", replace=True)
    assert bench.text("for-each-ref") == before


def test_a_working_tree_that_is_gone_must_be_pruned(bench: Workbench, tmp_path: Path) -> None:
    publish_series(bench.path, OTHER)
    _check_out_elsewhere(bench, tmp_path / "elsewhere")
    shutil.rmtree(tmp_path / "elsewhere")
    with pytest.raises(GitError, match=r"elsewhere; run git worktree prune, or choose"):
        publish_series(bench.path, replace=True)
    bench.git("worktree", "prune")
    assert publish_series(bench.path, replace=True).state is State.REPLACED


def test_an_unborn_branch_that_is_checked_out_is_not_made(bench: Workbench) -> None:
    bench.git("checkout", "--quiet", "--orphan", "codemods/x")
    with pytest.raises(GitError, match="is in use"):
        publish_series(bench.path, base="main")


@pytest.mark.parametrize("name", ["", "-x", "a b", "a..b", "HEAD", "x.lock", "@{-1}", "a\n", "/a"])
def test_what_is_no_name(bench: Workbench, name: str) -> None:
    with open_repository(bench.path) as repository, pytest.raises(GitError, match="is no name"):
        check_branch_name(repository, name)


def test_a_name_that_is_in_the_way(bench: Workbench) -> None:
    bench.git("branch", "codemods")
    with pytest.raises(GitError, match="can't be a branch codemods/x next to the branch codemods;"):
        publish_series(bench.path)
    bench.git("branch", "--move", "codemods", "codemods/x/y/z")
    with pytest.raises(GitError, match="next to the branch codemods/x/y/z; choose another name"):
        publish_series(bench.path)


def test_a_branch_that_moves_meanwhile_is_not_overwritten(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_series(bench.path, OTHER)

    def copy_slowly(built: Series) -> None:
        copy_objects(built)
        bench.git("branch", "--force", "codemods/x", "main")

    monkeypatch.setattr("codemods.git.branches.copy_objects", copy_slowly)
    for _ in range(2):
        with pytest.raises(GitError, match="somebody moved the branch codemods/x meanwhile"):
            publish_series(bench.path, replace=True)
        assert bench.text("rev-parse", "codemods/x") == bench.text("rev-parse", "main")
        bench.git("branch", "--delete", "--force", "codemods/x")


def test_a_lock_is_named(bench: Workbench) -> None:
    lock = bench.path / ".git/refs/heads/codemods/x.lock"
    lock.parent.mkdir()
    lock.touch()
    with pytest.raises(GitError) as caught:
        publish_series(bench.path)
    assert caught.value.message.endswith(f"if none is running, run: rm {lock}")
    lock.unlink()
    assert publish_series(bench.path).state is State.CREATED


def test_a_repository_that_can_only_be_read() -> None:
    with as_nobody() as (folder, run):
        bench = Workbench.create(folder / "r")
        bench.commit({"pkg/a.py": b"one = 1\n", "pkg/b.py": b"two = 2\n"})
        before = everything_below(bench.path)
        with open_repository(bench.path) as repository:
            check_writable(repository)

        def attempt() -> str:
            for path in (bench.path, *bench.path.rglob("*")):
                path.chmod(path.stat().st_mode & ~0o222)
            answers = []
            with series(bench.path) as built:
                assert len(built.commits) == 2
                for step in (check_writable, lambda _: publish(built, "codemods/x")):
                    try:
                        step(built.repository)
                    except GitError as error:
                        answers.append(error.message)
            return "\n".join(answers)

        before_work, late = run(attempt).splitlines()
        assert before_work.startswith(
            f"Git may not write in {bench.path / '.git' / 'objects'}; make"
        )
        assert late.startswith("Git may not write here (")
        assert "make the repository writable, or use --dry-run" in late
        assert everything_below(bench.path) == before


def test_switch(bench: Workbench) -> None:
    bench.write({"untracked": b"x"})
    publish_series(bench.path)
    with open_repository(bench.path / "pkg") as repository:
        check_switch(repository, paths("pkg/new.py"))
        switch(repository, "codemods/x")
    assert bench.text("symbolic-ref", "HEAD") == "refs/heads/codemods/x"
    assert bench.text("status", "--porcelain") == "?? untracked"
    assert (bench.path / "pkg/new.py").read_bytes() == b"new = 1\n"


def test_switch_uses_the_repositorys_line_endings_but_no_hooks(bench: Workbench) -> None:
    hook = bench.path / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch ran\n")
    hook.chmod(0o755)
    bench.git("config", "core.autocrlf", "true")
    publish_series(bench.path)
    with open_repository(bench.path) as repository:
        switch(repository, "codemods/x")
    assert (bench.path / "pkg/new.py").read_bytes() == b"new = 1\r\n"
    assert not (bench.path / "ran").exists()


def test_what_can_not_be_switched(bench: Workbench, tmp_path: Path) -> None:
    with open_repository(bench.path) as repository:
        bench.write({"pkg/new.py": b"mine\n"})
        with pytest.raises(GitError, match=r"pkg/new\.py would be overwritten by --switch"):
            check_switch(repository, paths("pkg/new.py"))
        publish_series(bench.path)
        with pytest.raises(GitError, match=r"is ready, but .*run: git switch codemods/x"):
            switch(repository, "codemods/x")
        bench.write({"pkg/a.py": b"mine\n", "pkg/b.py": b"mine\n"})
        with pytest.raises(GitError, match=r"pkg/a\.py and 1 more has changes"):
            check_switch(repository)
        bench.git("checkout", "--quiet", "pkg")
        bench.git("bisect", "start")
        with pytest.raises(GitError, match="a bisect is in progress"):
            check_switch(repository)
    bare = bench.clone(tmp_path / "bare.git", "--bare")
    with open_repository(bare.path) as repository, pytest.raises(GitError, match="is bare"):
        check_switch(repository)


def test_reference_hooks_do_not_run(bench: Workbench) -> None:
    hook = bench.path / ".git/hooks/reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    assert publish_series(bench.path).state is State.CREATED
    assert os.access(hook, os.X_OK)
