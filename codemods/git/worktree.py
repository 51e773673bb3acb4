"""A working tree of its own in a temporary folder, in which files can be tried out."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from codemods.git.errors import GitError
from codemods.git.repository import Repository, open_repository

__all__ = ["Worktree", "temporary_worktree"]


@dataclass(frozen=True, slots=True)
class Worktree:
    """A checkout of one commit, made by `temporary_worktree`."""

    root: Path
    repository: Repository
    commit: str

    def put(self, files: Mapping[PurePosixPath, bytes | None]) -> None:
        """Bring it to the commit's state apart from some files; None deletes one.

        What is ignored stays (environments, build folders), other leftovers go.

        Raises:
            GitError: the commit can't be checked out again, or a file not be written.
        """
        self._run("reset", "--hard", "--quiet", self.commit)
        self._run("clean", "-ffdq")
        try:
            for path, data in files.items():
                place = self.root / path
                if data is None:
                    place.unlink(missing_ok=True)
                else:
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(data)
        except OSError as error:
            raise GitError(f"{error.filename}: {error.strerror}", exit_code=3) from None

    def _run(self, *command: str) -> None:
        # Inside a hook, Git's variables name the index and the files of somebody's checkout.
        own = self.repository.git_dir
        self.repository.run(
            *command,
            environment={
                "GIT_DIR": str(own),
                "GIT_WORK_TREE": str(self.root),
                "GIT_INDEX_FILE": str(own / "index"),
            },
        )

    @property
    def environment(self) -> dict[str, str]:
        """This process's variables without those that point Git at another repository."""
        names = self.repository.run("rev-parse", "--local-env-vars").decode().split()
        return {key: value for key, value in os.environ.items() if key not in names}


@contextlib.contextmanager
def temporary_worktree(repository: Repository, commit: str) -> Iterator[Worktree]:
    """Check a commit out in a folder of its own, which is gone at the end of the block.

    No hook runs. The other working trees, the index and HEAD are not touched.

    Raises:
        GitError: Git refuses.
    """
    with tempfile.TemporaryDirectory(prefix="codemods-", ignore_cleanup_errors=True) as folder:
        # Some tools name things after the folder that a project is in.
        root = Path(folder).resolve() / repository.location.name
        try:
            repository.run(
                *("worktree", "add", "--quiet", "--detach", str(root), commit),
                environment={"GIT_LFS_SKIP_SMUDGE": "0"} | _own_index(Path(folder)),
            )
            with open_repository(root) as own:
                yield Worktree(root, own, commit)
        finally:
            # A process that is ended once more meanwhile still leaves nothing behind.
            repository.run(
                *("worktree", "remove", "--force", "--force", str(root)),
                accept=(0, 128),
                detached=True,
            )


def _own_index(folder: Path) -> dict[str, str]:
    """Keep `git worktree add` from writing an index that the caller of this process named."""
    return {"GIT_INDEX_FILE": str(folder / "index")} if "GIT_INDEX_FILE" in os.environ else {}
