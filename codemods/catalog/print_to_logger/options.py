"""The options of print-to-logger."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Options"]


@dataclass(frozen=True, slots=True)
class Options:
    """What the user can choose."""

    stdout: Literal["keep", "log"] = field(
        default="keep",
        metadata={"help": "whether output that is the program's interface stays or is logged"},
    )
    strip_prefix: bool = field(
        default=False,
        metadata={"help": "take off a prefix such as [OK] or ERROR: that the level says as well"},
    )
    logging: Literal["text", "json", "none"] = field(
        default="text",
        metadata={"help": "what a program that configures no logging gets: a module, or none"},
    )
