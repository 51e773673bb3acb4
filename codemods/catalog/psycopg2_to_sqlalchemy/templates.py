"""SQL as a Python expression: characters, and *holes*, which is what is interpolated."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from codemods.catalog.psycopg2_to_sqlalchemy.literals import Char
from codemods.catalog.psycopg2_to_sqlalchemy.sqltext import UNKNOWN

if TYPE_CHECKING:
    import libcst as cst

__all__ = ["Hole", "Known", "Owner", "Template", "Way"]


class Known(enum.Enum):
    """What is known about the type of an interpolated value."""

    TEXT = "str"
    INTEGER = "int"


class Way(enum.Enum):
    """How an expression interpolates."""

    FIELD = "a field of an f-string"
    PERCENT = "%"
    FORMAT = "format()"
    ADDED = "+"
    LITERAL = "psycopg2.sql.Literal"  #: a value, whatever stands around it


@dataclass(frozen=True, slots=True)
class Hole:
    """An interpolated expression."""

    code: str  #: its source
    field: str  #: the source of an f-string's field that gives the same text, braces included
    known: Known | None
    leaf: int  #: where text that takes its place is written
    way: Way
    written: str = ""  #: what the literal says in its place: ``%s``, ``{}``, ``{name!r}``
    owner: int = 0  #: `id` of the node that interpolates it
    operand: int = 0  #: `id` of the node that it is
    position: int | None = None  #: of a numbered argument of `format()`
    fixed: bool = False  #: its text is one of some constants, which `text()` takes as they are
    sole: bool = True  #: False when it may be a tuple of operands of ``%``


@dataclass(frozen=True, slots=True)
class Owner:
    """The node that interpolates into a literal, and how."""

    node: int  #: its `id`
    way: Way


@dataclass(frozen=True, slots=True)
class Template:
    """An expression that makes SQL."""

    node: cst.BaseExpression
    items: tuple[Char | Hole, ...]
    leaves: Mapping[int, int]  #: ``id`` of the node of a literal (or of a field) to its number
    raw: frozenset[int]  #: the literals in which a backslash is no escape
    owners: Mapping[int, Owner] = field(default_factory=dict)  #: by number of the literal
    meanings: Mapping[str, str] = field(default_factory=dict)  #: of the functions that are called

    @property
    def text(self) -> str:
        """The SQL, with a private character for each hole."""
        return "".join(UNKNOWN if isinstance(item, Hole) else item.value for item in self.items)

    @property
    def holes(self) -> tuple[Hole, ...]:
        """What is interpolated, in order."""
        return tuple(item for item in self.items if isinstance(item, Hole))

    def offsets(self) -> list[int]:
        """Return where each item begins in the text."""
        offsets = []
        at = 0
        for item in self.items:
            offsets.append(at)
            at += 1 if isinstance(item, Hole) else len(item.value)
        return offsets
