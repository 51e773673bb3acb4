"""Following values forward: where a seed can go, and what is done with it there."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from codemods.python.flow.following.attributes import ATTRIBUTES
from codemods.python.flow.following.calls import CALLS
from codemods.python.flow.following.containers import CONTAINERS
from codemods.python.flow.following.elsewhere import visit_far
from codemods.python.flow.following.operators import OPERATORS
from codemods.python.flow.following.walker import Handlers, Visit, Walker
from codemods.python.flow.graph import Graph
from codemods.python.flow.nodes import MASK, Node
from codemods.python.flow.uses import Judge, Path, Reach, Searched

__all__ = ["follow"]

_HANDLERS: Final[Handlers] = {**OPERATORS, **CONTAINERS, **ATTRIBUTES, **CALLS}


def follow(
    graph: Graph,
    seeds: Iterable[tuple[Node, Path]],
    judge: Judge,
    searched: Searched = (),
    refused: Collection[bytes] = (),
    *,
    guess: bool = True,
) -> Reach:
    """Follow values from their seeds, near places first.

    A seed is a node and where in it the value lies: ``()`` for the node itself,
    ``(Step.CALL,)`` for a reference to a function that returns it. `judge` sees every use once and
    says whether the result is followed too. Names in `searched` are known everywhere; those in
    `refused` will never be, so they are escapes. Without `guess`, places that only the name of an
    attribute or method leads to are left out.
    """
    walker = Walker(graph, judge, searched, refused, guess)
    for node, path in seeds:
        walker.push(node, path, True)
    walker.run(_visit_near, visit_far)
    return walker.reach


def _visit_near(walker: Walker, node: Node, path: Path, sure: bool) -> None:
    """Follow a place in its own file: variables, defaults, and the operations that use it."""
    graph = walker.graph
    for target in graph.onward(node):
        walker.push(target, path, sure)
    for place in graph.index(node).defaults.get(node & MASK, ()):
        walker.push(graph.beside(node, place), path, sure)
    for user in graph.users(node):
        if walker.reach.stopped:
            return
        operation = graph.operation(user)
        handler = _HANDLERS.get(operation[0])
        if handler is not None:
            handler(walker, Visit(user, operation, node, path, sure))
