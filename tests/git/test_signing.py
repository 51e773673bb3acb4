"""Signed commits, with throw-away keys; a missing key is known before anything is written."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from codemods.git.authorship import read_authorship
from codemods.git.branches import State
from codemods.git.commits import check_signing, signs
from codemods.git.errors import GitError
from codemods.git.history import read_commits
from codemods.git.preview import show
from codemods.git.repository import open_repository
from codemods.git.revision import Revision
from tests.git.series import publish_series, series
from tests.git.workbench import DATE, Workbench, has, use_ssh


@pytest.fixture
def gnupg(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A key ring with a key for Ada, and its agent."""
    # The agent's socket needs a short path.
    home = tempfile.mkdtemp(prefix="gpg-", dir="/tmp")
    monkeypatch.setenv("GNUPGHOME", home)
    command = ["gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]
    subprocess.run(
        [*command, "--quick-gen-key", "Ada Lovelace <ada@example.org>", "ed25519", "sign", "never"],
        check=True,
        capture_output=True,
    )
    yield
    subprocess.run(["gpgconf", "--kill", "all"], check=False, capture_output=True)
    shutil.rmtree(home, ignore_errors=True)


def _check(bench: Workbench) -> None:
    bench.git("config", "commit.gpgSign", "true")
    before = bench.state()
    with open_repository(bench.path) as repository:
        assert signs(repository)
        assert not signs(repository, False)
        check_signing(Revision(repository), read_authorship(repository, DATE))
    assert bench.state() == before
    published = publish_series(bench.path, sign=True)
    for commit in published.commits:
        bench.git("verify-commit", commit)
    form = "--format=%G? %an %cI %s"
    assert bench.text("log", "--reverse", form, "main..codemods/x").splitlines() == [
        "G Ada Lovelace 2024-02-29T12:00:00+01:00 first: change a",
        "G Ada Lovelace 2024-02-29T12:00:00+01:00 second: change a again",
    ]
    with open_repository(bench.path) as repository:
        assert all(record.signed for record in read_commits(repository, "main..codemods/x"))
    assert publish_series(bench.path, sign=True).state is State.UNCHANGED
    with series(bench.path, sign=True) as built:
        assert show(built).count(b"\ndiff --git") == 4
    bench.check()
    # No unsigned twin of a signed commit is left behind.
    assert bench.text("fsck", "--unreachable") == ""


@pytest.mark.skipif(not has("ssh-keygen"), reason="ssh-keygen is not installed")
def test_ssh(bench: Workbench, tmp_path: Path) -> None:
    use_ssh(bench, tmp_path)
    _check(bench)


@pytest.mark.skipif(not has("ssh-keygen"), reason="ssh-keygen is not installed")
def test_ssh_in_a_sha256_repository(tmp_path: Path) -> None:
    bench = Workbench.create(tmp_path / "r", "--object-format=sha256")
    bench.commit({"pkg/a.py": b"one = 1\n", "pkg/b.py": b"two = 2\n"})
    use_ssh(bench, tmp_path)
    _check(bench)


@pytest.mark.skipif(not has("gpg"), reason="gpg is not installed")
@pytest.mark.usefixtures("gnupg")
def test_gpg(bench: Workbench) -> None:
    _check(bench)


@pytest.mark.parametrize(
    "settings",
    [
        {"gpg.format": "ssh", "user.signingKey": "/nowhere/key"},
        {"gpg.format": "ssh"},
        {"gpg.format": "openpgp", "gpg.program": "/nowhere/gpg"},
        {"gpg.format": "openpgp", "user.signingKey": "0123456789ABCDEF"},
        {"gpg.format": "nonsense"},
    ],
)
def test_a_missing_key_is_a_clear_error(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]
) -> None:
    monkeypatch.setenv("GNUPGHOME", str(tmp_path))
    for key, value in settings.items():
        bench.git("config", key, value)
    before = bench.state()
    with open_repository(bench.path) as repository:
        authorship = read_authorship(repository)
        with pytest.raises(GitError, match=r"could not sign a commit.*--no-sign") as caught:
            check_signing(Revision(repository), authorship)
    assert caught.value.exit_code == 2
    with pytest.raises(GitError, match="could not sign a commit"):
        publish_series(bench.path, sign=True)
    assert bench.state() == before
