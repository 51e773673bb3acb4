"""What the codemod can be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["FormName", "Options", "ValidateAt"]

FormName = Literal["auto", "dataclass", "pydantic"]
ValidateAt = Literal["auto", "start", "import", "never"]


@dataclass(frozen=True, slots=True)
class Options:
    """Options of `env-to-config`."""

    form: FormName = field(
        default="auto",
        metadata={
            "help": "how the configuration is written: dataclass (standard library only) or "
            "pydantic (a class of pydantic-settings); auto: pydantic where the program depends "
            "on pydantic-settings already, else dataclass"
        },
    )
    validate: ValidateAt = field(
        default="auto",
        metadata={
            "help": "which variables programs check when they start: start: all that they can "
            "reach; import: those read while modules load; never: none; auto: import for programs "
            "with subcommands, else start"
        },
    )
    strict: bool = field(
        default=False,
        metadata={"help": "no fallbacks: variables that have a default become required"},
    )
    required: tuple[str, ...] = field(
        default=("*",),
        metadata={"help": "with strict: which variables, as patterns such as DB_*"},
    )
    guard: bool = field(
        default=False,
        metadata={"help": "add a test that forbids reads of the environment elsewhere"},
    )
