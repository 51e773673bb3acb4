"""What the ledger says besides the verdicts that the fixtures show."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from codemods.catalog.print_to_logger import codemod
from codemods.catalog.print_to_logger.options import Options
from codemods.codemod import Action, Bar, Position, Settings, Site
from codemods.engine import MemoryFiles, run
from codemods.engine.outcome import Entry, Outcome


def migrate(
    files: dict[str, str],
    options: Options | None = None,
    overrides: tuple[tuple[str, dict[str, object]], ...] = (),
    barred: int = 0,
) -> Outcome:
    def bar(site: Site, base: Position | None) -> Bar | None:
        if site.position.line == barred:
            return Bar("engine/suppressed", "a comment says so")
        return None

    data = {PurePosixPath(name): text.encode() for name, text in files.items()}
    settings = Settings(options or Options(), overrides)
    return run(MemoryFiles(data), [codemod], {codemod.name: settings}, bar=bar, jobs=1)


def at(outcome: Outcome, line: int, path: str = "work.py") -> Entry:
    (entry,) = (
        one
        for one in outcome.entries
        if str(one.site.path) == path and one.site.position.line == line
    )
    return entry


TESTED = {
    "work.py": 'def work():\n    print("3 rows")\n',
    "tests/test_work.py": (
        "from work import work\n\n\ndef test_work(capsys):\n    work()\n"
        '    assert capsys.readouterr().out == "3 rows\\n"\n'
    ),
}


@pytest.mark.fact("R81")
def test_a_test_that_reads_a_message_is_named() -> None:
    kept = at(migrate(TESTED), 2)
    assert kept.verdict.action is Action.LEAVE
    assert "`test_work` (tests/test_work.py:4) reads what it prints" in kept.verdict.message
    moved = at(migrate(TESTED, Options(stdout="log")), 2)
    assert moved.verdict.action is Action.REWRITE
    assert moved.verdict.note == "tests/test_work.py:4 reads it: `capsys` becomes `caplog`"
    assert [str(place) for place in moved.verdict.related] == ["tests/test_work.py:4"]


def test_notes_for_the_reviewer() -> None:
    text = (
        "def work(n):\n"
        '    print("Count: %i", n)\n'
        '    print("\\033[31mred\\033[0m")\n'
        '    print("100%")\n'
    )
    outcome = migrate({"work.py": text})
    assert "shows a `%` conversion" in at(outcome, 2).verdict.note
    assert "terminal colours" in at(outcome, 3).verdict.note
    assert at(outcome, 4).verdict.note == ""


@pytest.mark.fact("P24")
def test_a_function_stands_or_falls_as_a_whole() -> None:
    text = (
        "import sys\n\n\ndef work():\n"
        '    print("one")\n    print("two")\n    print("three", file=sys.stderr)\n\n\n'
        'def other():\n    print("other")\n'
    )
    outcome = migrate({"work.py": text}, barred=5)
    assert [at(outcome, line).verdict.reason for line in (5, 6, 7, 11)] == [
        "engine/suppressed",
        "engine/group-of",
        "print-to-logger/log-message",
        "print-to-logger/log-message",
    ]


def test_options_differ_by_path() -> None:
    command = 'def show_rows():\n    print("[OK] 3 rows")\n'
    files = {"lib/a.py": command, "tools/b.py": command}
    outcome = migrate(
        files, overrides=(("tools/", {"stdout": "log"}), ("tools/", {"strip_prefix": True}))
    )
    assert at(outcome, 2, "lib/a.py").verdict.reason == "print-to-logger/printing-function"
    assert at(outcome, 2, "tools/b.py").rewritten
    (change,) = outcome.changes
    (file,) = change.files
    assert b'logger.info("3 rows")' in (file.after or b"")


@pytest.mark.fact("P44")
def test_the_configuration_is_a_step_of_its_own() -> None:
    files = {
        "main.py": 'def work():\n    print("on")\n\n\nif __name__ == "__main__":\n    work()\n'
    }
    first, second = migrate(files).changes
    assert (first.step, second.step) == ("configure logging", "")
    assert [str(file.path) for file in first.files] == ["logging_config.py", "main.py"]
    assert first.entries == ()
    assert "logging_config.py configures logging" in first.paragraphs[0]
    assert [str(file.path) for file in second.files] == ["main.py"]
    (sweep,) = migrate(files, Options(logging="none")).changes
    assert "not seen" in sweep.paragraphs[0]


def test_a_repository_of_which_nothing_is_rewritten_is_searched_once() -> None:
    outcome = migrate({"tests/test_it.py": 'print("x")\n', "a.py": "import logging\n"})
    assert outcome.rounds.get(codemod.name, 0) == 0
    assert outcome.changes[0].files == ()
