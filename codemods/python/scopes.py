"""The scopes of a file: what binds a name, where, and where names are read.

Plain data, made by `codemods.python.binder`; the questions are in `codemods.python.names`.
"""

from __future__ import annotations

import ast
import enum
from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["Binding", "BindingKind", "Block", "Point", "Read", "Scope", "ScopeKind"]


class ScopeKind(enum.Enum):
    """What opens a scope."""

    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"
    LAMBDA = "lambda"
    COMPREHENSION = "comprehension"
    TYPE_PARAMETERS = "type parameters"


class BindingKind(enum.Enum):
    """How a name comes to be bound."""

    IMPORT = "import"
    ASSIGNMENT = "assignment"
    DECLARATION = "annotation without a value"
    PARAMETER = "parameter"
    FUNCTION = "function"
    CLASS = "class"
    LOOP = "loop variable"
    WITH = "with target"
    EXCEPTION = "exception variable"
    WALRUS = "walrus target"
    MATCH = "match capture"
    DELETION = "del"
    TYPE = "type parameter or alias"


# These two are not frozen: that would take three times as long, and files have thousands of them.
@dataclass(slots=True, eq=False)
class Block:
    """A list of statements that run one after the other.

    `stmt` and `branch` say which part of which compound statement it is; both are empty for the
    body of a scope, where `parent` ends.
    """

    parent: Block | None
    stmt: ast.stmt | None
    branch: str
    loop: bool  #: it can run again
    typing: bool  #: under ``if TYPE_CHECKING``
    guarded: bool  #: in the body of a ``try`` that catches a failed import, or in its handler
    suite: list[ast.stmt]  #: the statements


@dataclass(slots=True, eq=False)
class Scope:
    """One namespace with everything that is bound in it."""

    kind: ScopeKind
    node: ast.AST
    parent: Scope | None
    point: Point | None  #: where it stands in its parent
    block: Block
    bindings: dict[str, list[Binding]] = field(default_factory=dict)  #: by position
    declared: dict[str, str] = field(default_factory=dict)  #: name -> ``global`` or ``nonlocal``
    stars: list[Binding] = field(default_factory=list)

    @property
    def path(self) -> str:
        """Dotted path of definitions, empty for the module."""
        names: list[str] = []
        scope: Scope | None = self
        while scope is not None:
            name = getattr(scope.node, "name", None)
            if isinstance(name, str):
                names.append(name)
            scope = scope.parent
        return ".".join(reversed(names))


class Point(NamedTuple):
    """Where in a file an expression is evaluated."""

    scope: Scope
    block: Block
    stmt: ast.stmt
    deferred: bool  #: later than the statement itself: a quoted or postponed annotation
    annotation: bool = False


class Binding(NamedTuple):
    """One place that binds a name."""

    name: str
    kind: BindingKind
    node: ast.AST  #: the alias, name, argument, definition … that binds it
    stmt: ast.stmt | None  #: None for the parameters of lambdas and the like
    scope: Scope
    block: Block
    at: tuple[int, int]  #: line and UTF-8 column from which on it holds
    sure: bool = True  #: it binds whenever its block runs past it
    origin: str = ""
    """For an import, the qualified name, with leading dots when relative."""
    value: ast.expr | None = None  #: for a plain assignment to the name alone
    anywhere: bool = False  #: through ``global`` or ``nonlocal``: at an unknown time

    @property
    def is_none(self) -> bool:
        """Whether it is the placeholder ``name = None``."""
        return isinstance(self.value, ast.Constant) and self.value.value is None


Read = tuple[ast.Name, Point]
