"""The pages say what the program does."""

import json
import re
from pathlib import Path, PurePosixPath

from typer.testing import CliRunner

from codemods.commands.app import program
from codemods.engine import MemoryFiles, run
from codemods.engine.configuration import configure
from codemods.engine.reasons import REASONS
from codemods.registry import find_codemods
from codemods.reports.json_report import as_document
from tests.reports.sample import report

DOCS = Path(__file__).parents[1] / "docs"


def test_the_command_line_page_knows_every_flag_of_run() -> None:
    shown = CliRunner().invoke(program(), ["run", "--help"], env={"COLUMNS": "200"}).output
    flags = set(re.findall(r"(?<![\w-])--?[A-Za-z][a-z-]*", shown.partition("Options:")[2]))
    page = (DOCS / "command-line.md").read_text("utf-8")
    described = set(re.findall(r"(?<![\w-])--?[A-Za-z][a-z-]*", page))
    assert flags - described - {"-h", "--option"} == set()


def test_the_command_line_page_knows_every_command() -> None:
    shown = CliRunner().invoke(program(), ["--help"], env={"COLUMNS": "200"}).output
    commands = re.findall(r"^  ([a-z]+)  ", shown.partition("Commands:")[2], re.MULTILINE)
    page = (DOCS / "command-line.md").read_text("utf-8")
    assert "run" in commands
    for command in commands:
        assert f"| `codemods {command}" in page


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


def test_the_readme_shows_each_codemod_as_it_is() -> None:
    page = (DOCS.parent / "README.md").read_text("utf-8")
    shown = re.findall(
        r"^### `([a-z0-9-]+)`$.*?^```diff\n(.*?)^```$", page, re.DOTALL | re.MULTILINE
    )
    codemods = {codemod.name: codemod for codemod in find_codemods()}
    assert [name for name, _ in shown] == list(codemods)
    for name, diff in shown:
        lines = diff.splitlines()
        before, after = (
            "".join(f"{line[1:]}\n" for line in lines if not line.startswith(mark)) for mark in "+-"
        )
        files = MemoryFiles({PurePosixPath("app.py"): before.encode()})
        outcome = run(files, [codemods[name]], configure([codemods[name]], None).settings)
        result = {file.path.name: file.after for change in outcome.changes for file in change.files}
        assert (result["app.py"] or b"").decode() == after


def test_the_reasons_in_the_readme_exist() -> None:
    page = (DOCS.parent / "README.md").read_text("utf-8")
    listed = {reason.code: reason.sentence for one in find_codemods() for reason in one.reasons}
    listed |= {reason.code: reason.sentence for reason in REASONS}
    shown = re.findall(r"^      ([a-z0-9-]+/[a-z-]+) \(\d+\)  (.*)$", page, re.MULTILINE)
    assert len(shown) == 3
    for code, sentence in shown:
        assert listed[code] == sentence


def test_links_lead_somewhere() -> None:
    for page in (DOCS.parent / "README.md", *DOCS.glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
