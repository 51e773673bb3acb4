"""Reads the contents of objects, through one Git process for as long as a repository is open."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from codemods.git.errors import GitError

if TYPE_CHECKING:
    from git import Git

    from codemods.git.runner import Runner

__all__ = ["ObjectReader", "UnreadableObjectError", "blob_id"]

# So many ids fit into the smallest buffer that a pipe has: writing them never waits for Git, which
# may be waiting for its answers to be read.
_AT_ONCE = 100


def blob_id(data: bytes, object_format: str) -> str:
    """Return the id of a blob: the hash of its bytes after a short head.

    Args:
        data: the contents of a file.
        object_format: ``sha1`` or ``sha256``.
    """
    known = hashlib.new(object_format, b"blob %d\0" % len(data), usedforsecurity=False)
    known.update(data)
    return known.hexdigest()


class UnreadableObjectError(GitError):
    """An object is missing or damaged."""

    def __init__(self, object_id: str, place: str = "") -> None:
        super().__init__(
            f"{place and f'{place}: '}the object {object_id} can't be read; run git fsck, then "
            "fetch or clone again",
            exit_code=3,
        )
        self.object_id = object_id


class ObjectReader:
    """Asks ``git cat-file --batch``; to be closed."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._wrapper: Git.AutoInterrupt | None = None

    def read(self, ids: Iterable[str]) -> Iterator[bytes]:
        """Yield the contents of objects, in the order of their ids.

        The iterator must be used up before the next reading.

        Raises:
            UnreadableObjectError: an object is missing or damaged.
        """
        if self._wrapper is None:
            self._wrapper = self._runner.start("cat-file", "--batch")
        process = self._wrapper.proc
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        remaining = iter(ids)
        while chunk := list(itertools.islice(remaining, _AT_ONCE)):
            try:
                process.stdin.write("".join(f"{object_id}\n" for object_id in chunk).encode())
                process.stdin.flush()
            except BrokenPipeError:
                raise UnreadableObjectError(chunk[0]) from None
            for object_id in chunk:
                head = process.stdout.readline().split()
                if len(head) != 3:
                    self.close()
                    raise UnreadableObjectError(object_id)
                data = process.stdout.read(int(head[2]))
                process.stdout.read(1)  # the newline after the contents
                yield data

    def close(self) -> None:
        """End the process."""
        wrapper, self._wrapper = self._wrapper, None
        if wrapper is not None and wrapper.proc is not None:
            # Closing its input would not do where a forked process has inherited the other end.
            wrapper.proc.kill()
            wrapper.proc.communicate()
