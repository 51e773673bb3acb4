"""The flow graph of a repository: the files' summaries joined, with questions about one place.

A *node* is one operation of one file, as an int. The graph itself is built lazily: what is never
asked for is never indexed, and following a value looks only at what it meets.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Final, NamedTuple, TypeAlias

from codemods.codemod import Place, Position, Span
from codemods.python.flow import summary as op
from codemods.python.flow.summary import ClassFacts, FlowSummary, FunctionFacts, Operation

__all__ = ["Callee", "Graph", "Node", "Resolve", "join"]

Node: TypeAlias = int
Resolve: TypeAlias = Callable[[PurePosixPath, str, int], PurePosixPath | None]
"""Tells the repository's file that an import (importing file, module, level) means."""

_SHIFT: Final = 24
_MASK: Final = (1 << _SHIFT) - 1
_DEPTH: Final = 12  # of questions that ask questions
_LEVEL: Final = 30  # of questions about types inside such questions, each a few frames deep
_PLAIN_BASES: Final = frozenset(
    {
        "builtins.object",
        "builtins.Exception",
        "abc.ABC",
        "typing.Protocol",
        "typing.Generic",
        "typing.NamedTuple",
        "enum.Enum",
    }
)
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
_WORD: Final = re.compile(r"[^\W\d]\w*")
_BUILTINS: Final = frozenset(dir(builtins))


class Callee(NamedTuple):
    """A function of the repository that a call may enter."""

    function: Node  #: the FUNCTION operation
    offset: int  #: 1 when the receiver takes the first parameter
    owner: Node  #: the class that is constructed or that holds the method, 0 for a function
    sure: bool


@dataclass(frozen=True, slots=True)
class _Index:
    users: Mapping[int, tuple[int, ...]]
    onward: Mapping[int, tuple[int, ...]]
    inward: Mapping[int, tuple[int, ...]]
    defaults: Mapping[int, tuple[int, ...]]  #: from a default value to its parameters
    exports: Mapping[int, tuple[str, ...]]
    members: Mapping[int, tuple[tuple[int, str], ...]]  #: place → (class index, name)


def join(summaries: Iterable[FlowSummary], resolve: Resolve) -> Graph:
    """Return the flow graph of the surveyed files."""
    return Graph(tuple(summaries), resolve)


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
    elif kind in (op.UNARY,):
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


class Graph:
    """The joined summaries. All answers are about the files that were surveyed."""

    def __init__(self, files: tuple[FlowSummary, ...], resolve: Resolve) -> None:
        self.files = files
        self.resolve = resolve
        self.by_path = {file.path: index for index, file in enumerate(files)}
        self._indexes: dict[int, _Index] = {}
        self._qualified: dict[Node, str | None] = {}
        self._types: dict[Node, frozenset[Node] | None] = {}
        self._level = 0
        self._bases: dict[Node, tuple[tuple[Node, ...], bool]] = {}
        self._down: dict[Node, frozenset[Node]] = {}
        self._resolved: dict[tuple[int, str, int], PurePosixPath | None] = {}

    # Nodes

    @property
    def size(self) -> tuple[int, int]:
        """How many places and flows between them it holds."""
        return (
            sum(len(file.operations) for file in self.files),
            sum(len(file.flows) // 2 for file in self.files),
        )

    def node(self, path: PurePosixPath, place: int) -> Node:
        """Return the node of a place of a surveyed file."""
        return self.by_path[path] << _SHIFT | place

    def seed(self, path: PurePosixPath, name: str) -> Node | None:
        """Return the node that the survey of a file gave this name."""
        file = self.files[self.by_path[path]]
        place = file.seeds.get(name)
        return None if place is None else self.node(path, place)

    def file(self, node: Node) -> FlowSummary:
        """Return the summary that a node belongs to."""
        return self.files[node >> _SHIFT]

    def operation(self, node: Node) -> Operation:
        """Return a node's operation; its operands are places of the same file (`beside`)."""
        return self.files[node >> _SHIFT].operations[node & _MASK]

    def beside(self, node: Node, place: int) -> Node:
        """Return the node of a place of the same file, 0 for a place that is not followed."""
        return (node & ~_MASK) | place if place else 0

    def where(self, node: Node) -> Place:
        """Return the line of a node, for messages."""
        position = self.position(node)
        return Place(self.file(node).path, position.line, position.column)

    def position(self, node: Node) -> Position:
        """Return where a node stands, as editors show it; line 1 for a merged variable."""
        operation = self.operation(node)
        if operation[1] == 0:
            return Position(1, 1, 1, 1)
        return self.file(node).position(node & _MASK)

    def span(self, node: Node) -> Span:
        """Return where a node stands in its file's text."""
        return self.file(node).span(node & _MASK)

    def constant(self, node: Node) -> object:
        """Return a constant's value; `...` when the node is none."""
        if node:
            operation = self.operation(node)
            if operation[0] == op.CONSTANT:
                value: object = operation[5]
                return value
        return ...

    def function(self, node: Node) -> FunctionFacts:
        """Return the facts of a FUNCTION node."""
        return self.file(node).functions[self.operation(node)[5]]

    def class_(self, node: Node) -> ClassFacts:
        """Return the facts of a CLASS node."""
        return self.file(node).classes[self.operation(node)[5]]

    def index(self, node: Node) -> _Index:
        """Return who uses what in a node's file."""
        number = node >> _SHIFT
        index = self._indexes.get(number)
        if index is None:
            index = self._indexes[number] = _make_index(self.files[number])
        return index

    def users(self, node: Node) -> Iterator[Node]:
        """Yield the operations that have a node as an operand."""
        base = node & ~_MASK
        for place in self.index(node).users.get(node & _MASK, ()):
            yield base | place

    def onward(self, node: Node) -> Iterator[Node]:
        """Yield the variables that a node flows into, in its file."""
        base = node & ~_MASK
        for place in self.index(node).onward.get(node & _MASK, ()):
            yield base | place

    def inward(self, node: Node) -> Iterator[Node]:
        """Yield what flows into a variable, in its file."""
        base = node & ~_MASK
        for place in self.index(node).inward.get(node & _MASK, ()):
            yield base | place

    def exports(self, node: Node) -> tuple[str, ...]:
        """Return the module-level names that a node is bound to."""
        return self.index(node).exports.get(node & _MASK, ())

    def memberships(self, node: Node) -> Iterator[tuple[Node, str]]:
        """Yield the classes, and the names in their bodies, that a node is bound to."""
        for number, name in self.index(node).members.get(node & _MASK, ()):
            yield self.beside(node, self.file(node).classes[number].place), name

    def name_of(self, node: Node) -> str:
        """Return a name for messages: a variable's, an attribute's; "" when there is none."""
        operation = self.operation(node)
        if operation[0] in (op.VARIABLE, op.FREE):
            return str(operation[5])
        if operation[0] in (op.ATTRIBUTE, op.PARAMETER):
            return str(operation[6])
        return self.file(node).declared.get(node & _MASK, "")

    # Modules and names

    def module(self, number: int, module: str, level: int) -> PurePosixPath | None:
        """Return the file of the repository that a module's name means in a surveyed file."""
        key = (number, module, level)
        if key not in self._resolved:
            self._resolved[key] = self.resolve(self.files[number].path, module, level)
        return self._resolved[key]

    def imported(self, node: Node) -> tuple[PurePosixPath | None, Node]:
        """Resolve an IMPORT: the module's file if it is ours, and the node that it brings.

        The node is 0 when the name is a module, or its file was not surveyed.
        """
        _, _, _, _, _, module, name, level = self.operation(node)
        number = node >> _SHIFT
        if name is None:
            return self.module(number, module, level), 0
        path = self.module(number, module, level) if module or level else None
        if path is not None:
            target = self.global_of(path, name)
            if target:
                return path, target
            dotted = f"{module}.{name}" if module else name
            inner = self.module(number, dotted, level)
            return inner or path, 0
        dotted = f"{module}.{name}" if module else name
        return self.module(number, dotted, level), 0

    def module_of(self, node: Node) -> PurePosixPath | None:
        """Return the module of the repository that a node stands for, if it is one."""
        operation = self.operation(node)
        if operation[0] == op.IMPORT:
            path, target = self.imported(node)
            if target or path is None:
                return None
            name = operation[6]
            if name is not None and path.stem != name and path.parent.name != name:
                return None  # a name of a module that was not surveyed
            return path
        if operation[0] == op.ATTRIBUTE:
            base = self.beside(node, operation[5])
            dotted = self._dotted(base)
            if dotted is not None:
                return self.module(node >> _SHIFT, f"{dotted}.{operation[6]}", 0)
        return None

    def _dotted(self, node: Node) -> str | None:
        if not node:
            return None
        operation = self.operation(node)
        if operation[0] == op.IMPORT and operation[7] == 0:
            return operation[5] if operation[6] is None else f"{operation[5]}.{operation[6]}"
        if operation[0] == op.ATTRIBUTE:
            base = self._dotted(self.beside(node, operation[5]))
            return None if base is None else f"{base}.{operation[6]}"
        return None

    def global_of(self, path: PurePosixPath, name: str, depth: int = 0) -> Node:
        """Return the node of a module's global; 0 when it has none or was not surveyed."""
        number = self.by_path.get(path)
        if number is None or depth > _DEPTH:
            return 0
        place = self.files[number].globals.get(name, 0)
        if place:
            return number << _SHIFT | place
        for module, level in self.files[number].stars:
            inner = self.module(number, module, level)
            if inner is not None:
                target = self.global_of(inner, name, depth + 1)
                if target:
                    return target
        return 0

    def unsurveyed(self, node: Node, depth: int = 0) -> frozenset[PurePosixPath]:
        """Return the repository's files that say what a name means but were not surveyed."""
        if not node or depth > _DEPTH:
            return frozenset()
        operation = self.operation(node)
        if operation[0] in (op.CALL, op.METHOD, op.ATTRIBUTE):
            base = self.beside(node, operation[5])
            if operation[0] != op.CALL and base:
                path = self.module_of(base)
                if path is not None:
                    return self._absent(path, operation[6], depth)
            return self.unsurveyed(base, depth + 1)
        if operation[0] == op.IMPORT:
            path, target = self.imported(node)
            if target:
                return self.unsurveyed(target, depth + 1)
            if path is not None and operation[6] is not None:
                return self._absent(path, operation[6], depth)
        return frozenset()

    def _absent(self, path: PurePosixPath, name: str, depth: int) -> frozenset[PurePosixPath]:
        """Return the first files on the way to a module's global that were not surveyed."""
        if path not in self.by_path:
            return frozenset({path})
        target = self.global_of(path, name)
        if target:
            return self.unsurveyed(target, depth + 1)
        number = self.by_path[path]
        found: frozenset[PurePosixPath] = frozenset()
        for module, level in self.files[number].stars:
            inner = self.module(number, module, level)
            if inner is not None and depth < _DEPTH:
                found |= self._absent(inner, name, depth + 1)
        return found

    def qualified(self, node: Node, depth: int = 0) -> str | None:
        """Return the dotted name of what comes from outside the repository, None for all else.

        The name is where the import says that it is: ``datetime.datetime.now`` for the class's
        method and for its calls, ``datetime.datetime.now().date`` for what is called on these.
        """
        if not node or depth > _DEPTH:
            return None
        if node not in self._qualified:
            self._qualified[node] = None  # for cycles
            self._qualified[node] = self._qualify(node, depth)
        return self._qualified[node]

    def _qualify(self, node: Node, depth: int) -> str | None:
        operation = self.operation(node)
        kind = operation[0]
        if kind == op.IMPORT:
            path, target = self.imported(node)
            if target:
                return self.qualified(target, depth + 1)
            if path is not None:
                if operation[6] is not None and path in self.by_path:
                    return self._through_stars(self.by_path[path], operation[6])
                return None
            module, name, level = operation[5:8]
            if level:
                return None
            return module if name is None else f"{module}.{name}"
        if kind in (op.ATTRIBUTE, op.METHOD):
            base = self.beside(node, operation[5])
            if not base:
                return None
            path = self.module_of(base)
            if path is not None:
                return self.qualified(self.global_of(path, operation[6]), depth + 1)
            outside = self.qualified(base, depth + 1)
            if outside is None:
                return None
            result = "()" if self.operation(base)[0] == op.METHOD else ""
            return f"{outside}{result}.{operation[6]}"
        if kind == op.FREE:
            name = operation[5]
            return self._through_stars(node >> _SHIFT, name) or (
                f"builtins.{name}" if name in _BUILTINS else None
            )
        if kind == op.VARIABLE:
            names = {
                self.qualified(source, depth + 1)
                for source in self.inward(node)
                if self.constant(source) is not None
            }
            return names.pop() if len(names) == 1 else None
        return None

    def _through_stars(self, number: int, name: str) -> str | None:
        outside = []
        for module, level in self.files[number].stars:
            path = self.module(number, module, level)
            if path is None:
                if not level:
                    outside.append(module)
            elif path in self.by_path:
                target = self.global_of(path, name)
                if target:
                    return self.qualified(target)
        if len(outside) == 1 and name not in _BUILTINS:
            return f"{outside[0]}.{name}"
        return None

    def starred(self, node: Node) -> Node:
        """Return the global of the repository that a FREE name means through a star import."""
        operation = self.operation(node)
        number = node >> _SHIFT
        for module, level in self.files[number].stars:
            path = self.module(number, module, level)
            if path is not None:
                target = self.global_of(path, operation[5])
                if target:
                    return target
        return 0

    def is_call(self, node: Node) -> bool:
        """Whether a node is a call."""
        return bool(node) and self.operation(node)[0] in (op.CALL, op.METHOD)

    def called(self, node: Node) -> str:
        """Return the qualified name of what a CALL or METHOD calls.

        An unknown receiver's method is ``.name``, anything else unknown "".
        """
        operation = self.operation(node)
        if operation[0] == op.METHOD:
            return self.qualified(node) or f".{operation[6]}"
        if operation[0] != op.CALL:
            return ""
        return self.qualified(self.beside(node, operation[5])) or ""

    @cached_property
    def importers(self) -> Mapping[tuple[PurePosixPath, str], tuple[Node, ...]]:
        """The IMPORT and star-imported nodes of each (module, name) of the repository."""
        found: dict[tuple[PurePosixPath, str], list[Node]] = {}
        for number, file in enumerate(self.files):
            for place, operation in enumerate(file.operations):
                if operation[0] == op.IMPORT and operation[6] is not None:
                    path = self.module(number, operation[5], operation[7])
                    if path is not None:
                        found.setdefault((path, operation[6]), []).append(number << _SHIFT | place)
                elif operation[0] == op.FREE and file.stars:
                    for module, level in file.stars:
                        path = self.module(number, module, level)
                        if path is not None:
                            found.setdefault((path, operation[5]), []).append(
                                number << _SHIFT | place
                            )
        return {key: tuple(nodes) for key, nodes in found.items()}

    @cached_property
    def _folders(self) -> tuple[frozenset[PurePosixPath], ...]:
        """Of each file, the folders of the modules that it imports, and its own."""
        folders: list[set[PurePosixPath]] = []
        for number, file in enumerate(self.files):
            seen = {file.path.parent}
            for operation in file.operations:
                if operation[0] == op.IMPORT:
                    _, _, _, _, _, module, name, level = operation
                    path = self.module(number, module, level) if module or level else None
                    if name is not None:
                        dotted = f"{module}.{name}" if module else name
                        path = self.module(number, dotted, level) or path
                    if path is not None:
                        seen.add(path.parent)
            for module, level in file.stars:
                path = self.module(number, module, level)
                if path is not None:
                    seen.add(path.parent)
            folders.append(seen)
        return tuple(frozenset(seen) for seen in folders)

    def acquainted(self, nodes: Iterable[Node], other: Node) -> bool:
        """Whether the file of one of the nodes and another's file import from each other's folder.

        An unknown object in code that has nothing to do with a class is hardly an instance of it.
        """
        there, home = self._folders[other >> _SHIFT], self.file(other).path.parent
        return any(
            self.file(node).path.parent in there or home in self._folders[node >> _SHIFT]
            for node in nodes
        )

    @cached_property
    def by_name(self) -> Mapping[str, tuple[Node, ...]]:
        """The ATTRIBUTE, METHOD and SET_ATTRIBUTE nodes of each attribute name."""
        found: dict[str, list[Node]] = {}
        for number, file in enumerate(self.files):
            for place, operation in enumerate(file.operations):
                if operation[0] in (op.ATTRIBUTE, op.METHOD, op.SET_ATTRIBUTE):
                    found.setdefault(operation[6], []).append(number << _SHIFT | place)
        return {name: tuple(nodes) for name, nodes in found.items()}

    @cached_property
    def words(self) -> Mapping[str, tuple[Node, ...]]:
        """The string constants in which each identifier stands: getattr, templates, queries."""
        found: dict[str, list[Node]] = {}
        for number, file in enumerate(self.files):
            for place, operation in enumerate(file.operations):
                if operation[0] == op.CONSTANT and isinstance(operation[5], str):
                    for word in set(_WORD.findall(operation[5])):
                        found.setdefault(word, []).append(number << _SHIFT | place)
        return {word: tuple(nodes) for word, nodes in found.items()}

    @cached_property
    def by_keyword(self) -> Mapping[str, tuple[Node, ...]]:
        """The CALL and METHOD nodes that pass each keyword."""
        found: dict[str, list[Node]] = {}
        for number, file in enumerate(self.files):
            for place, operation in enumerate(file.operations):
                if operation[0] in (op.CALL, op.METHOD):
                    for name, _ in operation[-1]:
                        if name is not None:
                            found.setdefault(name, []).append(number << _SHIFT | place)
        return {name: tuple(nodes) for name, nodes in found.items()}

    # Classes

    @cached_property
    def classes(self) -> tuple[Node, ...]:
        """The CLASS nodes."""
        return tuple(
            number << _SHIFT | facts.place
            for number, file in enumerate(self.files)
            for facts in file.classes
        )

    def bases(self, node: Node) -> tuple[tuple[Node, ...], bool]:
        """Return a class's bases in the repository, and whether others are outside of it."""
        known = self._bases.get(node)
        if known is None:
            ours: list[Node] = []
            outside = False
            for place in self.class_(node).bases:
                base = self.beside(node, place)
                operation = self.operation(base) if base else (0,)
                if operation[0] == op.ITEM:  # Generic[T]
                    base = self.beside(node, operation[5])
                found = [
                    value for value in self._base(base) if self.operation(value)[0] == op.CLASS
                ]
                if found:
                    ours += found
                elif self.qualified(base) not in _PLAIN_BASES:
                    outside = True
            known = self._bases[node] = (tuple(ours), outside)
        return known

    def _base(self, node: Node) -> tuple[Node, ...]:
        """Resolve a base class by names alone: types stand on the bases, not the reverse."""
        operation = self.operation(node) if node else (0,)
        if operation[0] != op.ATTRIBUTE:
            return self.definitions(node)
        base = self.beside(node, operation[5])
        path = self.module_of(base) if base else None
        if path is not None:
            return self.definitions(self.global_of(path, operation[6]))
        return tuple(
            self.beside(owner, place)
            for owner in (self._base(base) if base else ())
            if self.operation(owner)[0] == op.CLASS
            for place in self.class_(owner).members.get(operation[6], ())
        )

    def lineage(self, node: Node) -> tuple[Node, ...]:
        """Return a class and its bases in the repository, nearest first."""
        order: list[Node] = []
        waiting = [node]
        while waiting:
            current = waiting.pop(0)
            if current not in order:
                order.append(current)
                waiting += self.bases(current)[0]
        return tuple(order)

    def outside_bases(self, node: Node) -> tuple[str, ...]:
        """Return the qualified names of the bases outside the repository, "" for unknown ones."""
        names: list[str] = []
        for current in self.lineage(node):
            for place in self.class_(current).bases:
                base = self.beside(current, place)
                if not base:
                    names.append("")
                    continue
                if self.operation(base)[0] == op.ITEM:
                    base = self.beside(base, self.operation(base)[5])
                if not self._base(base):
                    names.append(self.qualified(base) or "")
        return tuple(names)

    @cached_property
    def _children(self) -> Mapping[Node, tuple[Node, ...]]:
        children: dict[Node, list[Node]] = {}
        for node in self.classes:
            for base in self.bases(node)[0]:
                children.setdefault(base, []).append(node)
        return {base: tuple(nodes) for base, nodes in children.items()}

    def family(self, node: Node) -> frozenset[Node]:
        """Return a class and what inherits from it."""
        known = self._down.get(node)
        if known is None:
            found = {node}
            waiting = [node]
            while waiting:
                for child in self._children.get(waiting.pop(), ()):
                    if child not in found:
                        found.add(child)
                        waiting.append(child)
            known = self._down[node] = frozenset(found)
        return known

    def related(self, first: Iterable[Node], second: Iterable[Node]) -> bool:
        """Whether an object can be an instance of a class of each."""
        others = list(second)
        return any(self.family(one) & self.family(other) for one in first for other in others)

    def definitions(self, node: Node, depth: int = 0) -> tuple[Node, ...]:
        """Return the FUNCTION and CLASS nodes that a callee's node may be, by names alone."""
        if not node or depth > _DEPTH:
            return ()
        operation = self.operation(node)
        kind = operation[0]
        if kind in (op.FUNCTION, op.CLASS):
            return (node,)
        if kind == op.IMPORT:
            target = self.imported(node)[1]
            return self.definitions(target, depth + 1) if target else ()
        if kind == op.FREE:
            target = self.starred(node)
            return self.definitions(target, depth + 1) if target else ()
        if kind in (op.VARIABLE, op.EITHER, op.CHOICE):
            sources = (
                list(self.inward(node))
                if kind == op.VARIABLE
                else [
                    self.beside(node, place)
                    for place in (operation[5] if kind == op.EITHER else operation[6:8])
                ]
            )
            found: list[Node] = []
            for source in sources:
                found += self.definitions(source, depth + 1)
            return tuple(dict.fromkeys(found))
        if kind == op.CALL:
            inner = self.decorated(node)
            return self.definitions(inner, depth + 1) if inner else ()
        if kind == op.ATTRIBUTE:
            base = self.beside(node, operation[5])
            if not base:
                return ()
            path = self.module_of(base)
            if path is not None:
                return self.definitions(self.global_of(path, operation[6]), depth + 1)
            types = self.types(base, depth + 1)
            if types:
                return tuple(
                    callee for owner in types for callee, _ in self.methods(owner, operation[6])
                )
        return ()

    def decorated(self, node: Node) -> Node:
        """Return what a decorator's CALL is applied to; 0 when the call is no decorator's."""
        operation = self.operation(node)
        if operation[0] != op.CALL or len(operation[6]) != 1 or operation[7]:
            return 0
        inner = self.beside(node, operation[6][0])
        innermost = inner
        while innermost and self.operation(innermost)[0] == op.CALL:
            arguments = self.operation(innermost)[6]
            innermost = self.beside(node, arguments[0]) if len(arguments) == 1 else 0
        if not innermost:
            return 0
        kind = self.operation(innermost)[0]
        if kind == op.FUNCTION:
            return inner if operation[5] in self.function(innermost).decorators else 0
        if kind == op.CLASS:
            return inner if operation[5] in self.class_(innermost).decorators else 0
        return 0

    def methods(self, owner: Node, name: str) -> tuple[tuple[Node, Node], ...]:
        """Return the (FUNCTION or CLASS node, class) that `name` means on instances of a class.

        The nearest definition upwards, and those of subclasses.
        """
        found: dict[Node, Node] = {}
        for current in self.lineage(owner):
            values = self.class_(current).members.get(name)
            if values:
                for value in values:
                    for definition in self.definitions(self.beside(current, value)):
                        found.setdefault(definition, current)
                break
        for child in sorted(self.family(owner)):
            for value in self.class_(child).members.get(name, ()):
                for definition in self.definitions(self.beside(child, value)):
                    found.setdefault(definition, child)
        return tuple(found.items())

    @cached_property
    def _method_owners(self) -> Mapping[str, tuple[Node, ...]]:
        owners: dict[str, list[Node]] = {}
        for node in self.classes:
            for name in self.class_(node).members:
                owners.setdefault(name, []).append(node)
        return {name: tuple(nodes) for name, nodes in owners.items()}

    def owners(self, name: str) -> tuple[Node, ...]:
        """Return the classes whose body binds a name."""
        return self._method_owners.get(name, ())

    def types(self, node: Node, depth: int = 0) -> frozenset[Node] | None:
        """Return the classes of the repository that a value is an instance of (or is).

        None when it is not known; empty when it is certainly none of ours.
        """
        if not node:
            return None
        if node in self._types:
            return self._types[node]
        if depth > _DEPTH or self._level > _LEVEL:
            return None
        self._types[node] = frozenset()  # neutral in cycles
        self._level += 1
        result = self._types_of(node, depth + 1)
        self._level -= 1
        self._types[node] = result
        return result

    def _union(self, nodes: Iterable[Node], depth: int) -> frozenset[Node] | None:
        result: frozenset[Node] = frozenset()
        for node in nodes:
            if self.constant(node) is None:
                continue
            types = self.types(node, depth)
            if types is None:
                return None
            result |= types
        return result

    def _types_of(self, node: Node, depth: int) -> frozenset[Node] | None:
        operation = self.operation(node)
        kind = operation[0]
        if kind == op.CLASS:
            return frozenset({node})
        if kind in (op.CONSTANT, op.TEXT, op.DISPLAY, op.ELEMENTS, op.COMPARE, op.FUNCTION):
            return frozenset()
        if kind == op.PARAMETER:
            facts = self.file(node).functions[operation[5]]
            for name, place, annotation, _ in facts.parameters:
                if place == node & _MASK:
                    if annotation:
                        return self.annotated(self.beside(node, annotation), depth)
                    if facts.owner >= 0 and facts.parameters[0][0] == name:
                        plain = {
                            self.qualified(self.beside(node, decorator))
                            for decorator in facts.decorators
                        }
                        if "builtins.staticmethod" in plain:
                            return None
                        owner = self.file(node).classes[facts.owner]
                        return frozenset({self.beside(node, owner.place)})
            return None
        if kind == op.VARIABLE:
            if operation[6]:
                return self.annotated(self.beside(node, operation[6]), depth)
            return self._union(self.inward(node), depth)
        if kind in (op.EITHER, op.CHOICE):
            places = operation[5] if kind == op.EITHER else operation[6:8]
            return self._union((self.beside(node, place) for place in places), depth)
        if kind in (op.ENTER, op.AWAIT):
            return self.types(self.beside(node, operation[5]), depth)
        if kind == op.IMPORT:
            target = self.imported(node)[1]
            return self.types(target, depth) if target else None
        if kind == op.FREE:
            target = self.starred(node)
            return self.types(target, depth) if target else None
        if kind in (op.CALL, op.METHOD):
            return self._types_of_call(node, depth)
        if kind == op.ATTRIBUTE:
            return self._types_of_attribute(node, depth)
        return None

    def _types_of_call(self, node: Node, depth: int) -> frozenset[Node] | None:
        result: frozenset[Node] = frozenset()
        callees = self.callees(node, depth)
        if not callees:
            operation = self.operation(node)
            if operation[0] == op.CALL:
                if self.called(node) == "builtins.super":
                    return self._types_of_super(node)
                inner = self.definitions(self.beside(node, operation[5]), depth)
                classes = [value for value in inner if self.operation(value)[0] == op.CLASS]
                if classes:
                    return frozenset(classes)
                wrapped = self.definitions(node, depth)
                if wrapped:
                    return self._union(wrapped, depth)
            return None
        for callee in callees:
            if not callee.sure:
                return None
            facts = self.function(callee.function)
            if callee.owner and facts.name == "__init__":
                types: frozenset[Node] | None = frozenset({callee.owner})
            elif facts.result:
                types = self.annotated(self.beside(callee.function, facts.result), depth)
            elif facts.yields:
                types = self._union(
                    (
                        self.beside(callee.function, self._value(callee.function, place))
                        for place in facts.yields
                    ),
                    depth,
                )
            else:
                types = self._union(
                    (
                        self.beside(callee.function, self._value(callee.function, place))
                        for place in facts.returns
                    ),
                    depth,
                )
            if types is None:
                return None
            result |= types
        return result

    def _types_of_super(self, node: Node) -> frozenset[Node] | None:
        _, line = self.operation(node)[:2]
        file = self.file(node)
        inner = [facts for facts in file.classes if facts.line <= line <= facts.end_line]
        if not inner:
            return None
        nearest = max(inner, key=lambda facts: facts.line)
        return frozenset(self.bases(self.beside(node, nearest.place))[0]) or None

    def _value(self, node: Node, place: int) -> int:
        return int(self.file(node).operations[place][5])

    def _types_of_attribute(self, node: Node, depth: int) -> frozenset[Node] | None:
        operation = self.operation(node)
        base = self.beside(node, operation[5])
        if not base:
            return None
        path = self.module_of(base)
        if path is not None:
            return self.types(self.global_of(path, operation[6]), depth)
        owners = self.types(base, depth)
        if not owners:
            return None
        result: frozenset[Node] = frozenset()
        known = False
        for owner in owners:
            for current in self.lineage(owner):
                annotation = self.class_(current).annotations.get(operation[6])
                if annotation:
                    types = self.annotated(self.beside(current, annotation), depth)
                    if types is None:
                        return None
                    known = True
                    result |= types
        for store in self.by_name.get(operation[6], ()):
            stored = self.operation(store)
            if stored[0] != op.SET_ATTRIBUTE:
                continue
            value = self.beside(store, stored[7])
            if self.constant(value) is None:
                continue
            holders = self.types(self.beside(store, stored[5]), depth)
            if holders and self.related(holders, owners):
                types = self.types(value, depth)
                if types is None:
                    return None
                known = True
                result |= types
        return result if known else None

    def annotated(self, node: Node, depth: int = 0) -> frozenset[Node] | None:
        """Return the classes of the repository that an annotation allows, None if not known."""
        if not node or depth > _DEPTH:
            return None
        operation = self.operation(node)
        kind = operation[0]
        if kind == op.CONSTANT:
            if operation[5] is None:
                return frozenset()
            if isinstance(operation[5], str) and operation[5].isidentifier():
                target = self.global_of(self.file(node).path, operation[5])
                return self.annotated(target, depth + 1) if target else None
            return None
        if kind == op.BINARY:
            return self._annotated_union(node, operation[6:8], depth)
        if kind == op.ITEM:
            name = (self.qualified(self.beside(node, operation[5])) or "").rpartition(".")[2]
            if name in ("Optional", "Type", "type", "ClassVar", "Final", "Annotated"):
                return self.annotated(self.beside(node, operation[6]), depth + 1)
            if name == "Union" and operation[6]:
                inner = self.operation(self.beside(node, operation[6]))
                if inner[0] == op.DISPLAY:
                    return self._annotated_union(node, [value for _, value in inner[6]], depth)
            return None
        found = [
            value
            for value in self.definitions(node, depth + 1)
            if self.operation(value)[0] == op.CLASS
        ]
        if found:
            return frozenset(found)
        outside = self.qualified(node)
        if outside in ("builtins.object", "typing.Any"):
            return None
        return frozenset() if outside is not None else None

    def _annotated_union(
        self, node: Node, places: Iterable[int], depth: int
    ) -> frozenset[Node] | None:
        result: frozenset[Node] = frozenset()
        for place in places:
            types = self.annotated(self.beside(node, place), depth + 1)
            if types is None:
                return None
            result |= types
        return result

    # Calls

    def callees(self, node: Node, depth: int = 0) -> tuple[Callee, ...]:
        """Return the functions of the repository that a CALL or METHOD may enter.

        Those found by the method's name alone are not `sure`. A class without an ``__init__`` of
        ours gives none: `constructed` tells.
        """
        operation = self.operation(node)
        base = self.beside(node, operation[5])
        if not base:
            return ()
        found: list[Callee] = []
        if operation[0] == op.CALL:
            for target in self.definitions(base, depth):
                found += self._enter(target, 0, 0, sure=True)
            return tuple(found)
        name = operation[6]
        path = self.module_of(base)
        if path is not None:
            for target in self.definitions(self.global_of(path, name), depth):
                found += self._enter(target, 0, 0, sure=True)
            return tuple(found)
        types = self.types(base, depth)
        if types is not None:
            on_class = self.operation(base)[0] in (op.CLASS, op.IMPORT)
            for owner in sorted(types):
                for target, holder in self.methods(owner, name):
                    found += self._enter(target, self._bound(target, on_class), holder, sure=True)
            return tuple(found)
        if self.qualified(base) is not None:
            return ()
        for owner in self.owners(name):
            for value in self.class_(owner).members[name]:
                for target in self.definitions(self.beside(owner, value)):
                    found += self._enter(target, self._bound(target, False), owner, sure=False)
        return tuple(found)

    def _bound(self, target: Node, on_class: bool) -> int:
        if self.operation(target)[0] != op.FUNCTION:
            return 0
        facts = self.function(target)
        names = {self.qualified(self.beside(target, place)) for place in facts.decorators}
        if "builtins.staticmethod" in names or facts.owner < 0:
            return 0
        return 1 if not on_class or "builtins.classmethod" in names else 0

    def _enter(self, target: Node, offset: int, owner: Node, *, sure: bool) -> Iterator[Callee]:
        if self.operation(target)[0] == op.FUNCTION:
            yield Callee(target, offset, owner, sure)
            return
        for current in self.lineage(target):
            values = self.class_(current).members.get("__init__")
            if values:
                for value in values:
                    for definition in self.definitions(self.beside(current, value)):
                        if self.operation(definition)[0] == op.FUNCTION:
                            yield Callee(definition, 1, target, sure)
                return

    def constructed(self, node: Node) -> tuple[Node, ...]:
        """Return the classes that a CALL or METHOD makes an instance of."""
        operation = self.operation(node)
        base = self.beside(node, operation[5])
        if not base:
            return ()
        targets: tuple[Node, ...] = ()
        if operation[0] == op.CALL:
            targets = self.definitions(base)
        else:
            path = self.module_of(base)
            if path is not None:
                targets = self.definitions(self.global_of(path, operation[6]))
        return tuple(target for target in targets if self.operation(target)[0] == op.CLASS)

    def parameter(self, callee: Callee, position: int, keyword: str | None) -> Node:
        """Return the PARAMETER that an argument becomes; 0 when there is none."""
        facts = self.function(callee.function)
        if keyword is not None:
            for name, place, _, _ in facts.parameters:
                if name == keyword:
                    return self.beside(callee.function, place)
            return self.beside(callee.function, facts.keywords)
        index = position + callee.offset
        if index < facts.positional:
            return self.beside(callee.function, facts.parameters[index][1])
        return self.beside(callee.function, facts.rest)


def _make_index(file: FlowSummary) -> _Index:
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
    return _Index(
        {key: tuple(value) for key, value in users.items()},
        {key: tuple(value) for key, value in onward.items()},
        {key: tuple(value) for key, value in inward.items()},
        {key: tuple(value) for key, value in defaults.items()},
        {key: tuple(value) for key, value in exports.items()},
        {key: tuple(value) for key, value in members.items()},
    )
