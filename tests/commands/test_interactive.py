"""`codemods run --interactive`, driven through a real terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import pexpect
import pytest

from codemods.commands.choices import Answer, Choices
from codemods.commands.without import Without, barring
from codemods.engine import MemoryFiles, run
from codemods.engine.configuration import configure
from codemods.engine.outcome import Outcome
from tests.commands.conftest import Program, git
from tests.commands.test_run import snapshot
from tests.commands.toy import codemod

Talk = Callable[..., "pexpect.spawn[str]"]


@pytest.fixture
def talk(environment: dict[str, str], repository: Path) -> Iterator[Talk]:
    """Starts the program on a terminal of its own."""
    (repository / "a.py").write_text(
        "import voice\nvoice.shout(1)\nvoice.shout(2)  # keep\n\n\nvoice.shout(4)\n"
    )
    git(repository, environment, "commit", "-q", "-am", "more")
    started: list[pexpect.spawn[str]] = []

    def start(*arguments: str) -> pexpect.spawn[str]:
        child = pexpect.spawn(
            sys.executable,
            ["-m", "codemods", "run", "--only", "toy", "-i", "--branch", "made", *arguments],
            cwd=str(repository),
            env=environment | {"TERM": "dumb"},
            encoding="utf-8",
            timeout=600,
        )
        started.append(child)
        return child

    yield start
    for child in started:
        child.close(force=True)


def answer(child: pexpect.spawn[str], question: str, key: str) -> str:
    """Wait for a question, answer it; return what was shown before it."""
    child.expect_exact(f"({question}) Make this change [")
    shown = child.before or ""
    child.expect_exact("]? ")
    child.sendline(key)
    return shown.replace("\r\n", "\n")


def ended(child: pexpect.spawn[str]) -> tuple[int | None, str]:
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, (child.before or "").replace("\r\n", "\n")


def test_accepted_and_refused_groups(
    talk: Talk, program: Program, repository: Path, environment: dict[str, str]
) -> None:
    child = talk()
    shown = answer(child, "1/3", "?")
    assert "a.py:2:7  toy/rewritten  now calls say" in shown
    assert "\n-voice.shout(1)\n+voice.say(1)\n" in shown
    assert "\n import voice\n" in shown
    assert "n - do not make this change" in answer(child, "1/3", "n")
    answer(child, "2/3", "y")
    answer(child, "3/3", "y")
    status, shown = ended(child)
    assert status == 0
    assert "engine/declined (1)" in shown
    message = git(repository, environment, "log", "-1", "--format=%B", "made")
    assert "\nCodemod-Without: toy a.py:2:7\n" in message
    assert git(repository, environment, "show", "made:a.py") == (
        "import voice\nvoice.shout(1)\nvoice.shout(2)  # keep\n\n\nvoice.say(4)\n"
    )
    verified = program("verify", "main..made", cwd=repository)
    assert (verified.returncode, verified.stdout[:10]) == (0, "mechanical")


def test_one_letter_for_the_rest_of_a_file_and_back(
    talk: Talk, program: Program, repository: Path, environment: dict[str, str]
) -> None:
    child = talk("--commit-by", "group")
    answer(child, "1/3", "a")
    answer(child, "3/3", "b")
    answer(child, "1/3", "b")
    child.expect_exact("This is the first one.")
    answer(child, "1/3", "d")
    answer(child, "3/3", "y")
    assert ended(child)[0] == 0
    assert git(repository, environment, "diff", "--name-only", "main", "made") == "pkg/b.py\n"
    assert program("verify", "main..made", cwd=repository).returncode == 0


@pytest.mark.parametrize("key", ["q", "\x04", "\x03"])
def test_quitting_half_way_writes_nothing(
    talk: Talk, repository: Path, environment: dict[str, str], key: str
) -> None:
    before = snapshot(repository, environment)
    child = talk()
    answer(child, "1/3", "y")
    if key == "q":
        answer(child, "2/3", key)
    else:
        child.expect_exact("(2/3) Make this change [y,n,a,d,b,q,?]? ")
        child.send(key)
    status, shown = ended(child)
    assert status == 130
    assert "nothing was" in shown
    assert snapshot(repository, environment) == before


def test_refusing_everything_makes_no_branch(
    talk: Talk, repository: Path, environment: dict[str, str]
) -> None:
    child = talk()
    answer(child, "1/3", "d")
    answer(child, "3/3", "n")
    status, shown = ended(child)
    assert status == 0
    assert "Nothing to do." in shown
    assert git(repository, environment, "branch", "--list", "made") == ""


def test_a_branch_that_is_there_is_refused_before_any_question(
    talk: Talk, repository: Path, environment: dict[str, str]
) -> None:
    git(repository, environment, "branch", "made")
    status, shown = ended(talk())
    assert status == 2
    assert "the branch made exists" in shown


def test_without_a_terminal_it_is_refused(program: Program, repository: Path) -> None:
    result = program("run", "--only", "toy", "--interactive", cwd=repository)
    assert result.returncode == 2
    assert "--interactive asks on a terminal" in result.stderr


def test_what_a_refusal_changes_is_asked_about_again() -> None:
    first, second = "import voice\nvoice.shout(1)\n", "import voice\nvoice.shout(2)\n"
    files = MemoryFiles(
        {PurePosixPath("a.py"): first.encode(), PurePosixPath("b.py"): second.encode()}
    )
    settings = configure([codemod], None).settings
    louder = configure([codemod], None, ["toy.name=whisper"]).settings

    def outcome(without: Without) -> Outcome:
        # Stands for a codemod that decides otherwise when one of its sites is kept out.
        chosen = louder if any("b.py" in key for key in without) else settings
        return run(files, [codemod], chosen, bar=barring(without), commit_by="group", jobs=1)

    choices = Choices(outcome)
    choices.answer(Answer.YES)
    choices.answer(Answer.NO)
    again = choices.next
    assert again is not None
    assert again.look == (("a.py", ("-voice.shout(1)", "+voice.whisper(1)")),)
    choices.answer(Answer.YES)
    assert list(iter(lambda: choices.next, None)) == []
    assert set(choices.without) == {"toy b.py:2:7"}
