"""The reader of fixture cases itself, on a codemod of the tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import libcst as cst
import pytest

from codemods import FileEdit, Order
from codemods.python.regions import edit_orders
from codemods.python.source import SourceFile
from tests.engine.toys import Toy, ToyOptions
from tests.fixture_cases import (
    Result,
    accept,
    cases,
    differences,
    migrate,
    read_case,
    whole_modules,
    with_bom,
    with_crlf,
)


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8", newline="")
    return folder


def result(folder: Path) -> Result:
    return migrate(read_case(folder), codemods=lambda: [Toy()])


SITE = '[[site]]\nline = 1\nkind = "call"\nverdict = "rewrite"\nreason = "toy/renamed"\n'


def test_a_case_of_one_file(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "toy" / "one",
        {"before.py": "min(1)\n", "after.py": "max(1)\n", "case.toml": f'facts = ["T1"]\n{SITE}'},
    )
    (case,) = cases(tmp_path)
    assert (str(case), case.facts) == ("toy/one", ("T1",))
    assert differences(case, result(folder)) == ""


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("after.py", "max(2)\n", "+max(1)"),
        ("after.py", "max(1)", "\\ No newline at end of file"),
        ("after.py", "max(1)\r\n", "-max(1)\\r"),
        ("case.toml", SITE.replace("1", "2"), "+line = 1"),
        ("case.toml", SITE.replace("rewrite", "leave"), '+verdict = "rewrite"'),
        ("case.toml", SITE.replace("renamed", "barred"), '+reason = "toy/renamed"'),
        ("case.toml", "", "+[[site]]"),
        ("case.toml", SITE + SITE, "-[[site]]"),
        ("case.toml", "[options]\nnew = 'sum'\n" + SITE, "+sum(1)"),
    ],
)
def test_differences_are_shown_and_accepted(
    tmp_path: Path, name: str, text: str, shown: str
) -> None:
    folder = write(
        tmp_path / "toy" / "one",
        {"before.py": "min(1)\n", "after.py": "max(1)\n", "case.toml": SITE} | {name: text},
    )
    difference = differences(read_case(folder), result(folder))
    assert shown in difference.splitlines()
    accept(read_case(folder), result(folder))
    assert differences(read_case(folder), result(folder)) == ""


def test_a_new_case_needs_its_files_only(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "toy" / "two",
        {"before/a/b.py": "min(1)\n", "before/c.py": "x\n", "before/d.py": "# min\n"},
    )
    accept(read_case(folder), result(folder))
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert files == ["after/a/b.py", "before/a/b.py", "before/c.py", "before/d.py", "case.toml"]
    assert (folder / "case.toml").read_text("utf-8") == SITE.replace(
        "line", 'path = "a/b.py"\nline', 1
    )


def test_accepting_keeps_what_an_author_wrote(tmp_path: Path) -> None:
    head = '# why\npath = "app.py"\nfacts = ["T1"]\n\n[options]\nnew = "sum"\n'
    folder = write(tmp_path / "toy" / "one", {"before.py": "min(1)\n", "case.toml": head})
    accept(read_case(folder), result(folder))
    assert (folder / "case.toml").read_text("utf-8") == f"{head}\n{SITE}"
    assert (folder / "after.py").read_text("utf-8") == "sum(1)\n"


def test_nothing_after_means_nothing_changes(tmp_path: Path) -> None:
    folder = write(tmp_path / "toy" / "one", {"before.py": "minimum(1)\n"})
    assert differences(read_case(folder), result(folder)) == ""


@pytest.mark.parametrize(
    "files",
    [
        {"case.toml": ""},
        {"before.py": "", "before/a.py": ""},
        {"before.py": "", "case.toml": "fact = []"},
        {"before.py": "", "case.toml": SITE + "rule = 1"},
        {"before.py": "", "case.toml": SITE + "[options]\nnew = 'sum'\n"},
    ],
)
def test_a_case_that_is_written_wrong_is_refused(tmp_path: Path, files: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        read_case(write(tmp_path / "toy" / "one", files))


def test_a_codemod_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "toys" / "one", {"before.py": ""})
    with pytest.raises(ValueError, match="no codemod toys"):
        result(folder)


def test_variants_are_of_python_files_that_can_have_them(tmp_path: Path) -> None:
    before = read_case(
        write(tmp_path / "toy" / "a", {"before/a.py": "# é\nx\n", "before/b.txt": "x\n"})
    ).before
    crlf, bom = with_crlf(before), with_bom(before)
    assert crlf is not None
    assert bom is not None
    assert list(crlf.values()) == ["# é\r\nx\r\n".encode(), b"x\n"]
    assert list(bom.values()) == ["\ufeff# é\nx\n".encode(), b"x\n"]
    assert with_crlf(crlf) is None
    assert with_bom(bom) is None
    cookie = read_case(write(tmp_path / "toy" / "b", {"before.py": "# coding: latin-1\n"})).before
    assert with_bom(cookie) is None


class Greedy(Toy):
    """Changes more than what it was asked to, as far as it can see."""

    def rewrite(self, file: SourceFile, orders: Sequence[Order], options: ToyOptions) -> FileEdit:
        class Rename(cst.CSTTransformer):
            def leave_Module(
                self, original_node: cst.Module, updated_node: cst.Module
            ) -> cst.Module:
                return cst.parse_module(updated_node.code.replace("min", "max"))

        return edit_orders(file, orders, [lambda located: Rename()])


def test_a_transformer_that_reaches_too_far_is_found_on_whole_modules(tmp_path: Path) -> None:
    case = read_case(write(tmp_path / "toy" / "a", {"before.py": "min(1)\nx = ''.minimum\n"}))
    by_regions = migrate(case, codemods=lambda: [Greedy()])
    with whole_modules():
        whole = migrate(case, codemods=lambda: [Greedy()])
    assert list(by_regions.files.values()) == [b"max(1)\nx = ''.minimum\n"]
    assert list(whole.files.values()) == [b"max(1)\nx = ''.maximum\n"]
