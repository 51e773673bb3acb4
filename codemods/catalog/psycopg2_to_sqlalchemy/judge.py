"""Look at every use of a connection, cursor or pool and decide what becomes of it.

A use that has no certain counterpart is an *escape*: its whole family is left (13.2, 13.12).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from codemods.catalog.psycopg2_to_sqlalchemy.actions import (
    NODE,
    Action,
    Argument,
    Call,
    Enclose,
    Execute,
    ExecuteMany,
    Receiver,
    Remove,
    Replace,
    Scope,
    Unwrap,
    helper,
)
from codemods.catalog.psycopg2_to_sqlalchemy.codeflow import (
    BROKEN,
    UNBOUND,
    Facts,
    reaching_definitions,
)
from codemods.catalog.psycopg2_to_sqlalchemy.cursors import (
    Cursors,
    Executor,
    cursor_of,
    dotted,
    is_none,
    only_closes,
)
from codemods.catalog.psycopg2_to_sqlalchemy.program import Class, Function, Module, Program
from codemods.catalog.psycopg2_to_sqlalchemy.roles import (
    CONNECT,
    POOLS,
    Factory,
    Place,
    Role,
    Roles,
    Value,
)
from codemods.catalog.psycopg2_to_sqlalchemy.rowuse import (
    RowUse,
    use_of_iteration,
    use_of_row,
    use_of_rows,
)
from codemods.catalog.psycopg2_to_sqlalchemy.statements import Audit, Statement, read_statement
from codemods.codemod import Span

__all__ = ["Draft", "Escape", "Judge", "Judgement"]

_EXECUTING = frozenset({"execute", "executemany"})
_FETCHING = frozenset({"fetchone", "fetchmany", "fetchall"})
_RAW = frozenset({"copy_from", "copy_to", "copy_expert"})
_BULK = {
    "psycopg2.extras.execute_values": "raw",
    "psycopg2.extras.execute_batch": "many",
}
_AUTOCOMMIT = frozenset({"psycopg2.extensions.ISOLATION_LEVEL_AUTOCOMMIT"})
_LEVELS = {
    "psycopg2.extensions.ISOLATION_LEVEL_READ_COMMITTED": "READ COMMITTED",
    "psycopg2.extensions.ISOLATION_LEVEL_REPEATABLE_READ": "REPEATABLE READ",
    "psycopg2.extensions.ISOLATION_LEVEL_SERIALIZABLE": "SERIALIZABLE",
}
_TYPES = frozenset(
    {
        "psycopg2.extensions.connection",
        "psycopg2.extensions.cursor",
        "psycopg2._psycopg.connection",
        "psycopg2._psycopg.cursor",
        "psycopg2.extras.RealDictCursor",
        "psycopg2.extras.DictCursor",
        "psycopg2.extras.NamedTupleCursor",
    }
)
_WAITING = frozenset({"poll", "fileno", "cancel", "notifies", "isexecuting", "async_"})


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
    note: str = ""


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
    sql: dict[Place, list[str]] = field(default_factory=dict)  #: the SQL of each family
    commits: set[Place] = field(default_factory=set)  #: families that something commits
    helpers: dict[Place, set[str]] = field(default_factory=dict)
    """Names of functions, attributes and variables through which a family's values travel."""


class Judge:
    """Judges the functions of a program, one after the other."""

    def __init__(self, program: Program, roles: Roles) -> None:
        self.program = program
        self.roles = roles
        self.cursors = Cursors(program, roles)
        self.done = Judgement()

    def run(self) -> Judgement:
        """Judge every function."""
        for function in self.program.functions:
            _FunctionJudge(self, function).run()
        return self.done


class _FunctionJudge:
    def __init__(self, judge: Judge, function: Function) -> None:
        self.judge = judge
        self.function = function
        self.module = function.module
        self.roles = judge.roles
        self.cursors = judge.cursors
        self.parents = function.module.parents
        self.facts = Facts()
        self.removed: set[ast.AST] = set()
        self.annotated: list[tuple[str, Value, ast.AnnAssign]] = []
        self.kept_results: set[ast.Call] = set()
        self.result_names: dict[str, str] = {}
        self.executes: list[tuple[ast.Call, Executor, str]] = []
        self.many: list[tuple[ast.Call, Value]] = []
        self.statements: dict[ast.Call, tuple[Value, Statement]] = {}
        self.connections: dict[str, list[ast.Assign]] = {}

    # -- small helpers

    def value(self, node: ast.expr | None) -> Value | None:
        return self.roles.value(self.function, node)

    def family(self, value: Value) -> Place:
        return self.roles.family(value.family)

    def code(self, node: ast.expr) -> str:
        span = self.module.file.span(node)
        return self.module.file.text[span.start : span.end]

    def escape(self, value: Value, reason: str, message: str, node: ast.AST) -> None:
        self.judge.done.escapes.append(
            Escape(self.family(value), reason, message, self.module, node)
        )

    def draft(
        self, value: Value, node: ast.AST, action: Action, *needs: str, note: str = ""
    ) -> None:
        self.judge.done.drafts.append(
            Draft(
                self.family(value),
                self.module,
                self.module.file.span(node),
                action,
                frozenset(needs),
                note,
            )
        )

    def member(self, value: Value, node: ast.AST) -> None:
        self.judge.done.sites[self.module, self.module.file.span(node)] = self.family(value)

    # -- the walk

    def run(self) -> None:
        self.out_of_sight()
        expressions = [node for node in self.function.nodes() if isinstance(node, ast.expr)]
        uses = [
            (node, value)
            for node in expressions
            if (value := self.value(node)) is not None and value.role is not Role.OBJECT
        ]
        if not uses:
            return
        self.facts = reaching_definitions(
            self.function.node.body, self.function.parameters, self.marks
        )
        ordered = sorted(uses, key=lambda use: (use[0].lineno, use[0].col_offset))
        for node, value in ordered:
            if isinstance(node, ast.Call):
                self.source(node, value)
        for node, value in ordered:
            if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
                self.stored(node, value)
            else:
                self.use(node, value)
        self.annotations()
        for statement in self.function.nodes():
            if isinstance(statement, ast.With | ast.AsyncWith):
                self.with_statement(statement)
        self.finish_executes()
        self.lifetimes()

    def out_of_sight(self) -> None:
        """Leave what lambdas and the bodies of classes read: they are not followed."""
        for node in self.function.nodes():
            if not isinstance(node, ast.Lambda | ast.ClassDef):
                continue
            for inner in _own(node, inside=True):
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load):
                    value = self.value(inner)
                    if value is not None and value.role is not Role.OBJECT:
                        self.escape(
                            value, "stored", f"`{inner.id}` is used where it is not followed", inner
                        )

    def marks(self, node: ast.expr) -> Iterable[str]:
        """Name what a call defines: the result a cursor holds, a connection's transaction."""
        if not isinstance(node, ast.Call):
            return
        if isinstance(node.func, ast.Attribute):
            receiver = self.value(node.func.value)
            code = dotted(node.func.value)
            executes = node.func.attr in _EXECUTING | _RAW
            if receiver is not None and receiver.role is Role.CURSOR and executes and code:
                yield f"result {code}"
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            value = self.value(argument)
            code = dotted(argument)
            if value is not None and value.role is Role.CURSOR and code is not None:
                yield f"result {code}"

    # -- annotations

    def annotations(self) -> None:
        """Let parameters and results be annotated with SQLAlchemy's class."""
        node = self.function.node
        if isinstance(node, ast.Module):
            return
        arguments = node.args
        for parameter in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            place = self.roles.parameter(self.function, parameter.arg)
            value = self.roles.values.get(place)
            if value is not None and parameter.annotation is not None:
                self.annotation(value, parameter.annotation)
        if node.returns is not None:
            given = self.roles.values.get(self.roles.result(self.function))
            given = given or self.roles.values.get(self.roles.yielded(self.function))
            if given is not None:
                self.annotation(given, node.returns)

    def annotation(self, value: Value, node: ast.expr) -> None:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                if "psycopg2" in inner.value or "connection" in inner.value:
                    self.escape(value, "annotated", "an annotation is quoted", node)
            elif isinstance(inner, ast.Name | ast.Attribute) and (
                self.module.qualified(inner) in _TYPES
            ):
                self.draft(value, inner, Replace(helper("Connection")), "Connection")

    def keeps_connection(self, target: ast.expr) -> bool:
        return isinstance(target, ast.Name) and (
            self.cursors.defined_by(self.function, target) == target.id
        )

    # -- where values come from

    def source(self, node: ast.Call, value: Value) -> None:
        """Rewrite a call that makes a connection or a pool."""
        name = self.module.qualified(node.func)
        if name == CONNECT:
            self.member(value, node)
            self.connect(node, value)
        elif name in POOLS:
            self.member(value, node)
            self.pool(node, value)
        elif (
            value.role is Role.CONNECTION
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "getconn"
        ):
            self.member(value, node)
            if node.args or node.keywords:
                self.escape(value, "pool-key", "the pool is asked by key", node)
            else:
                pool = self.code(node.func.value)
                self.draft(value, node, Call(f"{pool}.connect"))

    def connect(self, node: ast.Call, value: Value) -> None:
        if value.factory is Factory.OTHER:
            self.escape(value, "cursor-class", "the cursors are of a class of their own", node)
        for keyword in node.keywords:
            if keyword.arg in {"connection_factory", "async", "async_"}:
                reason = "async" if keyword.arg != "connection_factory" else "connection-class"
                self.escape(value, reason, f"`{keyword.arg}=` is given to connect()", node)
        if any(isinstance(argument, ast.Starred) for argument in node.args) or len(node.args) > 1:
            self.escape(value, "connect-arguments", "connect() has positional arguments", node)
        around = f"{NODE}.connect()"
        parent = self.parents[node]
        if isinstance(parent, ast.withitem) and self.begins(parent):
            around = f"{NODE}.begin()"
        self.draft(
            value,
            node,
            Call(helper("get_engine"), frozenset({"cursor_factory"}), around=around),
            "get_engine",
        )

    def pool(self, node: ast.Call, value: Value) -> None:
        given: dict[str, ast.expr] = dict(zip(("minconn", "maxconn"), node.args, strict=False))
        for keyword in node.keywords:
            if keyword.arg in {"minconn", "maxconn"}:
                given[keyword.arg] = keyword.value
            elif keyword.arg in {"connection_factory", "async", "async_"}:
                self.escape(value, "connection-class", f"`{keyword.arg}=` is given", node)
        if len(given) != 2 or any(isinstance(a, ast.Starred) for a in node.args[:3]):
            self.escape(value, "connect-arguments", "the sizes of the pool are not visible", node)
            return
        least, most = given["minconn"], given["maxconn"]
        add: tuple[tuple[str, str], ...]
        match least, most:
            case ast.Constant(value=int(low)), ast.Constant(value=int(high)):
                size = max(low, 1)
                add = (("pool_size", str(size)), ("max_overflow", str(max(high - size, 0))))
            case _:
                size_ = f"max({self.code(least)}, 1)"
                add = (("pool_size", size_), ("max_overflow", f"{self.code(most)} - {size_}"))
        self.draft(
            value,
            node,
            Call(
                helper("get_engine"),
                frozenset({"minconn", "maxconn", "cursor_factory"}),
                min(len(node.args), 2),
                add,
            ),
            "get_engine",
            note="an exhausted pool waits for 30 seconds now; psycopg2's raised PoolError at once",
        )

    # -- uses

    def stored(self, node: ast.expr, value: Value) -> None:
        """Look at a place that is assigned to."""
        parent = self.parents[node]
        if isinstance(parent, ast.Delete):
            return
        if isinstance(node, ast.Attribute) and value.role is Role.CONNECTION:
            self.judge.done.helpers.setdefault(self.family(value), set()).add(node.attr)

    def use(self, node: ast.expr, value: Value) -> None:
        parent = self.parents[node]
        if value.role is Role.GENERATOR or value.role is Role.MANAGER:
            self.manager(node, value, parent)
            return
        match parent:
            case ast.Attribute() if parent.value is node:
                self.method(node, value, parent)
            case ast.Assign() if parent.value is node:
                self.assigned(node, value, parent)
            case ast.AnnAssign(target=target) if parent.value is node:
                if value.role is Role.CURSOR and cursor_of(node) is not None:
                    keeps = isinstance(target, ast.Attribute) or self.keeps_connection(target)
                    if not keeps:
                        self.escape(value, "annotated", "a cursor's variable is annotated", parent)
                    else:
                        self.draft(value, node, Receiver())
                elif value.role is Role.CONNECTION and isinstance(target, ast.Name):
                    self.annotated.append((target.id, value, parent))
                if self.roles.place(self.function, target) is None:
                    self.escape(value, "stored", "it is stored where it can't be followed", parent)
                self.annotation(value, parent.annotation)
            case ast.Return():
                self.returned(node, value)
            case ast.Yield():
                self.yielded(node, value)
            case ast.withitem() if parent.context_expr is node:
                pass
            case ast.Call():
                self.argument(node, value, parent)
            case ast.keyword():
                call = self.parents[parent]
                assert isinstance(call, ast.Call | ast.ClassDef)
                if isinstance(call, ast.Call):
                    self.argument(node, value, call)
            case ast.If() | ast.While() | ast.Assert() | ast.UnaryOp(op=ast.Not()):
                self.tested(node, value)
            case ast.Compare():
                if not all(isinstance(operator, ast.Is | ast.IsNot) for operator in parent.ops):
                    self.escape(value, "compared", "it is compared", parent)
                else:
                    self.tested(node, value)
            case ast.BoolOp() | ast.IfExp() | ast.NamedExpr():
                if isinstance(parent, ast.IfExp) and parent.test is node:
                    self.tested(node, value)
            case ast.Expr():
                pass
            case ast.For() | ast.comprehension() if parent.iter is node:
                self.iterated(node, value, parent)
            case ast.Delete() | ast.Global():
                pass
            case ast.Tuple() if self.unpacks(parent):
                pass
            case ast.Tuple() if self.is_unpacked_by_callers(parent):
                self.returned(node, value)
            case _:
                self.escape(
                    value, "stored", f"`{ast.unparse(node)}` goes where it can't be followed", node
                )

    def unpacks(self, node: ast.Tuple) -> bool:
        parent = self.parents[node]
        return (
            isinstance(parent, ast.Assign)
            and len(parent.targets) == 1
            and isinstance(parent.targets[0], ast.Tuple)
            and len(parent.targets[0].elts) == len(node.elts)
            and all(is_none(e) or self.value(e) is None for e in node.elts)
        )

    def is_unpacked_by_callers(self, node: ast.Tuple) -> bool:
        """Whether a tuple is returned, and every call of the function takes it apart at once."""
        if not isinstance(self.parents[node], ast.Return):
            return False
        for function in self.judge.program.functions:
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
        if name != self.function.name:
            qualified = function.module.qualified(call.func) or ""
            if not qualified.endswith(f".{self.function.name}"):
                return False
        return self.roles.target(function, call) is self.function

    def manager(self, node: ast.expr, value: Value, parent: ast.AST) -> None:
        assert value.inner is not None
        if isinstance(parent, ast.withitem):
            return
        if isinstance(parent, ast.For) and value.role is Role.GENERATOR:
            return
        if value.role is Role.GENERATOR and value.inner.role is Role.OBJECT:
            return
        if isinstance(parent, ast.Attribute) or not isinstance(parent, ast.Expr):
            self.escape(
                value, "manager-kept", "a context manager is used other than by `with`", node
            )

    def tested(self, node: ast.expr, value: Value) -> None:
        """A truth test or a comparison with None."""
        statement = self.module.statement_of(node)
        code = dotted(node)
        if value.role is not Role.CURSOR or code is None or statement in self.removed:
            return
        if isinstance(statement, ast.If) and only_closes(statement, code):
            self.removed.add(statement)
            self.draft(value, statement, Remove())

    def assigned(self, node: ast.expr, value: Value, parent: ast.Assign) -> None:
        for target in parent.targets:
            if (
                not isinstance(target, ast.Name | ast.Attribute)
                or self.roles.place(self.function, target) is None
            ):
                self.escape(value, "stored", f"it is stored in `{ast.unparse(target)}`", parent)
                return
        target = parent.targets[0]
        if value.role is Role.CURSOR:
            self.cursor_assigned(node, value, parent, target)
        elif value.role is Role.CONNECTION and isinstance(target, ast.Name):
            self.connections.setdefault(target.id, []).append(parent)

    def cursor_assigned(
        self, node: ast.expr, value: Value, parent: ast.Assign, target: ast.expr
    ) -> None:
        base = cursor_of(node)
        if base is None:
            executor = self.executor(node, value) if dotted(node) else None
            if executor is not None and not executor.is_connection:
                self.draft(value, node, Replace(executor.code))
            return
        keeps = True
        if isinstance(target, ast.Name):
            code = self.cursors.defined_by(self.function, target)
            keeps = code == target.id or self.cursors.needs_value(self.function, target.id)
        elif isinstance(target, ast.Attribute):
            place = self.roles.attribute(self.function, target)
            keeps = (
                place is None
                or place[0] != "attribute"
                or self.cursors.connection_attribute(place) is None
            )
        if keeps:
            self.draft(value, node, Receiver())
        elif len(parent.targets) == 1:
            self.removed.add(parent)
            self.draft(value, parent, Remove())
        else:
            self.escape(value, "stored", "the cursor is stored in two places", parent)

    def executor(self, node: ast.expr, value: Value) -> Executor | None:
        found = self.cursors.executor(self.function, self.facts, node)
        if isinstance(found, str):
            self.escape(value, "cursor-unknown", found, node)
            return None
        return found

    def passed(self, node: ast.expr, value: Value) -> None:
        """A cursor goes to another function: the connection goes there instead."""
        if value.role is not Role.CURSOR:
            return
        if cursor_of(node) is not None:
            self.draft(value, node, Receiver())
            return
        if dotted(node) is None:
            return
        executor = self.executor(node, value)
        if executor is not None and executor.code != dotted(node):
            self.draft(value, node, Replace(executor.code))

    def returned(self, node: ast.expr, value: Value) -> None:
        self.passed(node, value)
        self.travels(value)
        if self.is_route():
            self.escape(value, "returned", "it is returned to a framework", node)

    def travels(self, value: Value) -> None:
        names = self.judge.done.helpers.setdefault(self.family(value), set())
        if not self.function.is_module:
            name = self.function.name
            if self.function.owner is not None and name.startswith("__"):
                name = self.function.owner.node.name
            names.add(name)

    def is_route(self) -> bool:
        return any(
            name.rsplit(".", 1)[-1] in {"route", "get", "post"} for name in self.function.decorators
        )

    def yielded(self, node: ast.expr, value: Value) -> None:
        self.passed(node, value)
        self.travels(value)

    def argument(self, node: ast.expr, value: Value, call: ast.Call) -> None:
        name = self.module.qualified(call.func)
        if name == "contextlib.closing":
            return
        if name in _BULK and value.role is Role.CURSOR:
            self.bulk(node, value, call, str(name))
            return
        if isinstance(call.func, ast.Attribute):
            receiver = self.value(call.func.value)
            if receiver is not None and receiver.role is Role.POOL and call.func.attr == "putconn":
                self.put_back(node, value, call)
                return
        target = self.roles.target(self.function, call)
        if isinstance(target, Class):
            target = self.judge.program.method(target, "__init__")
        if isinstance(target, Function):
            for parameter, given in self.roles.bound_arguments(target, call, self.function):
                if given is node:
                    place = self.roles.parameter(target, parameter)
                    kept = self.roles.values.get(place)
                    if kept is not None and kept.role is value.role:
                        self.passed(node, value)
                        self.travels_into(value, target)
                        return
        self.escape(
            value,
            "passed-on",
            f"the {value.role.value} is passed to `{ast.unparse(call.func)}`",
            call,
        )

    def travels_into(self, value: Value, target: Function) -> None:
        name = target.name
        if name == "__init__" and target.owner is not None:
            name = target.owner.node.name
        self.judge.done.helpers.setdefault(self.family(value), set()).add(name)

    def put_back(self, node: ast.expr, value: Value, call: ast.Call) -> None:
        self.member(value, call)
        if call.keywords or len(call.args) != 1:
            self.escape(value, "pool-key", "putconn() has more arguments", call)
            return
        self.draft(value, call, Replace(f"{self.code(node)}.close()"))

    def iterated(self, node: ast.expr, value: Value, loop: ast.For | ast.comprehension) -> None:
        if value.role is not Role.CURSOR or dotted(node) is None:
            self.escape(value, "stored", f"`{ast.unparse(node)}` is iterated over", node)
            return
        executor = self.executor(node, value)
        if executor is None or not self.has_result(node, value, node):
            return
        if isinstance(loop, ast.For) and self.runs_again(loop, str(dotted(node))):
            self.escape(
                value, "re-executed-in-loop", "the cursor is executed in a loop over it", loop
            )
            return
        self.member(value, node)
        holder = self.holder(executor, str(dotted(node)))
        use = use_of_iteration(self.function, self.facts, loop)
        rows = self.rows(value, use, node, holder, "")
        if rows is None:
            return
        if rows != self.code(node):
            self.draft(value, node, Replace(rows))

    def runs_again(self, loop: ast.For, code: str) -> bool:
        return any(
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _EXECUTING
            and dotted(node.func.value) == code
            for statement in loop.body
            for node in ast.walk(statement)
        )

    # -- methods

    def method(self, node: ast.expr, value: Value, attribute: ast.Attribute) -> None:
        call = self.parents[attribute]
        called = isinstance(call, ast.Call) and call.func is attribute
        if value.role is Role.POOL:
            self.pool_method(value, attribute, call if called else None)
        elif value.role is Role.CONNECTION:
            self.connection_method(node, value, attribute, call if called else None)
        elif value.role is Role.CURSOR:
            self.cursor_method(node, value, attribute, call if called else None)

    def pool_method(self, value: Value, attribute: ast.Attribute, call: ast.AST | None) -> None:
        match attribute.attr:
            case "getconn" | "putconn" if call is not None:
                return
            case "closeall" if isinstance(call, ast.Call) and not call.args:
                self.member(value, call)
                self.draft(value, call, Call(f"{self.code(attribute.value)}.dispose"))
            case _:
                self.escape(
                    value, "driver-only", f"the pool's `{attribute.attr}` is used", attribute
                )

    def connection_method(
        self, node: ast.expr, value: Value, attribute: ast.Attribute, call: ast.AST | None
    ) -> None:
        name = attribute.attr
        parent = self.parents[attribute]
        if isinstance(call, ast.Call):
            match name:
                case "cursor":
                    self.member(value, call)
                    self.cursor_call(value, call)
                    return
                case "commit" | "rollback" | "close" if not call.args and not call.keywords:
                    self.member(value, call)
                    if name == "commit":
                        self.judge.done.commits.add(value.family)
                    return
                case "set_session" | "set_isolation_level":
                    self.member(value, call)
                    self.session(node, value, call)
                    return
        elif name in {"commit", "rollback", "close"} and isinstance(parent, ast.Expr):
            return  # a call without its parentheses does nothing, before and after
        elif name == "closed" and isinstance(
            parent, ast.If | ast.While | ast.BoolOp | ast.UnaryOp | ast.Compare | ast.Assert
        ):
            return
        elif name == "autocommit" and isinstance(parent, ast.Assign):
            self.member(value, parent)
            self.autocommit(node, value, parent)
            return
        elif name == "isolation_level" and isinstance(parent, ast.Assign):
            self.member(value, parent)
            self.level(node, value, parent, parent.value)
            return
        reason = "waits-for-server" if name in _WAITING else "driver-only"
        self.escape(value, reason, f"the connection's `{name}` is used", attribute)

    def cursor_call(self, value: Value, call: ast.Call) -> None:
        cursor = self.value(call)
        assert cursor is not None
        if call.args or any(k.arg in {"name", None} for k in call.keywords):
            self.escape(value, "named-cursor", "a named cursor lives in the server", call)
        elif any(k.arg != "cursor_factory" for k in call.keywords):
            self.escape(value, "driver-only", "cursor() has special arguments", call)
        elif cursor.factory is Factory.OTHER:
            self.escape(value, "cursor-class", "the cursor is of a class of its own", call)

    def before_first_statement(self, node: ast.expr) -> bool:
        """Whether nothing can have run on a connection in this function so far."""
        code = dotted(node)
        position = (node.lineno, node.col_offset)
        for other in self.function.nodes():
            if (
                isinstance(other, ast.Call)
                and isinstance(other.func, ast.Attribute)
                and other.func.attr in _EXECUTING
                and (other.lineno, other.col_offset) < position
                and (receiver := self.value(other.func.value)) is not None
                and receiver.role is Role.CURSOR
            ):
                return False
        return code is not None

    def options(self, node: ast.expr, value: Value, at: ast.AST, options: str) -> None:
        if "AUTOCOMMIT" in options:
            self.judge.done.commits.add(value.family)
        if not self.before_first_statement(node):
            self.escape(
                value, "isolation-changes", "the isolation level changes between statements", at
            )
            return
        statement = self.module.statement_of(at)
        code = f"{self.code(node)}.execution_options({options})"
        self.draft(value, at if isinstance(at, ast.stmt) else statement, Replace(code))

    def autocommit(self, node: ast.expr, value: Value, statement: ast.Assign) -> None:
        match statement.value:
            case ast.Constant(value=True):
                self.options(node, value, statement, 'isolation_level="AUTOCOMMIT"')
            case ast.Constant(value=False) if self.before_first_statement(node):
                self.removed.add(statement)
                self.draft(value, statement, Remove())
            case _:
                self.escape(value, "isolation-changes", "`autocommit` is not a constant", statement)

    def session(self, node: ast.expr, value: Value, call: ast.Call) -> None:
        assert isinstance(call.func, ast.Attribute)
        if not isinstance(self.parents[call], ast.Expr):
            self.escape(value, "driver-only", f"`{call.func.attr}` is used for its value", call)
            return
        if call.func.attr == "set_isolation_level":
            if len(call.args) == 1 and not call.keywords:
                self.level(node, value, call, call.args[0])
            else:
                self.escape(value, "isolation-changes", "the isolation level is not known", call)
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
                    self.escape(value, "isolation-changes", "the session is set at run time", call)
                    return
        if call.args:
            self.escape(value, "isolation-changes", "the session is set at run time", call)
        elif options:
            self.options(node, value, call, ", ".join(options))

    def level(self, node: ast.expr, value: Value, at: ast.AST, level: ast.expr) -> None:
        name = self.module.qualified(level)
        if name in _AUTOCOMMIT or (isinstance(level, ast.Constant) and level.value == 0):
            self.options(node, value, at, 'isolation_level="AUTOCOMMIT"')
        elif name in _LEVELS:
            self.options(node, value, at, f'isolation_level="{_LEVELS[str(name)]}"')
        else:
            self.escape(value, "isolation-changes", "the isolation level is not known", at)

    def cursor_method(
        self, node: ast.expr, value: Value, attribute: ast.Attribute, call: ast.AST | None
    ) -> None:
        name = attribute.attr
        if name == "connection":
            self.escape(value, "driver-only", "the cursor's `connection` is used", attribute)
            return
        if isinstance(call, ast.Call):
            self.member(value, call)
            if name in _EXECUTING:
                self.execute(node, value, call)
                return
            if name in _FETCHING:
                self.fetch(node, value, call)
                return
            if name == "close" and not call.args:
                self.close(value, call)
                return
            if name in _RAW:
                self.raw(node, value, call, attribute)
                return
        elif name in {"rowcount", "description"} and isinstance(attribute.ctx, ast.Load):
            self.member(value, attribute)
            self.about_result(node, value, attribute)
            return
        self.escape(value, "driver-only", f"the cursor's `{name}` is used", attribute)

    def close(self, value: Value, call: ast.Call) -> None:
        statement = self.parents[call]
        if not isinstance(statement, ast.Expr):
            self.escape(value, "driver-only", "a cursor's close() is used for its value", call)
            return
        inside = self.parents.get(statement)
        if inside in self.removed or statement in self.removed:
            return
        self.removed.add(statement)
        self.draft(value, statement, Remove())

    def raw(self, node: ast.expr, value: Value, call: ast.Call, attribute: ast.Attribute) -> None:
        """COPY stays with the driver, inside the connection's transaction (8.5)."""
        executor = self.executor(node, value)
        if executor is None:
            return
        code = f"{helper('raw_cursor')}({executor.code}).{attribute.attr}"
        self.draft(value, call, Call(code), "raw_cursor")

    def bulk(self, node: ast.expr, value: Value, call: ast.Call, name: str) -> None:
        """`execute_values` and `execute_batch` stay with the driver (8.3)."""
        self.member(value, call)
        executor = self.executor(node, value)
        if executor is None:
            return
        self.draft(
            value,
            node,
            Replace(f"{helper('raw_cursor')}({executor.code})"),
            "raw_cursor",
            note="stays with psycopg2, which sends many rows in one statement",
        )

    # -- results

    def holder(self, executor: Executor, code: str) -> str:
        if executor.holder:
            return executor.holder
        if code not in self.result_names:
            taken = {n.id for n in ast.walk(self.function.node) if isinstance(n, ast.Name)}
            taken |= set(self.function.parameters) | set(self.result_names.values())
            name, count = "result", 2
            while name in taken:
                name, count = f"result_{count}", count + 1
            self.result_names[code] = name
        return self.result_names[code]

    def has_result(self, node: ast.expr, value: Value, at: ast.AST) -> bool:
        """Whether a result of this function's own is certain where it is read."""
        code = dotted(node)
        if code is None:
            self.escape(value, "cursor-unknown", "the cursor has no name", node)
            return False
        state = self.facts.marks.get(at)
        found = (state or {}).get(f"result {code}", frozenset((UNBOUND,)))
        executes = {
            definition
            for definition in found
            if isinstance(definition, ast.Call)
            and isinstance(definition.func, ast.Attribute)
            and definition.func.attr in _EXECUTING
            and dotted(definition.func.value) == code
        }
        if not executes or UNBOUND in found or executes != set(found) - {BROKEN}:
            self.escape(
                value,
                "result-from-elsewhere",
                f"`{code}` may hold a result that another function (or nothing) left in it",
                at,
            )
            return False
        if BROKEN in found:
            self.escape(
                value,
                "result-after-error",
                f"`{code}` is read although its statement may have failed",
                at,
            )
            return False
        for call in executes:
            assert isinstance(call, ast.Call)
            self.kept_results.add(call)
        return True

    def rows(self, value: Value, use: RowUse, at: ast.AST, holder: str, fetch: str) -> str | None:
        """Return the code that gives the rows (or the row) as the program wants them."""
        factory = value.factory
        plain = not use & (RowUse.AWAY | RowUse.KEY | RowUse.ATTRIBUTE)
        if factory is Factory.DICT:
            if plain and not use & RowUse.TEXT:
                factory = Factory.TUPLE
            elif not use & (RowUse.AWAY | RowUse.POSITION | RowUse.TEXT | RowUse.ATTRIBUTE):
                factory = Factory.REAL_DICT
            else:
                self.escape(value, "dict-cursor", "a DictRow is used by position and by name", at)
                return None
        if factory is Factory.NAMED_TUPLE:
            if use & (RowUse.AWAY | RowUse.KEY | RowUse.TEXT):
                self.escape(value, "named-tuple", "a named tuple leaves the function", at)
                return None
            return f"{holder}{fetch}"
        if factory is Factory.REAL_DICT:
            if use & (RowUse.TEXT | RowUse.ATTRIBUTE):
                self.escape(value, "row-text", "the text of a RealDictRow is used", at)
                return None
            bare = not use & (RowUse.AWAY | RowUse.POSITION)
            return self.wrapped(f"{holder}.mappings()", fetch, "" if bare else "dict")
        return self.wrapped(holder, fetch, "" if plain else "tuple")

    def wrapped(self, holder: str, fetch: str, kind: str) -> str:
        if not kind:
            return f"{holder}{fetch}"
        if not fetch:
            return f"map({kind}, {holder})"
        if fetch.startswith(".fetchone"):
            row = self.fresh("row")
            return f"{kind}({row}) if ({row} := {holder}{fetch}) is not None else None"
        return f"[{kind}(row) for row in {holder}{fetch}]"

    def fresh(self, name: str) -> str:
        taken = {n.id for n in ast.walk(self.function.node) if isinstance(n, ast.Name)}
        taken |= set(self.function.parameters)
        candidate, count = name, 2
        while candidate in taken:
            candidate, count = f"{name}_{count}", count + 1
        return candidate

    def fetch(self, node: ast.expr, value: Value, call: ast.Call) -> None:
        executor = self.executor(node, value)
        if executor is None or not self.has_result(node, value, call):
            return
        assert isinstance(call.func, ast.Attribute)
        arguments = ", ".join(
            [self.code(a) for a in call.args]
            + [f"{k.arg}={self.code(k.value)}" for k in call.keywords]
        )
        fetch = f".{call.func.attr}({arguments})"
        judge = use_of_row if call.func.attr == "fetchone" else use_of_rows
        use = judge(self.function, self.facts, call)
        holder = self.holder(executor, str(dotted(node)))
        rows = self.rows(value, use, call, holder, fetch)
        if rows is None:
            return
        if ":=" in rows and self.in_comprehension(call):
            self.escape(value, "row-in-comprehension", "a row is made in a comprehension", call)
        elif rows != self.code(call):
            if ":=" in rows and not isinstance(self.parents[call], ast.Return | ast.Assign):
                rows = f"({rows})"
            self.draft(value, call, Replace(rows))

    def in_comprehension(self, node: ast.AST) -> bool:
        while not isinstance(node, ast.stmt):
            if isinstance(
                node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp | ast.Lambda
            ):
                return True
            node = self.parents[node]
        return isinstance(node, ast.ClassDef)

    def about_result(self, node: ast.expr, value: Value, attribute: ast.Attribute) -> None:
        executor = self.executor(node, value)
        if executor is None or not self.has_result(node, value, attribute):
            return
        holder = self.holder(executor, str(dotted(node)))
        if attribute.attr == "rowcount":
            if f"{holder}.rowcount" != self.code(attribute):
                self.draft(value, attribute, Replace(f"{holder}.rowcount"))
            return
        parent = self.parents[attribute]
        match parent:
            case ast.comprehension() if parent.iter is attribute:
                self.column_names(value, attribute, parent, holder)
            case ast.IfExp() if parent.test is not attribute:
                self.escape(
                    value, "description", "`description` is used for more than names", attribute
                )
            case ast.If() | ast.While() | ast.UnaryOp() | ast.BoolOp() | ast.IfExp():
                self.draft(value, attribute, Replace(f"{holder}.returns_rows"))
            case ast.Compare(ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
                self.draft(value, parent, Replace(f"(not {holder}.returns_rows)"))
            case ast.Compare(ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]):
                self.draft(value, parent, Replace(f"{holder}.returns_rows"))
            case _:
                self.escape(
                    value, "description", "`description` is used for more than names", attribute
                )

    def column_names(
        self, value: Value, attribute: ast.Attribute, loop: ast.comprehension, holder: str
    ) -> None:
        whole = self.parents[loop]
        target = loop.target
        if isinstance(whole, ast.ListComp) and len(whole.generators) == 1 and not loop.ifs:
            match whole.elt:
                case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=0)) | (
                    ast.Attribute(value=ast.Name(id=name), attr="name")
                ) if isinstance(target, ast.Name) and target.id == name:
                    self.draft(value, whole, Replace(f"list({holder}.keys())"))
                    return
        self.escape(value, "description", "`description` is used for more than names", attribute)

    # -- statements

    def execute(self, node: ast.expr, value: Value, call: ast.Call) -> None:
        assert isinstance(call.func, ast.Attribute)
        many = call.func.attr == "executemany"
        names = ("query", "vars_list") if many else ("query", "vars")
        given: dict[str, ast.expr] = dict(zip(names, call.args, strict=False))
        for keyword in call.keywords:
            given[str(keyword.arg)] = keyword.value
        place = (self.module, self.module.file.span(call))
        sql = given.get("query")
        if (
            sql is None
            or not set(given) <= set(names)
            or any(isinstance(a, ast.Starred) for a in call.args)
            or len(call.args) > 2
            or call.keywords
        ):
            self.escape(value, "execute-arguments", "the arguments are not visible", call)
            return
        statement = read_statement(self.function, self.facts, sql, given.get(names[1]), many)
        self.judge.done.audits[place] = statement.audit
        self.judge.done.sql.setdefault(self.family(value), []).append(statement.text)
        executor = self.executor(node, value)
        if executor is None:
            return
        if isinstance(sql, ast.Constant) and isinstance(sql.value, bytes):
            self.escape(value, "bytes-sql", "the SQL is given as bytes", call)
            return
        if not isinstance(self.parents[call], ast.Expr):
            self.escape(value, "execute-value", "the value of execute() is used", call)
            return
        for literal, action in statement.elsewhere.items():
            self.draft(value, literal, action)
        self.order_execute(value, call, statement, executor, given.get(names[1]), many)

    def order_execute(
        self,
        value: Value,
        call: ast.Call,
        statement: Statement,
        executor: Executor,
        parameters: ast.expr | None,
        many: bool,
    ) -> None:
        place = (self.module, self.module.file.span(call))
        if not statement.through_text:
            self.judge.done.driver[place] = statement.why
        if many:
            self.many.append((call, value))
            if statement.through_text and parameters is not None:
                positional = "%(" not in statement.text
                self.draft(
                    value,
                    call,
                    ExecuteMany(
                        executor.code,
                        statement.sql,
                        statement.names if positional else (),
                        self.fresh("parameters"),
                    ),
                    "text",
                )
            else:
                through = helper("run_many")
                self.draft(value, call, Execute(executor.code, None, through), "run_many")
            return
        assert isinstance(call.func, ast.Attribute)
        self.executes.append((call, executor, str(dotted(call.func.value))))
        self.statements[call] = (value, statement)

    def finish_executes(self) -> None:
        """Order the executes, now that it is known whose results are read."""
        for call, value in self.many:
            if call in self.kept_results:
                self.escape(value, "result-of-many", "a result of executemany() is read", call)
        for call, executor, code in self.executes:
            value, statement = self.statements[call]
            keep = self.holder(executor, code) if call in self.kept_results else ""
            needs = ["text"] if statement.through_text else ["run_sql"]
            if statement.expanding:
                needs.append("bindparam")
            self.draft(
                value,
                call,
                Execute(
                    executor.code,
                    statement.sql,
                    "text" if statement.through_text else helper("run_sql"),
                    statement.parameters,
                    statement.expanding,
                    keep,
                    statement.drop_parameters,
                ),
                *needs,
            )

    # -- with

    def begins(self, item: ast.withitem) -> bool:
        """Whether ``with psycopg2.connect() as c:`` can become ``with engine.begin() as c:``."""
        statement = self.parents[item]
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
                value = self.value(node.value)
                if value is not None and value.role is Role.CONNECTION:
                    return True
        return False

    def with_statement(self, statement: ast.With | ast.AsyncWith) -> None:
        dropped: set[int] = set()
        commit = ""
        add: list[tuple[int, str]] = []
        owner: Value | None = None
        for index, item in enumerate(statement.items):
            value = self.value(item.context_expr)
            if value is None or value.role is Role.OBJECT:
                continue
            if value.role is Role.MANAGER and isinstance(item.context_expr, ast.Call):
                name = self.module.qualified(item.context_expr.func)
                if name != "contextlib.closing":
                    continue
                assert value.inner is not None
                if value.inner.role is Role.CURSOR:
                    dropped.add(index)
                    owner = value.inner
                    self.with_cursor(item, item.context_expr.args[0], value.inner)
                elif value.inner.role is Role.CONNECTION:
                    self.draft(value.inner, item.context_expr, Argument())
                else:
                    self.escape(value, "manager-kept", "closing() is used on a pool", item)
            elif value.role is Role.CURSOR:
                base = cursor_of(item.context_expr)
                if isinstance(base, ast.Call):
                    self.draft(value, item.context_expr, Receiver())
                elif base is None and isinstance(item.context_expr, ast.Call):
                    self.escape(
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
            self.draft(owner, statement, Unwrap(frozenset(dropped), commit, tuple(add)))

    def with_cursor(self, item: ast.withitem, expression: ast.expr, value: Value) -> None:
        """A cursor's `with` only closes it; see that its name is not needed for more."""
        if isinstance(item.optional_vars, ast.Name):
            name = item.optional_vars.id
            if self.cursors.needs_value(self.function, name):
                self.escape(
                    value,
                    "cursor-kept",
                    f"`{name}` is read for more than its methods",
                    item.optional_vars,
                )

    def with_connection(
        self, statement: ast.With | ast.AsyncWith, item: ast.withitem, value: Value
    ) -> str:
        """Rewrite psycopg2's `with connection`, which commits or rolls back and does not close."""
        self.judge.done.commits.add(value.family)
        expression = item.context_expr
        name = item.optional_vars
        if isinstance(expression, ast.Call) and self.module.qualified(expression.func) == CONNECT:
            if isinstance(name, ast.Name):
                self.used_after(statement, name, value)
            if self.begins(item):
                return ""
            return self.commit_at_end(statement, item, value)
        if isinstance(expression, ast.Call):
            return self.with_helper(statement, item, value)
        code = dotted(expression)
        if code is None or (isinstance(name, ast.Name) and name.id != code):
            self.escape(value, "with-connection", "`with` renames a connection", statement)
            return ""
        if self.ends_inside(statement, item):
            self.escape(
                value,
                "commit-inside-with",
                "a transaction ends inside of `with connection`",
                statement,
            )
            return ""
        if not self.nothing_ran(statement, code, value):
            self.escape(
                value,
                "with-after-statements",
                "`with connection` may also commit what ran before it",
                statement,
            )
            return ""
        if name is not None:
            self.escape(value, "with-connection", "`with` renames a connection", statement)
            return ""
        self.draft(value, expression, Replace(f"{code}.begin()"))
        return ""

    def begins_in_helper(self, item: ast.withitem) -> bool:
        """Whether ``with helper() as conn:`` becomes ``with helper() as conn, conn.begin():``."""
        value = self.value(item.context_expr)
        return (
            isinstance(item.context_expr, ast.Call)
            and value is not None
            and value.role is Role.CONNECTION
            and self.module.qualified(item.context_expr.func) != CONNECT
            and isinstance(item.optional_vars, ast.Name)
            and self.begins(item)
        )

    def with_helper(
        self, statement: ast.With | ast.AsyncWith, item: ast.withitem, value: Value
    ) -> str:
        """Rewrite ``with helper() as conn:``, which commits, where the connection is its own."""
        name = item.optional_vars
        if not isinstance(name, ast.Name) or not self.roles.is_fresh(
            self.function, item.context_expr
        ):
            self.escape(
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
        for function in self.judge.program.functions:
            if function.module is not self.module and value.role is not Role.CONNECTION:
                continue
            for node in function.nodes():
                if not (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr in _EXECUTING | _RAW
                ):
                    continue
                receiver = self.roles.value(function, node.func.value)
                if receiver is None or self.family(receiver) != self.family(value):
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
                    value = self.roles.value(function, item.context_expr)
                    if value is not None and value.role is Role.CONNECTION:
                        return True
        return False

    def used_after(self, statement: ast.stmt, name: ast.Name, value: Value) -> None:
        end = statement.end_lineno or 0
        for node in self.function.nodes():
            if not (isinstance(node, ast.Name) and node.id == name.id and node.lineno > end):
                continue
            if name not in self.facts.loads.get(node, frozenset()):
                continue
            parent = self.parents[node]
            if isinstance(parent, ast.Attribute) and parent.attr == "close":
                closing = self.module.statement_of(node)
                if isinstance(closing, ast.Expr):
                    self.removed.add(closing)
                    self.draft(value, closing, Remove())
                    continue
            if isinstance(parent, ast.Attribute) and parent.attr == "closed":
                continue
            if isinstance(parent, ast.If | ast.Compare | ast.BoolOp | ast.UnaryOp):
                continue
            self.escape(value, "used-after-with", "the connection is used after its `with`", node)

    def commit_at_end(
        self, statement: ast.With | ast.AsyncWith, item: ast.withitem, value: Value
    ) -> str:
        """Commit at the end of a `with` that ends transactions in between (H31)."""
        name = item.optional_vars
        if not isinstance(name, ast.Name) or self.leaves_early(statement.body):
            self.escape(
                value,
                "commit-inside-with",
                "a transaction ends inside of `with connect()`",
                statement,
            )
            return ""
        for inner in statement.body:
            for node in ast.walk(inner):
                if isinstance(node, ast.Attribute) and node.attr == "close":
                    closed = self.value(node.value)
                    if closed is not None and closed.role is Role.CONNECTION:
                        self.escape(
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
            for node in _own(statement):
                if isinstance(
                    node, ast.Return | ast.Break | ast.Continue | ast.Yield | ast.YieldFrom
                ):
                    return True
        return False

    # -- lifetimes

    def lifetimes(self) -> None:
        """See that every connection of this function's own is given back."""
        for name, value, statement in self.annotated:
            own = self.roles.is_fresh(self.function, statement.value or ast.Constant(None))
            if self.function.is_module or name in self.given_away() or not own:
                continue
            if not self.closed_finally(name):
                self.escape(
                    value,
                    "not-closed",
                    f"`{name}` is not closed on every path, and the pool would wait for it",
                    statement,
                )
        for name, assigned in self.connections.items():
            found = self.value(assigned[0].value)
            assert found is not None
            if self.function.is_module or name in self.given_away() or self.is_global(name):
                continue
            if not any(self.roles.is_fresh(self.function, one.value) for one in assigned):
                continue
            if self.closed_finally(name):
                continue
            if len(assigned) > 1 or not self.enclose(name, assigned[0], found):
                self.escape(
                    found,
                    "not-closed",
                    f"`{name}` is not closed on every path, and the pool would wait for it",
                    assigned[0],
                )

    def is_global(self, name: str) -> bool:
        return name in self.function.captured | self.function.redirected

    def given_away(self) -> set[str]:
        """Names of connections that outlive the function: returned, stored, or yielded."""
        found: set[str] = set()
        for node in self.function.nodes():
            match node:
                case ast.Return(value=ast.Tuple() as given):
                    for element in given.elts:
                        found |= self.names_in(element)
                case ast.Return(value=ast.expr() as given):
                    found |= self.names_in(given)
                case ast.Assign(value=ast.Name(id=name)):
                    found.add(name)
                case ast.Call():
                    target = self.roles.target(self.function, node)
                    if isinstance(target, Class):
                        for argument in (*node.args, *(k.value for k in node.keywords)):
                            found |= self.names_in(argument)
        return found

    def names_in(self, node: ast.expr) -> set[str]:
        """Names of the connections that an expression is, or that its cursor is of."""
        value = self.value(node)
        if value is None or value.role not in {Role.CONNECTION, Role.CURSOR}:
            return set()
        base = cursor_of(node) or node
        code = dotted(base)
        if code is None:
            return set()
        if value.role is Role.CURSOR and isinstance(node, ast.Name):
            executor = self.cursors.executor(self.function, self.facts, node)
            if isinstance(executor, Executor):
                return {executor.code}
        return {code}

    def closed_finally(self, name: str) -> bool:
        """Whether a `finally` closes a connection."""
        for node in self.function.nodes():
            if isinstance(node, ast.Try):
                for statement in node.finalbody:
                    for inner in ast.walk(statement):
                        if isinstance(inner, ast.Call) and self.closes(inner, name):
                            return True
            elif isinstance(node, ast.With | ast.AsyncWith):
                for item in node.items:
                    value = self.value(item.context_expr)
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

    def enclose(self, name: str, assigned: ast.Assign, value: Value) -> bool:
        """Put everything that needs a connection into a `with` block."""
        block = self.block_of(assigned)
        if block is None or len(assigned.targets) != 1:
            return False
        index = block.index(assigned)
        words = (
            {name}
            | {
                code
                for node in self.function.nodes()
                if isinstance(node, ast.Name)
                and (found := self.value(node)) is not None
                and found.role is Role.CURSOR
                for code in (node.id,)
            }
            | set(self.result_names.values())
        )
        last = index
        for position in range(index + 1, len(block)):
            if any(
                isinstance(node, ast.Name) and node.id in words
                for node in ast.walk(block[position])
            ):
                last = position
        mentions = [
            node
            for node in self.function.nodes()
            if isinstance(node, ast.Name) and node.id == name and node is not assigned.targets[0]
        ]
        inside = {id(n) for s in block[index + 1 : last + 1] for n in ast.walk(s)}
        for node in mentions:
            if id(node) in inside:
                continue
            parent = self.parents[node]
            if isinstance(parent, ast.Assign) and is_none(parent.value):
                continue
            return False
        if last == index:
            return False
        if self.close_statement(block[last], name):
            self.draft(value, block[last], Remove())
            if all(s in self.removed for s in block[index + 1 : last]):
                return False
        self.draft(value, assigned, Enclose(last - index, name))
        self.draft(value, self.function.node, Scope())
        return True

    def close_statement(self, statement: ast.stmt, name: str) -> bool:
        match statement:
            case ast.Expr(value=ast.Call() as call) if self.closes(call, name):
                return (
                    isinstance(call.func, ast.Attribute) and call.func.attr == "close"
                ) or not self.drop_putconn(call)
        return False

    def drop_putconn(self, call: ast.Call) -> bool:
        span = self.module.file.span(call)
        drafts = self.judge.done.drafts
        drafts[:] = [d for d in drafts if not (d.module is self.module and d.span == span)]
        return False

    def block_of(self, statement: ast.stmt) -> list[ast.stmt] | None:
        parent = self.parents[statement]
        for _, value in ast.iter_fields(parent):
            if isinstance(value, list) and statement in value:
                return value
        return None


def _own(statement: ast.AST, inside: bool = False) -> Iterator[ast.AST]:
    """Yield the nodes of a statement without those of nested definitions."""
    waiting: list[ast.AST] = list(ast.iter_child_nodes(statement)) if inside else [statement]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting += ast.iter_child_nodes(node)
