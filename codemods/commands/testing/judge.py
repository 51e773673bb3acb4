"""Tests each commit in a working tree of its own, and withholds what breaks the tests."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from codemods.codemod import Bar
from codemods.commands.errors import RefusedError
from codemods.commands.testing.command import Command, Finished
from codemods.commands.testing.comparison import last_lines, new_failures
from codemods.commands.testing.tracebacks import base_lines, frames
from codemods.commands.without import Without, keys_of, site_key

if TYPE_CHECKING:
    from codemods.engine.culprits import Candidate, Symptoms
    from codemods.engine.outcome import Change, Entry, Outcome
    from codemods.git.revision import Revision

__all__ = ["Judgement", "TestOptions", "judge"]

Contents = Mapping[PurePosixPath, bytes | None]

_PATIENCE = 10  # times as long as the base may a run take, unless it is said
_LEAST_PATIENCE = 60.0  # seconds


@dataclass(frozen=True, slots=True)
class TestOptions:
    """How to test."""

    __test__ = False

    command: str
    runs: int  #: how often the command may run in search of culprits
    timeout: float | None  #: seconds a run may take; None: as long as suits the base


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a run must leave out so that the tests say what they said before."""

    without: dict[str, Bar]
    notices: tuple[str, ...]


def judge(
    base: Revision, options: TestOptions, run: Callable[[Without], Outcome], without: Without
) -> Judgement:
    """Test the base and every commit; find what to withhold where a commit breaks something.

    Args:
        base: the commit that the run reads.
        options: how to test.
        run: makes the commits without some sites.
        without: the sites that are kept out already.

    Raises:
        RefusedError: the command fails on the base in a way that tells nothing.
        GitError: no working tree can be made.
    """
    from codemods.git.worktree import temporary_worktree

    handle, name = tempfile.mkstemp(prefix="codemods-test-", suffix=".log")
    with (
        os.fdopen(handle, "w+b") as log,
        temporary_worktree(base.repository, base.commit) as tree,
    ):
        environment = {**tree.environment, "PYTHONPATH": _search_path(base, tree.root)}
        command = Command(options.command, tree.root, environment, log)
        with _Judge(command, options, tree.put, base, run, Path(name)) as judge:
            return judge.judgement(dict(without))


@dataclass
class _Judge:
    command: Command
    options: TestOptions
    put: Callable[[Contents], None]
    base: Revision
    run: Callable[[Without], Outcome]
    log: Path
    asked: int = 0  #: runs of the command, the base's included
    searched: int = 0  #: those in search of culprits
    finished: dict[bytes, Finished] = field(default_factory=dict)  #: by the state that was tested
    notices: list[str] = field(default_factory=list)

    def __enter__(self) -> _Judge:
        return self

    def __exit__(self, *_: object) -> None:
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def judgement(self, without: dict[str, Bar]) -> Judgement:
        """Go through the commits until all that are left keep the tests as they were."""
        self._check_base()
        withheld = 0
        while True:
            changes = [change for change in self.run(without).changes if change.files]
            number = self._first_failing(changes)
            if number is None:
                break
            more = self._culprits(changes[: number + 1], without)
            withheld += len(more)
            without |= more
        runs = f"ran `{self.options.command}` {_times(self.asked)}"
        what = f"withheld {_sites(withheld)} that break it" if withheld else "nothing breaks it"
        return Judgement(
            without, (f"{runs}: {what}; its output is in {self.log}", *dict.fromkeys(self.notices))
        )

    def _check_base(self) -> None:
        base = self._tested({}, "the base")
        failing = len(base.report.failing) if base.report else 0
        if base.code != 0 and not (failing and base.code == 1):
            hint = " (files that Git ignores, such as .venv, are not there)"
            raise RefusedError(
                f"`{self.options.command}` {base.ending} before any change, in a fresh checkout"
                f"{hint if base.code in (126, 127) else ''}; its output is in {self.log}"
            )
        if failing:
            tests = "1 test fails" if failing == 1 else f"{failing} tests fail"
            self.notices.append(f"{tests} before any change, which is not counted")

    def _first_failing(self, changes: Sequence[Change]) -> int | None:
        """Return the index of the first commit that breaks something and has sites to withhold."""
        for number, change in enumerate(changes):
            title = f"commit {number + 1} of {len(changes)} ({change.codemod})"
            failing = new_failures(
                self.finished[_digest({})], self._tested(_contents(changes[: number + 1]), title)
            )
            if failing and keys_of(change):
                return number
            if failing:
                self.notices.append(f"the tests fail with {title}, which rewrites no site")
        return None

    def _culprits(self, changes: Sequence[Change], without: Without) -> dict[str, Bar]:
        """Return the sites of the last of these commits that must be withheld."""
        from codemods.engine.culprits import find_culprits

        groups = _groups(changes[-1])
        known = frozenset[str]().union(*(keys_of(change) for change in changes))
        failed: dict[frozenset[str], Finished] = {}

        def failing(applied: frozenset[str], state: Contents, finished: Finished) -> Symptoms:
            found = new_failures(self.finished[_digest({})], finished)
            if found:
                failed[applied] = finished
            return {test: self._named(text, groups, state) for test, text in found.items()}

        def oracle(applied: frozenset[str]) -> Symptoms:
            self.searched += 1
            aside = Bar("engine/test-failed", "set aside in search of what breaks the tests")
            bars = {
                _key(entry): aside
                for name, entries in groups.items()
                if name not in applied
                for entry in entries
            }
            state = _contents(_up_to(self.run({**without, **bars}).changes, known))
            title = f"{len(applied)} of {len(groups)} groups"
            return failing(applied, state, self._tested(state, title))

        everything = frozenset(groups)
        state = _contents(changes)
        found = find_culprits(
            _candidates(groups),
            failing(everything, state, self._tested(state, "again")),
            oracle,
            most_runs=max(0, self.options.runs - self.searched),
        )
        if not found.complete:
            self.notices.append(
                f"the {_times(self.options.runs)} that it may run in search of culprits "
                f"(--test-runs) were used up: {_sites(len(found.culprits), 'group')} of "
                f"{changes[-1].codemod} are withheld, without which it is proven to pass"
            )
        return {
            _key(entry): self._bar(name, found.culprits, failed)
            for name in sorted(found.culprits)
            for entry in groups[name]
        }

    def _bar(
        self, name: str, culprits: frozenset[str], failed: Mapping[frozenset[str], Finished]
    ) -> Bar:
        """Return the bar with the output of the run that shows most about one group."""
        runs = [one for one in failed if name in one]
        best = min(runs, key=lambda one: (len(one & culprits), len(one), sorted(one)))
        ending = last_lines(failed[best])
        return Bar("engine/test-failed", f"`{self.options.command}` fails with it: {ending}")

    def _named(
        self, text: str, groups: Mapping[str, Sequence[Entry]], state: Contents
    ) -> frozenset[str]:
        """Return the groups that a traceback goes through."""
        named: set[str] = set()
        for path, line in frames(text, self.command.folder):
            after = state.get(path)
            if after is None:
                continue
            before = self.base.read([path]).get(path, b"")
            lines = base_lines(before, after, line)
            named.update(
                name
                for name, entries in groups.items()
                for entry in entries
                if entry.site.path == path
                and entry.base is not None
                and entry.base.line < lines.stop
                and lines.start <= entry.base.end_line
            )
        return frozenset(named)

    def _tested(self, state: Contents, title: str) -> Finished:
        """Return how the command ends in a state; each state is tested once."""
        key = _digest(state)
        if key not in self.finished:
            self.asked += 1
            self._progress(title)
            self.put(state)
            timeout = self.options.timeout
            base = self.finished.get(_digest({}))
            if timeout is None and base is not None:
                timeout = max(_LEAST_PATIENCE, base.seconds * _PATIENCE)
            self.finished[key] = self.command.run(f"run {self.asked}: {title}", timeout)
        return self.finished[key]

    def _progress(self, title: str) -> None:
        if sys.stderr.isatty():
            text = f"testing, run {self.asked}: {title} …"
            sys.stderr.write(f"\r\x1b[K{text[: shutil.get_terminal_size().columns - 1]}")
            sys.stderr.flush()


def _groups(change: Change) -> dict[str, list[Entry]]:
    groups: dict[str, list[Entry]] = {}
    for entry in change.entries:
        if entry.rewritten:
            groups.setdefault(entry.verdict.group, []).append(entry)
    return groups


def _candidates(groups: Mapping[str, Sequence[Entry]]) -> list[Candidate]:
    from codemods.engine.culprits import Candidate

    return [
        Candidate(name, (str(entries[0].site.path.parent), str(entries[0].site.path)))
        for name, entries in sorted(
            groups.items(), key=lambda item: (item[1][0].site.path, item[1][0].site.span)
        )
    ]


def _up_to(changes: Sequence[Change], known: frozenset[str]) -> Iterator[Change]:
    """Yield the commits before the first one that rewrites other sites."""
    for change in changes:
        if change.files:
            if not keys_of(change) <= known:
                return
            yield change


def _contents(changes: Sequence[Change] | Iterator[Change]) -> dict[PurePosixPath, bytes | None]:
    """Return what differs from the base after some commits."""
    return {file.path: file.after for change in changes for file in change.files}


def _digest(state: Contents) -> bytes:
    parts = hashlib.sha256()
    for path, data in sorted(state.items()):
        name = os.fsencode(path)
        content = b"" if data is None else hashlib.sha256(data).digest()
        parts.update(b"%d %s%d %s" % (len(name), name, len(content), content))
    return parts.digest()


def _search_path(base: Revision, root: Path) -> str:
    """Return PYTHONPATH: import roots first, or an installation of the checkout would hide them."""
    from codemods.project.project import Project

    def read(path: PurePosixPath) -> bytes | None:
        return base.read([path]).get(path)

    roots = Project(base.paths, read).packages.roots.values()
    folders = dict.fromkeys(str(root / one) for several in roots for one in several)
    with contextlib.suppress(KeyError):
        folders[os.environ["PYTHONPATH"]] = None
    return os.pathsep.join(folders)


def _key(entry: Entry) -> str:
    return site_key(entry.site, entry.base)


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _sites(number: int, noun: str = "site") -> str:
    from codemods.reports.text import count

    return count(number, noun)
