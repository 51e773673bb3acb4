"""On which connection a cursor runs, and by what expression the new code reaches it.

A cursor is two things at once: something that runs SQL, and the holder of the last result. In the
new code a `Connection` runs SQL and a variable holds the result. Where the connection has a name
at the cursor's uses, that name runs the SQL and the cursor's own name holds results (7.1). Where
it has none (a parameter, what a function gives, an attribute), the cursor's place holds the
connection itself from now on, and results get a variable of their own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.catalog.psycopg2_to_sqlalchemy.codeflow import (
    BROKEN,
    UNBOUND,
    Facts,
    reaching_definitions,
)
from codemods.catalog.psycopg2_to_sqlalchemy.program import Function, Program
from codemods.catalog.psycopg2_to_sqlalchemy.roles import Place, Role, Roles

__all__ = ["Cursors", "Executor", "dotted", "is_none", "only_closes"]


@dataclass(frozen=True, slots=True)
class Executor:
    """How to run SQL in the place of a cursor."""

    code: str  #: the expression of the connection
    holder: str  #: the variable for results; empty when a new one is needed
    is_connection: bool  #: the cursor's own place holds the connection from now on


def dotted(node: ast.expr) -> str | None:
    """Return the source of a name or of attributes of one, None for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = dotted(node.value)
        return f"{base}.{node.attr}" if base else None
    return None


def is_none(node: ast.expr | None) -> bool:
    """Whether an expression is the constant None."""
    return isinstance(node, ast.Constant) and node.value is None


class Cursors:
    """The cursors of a program."""

    def __init__(self, program: Program, roles: Roles) -> None:
        self.program = program
        self.roles = roles
        self._attributes: dict[Place, str | None] = {}
        self._flows: dict[Function, Facts] = {}
        self._definitions: dict[Place, list[tuple[Function, ast.expr, ast.expr]]] = {}
        for function in program.functions:
            if roles.has_any(function):
                for node in function.moves:
                    self._collect(function, node)

    def _collect(self, function: Function, node: ast.AST) -> None:
        match node:
            case ast.Assign():
                pairs = [(target, node.value) for target in node.targets]
                for target in node.targets:
                    if isinstance(target, ast.Tuple):
                        pairs += [(one, node.value) for one in target.elts]
            case ast.AnnAssign(value=ast.expr() as value):
                pairs = [(node.target, value)]
            case ast.withitem(optional_vars=ast.expr() as target):
                pairs = [(target, node.context_expr)]
            case _:
                return
        for target, value in pairs:
            if isinstance(target, ast.Name | ast.Attribute):
                place = self.roles.place(function, target)
                if place is not None:
                    self._definitions.setdefault(place, []).append((function, target, value))

    def definitions(self, place: Place) -> list[tuple[Function, ast.expr, ast.expr]]:
        """Return function, target and value of everything that is assigned to a place."""
        return self._definitions.get(place, [])

    def executor(self, function: Function, facts: Facts, node: ast.expr) -> Executor | str:
        """Say how SQL is run in the place of a cursor at one of its uses, or why nobody knows."""
        if isinstance(node, ast.Attribute):
            return self._attribute(function, node)
        if not isinstance(node, ast.Name):
            base = self.cursor_of(function, node)  # `conn.cursor().execute(…)`
            code = dotted(base) if base is not None else None
            return Executor(code, "", False) if code else "the cursor has no name"
        found = facts.loads.get(node)
        if found is None or (not found and node.id not in function.parameters):
            return "the cursor comes from outside of the function"
        if found <= {UNBOUND} and node.id not in function.parameters:
            return self._global(function, node)
        codes: set[str] = set()
        for definition in found:
            if definition in {UNBOUND, BROKEN}:
                continue
            code = self.defined_by(function, definition)
            if code is None:
                return "the cursor is bound in a way that can't be followed"
            if code:
                codes.add(code)
        if not found:
            codes.add(node.id)
        if len(codes) != 1:
            return "the cursor may be of two connections"
        code = codes.pop()
        if code == node.id:
            return Executor(code, "", True)
        if self.needs_value(function, node.id):
            return Executor(node.id, "", True)
        return Executor(code, node.id, False)

    def defined_by(self, function: Function, definition: ast.AST) -> str | None:
        """Return the code that runs SQL after a definition of a cursor's name.

        It is the name itself where the name holds the connection, and empty for ``= None``.
        """
        if not isinstance(definition, ast.Name):
            return None
        parent = function.module.parents[definition]
        if isinstance(parent, ast.withitem):
            value: ast.expr = parent.context_expr
        elif isinstance(parent, ast.Assign | ast.AnnAssign | ast.NamedExpr) and parent.value:
            value = parent.value
        elif isinstance(parent, ast.Tuple) and isinstance(
            function.module.parents[parent], ast.Assign
        ):
            return definition.id  # unpacked from what a function gives
        else:
            return None
        if is_none(value):
            return ""
        base = self.cursor_of(function, self.unclosed(function, value))
        if base is not None:
            if isinstance(base, ast.Name) and self._rebound(function, base.id):
                return definition.id
            return dotted(base) or definition.id
        return definition.id

    def _rebound(self, function: Function, name: str) -> bool:
        """Whether a connection's name may have another connection where its cursor is used."""
        places = {
            place
            for node in function.nodes()
            if isinstance(node, ast.Name) and node.id == name
            if (place := self.roles.variable(function, node)) is not None
        }
        values = [
            value
            for place in places
            for _, _, value in self.definitions(place)
            if not is_none(value)
        ]
        return len(values) > 1 and not self._keeps_pace(function, name)

    def _keeps_pace(self, function: Function, name: str) -> bool:
        """Whether cursors are only used while a name has the connection that they are of."""
        if function.is_module or name in function.captured | function.redirected:
            return False
        facts = self._facts(function)
        for target, value in self._cursors_of(function, name):
            own = facts.loads.get(value, frozenset())
            if len(own) != 1 or target.id in function.captured | function.redirected:
                return False
            for load, definitions in facts.loads.items():
                if target in definitions and facts.marks[load].get(name) != own:
                    return False
        return True

    def _facts(self, function: Function) -> Facts:
        if function not in self._flows:
            node = function.node
            self._flows[function] = reaching_definitions(
                node.body, function.parameters, lambda _: ()
            )
        return self._flows[function]

    def _cursors_of(self, function: Function, name: str) -> Iterator[tuple[ast.Name, ast.Name]]:
        """Yield the variable of each cursor of a named connection, and that name there."""
        for node in function.nodes():
            match node:
                case ast.Assign(targets=[ast.Name() as target], value=value):
                    pass
                case ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value):
                    pass
                case ast.NamedExpr(target=ast.Name() as target, value=value):
                    pass
                case ast.withitem(context_expr=value, optional_vars=ast.Name() as target):
                    pass
                case _:
                    continue
            base = self.cursor_of(function, self.unclosed(function, value))
            if isinstance(base, ast.Name) and base.id == name:
                yield target, base

    def cursor_of(self, function: Function, node: ast.expr) -> ast.expr | None:
        """Return the connection of ``connection.cursor(…)``; other methods may be called so too."""
        if not (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "cursor"
        ):
            return None
        value = self.roles.value(function, node.func.value)
        found = value is not None and value.role is Role.CONNECTION
        return node.func.value if found else None

    def unclosed(self, function: Function, value: ast.expr) -> ast.expr:
        """Return what `contextlib.closing` is called with, or the expression itself."""
        if (
            isinstance(value, ast.Call)
            and value.args
            and function.module.qualified(value.func) == "contextlib.closing"
        ):
            return value.args[0]
        return value

    def needs_value(self, function: Function, name: str) -> bool:
        """Whether a cursor's name is read for more than its methods, so it must hold something.

        A test that only guards `close()` does not count: it goes together with the call.
        """
        for node in function.nodes():
            if not (isinstance(node, ast.Name) and node.id == name):
                continue
            if not isinstance(node.ctx, ast.Load):
                continue
            parent = function.module.parents[node]
            statement = function.module.statement_of(node)
            tested = isinstance(
                parent,
                ast.If
                | ast.While
                | ast.BoolOp
                | ast.UnaryOp
                | ast.Compare
                | ast.IfExp
                | ast.Assert,
            )
            if tested and not (isinstance(statement, ast.If) and only_closes(statement, name)):
                return True
        return name in function.captured or (
            function.is_module and self.program.is_imported(function.module, name)
        )

    def _global(self, function: Function, node: ast.Name) -> Executor | str:
        place = self.roles.variable(function, node)
        if place is None:
            return "the cursor comes from outside of the function"
        return Executor(node.id, "", True)

    def _attribute(self, function: Function, node: ast.Attribute) -> Executor | str:
        place = self.roles.attribute(function, node)
        code = dotted(node)
        base = dotted(node.value)
        if place is None or code is None or base is None:
            return "the cursor's owner is not known"
        connection = self.connection_attribute(place) if place[0] == "attribute" else None
        if connection is None:
            return Executor(code, "", True)
        return Executor(f"{base}.{connection}", "", False)

    def connection_attribute(self, place: Place) -> str | None:
        """Return the attribute with the connection of a cursor that is in another attribute.

        None when there is none, or the cursor's attribute is read for more than its methods.
        """
        if place in self._attributes:
            return self._attributes[place]
        self._attributes[place] = None
        found: set[str | None] = set()
        for function, target, value in self.definitions(place):
            if is_none(value):
                continue
            assert isinstance(target, ast.Attribute)
            base = self.cursor_of(function, value)
            if (
                isinstance(base, ast.Attribute)
                and dotted(base.value) == dotted(target.value)
                and dotted(base.value) is not None
            ):
                found.add(base.attr)
            elif isinstance(base, ast.Name):
                found.add(self._stored(function, base.id, target))
            else:
                found.add(None)
        if len(found) == 1 and not self._read_otherwise(place):
            self._attributes[place] = found.pop()
        return self._attributes[place]

    def _stored(self, function: Function, name: str, target: ast.Attribute) -> str | None:
        """Return the attribute of the same object that a local connection is put into as well."""
        for node in function.nodes():
            if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Name)):
                continue
            if node.value.id != name or not self.roles.value(function, node.value):
                continue
            for other in node.targets:
                if isinstance(other, ast.Attribute) and dotted(other.value) == dotted(target.value):
                    return other.attr
        return None

    def _read_otherwise(self, place: Place) -> bool:
        for function in self.program.functions:
            if place[-1] not in function.words:
                continue
            for node in function.nodes():
                if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load):
                    continue
                if node.attr != place[-1] or self.roles.attribute(function, node) != place:
                    continue
                if not isinstance(function.module.parents[node], ast.Attribute):
                    return True
        return False


def only_closes(statement: ast.If, name: str) -> bool:
    """Whether an `if` does nothing but close one cursor."""
    if statement.orelse:
        return False
    for inner in statement.body:
        match inner:
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(value=receiver, attr="close"), args=[])
            ) if dotted(receiver) == name:
                continue
            case _:
                return False
    return True
