"""The program: help, version, exit codes, what happens when something goes wrong."""

import errno
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from codemods import __version__
from codemods.commands import app
from codemods.commands.errors import about_the_machine
from tests.commands.conftest import Program

HEAVY = ("libcst", "git", "rich", "typer", "fissix", "pathspec")


def imported_by(code: str) -> set[str]:
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return set(shown.split())


def test_importing_the_package_imports_nothing_heavy() -> None:
    assert imported_by("import codemods").isdisjoint(HEAVY)


def test_finding_the_codemods_imports_nothing_heavy() -> None:
    loaded = imported_by("from codemods.registry import find_codemods; find_codemods()")
    assert loaded.isdisjoint(HEAVY)


def test_help_imports_nothing_heavy_but_typer() -> None:
    loaded = imported_by(
        "import sys; sys.argv = ['codemods', 'run', '--help']\n"
        "import contextlib, io\n"
        "from codemods.commands.app import main\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()): main()"
    )
    assert loaded & {*HEAVY} == {"typer"}


@pytest.mark.parametrize(("argument", "code"), [("--version", 0), ("--wrong", 2)])
def test_the_program_ends_with_its_code_and_all_that_it_said(argument: str, code: int) -> None:
    program = (
        f"import sys; sys.argv = ['codemods', {argument!r}]; print('first')\n"
        "from codemods.__main__ import main\nmain()\nprint('not reached')"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert shown.returncode == code
    assert shown.stdout == ("first\n" if code else f"first\ncodemods {__version__}\n")
    assert ("No such option: --wrong" in shown.stderr) is bool(code)


def test_a_thread_is_waited_for_at_the_end() -> None:
    program = (
        "import sys, threading, time; sys.argv = ['codemods', '--version']\n"
        "threading.Thread(target=lambda: (time.sleep(0.5), print('done'))).start()\n"
        "from codemods.__main__ import main\nmain()"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert shown.stdout == f"codemods {__version__}\ndone\n"


def test_version_and_launcher(process: Program) -> None:
    assert process("--version").stdout == f"codemods {__version__}\n"
    launcher = Path(app.__file__).parents[2] / "cli.py"
    shown = subprocess.run(
        [sys.executable, str(launcher), "--version"], capture_output=True, text=True
    )
    assert shown.stdout == f"codemods {__version__}\n"


def test_the_launcher_says_what_is_missing() -> None:
    launcher = Path(app.__file__).parents[2] / "cli.py"
    # -S: no installed packages
    done = subprocess.run(
        [sys.executable, "-S", str(launcher), "--version"], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.startswith("codemods: this Python has no typer; run `pip install .`")


def test_without_arguments_there_is_help() -> None:
    result = CliRunner().invoke(app.program(), [])
    assert "Migrate Python repositories" in result.output


@pytest.mark.parametrize(
    ("typed", "built"),
    [
        ("verify", ["verify"]),
        ("list", ["list"]),
        ("batch", ["batch"]),
        ("--help", ["run", "verify", "list", "explain", "batch"]),
        ("", ["run", "verify", "list", "explain", "batch"]),
    ],
)
def test_only_the_command_that_was_typed_is_built(typed: str, built: list[str]) -> None:
    program = app.program(typed)
    groups = (group.typer_instance for group in program.registered_groups)
    names = [command.name for command in program.registered_commands]
    assert names + [group.info.name for group in groups if group] == built


def test_a_command_that_does_not_exist_is_corrected(process: Program) -> None:
    shown = process("verfy")
    assert shown.returncode == 2
    assert "Did you mean 'verify'?" in shown.stderr


def test_completion_is_offered() -> None:
    result = CliRunner().invoke(app.program(), ["--help"])
    assert "--install-completion" in result.output


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["run", "--only", "to"], ["toy"]),
        (["run", "--skip", "py2"], ["py2-syntax"]),
        (["explain", "to"], ["toy"]),
        (["explain", "toy/"], ["toy/rewritten", "toy/kept"]),
        (["explain", "engine/unr"], ["engine/unreadable"]),
    ],
)
def test_completion_knows_names(process: Program, words: list[str], offered: list[str]) -> None:
    shown = process(
        _CODEMODS_COMPLETE="complete_bash",
        COMP_WORDS=" ".join(["codemods", *words]),
        COMP_CWORD=str(len(words)),
    )
    assert shown.stdout.splitlines() == offered


def test_a_wrong_flag_is_a_usage_error(program: Program) -> None:
    result = program("list", "--jason")
    assert result.returncode == 2
    assert "No such option: --jason" in result.stderr
    assert result.stdout == ""


def test_list(program: Program) -> None:
    assert "toy" in program("list").stdout
    document = json.loads(program("list", "--json").stdout)
    (toy,) = (one for one in document["codemods"] if one["name"] == "toy")
    assert toy["summary"] == "call say() where shout() was called"
    assert toy["options"][0] == {
        "name": "name",
        "default": "say",
        "accepts": "'say' or 'whisper'",
        "help": "the new name",
    }
    assert toy["reasons"][1]["code"] == "toy/kept"


def test_explain(program: Program) -> None:
    about = program("explain", "toy").stdout
    assert about.startswith("toy: call say() where shout() was called\n\nA codemod of the tests'")
    assert "  -o toy.words=\n      a list (a list of strings)\n" in about
    reason = program("explain", "toy/kept").stdout
    assert reason == "toy/kept: The line says that the call stays.\n\nRemove the comment first.\n"
    assert "engine/generated: " in program("explain", "engine/generated").stdout


@pytest.mark.parametrize(
    ("word", "meant"), [("tooy", "toy"), ("toy/keep", "toy/kept"), ("engine/genrated", "engine/")]
)
def test_explain_suggests(program: Program, word: str, meant: str) -> None:
    result = program("explain", word)
    assert result.returncode == 2
    assert f"nothing called '{word}'; did you mean '{meant}" in result.stderr


@pytest.mark.parametrize(
    ("raises", "code", "sentence"),
    [
        (KeyboardInterrupt, 130, "codemods: interrupted; nothing was left half done\n"),
        (BrokenPipeError, 141, ""),
        (lambda: ValueError("odd\nlines"), 3, "codemods: unexpected ValueError: odd (CODEMODS_"),
    ],
)
def test_whatever_happens_there_is_no_traceback(
    raises: Callable[[], BaseException],
    code: int,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail() -> None:
        raise raises()

    monkeypatch.delenv("CODEMODS_TRACEBACK", raising=False)
    monkeypatch.setattr("codemods.commands.app._mute", lambda: None)
    built: typer.Typer = app.program()
    built.command("fail")(fail)
    result = CliRunner().invoke(built, ["fail"])
    assert result.exit_code == code
    assert result.output.startswith(sentence)
    assert "Traceback" not in result.output


def test_the_traceback_is_shown_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ValueError("odd")

    monkeypatch.setenv("CODEMODS_TRACEBACK", "1")
    built = app.program()
    built.command("fail")(fail)
    result = CliRunner().invoke(built, ["fail"])
    assert result.exit_code == 3
    assert "Traceback (most recent call last)" in result.output


def test_a_reader_that_goes_away_is_no_error(environment: dict[str, str]) -> None:
    shown = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m codemods explain toy | true; echo ${{PIPESTATUS[0]}}"],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert shown.stderr == ""
    assert shown.stdout in ("0\n", f"{128 + signal.SIGPIPE}\n")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device", "/tmp/x"),
            "no space is left on the disk (/tmp/x); free some, or set TMPDIR to a folder on "
            "another disk, and run again",
        ),
        (
            OSError(errno.EMFILE, "Too many open files"),
            "too many files are open; raise the limit (ulimit -n) and run again",
        ),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "/temporary"), None),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), None),
    ],
)
def test_what_is_the_machines_fault(error: OSError, sentence: str | None) -> None:
    assert about_the_machine(error) == sentence
