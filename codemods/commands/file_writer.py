"""Changes files where they are: all of them or none."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from codemods.commands.errors import FAILED, RefusedError, is_full
from codemods.engine.outcome import Change, FileChange

__all__ = ["combined", "write_files"]


def combined(changes: Iterable[Change]) -> tuple[FileChange, ...]:
    """Return what a series of changes does to each file in all, by path."""
    files: dict[object, FileChange] = {}
    for change in changes:
        for file in change.files:
            before = files[file.path].before if file.path in files else file.before
            files[file.path] = FileChange(file.path, before, file.after)
    return tuple(
        file
        for file in sorted(files.values(), key=lambda file: file.path)
        if file.before != file.after
    )


def write_files(root: Path, files: Sequence[FileChange]) -> None:
    """Write all files, or leave every one of them as it was.

    New contents are written beside their targets first, which is where a full disk or a missing
    right shows; then they are renamed over them. Modes are kept.

    Raises:
        RefusedError: a file can't be written, or is not what the run has read; nothing was changed.
    """
    writing = _Writing(root)
    try:
        for file in files:
            writing.prepare(file)
        writing.replace_all()
    except OSError as error:
        writing.undo()
        remedy = "free some space and run again; " if is_full(error) else ""
        raise RefusedError(
            f"{error.filename or root}: {error.strerror or error}; {remedy}every file is as it was",
            FAILED,
        ) from None
    except BaseException:  # Ctrl-C as well
        writing.undo()
        raise
    finally:
        writing.clean_up()


@dataclass(frozen=True, slots=True)
class _Step:
    target: Path
    new: Path | None  #: the new content, beside the target; None to delete it
    old: Path | None  #: another name of the old content; None where there was none


@dataclass
class _Writing:
    root: Path
    steps: list[_Step] = field(default_factory=list)
    done: list[_Step] = field(default_factory=list)
    temporary: list[Path] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)

    def prepare(self, file: FileChange) -> None:
        """Write a file's new content beside it, and keep its old content under another name."""
        target = self.root / file.path
        if not target.parent.resolve().is_relative_to(self.root.resolve()):
            raise RefusedError(
                f"{file.path} is outside {self.root}, behind a symbolic link", FAILED
            )
        if file.before is None:
            if target.is_symlink() or target.exists():
                raise RefusedError(
                    f"{file.path} would be a new file, but exists; nothing was changed", FAILED
                )
            self._make_folders(target.parent)
        elif not _is_regular(target) or target.read_bytes() != file.before:
            raise RefusedError(f"{file.path} changed during the run; nothing was changed", FAILED)
        new = old = None
        if file.after is not None:
            new = self._beside(target)
            new.write_bytes(file.after)
            if file.before is None:
                new.chmod(0o666 & ~_umask())
            else:
                _copy_rights(target, new)
        if file.before is not None:
            old = self._beside(target)
            old.unlink()
            try:
                os.link(target, old)
            except OSError:  # a file system without hard links
                shutil.copy2(target, old)
        self.steps.append(_Step(target, new, old))

    def replace_all(self) -> None:
        """Rename all new contents over their targets."""
        for step in self.steps:
            self.done.append(step)
            if step.new is None:
                step.target.unlink()
            else:
                step.new.replace(step.target)

    def undo(self) -> None:
        """Put back what was there before."""
        for step in reversed(self.done):
            if step.old is None:
                step.target.unlink(missing_ok=True)
            else:
                # Does nothing where both are names of the same file, which then is unchanged.
                step.old.replace(step.target)
        self.done.clear()
        for folder in reversed(self.folders):
            for path in self.temporary:
                if path.parent == folder:
                    path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                folder.rmdir()

    def clean_up(self) -> None:
        """Remove all temporary files."""
        for path in self.temporary:
            path.unlink(missing_ok=True)

    def _beside(self, target: Path) -> Path:
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", dir=target.parent)
        os.close(handle)
        path = Path(name)
        self.temporary.append(path)
        return path

    def _make_folders(self, folder: Path) -> None:
        missing = [one for one in (folder, *folder.parents) if not one.exists()]
        for one in reversed(missing):
            one.mkdir()
            self.folders.append(one)


def _is_regular(path: Path) -> bool:
    return not path.is_symlink() and path.is_file()


def _copy_rights(source: Path, target: Path) -> None:
    status = source.stat()
    if hasattr(os, "chown") and (status.st_uid, status.st_gid) != (os.getuid(), os.getgid()):
        # Only root may give files away; a file that stays ours keeps its mode at least.
        with contextlib.suppress(PermissionError):
            os.chown(target, status.st_uid, status.st_gid)
    target.chmod(stat.S_IMODE(status.st_mode))


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
