"""How places of all files are told apart, and what else questions about them share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final, NamedTuple, TypeAlias

__all__ = ["DEPTH", "MASK", "SHIFT", "Callee", "Memo", "Node", "Resolve"]

Node: TypeAlias = int
"""One operation of one file: the file's number, shifted, and the place."""

Resolve: TypeAlias = Callable[[PurePosixPath, str, int], PurePosixPath | None]
"""Tells the repository's file that an import (importing file, module, level) means."""

SHIFT: Final = 24
MASK: Final = (1 << SHIFT) - 1
DEPTH: Final = 12  #: of questions that ask questions


class Callee(NamedTuple):
    """A function of the repository that a call may enter."""

    function: Node  #: the FUNCTION operation
    offset: int  #: 1 when the receiver takes the first parameter
    owner: Node  #: the class that is constructed or that holds the method, 0 for a function
    sure: bool


@dataclass(slots=True)
class Memo:
    """Answers that were given before."""

    resolved: dict[tuple[int, str, int], PurePosixPath | None] = field(default_factory=dict)
    submodules: dict[tuple[PurePosixPath, str], PurePosixPath | None] = field(default_factory=dict)
    folders: dict[int, frozenset[str]] = field(default_factory=dict)
    qualified: dict[Node, str | None] = field(default_factory=dict)
    contents: dict[Node, frozenset[Node] | None] = field(default_factory=dict)
    types: dict[Node, frozenset[Node] | None] = field(default_factory=dict)
    level: int = 0  #: of the question about types that is being answered
    bases: dict[Node, tuple[tuple[Node, ...], bool]] = field(default_factory=dict)
    lineages: dict[Node, tuple[Node, ...]] = field(default_factory=dict)
    families: dict[Node, frozenset[Node]] = field(default_factory=dict)
