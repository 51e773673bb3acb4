"""Show where fixtures differ from what the codemods do now, and accept it.

python -m tests.show_fixtures [--accept] [PART OF codemod/case ...]
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tests.fixture_cases import accept, cases, differences, migrate


def main(arguments: Sequence[str]) -> int:
    """Return 1 if there are differences that were not accepted."""
    accepting = "--accept" in arguments
    parts = [argument for argument in arguments if argument != "--accept"]
    different = 0
    for case in cases():
        if parts and not any(part in str(case) for part in parts):
            continue
        result = migrate(case)
        shown = differences(case, result)
        if not shown:
            continue
        different += 1
        print(shown)
        if accepting:
            accept(case, result)
    done = "accepted" if accepting else "differ; accept them with: make fixtures-accept"
    print(f"{different} cases {done}" if different else "all cases are as expected")
    return 1 if different and not accepting else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
