"""Whether a function gives its connections back."""

from __future__ import annotations

import ast
from itertools import pairwise

from codemods.catalog.psycopg2_to_sqlalchemy.actions import (
    Enclose,
    Remove,
    Scope,
)
from codemods.catalog.psycopg2_to_sqlalchemy.context import Context
from codemods.catalog.psycopg2_to_sqlalchemy.cursors import (
    Executor,
    dotted,
    is_none,
)
from codemods.catalog.psycopg2_to_sqlalchemy.program import Class
from codemods.catalog.psycopg2_to_sqlalchemy.roles import (
    Role,
)

__all__ = ["Lifetimes"]


class Lifetimes:
    """Sees that every connection of a function's own is given back, in a `with` if need be."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def check(self) -> None:
        """See that every connection of this function's own is given back."""
        for name, value, statement in self.context.annotated:
            own = self.context.roles.is_fresh(
                self.context.function, statement.value or ast.Constant(None)
            )
            if self.context.function.is_module or name in self.given_away() or not own:
                continue
            if not self.closed_finally(name):
                self.context.escape(
                    value,
                    "not-closed",
                    f"`{name}` is not closed on every path, and the pool would wait for it",
                    statement,
                )
        for name, assigned in self.context.connections.items():
            found = self.context.value(assigned[0].value)
            assert found is not None
            if (
                self.context.function.is_module
                or name in self.given_away()
                or self.context.is_global(name)
            ):
                continue
            if not any(
                self.context.roles.is_fresh(self.context.function, one.value) for one in assigned
            ):
                continue
            if self.closed_finally(name) or all(map(self.closed_at_once, assigned)):
                continue
            if not all(self.enclose(name, one, assigned) for one in assigned):
                self.context.escape(
                    found,
                    "not-closed",
                    f"`{name}` is not closed on every path, and the pool would wait for it",
                    assigned[0],
                )

    def given_away(self) -> set[str]:
        """Names of connections that outlive the function: returned, stored, or yielded."""
        found: set[str] = set()
        for node in self.context.function.nodes():
            match node:
                case ast.Return(value=ast.Tuple() as given):
                    for element in given.elts:
                        found |= self.names_in(element)
                case ast.Return(value=ast.expr() as given):
                    found |= self.names_in(given)
                case ast.Assign(value=ast.Name(id=name)):
                    found.add(name)
                case ast.Call():
                    target = self.context.roles.target(self.context.function, node)
                    if isinstance(target, Class):
                        for argument in (*node.args, *(k.value for k in node.keywords)):
                            found |= self.names_in(argument)
        return found

    def names_in(self, node: ast.expr) -> set[str]:
        """Names of the connections that an expression is, or that its cursor is of."""
        value = self.context.value(node)
        if value is None or value.role not in {Role.CONNECTION, Role.CURSOR}:
            return set()
        base = self.context.cursor_of(node) or node
        code = dotted(base)
        if code is None:
            return set()
        if value.role is Role.CURSOR and isinstance(node, ast.Name):
            executor = self.context.cursors.executor(
                self.context.function, self.context.facts, node
            )
            if isinstance(executor, Executor):
                return {executor.code}
        return {code}

    def closed_finally(self, name: str) -> bool:
        """Whether a `finally` closes a connection."""
        for node in self.context.function.nodes():
            if isinstance(node, ast.Try):
                for statement in node.finalbody:
                    for inner in ast.walk(statement):
                        if isinstance(inner, ast.Call) and self.closes(inner, name):
                            return True
            elif isinstance(node, ast.With | ast.AsyncWith):
                for item in node.items:
                    value = self.context.value(item.context_expr)
                    if (
                        value is not None
                        and value.role is Role.MANAGER
                        and any(
                            isinstance(n, ast.Name) and n.id == name
                            for n in ast.walk(item.context_expr)
                        )
                    ):
                        return True
        return False

    def closes(self, call: ast.Call, name: str) -> bool:
        if not isinstance(call.func, ast.Attribute):
            return False
        if call.func.attr == "close":
            return dotted(call.func.value) == name
        return call.func.attr == "putconn" and [dotted(a) for a in call.args] == [name]

    def enclose(self, name: str, assigned: ast.Assign, every: list[ast.Assign]) -> bool:
        """Put everything that needs a connection into a `with` block.

        Args:
            name: the variable of the connection.
            assigned: where it gets this connection.
            every: where it gets one at all.
        """
        value = self.context.value(assigned.value)
        block = self.block_of(assigned)
        if value is None or block is None or len(assigned.targets) != 1:
            return False
        index = block.index(assigned)
        end = min((block.index(one) for one in every if one in block[index + 1 :]), default=None)
        words = self.words(name)
        last = index
        for position in range(index + 1, end or len(block)):
            if any(
                isinstance(node, ast.Name) and node.id in words
                for node in ast.walk(block[position])
            ):
                last = position
        inside = {node for s in block[index : last + 1] for node in ast.walk(s)}
        if not self.ends_inside(name, words, assigned, every, inside):
            return False
        if last == index or self.shares_lines(block[max(index - 1, 0) : last + 2]):
            return False
        if self.close_statement(block[last], name):
            self.context.draft(value, block[last], Remove())
            if all(s in self.context.removed for s in block[index + 1 : last]):
                return False
        self.context.draft(value, assigned, Enclose(last - index, name))
        self.context.draft(value, self.context.function.node, Scope())
        return True

    def words(self, name: str) -> set[str]:
        """Return the names of a connection, of its function's cursors and of their results."""
        cursors = {
            node.id
            for node in self.context.function.nodes()
            if isinstance(node, ast.Name)
            and (found := self.context.value(node)) is not None
            and found.role is Role.CURSOR
        }
        return {name} | cursors | set(self.context.result_names.values())

    def ends_inside(
        self,
        name: str,
        words: set[str],
        assigned: ast.Assign,
        every: list[ast.Assign],
        inside: set[ast.AST],
    ) -> bool:
        """Whether a connection and its cursors are used inside of some statements only."""
        target = assigned.targets[0]
        others = {one.targets[0] for one in every}
        loads = self.context.facts.loads
        for node in self.context.function.nodes():
            if not isinstance(node, ast.Name) or node.id not in words or node in others:
                continue
            definitions = loads.get(node, frozenset())
            if node in inside:
                if node.id == name and len(every) > 1 and definitions != {target}:
                    return False
            elif definitions & inside:
                return False
            elif node.id == name and not (len(every) > 1 and definitions):
                parent = self.context.parents[node]
                if not (isinstance(parent, ast.Assign) and is_none(parent.value)):
                    return False
        return True

    def closed_at_once(self, assigned: ast.Assign) -> bool:
        """Whether the very next statement closes a connection."""
        block = self.block_of(assigned) or [assigned]
        following = block[block.index(assigned) + 1 :][:1]
        return isinstance(assigned.targets[0], ast.Name) and any(
            isinstance(statement, ast.Expr)
            and isinstance(statement.value, ast.Call)
            and self.closes(statement.value, assigned.targets[0].id)
            for statement in following
        )

    def close_statement(self, statement: ast.stmt, name: str) -> bool:
        match statement:
            case ast.Expr(value=ast.Call() as call) if self.closes(call, name):
                return (
                    isinstance(call.func, ast.Attribute) and call.func.attr == "close"
                ) or not self.drop_putconn(call)
        return False

    def drop_putconn(self, call: ast.Call) -> bool:
        span = self.context.module.file.span(call)
        drafts = self.context.done.drafts
        drafts[:] = [d for d in drafts if not (d.module is self.context.module and d.span == span)]
        return False

    def shares_lines(self, statements: list[ast.stmt]) -> bool:
        """Whether two statements stand on one line, so that no block can begin between them."""
        return any(one.end_lineno == other.lineno for one, other in pairwise(statements))

    def block_of(self, statement: ast.stmt) -> list[ast.stmt] | None:
        parent = self.context.parents[statement]
        for _, value in ast.iter_fields(parent):
            if isinstance(value, list) and statement in value:
                return value
        return None
