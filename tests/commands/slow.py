"""A codemod that never comes to an end, for tests that interrupt it; it says when it has begun."""

import sys
import time
from dataclasses import dataclass
from typing import Any

from codemods import Reason, Survey
from codemods.python.source import SourceFile
from tests.commands.toy import Toy


@dataclass(frozen=True)
class Slow(Toy):
    """See the module."""

    name: str = "slow"
    reasons: tuple[Reason, ...] = ()

    def survey(self, file: SourceFile, options: Any) -> Survey[dict[str, bool]]:
        print("begun", file=sys.stderr, flush=True)
        time.sleep(60)
        return super().survey(file, options)


codemod = Slow()
