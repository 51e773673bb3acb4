"""Every kind of repository, through the whole program: what is made there, and what is refused."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from codemods.commands import migration
from tests.commands.conftest import Program
from tests.git.workbench import Workbench, has, use_ssh

ONLY = ("run", "--only", "toy")
DONE = (*ONLY, "--branch", "done")
CHANGED = "a.py\npkg/b.py"


@pytest.fixture
def bench(program: Program, repository: Path) -> Workbench:
    """The repository, with Git as the program sees it."""
    bench = Workbench(repository)
    bench.git("config", "user.name", "Ada")
    bench.git("config", "user.email", "ada@example.org")
    return bench


def changed(bench: Workbench, branch: str = "done") -> str:
    """Return the files that differ between HEAD and a branch."""
    bench.check()
    return bench.text("diff", "--name-only", "HEAD", branch)


def test_bare(program: Program, bench: Workbench, tmp_path: Path) -> None:
    bare = bench.clone(tmp_path / "bare.git", "--bare")
    assert program(*DONE, cwd=bare.path).returncode == 0
    assert changed(bare) == CHANGED
    for flag, sentence in (
        ("--in-place", "is bare and has no working tree; use a checkout"),
        ("--switch", "is bare: there is nothing to switch; drop --switch"),
    ):
        refused = program(*ONLY, flag, cwd=bare.path)
        assert refused.returncode == 2
        assert sentence in refused.stderr


def test_shallow(program: Program, bench: Workbench, tmp_path: Path) -> None:
    bench.commit({"c.py": b"later\n"})
    shallow = bench.clone(tmp_path / "shallow", "--depth=1")
    assert program(*DONE, cwd=shallow.path).returncode == 0
    assert changed(shallow) == CHANGED
    refused = program(*ONLY, "--base", "HEAD~1", cwd=shallow.path)
    assert refused.returncode == 2
    assert "the clone is shallow: git fetch --unshallow gets the rest" in refused.stderr


def test_partial(program: Program, bench: Workbench, tmp_path: Path) -> None:
    (bench.path / "link.py").symlink_to("a.py")
    bench.commit({"big.bin": b"shout"})
    partial = bench.clone(tmp_path / "partial", "--filter=blob:none", "--no-checkout")
    trace = tmp_path / "trace"
    done = program(*DONE, cwd=partial.path, GIT_TRACE=str(trace))
    assert done.returncode == 0, done.stderr
    assert trace.read_text().count("built-in: git fetch") == 1
    assert partial.text("rev-list", "--objects", "--missing=print", "HEAD").count("?") == 1
    gone = bench.clone(tmp_path / "gone", "--filter=blob:none", "--no-checkout")
    bench.path.rename(tmp_path / "away")
    failed = program(*DONE, cwd=gone.path)
    assert failed.returncode == 3
    assert "are missing from the partial clone" in failed.stderr
    assert f"run: git -C {gone.path} fetch --refetch --no-filter origin" in failed.stderr
    assert gone.text("branch", "--list", "done") == ""


def test_linked_working_tree(program: Program, bench: Workbench, tmp_path: Path) -> None:
    bench.git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "linked"))
    linked = Workbench(tmp_path / "linked")
    assert program(*DONE, "--switch", cwd=linked.path).returncode == 0
    assert linked.text("branch", "--show-current") == "done"
    assert linked.text("status", "--porcelain") == ""
    assert b"say(1)" in (linked.path / "a.py").read_bytes()
    assert bench.text("branch", "--show-current") == "main"
    assert bench.text("status", "--porcelain") == ""
    assert changed(bench) == CHANGED
    refused = program(*DONE, "--replace-branch", "--exclude", "pkg", cwd=bench.path)
    assert refused.returncode == 2
    assert "linked" in refused.stderr  # where it is checked out


def test_sha256(program: Program, tmp_path: Path) -> None:
    bench = Workbench.create(tmp_path / "r", "--object-format=sha256")
    bench.commit({"a.py": b"x.shout(1)\n"})
    shown = program(*ONLY, "--dry-run", cwd=bench.path)
    assert "+x.say(1)" in shown.stdout
    assert program(*DONE, cwd=bench.path).returncode == 0
    assert changed(bench) == "a.py"
    assert len(bench.text("rev-parse", "done")) == 64


def test_detached_head(program: Program, bench: Workbench) -> None:
    bench.git("checkout", "--quiet", "--detach")
    assert program(*DONE, cwd=bench.path).returncode == 0
    assert changed(bench) == CHANGED
    assert bench.text("branch", "--show-current") == ""
    assert program(*ONLY, "--branch", "next", "--switch", cwd=bench.path).returncode == 0
    assert bench.text("branch", "--show-current") == "next"


def test_unborn_branch(program: Program, tmp_path: Path) -> None:
    bench = Workbench.create(tmp_path / "r")
    bench.write({"a.py": b"x.shout(1)\n"})
    refused = program(*ONLY, cwd=bench.path)
    assert refused.returncode == 2
    assert "has no commit on the branch main yet; commit something first" in refused.stderr
    untracked = program(*ONLY, "--in-place", cwd=bench.path)
    assert untracked.returncode == 0
    assert "No Python file was found. Files that Git does not track are not" in untracked.stdout
    bench.git("add", ".")
    dirty = program(*ONLY, "--in-place", cwd=bench.path)
    assert "a.py would change, but has uncommitted changes" in dirty.stderr
    assert program(*ONLY, "--in-place", "--allow-dirty", cwd=bench.path).returncode == 0
    assert (bench.path / "a.py").read_bytes() == b"x.say(1)\n"


def test_rebase_in_progress(program: Program, bench: Workbench) -> None:
    bench.git("checkout", "--quiet", "-b", "side")
    bench.commit({"a.py": b"x.shout('side')\n"})
    bench.git("checkout", "--quiet", "main")
    bench.commit({"a.py": b"x.shout('main')\n"})
    bench.git("checkout", "--quiet", "side")
    with pytest.raises(AssertionError):
        bench.git("rebase", "--quiet", "main")
    done = program(*DONE, cwd=bench.path)
    assert done.returncode == 0
    assert "a.py has uncommitted changes, which this run did not look at" in done.stdout
    refused = program(*ONLY, "--branch", "next", "--switch", cwd=bench.path)
    assert refused.returncode == 2
    assert "a rebase is in progress; finish or abort it before using --switch" in refused.stderr
    assert changed(bench) == CHANGED
    in_place = program(*ONLY, "--in-place", cwd=bench.path)
    assert "engine/unparsable (1)" in in_place.stdout  # the file with the conflict
    assert b"<<<<<<<" in (bench.path / "a.py").read_bytes()
    assert bench.text("status", "--short").splitlines() == ["UU a.py", " M pkg/b.py"]


def test_file_modes(program: Program, bench: Workbench) -> None:
    (bench.path / "a.py").chmod(0o755)
    bench.commit()
    assert program(*DONE, cwd=bench.path).returncode == 0
    modes = [line.split()[0] for line in bench.text("ls-tree", "-r", "done").splitlines()]
    assert modes == ["100755", "100644", "100644"]
    assert program(*ONLY, "--in-place", cwd=bench.path).returncode == 0
    assert stat.S_IMODE((bench.path / "a.py").stat().st_mode) == 0o755
    assert bench.text("diff", "--summary") == ""


def test_odd_names(program: Program, bench: Workbench) -> None:
    names = ["caf\udce9.py", "new\nline.py", 'qu"o\\te.py', " s .py", "ü.py", "-n.py"]
    bench.commit({f"odd/{name}": b"x.shout(1)\n" for name in names})
    shown = program(*DONE, "--stat", "odd", cwd=bench.path)
    assert shown.returncode == 0, shown.stderr
    assert "  odd/caf\\xe9.py  1 site\n" in shown.stdout
    assert "  odd/new\\x0aline.py  1 site\n" in shown.stdout
    found = bench.git("diff", "--name-only", "-z", "HEAD", "done").split(b"\0")[:-1]
    assert sorted(found) == sorted(os.fsencode(f"odd/{name}") for name in names)
    dry = program(*ONLY, "--dry-run", "odd", cwd=bench.path)
    assert '\n+++ "b/odd/new\\nline.py"\n' in dry.stdout
    assert program(*ONLY, "--in-place", "odd", cwd=bench.path).returncode == 0
    assert {(bench.path / "odd" / name).read_bytes() for name in names} == {b"x.say(1)\n"}


def test_a_repository_of_somebody_else(program: Program, bench: Workbench) -> None:
    refused = program(*ONLY, cwd=bench.path, GIT_TEST_ASSUME_DIFFERENT_OWNER="1")
    assert refused.returncode == 2
    remedy = f"run: git config --global --add safe.directory {bench.path}"
    assert refused.stderr.endswith(f"if you trust it, {remedy}\n")


@pytest.mark.parametrize("folder", ["objects", "refs/heads"])
def test_a_repository_that_can_not_be_written(
    mortal: Program, bench: Workbench, folder: str
) -> None:
    place = bench.path / ".git" / folder
    place.chmod(0o555)
    before = bench.state()
    failed = mortal(*DONE, cwd=bench.path)
    shown = mortal(*ONLY, "--dry-run", cwd=bench.path)
    after = bench.state()
    place.chmod(0o755)
    assert failed.returncode == 3
    assert f"Git may not write in {place}; make it writable, or use --dry-run" in failed.stderr
    assert "+voice.say(1)" in shown.stdout
    assert after == before


@pytest.mark.skipif(not has("ssh-keygen"), reason="ssh-keygen is not installed")
def test_commits_are_signed_with_ssh(program: Program, bench: Workbench, tmp_path: Path) -> None:
    use_ssh(bench, tmp_path)
    bench.git("config", "commit.gpgSign", "true")
    assert program(*DONE, cwd=bench.path).returncode == 0
    bench.git("verify-commit", "done")
    assert program(*ONLY, "--branch", "plain", "--no-sign", cwd=bench.path).returncode == 0
    assert b"gpgsig" not in bench.git("cat-file", "commit", "plain")
    bench.git("config", "commit.gpgSign", "false")
    assert program(*ONLY, "--branch", "asked", "--sign", cwd=bench.path).returncode == 0
    bench.git("verify-commit", "asked")


@pytest.fixture
def gnupg() -> Iterator[Path]:
    """A folder for GnuPG; the socket of its agent needs a short path."""
    home = Path(tempfile.mkdtemp(prefix="gpg-", dir="/tmp"))
    yield home
    kill = ["gpgconf", "--homedir", str(home), "--kill", "all"]
    subprocess.run(kill, check=False, capture_output=True)
    shutil.rmtree(home, ignore_errors=True)


@pytest.mark.skipif(not has("gpg"), reason="gpg is not installed")
def test_commits_are_signed_with_gpg(
    program: Program, bench: Workbench, gnupg: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GNUPGHOME", str(gnupg))
    bench.git("config", "commit.gpgSign", "true")
    refused = program(*DONE, cwd=bench.path)
    assert refused.returncode == 2
    assert "Git could not sign a commit (openpgp: " in refused.stderr
    assert refused.stderr.endswith("make the key and its agent available, or pass --no-sign\n")
    assert bench.text("branch", "--list", "done") == ""
    subprocess.run(
        [
            *("gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""),
            *("--quick-gen-key", "Ada <ada@example.org>", "ed25519", "sign", "never"),
        ],
        check=True,
        capture_output=True,
    )
    assert program(*DONE, cwd=bench.path).returncode == 0
    bench.git("verify-commit", "done")


@pytest.mark.skipif(not has("ssh-keygen"), reason="ssh-keygen is not installed")
def test_a_missing_agent_is_known_before_any_work(
    program: Program, bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "run_engine", None)
    use_ssh(bench, tmp_path)
    key = (tmp_path / "key.pub").read_text().strip()
    bench.git("config", "user.signingKey", f"key::{key}")  # the private key is in an agent
    bench.git("config", "commit.gpgSign", "true")
    before = bench.state()
    refused = program(*DONE, cwd=bench.path, SSH_AUTH_SOCK=str(tmp_path / "no-agent"))
    assert refused.returncode == 2
    assert "Git could not sign a commit (ssh: " in refused.stderr
    assert refused.stderr.endswith("make the key and its agent available, or pass --no-sign\n")
    assert bench.state() == before


def test_signoff(program: Program, bench: Workbench) -> None:
    assert program(*DONE, "--signoff", cwd=bench.path).returncode == 0
    form = "--format=%(trailers:key=Signed-off-by)"
    assert bench.text("log", "-1", form, "done") == "Signed-off-by: Ada <ada@example.org>"
    assert program(*ONLY, "--branch", "plain", cwd=bench.path).returncode == 0
    assert bench.text("log", "-1", form, "plain") == ""


def test_submodules_and_links_are_named(program: Program, bench: Workbench, tmp_path: Path) -> None:
    inner = Workbench.create(tmp_path / "inner")
    inner.commit({"x.py": b"x.shout(1)\n"})
    bench.git(
        *("-c", "protocol.file.allow=always", "submodule", "--quiet"),
        *("add", inner.path.as_uri(), "libs/inner"),
    )
    (bench.path / "out.py").symlink_to("../inner/x.py")
    (bench.path / "abs").symlink_to(tmp_path / "inner")
    (bench.path / "pkg" / "in.py").symlink_to("../a.py")
    bench.commit()
    notes = (
        "note: libs/inner is a submodule and was not looked at; run codemods there\n"
        "note: abs and out.py lead out of the repository and were not followed\n\n"
    )
    done = program(*DONE, cwd=bench.path)
    assert done.stdout.startswith(notes)
    assert changed(bench) == CHANGED
    for flags in (ONLY, (*ONLY, "--in-place")):
        for path, sentence in (
            ("libs/inner", "libs/inner is a submodule, a repository of its own; run codemods"),
            ("libs/inner/x.py", "x.py is in libs/inner, which is a submodule"),
            ("pkg/in.py", "pkg/in.py is a symbolic link to ../a.py and is not followed; name the"),
            ("abs/x.py", "abs/x.py is behind abs, which is a symbolic link to /"),
        ):
            refused = program(*flags, path, cwd=bench.path)
            assert refused.returncode == 2
            assert sentence in refused.stderr
    assert program(*ONLY, "--in-place", cwd=bench.path).stdout.startswith(notes)
    assert (inner.path / "x.py").read_bytes() == b"x.shout(1)\n"
    assert (bench.path / "libs" / "inner" / "x.py").read_bytes() == b"x.shout(1)\n"


def test_a_repository_without_python(program: Program, tmp_path: Path) -> None:
    bench = Workbench.create(tmp_path / "r")
    bench.commit({"README": b"x.shout(1)\n"})
    done = program(*ONLY, cwd=bench.path)
    assert done.returncode == 0
    assert "Nothing to do. Searched 0 files, read 0 files.\nNo Python file was found." in (
        done.stdout
    )


def test_no_folder_for_temporary_files(
    program: Program, bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: ["/nowhere"])
    failed = program(*ONLY, "--dry-run", cwd=bench.path)
    assert failed.returncode == 3
    assert failed.stderr == (
        "codemods: no folder for temporary files can be written to; free some space there, or set "
        "TMPDIR to another folder\n"
    )
