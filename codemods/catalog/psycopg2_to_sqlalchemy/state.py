"""What is known while the plan is made."""

from __future__ import annotations

from dataclasses import dataclass, field

from codemods.catalog.psycopg2_to_sqlalchemy.context import Judgement
from codemods.catalog.psycopg2_to_sqlalchemy.program import Program
from codemods.catalog.psycopg2_to_sqlalchemy.roles import Place as FamilyPlace
from codemods.catalog.psycopg2_to_sqlalchemy.roles import Roles
from codemods.codemod import (
    Place,
)

__all__ = ["Left", "State"]


@dataclass(frozen=True, slots=True)
class Left:
    """Why a family is left."""

    reason: str
    message: str
    place: Place


@dataclass(slots=True)
class State:
    """What is known while the plan is made."""

    program: Program
    roles: Roles
    judged: Judgement
    left: dict[FamilyPlace, Left] = field(default_factory=dict)

    def leave(self, family: FamilyPlace, reason: str, message: str, place: Place) -> None:
        self.left.setdefault(self.roles.family(family), Left(reason, message, place))
