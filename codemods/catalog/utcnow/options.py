"""What the codemod can be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Options", "Style"]

Style = Literal["auto", "careful", "naive", "aware"]


@dataclass(frozen=True, slots=True)
class Options:
    """Options of `utcnow`."""

    style: Style = field(
        default="auto",
        metadata={
            "help": "auto: aware unless something seen speaks against it, else the exact form; "
            "careful: exact also where the value goes out of sight; naive: the exact form "
            "everywhere; aware: aware everywhere"
        },
    )
    utc: Literal["timezone.utc", "UTC"] = field(
        default="timezone.utc",
        metadata={
            "help": "how UTC is spelled where a file has neither: UTC is datetime.UTC, for "
            "distributions that need Python 3.11"
        },
    )
    helper: str = field(
        default="auto",
        metadata={
            "help": "package.module:name is a function that exact calls of utcnow() go to, written "
            "when its module does not exist; never: no function is written, and references that "
            "must be pickled are left; auto: such references get a function of their module",
            "pattern": r"auto|never|([^\W\d]\w*\.)*[^\W\d]\w*:[^\W\d]\w*",
            "accepts": "'auto', 'never' or package.module:name",
        },
    )
    local_time: Literal["report", "aware"] = field(
        default="report",
        metadata={
            "help": "report: name the naive local times (now(), today(), fromtimestamp(ts)) that "
            "these values meet; aware: make them aware too where nobody else reads them"
        },
    )
