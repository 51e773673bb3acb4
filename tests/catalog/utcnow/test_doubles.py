"""Code and the doubles of its clock change together: their tests pass before and after."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixture_cases import ROOT

CASE = ROOT / "utcnow" / "doubles_change_with_the_code"


def failures(folder: Path) -> list[str]:
    """Run a folder's tests on a host that is not in UTC; return the names of those that fail."""
    environment = {**os.environ, "TZ": "America/New_York", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    done = subprocess.run(
        [sys.executable, "-B", "-m", "pytest", "-q", "-rfE", "-p", "no:cacheprovider",
         "-W", "ignore", "--rootdir", ".", "-c", os.devnull, "tests"],
        cwd=folder, text=True, capture_output=True, env=environment, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stdout + done.stderr
    lines = (line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR")))
    return [line.split(" - ")[0].rpartition("::")[2] for line in lines]


@pytest.mark.fact("U70", "U72", "R51", "R52", "R53")
def test_tests_pass_before_and_after_and_not_by_halves(tmp_path: Path) -> None:
    shutil.copytree(CASE / "before", tmp_path / "app")
    assert failures(tmp_path / "app") == []
    shutil.copytree(CASE / "after" / "shop", tmp_path / "app" / "shop", dirs_exist_ok=True)
    assert sorted(failures(tmp_path / "app")) == [
        "test_asked",
        "test_configured",
        "test_counted",
        "test_decorated",
        "test_faked",
        "test_listed",
        "test_put_on",
    ]
    shutil.copytree(CASE / "after", tmp_path / "app", dirs_exist_ok=True)
    assert failures(tmp_path / "app") == []
