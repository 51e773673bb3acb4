"""Two hundred repositories, ten of them broken: run with `make evidence-batch`.

Measures an uninterrupted batch, kills another at twenty random moments, and compares the two.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.batch.workshop import Workshop
from tests.commands.conftest import environment, plugins

__all__ = ["environment", "plugins"]

REPOSITORIES = int(os.environ.get("REPOSITORIES", "200"))
KILLS = int(os.environ.get("KILLS", "20"))


@pytest.fixture
def workshop(environment: dict[str, str], tmp_path: Path) -> Workshop:
    shop = Workshop.create(tmp_path / "shop", environment)
    dice = random.Random(0)
    twelve = (shop.root / "list.txt").read_text()
    for number in range(REPOSITORIES - 12):
        size = int(10 ** dice.uniform(0, 2.5))
        files = {f"m{i}.py": f"import voice\nvoice.shout({i})\n" * 20 for i in range(size)}
        shop.repository(f"more{number:03}", files)
    more = "".join(f"more{number:03}\n" for number in range(REPOSITORIES - 12))
    (shop.root / "list.txt").write_text(twelve + more)
    return shop


def _memory(process: int) -> int:
    """Return the bytes that a process has in memory (Linux)."""
    try:
        pages = Path(f"/proc/{process}/statm").read_text().split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * resource.getpagesize()


def _start(shop: Workshop, folder: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        shop.command("run", "list.txt", "--folder", folder, *shop.usual(folder)),
        cwd=shop.root,
        env=shop.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def test_killed_twenty_times_it_comes_to_the_same(workshop: Workshop) -> None:
    started = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = _start(workshop, "whole")
    samples = []
    while process.poll() is None:
        samples.append(_memory(process.pid))
        time.sleep(1)
    seconds = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    whole = workshop.lasting("whole")
    states = [row["state"] for row in whole.values()]
    assert len(whole) == REPOSITORIES
    assert states.count("failed") == 3
    tenth = samples[len(samples) // 10 : len(samples) // 5] or samples
    last = [size for size in samples[-len(samples) // 5 :] if size] or samples
    clones = sum(
        path.stat().st_size for path in (workshop.root / "cache-whole").rglob("*") if path.is_file()
    )
    print(f"\n{REPOSITORIES} repositories: {seconds:.0f} s, {spent:.0f} s of processor time")
    print(f"per repository: {spent / REPOSITORIES:.2f} s, {clones / REPOSITORIES / 1e3:.0f} kB")
    print(f"driver: {max(tenth) / 1e6:.0f} MB early, {max(last) / 1e6:.0f} MB at the end")

    dice = random.Random(1)
    for number in range(KILLS):
        process = _start(workshop, "out")
        time.sleep(dice.uniform(0.2, 1.6 * seconds / KILLS))
        process.send_signal(signal.SIGKILL)
        process.wait()
        print(f"killed {number + 1} times", end="\r")
    assert _start(workshop, "out").wait() == 3
    assert workshop.lasting("out") == whole
    assert not list((workshop.root / "cache-out").rglob("*.lock"))
