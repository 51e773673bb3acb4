"""Every fixture case, and the properties that hold for all of them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import libcst as cst
import pytest

from codemods.python.source import SourceError, read_source
from tests.fixture_cases import (
    Case,
    Result,
    Tree,
    cases,
    differences,
    migrate,
    read_case,
    whole_modules,
    with_bom,
    with_crlf,
)

each_case = pytest.mark.parametrize(
    "case", [pytest.param(case, marks=pytest.mark.fact(*case.facts)) for case in cases()], ids=str
)


@functools.lru_cache(maxsize=4)
def _result(folder: Path) -> Result:
    return migrate(read_case(folder))


def result(case: Case) -> Result:
    return _result(case.folder)


@each_case
def test_files_and_verdicts_are_as_expected(case: Case) -> None:
    shown = differences(case, result(case))
    if shown:
        pytest.fail(f"{shown}\nIf this is right: make fixtures-accept CASE={case}", pytrace=False)


@each_case
def test_a_second_run_changes_nothing(case: Case) -> None:
    again = migrate(case, result(case).files)
    assert again.files == result(case).files
    assert not [site for site in again.sites if site.verdict == "rewrite"]


@each_case
def test_the_result_compiles_where_the_original_did(case: Case) -> None:
    for path, data in result(case).files.items():
        if path.suffix == ".py" and compiles(path, case.before.get(path, b"")):
            assert compiles(path, data), path


@each_case
@pytest.mark.parametrize("variant", [with_crlf, with_bom])
def test_other_newlines_and_a_mark_give_the_same_edit(
    case: Case, variant: Callable[[Tree], Tree | None]
) -> None:
    files = variant(case.before)
    if files is None:
        pytest.skip("the case is about newlines or encodings itself")
    existing = {path: data for path, data in result(case).files.items() if path in files}
    varied = migrate(case, files)
    assert {path: varied.files[path] for path in files} == variant(existing)
    assert varied.sites == result(case).sites
    new = {path: data for path, data in varied.files.items() if path not in files}
    assert new == {path: data for path, data in result(case).files.items() if path not in files}


@each_case
def test_transformers_do_the_same_on_the_whole_module(case: Case) -> None:
    for path, data in case.before.items():
        if path.suffix == ".py" and not lossless(path, data):
            pytest.skip("libcst does not give the file back as it is")
    with whole_modules():
        assert migrate(case).files == result(case).files


def compiles(path: PurePosixPath, data: bytes) -> bool:
    try:
        compile(data, str(path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def lossless(path: PurePosixPath, data: bytes) -> bool:
    try:
        text = read_source(path, data).text
    except SourceError:
        return True  # no transformer will see it
    return cst.parse_module(text).code == text
