"""A value becomes text or a time tuple: what of it shows a zone."""

from __future__ import annotations

import re
from typing import Final

from codemods.catalog.utcnow.texts import Fate, Texts, literal_after, named_by, shown_by, tells_zone
from codemods.catalog.utcnow.values import Kind
from codemods.catalog.utcnow.walk import Walk
from codemods.python.flow import Follow, Node, Use, follow, origins
from codemods.python.flow import summary as op

__all__ = ["become_text", "format_method", "formatted", "text", "timetuple"]


_ZONE_FORMAT: Final = re.compile(r"(?<!%)(?:%%)*%[-_0^#:]*[zZs]")


def timetuple(walk: Walk, node: Node) -> Follow:
    """`mktime` reads the DST flag, which an aware value sets to 0 (U20, R33)."""

    def judge(use: Use) -> Follow:
        name = use.name
        if use.kind == "argument" and name == "time.mktime":
            told.append(("`time.mktime()` takes it for local time", use.node))
        elif use.kind == "argument" and name == "time.strftime":
            template = graph.operation(use.node)[-2][0]
            text = graph.constant(graph.beside(use.node, template))
            if not isinstance(text, str) or _ZONE_FORMAT.search(text):
                told.append(("its format may print the zone", use.node))
        elif not _same_in_tuple(walk, use):
            told.append(("its time tuple holds a DST flag", use.node))
        return Follow.NO

    graph = walk.graph
    told: list[tuple[str, Node]] = []
    follow(graph, [(node, ())], judge, guess=False)
    return walk.tell("time-tuple", *told[0]) if told else Follow.NO


def _same_in_tuple(walk: Walk, use: Use) -> bool:
    """Whether a use of a time tuple does not see its last three fields."""
    constant = walk.graph.constant
    if use.kind == "argument":
        return use.name == "calendar.timegm"
    if use.kind == "attribute":
        return use.name not in ("tm_isdst", "tm_zone", "tm_gmtoff")
    if use.kind == "subscript":
        return constant(use.others[0]) in range(8)
    if use.kind == "slice":
        return constant(use.others[1]) in range(9)
    return use.kind != "star"


def formatted(walk: Walk, template: Node, node: Node) -> Follow:
    """An explicit format prints the same unless it asks for the zone (U8, U16)."""
    graph = walk.graph
    for origin in origins(graph, template):
        text = graph.constant(origin.node) if origin.node and not origin.path else ...
        if isinstance(text, str):
            if _ZONE_FORMAT.search(text):
                return walk.tell("zone-in-format", "its format prints the zone", node)
        else:
            walk.leave("is formatted by an unknown format", node)
    return Follow.NO


def become_text(walk: Walk, node: Node) -> Follow:
    """Follow the text that `isoformat()` or `str()` made."""
    fate = walk.texts.get(node)
    if fate is None:
        walker = Texts(walk.graph, _seconds_end(walk, node))
        reach = follow(walk.graph, [(node, ())], walker, walk.searched, walk.refused, guess=False)
        fate = walk.texts[node] = walker.fate
        fate.leaves += [escape.node for escape in reach.escapes if escape.kind == "unknown-call"]
    return _fated(walk, fate, node)


def _seconds_end(walk: Walk, node: Node) -> int:
    """How many characters of a text are there whatever the zone and the fraction."""
    operation = walk.graph.operation(node)
    if operation[0] != op.METHOD or operation[6] != "isoformat":
        return 19
    plain = len(operation[7]) < 2 and all(word == "sep" for word, _ in operation[8])
    return 19 if plain else 13


def _fated(walk: Walk, fate: Fate, node: Node) -> Follow:
    graph = walk.graph
    for reason, clause, where in fate.evidence:
        answer = walk.tell(reason, clause, where)
        if answer is Follow.STOP:
            return answer
    for other, where in fate.compared:
        for origin in origins(graph, other):
            operation = graph.operation(origin.node) if origin.node else (0,)
            if operation[0] == op.METHOD and operation[6] in ("isoformat", "strftime"):
                kinds = walk.values.of(graph.beside(origin.node, operation[5]))
                if all(value.kind in (Kind.OURS, Kind.AWARE) for value in kinds):
                    for value in kinds:
                        if value.kind is Kind.OURS:
                            walk.finding.links.setdefault(value.node, where)
                    continue
            if graph.constant(origin.node) is None:
                continue
            answer = walk.tell(
                "text-compared", "its text is compared with another", where, origin.node
            )
            if answer is Follow.STOP:
                return answer
    for where in fate.leaves[:1]:
        shown = shown_by(graph.called(where)) if graph.is_call(where) else ""
        text = f"its {shown} text ends in `+00:00` now" if shown else ""
        walk.leave(text or "its text, which ends in `+00:00` now, goes on", where)
    if not fate.evidence and not fate.leaves:
        walk.leave("its text ends in `+00:00` now", node)
    walk.again += fate.read_back
    return Follow.NO


def text(walk: Walk, use: Use) -> Follow:
    """Formatted by an f-string, ``%`` or ``str.format``: a format spec, or `str()`."""
    graph = walk.graph
    if use.kind == "text" and "%" in use.name:
        if _ZONE_FORMAT.search(use.name):
            return walk.tell("zone-in-format", "its format prints the zone", use.node)
        return Follow.NO
    if use.kind == "binary":
        left = graph.constant(use.others[0]) if use.others else ...
        if not isinstance(left, str):
            return Follow.NO
    after, ends = literal_after(graph, use)
    if tells_zone(after):
        return walk.tell("text-extended", "a zone is appended to its text", use.node)
    named = named_by(graph, use.node)
    if named:
        return walk.tell("text-names-file", "its text becomes part of a file's name", named)
    return become_text(walk, use.node) if ends else _embedded(walk, use)


def _embedded(walk: Walk, use: Use) -> Follow:
    graph = walk.graph
    callers = (graph.called(user) for user in graph.users(use.node) if graph.is_call(user))
    shown = next((word for word in map(shown_by, callers) if word), "")
    walk.leave(f"its {shown} text has `+00:00` in it now".replace("  ", " "), use.node)
    return Follow.NO


def format_method(walk: Walk, use: Use) -> Follow:
    """Judge an argument of `str.format` of a literal."""
    graph = walk.graph
    template = str(graph.constant(graph.beside(use.node, graph.operation(use.node)[5])))
    if re.search(r"\{[^{}]*:[^{}]*%", template):
        if _ZONE_FORMAT.search(template):
            return walk.tell("zone-in-format", "its format prints the zone", use.node)
        return Follow.NO
    return text(walk, use)
