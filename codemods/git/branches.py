"""Publishes a series as a branch, in one step that succeeds or changes nothing."""

from __future__ import annotations

import enum
import os
import re
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from codemods.git.commits import Draft, Series, copy_objects
from codemods.git.errors import CommandFailedError, GitError
from codemods.git.history import CommitRecord, changed_paths, read_commits
from codemods.git.repository import Repository
from codemods.git.revision import Revision
from codemods.git.working_tree import dirty_paths

__all__ = [
    "Publication",
    "State",
    "branch_tip",
    "check_branch_name",
    "check_new_branch",
    "check_switch",
    "check_writable",
    "default_branch",
    "publish",
    "switch",
]

_LOCK = re.compile(r"Unable to create '(.*?\.lock)': File exists", re.DOTALL)
_IN_THE_WAY = re.compile(r"'refs/heads/([^']*)' exists; cannot create")
# Where an unfinished rebase or bisect remembers the branches it will come back to.
_REMEMBERED = (
    "rebase-merge/head-name",
    "rebase-merge/update-refs",
    "rebase-apply/head-name",
    "BISECT_START",
)


class State(enum.StrEnum):
    """What publishing a branch came to."""

    CREATED = "created"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"  #: it held the same commits already


class Publication(NamedTuple):
    """A branch that holds a series."""

    branch: str
    commits: tuple[str, ...]  #: as they are in the repository, the first on the base
    state: State


def default_branch(name: str, commit: str) -> str:
    """Return the name of the branch for a run of that name on a commit."""
    return f"codemods/{name}-{commit[:8]}"


def branch_tip(repository: Repository, branch: str) -> str | None:
    """Return the commit that a branch is at; None where there is no such branch."""
    answer = repository.run(
        *("rev-parse", "--verify", "--quiet", "--end-of-options", f"refs/heads/{branch}"),
        accept=(0, 1),
    )
    return answer.decode().strip() or None


def check_branch_name(repository: Repository, branch: str) -> None:
    """Check a name before any work.

    Raises:
        GitError: Git takes no branch of that name, or another branch's name is in the way.
    """
    if branch.startswith("-") or branch == "HEAD" or not branch.isprintable():
        valid = False
    else:
        command = ("check-ref-format", f"refs/heads/{branch}")
        try:
            repository.run(*command)
            valid = True
        except CommandFailedError:
            valid = False
    if not valid:
        raise GitError(f"{branch!r} is no name for a branch; choose another with --branch")
    above = [str(parent) for parent in PurePosixPath(branch).parents if parent.name]
    listing = repository.run(
        "for-each-ref", "--format=%(refname:lstrip=2)", f"refs/heads/{branch}/"
    )
    below = os.fsdecode(listing).splitlines()
    for other in [*(name for name in above if branch_tip(repository, name)), *below]:
        raise _in_the_way(branch, other)


def check_new_branch(repository: Repository, branch: str) -> None:
    """Check before a person's work that a branch is not there yet.

    Raises:
        GitError: it is.
    """
    if branch_tip(repository, branch) is not None:
        raise _taken(branch)


def check_writable(repository: Repository) -> None:
    """Check before any work that objects and branches can be written.

    Raises:
        GitError: they can't.
    """
    for folder in (repository.objects_dir, repository.common_dir / "refs" / "heads"):
        if folder.exists() and not os.access(folder, os.W_OK):
            raise GitError(
                f"Git may not write in {folder}; make it writable, or use --dry-run, which "
                "writes nothing",
                exit_code=3,
            )


def publish(series: Series, branch: str, *, replace: bool = False) -> Publication:
    """Make `branch` point at the last commit of a series.

    Working tree, index and HEAD are not touched. A branch that holds commits of the same trees and
    messages on the same base is left as it is.

    Raises:
        GitError: the branch exists with other content and `replace` is false, it is checked out
            somewhere, its name is no good, or the repository can't be written to.
    """
    repository = series.repository
    check_branch_name(repository, branch)
    tip = branch_tip(repository, branch)
    if tip is not None:
        same = _same_commits(series, tip)
        if same:
            return Publication(branch, same, State.UNCHANGED)
        if not replace:
            raise _taken(branch, " and holds something else")
    for place in _users(repository, branch):
        remedy = "switch to another branch there" if place.exists() else "run git worktree prune"
        raise GitError(
            f"the branch {branch} is in use in {place}; {remedy}, or choose another name with "
            "--branch"
        )
    copy_objects(series)
    try:
        repository.run(
            *("update-ref", "--no-deref", "-m", "codemods: publish"),
            *(f"refs/heads/{branch}", series.tip, tip or repository.null_id),
            detached=True,
        )
    except CommandFailedError as error:
        raise _not_updated(branch, error) from None
    return Publication(branch, series.commits, State.REPLACED if tip else State.CREATED)


def check_switch(repository: Repository, new_files: Iterable[PurePosixPath] = ()) -> None:
    """Check before any work that the working tree can be switched to a branch.

    `new_files` are those that the branch adds.

    Raises:
        GitError: it is bare, has uncommitted changes, is in the middle of something, or has
            untracked files where the branch has new ones.
    """
    if repository.working_tree is None:
        raise GitError(f"{repository.location} is bare: there is nothing to switch; drop --switch")
    operation = repository.operation_in_progress
    if operation:
        raise GitError(f"a {operation} is in progress; finish or abort it before using --switch")
    dirty = sorted(dirty_paths(repository))
    if dirty:
        more = f" and {len(dirty) - 1} more" if len(dirty) > 1 else ""
        raise GitError(
            f"{dirty[0]}{more} has changes that are not committed; commit or stash them before "
            "using --switch"
        )
    for path in sorted(new_files):
        if os.path.lexists(repository.working_tree / path):
            raise GitError(f"{path} would be overwritten by --switch; move it away first")


def switch(repository: Repository, branch: str) -> None:
    """Check a branch out in the working tree, with its own filters but without hooks.

    Raises:
        GitError: Git refuses.
    """
    try:
        repository.run(
            *("switch", "--quiet", "--no-guess", "--no-recurse-submodules", branch),
            environment={"GIT_LFS_SKIP_SMUDGE": "0"},
        )
    except CommandFailedError as error:
        raise GitError(
            f"the branch {branch} is ready, but the working tree could not be switched to it "
            f"({error.complaint}); run: git switch {shlex.quote(branch)}",
            exit_code=3,
        ) from None


def _same_commits(series: Series, tip: str) -> tuple[str, ...]:
    """Return the ids of the branch's commits when they say the same as the series."""
    if tip == series.tip:
        return series.commits
    records = read_commits(series.repository, tip, limit=len(series.commits))
    parents = [series.base, *(record.id for record in records)]
    chained = all(r.parents == (p,) for r, p in zip(records, parents, strict=False))
    trees = tuple(record.tree for record in records)
    same = chained and tuple(record.message for record in records) == series.messages
    if same and series.closing is not None:
        *others, last = records
        draft = series.closing(tuple(record.id for record in others))
        same = trees[:-1] == series.trees[:-1] and _changes_only(series.repository, last, draft)
    elif same:
        same = trees == series.trees
    return tuple(record.id for record in records) if same else ()


def _changes_only(repository: Repository, commit: CommitRecord, draft: Draft) -> bool:
    """Whether a commit changes what a draft does, and nothing else."""
    changed = changed_paths(repository, commit.parents[0], commit.id)
    contents = Revision(repository, commit.id).read(draft.files)
    return changed == draft.files.keys() and contents == draft.files


def _users(repository: Repository, branch: str) -> Iterator[Path]:
    """Yield the working trees that have a branch checked out, or will come back to it."""
    place = None
    for line in repository.run("worktree", "list", "--porcelain").splitlines():
        key, _, value = line.partition(b" ")
        if key == b"worktree":
            place = Path(os.fsdecode(value))
        elif key == b"branch" and os.fsdecode(value) == f"refs/heads/{branch}" and place:
            yield place
    linked = repository.common_dir / "worktrees"
    for folder in (repository.common_dir, *(linked.iterdir() if linked.is_dir() else ())):
        for name in _REMEMBERED:
            try:
                words = os.fsdecode((folder / name).read_bytes()).split()
            except OSError:
                continue
            if branch in words or f"refs/heads/{branch}" in words:
                yield folder


def _taken(branch: str, how: str = "") -> GitError:
    return GitError(
        f"the branch {branch} exists{how}; choose another name with --branch, or replace it with "
        "--replace-branch"
    )


def _in_the_way(branch: str, other: str) -> GitError:
    return GitError(
        f"there can't be a branch {branch} next to the branch {other}; choose another name "
        "with --branch"
    )


def _not_updated(branch: str, error: CommandFailedError) -> GitError:
    lock = _LOCK.search(error.stderr)
    if lock:
        return GitError(
            f"{lock[1]} is held by a Git process, or left by one that was killed; if none is "
            f"running, run: rm {shlex.quote(lock[1])}",
            exit_code=3,
        )
    blocking = _IN_THE_WAY.search(error.stderr)
    if blocking:
        return _in_the_way(branch, blocking[1])
    if "expected" in error.stderr or "already exists" in error.stderr:
        return GitError(f"somebody moved the branch {branch} meanwhile; run again", exit_code=3)
    return error
