"""The reference pages say what the program does."""

import json
import re
from pathlib import Path

from typer.testing import CliRunner

from codemods.commands.app import program
from codemods.reports.json_report import as_document
from tests.reports.sample import report

DOCS = Path(__file__).parents[1] / "docs"


def test_the_command_line_page_knows_every_flag_of_run() -> None:
    shown = CliRunner().invoke(program(), ["run", "--help"], env={"COLUMNS": "200"}).output
    flags = set(re.findall(r"(?<![\w-])--?[A-Za-z][a-z-]*", shown.partition("Options:")[2]))
    page = (DOCS / "command-line.md").read_text("utf-8")
    described = set(re.findall(r"(?<![\w-])--?[A-Za-z][a-z-]*", page))
    assert flags - described - {"-h", "--option"} == set()


def test_the_json_page_shows_the_keys_of_the_document() -> None:
    page = (DOCS / "json.md").read_text("utf-8")
    example = json.loads(page.partition("```json\n")[2].partition("```")[0])
    document = as_document(report(), 0)
    assert example.keys() == document.keys()
    for key in ("tool", "codemods", "commits", "sites"):
        ours, theirs = example[key], document[key]
        if isinstance(theirs, list):
            ours, theirs = ours[0], theirs[-1]
        assert ours.keys() == theirs.keys(), key
