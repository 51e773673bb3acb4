"""The gates of the built-in codemods say what plain patterns would say, only faster."""

from __future__ import annotations

import pickle
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codemods import AnyOf
from codemods.registry import find_codemods

PLAIN = {
    "utcnow": rb"(?:\.(?:[\s\\]|#[^\r\n]*[\r\n]){0,99}|[\"'])utc(?:now|fromtimestamp)\b",
    "print-to-logger": rb"\bprint\b",
    "env-to-config": (
        rb"\b(?:getenv|environ|BaseSettings|decouple|environs|dynaconf|INSTALLED_APPS)\b"
    ),
}
WORDS = (b"print", b"getenv", b"environ", b"environs", b"decouple", b"dynaconf", b"utcnow")
PIECES = (*WORDS, b"utcfromtimestamp", b"BaseSettings", b"INSTALLED_APPS", b"_", b"s", b"1", b".")
OTHERS = (b"(", b" ", b"\n", b"\r", b"#", b"\\", b'"', b"'", b"-", "é".encode(), b"\xa0")


@pytest.mark.parametrize("name", PLAIN)
def test_a_gate_is_as_wide_as_its_plain_pattern(name: str) -> None:
    gate = next(codemod.gate for codemod in find_codemods() if codemod.name == name)
    assert isinstance(gate, AnyOf)
    plain = re.compile(PLAIN[name])

    @given(st.lists(st.sampled_from(PIECES + OTHERS), max_size=8).map(b"".join))
    @example(b"")
    @example(b".utcnow")
    @example(b"print")
    @example(b"environs")
    def check(data: bytes) -> None:
        assert bool(gate.search(data)) is bool(plain.search(data))

    check()
    assert pickle.loads(pickle.dumps(gate)) == gate
