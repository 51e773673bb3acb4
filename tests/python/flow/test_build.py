"""The summary of one file, on real code."""

from __future__ import annotations

import json.decoder
import pickle
from pathlib import Path, PurePosixPath

import pytest

from codemods.python.flow import summarize
from codemods.python.flow import summary as op
from codemods.python.source import SourceFile, read_source

STANDARD_LIBRARY = Path(json.decoder.__file__).parent.parent
FILES = [
    "asyncio/base_events.py",
    "dataclasses.py",
    "tarfile.py",
    "email/_header_value_parser.py",
    "json/decoder.py",
    "tarfile.py",
    "typing.py",
    "unittest/mock.py",
]


def source(text: str) -> SourceFile:
    return read_source(PurePosixPath("mod.py"), text.encode())


@pytest.mark.parametrize("name", FILES)
def test_operations_of_real_files_hold_together(name: str) -> None:
    path = STANDARD_LIBRARY / name
    file = read_source(PurePosixPath(name), path.read_bytes())
    summary = summarize(file, {})
    count = len(summary.operations)
    assert count > 100
    assert any(summary.index.users(place) for place in range(count))
    assert not summary.index.users(0)
    for operand in range(count):
        users = summary.index.users(operand)
        assert list(users) == sorted({*users})
        assert all(0 < place < count for place in users)
    assert all(0 < place < count for place in summary.flows)
    assert all(0 < place < count for place in summary.globals.values())
    targets = {summary.operations[place][0] for place in summary.flows[1::2]}
    assert targets == {op.VARIABLE}
    assert pickle.loads(pickle.dumps(summary)) == summary


def test_the_same_file_gives_the_same_summary() -> None:
    data = (STANDARD_LIBRARY / "dataclasses.py").read_bytes()
    first, second = (summarize(read_source(PurePosixPath("mod.py"), data), {}) for _ in range(2))
    assert first == second


def test_spans_count_characters() -> None:
    file = source('x = "ä€", f(1)\r\ny = "ä"; g(2)\n')
    summary = summarize(file, {})
    texts = {
        file.text[summary.span(place).start : summary.span(place).end]
        for place, operation in enumerate(summary.operations)
        if operation[0] == op.CALL
    }
    assert texts == {"f(1)", "g(2)"}


def test_long_concatenations_and_deep_nesting() -> None:
    long = source("x = " + " + ".join(["a"] * 900) + "\n")
    assert len(summarize(long, {}).operations) > 890
    deep = source("x = " + "f(" * 90 + ")" * 90 + "\n")
    assert len(summarize(deep, {}).operations) > 90
