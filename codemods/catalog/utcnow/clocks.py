"""Clocks that tests replace: a rewritten call would no longer meet the test's double (U70-U72)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from codemods.catalog.utcnow.receivers import REPLACEMENTS
from codemods.codemod import Place
from codemods.project.project import Project
from codemods.python.flow import Graph, Node
from codemods.python.flow import summary as op

__all__ = ["Clocks", "Hit", "Test", "is_patcher"]

_METHODS: Final = frozenset({"utcnow", "utcfromtimestamp"})
_OUTCOMES: Final = frozenset({"return_value", "side_effect"})
_PATCHERS: Final = frozenset({"patch", "setattr", "object", "multiple", "dict", "delattr", "stub"})
_STDLIB: Final = frozenset({"datetime", "datetime.datetime"})


class Hit(NamedTuple):
    """A place where a test replaces or shifts the clock of some file."""

    path: PurePosixPath  #: of the code whose clock it is
    node: Node  #: what replaces it
    double: Node  #: by what
    reason: str
    message: str
    where: Place
    related: tuple[Place, ...]
    test: Test | None = None  #: the test that ends it
    methods: frozenset[str] = _METHODS  #: those whose calls it changes
    through_module: bool = False  #: it replaces `datetime.datetime` itself


class Test(NamedTuple):
    """A function that a test runner calls, and nothing else does."""

    path: PurePosixPath
    first: int  #: lines from 1, its decorators included
    last: int


class Clocks:
    """The clocks of all surveyed files that tests replace."""

    def __init__(self, graph: Graph, project: Project) -> None:
        self.graph = graph
        self.project = project
        self._tests_of: dict[PurePosixPath, tuple[Test, ...]] = {}

    @property
    def needles(self) -> frozenset[bytes]:
        """What files that replace a clock hold, besides the methods' names."""
        return frozenset(
            {b"def utcnow", b"def utcfromtimestamp", b"tz_offset", b'.datetime"', b".datetime'"}
        )

    def hits(self, path: PurePosixPath, line: int, receiver: str, method: str) -> list[Hit]:
        """Return what replaces the clock that a call asks.

        A test double knows `utcnow`, not `now` with a zone: after a rewrite it would answer
        wrongly, or real time would leak in.

        Args:
            path: the file of the call.
            line: its line.
            receiver: the class as written there.
            method: the method of the class.
        """
        own = self.test_at(path, line)
        return [
            hit
            for hit in self._hits.get(path, ())
            if method in hit.methods
            and ("." in receiver or not hit.through_module)
            and (own is None or hit.test is None or own == hit.test)
        ]

    def test_at(self, path: PurePosixPath, line: int) -> Test | None:
        """Return the test that a line stands in."""
        if path not in self._tests_of:
            self._tests_of[path] = tuple(self._tests(path))
        for test in self._tests_of[path]:
            if test.first <= line <= test.last:
                return test
        return None

    def _tests(self, path: PurePosixPath) -> Iterator[Test]:
        number = self.graph.by_path.get(path)
        if number is None or not self.project.is_test(path):
            return
        file = self.graph.files[number]
        for facts in file.functions:
            if facts.outer < 0 and facts.name.startswith("test"):
                decorated = (file.operations[place][1] for place in facts.decorators)
                yield Test(path, min((facts.line, *filter(None, decorated))), facts.end_line)

    @cached_property
    def _hits(self) -> dict[PurePosixPath, list[Hit]]:
        """Of each file, where tests replace or shift its clock."""
        found: list[Hit] = []
        for number, double in self._doubles.items():
            found += (self._hit(path, node, double) for path, node in self._targets(number))
            for target, node in self._patches.get(number, ()):
                if target in _STDLIB or target.startswith("datetime.datetime."):
                    found += (
                        self._hit(path, node, double, through_module=True)
                        for path in self._imported(number)
                    )
        for number, node in self._offsets:
            file = self.graph.files[number]
            where = self.graph.where(node)
            message = (
                f"{where} freezes the time with `tz_offset`, under which `now()` with a zone is "
                "off by that offset"
            )
            for path in (file.path, *self._imported(number)):
                test = self.test_at(where.path, where.line)
                found.append(
                    Hit(path, node, node, "utcnow/offset-clock", message, where, (where,), test)
                )
        hits: dict[PurePosixPath, list[Hit]] = {}
        for hit in dict.fromkeys(found):
            hits.setdefault(hit.path, []).append(hit)
        return hits

    def _hit(
        self, path: PurePosixPath, node: Node, double: Node, *, through_module: bool = False
    ) -> Hit:
        where = self.graph.where(node)
        return Hit(
            path,
            node,
            double,
            "utcnow/mocked-clock",
            f"{where} replaces this clock with one that answers `utcnow`",
            where,
            tuple(dict.fromkeys((where, self.graph.where(double)))),
            self.test_at(where.path, where.line),
            self._answered(node),
            through_module,
        )

    def fake(self, node: Node) -> Node:
        """Return the class that a patch puts in the place of the clock, 0 if it is none."""
        graph = self.graph
        operation = graph.operation(node)
        if operation[0] == op.SET_ATTRIBUTE:
            given = graph.beside(node, operation[7])
        elif graph.is_call(node):
            words = dict(operation[-1])
            arguments = operation[-2]
            given = graph.beside(node, words.get("new") or (arguments[-1] if arguments else 0))
        else:
            return 0
        for definition in graph.definitions(given) if given else ():
            if graph.operation(definition)[0] == op.CLASS:
                return definition
        return 0

    def _answered(self, node: Node) -> frozenset[str]:
        """Return the methods that a double answers otherwise: all, unless it is a `datetime`."""
        graph = self.graph
        fake = self.fake(node)
        if not fake or "datetime.datetime" not in graph.outside_bases(fake):
            return _METHODS
        defined = {name for one in graph.lineage(fake) for name in graph.class_(one).members}
        return frozenset(
            method for method in _METHODS if {method, REPLACEMENTS[method], "__new__"} & defined
        )

    def replaced(self) -> Iterator[tuple[Node, Node]]:
        """Yield each patch of a global, or of a class's attribute, of the repository, and that."""
        graph = self.graph
        for number, node, arguments in self._patching():
            first = arguments[0]
            text = graph.constant(first)
            if isinstance(text, str) and "." in text:
                for path, rest in self._module_of(number, text.split(".")):
                    target = graph.global_of(path, rest[0]) if len(rest) in (1, 2) else 0
                    if target and len(rest) == 2:
                        target = self._member(target, rest[1])
                    if target:
                        yield node, target
            elif len(arguments) > 1:
                name = graph.constant(arguments[1])
                module = graph.module_of(first)
                if not isinstance(name, str):
                    continue
                target = self._member(first, name)
                if module is not None:
                    target = graph.global_of(module, name)
                if target:
                    yield node, target

    def _member(self, holder: Node, name: str) -> Node:
        """Return what a class binds a name to, 0 when it is no class or does not."""
        graph = self.graph
        for owner in graph.definitions(holder):
            if graph.operation(owner)[0] == op.CLASS:
                for member in graph.class_(owner).members.get(name, ()):
                    return graph.beside(owner, member)
        return 0

    def asks_now(self, path: PurePosixPath, method: str) -> bool:
        """Whether a file calls what a site's method becomes, which its doubles must not answer."""
        graph = self.graph
        wanted = f"datetime.datetime.{REPLACEMENTS[method]}"
        return any(
            graph.file(node).path == path and (graph.qualified(node) or wanted) == wanted
            for node in graph.by_name.of(REPLACEMENTS[method])
        )

    @cached_property
    def _doubles(self) -> dict[int, Node]:
        """Files that make a test double of the clock, and where."""
        graph = self.graph
        found: list[Node] = []
        for owner in (owner for name in sorted(_METHODS) for owner in graph.owners(name)):
            found += [
                graph.beside(owner, place)
                for name in sorted(_METHODS)
                for place in graph.class_(owner).members.get(name, ())
            ]
        for name in sorted(_METHODS):
            found += [node for node in graph.by_name.of(name) if self._is_store(node)]
            found += [node for node in graph.by_keyword.of(name) if self._makes_double(node)]
            for node in graph.words.of(name):
                first, _, rest = str(graph.constant(node)).partition(".")
                last = str(graph.constant(node)).rpartition(".")[2]
                if ((first == name and rest) or last == name) and any(
                    graph.is_call(user) and is_patcher(graph, user) for user in graph.users(node)
                ):
                    found.append(node)
        for outcome in sorted(_OUTCOMES):
            for node in graph.by_name.of(outcome):
                if self._is_store(node):
                    base = graph.operation(graph.beside(node, graph.operation(node)[5]))
                    if base[0] == op.ATTRIBUTE and base[6] in (*_METHODS, "now", "today"):
                        found.append(node)
        for patched in self._patches.values():
            for target, node in patched:
                if target.rpartition(".")[2] in ("datetime", "dt"):
                    found.append(node)
        doubles: dict[int, Node] = {}
        for node in found:
            doubles.setdefault(node >> 24, node)
        return doubles

    def _is_store(self, node: Node) -> bool:
        return bool(self.graph.operation(node)[0] == op.SET_ATTRIBUTE)

    def _makes_double(self, node: Node) -> bool:
        graph = self.graph
        operation = graph.operation(node)
        if operation[0] == op.METHOD:
            return operation[6] in ("Mock", "MagicMock", "configure_mock", "SimpleNamespace")
        name = graph.name_of(graph.beside(node, operation[5]))
        return name in ("Mock", "MagicMock", "SimpleNamespace", "flexmock")

    @cached_property
    def _patchers(self) -> dict[int, list[Node]]:
        """The calls of each file that put something in the place of something else."""
        graph = self.graph
        found: dict[int, list[Node]] = {}
        for name in sorted(_PATCHERS):
            for node in graph.by_name.of(name):
                if graph.is_call(node):
                    found.setdefault(node >> 24, []).append(node)
        for number, file in enumerate(graph.files):
            mentions = file.mentions
            named = [place for place in mentions.free if file.operations[place][5] == "setattr"]
            named += [place for place in mentions.imports if file.operations[place][6] == "patch"]
            for place in sorted(named):
                # A file's index is made only where the name is there.
                found.setdefault(number, []).extend(self._calls_of(number, place))
        return found

    def _calls_of(self, number: int, place: int) -> Iterator[Node]:
        graph = self.graph
        node = graph.node(graph.files[number].path, place)
        for user in graph.users(node):
            called = graph.operation(user)
            if called[0] == op.CALL and graph.beside(user, called[5]) == node:
                yield user

    @cached_property
    def _patches(self) -> dict[int, list[tuple[str, Node]]]:
        """The dotted targets that each file patches by name."""
        graph = self.graph
        found: dict[int, list[tuple[str, Node]]] = {}
        for number, node, arguments in self._patching():
            target = graph.constant(arguments[0])
            if isinstance(target, str) and "." in target:
                found.setdefault(number, []).append((target, node))
            elif len(arguments) > 1:
                name = graph.constant(arguments[1])
                outside = graph.qualified(arguments[0]) if isinstance(name, str) else None
                if outside is not None:
                    found.setdefault(number, []).append((f"{outside}.{name}", node))
        return found

    def _patching(self) -> Iterator[tuple[int, Node, list[Node]]]:
        """Yield each call that patches something: the file, the call and its arguments."""
        for number, nodes in self._patchers.items():
            for node in nodes:
                places = self.graph.operation(node)[-2]
                if places:
                    yield number, node, [self.graph.beside(node, place) for place in places]

    def _targets(self, number: int) -> Iterator[tuple[PurePosixPath, Node]]:
        """Yield the repository's files whose `datetime` a file patches."""
        graph = self.graph
        file = graph.files[number]
        for target, node in self._patches.get(number, ()):
            for path, rest in self._module_of(number, target.split(".")):
                if rest and rest[0] in self._clock_names(path):
                    yield path, node
        for place, operation in enumerate(file.operations):
            if operation[0] == op.SET_ATTRIBUTE:
                node = graph.node(file.path, place)
                holder = graph.beside(node, operation[5])
                module = graph.module_of(holder) if holder else None
                if module is not None and operation[6] in self._clock_names(module):
                    yield module, node
        for node in self._patchers.get(number, ()):
            arguments = graph.operation(node)[-2]
            if len(arguments) > 1:
                holder = graph.beside(node, arguments[0])
                name = graph.constant(graph.beside(node, arguments[1]))
                module = graph.module_of(holder) if holder else None
                if module is not None and name in self._clock_names(module):
                    yield module, node
        for facts in file.functions:  # a file that uses its own double
            if facts.owner >= 0 and facts.name in _METHODS and self.project.is_test(file.path):
                yield file.path, graph.node(file.path, facts.place)

    def _module_of(
        self, number: int, parts: list[str]
    ) -> Iterator[tuple[PurePosixPath, list[str]]]:
        """Yield the modules that a dotted target may begin with, and what is left of it."""
        graph = self.graph
        for length in range(len(parts) - 1, 0, -1):
            found = graph.module(number, ".".join(parts[:length]), 0)
            if found is None:
                continue
            path = found
            rest = parts[length:]
            while rest:  # modules that a package re-exports under another name
                target = graph.global_of(path, rest[0])
                inner = graph.module_of(target) if target else None
                if inner is None:
                    break
                path, rest = inner, rest[1:]
            yield path, rest
            if len(rest) > 1:  # perhaps a module of the package whose place was not seen
                for file in graph.files:
                    if file.path.stem == rest[-2] and file.path.is_relative_to(path.parent):
                        yield file.path, rest[-1:]
            return

    def _clock_names(self, path: PurePosixPath) -> frozenset[str]:
        """Return the names under which a module knows the class or its module."""
        number = self.graph.by_path.get(path)
        names = {"datetime"}
        if number is not None:
            file = self.graph.files[number]
            for name, place in file.globals.items():
                if self.graph.qualified(self.graph.node(path, place)) in _STDLIB:
                    names.add(name)
        return frozenset(names)

    def _imported(self, number: int) -> Sequence[PurePosixPath]:
        graph = self.graph
        file = graph.files[number]
        found = set()
        for place, operation in enumerate(file.operations):
            if operation[0] == op.IMPORT:
                node = graph.node(file.path, place)
                path, target = graph.imported(node)
                if target:
                    found.add(graph.file(target).path)
                if path is not None:
                    found.add(path)
        return sorted(found)

    @cached_property
    def _offsets(self) -> list[tuple[int, Node]]:
        """Where time is frozen with an offset (U71)."""
        graph = self.graph
        return [
            (node >> 24, node)
            for node in graph.by_keyword.of("tz_offset")
            for word, place in graph.operation(node)[-1]
            if word == "tz_offset" and graph.constant(graph.beside(node, place)) != 0
        ]


def is_patcher(graph: Graph, node: Node) -> bool:
    """Whether a call puts something in the place of something else, by the name that is called."""
    operation = graph.operation(node)
    if operation[0] == op.METHOD:
        return operation[6] in _PATCHERS
    return graph.called(node).rpartition(".")[2] in _PATCHERS - {"setattr", "object", "dict"}
