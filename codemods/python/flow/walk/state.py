"""The state of a pass over one file: what was recorded so far, and where the pass stands."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from codemods.python.flow import summary as op
from codemods.python.flow.summary import ClassFacts, FunctionFacts, Operation
from codemods.python.flow.walk.bindings import bound_names
from codemods.python.flow.walk.scope import CLASS, MODULE, Scope

__all__ = ["Expressions", "Statements", "Walk"]

_REDIRECTS = re.compile(r"(?:global|nonlocal)[\s\\]")


def _may_redirect(text: str) -> bool:
    """Whether a `global` or `nonlocal` may begin a statement; perhaps it is in a string."""
    if "global" not in text and "nonlocal" not in text:
        return False
    for match in _REDIRECTS.finditer(text):
        line = max(text.rfind("\n", 0, match.start()), text.rfind("\r", 0, match.start())) + 1
        if text[line : match.start()].rstrip()[-1:] in ("", ":", ";"):
            return True
    return False


class Walk:
    """Records operations and flows; construct by construct, the tables say how.

    Reads of local variables are resolved on the way: a read is the place of the value that was
    assigned last; a `VARIABLE` stands where several may have been.
    """

    def __init__(
        self,
        tree: ast.Module,
        text: str,
        seeds: Mapping[int, str],
        expressions: Expressions,
        statements: Statements,
    ) -> None:
        self.expressions = expressions
        self.statements = statements
        self.wanted = seeds
        self.operations: list[Operation] = [(0, 0, 0, 0, 0)]
        self.flows: list[int] = []
        self.functions: list[FunctionFacts] = []
        self.classes: list[ClassFacts] = []
        self.globals: dict[str, int] = {}
        self.stars: list[tuple[str, int]] = []
        self.seeds: dict[str, int] = {}
        self.declared: dict[int, str] = {}
        self.deferred: list[Callable[[], None]] = []  # bodies of functions
        self.current_class = -1
        self.class_name = ""
        self.annotations: dict[str, int] = {}  # of the class whose body is walked
        self.smeared: set[str] = set()  # names that a nested function rebinds
        self._constants: dict[tuple[type, Any], int] = {}
        self._free: dict[str, int] = {}
        self.walrus = ":=" in text
        declared_global: set[str] = set()
        if _may_redirect(text):
            for node in ast.walk(tree):
                if isinstance(node, ast.Global):
                    declared_global.update(node.names)
                elif isinstance(node, ast.Nonlocal):
                    self.smeared.update(node.names)
        self.smeared |= declared_global
        self.module = Scope(MODULE, None, self.bound(tree.body) | declared_global, -1)
        self.scope = self.module

    def run(self, body: Iterable[ast.stmt]) -> None:
        """Walk a module's body, then the bodies of its functions."""
        self.block(body)
        self.finish(self.module)
        for name in sorted(self.module.locals):
            self.globals[name] = self.cell(self.module, name)
        while self.deferred:
            # New ones are appended while one runs; order does not matter to the result's meaning.
            waiting, self.deferred = self.deferred, []
            for walk_body in waiting:
                walk_body()

    def visit(self, node: Any) -> int:
        """Walk an expression; return the place of its value, 0 when it is not followed."""
        kind = node.__class__
        if kind is ast.Name:
            place = self.scope.env.get(node.id) or self.load(node.id)
        elif (visitor := self.expressions.get(kind)) is not None:
            place = visitor(self, node)
        else:
            return self.children(node)
        if self.wanted:
            seed = self.wanted.get(id(node))
            if seed is not None:
                self.seeds[seed] = place
        return place

    def children(self, node: ast.AST) -> int:
        """Walk the expressions in a node whose own value is not followed."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.visit(child)
        return 0

    def block(self, body: Iterable[ast.stmt]) -> None:
        """Walk statements."""
        statements = self.statements
        for statement in body:
            visitor = statements.get(statement.__class__)
            if visitor is not None:
                visitor(self, statement)

    def bound(self, body: Iterable[ast.stmt]) -> set[str]:
        """Return the names that statements bind in their own scope."""
        return bound_names(body, walrus=self.walrus)

    # Records

    def emit(self, kind: int, node: Any, *rest: Any) -> int:
        """Record an operation; return its place."""
        operations = self.operations
        at = (kind, node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
        operations.append(at + rest)  # `*rest` would go through a list
        return len(operations) - 1

    def variable(self, node: Any, name: str, annotation: int = 0) -> int:
        """Record a VARIABLE, which stands nowhere when `node` is None."""
        if node is None:
            self.operations.append((op.VARIABLE, 0, 0, 0, 0, name, annotation))
            return len(self.operations) - 1
        return self.emit(op.VARIABLE, node, name, annotation)

    def constant(self, node: Any, value: Any) -> int:
        """Return the place of a constant, which equal ones share."""
        key = (value.__class__, value)
        place = self._constants.get(key)
        if place is None:
            place = self._constants[key] = self.emit(op.CONSTANT, node, value)
        return place

    def flow(self, source: int, target: int) -> None:
        """Record that a value flows into a VARIABLE."""
        if source and source != target:
            self.flows += (source, target)

    # Names

    def bind(self, name: str, place: int) -> None:
        """Let a name of the current scope stand for a place from here on."""
        scope = self.scope
        if place and place not in self.declared:
            self.declared[place] = name
        owner = scope.redirected.get(name)
        if owner is not None or name in self.smeared:
            cell = self.cell(owner or scope, name)
            self.flow(place, cell)
            scope.env[name] = cell
            scope.log.append((name, cell))
            return
        scope.env[name] = place
        scope.log.append((name, place))

    def load(self, name: str) -> int:
        """Return the place that a name stands for."""
        scope: Scope | None = self.scope
        immediate = True
        while scope is not None:
            if immediate:
                place = scope.env.get(name)
                if place is not None:
                    return place
            owner = scope.redirected.get(name)
            if owner is not None:
                return self.cell(owner, name)
            if scope.kind != CLASS:
                if name in scope.locals:
                    return self.cell(scope, name)
                immediate = False
            scope = scope.parent
        place = self._free.get(name)
        if place is None:
            self.operations.append((op.FREE, 0, 0, 0, 0, name))
            place = self._free[name] = len(self.operations) - 1
        return place

    def cell(self, scope: Scope, name: str) -> int:
        """Return the place that holds every binding of a name of a scope."""
        place = scope.cells.get(name)
        if place is not None:
            return place
        if scope.done:
            bindings = {place for bound, place in scope.log if bound == name}
            if len(bindings) == 1:
                place = bindings.pop()
                scope.cells[name] = place
                return place
        place = scope.cells[name] = self.variable(None, name)
        if scope.done:
            for binding in sorted(bindings):
                self.flow(binding, place)
        return place

    def finish(self, scope: Scope) -> None:
        """Close a scope whose body has been walked."""
        scope.done = True
        for name, place in scope.log:
            cell = scope.cells.get(name)
            if cell is not None:
                self.flow(place, cell)


Expressions: TypeAlias = Mapping[type[ast.AST], Callable[[Walk, Any], int]]
"""How each kind of expression is walked: the function returns the place of the value."""

Statements: TypeAlias = Mapping[type[ast.AST], Callable[[Walk, Any], None]]
"""How each kind of statement is walked."""
