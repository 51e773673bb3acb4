"""Finds the smallest set of groups without which the tests pass, in as few runs as it can.

A search by symptom comes first where there are several: each failing test is followed on its own,
all of them through the same runs, beginning with the groups that its traceback names. What that
comes to is confirmed. Where symptoms contradict each other (one test, several culprits that differ
from run to run), bisection over passing and failing sets is what remains; it assumes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["Candidate", "Found", "Oracle", "Symptoms", "find_culprits"]

Symptoms = Mapping[str, frozenset[str]]
"""What fails, each with the candidates that its traceback names; empty when all passed."""

Oracle = Callable[[frozenset[str]], Symptoms]
"""Tries the candidates with these names and no others."""

_SEVERAL = 2  # so many culprits in one place, and the rest of the place is set aside for later


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that can be withheld."""

    name: str
    place: tuple[str, ...] = ()  #: from the coarsest to the finest: package, file


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be withheld."""

    culprits: frozenset[str]
    runs: int  #: how often the oracle was asked
    complete: bool
    """Whether each culprit is known to be needed; False when the runs did not suffice."""


class _OutOfRunsError(Exception):
    """The oracle may not be asked again."""


def find_culprits(
    candidates: Sequence[Candidate], failing: Symptoms, oracle: Oracle, *, most_runs: int
) -> Found:
    """Return what to withhold so that the rest passes.

    Without any candidate the tests are known to pass, with all of them they fail. The answer always
    passed: either the oracle said so, or everything is withheld. When a set that fails also fails
    with more candidates, and the runs suffice, no smaller part of the answer would do.

    Args:
        candidates: in an order in which neighbours have much in common.
        failing: what fails with all candidates.
        oracle: tries some of them.
        most_runs: how often it may be asked.
    """
    search = _Search(candidates, oracle, most_runs)
    search.seen[search.all] = failing
    return search.found(failing)


@dataclass
class _Search:
    candidates: Sequence[Candidate]
    oracle: Oracle
    most_runs: int
    runs: int = 0
    seen: dict[frozenset[str], Symptoms] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.all = frozenset(one.name for one in self.candidates)
        self.seen[frozenset()] = {}
        self.rank = {one.name: number for number, one in enumerate(self.candidates)}
        self.place = {one.name: one.place for one in self.candidates}

    def found(self, failing: Symptoms) -> Found:
        """Search until everything is known or the runs are used up."""
        complete = True
        try:
            culprits = None
            if len(failing) > 1 or any(failing.values()):
                culprits = self._by_symptom()
            if culprits is None:
                culprits = self._bisect(frozenset(), apart=True)
                culprits = self._bisect(culprits, apart=False)
            self._confirm(culprits)
        except _OutOfRunsError:
            complete = False
        return Found(self.all - self._best(self.all), self.runs, complete)

    def observe(self, applied: frozenset[str]) -> Symptoms:
        """Return what fails with these candidates; what was tried already is remembered."""
        if applied not in self.seen:
            if self.runs >= self.most_runs:
                raise _OutOfRunsError
            self.runs += 1
            self.seen[applied] = self.oracle(applied)
        return self.seen[applied]

    def _best(self, within: frozenset[str]) -> frozenset[str]:
        """Return the largest set that passed."""
        passed = [one for one, failing in self.seen.items() if not failing and one <= within]
        return max(passed, key=len)

    def _by_symptom(self) -> frozenset[str] | None:
        """Return culprits without which the rest passes; None when symptoms tell nothing."""
        culprits = frozenset[str]()
        while failing := self.observe(self.all - culprits):
            more = self._followed(failing, self.all - culprits)
            if more is None:
                return None
            culprits |= more
        return culprits

    def _followed(self, failing: Symptoms, universe: frozenset[str]) -> frozenset[str] | None:
        """Return one culprit for each symptom; None when one has no candidate left."""
        tried = frozenset[str]()
        while True:
            cleared = {symptom: self._cleared(symptom) for symptom in failing}
            suspected: set[frozenset[str]] = set()
            for symptom, named in failing.items():
                left = self._present(symptom, universe) - cleared[symptom]
                if not left:
                    return None
                suspected.add(left & named or left)
            single = frozenset[str]().union(*(one for one in suspected if len(one) == 1))
            probe = universe.intersection(*cleared.values())
            for one in sorted(suspected, key=self._first):
                if len(one) > 1:
                    probe |= self._half(one - single) or self._half(one)
            # A culprit that is known already is shown to be one along the way.
            untold = sorted(single - tried, key=self.rank.__getitem__)
            if all(len(one) == 1 for one in suspected):
                return single
            if untold:
                tried |= {untold[0]}
                probe |= {untold[0]}
            if probe in self.seen:
                return None
            self.observe(probe)

    def _present(self, symptom: str, universe: frozenset[str]) -> frozenset[str]:
        """Return what was there whenever a symptom was."""
        sets = [one for one, found in self.seen.items() if symptom in found and one <= universe]
        return universe.intersection(*sets)

    def _cleared(self, symptom: str) -> frozenset[str]:
        """Return what was there without a symptom."""
        sets = (one for one, found in self.seen.items() if symptom not in found)
        return frozenset[str]().union(*sets)

    def _bisect(self, culprits: frozenset[str], *, apart: bool) -> frozenset[str]:
        """Return these and more culprits, without which the rest passes.

        With `apart`, places that have several are set aside as a whole: the caller comes back to
        them with the runs that are left.
        """
        aside = frozenset[str]()
        while self.observe(self.all - culprits - aside):
            bad = self.all - culprits - aside
            good = self._best(bad)
            while len(bad - good) > 1:
                probe = good | self._half(bad - good)
                if self.observe(probe):
                    bad = probe
                else:
                    good = probe
            culprits |= bad - good
            if apart:
                aside = self._crowded(culprits) - good
        return culprits

    def _crowded(self, culprits: frozenset[str]) -> frozenset[str]:
        """Return what is in the same file as several culprits, or in a package with several such.

        A place counts what is directly in it: a file its culprits, a package its files.
        """
        crowded: set[str] = set()
        for depth in range(1, max(map(len, self.place.values()), default=0) + 1):
            inside: dict[tuple[str, ...], set[object]] = {}
            for name in culprits:
                place = self.place[name]
                below = place[: depth + 1] if len(place) > depth else name
                inside.setdefault(place[:depth], set()).add(below)
            full = {place for place, found in inside.items() if len(found) >= _SEVERAL}
            crowded.update(name for name in self.all if self.place[name][:depth] in full)
        return frozenset(crowded)

    def _confirm(self, culprits: frozenset[str]) -> None:
        """Put back whatever passes with the rest."""
        for name in sorted(culprits, key=self.rank.__getitem__):
            shown = any(
                failing and applied & culprits == {name} for applied, failing in self.seen.items()
            )
            if not shown and not self.observe(self.all - culprits | {name}):
                culprits -= {name}

    def _first(self, names: Iterable[str]) -> int:
        return min(self.rank[name] for name in names)

    def _half(self, names: frozenset[str]) -> frozenset[str]:
        """Return about half, cut between places where that costs no run in the end."""
        if len(names) < 2:
            return names
        ordered = sorted(names, key=self.rank.__getitem__)
        most = 1 << (len(ordered) - 1).bit_length() >> 1
        cuts = range(len(ordered) - most, most + 1)
        best = min(cuts, key=lambda cut: (self._shared(ordered, cut), abs(2 * cut - len(ordered))))
        return frozenset(ordered[:best])

    def _shared(self, ordered: Sequence[str], cut: int) -> int:
        """Return how much the neighbours on both sides of a cut have in common."""
        pairs = zip(self.place[ordered[cut - 1]], self.place[ordered[cut]], strict=False)
        return sum(before == after for before, after in pairs)
