from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import libcst as cst
import pytest
from hypothesis import given, settings
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


def is_multiline_text(source: str) -> bool:
    return "says no comment" in source


@settings(max_examples=600)
@given(calls())
def test_a_logging_call_says_what_print_says(source: str) -> None:
    after = converted(source)
    assert says.laid_out(says.says_after(after)) == says.laid_out(says.says_before(source))
    assert comments(after) == comments(source)


def interpreters() -> list[str]:
    found = [
        path
        for path in Path(sys.executable).resolve().parents[2].glob("*/bin/python")
        if path.exists()
    ]
    return [str(path) for path in found]
