"""Subjects name what a commit is about, within 72 columns."""

import pytest

from codemods.commands.commit_text import subject
from codemods.engine.outcome import Change


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        ("", ""),
        ("app/a.py", " (app/a.py)"),
        ("orderdesk/workers/deep/queue.py", " (…/deep/queue.py)"),
        ("orderdesk/workers/queue.py:41:17", " (…/queue.py:41:17)"),
        ("a_name_that_is_longer_than_all.py", " (a_name_that_is_longer_than_all.py)"),
    ],
)
def test_a_part_is_shortened_from_the_left(part: str, shown: str) -> None:
    change = Change("env-to-config", "read the environment in one place", "", {}, (), (), part=part)
    assert subject(change) == f"env-to-config: read the environment in one place{shown}"
