"""Every fact of a codemod is shown by a fixture or a test, or the docs page says why not."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from tests.facts import COMPLETE, IDS, OPTIONAL, problems, read_facts, read_marks
from tests.fixture_cases import cases

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(path for path in (ROOT / "docs").glob("*.md") if path.stem in IDS)


@functools.cache
def shown() -> frozenset[str]:
    modules = (path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    marks = frozenset[str]().union(*map(read_marks, modules))
    return marks.union(*(case.facts for case in cases()))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_docs_page_accounts_for_its_facts(page: Path) -> None:
    assert problems(page.stem, page.read_text("utf-8"), shown()) == []


def test_fixtures_and_tests_name_facts_that_exist() -> None:
    known = {fact for facts in IDS.values() for fact in facts}
    assert sorted(shown() - known - set(OPTIONAL)) == []


def test_ids_are_those_of_the_experiments() -> None:
    assert {name: len(ids) for name, ids in IDS.items()} == {
        "utcnow": 121,
        "print-to-logger": 62,
        "env-to-config": 59,
        "psycopg2-to-sqlalchemy": 199,
    }
    assert sum(len(ids) for ids in IDS.values()) == len({*sum(IDS.values(), ())})


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("- U1, U2: same clock", []),
        ("- U1: same clock", ["U2 is not listed"]),
        ("- U1, U2, U1: same clock", ["U1 is listed twice"]),
        ("- U1, U2, U49: same clock", ["U49 is no fact of utcnow"]),
        (
            "- U1, U2: same clock; not covered: needs a server",
            [
                "U1 is said not to be covered, but a fixture or a test names it",
                "U2 is said not to be covered, but a fixture or a test names it",
            ],
        ),
    ],
)
def test_problems_are_found(line: str, found: list[str]) -> None:
    rest = [fact for fact in IDS["utcnow"] if fact not in ("U1", "U2")]
    page = "\n".join(
        [
            "# utcnow",
            COMPLETE,
            "## Facts",
            "",
            line,
            *(f"- {fact}: x; not covered: y" for fact in rest),
        ]
    )
    assert problems("utcnow", page + "\n## Next\n- no fact\n", {"U1", "U2"}) == found


def test_a_fact_that_nothing_shows_is_a_problem_once_the_page_is_complete() -> None:
    page = "## Facts\n- U1: x\n"
    assert problems("utcnow", page, set()) == []
    complete = problems("utcnow", COMPLETE + "\n" + page, set())
    assert complete[:2] == [
        "U1 has no fixture, no test, and no 'not covered: why'",
        "U2 is not listed",
    ]


def test_a_line_must_say_something() -> None:
    with pytest.raises(ValueError, match="U1"):
        read_facts("## Facts\n- U1\n")


def test_marks_are_read_from_decorators_and_parameters() -> None:
    module = (
        "@pytest.mark.fact('U1', 'U2')\ndef test(): ...\n"
        "CASES = [pytest.param(1, marks=pytest.mark.fact('9.2'))]\n"
    )
    assert read_marks(module) == {"U1", "U2", "9.2"}
