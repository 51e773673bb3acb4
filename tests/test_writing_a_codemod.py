"""The example of docs/writing-a-codemod.md is a codemod that works."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from codemods import Codemod
from tests.fixture_cases import Line, migrate, read_case

PAGE = Path(__file__).resolve().parent.parent / "docs" / "writing-a-codemod.md"


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Codemod:
    code = re.search(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert code is not None
    module = ModuleType("warn_to_warning")
    monkeypatch.setitem(sys.modules, module.__name__, module)  # dataclasses look themselves up
    exec(compile(code.group(1), str(PAGE), "exec"), vars(module))
    codemod: Codemod = module.codemod
    return codemod


BEFORE = b"""\
import logging as log

log.warn('a')  # b
print(log.warn)
try:
    import logging
except ImportError:
    from mine import logging
logging.warn('c')
"""


def test_it_does_what_the_page_says(example: Codemod, tmp_path: Path) -> None:
    folder = tmp_path / "warn-to-warning" / "aliased"
    folder.mkdir(parents=True)
    (folder / "before.py").write_bytes(BEFORE)
    result = migrate(read_case(folder), codemods=lambda: [example])
    assert list(result.files.values()) == [BEFORE.replace(b"log.warn", b"log.warning")]
    assert result.sites == (
        Line("module.py", 3, "attribute", "rewrite", "warn-to-warning/renamed"),
        Line("module.py", 4, "attribute", "rewrite", "warn-to-warning/renamed"),
        Line("module.py", 9, "attribute", "leave", "warn-to-warning/unsure"),
    )
    assert not result.failures
