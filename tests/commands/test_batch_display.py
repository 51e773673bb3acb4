"""What a person sees of a batch."""

import io
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pexpect
import pytest

from codemods.batch.journal import Journal, Row
from codemods.batch.targets import Target
from codemods.commands import batch_display, batch_run
from codemods.commands.batch_display import Display, closing_lines, time_left

FAILED = Row(
    repository="/x/\x1b[2Jbad", state="failed", cause="missing", message="it is\nnot there"
)
CHANGED = Row(
    repository="/x/good",
    state="changed",
    branch="b",
    commits=("1", "2"),
    sites=3,
    rewritten=2,
    left=1,
    seconds=1.25,
)


@pytest.mark.parametrize(
    ("elapsed", "done", "remaining", "expected"),
    [
        (0.0, 0, 5, ""),
        (5.0, 3, 0, ""),
        (10.0, 1, 1, "about 10 s left"),
        (600.0, 10, 20, "about 20 min left"),
        (3600.0, 1, 3, "about 3.0 h left"),
    ],
)
def test_the_time_left(elapsed: float, done: int, remaining: int, expected: str) -> None:
    assert time_left(elapsed, done, remaining) == expected


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(batch_display, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


def test_plain_lines_with_an_estimate_that_rests_on_own_work(clock: list[float]) -> None:
    stream = io.StringIO()
    with Display(stream, 6, 2) as display:
        for state in ("waiting", "fetching", "running"):
            display(Row(repository="/x/good", state=state), True)
        assert stream.getvalue() == ""
        display(Row(repository="/x/old", state="changed"), False)
        clock[0] = 8.0
        display(CHANGED, True)
        display(FAILED, False)
    assert stream.getvalue().splitlines() == [
        "[2/6] /x/good: changed, 2 sites rewritten, 1 left, 2 commits, 1.2 s (about 32 s left)",
        r"[3/6] /x/\x1b[2Jbad: failed: missing: it is\x0anot there, as before (about 24 s left)",
    ]


def test_the_last_lines_name_what_failed_with_its_cause() -> None:
    other = Row(repository="/x/other", state="incomplete", cause="not-proven", message="a part")
    summary = {"codemods": {"toy": {"rewritten": 1234, "left": 1}}}
    lines = list(closing_lines([CHANGED, FAILED, other], summary, Path("out"), complete=False))
    assert lines == [
        "3 repositories: 1 changed, 1 failed, 1 incomplete",
        "  toy: 1,234 rewritten, 1 left",
        "Results: out; codemods batch status out",
        "Stopped after too many failures; run again to go on with those that wait.",
        "Failed: 2 (codemods batch run … --only-failed tries them again)",
        "  missing:",
        r"    /x/\x1b[2Jbad: it is\x0anot there",
        "  not-proven:",
        "    /x/other: a part",
    ]


def test_the_table_follows_a_batch_to_its_end(environment: dict[str, str], tmp_path: Path) -> None:
    with closing(Journal(tmp_path / "journal.sqlite")) as journal:
        journal.note(Row(repository="/x/good", state="running"))
        terminal = pexpect.spawn(
            sys.executable,
            ["-m", "codemods", "batch", "status", ".", "--watch"],
            cwd=tmp_path,
            env=environment | {"TERM": "xterm"},
            encoding="utf-8",
            dimensions=(24, 200),
            timeout=300,
        )
        terminal.expect("/x/good +running +0 +0 +0 +0 +0.0 s")
        journal.record(CHANGED, {})
        terminal.expect(r"/x/good +changed +3 +2 +1 +2 +1\.\d s")
        terminal.expect(pexpect.EOF)
        terminal.close()
        assert terminal.exitstatus == 0


@pytest.mark.parametrize(
    ("text", "only"),
    [
        ("# two\n/x/a\n/x/b\n", ()),
        ('[[repositories]]\nurl = "/x/a"\n[[repositories]]\nurl = "/x/b"\n', ()),
        ('[defaults]\nonly = ["toy"]\n[[repositories]]\nurl = "/x/a"\n', ("toy",)),
    ],
)
def test_a_list_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, text: str, only: tuple[str, ...]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    targets = batch_run.read_list("-")
    assert targets[0] == Target(url="/x/a", only=only)
