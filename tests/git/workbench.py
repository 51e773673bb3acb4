"""Builds real repositories with the Git on this machine, independently of what is tested."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

DATE = "2024-02-29T12:00:00+01:00"


def plain_environment(home: Path) -> dict[str, str | None]:
    """Return variables to set, or to unset where the value is None."""
    unset = [name for name in os.environ if name.startswith(("GIT_", "SSH_", "GPG_", "GNUPG"))]
    return dict.fromkeys([*unset, "EMAIL", "SOURCE_DATE_EPOCH", "COLUMNS"]) | {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
    }


@dataclass(frozen=True)
class Workbench:
    """A repository and the commands to bring it into any state."""

    path: Path

    @classmethod
    def create(cls, path: Path, *options: str) -> Workbench:
        """Make an empty repository whose branch is `main` and whose user has a name."""
        path.mkdir(parents=True)
        bench = cls(path)
        bench.git("init", "--quiet", "--initial-branch=main", *options)
        bench.git("config", "user.name", "Ada Lovelace")
        bench.git("config", "user.email", "ada@example.org")
        return bench

    def git(self, *arguments: str, stdin: bytes | None = None, **environment: str) -> bytes:
        """Run Git and return its output; an unexpected failure shows what Git said."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            input=stdin,
            capture_output=True,
            check=False,
            env={**os.environ, **environment},
        )
        assert done.returncode == 0, f"git {arguments}: {os.fsdecode(done.stderr)}"
        return done.stdout

    def text(self, *arguments: str) -> str:
        """Run Git and return its output as one stripped text."""
        return os.fsdecode(self.git(*arguments)).strip()

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write files into the working tree."""
        for name, data in files.items():
            target = self.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)

    def commit(self, files: Mapping[str, bytes] | None = None, message: str = "base") -> str:
        """Write files, commit everything, and return the commit's id."""
        self.write(files or {})
        self.git("add", "--all")
        self.git(
            *("commit", "--quiet", "--no-gpg-sign", "--allow-empty", "-m", message),
            GIT_AUTHOR_DATE=DATE,
            GIT_COMMITTER_DATE=DATE,
        )
        return self.text("rev-parse", "HEAD")

    def clone(self, path: Path, *options: str) -> Workbench:
        """Clone this repository through the file protocol, as from a server."""
        self.git("config", "uploadpack.allowFilter", "true")
        self.git("config", "uploadpack.allowAnySHA1InWant", "true")
        self.git("clone", "--quiet", *options, self.path.as_uri(), str(path))
        bench = Workbench(path)
        bench.git("config", "user.name", "Ada Lovelace")
        bench.git("config", "user.email", "ada@example.org")
        return bench

    def state(self) -> dict[str, bytes]:
        """Return every file of the repository and of its working tree."""
        return everything_below(self.path)

    def check(self) -> None:
        """Fail when Git finds anything wrong."""
        self.git("fsck", "--strict", "--full")


def everything_below(folder: Path) -> dict[str, bytes]:
    """Return each file's content and modification time, and each folder, below a folder."""
    answer = {}
    for path in sorted(folder.rglob("*")):
        name = os.fspath(path.relative_to(folder))
        if path.is_symlink():
            answer[name] = os.fsencode(os.readlink(path))
        elif path.is_file():
            answer[name] = path.read_bytes() + str(path.stat().st_mtime_ns).encode()
        else:
            answer[name] = b"folder"
    return answer


def paths(*names: str) -> list[PurePosixPath]:
    """Return names as the tool carries them."""
    return [PurePosixPath(name) for name in names]


def has(program: str) -> bool:
    """Whether a program is installed."""
    return shutil.which(program) is not None


def use_ssh(bench: Workbench, folder: Path) -> None:
    """Let a repository sign with a new SSH key in a folder."""
    key = folder / "key"
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ada@example.org", "-f", str(key)],
        check=True,
        capture_output=True,
    )
    signers = folder / "signers"
    signers.write_text(f"ada@example.org {key.with_suffix('.pub').read_text()}")
    bench.git("config", "gpg.format", "ssh")
    bench.git("config", "user.signingKey", str(key))
    bench.git("config", "gpg.ssh.allowedSignersFile", str(signers))
