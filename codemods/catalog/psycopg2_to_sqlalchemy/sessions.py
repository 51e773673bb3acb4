"""What a function does with a connection and a pool themselves."""

from __future__ import annotations

import ast

from codemods.catalog.psycopg2_to_sqlalchemy.actions import (
    Call,
    Remove,
    Replace,
)
from codemods.catalog.psycopg2_to_sqlalchemy.context import EXECUTING, Context
from codemods.catalog.psycopg2_to_sqlalchemy.cursors import (
    dotted,
    only_closes,
)
from codemods.catalog.psycopg2_to_sqlalchemy.roles import (
    Factory,
    Role,
    Value,
)

__all__ = ["Sessions"]

_AUTOCOMMIT = frozenset({"psycopg2.extensions.ISOLATION_LEVEL_AUTOCOMMIT"})
_LEVELS = {
    "psycopg2.extensions.ISOLATION_LEVEL_READ_COMMITTED": "READ COMMITTED",
    "psycopg2.extensions.ISOLATION_LEVEL_REPEATABLE_READ": "REPEATABLE READ",
    "psycopg2.extensions.ISOLATION_LEVEL_SERIALIZABLE": "SERIALIZABLE",
}
_WAITING = frozenset({"poll", "fileno", "cancel", "notifies", "isexecuting", "async_"})


class Sessions:
    """Judges transactions, isolation levels and pools."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def connection_method(
        self, node: ast.expr, value: Value, attribute: ast.Attribute, call: ast.AST | None
    ) -> None:
        name = attribute.attr
        parent = self.context.parents[attribute]
        if isinstance(call, ast.Call):
            match name:
                case "cursor":
                    self.context.member(value, call)
                    self.cursor_call(value, call)
                    return
                case "commit" | "rollback" | "close" if not call.args and not call.keywords:
                    self.context.member(value, call)
                    if name == "commit":
                        self.context.done.commits.add(value.family)
                    return
                case "set_session" | "set_isolation_level":
                    self.context.member(value, call)
                    self.session(node, value, call)
                    return
        elif name in {"commit", "rollback", "close"} and isinstance(parent, ast.Expr):
            return  # a call without its parentheses does nothing, before and after
        elif name == "closed" and self.is_tested(parent):
            self.closed(node, value, attribute)
            return
        elif name == "autocommit" and isinstance(parent, ast.Assign):
            self.context.member(value, parent)
            self.autocommit(node, value, parent)
            return
        elif name == "isolation_level" and isinstance(parent, ast.Assign):
            self.context.member(value, parent)
            self.level(node, value, parent, parent.value)
            return
        reason = "waits-for-server" if name in _WAITING else "driver-only"
        self.context.escape(value, reason, f"the connection's `{name}` is used", attribute)

    def is_tested(self, parent: ast.AST) -> bool:
        """Whether only the truth of `closed` counts; psycopg2 has numbers for it."""
        match parent:
            case ast.Compare(
                ops=[ast.Eq() | ast.NotEq() | ast.Gt()], comparators=[ast.Constant(value=0)]
            ):
                return True
        return isinstance(parent, ast.If | ast.While | ast.BoolOp | ast.UnaryOp | ast.Assert)

    def closed(self, node: ast.expr, value: Value, attribute: ast.Attribute) -> None:
        """Let a connection that the server has closed count as closed, as it did."""
        code = dotted(node)
        if code is None:
            self.context.escape(
                value, "driver-only", "a connection without a name is asked for `closed`", attribute
            )
            return
        statement = self.context.module.statement_of(attribute)
        if isinstance(statement, ast.If) and only_closes(statement, code):
            return
        asked = f"{code}.closed or {code}.invalidated"
        parent = self.context.parents[attribute]
        plain = isinstance(parent, ast.If | ast.While | ast.Assert) or (
            isinstance(parent, ast.BoolOp) and isinstance(parent.op, ast.Or)
        )
        self.context.draft(value, attribute, Replace(asked if plain else f"({asked})"))

    def cursor_call(self, value: Value, call: ast.Call) -> None:
        cursor = self.context.value(call)
        assert cursor is not None
        if call.args or any(k.arg in {"name", None} for k in call.keywords):
            self.context.escape(value, "named-cursor", "a named cursor lives in the server", call)
        elif any(k.arg != "cursor_factory" for k in call.keywords):
            self.context.escape(value, "driver-only", "cursor() has special arguments", call)
        elif cursor.factory is Factory.OTHER:
            self.context.escape(value, "cursor-class", "the cursor is of a class of its own", call)

    def before_first_statement(self, node: ast.expr) -> bool:
        """Whether nothing can have run on a connection in this function so far."""
        code = dotted(node)
        position = (node.lineno, node.col_offset)
        for other in self.context.function.nodes():
            if (
                isinstance(other, ast.Call)
                and isinstance(other.func, ast.Attribute)
                and other.func.attr in EXECUTING
                and (other.lineno, other.col_offset) < position
                and (receiver := self.context.value(other.func.value)) is not None
                and receiver.role is Role.CURSOR
            ):
                return False
        return code is not None

    def options(self, node: ast.expr, value: Value, at: ast.AST, options: str) -> None:
        if "AUTOCOMMIT" in options:
            self.context.done.commits.add(value.family)
        if not self.before_first_statement(node):
            self.context.escape(
                value, "isolation-changes", "the isolation level changes between statements", at
            )
            return
        statement = self.context.module.statement_of(at)
        code = f"{self.context.code(node)}.execution_options({options})"
        self.context.draft(value, at if isinstance(at, ast.stmt) else statement, Replace(code))

    def autocommit(self, node: ast.expr, value: Value, statement: ast.Assign) -> None:
        match statement.value:
            case ast.Constant(value=True):
                self.options(node, value, statement, 'isolation_level="AUTOCOMMIT"')
            case ast.Constant(value=False) if self.before_first_statement(node):
                self.context.removed.add(statement)
                self.context.draft(value, statement, Remove())
            case _:
                self.context.escape(
                    value, "isolation-changes", "`autocommit` is not a constant", statement
                )

    def session(self, node: ast.expr, value: Value, call: ast.Call) -> None:
        assert isinstance(call.func, ast.Attribute)
        if not isinstance(self.context.parents[call], ast.Expr):
            self.context.escape(
                value, "driver-only", f"`{call.func.attr}` is used for its value", call
            )
            return
        if call.func.attr == "set_isolation_level":
            if len(call.args) == 1 and not call.keywords:
                self.level(node, value, call, call.args[0])
            else:
                self.context.escape(
                    value, "isolation-changes", "the isolation level is not known", call
                )
            return
        options: list[str] = []
        for keyword in call.keywords:
            match keyword.arg, keyword.value:
                case "autocommit", ast.Constant(value=True):
                    options.append('isolation_level="AUTOCOMMIT"')
                case "autocommit", ast.Constant(value=False):
                    pass
                case "isolation_level", ast.Constant(value=str(level)):
                    options.append(f'isolation_level="{level.upper()}"')
                case "readonly", ast.Constant(value=bool(flag)):
                    options.append(f"postgresql_readonly={flag}")
                case "deferrable", ast.Constant(value=bool(flag)):
                    options.append(f"postgresql_deferrable={flag}")
                case _:
                    self.context.escape(
                        value, "isolation-changes", "the session is set at run time", call
                    )
                    return
        if call.args:
            self.context.escape(value, "isolation-changes", "the session is set at run time", call)
        elif options:
            self.options(node, value, call, ", ".join(options))

    def level(self, node: ast.expr, value: Value, at: ast.AST, level: ast.expr) -> None:
        name = self.context.module.qualified(level)
        if name in _AUTOCOMMIT or (isinstance(level, ast.Constant) and level.value == 0):
            self.options(node, value, at, 'isolation_level="AUTOCOMMIT"')
        elif name in _LEVELS:
            self.options(node, value, at, f'isolation_level="{_LEVELS[str(name)]}"')
        else:
            self.context.escape(value, "isolation-changes", "the isolation level is not known", at)

    def pool_method(self, value: Value, attribute: ast.Attribute, call: ast.AST | None) -> None:
        match attribute.attr:
            case "getconn" | "putconn" if call is not None:
                return
            case "closeall" if isinstance(call, ast.Call) and not call.args:
                self.context.member(value, call)
                self.context.draft(
                    value, call, Call(f"{self.context.code(attribute.value)}.dispose")
                )
            case _:
                self.context.escape(
                    value, "driver-only", f"the pool's `{attribute.attr}` is used", attribute
                )
