"""The `with` statements of a function."""

from __future__ import annotations

import ast

from codemods.catalog.psycopg2_to_sqlalchemy.actions import (
    Argument,
    Receiver,
    Remove,
    Replace,
    Unwrap,
)
from codemods.catalog.psycopg2_to_sqlalchemy.context import EXECUTING, RAW, Context, own_nodes
from codemods.catalog.psycopg2_to_sqlalchemy.cursors import (
    dotted,
)
from codemods.catalog.psycopg2_to_sqlalchemy.program import Function
from codemods.catalog.psycopg2_to_sqlalchemy.roles import (
    CONNECT,
    Role,
    Value,
)

__all__ = ["Withs"]


class Withs:
    """Judges `with` on connections and cursors."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def begins(self, item: ast.withitem) -> bool:
        """Whether ``with psycopg2.connect() as c:`` can become ``with engine.begin() as c:``."""
        statement = self.context.parents[item]
        assert isinstance(statement, ast.With | ast.AsyncWith)
        return not self.ends_inside(statement, item)

    def ends_inside(self, statement: ast.With | ast.AsyncWith, item: ast.withitem) -> bool:
        """Whether a transaction is ended, or its mode changed, inside of a `with`."""
        for inner in statement.body:
            for node in ast.walk(inner):
                if not isinstance(node, ast.Attribute):
                    continue
                if node.attr not in {
                    "commit", "rollback", "close", "autocommit", "set_session",
                    "set_isolation_level", "isolation_level",
                }:  # fmt: skip
                    continue
                value = self.context.value(node.value)
                if value is not None and value.role is Role.CONNECTION:
                    return True
        return False

    def judge(self, statement: ast.With | ast.AsyncWith) -> None:
        dropped: set[int] = set()
        commit = ""
        add: list[tuple[int, str]] = []
        owner: Value | None = None
        for index, item in enumerate(statement.items):
            value = self.context.value(item.context_expr)
            if value is None or value.role is Role.OBJECT:
                continue
            if value.role is Role.MANAGER and isinstance(item.context_expr, ast.Call):
                name = self.context.module.qualified(item.context_expr.func)
                if name != "contextlib.closing":
                    continue
                assert value.inner is not None
                if value.inner.role is Role.CURSOR:
                    dropped.add(index)
                    owner = value.inner
                    self.with_cursor(item, item.context_expr.args[0], value.inner)
                elif value.inner.role is Role.CONNECTION:
                    self.context.draft(value.inner, item.context_expr, Argument())
                else:
                    self.context.escape(value, "manager-kept", "closing() is used on a pool", item)
            elif value.role is Role.CURSOR:
                base = self.context.cursor_of(item.context_expr)
                if isinstance(base, ast.Call):
                    self.context.draft(value, item.context_expr, Receiver())
                elif base is None and isinstance(item.context_expr, ast.Call):
                    self.context.escape(
                        value,
                        "cursor-unknown",
                        "a function gives the cursor of a `with`",
                        statement,
                    )
                else:
                    dropped.add(index)
                    owner = value
                    self.with_cursor(item, item.context_expr, value)
            elif value.role is Role.CONNECTION:
                commit = self.with_connection(statement, item, value) or commit
                owner = owner or value
                if self.begins_in_helper(item):
                    assert isinstance(item.optional_vars, ast.Name)
                    add.append((index, f"{item.optional_vars.id}.begin()"))
        if dropped or commit or add:
            assert owner is not None
            self.context.draft(owner, statement, Unwrap(frozenset(dropped), commit, tuple(add)))

    def with_cursor(self, item: ast.withitem, expression: ast.expr, value: Value) -> None:
        """A cursor's `with` only closes it; see that its name is not needed for more."""
        if isinstance(item.optional_vars, ast.Name):
            name = item.optional_vars.id
            if self.context.cursors.needs_value(self.context.function, name):
                self.context.escape(
                    value,
                    "cursor-kept",
                    f"`{name}` is read for more than its methods",
                    item.optional_vars,
                )

    def with_connection(
        self, statement: ast.With | ast.AsyncWith, item: ast.withitem, value: Value
    ) -> str:
        """Rewrite psycopg2's `with connection`, which commits or rolls back and does not close."""
        self.context.done.commits.add(value.family)
        expression = item.context_expr
        name = item.optional_vars
        if (
            isinstance(expression, ast.Call)
            and self.context.module.qualified(expression.func) == CONNECT
        ):
            if isinstance(name, ast.Name):
                self.used_after(statement, name, value)
            if self.begins(item):
                return ""
            return self.commit_at_end(statement, item, value)
        if isinstance(expression, ast.Call):
            return self.with_helper(statement, item, value)
        code = dotted(expression)
        if code is None or (isinstance(name, ast.Name) and name.id != code):
            self.context.escape(value, "with-connection", "`with` renames a connection", statement)
            return ""
        if self.ends_inside(statement, item):
            self.context.escape(
                value,
                "commit-inside-with",
                "a transaction ends inside of `with connection`",
                statement,
            )
            return ""
        if not self.nothing_ran(statement, code, value):
            self.context.escape(
                value,
                "with-after-statements",
                "`with connection` may also commit what ran before it",
                statement,
            )
            return ""
        if name is not None:
            self.context.escape(value, "with-connection", "`with` renames a connection", statement)
            return ""
        self.context.draft(value, expression, Replace(f"{code}.begin()"))
        return ""

    def begins_in_helper(self, item: ast.withitem) -> bool:
        """Whether ``with helper() as conn:`` becomes ``with helper() as conn, conn.begin():``."""
        value = self.context.value(item.context_expr)
        return (
            isinstance(item.context_expr, ast.Call)
            and value is not None
            and value.role is Role.CONNECTION
            and self.context.module.qualified(item.context_expr.func) != CONNECT
            and isinstance(item.optional_vars, ast.Name)
            and self.begins(item)
        )

    def with_helper(
        self, statement: ast.With | ast.AsyncWith, item: ast.withitem, value: Value
    ) -> str:
        """Rewrite ``with helper() as conn:``, which commits, where the connection is its own."""
        name = item.optional_vars
        if not isinstance(name, ast.Name) or not self.context.roles.is_fresh(
            self.context.function, item.context_expr
        ):
            self.context.escape(
                value,
                "with-connection",
                "`with` is used on a connection that others may hold as well",
                statement,
            )
            return ""
        self.used_after(statement, name, value)
        return "" if self.begins(item) else self.commit_at_end(statement, item, value)

    def nothing_ran(self, statement: ast.stmt, code: str, value: Value) -> bool:
        """Whether every statement of the family runs inside of a `with connection`."""
        for function in self.context.program.functions:
            if function.module is not self.context.module and value.role is not Role.CONNECTION:
                continue
            for node in function.nodes():
                if not (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr in EXECUTING | RAW
                ):
                    continue
                receiver = self.context.roles.value(function, node.func.value)
                if receiver is None or self.context.family(receiver) != self.context.family(value):
                    continue
                if not self.inside_with(function, node):
                    return False
        return True

    def inside_with(self, function: Function, node: ast.AST) -> bool:
        parents = function.module.parents
        outer: ast.AST = node
        while outer is not function.node:
            outer = parents[outer]
            if isinstance(outer, ast.With):
                for item in outer.items:
                    value = self.context.roles.value(function, item.context_expr)
                    if value is not None and value.role is Role.CONNECTION:
                        return True
        return False

    def used_after(self, statement: ast.stmt, name: ast.Name, value: Value) -> None:
        end = statement.end_lineno or 0
        for node in self.context.function.nodes():
            if not (isinstance(node, ast.Name) and node.id == name.id and node.lineno > end):
                continue
            if name not in self.context.facts.loads.get(node, frozenset()):
                continue
            parent = self.context.parents[node]
            if isinstance(parent, ast.Attribute) and parent.attr == "close":
                closing = self.context.module.statement_of(node)
                if isinstance(closing, ast.Expr):
                    self.context.removed.add(closing)
                    self.context.draft(value, closing, Remove())
                    continue
            if isinstance(parent, ast.Attribute) and parent.attr == "closed":
                continue
            if isinstance(parent, ast.If | ast.Compare | ast.BoolOp | ast.UnaryOp):
                continue
            self.context.escape(
                value, "used-after-with", "the connection is used after its `with`", node
            )

    def commit_at_end(
        self, statement: ast.With | ast.AsyncWith, item: ast.withitem, value: Value
    ) -> str:
        """Commit at the end of a `with` that ends transactions in between (H31)."""
        name = item.optional_vars
        if not isinstance(name, ast.Name) or self.leaves_early(statement.body):
            self.context.escape(
                value,
                "commit-inside-with",
                "a transaction ends inside of `with connect()`",
                statement,
            )
            return ""
        for inner in statement.body:
            for node in ast.walk(inner):
                if isinstance(node, ast.Attribute) and node.attr == "close":
                    closed = self.context.value(node.value)
                    if closed is not None and closed.role is Role.CONNECTION:
                        self.context.escape(
                            value,
                            "commit-inside-with",
                            "the connection is closed in its `with`",
                            node,
                        )
        last = statement.body[-1]
        match last:
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(value=ast.Name(id=used), attr="commit"))
            ) if used == name.id:
                return ""
        return f"{name.id}.commit()"

    def leaves_early(self, body: list[ast.stmt]) -> bool:
        for statement in body:
            for node in own_nodes(statement):
                if isinstance(
                    node, ast.Return | ast.Break | ast.Continue | ast.Yield | ast.YieldFrom
                ):
                    return True
        return False
