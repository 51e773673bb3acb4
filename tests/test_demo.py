"""The sample application survives its migration, and `make demo` shows it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.demo import (
    ROOT,
    SAMPLE,
    clean_environment,
    codemods,
    git,
    make_repository,
    run_own_tests,
)


def test_own_tests_pass_before_and_after_a_run_and_a_second_run_does_nothing(
    tmp_path: Path, database: str
) -> None:
    folder = tmp_path / "demo"
    make_repository(folder)
    base = git(folder, "rev-parse", "HEAD")
    server = {"ORDERDESK_TEST_DATABASE_URL": database}
    passed, count, output = run_own_tests(folder, server)
    assert passed, output

    first = codemods(folder, "run", "--switch")

    assert first.returncode == 0, first.stdout
    assert git(folder, "rev-parse", "main") == base
    assert git(folder, "rev-list", "--count", "main..") != "0"
    passed_after, count_after, output = run_own_tests(folder, server)
    assert passed_after, output
    assert count_after == count >= 40
    sites = git(folder, "grep", "-ohE", r"datetime\.utc(now|fromtimestamp)", "main", "--", "*.py")
    exact = git(folder, "grep", "-ohF", ".replace(tzinfo=None)", "HEAD", "--", "*.py")
    assert len(exact.splitlines()) <= 0.2 * len(sites.splitlines())
    head = git(folder, "rev-parse", "HEAD")
    second = codemods(folder, "run")
    assert second.returncode == 0, second.stdout
    assert git(folder, "rev-parse", "HEAD") == head
    assert len(git(folder, "branch", "--list", "codemods/*").splitlines()) == 1


def test_own_tests_need_neither_driver_nor_server(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    make_repository(folder)
    for name in ("psycopg2", "sqlalchemy"):
        (folder / f"{name}.py").write_text("raise ImportError('not installed')\n")

    passed, count, output = run_own_tests(folder)

    assert passed, output
    assert count > 30
    assert "skipped=1" in output


def test_every_problem_is_there() -> None:
    text = "\n".join(path.read_text("utf-8") for path in SAMPLE.rglob("*.py"))

    assert text.count("utcnow") > 30
    assert text.count("print(") > 30
    assert text.count("getenv(") + text.count("os.environ") > 25
    assert text.count("import psycopg2") + text.count("from psycopg2") >= 4


def show(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.show_demo", str(folder)],
        cwd=ROOT,
        env=clean_environment(**variables),
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_demo_shows_summary_commits_and_tests_and_can_be_repeated(tmp_path: Path) -> None:
    first, again = show(tmp_path / "demo"), show(tmp_path / "demo")

    assert first.returncode == again.returncode == 0, first.stdout + first.stderr
    assert "codemod " in first.stdout
    assert "Codemod: utcnow" in first.stdout
    assert "orderdesk/models/order.py" in first.stdout
    assert first.stdout.count("pass.") == 2


def test_the_demo_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    no_git = show(tmp_path / "demo", PATH=str(tmp_path))
    no_folder = show(tmp_path / "file" / "demo")
    somebody_elses = show(tmp_path)

    assert no_git.returncode == no_folder.returncode == somebody_elses.returncode == 2
    assert "apt-get install git" in no_git.stderr
    assert "can't be written" in no_folder.stderr
    assert "in the way" in somebody_elses.stderr
    assert (tmp_path / "file").exists()


@pytest.mark.parametrize("target", ["demo", "test"])
def test_the_makefile_has_the_targets_of_the_readme(target: str) -> None:
    done = subprocess.run(
        ["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
