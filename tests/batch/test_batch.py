"""Twelve repositories, five of them broken: the rest is done, the broken are named."""

import json
import random
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pexpect
import pytest

from codemods.batch.targets import read_targets
from tests.batch.workshop import GOOD, Workshop
from tests.commands.conftest import git


def test_the_rest_is_done_and_the_broken_are_named(workshop: Workshop) -> None:
    done = workshop.batch()
    assert done.returncode == 3, done.stderr
    rows = workshop.rows()
    states = {name: (row["state"], row["cause"]) for name, row in rows.items()}
    assert states == {
        **dict.fromkeys((*GOOD, "hanging"), ("changed", None)),  # a bare clone has no filters
        "nopython": ("unchanged", None),
        "missing": ("failed", "missing"),
        "empty": ("failed", "empty"),
        "corrupt": ("failed", "corrupt"),
    }
    tail = done.stdout.partition("Failed: 3")[2]
    for cause in ("missing", "empty", "corrupt"):
        assert f"  {cause}:\n    {workshop.root / cause}: " in tail
    batch = workshop.root / "out"
    for name, members in (
        ("changed.toml", (*GOOD, "hanging")),
        ("failed.toml", ("corrupt", "empty", "missing")),
    ):
        listed = tomllib.loads((batch / name).read_text())
        assert listed == {"repositories": [{"url": f"{workshop.root / one}"} for one in members]}
    summary = json.loads((batch / "summary.json").read_text())
    assert summary["reasons"] == [{"verdict": "rewrite", "reason": "toy/rewritten", "sites": 8}]
    assert set(summary["failures"]) == {"missing", "empty", "corrupt"}
    assert summary["codemods"] == {"toy": {"sites": 8, "rewritten": 8, "left": 0, "files": 8}}
    assert summary["states"] == {"changed": 8, "failed": 3, "unchanged": 1}

    shown = json.loads(workshop.run("status", "out", "--json").stdout)
    assert shown == {"schema": 1, "repositories": list(rows.values())}
    assert summary["repositories"] == shown["repositories"]
    table = workshop.run("status", "out").stdout.splitlines()
    assert table[1].split() == [
        "repository",
        "state",
        *["sites", "rewritten", "left", "commits", "time"],
    ]
    corrupt = next(line.split() for line in table if "/corrupt" in line)
    assert corrupt[1:7] == ["failed:", "corrupt", "0", "0", "0", "0"]

    row = rows["good3"]
    results = batch / row["results"]
    assert "voice.say(3)" in (next((results / "patches").glob("0001-*.patch"))).read_text()
    assert json.loads((results / "ledger.json").read_text())["branch"] == row["branch"]
    clone = next((workshop.root / "cache-out" / "clones").glob("*good3*.git"))
    assert git(clone, workshop.environment, "rev-parse", row["branch"]).split() == row["commits"]
    # The bundle brings the branch into any clone that has the base.
    git(
        workshop.root / "good3",
        workshop.environment,
        *("fetch", "-q", str(results / "series.bundle"), f"{row['branch']}:carried"),
    )
    shown = git(workshop.root / "good3", workshop.environment, "show", "carried:a.py")
    assert shown == "import voice\nvoice.say(3)\n"


def test_what_is_done_is_not_done_again_but_a_changed_base_is(workshop: Workshop) -> None:
    names = ("--match", "good1", "--match", "good2")
    root = workshop.root / "good2"
    git(root, workshop.environment, "tag", "v1")
    git(root, workshop.environment, "branch", "other")
    assert workshop.batch(*names).returncode == 0
    before = workshop.rows()
    (root / "b.py").write_text("voice.shout(2)\n")
    git(root, workshop.environment, "add", "b.py")
    git(root, workshop.environment, "commit", "-q", "-m", "more")
    again = workshop.batch(*names)
    assert again.returncode == 0
    assert "good1" not in again.stderr
    after = workshop.rows()
    assert after["good1"] == before["good1"]  # the time that it took, too
    assert (after["good2"]["sites"], before["good2"]["sites"]) == (2, 1)
    # One commit of one branch, and what was made of it.
    clone = next((workshop.root / "cache-out" / "clones").glob("*good2*.git"))
    known = git(clone, workshop.environment, "for-each-ref", "--format=%(refname)").splitlines()
    branches = sorted(f"refs/heads/{rows['good2']['branch']}" for rows in (before, after))
    assert known == ["refs/codemods/base", *branches]
    kind = ("rev-parse", "--is-bare-repository", "--is-shallow-repository")
    assert git(clone, workshop.environment, *kind).split() == ["true", "true"]
    assert git(clone, workshop.environment, "rev-list", "--count", known[0]).strip() == "1"


def test_what_goes_wrong_in_one_repository_hurts_no_other(workshop: Workshop) -> None:
    unruly = {"good0": "hungry", "good4": "crashing", "good5": "interrupted"}
    (workshop.root / "list.toml").write_text(
        "".join(
            f'[[repositories]]\nurl = "{name}"\nonly = ["{unruly.get(name, "toy")}"]\n'
            for name in GOOD
        )
    )
    done = workshop.run("run", "list.toml", "--folder", "out", "--cache", "c")
    assert done.returncode == 3
    rows = workshop.rows()
    assert {name: row["cause"] or row["state"] for name, row in rows.items()} == {
        **dict.fromkeys(("good1", "good2", "good3", "good6"), "changed"),
        "good0": "out-of-memory",
        "good4": "crash",
        "good5": "interrupted",
    }
    assert "good4: it ended with the signal SIGSEGV" in done.stdout


def test_what_hangs_is_killed(workshop: Workshop) -> None:
    (workshop.root / "one.toml").write_text('[[repositories]]\nurl = "good1"\nonly = ["slow"]\n')
    log, seconds = "", 4
    while "begun" not in log:  # it may take long until it is given a processor
        seconds *= 2
        flags = ("--folder", f"out{seconds}", "--cache", "c", "--timeout", f"{seconds}")
        done = workshop.run("run", "one.toml", *flags)
        row = workshop.rows(f"out{seconds}")["good1"]
        assert (done.returncode, row["state"], row["cause"]) == (3, "failed", "timeout")
        log = (workshop.root / f"out{seconds}" / row["results"] / "log.txt").read_text()
        assert f"it was not done after {seconds} seconds and was killed" in log
    assert f"good1: it was not done after {seconds} seconds" in done.stdout


def test_what_failed_is_tried_again_only_when_asked(workshop: Workshop) -> None:
    names = ("--match", "good4", "--match", "good5", "--match", "missing")
    small = workshop.batch(*names, "--memory", "10M")  # less than Python has by then
    assert small.returncode == 3
    assert {row["cause"] for row in workshop.rows().values()} == {"out-of-memory"}
    once_more = workshop.batch("--only-failed")
    assert once_more.returncode == 3
    rows = workshop.rows()
    assert {name: row["cause"] or row["state"] for name, row in rows.items()} == {
        "good4": "changed",
        "good5": "changed",
        "missing": "missing",
    }


def test_the_lists_that_a_batch_leaves_feed_back_in(workshop: Workshop) -> None:
    git(workshop.root / "good1", workshop.environment, "branch", "x#1")
    text = """
    [defaults]
    only = ["toy"]
    [[repositories]]
    url = "good0"
    options = ["toy.name=whisper"]
    branch = "mine"
    [[repositories]]
    url = "good1"
    base = "x#1"
    skip = ["slow"]
    [[repositories]]
    url = "good2"
    options = ["toy.name=whisper"]
    only = ["crashing", "toy"]
    [[repositories]]
    url = "nopython"
    """
    (workshop.root / "list.toml").write_text(text)
    flags = ("--date", "2024-02-29T12:00:00Z", "--cache", "c")
    assert workshop.run("run", "list.toml", "--folder", "out", *flags).returncode == 3
    first = workshop.lasting()
    names = {name: row["cause"] or row["state"] for name, row in first.items()}
    assert names == {
        "good0": "changed", "good1#x#1": "changed", "good2": "crash", "nopython": "unchanged"
    }  # fmt: skip
    known = {target.id: target for target in read_targets(text, workshop.root, manifest=True)}
    for name, members in (("changed.toml", ("good0", "good1#x#1")), ("failed.toml", ("good2",))):
        listed = read_targets((workshop.root / "out" / name).read_text(), Path(), manifest=True)
        assert list(listed) == [known[str(workshop.root / one)] for one in members]
    again = workshop.run("run", "out/changed.toml", "--folder", "again", *flags)
    assert again.returncode == 0, again.stdout
    assert workshop.lasting("again") == {name: first[name] for name in ("good0", "good1#x#1")}
    pushed = workshop.run("push", "again", "--pace", "0", "--cache", "c")
    assert pushed.returncode == 0, pushed.stdout
    offered = json.loads((workshop.root / "again" / "pull-requests.json").read_text())
    assert [(one["repository"], one["base"], one["branch"]) for one in offered] == [
        (str(workshop.root / "good0"), "main", "mine"),
        (str(workshop.root / "good1"), "x#1", first["good1#x#1"]["branch"]),
    ]


def test_a_dry_run_makes_no_branch_and_does_not_count_as_done(workshop: Workshop) -> None:
    chosen = ("--match", "good[56]", "--limit", "1")
    assert workshop.batch(*chosen, "--dry-run").returncode == 0
    ((name, row),) = workshop.rows().items()
    assert name == "good5"
    assert (row["state"], row["branch"], row["rewritten"]) == ("pending", None, 1)
    assert workshop.batch("--match", "good5").returncode == 0
    assert workshop.rows()["good5"]["state"] == "changed"


def test_when_it_began_is_the_date_of_all_commits(workshop: Workshop) -> None:
    flags = ("run", "list.txt", "--only", "toy", "--folder", "out", "--cache", "c")
    first, second = {"SOURCE_DATE_EPOCH": "1000000000"}, {"SOURCE_DATE_EPOCH": "1111111111"}
    assert workshop.run(*flags, "--match", "good0", **first).returncode == 0
    later = workshop.run(*flags, "--match", "good1", **second, GIT_AUTHOR_NAME="Eve")
    assert later.returncode == 0
    for clone in (workshop.root / "c" / "clones").glob("*.git"):
        made = git(clone, workshop.environment, "log", "--branches", "-1", "--format=%an %at %ct")
        assert made == "Ada 1000000000 1000000000\n"
    refused = workshop.run(*flags, "--date", "2024-02-29T12:00:00Z")
    assert refused.returncode == 2
    assert "needs another --folder" in refused.stderr


def test_it_stops_after_too_many_failures(workshop: Workshop) -> None:
    (workshop.root / "list.txt").write_text("missing\nempty\ngood6\n")
    done = workshop.batch("--max-failures", "1", "--clone-jobs", "1")
    assert done.returncode == 3
    assert "Stopped after too many failures" in done.stdout
    states = {name: row["state"] for name, row in workshop.rows().items()}
    assert states == {"missing": "failed", "empty": "waiting", "good6": "waiting"}


def test_killed_three_times_it_comes_to_the_same(workshop: Workshop) -> None:
    names = ("--match", "good[0-4]", "--match", "missing", "--match", "corrupt")
    assert workshop.batch(*names, folder="whole").returncode == 3
    dice = random.Random(1)
    for lines in (0, 1, 2):
        process = subprocess.Popen(
            workshop.command("run", "list.txt", "--folder", "out", *workshop.usual("out"), *names),
            cwd=workshop.root,
            env=workshop.environment,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        assert process.stderr
        for _ in range(lines):
            process.stderr.readline()
        time.sleep(dice.random())
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stderr.close()
    (workshop.root / "out" / "results" / "x.new").mkdir(parents=True)
    assert workshop.batch(*names).returncode == 3
    assert len(workshop.lasting()) == 7
    assert workshop.lasting() == workshop.lasting("whole")
    cache = workshop.root / "cache-out"
    assert list(cache.rglob("*.lock")) == []
    assert list((cache / "work").iterdir()) == []
    assert list((workshop.root / "out" / "results").glob("*.new")) == []
    clones = list((cache / "clones").glob("*good*.git"))
    assert len(clones) == 5
    for clone in clones:
        git(clone, workshop.environment, "fsck", "--strict")


def test_pushed_once_and_never_over_the_work_of_others(workshop: Workshop) -> None:
    names = ("--match", "good0", "--match", "good1", "--match", "good2")
    assert workshop.batch(*names).returncode == 0
    rows = workshop.rows()
    branch = rows["good1"]["branch"]
    other = git(workshop.root / "good1", workshop.environment, "rev-parse", "HEAD").strip()
    git(workshop.root / "good1", workshop.environment, "branch", branch)
    git(
        *(workshop.root / "good2", workshop.environment, "commit", "-q"),
        *("--allow-empty", "-m", "moved"),
    )
    flags = ("push", "out", "--pace", "0", "--cache", "cache-elsewhere")
    pushed = workshop.run(*flags)
    assert pushed.returncode == 3
    assert f"good0 {rows['good0']['branch']}: pushed" in pushed.stdout
    assert "good2" in pushed.stdout
    assert "the base has moved" in pushed.stdout
    assert "somebody else has made or moved" in pushed.stdout
    assert _tip(workshop, "good0", rows["good0"]["branch"]) == rows["good0"]["commits"][-1]
    assert _tip(workshop, "good1", branch) == other
    body = workshop.root / "out" / rows["good0"]["results"] / "pull-request.md"
    assert "| toy: call say() where shout() was called | 1 | 1 |" in body.read_text()
    again = workshop.run(*flags, "--match", "good0", "--match", "good2", "--moved-too")
    assert again.returncode == 0
    assert "was there already" in again.stdout
    assert _tip(workshop, "good2", rows["good2"]["branch"]) == rows["good2"]["commits"][-1]
    offered = json.loads((workshop.root / "out" / "pull-requests.json").read_text())
    assert [Path(one["repository"]).name for one in offered] == ["good0", "good2"]


def _tip(workshop: Workshop, name: str, branch: str) -> str:
    return git(workshop.root / name, workshop.environment, "rev-parse", branch).strip()


def test_interrupted_it_ends_its_jobs_and_says_how_to_go_on(workshop: Workshop) -> None:
    (workshop.root / "one.toml").write_text('[[repositories]]\nurl = "good1"\nonly = ["slow"]\n')
    command = workshop.command("run", "one.toml", "--folder", "out", "--cache", "c")
    terminal = pexpect.spawn(
        command[0],
        command[1:],
        cwd=workshop.root,
        env=workshop.environment | {"TERM": "xterm"},
        encoding="utf-8",
        dimensions=(24, 200),
        timeout=300,
    )
    terminal.expect("running .*good1")
    terminal.expect("0 of 1 repositories")
    terminal.sendintr()
    terminal.expect("interrupted")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 130
    assert workshop.rows()["good1"]["state"] == "running"
    # The clone is free again: the interrupted job holds it no more.
    (workshop.root / "one.toml").write_text('[[repositories]]\nurl = "good1"\nonly = ["toy"]\n')
    assert workshop.run("run", "one.toml", "--folder", "out", "--cache", "c").returncode == 0
    assert workshop.rows()["good1"]["state"] == "changed"


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_nothing_outlives_the_driver(workshop: Workshop, number: signal.Signals) -> None:
    """Not even a command of `--test`, which has a process group of its own."""
    note, command = workshop.root / "note", "sleep 8765"
    flags = ("--folder", "out", *workshop.usual("out"), "--match", "good1")
    driver = subprocess.Popen(
        workshop.command("run", "list.txt", *flags, "--test", f"{command} & echo $! >{note}; wait"),
        cwd=workshop.root,
        env=workshop.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not note.exists() or not note.read_text().endswith("\n"):
            assert driver.poll() is None
            time.sleep(0.05)
    finally:
        driver.send_signal(number)
        driver.wait()
    line = Path("/proc", note.read_text().strip(), "cmdline")
    end = time.monotonic() + 600  # only if it is not ended at all
    while _text(line) == f"{command} ":
        assert time.monotonic() < end
        time.sleep(0.05)


def _text(command_line: Path) -> str:
    try:
        return command_line.read_text().replace("\0", " ")
    except OSError:
        return ""


def test_a_command_judges_the_commits_when_asked(workshop: Workshop) -> None:
    done = workshop.batch("--match", "good1", "--test", "! grep -q 'say' a.py")
    assert done.returncode == 0, done.stdout
    row = workshop.rows()["good1"]
    assert (row["rewritten"], row["left"], row["commits"]) == (0, 1, [])
    results = workshop.root / "out" / row["results"]
    assert "commit 1 of 1 (toy)" in (results / "test.log").read_text()
    done = workshop.batch("--match", "good2", "--test", "echo $((6*7)); false")
    assert done.returncode == 3
    row = workshop.rows()["good2"]
    assert row["cause"] == "refused"
    assert row["message"].endswith("; its output is in test.log")
    assert "42" in (workshop.root / "out" / row["results"] / "test.log").read_text()
