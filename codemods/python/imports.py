"""How to spell a name that must be imported, and which import edits that takes.

Decides on `ast` alone. The algorithm for a symbol at a place: use what is bound there already,
under whatever name; else extend a ``from module import …`` that certainly ran before; else insert
a statement of its own at the top of the file; under an alias where the name is taken; else refuse.
Nothing is ever added under ``try`` or to an import for type checkers.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from codemods.codemod import Order, Replacement, Span
from codemods.python.import_places import Kind, kind_of, one_name_a_line, place_import
from codemods.python.names import Names
from codemods.python.problems import Interface, is_unused, silenced
from codemods.python.scopes import Binding, BindingKind, Point, Scope, ScopeKind
from codemods.python.source import SourceFile

__all__ = [
    "Alias",
    "Extension",
    "ImportEdits",
    "Imports",
    "NewStatement",
    "Refusal",
    "Removal",
    "Spelling",
    "StatementChange",
    "Symbol",
    "combined",
]


class Symbol(NamedTuple):
    """Something to import, and the expression on it that is wanted."""

    module: str  #: ``datetime``
    name: str = ""  #: ``timezone``; empty for the module itself
    tail: str = ""  #: what follows it in the expression: ``.utc``
    same: tuple[str, ...] = ()  #: qualified names of the same object: ``datetime.UTC``
    aliases: tuple[str, ...] = ()  #: other names to bind it to, best first, when its own is taken
    own: bool = False  #: whether the module is the repository's own, perhaps a new one

    @property
    def origin(self) -> str:
        """Qualified name of what is imported."""
        return f"{self.module}.{self.name}" if self.name else self.module

    @property
    def target(self) -> str:
        """Qualified name of the expression."""
        return self.origin + self.tail

    @property
    def bound_name(self) -> str:
        """The name that its plain import binds."""
        return self.name or self.module.partition(".")[0]


@dataclass(frozen=True, slots=True, order=True)
class Alias:
    """One name of an import statement, as written."""

    name: str
    asname: str | None = None


class StatementChange(NamedTuple):
    """What happens to one import statement; the data of an `Order` on its span."""

    added: tuple[tuple[str, str | None], ...] = ()  #: (name, asname) for ``from … import``
    removed: tuple[Alias, ...] = ()


class NewStatement(NamedTuple):
    """A new import at the top of the file."""

    insertion: Replacement
    name: str = ""  #: that it binds
    parted: tuple[Span, ...] = ()
    """The statements that a blank line parts it from; when all of them go, so does that line."""
    kind: Kind = Kind.STANDARD  #: the order of new statements in one place


class Extension(NamedTuple):
    """A name to add to an existing statement."""

    statement: Span
    name: str
    asname: str | None
    top: bool  #: whether it binds in the module, not in a function


class Removal(NamedTuple):
    """A name to take out of an existing statement."""

    statement: Span
    alias: Alias
    last: bool = False  #: it is the statement's only name


class Spelling(NamedTuple):
    """How to write the expression at one place."""

    text: str
    edit: NewStatement | Extension | None = None  #: None when nothing need be imported


class Refusal(NamedTuple):
    """Why it can't be written there: ``name-taken`` or ``no-place-for-import``."""

    reason: str
    message: str


class ImportEdits(NamedTuple):
    """Import edits of one file, ready for `edit_orders` with `import_pass`."""

    orders: tuple[Order, ...] = ()
    insertions: tuple[Replacement, ...] = ()


@dataclass(frozen=True)
class Imports:
    """The imports of one file."""

    file: SourceFile
    names: Names = field(repr=False)

    @classmethod
    def of(cls, file: SourceFile) -> Imports:
        """Read a file's names first."""
        return cls(file, file.names)

    def spell(self, symbol: Symbol, points: Sequence[Point]) -> tuple[Spelling | Refusal, ...]:
        """Spell a symbol at some places, which share the import that they need.

        Returns one answer for each point, in their order.
        """
        answers: dict[int, Spelling | Refusal] = {}
        needing: list[int] = []
        meanings = _prefixes((symbol.target, *symbol.same))
        imported = {binding.name for binding in self.names.imports if binding.origin in meanings}
        aliases = cache(lambda scope: _aliases(scope, imported))
        for index, point in enumerate(points):
            text = self._bound_already(symbol, point, meanings, aliases)
            if text is None:
                needing.append(index)
            else:
                answers[index] = Spelling(text)
        if needing:
            asking = [points[index] for index in needing]
            answers.update(zip(needing, self._imported(symbol, asking), strict=True))
        return tuple(answers[index] for index in range(len(points)))

    def made_unused(
        self, removed: Collection[ast.Name], still_read: Collection[str] = ()
    ) -> tuple[Removal, ...]:
        """Return the removals of imports whose last uses are among `removed`.

        `still_read` are names that new code reads. What was unused before, or must stay (see
        `is_unused`, ``# noqa``), stays.
        """
        gone = {id(node) for node in removed}
        lines = self.file.text.split("\n")
        interface = Interface.of(self.file)
        lost = {node.id for node in removed} - set(still_read)
        return tuple(
            self._removal(binding)
            for binding in self.names.imports
            if binding.name in lost
            and not is_unused(self.names, binding, interface)
            and is_unused(self.names, binding, interface, without=gone)
            and not silenced(binding, lines)
        )

    # -- step 1: what is bound already ------------------------------------------------------

    def _bound_already(
        self,
        symbol: Symbol,
        point: Point,
        meanings: frozenset[str],
        aliases: Callable[[Scope], Sequence[str]],
    ) -> str | None:
        best: tuple[int, int, str] | None = None
        for name, origin in self._candidates(point, aliases):
            for target in (symbol.target, *symbol.same):
                within = target == symbol.target and target.startswith(origin + ".")
                if target != origin and not within:
                    continue
                if not self.names.surely(name, point, meanings, exists=symbol.origin):
                    continue
                rank = (-len(origin.split(".")), -len(self.names.reads(name)))
                text = name + target[len(origin) :]
                if best is None or (*rank, text) < best:
                    best = (*rank, text)
        return None if best is None else best[2]

    def _candidates(
        self, point: Point, aliases: Callable[[Scope], Sequence[str]]
    ) -> Iterable[tuple[str, str]]:
        """Yield (name, qualified name) of what a point may see and is an alias in its scope."""
        scope: Scope | None = point.scope
        seen: set[str] = set()
        while scope is not None:
            for name in aliases(scope):
                if name not in seen:
                    seen.add(name)
                    for origin in sorted(self.names.look_up(name, point).names):
                        yield name, origin
            scope = scope.parent
        for name, origin in self.names.star_names(point):
            if name not in seen:
                yield name, origin

    # -- steps 2 to 4: a new binding --------------------------------------------------------

    def _imported(self, symbol: Symbol, points: Sequence[Point]) -> list[Spelling | Refusal]:
        hosts = self._hosts(symbol)
        tops = [host for host in hosts if host.scope.kind is ScopeKind.MODULE]
        if one_name_a_line(self.file.tree):
            tops = []
        top = next((h for h in tops if all(self.names.dominates(h, p) for p in points)), None)
        local = None
        if top is None:
            inner = [host for host in hosts if host.scope.kind is ScopeKind.FUNCTION]
            local = [self._local_host(symbol, inner, point) for point in points]
            if all(host is not None for host in local):
                return [
                    Spelling(symbol.name + symbol.tail, self._extension(host, symbol.name, None))
                    for host in local
                    if host is not None
                ]
        taken: Binding | None = None
        for name in (symbol.bound_name, *symbol.aliases):
            taken = self._taken(name, symbol, points)
            if taken is None and name == symbol.name:
                taken = self._overtaken(name, top)
            if taken is None:
                return self._with_name(symbol, name, top, points)
        assert taken is not None
        refusal = Refusal(
            "name-taken",
            f"`{symbol.bound_name}` is bound at line {_line(taken)} ({taken.kind.value}), and its"
            " other names are taken as well",
        )
        return [refusal] * len(points)

    def _with_name(
        self, symbol: Symbol, name: str, top: Binding | None, points: Sequence[Point]
    ) -> list[Spelling | Refusal]:
        asname = None if name == symbol.bound_name else name
        edit: NewStatement | Extension | None
        if top is not None:
            edit = self._extension(top, symbol.name, asname)
        else:
            alias = f" as {asname}" if asname else ""
            statement = (
                f"from {symbol.module} import {symbol.name}{alias}"
                if symbol.name
                else f"import {symbol.module}{alias}"
            )
            first = min((self._immediate(point) for point in points), default=None, key=_or_end)
            insertion = place_import(
                self.file, statement, symbol.module, before=first, own=symbol.own
            )
            if insertion is None:
                refusal = Refusal(
                    "no-place-for-import", "no line before the first use can hold an import"
                )
                return [refusal] * len(points)
            kind = Kind.OWN if symbol.own else kind_of(self.file, symbol.module)
            edit = NewStatement(insertion, name, self._parted(insertion), kind)
        return [Spelling(name + symbol.tail, edit)] * len(points)

    def _parted(self, insertion: Replacement) -> tuple[Span, ...]:
        """Return the statements of the block of lines above an insertion, if a line parts them."""
        if not insertion.text.startswith(("\r", "\n")):
            return ()
        line = self.file.position(Span(insertion.span.start, insertion.span.start)).line
        found: list[Span] = []
        for statement in reversed(self.file.tree.body):
            if statement.lineno >= line:
                continue
            if statement.end_lineno != line - 1:
                break
            found.append(self.file.span(statement))
            line = statement.lineno
        alone = line == 1 or not self.file.line_text(line - 1).strip()
        return tuple(found) if alone else ()

    def _hosts(self, symbol: Symbol) -> list[Binding]:
        """Return one binding for each statement ``from module import …`` that may be extended."""
        found: dict[int, Binding] = {}
        for binding in self.names.imports:
            statement = binding.stmt
            if (
                isinstance(statement, ast.ImportFrom)
                and symbol.name
                and statement.module == symbol.module
                and statement.level == 0
                and not binding.block.typing
                and not binding.block.guarded
            ):
                found.setdefault(id(statement), binding)
        return list(found.values())

    def _local_host(self, symbol: Symbol, hosts: Sequence[Binding], point: Point) -> Binding | None:
        for host in hosts:
            if (
                self.names.dominates(host, point)
                and symbol.name not in host.scope.bindings
                and symbol.name not in host.scope.declared
                and not self._bound_below(symbol.name, point.scope, host.scope)
                and not self._read_below(symbol.name, host.scope)
            ):
                return host
        return None

    def _bound_below(self, name: str, scope: Scope, top: Scope) -> bool:
        at: Scope | None = scope
        while at is not None and at is not top:
            if name in at.bindings or name in at.declared:
                return True
            at = at.parent
        return False

    def _read_below(self, name: str, top: Scope) -> bool:
        """Tell whether code inside a scope reads a name that it takes from outside of it."""
        return any(
            _is_inside(point.scope, top) and not self._bound_below(name, point.scope, top)
            for _, point in (*self.names.reads(name), *self.names.quoted_reads(name))
        )

    def _taken(self, name: str, symbol: Symbol, points: Sequence[Point]) -> Binding | None:
        for point in points:
            binding = self.names.taken(name, point)
            if binding is None:
                continue
            same = all(
                other.kind is BindingKind.IMPORT and other.origin == symbol.origin
                for other in binding.scope.bindings[name]
            )
            if not (same and binding.scope.kind is ScopeKind.MODULE):
                return binding
        top = self.names.module.bindings.get(name)
        if top and not all(other.origin == symbol.origin for other in top):
            return top[0]
        return self.names.given_by_star(name)

    def _overtaken(self, name: str, host: Binding | None) -> Binding | None:
        """Return a later star import that may bind the plain name to something else.

        It would do so at run time without a word; an unusual name does not meet that.
        """
        after = (0, 0) if host is None else host.at
        for star in self.names.module.stars:
            top = star.origin.partition(".")[0]
            known = top in sys.stdlib_module_names and (star.origin, name) != ("time", "timezone")
            if star.at > after and not star.block.typing and not known:
                return star
        return None

    def _extension(self, host: Binding, name: str, asname: str | None) -> Extension:
        assert host.stmt is not None
        top = host.scope.kind is ScopeKind.MODULE
        return Extension(self.file.span(host.stmt), name, asname, top)

    def _removal(self, binding: Binding) -> Removal:
        alias = binding.node
        assert isinstance(alias, ast.alias)
        assert isinstance(binding.stmt, ast.Import | ast.ImportFrom)
        alone = len(binding.stmt.names) == 1
        return Removal(self.file.span(binding.stmt), Alias(alias.name, alias.asname), alone)

    def _immediate(self, point: Point) -> int | None:
        """Return the offset of the line that evaluates a point while the module loads, if so."""
        scope: Scope | None = point.scope
        statement = point.stmt
        if point.deferred:
            return None
        while scope is not None and scope.kind is not ScopeKind.MODULE:
            if scope.kind in (ScopeKind.FUNCTION, ScopeKind.LAMBDA):
                # It runs at its first call: not before the definition has been passed.
                assert scope.point is not None
                statement = scope.point.stmt
            scope = scope.parent
        return self.file.line_starts[statement.lineno - 1]


def combined(edits: Iterable[NewStatement | Extension | Removal | None]) -> ImportEdits:
    """Merge edits, the same ones once, into orders and insertions."""
    added: dict[Span, list[tuple[str, str | None]]] = {}
    removed: dict[Span, list[Alias]] = {}
    statements: list[NewStatement] = []
    gone: set[Span] = set()
    for edit in edits:
        if isinstance(edit, NewStatement):
            statements.append(edit)
        elif isinstance(edit, Extension):
            names = added.setdefault(edit.statement, [])
            if (edit.name, edit.asname) not in names:
                names.append((edit.name, edit.asname))
        elif isinstance(edit, Removal):
            removed.setdefault(edit.statement, []).append(edit.alias)
            if edit.last:
                gone.add(edit.statement)
    insertions: dict[Replacement, None] = {}
    reached: tuple[int, Kind] | None = None
    for statement in sorted(statements, key=_where):
        place = (statement.insertion.span.start, statement.kind)
        # What it is parted from may be new as well.
        follows = reached is not None and reached[0] == place[0] and reached[1] < place[1]
        insertions[statement.insertion if follows else _closed_up(statement, gone)] = None
        reached = place
    orders = tuple(
        Order(
            None,
            span,
            StatementChange(tuple(added.get(span, ())), tuple(removed.get(span, ()))),
        )
        for span in sorted({*added, *removed})
    )
    return ImportEdits(orders, tuple(insertions))


def _aliases(scope: Scope, imported: Collection[str]) -> tuple[str, ...]:
    """Return what a scope binds to another name, or by an import if it is among `imported`."""
    return tuple(
        name
        for name, bindings in scope.bindings.items()
        if any(
            (binding.kind is BindingKind.IMPORT and name in imported)
            or isinstance(binding.value, ast.Name | ast.Attribute)
            for binding in bindings
        )
    )


def _prefixes(targets: Sequence[str]) -> frozenset[str]:
    """Return the qualified names from which one of the targets can be reached."""
    found: set[str] = set()
    for target in targets:
        parts = target.split(".")
        found |= {".".join(parts[:count]) for count in range(1, len(parts) + 1)}
    return frozenset(found)


def _is_inside(scope: Scope, top: Scope) -> bool:
    at: Scope | None = scope
    while at is not None:
        if at is top:
            return True
        at = at.parent
    return False


def _or_end(offset: int | None) -> float:
    return float("inf") if offset is None else offset


def _closed_up(statement: NewStatement, gone: Collection[Span]) -> Replacement:
    """Return the insertion, without its blank line if there is nothing left to part it from."""
    insertion = statement.insertion
    if statement.parted and all(span in gone for span in statement.parted):
        return Replacement(insertion.span, insertion.text.lstrip("\r\n"))
    return insertion


def _where(statement: NewStatement) -> tuple[int, Kind, str]:
    return (statement.insertion.span.start, statement.kind, statement.insertion.text)


def _line(binding: Binding) -> int:
    line = getattr(binding.node, "lineno", None)
    return line if isinstance(line, int) else binding.at[0]
