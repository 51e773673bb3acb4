"""Force the fixers of py2-syntax over valid Python 3 files: they must change nothing.

Run by ``make evidence-py2_syntax_on_python3``; reads the standard library and what is installed.
"""

from __future__ import annotations

import ast
import sys
import sysconfig
import warnings
from pathlib import Path

from codemods.catalog.py2_syntax.lift import NotPython2Error, lift

_FUTURE = "from __future__ import print_function\n"
_WANTED = 2_000


def main() -> int:
    """Print how many files were tried, and each that changed; return 1 when one did."""
    warnings.simplefilter("ignore")
    tried = refused = 0
    changed = []
    folders = [sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")]
    for path in (path for folder in folders for path in sorted(Path(folder).rglob("*.py"))):
        if tried >= _WANTED:
            break
        try:
            text = path.read_text("utf-8").replace("\r\n", "\n")
            ast.parse(text)
        except (ValueError, SyntaxError):
            continue
        try:
            result = lift(_FUTURE + text)
        except NotPython2Error:
            refused += 1
            continue
        tried += 1
        if result.text != _FUTURE + text:
            changed.append((path, [one.kind for one in result.constructs]))
    print(f"{tried} files changed by none of the fixers but {len(changed)}; {refused} not parsed")
    for path, kinds in changed:
        print(path, *sorted(set(kinds)))
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
