"""One step of one codemod: decide, rewrite, prove, and only then take it over.

A group whose rewrite is refused or whose proof fails is barred, and the step is tried again
without it, so that the rest goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from codemods.codemod import Action, Bar, Codemod, Order, Plan, Site
from codemods.engine.planning import ContractError, Decision
from codemods.engine.positions import Shift
from codemods.engine.state import State
from codemods.engine.surveys import asked_about
from codemods.engine.taking import taken
from codemods.engine.tasks import RewriteTask, Rewritten, Surveyed, rewrite
from codemods.engine.workers import WorkerDied
from codemods.project.project import Project
from codemods.python.source import SourceError, decode, read_source

if TYPE_CHECKING:
    from codemods.project.dependency_edits import DependencyResult

__all__ = ["Attempt", "Step"]

_MOST_CULPRITS_SOUGHT = 32
_BYTES_OF_AN_ORDER = 5000  #: surveying them takes as long as carrying out an order

_Done = dict[PurePosixPath, tuple[tuple[Order, ...], Rewritten]]


class Attempt(NamedTuple):
    """A decision carried out: the files that it writes, and the state after it."""

    decision: Decision
    results: Mapping[PurePosixPath, Rewritten]
    before: Mapping[PurePosixPath, bytes]  #: the files that it writes, where they existed
    contents: Mapping[PurePosixPath, bytes]  #: the files that it writes
    todo: tuple[str, ...]  #: what a person still has to do
    after: State


@dataclass
class Step:
    """Carries out one step over a state, which it leaves as it is but for further surveys."""

    codemod: Codemod
    later: Sequence[Codemod]
    state: State
    failures: list[str] = field(default_factory=list)  #: sentences about what was given up
    rounds: int = 0
    _taken: dict[PurePosixPath, frozenset[str]] = field(default_factory=dict)

    def attempt(self) -> Attempt:
        """Return the step with as many groups as can be proved.

        Raises:
            ContractError: the codemod does not keep its contract.
        """
        barred: dict[str, Bar] = {}
        done: _Done = {}
        while True:
            planner = self.state.planner(self.codemod)
            planner.foresee = partial(self._foresee, done)
            decision = planner.decide(barred)
            self.rounds += planner.rounds
            self._rewrite(decision, done)
            results = {path: done[path][1] for path in decision.plan.orders}
            failed = self._failed(decision, results, barred)
            if not failed:
                attempt = self._assembled(decision, results)
                failed = self._unstable(attempt)
                if not failed:
                    return attempt
            barred.update(failed)

    def _rewrite(self, decision: Decision, done: _Done) -> None:
        """Carry out the orders of each file whose orders are new."""
        wanted = _new_orders(decision.plan, done)
        for path, result in self.rewritten(wanted).items():
            done[path] = (wanted[path], result)

    def rewritten(
        self, wanted: Mapping[PurePosixPath, tuple[Order, ...]]
    ) -> dict[PurePosixPath, Rewritten]:
        """Carry out orders on files as they are before the step.

        Imports that others take from a file are kept when it no longer needs them itself.
        """
        answer = self._tried(wanted)
        surfaces = {path: one.surface for path, one in answer.items() if one.surface}
        if not surfaces:
            return answer
        state = self.state
        found = taken(surfaces, state.snapshot, state.project, state.stars)
        self._taken.update(found.needed)
        answer |= self._tried({path: wanted[path] for path in found.needed})
        for path, how in found.replaced.items():
            sites = [order.site for order in wanted[path] if order.site is not None]
            if sites:
                bar = Bar("engine/star-import", f"{path}: {how}")
                answer[path] = Rewritten(path, refused=dict.fromkeys(sites, bar))
        return answer

    def _tried(
        self, wanted: Mapping[PurePosixPath, tuple[Order, ...]]
    ) -> dict[PurePosixPath, Rewritten]:
        tasks = self._tasks(wanted)
        context = self.state.context
        results = context.workers.map(rewrite, tasks, _weight)
        answer: dict[PurePosixPath, Rewritten] = {}
        for number, (task, result) in enumerate(zip(tasks, results, strict=True), 1):
            if isinstance(result, WorkerDied):
                message = f"{task.path}: the process that rewrote it died"
                result = Rewritten(task.path, failed=Bar("engine/worker-died", message))
            answer[task.path] = result
            context.progress("rewrite", number, len(tasks))
        return answer

    def _foresee(self, done: _Done, plan: Plan) -> None:
        """Begin to carry out what is probably the plan."""
        tasks = self._tasks(_new_orders(plan, done))
        self.state.context.workers.foresee(rewrite, tasks, _weight)

    def _tasks(self, wanted: Mapping[PurePosixPath, tuple[Order, ...]]) -> list[RewriteTask]:
        contents = self.state.snapshot.read(wanted)
        return [self._task(path, contents[path], orders) for path, orders in wanted.items()]

    def _task(self, path: PurePosixPath, data: bytes, orders: tuple[Order, ...]) -> RewriteTask:
        context = self.state.context
        asked = context.asked((self.codemod, *self.later), path)
        seconds, kept = context.selection.limits.seconds, self._taken.get(path, frozenset())
        own = self.state.project.own_names(path)
        survey = self.state.surveys.one(self.codemod.name, path)
        carried_out = {order.site for order in orders}
        whole = survey is None or all(site.id in carried_out for site in survey.sites)
        outline = self.state.surveys.outlines.get(path)
        return RewriteTask(path, data, asked[0], orders, asked, seconds, kept, own, whole, outline)

    def _failed(
        self,
        decision: Decision,
        results: Mapping[PurePosixPath, Rewritten],
        barred: Mapping[str, Bar],
    ) -> dict[str, Bar]:
        """Return bars for the sites whose rewrite was refused or whose proof failed."""
        failed: dict[str, Bar] = {}
        for path, result in results.items():
            failed.update(result.refused)
            if result.failed is not None:
                guilty = self._culprits(decision, path, barred, result.failed)
                self.failures.append(f"{self.codemod.name}: {result.failed.message}")
                failed.update(dict.fromkeys(guilty, result.failed))
        if any(result.failed or result.refused for result in results.values()) and not failed:
            raise ContractError("a rewrite failed that carries out no site")
        return failed

    def _culprits(
        self,
        decision: Decision,
        path: PurePosixPath,
        barred: Mapping[str, Bar],
        failed: Bar,
    ) -> list[str]:
        """Return the sites of those groups for which a file's proof fails on their own."""
        sites = [order.site for order in decision.plan.orders[path] if order.site is not None]
        groups = sorted({decision.verdicts[site].group for site in sites})
        if not 1 < len(groups) <= _MOST_CULPRITS_SOUGHT:
            return sites
        data = self.state.snapshot.read_one(path) or b""
        guilty: list[str] = []
        for group in groups:
            own = [site for site in sites if decision.verdicts[site].group == group]
            others = dict.fromkeys(set(sites) - set(own), failed)
            alone = self.state.planner(self.codemod).decide({**barred, **others})
            orders = alone.plan.orders.get(path)
            if orders and rewrite(self._task(path, data, orders)).failed:
                guilty += own
        return guilty or sites

    def _assembled(self, decision: Decision, results: Mapping[PurePosixPath, Rewritten]) -> Attempt:
        """Return the attempt with all files of the step: rewritten, new, and dependency files."""
        snapshot = self.state.snapshot
        contents = {path: result.data for path, result in results.items() if result.replacements}
        for new in decision.plan.new_files:
            if new.path in contents or snapshot.read_one(new.path) is not None:
                raise ContractError(f"its new file {new.path} exists already")
            if new.path.suffix == ".py":
                try:
                    read_source(new.path, new.data)
                except SourceError as error:
                    raise ContractError(f"its new file is not Python: {error}") from None
            contents[new.path] = new.data
        for addendum in decision.plan.addenda:
            there = contents.get(addendum.path, snapshot.read_one(addendum.path))
            if there is None or addendum.path.suffix == ".py":
                raise ContractError(f"it can't add to the end of {addendum.path}")
            contents[addendum.path] = there + addendum.data
        todo = list(decision.plan.todo)
        for edit in decision.plan.dependencies:
            now = snapshot.with_changes(contents)
            project = Project(now.paths, now.read_one, self.state.lifted)
            added = project.add_requirement(edit.distribution, edit.requirement)
            contents.update(added.edits)
            todo += _dependency_todo(edit.requirement, added)
        before = snapshot.read(contents)
        after = self._after(decision, results, contents)
        return Attempt(decision, results, before, contents, tuple(dict.fromkeys(todo)), after)

    def _after(
        self,
        decision: Decision,
        results: Mapping[PurePosixPath, Rewritten],
        contents: Mapping[PurePosixPath, bytes],
    ) -> State:
        """Return the state after the step: changed and new files are surveyed again."""
        state, codemods, name = self.state, (self.codemod, *self.later), self.codemod.name
        surveys = state.surveys.copy()
        surveys.forget(contents, codemods)
        for path in contents.keys() & results.keys():
            surveyed = results[path].surveyed
            surveys.record(surveyed or Surveyed(path))
            if surveyed is None:
                surveys.settle(name, path, state.surveys.one(name, path))
        context = state.context

        def look_at(paths: Iterable[PurePosixPath]) -> None:
            surveys.add(
                {path: contents[path] for path in paths},
                lambda path, data: asked_about(path, data, codemods, context.settings),
            )

        look_at(context.selection.python_files(contents.keys() - results.keys()))
        if decision.plan.again or surveys.has_sites(name, contents):
            # There will be another plan, and values may flow through any of the files.
            look_at(path for path in contents.keys() & results.keys() if not results[path].surveyed)
        snapshot = state.snapshot.with_changes(contents)
        lifted = state.lifted | decision.plan.python3
        return State(context, snapshot, surveys, state.stars, lifted, state.derived)

    def _unstable(self, attempt: Attempt) -> dict[str, Bar]:
        """Plan over the result: bar the sites after whose rewrite there is more to rewrite."""
        surveys, name = attempt.after.surveys, self.codemod.name
        if attempt.decision.plan.again or not surveys.has_sites(name, attempt.contents):
            return {}
        planner = attempt.after.planner(self.codemod)
        planner.bar = _moved_bars(attempt, planner.bar)
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
        self.failures.append(f"{self.codemod.name}: {message}")
        return unstable


def _new_orders(plan: Plan, done: _Done) -> dict[PurePosixPath, tuple[Order, ...]]:
    """Return the orders of each file, in order, that were not carried out just so before."""
    return {
        path: orders
        for path, orders in sorted(plan.orders.items())
        if path not in done or done[path][0] != orders
    }


def _weight(task: RewriteTask) -> int:
    """Return how many bytes are about as much work as a task, were they surveyed."""
    read = len(task.data) if task.outline is None else len(task.data) // 8
    return read + _BYTES_OF_AN_ORDER * len(task.orders)


def _dependency_todo(requirement: str, added: DependencyResult) -> list[str]:
    """Return what a person still has to do for a new dependency."""
    todo = []
    if added.commands:
        commands = ", ".join(f"`{command}`" for command in added.commands)
        todo.append(f"Bring the locked dependencies up to date with: {commands}")
    if added.refusal:
        todo.append(f"Add `{requirement}` to the dependencies by hand: {added.refusal}.")
    return [*todo, *added.notes]


def _moved_bars(
    attempt: Attempt, otherwise: Callable[[Site], Bar | None]
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
