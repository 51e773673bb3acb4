"""What the parts that judge one function share."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from codemods.catalog.psycopg2_to_sqlalchemy.actions import (
    Action,
)
from codemods.catalog.psycopg2_to_sqlalchemy.codeflow import (
    Facts,
)
from codemods.catalog.psycopg2_to_sqlalchemy.constants import Constants
from codemods.catalog.psycopg2_to_sqlalchemy.cursors import (
    Cursors,
    Executor,
)
from codemods.catalog.psycopg2_to_sqlalchemy.endings import Endings
from codemods.catalog.psycopg2_to_sqlalchemy.interpolated import Audit
from codemods.catalog.psycopg2_to_sqlalchemy.program import Function, Module, Program
from codemods.catalog.psycopg2_to_sqlalchemy.roles import (
    Place,
    Roles,
    Value,
)
from codemods.codemod import Span

__all__ = ["EXECUTING", "RAW", "Context", "Draft", "Escape", "Judgement", "own_nodes"]


EXECUTING = frozenset({"execute", "executemany"})
RAW = frozenset({"copy_from", "copy_to", "copy_expert"})


@dataclass(frozen=True, slots=True)
class Escape:
    """Why a family is left."""

    family: Place
    reason: str  #: the part of the code after the slash
    message: str
    module: Module
    node: ast.AST


@dataclass(frozen=True, slots=True)
class Draft:
    """An order in the making."""

    family: Place
    module: Module
    span: Span
    action: Action
    needs: frozenset[str] = frozenset()  #: names of the helpers that its code uses


@dataclass(slots=True)
class Judgement:
    """Everything that was decided about a program."""

    drafts: list[Draft] = field(default_factory=list)
    escapes: list[Escape] = field(default_factory=list)
    sites: dict[tuple[Module, Span], Place] = field(default_factory=dict)
    """The family of each expression (and handler) that belongs to one."""
    audits: dict[tuple[Module, Span], Audit] = field(default_factory=dict)
    driver: dict[tuple[Module, Span], str] = field(default_factory=dict)
    """Executes that keep psycopg2's placeholders, and why."""
    notes: dict[tuple[Module, Span], str] = field(default_factory=dict)
    """What a reviewer should know of sites that are rewritten."""
    inside: set[tuple[Module, Span]] = field(default_factory=set)
    """Sites of which only a part changes."""
    sql: dict[Place, list[str]] = field(default_factory=dict)  #: the SQL of each family
    commits: set[Place] = field(default_factory=set)  #: families that something commits
    wanted: dict[Place, set[bytes]] = field(default_factory=dict)
    """What must be searched for, to know all that the SQL of a family can be."""
    helpers: dict[Place, set[str]] = field(default_factory=dict)
    """Names of functions, attributes and variables through which a family's values travel."""


class Context:
    """One function: what is known about it, and what was decided so far.

    It is *exact* where somebody may see which exception is raised (13.5).
    """

    def __init__(
        self,
        program: Program,
        roles: Roles,
        cursors: Cursors,
        endings: Endings,
        constants: Constants,
        done: Judgement,
        function: Function,
        exact: bool,
    ) -> None:
        self.program = program
        self.constants = constants
        self.roles = roles
        self.cursors = cursors
        self.endings = endings
        self.done = done
        self.function = function
        self.exact = exact
        self.module = function.module
        self.parents = function.module.parents
        self.facts = Facts()
        self.removed: set[ast.AST] = set()
        self.annotated: list[tuple[str, Value, ast.AnnAssign]] = []
        self.kept_results: set[ast.Call] = set()  #: executes whose result something reads
        self.counted: set[ast.Call] = set()  #: executes of many rows whose rowcount is read
        self.giving: set[ast.AST] = set()  #: executes that are certain to have a result
        self.result_names: dict[str, str] = {}  #: of cursors whose place holds the connection
        self.connections: dict[str, list[ast.Assign]] = {}

    def value(self, node: ast.expr | None) -> Value | None:
        return self.roles.value(self.function, node)

    def family(self, value: Value) -> Place:
        return self.roles.family(value.family)

    def code(self, node: ast.expr) -> str:
        span = self.module.file.span(node)
        return self.module.file.text[span.start : span.end]

    def escape(self, value: Value, reason: str, message: str, node: ast.AST) -> None:
        self.done.escapes.append(Escape(self.family(value), reason, message, self.module, node))

    def draft(self, value: Value, node: ast.AST, action: Action, *needs: str) -> None:
        self.done.drafts.append(
            Draft(
                self.family(value),
                self.module,
                self.module.file.span(node),
                action,
                frozenset(needs),
            )
        )

    def note(self, node: ast.AST, text: str) -> None:
        self.done.notes[self.module, self.module.file.span(node)] = text

    def cursor_of(self, node: ast.expr) -> ast.expr | None:
        """Return the connection of ``connection.cursor(…)``."""
        return self.cursors.cursor_of(self.function, node)

    def member(self, value: Value, node: ast.AST) -> None:
        self.done.sites[self.module, self.module.file.span(node)] = self.family(value)

    def fresh(self, name: str) -> str:
        taken = {n.id for n in ast.walk(self.function.node) if isinstance(n, ast.Name)}
        taken |= set(self.function.parameters)
        candidate, count = name, 2
        while candidate in taken:
            candidate, count = f"{name}_{count}", count + 1
        return candidate

    def executor(self, node: ast.expr, value: Value) -> Executor | None:
        found = self.cursors.executor(self.function, self.facts, node)
        if isinstance(found, str):
            self.escape(value, "cursor-unknown", found, node)
            return None
        return found

    def is_global(self, name: str) -> bool:
        return name in self.function.captured | self.function.redirected


def own_nodes(statement: ast.AST, inside: bool = False) -> Iterator[ast.AST]:
    """Yield the nodes of a statement without those of nested definitions."""
    waiting: list[ast.AST] = list(ast.iter_child_nodes(statement)) if inside else [statement]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting += ast.iter_child_nodes(node)
