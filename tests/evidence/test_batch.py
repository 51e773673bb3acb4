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
from collections import Counter
from pathlib import Path

import pytest

from tests.batch.workshop import Workshop
from tests.commands.conftest import environment, git, plugins

__all__ = ["environment", "plugins"]

REPOSITORIES = int(os.environ.get("REPOSITORIES", "200"))
KILLS = int(os.environ.get("KILLS", "20"))
PROCESSORS = len(os.sched_getaffinity(0))
UNFINISHED = ("waiting", "fetching", "running")


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


def _processors() -> tuple[float, float]:
    """Return the seconds that the processors of this machine have worked and idled (Linux)."""
    try:
        numbers = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    except OSError:
        return 0.0, 0.0
    ticks = [int(number) / os.sysconf("SC_CLK_TCK") for number in numbers]
    idle = ticks[3] + ticks[4]
    return sum(ticks) - idle, idle


def _done(shop: Workshop) -> int:
    """Return how many repositories of the batch that is killed are done."""
    if not (shop.root / "out" / "journal.sqlite").exists():
        return 0
    return sum(row["state"] not in UNFINISHED for row in shop.rows("out").values())


def _first(jobs: list[int]) -> int:
    """Return from where on each processor has a job."""
    return next(index for index, number in enumerate(jobs) if number >= PROCESSORS)


def test_killed_twenty_times_it_comes_to_the_same(workshop: Workshop) -> None:
    started = time.monotonic()
    before, busy = resource.getrusage(resource.RUSAGE_CHILDREN), _processors()
    process = _start(workshop, "whole")
    samples, jobs = [], []
    while process.poll() is None:
        samples.append(_memory(process.pid))
        # Each job at work holds a folder.
        jobs.append(len(list((workshop.root / "cache-whole" / "work").glob("*.held"))))
        time.sleep(0.25)
    seconds = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    worked, idled = (now - then for now, then in zip(_processors(), busy, strict=True))
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    whole = workshop.lasting("whole")
    states = Counter(row["state"] for row in whole.values())
    assert len(whole) == REPOSITORIES
    assert states == {"changed": REPOSITORIES - 4, "unchanged": 1, "failed": 3}
    assert {name: row["cause"] for name, row in whole.items() if row["cause"]} == {
        name: name for name in ("missing", "empty", "corrupt")
    }
    # The interpreter is still starting in the first samples.
    samples = [size for size in samples if size][8:]
    third = len(samples) // 3
    early, middle, late = (max(samples[i * third : (i + 1) * third]) for i in range(3))
    clones = sum(
        path.stat().st_size for path in (workshop.root / "cache-whole").rglob("*") if path.is_file()
    )
    print(f"\n{REPOSITORIES} repositories: {seconds:.0f} s, {spent:.0f} s of processor time")
    print(f"processors: {spent / seconds:.2f} used by the batch, {PROCESSORS} there are,")
    print(f"  {idled / (worked + idled or 1):.0%} idle meanwhile")
    # From the first job to the last but one for each processor, all have one.
    begun = jobs[_first(jobs) : len(jobs) - _first(jobs[::-1])]
    shares = {number: begun.count(number) / len(begun) for number in sorted(set(begun))}
    print(f"jobs at a time: {', '.join(f'{one}: {share:.0%}' for one, share in shares.items())}")
    assert sum(share for number, share in shares.items() if number >= PROCESSORS) > 0.9
    print(f"per repository: {spent / REPOSITORIES:.2f} s, {clones / REPOSITORIES / 1e3:.0f} kB")
    sizes = ", ".join(f"{size / 1e6:.1f}" for size in (samples[0], early, middle, late))
    print(f"driver: {sizes} MB at the start, and at most in each third")
    assert late < 1.1 * early

    dice = random.Random(1)
    for number in range(KILLS):
        process = _start(workshop, "out")
        end = time.monotonic() + dice.uniform(0.2, 1.6 * seconds / KILLS)
        # However fast it goes, something is left to be killed the last time.
        enough = int(REPOSITORIES * 0.9 * (number + 1) / KILLS)
        try:
            while time.monotonic() < end and _done(workshop) < enough:
                time.sleep(0.1)
            assert process.poll() is None
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        print(f"killed {number + 1} times; {_done(workshop)} of {REPOSITORIES} were done")
    assert _start(workshop, "out").wait() == 3
    assert workshop.lasting("out") == whole
    cache = workshop.root / "cache-out"
    assert not list(cache.rglob("*.lock"))
    assert not list((cache / "work").iterdir())
    assert not list((workshop.root / "out" / "results").glob("*.new"))
    for clone in (cache / "clones").glob("*more00*.git"):
        git(clone, workshop.environment, "fsck", "--strict")
