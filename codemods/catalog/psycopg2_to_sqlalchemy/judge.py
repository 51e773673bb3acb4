"""Look at every use of a connection, cursor or pool and decide what becomes of it.

A use that has no certain counterpart is an *escape*: its whole family is left (13.2, 13.12).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath

from codemods.catalog.psycopg2_to_sqlalchemy.actions import (
    Receiver,
    Remove,
    Replace,
)
from codemods.catalog.psycopg2_to_sqlalchemy.annotations import Annotations
from codemods.catalog.psycopg2_to_sqlalchemy.codeflow import (
    reaching_definitions,
)
from codemods.catalog.psycopg2_to_sqlalchemy.constants import Constants
from codemods.catalog.psycopg2_to_sqlalchemy.context import (
    EXECUTING,
    RAW,
    Context,
    Judgement,
    own_nodes,
)
from codemods.catalog.psycopg2_to_sqlalchemy.cursors import (
    Cursors,
    dotted,
    is_none,
    only_closes,
)
from codemods.catalog.psycopg2_to_sqlalchemy.endings import Endings
from codemods.catalog.psycopg2_to_sqlalchemy.executes import Executes
from codemods.catalog.psycopg2_to_sqlalchemy.lifetimes import Lifetimes
from codemods.catalog.psycopg2_to_sqlalchemy.program import Program
from codemods.catalog.psycopg2_to_sqlalchemy.results import Results
from codemods.catalog.psycopg2_to_sqlalchemy.roles import (
    Role,
    Roles,
    Value,
)
from codemods.catalog.psycopg2_to_sqlalchemy.sessions import Sessions
from codemods.catalog.psycopg2_to_sqlalchemy.sources import Sources
from codemods.catalog.psycopg2_to_sqlalchemy.travels import Travels
from codemods.catalog.psycopg2_to_sqlalchemy.withs import Withs

__all__ = ["Judge"]

_FETCHING = frozenset({"fetchone", "fetchmany", "fetchall"})


class Judge:
    """Judges the functions of a program, one after the other."""

    def __init__(
        self,
        program: Program,
        roles: Roles,
        constants: Constants,
        exact: Callable[[PurePosixPath], bool],
    ) -> None:
        self.program = program
        self.roles = roles
        self.constants = constants
        self.exact = exact  #: whether somebody may see which exception a file's code raises
        self.cursors = Cursors(program, roles)
        self.done = Judgement()

    def run(self) -> Judgement:
        """Judge every function."""
        endings = Endings(self.program, self.roles)
        for function in self.program.functions:
            if not self.roles.has_any(function):
                continue
            _Uses(
                Context(
                    self.program,
                    self.roles,
                    self.cursors,
                    endings,
                    self.constants,
                    self.done,
                    function,
                    self.exact(function.module.path),
                )
            ).run()
        return self.done


class _Uses:
    def __init__(self, context: Context) -> None:
        self.context = context
        self.sessions = Sessions(context)
        self.results = Results(context)
        self.executes = Executes(context, self.results)
        self.withs = Withs(context)
        self.lifetimes = Lifetimes(context)
        self.sources = Sources(context, self.withs)
        self.annotations = Annotations(context)
        self.travels = Travels(context, self.executes, self.results)

    def run(self) -> None:
        self.out_of_sight()
        expressions = [node for node in self.context.function.nodes() if isinstance(node, ast.expr)]
        uses = [
            (node, value)
            for node in expressions
            if (value := self.context.value(node)) is not None and value.role is not Role.OBJECT
        ]
        if not uses:
            return
        self.context.facts = reaching_definitions(
            self.context.function.node.body, self.context.function.parameters, self.marks
        )
        ordered = sorted(uses, key=lambda use: (use[0].lineno, use[0].col_offset))
        for node, value in ordered:
            if isinstance(node, ast.Call):
                self.sources.source(node, value)
        for node, value in ordered:
            if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
                self.stored(node, value)
            else:
                self.use(node, value)
        self.annotations.of_function()
        for statement in self.context.function.nodes():
            if isinstance(statement, ast.With | ast.AsyncWith):
                self.withs.judge(statement)
        self.executes.finish()
        self.lifetimes.check()

    def out_of_sight(self) -> None:
        """Leave what lambdas and the bodies of classes read: they are not followed."""
        for node in self.context.function.nodes():
            if not isinstance(node, ast.Lambda | ast.ClassDef):
                continue
            for inner in own_nodes(node, inside=True):
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load):
                    value = self.context.value(inner)
                    if value is not None and value.role is not Role.OBJECT:
                        self.context.escape(
                            value, "stored", f"`{inner.id}` is used where it is not followed", inner
                        )

    def marks(self, node: ast.expr) -> Iterable[str]:
        """Name what a call defines: the result a cursor holds, a connection's transaction."""
        if not isinstance(node, ast.Call):
            return
        if isinstance(node.func, ast.Attribute):
            receiver = self.context.value(node.func.value)
            code = dotted(node.func.value)
            executes = node.func.attr in EXECUTING | RAW
            if receiver is not None and receiver.role is Role.CURSOR and executes and code:
                yield f"result {code}"
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            value = self.context.value(argument)
            code = dotted(argument)
            if value is not None and value.role is Role.CURSOR and code is not None:
                yield f"result {code}"

    def keeps_connection(self, target: ast.expr) -> bool:
        return isinstance(target, ast.Name) and (
            self.context.cursors.defined_by(self.context.function, target) == target.id
        )

    def stored(self, node: ast.expr, value: Value) -> None:
        """Look at a place that is assigned to."""
        parent = self.context.parents[node]
        if isinstance(parent, ast.Delete):
            if value.role is Role.CURSOR:
                self.context.escape(value, "cursor-kept", "the cursor's name is deleted", parent)
            return

    def use(self, node: ast.expr, value: Value) -> None:
        parent = self.context.parents[node]
        if value.role is Role.GENERATOR or value.role is Role.MANAGER:
            self.manager(node, value, parent)
            return
        match parent:
            case ast.Attribute() if parent.value is node:
                self.method(node, value, parent)
            case ast.Assign() if parent.value is node:
                self.assigned(node, value, parent)
            case ast.AnnAssign(target=target) if parent.value is node:
                if value.role is Role.CURSOR and self.context.cursor_of(node) is not None:
                    keeps = isinstance(target, ast.Attribute) or self.keeps_connection(target)
                    if not keeps:
                        self.context.escape(
                            value, "annotated", "a cursor's variable is annotated", parent
                        )
                    else:
                        self.context.draft(value, node, Receiver())
                elif value.role is Role.CONNECTION and isinstance(target, ast.Name):
                    self.context.annotated.append((target.id, value, parent))
                if self.context.roles.place(self.context.function, target) is None:
                    self.context.escape(
                        value, "stored", "it is stored where it can't be followed", parent
                    )
                self.annotations.change(value, parent.annotation)
            case ast.Return():
                self.travels.returned(node, value)
            case ast.Yield():
                self.travels.yielded(node, value)
            case ast.withitem() if parent.context_expr is node:
                pass
            case ast.Call():
                self.travels.argument(node, value, parent)
            case ast.keyword():
                call = self.context.parents[parent]
                assert isinstance(call, ast.Call | ast.ClassDef)
                if isinstance(call, ast.Call):
                    self.travels.argument(node, value, call)
            case ast.If() | ast.While() | ast.Assert() | ast.UnaryOp(op=ast.Not()):
                self.tested(node, value)
            case ast.Compare():
                if not all(isinstance(operator, ast.Is | ast.IsNot) for operator in parent.ops):
                    self.context.escape(value, "compared", "it is compared", parent)
                else:
                    self.tested(node, value)
            case ast.BoolOp() | ast.IfExp() | ast.NamedExpr():
                if isinstance(parent, ast.IfExp) and parent.test is node:
                    self.tested(node, value)
                elif value.role is Role.CURSOR and self.context.cursor_of(node) is not None:
                    self.context.draft(value, node, Receiver())
            case ast.Expr():
                pass
            case ast.For() | ast.comprehension() if parent.iter is node:
                self.results.iterated(node, value, parent)
            case ast.Delete() | ast.Global():
                pass
            case ast.Tuple() if self.unpacks(parent):
                pass
            case ast.Tuple() if self.travels.is_unpacked_by_callers(parent):
                self.travels.returned(node, value)
            case _:
                self.context.escape(
                    value, "stored", f"`{ast.unparse(node)}` goes where it can't be followed", node
                )

    def unpacks(self, node: ast.Tuple) -> bool:
        parent = self.context.parents[node]
        return (
            isinstance(parent, ast.Assign)
            and len(parent.targets) == 1
            and isinstance(parent.targets[0], ast.Tuple)
            and len(parent.targets[0].elts) == len(node.elts)
            and all(is_none(e) or self.context.value(e) is None for e in node.elts)
        )

    def manager(self, node: ast.expr, value: Value, parent: ast.AST) -> None:
        assert value.inner is not None
        if isinstance(parent, ast.withitem):
            return
        if isinstance(parent, ast.For) and value.role is Role.GENERATOR:
            return
        if value.role is Role.GENERATOR and value.inner.role is Role.OBJECT:
            return
        if isinstance(parent, ast.Assign) and not any(map(self.is_read, parent.targets)):
            return  # a manager that is never entered does nothing
        if isinstance(parent, ast.Attribute) or not isinstance(parent, ast.Expr):
            self.context.escape(
                value, "manager-kept", "a context manager is used other than by `with`", node
            )

    def is_read(self, target: ast.expr) -> bool:
        """Whether anything may read what is assigned to a target."""
        function = self.context.function
        if not isinstance(target, ast.Name) or function.is_module:
            return True
        return self.context.is_global(target.id) or any(
            isinstance(node, ast.Name) and node.id == target.id and isinstance(node.ctx, ast.Load)
            for node in function.nodes()
        )

    def tested(self, node: ast.expr, value: Value) -> None:
        """A truth test or a comparison with None."""
        statement = self.context.module.statement_of(node)
        code = dotted(node)
        if value.role is not Role.CURSOR or code is None or statement in self.context.removed:
            return
        if isinstance(statement, ast.If) and only_closes(statement, code):
            self.context.removed.add(statement)
            self.context.draft(value, statement, Remove())

    def assigned(self, node: ast.expr, value: Value, parent: ast.Assign) -> None:
        for target in parent.targets:
            if (
                not isinstance(target, ast.Name | ast.Attribute)
                or self.context.roles.place(self.context.function, target) is None
            ):
                self.context.escape(
                    value, "stored", f"it is stored in `{ast.unparse(target)}`", parent
                )
                return
        target = parent.targets[0]
        if value.role is Role.CURSOR:
            self.cursor_assigned(node, value, parent, target)
        elif value.role is Role.CONNECTION and isinstance(target, ast.Name):
            self.context.connections.setdefault(target.id, []).append(parent)

    def cursor_assigned(
        self, node: ast.expr, value: Value, parent: ast.Assign, target: ast.expr
    ) -> None:
        base = self.context.cursor_of(node)
        if base is None:
            executor = self.context.executor(node, value) if dotted(node) else None
            if executor is not None and not executor.is_connection:
                self.context.draft(value, node, Replace(executor.code))
            return
        keeps = True
        if isinstance(target, ast.Name):
            code = self.context.cursors.defined_by(self.context.function, target)
            keeps = code == target.id or self.context.cursors.needs_value(
                self.context.function, target.id
            )
        elif isinstance(target, ast.Attribute):
            place = self.context.roles.attribute(self.context.function, target)
            keeps = (
                place is None
                or place[0] != "attribute"
                or self.context.cursors.connection_attribute(place) is None
            )
        if keeps:
            self.context.draft(value, node, Receiver())
        elif len(parent.targets) == 1:
            self.context.removed.add(parent)
            self.context.draft(value, parent, Remove())
        else:
            self.context.escape(value, "stored", "the cursor is stored in two places", parent)

    def method(self, node: ast.expr, value: Value, attribute: ast.Attribute) -> None:
        call = self.context.parents[attribute]
        called = isinstance(call, ast.Call) and call.func is attribute
        if value.role is Role.POOL:
            self.sessions.pool_method(value, attribute, call if called else None)
        elif value.role is Role.CONNECTION:
            self.sessions.connection_method(node, value, attribute, call if called else None)
        elif value.role is Role.CURSOR:
            self.cursor_method(node, value, attribute, call if called else None)

    def cursor_method(
        self, node: ast.expr, value: Value, attribute: ast.Attribute, call: ast.AST | None
    ) -> None:
        name = attribute.attr
        if name == "connection":
            self.context.escape(
                value, "driver-only", "the cursor's `connection` is used", attribute
            )
            return
        if isinstance(call, ast.Call):
            self.context.member(value, call)
            if name in EXECUTING:
                self.executes.execute(node, value, call)
                return
            if name in _FETCHING:
                self.results.fetch(node, value, call)
                return
            if name == "close" and not call.args:
                self.close(value, call)
                return
            if name in RAW:
                self.executes.raw(node, value, call, attribute)
                return
            if name == "mogrify":
                self.executes.mogrify(node, value, call)
                return
        elif name in {"rowcount", "description"} and isinstance(attribute.ctx, ast.Load):
            self.context.member(value, attribute)
            self.results.about_result(node, value, attribute)
            return
        self.context.escape(value, "driver-only", f"the cursor's `{name}` is used", attribute)

    def close(self, value: Value, call: ast.Call) -> None:
        statement = self.context.parents[call]
        if not isinstance(statement, ast.Expr):
            self.context.escape(
                value, "driver-only", "a cursor's close() is used for its value", call
            )
            return
        inside = self.context.parents.get(statement)
        if inside in self.context.removed or statement in self.context.removed:
            return
        self.context.removed.add(statement)
        self.context.draft(value, statement, Remove())
