"""One repository, from files to changes: survey, plan, rewrite, proof, ledger."""

from __future__ import annotations

import contextlib
import importlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from codemods.codemod import Action, Bar, Codemod, Position, Settings, Verdict
from codemods.engine.files import Files
from codemods.engine.ledger import History, Line, file_entry, suppression_entry
from codemods.engine.outcome import Change, Entry, FileChange, Outcome
from codemods.engine.parts import CommitBy, Part, cut
from codemods.engine.planning import ContractError
from codemods.engine.selection import Selection
from codemods.engine.snapshot import Snapshot
from codemods.engine.state import BarSite, Context, Progress, State
from codemods.engine.step import Attempt, Step
from codemods.engine.surveys import Surveys, asked_about
from codemods.engine.taking import STAR
from codemods.engine.tasks import describe, rewrite
from codemods.engine.workers import Workers
from codemods.git.errors import GitError

__all__ = ["Written", "run"]

Written = Callable[[Collection[bytes]], None]
"""Told of the contents of files that a change of the outcome holds, as soon as they are known."""

#: What plans and rewriting take, besides the codemods' own modules.
_PLANNING = (
    "importlib.metadata",  # for the versions that a commit names
    "packaging.requirements",
    "packaging.specifiers",
    *(f"codemods.project.{name}" for name in ("distributions", "import_evidence", "packages")),
)
_REWRITING = (
    "libcst.native",
    *(f"codemods.python.{name}" for name in ("import_statement", "locate", "regions", "transform")),
)
_MOST_STEPS = 8


def run(
    files: Files,
    codemods: Sequence[Codemod],
    settings: Mapping[str, Settings[Any]],
    *,
    base: str = "",
    selection: Selection | None = None,
    bar: BarSite = lambda site, base: None,
    commit_by: CommitBy = "codemod",
    jobs: int | None = None,
    progress: Progress = lambda stage, done, total: None,
    written: Written = lambda files: None,
) -> Outcome:
    """Migrate a set of files, in memory.

    Args:
        files: the base.
        codemods: in the order in which they run.
        settings: options by codemod name.
        base: the commit id that the outcome names.
        selection: which files are looked at, and which may be rewritten.
        bar: further reasons to leave a site (declined, withheld, dirty file).
        commit_by: what becomes one change of the outcome.
        jobs: processes; by default the processors that this process may use.
        progress: told how far the work is.
        written: told of new contents, long before the outcome is complete.

    Raises:
        GitError: a file can't be had; the sentence names the remedy.
    """
    with Workers(jobs) as workers:
        context = Context(settings, selection or Selection(), bar, workers, progress, History())
        return _Run(codemods, context, commit_by, written).outcome(files, base)


@dataclass
class _Run:
    """The codemods one after the other, each over what those before it left."""

    codemods: Sequence[Codemod]
    context: Context
    commit_by: CommitBy
    written: Written
    failures: list[str] = field(default_factory=list)
    rounds: Counter[str] = field(default_factory=Counter)

    def outcome(self, files: Files, base: str) -> Outcome:
        """Run all codemods."""
        first = state = self._surveyed(files)
        changes: list[tuple[Change, list[Line]]] = []
        for index, codemod in enumerate(self.codemods):
            for parts, after in self._steps(codemod, self.codemods[index + 1 :], state):
                changes += parts
                state = after
        entries: list[Entry] = []
        finished = []
        for change, lines in changes:
            own = self.context.history.entries(lines)
            entries += own
            finished.append(change._replace(entries=tuple(own)))
        for (name, path), message in sorted(state.surveys.failures.items()):
            self.failures.append(message)
            entries.append(file_entry(name, path, Bar("engine/survey-failed", message)))
        for path, reason in sorted(state.surveys.unreadable.items()):
            if self.context.selection.excludes(path):
                message = f"the file is excluded by configuration ({reason.reason})"
                reason = Bar("engine/excluded", message)
            entries.append(file_entry("engine", path, reason))
        entries += self._unused_suppressions(first, entries)
        return Outcome(
            base=base,
            changes=tuple(finished),
            entries=tuple(entries),
            counts={
                codemod.name: counts
                for codemod in self.codemods
                if (counts := state.surveys.counts(codemod.name))
            },
            failures=tuple(self.failures),
            files_searched=len(first.python_files),
            files_surveyed=len(state.surveys.files),
            rounds=dict(self.rounds),
        )

    def _surveyed(self, files: Files) -> State:
        """Return the state before the first step."""
        context = self.context
        snapshot = Snapshot(files)
        surveys = Surveys(context.workers, context.selection.limits, context.progress)
        state = State(context, snapshot, surveys)
        needles = frozenset({STAR}).union(*(codemod.needles for codemod in self.codemods))
        context.progress("search", 0, 1)
        looking = ("concurrent.futures.process", *_modules(self.codemods, "survey"))
        found = sorted(snapshot.search(needles, lambda: _load(looking)) & state.python_files)
        contents = snapshot.read(found)
        if contents:
            _load(looking)  # before processes are forked, which inherit them
        for path in found:
            if path not in contents:
                message = f"{path}: the file can't be read; correct its rights or exclude it"
                surveys.unreadable[path] = Bar("engine/unreadable", message)
        context.progress("search", 1, 1)
        surveys.add(
            contents,
            lambda path, data: asked_about(path, data, self.codemods, context.settings),
            lambda: _load((*_PLANNING, *_modules(self.codemods, "plan"))),
        )
        if any(surveys.has_sites(codemod.name, contents) for codemod in self.codemods):
            # Those who have surveyed wait for the plan; they will rewrite.
            modules = _modules(self.codemods, "rewrite", "transformer")
            context.workers.prepare(rewrite, _load, (*_REWRITING, *modules))
        return replace(state, stars=frozenset(p for p, data in contents.items() if STAR in data))

    def _unused_suppressions(self, first: State, entries: Sequence[Entry]) -> list[Entry]:
        """Return a ledger line for each suppression in the base that suppressed nothing."""
        names = {codemod.name for codemod in self.codemods}
        unused = []
        written = {path: found for path, found in first.surveys.suppressions.items() if found}
        for path, comments in sorted(written.items()):
            left = [one for one in entries if one.verdict.reason == "engine/suppressed"]
            sites = [one for one in left if one.site.path == path]
            met = [  # what a codemod would change along with a site, were it not for the comment
                (one.site.codemod, Position(place.line, 1, place.line, 1))
                for one in entries
                for place in one.verdict.related
                if place.path == path
            ]
            met += [(one.site.codemod, one.base or one.site.position) for one in sites]
            for comment in comments:
                about_us = comment.codemods & names if comment.codemods else names
                used = any(comment.covers(*one) for one in met)
                if about_us and not used:
                    unused.append(suppression_entry(path, comment))
        return unused

    def _steps(
        self, codemod: Codemod, later: Sequence[Codemod], state: State
    ) -> Iterator[tuple[list[tuple[Change, list[Line]]], State]]:
        """Yield the changes of each step of one codemod, and the state after it."""
        for _ in range(_MOST_STEPS):
            step = Step(codemod, later, state)
            try:
                attempt = step.attempt()
            except GitError:
                raise  # a file can't be had: nothing is known, and no codemod is to blame
            except Exception as error:
                broken = isinstance(error, ContractError)
                reason = str(error) if broken else f"it could not plan: {describe(error)}"
                self.failures += (*step.failures, f"{codemod.name}: {reason}")
                yield [self._given_up(codemod, state, reason)], state
                return
            finally:
                self.rounds[codemod.name] += step.rounds
            self.failures += step.failures
            state = attempt.after
            parts = cut(step, attempt, self.commit_by)
            self.written([data for part in parts for data in part.contents.values()])
            done = not (attempt.decision.plan.again and attempt.contents)
            if done and not later:
                self.context.workers.retire()  # nothing is left but to take down what was done
            yield self._taken_over(codemod, attempt, parts), state
            if done:
                return
        self.failures.append(f"{codemod.name}: it takes more than {_MOST_STEPS} steps")

    def _taken_over(
        self, codemod: Codemod, attempt: Attempt, parts: Sequence[Part]
    ) -> list[tuple[Change, list[Line]]]:
        """Return the changes of a step, each with its ledger lines."""
        before, decision = attempt.before, attempt.decision
        step = self.context.history.add(
            {
                path: (before[path], result.replacements, result.shift)
                for path, result in attempt.results.items()
                if result.replacements
            },
            {
                path: attempt.contents[path]
                for path in self.context.selection.python_files(attempt.contents.keys())
                if path not in before
            },
        )
        lines = [
            Line(decision.sites[site], verdict, step)
            for site, verdict in decision.verdicts.items()
            if not decision.plan.again or verdict.action is Action.REWRITE
        ]
        changes: list[tuple[Change, list[Line]]] = []
        known = dict(before)
        for part in parts or (Part("", frozenset(), {}),):
            files = tuple(
                FileChange(path, known.get(path), data)
                for path, data in sorted(part.contents.items())
                if known.get(path) != data
            )
            known.update(part.contents)
            last = not parts or part is parts[-1]
            change = self._change(codemod, decision.plan.step, files, part.name)
            if not changes:
                change = change._replace(paragraphs=decision.plan.paragraphs, todo=attempt.todo)
            own = [line for line in lines if _belongs(line, part, last=last)]
            changes.append((change, own))
        return changes

    def _given_up(self, codemod: Codemod, state: State, reason: str) -> tuple[Change, list[Line]]:
        """Return an empty change in which every site is left because the codemod failed."""
        step = self.context.history.add({}, {})
        lines = [
            Line(site, Verdict(Action.LEAVE, site.id, "engine/plan-failed", reason), step)
            for survey in state.surveys.of(codemod.name).values()
            for site in survey.sites
        ]
        return self._change(codemod, "", ()), lines

    def _change(
        self,
        codemod: Codemod,
        step: str,
        files: tuple[FileChange, ...],
        part: str = "",
    ) -> Change:
        default = self.context.settings[codemod.name].default
        options = {
            one.name: getattr(default, one.name)
            for one in fields(default)
            if getattr(default, one.name) != one.default
        }
        return Change(codemod.name, codemod.summary, step, options, files, (), part=part)


def _belongs(line: Line, part: Part, *, last: bool) -> bool:
    """Tell whether a line belongs to a part: to that of its group, else to the last one."""
    if line.verdict.action is Action.REWRITE:
        return line.verdict.group in part.groups
    return last


def _modules(codemods: Iterable[Codemod], *parts: str) -> list[str]:
    """Return where codemods have parts of their work, if these are modules of their own."""
    return [f"{type(one).__module__}.{part}" for one in codemods for part in parts]


def _load(modules: Iterable[str]) -> None:
    """Import what would be imported later. What can't be is reported by whoever needs it."""
    for module in modules:
        with contextlib.suppress(Exception):
            importlib.import_module(module)
