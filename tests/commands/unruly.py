"""Codemods that never come to an end, or to a bad one, for tests of what they must not hurt."""

import os
import signal
import sys
import time
from dataclasses import dataclass
from typing import Any

from codemods import Reason, Survey
from codemods.python.source import SourceFile
from tests.commands.toy import Toy


@dataclass(frozen=True)
class Slow(Toy):
    """Says when it has begun, and sleeps."""

    name: str = "slow"
    reasons: tuple[Reason, ...] = ()

    def survey(self, file: SourceFile, options: Any) -> Survey[dict[str, bool]]:
        print("begun", file=sys.stderr, flush=True)
        time.sleep(600)
        return super().survey(file, options)


@dataclass(frozen=True)
class Hungry(Toy):
    """Wants more memory than any machine has."""

    name: str = "hungry"
    reasons: tuple[Reason, ...] = ()

    def survey(self, file: SourceFile, options: Any) -> Survey[dict[str, bool]]:
        return Survey((), {"much": bool(bytearray(1 << 60))})


@dataclass(frozen=True)
class Signalled(Toy):
    """Sends a signal to its own process, as a bug in native code or a foreign Ctrl-C would."""

    name: str = "crashing"
    reasons: tuple[Reason, ...] = ()
    number: int = signal.SIGSEGV

    def survey(self, file: SourceFile, options: Any) -> Survey[dict[str, bool]]:
        os.kill(os.getpid(), self.number)
        time.sleep(60)
        return super().survey(file, options)


slow = Slow()
hungry = Hungry()
crashing = Signalled()
interrupted = Signalled("interrupted", number=signal.SIGINT)
killed = Signalled("killed", number=signal.SIGKILL)
