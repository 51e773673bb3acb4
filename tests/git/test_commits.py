"""Commits hold exactly the bytes given, in every kind of repository, and nothing else changes."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemods.git.authorship import read_authorship
from codemods.git.branches import publish
from codemods.git.commits import Draft, build_series
from codemods.git.history import read_commits
from codemods.git.messages import Trailers, build_message, parse_trailers
from codemods.git.preview import show
from codemods.git.repository import open_repository
from codemods.git.revision import Revision
from codemods.git.workshop import Workshop
from tests.git.series import TWO, publish_series, series
from tests.git.workbench import DATE, Workbench, has, paths, use_ssh


def contents(bench: Workbench, commit: str) -> dict[str, bytes]:
    """Return the files of a commit by an independent way."""
    names = bench.git("ls-tree", "-r", "-z", "--name-only", commit).split(b"\0")[:-1]
    return {
        os.fsdecode(name): bench.git("cat-file", "blob", f"{commit}:{os.fsdecode(name)}")
        for name in names
    }


def test_commits_are_as_given(bench: Workbench) -> None:
    before = contents(bench, "HEAD")
    published = publish_series(bench.path)
    first, second = published.commits
    assert contents(bench, first) == before | {
        "pkg/a.py": b"one = 11\n",
        "pkg/new.py": b"new = 1\n",
    }
    after = contents(bench, second)
    assert after == {
        "README.md": b"read\n",
        "pkg/a.py": b"one = 111\n",
        "pkg/new.py": b"new = 1\n",
    }
    form = "--format=%P|%an <%ae>|%aI|%cn <%ce>|%cI|%B"
    who = "Ada Lovelace <ada@example.org>|2024-02-29T12:00:00+01:00"
    base = bench.text("rev-parse", "main")
    assert bench.text("log", "-1", form, first) == f"{base}|{who}|{who}|first: change a\n\nWhy."
    assert bench.text("log", "-1", form, second) == f"{first}|{who}|{who}|second: change a again"
    assert bench.text("rev-parse", "codemods/x") == second
    bench.check()


def test_repeating_gives_the_same_ids(bench: Workbench, tmp_path: Path) -> None:
    clone = bench.clone(tmp_path / "clone")
    assert publish_series(bench.path).commits == publish_series(clone.path).commits
    later = publish_series(clone.path, branch="later", date="2024-03-01")
    assert later.commits != publish_series(bench.path).commits


def test_building_writes_nothing_into_the_repository(bench: Workbench) -> None:
    before = bench.state()
    with series(bench.path) as built:
        assert len(built.commits) == 2
        assert bench.state() == before
        folder = Path(built.environment["GIT_OBJECT_DIRECTORY"]).parent
        assert folder.is_dir()
    assert not folder.exists()
    assert bench.state() == before


def test_publishing_touches_neither_files_nor_index_nor_head(bench: Workbench) -> None:
    bench.write({"pkg/a.py": b"dirty\n", "untracked": b"x"})
    bench.git("add", "pkg/a.py")
    before = bench.state()
    publish_series(bench.path)
    after = bench.state()
    new = {name for name in after if after[name] != before.get(name)}
    assert all(
        name.startswith((".git/objects/", ".git/refs/heads/codemods", ".git/logs/refs/heads/code"))
        for name in new
    )
    assert set(before) <= set(after)


def test_modes(bench: Workbench) -> None:
    bench.write({"tool.py": b"#!x\n"})
    (bench.path / "tool.py").chmod(0o755)
    (bench.path / "link").symlink_to("pkg/a.py")
    bench.commit()
    new = PurePosixPath("bin/run")
    draft = Draft(
        b"m",
        {PurePosixPath("tool.py"): b"#!y\n", new: b"#!z\n", PurePosixPath("c.py"): b"c\n"},
        executable=frozenset({new}),
    )
    tip = publish_series(bench.path, (draft,)).commits[-1]
    listing = bench.text("ls-tree", "-r", "--format=%(objectmode) %(path)", tip).splitlines()
    assert listing == [
        "100644 README.md",
        "100755 bin/run",
        "100644 c.py",
        "120000 link",
        "100644 pkg/a.py",
        "100644 pkg/b.py",
        "100755 tool.py",
    ]


_NAMES = st.binary(min_size=1, max_size=8).filter(
    lambda name: b"/" not in name and b"\0" not in name and name not in (b".", b"..", b".git")
)


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    """A repository that no example changes."""
    bench = Workbench.create(tmp_path_factory.mktemp("names") / "r")
    bench.commit({"a.py": b"x\n"})
    return bench


@settings(max_examples=30)  # each builds a commit
@given(st.dictionaries(_NAMES, st.binary(max_size=20), min_size=1, max_size=4))
def test_any_name_and_any_bytes(one: Workbench, files: dict[bytes, bytes]) -> None:
    given_files = {PurePosixPath("d", os.fsdecode(name)): data for name, data in files.items()}
    with series(one.path, (Draft(b"m", given_files),)) as built:
        listing = built.repository.run(
            *("ls-tree", "-r", "-z", "--name-only", "--full-tree", built.tip, "d/"),
            environment=built.environment,
        )
        assert set(listing.split(b"\0")[:-1]) == {b"d/" + name for name in files}
        for path, data in given_files.items():
            blob = f"{built.tip}:{path}"
            found = built.repository.run("cat-file", "blob", blob, environment=built.environment)
            assert found == data


def test_no_filter_and_no_line_ending_conversion(bench: Workbench) -> None:
    bench.commit({".gitattributes": b"*.py text eol=crlf filter=up ident\n"})
    bench.git("config", "core.autocrlf", "true")
    bench.git("config", "filter.up.clean", "tr a-z A-Z")
    data = b"a\r\nb\n$Id$\r\n"
    tip = publish_series(bench.path, (Draft(b"m", {PurePosixPath("c.py"): data}),)).commits[-1]
    assert bench.git("cat-file", "blob", f"{tip}:c.py") == data


def test_messages_are_kept_byte_for_byte(bench: Workbench) -> None:
    bench.git("config", "i18n.commitEncoding", "ISO-8859-1")
    message = "ünï: code\n\n# no comment\n\ntrailing space \n\n\n".encode()
    tip = publish_series(bench.path, (Draft(message, {PurePosixPath("c"): b""}),)).commits[-1]
    raw = bench.git("cat-file", "commit", tip)
    assert raw.endswith(b"\n\n" + message)
    assert b"\nencoding " not in raw


def test_what_can_not_be_committed(bench: Workbench) -> None:
    (bench.path / "link").symlink_to("pkg")
    bench.commit()
    wrong: list[tuple[dict[str, bytes | None], str]] = [
        ({"link": b"x"}, "link is no regular file"),
        ({"absent": None}, "can't be deleted"),
        ({"/etc/passwd": b""}, "no path for a new file"),
        ({"a/../../b": b""}, "no path for a new file"),
        ({".GIT/config": b""}, "no path for a new file"),
        ({"pkg": b""}, "a folder or file is in its place"),
        ({"pkg/a.py/b": b""}, "a folder or file is in its place"),
        ({"link/b": b""}, "a folder or file is in its place"),
        ({"pkg/a.py": b"one = 1\n"}, "a commit changes nothing: b'm'"),
        ({}, "changes nothing"),
    ]
    for files, complaint in wrong:
        draft = Draft(b"m", {PurePosixPath(name): data for name, data in files.items()})
        with pytest.raises(ValueError, match=complaint), series(bench.path, (draft,)):
            pass
    with pytest.raises(ValueError, match="at least one"), series(bench.path, ()):
        pass


def test_base_need_not_be_head(bench: Workbench) -> None:
    base = bench.text("rev-parse", "HEAD")
    bench.commit({"pkg/a.py": b"later\n"})
    published = publish_series(bench.path, base="HEAD~1")
    assert bench.text("rev-parse", f"{published.commits[0]}^") == base


def test_more_objects_than_are_taken_apart(bench: Workbench) -> None:
    files = {PurePosixPath(f"many/{number}.py"): b"%d\n" % number for number in range(150)}
    tip = publish_series(bench.path, (Draft(b"m", dict(files)),)).commits[-1]
    assert len(contents(bench, tip)) == 153
    assert len(list((bench.path / ".git/objects/pack").glob("*.pack"))) == 1
    assert not list((bench.path / ".git/objects/pack").glob("*.keep"))
    bench.check()


def _kinds(bench: Workbench, folder: Path) -> dict[str, Workbench]:
    bench.commit({"pkg/a.py": b"one = 1\n", "new\nl\udce9ne.py": b"x\n"})
    kinds = {
        "bare": bench.clone(folder / "bare.git", "--bare"),
        "shallow": bench.clone(folder / "shallow", "--depth=1"),
        "partial": bench.clone(folder / "partial", "--filter=blob:none", "--no-checkout"),
        "treeless": bench.clone(folder / "treeless", "--filter=tree:0", "--bare"),
        "packed": bench.clone(folder / "packed"),
        "borrowing": bench.clone(folder / "borrowing: a", "--shared"),
    }
    kinds["packed"].git("gc", "--quiet")
    kinds["packed"].git("worktree", "add", "--quiet", "-b", "side", str(folder / "linked"))
    kinds["linked"] = Workbench(folder / "linked")
    detached = kinds["detached"] = bench.clone(folder / "detached")
    detached.git("checkout", "--quiet", "--detach")
    sha256 = kinds["sha256"] = Workbench.create(folder / "sha256", "--object-format=sha256")
    sha256.commit({"pkg/a.py": b"one = 1\n", "pkg/b.py": b"two = 2\n"})
    rebasing = kinds["rebasing"] = bench.clone(folder / "rebasing")
    rebasing.git("checkout", "--quiet", "-b", "other")
    rebasing.commit({"pkg/a.py": b"other\n"})
    rebasing.git("checkout", "--quiet", "main")
    rebasing.commit({"pkg/a.py": b"mine\n"})
    with pytest.raises(AssertionError):
        rebasing.git("rebase", "other")
    return kinds


def test_every_kind_of_repository(bench: Workbench, tmp_path: Path) -> None:
    for kind, made in _kinds(bench, tmp_path / "kinds").items():
        head = made.text("rev-parse", "HEAD")
        refs = made.text("for-each-ref")
        with series(made.path) as built:
            preview = show(built)
        assert made.text("for-each-ref") == refs, kind
        published = publish_series(made.path)
        assert made.text("rev-parse", "HEAD", f"{published.commits[0]}^").split() == [head] * 2
        assert made.git("log", "-p", "--reverse", f"{head}..codemods/x") == preview, kind
        made.check()


def test_records(bench: Workbench) -> None:
    commits = publish_series(bench.path).commits
    with open_repository(bench.path) as repository:
        records = read_commits(repository, "main..codemods/x")
        assert tuple(record.id for record in records) == commits
        assert [record.message for record in records] == [draft.message for draft in TWO]
        assert records[1].parents == (commits[0],)
        assert records[0].author == b"Ada Lovelace <ada@example.org> 1709204400 +0100"
        assert not records[0].signed
        assert read_commits(repository, "codemods/x", limit=1) == records[1:]
        assert read_commits(repository, "main..main") == ()


def test_a_series_on_a_revision_that_was_read(bench: Workbench) -> None:
    with open_repository(bench.path) as repository:
        revision = Revision(repository)
        found = revision.search([b"one"])
        files = {p: d.replace(b"one", b"uno") for p, d in revision.read(found).items()}
        authorship = read_authorship(repository)
        with Workshop(repository) as workshop:
            built = build_series(revision, [Draft(b"m", files)], authorship, workshop)
            assert built.base == revision.commit
    assert list(found) == paths("pkg/a.py")


@pytest.mark.parametrize(
    "sign",
    [
        False,
        pytest.param(True, marks=pytest.mark.skipif(not has("ssh-keygen"), reason="no ssh-keygen")),
    ],
)
def test_a_last_commit_that_names_the_others(bench: Workbench, tmp_path: Path, sign: bool) -> None:
    if sign:
        use_ssh(bench, tmp_path)

    def closing(ids: tuple[str, ...]) -> Draft:
        lines = "".join(f"{commit}\n" for commit in ids)
        return Draft(b"ignore\n", {PurePosixPath(".git-blame-ignore-revs"): lines.encode()})

    with open_repository(bench.path) as repository:
        base = Revision(repository)
        authorship = read_authorship(repository, DATE)
        with Workshop(repository) as workshop:
            built = build_series(base, TWO, authorship, workshop, sign=sign, closing=closing)
            assert publish(built, "codemods/x").commits == built.commits
            assert len(show(built).split(b"\ncommit ")) == 3
    first, second, third = built.commits
    assert bench.text("rev-list", "--reverse", "main..codemods/x").split() == [*built.commits]
    assert contents(bench, third)[".git-blame-ignore-revs"].decode().split() == [first, second]
    bench.check()
    assert bench.text("fsck", "--unreachable") == ""


def test_a_commit_tells_how_to_make_it_again(bench: Workbench) -> None:
    base = bench.text("rev-parse", "HEAD")
    trailers = Trailers(
        "utcnow", "codemods 0.1.0", base, {"style": "naïve"}, without=("a.py:1:1:x",)
    )
    message = build_message("utcnow: x", ["# Why.", "---"], trailers)
    publish_series(bench.path, (Draft(message, {PurePosixPath("pkg/a.py"): b"x\n"}),))
    with open_repository(bench.path) as repository:
        (record,) = read_commits(repository, "main..codemods/x")
    assert parse_trailers(record.message) == trailers
    form = "--format=%(trailers:key=Codemod-Base,valueonly)"
    assert bench.text("log", "-1", form, "codemods/x") == base
    # Editing the message as `git rebase --interactive` does keeps it whole.
    bench.git("checkout", "--quiet", "codemods/x")
    bench.git("commit", "--quiet", "--amend", "--edit", GIT_EDITOR="true")
    assert bench.git("log", "-1", "--format=%B").rstrip() == message.rstrip()


LARGE = {
    PurePosixPath("pkg/a.py"): b"x = 1\n" * 40_000,
    PurePosixPath("new.py"): b"",
    PurePosixPath("pkg/c.py"): b"y = 2\r\n" * 40_000,
}
SUPERFLUOUS = b"z" * 300_000


@pytest.mark.parametrize("stored", [[], [*LARGE.values()], [*LARGE.values(), SUPERFLUOUS]])
def test_files_that_were_stored_ahead(bench: Workbench, stored: list[bytes]) -> None:
    drafts = (Draft(b"one\n", LARGE), Draft(b"two\n", {PurePosixPath("new.py"): b"later\n"}))
    with series(bench.path, drafts) as plain:
        commits = plain.commits
    with open_repository(bench.path) as repository, Workshop(repository) as workshop:
        workshop.store_ahead(stored)
        workshop.store_ahead(stored[:1])
        author = read_authorship(repository, DATE)
        built = build_series(Revision(repository), drafts, author, workshop)
        publish(built, "codemods/x")
    assert built.commits == commits
    found = contents(bench, commits[0])
    assert {path: found[str(path)] for path in LARGE} == LARGE
    bench.check()
    assert bench.text("fsck", "--unreachable") == ""


def test_a_workshop_leaves_nothing(bench: Workbench, tmp_path: Path) -> None:
    with open_repository(bench.path) as repository:
        with Workshop(repository) as workshop:
            workshop.store_ahead([SUPERFLUOUS * 9])
            folder, _ = workshop.place
            assert folder.is_dir()
        assert not folder.exists()
