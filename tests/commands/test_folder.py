"""A folder outside Git."""

from pathlib import Path, PurePosixPath

from codemods.commands.folder import Folder

A, B = PurePosixPath("a.py"), PurePosixPath("pkg/b.py")


def test_files_of_the_project_and_no_others(tmp_path: Path) -> None:
    for name in (".git", "node_modules", "env", "pkg"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "b.py").write_bytes(b"b")
    (tmp_path / A).write_bytes(b"a")
    (tmp_path / "env" / "pyvenv.cfg").write_text("")
    (tmp_path / "link.py").symlink_to("a.py")
    (tmp_path / "loop").symlink_to(tmp_path)
    folder = Folder(tmp_path)
    assert folder.paths == (A, B)
    assert folder.search(frozenset({b"b"})) == {B}
    assert folder.read([B, PurePosixPath("link.py"), PurePosixPath("absent")]) == {B: b"b"}


def test_a_file_that_can_not_be_read_is_found_and_not_given(tmp_path: Path) -> None:
    (tmp_path / A).write_bytes(b"a")
    folder = Folder(tmp_path)
    (tmp_path / A).unlink()
    (tmp_path / A).mkdir()  # unreadable for root as well
    assert folder.search(frozenset({b"x"})) == {A}
    assert folder.read([A]) == {}
