"""Migrate the sample application and show what comes of it: `make demo`.

python -m tests.show_demo FOLDER
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.demo import clean_environment, codemods, git, make_repository, run_own_tests

__all__ = ["main"]

#: The file whose changes are shown in full.
_SHOWN = "orderdesk/services/payments.py"


def main(arguments: Sequence[str]) -> int:
    """Return the exit code: 0, 2 when something is missing, 3 when something failed."""
    folder = Path(arguments[0])
    problem = _prepare(folder)
    if problem:
        print(f"make demo: {problem}", file=sys.stderr)
        return 2
    files = git(folder, "ls-files", "--", "*.py").count("\n") + 1
    print(f"{folder} is a fresh repository of a sample application: {files} Python files.\n")
    before = _own_tests(folder, "before")
    print("$ codemods run", flush=True)
    done = codemods(folder, "run", "--switch")
    print(f"\n{done.stdout.rstrip()}\n")
    if done.returncode != 0:
        return 3
    print("$ git log --reverse --stat main..HEAD\n")
    print(git(folder, "log", "--reverse", "--stat", "--format=%C(auto)commit %h%n%n%B", "main.."))
    print(f"\n$ git diff main.. -- {_SHOWN}\n")
    print(git(folder, "diff", "main..", "--", _SHOWN), end="\n\n")
    after = _own_tests(folder, "after")
    print(f"Read all of it: git -C {folder} log -p main..")
    return 0 if before and after else 3


def _prepare(folder: Path) -> str:
    """Make the repository anew; return what stands in the way, "" when nothing does."""
    try:
        subprocess.run(
            ["git", "--version"], env=clean_environment(), capture_output=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "git is missing; on Debian and Ubuntu: apt-get install git"
    try:
        if folder.exists():
            if not (folder / "orderdesk").is_dir():
                return f"{folder} is in the way; remove it"
            shutil.rmtree(folder)
        make_repository(folder)
    except OSError as error:
        return f"{folder} can't be written ({error.strerror}): remove it, or make it yours"
    except subprocess.CalledProcessError as error:
        return f"git could not make the repository: {error.stderr.strip()}"
    return ""


def _own_tests(folder: Path, when: str) -> bool:
    passed, count, output = run_own_tests(folder)
    verdict = f"all {count} pass" if passed else "some FAIL"
    print(f"Its own tests {when} the migration: {verdict}.", end="\n\n", flush=True)
    if not passed:
        print(output)
    return passed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
