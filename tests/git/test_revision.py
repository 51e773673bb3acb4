"""A revision is read in bulk, byte for byte, whatever the files are called."""

from __future__ import annotations

import os
import shutil
from pathlib import Path, PurePosixPath
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemods.engine.files import Files
from codemods.git import checkout
from codemods.git import revision as revisions
from codemods.git.checkout import read_same
from codemods.git.errors import GitError
from codemods.git.repository import open_repository
from codemods.git.revision import Revision, check_needles
from tests.git.processes import start, wait
from tests.git.workbench import Workbench, paths

ODD = [os.fsdecode(b"caf\xe9.py"), "new\nline.py", 'quo"te.py', "tab\t.py", "ünï.py", " s .py"]


def test_a_revision_is_files() -> None:
    """The type checker looks at this."""

    def takes(files: Files) -> Files:
        return files

    assert takes.__annotations__
    _: type[Files] = Revision


def test_kinds_of_entries_are_told_apart(bench: Workbench) -> None:
    (bench.path / "link.py").symlink_to("pkg/a.py")
    (bench.path / "tool.py").write_bytes(b"#!x\n")
    (bench.path / "tool.py").chmod(0o755)
    head = bench.text("rev-parse", "HEAD")
    bench.git("update-index", "--add", "--cacheinfo", f"160000,{head},vendored")
    bench.git("add", "link.py", "tool.py")
    bench.git("commit", "--quiet", "-m", "kinds")
    with open_repository(bench.path) as repository:
        revision = Revision(repository)
        assert revision.paths == tuple(paths("README.md", "pkg/a.py", "pkg/b.py", "tool.py"))
        assert revision.symlinks == tuple(paths("link.py"))
        assert revision.submodules == tuple(paths("vendored"))
        assert revision.entries[PurePosixPath("tool.py")].mode == "100755"
        assert revision.read(paths("link.py", "vendored", "tool.py", "absent")) == {
            PurePosixPath("tool.py"): b"#!x\n"
        }
        assert revision.search([b"pkg/a", b"#!"]) == frozenset(paths("tool.py"))


def test_odd_names(bench: Workbench) -> None:
    bench.commit({name: name.encode(errors="surrogateescape") for name in ODD})
    with open_repository(bench.path) as repository:
        revision = Revision(repository)
        assert set(paths(*ODD)) < set(revision.paths)
        assert list(revision.paths) == sorted(revision.paths)
        assert revision.read(paths(*ODD)) == {
            PurePosixPath(name): os.fsencode(name) for name in ODD
        }
        assert revision.search([b".py"]) == frozenset(paths(*ODD))
        assert revision.search([b"caf\xe9"]) == frozenset(paths(ODD[0]))


def test_read_from_a_subfolder_and_from_an_older_commit(bench: Workbench) -> None:
    bench.commit({"pkg/a.py": b"changed\n"})
    with open_repository(bench.path / "pkg") as repository:
        revision = Revision(repository, "HEAD~1").searching((".py",))
        assert revision.search([b"one"]) == frozenset(paths("pkg/a.py"))
        assert revision.read(paths("pkg/a.py"))[PurePosixPath("pkg/a.py")] == b"one = 1\n"


def test_uncommitted_changes_are_not_seen(bench: Workbench) -> None:
    bench.write({"pkg/a.py": b"dirty\n", "new.py": b"dirty\n"})
    with open_repository(bench.path) as repository:
        assert Revision(repository).search([b"dirty"]) == frozenset()


def test_replacements_are_not_followed(bench: Workbench) -> None:
    old = bench.text("rev-parse", "HEAD:pkg/a.py")
    new = bench.text("rev-parse", "HEAD:pkg/b.py")
    bench.git("replace", old, new)
    with open_repository(bench.path) as repository:
        assert Revision(repository).search([b"one"]) == frozenset(paths("pkg/a.py"))
        assert Revision(repository).search([b"two"]) == frozenset(paths("pkg/b.py"))


def test_attributes_and_settings_hide_nothing(bench: Workbench) -> None:
    files = {"a.py": b"needle\n", "b.py": b"\0\0needle", "c.py": b"NEEDLE\r\n", "d.py": b"n.edle"}
    bench.commit({**files, ".gitattributes": b"*.py binary -diff -text diff=x export-ignore\n"})
    for key, value in (
        ("grep.patternType", "perl"),
        ("grep.fullName", "false"),
        ("grep.lineNumber", "true"),
        ("color.ui", "always"),
        ("diff.x.textconv", "rev"),
        ("submodule.recurse", "true"),
        ("core.quotePath", "false"),
    ):
        bench.git("config", key, value)
    with open_repository(bench.path) as repository:
        revision = Revision(repository)
        assert revision.search([b"needle"]) == frozenset(paths("a.py", "b.py"))
        assert revision.read(paths(*files)) == {PurePosixPath(k): v for k, v in files.items()}


def test_suffixes_are_literal(bench: Workbench) -> None:
    bench.commit({"x.py": b"n\n", "x.pyi": b"n\n", "x[ab]": b"n\n", "xa": b"n\n", "x*": b"n\n"})
    with open_repository(bench.path) as repository:
        revision = Revision(repository).searching((".py",))
        assert revision.search([b"n"]) == frozenset(paths("x.py", "pkg/a.py"))
        revision = Revision(repository).searching(("[ab]", "*"))
        assert revision.search([b"n\r", b"n"]) == frozenset(paths("x[ab]", "x*"))


@pytest.mark.parametrize("needle", [b"", b"a\nb", b"a\0b"])
def test_what_is_no_needle(needle: bytes) -> None:
    with pytest.raises(ValueError, match="can't be a needle"):
        check_needles([b"fine", needle])


def test_many_needles_and_a_git_without_perl(bench: Workbench) -> None:
    needles = [b"absent %d" % number for number in range(1000)]
    other = (("--no-such-dialect", str, "("), revisions._DIALECTS[1])
    with open_repository(bench.path) as repository:
        revision = Revision(repository)
        expected = frozenset(paths("pkg/b.py"))
        assert revision.search([*needles, b"two = 2"]) == expected
        with patch.object(revisions, "_DIALECTS", other):
            assert revision.search([*needles, b"two = 2"]) == expected
        with patch.object(revisions, "_DIALECTS", other[:1]), pytest.raises(GitError):
            revision.search(needles)


def test_no_needles_find_nothing(bench: Workbench) -> None:
    with open_repository(bench.path) as repository:
        assert Revision(repository).search([]) == frozenset()
        assert Revision(repository).read([]) == {}


_ALPHABET = st.sampled_from(
    [b"a", b"B", b".", b"*", b"\\", b"[", b"\xc3\xa9", b"\xff", b"\r", b"-"]
)
_NEEDLE = st.lists(_ALPHABET, min_size=1, max_size=3).map(b"".join)
_CONTENT = st.lists(st.one_of(_ALPHABET, st.sampled_from([b"\n", b"\0", b"b"]))).map(b"".join)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    """A repository whose only branch each example writes anew."""
    return Workbench.create(tmp_path_factory.mktemp("search") / "r")


@pytest.mark.parametrize("dialect", [0, 1])
@given(
    contents=st.lists(_CONTENT, min_size=1, max_size=8),
    needles=st.frozensets(_NEEDLE, min_size=1, max_size=4),
)
@settings(max_examples=60)
def test_search_agrees_with_in(
    scratch: Workbench, dialect: int, contents: list[bytes], needles: frozenset[bytes]
) -> None:
    stream = b"".join(
        b"M 100644 inline %d.py\ndata %d\n%s\n" % (number, len(data), data)
        for number, data in enumerate(contents)
    )
    scratch.git(
        *("fast-import", "--quiet", "--force"),
        stdin=b"commit refs/heads/x\ncommitter A <a> 1 +0000\ndata 0\ndeleteall\n" + stream,
    )
    only = (revisions._DIALECTS[dialect],)
    with open_repository(scratch.path) as repository, patch.object(revisions, "_DIALECTS", only):
        revision = Revision(repository, "x")
        expected = {
            PurePosixPath(f"{number}.py")
            for number, data in enumerate(contents)
            if any(needle in data for needle in needles)
        }
        assert revision.search(needles) == expected
        assert Revision(repository, "x").searching((".py",)).search(needles) == expected
        assert list(revision.read(revision.paths).values()) == contents


def test_partial_clone_gets_what_is_missing_in_one_request(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.commit({f"f{n}.py": b"needle %d\n" % n for n in range(20)} | {"big.bin": b"needle"})
    partial = bench.clone(tmp_path / "partial", "--filter=blob:none", "--no-checkout")
    log = tmp_path / "packets"
    monkeypatch.setenv("GIT_TRACE", str(log))
    with open_repository(partial.path) as repository:
        assert repository.promisor == "origin"
        revision = Revision(repository).searching((".py",))
        found = revision.search([b"needle"])
        assert len(found) == 20
        assert len(revision.read(found)) == 20
    fetches = [line for line in log.read_text().splitlines() if "built-in: git fetch" in line]
    assert len(fetches) == 1
    missing = partial.text("rev-list", "--objects", "--missing=print", "HEAD")
    assert missing.count("?") == 2  # README.md and big.bin were not needed


def test_clone_without_trees(bench: Workbench, tmp_path: Path) -> None:
    bench.commit({"deep/er/x.py": b"needle\n"})
    partial = bench.clone(tmp_path / "partial", "--filter=tree:0", "--bare")
    with open_repository(partial.path) as repository:
        assert Revision(repository).search([b"needle"]) == frozenset(paths("deep/er/x.py"))


def test_partial_clone_whose_remote_is_gone(bench: Workbench, tmp_path: Path) -> None:
    partial = bench.clone(tmp_path / "partial", "--filter=blob:none", "--no-checkout")
    away = bench.path.rename(tmp_path / "away")
    with open_repository(partial.path) as repository, pytest.raises(GitError) as caught:
        Revision(repository).read(paths("pkg/a.py"))
    message = caught.value.message
    assert "1 objects that are needed are missing from the partial clone" in message
    command = message.rpartition("run: git ")[2]
    shutil.move(away, bench.path)
    partial.git(*command.split())
    with open_repository(partial.path) as repository:
        shutil.move(bench.path, away)
        assert len(Revision(repository).read(paths("pkg/a.py"))) == 1


def test_a_remote_that_lets_nobody_in(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    partial = bench.clone(tmp_path / "partial", "--filter=blob:none", "--no-checkout")
    partial.git("remote", "set-url", "origin", "ssh://git@host.invalid/r.git")
    monkeypatch.setenv("GIT_SSH_COMMAND", "echo 'git@host: Permission denied (publickey).' >&2; :")
    with open_repository(partial.path) as repository, pytest.raises(GitError) as caught:
        Revision(repository).read(paths("pkg/a.py"))
    message = caught.value.message
    assert "'origin' did not give them (git@host: Permission denied (publickey)." in message


def test_many_readings_take_one_process(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = {f"{number}.py": b"x" * 997 * number for number in range(250)}
    bench.commit(contents)
    bare = bench.clone(tmp_path / "bare", "--bare")
    log = tmp_path / "trace"
    monkeypatch.setenv("GIT_TRACE", str(log))

    def read() -> None:
        with open_repository(bare.path) as repository:
            revision = Revision(repository)
            for path in revision.paths[:3]:
                assert list(revision.read([path])) == [path]
            everything = revision.read(revision.paths)
            assert {k: everything[PurePosixPath(k)] for k in contents} == contents
        with pytest.raises(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)

    assert wait(start(read)) == 0
    assert log.read_text().count("git cat-file") == 1


def test_a_file_is_read_once_while_there_is_room(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.commit({"small.py": b"small", "large.py": b"large" * 100})
    read: list[str] = []

    def spy(file: Path, object_id: str, object_format: str) -> bytes | None:
        read.append(file.name)
        return read_same(file, object_id, object_format)

    monkeypatch.setattr(checkout, "read_same", spy)
    monkeypatch.setattr(revisions, "_MOST_KEPT", 100)
    with open_repository(bench.path) as repository:
        revision = Revision(repository)
        for one in (revision, revision.searching((".py",)), revision):
            wanted = paths("large.py", "small.py")
            assert list(one.read(wanted).values()) == [b"large" * 100, b"small"]
    assert sorted(read) == ["large.py"] * 3 + ["small.py"]


def test_a_damaged_repository_is_named(bench: Workbench) -> None:
    blob = bench.text("rev-parse", "HEAD:pkg/a.py")
    (bench.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with open_repository(bench.path) as repository:
        assert list(Revision(repository).read(paths("pkg/a.py"))) == paths("pkg/a.py")
        (bench.path / "pkg" / "a.py").unlink()
        with pytest.raises(GitError, match=f"^pkg/a.py: the object {blob} .* run git fsck"):
            Revision(repository).read(paths("pkg/a.py"))
        # Git's own search would pass over the object and find the others.
        with pytest.raises(GitError, match=f"^pkg/a.py: the object {blob} .* run git fsck"):
            Revision(repository).search([b"needle"])


def test_something_else_is_done_while_git_searches(bench: Workbench) -> None:
    calls: list[str] = []
    with open_repository(bench.path) as repository:
        revision = Revision(repository)
        revision.expect_entries()
        assert revision.search([b"one"], lambda: calls.append("disk")) == {
            PurePosixPath("pkg/a.py")
        }
        assert revision.search([b"one\r"], lambda: calls.append("commit")) == frozenset()
    assert calls == ["disk", "commit"]


def test_what_is_found_is_read_while_git_compares(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_repository(bench.path) as repository:
        revision = Revision(repository)
        found = revision.search([b"one"])
        bench.write({"pkg/a.py": b"changed afterwards\n"})
        monkeypatch.setattr(repository.objects, "read", None)  # nothing need be unpacked
        assert revision.read(found) == {PurePosixPath("pkg/a.py"): b"one = 1\n"}
