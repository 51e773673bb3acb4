"""Where in the repository a name is mentioned."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from codemods.python.flow import summary as op
from codemods.python.flow.nodes import SHIFT, Node

if TYPE_CHECKING:
    from codemods.python.flow.graph import Graph

__all__ = ["by_keyword", "by_name", "importers", "words"]

_WORD: Final = re.compile(r"[^\W\d]\w*")


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


def by_name(graph: Graph) -> Mapping[str, tuple[Node, ...]]:
    """The ATTRIBUTE, METHOD and SET_ATTRIBUTE nodes of each attribute name."""
    found: dict[str, list[Node]] = {}
    for number, file in enumerate(graph.files):
        for place, operation in enumerate(file.operations):
            if operation[0] in (op.ATTRIBUTE, op.METHOD, op.SET_ATTRIBUTE):
                found.setdefault(operation[6], []).append(number << SHIFT | place)
    return {name: tuple(nodes) for name, nodes in found.items()}


def words(graph: Graph) -> Mapping[str, tuple[Node, ...]]:
    """The string constants in which each identifier stands: getattr, templates, queries."""
    found: dict[str, list[Node]] = {}
    for number, file in enumerate(graph.files):
        for place, operation in enumerate(file.operations):
            if operation[0] == op.CONSTANT and isinstance(operation[5], str):
                for word in set(_WORD.findall(operation[5])):
                    found.setdefault(word, []).append(number << SHIFT | place)
    return {word: tuple(nodes) for word, nodes in found.items()}


def by_keyword(graph: Graph) -> Mapping[str, tuple[Node, ...]]:
    """The CALL and METHOD nodes that pass each keyword."""
    found: dict[str, list[Node]] = {}
    for number, file in enumerate(graph.files):
        for place, operation in enumerate(file.operations):
            if operation[0] in (op.CALL, op.METHOD):
                for name, _ in operation[-1]:
                    if name is not None:
                        found.setdefault(name, []).append(number << SHIFT | place)
    return {name: tuple(nodes) for name, nodes in found.items()}
