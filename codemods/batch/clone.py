"""Bare, shallow clones of one branch, in a cache; what this does runs in a cell of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from codemods.batch.redaction import split_credentials
from codemods.git.errors import CommandFailedError, GitError

if TYPE_CHECKING:
    from codemods.git.repository import Repository

__all__ = ["BASE", "fetch_bundle", "look_up", "opened", "refresh", "remote"]

BASE = "refs/codemods/base"  #: where a clone keeps the commit that it was fetched for
_MOST_PACKS = 10  # Git keeps no more loose objects, roughly, or packs in a clone
_MOST_LOOSE = 2000
# A shell command with which Git asks for a name and a password.
_HELPER = (
    '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n" '
    '"$CODEMODS_GIT_USER" "$CODEMODS_GIT_PASSWORD"; }; f'
)
_SETTLED = 2.0  # seconds after which nothing that a killed process began can still be at work


@contextlib.contextmanager
def opened(folder: Path, commit: str = "") -> Iterator[Repository]:
    """Open the clone in a folder, which is made where there is none; only its holder may.

    What a killed process has left there (locks, half a pack) is removed. A clone that can't hold a
    `commit`, whose name is of the other kind (SHA-1, SHA-256), is made anew.

    Raises:
        GitError: Git is missing, or can't write there.
    """
    from git import Git

    from codemods.git.repository import open_repository
    from codemods.git.runner import Runner

    kind = [f"--object-format={'sha256' if len(commit) == 64 else 'sha1'}"] if commit else []
    folder.mkdir(parents=True, exist_ok=True)
    _clean(folder)
    run = Runner(Git(str(folder)), str(folder)).run
    initialise = ("init", "--quiet", "--bare", "--template=", *kind, ".")
    try:
        run(*initialise)  # changes nothing that is there already
    except CommandFailedError as error:
        if "different hash" not in error.stderr:
            raise
        # The configuration last: it says again what is wrong, should this be killed.
        for path in sorted(folder.iterdir(), key=lambda path: path.name == "config"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        run(*initialise)
    with open_repository(folder) as repository:
        yield repository


def look_up(repository: Repository, url: str, branch: str) -> tuple[str, str]:
    """Return the commit and the name of a branch of a remote; by default, of its HEAD.

    Raises:
        GitError: the remote can't be reached, has no commit, or no such branch.
    """
    wanted = f"refs/heads/{branch}" if branch else "HEAD"
    address, environment = remote(url)
    answer = repository.run(
        "ls-remote", "--symref", "--end-of-options", address, wanted, environment=environment
    )
    commit, name = "", branch
    for line in os.fsdecode(answer).splitlines():
        value, _, reference = line.partition("\t")
        if reference != wanted:
            continue
        if value.startswith("ref: refs/heads/"):
            name = value.removeprefix("ref: refs/heads/")
        else:
            commit = value
    if not commit:
        what = f"has no branch {branch}" if branch else "has no commit that HEAD names"
        raise GitError(f"{address} {what}")
    return commit, name


def refresh(repository: Repository, url: str, commit: str) -> None:
    """Fetch a commit, without its history, unless it is there.

    Raises:
        GitError: the remote does not give it.
    """
    known = repository.run(
        "rev-parse", "--verify", "--quiet", "--end-of-options", BASE, accept=(0, 1)
    )
    if known.decode().strip() == commit:
        return
    address, environment = remote(url)
    repository.run(
        *("fetch", "--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head", "--force"),
        *("--no-recurse-submodules", "--end-of-options", address, f"{commit}:{BASE}"),
        # Old histories break rules of today, and their files are no worse for it.
        config=("fetch.fsckObjects=false", "http.lowSpeedLimit=1000", "http.lowSpeedTime=60"),
        environment=environment,
    )
    _collect(repository)


def _collect(repository: Repository) -> None:
    """Throw away what no branch holds any more, once there is enough of it."""
    settings = {
        "gc.auto": _MOST_LOOSE,
        "gc.autoPackLimit": _MOST_PACKS,
        "gc.autoDetach": "false",
        "gc.pruneExpire": "now",  # nobody else is at work here
        "pack.threads": 1,
        "pack.windowMemory": "64m",
    }
    repository.run(
        "gc", "--auto", "--quiet", config=[f"{key}={value}" for key, value in settings.items()]
    )


def fetch_bundle(repository: Repository, bundle: Path, tip: str) -> None:
    """Take a commit from a bundle, unless the clone has it.

    Raises:
        GitError: the bundle does not fit the clone.
    """
    try:
        repository.run("cat-file", "-e", f"{tip}^{{commit}}")
    except CommandFailedError:
        repository.run("bundle", "unbundle", str(bundle))


def remote(url: str) -> tuple[str, Mapping[str, str]]:
    """Return a URL without credentials, and variables by which Git has them when it is asked.

    They show in no list of processes and in no message of Git, and no other host is told them.
    """
    address, secret = split_credentials(url)
    if not secret:
        return address, {}
    user, _, password = secret.partition(":")
    key = f"credential.{'/'.join(address.split('/')[:3])}"
    # A name alone may be a token, or that of a password which a helper of the user keeps.
    first = (f"{key}.helper", "") if password else (f"{key}.username", unquote(user))
    settings = (first, (f"{key}.helper", _HELPER))
    number = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
    variables = {
        "GIT_CONFIG_COUNT": str(number + len(settings)),
        "CODEMODS_GIT_USER": unquote(user),
        "CODEMODS_GIT_PASSWORD": unquote(password),
    }
    for index, (name, value) in enumerate(settings, number):
        variables |= {f"GIT_CONFIG_KEY_{index}": name, f"GIT_CONFIG_VALUE_{index}": value}
    return address, variables


def _clean(folder: Path) -> None:
    # A reference is updated by a process that outlives its killed caller for a moment.
    for lock in (*folder.glob("*.lock"), *(folder / "refs").rglob("*.lock")):
        with contextlib.suppress(FileNotFoundError):
            while time.time() - lock.stat().st_mtime < _SETTLED:
                time.sleep(0.05)
            lock.unlink()
    for rest in (folder / "objects" / "pack").glob("tmp_*"):
        rest.unlink(missing_ok=True)
    for rest in (folder / "objects").glob("tmp_objdir-*"):
        shutil.rmtree(rest, ignore_errors=True)
