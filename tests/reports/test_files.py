"""Reports as files: JSON, SARIF, Markdown, HTML."""

import base64
import html.parser
import json
import subprocess
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemods.engine.outcome import FileChange
from codemods.reports.diff import hunks
from codemods.reports.files import SUFFIXES, as_file
from tests.reports.sample import report


def test_json() -> None:
    document = json.loads(as_file(report(), Path("a.JSON"), 3))
    assert document["schema"] == 1
    assert document["state"] == "created"
    assert document["exit_code"] == 3
    assert document["base"] == "0123456789abcdef0123456789abcdef01234567"
    assert document["codemods"][0] == {
        "name": "toy",
        "sites": 17,
        "rewritten": 1,
        "left": 16,
        "files": 2,
        "counts": {"looked alike": 2},
        "rounds": 1,
    }
    first, *_, last = document["sites"]
    assert base64.b64decode(first["path_base64"]) == b"src/caf\xe9 \x1b[31m|`<b>.py"
    assert first["path"] == "src/caf\ufffd \x1b[31m|`<b>.py"
    assert first["verdict"] == "rewrite"
    assert first["related"][0]["line"] == 9
    assert last == {
        "codemod": "toy",
        "group": "g30",
        "kind": "call",
        "path": "src/app.py",
        "line": None,
        "column": None,
        "end_line": None,
        "end_column": None,
        "final": {"line": 30, "column": 5, "end_line": 30, "end_column": 15},
        "code": "first(\n    second)",
        "verdict": "leave",
        "reason": "toy/odd",
        "message": "message of [bold]30[/bold]",
        "note": None,
        "related": [{"path": "src/app.py", "line": 9, "column": 2}],
    }
    assert document["todo"] == ["Bring the locks up to date with: `uv lock`"]
    commit = document["commits"][0]
    assert commit["sites"] == 1
    assert [file["status"] for file in commit["files"]] == ["modified", "added"]


def test_sarif() -> None:
    log = json.loads(as_file(report(), Path("a.sarif"), 3))
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == ["toy/kept", "toy/odd", "toy/rewritten"]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert len(run["results"]) == 17
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "src/caf%E9%20%1B%5B31m%7C%60%3Cb%3E.py"
    assert place["region"]["startLine"] == 3
    assert [result["level"] for result in run["results"][:2]] == ["note", "warning"]


def test_markdown_keeps_the_repository_out_of_the_markup() -> None:
    text = as_file(report(), Path("a.md"), 0).decode()
    assert "- Bring the locks up to date with: \\`uv lock\\`" in text
    assert "| toy | 17 | 1 | 16 | 2 | `fedcba9876` |" in text
    assert "- ``src/caf\\xe9 \\x1b[31m|`<b>.py:3:5``: check \\\\x1b\\[2J the \\`caller\\`" in text
    assert "> **Failed:** the group g9 was dropped \\<script\\>" in text
    assert "<details><summary><code>toy/kept</code> (15)</summary>" in text


def test_html_is_balanced_and_keeps_the_repository_out_of_the_markup() -> None:
    class Balance(html.parser.HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.open: list[str] = []

        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag not in ("meta", "br", "input"):
                self.open.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert self.open.pop() == tag

    text = as_file(report(), Path("a.html"), 0).decode()
    parser = Balance()
    parser.feed(text)
    assert parser.open == []
    assert "http" not in text.replace("http-equiv", "")
    assert "<b>" not in text
    assert "<i>" not in text
    assert '<span class="add">+x.say(1) # &lt;i&gt;</span>' in text
    assert "dropped &lt;script&gt;" in text


def test_an_unknown_suffix_is_refused() -> None:
    with pytest.raises(ValueError, match=r"a report ends in \.json, \.sarif, \.md, \.html"):
        as_file(report(), Path("a.pdf"), 0)
    assert SUFFIXES == (".json", ".sarif", ".md", ".html")


LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n", b"\n"]), max_size=25).map(b"".join)


@given(LINES, LINES)
def test_hunks_turn_one_version_into_the_other(before: bytes, after: bytes) -> None:
    path = PurePosixPath("f")
    old = [line.decode() for line in before.splitlines()]
    new: list[str] = []
    at = 0
    for line in hunks(FileChange(path, before, after)):
        if line.startswith("@@"):
            start, length = (int(part) for part in line.split()[1][1:].split(","))
            first = start - 1 if length else start
            new += old[at:first]
            at = first
        elif line[0] == "+":
            new.append(line[1:])
        else:
            assert old[at] == line[1:]
            at += 1
            if line[0] == " ":
                new.append(line[1:])
    assert [line.encode() for line in new + old[at:]] == after.splitlines()


def test_hunks_are_what_git_shows(tmp_path: Path) -> None:
    before = b"".join(b"line %d\n" % number for number in range(40))
    after = before.replace(b"line 5\n", b"five\n").replace(b"line 30\n", b"30\nthirty\n")
    (tmp_path / "a").write_bytes(before)
    (tmp_path / "b").write_bytes(after)
    shown = subprocess.run(
        ["git", "diff", "--no-index", "a", "b"], cwd=tmp_path, capture_output=True, text=True
    ).stdout.splitlines()[4:]
    expected = [
        line[: line.index("@@", 2) + 2] if line.startswith("@@") else line for line in shown
    ]
    assert hunks(FileChange(PurePosixPath("a"), before, after)) == expected
