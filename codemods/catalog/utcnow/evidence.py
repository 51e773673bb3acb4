"""What the repository says against making one site aware, found by following its value."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Final

from codemods.catalog.utcnow.clocks import Test
from codemods.catalog.utcnow.normalizers import is_normalized
from codemods.catalog.utcnow.texts import Fate, Texts, literal_after, named_by, shown_by, tells_zone
from codemods.catalog.utcnow.values import Kind, Value, Values, column_of, last
from codemods.python.flow import (
    Escape,
    Follow,
    Graph,
    Needs,
    Node,
    Path,
    Step,
    Use,
    follow,
    origins,
)
from codemods.python.flow import summary as op

__all__ = ["Evidence", "Finding", "Seed", "examine"]


@dataclass(frozen=True, slots=True)
class Seed:
    """A site as the flow graph knows it."""

    site: str  #: `Site.id`
    node: Node
    reference: bool = False  #: the function itself, not a call of it


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that would break or change if the value were aware."""

    reason: str  #: the reason's code without the codemod's name
    clause: str  #: completes "the exact form, since …"
    node: Node  #: where it is
    other: Node = 0  #: where what it meets was made


@dataclass
class Finding:
    """All that was found about one site."""

    evidence: list[Evidence] = field(default_factory=list)
    links: dict[Node, Node] = field(default_factory=dict)  #: sites that it meets, and where
    notes: list[tuple[str, Node]] = field(default_factory=list)  #: for the reviewer
    leaves: list[tuple[str, Node]] = field(default_factory=list)  #: where it goes out of sight
    needs: Needs = field(default_factory=Needs)
    places: int = 0


_SAFE_METHODS: Final = frozenset(
    {
        "date",
        "time",
        "weekday",
        "isoweekday",
        "isocalendar",
        "toordinal",
        "ctime",
        "utctimetuple",
        "__hash__",
        "dst",
    }
)
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
_ASSERTIONS: Final = re.compile(
    r"\.assert(Equals?|NotEquals?|Less|LessEqual|Greater|GreaterEqual|AlmostEquals?|In|NotIn"
    r"|AlmostEqual|DictEqual|ListEqual|CountEqual|called_with|called_once_with|any_call)$"
)
_ZONE_FORMAT: Final = re.compile(r"(?<!%)(?:%%)*%[-_0^#:]*[zZs]")
_SQL_METHODS: Final = frozenset({"execute", "executemany", "mogrify", "fetchrow", "fetchval"})
_COLUMN_CALLS: Final = (
    "Column(",
    "db.Column(",
    "sa.Column(",
    "sqlalchemy.Column(",
    "mapped_column(",
    "DateTimeField(",
    "models.DateTimeField(",
)
#: What gives local time without a zone (U38).
_LOCAL: Final = frozenset(
    {
        "datetime.datetime.now",
        "datetime.datetime.today",
        "datetime.datetime.fromtimestamp",
    }
)
_FIELDS: Final = frozenset(
    {
        "dataclasses.field",
        "attr.ib",
        "attr.attrib",
        "attrs.field",
        "attr.field",
        "pydantic.Field",
        "pydantic.fields.Field",
    }
)
#: Calls outside the repository whose effect on the value is known.
_UNDERSTOOD: Final = _SAFE_CALLS | _COPIES | _MEETINGS | _TEXT_CALLS | _FIELDS
#: How docstrings say that a value has no zone.
_NAIVE_CONTRACT: Final = re.compile(
    r"\bnaive|without (a |any )?(tz|time ?zone)|no tz|not (tz|time ?zone)[- ]aware"
    r"|(tz|time ?zone)[- ](less|unaware)",
    re.IGNORECASE,
)
_TIMES: Final = frozenset({Kind.OURS, Kind.NAIVE, Kind.AWARE})
_ORM_WORDS: Final = frozenset(
    {"values", "update", "filter_by", "create", "get_or_create", "update_or_create", "insert"}
)


def examine(
    values: Values,
    seed: Seed,
    *,
    test_of: Callable[[Node], Test | None],
    searched: Collection[bytes] = (),
    refused: Collection[bytes] = (),
    thorough: bool = False,
    texts: dict[Node, Fate] | None = None,
) -> Finding:
    """Follow a site's value and return what speaks against making it aware.

    Unless `thorough`, it stops at the first evidence: a condemned value is followed no further.
    """
    walk = _Walk(values, seed, test_of, searched, refused, thorough, {} if texts is None else texts)
    return walk.run()


class _Walk:
    def __init__(
        self,
        values: Values,
        seed: Seed,
        test_of: Callable[[Node], Test | None],
        searched: Collection[bytes],
        refused: Collection[bytes],
        thorough: bool,
        texts: dict[Node, Fate],
    ) -> None:
        self.values = values
        self.graph: Graph = values.graph
        self.seed = seed
        self.searched = searched
        self.refused = refused
        self.test_of = test_of
        self.test = test_of(seed.node)
        self.thorough = thorough
        self.texts = texts
        self.finding = Finding()
        self.again: list[Node] = []

    def run(self) -> Finding:
        path: Path = (Step.CALL,) if self.seed.reference else ()
        name = self.graph.name_of(self.seed.node)
        if "naive" in name.lower() and not self.seed.reference:
            self.tell("naive-contract", f"it is called `{name}`", self.seed.node)
        waiting: list[tuple[Node, Path]] = [(self.seed.node, path)]
        seen: set[Node] = set()
        while waiting and (self.thorough or not self.finding.evidence):
            reach = follow(self.graph, waiting, self.judge, self.searched, self.refused)
            self.finding.needs |= reach.needs
            self.finding.places += len(reach.places)
            for escape in reach.escapes:
                self.escaped(escape)
            waiting = [(node, ()) for node in self.again if node not in seen]
            seen.update(node for node, _ in waiting)
        return self.finding

    # Telling

    def tell(self, reason: str, clause: str, node: Node, other: Node = 0) -> Follow:
        self.finding.evidence.append(Evidence(reason, clause, node, other))
        return Follow.NO if self.thorough else Follow.STOP

    def note(self, text: str, node: Node) -> None:
        self.finding.notes.append((text, node))

    def leave(self, what: str, node: Node) -> None:
        self.finding.leaves.append((what, node))

    def escaped(self, escape: Escape) -> None:
        if escape.kind == "unknown-call" and (
            escape.name in _UNDERSTOOD or escape.name.startswith("datetime.")
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
        self.leave(what, escape.node)

    # Meeting other values

    def meet(self, other: Node, use: Use, verb: str, path: Path = ()) -> Follow:
        """The value meets another one, which must be aware when it is."""
        answer = Follow.NO
        for value in self.values.of(other, path):
            if value.kind in (Kind.NAIVE, Kind.UNKNOWN):
                answer = self.conflict(value, use, verb)
                if answer is Follow.STOP:
                    return answer
            elif value.kind is Kind.OURS:
                self.finding.links.setdefault(value.node, use.node)
        return answer

    def conflict(self, value: Value, use: Use, verb: str) -> Follow:
        if value.column:
            return self.tell(
                "naive-column", f"it is {verb} a column without a time zone", use.node, value.node
            )
        if value.node and self.graph.called(value.node) in _LOCAL:
            return self.tell("local-time", f"it is {verb} local time", use.node, value.node)
        if value.kind is Kind.NAIVE:
            return self.tell(
                f"{_code(verb)}-naive", f"it is {verb} a naive value", use.node, value.node
            )
        return self.tell(
            f"{_code(verb)}-unknown",
            f"it is {verb} a value that may be naive",
            use.node,
            value.node,
        )

    # The judge

    def judge(self, use: Use) -> Follow:
        if use.kind == "argument" and is_normalized(self.graph, use):
            return Follow.PAST
        if not use.sure and self.is_in_another_test(use.node):
            return Follow.NO
        if use.inside:
            return self.inside(use)
        handler = {
            "method": self.method,
            "attribute": self.attribute,
            "binary": self.binary,
            "compare": self.compare,
            "argument": self.argument,
            "text": self.text,
            "store": self.store,
        }.get(use.kind)
        if handler is not None:
            return handler(use)
        if use.kind == "key":
            if not use.others or self.graph.operation(use.others[0])[0] == op.DISPLAY:
                self.leave("is a key", use.node)
                return Follow.NO
            return self.tell("compared-with-unknown", "it is a key among others", use.node)
        if use.kind == "return":
            return self.returned(use)
        return Follow.NO

    def is_in_another_test(self, node: Node) -> bool:
        """Whether a test uses what no more than a name leads to, from another test (U72)."""
        other = None if self.test is None else self.test_of(node)
        return other is not None and other != self.test

    def returned(self, use: Use) -> Follow:
        """A helper whose docstring promises a naive value keeps its word (R31)."""
        graph = self.graph
        number = graph.operation(use.node)[6]
        if number >= 0:
            facts = graph.file(use.node).functions[number]
            if _NAIVE_CONTRACT.search(facts.doc) or "naive" in facts.name.lower():
                return self.tell("naive-contract", f"`{facts.name}()` promises it naive", use.node)
            if ">>>" in facts.doc:
                return self.tell("doctest", f"the doctest of `{facts.name}()` shows it", use.node)
        return Follow.NO

    def inside(self, use: Use) -> Follow:
        """The value lies inside another one that is used: a container, a callable."""
        graph = self.graph
        if use.kind == "argument":
            name = last(use.name)
            if use.inside[0] is Step.CALL:
                return self.reference(use)
            if name in _SQL_METHODS and not any(callee.sure for callee in use.into):
                return self.tell("naive-sink", "it is bound to an SQL statement", use.node)
            if use.name in _MEETINGS or _ASSERTIONS.search(use.name):
                return self.meet_elements(use)
            if name == "format" or use.name in _TEXT_CALLS:
                self.leave("is formatted inside a container", use.node)
            if self.foreign(use.name):
                return self.tell("naive-sink", f"it is handed to `{use.name}`", use.node)
            if name in ("add", "bulk_insert_mappings", "bulk_save_objects"):
                self.leave("is handed to a database session", use.node)
        elif use.kind == "binary" and use.name == "%" and use.index == 1:
            return self.text(use)
        elif use.kind == "compare" and use.name in ("in", "not in") and use.index == 1:
            for other in use.others:
                answer = self.meet(other, use, "compared with")
                if answer is Follow.STOP:
                    return answer
        elif use.kind == "compare" and not set(use.name.split()) <= {"is", "is not"}:
            if use.inside[0] is not Step.CALL:
                for other in use.others:
                    if self.graph.operation(other)[0] in (op.DISPLAY, op.CALL, op.METHOD, op.ITEM):
                        self.leave("is compared inside a container", use.node)
        elif use.kind == "item" and use.inside[0] is Step.CALL:
            self.leave(
                "is kept in a container as a function", graph.beside(use.node, 0) or use.node
            )
        return Follow.NO

    def meet_elements(self, use: Use) -> Follow:
        """The other elements of the container meet the value."""
        graph = self.graph
        answer = Follow.NO
        for origin in origins(graph, use.value):
            operation = graph.operation(origin.node) if origin.node else (0,)
            if operation[0] == op.DISPLAY:
                for _, place in operation[6]:
                    other = graph.beside(origin.node, place)
                    if other and self.seed.node not in [v.node for v in self.values.of(other)]:
                        answer = self.meet(other, use, "compared with")
                        if answer is Follow.STOP:
                            return answer
        return answer

    def reference(self, use: Use) -> Follow:
        """A function that returns the value is handed to a call: a column's default, a factory."""
        graph = self.graph
        column = column_of(graph, use.node, self.values.django_aware)
        if column is not None:
            if column.kind is not Kind.AWARE:
                return self.tell(
                    "naive-column", "it fills a column without a time zone", use.node, column.node
                )
            return Follow.YES
        if use.name in _FIELDS:
            return self.field(use)
        if last(use.name) in ("Column", "mapped_column"):
            return Follow.NO  # a column of another type
        return Follow.NO

    def field(self, use: Use) -> Follow:
        """A field of a data class: its annotation may want naive values (U30)."""
        graph = self.graph
        for owner, name in graph.memberships(use.node):
            annotation = graph.class_(owner).annotations.get(name)
            if annotation:
                wanted = graph.qualified(graph.beside(owner, annotation)) or ""
                if last(wanted) == "NaiveDatetime":
                    return self.tell("naive-sink", "its field is a `NaiveDatetime`", use.node)
        return Follow.YES

    def attribute(self, use: Use) -> Follow:
        if use.name not in ("tzinfo", "utcoffset", "tzname"):
            return Follow.NO
        graph = self.graph
        for user in graph.users(use.node):
            operation = graph.operation(user)
            asserted = operation[0] == op.TRUTH and operation[6]
            if operation[0] == op.COMPARE:
                asserted = any(
                    graph.operation(outer)[0] == op.TRUTH and graph.operation(outer)[6]
                    for outer in graph.users(user)
                )
            if operation[0] in (op.METHOD, op.CALL) and "assert" in graph.called(user):
                asserted = True
            if asserted:
                return self.tell("asserted-naive", "its `tzinfo` is asserted", user)
        return Follow.NO

    def method(self, use: Use) -> Follow:
        graph = self.graph
        name = use.name
        if name == "replace":
            words = dict(graph.operation(use.node)[8])
            for user in graph.users(use.node):
                operation = graph.operation(user)
                if operation[0] == op.CHOICE and "tzinfo" in words:
                    branches = [graph.beside(user, place) for place in operation[6:8]]
                    if use.value in branches:
                        clause = "only one of two branches gives it a zone"
                        return self.tell("zone-optional", clause, user)
            return Follow.NO if "tzinfo" in words or len(use.others) >= 8 else Follow.YES
        if name == "isoformat":
            return self.become_text(use.node)
        if name in ("__str__", "__repr__"):
            return self.become_text(use.node)
        if name == "strftime":
            return self.formatted(use.others[0] if use.others else 0, use.node)
        if name == "timetuple":
            return self.timetuple(use.node)
        if name == "timestamp":
            self.note("`.timestamp()` was off by the host's UTC offset and is right now", use.node)
            return Follow.NO
        if name == "astimezone":
            self.note("`.astimezone()` took the value for local time and is right now", use.node)
            return Follow.NO
        if name in ("timetz", "utcoffset", "tzname"):
            self.leave(f"`.{name}()` says that it is aware", use.node)
            return Follow.NO
        if name in ("__eq__", "__lt__", "__le__", "__gt__", "__ge__", "__sub__", "__rsub__"):
            for other in use.others:
                return self.meet(other, use, "compared with")
        if name == "__add__":
            return Follow.YES
        return Follow.NO

    def timetuple(self, node: Node) -> Follow:
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
            elif not self.same_in_tuple(use):
                told.append(("its time tuple holds a DST flag", use.node))
            return Follow.NO

        graph = self.graph
        told: list[tuple[str, Node]] = []
        follow(graph, [(node, ())], judge, guess=False)
        return self.tell("time-tuple", *told[0]) if told else Follow.NO

    def same_in_tuple(self, use: Use) -> bool:
        """Whether a use of a time tuple does not see its last three fields."""
        constant = self.graph.constant
        if use.kind == "argument":
            return use.name == "calendar.timegm"
        if use.kind == "attribute":
            return use.name not in ("tm_isdst", "tm_zone", "tm_gmtoff")
        if use.kind == "subscript":
            return constant(use.others[0]) in range(8)
        if use.kind == "slice":
            return constant(use.others[1]) in range(9)
        return use.kind != "star"

    def formatted(self, template: Node, node: Node) -> Follow:
        """An explicit format prints the same unless it asks for the zone (U8, U16)."""
        graph = self.graph
        for origin in origins(graph, template):
            text = graph.constant(origin.node) if origin.node and not origin.path else ...
            if isinstance(text, str):
                if _ZONE_FORMAT.search(text):
                    return self.tell("zone-in-format", "its format prints the zone", node)
            else:
                self.leave("is formatted by an unknown format", node)
        return Follow.NO

    def become_text(self, node: Node) -> Follow:
        """Follow the text that `isoformat()` or `str()` made."""
        fate = self.texts.get(node)
        if fate is None:
            walker = Texts(self.graph, self.seconds_end(node))
            reach = follow(
                self.graph, [(node, ())], walker, self.searched, self.refused, guess=False
            )
            fate = self.texts[node] = walker.fate
            fate.leaves += [
                escape.node for escape in reach.escapes if escape.kind == "unknown-call"
            ]
        return self.fated(fate, node)

    def seconds_end(self, node: Node) -> int:
        """How many characters of a text are there whatever the zone and the fraction."""
        operation = self.graph.operation(node)
        if operation[0] != op.METHOD or operation[6] != "isoformat":
            return 19
        plain = len(operation[7]) < 2 and all(word == "sep" for word, _ in operation[8])
        return 19 if plain else 13

    def fated(self, fate: Fate, node: Node) -> Follow:
        graph = self.graph
        for reason, clause, where in fate.evidence:
            answer = self.tell(reason, clause, where)
            if answer is Follow.STOP:
                return answer
        for other, where in fate.compared:
            for origin in origins(graph, other):
                operation = graph.operation(origin.node) if origin.node else (0,)
                if operation[0] == op.METHOD and operation[6] in ("isoformat", "strftime"):
                    kinds = self.values.of(graph.beside(origin.node, operation[5]))
                    if all(value.kind in (Kind.OURS, Kind.AWARE) for value in kinds):
                        for value in kinds:
                            if value.kind is Kind.OURS:
                                self.finding.links.setdefault(value.node, where)
                        continue
                if graph.constant(origin.node) is None:
                    continue
                answer = self.tell(
                    "text-compared", "its text is compared with another", where, origin.node
                )
                if answer is Follow.STOP:
                    return answer
        for where in fate.leaves[:1]:
            shown = shown_by(graph.called(where)) if graph.is_call(where) else ""
            text = f"its {shown} text ends in `+00:00` now" if shown else ""
            self.leave(text or "its text, which ends in `+00:00` now, goes on", where)
        if not fate.evidence and not fate.leaves:
            self.leave("its text ends in `+00:00` now", node)
        self.again += fate.read_back
        return Follow.NO

    def text(self, use: Use) -> Follow:
        """Formatted by an f-string, ``%`` or ``str.format``: a format spec, or `str()`."""
        graph = self.graph
        if use.kind == "text" and "%" in use.name:
            if _ZONE_FORMAT.search(use.name):
                return self.tell("zone-in-format", "its format prints the zone", use.node)
            return Follow.NO
        if use.kind == "binary":
            left = graph.constant(use.others[0]) if use.others else ...
            if not isinstance(left, str):
                return Follow.NO
        after, ends = literal_after(graph, use)
        if tells_zone(after):
            return self.tell("text-extended", "a zone is appended to its text", use.node)
        named = named_by(graph, use.node)
        if named:
            return self.tell("text-names-file", "its text becomes part of a file's name", named)
        return self.become_text(use.node) if ends else self.embedded(use)

    def embedded(self, use: Use) -> Follow:
        graph = self.graph
        callers = (graph.called(user) for user in graph.users(use.node) if graph.is_call(user))
        shown = next((word for word in map(shown_by, callers) if word), "")
        self.leave(f"its {shown} text has `+00:00` in it now".replace("  ", " "), use.node)
        return Follow.NO

    def binary(self, use: Use) -> Follow:
        if use.name == "+":
            others = {value.kind for other in use.others for value in self.values.of(other)}
            # Nothing is the sum of two times: what gets here is none.
            return Follow.NO if others & _TIMES else Follow.YES
        if use.name == "%":
            return self.text(use) if use.index == 1 else Follow.NO
        if use.name != "-":
            return Follow.NO
        other = use.others[0]
        if use.index == 1:
            return self.meet(other, use, "subtracted from")
        kinds = {value.kind for value in self.values.of(other)}
        if kinds <= {Kind.DELTA, Kind.OTHER}:
            return Follow.YES
        if kinds == {Kind.UNKNOWN} and self.like_a_delta(other):
            return Follow.YES
        if not kinds & _TIMES and self.result_is_datetime(use.node):
            return Follow.YES
        answer = self.meet(other, use, "subtracted from")
        if answer is Follow.STOP:
            return answer
        return Follow.YES if Kind.DELTA in kinds else Follow.NO

    def like_a_delta(self, node: Node) -> bool:
        """Whether an unknown operand can only be a span of time: a product of units."""
        operation = self.graph.operation(node)
        return operation[0] == op.BINARY and operation[5] in ("*", "/", "//")

    def result_is_datetime(self, node: Node) -> bool:
        """Whether ``value - unknown`` is used as only a datetime can be."""
        graph = self.graph
        for user in graph.users(node):
            operation = graph.operation(user)
            if operation[0] == op.METHOD and graph.beside(user, operation[5]) == node:
                return operation[6] in (
                    "isoformat",
                    "strftime",
                    "replace",
                    "date",
                    "timetuple",
                    "timestamp",
                    "astimezone",
                    "utctimetuple",
                )
            if operation[0] == op.ATTRIBUTE:
                return operation[6] in ("year", "month", "day", "hour", "minute", "tzinfo")
        return False

    def compare(self, use: Use) -> Follow:
        names = set(use.name.split()) if use.name not in ("is not", "not in") else {use.name}
        if names <= {"is", "is not"}:
            return Follow.NO
        answer = Follow.NO
        for other in use.others:
            if names <= {"in", "not in"} and use.index == 0:
                answer = self.membership(other, use)
            else:
                answer = self.meet(other, use, "compared with")
            if answer is Follow.STOP:
                return answer
        return answer

    def membership(self, container: Node, use: Use) -> Follow:
        graph = self.graph
        answer = Follow.NO
        for origin in origins(graph, container):
            operation = graph.operation(origin.node) if origin.node else (0,)
            if operation[0] != op.DISPLAY:
                return self.tell(
                    "compared-with-unknown", "it is looked for among unknown values", use.node
                )
            for key, place in operation[6]:
                other = graph.beside(origin.node, key if operation[5] == "dict" else place)
                answer = self.meet(other, use, "compared with")
                if answer is Follow.STOP:
                    return answer
        return answer

    def foreign(self, name: str) -> bool:
        """Whether a callee belongs to a library that keeps naive and aware values apart (U39)."""
        return name.partition(".")[0] in ("pandas", "numpy")

    def argument(self, use: Use) -> Follow:
        graph = self.graph
        name, short = use.name, last(use.name)
        operation = graph.operation(use.node)
        if name in _COPIES:
            return Follow.YES
        if name in _TEXT_CALLS:
            if name == "builtins.format" and len(operation[-2]) == 2:
                return self.formatted(graph.beside(use.node, operation[-2][1]), use.node)
            return self.become_text(use.node)
        if name in _SAFE_CALLS:
            return Follow.NO
        if name.rpartition(".")[0] == "datetime.datetime" and use.position == 0:
            return self.unbound(use, short, operation)
        if name in _MEETINGS or _ASSERTIONS.search(name):
            answer = self.meet_arguments(use, operation)
            if answer is Follow.STOP or name in _MEETINGS - {"builtins.max", "builtins.min"}:
                return answer
            return Follow.YES if name in _MEETINGS else answer
        if _NAIVE_ONLY.search(name) and use.position == 0:
            return self.tell("naive-sink", f"`{short}()` takes naive values only", use.node)
        if short in ("utcoffset", "dst", "tzname") and use.position == 0 and name.startswith("."):
            return self.tell("naive-sink", f"`{short}()` of a time zone gets it", use.node)
        if short == "assertIsNone" or self.foreign(name):
            return self.tell("naive-sink", f"it is handed to `{short}`", use.node)
        if name == ".format" and isinstance(
            graph.constant(graph.beside(use.node, operation[5])), str
        ):
            return self.format_method(use)
        if short in _SQL_METHODS and not any(callee.sure for callee in use.into):
            return self.tell("naive-sink", "it is bound to an SQL statement", use.node)
        column = column_of(graph, use.node, self.values.django_aware)
        if column is not None and use.keyword in ("default", "server_default", "onupdate"):
            if column.kind is not Kind.AWARE:
                return self.tell(
                    "naive-column", "it fills a column without a time zone", use.node, column.node
                )
            return Follow.YES
        if name in _FIELDS and use.keyword == "default":
            return self.field(use)
        return self.keyword(use)

    def keyword(self, use: Use) -> Follow:
        """A keyword of a model's constructor, or of a query, fills a column (U35)."""
        graph = self.graph
        if use.keyword is None:
            return Follow.NO
        made = graph.constructed(use.node)
        answer = Follow.NO
        if made:
            answer = self.columns(made, use.keyword, use.node)
            if answer is Follow.STOP or not any(graph.outside_bases(owner) for owner in made):
                return answer
        elif use.into or not (last(use.name) in _ORM_WORDS or "__" in use.keyword.strip("_")):
            return answer
        # A factory's or a query's keyword names a column, perhaps of another table.
        for name in use.keyword.split("__"):
            if answer is not Follow.STOP and name:
                answer = self.columns((), name, use.node)
        return answer

    def store(self, use: Use) -> Follow:
        base = use.others[0]
        owners = self.graph.types(base) if base else None
        return self.columns(tuple(sorted(owners or ())), use.name, use.node)

    def columns(self, owners: Iterable[Node], name: str, node: Node) -> Follow:
        """A value stored under a column's name, on its class or on an unknown object."""
        graph = self.graph
        owners = tuple(owners)
        classes = (
            {current for owner in owners for current in graph.lineage(owner)}
            if owners
            else set(graph.owners(name))
        )
        if not owners and self.values.has_models:
            # The model may stand in a file that was not surveyed.
            self.finding.needs |= Needs(
                frozenset(f" {name} = {maker}".encode() for maker in _COLUMN_CALLS)
                | {f" {name}: Mapped[".encode()}
            )
        for current in sorted(classes):
            annotation = graph.class_(current).annotations.get(name)
            if annotation and last(graph.qualified(graph.beside(current, annotation)) or "") == (
                "NaiveDatetime"
            ):
                return self.tell("naive-sink", "its field is a `NaiveDatetime`", node)
            for place in graph.class_(current).members.get(name, ()):
                column = column_of(graph, graph.beside(current, place), self.values.django_aware)
                if column is not None and column.kind is not Kind.AWARE:
                    return self.tell(
                        "naive-column",
                        "it is stored in a column without a time zone",
                        node,
                        column.node,
                    )
        return Follow.NO

    def meet_arguments(self, use: Use, operation: op.Operation) -> Follow:
        answer = Follow.NO
        for position, place in enumerate(operation[-2]):
            other = self.graph.beside(use.node, place)
            if position == use.position or other == use.value:
                continue
            if _ASSERTIONS.search(use.name) and position > 1:
                break
            answer = self.meet(other, use, "compared with")
            if answer is Follow.STOP:
                return answer
        if _ASSERTIONS.search(use.name) and "called" in use.name:
            return self.tell(
                "compared-with-unknown", "a mock's arguments are compared with it", use.node
            )
        return answer

    def unbound(self, use: Use, short: str, operation: op.Operation) -> Follow:
        """``datetime.strftime(value, …)`` and the like (R36)."""
        if short == "strftime":
            rest = operation[-2][1:]
            return self.formatted(self.graph.beside(use.node, rest[0]) if rest else 0, use.node)
        if short == "isoformat":
            return self.become_text(use.node)
        if short == "timestamp":
            self.note("`.timestamp()` was off by the host's UTC offset and is right now", use.node)
        elif short == "replace":
            return Follow.NO if "tzinfo" in dict(operation[-1]) else Follow.YES
        elif short == "timetuple":
            return self.timetuple(use.node)
        return Follow.NO

    def format_method(self, use: Use) -> Follow:
        graph = self.graph
        template = str(graph.constant(graph.beside(use.node, graph.operation(use.node)[5])))
        if re.search(r"\{[^{}]*:[^{}]*%", template):
            if _ZONE_FORMAT.search(template):
                return self.tell("zone-in-format", "its format prints the zone", use.node)
            return Follow.NO
        return self.text(use)


def _code(verb: str) -> str:
    return "compared-with" if verb.startswith("compared") else "subtracted-from"
