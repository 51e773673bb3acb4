"""Clocks that tests replace: a rewritten call would no longer meet the test's double (U70-U72)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from codemods.codemod import Place
from codemods.project.project import Project
from codemods.python.flow import Graph, Node
from codemods.python.flow import summary as op

__all__ = ["Clocks", "Replaced"]

_METHODS: Final = frozenset({"utcnow", "utcfromtimestamp"})
_OUTCOMES: Final = frozenset({"return_value", "side_effect"})
_PATCHERS: Final = frozenset({"patch", "setattr", "object", "multiple", "dict", "delattr", "stub"})
_STDLIB: Final = frozenset({"datetime", "datetime.datetime"})


class Replaced(NamedTuple):
    """Why a module's calls must stay as they are."""

    reason: str
    message: str
    related: tuple[Place, ...]


class Clocks:
    """The clocks of all surveyed files that tests replace."""

    def __init__(self, graph: Graph, project: Project) -> None:
        self.graph = graph
        self.project = project

    @property
    def needles(self) -> frozenset[bytes]:
        """What files that replace a clock hold, besides the methods' names."""
        return frozenset(
            {b"def utcnow", b"def utcfromtimestamp", b"tz_offset", b'.datetime"', b".datetime'"}
        )

    def replaced(self, path: PurePosixPath, receiver: str) -> Replaced | None:
        """Tell whether tests replace what a file's calls go to; `receiver` is the class as written.

        A test double knows `utcnow`, not `now` with a zone: after a rewrite it would answer
        wrongly, or real time would leak in.
        """
        found = self._modules.get(path)
        if found is not None:
            return found
        if "." in receiver:
            return self._through_module.get(path)
        return None

    @cached_property
    def _modules(self) -> dict[PurePosixPath, Replaced]:
        """Files in whose namespace a test puts another `datetime`."""
        modules: dict[PurePosixPath, Replaced] = {}
        for number, double in self._doubles.items():
            for path, node in self._targets(number):
                modules.setdefault(path, _because(self.graph, double, node))
        for number, node in self._offsets:
            file = self.graph.files[number]
            for path in (file.path, *self._imported(number)):
                modules.setdefault(
                    path,
                    Replaced(
                        "utcnow/offset-clock",
                        f"{self.graph.where(node)} freezes the time with `tz_offset`, under which "
                        "`now()` with a zone is off by that offset",
                        (self.graph.where(node),),
                    ),
                )
        return modules

    @cached_property
    def _through_module(self) -> dict[PurePosixPath, Replaced]:
        """Files that tests with ``patch("datetime.datetime")`` import."""
        modules: dict[PurePosixPath, Replaced] = {}
        for number, double in self._doubles.items():
            for target, node in self._patches.get(number, ()):
                if target in _STDLIB or target.startswith("datetime.datetime."):
                    for path in self._imported(number):
                        modules.setdefault(path, _because(self.graph, double, node))
        return modules

    @cached_property
    def _doubles(self) -> dict[int, Node]:
        """Files that make a test double of the clock, and where."""
        graph = self.graph
        found: list[Node] = []
        for owner in (owner for name in _METHODS for owner in graph.owners(name)):
            found += [
                graph.beside(owner, place)
                for name in _METHODS
                for place in graph.class_(owner).members.get(name, ())
            ]
        for name in _METHODS:
            found += [node for node in graph.by_name.get(name, ()) if self._is_store(node)]
            found += [node for node in graph.by_keyword.get(name, ()) if self._makes_double(node)]
            for node in graph.words.get(name, ()):
                first, _, rest = str(graph.constant(node)).partition(".")
                last = str(graph.constant(node)).rpartition(".")[2]
                if ((first == name and rest) or last == name) and any(
                    graph.is_call(user) and _patcher(graph, user) for user in graph.users(node)
                ):
                    found.append(node)
        for outcome in _OUTCOMES:
            for node in graph.by_name.get(outcome, ()):
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
        for name in _PATCHERS:
            for node in graph.by_name.get(name, ()):
                if graph.is_call(node):
                    found.setdefault(node >> 24, []).append(node)
        for number, file in enumerate(graph.files):
            for place, operation in enumerate(file.operations):
                # A file's index is made only where the name is there.
                if (operation[0] == op.FREE and operation[5] == "setattr") or (
                    operation[0] == op.IMPORT and operation[6] == "patch"
                ):
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
        for number, nodes in self._patchers.items():
            for node in nodes:
                arguments = graph.operation(node)[-2]
                if not arguments:
                    continue
                target = graph.constant(graph.beside(node, arguments[0]))
                if isinstance(target, str) and "." in target:
                    found.setdefault(number, []).append((target, node))
                elif len(arguments) > 1:
                    name = graph.constant(graph.beside(node, arguments[1]))
                    holder = graph.beside(node, arguments[0])
                    outside = graph.qualified(holder) if isinstance(name, str) else None
                    if outside is not None:
                        found.setdefault(number, []).append((f"{outside}.{name}", node))
        return found

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

    def _imported(self, number: int) -> frozenset[PurePosixPath]:
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
        return frozenset(found)

    @cached_property
    def _offsets(self) -> list[tuple[int, Node]]:
        """Where time is frozen with an offset (U71)."""
        graph = self.graph
        return [
            (node >> 24, node)
            for node in graph.by_keyword.get("tz_offset", ())
            for word, place in graph.operation(node)[-1]
            if word == "tz_offset" and graph.constant(graph.beside(node, place)) != 0
        ]


def _patcher(graph: Graph, node: Node) -> bool:
    operation = graph.operation(node)
    if operation[0] == op.METHOD:
        return operation[6] in _PATCHERS
    return graph.called(node).rpartition(".")[2] in _PATCHERS - {"setattr", "object", "dict"}


def _because(graph: Graph, double: Node, node: Node) -> Replaced:
    return Replaced(
        "utcnow/mocked-clock",
        f"{graph.where(node)} replaces this clock with one that answers `utcnow`",
        tuple(dict.fromkeys((graph.where(node), graph.where(double)))),
    )
