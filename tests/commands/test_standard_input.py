"""`codemods run -`: a filter for editors."""

from pathlib import Path

from tests.commands.conftest import Program

ONLY = ("run", "-", "--only", "toy")


def test_the_result_goes_to_standard_output(program: Program) -> None:
    result = program(*ONLY, stdin="x.shout(1)\r\nx.shout(2)  # keep\r\n")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == ["x.say(1)", "x.shout(2)  # keep"]


def test_the_options_are_those_of_the_file(program: Program, tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pyproject.toml").write_text(
        '[[tool.codemods.overrides]]\npath = "pkg/**"\ntoy.name = "whisper"\n'
    )
    inside = program(*ONLY, "--stdin-filename", "pkg/x.py", stdin="x.shout(1)\n")
    assert inside.stdout == "x.whisper(1)\n"
    assert program(*ONLY, "--stdin-filename", "x.py", stdin="x.shout(1)\n").stdout == "x.say(1)\n"


def test_what_is_no_python_comes_back_as_it_came(program: Program) -> None:
    result = program(*ONLY, stdin="x.shout(1\n")
    assert result.returncode == 3
    assert result.stdout == "x.shout(1\n"
    assert result.stderr.startswith("codemods: stdin.py:1: '(' was never closed")


def test_check_says_it_with_the_exit_code(program: Program) -> None:
    result = program(*ONLY, "--check", stdin="x.shout(1)\n")
    assert (result.returncode, result.stdout) == (1, "")
    assert program(*ONLY, "--check", stdin="x = 1\n").returncode == 0
