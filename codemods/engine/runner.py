"""One repository, from files to changes: survey, plan, rewrite, proof, ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import PurePosixPath
from typing import Any

from codemods.codemod import (
    Action,
    Bar,
    Codemod,
    Order,
    Position,
    Settings,
    Site,
    Verdict,
)
from codemods.engine.files import Files
from codemods.engine.ledger import History, Line, file_entry
from codemods.engine.outcome import Change, Entry, FileChange, Outcome
from codemods.engine.planning import ContractError, Decision, Planner
from codemods.engine.positions import Shift
from codemods.engine.selection import Selection
from codemods.engine.snapshot import Snapshot
from codemods.engine.surveys import Surveys, asked_about
from codemods.engine.tasks import Asked, RewriteTask, Rewritten, describe, rewrite
from codemods.engine.workers import WorkerDied, Workers
from codemods.project.project import Project
from codemods.python.source import SourceError, decode, read_source

__all__ = ["BarSite", "Progress", "run"]

Progress = Callable[[str, int, int], None]
"""Called with the name of a stage, how many items of it are done, and how many there are."""

BarSite = Callable[[Site, Position | None], Bar | None]
"""Given a site and its position in the base, returns why it may not be rewritten, or None."""

# A needle found in more than this share of the files is not followed: it says nothing.
_TOO_COMMON = 4
_ALWAYS_FOLLOWED = 40
_MOST_STEPS = 8
_MOST_CULPRITS_SOUGHT = 32


def run(
    files: Files,
    codemods: Sequence[Codemod],
    settings: Mapping[str, Settings[Any]],
    *,
    base: str = "",
    selection: Selection | None = None,
    bar: BarSite = lambda site, base: None,
    jobs: int | None = None,
    progress: Progress = lambda stage, done, total: None,
) -> Outcome:
    """Migrate a set of files, in memory.

    Args:
        files: the base.
        codemods: in the order in which they run.
        settings: options by codemod name.
        base: the commit id that the outcome names.
        selection: which files are looked at, and which may be rewritten.
        bar: further reasons to leave a site (declined, withheld, dirty file).
        jobs: processes; by default the processors that this process may use.
        progress: told how far the work is.
    """
    with Workers(jobs) as workers:
        migration = _Migration(
            files, codemods, settings, selection or Selection(), bar, workers, progress
        )
        return migration.outcome(base)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A decision carried out, not yet adopted."""

    decision: Decision
    results: Mapping[PurePosixPath, Rewritten]
    before: Mapping[PurePosixPath, bytes]  #: the files that it writes, where they existed
    contents: Mapping[PurePosixPath, bytes]  #: the files that it writes
    paragraphs: tuple[str, ...]


@dataclass
class _State:
    """The snapshot that the next codemod sees, and what is known about it."""

    snapshot: Snapshot
    surveys: Surveys
    project: Project


@dataclass
class _Migration:
    files: Files
    codemods: Sequence[Codemod]
    settings: Mapping[str, Settings[Any]]
    selection: Selection
    bar: BarSite
    workers: Workers
    progress: Progress
    failures: list[str] = field(default_factory=list)
    rounds: Counter[str] = field(default_factory=Counter)
    history: History = field(default_factory=History)
    _file_bars: dict[tuple[PurePosixPath, int], Bar | None] = field(default_factory=dict)

    def outcome(self, base: str) -> Outcome:
        """Run all codemods."""
        snapshot = Snapshot(self.files)
        surveys = Surveys(self.workers, self.selection.limits, self.progress)
        state = _State(snapshot, surveys, _project(snapshot))
        python = self.selection.python_files(snapshot.paths)
        self.progress("search", 0, 1)
        needles = frozenset[bytes]().union(*(codemod.needles for codemod in self.codemods))
        contents = snapshot.read(sorted(snapshot.search(needles) & python)) if needles else {}
        self.progress("search", 1, 1)
        surveys.add(
            contents, lambda path, data: asked_about(path, data, self.codemods, self.settings)
        )
        lines: list[Line] = []
        changes: list[tuple[Change, list[Line]]] = []
        for index, codemod in enumerate(self.codemods):
            for change, found in self._carry_out(codemod, self.codemods[index + 1 :], state):
                changes.append((change, found))
                lines += found
        entries = self.history.entries(lines)
        by_line = dict(zip(map(id, lines), entries, strict=True))
        for (name, path), message in sorted(state.surveys.failures.items()):
            self.failures.append(message)
            entries.append(file_entry(name, path, Bar("engine/survey-failed", message)))
        for path, reason in sorted(state.surveys.unreadable.items()):
            entries.append(file_entry("engine", path, reason))
        return Outcome(
            base=base,
            changes=tuple(
                _with_entries(change, [by_line[id(line)] for line in found])
                for change, found in changes
            ),
            entries=tuple(entries),
            counts=_counts(self.codemods, state.surveys),
            failures=tuple(self.failures),
            files_searched=len(python),
            files_surveyed=len(state.surveys.files),
            rounds=dict(self.rounds),
        )

    def _carry_out(
        self, codemod: Codemod, later: Sequence[Codemod], state: _State
    ) -> Iterable[tuple[Change, list[Line]]]:
        """Yield the changes of one codemod, one for each of its steps."""
        for _ in range(_MOST_STEPS):
            try:
                attempt = self._attempt(codemod, later, state)
            except ContractError as error:
                attempt = None
                reason = f"{codemod.name} is broken: {error}"
            except (KeyboardInterrupt, SystemExit):
                raise
            except Exception as error:
                attempt = None
                reason = f"{codemod.name} could not plan: {describe(error)}"
            if attempt is None:
                self.failures.append(reason)
                yield self._given_up(codemod, state, reason)
                return
            change, lines = self._adopt(codemod, later, state, attempt)
            yield change, lines
            if not attempt.decision.plan.again or not change.files:
                return
        raise ContractError(f"{codemod.name} takes more than {_MOST_STEPS} steps")

    def _attempt(self, codemod: Codemod, later: Sequence[Codemod], state: _State) -> _Attempt:
        """Return a decision whose proof held; groups for which it did not are barred."""
        barred: dict[str, Bar] = {}
        done: dict[PurePosixPath, tuple[tuple[Order, ...], Rewritten]] = {}
        while True:
            planner = self._planner(codemod, state)
            decision = planner.decide(barred)
            self.rounds[codemod.name] += planner.rounds
            self._rewrite(codemod, later, state, decision, done)
            results = {path: done[path][1] for path in decision.plan.orders}
            failed = self._failed(codemod, later, state, decision, results, barred)
            if not failed:
                attempt = self._assembled(state, decision, results)
                failed = self._unstable(codemod, later, state, attempt)
                if not failed:
                    return attempt
            barred.update(failed)

    def _planner(self, codemod: Codemod, state: _State) -> Planner:
        return Planner(
            codemod,
            self.settings[codemod.name],
            state.project,
            lambda: state.surveys.of(codemod.name),
            lambda site: self._bar(site, state),
            lambda needles, paths: self._search(codemod, state, needles, paths),
        )

    def _bar(self, site: Site, state: _State) -> Bar | None:
        """Return why the engine or its caller will not let a site be rewritten."""
        key = (site.path, id(state.snapshot))
        if key not in self._file_bars:
            data = state.snapshot.read_one(site.path) or b""
            self._file_bars[key] = self.selection.bar(site.path, data, state.project)
        return self._file_bars[key] or self.bar(site, self.history.base(site))

    def _search(
        self,
        codemod: Codemod,
        state: _State,
        needles: frozenset[bytes],
        paths: frozenset[PurePosixPath],
    ) -> frozenset[bytes]:
        """Survey the files of another round; return the needles that are too common."""
        python = self.selection.python_files(state.snapshot.paths)
        most = max(_ALWAYS_FOLLOWED, len(python) // _TOO_COMMON)
        refused: set[bytes] = set()
        found = state.snapshot.search(needles) & python if needles else frozenset()
        if len(found) > most:
            found = frozenset()
            for needle in sorted(needles):
                holders = state.snapshot.search(frozenset({needle})) & python
                if len(holders) > most:
                    refused.add(needle)
                else:
                    found |= holders
        known = state.surveys.of(codemod.name).keys()
        wanted = sorted(((found | paths) & python) - known - state.surveys.unreadable.keys())
        options = self.settings[codemod.name]
        state.surveys.add(
            state.snapshot.read(wanted), lambda path, data: (Asked(codemod, options.at(path)),)
        )
        return frozenset(refused)

    def _rewrite(
        self,
        codemod: Codemod,
        later: Sequence[Codemod],
        state: _State,
        decision: Decision,
        done: dict[PurePosixPath, tuple[tuple[Order, ...], Rewritten]],
    ) -> None:
        """Carry out the orders of each file whose orders are new."""
        wanted = {
            path: orders
            for path, orders in sorted(decision.plan.orders.items())
            if path not in done or done[path][0] != orders
        }
        contents = state.snapshot.read(wanted)
        tasks = [
            self._task(codemod, later, path, contents[path], orders)
            for path, orders in wanted.items()
        ]
        results = self.workers.map(rewrite, tasks, lambda task: len(task.data))
        for number, (task, result) in enumerate(zip(tasks, results, strict=True), 1):
            if isinstance(result, WorkerDied):
                message = f"{task.path}: the process that rewrote it died"
                result = Rewritten(task.path, failed=Bar("engine/worker-died", message))
            done[task.path] = (task.orders, result)
            self.progress("rewrite", number, len(tasks))

    def _task(
        self,
        codemod: Codemod,
        later: Sequence[Codemod],
        path: PurePosixPath,
        data: bytes,
        orders: tuple[Order, ...],
    ) -> RewriteTask:
        asked = Asked(codemod, self.settings[codemod.name].at(path))
        following = tuple(Asked(one, self.settings[one.name].at(path)) for one in later)
        return RewriteTask(
            path, data, asked, orders, (asked, *following), self.selection.limits.seconds
        )

    def _failed(
        self,
        codemod: Codemod,
        later: Sequence[Codemod],
        state: _State,
        decision: Decision,
        results: Mapping[PurePosixPath, Rewritten],
        barred: Mapping[str, Bar],
    ) -> dict[str, Bar]:
        """Return bars for the sites whose rewrite was refused or whose proof failed."""
        failed: dict[str, Bar] = {}
        for path, result in results.items():
            failed.update(result.refused)
            if result.failed is not None:
                guilty = self._culprits(codemod, later, state, decision, path, barred)
                self.failures.append(f"{codemod.name}: {result.failed.message}")
                failed.update(dict.fromkeys(guilty, result.failed))
        if any(result.failed or result.refused for result in results.values()) and not failed:
            raise ContractError("a rewrite failed that carries out no site")
        return failed

    def _culprits(
        self,
        codemod: Codemod,
        later: Sequence[Codemod],
        state: _State,
        decision: Decision,
        path: PurePosixPath,
        barred: Mapping[str, Bar],
    ) -> list[str]:
        """Return the sites of those groups for which a file's proof fails on their own."""
        sites = [order.site for order in decision.plan.orders[path] if order.site is not None]
        groups = sorted({decision.verdicts[site].group for site in sites})
        if not 1 < len(groups) <= _MOST_CULPRITS_SOUGHT:
            return sites
        data = state.snapshot.read_one(path) or b""
        guilty: list[str] = []
        for group in groups:
            own = [site for site in sites if decision.verdicts[site].group == group]
            others = dict.fromkeys(set(sites) - set(own), Bar("engine/proof", "set aside"))
            alone = self._planner(codemod, state).decide({**barred, **others})
            orders = alone.plan.orders.get(path)
            if orders and rewrite(self._task(codemod, later, path, data, orders)).failed:
                guilty += own
        return guilty or sites

    def _assembled(
        self, state: _State, decision: Decision, results: Mapping[PurePosixPath, Rewritten]
    ) -> _Attempt:
        """Return the files of a step: rewritten ones, new ones, and dependency files."""
        contents = {path: result.data for path, result in results.items() if result.replacements}
        plan = decision.plan
        for new in plan.new_files:
            if new.path in contents or state.snapshot.read_one(new.path) is not None:
                raise ContractError(f"its new file {new.path} exists already")
            if new.path.suffix == ".py":
                try:
                    read_source(new.path, new.data)
                except SourceError as error:
                    raise ContractError(f"its new file is not Python: {error}") from None
            contents[new.path] = new.data
        before = state.snapshot.read(contents)
        return _Attempt(decision, results, before, contents, plan.paragraphs)

    def _next_state(
        self, codemod: Codemod, later: Sequence[Codemod], state: _State, attempt: _Attempt
    ) -> _State:
        """Return the state after a step: changed and new files are surveyed again."""
        snapshot = state.snapshot.with_changes(attempt.contents)
        surveys = state.surveys.copy()
        surveys.forget(attempt.contents, (codemod, *later))
        for path in attempt.contents:
            result = attempt.results.get(path)
            if result is not None and result.surveyed is not None:
                surveys.record(result.surveyed)
        new = {path: data for path, data in attempt.contents.items() if path not in attempt.results}
        python = self.selection.python_files(new)
        surveys.add(
            {path: new[path] for path in python},
            lambda path, data: asked_about(path, data, (codemod, *later), self.settings),
        )
        return _State(snapshot, surveys, _project(snapshot))

    def _unstable(
        self, codemod: Codemod, later: Sequence[Codemod], state: _State, attempt: _Attempt
    ) -> dict[str, Bar]:
        """Plan over the result: bar the sites after whose rewrite there is more to rewrite."""
        if attempt.decision.plan.again or not attempt.contents:
            return {}
        after = self._next_state(codemod, later, state, attempt)
        planner = self._planner(codemod, after)
        planner.bar = self._moved_bars(attempt, planner.bar)
        decision = planner.decide({})
        found = sorted(
            str(decision.sites[site].path)
            for site, verdict in decision.verdicts.items()
            if verdict.action is Action.REWRITE and decision.sites[site].path in attempt.contents
        )
        if not found:
            return {}
        message = f"{found[0]}: after the rewrite there would be more to rewrite"
        unstable = {
            order.site: Bar("engine/proof-not-stable", message)
            for path, orders in attempt.decision.plan.orders.items()
            if str(path) in found
            for order in orders
            if order.site is not None
        }
        if not unstable:
            raise ContractError(message)
        self.failures.append(f"{codemod.name}: {message}")
        return unstable

    def _moved_bars(
        self, attempt: _Attempt, otherwise: Callable[[Site], Bar | None]
    ) -> Callable[[Site], Bar | None]:
        """Return a bar for the result's sites: what was barred before the step still is."""
        decision = attempt.decision
        shifts = {
            path: Shift.of(decode(path, attempt.before[path])[0], result.replacements)
            for path, result in attempt.results.items()
            if result.replacements
        }
        moved = {}
        for site, bar in decision.barred.items():
            one = decision.sites[site]
            span = shifts[one.path].forward(one.span) if one.path in shifts else one.span
            moved[one.path, one.kind, span] = bar
        return lambda site: moved.get((site.path, site.kind, site.span)) or otherwise(site)

    def _adopt(
        self, codemod: Codemod, later: Sequence[Codemod], state: _State, attempt: _Attempt
    ) -> tuple[Change, list[Line]]:
        """Take a step over into the state; return its change and its ledger lines."""
        before = attempt.before
        files = tuple(
            FileChange(path, before.get(path), data)
            for path, data in sorted(attempt.contents.items())
            if before.get(path) != data
        )
        step = self.history.add(
            {
                path: (before[path], result.replacements)
                for path, result in attempt.results.items()
                if result.replacements
            }
        )
        decision = attempt.decision
        lines = [
            Line(decision.sites[site], verdict, step)
            for site, verdict in decision.verdicts.items()
            if not decision.plan.again or verdict.action is Action.REWRITE
        ]
        after = self._next_state(codemod, later, state, attempt)
        state.snapshot, state.surveys, state.project = after.snapshot, after.surveys, after.project
        change = Change(
            codemod=codemod.name,
            summary=codemod.summary,
            step=decision.plan.step,
            options=_changed_options(self.settings[codemod.name]),
            files=files,
            entries=(),
            paragraphs=attempt.paragraphs,
        )
        return change, lines

    def _given_up(self, codemod: Codemod, state: _State, reason: str) -> tuple[Change, list[Line]]:
        """Return an empty change in which every site is left because the codemod failed."""
        step = self.history.add({})
        lines = [
            Line(site, Verdict(Action.LEAVE, site.id, "engine/plan-failed", reason), step)
            for survey in state.surveys.of(codemod.name).values()
            for site in survey.sites
        ]
        options = _changed_options(self.settings[codemod.name])
        return Change(codemod.name, codemod.summary, "", options, (), ()), lines


def _project(snapshot: Snapshot) -> Project:
    return Project(snapshot.paths, snapshot.read_one)


def _with_entries(change: Change, entries: Sequence[Entry]) -> Change:
    return replace(change, entries=tuple(entries))


def _changed_options(settings: Settings[Any]) -> dict[str, object]:
    return {
        one.name: getattr(settings.default, one.name)
        for one in fields(settings.default)
        if getattr(settings.default, one.name) != one.default
    }


def _counts(codemods: Sequence[Codemod], surveys: Surveys) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for codemod in codemods:
        total: Counter[str] = Counter()
        for survey in surveys.of(codemod.name).values():
            total.update(survey.counts)
        if total:
            counts[codemod.name] = dict(sorted(total.items()))
    return counts
