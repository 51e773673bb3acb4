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
            "help": "auto and careful: aware where the value's use shows it right, else the exact "
            "form; naive: the exact form everywhere; aware: aware everywhere"
        },
    )
