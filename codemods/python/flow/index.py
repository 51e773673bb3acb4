"""Who uses what in one file, and who mentions which name: its operations read backwards."""

from __future__ import annotations

import itertools
import re
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from codemods.python.flow import summary as op
from codemods.python.flow.summary import FlowSummary, Operation

__all__ = ["Index", "Mentions", "find_mentions", "make_index"]

_WORD: Final = re.compile(r"[^\W\d]\w*")
#: Operations that use one place, their first part; it may be 0.
_SINGLE: Final = frozenset(
    {
        op.ATTRIBUTE,
        op.STAR,
        op.AWAIT,
        op.ITERATE,
        op.ENTER,
        op.RETURN,
        op.YIELD,
        op.RAISE,
        op.TRUTH,
    }
)

# Which operations mention what; the others are passed over at once.
_NAMING: Final = frozenset({op.ATTRIBUTE, op.METHOD, op.SET_ATTRIBUTE})
_CALLING: Final = frozenset({op.CALL, op.METHOD})
_TELLING: Final = _NAMING | _CALLING | {op.CONSTANT, op.IMPORT, op.FREE}


def _values(keywords: Sequence[tuple[str | None, int]]) -> Sequence[int]:
    return [place for _, place in keywords] if keywords else ()


#: The places that others use, by their kind; 0 and -1 among them are none.
_OPERANDS: Final[Mapping[int, Callable[[Operation], Iterable[int]]]] = {
    op.CALL: lambda operation: (operation[5], *operation[6], *_values(operation[7])),
    op.METHOD: lambda operation: (operation[5], *operation[7], *_values(operation[8])),
    op.ITEM: lambda operation: operation[5:],
    op.SLICE: lambda operation: operation[5:],
    op.BINARY: lambda operation: operation[6:8],
    op.UNARY: lambda operation: operation[6:7],
    op.COMPARE: lambda operation: operation[6],
    op.EITHER: lambda operation: operation[5],
    op.CHOICE: lambda operation: operation[5:8],
    op.TEXT: lambda operation: [part[0] for part in operation[5] if not isinstance(part, str)],
    op.DISPLAY: lambda operation: itertools.chain.from_iterable(operation[6]),
    op.ELEMENTS: lambda operation: operation[6:8],
    op.SET_ATTRIBUTE: lambda operation: (operation[5], operation[7]),
    op.SET_ITEM: lambda operation: operation[5:8],
}


class Index(NamedTuple):
    """For the places of a file: what stands in relation to each."""

    first_users: Sequence[int]  #: the first operation that has it as an operand, or 0
    more_users: Mapping[int, Sequence[int]]  #: the others; most places have one
    onward: Mapping[int, Sequence[int]]  #: the VARIABLEs that it flows into
    inward: Mapping[int, Sequence[int]]  #: what flows into it
    defaults: Mapping[int, Sequence[int]]  #: from a default value to its parameters
    exports: Mapping[int, Sequence[str]]  #: the globals that are it
    members: Mapping[int, Sequence[tuple[int, str]]]  #: place → (class index, name)

    def users(self, place: int) -> Sequence[int]:
        """Return the operations that have a place as an operand."""
        first = self.first_users[place]
        return (first, *self.more_users.get(place, ())) if first else ()


class Mentions(NamedTuple):
    """For each name, the operations of a file that mention it."""

    names: Mapping[str, Sequence[int]]  #: ATTRIBUTE, METHOD and SET_ATTRIBUTE
    keywords: Mapping[str, Sequence[int]]  #: CALL and METHOD that pass a keyword
    words: Mapping[str, Sequence[int]]  #: string constants in which an identifier stands
    imports: Sequence[int]  #: the IMPORT operations
    free: Sequence[int]  #: the FREE ones


def make_index(file: FlowSummary) -> Index:
    """Return the index of a file."""
    first = [0] * len(file.operations)
    more: dict[int, list[int]] = {}
    for place, operation in enumerate(file.operations):
        kind = operation[0]
        if kind in _SINGLE:
            used: Iterable[int] = operation[5:6]
        elif kind in _OPERANDS:
            used = _OPERANDS[kind](operation)
        else:
            continue
        for operand in used:
            if operand > 0:
                known = first[operand]
                if not known:
                    first[operand] = place
                elif known != place:
                    others = more.get(operand)
                    if others is None:
                        more[operand] = [place]
                    elif others[-1] != place:
                        others.append(place)
    onward: dict[int, list[int]] = {}
    inward: dict[int, list[int]] = {}
    for source, target in zip(file.flows[::2], file.flows[1::2], strict=True):
        onward.setdefault(source, []).append(target)
        inward.setdefault(target, []).append(source)
    defaults: dict[int, list[int]] = {}
    for function in file.functions:
        for _, place, _, default in function.parameters:
            if default:
                defaults.setdefault(default, []).append(place)
    exports: dict[int, list[str]] = {}
    for name, place in file.globals.items():
        exports.setdefault(place, []).append(name)
    members: dict[int, list[tuple[int, str]]] = {}
    for number, facts in enumerate(file.classes):
        for name, places in facts.members.items():
            for place in places:
                members.setdefault(place, []).append((number, name))
    return Index(array("i", first), more, onward, inward, defaults, exports, members)


def find_mentions(file: FlowSummary) -> Mentions:
    """Return where a file mentions names: attributes, keywords, words in strings."""
    names: dict[str, list[int]] = {}
    keywords: dict[str, list[int]] = {}
    words: dict[str, list[int]] = {}
    imports: list[int] = []
    free: list[int] = []
    for place, operation in enumerate(file.operations):
        kind = operation[0]
        if kind not in _TELLING:
            continue
        if kind in _NAMING:
            names.setdefault(operation[6], []).append(place)
        if kind in _CALLING:
            for name, _ in operation[-1]:
                if name is not None:
                    keywords.setdefault(name, []).append(place)
        elif kind == op.CONSTANT:
            if isinstance(operation[5], str):
                for word in dict.fromkeys(_WORD.findall(operation[5])):
                    words.setdefault(word, []).append(place)
        elif kind == op.IMPORT:
            imports.append(place)
        elif kind == op.FREE:
            free.append(place)
    return Mentions(names, keywords, words, imports, free)
