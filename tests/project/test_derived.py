"""What is worked out of files is kept while their bytes stay the same."""

from __future__ import annotations

from pathlib import PurePosixPath

from codemods.project.derived import Derived
from codemods.project.project import Project
from codemods.python.source import SourceFile

A, B = PurePosixPath("a.py"), PurePosixPath("b.py")


class Texts:
    """Notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[PurePosixPath] = []

    def __call__(self, file: SourceFile) -> str:
        self.asked.append(file.path)
        return file.text.strip()


def project(contents: dict[PurePosixPath, bytes], derived: Derived) -> Project:
    return Project(sorted(contents), contents.get, derived=derived)


def test_a_file_is_looked_at_once_while_it_stays_the_same() -> None:
    texts, other, derived = Texts(), Texts(), Derived()
    first = project({A: b"one = 1\n", B: b"two = 2\n"}, derived)
    for _ in range(2):
        assert first.derived(A, texts) == "one = 1"
        assert first.derived(B, texts) == "two = 2"
    assert first.derived(A, other) == "one = 1"
    assert (texts.asked, other.asked) == ([A, B], [A])
    second = project({A: b"three = 3\n", B: b"two = 2\n"}, derived)
    assert second.derived(A, texts) == "three = 3"
    assert second.derived(B, texts) == "two = 2"
    assert second.derived(A, other) == "three = 3"
    assert (texts.asked, other.asked) == ([A, B, A], [A, A])


def test_what_is_no_python_gives_nothing() -> None:
    texts = Texts()
    one = project({A: b"print 1\n"}, Derived())
    assert one.derived(A, texts) is None
    assert one.derived(B, texts) is None
    assert texts.asked == []
