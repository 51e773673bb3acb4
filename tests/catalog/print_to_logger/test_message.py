from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import libcst as cst
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from codemods.catalog.print_to_logger.convert import Target, logging_call
from codemods.catalog.print_to_logger.message import Message, NotOneMessage, Style, describe

from . import says
from .calls import calls


def described(source: str) -> Message | NotOneMessage:
    statement = ast.parse(source).body[0]
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Call)
    return describe(statement.value)


def converted(source: str, style: Style = Style.PERCENT) -> str:
    message = described(source)
    assert isinstance(message, Message)
    call = cst.parse_expression(source)
    assert isinstance(call, cst.Call)
    return cst.Module([]).code_for_node(logging_call(call, message, Target("logger.info", style)))


def comments(source: str) -> list[str]:
    return sorted(re.findall(r"# (?:\d+|first|last)$", source, re.MULTILINE))


@settings(max_examples=600)
@given(calls())
def test_a_logging_call_says_what_print_says(source: str) -> None:
    after = converted(source)
    assert says.says_after(after) in says.expected(source)
    assert comments(after) == comments(source)


def brace_formatted(statement: str) -> str:
    """Return what loguru makes of a logging statement."""
    messages: list[str] = []

    class Logger:
        def info(self, message: str, *values: object) -> None:
            messages.append(message.format(*values) if values else message)

    exec(statement, says.namespace() | {"logger": Logger()})
    return messages[0]


@pytest.mark.fact("P40")
@given(calls())
def test_a_loguru_call_says_what_print_says(source: str) -> None:
    after = converted(source, Style.BRACE)
    assert brace_formatted(after) in says.expected(source)


def interpreters() -> list[str]:
    """Return the other Pythons of this machine."""
    names = [f"python3.{minor}" for minor in range(11, 15)]
    versions = Path.home() / ".pyenv" / "versions"
    found = [path for name in names if (path := shutil.which(name))]
    found += [str(path) for path in sorted(versions.glob("3.1[1-9]*/bin/python"))]
    own = sys.version_info[:2]
    by_version: dict[str, str] = {}
    for path in found:
        code = "import sys; print(*sys.version_info[:2], sep='.')"
        ran = subprocess.run([path, "-c", code], capture_output=True, text=True, check=False)
        version = ran.stdout.strip()
        if (
            version
            and version != f"{own[0]}.{own[1]}"
            and tuple(map(int, version.split(".")))
            > (
                3,
                10,
            )
        ):
            by_version.setdefault(version, path)
    return [by_version[version] for version in sorted(by_version)]


# Shrinking would start hundreds of interpreters.
@settings(max_examples=4, phases=[Phase.generate])
@given(st.lists(calls(), min_size=60, max_size=60))
def test_other_pythons_agree(sources: list[str]) -> None:
    pairs = json.dumps([[source, converted(source)] for source in sources])
    for python in interpreters():
        ran = subprocess.run(
            [python, says.__file__], input=pairs, capture_output=True, text=True, check=True
        )
        assert json.loads(ran.stdout) == []
