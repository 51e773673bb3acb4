"""Where in the repository a name is mentioned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from codemods.python.flow import summary as op
from codemods.python.flow.nodes import SHIFT, Node

if TYPE_CHECKING:
    from codemods.python.flow.graph import Graph

__all__ = ["by_keyword", "by_name", "importers", "words"]


def importers(graph: Graph) -> Mapping[tuple[PurePosixPath, str], tuple[Node, ...]]:
    """The IMPORT and star-imported nodes of each (module, name) of the repository."""
    found: dict[tuple[PurePosixPath, str], list[Node]] = {}
    for number, file in enumerate(graph.files):
        for place, operation in enumerate(file.operations):
            if operation[0] == op.IMPORT and operation[6] is not None:
                path = graph.module(number, operation[5], operation[7])
                if path is not None:
                    found.setdefault((path, operation[6]), []).append(number << SHIFT | place)
            elif operation[0] == op.FREE and file.stars:
                for module, level in file.stars:
                    path = graph.module(number, module, level)
                    if path is not None:
                        found.setdefault((path, operation[5]), []).append(number << SHIFT | place)
    return {key: tuple(nodes) for key, nodes in found.items()}


def by_name(graph: Graph) -> Mapping[str, Sequence[Node]]:
    """The ATTRIBUTE, METHOD and SET_ATTRIBUTE nodes of each attribute name."""
    return _joined(file.mentions.names for file in graph.files)


def words(graph: Graph) -> Mapping[str, Sequence[Node]]:
    """The string constants in which each identifier stands: getattr, templates, queries."""
    return _joined(file.mentions.words for file in graph.files)


def by_keyword(graph: Graph) -> Mapping[str, Sequence[Node]]:
    """The CALL and METHOD nodes that pass each keyword."""
    return _joined(file.mentions.keywords for file in graph.files)


def _joined(mentions: Iterable[Mapping[str, Sequence[int]]]) -> Mapping[str, Sequence[Node]]:
    found: dict[str, list[Node]] = {}
    for number, one in enumerate(mentions):
        base = number << SHIFT
        for name, places in one.items():
            found.setdefault(name, []).extend([base | place for place in places])
    return found
