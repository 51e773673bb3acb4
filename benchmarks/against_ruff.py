"""Compare a dry run of `utcnow` with ruff on the same tree, in turn: ``make benchmark``.

The tree is made of the standard library and of what is installed, up to a million lines, or is any
checkout: ``python benchmarks/against_ruff.py CHECKOUT``. Ruff only reports the calls; codemods
decides on them, rewrites them and builds the commit.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import sysconfig
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LINES = 1_000_000
RUNS = 7
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Cost:
    """What one run of a program took."""

    wall: float  #: seconds
    cpu: float  #: seconds, of the program and of what it started
    peak: float  #: MiB, of the largest single process


def main() -> int:
    """Print the medians and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", nargs="?", type=Path, help="a Git checkout to run on")
    parser.add_argument("--runs", type=int, default=RUNS)
    arguments = parser.parse_args()
    checkout = arguments.checkout or build_tree(ROOT / "build" / "benchmark")
    ours = [sys.executable, str(ROOT / "cli.py"), "run", "--dry-run", "--only", "utcnow"]
    ruff = [shutil.which("ruff", path=Path(sys.executable).parent) or "ruff", "check", "--quiet"]
    ruff += ["--no-cache", "--isolated", "--select", "DTZ003,DTZ004", "."]
    costs: dict[str, list[Cost]] = {"codemods": [], "ruff": []}
    for number in range(arguments.runs + 1):
        for name, command in (("codemods", ours), ("ruff", ruff)):
            cost = measure(command, checkout)
            if number:  # the first run of each warms the caches
                costs[name].append(cost)
    medians = {name: median(found) for name, found in costs.items()}
    print(f"{'':10}{'wall s':>10}{'cpu s':>10}{'peak MiB':>10}")
    for name, cost in medians.items():
        print(f"{name:10}{cost.wall:10.2f}{cost.cpu:10.2f}{cost.peak:10.0f}")
    a, b = medians["codemods"], medians["ruff"]
    print(f"{'ratio':10}{a.wall / b.wall:10.2f}{a.cpu / b.cpu:10.2f}{a.peak / b.peak:10.1f}")
    return 0


def build_tree(folder: Path) -> Path:
    """Copy Python files into a fresh repository, under names that ruff does not skip."""
    shutil.rmtree(folder, ignore_errors=True)
    lines = files = 0
    for number, key in enumerate(("stdlib", "purelib")):
        top = Path(sysconfig.get_path(key))
        for path in sorted(top.rglob("*.py")):
            relative = path.relative_to(top)
            if key == "stdlib" and "site-packages" in relative.parts:
                continue
            data = path.read_bytes()
            if lines + data.count(b"\n") > LINES:
                continue
            target = folder / f"part{number}" / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            lines += data.count(b"\n")
            files += 1
    git = ["git", "-c", "user.name=Benchmark", "-c", "user.email=benchmark@example.org"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "base"], ["gc", "-q"]):
        subprocess.run([*git, *arguments], cwd=folder, check=True)
    print(f"{files:,} files, {lines:,} lines in {folder}")
    return folder


def measure(command: Sequence[str], folder: Path) -> Cost:
    """Run a command to its end, its output thrown away."""
    start = time.monotonic()
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):  # ruff ends with 1 where it finds something
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return Cost(time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def median(costs: Sequence[Cost]) -> Cost:
    """Return the median of each figure."""
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.cpu for cost in costs),
        statistics.median(cost.peak for cost in costs),
    )


if __name__ == "__main__":
    sys.exit(main())
