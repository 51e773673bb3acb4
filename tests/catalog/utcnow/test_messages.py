"""Every site that is exact or left names what it met, and where."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import pytest

from codemods.engine import MemoryFiles, run
from codemods.engine.configuration import configure, spelt
from codemods.registry import find_codemods
from tests.catalog.utcnow.run import run as run_module
from tests.fixture_cases import Case, cases

AWARE = {
    f"utcnow/{reason}"
    for reason in (
        "aware",
        "aware-despite",
        "local-time-error",
        "parts-only",
        "zone-given",
        "zone-stripped",
        "zulu-text",
    )
}
#: Reasons that lie in the expression itself, or in an option or a file that the message names.
OWN = {
    "utcnow/asked-for": "option",
    "utcnow/dynamic-lookup": "looked up by its name",
    "utcnow/needs-python-3.11": "requires-python in `old`",
    "utcnow/no-helper": "option",
    "utcnow/python-2": "setup.py python_requires in the root folder",
    "utcnow/reference-inspected": "the method itself",
    "utcnow/star-importer": "shop/views.py takes",
    "utcnow/wrong-arguments": "arguments",
    "engine/migration": "migration history",
    "engine/star-import": "shop/views.py takes",
}
PLACE = re.compile(r"[\w/]+\.py:\d+|\blines? \d+")


def verdicts(case: Case) -> list[tuple[str, str]]:
    """Return reason and message of each site of a case that is exact or left."""
    known = {codemod.name: codemod for codemod in find_codemods()}
    assignments = [f"utcnow.{name}={spelt(value)}" for name, value in case.options.items()]
    pyproject = case.before.get(PurePosixPath("pyproject.toml"))
    settings = configure(list(known.values()), pyproject, assignments).settings
    outcome = run(MemoryFiles(case.before), [known["utcnow"]], settings, jobs=1)
    return [
        (entry.verdict.reason, entry.verdict.message)
        for entry in outcome.entries
        if entry.verdict.reason not in AWARE
    ]


@pytest.mark.parametrize("case", [case for case in cases() if case.codemod == "utcnow"], ids=str)
def test_exact_and_left_sites_say_what_they_met_and_where(case: Case) -> None:
    for reason, message in verdicts(case):
        if reason in OWN:
            assert OWN[reason] in message
        else:
            assert PLACE.search(message), f"{reason}: {message}"


@pytest.mark.parametrize(
    ("code", "reason", "message"),
    [
        (
            f"from datetime import datetime\na = datetime.utcnow()\nb = {'-' * 900}1\n",
            "not-followed",
            "its value could not be followed from app.py:2 on: this file is nested too deeply",
        ),
        (
            "import datetime; f(pool.map(datetime.datetime.utcfromtimestamp, [1]))\n",
            "name-taken",
            "no name is free for a function of the module, or no line above line 1",
        ),
        (
            "class Clock:\n    from datetime import datetime\n    now = datetime.utcnow\n",
            "name-changes",
            "a function written here would not see the same `datetime` later: "
            "what line 2 binds is known in the class body only",
        ),
        (
            "from datetime import datetime\n\nnow = datetime.utcnow\ndatetime = None\n",
            "name-changes",
            "a function written here would not see the same `datetime` later: "
            "`datetime` is also bound at line 4 (assignment)",
        ),
        (
            "from datetime import datetime as moment\n\n\nclass Clock:\n    moment = moment\n"
            "    now = moment.utcnow\n\n\nimport arrow as moment\n",
            "name-changes",
            "a function written here would not see the same `moment` later: "
            "it can mean arrow or datetime.datetime (bound at lines 1 and 9)",
        ),
        (
            "if old:\n    from datetime import datetime\nelse:\n    from compat import datetime\n"
            "now = datetime.utcnow()\n",
            "ambiguous-name",
            "it can mean compat.datetime.utcnow or datetime.datetime.utcnow "
            "(bound at lines 2 and 4); make the name mean one thing",
        ),
        (
            "from compat import *\nnow = datetime.utcnow()\n",
            "unresolved-import",
            "`compat.datetime`, from line 1, may be the standard library's class; "
            "import it from there",
        ),
    ],
)
def test_reasons_found_in_one_file_name_its_lines(code: str, reason: str, message: str) -> None:
    (verdict,) = run_module(code).verdicts
    assert (verdict.reason, verdict.message) == (f"utcnow/{reason}", message)


def test_a_double_that_answers_nothing_in_sight_says_so() -> None:
    code = (
        "from unittest.mock import patch\n\n\n@patch('shop.clock.datetime')\ndef test(clock):\n"
        "    clock.utcnow.return_value = 1\n"
    )
    (verdict,) = run_module(code).verdicts
    assert verdict.message == "no call is in sight that it answers and that changes with it"
