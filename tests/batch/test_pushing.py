"""A branch is pushed at a fixed pace, and only over what we pushed ourselves."""

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from codemods.batch import pushing
from codemods.batch.isolation import Ended, Limits
from codemods.batch.journal import Journal, Row
from codemods.batch.pushing import Delivery, push_all
from codemods.batch.remote_branch import push
from codemods.batch.results import result_folder
from codemods.batch.targets import Target
from tests.batch.clock import Clock
from tests.commands.conftest import git


@dataclass
class Bench:
    """A remote with a base, and somebody who makes commits on it."""

    root: Path
    environment: dict[str, str]
    pushed: str = ""
    base: str = field(init=False)

    def __post_init__(self) -> None:
        git(self.root, self.environment, "init", "-q", "-b", "main", "remote")
        self.base = self.commit("base")
        git(self.root, self.environment, "clone", "-q", "remote", "mine")

    def commit(self, message: str, where: str = "remote") -> str:
        flags = ("commit", "-q", "--allow-empty", "-m", message)
        git(self.root / where, self.environment, *flags)
        return git(self.root / where, self.environment, "rev-parse", "HEAD").strip()

    def push(self, message: str, **settings: Any) -> str:
        """Push a new commit on the base; return what came of it."""
        git(self.root / "mine", self.environment, "reset", "-q", "--hard", self.base)
        tip = self.commit(message, "mine")
        bundle = self.root / f"{message}.bundle"
        flags = ("bundle", "create", "-q", str(bundle), f"^{self.base}", "HEAD")
        git(self.root / "mine", self.environment, *flags)
        request = {
            "url": str(self.root / "remote"),
            "clone": str(self.root / "clone.git"),
            "base": self.base,
            "base_branch": "main",
            "branch": "work",
            "tip": tip,
            "bundle": str(bundle),
            "pushed": self.pushed,
            "moved_too": False,
        }
        state = push(request | settings)["state"]
        if state == "pushed":
            self.pushed = tip
            assert self.tip == tip
        return state

    @property
    def tip(self) -> str:
        return git(self.root / "remote", self.environment, "rev-parse", "work").strip()


@pytest.fixture
def bench(environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Bench(tmp_path, environment)


def test_only_what_we_pushed_last_is_replaced(bench: Bench) -> None:
    assert bench.push("first") == "pushed"
    assert bench.push("second") == "pushed"
    assert bench.push("second", tip=bench.tip) == "unchanged"
    git(bench.root / "remote", bench.environment, "branch", "-f", "work", bench.base)
    assert bench.push("third") == "rejected"
    assert bench.tip == bench.base


def test_a_branch_that_was_there_is_not_replaced(bench: Bench) -> None:
    git(bench.root / "remote", bench.environment, "branch", "work")
    assert bench.push("first") == "rejected"
    assert bench.tip == bench.base


def test_not_where_the_base_has_moved_unless_told(bench: Bench) -> None:
    moved = bench.commit("moved")
    assert bench.push("first") == "base-moved"
    assert bench.push("first", moved_too=True) == "pushed"
    assert bench.tip != moved


def test_the_pace_is_that_of_what_changes_the_remote(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answers = iter(["pushed", "unchanged", "base-moved", "rejected", "pushed"])

    def cell(request: Mapping[str, Any], *_: object) -> Ended:
        return Ended(0, json.dumps({"state": next(answers)}), "", 1.0)

    monkeypatch.setattr(pushing, "run_patiently", cell)
    rows = [
        Row(repository=f"/x/{number}", state="changed", branch="b", commits=(f"{number}",))
        for number in range(5)
    ]
    ledger = {"commits": [], "tool": {"version": "1"}, "base": "0", "sites": []}
    for row in rows:
        folder = result_folder(tmp_path, row.repository)
        folder.mkdir(parents=True)
        (folder / "ledger.json").write_text(json.dumps({**ledger, "failures": [], "todo": []}))
    delivery = Delivery(
        folder=tmp_path,
        cache=tmp_path,
        targets={row.repository: Target(url=row.repository) for row in rows},
        limits=Limits(),
        pace=7.5,
    )
    clock = Clock()
    with closing(Journal(tmp_path / "journal.sqlite")) as journal:
        done = push_all(delivery, journal, rows, lambda pushed: None, clock)
        known = [journal.pushed(row.repository, "b") for row in rows]
    assert clock.waits == [7.5, 7.5]
    assert [one.failed for one in done] == [False, False, False, True, False]
    assert known == ["0", "1", "", "", "4"]
    offered = json.loads((tmp_path / "pull-requests.json").read_text())
    assert [one["repository"] for one in offered] == ["/x/0", "/x/1", "/x/4"]
