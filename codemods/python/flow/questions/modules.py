"""Which file of the repository an import means, and what a module's globals are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from codemods.python.flow import summary as op
from codemods.python.flow.nodes import DEPTH, SHIFT, Node
from codemods.python.flow.summary import folder_of

if TYPE_CHECKING:
    from codemods.python.flow.graph import Graph

__all__ = [
    "acquainted",
    "folders",
    "global_of",
    "imported",
    "module",
    "module_of",
    "starred",
    "submodule",
    "unsurveyed",
]


def module(graph: Graph, number: int, module: str, level: int) -> PurePosixPath | None:
    """Return the file of the repository that a module's name means in a surveyed file."""
    key = (number, module, level)
    known = graph.memo.resolved.get(key, ...)
    if known is ...:
        known = _same(graph, graph.resolve(graph.files[number].path, module, level))
        graph.memo.resolved[key] = known
    return known


def _same(graph: Graph, path: PurePosixPath | None) -> PurePosixPath | None:
    """Return the path of a surveyed file as that file has it: one object is compared at once."""
    surveyed = graph.by_path.get(path) if path is not None else None
    return path if surveyed is None else graph.files[surveyed].path


def submodule(
    graph: Graph, number: int, module: str, level: int, name: str
) -> PurePosixPath | None:
    """Return the file of the repository that ``from module import name`` gives as a module."""
    holder = graph.module(number, module, level) if module or level else None
    if holder is None:  # perhaps a folder without `__init__.py`
        return graph.module(number, f"{module}.{name}" if module else name, level)
    if holder.name != "__init__.py":
        return None
    key = (holder, name)
    if key not in graph.memo.submodules:
        graph.memo.submodules[key] = _same(graph, graph.resolve(holder, name, 1))
    return graph.memo.submodules[key]


def imported(graph: Graph, node: Node) -> tuple[PurePosixPath | None, Node]:
    """Resolve an IMPORT: the module's file if it is ours, and the node that it brings.

    The node is 0 when the name is a module, or its file was not surveyed.
    """
    _, _, _, _, _, module, name, level = graph.operation(node)
    number = node >> SHIFT
    if name is None:
        return graph.module(number, module, level), 0
    path = graph.module(number, module, level) if module or level else None
    if path is not None:
        target = graph.global_of(path, name)
        if target:
            return path, target
    return graph.submodule(number, module, level, name) or path, 0


def module_of(graph: Graph, node: Node) -> PurePosixPath | None:
    """Return the module of the repository that a node stands for, if it is one."""
    operation = graph.operation(node)
    if operation[0] == op.IMPORT:
        path, target = graph.imported(node)
        if target or path is None:
            return None
        name = operation[6]
        if name is not None and path.stem != name and path.parent.name != name:
            return None  # a name of a module that was not surveyed
        return path
    if operation[0] == op.ATTRIBUTE:
        base = graph.beside(node, operation[5])
        dotted = _dotted(graph, base)
        if dotted is not None:
            return graph.module(node >> SHIFT, f"{dotted}.{operation[6]}", 0)
    return None


def _dotted(graph: Graph, node: Node) -> str | None:
    if not node:
        return None
    operation = graph.operation(node)
    if operation[0] == op.IMPORT and operation[7] == 0:
        return operation[5] if operation[6] is None else f"{operation[5]}.{operation[6]}"
    if operation[0] == op.ATTRIBUTE:
        base = _dotted(graph, graph.beside(node, operation[5]))
        return None if base is None else f"{base}.{operation[6]}"
    return None


def global_of(graph: Graph, path: PurePosixPath, name: str, depth: int = 0) -> Node:
    """Return the node of a module's global; 0 when it has none or was not surveyed."""
    number = graph.by_path.get(path)
    if number is None or depth > DEPTH:
        return 0
    place = graph.files[number].globals.get(name, 0)
    if place:
        return number << SHIFT | place
    for module, level in graph.files[number].stars:
        inner = graph.module(number, module, level)
        if inner is not None:
            target = graph.global_of(inner, name, depth + 1)
            if target:
                return target
    return 0


def starred(graph: Graph, node: Node) -> Node:
    """Return the global of the repository that a FREE name means through a star import."""
    operation = graph.operation(node)
    number = node >> SHIFT
    for module, level in graph.files[number].stars:
        path = graph.module(number, module, level)
        if path is not None:
            target = graph.global_of(path, operation[5])
            if target:
                return target
    return 0


def unsurveyed(graph: Graph, node: Node, depth: int = 0) -> frozenset[PurePosixPath]:
    """Return the repository's files that say what a name means but were not surveyed."""
    if not node or depth > DEPTH:
        return frozenset()
    operation = graph.operation(node)
    if operation[0] in (op.CALL, op.METHOD, op.ATTRIBUTE):
        base = graph.beside(node, operation[5])
        if operation[0] != op.CALL and base:
            path = graph.module_of(base)
            if path is not None:
                return _absent(graph, path, operation[6], depth)
        return graph.unsurveyed(base, depth + 1)
    if operation[0] == op.IMPORT:
        path, target = graph.imported(node)
        if target:
            return graph.unsurveyed(target, depth + 1)
        if path is not None and operation[6] is not None:
            return _absent(graph, path, operation[6], depth)
    return frozenset()


def _absent(graph: Graph, path: PurePosixPath, name: str, depth: int) -> frozenset[PurePosixPath]:
    """Return the first files on the way to a module's global that were not surveyed."""
    if path not in graph.by_path:
        return frozenset({path})
    target = graph.global_of(path, name)
    if target:
        return graph.unsurveyed(target, depth + 1)
    number = graph.by_path[path]
    found: frozenset[PurePosixPath] = frozenset()
    for module, level in graph.files[number].stars:
        inner = graph.module(number, module, level)
        if inner is not None and depth < DEPTH:
            found |= _absent(graph, inner, name, depth + 1)
    return found


def folders(graph: Graph, number: int) -> frozenset[str]:
    """Return the folders of the modules that a file imports, and its own."""
    found = graph.memo.folders.get(number)
    if found is None:
        found = graph.memo.folders[number] = frozenset(_folders(graph, number))
    return found


def _folders(graph: Graph, number: int) -> Iterator[str]:
    file = graph.files[number]
    yield file.folder
    for place in file.mentions.imports:
        module, name, level = file.operations[place][5:8]
        path = graph.module(number, module, level) if module or level else None
        if name is not None:
            path = graph.submodule(number, module, level, name) or path
        if path is not None:
            yield folder_of(path)
    for module, level in file.stars:
        path = graph.module(number, module, level)
        if path is not None:
            yield folder_of(path)


def acquainted(graph: Graph, nodes: Iterable[Node], other: Node) -> bool:
    """Whether the file of one of the nodes and another's file import from each other's folder.

    An unknown object in code that has nothing to do with a class is hardly an instance of it.
    """
    home = graph.file(other).folder
    there = graph.folders(other >> SHIFT)
    for node in nodes:
        if graph.file(node).folder in there or home in graph.folders(node >> SHIFT):
            return True
    return False
