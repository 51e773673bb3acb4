"""A temporary repository in which commits are made.

Files that are known before the commits can be stored ahead, while the rest is worked out.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from codemods.git.objects import blob_id
from codemods.git.quoting import quote_bytes
from codemods.git.repository import Repository
from codemods.git.runner import Begun

__all__ = ["Workshop"]

_WORTH_STORING_AHEAD = 200_000  #: bytes; less takes Git no longer than to start


class Workshop:
    """A temporary repository that sees the objects of another one; use it as a context manager.

    It is made when it is first needed.
    """

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self._stack = contextlib.ExitStack()
        self._place: tuple[Path, Mapping[str, str]] | None = None
        self._stored: frozenset[str] = frozenset()
        self._ahead: list[tuple[Begun, frozenset[str]]] = []

    def __enter__(self) -> Workshop:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ahead.clear()  # ends what still runs
        self._stack.close()

    @property
    def place(self) -> tuple[Path, Mapping[str, str]]:
        """Its folder, and the variables with which Git uses its objects in `repository`."""
        if self._place is None:
            self._place = self._stack.enter_context(_scratch(self.repository))
        return self._place

    def store_ahead(self, files: Collection[bytes]) -> None:
        """Begin to store the contents of files, which commits will hold."""
        if sum(map(len, files)) < _WORTH_STORING_AHEAD:
            return
        stream = [b"feature done\n"]
        for data in files:
            stream += (b"blob\ndata %d\n" % len(data), data, b"\n")
        begun = self._begin_to_import([*stream, b"done\n"])
        ids = frozenset(blob_id(data, self.repository.object_format) for data in files)
        self._ahead.append((begun, ids))

    def stored(self) -> frozenset[str]:
        """Return the ids of what was stored ahead, once that is done.

        Raises:
            GitError: it could not be stored.
        """
        while self._ahead:
            begun, ids = self._ahead.pop()
            begun.result()
            self._stored |= ids
        return self._stored

    def import_stream(self, stream: Sequence[bytes]) -> bytes:
        """Let Git make objects of a stream of commands for fast-import; return its answers.

        Raises:
            GitError: it can't.
        """
        return self._begin_to_import(stream).result()

    def _begin_to_import(self, stream: Sequence[bytes]) -> Begun:
        folder, environment = self.place
        return self.repository.begin(
            *("fast-import", "--quiet", "--done", "--depth=0", "--force"),
            stdin=stream,
            # What is thrown away or packed again need not be small, nor outlive a power failure.
            config=("fastimport.unpackLimit=0", "pack.compression=0", "core.fsync=none"),
            environment={**environment, "GIT_DIR": str(folder)},
        )


@contextlib.contextmanager
def _scratch(repository: Repository) -> Iterator[tuple[Path, dict[str, str]]]:
    """A repository of its own for new objects, which sees those of `repository`.

    Yields its folder, and the variables with which Git uses its objects in `repository`.
    """
    with tempfile.TemporaryDirectory(prefix="codemods-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "objects").mkdir()
        (folder / "refs").mkdir()
        (folder / "HEAD").write_bytes(b"ref: refs/heads/none\n")
        (folder / "config").write_text(
            "[core]\n\trepositoryformatversion = 1\n\tbare = true\n"
            f"[extensions]\n\tobjectFormat = {repository.object_format}\n"
        )
        alternates = [os.fsdecode(quote_bytes(os.fsencode(repository.objects_dir)))]
        inherited = os.environ.get("GIT_ALTERNATE_OBJECT_DIRECTORIES")
        if inherited:
            alternates.append(inherited)
        yield (
            folder,
            {
                "GIT_OBJECT_DIRECTORY": str(folder / "objects"),
                "GIT_ALTERNATE_OBJECT_DIRECTORIES": os.pathsep.join(alternates),
            },
        )
