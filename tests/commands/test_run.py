"""`codemods run` on real repositories, in processes of its own."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.conftest import Program, git

ONLY = ("run", "--only", "toy")
DATE = ("--date", "2024-02-29T12:00:00Z")


def snapshot(root: Path, environment: dict[str, str]) -> dict[str, str]:
    """Everything of the user's that a run must not touch."""
    return {
        "files": "".join(sorted(f"{p}{p.read_bytes()!r}" for p in root.rglob("*.py"))),
        "head": git(root, environment, "symbolic-ref", "HEAD"),
        "index": git(root, environment, "ls-files", "--stage", "--debug"),
        "status": git(root, environment, "status", "--porcelain"),
        "log": git(root, environment, "log", "--all", "--format=%H"),
    }


def test_one_reviewable_commit_and_nothing_else_touched(
    program: Program, repository: Path, environment: dict[str, str]
) -> None:
    before = snapshot(repository, environment)
    result = program(*ONLY, "--stat", "--verbose", cwd=repository)
    assert (result.returncode, result.stderr) == (0, "")
    base = git(repository, environment, "rev-parse", "main").strip()
    branch = f"codemods/toy-{base[:8]}"
    commit = git(repository, environment, "rev-parse", branch).strip()
    assert (
        result.stdout
        == f"""\
codemod  sites  rewritten  left  files  commit
toy          3          2     1      2  {commit[:10]}

{commit[:10]} toy: call say() where shout() was called
  a.py  1 site
  pkg/b.py  1 site

Rewritten: 2 sites
  toy/rewritten (2)  The call has a quieter name.

Left: 1 site
  toy/kept (1)  The line says that the call stays.
    a.py:3:7  voice.shout(2)

Branch {branch} has 1 commit on top of {base[:10]}. Searched 3 files, read 2 files.
  git log -p {base[:10]}..{branch}
  git switch {branch}
"""
    )
    after = snapshot(repository, environment)
    assert after.pop("log") != before.pop("log")
    assert after == before
    assert (
        git(repository, environment, "show", "-s", "--format=%B", branch)
        == f"""\
toy: call say() where shout() was called

Rewrites 2 sites in 2 files:
- 2 toy/rewritten: The call has a quieter name.

Leaves 1 site:
- 1 toy/kept: The line says that the call stays.

Files:
- a.py: 1 site
- pkg/b.py: 1 site

Codemod: toy
Codemod-Tool: {_tool()}
Codemod-Options: {{}}
Codemod-Base: {base}

"""
    )
    assert git(repository, environment, "fsck", "--strict") == ""


def _tool() -> str:
    from codemods.commands.commit_text import tool_versions

    return tool_versions()


def test_again_is_already_done_and_on_top_there_is_nothing_to_do(
    program: Program, repository: Path, environment: dict[str, str]
) -> None:
    assert program(*ONLY, "--branch", "done", cwd=repository).returncode == 0
    again = program(*ONLY, "--branch", "done", cwd=repository)
    assert again.returncode == 0
    assert "Already done: branch done holds these commits." in again.stdout
    on_top = program(*ONLY, "--base", "done", cwd=repository)
    assert on_top.returncode == 0
    assert "Nothing to do." in on_top.stdout
    other = program(*ONLY, "-o", "toy.name=whisper", "--branch", "done", cwd=repository)
    assert other.returncode == 2
    assert "--replace-branch" in other.stderr
    replaced = program(
        *ONLY, "-o", "toy.name=whisper", "--branch", "done", "--replace-branch", cwd=repository
    )
    assert replaced.returncode == 0
    assert "whisper(1)" in git(repository, environment, "show", "done:a.py")
    options = git(repository, environment, "log", "-1", "--format=%B", "done")
    assert 'Codemod-Options: {"name": "whisper"}' in options


def test_the_dry_run_is_the_log_of_the_run(
    program: Program, repository: Path, environment: dict[str, str]
) -> None:
    dry = program(*ONLY, *DATE, "--dry-run", cwd=repository)
    assert dry.returncode == 0
    assert "This would be 1 commit; nothing was written." in dry.stderr
    assert git(repository, environment, "branch", "--list", "codemods/*") == ""
    piped = f"{sys.executable} -m codemods {' '.join((*ONLY, '--dry-run'))} | git apply --check"
    assert subprocess.run(piped, shell=True, cwd=repository, env=environment).returncode == 0
    program(*ONLY, *DATE, "--branch", "done", cwd=repository)
    assert dry.stdout == git(repository, environment, "log", "-p", "--reverse", "main..done")
    stat = program(*ONLY, *DATE, "--dry-run", "--stat", cwd=repository)
    assert " 2 files changed, 2 insertions(+), 2 deletions(-)" in stat.stdout


def test_smaller_commits(program: Program, repository: Path, environment: dict[str, str]) -> None:
    result = program(*ONLY, "--commit-by", "file", "--branch", "done", cwd=repository)
    assert result.returncode == 0, result.stderr
    assert git(repository, environment, "log", "--reverse", "--format=%s", "main..done") == (
        "toy: call say() where shout() was called (a.py)\n"
        "toy: call say() where shout() was called (pkg/b.py)\n"
    )
    first = git(repository, environment, "show", "-s", "--format=%B", "done~1")
    assert "Rewrites 1 site in 1 file:" in first
    assert "Codemod-Part: a.py\n" in first


def test_the_same_date_gives_the_same_commit(
    program: Program, repository: Path, environment: dict[str, str]
) -> None:
    program(*ONLY, *DATE, "--branch", "one", cwd=repository)
    program(*ONLY, "--branch", "two", cwd=repository, SOURCE_DATE_EPOCH="1709208000")
    one, two = git(repository, environment, "rev-parse", "one", "two").split()
    assert one == two


def test_check_is_quiet_about_git_and_says_it_with_the_exit_code(
    program: Program, repository: Path, environment: dict[str, str]
) -> None:
    anonymous = {
        f"GIT_{who}_{what}": "" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    result = program(*ONLY, "--check", cwd=repository, **anonymous)
    assert result.returncode == 1, result.stderr
    assert git(repository, environment, "branch", "--list", "codemods/*") == ""
    assert program(*ONLY, "--check", "-o", "toy.polite=true", cwd=repository).returncode == 0


def test_json_is_one_document_and_nothing_else(
    program: Program, process: Program, repository: Path
) -> None:
    result = process(*ONLY, "--json", "--branch", "done", cwd=repository)
    assert (result.returncode, result.stderr) == (0, "")
    document = json.loads(result.stdout)
    assert document["state"] == "created"
    assert document["branch"] == "done"
    assert len(document["commits"][0]["id"]) == 40
    assert [(site["path"], site["line"], site["verdict"]) for site in document["sites"]] == [
        ("a.py", 2, "rewrite"),
        ("a.py", 3, "leave"),
        ("pkg/b.py", 2, "rewrite"),
    ]
    dry = json.loads(program(*ONLY, "--json", "--dry-run", cwd=repository).stdout)
    assert (dry["state"], dry["branch"], dry["commits"][0]["id"]) == ("pending", None, None)


def test_a_path_that_is_not_utf_8(
    program: Program, process: Program, repository: Path, environment: dict[str, str]
) -> None:
    name = os.fsdecode(b"caf\xe9.py")
    (repository / name).write_bytes(b"voice.shout(4)\n")
    git(repository, environment, "add", ".")
    git(repository, environment, "commit", "-q", "-m", "more")
    result = program(*ONLY, "--json", "--branch", "done", cwd=repository)
    assert result.returncode == 0, result.stderr
    paths = [site.get("path_base64") for site in json.loads(result.stdout)["sites"]]
    assert paths[2] == "Y2Fm6S5weQ=="
    shown = process(*ONLY, "--check", "--stat", cwd=repository, PYTHONUTF8="0", LC_ALL="C")
    assert "  caf\\xe9.py  1 site\n" in shown.stdout


def test_reports_as_files(program: Program, repository: Path, tmp_path: Path) -> None:
    for suffix in ("json", "sarif", "md", "html"):
        path = tmp_path / f"report.{suffix}"
        assert program(*ONLY, "--check", "--report", str(path), cwd=repository).returncode == 1
        assert "toy/kept" in path.read_text()
    wrong = program(*ONLY, "--check", "--report", "report.pdf", cwd=repository)
    assert wrong.returncode == 2
    assert "a report ends in .json" in wrong.stderr
    nowhere = program(*ONLY, "--check", "--report", "no/where.md", cwd=repository)
    assert nowhere.returncode == 3
    assert "no/where.md: No such file or directory" in nowhere.stderr


def test_configuration_is_that_of_the_base(
    program: Program, repository: Path, environment: dict[str, str]
) -> None:
    config = repository / "pyproject.toml"
    config.write_text(
        '[tool.codemods]\nonly = ["toy"]\nexclude = ["pkg/**"]\ntoy.name = "whisper"\n'
    )
    git(repository, environment, "add", ".")
    git(repository, environment, "commit", "-q", "-m", "configure")
    config.write_text("[tool.codemods]\nnonsense = 1\n")
    result = program("run", "--branch", "done", cwd=repository)
    assert result.returncode == 0, result.stderr
    assert "whisper(1)" in git(repository, environment, "show", "done:a.py")
    assert "engine/excluded (1)" in result.stdout
    git(repository, environment, "commit", "-q", "-a", "-m", "nonsense")
    wrong = program("run", cwd=repository)
    assert wrong.returncode == 2
    assert "pyproject.toml: [tool.codemods] has no key 'nonsense'" in wrong.stderr


def test_paths_narrow_what_is_rewritten(program: Program, repository: Path) -> None:
    def left(*paths: str, cwd: Path = repository) -> list[str]:
        result = program(*ONLY, "--check", "--json", *paths, cwd=cwd)
        return [
            site["path"]
            for site in json.loads(result.stdout)["sites"]
            if site["reason"] == "engine/outside-the-paths"
        ]

    assert left("pkg") == ["a.py", "a.py"]
    assert left(str(repository / "a.py")) == ["pkg/b.py"]
    assert left("../a.py", cwd=repository / "pkg") == ["pkg/b.py"]
    assert left(".", "pkg") == []
    assert left("-C", "pkg", "b.py") == ["a.py", "a.py"]


def test_a_bare_repository(
    program: Program, repository: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    bare = tmp_path / "bare.git"
    git(repository, environment, "clone", "-q", "--bare", ".", str(bare))
    result = program(*ONLY, "--branch", "done", "pkg/b.py", cwd=bare)
    assert result.returncode == 0, result.stderr
    assert git(bare, environment, "diff", "--name-only", "main", "done") == "pkg/b.py\n"


def test_switch(program: Program, repository: Path, environment: dict[str, str]) -> None:
    result = program(*ONLY, "--switch", "--branch", "done", cwd=repository)
    assert result.returncode == 0, result.stderr
    assert "git switch" not in result.stdout
    assert git(repository, environment, "branch", "--show-current") == "done\n"
    assert b"say(1)" in (repository / "a.py").read_bytes()
    (repository / "c.py").write_bytes(b"print('dirty')\n")
    refused = program(*ONLY, "--switch", "--branch", "more", "--base", "main", cwd=repository)
    assert refused.returncode == 2
    assert "c.py has changes that are not committed" in refused.stderr


def test_uncommitted_changes_are_mentioned_once(program: Program, repository: Path) -> None:
    (repository / "a.py").write_bytes(b"voice.shout(9)\n")
    (repository / "c.py").write_bytes(b"print('no site here')\n")
    result = program(*ONLY, "--check", cwd=repository)
    assert result.stdout.startswith(
        "note: a.py has uncommitted changes, which this run did not look at\n\n"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--only", "tooy"), "there is no codemod 'tooy'; did you mean 'toy'?"),
        (("-o", "toy.name=shuot"), "name takes 'say' or 'whisper', not 'shuot'"),
        (("--base", "nowhere"), "'nowhere' names no commit"),
        (("--branch", "bad..name"), "is no name for a branch"),
        (("--date", "yesterday"), "'yesterday' is no date"),
        (("gone.py",), "gone.py: there is no such file"),
        (("..",), ".. is outside the repository"),
        (("--in-place", "--base", "main"), "--in-place and --base exclude each other"),
        (("--in-place", "--dry-run"), "--in-place and --dry-run exclude each other"),
        (("--dry-run", "--switch"), "--dry-run and --switch exclude each other"),
        (("--json", "--stat"), "--json and --stat exclude each other"),
        (("-", "--json"), "- and --json exclude each other"),
        (("-", "a.py"), "can't be mixed with other paths"),
        (("--stdin-filename", "x.py"), "is for `codemods run -` only"),
        (("--allow-dirty",), "--allow-dirty is for --in-place only"),
        (("-C", "gone"), "gone does not exist"),
        (("--jobs", "0"), "'--jobs'"),
    ],
)
def test_what_can_not_be_done_is_one_sentence(
    program: Program, repository: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    result = program("run", *arguments, cwd=repository)
    assert result.returncode == 2, result.stderr
    assert sentence in result.stderr
    assert result.stdout == ""


def test_outside_git(program: Program, tmp_path: Path) -> None:
    result = program(*ONLY, cwd=tmp_path)
    assert result.returncode == 2
    assert "is not in a Git repository" in result.stderr


@pytest.mark.parametrize("mode", ["--in-place", "--json", "--dry-run"])
def test_ctrl_c_leaves_everything_as_it_was(
    repository: Path, environment: dict[str, str], mode: str
) -> None:
    before = snapshot(repository, environment)
    process = subprocess.Popen(
        [sys.executable, "-m", "codemods", "run", mode, "--only", "toy", "--only", "slow"],
        cwd=repository,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "begun\n"
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=600)
    assert process.returncode == 130
    assert (output, errors) == ("", "codemods: interrupted; nothing was left half done\n")
    assert snapshot(repository, environment) == before


def test_when_it_is_terminated_it_unwinds(repository: Path, environment: dict[str, str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "codemods", "run", "--only", "slow"],
        cwd=repository,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "begun\n"
    process.terminate()
    _, errors = process.communicate(timeout=600)
    assert (process.returncode, errors) == (128 + signal.SIGTERM, "")


def on_a_terminal(arguments: list[str], cwd: Path, environment: dict[str, str]) -> str:
    """Run the program with a terminal for its output; return all that it wrote there."""
    control, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "codemods", *arguments],
        cwd=cwd,
        env=environment,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    written = b""
    while True:
        try:
            piece = os.read(control, 65536)
        except OSError:  # Linux: the other end is closed
            break
        if not piece:
            break
        written += piece
    os.close(control)
    assert process.wait() == 0
    return written.decode()


def test_on_a_terminal_there_are_colours_and_the_pager_of_git(
    repository: Path, environment: dict[str, str]
) -> None:
    git(repository, environment, "config", "core.pager", "sed 's/^/PAGED /'")
    seen = on_a_terminal([*ONLY, "--dry-run"], repository, environment | {"TERM": "xterm"})
    assert "PAGED \x1b[33mcommit " in seen
    assert "\x1b[1mcodemod  sites" in seen
    git(repository, environment, "config", "pager.log", "false")
    plain = on_a_terminal(
        [*ONLY, "--dry-run", "--color", "never"], repository, environment | {"TERM": "xterm"}
    )
    assert "PAGED" not in plain
    assert not re.search(r"\x1b\[[\d;]*m", plain)  # a slow run shows its progress, uncoloured


def test_the_summary_says_which_python_would_read_newer_files(
    program: Program, repository: Path, environment: dict[str, str]
) -> None:
    (repository / "newer.py").write_text("voice.shout(1)\ntry: 1\nexcept OSError, EOFError: 2\n")
    git(repository, environment, "add", ".")
    git(repository, environment, "commit", "-q", "-m", "newer")
    result = program(*ONLY, "--dry-run", cwd=repository)
    newer = sys.version_info < (3, 14)
    assert ("1 file can be read from Python 3.14 on" in result.stderr) == newer
    assert ("python3.14 -m codemods run" in result.stderr) == newer
