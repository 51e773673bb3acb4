"""The page about batches knows every flag."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from codemods.commands.app import program

PAGE = Path(__file__).parents[2] / "docs" / "batch.md"


@pytest.mark.parametrize("command", ["run", "status", "push"])
def test_the_page_knows_every_flag(command: str) -> None:
    shown = CliRunner().invoke(program(), ["batch", command, "--help"], env={"COLUMNS": "200"})
    flags = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", shown.output.partition("Options:")[2]))
    described = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", PAGE.read_text("utf-8")))
    assert len(flags) > 2
    assert flags - described - {"--help", "--option"} == set()
