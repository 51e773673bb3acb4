"""The `with` statements of a function."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.catalog.psycopg2_to_sqlalchemy.actions import (
    NODE,
    Argument,
    Receiver,
    Remove,
    Replace,
    Unwrap,
    helper,
)
from codemods.catalog.psycopg2_to_sqlalchemy.context import EXECUTING, RAW, Context, own_nodes
from codemods.catalog.psycopg2_to_sqlalchemy.cursors import (
    dotted,
)
from codemods.catalog.psycopg2_to_sqlalchemy.lifetimes import Lifetimes
from codemods.catalog.psycopg2_to_sqlalchemy.program import Function
from codemods.catalog.psycopg2_to_sqlalchemy.roles import (
    CONNECT,
    Role,
    Value,
)

__all__ = ["Withs"]


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a `with` on a connection needs besides the connection."""

    commit: str = ""  #: a statement for the end of its block
    enter: str = ""  #: what is entered after the connection
    outlives: str = ""  #: what is entered in its place, when it is used later


class Withs:
    """Judges `with` on connections and cursors."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def begins(self, item: ast.withitem) -> bool:
        """Whether ``with psycopg2.connect() as c:`` can become ``with engine.begin() as c:``."""
        statement = self.context.parents[item]
        assert isinstance(statement, ast.With | ast.AsyncWith)
        return not self.ends_inside(statement, item) and not self.outlives(statement, item)

    def ends_inside(self, statement: ast.With | ast.AsyncWith, item: ast.withitem) -> bool:
        """Whether a transaction is ended, or its mode changed, inside of a `with`."""
        value = self.context.value(item.context_expr)
        assert value is not None
        inside = [node for inner in statement.body for node in ast.walk(inner)]
        return self.context.endings.any_ends(
            self.context.function, inside, self.context.family(value)
        )

    def judge(self, statement: ast.With | ast.AsyncWith) -> None:
        dropped: set[int] = set()
        entry = _Entry()
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
                found = self.with_connection(statement, item, value)
                owner = owner or value
                if found.enter:
                    add.append((index, found.enter))
                elif found != _Entry():
                    entry = found
        if dropped or add or entry != _Entry():
            assert owner is not None
            action = Unwrap(frozenset(dropped), entry.commit, tuple(add), entry.outlives)
            needs = ["transaction"] if helper("transaction") in repr(action) else []
            self.context.draft(owner, statement, action, *needs)

    def with_cursor(self, item: ast.withitem, expression: ast.expr, value: Value) -> None:
        """A cursor's `with` only closes it; see that its name is not needed for more."""
        if isinstance(item.optional_vars, ast.Name):
            name = item.optional_vars.id
            if self.context.cursor_of(expression) is None:
                self.context.escape(
                    value, "cursor-unknown", "`with` gives a cursor another name", expression
                )
            elif self.context.cursors.defined_by(self.context.function, item.optional_vars) == name:
                self.context.escape(
                    value, "cursor-unknown", f"`{name}` may be of two connections", expression
                )
            if self.context.cursors.needs_value(self.context.function, name):
                self.context.escape(
                    value,
                    "cursor-kept",
                    f"`{name}` is read for more than its methods",
                    item.optional_vars,
                )

    def with_connection(
        self, statement: ast.With | ast.AsyncWith, item: ast.withitem, value: Value
    ) -> _Entry:
        """Rewrite psycopg2's `with connection`, which commits or rolls back and does not close."""
        self.context.done.commits.add(value.family)
        expression = item.context_expr
        closing = self.closes_inside(statement)
        if closing is not None:
            self.context.escape(
                value, "commit-inside-with", "the connection is closed in its `with`", closing
            )
            return _Entry()
        if isinstance(expression, ast.Call) and self.context.roles.is_fresh(
            self.context.function, expression
        ):
            return self.with_new(statement, item, value)
        code = dotted(expression)
        plain = item.optional_vars is None and not self.ends_inside(statement, item)
        if code is not None and plain and self.nothing_ran(statement, code, value):
            self.context.draft(value, expression, Replace(f"{code}.begin()"))
        else:
            around = f"{helper('transaction')}({NODE})"
            self.context.draft(value, expression, Replace(around), "transaction")
        return _Entry()

    def with_new(
        self, statement: ast.With | ast.AsyncWith, item: ast.withitem, value: Value
    ) -> _Entry:
        """Rewrite `with` on a connection that nothing else holds: it is closed at the end."""
        name = item.optional_vars
        made = isinstance(item.context_expr, ast.Call) and (
            self.context.module.qualified(item.context_expr.func) == CONNECT
        )
        if not isinstance(name, ast.Name):
            if not made or name is not None:
                self.context.escape(
                    value, "with-connection", "`with` gives a connection no name", statement
                )
            return _Entry()
        ends = self.ends_inside(statement, item)
        if self.outlives(statement, item):
            return self.with_outlived(statement, item, value, ends)
        self.drop_closes(statement, name, value)
        if not ends:
            return _Entry(enter="" if made else f"{name.id}.begin()")
        if self.leaves_early(statement.body):
            return _Entry(enter=f"{helper('transaction')}({name.id})")
        match statement.body[-1]:
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(value=ast.Name(id=used), attr="commit"))
            ) if used == name.id:
                return _Entry()
            case ast.Raise():
                return _Entry()
        return _Entry(commit=f"{name.id}.commit()")

    def with_outlived(
        self,
        statement: ast.With | ast.AsyncWith,
        item: ast.withitem,
        value: Value,
        ends: bool,
    ) -> _Entry:
        """Keep a connection open that is used after its `with`, which never closed it."""
        name = item.optional_vars
        assert isinstance(name, ast.Name)
        lifetimes = Lifetimes(self.context)
        returned = (
            self.context.function.is_module
            or lifetimes.closed_finally(name.id)
            or name.id in lifetimes.given_away()
        )
        if statement.items[0] is not item or not returned:
            self.context.escape(
                value, "used-after-with", "the connection is used after its `with`", statement
            )
            return _Entry()
        begin = f"{helper('transaction')}({name.id})" if ends else f"{name.id}.begin()"
        return _Entry(outlives=begin)

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

    def later_uses(
        self, statement: ast.With | ast.AsyncWith, name: ast.Name
    ) -> tuple[list[ast.Expr], bool]:
        """Return the statements that close a connection after its `with`; whether more use it."""
        end = statement.end_lineno or 0
        closes: list[ast.Expr] = []
        used = False
        for node in self.context.function.nodes():
            if not (isinstance(node, ast.Name) and node.id == name.id and node.lineno > end):
                continue
            if name not in self.context.facts.loads.get(node, frozenset()):
                continue
            parent = self.context.parents[node]
            if isinstance(parent, ast.Attribute) and parent.attr == "close":
                closing = self.context.module.statement_of(node)
                if isinstance(closing, ast.Expr):
                    closes.append(closing)
                    continue
            if isinstance(parent, ast.Attribute) and parent.attr == "closed":
                continue
            if isinstance(parent, ast.If | ast.Compare | ast.BoolOp | ast.UnaryOp):
                continue
            used = True
        if self.context.function.is_module:
            reads = [node for node, _ in self.context.module.names.reads(name.id)]
            used = used or any(node not in self.context.facts.loads for node in reads)
        used = used or self.runs_later(statement)
        return closes, used or self.context.is_global(name.id)

    def runs_later(self, statement: ast.With | ast.AsyncWith) -> bool:
        """Whether a cursor that a `with` makes may run SQL after it.

        Results may be read: all their rows are there already.
        """
        inside = set(ast.walk(statement))
        loads = self.context.facts.loads
        cursors = {
            node
            for node in inside
            if isinstance(node, ast.Name)
            and isinstance(node.ctx, ast.Store)
            and (found := self.context.value(node)) is not None
            and found.role is Role.CURSOR
        }
        for node, definitions in loads.items():
            if node not in inside and definitions & cursors and not self.reads_result(node):
                return True
        if not self.context.function.is_module:
            return any(self.context.is_global(node.id) for node in cursors)
        return any(
            reader not in loads
            for node in cursors
            for reader, _ in self.context.module.names.reads(node.id)
        )

    def reads_result(self, node: ast.AST) -> bool:
        parent = self.context.parents[node]
        if isinstance(parent, ast.Attribute):
            return parent.attr not in EXECUTING | RAW | {"callproc", "connection", "mogrify"}
        if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name):
            return parent.func.id in {"enumerate", "list", "tuple"}
        return not isinstance(parent, ast.Assign | ast.Call | ast.keyword | ast.Return | ast.Yield)

    def outlives(self, statement: ast.With | ast.AsyncWith, item: ast.withitem) -> bool:
        """Whether a connection is used after its `with`."""
        name = item.optional_vars
        return isinstance(name, ast.Name) and self.later_uses(statement, name)[1]

    def drop_closes(
        self, statement: ast.With | ast.AsyncWith, name: ast.Name, value: Value
    ) -> None:
        for closing in self.later_uses(statement, name)[0]:
            self.context.removed.add(closing)
            self.context.draft(value, closing, Remove())

    def closes_inside(self, statement: ast.With | ast.AsyncWith) -> ast.AST | None:
        """Return where a connection is closed inside of a `with`, which can't commit it then."""
        for inner in statement.body:
            for node in own_nodes(inner):
                match node:
                    case ast.Attribute(attr="close", value=closed):
                        pass
                    case ast.Call(func=ast.Attribute(attr="putconn"), args=[closed, *_]):
                        pass
                    case _:
                        continue
                found = self.context.value(closed)
                if found is not None and found.role is Role.CONNECTION:
                    return node
        return None

    def leaves_early(self, body: list[ast.stmt]) -> bool:
        for statement in body:
            for node in own_nodes(statement):
                if isinstance(
                    node, ast.Return | ast.Break | ast.Continue | ast.Yield | ast.YieldFrom
                ):
                    return True
        return False
