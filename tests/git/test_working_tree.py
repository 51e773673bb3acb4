"""A working tree reads like a revision, and nothing is reached through a symbolic link."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import pytest

from codemods.engine.files import Files
from codemods.git.errors import GitError
from codemods.git.repository import open_repository
from codemods.git.working_tree import WorkingTree, dirty_paths
from tests.git.workbench import Workbench, paths


def test_tracked_files_as_they_are_now(bench: Workbench) -> None:
    bench.commit({"gone.py": b"needle\n", "caf\udce9.py": b"needle\n"})
    bench.write({"pkg/a.py": b"needle\n", "untracked.py": b"needle\n", "staged.py": b"needle\n"})
    bench.git("add", "staged.py")
    (bench.path / "gone.py").unlink()
    with open_repository(bench.path / "pkg") as repository:
        tree: Files = WorkingTree(repository)
        expected = paths("README.md", "caf\udce9.py", "pkg/a.py", "pkg/b.py", "staged.py")
        assert tree.paths == tuple(expected)
        found = tree.search(frozenset({b"needle"}))
        assert found == frozenset(paths("caf\udce9.py", "pkg/a.py", "staged.py"))
        assert tree.read(paths("pkg/a.py", "untracked.py")) == {expected[2]: b"needle\n"}
        assert WorkingTree(repository).searching(("d.py",)).search([b"needle"]) == {expected[4]}


def test_links_are_not_followed(bench: Workbench, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.py").write_bytes(b"secret\n")
    (bench.path / "pkg" / "a.py").unlink()
    (bench.path / "pkg" / "b.py").unlink()
    (bench.path / "pkg").rmdir()
    (bench.path / "pkg").symlink_to(outside)
    (bench.path / "README.md").unlink()
    (bench.path / "README.md").symlink_to(outside / "a.py")
    with open_repository(bench.path) as repository:
        assert WorkingTree(repository).paths == ()


def test_a_link_that_appears_later_is_not_followed(bench: Workbench, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret\n")
    with open_repository(bench.path) as repository:
        tree = WorkingTree(repository)
        (bench.path / "README.md").unlink()
        (bench.path / "README.md").symlink_to(tmp_path / "secret")
        assert tree.search([b"secret"]) == frozenset(paths("README.md"))
        assert tree.read(paths("README.md")) == {}
        assert list(tree.unreadable) == paths("README.md")


def test_files_marked_as_unchanged_are_read_from_the_disk(bench: Workbench) -> None:
    bench.git("update-index", "--assume-unchanged", "pkg/a.py")
    bench.write({"pkg/a.py": b"needle\n"})
    with open_repository(bench.path) as repository:
        assert WorkingTree(repository).search([b"needle"]) == frozenset(paths("pkg/a.py"))
        assert dirty_paths(repository) == frozenset(paths("pkg/a.py"))


def test_dirty_paths(bench: Workbench) -> None:
    odd = "new\nl\udce9ne.py"
    bench.commit({odd: b"x\n", "staged.py": b"x\n", "gone.py": b"x\n", "touched.py": b"x\n"})
    bench.write({odd: b"y\n", "staged.py": b"y\n", "untracked.py": b"y\n"})
    bench.git("add", "staged.py")
    bench.git("rm", "--quiet", "gone.py")
    os.utime(bench.path / "touched.py", (1, 1))
    before = bench.state()
    with open_repository(bench.path / "pkg") as repository:
        expected = {PurePosixPath(name) for name in (odd, "staged.py", "gone.py")}
        assert dirty_paths(repository) == expected
    assert bench.state() == before


def test_conflicts_are_dirty(bench: Workbench) -> None:
    bench.git("checkout", "--quiet", "-b", "side")
    bench.commit({"pkg/a.py": b"side\n"})
    bench.git("checkout", "--quiet", "main")
    bench.commit({"pkg/a.py": b"main\n"})
    with pytest.raises(AssertionError):
        bench.git("merge", "side")
    with open_repository(bench.path) as repository:
        assert dirty_paths(repository) == frozenset(paths("pkg/a.py"))
        assert PurePosixPath("pkg/a.py") in WorkingTree(repository).paths


def test_filters_do_not_run(bench: Workbench) -> None:
    trace = bench.path.parent / "ran"
    bench.commit({".gitattributes": b"*.py filter=spy\n"})
    bench.git("config", "filter.spy.clean", f"touch {trace}; cat")
    bench.git("config", "filter.spy.process", f"touch {trace}; false")
    bench.git("config", "filter.spy.required", "true")
    bench.write({"pkg/a.py": b"other\n"})
    with open_repository(bench.path) as repository:
        assert dirty_paths(repository) == frozenset(paths("pkg/a.py"))
    assert not trace.exists()


def test_a_bare_repository_has_none(bench: Workbench, tmp_path: Path) -> None:
    bare = bench.clone(tmp_path / "bare.git", "--bare")
    with open_repository(bare.path) as repository:
        for ask in (WorkingTree, dirty_paths):
            with pytest.raises(GitError, match="is bare and has no working tree"):
                ask(repository)
