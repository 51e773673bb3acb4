"""`codemods run --test`: exactly the groups that break the tests are withheld."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.commands.conftest import Program, git
from tests.commands.test_run import snapshot

GUILTY = (7, 29, 48)
RUN = ("run", "--only", "toy", "--branch", "made")
PYTEST = f"{sys.executable} -m pytest -q"
CHECK = f"{sys.executable} check.py"


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the logs, which stay, out of the machine's folder."""
    folder = tmp_path / "logs"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))


@pytest.fixture
def sixty(environment: dict[str, str], tmp_path: Path) -> Path:
    """Sixty sites in twelve files; three objects have no `say`."""
    root = tmp_path / "sixty"
    (root / "app").mkdir(parents=True)
    (root / "app" / "__init__.py").touch()
    (root / "app" / "voice.py").write_text(
        "class Calm:\n    def shout(self): return 1\n    say = shout\n\n\n"
        "class Loud:\n    def shout(self): return 1\n"
    )
    for number in range(12):
        lines = ["from app.voice import Calm, Loud", ""]
        for index in range(number * 5, number * 5 + 5):
            kind = "Loud" if index in GUILTY else "Calm"
            lines += ["", f"def f{index}(voice={kind}()):", "    return voice.shout()", ""]
        (root / "app" / f"m{number:02}.py").write_text("\n".join(lines))
    calls = "".join(
        f"    from app.m{index // 5:02} import f{index}\n    assert attempt(f{index}) == 1\n"
        for index in range(60)
    )
    attempt = (
        "def attempt(function):\n    try:\n        return function()\n"
        "    except AttributeError:\n        return 0\n"
    )
    (root / "check.py").write_text(f"{attempt}\n\nif __name__ == '__main__':\n{calls}")
    git(root, environment, "init", "-q", "-b", "main")
    git(root, environment, "add", ".")
    git(root, environment, "commit", "-q", "-m", "base")
    return root


def add_tests(root: Path, environment: dict[str, str], *, traced: bool) -> None:
    lines = ["from check import attempt", ""]
    for index in range(60):
        lines += ["", f"def test_f{index}():", f"    from app.m{index // 5:02} import f{index}"]
        call = f"f{index}()" if traced else f"attempt(f{index})"
        lines += [f"    assert {call} == 1", ""]
    lines += ["", "def test_broken_before():", "    assert False", ""]
    (root / "test_app.py").write_text("\n".join(lines))
    git(root, environment, "add", ".")
    git(root, environment, "commit", "-q", "-m", "tests")


def withheld(document: str) -> set[str]:
    sites = json.loads(document)["sites"]
    return {one["path"] for one in sites if one["reason"] == "engine/test-failed"}


def runs(document: str) -> int:
    (notice, *_) = json.loads(document)["notices"]
    found = re.search(r"(\d+) times: withheld 3 sites that break it", notice)
    assert found, notice
    return int(found[1])


FILES = {f"app/m{index // 5:02}.py" for index in GUILTY}


def test_three_of_sixty_by_exit_codes(
    program: Program, sixty: Path, environment: dict[str, str]
) -> None:
    before = snapshot(sixty, environment)
    result = program(*RUN, "--json", "--test", CHECK, cwd=sixty)
    assert result.returncode == 0, result.stderr
    assert withheld(result.stdout) == FILES
    assert runs(result.stdout) <= 30
    after = snapshot(sixty, environment)
    assert after.pop("log") != before.pop("log")
    assert after == before
    assert len(git(sixty, environment, "worktree", "list").splitlines()) == 1
    message = git(sixty, environment, "log", "-1", "--format=%B", "made")
    assert message.count("Codemod-Without: toy app/m") == 3
    assert program("verify", "main..made", cwd=sixty).returncode == 0
    notice = json.loads(result.stdout)["notices"][0]
    assert "AssertionError" in Path(notice.rpartition(" ")[2]).read_text()


@pytest.mark.parametrize("traced", [True, False])
def test_three_of_sixty_by_failing_tests(
    program: Program, sixty: Path, environment: dict[str, str], traced: bool
) -> None:
    add_tests(sixty, environment, traced=traced)
    result = program(*RUN, "--json", "--test", PYTEST, cwd=sixty)
    assert result.returncode == 0, result.stderr
    assert withheld(result.stdout) == FILES
    assert runs(result.stdout) <= (6 if traced else 12)
    document = json.loads(result.stdout)
    assert "1 test fails before any change, which is not counted" in document["notices"]
    (message,) = {
        one["message"]
        for one in document["sites"]
        if one["path"] == "app/m01.py"
        if one["reason"] == "engine/test-failed"
    }
    assert "FAILED test_app.py::test_f7" in message


def test_every_commit_is_tested(
    program: Program, repository: Path, environment: dict[str, str]
) -> None:
    check = f"{sys.executable} -c \"import sys; sys.exit('say(3)' in open('pkg/b.py').read())\""
    result = program(*RUN, "--commit-by", "file", "--test", check, cwd=repository)
    assert result.returncode == 0
    assert "ran `" in result.stdout
    assert "withheld 1 site that break" in result.stdout
    assert git(repository, environment, "diff", "--name-only", "main", "made") == "a.py\n"
    assert program("verify", "main..made", cwd=repository).returncode == 0


def test_when_the_runs_are_used_up_more_is_withheld_and_that_is_said(
    program: Program, sixty: Path
) -> None:
    result = program(*RUN, "--json", "--test", CHECK, "--test-runs", "3", cwd=sixty)
    assert withheld(result.stdout) > FILES
    assert "(--test-runs) were used up" in json.loads(result.stdout)["notices"][1]


@pytest.mark.parametrize("command", ["exit 3", "no-such-program"])
def test_a_command_that_fails_before_any_change_is_refused(
    program: Program, repository: Path, environment: dict[str, str], command: str
) -> None:
    result = program(*RUN, "--test", command, cwd=repository)
    assert result.returncode == 2
    assert "before any change" in result.stderr
    assert git(repository, environment, "branch", "--list", "made") == ""


def test_a_rewrite_that_hangs_is_withheld(program: Program, repository: Path) -> None:
    check = "grep -q say pkg/b.py && sleep 600 || true"
    result = program(*RUN, "--json", "--test", check, "--test-timeout", "10", cwd=repository)
    assert withheld(result.stdout) == {"pkg/b.py"}
    assert "ran out of time" in result.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ended_in_the_middle_nothing_is_left(
    repository: Path, environment: dict[str, str], tmp_path: Path, number: int
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    started = tmp_path / "started"
    process = subprocess.Popen(
        [sys.executable, "-m", "codemods", *RUN, "--test", f"touch {started}; sleep 300"],
        cwd=repository,
        env=environment | {"TMPDIR": str(folder)},
        stderr=subprocess.PIPE,
    )
    while not started.exists() and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(number)
    process.communicate(timeout=600)
    assert process.returncode in (130, 143)
    assert [one.suffix for one in folder.iterdir()] == [".log"]
    assert len(git(repository, environment, "worktree", "list").splitlines()) == 1
    linked = repository / ".git" / "worktrees"
    assert not linked.exists() or list(linked.iterdir()) == []
    assert git(repository, environment, "branch", "--list", "made") == ""
