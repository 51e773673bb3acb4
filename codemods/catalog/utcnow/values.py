"""What kind of value an operation gives: naive, aware, one of our own sites', or not a datetime."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from codemods.python.flow import Callee, Graph, Node, Path, callers, origins
from codemods.python.flow import summary as op
from codemods.python.flow.summary import FunctionFacts

__all__ = ["Kind", "Value", "Values", "column_of"]


class Kind(enum.Enum):
    """What a value may be, as far as comparison with a datetime goes."""

    OURS = "ours"  #: of a site of this codemod
    NAIVE = "naive"
    AWARE = "aware"
    DELTA = "delta"  #: a timedelta or relativedelta
    OTHER = "other"  #: no datetime: None, a number, text, a date
    UNKNOWN = "unknown"


class Value(NamedTuple):
    """One kind that a value may be, and the operation that made it so."""

    kind: Kind
    node: Node  #: for OURS the site's own node
    sure: bool = True
    column: bool = False  #: it is a database column


_NAIVE_MAKERS: Final = frozenset({"today", "fromordinal", "fromisocalendar"})
_DELTAS: Final = frozenset(
    {
        "datetime.timedelta",
        "dateutil.relativedelta.relativedelta",
        "pandas.Timedelta",
        "pytimeparse.parse",
    }
)
_DELTA_NAME: Final = re.compile(
    r"delta|interval|timeout|duration|lifetime|\bttl|_ttl|grace|max_age|min_age|period|window"
    r"|_age$|^age$|offset|delay|retention|threshold|cooldown|expires_in|expire_after|validity"
    r"|^td$|_td$|^days$|_days$|^hours$|_hours$|_seconds$|_minutes$|lookback|backoff|tolerance"
    r"|leeway|skew|elapsed|span$",
    re.IGNORECASE,
)
_PLAIN_CALLS: Final = frozenset(
    {
        "builtins.int",
        "builtins.float",
        "builtins.str",
        "builtins.len",
        "builtins.bool",
        "builtins.repr",
        "builtins.list",
        "builtins.dict",
        "builtins.set",
        "builtins.tuple",
        "builtins.range",
        "builtins.round",
        "builtins.abs",
        "time.time",
        "time.monotonic",
        "time.mktime",
        "time.perf_counter",
        "calendar.timegm",
        "datetime.date",
        "datetime.date.today",
        "datetime.time",
        "unittest.mock.ANY",
        "mock.ANY",
    }
)
_PLAIN_METHODS: Final = frozenset(
    {
        "date",
        "time",
        "timestamp",
        "isoformat",
        "strftime",
        "timetuple",
        "utctimetuple",
        "total_seconds",
        "weekday",
        "isoweekday",
        "isocalendar",
        "toordinal",
        "ctime",
        "format",
        "encode",
        "decode",
        "split",
        "strip",
        "join",
        "lower",
        "upper",
    }
)
_PLAIN_ATTRIBUTES: Final = frozenset(
    {"year", "month", "day", "hour", "minute", "second", "microsecond", "days", "seconds"}
    | {"microseconds", "fold"}
)
_COLUMN_MAKERS: Final = frozenset({"Column", "mapped_column", "column"})
_NAIVE_TYPES: Final = frozenset({"DateTime", "TIMESTAMP", "DATETIME", "SmallDateTime"})
_AWARE_TYPES: Final = frozenset({"UtcDateTime", "UTCDateTime", "TZDateTime", "TIMESTAMPTZ"})
_AWARE_TYPES_CALLED: Final = re.compile(r"utc|tz|aware", re.IGNORECASE)
_MAPPERS: Final = frozenset(
    {"sqlalchemy", "flask_sqlalchemy", "sqlmodel", "django", "peewee", "mongoengine", "factory"}
)
_NAIVE_FIELDS: Final = re.compile(
    r"^(peewee\.(DateTime|Timestamp)Field|mongoengine\.(\w+\.)*DateTimeField)$"
)


@dataclass(frozen=True)
class Column:
    """What a database column does to a datetime."""

    kind: Kind  #: NAIVE, AWARE or UNKNOWN
    node: Node


def last(name: str) -> str:
    """Return the last part of a dotted name."""
    return name.rpartition(".")[2]


def column_of(graph: Graph, call: Node, django_aware: bool | None) -> Column | None:
    """Tell whether a call makes a database column or field that holds datetimes.

    None for anything else, and for columns of other types. `django_aware` is the project's USE_TZ.
    """
    operation = graph.operation(call)
    if operation[0] not in (op.CALL, op.METHOD):
        return None
    qualified = graph.called(call)
    name = last(qualified) or (
        graph.name_of(graph.beside(call, operation[5])) if operation[0] == op.CALL else ""
    )
    if _NAIVE_FIELDS.match(qualified):
        return Column(Kind.NAIVE, call)
    if name == "DateTimeField":
        if qualified.startswith(("django.", "rest_framework.")) or django_aware is not None:
            return Column(Kind.AWARE if django_aware in (True, None) else Kind.NAIVE, call)
        return Column(Kind.NAIVE, call)
    if name not in _COLUMN_MAKERS:
        return None
    arguments = [*operation[-2], *(place for word, place in operation[-1] if word == "type_")]
    for place in arguments:
        node = graph.beside(call, place)
        kind = _type_kind(graph, node)
        if kind is not None:
            return None if kind is Kind.OTHER else Column(kind, call)
    if name == "mapped_column" or not arguments:
        return Column(Kind.NAIVE, call)
    if all(isinstance(graph.constant(graph.beside(call, place)), str) for place in arguments):
        return Column(Kind.NAIVE, call)
    return Column(Kind.UNKNOWN, call)


def _type_kind(graph: Graph, node: Node, depth: int = 0) -> Kind | None:
    """Return what a column's type makes of datetimes; None when the node is no type."""
    if not node or depth > 3:
        return None
    operation = graph.operation(node)
    called = node
    zoned = False
    if operation[0] in (op.CALL, op.METHOD):
        words = dict(operation[-1])
        zone = (
            graph.constant(graph.beside(node, words["timezone"])) if "timezone" in words else None
        )
        zoned = zone is True
        name = graph.called(node)
        if operation[-2] and graph.constant(graph.beside(node, operation[-2][0])) is True:
            zoned = True
    else:
        name = graph.qualified(called) or ""
        if not name and operation[0] == op.ATTRIBUTE:
            name = f".{operation[6]}"
    short = last(name)
    if short in _NAIVE_TYPES:
        return Kind.AWARE if zoned else Kind.NAIVE
    if short in _AWARE_TYPES:
        return Kind.AWARE
    for definition in graph.definitions(
        graph.beside(node, operation[5]) if operation[0] == op.CALL else node
    ):
        if graph.operation(definition)[0] == op.CLASS:
            if _AWARE_TYPES_CALLED.search(graph.class_(definition).name):
                return Kind.AWARE
            return Kind.UNKNOWN
    if operation[0] == op.VARIABLE:
        for source in graph.inward(node):
            kind = _type_kind(graph, source, depth + 1)
            if kind is not None:
                return kind
    if short and short[:1].isupper() and short not in ("ForeignKey", "Sequence", "Identity"):
        return Kind.OTHER
    return None


class Values:
    """Classifies operands; `sites` are the nodes of this codemod's own sites.

    A reference to `utcnow` without a call is a site too: its value is what calling it gives.
    """

    def __init__(
        self, graph: Graph, sites: Mapping[Node, str], django_aware: bool | None = None
    ) -> None:
        self.graph = graph
        self.sites = sites
        self.django_aware = django_aware
        self._known: dict[Node, tuple[Value, ...]] = {}
        self._busy: set[Node] = set()
        self.paths: set[PurePosixPath] = set()  #: files that would have told more

    @cached_property
    def has_models(self) -> bool:
        """Whether the surveyed files use a library that maps classes to tables."""
        return any(
            str(file.operations[place][5]).partition(".")[0] in _MAPPERS
            for file in self.graph.files
            for place in file.mentions.imports
        )

    def of(self, node: Node, path: Path = ()) -> tuple[Value, ...]:
        """Return every kind that a value may be. Nothing is known of what is not followed."""
        if not node:
            return (Value(Kind.UNKNOWN, 0),)
        if path:
            return self._merge(self._origins(node))
        if node in self._known:
            return self._known[node]
        if node in self._busy or len(self._busy) > 60:
            return ()
        self._busy.add(node)
        result = self._merge(self._origins(node))
        self._busy.discard(node)
        self._known[node] = result
        return result

    def _merge(self, values: Iterable[Value]) -> tuple[Value, ...]:
        found: dict[tuple[Kind, Node], Value] = {}
        for value in values:
            key = (value.kind, value.node)
            if key not in found or (value.sure and not found[key].sure):
                found[key] = value
        return tuple(found.values())

    def _origins(self, node: Node) -> Iterable[Value]:
        for origin in origins(self.graph, node):
            if origin.path and origin.node:
                if origin.node in self.sites:
                    yield Value(Kind.OURS, origin.node, origin.sure)
                else:
                    yield Value(Kind.UNKNOWN, origin.node, origin.sure)
                continue
            for value in self._begin(origin.node):
                if value.kind is Kind.UNKNOWN and self._returned_as_other(node, value.node):
                    value = value._replace(kind=Kind.OTHER)
                if value.kind is Kind.UNKNOWN and value.node:
                    self.paths |= self.graph.unsurveyed(value.node)
                yield value._replace(sure=value.sure and origin.sure)

    def _begin(self, node: Node) -> Iterable[Value]:
        """Classify an operation that makes a value rather than handing one on."""
        if not node:
            return (Value(Kind.UNKNOWN, 0),)
        if node in self.sites:
            return (Value(Kind.OURS, node),)
        graph = self.graph
        operation = graph.operation(node)
        kind = operation[0]
        if kind in (op.CONSTANT, op.TEXT, op.COMPARE, op.UNARY, op.FUNCTION, op.CLASS):
            return (Value(Kind.OTHER, node),)
        if kind in (op.DISPLAY, op.ELEMENTS):
            return (Value(Kind.OTHER, node),)
        if kind == op.BINARY:
            return self._binary(node, operation)
        if kind == op.SLICE:
            return (Value(Kind.OTHER, node),)
        if kind in (op.ATTRIBUTE, op.IMPORT):
            return self._attribute(node, operation)
        if kind == op.PARAMETER:
            return self._parameter(node)
        if kind in (op.CALL, op.METHOD):
            return self._call(node, operation)
        if kind == op.FREE and _DELTA_NAME.search(operation[5]):
            return (Value(Kind.DELTA, node),)
        return (Value(Kind.UNKNOWN, node),)

    def _parameter(self, node: Node) -> Iterable[Value]:
        """A parameter is what its callers give, if these are all in sight; else it is unknown."""
        graph = self.graph
        name = graph.name_of(node)
        facts = graph.file(node).functions[graph.operation(node)[5]]
        for _, place, annotation, _ in facts.parameters:
            if graph.beside(node, place) != node or not annotation:
                continue
            annotated = self._annotated(graph.beside(node, annotation))
            if annotated is not None:
                return (Value(annotated, node),)
        given = self._given(node)
        if given is not None:
            return given
        if _DELTA_NAME.search(name):
            return (Value(Kind.DELTA, node),)
        return (Value(Kind.UNKNOWN, node),)

    def _returned_as_other(self, node: Node, parameter: Node) -> bool:
        """Whether a parameter's value comes from another function, which says it is a text, say."""
        graph = self.graph
        if not parameter or graph.operation(parameter)[0] != op.PARAMETER:
            return False
        file = graph.file(parameter)
        facts = file.functions[graph.operation(parameter)[5]]
        if not facts.result:
            return False
        if graph.file(node) is file and facts.line <= graph.where(node).line <= facts.end_line:
            return False
        return self._annotated(graph.beside(parameter, facts.result)) is Kind.OTHER

    def _given(self, node: Node) -> tuple[Value, ...] | None:
        """Return what a private function's calls pass for a parameter; None: not all are seen."""
        graph = self.graph
        facts = graph.file(node).functions[graph.operation(node)[5]]
        private = facts.name.startswith("_") and not facts.name.startswith("__")
        if private and facts.owner >= 0:
            given = self._given_to_method(node, facts)
            if given is not None:
                return given
        if not (private or facts.outer >= 0):
            return None
        function = graph.beside(node, facts.place)
        calls, complete = callers(graph, function)
        if not complete or not calls:
            return None
        found: list[Value] = []
        for origin in origins(graph, node, through_parameters=True):
            if origin.node == node:
                continue
            if not origin.sure or origin.path:
                return None
            found += self._begin(origin.node)
        return tuple(found)

    def _given_to_method(self, node: Node, facts: FunctionFacts) -> tuple[Value, ...] | None:
        """Return what the calls of a private method pass, by its name: no class hides them."""
        graph = self.graph
        if facts.decorators:
            return None
        function = graph.beside(node, facts.place)
        found: list[Value] = []
        for call in graph.by_name.of(facts.name):
            operation = graph.operation(call)
            if operation[0] != op.METHOD or None in dict(operation[-1]):
                return None
            given = [
                place
                for position, place in enumerate(operation[-2])
                if graph.parameter(Callee(function, 1, 0, True), position, None) == node
            ]
            given += [
                place
                for word, place in operation[-1]
                if graph.parameter(Callee(function, 1, 0, True), -1, word) == node
            ]
            if len(given) != 1 or graph.operation(graph.beside(call, given[0]))[0] == op.STAR:
                return None
            found += self.of(graph.beside(call, given[0]))
        return tuple(found) or None

    def _annotated(self, node: Node) -> Kind | None:
        graph = self.graph
        operation = graph.operation(node)
        if operation[0] == op.ITEM:
            return self._annotated(graph.beside(node, operation[6])) if operation[6] else None
        if operation[0] == op.BINARY:
            kinds = {
                self._annotated(graph.beside(node, place))
                for place in operation[6:8]
                if graph.constant(graph.beside(node, place)) is not None
            }
            return kinds.pop() if len(kinds) == 1 else None
        name = graph.qualified(node) or ""
        if name in _DELTAS:
            return Kind.DELTA
        if name in ("builtins.int", "builtins.float", "builtins.str", "datetime.date"):
            return Kind.OTHER
        if name in ("pydantic.AwareDatetime", "pydantic.types.AwareDatetime"):
            return Kind.AWARE
        if name in ("pydantic.NaiveDatetime", "pydantic.types.NaiveDatetime"):
            return Kind.NAIVE
        return None

    def _attribute(self, node: Node, operation: op.Operation) -> Iterable[Value]:
        graph = self.graph
        name = graph.qualified(node) or ""
        if name in ("datetime.datetime.min", "datetime.datetime.max"):
            return (Value(Kind.NAIVE, node),)
        if name.startswith(("datetime.time.", "datetime.date.")):
            return (Value(Kind.OTHER, node),)
        if name.startswith("datetime.timedelta.") or name in _PLAIN_CALLS:
            return (Value(Kind.DELTA if "timedelta" in name else Kind.OTHER, node),)
        if operation[0] != op.ATTRIBUTE:
            short = last(name)
            return (Value(Kind.DELTA if _DELTA_NAME.search(short) else Kind.UNKNOWN, node),)
        attribute = operation[6]
        if attribute in _PLAIN_ATTRIBUTES:
            return (Value(Kind.OTHER, node),)
        base = graph.beside(node, operation[5])
        owners = graph.types(base) if base else None
        if not owners:
            # Reach by name: a column of this name in any class of ours makes it one.
            for owner in graph.owners(attribute):
                for place in graph.class_(owner).members[attribute]:
                    column = column_of(graph, graph.beside(owner, place), self.django_aware)
                    if column is not None and column.kind is Kind.NAIVE:
                        return (Value(Kind.NAIVE, column.node, sure=False, column=True),)
        if owners:
            for owner in owners:
                annotation = graph.class_(owner).annotations.get(attribute)
                if annotation:
                    kind = self._annotated(graph.beside(owner, annotation))
                    if kind is not None:
                        return (Value(kind, node),)
        if _DELTA_NAME.search(attribute):
            return (Value(Kind.DELTA, node),)
        return (Value(Kind.UNKNOWN, node),)

    def _binary(self, node: Node, operation: op.Operation) -> Iterable[Value]:
        graph = self.graph
        operator = operation[5]
        left, right = graph.beside(node, operation[6]), graph.beside(node, operation[7])
        if operator not in ("+", "-"):
            kinds = {value.kind for value in (*self.of(left), *self.of(right))}
            return (Value(Kind.DELTA if Kind.DELTA in kinds else Kind.OTHER, node),)
        lefts, rights = self.of(left), self.of(right)
        if operator == "+":
            times = [
                value
                for value in (*lefts, *rights)
                if value.kind in (Kind.OURS, Kind.NAIVE, Kind.AWARE)
            ]
            if times:
                return times
            if all(value.kind is Kind.DELTA for value in (*lefts, *rights)):
                return (Value(Kind.DELTA, node),)
            if any(value.kind is Kind.DELTA for value in (*lefts, *rights)):
                return (Value(Kind.UNKNOWN, node),)
            if any(value.kind is Kind.OTHER for value in (*lefts, *rights)):
                return (Value(Kind.OTHER, node),)
            return (Value(Kind.UNKNOWN, node),)
        if all(value.kind is Kind.DELTA for value in rights):
            return lefts
        if any(value.kind in (Kind.OURS, Kind.NAIVE, Kind.AWARE) for value in rights):
            return (Value(Kind.DELTA, node),)
        if all(value.kind is Kind.OTHER for value in rights):
            return (Value(Kind.OTHER, node),)
        return (Value(Kind.UNKNOWN, node),)

    # Calls

    def _call(self, node: Node, operation: op.Operation) -> Iterable[Value]:
        graph = self.graph
        column = column_of(graph, node, self.django_aware)
        if column is not None:
            return (Value(column.kind, node, column=True),)
        if operation[0] == op.CALL:
            called = [
                Value(Kind.OURS, origin.node, origin.sure)
                for origin in origins(graph, graph.beside(node, operation[5]))
                if origin.node in self.sites
            ]
            if called:
                return called
        name = graph.called(node)
        words: Mapping[str | None, int] = dict(operation[-1])
        if name in _DELTAS:
            return (Value(Kind.DELTA, node),)
        if name.startswith("datetime.datetime") and "()" not in name:
            return self._datetime(node, operation, name.removeprefix("datetime.datetime"), words)
        if name in _PLAIN_CALLS:
            return (Value(Kind.OTHER, node),)
        if name in ("builtins.max", "builtins.min", "builtins.next", "builtins.sum"):
            found: list[Value] = []
            for place in operation[-2]:
                found += self.of(
                    graph.beside(node, place), ("",) if len(operation[-2]) == 1 else ()
                )
            return found or (Value(Kind.UNKNOWN, node),)
        if name in ("copy.copy", "copy.deepcopy") and operation[-2]:
            return self.of(graph.beside(node, operation[-2][0]))
        if name == "django.utils.timezone.now":
            return (Value(Kind.NAIVE if self.django_aware is False else Kind.AWARE, node),)
        if name in ("django.utils.timezone.make_aware",):
            return (Value(Kind.AWARE, node),)
        if name in ("django.utils.timezone.make_naive",):
            return (Value(Kind.NAIVE, node),)
        if name.startswith(("pendulum.", "arrow.")) or name.endswith(".localize"):
            return (Value(Kind.AWARE, node),)
        if name in ("dataclasses.field", "attr.ib", "attrs.field", "attr.attrib"):
            return self._field(node, operation)
        if operation[0] == op.METHOD:
            return self._method(node, operation, words)
        made = graph.constructed(node)
        if made:
            short = graph.class_(made[0]).name
            for outside in graph.outside_bases(made[0]):
                if outside == "datetime.datetime":
                    return self._datetime(node, operation, "", words)
            return (Value(Kind.UNKNOWN if "date" in short.lower() else Kind.OTHER, node),)
        return (Value(Kind.UNKNOWN, node),)

    def _field(self, node: Node, operation: op.Operation) -> Iterable[Value]:
        graph = self.graph
        found: list[Value] = []
        for word, place in operation[-1]:
            if word == "default":
                found += self.of(graph.beside(node, place))
            elif word in ("default_factory", "factory"):
                factory = graph.beside(node, place)
                if factory in self.sites:
                    found.append(Value(Kind.OURS, factory))
                    continue
                for definition in graph.definitions(factory):
                    if graph.operation(definition)[0] == op.FUNCTION:
                        for place_of in graph.function(definition).returns:
                            value = graph.operation(graph.beside(definition, place_of))[5]
                            found += self.of(graph.beside(definition, value))
        return found or (Value(Kind.UNKNOWN, node),)

    def _datetime(
        self, node: Node, operation: op.Operation, name: str, words: Mapping[str | None, int]
    ) -> Iterable[Value]:
        """Classify ``datetime.datetime`` and its class methods."""
        graph = self.graph
        positional = operation[-2]
        naive, aware = (Value(Kind.NAIVE, node),), (Value(Kind.AWARE, node),)
        unknown = (Value(Kind.UNKNOWN, node),)
        zone = words.get("tzinfo") or words.get("tz")
        if zone:
            given = graph.constant(graph.beside(node, zone))
            return naive if given is None else aware
        if name == "":
            if len(positional) >= 8:
                return naive if graph.constant(graph.beside(node, positional[7])) is None else aware
            return unknown if None in words else naive
        if name in (".now", ".fromtimestamp"):
            if len(positional) > (name == ".fromtimestamp"):
                argument = graph.beside(node, positional[-1])
                return naive if graph.constant(argument) is None else aware
            return unknown if None in words else naive
        if name.lstrip(".") in _NAIVE_MAKERS or name in (".utcnow", ".utcfromtimestamp"):
            return naive
        if name == ".combine":
            if len(positional) == 3:
                return aware
            times = self.of(graph.beside(node, positional[1])) if len(positional) > 1 else ()
            return unknown if any(value.kind is Kind.UNKNOWN for value in times) else naive
        if name == ".strptime":
            if len(positional) < 2:
                return unknown
            formats = [
                graph.constant(origin.node)
                for origin in origins(graph, graph.beside(node, positional[1]))
            ]
            if any(not isinstance(text, str) for text in formats):
                return unknown
            return aware if all("%z" in str(text) for text in formats) else naive
        if name == ".fromisoformat" and positional:
            return self._from_text(node, graph.beside(node, positional[0]))
        if name in (".min", ".max"):
            return naive
        if name.lstrip(".") in ("replace", "astimezone", "min.replace", "max.replace"):
            return self._method(node, operation, words)
        return (Value(Kind.OTHER, node),)

    def _from_text(self, node: Node, text: Node) -> Iterable[Value]:
        """A datetime read from text that one of ours was written to is one of ours."""
        graph = self.graph
        found: list[Value] = []
        for origin in origins(graph, text):
            constant = graph.constant(origin.node) if origin.node and not origin.path else ...
            if isinstance(constant, str):
                zoned = bool(re.search(r"(Z|[+-]\d\d:?\d\d)$", constant))
                found.append(Value(Kind.AWARE if zoned else Kind.NAIVE, node))
                continue
            operation = graph.operation(origin.node) if origin.node and not origin.path else (0,)
            if operation[0] == op.METHOD and operation[6] == "isoformat":
                found += self.of(graph.beside(origin.node, operation[5]))
                continue
            found.append(Value(Kind.UNKNOWN, node))
        return found

    def _method(
        self, node: Node, operation: op.Operation, words: Mapping[str | None, int]
    ) -> Iterable[Value]:
        graph = self.graph
        name = operation[6]
        base = graph.beside(node, operation[5])
        if name == "replace":
            zone = words.get("tzinfo")
            if zone:
                constant = graph.constant(graph.beside(node, zone))
                return (Value(Kind.NAIVE if constant is None else Kind.AWARE, node),)
            if len(operation[7]) == 2:
                return (Value(Kind.OTHER, node),)  # of a text
            return self.of(base)
        if name == "astimezone":
            return (Value(Kind.AWARE, node),)
        if name in _PLAIN_METHODS:
            return (Value(Kind.OTHER, node),)
        if name == "localize":
            return (Value(Kind.AWARE, node),)
        if name == "get" and len(operation[7]) > 1:
            return (Value(Kind.UNKNOWN, node),)
        if _DELTA_NAME.search(name):
            return (Value(Kind.DELTA, node),)
        return (Value(Kind.UNKNOWN, node),)
