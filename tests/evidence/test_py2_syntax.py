"""Force the fixers of py2-syntax over 2,000 Python 3 files: ``make evidence-py2_syntax``."""

from __future__ import annotations

import ast
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path

from codemods.catalog.py2_syntax.lift import NotPython2Error, lift

WANTED = 2_000
FUTURE = "from __future__ import print_function\n"


def texts() -> Iterator[tuple[Path, str]]:
    """Yield Python 3 files of the standard library and of what is installed."""
    warnings.simplefilter("ignore")
    for folder in (sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")):
        for path in sorted(Path(folder).rglob("*.py")):
            try:
                text = path.read_text("utf-8").replace("\r\n", "\n")
                ast.parse(text)
            except (ValueError, SyntaxError):
                continue
            yield path, text


def test_the_fixers_change_nothing_in_python_3() -> None:
    tried = refused = 0
    for path, text in texts():
        if tried == WANTED:
            break
        try:
            result = lift(FUTURE + text)
        except NotPython2Error:
            refused += 1
            continue
        assert result.text == FUTURE + text, path
        tried += 1
    print(f"{tried} files unchanged; {refused} are beyond fissix's grammar")
    assert tried == WANTED
