"""The work list of one search: places that hold a value, and what was told about them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any, Final, NamedTuple, TypeAlias

from codemods.codemod import Near
from codemods.python.flow.graph import Graph
from codemods.python.flow.nodes import MASK, Node
from codemods.python.flow.summary import Operation
from codemods.python.flow.uses import Escape, Follow, Judge, Path, Reach, Searched, Use

__all__ = ["Handlers", "Visit", "Walker"]

_DEPTH: Final = 4
_PLACES: Final = 4000  # of one reach; beyond, the rest counts as an escape


class Visit(NamedTuple):
    """An operation that uses a place where a value is."""

    user: Node
    operation: Operation  #: of the user
    value: Node  #: the place that it uses
    path: Path  #: where the value lies there
    sure: bool

    @property
    def here(self) -> int:
        """The place as the operation's operands name it."""
        return self.value & MASK


class Walker:
    """Follows one set of seeds, near places first."""

    def __init__(
        self,
        graph: Graph,
        judge: Judge,
        searched: Searched,
        refused: Collection[bytes],
        guess: bool,
    ) -> None:
        self.graph = graph
        self.guess = guess
        self.reach = Reach()
        self.stored: set[tuple[str, Node, Path, bool]] = set()
        self.named: set[str] = set()
        self._judge = judge
        self._searched = searched
        self._refused = refused
        self._near: deque[tuple[Node, Path, bool]] = deque()
        self._far: deque[tuple[Node, Path, bool]] = deque()  # places to visit after all near ones
        self._ready: deque[tuple[Node, Path, bool]] = deque()  # visited, to be followed elsewhere
        self._told: set[tuple[str, Node, Node, Path, int, str | None]] = set()
        self._escaped: set[Escape] = set()

    def run(
        self,
        near: Callable[[Walker, Node, Path, bool], None],
        far: Callable[[Walker, Node, Path, bool], None],
    ) -> None:
        """Visit all places: `near` looks at one in its own file, `far` in others."""
        while not self.reach.stopped and (self._near or self._ready or self._far):
            if self._near:
                place = self._near.popleft()
                near(self, *place)
                self._ready.append(place)
            elif self._ready:
                far(self, *self._ready.popleft())
            else:
                self._near.append(self._far.popleft())

    def push(self, node: Node, path: Path, sure: bool, *, far: bool = False) -> None:
        """Put a place on the list, unless it was there."""
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
            (self._far if far else self._near).append((node, path, sure))

    def carry(self, visit: Visit, path: Path) -> None:
        """Go on with the result of the operation, in which the value lies at `path`."""
        self.push(visit.user, path, visit.sure)

    def use(self, kind: str, visit: Visit, **more: Any) -> Follow:
        """Tell the codemod; return its answer, and no when it was told before."""
        where = more.get("index", 0) * 100 + more.get("position", -1)
        key = (kind, visit.user, visit.value, visit.path, where, more.get("keyword"))
        if key in self._told:
            return Follow.NO
        self._told.add(key)
        use = Use(kind, visit.user, visit.value, visit.path, sure=visit.sure, **more)
        self.reach.uses.append(use)
        answer = self._judge(use)
        if answer is Follow.STOP:
            self.reach.stopped = True
        return answer

    def tell(self, kind: str, visit: Visit, **more: Any) -> Follow:
        """Tell the codemod; go on with the result when it is such a value too."""
        answer = self.use(kind, visit, **more)
        if answer is Follow.YES:
            self.carry(visit, ())
        return answer

    def escape(self, kind: str, node: Node, name: str = "") -> None:
        """Note that the value goes out of sight."""
        escape = Escape(kind, node, name)
        if escape not in self._escaped:
            self._escaped.add(escape)
            self.reach.escapes.append(escape)

    def need(
        self, name: str, node: Node, homes: Iterable[PurePosixPath], *, attribute: bool
    ) -> None:
        """Ask for the files that mention a name of these files, unless they are known already."""
        needle = (b"." if attribute else b"") + name.encode()
        if needle in self._refused:
            self.escape("not-followed", node, name)
        elif needle not in self._searched:
            wanted = {Near(needle, home) for home in homes}
            self.reach.near |= wanted.difference(self._searched)


Handlers: TypeAlias = Mapping[int, Callable[[Walker, Visit], None]]
"""What is done about a value that an operation uses, by the kind of operation."""
