"""Every kind of repository opens, or says in one sentence why not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from codemods.git.branches import State
from codemods.git.errors import GitError
from codemods.git.preview import show
from codemods.git.repository import open_repository
from codemods.git.revision import Revision
from codemods.git.working_tree import WorkingTree, dirty_paths
from tests.git.series import publish_series, series
from tests.git.workbench import Workbench, paths


def test_a_repository_is_found_from_a_folder_or_file_within(bench: Workbench) -> None:
    for place in (bench.path, bench.path / "pkg", bench.path / "pkg" / "a.py"):
        with open_repository(place) as repository:
            assert repository.working_tree == bench.path
            assert repository.git_dir == repository.common_dir == bench.path / ".git"
            assert not repository.bare
            assert not repository.shallow
            assert repository.head_branch == "main"


def test_outside_a_repository_the_remedy_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(GitError, match="in a Git repository; run git init"),
        open_repository(tmp_path),
    ):
        pass
    nowhere = tmp_path / "nowhere"
    with pytest.raises(GitError, match="nowhere does not exist"), open_repository(nowhere):
        pass


def test_bare(bench: Workbench, tmp_path: Path) -> None:
    bare = bench.clone(tmp_path / "bare.git", "--bare")
    with open_repository(bare.path) as repository:
        assert repository.bare
        assert repository.working_tree is None
        assert repository.location == bare.path
        assert Revision(repository).paths == tuple(paths("README.md", "pkg/a.py", "pkg/b.py"))


def test_linked_working_tree(bench: Workbench, tmp_path: Path) -> None:
    bench.git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))
    with open_repository(tmp_path / "side") as repository:
        assert repository.working_tree == tmp_path / "side"
        assert repository.git_dir == bench.path / ".git" / "worktrees" / "side"
        assert repository.common_dir == bench.path / ".git"
        assert repository.head_branch == "side"


def test_working_tree_of_a_bare_repository(bench: Workbench, tmp_path: Path) -> None:
    bare = bench.clone(tmp_path / "bare.git", "--bare")
    bare.git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))
    with open_repository(tmp_path / "side") as repository:
        assert not repository.bare
        assert repository.working_tree == tmp_path / "side"


def test_sha256(tmp_path: Path) -> None:
    bench = Workbench.create(tmp_path / "r", "--object-format=sha256")
    commit = bench.commit({"a.py": b"x\n"})
    with open_repository(bench.path) as repository:
        assert repository.object_format == "sha256"
        assert len(repository.null_id) == 64
        revision = Revision(repository)
        assert revision.commit == commit
        assert revision.read(revision.paths) == {revision.paths[0]: b"x\n"}


def test_submodule_as_the_repository(bench: Workbench, tmp_path: Path) -> None:
    outer = Workbench.create(tmp_path / "outer")
    outer.git(
        *("-c", "protocol.file.allow=always", "submodule", "--quiet"),
        *("add", bench.path.as_uri(), "inner"),
    )
    outer.commit()
    with open_repository(outer.path / "inner" / "pkg") as repository:
        assert repository.working_tree == outer.path / "inner"
        assert repository.git_dir == outer.path / ".git" / "modules" / "inner"
    with open_repository(outer.path) as repository:
        revision = Revision(repository)
        assert revision.submodules == tuple(paths("inner"))
        assert revision.paths == tuple(paths(".gitmodules"))


def test_detached_head(bench: Workbench) -> None:
    bench.git("checkout", "--quiet", "--detach")
    with open_repository(bench.path) as repository:
        assert repository.head_branch is None
        assert repository.resolve("HEAD") == bench.text("rev-parse", "main")


def test_unborn_branch(tmp_path: Path) -> None:
    bench = Workbench.create(tmp_path / "r")
    with open_repository(bench.path) as repository:
        assert repository.head_branch == "main"
        with pytest.raises(GitError, match="no commit on the branch main yet; commit something"):
            repository.resolve("HEAD")


@pytest.mark.parametrize(
    "name", ["nowhere", "-h", "--all", "", "main:pkg", "main..main", "^main", "a\nb"]
)
def test_what_names_no_commit(bench: Workbench, name: str) -> None:
    with open_repository(bench.path) as repository, pytest.raises(GitError, match="names no comm"):
        repository.resolve(name)


def test_tags_and_abbreviations_name_commits(bench: Workbench) -> None:
    bench.git("tag", "-a", "-m", "first", "v1")
    commit = bench.text("rev-parse", "HEAD")
    with open_repository(bench.path) as repository:
        for name in ("v1", commit[:8], "main", "@", "refs/heads/main"):
            assert repository.resolve(name) == commit


def test_shallow(bench: Workbench, tmp_path: Path) -> None:
    bench.commit({"pkg/a.py": b"later\n"})
    shallow = bench.clone(tmp_path / "shallow", "--depth=1")
    with open_repository(shallow.path) as repository:
        assert repository.shallow
        assert Revision(repository).read(paths("pkg/a.py")) == {paths("pkg/a.py")[0]: b"later\n"}
        with pytest.raises(GitError, match="clone is shallow: git fetch --unshallow"):
            repository.resolve("HEAD~1")


def test_foreign_owner_gives_the_exact_command(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    command = f"git config --global --add safe.directory {bench.path}"
    with pytest.raises(GitError, match="does not trust") as caught, open_repository(bench.path):
        pass
    assert caught.value.message.endswith(command)
    monkeypatch.delenv("GIT_TEST_ASSUME_DIFFERENT_OWNER")
    bench.git(*command.split()[1:])
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with open_repository(bench.path) as repository:
        assert repository.working_tree == bench.path


def test_operations_in_progress(bench: Workbench) -> None:
    bench.git("checkout", "--quiet", "-b", "side")
    bench.commit({"pkg/a.py": b"side\n"}, "side")
    bench.git("checkout", "--quiet", "main")
    bench.commit({"pkg/a.py": b"main\n"}, "main")

    def operation() -> str | None:
        with open_repository(bench.path) as repository:
            return repository.operation_in_progress

    assert operation() is None
    for command, undo in (("merge", "merge"), ("cherry-pick", "cherry-pick"), ("rebase", "rebase")):
        with pytest.raises(AssertionError):
            bench.git(command, "side")
        assert operation() == command
        bench.git(undo, "--abort")
        assert operation() is None
    bench.git("bisect", "start")
    assert operation() == "bisect"


def test_configuration_is_read_as_git_reads_it(bench: Workbench) -> None:
    bench.git("config", "commit.gpgSign", "yes")
    bench.git("config", "x.off", "off")
    bench.git("config", "x.one", "1")
    with (bench.path / ".git" / "config").open("a") as file:
        file.write("[x]\n\tnothing\n\tlines = a\\nb\n")
    with open_repository(bench.path) as repository:
        assert repository.is_set("commit.gpgsign")
        assert repository.is_set("x.nothing")
        assert repository.is_set("x.one")
        assert not repository.is_set("x.off")
        assert not repository.is_set("x.absent")
        assert repository.config["x.lines"] == "a\nb"


def test_a_git_that_is_not_there(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(GitError, match="git was not found"), open_repository(bench.path):
        pass


def test_nothing_of_a_repository_runs_and_nothing_is_left_open(bench: Workbench) -> None:
    trace = bench.path.parent / "ran"
    hook = bench.path / ".git" / "hooks" / "post-index-change"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {trace}\n")
    hook.chmod(0o755)
    bench.git("config", "core.fsmonitor", f"touch {trace}; false")
    with open_repository(bench.path) as repository:
        repository.run("status")
        Revision(repository).read(paths("pkg/a.py"))
    assert not trace.exists()


def test_variables_for_another_repository_are_not_followed(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Workbench.create(tmp_path / "other")
    other.commit({"other.py": b"x\n"})
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.path))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.path / ".git" / "index"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(other.path / ".git" / "objects"))
    before = other.state()
    with open_repository(bench.path) as repository:
        revision = Revision(repository)
        assert revision.read(paths("pkg/a.py"))
        assert WorkingTree(repository).paths == revision.paths
        assert dirty_paths(repository) == frozenset()
    assert publish_series(bench.path).state is State.CREATED
    assert other.state() == before
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.delenv(name)
    bench.check()
    assert bench.text("log", "--format=%s", "main..codemods/x").count("\n") == 1


def test_from_a_hook(bench: Workbench) -> None:
    """What `git commit -- PATH` is about to commit is in an index of its own."""
    hook = bench.path / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        f"#!{sys.executable}\nimport pathlib, sys\nsys.path[:] = {sys.path!r}\n"
        "from codemods.git.repository import open_repository\n"
        "from codemods.git.working_tree import WorkingTree\n"
        "with open_repository(pathlib.Path.cwd()) as repository:\n"
        "    print([str(path) for path in WorkingTree(repository).paths])\n"
        "sys.exit(1)\n"
    )
    hook.chmod(0o755)
    bench.write({"staged.py": b"x\n", "pkg/a.py": b"y\n"})
    bench.git("add", "staged.py")
    with pytest.raises(AssertionError, match=r"\['README.md', 'pkg/a.py', 'pkg/b.py'\]"):
        bench.git("commit", "--message", "x", "--", "pkg/a.py")


@pytest.mark.parametrize(
    "name", ["with space", "new\nline", 'q"u:o\\te', "caf\udce9", "#;$HOME", "-x"]
)
def test_repositories_in_odd_places(tmp_path: Path, name: str) -> None:
    bench = Workbench.create(tmp_path / name / "r")
    bench.commit({"pkg/a.py": b"one = 1\n", "pkg/b.py": b"two = 2\n"})
    with series(bench.path) as built:
        text = show(built)
    published = publish_series(bench.path)
    assert bench.git("log", "-p", "--reverse", "main..codemods/x") == text
    assert published.state is State.CREATED
    bench.check()
