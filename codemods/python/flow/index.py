"""Who uses what in one file, and who mentions which name: its operations read backwards."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from codemods.python.flow import summary as op
from codemods.python.flow.summary import FlowSummary, Operation

__all__ = ["Index", "Mentions", "find_mentions", "make_index", "operands"]

_WORD: Final = re.compile(r"[^\W\d]\w*")
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


@dataclass(frozen=True, slots=True)
class Index:
    """For the places of a file: what stands in relation to each."""

    users: Mapping[int, tuple[int, ...]]  #: operations that have it as an operand
    onward: Mapping[int, tuple[int, ...]]  #: the VARIABLEs that it flows into
    inward: Mapping[int, tuple[int, ...]]  #: what flows into it
    defaults: Mapping[int, tuple[int, ...]]  #: from a default value to its parameters
    exports: Mapping[int, tuple[str, ...]]  #: the globals that are it
    members: Mapping[int, tuple[tuple[int, str], ...]]  #: place → (class index, name)


@dataclass(frozen=True, slots=True)
class Mentions:
    """For each name, the operations of a file that mention it."""

    names: Mapping[str, Sequence[int]]  #: ATTRIBUTE, METHOD and SET_ATTRIBUTE
    keywords: Mapping[str, Sequence[int]]  #: CALL and METHOD that pass a keyword
    words: Mapping[str, Sequence[int]]  #: string constants in which an identifier stands


def operands(operation: Operation) -> Iterator[int]:
    """Yield the places that an operation uses."""
    kind = operation[0]
    if kind in _SINGLE:
        yield operation[5]
    elif kind == op.CALL:
        yield operation[5]
        yield from operation[6]
        for _, place in operation[7]:
            yield place
    elif kind == op.METHOD:
        yield operation[5]
        yield from operation[7]
        for _, place in operation[8]:
            yield place
    elif kind in (op.ITEM, op.SLICE):
        yield from operation[5:]
    elif kind == op.BINARY:
        yield operation[6]
        yield operation[7]
    elif kind == op.UNARY:
        yield operation[6]
    elif kind == op.COMPARE:
        yield from operation[6]
    elif kind == op.EITHER:
        yield from operation[5]
    elif kind == op.CHOICE:
        yield from operation[5:8]
    elif kind == op.TEXT:
        for part in operation[5]:
            if not isinstance(part, str):
                yield part[0]
    elif kind == op.DISPLAY:
        for key, value in operation[6]:
            if key > 0:
                yield key
            yield value
    elif kind == op.ELEMENTS:
        yield operation[6]
        yield operation[7]
    elif kind == op.SET_ATTRIBUTE:
        yield operation[5]
        yield operation[7]
    elif kind == op.SET_ITEM:
        yield from operation[5:8]


def make_index(file: FlowSummary) -> Index:
    """Return the index of a file."""
    users: dict[int, list[int]] = {}
    for place, operation in enumerate(file.operations):
        for operand in operands(operation):
            if operand > 0:
                known = users.setdefault(operand, [])
                if not known or known[-1] != place:
                    known.append(place)
    onward: dict[int, list[int]] = {}
    inward: dict[int, list[int]] = {}
    for position in range(0, len(file.flows), 2):
        source, target = file.flows[position : position + 2]
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
    return Index(
        {key: tuple(value) for key, value in users.items()},
        {key: tuple(value) for key, value in onward.items()},
        {key: tuple(value) for key, value in inward.items()},
        {key: tuple(value) for key, value in defaults.items()},
        {key: tuple(value) for key, value in exports.items()},
        {key: tuple(value) for key, value in members.items()},
    )


def find_mentions(file: FlowSummary) -> Mentions:
    """Return where a file mentions names: attributes, keywords, words in strings."""
    names: dict[str, list[int]] = {}
    keywords: dict[str, list[int]] = {}
    words: dict[str, list[int]] = {}
    for place, operation in enumerate(file.operations):
        kind = operation[0]
        if kind == op.CONSTANT:
            if isinstance(operation[5], str):
                for word in dict.fromkeys(_WORD.findall(operation[5])):
                    words.setdefault(word, []).append(place)
        elif kind == op.ATTRIBUTE or kind == op.SET_ATTRIBUTE:
            names.setdefault(operation[6], []).append(place)
        elif kind == op.METHOD or kind == op.CALL:
            if kind == op.METHOD:
                names.setdefault(operation[6], []).append(place)
            for name, _ in operation[-1]:
                if name is not None:
                    keywords.setdefault(name, []).append(place)
    return Mentions(names, keywords, words)
