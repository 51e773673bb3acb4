"""Following values forward: where a seed can go, and what is done with it there."""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Final, TypeAlias

from codemods.python.flow import summary as op
from codemods.python.flow.graph import Callee, Graph, Node

__all__ = ["ADDERS", "Escape", "Follow", "Needs", "Path", "Reach", "Step", "Use", "follow"]


class Step(enum.Enum):
    """How a value lies inside another one; a constant key of a display is a step of its own."""

    CALL = "call"  #: calling gives it
    ELEMENT = "element"  #: of a list, set, generator …
    VALUE = "value"  #: of a dict, under an unknown key
    ENTER = "enter"  #: ``with`` gives it
    AWAIT = "await"
    PROPERTY = "property"  #: reading the attribute gives it


Path: TypeAlias = tuple["Step | str | int", ...]


class Follow(enum.Enum):
    """What a codemod answers to a use."""

    NO = "no"  #: the result is something else
    YES = "yes"  #: the result is such a value again
    STOP = "stop"  #: nothing more need be known of this seed


@dataclass(frozen=True, slots=True)
class Use:
    """Something done with a value.

    ==============  ========================================================================
    kind            `name`, `others`
    ==============  ========================================================================
    attribute       the attribute
    method          the method; `others` are the positional arguments
    argument        qualified name of the callee or ``.name``; `position` or `keyword` say which
    called          the value itself is called
    binary          operator; the other operand
    unary           operator
    compare         operators, joined by spaces; the other operands
    text            conversion or format spec of an f-string hole; `others` are all holes
    subscript       the key is in `others`
    slice           the bounds are in `others`
    key             the value is a key: of a subscript, display or assignment
    truth, raise, return, yield, await, enter, iterate
    store           attribute that it is stored under; the object
    item            stored into a container; the container
    set             an attribute or item of the value itself is assigned
    display         list | tuple | set | dict that it is put into
    star            unpacked into a call
    ==============  ========================================================================
    """

    kind: str
    node: Node  #: the operation that uses it; it is also the result's place
    value: Node  #: what is used
    inside: Path = ()  #: where in `value` it lies; () for the value itself
    name: str = ""
    others: tuple[Node, ...] = ()
    position: int = -1
    keyword: str | None = None
    index: int = 0  #: which of several equal operands it is (the left one is 0)
    sure: bool = True  #: False when only an attribute's or method's name leads here
    into: tuple[Callee, ...] = ()  #: functions of the repository that an argument enters


@dataclass(frozen=True, slots=True)
class Escape:
    """A place where a value goes out of sight."""

    kind: str  #: unknown-call, decorator, outside-base, string, dynamic, not-followed, nested
    node: Node
    name: str = ""


@dataclass(frozen=True, slots=True)
class Needs:
    """What another round would have to search."""

    needles: frozenset[bytes] = frozenset()  #: reverse: who mentions these
    paths: frozenset[PurePosixPath] = frozenset()  #: forward: definitions that were not surveyed

    def __or__(self, other: Needs) -> Needs:
        return Needs(self.needles | other.needles, self.paths | other.paths)


@dataclass
class Reach:
    """Where seeds go. `stopped` when the codemod wanted to know no more."""

    places: dict[tuple[Node, Path], bool] = field(default_factory=dict)  #: sure or not
    uses: list[Use] = field(default_factory=list)
    escapes: list[Escape] = field(default_factory=list)
    needles: set[bytes] = field(default_factory=set)
    paths: set[PurePosixPath] = field(default_factory=set)
    stopped: bool = False

    @property
    def needs(self) -> Needs:
        """What another round would have to search."""
        return Needs(frozenset(self.needles), frozenset(self.paths))


Judge: TypeAlias = Callable[[Use], Follow]

_DEPTH: Final = 4
_PLACES: Final = 4000  # of one reach; beyond, the rest counts as an escape
ADDERS: Final = {
    "append": 0,
    "add": 0,
    "appendleft": 0,
    "insert": 1,
    "put": 0,
    "put_nowait": 0,
    "push": 0,
}
_TRANSPARENT: Final = frozenset(
    {
        "builtins.staticmethod",
        "builtins.classmethod",
        "functools.lru_cache",
        "functools.cache",
        "functools.wraps",
        "abc.abstractmethod",
        "typing.overload",
        "typing.final",
        "typing_extensions.override",
        "typing.override",
    }
)
_PROPERTIES: Final = frozenset(
    {"builtins.property", "functools.cached_property", "abc.abstractproperty"}
)
_MANAGERS: Final = frozenset({"contextlib.contextmanager", "contextlib.asynccontextmanager"})
_COPIERS: Final = frozenset(
    {
        "builtins.list",
        "builtins.tuple",
        "builtins.set",
        "builtins.frozenset",
        "builtins.sorted",
        "builtins.reversed",
        "builtins.iter",
        "builtins.dict",
        "copy.copy",
        "copy.deepcopy",
        "collections.deque",
        "collections.OrderedDict",
    }
)
_TAKERS: Final = frozenset({"builtins.max", "builtins.min", "builtins.next"})


def follow(
    graph: Graph,
    seeds: Iterable[tuple[Node, Path]],
    judge: Judge,
    searched: Collection[bytes] = (),
    refused: Collection[bytes] = (),
    *,
    guess: bool = True,
) -> Reach:
    """Follow values from their seeds, near places first.

    A seed is a node and where in it the value lies: ``()`` for the node itself,
    ``(Step.CALL,)`` for a reference to a function that returns it. `judge` sees every use once and
    says whether the result is followed too. Names in `searched` are known everywhere; those in
    `refused` will never be, so they are escapes. Without `guess`, places that only the name of an
    attribute or method leads to are left out.
    """
    walker = _Walker(graph, judge, searched, refused, guess)
    for node, path in seeds:
        walker.push(node, path, True)
    walker.run()
    return walker.reach


class _Walker:
    def __init__(
        self,
        graph: Graph,
        judge: Judge,
        searched: Collection[bytes],
        refused: Collection[bytes],
        guess: bool,
    ) -> None:
        self.graph = graph
        self.guess = guess
        self.judge = judge
        self.searched = searched
        self.refused = refused
        self.reach = Reach()
        self.near: deque[tuple[Node, Path, bool]] = deque()
        self.far: deque[tuple[Node, Path, bool]] = deque()  # places to visit after all near ones
        self.ready: deque[tuple[Node, Path, bool]] = deque()  # visited, to be followed elsewhere
        self.told: set[tuple[str, Node, Node, Path, int, str | None]] = set()
        self.stored: set[tuple[str, Node, Path, bool]] = set()
        self.named: set[str] = set()
        self.escaped: set[Escape] = set()

    # The work list

    def push(self, node: Node, path: Path, sure: bool, *, far: bool = False) -> None:
        if not node or not (sure or self.guess):
            return
        if len(path) > _DEPTH:
            self.escape("nested", node)
            return
        known = self.reach.places.get((node, path))
        if known is None or (sure and not known):
            if len(self.reach.places) >= _PLACES:
                self.escape("nested", node)
                return
            self.reach.places[(node, path)] = sure
            (self.far if far else self.near).append((node, path, sure))

    def run(self) -> None:
        while not self.reach.stopped and (self.near or self.ready or self.far):
            if self.near:
                node, path, sure = self.near.popleft()
                self.visit_near(node, path, sure)
                self.ready.append((node, path, sure))
            elif self.ready:
                self.visit_far(*self.ready.popleft())
            else:
                self.near.append(self.far.popleft())

    def use(self, kind: str, node: Node, value: Node, path: Path, sure: bool, **more: Any) -> bool:
        """Tell the codemod; return whether the result is such a value too."""
        use = Use(kind, node, value, path, sure=sure, **more)
        key = (kind, node, value, path, use.index * 100 + use.position, use.keyword)
        if key in self.told:
            return False
        self.told.add(key)
        self.reach.uses.append(use)
        answer = self.judge(use)
        if answer is Follow.STOP:
            self.reach.stopped = True
        return answer is Follow.YES

    def escape(self, kind: str, node: Node, name: str = "") -> None:
        escape = Escape(kind, node, name)
        if escape not in self.escaped:
            self.escaped.add(escape)
            self.reach.escapes.append(escape)

    def need(self, name: str, node: Node, *, attribute: bool) -> None:
        """Ask for the files that mention a name, unless they are known already."""
        needle = (b"." if attribute else b"") + name.encode()
        if needle in self.refused:
            self.escape("not-followed", node, name)
        elif needle not in self.searched:
            self.reach.needles.add(needle)

    # Uses in the same file

    def visit_near(self, node: Node, path: Path, sure: bool) -> None:
        graph = self.graph
        for target in graph.onward(node):
            self.push(target, path, sure)
        for place in graph.index(node).defaults.get(node & 0xFFFFFF, ()):
            self.push(graph.beside(node, place), path, sure)
        for user in graph.users(node):
            if self.reach.stopped:
                return
            self.visit_user(user, graph.operation(user), node, path, sure)

    def visit_user(
        self, user: Node, operation: op.Operation, node: Node, path: Path, sure: bool
    ) -> None:
        kind = operation[0]
        here = node & 0xFFFFFF
        beside = self.graph.beside
        if kind == op.METHOD:
            if operation[5] == here:
                self.method(user, operation, node, path, sure)
            self.arguments(user, operation, node, path, sure)
        elif kind == op.CALL:
            if operation[5] == here:
                if path and path[0] is Step.CALL:
                    self.push(user, path[1:], sure)
                elif self.use("called", user, node, path, sure):
                    self.push(user, (), sure)
            self.arguments(user, operation, node, path, sure)
        elif kind == op.ATTRIBUTE:
            if self.use("attribute", user, node, path, sure, name=operation[6]):
                self.push(user, (), sure)
        elif kind == op.EITHER:
            if not path and operation[5][-1] != here:
                self.use("truth", user, node, path, sure)
            self.push(user, path, sure)
        elif kind == op.CHOICE:
            if here in operation[6:8]:
                self.push(user, path, sure)
        elif kind == op.BINARY:
            self.binary(user, operation, node, path, sure)
        elif kind == op.COMPARE:
            for index, operand in enumerate(operation[6]):
                if operand == here:
                    others = tuple(
                        beside(node, other)
                        for position, other in enumerate(operation[6])
                        if position != index
                    )
                    self.use(
                        "compare",
                        user,
                        node,
                        path,
                        sure,
                        name=" ".join(operation[5]),
                        others=others,
                        index=index,
                    )
        elif kind == op.RETURN:
            self.use("return", user, node, path, sure)
            self.returned(user, operation[6], path, sure)
        elif kind == op.TEXT:
            holes = tuple(
                beside(node, part[0]) for part in operation[5] if not isinstance(part, str)
            )
            for index, part in enumerate(
                part for part in operation[5] if not isinstance(part, str)
            ):
                if part[0] == here:
                    name = part[2] if part[2] is not None else part[1]
                    if self.use(
                        "text", user, node, path, sure, name=name, others=holes, index=index
                    ):
                        self.push(user, (), sure)
        elif kind in (op.ITEM, op.SLICE):
            self.item(user, operation, node, path, sure)
        elif kind == op.DISPLAY:
            self.display(user, operation, node, path, sure)
        elif kind == op.ELEMENTS:
            if operation[7] == here:
                self.use("display", user, node, path, sure, name=operation[5])
                step = Step.VALUE if operation[5] == "dict" else Step.ELEMENT
                self.push(user, (step, *path), sure)
            if operation[6] == here and not path:
                self.use("key", user, node, path, sure)
        elif kind == op.SET_ATTRIBUTE:
            if operation[7] == here:
                self.use(
                    "store",
                    user,
                    node,
                    path,
                    sure,
                    name=operation[6],
                    others=(beside(node, operation[5]),),
                )
                self.store(user, beside(node, operation[5]), operation[6], path, sure)
            if operation[5] == here and not path:
                self.use("set", user, node, path, sure, name=operation[6])
        elif kind == op.SET_ITEM:
            if operation[7] == here:
                container = beside(node, operation[5])
                self.use("item", user, node, path, sure, others=(container,))
                self.put(container, (self.step(beside(node, operation[6])), *path), sure)
            if operation[6] == here and not path:
                self.use("key", user, node, path, sure, others=(beside(node, operation[5]),))
            if operation[5] == here and not path:
                self.use("set", user, node, path, sure)
        else:
            self.simple(user, operation, node, path, sure)

    def simple(
        self, user: Node, operation: op.Operation, node: Node, path: Path, sure: bool
    ) -> None:
        kind = operation[0]
        if kind == op.AWAIT:
            if path and path[0] is Step.AWAIT:
                self.push(user, path[1:], sure)
            elif self.use("await", user, node, path, sure):
                self.push(user, (), sure)
        elif kind == op.ENTER:
            if path and path[0] is Step.ENTER:
                self.push(user, path[1:], sure)
            elif self.use("enter", user, node, path, sure):
                self.push(user, (), sure)
        elif kind == op.ITERATE:
            if path and (path[0] is Step.ELEMENT or isinstance(path[0], int)):
                self.push(user, path[1:], sure)
            elif not path and self.use("iterate", user, node, path, sure):
                self.push(user, (), sure)
        elif kind == op.STAR:
            self.use("star", user, node, path, sure)
            self.push(user, path, sure)
        elif kind == op.YIELD:
            self.use("yield", user, node, path, sure)
            if operation[6] >= 0:
                inner = path if operation[7] else (Step.ELEMENT, *path)
                facts = self.graph.file(user).functions[operation[6]]
                self.push(self.graph.beside(user, facts.place), (Step.CALL, *inner), sure)
        elif kind == op.RAISE:
            self.use("raise", user, node, path, sure)
        elif kind == op.TRUTH and not path:
            self.use("truth", user, node, path, sure)
        elif kind == op.UNARY and not path:
            name = operation[5]
            if self.use("truth" if name == "not" else "unary", user, node, path, sure, name=name):
                self.push(user, (), sure)

    def returned(self, user: Node, function: int, path: Path, sure: bool) -> None:
        if function < 0:
            return
        facts = self.graph.file(user).functions[function]
        inner: Path = (Step.AWAIT, *path) if facts.is_async and not facts.yields else path
        self.push(self.graph.beside(user, facts.place), (Step.CALL, *inner), sure)

    def binary(
        self, user: Node, operation: op.Operation, node: Node, path: Path, sure: bool
    ) -> None:
        here = node & 0xFFFFFF
        for index in (0, 1):
            if operation[6 + index] != here:
                continue
            other = self.graph.beside(node, operation[7 - index])
            follows = self.use(
                "binary",
                user,
                node,
                path,
                sure,
                name=operation[5],
                others=(other,),
                index=index,
            )
            if path and operation[5] in ("+", "|", "*"):
                self.push(user, path, sure)
            elif not path and follows:
                self.push(user, (), sure)

    def step(self, key: Node) -> Step | str | int:
        value = self.graph.constant(key)
        if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        return Step.VALUE

    def matches(self, step: object, key: Node) -> bool:
        if isinstance(step, Step):
            return step in (Step.ELEMENT, Step.VALUE)
        value = self.graph.constant(key)
        return value is ... or value == step

    def item(self, user: Node, operation: op.Operation, node: Node, path: Path, sure: bool) -> None:
        here = node & 0xFFFFFF
        others = tuple(self.graph.beside(node, place) for place in operation[6:])
        if operation[5] == here:
            if operation[0] == op.SLICE:
                if path:
                    first = Step.ELEMENT if isinstance(path[0], int) else path[0]
                    self.push(user, (first, *path[1:]), sure)
                elif self.use("slice", user, node, path, sure, others=others):
                    self.push(user, (), sure)
            elif path:
                if self.matches(path[0], others[0]):
                    self.push(user, path[1:], sure)
            elif self.use("subscript", user, node, path, sure, others=others):
                self.push(user, (), sure)
        if not path and here in operation[6:]:
            self.use("key", user, node, path, sure, others=(self.graph.beside(node, operation[5]),))

    def display(
        self, user: Node, operation: op.Operation, node: Node, path: Path, sure: bool
    ) -> None:
        here = node & 0xFFFFFF
        name = operation[5]
        for key, value in operation[6]:
            if value == here:
                self.use("display", user, node, path, sure, name=name)
                if key == -1:
                    self.push(user, path, sure)
                elif name in ("dict", "tuple"):
                    self.push(user, (self.step(self.graph.beside(node, key)), *path), sure)
                else:
                    self.push(user, (Step.ELEMENT, *path), sure)
            if key == here and not path:
                self.use("key", user, node, path, sure, others=(user,))

    def method(
        self, user: Node, operation: op.Operation, node: Node, path: Path, sure: bool
    ) -> None:
        """`node` is the receiver of a method call."""
        name = operation[6]
        others = tuple(self.graph.beside(node, place) for place in operation[7])
        if not path:
            if self.use("method", user, node, path, sure, name=name, others=others):
                self.push(user, (), sure)
            return
        first, rest = path[0], path[1:]
        if first in (Step.CALL, Step.ENTER, Step.AWAIT, Step.PROPERTY):
            self.use("method", user, node, path, sure, name=name, others=others)
        elif name in ("get", "pop", "setdefault", "popleft", "get_nowait"):
            if not others or isinstance(first, Step) or self.matches(first, others[0]):
                self.push(user, rest, sure)
        elif name == "items":
            self.push(user, (Step.ELEMENT, 1, *rest), sure)
        elif name == "values":
            self.push(user, (Step.ELEMENT, *rest), sure)
        elif name in ("copy", "union"):
            self.push(user, path, sure)
        else:
            self.use("method", user, node, path, sure, name=name, others=others)

    # Arguments

    def arguments(
        self, user: Node, operation: op.Operation, node: Node, path: Path, sure: bool
    ) -> None:
        here = node & 0xFFFFFF
        positional, keywords = operation[-2], operation[-1]
        for position, place in enumerate(positional):
            if place == here:
                self.argument(user, operation, node, path, sure, position, None)
        for keyword, place in keywords:
            if place == here:
                if keyword is None:
                    for first in path[:1]:
                        if isinstance(first, str):
                            self.argument(user, operation, node, path[1:], sure, -1, first)
                        else:
                            self.escape("dynamic", user, "**")
                else:
                    self.argument(user, operation, node, path, sure, -1, keyword)

    def argument(
        self,
        user: Node,
        operation: op.Operation,
        node: Node,
        path: Path,
        sure: bool,
        position: int,
        keyword: str | None,
    ) -> None:
        graph = self.graph
        name = graph.called(user)
        if operation[0] == op.CALL and self.decorator(user, name, node, path, sure):
            return
        callees = graph.callees(user)
        if self.use(
            "argument",
            user,
            node,
            path,
            sure,
            name=name,
            position=position,
            keyword=keyword,
            into=callees,
        ):
            self.push(user, (), sure)
        if self.reach.stopped:
            return
        receiver = graph.beside(user, operation[5])
        if operation[0] == op.METHOD and ADDERS.get(operation[6]) == position:
            if graph.qualified(receiver) is None and not callees:
                self.use("item", user, node, path, sure, others=(receiver,))
                self.put(receiver, (Step.ELEMENT, *path), sure)
            return
        if name in _COPIERS and path:
            self.push(user, path, sure)
            return
        if name == "builtins.dict" and keyword is not None:
            self.push(user, (keyword, *path), sure)
            return
        if name in _TAKERS:
            if path and (path[0] is Step.ELEMENT or isinstance(path[0], int)):
                self.push(user, path[1:], sure)
            return
        if name == "pytest.mark.parametrize":
            self.parametrized(user, operation, path, sure)
            return
        if name == "builtins.setattr" and position == 2:
            self.escape("dynamic", user, "setattr")
            return
        starred = any(
            graph.operation(graph.beside(user, place))[0] == op.STAR for place in operation[-2]
        )
        if starred and keyword is None:
            self.escape("dynamic", user, "*")
            return
        for callee in callees:
            self.enter(callee, position, keyword, path, sure)
        made = graph.constructed(user)
        for owner in made:
            if not any(callee.owner == owner for callee in callees):
                self.construct(user, owner, position, keyword, path, sure)
        if not made and not any(callee.sure for callee in callees):
            self.reach.paths |= graph.unsurveyed(user)
            self.escape("unknown-call", user, name)
            if keyword is not None and (not name or name.startswith(".")):
                # Perhaps a constructor: what it stores, it stores under that name.
                self.store_in((), keyword, user, path, False)

    def enter(
        self, callee: Callee, position: int, keyword: str | None, path: Path, sure: bool
    ) -> None:
        graph = self.graph
        parameter = graph.parameter(callee, position, keyword)
        facts = graph.function(callee.function)
        sure = sure and callee.sure
        if parameter and parameter & 0xFFFFFF == facts.rest and keyword is None:
            self.push(
                parameter, (position + callee.offset - facts.positional, *path), sure, far=True
            )
        elif parameter and parameter & 0xFFFFFF == facts.keywords and keyword is not None:
            self.push(parameter, (keyword, *path), sure, far=True)
        else:
            self.push(parameter, path, sure, far=True)

    def construct(
        self,
        user: Node,
        owner: Node,
        position: int,
        keyword: str | None,
        path: Path,
        sure: bool,
    ) -> None:
        """An argument of a class without an ``__init__`` of its own: a field, if it has any."""
        graph = self.graph
        name = keyword
        if name is None:
            fields: list[str] = []
            for current in reversed(graph.lineage(owner)):
                fields += [
                    field for field in graph.class_(current).annotations if field not in fields
                ]
            if position < len(fields):
                name = fields[position]
        if name is None:
            self.escape("unknown-call", user, graph.class_(owner).name)
            return
        self.store_in((owner,), name, user, path, sure)
        if graph.outside_bases(owner):  # a factory, for one, makes objects of another class
            self.store_in((), name, user, path, False)

    def parametrized(self, user: Node, operation: op.Operation, path: Path, sure: bool) -> None:
        """A test's parameters get the elements of pytest's list of arguments."""
        graph = self.graph
        names = graph.constant(graph.beside(user, operation[-2][0])) if operation[-2] else ...
        if not isinstance(names, str) or not path or path[0] is not Step.ELEMENT:
            self.escape("unknown-call", user, "pytest.mark.parametrize")
            return
        words = [word.strip() for word in names.split(",")]
        rest = path[1:]
        if len(words) > 1:
            if not rest or not isinstance(rest[0], int) or rest[0] >= len(words):
                self.escape("unknown-call", user, "pytest.mark.parametrize")
                return
            words, rest = [words[rest[0]]], rest[1:]
        for outer in graph.users(user):
            for function in graph.definitions(outer):
                if graph.operation(function)[0] == op.FUNCTION:
                    for word, place, _, _ in graph.function(function).parameters:
                        if word in words:
                            self.push(graph.beside(function, place), rest, sure, far=True)

    def fixture(self, user: Node, path: Path, sure: bool) -> None:
        """What a pytest fixture gives comes in as the parameter of its name, in its folder."""
        graph = self.graph
        functions = [
            graph.function(function).name
            for function in graph.definitions(user)
            if graph.operation(function)[0] == op.FUNCTION
        ]
        inner = path[1:]
        if inner[:1] == (Step.ELEMENT,):
            inner = inner[1:]
        home = graph.file(user).path
        for number, file in enumerate(graph.files):
            near = (
                file.path == home
                if home.name != "conftest.py"
                else file.path.is_relative_to(home.parent)
            )
            if not near:
                continue
            for facts in file.functions:
                for word, place, _, _ in facts.parameters:
                    if word in functions and facts.name not in functions:
                        self.push(number << 24 | place, inner, sure, far=True)

    def decorator(self, user: Node, name: str, node: Node, path: Path, sure: bool) -> bool:
        """Handle a decorator's call: what the function gives, the decorated one gives too."""
        graph = self.graph
        if graph.decorated(user) != node:
            return False
        if name in _MANAGERS:
            if path[:2] == (Step.CALL, Step.ELEMENT):
                self.push(user, (Step.CALL, Step.ENTER, *path[2:]), sure)
            return True
        if name in _PROPERTIES or name.endswith(".cached_property"):
            if path[:1] == (Step.CALL,):
                self.push(user, (Step.PROPERTY, *path[1:]), sure)
            return True
        self.push(user, path, sure)
        if name not in _TRANSPARENT:
            inner = graph.beside(user, graph.operation(user)[5])
            if "pytest.fixture" in (name, graph.called(inner) if graph.is_call(inner) else ""):
                if path[:1] == (Step.CALL,):
                    self.fixture(user, path, sure)
                return True
            if graph.is_call(inner) and graph.called(inner).startswith("pytest.mark."):
                return True
            called = graph.called(inner) if graph.is_call(inner) else name
            if called not in _TRANSPARENT:
                self.use("argument", user, node, path, sure, name=called or name, position=0)
                self.escape("decorator", user, called or name)
        return True

    # Containers and attributes

    def put(self, container: Node, path: Path, sure: bool, depth: int = 0) -> None:
        """A value was put into a container: whoever holds the container holds it."""
        if not container or depth > 6:
            return
        graph = self.graph
        operation = graph.operation(container)
        kind = operation[0]
        self.push(container, path, sure)
        if kind == op.VARIABLE:
            for source in graph.inward(container):
                self.put(source, path, sure, depth + 1)
        elif kind in (op.EITHER, op.CHOICE):
            for place in operation[5] if kind == op.EITHER else operation[6:8]:
                self.put(graph.beside(container, place), path, sure, depth + 1)
        elif kind == op.ATTRIBUTE:
            base = graph.beside(container, operation[5])
            module = graph.module_of(base) if base else None
            if module is not None:
                self.put(graph.global_of(module, operation[6]), path, sure, depth + 1)
            else:
                self.store(container, base, operation[6], path, sure)
        elif kind == op.IMPORT:
            self.put(graph.imported(container)[1], path, sure, depth + 1)
        elif kind == op.ITEM:
            base = graph.beside(container, operation[5])
            step = self.step(graph.beside(container, operation[6]))
            self.put(base, (step, *path), sure, depth + 1)
        elif kind == op.PARAMETER:
            self.escape("unknown-call", container, "put into an argument")

    def store(self, where: Node, base: Node, name: str, path: Path, sure: bool) -> None:
        """A value was stored under an attribute of an object."""
        graph = self.graph
        module = graph.module_of(base) if base else None
        if module is not None:
            target = graph.global_of(module, name)
            self.push(target, path, sure)
            self.bound_global(module, name, where, path, sure)
            return
        owners = graph.types(base) if base else None
        if owners:
            self.store_in(tuple(sorted(owners)), name, where, path, sure)
            return
        self.escape("unknown-object", where, name)
        self.store_in((), name, where, path, False)

    def store_in(
        self, owners: tuple[Node, ...], name: str, where: Node, path: Path, sure: bool
    ) -> None:
        """Follow an attribute of instances of classes; of any object when there are none."""
        if not (sure or self.guess):
            return
        graph = self.graph
        key = (name, owners[0] if owners else 0, path, sure)
        if key in self.stored:
            return
        self.stored.add(key)
        outside = sorted({base for owner in owners for base in graph.outside_bases(owner)})
        if outside:
            self.escape("outside-base", where, outside[0])
        self.need(name, where, attribute=True)
        self.mentioned(name, where)
        for reader in graph.by_name.get(name, ()):
            operation = graph.operation(reader)
            if operation[0] == op.SET_ATTRIBUTE:
                continue
            base = graph.beside(reader, operation[5])
            if not base or graph.module_of(base) is not None:
                continue
            holders = graph.types(base)
            if holders is None:
                if graph.qualified(base) is not None:
                    continue
                certain = False
            elif owners and graph.related(holders, owners):
                certain = True
            elif not owners and holders:
                certain = False
            else:
                continue
            if not certain and not graph.acquainted((where, *owners), reader):
                continue
            self.read(reader, operation, path, sure and certain)

    def read(self, reader: Node, operation: op.Operation, path: Path, sure: bool) -> None:
        """The attribute that holds a value is read, or called as a method."""
        if operation[0] == op.ATTRIBUTE:
            if path and path[0] is Step.PROPERTY:
                path = path[1:]
            self.push(reader, path, sure, far=True)
        elif path and path[0] is Step.CALL:
            self.push(reader, path[1:], sure, far=True)
        else:
            self.use("called", reader, reader, path, sure, name=operation[6])

    def mentioned(self, name: str, where: Node) -> None:
        """Note the strings that hold an attribute's name: getattr, templates, queries."""
        if name in self.named:
            return
        self.named.add(name)
        for node in self.graph.words.get(name, ()):
            self.escape("string", node, name)

    # Uses elsewhere

    def visit_far(self, node: Node, path: Path, sure: bool) -> None:
        graph = self.graph
        file = graph.file(node)
        for name in graph.exports(node):
            self.bound_global(file.path, name, node, path, sure)
        for owner, name in graph.memberships(node):
            if path and path[0] is Step.CALL and name.startswith("__") and name.endswith("__"):
                self.dunder(owner, name, path, sure)
            else:
                self.store_in((owner,), name, node, path, sure)

    def dunder(self, owner: Node, name: str, path: Path, sure: bool) -> None:
        """What a special method gives comes out where Python calls it: ``with`` is followed."""
        if name not in ("__enter__", "__aenter__"):
            return
        graph = self.graph
        inner = path[2:] if path[1:2] == (Step.AWAIT,) else path[1:]
        for number, file in enumerate(graph.files):
            for place, operation in enumerate(file.operations):
                if operation[0] != op.ENTER:
                    continue
                node = number << 24 | place
                types = graph.types(graph.beside(node, operation[5]))
                if types and graph.related(types, (owner,)):
                    self.push(node, inner, sure, far=True)

    def bound_global(
        self, module: PurePosixPath, name: str, where: Node, path: Path, sure: bool
    ) -> None:
        """Follow a module's global into the modules that import it."""
        graph = self.graph
        key = (f"{module}:{name}", 0, path, sure)
        if key in self.stored:
            return
        self.stored.add(key)
        if not (name.startswith("__") and name.endswith("__")):
            self.need(name, where, attribute=False)
        for importer in graph.importers.get((module, name), ()):
            self.push(importer, path, sure, far=True)
        for reader in graph.by_name.get(name, ()):
            operation = graph.operation(reader)
            base = graph.beside(reader, operation[5])
            if operation[0] != op.SET_ATTRIBUTE and base and graph.module_of(base) == module:
                self.read(reader, operation, path, sure)
