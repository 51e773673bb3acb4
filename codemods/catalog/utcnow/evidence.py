"""What the repository says against making one site aware, found by following its value."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Final

from codemods.catalog.utcnow.calls import UNDERSTOOD, argument, attribute, inside, method
from codemods.catalog.utcnow.clocks import Test
from codemods.catalog.utcnow.meetings import binary, compare
from codemods.catalog.utcnow.normalizers import is_normalized
from codemods.catalog.utcnow.shown import text
from codemods.catalog.utcnow.stored import store
from codemods.catalog.utcnow.texts import Fate, shown_by
from codemods.catalog.utcnow.values import Values
from codemods.catalog.utcnow.walk import Finding, Seed, Walk
from codemods.python.flow import Escape, Follow, Node, Path, Searched, Step, Use, follow
from codemods.python.flow import summary as op

__all__ = ["examine"]


#: How docstrings say that a value has no zone.
_NAIVE_CONTRACT: Final = re.compile(
    r"\bnaive|without (a |any )?(tz|time ?zone)|no tz|not (tz|time ?zone)[- ]aware"
    r"|(tz|time ?zone)[- ](less|unaware)",
    re.IGNORECASE,
)

_HANDLERS: Final[Mapping[str, Callable[[Walk, Use], Follow]]] = {
    "method": method,
    "attribute": attribute,
    "binary": binary,
    "compare": compare,
    "argument": argument,
    "text": text,
    "store": store,
}


def examine(
    values: Values,
    seed: Seed,
    *,
    test_of: Callable[[Node], Test | None],
    searched: Searched = (),
    refused: Collection[bytes] = (),
    thorough: bool = False,
    texts: dict[Node, Fate] | None = None,
) -> Finding:
    """Follow a site's value and return what speaks against making it aware.

    Unless `thorough`, it stops at the first evidence: a condemned value is followed no further.
    """
    walk = Walk(values, seed, test_of, searched, refused, thorough, {} if texts is None else texts)
    return _run(walk)


def _run(walk: Walk) -> Finding:
    path: Path = (Step.CALL,) if walk.seed.reference else ()
    name = walk.graph.name_of(walk.seed.node)
    if "naive" in name.lower() and not walk.seed.reference:
        walk.tell("naive-contract", f"it is called `{name}`", walk.seed.node)
    waiting: list[tuple[Node, Path]] = [(walk.seed.node, path)]
    seen: set[Node] = set()
    judge = partial(_judge, walk)
    while waiting and (walk.thorough or not walk.finding.evidence):
        reach = follow(walk.graph, waiting, judge, walk.searched, walk.refused)
        walk.finding.needs |= reach.needs
        walk.finding.places += len(reach.places)
        for escape in reach.escapes:
            _escaped(walk, escape)
        waiting = [(node, ()) for node in walk.again if node not in seen]
        seen.update(node for node, _ in waiting)
    return walk.finding


def _escaped(walk: Walk, escape: Escape) -> None:
    if escape.kind == "unknown-call" and (
        escape.name in UNDERSTOOD or escape.name.startswith("datetime.")
    ):
        return
    callee = f"handed to `{escape.name.lstrip('.')}`" if escape.name else "handed to a call"
    shown = shown_by(escape.name)
    if shown:
        callee = f"{shown}, where its text ends in `+00:00` now"
    elif " " in escape.name:
        callee = escape.name
    what = {
        "unknown-call": f"is {callee}",
        "unknown-object": f"is stored as `.{escape.name}` of an unknown object",
        "outside-base": "is stored on a class with an outside base",
        "string": f"`{escape.name}` is named in a string",
        "not-followed": f"`{escape.name}` is too common to be followed",
        "decorator": f"goes through the decorator `{escape.name}`",
    }.get(escape.kind, "goes out of sight")
    walk.leave(what, escape.node)


def _judge(walk: Walk, use: Use) -> Follow:
    if use.kind == "argument" and is_normalized(walk.graph, use):
        return Follow.PAST
    if not use.sure and _is_in_another_test(walk, use.node):
        return Follow.NO
    if use.inside:
        return inside(walk, use)
    handler = _HANDLERS.get(use.kind)
    if handler is not None:
        return handler(walk, use)
    if use.kind == "key":
        if not use.others or walk.graph.operation(use.others[0])[0] == op.DISPLAY:
            walk.leave("is a key", use.node)
            return Follow.NO
        return walk.tell("compared-with-unknown", "it is a key among others", use.node)
    if use.kind == "return":
        return _returned(walk, use)
    return Follow.NO


def _is_in_another_test(walk: Walk, node: Node) -> bool:
    """Whether a test uses what no more than a name leads to, from another test (U72)."""
    other = None if walk.test is None else walk.test_of(node)
    return other is not None and other != walk.test


def _returned(walk: Walk, use: Use) -> Follow:
    """A helper whose docstring promises a naive value keeps its word (R31)."""
    graph = walk.graph
    number = graph.operation(use.node)[6]
    if number >= 0:
        facts = graph.file(use.node).functions[number]
        if _NAIVE_CONTRACT.search(facts.doc) or "naive" in facts.name.lower():
            return walk.tell("naive-contract", f"`{facts.name}()` promises it naive", use.node)
        if ">>>" in facts.doc:
            return walk.tell("doctest", f"the doctest of `{facts.name}()` shows it", use.node)
    return Follow.NO
