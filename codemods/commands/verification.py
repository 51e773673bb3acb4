"""Proves that commits are what the tool makes: plans again on their base and compares."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from codemods.codemod import Bar
from codemods.commands.blame import BLAME_IGNORE, blame_change
from codemods.commands.commit_text import part_of, tool_versions
from codemods.commands.errors import RefusedError
from codemods.commands.preparation import prepare, run_engine
from codemods.commands.request import CommitBy, Request
from codemods.commands.without import barring
from codemods.git.blame_ignore import PATH

if TYPE_CHECKING:
    from codemods.engine.outcome import Change
    from codemods.git.history import CommitRecord
    from codemods.git.messages import Trailers
    from codemods.git.repository import Repository
    from codemods.git.revision import Revision

__all__ = ["Checked", "State", "verify"]


class State(enum.StrEnum):
    """What a commit turned out to be."""

    MECHANICAL = "mechanical"
    EDITED = "edited"
    NOT_VERIFIABLE = "not verifiable"


@dataclass(frozen=True, slots=True)
class Checked:
    """One commit, and how it differs from what the tool makes."""

    commit: str
    subject: str
    state: State
    needs: str = ""  #: what would make it verifiable
    differences: Mapping[PurePosixPath, Sequence[str]] = field(default_factory=dict)
    """The hunks from what the tool makes to what the commit holds, by file."""


@dataclass(frozen=True, slots=True)
class _Ours:
    """A commit of a run."""

    record: CommitRecord
    trailers: Trailers

    @property
    def subject(self) -> str:
        return self.record.message.split(b"\n", 1)[0].decode("utf-8", "replace")


def verify(repository: Repository, revisions: str, jobs: int | None = None) -> list[Checked]:
    """Check the commits of a range; without one, those on top of the current branch.

    Raises:
        RefusedError: no commit of the tool is among them.
        GitError: the range names nothing.
    """
    ours = _chosen(repository, revisions)
    if not ours:
        where = revisions or "HEAD"
        raise RefusedError(f"{where}: no commit there has codemods' trailers; name a range")
    return [one for run in _runs(ours) for one in _checked(repository, run, jobs)]


def _chosen(repository: Repository, revisions: str) -> list[_Ours]:
    from codemods.git.history import read_commits
    from codemods.git.messages import parse_trailers

    records = read_commits(repository, revisions or "HEAD", limit=None if revisions else 1000)
    chosen = []
    for record in reversed(records):
        trailers = parse_trailers(record.message)
        if trailers is not None:
            chosen.append(_Ours(record, trailers))
        elif not revisions:
            break
    return chosen[::-1]


def _runs(commits: Sequence[_Ours]) -> Iterator[list[_Ours]]:
    """Yield the commits that one run made, run by run."""
    run: list[_Ours] = []
    for one in commits:
        follows = run and (
            one.record.parents[:1] == (run[-1].record.id,)
            and (one.trailers.base, one.trailers.run) == (run[0].trailers.base, run[0].trailers.run)
        )
        if run and not follows:
            yield run
            run = []
        run.append(one)
    if run:
        yield run


def _checked(repository: Repository, run: Sequence[_Ours], jobs: int | None) -> list[Checked]:
    from codemods.git.history import changed_paths
    from codemods.git.revision import Revision

    needs = _needs(repository, run)
    if needs:
        return [Checked(one.record.id, one.subject, State.NOT_VERIFIABLE, needs) for one in run]
    base = run[0].record.parents[0]
    made = _made(repository, base, run, jobs)
    checked = []
    parent = base
    for number, one in enumerate(run):
        change: Change | None
        if _lists(one):
            before = Revision(repository, parent).read([PATH]).get(PATH)
            change = blame_change(before, [(c.record.id, c.record.message) for c in run[:number]])
        else:
            change = made.get((one.trailers.codemod, one.trailers.part))
        expected = {file.path: file.after for file in change.files} if change else {}
        paths = changed_paths(repository, parent, one.record.id) | expected.keys()
        differences = _differences(
            Revision(repository, parent), Revision(repository, one.record.id), expected, paths
        )
        state = State.EDITED if differences else State.MECHANICAL
        checked.append(Checked(one.record.id, one.subject, state, differences=differences))
        parent = one.record.id
    return checked


def _differences(
    before: Revision,
    after: Revision,
    expected: Mapping[PurePosixPath, bytes | None],
    paths: Iterable[PurePosixPath],
) -> dict[PurePosixPath, list[str]]:
    """Return how files of a commit differ from what the tool makes of its parent."""
    old, new = before.read(paths), after.read(paths)
    differences = {}
    for path in sorted(paths):
        wanted = expected.get(path, old.get(path))
        lines = _hunks(path, wanted, new.get(path)) if wanted != new.get(path) else []
        modes = [
            entries[path].mode for entries in (before.entries, after.entries) if path in entries
        ]
        if len(set(modes)) > 1:
            lines.insert(0, f"mode {modes[0]} became {modes[1]}")
        elif wanted != new.get(path) and not lines:
            lines.append("differs in bytes that no text shows")
        if lines:
            differences[path] = lines
    return differences


def _needs(repository: Repository, run: Sequence[_Ours]) -> str:
    """Return what is missing to make a run's commits again, or nothing."""
    from codemods.git.history import read_commits
    from codemods.git.messages import parse_trailers

    first = run[0]
    tools = {one.trailers.tool for one in run} - {tool_versions()}
    if tools:
        return min(tools)
    if len(first.record.parents) != 1:
        return "a commit with one parent"
    (parent,) = read_commits(repository, first.record.parents[0], limit=1)
    trailers = parse_trailers(parent.message)
    if trailers and (trailers.base, trailers.run) == (first.trailers.base, first.trailers.run):
        return f"the run's first commit, which is before {first.record.id[:10]}"
    return ""


def _made(
    repository: Repository, base: str, run: Sequence[_Ours], jobs: int | None
) -> dict[tuple[str, str], Change]:
    """Make a run again; return its changes by codemod and part."""
    if all(_lists(one) for one in run):
        return {}
    from codemods.git.revision import Revision

    trailers = run[0].trailers
    recorded = trailers.run
    request = Request(
        directory=repository.working_tree or Path(),
        only=tuple(dict.fromkeys(one.trailers.codemod for one in run if not _lists(one))),
        options=_strings(recorded, "options"),
        include=_strings(recorded, "include"),
        exclude=_strings(recorded, "exclude"),
        paths=_strings(recorded, "paths"),
        commit_by=CommitBy(str(recorded.get("commit-by", CommitBy.CODEMOD.value))),
        jobs=jobs,
    )
    files = Revision(repository, base)
    preparation = prepare(request, files, repository.working_tree)
    without = {key for one in run for key in one.trailers.without}
    bars = dict.fromkeys(without, Bar("engine/declined", "it was declined"))
    searched = files.searching(preparation.selection.suffixes)
    outcome = run_engine(request, preparation, searched, base, barring(bars))
    return {(one.codemod, part_of(one)): one for one in outcome.changes if one.files}


def _lists(one: _Ours) -> bool:
    """Whether a commit lists the others of its run for `git blame`."""
    return one.trailers.codemod == BLAME_IGNORE


def _strings(recorded: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = recorded.get(key)
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def _hunks(path: PurePosixPath, expected: bytes | None, actual: bytes | None) -> list[str]:
    from codemods.engine.outcome import FileChange
    from codemods.reports.diff import hunks

    return hunks(FileChange(path, expected, actual))
