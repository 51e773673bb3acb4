"""Finds and opens a repository, and tells what kind it is."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from codemods.git.errors import CommandFailedError, GitError
from codemods.git.objects import ObjectReader
from codemods.git.runner import Runner

if TYPE_CHECKING:
    from git import Repo

__all__ = ["Repository", "open_repository"]

# What Git leaves in the private folder of a working tree while it is in the middle of something.
_OPERATIONS = (
    ("rebase-merge", "rebase"),
    ("rebase-apply", "rebase"),
    ("MERGE_HEAD", "merge"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
    ("BISECT_LOG", "bisect"),
)
_COMMIT = re.compile(rb"[0-9a-f]{40,64}\n")


class Repository:
    """An open repository: a checkout, a linked working tree, or a bare one.

    Made by `open_repository`.
    """

    def __init__(self, repo: Repo) -> None:
        self._runner = Runner(repo.git, str(repo.working_dir))
        self.run = self._runner.run
        self.begin = self._runner.begin
        self.objects = ObjectReader(self._runner)
        answers = self.run(
            "rev-parse", "--is-bare-repository", "--is-shallow-repository", "--show-object-format"
        )
        bare, shallow, object_format = answers.decode().split()
        self.bare: bool = bare == "true"
        self.shallow: bool = shallow == "true"
        self.object_format: str = object_format  #: ``sha1`` or ``sha256``
        self.git_dir: Path = Path(repo.git_dir)  #: of this working tree
        self.common_dir: Path = Path(os.path.normpath(repo.common_dir))  #: of all working trees
        objects = repo.git.environment().get("GIT_OBJECT_DIRECTORY")
        #: where new objects go
        self.objects_dir: Path = Path(objects) if objects else self.common_dir / "objects"
        tree = repo.working_tree_dir
        #: the folder of the files; None in a bare repository
        self.working_tree: Path | None = None if self.bare or tree is None else Path(tree)

    @property
    def location(self) -> Path:
        """The folder to name to a person: the working tree, or the bare repository."""
        return self.working_tree or self.common_dir

    @property
    def null_id(self) -> str:
        """The object id that stands for "nothing"."""
        return "0" * (64 if self.object_format == "sha256" else 40)

    @cached_property
    def config(self) -> Mapping[str, str]:
        """The configuration in force; section and key in lower case, the last value of each."""
        values: dict[str, str] = {}
        for item in self.run("config", "--list", "-z").split(b"\0"):
            key, newline, value = item.partition(b"\n")
            # A key without "=" means true.
            values[os.fsdecode(key)] = os.fsdecode(value) if newline else "true"
        values.pop("", None)
        return MappingProxyType(values)

    def is_set(self, key: str) -> bool:
        """Whether a boolean setting is on."""
        value = self.config.get(key, "").lower()
        return value in ("true", "yes", "on") or (value.isdigit() and int(value) != 0)

    @cached_property
    def promisor(self) -> str | None:
        """The remote that a partial clone gets its missing objects from; None in a full one."""
        named = self.config.get("extensions.partialclone")
        if named:
            return named
        for key in sorted(self.config):
            if key.startswith("remote.") and key.endswith(".promisor") and self.is_set(key):
                return key.removeprefix("remote.").removesuffix(".promisor")
        return None

    @property
    def head_branch(self) -> str | None:
        """The branch that HEAD is on, which need not have a commit yet; None when detached."""
        name = self.run("symbolic-ref", "--quiet", "HEAD", accept=(0, 1))
        return os.fsdecode(name.rstrip(b"\n")).removeprefix("refs/heads/") or None

    @property
    def operation_in_progress(self) -> str | None:
        """The unfinished operation of this working tree: ``rebase``, ``merge``, ``bisect`` …"""
        for name, operation in _OPERATIONS:
            if (self.git_dir / name).exists():
                return operation
        return None

    def resolve(self, revision: str) -> str:
        """Return the full id of the commit that a revision names.

        Raises:
            GitError: it names none.
        """
        answer = self.run(
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            f"{revision}^{{commit}}",
            accept=(0, 1, 128),
        )
        if _COMMIT.fullmatch(answer):  # a range is answered with several
            return answer.decode().strip()
        if revision in ("HEAD", "@") and self.head_branch is not None:
            raise GitError(
                f"{self.location} has no commit on the branch {self.head_branch} yet; "
                "commit something first, or name a commit with --base"
            )
        hint = "; the clone is shallow: git fetch --unshallow gets the rest" if self.shallow else ""
        raise GitError(f"{revision!r} names no commit in {self.location}{hint or '; check --base'}")


def _own_environment(repo: Repo) -> dict[str, str]:
    """Return variables that make Git use this repository where it was called for another.

    Git sets such variables for its hooks, and a hook may start a run on any repository. An index
    or object folder of this very repository (``git commit --only``, a push) stays in force.
    """
    answer: dict[str, str] = {}
    common = Path(repo.common_dir).resolve()
    if "GIT_INDEX_FILE" in os.environ:
        index = Path(repo.working_dir, os.environ["GIT_INDEX_FILE"]).resolve()
        if common not in index.parents:
            answer["GIT_INDEX_FILE"] = os.path.join(repo.git_dir, "index")
    if "GIT_OBJECT_DIRECTORY" in os.environ:
        objects = Path(repo.working_dir, os.environ["GIT_OBJECT_DIRECTORY"]).resolve()
        if common not in objects.parents:
            answer["GIT_OBJECT_DIRECTORY"] = str(common / "objects")
    if "GIT_WORK_TREE" in os.environ and repo.working_tree_dir is not None:
        answer["GIT_WORK_TREE"] = str(repo.working_tree_dir)
    return answer


@contextlib.contextmanager
def open_repository(path: Path) -> Iterator[Repository]:
    """Open the repository that a file or folder lies in.

    Raises:
        GitError: there is none, Git does not trust it, or Git is not installed.
    """
    try:
        from git import GitCommandNotFound, InvalidGitRepositoryError, NoSuchPathError, Repo
    except ImportError as error:
        # GitPython looks for the program when it is imported.
        raise GitError(
            f"Git could not be started ({error}); install it and put it on PATH"
        ) from None
    place = path.absolute()
    try:
        repo = Repo(
            place.parent if place.is_file() else place,
            search_parent_directories=True,
            expand_vars=False,
        )
    except NoSuchPathError:
        raise GitError(f"{path} does not exist") from None
    except InvalidGitRepositoryError:
        raise GitError(
            f"{path} is not in a Git repository; run git init and commit, or use --in-place"
        ) from None
    with repo:
        repo.git.update_environment(**_own_environment(repo))
        try:
            repository = Repository(repo)
        except GitCommandNotFound:
            raise GitError("the program git was not found; install it and put it on PATH") from None
        except CommandFailedError as error:
            raise GitError(f"{path} can't be opened: {error.complaint}") from None
        try:
            yield repository
        finally:
            repository.objects.close()
