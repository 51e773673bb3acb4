"""Every reason that the engine can give can be explained."""

import re
from pathlib import Path

import codemods
from codemods.engine.reasons import REASONS


def test_all_codes_in_the_source_are_listed_and_no_others() -> None:
    package = Path(codemods.__file__).parent
    used = {
        code
        for path in package.rglob("*.py")
        if path.name != "reasons.py"
        for code in re.findall(r'"(engine/[a-z-]+)"', path.read_text("utf-8"))
    }
    listed = [reason.code for reason in REASONS]
    assert {code for code in listed if "needs-python" not in code} == used
    assert len(listed) == len(set(listed))
