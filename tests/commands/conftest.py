"""A program that has the toy codemod, installed as another distribution would offer it."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from codemods.commands import app

UNRULY = ("slow", "hungry", "crashing", "interrupted", "killed")
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Finished:
    """How a run of the program ended."""

    returncode: int
    stdout: str
    stderr: str


Program = Callable[..., Finished]


@pytest.fixture(scope="session")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plugins")
    information = folder / "toys-1.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: toys\nVersion: 1\n")
    (information / "entry_points.txt").write_text(
        "[codemods]\ntoy = tests.commands.toy:codemod\n"
        + "".join(f"{name} = tests.commands.unruly:{name}\n" for name in UNRULY)
    )
    return folder


@pytest.fixture
def environment(plugins: Path, tmp_path: Path) -> dict[str, str]:
    """A clean environment: no settings of the person who runs the tests, plain C locale."""
    return clean_environment(plugins, tmp_path)


def clean_environment(plugins: Path, folder: Path) -> dict[str, str]:
    """Make a home in a folder, and return the variables of somebody who lives there."""
    home = folder / "home"
    home.mkdir()
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{plugins}{os.pathsep}{ROOT}",
        "PYTHONUTF8": "1",
        "HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.org",
    }


@pytest.fixture
def program(
    environment: dict[str, str], plugins: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Program:
    """Runs the program within this process."""
    monkeypatch.syspath_prepend(str(plugins))
    for name in os.environ.keys() - environment.keys():
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def run(
        *arguments: str, cwd: Path | None = None, stdin: str = "", **variables: str
    ) -> Finished:
        with contextlib.chdir(cwd or tmp_path):
            result = CliRunner().invoke(
                app.program(), arguments, input=stdin.encode(), env=variables
            )
        return Finished(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def process(environment: dict[str, str], tmp_path: Path) -> Program:
    """Runs `python -m codemods …` in a process of its own."""
    return _processes(environment, tmp_path)


@pytest.fixture
def mortal(environment: dict[str, str], tmp_path: Path) -> Program:
    """The same as one to whom the rights of files and folders apply, which they do not to root."""
    if os.getuid() != 0:
        return _processes(environment, tmp_path)
    if shutil.which("setpriv") is None:
        pytest.skip("rights do not apply to root, and setpriv is not installed")
    return _processes(
        environment, tmp_path, "setpriv", "--bounding-set", "-dac_override,-dac_read_search"
    )


def _processes(environment: dict[str, str], tmp_path: Path, *prefix: str) -> Program:
    def run(*arguments: str, cwd: Path | None = None, **variables: str) -> Finished:
        done = subprocess.run(
            [*prefix, sys.executable, "-m", "codemods", *arguments],
            cwd=cwd or tmp_path,
            env=environment | variables,
            capture_output=True,
            encoding="utf-8",
            timeout=600,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def repository(environment: dict[str, str], tmp_path: Path) -> Path:
    """A checkout with sites of the toy in two files, one of them to be left."""
    root = tmp_path / "repository"
    (root / "pkg").mkdir(parents=True)
    (root / "a.py").write_bytes(b"import voice\nvoice.shout(1)\nvoice.shout(2)  # keep\n")
    (root / "pkg" / "b.py").write_bytes(b"import voice\r\nvoice.shout(3)\r\n")
    (root / "c.py").write_bytes(b"print('nothing here')\n")
    git(root, environment, "init", "-q", "-b", "main")
    git(root, environment, "add", ".")
    git(root, environment, "commit", "-q", "-m", "base")
    return root


def git(root: Path, environment: dict[str, str], *arguments: str) -> str:
    """Run Git as a person would; return what it printed."""
    return subprocess.run(
        ["git", *arguments],
        cwd=root,
        env=environment,
        check=True,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
    ).stdout
