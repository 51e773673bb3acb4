"""Where in the repository a name is mentioned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from codemods.python.flow.nodes import SHIFT, Node

if TYPE_CHECKING:
    from codemods.python.flow.graph import Graph

__all__ = ["Mentioned", "by_keyword", "by_name", "importers", "words"]


class Mentioned:
    """The nodes that mention each name; found when a name is asked for: most never are."""

    def __init__(self, files: Sequence[Mapping[str, Sequence[int]]]) -> None:
        self._files = files
        self._holders: dict[str, list[int]] = {}  # the files of each name
        for number, file in enumerate(files):
            for name in file:
                self._holders.setdefault(name, []).append(number)
        self._known: dict[str, Sequence[Node]] = {}

    def of(self, name: str) -> Sequence[Node]:
        """Return the nodes that mention a name, by file and place."""
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = [
                number << SHIFT | place
                for number in self._holders.get(name, ())
                for place in self._files[number][name]
            ]
        return known


def importers(graph: Graph) -> Mapping[tuple[PurePosixPath, str], tuple[Node, ...]]:
    """The IMPORT and star-imported nodes of each (module, name) of the repository."""
    found: dict[tuple[PurePosixPath, str], list[Node]] = {}
    for number, file in enumerate(graph.files):
        places = file.mentions.imports
        if file.stars:
            places = sorted((*places, *file.mentions.free))
        for place in places:
            operation = file.operations[place]
            if len(operation) > 6:
                if operation[6] is not None:
                    path = graph.module(number, operation[5], operation[7])
                    if path is not None:
                        found.setdefault((path, operation[6]), []).append(number << SHIFT | place)
                continue
            for module, level in file.stars:
                path = graph.module(number, module, level)
                if path is not None:
                    found.setdefault((path, operation[5]), []).append(number << SHIFT | place)
    return {key: tuple(nodes) for key, nodes in found.items()}


def by_name(graph: Graph) -> Mentioned:
    """The ATTRIBUTE, METHOD and SET_ATTRIBUTE nodes of each attribute name."""
    return Mentioned([file.mentions.names for file in graph.files])


def words(graph: Graph) -> Mentioned:
    """The string constants in which each identifier stands: getattr, templates, queries."""
    return Mentioned([file.mentions.words for file in graph.files])


def by_keyword(graph: Graph) -> Mentioned:
    """The CALL and METHOD nodes that pass each keyword."""
    return Mentioned([file.mentions.keywords for file in graph.files])
