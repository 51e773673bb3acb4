"""Facts about the repository under migration, read when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

__all__ = ["Project"]


class Project:
    """The repository that a plan decides about.

    `paths` are all files of the snapshot, `read` gives the bytes of one (None when it is absent).
    """

    def __init__(
        self,
        paths: Sequence[PurePosixPath],
        read: Callable[[PurePosixPath], bytes | None],
    ) -> None:
        self.paths = frozenset(paths)
        self.read = read
