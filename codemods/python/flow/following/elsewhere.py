"""What a place means outside its own file: globals, members of classes, special methods."""

from __future__ import annotations

from codemods.python.flow import summary as op
from codemods.python.flow.following.attributes import bound_global, store_in
from codemods.python.flow.following.walker import Walker
from codemods.python.flow.nodes import SHIFT, Node
from codemods.python.flow.uses import Path, Step

__all__ = ["visit_far"]


def visit_far(walker: Walker, node: Node, path: Path, sure: bool) -> None:
    """Follow a place to where other files name it."""
    graph = walker.graph
    file = graph.file(node)
    for name in graph.exports(node):
        bound_global(walker, file.path, name, node, path, sure)
    for owner, name in graph.memberships(node):
        if path and path[0] is Step.CALL and name.startswith("__") and name.endswith("__"):
            _dunder(walker, owner, name, path, sure)
        else:
            store_in(walker, (owner,), name, node, path, sure)


def _dunder(walker: Walker, owner: Node, name: str, path: Path, sure: bool) -> None:
    """What a special method gives comes out where Python calls it: ``with`` is followed."""
    if name not in ("__enter__", "__aenter__"):
        return
    graph = walker.graph
    inner = path[2:] if path[1:2] == (Step.AWAIT,) else path[1:]
    for number, file in enumerate(graph.files):
        for place, operation in enumerate(file.operations):
            if operation[0] != op.ENTER:
                continue
            node = number << SHIFT | place
            types = graph.types(graph.beside(node, operation[5]))
            if types and graph.related(types, (owner,)):
                walker.push(node, inner, sure, far=True)
