"""Values under names: attributes of objects, and globals of modules."""

from __future__ import annotations

from functools import cache
from pathlib import PurePosixPath
from typing import Final

from codemods.python.flow import summary as op
from codemods.python.flow.following.walker import Handlers, Visit, Walker
from codemods.python.flow.nodes import MASK, SHIFT, Node
from codemods.python.flow.summary import Operation
from codemods.python.flow.uses import Path, Step

__all__ = ["ATTRIBUTES", "bound_global", "store", "store_in"]


def set_attribute(walker: Walker, visit: Visit) -> None:
    """``a.b = c``: the object, or the value."""
    base, name, value = visit.operation[5:8]
    if value == visit.here:
        holder = walker.graph.beside(visit.value, base)
        walker.use("store", visit, name=name, others=(holder,))
        store(walker, visit.user, holder, name, visit.path, visit.sure)
    if base == visit.here and not visit.path:
        walker.use("set", visit, name=name)


def store(walker: Walker, where: Node, base: Node, name: str, path: Path, sure: bool) -> None:
    """A value was stored under an attribute of an object."""
    graph = walker.graph
    module = graph.module_of(base) if base else None
    if module is not None:
        target = graph.global_of(module, name)
        walker.push(target, path, sure)
        bound_global(walker, module, name, where, path, sure)
        return
    owners = graph.types(base) if base else None
    if owners:
        store_in(walker, tuple(sorted(owners)), name, where, path, sure)
        return
    walker.escape("unknown-object", where, name)
    store_in(walker, (), name, where, path, False)


def store_in(
    walker: Walker, owners: tuple[Node, ...], name: str, where: Node, path: Path, sure: bool
) -> None:
    """Follow an attribute of instances of classes; of any object when there are none."""
    if not (sure or walker.guess):
        return
    graph = walker.graph
    key = (name, owners[0] if owners else 0, path, sure)
    if key in walker.stored:
        return
    walker.stored.add(key)
    outside = sorted({base for owner in owners for base in graph.outside_bases(owner)})
    if outside:
        walker.escape("outside-base", where, outside[0])
    homes = {graph.file(node).path for node in (where, *owners)}
    walker.need(name, where, homes, attribute=True)
    _mentioned(walker, name, where)
    related = cache(lambda holders: graph.related(holders, owners))
    files = graph.files
    for reader in graph.by_name.of(name):  # a common name has thousands
        operation = files[reader >> SHIFT].operations[reader & MASK]
        if operation[0] == op.SET_ATTRIBUTE or not operation[5]:
            continue
        base = (reader & ~MASK) | operation[5]
        if graph.module_of(base) is not None:
            continue
        holders = graph.types(base)
        if holders is None:
            if graph.qualified(base) is not None:
                continue
            certain = False
        elif owners and related(holders):
            certain = True
        elif not owners and holders:
            certain = False
        else:
            continue
        if not certain and not graph.acquainted((where, *owners), reader):
            continue
        _read(walker, reader, operation, path, sure and certain)


def bound_global(
    walker: Walker, module: PurePosixPath, name: str, where: Node, path: Path, sure: bool
) -> None:
    """Follow a module's global into the modules that import it."""
    graph = walker.graph
    key = (f"{module}:{name}", 0, path, sure)
    if key in walker.stored:
        return
    walker.stored.add(key)
    if not (name.startswith("__") and name.endswith("__")):
        walker.need(name, where, (module,), attribute=False)
    for importer in graph.importers.get((module, name), ()):
        walker.push(importer, path, sure, far=True)
    for reader in graph.by_name.of(name):
        operation = graph.operation(reader)
        base = graph.beside(reader, operation[5])
        if operation[0] != op.SET_ATTRIBUTE and base and graph.module_of(base) == module:
            _read(walker, reader, operation, path, sure)


def _read(walker: Walker, reader: Node, operation: Operation, path: Path, sure: bool) -> None:
    """The attribute that holds a value is read, or called as a method."""
    if operation[0] == op.ATTRIBUTE:
        if path and path[0] is Step.PROPERTY:
            path = path[1:]
        walker.push(reader, path, sure, far=True)
    elif path and path[0] is Step.CALL:
        walker.push(reader, path[1:], sure, far=True)
    else:
        visit = Visit(reader, operation, reader, path, sure)
        walker.use("called", visit, name=operation[6])


def _mentioned(walker: Walker, name: str, where: Node) -> None:
    """Note the strings that hold an attribute's name: getattr, templates, queries."""
    if name in walker.named:
        return
    walker.named.add(name)
    for node in walker.graph.words.of(name):
        walker.escape("string", node, name)


ATTRIBUTES: Final[Handlers] = {op.SET_ATTRIBUTE: set_attribute}
