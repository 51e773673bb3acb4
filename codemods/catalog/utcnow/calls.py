"""A value is an argument, or asked by its own methods and attributes."""

from __future__ import annotations

import re
from typing import Final

from codemods.catalog.utcnow.meetings import ASSERTIONS, meet, meet_arguments, meet_elements
from codemods.catalog.utcnow.shown import become_text, format_method, formatted, text, timetuple
from codemods.catalog.utcnow.stored import FIELDS, data_field, fill, keyword, reference
from codemods.catalog.utcnow.values import column_of, last
from codemods.catalog.utcnow.walk import Walk
from codemods.python.flow import Follow, Step, Use
from codemods.python.flow import summary as op

__all__ = ["UNDERSTOOD", "argument", "attribute", "inside", "method"]


_TEXT_CALLS: Final = frozenset({"builtins.str", "builtins.repr", "builtins.format"})
_SAFE_CALLS: Final = frozenset(
    {
        "builtins.isinstance",
        "builtins.type",
        "builtins.id",
        "builtins.bool",
        "builtins.callable",
        "builtins.hasattr",
        "builtins.len",
        "email.utils.format_datetime",
        "jwt.encode",
        "typing.cast",
        "calendar.timegm",
        "datetime.datetime.combine",
    }
)
_COPIES: Final = frozenset({"copy.copy", "copy.deepcopy", "typing.cast"})
_MEETINGS: Final = frozenset(
    {"builtins.max", "builtins.min", "builtins.sorted", "dateutil.relativedelta.relativedelta"}
)
_NAIVE_ONLY: Final = re.compile(r"(^|\.)(localize|fromutc|make_aware|make_naive|normalize)$")
_SQL_METHODS: Final = frozenset({"execute", "executemany", "mogrify", "fetchrow", "fetchval"})
#: Calls outside the repository whose effect on the value is known.
UNDERSTOOD: Final = _SAFE_CALLS | _COPIES | _MEETINGS | _TEXT_CALLS | FIELDS


def inside(walk: Walk, use: Use) -> Follow:
    """The value lies inside another one that is used: a container, a callable."""
    graph = walk.graph
    if use.kind == "argument":
        name = last(use.name)
        if use.inside[0] is Step.CALL:
            return reference(walk, use)
        if name in _SQL_METHODS and not any(callee.sure for callee in use.into):
            return walk.tell("naive-sink", "it is bound to an SQL statement", use.node)
        if use.name in _MEETINGS or ASSERTIONS.search(use.name):
            return meet_elements(walk, use)
        if name == "format" or use.name in _TEXT_CALLS:
            walk.leave("is formatted inside a container", use.node)
        if _is_foreign(use.name):
            return walk.tell("naive-sink", f"it is handed to `{use.name}`", use.node)
        if name in ("add", "bulk_insert_mappings", "bulk_save_objects"):
            walk.leave("is handed to a database session", use.node)
    elif use.kind == "binary" and use.name == "%" and use.index == 1:
        return text(walk, use)
    elif use.kind == "compare" and use.name in ("in", "not in") and use.index == 1:
        for other in use.others:
            answer = meet(walk, other, use, "compared with")
            if answer is Follow.STOP:
                return answer
    elif use.kind == "compare" and not set(use.name.split()) <= {"is", "is not"}:
        if use.inside[0] is not Step.CALL:
            for other in use.others:
                if walk.graph.operation(other)[0] in (op.DISPLAY, op.CALL, op.METHOD, op.ITEM):
                    walk.leave("is compared inside a container", use.node)
    elif use.kind == "item" and use.inside[0] is Step.CALL:
        walk.leave("is kept in a container as a function", graph.beside(use.node, 0) or use.node)
    return Follow.NO


def argument(walk: Walk, use: Use) -> Follow:
    """Judge an argument of a call."""
    graph = walk.graph
    name, short = use.name, last(use.name)
    operation = graph.operation(use.node)
    if name in _COPIES:
        return Follow.YES
    if name in _TEXT_CALLS:
        if name == "builtins.format" and len(operation[-2]) == 2:
            return formatted(walk, graph.beside(use.node, operation[-2][1]), use.node)
        return become_text(walk, use.node)
    if name in _SAFE_CALLS:
        return Follow.NO
    if name.rpartition(".")[0] == "datetime.datetime" and use.position == 0:
        return _unbound(walk, use, short, operation)
    if name in _MEETINGS or ASSERTIONS.search(name):
        answer = meet_arguments(walk, use, operation)
        if answer is Follow.STOP or name in _MEETINGS - {"builtins.max", "builtins.min"}:
            return answer
        return Follow.YES if name in _MEETINGS else answer
    if _NAIVE_ONLY.search(name) and use.position == 0:
        return walk.tell("naive-sink", f"`{short}()` takes naive values only", use.node)
    if short in ("utcoffset", "dst", "tzname") and use.position == 0 and name.startswith("."):
        return walk.tell("naive-sink", f"`{short}()` of a time zone gets it", use.node)
    if short == "assertIsNone" or _is_foreign(name):
        return walk.tell("naive-sink", f"it is handed to `{short}`", use.node)
    if name == ".format" and isinstance(graph.constant(graph.beside(use.node, operation[5])), str):
        return format_method(walk, use)
    if short in _SQL_METHODS and not any(callee.sure for callee in use.into):
        return walk.tell("naive-sink", "it is bound to an SQL statement", use.node)
    column = column_of(graph, use.node, walk.values.django_aware)
    if column is not None and use.keyword in ("default", "server_default", "onupdate"):
        return fill(walk, use, column)
    if name in FIELDS and use.keyword == "default":
        return data_field(walk, use)
    return keyword(walk, use)


def _unbound(walk: Walk, use: Use, short: str, operation: op.Operation) -> Follow:
    """``datetime.strftime(value, …)`` and the like (R36)."""
    if short == "strftime":
        rest = operation[-2][1:]
        return formatted(walk, walk.graph.beside(use.node, rest[0]) if rest else 0, use.node)
    if short == "isoformat":
        return become_text(walk, use.node)
    if short == "timestamp":
        walk.note("`.timestamp()` was off by the host's UTC offset and is right now", use.node)
    elif short == "replace":
        return Follow.NO if "tzinfo" in dict(operation[-1]) else Follow.YES
    elif short == "timetuple":
        return timetuple(walk, use.node)
    return Follow.NO


def attribute(walk: Walk, use: Use) -> Follow:
    """Judge an attribute that is read: only an assertion about the zone matters."""
    if use.name not in ("tzinfo", "utcoffset", "tzname"):
        return Follow.NO
    graph = walk.graph
    for user in graph.users(use.node):
        operation = graph.operation(user)
        asserted = operation[0] == op.TRUTH and operation[6]
        if operation[0] in (op.COMPARE, op.UNARY):
            asserted = any(
                graph.operation(outer)[0] == op.TRUTH and graph.operation(outer)[6]
                for outer in graph.users(user)
            )
        if operation[0] in (op.METHOD, op.CALL) and "assert" in graph.called(user):
            asserted = True
        if asserted:
            return walk.tell("asserted-naive", "its `tzinfo` is asserted", user)
    return Follow.NO


def method(walk: Walk, use: Use) -> Follow:
    """Judge a call of one of the value's own methods."""
    graph = walk.graph
    name = use.name
    if name == "replace":
        words = dict(graph.operation(use.node)[8])
        for user in graph.users(use.node):
            operation = graph.operation(user)
            if operation[0] == op.CHOICE and "tzinfo" in words:
                branches = [graph.beside(user, place) for place in operation[6:8]]
                if use.value in branches:
                    clause = "only one of two branches gives it a zone"
                    return walk.tell("zone-optional", clause, user)
        return Follow.NO if "tzinfo" in words or len(use.others) >= 8 else Follow.YES
    if name == "isoformat":
        return become_text(walk, use.node)
    if name in ("__str__", "__repr__"):
        return become_text(walk, use.node)
    if name == "strftime":
        return formatted(walk, use.others[0] if use.others else 0, use.node)
    if name == "timetuple":
        return timetuple(walk, use.node)
    if name == "timestamp":
        walk.note("`.timestamp()` was off by the host's UTC offset and is right now", use.node)
        return Follow.NO
    if name == "astimezone":
        walk.note("`.astimezone()` took the value for local time and is right now", use.node)
        return Follow.NO
    if name in ("timetz", "utcoffset", "tzname"):
        walk.leave(f"`.{name}()` says that it is aware", use.node)
        return Follow.NO
    if name in ("__eq__", "__lt__", "__le__", "__gt__", "__ge__", "__sub__", "__rsub__"):
        for other in use.others:
            return meet(walk, other, use, "compared with")
    if name == "__add__":
        return Follow.YES
    return Follow.NO


def _is_foreign(name: str) -> bool:
    """Whether a callee belongs to a library that keeps naive and aware values apart (U39)."""
    return name.partition(".")[0] in ("pandas", "numpy")
