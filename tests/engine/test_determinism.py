"""What a run comes to depends on nothing but the files and the options."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.demo import ROOT, clean_environment, git, make_repository


def test_hash_seed_workers_and_order_of_files_change_nothing() -> None:
    ways = (("0", 1, 0), ("1", 2, 1), ("2", 4, 2))
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.engine.outcomes", f"--jobs={jobs}", f"--order={order}"],
            cwd=ROOT,
            env=clean_environment(PYTHONHASHSEED=seed),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for seed, jobs, order in ways
    ]
    printed = []
    for process in running:
        output, errors = process.communicate()
        assert process.returncode == 0, errors.decode()
        printed.append(output.decode().splitlines())
    first = printed[0]
    assert sum(line.startswith("== ") for line in first) > 20
    for (seed, jobs, _), lines in zip(ways[1:], printed[1:], strict=True):
        assert len(lines) == len(first)
        for expected, line in zip(first, lines, strict=True):
            assert line == expected, f"hash seed {seed}, {jobs} workers"


def test_the_hash_seed_changes_no_commit(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    make_repository(folder)
    ids = []
    for seed in ("0", "1", "2"):
        subprocess.run(
            [sys.executable, str(ROOT / "cli.py"), "run", f"--branch=seed{seed}"],
            cwd=folder,
            env=clean_environment(PYTHONHASHSEED=seed, SOURCE_DATE_EPOCH="1714554000"),
            stdout=subprocess.DEVNULL,
            check=True,
        )
        ids.append(git(folder, "rev-list", f"main..seed{seed}").split())
    assert len(ids[0]) > 3
    assert ids[0] == ids[1] == ids[2]
