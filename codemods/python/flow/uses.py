"""What following a value finds: its uses, and the places where it goes out of sight."""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import NamedTuple, TypeAlias

from codemods.codemod import Near
from codemods.python.flow.nodes import Callee, Node

__all__ = ["Escape", "Follow", "Judge", "Needs", "Path", "Reach", "Searched", "Step", "Use"]


class Step(enum.Enum):
    """How a value lies inside another one; a constant key of a display is a step of its own."""

    CALL = "call"  #: calling gives it
    ELEMENT = "element"  #: of a list, set, generator …
    VALUE = "value"  #: of a dict, under an unknown key
    ENTER = "enter"  #: ``with`` gives it
    AWAIT = "await"
    PROPERTY = "property"  #: reading the attribute gives it


Path: TypeAlias = tuple["Step | str | int", ...]


class Follow(enum.Enum):
    """What a codemod answers to a use."""

    NO = "no"  #: the result is something else
    YES = "yes"  #: the result is such a value again
    PAST = "past"  #: of an argument: what it enters need not be looked at
    STOP = "stop"  #: nothing more need be known of this seed


@dataclass(frozen=True, slots=True)
class Use:
    """Something done with a value.

    ==============  ========================================================================
    kind            `name`, `others`
    ==============  ========================================================================
    attribute       the attribute
    method          the method; `others` are the positional arguments
    argument        qualified name of the callee or ``.name``; `position` or `keyword` say which
    called          the value itself is called
    binary          operator; the other operand
    unary           operator
    compare         operators, joined by spaces; the other operands
    text            conversion or format spec of an f-string hole; `others` are all holes
    subscript       the key is in `others`
    slice           the bounds are in `others`
    key             the value is a key: of a subscript, display or assignment
    truth, raise, return, yield, await, enter, iterate
    store           attribute that it is stored under; the object
    item            stored into a container; the container
    set             an attribute or item of the value itself is assigned
    display         list | tuple | set | dict that it is put into
    star            unpacked into a call
    ==============  ========================================================================
    """

    kind: str
    node: Node  #: the operation that uses it; it is also the result's place
    value: Node  #: what is used
    inside: Path = ()  #: where in `value` it lies; () for the value itself
    name: str = ""
    others: tuple[Node, ...] = ()
    position: int = -1
    keyword: str | None = None
    index: int = 0  #: which of several equal operands it is (the left one is 0)
    sure: bool = True  #: False when only an attribute's or method's name leads here
    into: tuple[Callee, ...] = ()  #: functions of the repository that an argument enters


class Escape(NamedTuple):
    """A place where a value goes out of sight."""

    kind: str  #: unknown-call, decorator, outside-base, string, dynamic, not-followed, nested
    node: Node
    name: str = ""


@dataclass(frozen=True, slots=True)
class Needs:
    """What another round would have to search."""

    needles: frozenset[bytes] = frozenset()  #: reverse: who mentions these
    near: frozenset[Near] = frozenset()  #: the same, among those that have to do with a file
    paths: frozenset[PurePosixPath] = frozenset()  #: forward: definitions that were not surveyed

    def __or__(self, other: Needs) -> Needs:
        return Needs(self.needles | other.needles, self.near | other.near, self.paths | other.paths)


@dataclass
class Reach:
    """Where seeds go. `stopped` when the codemod wanted to know no more."""

    places: dict[tuple[Node, Path], bool] = field(default_factory=dict)  #: sure or not
    uses: list[Use] = field(default_factory=list)
    escapes: list[Escape] = field(default_factory=list)
    near: set[Near] = field(default_factory=set)
    paths: set[PurePosixPath] = field(default_factory=set)
    stopped: bool = False

    @property
    def needs(self) -> Needs:
        """What another round would have to search."""
        return Needs(near=frozenset(self.near), paths=frozenset(self.paths))


Searched: TypeAlias = Collection["bytes | Near"]
"""What was searched for: names whose holders are all known, or those that are near a file."""

Judge: TypeAlias = Callable[[Use], Follow]
