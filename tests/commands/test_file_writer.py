"""Changing files where they are: all or none, modes kept, nothing left behind."""

import os
import stat
from pathlib import Path, PurePosixPath

import pytest

from codemods.commands.errors import RefusedError
from codemods.commands.file_writer import combined, write_files
from codemods.engine.outcome import Change, FileChange

A, B, NEW = PurePosixPath("a.py"), PurePosixPath("pkg/b.py"), PurePosixPath("new/deep/c.py")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "pkg").mkdir()
    (tmp_path / A).write_bytes(b"a\r\n")
    (tmp_path / B).write_bytes(b"b")
    (tmp_path / B).chmod(0o751)
    return tmp_path


def everything(root: Path) -> dict[str, object]:
    return {
        str(path.relative_to(root)): path.read_bytes() if path.is_file() else None
        for path in root.rglob("*")
    }


CHANGES = (
    FileChange(A, b"a\r\n", b"A\r\n"),
    FileChange(NEW, None, b"new"),
    FileChange(B, b"b", b"B"),
)


def test_all_files_are_written_and_nothing_else_is_left(root: Path) -> None:
    write_files(root, CHANGES)
    assert everything(root) == {
        "a.py": b"A\r\n",
        "pkg": None,
        "pkg/b.py": b"B",
        "new": None,
        "new/deep": None,
        "new/deep/c.py": b"new",
    }
    assert stat.S_IMODE((root / B).stat().st_mode) == 0o751
    mask = os.umask(0o022)
    os.umask(mask)
    assert stat.S_IMODE((root / NEW).stat().st_mode) == 0o666 & ~mask


def test_a_file_is_deleted(root: Path) -> None:
    write_files(root, [FileChange(A, b"a\r\n", None)])
    assert everything(root) == {"pkg": None, "pkg/b.py": b"b"}


@pytest.mark.parametrize("broken", ["rename", "interrupt"])
def test_what_fails_half_way_is_put_back(
    root: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    before = everything(root)
    modes = {path: path.stat().st_mode for path in root.rglob("*")}
    replace = Path.replace

    def fail_at_b(self: Path, target: Path) -> Path:
        if target.name == "b.py" and ".b.py." in self.name and self.read_bytes() == b"B":
            if broken == "interrupt":
                raise KeyboardInterrupt
            raise OSError(28, "No space left on device", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail_at_b)
    if broken == "interrupt":
        with pytest.raises(KeyboardInterrupt):
            write_files(root, CHANGES)
    else:
        with pytest.raises(
            RefusedError,
            match=r"pkg/b\.py: No space left on device; free some space and run again; every file",
        ):
            write_files(root, CHANGES)
    assert everything(root) == before
    assert {path: path.stat().st_mode for path in root.rglob("*")} == modes


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (FileChange(B, b"other", b"B"), "pkg/b.py changed during the run"),
        (FileChange(PurePosixPath("gone.py"), b"x", b"y"), "gone.py changed during the run"),
        (FileChange(B, None, b"B"), "pkg/b.py would be a new file, but exists"),
        (FileChange(PurePosixPath("link.py"), b"a\r\n", b"A"), "link.py changed during the run"),
        (FileChange(PurePosixPath("out/x.py"), None, b"A"), "behind a symbolic link"),
    ],
)
def test_what_is_not_as_it_was_read_is_refused(
    root: Path, change: FileChange, sentence: str
) -> None:
    (root / "link.py").symlink_to("a.py")
    (root / "out").symlink_to(root.parent)
    before = {name: data for name, data in everything(root).items() if not name.startswith("out")}
    with pytest.raises(RefusedError) as caught:
        write_files(root, [FileChange(A, b"a\r\n", b"A"), change])
    assert sentence in str(caught.value)
    after = {name: data for name, data in everything(root).items() if not name.startswith("out")}
    assert after == before


def test_changes_one_after_the_other_are_one_change_of_a_file() -> None:
    first = Change("x", "", "", {}, (FileChange(A, b"1", b"2"), FileChange(B, None, b"b")), ())
    second = Change("y", "", "", {}, (FileChange(A, b"2", b"3"),), ())
    back = Change("z", "", "", {}, (FileChange(A, b"3", b"1"),), ())
    assert combined([first, second]) == (FileChange(A, b"1", b"3"), FileChange(B, None, b"b"))
    assert combined([first, second, back]) == (FileChange(B, None, b"b"),)
