"""What becomes of a site's value within its own expression."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import NamedTuple

from codemods.catalog.utcnow.facts import OuterKind, Use
from codemods.python.names import Names
from codemods.python.source import SourceFile

__all__ = ["Found", "is_utc", "use_of"]

_FIELDS = frozenset({"year", "month", "day", "hour", "minute", "second", "microsecond", "fold"})
_PARTS = frozenset(
    {"date", "time", "weekday", "isoweekday", "isocalendar", "toordinal", "ctime", "utctimetuple"}
)
_LOCAL = frozenset({"timestamp", "astimezone"})
_DELTAS = frozenset({"datetime.timedelta", "dateutil.relativedelta.relativedelta"})
_UTC = frozenset(
    {
        "datetime.timezone.utc",
        "datetime.UTC",
        "pytz.utc",
        "pytz.UTC",
        "dateutil.tz.UTC",
        "django.utils.timezone.utc",
    }
)
_UTC_CALLS = frozenset({"dateutil.tz.tzutc", "dateutil.tz.UTC"})
_UTC_BY_NAME = frozenset(
    {"zoneinfo.ZoneInfo", "backports.zoneinfo.ZoneInfo", "pytz.timezone", "dateutil.tz.gettz"}
)
_NAIVE_LOCAL = frozenset({"datetime.datetime.now", "datetime.datetime.today"})
_FORMATTERS = frozenset({"datetime.datetime.strftime", "datetime.date.strftime", "builtins.format"})
#: Directives whose text depends on the zone; %s asks the C library for local time.
_ZONE_DIRECTIVE = re.compile(r"%[-_0^#:]*[zZs]")
_SIMPLE_FSTRING = re.compile(r"""[fF](?P<quote>"|'|\"{3}|'{3})\{.*\}Z(?P=quote)\Z""", re.DOTALL)


class Found(NamedTuple):
    """A use, the expression around the site that changes with it, and a note."""

    use: Use
    outer: ast.expr | None = None
    outer_kind: OuterKind | None = None
    note: str = ""


def use_of(node: ast.expr, parents: Mapping[int, ast.AST], names: Names, file: SourceFile) -> Found:
    """Follow a value outwards through what keeps its zone until something uses it."""
    merge: ast.expr | None = None
    value = node
    while True:
        parent = parents.get(id(value))
        if isinstance(parent, ast.Attribute):
            call = parents.get(id(parent))
            called = isinstance(call, ast.Call) and call.func is parent
            if called and parent.attr == "replace":
                assert isinstance(call, ast.Call)
                found = _replaced(call, value is node, names, file)
                if found is not None:
                    return found
                if value is node and _can_add_keyword(call, file):
                    merge = call
                value = call
                continue
            found = _method(parent, call if called else None, parents, names, file)
            return _with_merge(found, merge)
        if isinstance(parent, ast.BinOp) and _keeps(parent, value, names):
            value = parent
            continue
        return _with_merge(_consumer(parent, value, parents, names, file), merge)


def _with_merge(found: Found, merge: ast.expr | None) -> Found:
    if merge is not None and found.outer is None:
        return Found(found.use, merge, OuterKind.ADD_TZINFO, found.note)
    return found


def _replaced(call: ast.Call, direct: bool, names: Names, file: SourceFile) -> Found | None:
    """Judge a `.replace(…)`; None if it keeps the zone."""
    if call.args or any(word.arg is None for word in call.keywords):
        # Eight positional arguments would be needed to reach tzinfo, but ** may hold anything.
        return None if not any(word.arg is None for word in call.keywords) else Found(Use.TRAVELS)
    zone = next((word.value for word in call.keywords if word.arg == "tzinfo"), None)
    if zone is None:
        return None
    if isinstance(zone, ast.Constant) and zone.value is None:
        return Found(Use.STRIPPED)
    if direct and len(call.keywords) == 1 and is_utc(zone, names):
        assert isinstance(call.func, ast.Attribute)
        start = file.span(call.func.value).end
        if "#" not in file.text[start : file.span(call).end]:
            return Found(Use.REDUNDANT, call, OuterKind.DROP_REPLACE)
    return Found(Use.ZONED)


def is_utc(node: ast.expr, names: Names) -> bool:
    """Tell whether an expression is a UTC zone, of whatever library."""
    if isinstance(node, ast.Call):
        found = names.qualified(node.func)
        if not node.args:
            return found.means(*_UTC_CALLS)
        first = node.args[0]
        return (
            found.means(*_UTC_BY_NAME)
            and isinstance(first, ast.Constant)
            and str(first.value).upper() in ("UTC", "ETC/UTC")
        )
    return names.qualified(node).means(*_UTC)


def _can_add_keyword(call: ast.Call, file: SourceFile) -> bool:
    span = file.span(call)
    assert isinstance(call.func, ast.Attribute)
    text = file.text[file.span(call.func).end : span.end]
    return bool(call.keywords) and not call.args and "\n" not in text and "\r" not in text


def _keeps(parent: ast.BinOp, value: ast.expr, names: Names) -> bool:
    """Tell whether a sum or difference is a datetime of the same awareness."""
    if isinstance(parent.op, ast.Add):
        return True  # two datetimes can't be added
    if isinstance(parent.op, ast.Sub) and parent.left is value:
        other = parent.right
        return isinstance(other, ast.Call) and names.qualified(other.func).means(*_DELTAS)
    return False


def _method(
    attribute: ast.Attribute,
    call: ast.AST | None,
    parents: Mapping[int, ast.AST],
    names: Names,
    file: SourceFile,
) -> Found:
    name = attribute.attr
    if not isinstance(call, ast.Call):
        return Found(Use.PARTS if name in _FIELDS else Use.TRAVELS)
    if name in _PARTS:
        return Found(Use.PARTS)
    if name == "strftime":
        pinned = len(call.args) == 1 and _has_no_zone(call.args[0])
        return Found(Use.PARTS if pinned else Use.TEXT)
    if name in _LOCAL:
        return Found(
            Use.LOCAL,
            note=f"`.{name}()` took the naive value for local time; on a host that is not in UTC "
            "the result changes, to the right one",
        )
    if name == "timetuple":
        return _timetuple(call, parents, names)
    if name == "isoformat":
        return _isoformat(call, parents, file)
    return Found(Use.TRAVELS)


def _has_no_zone(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and not _ZONE_DIRECTIVE.search(node.value.replace("%%", ""))
    )


def _timetuple(call: ast.Call, parents: Mapping[int, ast.AST], names: Names) -> Found:
    parent = parents.get(id(call))
    if isinstance(parent, ast.Subscript) and _upper(parent.slice, 8) is not None:
        return Found(Use.PARTS)
    if isinstance(parent, ast.Attribute) and parent.attr.startswith("tm_"):
        return Found(Use.PARTS if parent.attr not in ("tm_isdst", "tm_zone") else Use.MKTIME)
    if isinstance(parent, ast.Call) and call in parent.args:
        called = names.qualified(parent.func)
        if called.means("calendar.timegm"):
            return Found(Use.PARTS)
        if called.means("time.mktime"):
            return Found(
                Use.MKTIME,
                note="`time.mktime` takes UTC fields for local time, before and after; "
                "`calendar.timegm` is what was meant",
            )
    return Found(Use.MKTIME)


def _upper(node: ast.expr, limit: int) -> int | None:
    """Return how far a constant subscript reaches, None if further than `limit` or unknown."""
    if isinstance(node, ast.Slice):
        lower = 0 if node.lower is None else _constant(node.lower)
        upper = None if node.upper is None else _constant(node.upper)
        step = 1 if node.step is None else _constant(node.step)
        if lower is None or upper is None or step is None or step < 1:
            return None
        return upper if lower >= 0 and 0 <= upper <= limit else None
    index = _constant(node)
    return index + 1 if index is not None and 0 <= index < limit else None


def _constant(node: ast.expr) -> int | None:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    return None


def _isoformat(call: ast.Call, parents: Mapping[int, ast.AST], file: SourceFile) -> Found:
    parent = parents.get(id(call))
    if isinstance(parent, ast.Subscript) and parent.value is call:
        # Date and time to the second are 19 characters, to the minute 16, to the hour 13.
        plain = not any(word.arg not in ("sep",) for word in call.keywords) and len(call.args) < 2
        whole = _upper(parent.slice, 19 if plain else 13) is not None
        return Found(Use.PARTS if whole else Use.TEXT)
    if (
        isinstance(parent, ast.BinOp)
        and isinstance(parent.op, ast.Add)
        and parent.left is call
        and isinstance(parent.right, ast.Constant)
        and parent.right.value == "Z"
        and "#" not in file.text[file.span(call).end : file.span(parent).end]
        and not _is_concatenated(parent.right, file)
    ):
        return Found(Use.ZULU, parent, OuterKind.DROP_Z)
    if isinstance(parent, ast.FormattedValue) and parent.value is call:
        whole_string = parents.get(id(parent))
        if isinstance(whole_string, ast.JoinedStr) and _is_zulu(whole_string, parent, file):
            return Found(Use.ZULU, whole_string, OuterKind.DROP_Z)
    return Found(Use.TEXT)


def _is_concatenated(node: ast.Constant, file: SourceFile) -> bool:
    span = file.span(node)
    return file.text[span.start : span.end] not in ('"Z"', "'Z'")


def _is_zulu(string: ast.JoinedStr, value: ast.FormattedValue, file: SourceFile) -> bool:
    match string.values:
        case [first, ast.Constant(value="Z")] if (
            first is value and value.conversion == -1 and value.format_spec is None
        ):
            span = file.span(string)
            text = file.text[span.start : span.end]
            return bool(_SIMPLE_FSTRING.match(text)) and "#" not in text and "\n" not in text
        case _:
            return False


def _consumer(
    parent: ast.AST | None,
    value: ast.expr,
    parents: Mapping[int, ast.AST],
    names: Names,
    file: SourceFile,
) -> Found:
    """Judge what uses a value that nothing is called on."""
    match parent:
        case ast.Expr():
            return Found(Use.PARTS)
        case ast.FormattedValue(conversion=-1, format_spec=ast.JoinedStr(values=[spec])) if (
            parent.value is value and isinstance(spec, ast.Constant) and _has_no_zone(spec)
        ):
            return Found(Use.PARTS)
        case ast.FormattedValue():
            return Found(Use.TEXT)
        case ast.BinOp(op=ast.Mod()):
            return Found(Use.TEXT)
        case ast.Compare() | ast.BinOp():
            return Found(Use.MEETS, note=_local_difference(parent, names))
        case ast.Call() if value in parent.args:
            return _argument(parent, value, names)
        case _:
            return Found(Use.TRAVELS)


def _local_difference(parent: ast.AST, names: Names) -> str:
    for node in ast.walk(parent):
        if (
            isinstance(node, ast.Call)
            and not node.args
            and not node.keywords
            and names.qualified(node.func).means(*_NAIVE_LOCAL)
        ):
            return "UTC time meets local time here; that is wrong before and after"
    return ""


def _argument(call: ast.Call, value: ast.expr, names: Names) -> Found:
    called = names.qualified(call.func)
    if called.means(*_FORMATTERS):
        pinned = len(call.args) == 2 and call.args[0] is value and _has_no_zone(call.args[1])
        empty = pinned and not getattr(call.args[1], "value", "")
        return Found(Use.PARTS if pinned and not empty else Use.TEXT)
    if called.means("builtins.str", "builtins.repr", "builtins.print"):
        return Found(Use.TEXT)
    return Found(Use.TRAVELS)
