"""Cuts one step into several commits, for reviewers who want smaller ones.

Groups are never split, and stand for themselves, so any number of them may be carried out before
the others. What a file looks like in between is rewritten from the same base with the orders of the
groups so far, and proved like any other result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Literal, NamedTuple

from codemods.codemod import Action, Order, Site
from codemods.engine.planning import Decision
from codemods.engine.step import Attempt, Step

__all__ = ["CommitBy", "Part", "cut"]

CommitBy = Literal["codemod", "package", "file", "group"]


class Part(NamedTuple):
    """What becomes one commit: some groups, and every file as it is after them."""

    name: str  #: the folder, the file, or the first site; empty for a step in one piece
    groups: frozenset[str]
    contents: Mapping[PurePosixPath, bytes]  #: the files that differ from the part before


def cut(step: Step, attempt: Attempt, by: CommitBy) -> list[Part]:
    """Return the parts of a step in the order of their commits.

    New files, dependencies and edits that only help come with the first part, since any other may
    need them. A part whose result can't be proved without the next one is joined with it.
    """
    decision = attempt.decision
    named = _named_groups(decision, by)
    if len(named) < 2:
        everything = frozenset[str]().union(*named.values())
        return [Part("", everything, attempt.contents)] if attempt.contents else []
    parts: list[Part] = []
    known = dict(attempt.before)
    names = list(named)
    first: str | None = None
    groups: frozenset[str] = frozenset()
    so_far: frozenset[str] = frozenset()
    for name in names:
        first = first or name
        groups |= named[name]
        so_far |= named[name]
        last = name == names[-1]
        contents = dict(attempt.contents) if last else _contents(step, attempt, so_far)
        if contents is None:
            continue
        changed = {path: data for path, data in contents.items() if known.get(path) != data}
        known.update(changed)
        if changed:
            parts.append(Part(first, groups, changed))
            first, groups = None, frozenset()
    return parts


def _named_groups(decision: Decision, by: CommitBy) -> dict[str, frozenset[str]]:
    """Return the groups that are rewritten, by the name of their part, in order."""
    name_of = _NAMES[by]
    named: dict[str, set[str]] = {}
    seen: set[str] = set()
    for site, verdict in decision.verdicts.items():  # by path and position
        if verdict.action is Action.REWRITE and verdict.group not in seen:
            seen.add(verdict.group)
            named.setdefault(name_of(decision.sites[site]), set()).add(verdict.group)
    return {name: frozenset(groups) for name, groups in named.items()}


def _codemod(site: Site) -> str:
    return ""


def _package(site: Site) -> str:
    return str(site.path.parent)


def _file(site: Site) -> str:
    return str(site.path)


def _group(site: Site) -> str:
    return f"{site.path}:{site.position}"


_NAMES: Mapping[str, Callable[[Site], str]] = {
    "codemod": _codemod,
    "package": _package,
    "file": _file,
    "group": _group,
}


def _contents(
    step: Step, attempt: Attempt, groups: frozenset[str]
) -> dict[PurePosixPath, bytes] | None:
    """Return the step's files after some of its groups; None when one of them can't be proved."""
    plan = attempt.decision.plan
    contents = {
        path: data for path, data in attempt.contents.items() if path not in attempt.results
    }
    wanted: dict[PurePosixPath, tuple[Order, ...]] = {}
    for path, orders in sorted(plan.orders.items()):
        own = tuple(_of_groups(attempt.decision, orders, groups))
        if not any(order.site for order in orders):
            contents[path] = attempt.results[path].data
        elif not any(order.site for order in own):
            contents[path] = attempt.before.get(path, b"")
        elif len(own) == len(orders):
            contents[path] = attempt.results[path].data
        else:
            wanted[path] = own
    for path, result in step.rewritten(wanted).items():
        if result.failed is not None or result.refused:
            return None
        contents[path] = result.data
    return contents


def _of_groups(
    decision: Decision, orders: Sequence[Order], groups: frozenset[str]
) -> Iterator[Order]:
    """Yield the orders of some groups, and those that only help."""
    for order in orders:
        if order.site is None or decision.verdicts[order.site].group in groups:
            yield order
