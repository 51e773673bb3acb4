"""What was worked out of single files, kept while their bytes stay the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from codemods.python.source import SourceFile

__all__ = ["Derived"]

T = TypeVar("T")


class Derived:
    """Results by file and by the function that makes them; snapshots after one another share it.

    A file is parsed for each function that has not seen it: what must be parsed once only belongs
    in one result.
    """

    def __init__(self) -> None:
        self._known: dict[PurePosixPath, tuple[bytes, dict[Callable[..., Any], Any]]] = {}

    def of(self, path: PurePosixPath, data: bytes, derive: Callable[[SourceFile], T]) -> T | None:
        """Return what `derive` makes of a file, None when the file can't be parsed."""
        from codemods.python.source import SourceError, read_source

        known = self._known.get(path)
        if known is None or known[0] != data:
            known = self._known[path] = (data, {})
        results = known[1]
        if derive not in results:
            try:
                results[derive] = derive(read_source(path, data))
            except SourceError:
                results[derive] = None
        return cast("T | None", results[derive])
