"""A search on the disk finds what is in the commit, whatever the checkout has become."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from codemods.git import checkout
from codemods.git.repository import Repository, open_repository
from codemods.git.revision import Revision
from tests.git.workbench import Workbench

FILES = {
    "a.py": b"needle = 1\n",
    "b.py": b"x = 1\n",
    "pkg/c.py": b"import needle\n",
    "new\nl\udce9ne.py": b"needle\n",
    "notes.txt": b"needle\n",
}
HOLDERS = frozenset(PurePosixPath(name) for name in ("a.py", "pkg/c.py", "new\nl\udce9ne.py"))


@pytest.fixture
def bench(bench: Workbench) -> Workbench:
    bench.commit(FILES)
    return bench


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What each search looked at: nothing for the disk, or a commit, and pathspecs."""
    found: list[tuple[str, ...]] = []
    grep = Revision._grep

    def spy(
        revision: Revision,
        needles: tuple[bytes, ...],
        commit: str | None,
        specs: list[str],
        meanwhile: Callable[[], object],
    ) -> frozenset[str]:
        found.append((*([commit] if commit else []), *specs))
        return grep(revision, needles, commit, specs, meanwhile)

    monkeypatch.setattr(Revision, "_grep", spy)
    return found


def search(repository: Repository, revision: str = "HEAD") -> frozenset[PurePosixPath]:
    return Revision(repository, revision).searching((".py",)).search([b"needle"])


def test_only_the_disk_is_searched_where_it_is_the_commit(
    bench: Workbench, searched: list[tuple[str, ...]]
) -> None:
    with open_repository(bench.path / "pkg") as repository:
        assert search(repository) == HOLDERS
    assert searched == [(":(top)*.py",)]


def _changed(bench: Workbench) -> None:
    bench.write({"a.py": b"x = 1\n", "b.py": b"needle\n"})


def _staged(bench: Workbench) -> None:
    bench.write({"a.py": b"x = 1\n", "b.py": b"needle\n", "staged.py": b"needle\n"})
    bench.git("add", "--all")


def _staged_and_put_back(bench: Workbench) -> None:
    _staged(bench)
    bench.write({"a.py": FILES["a.py"], "b.py": FILES["b.py"]})


def _unstaged(bench: Workbench) -> None:
    bench.git("rm", "--quiet", "--cached", "a.py")


def _gone(bench: Workbench) -> None:
    (bench.path / "a.py").unlink()


def _renamed(bench: Workbench) -> None:
    bench.git("mv", "a.py", "renamed.py")


def _assumed_unchanged(bench: Workbench) -> None:
    bench.git("update-index", "--assume-unchanged", "a.py", "b.py")
    _changed(bench)


def _not_checked_out(bench: Workbench) -> None:
    bench.git("update-index", "--skip-worktree", "a.py")
    (bench.path / "a.py").unlink()


def _same_time_and_size(bench: Workbench) -> None:
    # Written right after the index, so that only the content tells.
    bench.git("update-index", "--refresh")
    before = (bench.path / "a.py").stat()
    bench.write({"a.py": b"noodle = 1\n"})
    os.utime(bench.path / "a.py", ns=(before.st_atime_ns, before.st_mtime_ns))


def _a_link(bench: Workbench) -> None:
    (bench.path / "b.py").unlink()
    (bench.path / "b.py").symlink_to("a.py")


def _on_another_commit(bench: Workbench) -> None:
    bench.commit({"a.py": b"x = 1\n", "b.py": b"needle\n", "d.py": b"needle\n"})
    bench.git("tag", "later")
    bench.git("checkout", "--quiet", "--detach", "later")


@pytest.mark.parametrize(
    "change",
    [
        _changed,
        _staged,
        _staged_and_put_back,
        _unstaged,
        _gone,
        _renamed,
        _assumed_unchanged,
        _not_checked_out,
        _same_time_and_size,
        _a_link,
        _on_another_commit,
    ],
)
@pytest.mark.parametrize("most", [0, 100])
def test_what_is_different_on_the_disk_is_searched_in_the_commit(
    bench: Workbench,
    change: Callable[[Workbench], None],
    most: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checkout, "_MOST_ELSEWHERE", most)
    base = bench.text("rev-parse", "HEAD")
    change(bench)
    with open_repository(bench.path) as repository:
        assert search(repository, base) == HOLDERS
        files = {PurePosixPath(name): data for name, data in FILES.items()}
        assert Revision(repository, base).read(files) == files


def _a_pipe(file: Path) -> None:
    os.mkfifo(file)


def _a_folder(file: Path) -> None:
    file.mkdir()


def _a_link_to_the_same(file: Path) -> None:
    file.with_name("same.py").write_bytes(FILES["a.py"])
    file.symlink_to("same.py")


def _other_ends_of_lines(file: Path) -> None:
    file.write_bytes(FILES["a.py"].replace(b"\n", b"\r\n"))


@pytest.mark.parametrize("replace", [_a_pipe, _a_folder, _a_link_to_the_same, _other_ends_of_lines])
@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_a_file_is_read_from_the_disk_if_it_is_the_same(
    tmp_path: Path,
    replace: Callable[[Path], None],
    object_format: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Workbench.create(tmp_path / "r", "--object-format", object_format)
    bench.commit(FILES)
    bench.git("gc", "--quiet")
    log = tmp_path / "trace"
    monkeypatch.setenv("GIT_TRACE", str(log))
    files = {PurePosixPath(name): data for name, data in FILES.items()}
    with open_repository(bench.path) as repository:
        assert Revision(repository).read(files) == files
    assert "git cat-file" not in log.read_text()
    (bench.path / "a.py").unlink()
    replace(bench.path / "a.py")
    with open_repository(bench.path) as repository:
        assert Revision(repository).read(files) == files
    assert log.read_text().count("git cat-file") == 1


def test_few_different_files_are_searched_alone(
    bench: Workbench, searched: list[tuple[str, ...]]
) -> None:
    _changed(bench)
    commit = bench.text("rev-parse", "HEAD")
    with open_repository(bench.path) as repository:
        search(repository)
    assert searched == [(":(top)*.py",), (commit, ":(top,literal)a.py", ":(top,literal)b.py")]


def test_a_file_in_another_encoding_or_behind_a_filter_is_searched_in_the_commit(
    bench: Workbench, searched: list[tuple[str, ...]]
) -> None:
    mark = bench.path / "ran"
    bench.git("config", "filter.lower.clean", f"touch {mark}; tr A-Z a-z")
    bench.git("config", "filter.lower.smudge", "tr a-z A-Z")
    rules = b"wide.py working-tree-encoding=UTF-16LE\nloud.py filter=lower\n"
    bench.commit({".gitattributes": rules})
    wide = "needle\n".encode("utf-16-le")
    commit = bench.commit({"wide.py": wide, "loud.py": b"NEEDLE\n"})
    mark.unlink()
    with open_repository(bench.path) as repository:
        assert search(repository) == HOLDERS | {PurePosixPath("wide.py"), PurePosixPath("loud.py")}
    assert searched[1:] == [(commit, ":(top,literal)loud.py", ":(top,literal)wide.py")]
    assert not mark.exists()


def test_a_carriage_return_is_looked_for_in_the_commit(bench: Workbench) -> None:
    bench.commit({".gitattributes": b"*.py text eol=crlf\n", "lines.py": b"needle\n"})
    (bench.path / "lines.py").unlink()
    bench.git("checkout", "--quiet", "lines.py")
    assert (bench.path / "lines.py").read_bytes() == b"needle\r\n"
    with open_repository(bench.path) as repository:
        assert Revision(repository).searching((".py",)).search([b"needle\r"]) == frozenset()


def test_what_can_not_be_read_is_searched_in_the_commit(bench: Workbench) -> None:
    (bench.path / "a.py").unlink()
    (bench.path / "a.py").mkdir()
    with open_repository(bench.path) as repository:
        assert search(repository) == HOLDERS
    (bench.path / ".git" / "index").write_bytes(b"no index")
    with open_repository(bench.path) as repository:
        assert search(repository) == HOLDERS
