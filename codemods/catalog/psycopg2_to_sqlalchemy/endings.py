"""Which functions end a transaction, by themselves or by what they call."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from codemods.catalog.psycopg2_to_sqlalchemy.program import Function, Program
from codemods.catalog.psycopg2_to_sqlalchemy.roles import Place, Role, Roles

__all__ = ["Endings"]

_ENDING = frozenset(
    {
        "commit", "rollback", "close", "autocommit", "set_session", "set_isolation_level",
        "isolation_level",
    }
)  # fmt: skip


class Endings:
    """The transactions that the functions of a program end."""

    def __init__(self, program: Program, roles: Roles) -> None:
        self.program = program
        self.roles = roles
        self._own: dict[Function, tuple[set[Place], set[Function]]] = {}

    def any_ends(self, function: Function, nodes: Iterable[ast.AST], family: Place) -> bool:
        """Whether one of these nodes of a function ends a transaction of a family."""
        ended, called = self._look(function, nodes)
        seen: set[Function] = set()
        waiting = list(called)
        while waiting and family not in ended:
            current = waiting.pop()
            if current in seen:
                continue
            seen.add(current)
            if current not in self._own:
                self._own[current] = self._look(current, current.nodes())
            more, further = self._own[current]
            ended = ended | more
            waiting += further
        return family in ended

    def _look(
        self, function: Function, nodes: Iterable[ast.AST]
    ) -> tuple[set[Place], set[Function]]:
        """Return the families whose transactions nodes end, and the functions that they call."""
        ended: set[Place] = set()
        called: set[Function] = set()
        for node in nodes:
            match node:
                case ast.Attribute() if node.attr in _ENDING:
                    value = self.roles.value(function, node.value)
                    if value is not None and value.role is Role.CONNECTION:
                        ended.add(self.roles.family(value.family))
                case ast.withitem(context_expr=entered):
                    value = self.roles.value(function, entered)
                    if value is not None and value.class_ is not None:
                        for name in ("__enter__", "__exit__"):
                            method = self.program.method(value.class_, name)
                            called |= {method} if method is not None else set()
                    elif value is not None and value.role is Role.CONNECTION:
                        ended.add(self.roles.family(value.family))
            if isinstance(node, ast.Call):
                called.update(self.roles.targets(function, node))
        return ended, called
