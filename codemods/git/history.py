"""Commits as they stand in a repository."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from codemods.git.errors import GitError
from codemods.git.repository import Repository

__all__ = ["CommitRecord", "changed_paths", "read_commits"]


class CommitRecord(NamedTuple):
    """What one commit says."""

    id: str
    tree: str
    parents: tuple[str, ...]
    author: bytes  #: ``Name <email> seconds offset``
    committer: bytes
    message: bytes
    signed: bool


def read_commits(
    repository: Repository,
    *revisions: str,
    limit: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> tuple[CommitRecord, ...]:
    """Return the commits that ``git rev-list REVISIONS`` names, parents first.

    With `limit`, only that many of the youngest.

    Raises:
        GitError: the revisions name nothing.
    """
    count = () if limit is None else (f"--max-count={limit}",)
    listing = repository.run(
        *("rev-list", "--topo-order", *count, "--end-of-options", *revisions, "--"),
        environment=environment,
    )
    ids = listing.decode().split()
    ids.reverse()
    answer = repository.run(
        *("cat-file", "--batch"),
        stdin="".join(f"{commit}\n" for commit in ids).encode(),
        environment=environment,
    )
    records = []
    at = 0
    for commit in ids:
        end = answer.index(b"\n", at)
        head = answer[at:end].split()
        if head[1:2] != [b"commit"]:
            raise GitError(f"the commit {commit} can't be read; run git fsck", exit_code=3)
        at = end + 1 + int(head[2])
        records.append(_parse(commit, answer[end + 1 : at]))
        at += 1
    return tuple(records)


def changed_paths(repository: Repository, old: str, new: str) -> frozenset[PurePosixPath]:
    """Return the paths whose contents or modes differ between two commits."""
    listing = repository.run(
        *("diff-tree", "-r", "-z", "--name-only", "--no-renames", "--end-of-options", old, new)
    )
    return frozenset(PurePosixPath(os.fsdecode(name)) for name in listing.split(b"\0") if name)


def _parse(commit: str, data: bytes) -> CommitRecord:
    head, _, message = data.partition(b"\n\n")
    headers: dict[bytes, list[bytes]] = {}
    for line in head.split(b"\n"):
        if not line.startswith(b" "):  # a line of a signature
            key, _, value = line.partition(b" ")
            headers.setdefault(key, []).append(value)
    return CommitRecord(
        commit,
        headers[b"tree"][0].decode(),
        tuple(parent.decode() for parent in headers.get(b"parent", [])),
        headers[b"author"][0],
        headers[b"committer"][0],
        message,
        b"gpgsig" in headers or b"gpgsig-sha256" in headers,
    )
