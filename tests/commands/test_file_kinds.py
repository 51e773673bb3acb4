"""Every kind of file that can't be read: one ledger line with a reason, and the rest goes on."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.commands.conftest import Program
from tests.git.workbench import Workbench

ONLY = ("run", "--only", "toy")
SITE = b"x.shout(1)\n"
NEWER = {
    (3, 12): b"type A = int\n",
    (3, 13): b"class Box[T = int]: ...\n",
    (3, 14): b"try: 1\nexcept OSError, EOFError: 2\n",
}
AHEAD = {version: code for version, code in NEWER.items() if version > sys.version_info[:2]}


@pytest.fixture
def bench(program: Program, tmp_path: Path) -> Workbench:
    """A repository with one file that can be read."""
    bench = Workbench.create(tmp_path / "r")
    bench.commit({"good.py": SITE})
    return bench


def reasons(program: Program, bench: Workbench, *flags: str) -> dict[str, tuple[str, str]]:
    """Run on a revision, or as flags say; return reason and message by path."""
    done = program(*ONLY, "--json", *(flags or ("--check",)), cwd=bench.path)
    assert done.returncode in (0, 1), done.stderr
    document = json.loads(done.stdout)
    assert not document["failures"]
    sites = {site["path"]: (site["reason"], site["message"]) for site in document["sites"]}
    assert len(sites) == len(document["sites"])  # one line for each
    assert sites.pop("good.py")[0] == "toy/rewritten"
    return sites


@pytest.mark.parametrize("in_place", [False, True], ids=["commit", "in-place"])
@pytest.mark.parametrize(
    ("data", "reason", "message"),
    [
        pytest.param(
            *(b"\n\nx.shout('\xe9')\n", "undecodable"),
            "bad.py: byte 11 is not utf-8; add a coding line or convert it",
            id="undecodable",
        ),
        pytest.param(
            *(b"x.shout('\xe9')\n", "undecodable"),
            "bad.py: invalid or missing encoding declaration; add a coding line or convert it",
            id="undecodable-first-line",
        ),
        pytest.param(
            *(b"# coding: nonsense\nx.shout(1)\n", "undecodable"),
            "bad.py: unknown encoding: nonsense; correct its coding line",
            id="unknown-coding",
        ),
        pytest.param(
            *(b"x.shout(1\n", "unparsable"),
            "bad.py:1: '(' was never closed; correct it or exclude the file",
            id="unparsable",
        ),
        pytest.param(
            *(b"x.shout(1)\n\0", "unparsable"),
            "bad.py:2: it holds a NUL character; correct it or exclude the file",
            id="nul",
        ),
        pytest.param(
            *(b"x.shout(1)  # " + b"x" * 10_000_000 + b"\n", "too-large"),
            "bad.py: 10,000,015 bytes are more than the limit of 4,000,000; raise max-file-size in "
            "[tool.codemods] or exclude the file",
            id="10-MB",
        ),
    ],
)
def test_one_line_and_the_rest_goes_on(
    program: Program, bench: Workbench, data: bytes, reason: str, message: str, in_place: bool
) -> None:
    bench.commit({"bad.py": data})
    flags = ("--in-place",) if in_place else ("--branch", "done")
    assert reasons(program, bench, *flags) == {"bad.py": (f"engine/{reason}", message)}
    done = bench.path / "good.py" if in_place else None
    new = done.read_bytes() if done else bench.git("show", "done:good.py")
    assert new == b"x.say(1)\n"
    assert (bench.path / "bad.py").read_bytes() == data


def test_an_empty_file_has_nothing_to_say(program: Program, bench: Workbench) -> None:
    bench.commit({"empty.py": b"", "bom.py": b"\xef\xbb\xbf", "blank.py": b"\n\n"})
    assert reasons(program, bench) == {}
    shown = program(*ONLY, "--check", cwd=bench.path)
    assert "Searched 4 files, read 1 file." in shown.stdout
    nothing = program("run", "-", stdin="")
    assert (nothing.returncode, nothing.stdout, nothing.stderr) == (0, "", "")


def test_the_largest_size_is_a_setting(program: Program, bench: Workbench) -> None:
    big = b"x.shout(1)  # " + b"x" * 5_000_000 + b"\n"
    settings = b"[tool.codemods]\nmax-file-size = 5_000_015\n"
    bench.commit({"big.py": big, "bigger.py": big + b"\n", "pyproject.toml": settings})
    found = reasons(program, bench)
    assert found["big.py"][0] == "toy/rewritten"
    assert found["bigger.py"][0] == "engine/too-large"


@pytest.mark.parametrize("where", ["file", "folder"])
def test_what_the_system_does_not_let_us_read(
    mortal: Program, bench: Workbench, where: str
) -> None:
    bench.commit({"private/closed.py": SITE})
    place = bench.path / "private" / ("closed.py" if where == "file" else "")
    place.chmod(0)
    found = reasons(mortal, bench, "--in-place", "--allow-dirty")
    place.chmod(0o755)
    message = "private/closed.py: the file can't be read; correct its rights or exclude it"
    assert found == {"private/closed.py": ("engine/unreadable", message)}
    assert (bench.path / "private/closed.py").read_bytes() == SITE
    assert (bench.path / "good.py").read_bytes() == b"x.say(1)\n"


@pytest.mark.parametrize("rights", [0o000, 0o444, 0o111])
def test_a_folder_outside_git_that_can_not_be_looked_into(
    mortal: Program, tmp_path: Path, rights: int
) -> None:
    folder = tmp_path / "plain"
    (folder / "private").mkdir(parents=True)
    (folder / "good.py").write_bytes(SITE)
    (folder / "private" / "closed.py").write_bytes(SITE)
    (folder / "private").chmod(rights)
    done = mortal(*ONLY, "--in-place", "--allow-dirty", cwd=folder)
    (folder / "private").chmod(0o755)
    assert done.returncode == 0, done.stderr
    listed = rights & 0o444  # the names can be read, the files can't
    closed = "note: private can't be looked into; correct its rights\n"
    assert done.stdout.startswith(closed) == (not listed)
    assert ("engine/unreadable (1)" in done.stdout) == bool(listed)
    assert (folder / "good.py").read_bytes() == b"x.say(1)\n"
    folder.chmod(0)
    refused = mortal(*ONLY, "--in-place", "--allow-dirty", "-C", str(folder))
    folder.chmod(0o755)
    assert refused.returncode == 2
    assert "is not readable" in refused.stderr


@pytest.mark.skipif(not AHEAD, reason="no syntax is newer than this Python")
@pytest.mark.parametrize("in_place", [False, True], ids=["commit", "in-place"])
def test_newer_syntax(program: Program, bench: Workbench, in_place: bool) -> None:
    names = {version: f"n{version[1]}.py" for version in AHEAD}
    bench.commit({names[version]: code + SITE for version, code in AHEAD.items()})
    flags = ("--in-place",) if in_place else ("--check",)
    found = reasons(program, bench, *flags, "-o", "toy.name=whisper")
    assert {path: reason for path, (reason, _) in found.items()} == {
        name: f"engine/needs-python-{major}.{minor}" for (major, minor), name in names.items()
    }
    again = ("--in-place", "--allow-dirty") if in_place else ("--check",)
    shown = program(*ONLY, *again, "--exclude", "a b", cwd=bench.path).stdout
    newest = ".".join(map(str, max(AHEAD)))
    files = "1 file" if len(AHEAD) == 1 else f"{len(AHEAD)} files"
    assert shown.startswith(
        f"note: {files} can be read from Python {newest} on: install codemods there and run "
        f"`python{newest} -m codemods run --only toy {' '.join(again)} --exclude 'a b'`\n\n"
    )


def test_an_excluded_file_needs_no_care(program: Program, bench: Workbench) -> None:
    bench.commit({"old/bad.py": b"x.shout(1\n", "old/new.py": NEWER[3, 14] + SITE})
    found = reasons(program, bench, "--check", "--exclude", "old")
    assert {reason for reason, _ in found.values()} == {"engine/excluded"}
    assert found["old/bad.py"][1] == "the file is excluded by configuration (engine/unparsable)"
    shown = program(*ONLY, "--check", "--exclude", "old", cwd=bench.path).stdout
    assert "can be read from" not in shown
    assert "engine/unparsable" not in shown
