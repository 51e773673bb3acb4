"""Where a connection or a cursor goes: to callers, to other functions, back to a pool."""

from __future__ import annotations

import ast

from codemods.catalog.psycopg2_to_sqlalchemy.actions import Receiver, Replace
from codemods.catalog.psycopg2_to_sqlalchemy.context import Context
from codemods.catalog.psycopg2_to_sqlalchemy.cursors import dotted
from codemods.catalog.psycopg2_to_sqlalchemy.executes import Executes
from codemods.catalog.psycopg2_to_sqlalchemy.program import Function
from codemods.catalog.psycopg2_to_sqlalchemy.results import Results
from codemods.catalog.psycopg2_to_sqlalchemy.roles import Role, Value

__all__ = ["Travels"]

_CONSUMERS = frozenset(
    f"builtins.{name}" for name in ("list", "tuple", "dict", "set", "enumerate", "sorted", "sum")
)
_BULK = frozenset({"psycopg2.extras.execute_values", "psycopg2.extras.execute_batch"})


class Travels:
    """Judges what leaves a function, and what is given to another one."""

    def __init__(self, context: Context, executes: Executes, results: Results) -> None:
        self.context = context
        self.executes = executes
        self.results = results

    def passed(self, node: ast.expr, value: Value) -> None:
        """A cursor goes to another function: the connection goes there instead."""
        if value.role is not Role.CURSOR:
            return
        if self.context.cursor_of(node) is not None:
            self.context.draft(value, node, Receiver())
            return
        if dotted(node) is None:
            return
        executor = self.context.executor(node, value)
        if executor is not None and executor.code != dotted(node):
            self.context.draft(value, node, Replace(executor.code))

    def returned(self, node: ast.expr, value: Value) -> None:
        self.passed(node, value)
        self.travels(value)
        if self.is_route():
            self.context.escape(value, "returned", "it is returned to a framework", node)

    def travels(self, value: Value) -> None:
        names = self.context.done.helpers.setdefault(self.context.family(value), set())
        if not self.context.function.is_module:
            name = self.context.function.name
            if self.context.function.owner is not None and name.startswith("__"):
                name = self.context.function.owner.node.name
            names.add(name)

    def is_route(self) -> bool:
        return any(
            name.rsplit(".", 1)[-1] in {"route", "get", "post"}
            for name in self.context.function.decorators
        )

    def yielded(self, node: ast.expr, value: Value) -> None:
        self.passed(node, value)
        self.travels(value)

    def argument(self, node: ast.expr, value: Value, call: ast.Call) -> None:
        name = self.context.module.qualified(call.func)
        if name == "contextlib.closing":
            return
        if self.is_scope(call, name) and dotted(node) is not None:
            self.scope(node, value)
            return
        if name in _BULK and value.role is Role.CURSOR:
            self.executes.bulk(node, value, call, str(name))
            return
        if name in _CONSUMERS and value.role is Role.CURSOR and call.args[:1] == [node]:
            self.results.consumed(node, value)
            return
        if isinstance(call.func, ast.Attribute):
            receiver = self.context.value(call.func.value)
            if receiver is not None and receiver.role is Role.POOL and call.func.attr == "putconn":
                self.put_back(node, value, call)
                return
        targets = self.context.roles.targets(self.context.function, call)
        if targets and all(self.keeps(target, node, value, call) for target in targets):
            self.passed(node, value)
            for target in targets:
                self.travels_into(value, target)
            self.needs_callers(value, call)
            return
        self.context.escape(
            value,
            "passed-on",
            f"the {value.role.value} is passed to `{ast.unparse(call.func)}`",
            call,
        )

    def keeps(self, target: Function, node: ast.expr, value: Value, call: ast.Call) -> bool:
        """Whether a function's parameter is known to be what an argument is."""
        roles = self.context.roles
        for parameter, given in roles.bound_arguments(target, call, self.context.function):
            if given is node:
                kept = roles.values.get(roles.parameter(target, parameter))
                return kept is not None and kept.role is value.role
        return False

    def needs_callers(self, value: Value, call: ast.Call) -> None:
        """Let all files be read that may give another function as the parameter that is called."""
        given = self.context.roles.given.of(self.context.function, call.func)
        names = self.context.done.helpers.setdefault(self.context.family(value), set())
        names |= given.callers

    def is_scope(self, call: ast.Call, name: str | None) -> bool:
        """Whether a call only asks a connection how to quote: `composed.as_string(connection)`."""
        if name == "psycopg2.extensions.quote_ident":
            return True
        return (
            isinstance(call.func, ast.Attribute)
            and call.func.attr == "as_string"
            and self.context.roles.target(self.context.function, call) is None
        )

    def scope(self, node: ast.expr, value: Value) -> None:
        """Give psycopg2's own connection to what quotes for it (5.13)."""
        code = dotted(node)
        if value.role is Role.CURSOR:
            executor = self.context.executor(node, value)
            code = executor.code if executor is not None else None
        if code is not None:
            self.context.draft(value, node, Replace(f"{code}.connection.dbapi_connection"))

    def travels_into(self, value: Value, target: Function) -> None:
        name = target.name
        if name == "__init__" and target.owner is not None:
            name = target.owner.node.name
        self.context.done.helpers.setdefault(self.context.family(value), set()).add(name)

    def put_back(self, node: ast.expr, value: Value, call: ast.Call) -> None:
        self.context.member(value, call)
        if call.keywords or len(call.args) != 1:
            self.context.escape(value, "pool-key", "putconn() has more arguments", call)
            return
        self.context.draft(value, call, Replace(f"{self.context.code(node)}.close()"))

    def is_unpacked_by_callers(self, node: ast.Tuple) -> bool:
        """Whether a tuple is returned, and every call of the function takes it apart at once."""
        if not isinstance(self.context.parents[node], ast.Return):
            return False
        for function in self.context.program.functions:
            parents = function.module.parents
            for call in function.nodes():
                if not isinstance(call, ast.Call) or not self.calls(function, call):
                    continue
                parent = parents[call]
                match parent:
                    case ast.Assign(targets=[ast.Tuple() as target]) if len(target.elts) == len(
                        node.elts
                    ) and all(isinstance(one, ast.Name | ast.Attribute) for one in target.elts):
                        continue
                    case ast.Expr():
                        continue
                return False
        return True

    def calls(self, function: Function, call: ast.Call) -> bool:
        """Whether a call is one of the function that is judged."""
        name = call.func.attr if isinstance(call.func, ast.Attribute) else call.func
        if isinstance(name, ast.Name):
            name = name.id
        if name != self.context.function.name:
            qualified = function.module.qualified(call.func) or ""
            if not qualified.endswith(f".{self.context.function.name}"):
                return False
        return self.context.roles.target(function, call) is self.context.function
