"""What a name means at a place: the questions about a file's scopes.

The answers allow for every path that the code can take. A name read inside a function may see any
binding of the module that is not certainly gone by then, so a later rebinding makes it ambiguous;
a name read in straight-line code sees the last binding before it. A star import is never taken to
hide an explicit import of the same name.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from codemods.python.binder import bind
from codemods.python.scopes import Binding, BindingKind, Block, Point, Read, Scope, ScopeKind
from codemods.python.source import SourceText

__all__ = ["STAR_EXPORTS", "Names", "Resolution"]

_BUILTINS = frozenset(dir(builtins)) | {"WindowsError"}
_MODULE_NAMES = frozenset(
    {
        "__name__",
        "__file__",
        "__doc__",
        "__package__",
        "__spec__",
        "__loader__",
        "__path__",
        "__builtins__",
        "__annotations__",
        "__debug__",
        "__cached__",
        "__dict__",
    }
)
_CLASS_NAMES = frozenset({"__module__", "__qualname__", "__firstlineno__"})
_METHOD_NAMES = frozenset({"__class__"})

#: What ``from … import *`` of these modules provides (their ``__all__`` on 3.11).
STAR_EXPORTS: Mapping[str, frozenset[str]] = {
    "datetime": frozenset(
        {"date", "datetime", "time", "timedelta", "timezone", "tzinfo", "MINYEAR", "MAXYEAR"}
    ),
    "logging": frozenset(
        {"getLogger", "basicConfig", "Logger", "Handler", "Formatter", "StreamHandler"}
        | {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "debug", "info", "warning"}
        | {"error", "critical", "exception", "log", "disable"}
    ),
    "os": frozenset({"environ", "getenv", "putenv", "unsetenv", "path", "environb", "getenvb"}),
}


class Resolution(NamedTuple):
    """Everything that an expression may mean at its place."""

    names: frozenset[str] = frozenset()  #: qualified names; relative imports keep their dots
    opaque: tuple[Binding, ...] = ()  #: bindings that give no qualified name
    stars: tuple[Binding, ...] = ()  #: star imports that may provide it
    unbound: bool = False  #: nothing binds it
    lines: tuple[int, ...] = ()  #: of the bindings that give a qualified name

    @property
    def sole(self) -> str | None:
        """The one qualified name, if it can mean nothing else."""
        if len(self.names) == 1 and not self.opaque and not self.stars:
            return next(iter(self.names))
        return None

    def means(self, *names: str) -> bool:
        """Whether it can mean only (some of) these."""
        return bool(self.names) and self.names <= set(names) and not self.opaque and not self.stars

    def why(self) -> str:
        """Say why it is not one thing: a clause for a message."""
        if self.opaque:
            binding = self.opaque[0]
            return f"`{binding.name}` is also bound at line {_line(binding)} ({binding.kind.value})"
        if len(self.names) > 1:
            return f"it can mean {' or '.join(sorted(self.names))} (bound at {self.where()})"
        if self.stars:
            star = self.stars[0]
            return f"it may come from `from {star.origin} import *` at line {_line(star)}"
        return "nothing in this file binds it"

    def where(self) -> str:
        """Name the lines of what binds it, as in "line 3" or "lines 3 and 5"; "" when none do."""
        lines = [str(line) for line in self.lines] or [str(_line(star)) for star in self.stars[:1]]
        if not lines:
            return ""
        return f"line {lines[0]}" if len(lines) == 1 else f"lines {' and '.join(lines)}"


class _Reached(NamedTuple):
    """The bindings that a read may see."""

    bindings: tuple[Binding, ...]
    certain: bool  #: one of them has certainly been made
    fell_through: bool  #: it may find none, and then looks among the builtins


class _View(NamedTuple):
    """A point as one of the scopes around it sees it."""

    scope: Scope
    block: Block
    position: tuple[int, int]
    deferred: bool  #: evaluated at an unknown time after the position


class Names:
    """The names of one file. The answers are those of the whole file, whoever asks first."""

    def __init__(self, tree: ast.Module, file: SourceText | None = None) -> None:
        self.tree = tree
        self._walk = bind(tree, file)
        self._bound = self._walk.bound
        self._points: dict[str, dict[int, Point]] = {}

    def release(self) -> None:
        """Take the scopes apart, so that their memory comes back at once."""
        self._bound.release()
        self._points.clear()

    # -- what is there ----------------------------------------------------------------------

    @property
    def module(self) -> Scope:
        """The scope of the file itself."""
        return self._bound.module

    @property
    def scopes(self) -> Sequence[Scope]:
        """Every scope of the file, in no particular order."""
        self._walk.look_at_all()
        return self._bound.scopes

    def scopes_with(self, name: str) -> Iterator[Scope]:
        """Yield the scopes that bind a name, in no particular order."""
        self._walk.look_for(name)
        return (scope for scope in self._bound.scopes if name in scope.bindings)

    @property
    def imports(self) -> Sequence[Binding]:
        """Every import but star imports, at any depth."""
        self._walk.look_for("import")
        return self._bound.imports

    @property
    def exports(self) -> frozenset[str]:
        """The names in ``__all__``."""
        return frozenset(self._bound.exports)

    def is_mentioned(self, name: str) -> bool:
        """Tell whether a name is quoted inside a quoted annotation: as text, or as a type."""
        self._walk.look_for(name)
        return name in self._bound.mentioned

    @property
    def postponed(self) -> bool:
        """Whether annotations are not evaluated (``from __future__ import annotations``)."""
        return self._bound.postponed

    def reads(self, name: str) -> Sequence[Read]:
        """All reads of an identifier, in any scope, with the point of each."""
        self._walk.look_for(name)
        return self._bound.reads.get(name, ())

    def quoted_reads(self, name: str) -> Sequence[Read]:
        """Its reads in quoted annotations; the nodes have no useful position."""
        self._walk.look_for(name)
        return self._bound.quoted.get(name, ())

    @property
    def read_identifiers(self) -> frozenset[str]:
        """Every identifier that is read somewhere, quoted annotations included."""
        self._walk.look_at_all()
        return frozenset(self._bound.reads) | frozenset(self._bound.quoted)

    def attributes(self, attribute: str) -> Sequence[tuple[ast.Attribute, Point]]:
        """All expressions ``….attribute`` of the file, in no particular order."""
        self._walk.look_for(attribute)
        return self._bound.attributes.get(attribute, ())

    def point(self, node: ast.Name) -> Point | None:
        """Where a name of the tree is read; None for one that is not read."""
        points = self._points.get(node.id)
        if points is None:
            points = {id(read): point for read, point in self.reads(node.id)}
            self._points[node.id] = points
        return points.get(id(node))

    # -- what a name means ------------------------------------------------------------------

    def bindings(
        self, name: str, point: Point, position: tuple[int, int] | None = None
    ) -> tuple[Binding, ...]:
        """Return the bindings that a read of `name` at a point may see; empty if none.

        Bindings under ``if TYPE_CHECKING`` count only where the read is never evaluated.
        """
        return self._reach(name, point, position or _start(point.stmt)).bindings

    def resolve(self, node: ast.Name) -> Resolution:
        """Say what a name that is read may mean."""
        point = self.point(node)
        return Resolution(unbound=True) if point is None else self.look_up(node.id, point, node)

    def look_up(self, name: str, point: Point, node: ast.expr | None = None) -> Resolution:
        """Say what `name` would mean at a point (at the position of `node`, if given)."""
        return self._look_up(name, point, _position(node, point.stmt), 0)

    def qualified(self, node: ast.expr) -> Resolution:
        """Say what a dotted expression may mean.

        Plain aliases (``DT = datetime``) are followed. A base that may be the placeholder ``None``
        of a failed import is not counted: it has no attributes.
        """
        return self._qualified(node, 0)

    def _qualified(self, node: ast.expr, depth: int) -> Resolution:
        path: list[str] = []
        base = node
        while isinstance(base, ast.Attribute):
            path.append(base.attr)
            base = base.value
        if not isinstance(base, ast.Name):
            return Resolution(unbound=True)
        point = self.point(base)
        if point is None:
            return Resolution(unbound=True)
        found = self._look_up(base.id, point, _position(base, point.stmt), depth)
        if not path:
            return found
        tail = "".join(f".{part}" for part in reversed(path))
        return Resolution(
            frozenset(name + tail for name in found.names),
            tuple(binding for binding in found.opaque if not binding.is_none),
            found.stars,
            found.unbound,
            found.lines,
        )

    def _look_up(
        self, name: str, point: Point, position: tuple[int, int], depth: int
    ) -> Resolution:
        reached = self._reach(name, point, position)
        names: set[str] = set()
        opaque: list[Binding] = []
        lines: set[int] = set()
        for binding in reached.bindings:
            meant = self._meant(binding, depth)
            names |= meant
            if meant:
                lines.add(_line(binding))
            else:
                opaque.append(binding)
        if reached.bindings:
            return Resolution(frozenset(names), tuple(opaque), lines=tuple(sorted(lines)))
        if not reached.fell_through:
            return Resolution(unbound=True)
        stars = tuple(self._stars(point))
        for star in stars:
            if name in STAR_EXPORTS.get(star.origin, ()):
                return Resolution(frozenset({f"{star.origin}.{name}"}), lines=(_line(star),))
        stars = tuple(star for star in stars if star.origin not in STAR_EXPORTS)
        if name in _BUILTINS:
            return Resolution(frozenset({f"builtins.{name}"}), stars=stars)
        return Resolution(stars=stars, unbound=not stars)

    def _stars(self, point: Point) -> Iterator[Binding]:
        scope: Scope | None = point.scope
        while scope is not None:
            yield from (star for star in scope.stars if not star.block.typing)
            scope = scope.parent

    def _reach(self, name: str, point: Point, position: tuple[int, int]) -> _Reached:
        found: list[Binding] = []
        typing = point.deferred or point.block.typing
        to_module = False
        for view in _views(point, position):
            scope = view.scope
            declared = scope.declared.get(name)
            to_module = to_module or declared == "global"
            visible = (
                scope.kind is not ScopeKind.CLASS
                or scope is point.scope
                or _sees(point.scope, scope)
            )
            skipped = declared is not None or (to_module and scope.kind is not ScopeKind.MODULE)
            bound = scope.bindings.get(name) if visible and not skipped else None
            if bound:
                reached, certain = _reaching(bound, view, typing)
                found += reached
                if certain or scope.kind not in (ScopeKind.CLASS, ScopeKind.MODULE):
                    return _Reached(tuple(found), certain, False)
        return _Reached(tuple(found), False, True)

    # -- what is certainly bound ------------------------------------------------------------

    def surely(self, name: str, point: Point, meanings: frozenset[str], exists: str = "") -> bool:
        """Tell whether `name` is certainly bound at a point, to one of the given meanings.

        `exists` is a qualified name whose import can't fail, so that the handler of a ``try``
        around it never runs.
        """
        position = _start(point.stmt)
        reached = self._reach(name, point, position)
        if not reached.bindings:
            found = self._look_up(name, point, position, 0)
            return bool(found.names) and found.means(*meanings) and self._by_star(name, point)
        bindings = [
            binding
            for binding in reached.bindings
            if not any(
                _handles(binding.block, other.block) and other.origin == exists
                for other in reached.bindings
            )
        ]
        for binding in bindings:
            meant = self._meant(binding, 0)
            if not meant or not meant <= meanings:
                return False
        return reached.certain or any(
            self._covers(binding, reached.bindings, point, exists) for binding in bindings
        )

    def dominates(self, binding: Binding, point: Point) -> bool:
        """Tell whether a binding has certainly been made whenever a point is evaluated."""
        return self._comes_before(binding.scope, binding.block, binding.at, point)

    def star_names(self, point: Point) -> Iterator[tuple[str, str]]:
        """Yield (name, qualified name) of what known star imports provide at a point."""
        for star in self._stars(point):
            for name in sorted(STAR_EXPORTS.get(star.origin, ())):
                yield name, f"{star.origin}.{name}"

    def _by_star(self, name: str, point: Point) -> bool:
        return any(
            name in STAR_EXPORTS.get(star.origin, ()) and self.dominates(star, point)
            for star in self._stars(point)
        )

    def _comes_before(self, scope: Scope, block: Block, at: tuple[int, int], point: Point) -> bool:
        for view in _views(point, _start(point.stmt)):
            if view.scope is scope:
                return at <= view.position and _encloses(block, view.block)
        return False

    def _covers(
        self, binding: Binding, others: Sequence[Binding], point: Point, exists: str
    ) -> bool:
        """Tell whether a binding in a `try` and those in its handlers leave no way around them."""
        block = binding.block
        if block.branch != "body" or not block.guarded or block.parent is None:
            return False
        handlers = getattr(block.stmt, "handlers", ())
        bound = {other.block.branch for other in others if _handles(other.block, block)}
        everywhere = all(f"handler{index}" in bound for index in range(len(handlers)))
        return (everywhere or binding.origin == exists) and self._comes_before(
            binding.scope, block.parent, binding.at, point
        )

    def _meant(self, binding: Binding, depth: int) -> frozenset[str]:
        """Return the qualified names of what a binding binds; empty if they can't be told."""
        if binding.kind is BindingKind.IMPORT:
            return frozenset({binding.origin})
        if isinstance(binding.value, ast.Name | ast.Attribute) and depth < 8:
            alias = self._qualified(binding.value, depth + 1)
            if alias.names and not alias.opaque and not alias.stars:
                return alias.names
        return frozenset()

    # -- what Python provides ---------------------------------------------------------------

    def is_implicit(self, name: str, point: Point) -> bool:
        """Tell whether Python itself provides a name at a point, besides the builtins."""
        if name in _MODULE_NAMES:
            return True
        scope: Scope | None = point.scope
        inside = False
        while scope is not None:
            if scope.kind is ScopeKind.CLASS and (
                name in _CLASS_NAMES or (inside and name in _METHOD_NAMES)
            ):
                return True
            inside = inside or scope.kind is ScopeKind.FUNCTION
            scope = scope.parent
        return False

    # -- may a name be used -----------------------------------------------------------------

    def taken(self, name: str, point: Point) -> Binding | None:
        """Return a binding that keeps `name` from being a module-level import at a point.

        The name must be free in every scope from the point up to the module, later assignments
        and declarations included, because each of them would hide or overwrite the import.
        """
        scope: Scope | None = point.scope
        while scope is not None:
            visible = scope.kind is not ScopeKind.CLASS or scope is point.scope
            if visible and name in scope.bindings:
                return scope.bindings[name][0]
            scope = scope.parent
        return None

    def given_by_star(self, name: str) -> Binding | None:
        """Return a star import from which some read of `name` in the file may get its value."""
        for _, point in (*self.reads(name), *self.quoted_reads(name)):
            found = self.look_up(name, point)
            if found.stars:
                return found.stars[0]
        return None


def _line(binding: Binding) -> int:
    line = getattr(binding.node, "lineno", None)
    return line if isinstance(line, int) else binding.at[0]


def _start(stmt: ast.stmt) -> tuple[int, int]:
    return (stmt.lineno, stmt.col_offset)


def _position(node: ast.expr | None, stmt: ast.stmt) -> tuple[int, int]:
    """Return where an expression stands; before 3.12 nodes in f-strings may lie about it."""
    start = _start(stmt)
    if node is None or not hasattr(node, "lineno"):
        return start
    position = (node.lineno, node.col_offset)
    end = (stmt.end_lineno or stmt.lineno, stmt.end_col_offset or stmt.col_offset)
    return position if start <= position <= end else start


def _sees(start: Scope, scope: Scope) -> bool:
    """Tell whether type parameters see the class that they stand in."""
    return start.kind is ScopeKind.TYPE_PARAMETERS and start.parent is scope


def _views(point: Point, position: tuple[int, int]) -> Iterator[_View]:
    """Yield a point as its scope sees it, then as each scope around that does."""
    scope, block, deferred = point.scope, point.block, point.deferred
    while True:
        yield _View(scope, block, position, deferred)
        outer = scope.point
        if outer is None:
            return
        if scope.kind in (ScopeKind.FUNCTION, ScopeKind.LAMBDA):
            deferred, position = True, min(position, _start(outer.stmt))
        block, scope = outer.block, outer.scope


def _handles(block: Block, tried: Block) -> bool:
    """Tell whether a block is the handler of a failed import in another one."""
    return (
        block.branch.startswith("handler")
        and tried.branch == "body"
        and tried.guarded
        and block.stmt is tried.stmt
    )


def _reaching(bound: Sequence[Binding], view: _View, typing: bool) -> tuple[list[Binding], bool]:
    """Return the bindings of one scope that may hold at a place, and whether one certainly does."""
    block = view.block
    before: list[Binding] = []
    others: list[Binding] = []
    certain = False
    for binding in bound:
        if binding.kind is BindingKind.DECLARATION or (binding.block.typing and not typing):
            continue
        if binding.anywhere:
            others.append(binding)
        elif binding.at <= view.position:
            if binding.sure and _encloses(binding.block, block):
                before = [binding]
                certain = True
            elif not _exclusive(binding.block, block):
                before.append(binding)
        elif (view.deferred and not _exclusive(binding.block, block)) or _in_one_loop(
            binding.block, block
        ):
            others.append(binding)
    if certain and before[0].kind is BindingKind.DELETION and before[0].sure:
        del before[0]
        certain = bool(before)
    return before + others, certain


def _encloses(outer: Block, inner: Block) -> bool:
    """Tell whether code in `inner` runs only after `outer` got there."""
    at: Block | None = inner
    while at is not None:
        if at is outer:
            return True
        # The else of a try runs only after its whole body.
        if at.branch == "orelse" and outer.branch == "body" and at.stmt is outer.stmt:
            return isinstance(at.stmt, ast.Try) or type(at.stmt).__name__ == "TryStar"
        at = at.parent
    return False


def _ancestors(block: Block) -> list[Block]:
    chain: list[Block] = []
    at: Block | None = block
    while at is not None:
        chain.append(at)
        at = at.parent
    chain.reverse()
    return chain


def _exclusive(one: Block, other: Block) -> bool:
    """Tell whether two blocks can't both have run, such as the branches of one `if`."""
    if one is other or one.parent is None or other.parent is None:
        return False
    for left, right in zip(_ancestors(one), _ancestors(other), strict=False):
        if left is right:
            if left.loop:
                return False
            continue
        if left.stmt is not right.stmt or left.stmt is None:
            return False
        if isinstance(left.stmt, ast.If | ast.Match):
            return True
        return left.branch.startswith("handler") and right.branch.startswith("handler")
    return False


def _in_one_loop(one: Block, other: Block) -> bool:
    for left, right in zip(_ancestors(one), _ancestors(other), strict=False):
        if left is not right:
            return False
        if left.loop:
            return True
    return False
