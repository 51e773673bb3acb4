"""The sample application of fixtures/demo, as a repository of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["SAMPLE", "clean_environment", "codemods", "git", "make_repository", "run_own_tests"]

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "fixtures" / "demo"
#: The first commit has the same id wherever and whenever it is made.
_DATE = "2024-05-01T09:00:00+00:00"


def clean_environment(**variables: str) -> dict[str, str]:
    """Return the environment without anybody's Git settings and without bytecode files."""
    inherited = {key: text for key, text in os.environ.items() if not key.startswith("GIT_")}
    return inherited | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Demo",
        "GIT_AUTHOR_EMAIL": "demo@example.com",
        "GIT_COMMITTER_NAME": "Demo",
        "GIT_COMMITTER_EMAIL": "demo@example.com",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        **variables,
    }


def make_repository(folder: Path) -> None:
    """Copy the sample application into a new repository with one commit, on the branch main.

    Raises:
        OSError: the folder exists, or can't be written.
        subprocess.CalledProcessError: git refused.
    """
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc", "*.egg-info")
    shutil.copytree(SAMPLE, folder, ignore=ignored)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    date = {"GIT_AUTHOR_DATE": _DATE, "GIT_COMMITTER_DATE": _DATE}
    git(folder, "commit", "--quiet", "--message=Import orderdesk 2.4", **date)


def git(folder: Path, *arguments: str, **variables: str) -> str:
    """Run git in a folder and return what it prints.

    Raises:
        subprocess.CalledProcessError: git refused.
    """
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        env=clean_environment(**variables),
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def codemods(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program on a repository and return its output, both streams in one."""
    return subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), *arguments, "-C", str(folder)],
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def run_own_tests(
    folder: Path, variables: Mapping[str, str] | None = None
) -> tuple[bool, int, str]:
    """Run the application's own tests; return whether all passed, how many ran, and the output."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "unittest", "discover", "-s", "tests", "-t", "."],
        cwd=folder,
        env=clean_environment(**(variables or {})),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    ran = re.search(r"^Ran (\d+) tests? in", done.stdout, re.MULTILINE)
    return done.returncode == 0, int(ran[1]) if ran else 0, done.stdout
