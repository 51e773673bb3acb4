"""Folders for what a process writes on its way; those of a killed one are removed by the next."""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

__all__ = ["workspace"]

_LOCK = ".held"


@contextlib.contextmanager
def workspace(cache: Path) -> Iterator[Path]:
    """Make a folder below the cache that is removed afterwards, by whoever comes next at worst."""
    root = cache / "work"
    root.mkdir(parents=True, exist_ok=True)
    _sweep(root)
    while True:
        folder = root / uuid.uuid4().hex
        with _held(_lock(folder)) as own:
            if not own:  # a sweep came in between
                continue
            folder.mkdir()
            try:
                yield folder
            finally:
                _remove(folder)
        return


def _sweep(root: Path) -> None:
    """Remove the folders whose makers are dead: the kernel has let go of their locks."""
    for lock in root.glob(f"*{_LOCK}"):
        with _held(lock) as free:
            if free:
                _remove(lock.with_suffix(""))
    for folder in root.iterdir():
        # One of which a dying cell still wrote a file while it was removed.
        if folder.suffix != _LOCK and not _lock(folder).exists():
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _held(lock: Path) -> Iterator[bool]:
    """Hold a lock file for this process alone, unless somebody else does or has removed it."""
    import fcntl

    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield lock.exists()
    finally:
        os.close(descriptor)


def _lock(folder: Path) -> Path:
    return folder.with_suffix(_LOCK)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _lock(folder).unlink(missing_ok=True)
