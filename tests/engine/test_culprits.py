"""The search for culprits: what it withholds passes, is minimal, and costs few runs."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemods.engine.culprits import Candidate, Found, Symptoms, find_culprits

Causes = Mapping[str, frozenset[frozenset[str]]]
"""For each test the sets that break it; each of them does."""


def candidates(number: int, files: int = 6, packages: int = 3) -> list[Candidate]:
    found = []
    for n in range(number):
        package = f"p{n % files % packages}"
        found.append(Candidate(f"g{n:02}", (package, f"{package}/f{n % files}")))
    return sorted(found, key=lambda one: (one.place, one.name))


class Tests:
    """What a test command would say; counts how often it is asked."""

    __test__ = False

    def __init__(
        self, causes: Causes, *, codes: bool = False, traced: Mapping[str, str] | None = None
    ) -> None:
        self.causes, self.codes, self.traced = causes, codes, traced or {}
        self.runs = 0

    def __call__(self, applied: frozenset[str]) -> Symptoms:
        self.runs += 1
        return self.failing(applied)

    def failing(self, applied: frozenset[str]) -> Symptoms:
        failing = {
            test: frozenset({self.traced[test]} if test in self.traced else ())
            for test, sets in self.causes.items()
            if any(one <= applied for one in sets)
        }
        return ({"exit code": frozenset()} if failing else {}) if self.codes else failing


def search(tests: Tests, number: int, most_runs: int = 1000) -> Found:
    everything = candidates(number)
    failing = tests.failing(frozenset(one.name for one in everything))
    found = find_culprits(everything, failing, tests, most_runs=most_runs)
    assert found.runs == tests.runs <= most_runs
    rest = frozenset(one.name for one in everything) - found.culprits
    assert not tests.failing(rest)
    return found


@st.composite
def causes(draw: st.DrawFn) -> tuple[int, Causes]:
    number = draw(st.integers(1, 24))
    names = st.integers(0, number - 1).map(lambda n: f"g{n:02}")
    sets = st.frozensets(st.frozensets(names, min_size=1, max_size=3), min_size=1, max_size=4)
    return number, draw(st.dictionaries(st.sampled_from("tuvw"), sets, min_size=1))


@given(causes(), st.booleans(), st.integers(0, 23))
def test_what_is_found_passes_and_no_part_of_it_would_do(
    given: tuple[int, Causes], codes: bool, wrong: int
) -> None:
    number, sets = given
    # A traceback may name the wrong place.
    tests = Tests(sets, codes=codes, traced=dict.fromkeys("tu", f"g{wrong % number:02}"))
    found = search(tests, number)
    assert found.complete
    everything = frozenset(one.name for one in candidates(number))
    for name in found.culprits:
        assert tests.failing(everything - found.culprits | {name})


@given(causes(), st.booleans(), st.integers(0, 12))
def test_when_the_runs_are_used_up_what_is_left_has_passed(
    given: tuple[int, Causes], codes: bool, most_runs: int
) -> None:
    number, sets = given
    search(Tests(sets, codes=codes), number, most_runs)


three = st.frozensets(st.integers(0, 59).map(lambda n: f"g{n:02}"), min_size=3, max_size=3)


@given(three)
def test_three_of_sixty_by_exit_codes(guilty: frozenset[str]) -> None:
    tests = Tests({name: frozenset({frozenset({name})}) for name in guilty}, codes=True)
    found = search(tests, 60)
    assert found.culprits == guilty
    assert found.runs <= 26  # and the base, the commit and the last look make 29


@given(three)
def test_three_of_sixty_by_failing_tests(guilty: frozenset[str]) -> None:
    tests = Tests({name: frozenset({frozenset({name})}) for name in guilty})
    found = search(tests, 60)
    assert found.culprits == guilty
    assert found.runs <= 10  # and the base and the commit make 12


@given(three, st.integers(0, 3))
def test_three_of_sixty_of_which_tracebacks_name_some(guilty: frozenset[str], named: int) -> None:
    tests = Tests(
        {name: frozenset({frozenset({name})}) for name in guilty},
        traced={name: name for name in sorted(guilty)[:named]},
    )
    found = search(tests, 60)
    assert found.culprits == guilty
    assert found.runs <= (4 if named == 3 else 10)


@pytest.mark.parametrize("place", ["file", "package"])
def test_a_place_full_of_culprits_does_not_use_up_the_runs(place: str) -> None:
    everything = candidates(60)
    (package, file) = everything[0].place
    guilty = {
        one.name for one in everything if (package if place == "package" else file) in one.place
    }
    tests = Tests({"t": frozenset(frozenset({name}) for name in guilty)}, codes=True)
    found = search(tests, 60, most_runs=32)
    assert found.culprits == guilty


def test_a_test_that_fails_now_and_then_ends_the_search() -> None:
    answers = iter([{"t": frozenset[str]()}, {}] * 50)
    found = find_culprits(
        candidates(20), {"t": frozenset()}, lambda applied: next(answers), most_runs=32
    )
    assert found.runs <= 32
