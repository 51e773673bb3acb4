"""Which expressions are psycopg2's connections, cursors and pools, over all surveyed files.

Roles spread from `psycopg2.connect` through assignments, attributes, parameters, results and
context managers until nothing changes. Everything one connection can reach is one *family*: the
places that a value moves between are joined.
"""

from __future__ import annotations

import ast
import enum
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from codemods.catalog.psycopg2_to_sqlalchemy.given import GivenFunctions
from codemods.catalog.psycopg2_to_sqlalchemy.inheritance import Inheritance
from codemods.catalog.psycopg2_to_sqlalchemy.program import Class, Function, Module, Program
from codemods.python.dotted import last_name
from codemods.python.scopes import BindingKind, ScopeKind

__all__ = [
    "CONNECT",
    "DEPENDS",
    "POOLS",
    "PROPERTIES",
    "Factory",
    "Place",
    "Role",
    "Roles",
    "Value",
]

CONNECT = "psycopg2.connect"
POOLS = frozenset(
    f"psycopg2.pool.{name}"
    for name in ("SimpleConnectionPool", "ThreadedConnectionPool", "PersistentConnectionPool")
)
_MAKERS = frozenset({CONNECT, *POOLS})
_MOST_PASSES = 12
_HOLDERS = frozenset({"pop", "get", "setdefault"})  #: methods of `flask.g`

Place = tuple[object, ...]
"""Somewhere that values are kept: a variable, an attribute, what a function returns or yields."""


class Role(enum.Enum):
    """What a value is."""

    CONNECTION = "connection"
    CURSOR = "cursor"
    POOL = "pool"
    MANAGER = "context manager"  #: gives a value of another role when it is entered
    OBJECT = "object"  #: an instance of a class of ours
    GENERATOR = "generator"  #: gives values of another role when it is iterated over


class Factory(enum.Enum):
    """What rows a cursor makes."""

    TUPLE = "tuple"
    REAL_DICT = "RealDictCursor"
    DICT = "DictCursor"
    NAMED_TUPLE = "NamedTupleCursor"
    OTHER = "other"


_CACHES = frozenset({"functools.lru_cache", "functools.cache"})
PROPERTIES = frozenset({"builtins.property", "property", "functools.cached_property"})
DEPENDS = frozenset({"fastapi.Depends", "fastapi.params.Depends"})
FACTORIES = {
    "psycopg2.extras.RealDictCursor": Factory.REAL_DICT,
    "psycopg2.extras.DictCursor": Factory.DICT,
    "psycopg2.extras.NamedTupleCursor": Factory.NAMED_TUPLE,
    "psycopg2.extensions.cursor": Factory.TUPLE,
}


@dataclass(frozen=True, slots=True)
class Value:
    """What an expression is."""

    role: Role
    family: Place
    factory: Factory = Factory.TUPLE  #: of a cursor, or of the cursors a connection makes
    inner: Value | None = None  #: what a manager or generator gives
    class_: Class | None = None

    @property
    def innermost(self) -> Value:
        """What managers and generators give in the end; the value itself if it is neither."""
        value = self
        while value.inner is not None:
            value = value.inner
        return value


class Roles:
    """The roles of a program's expressions."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.given = GivenFunctions(program)
        self.inheritance = Inheritance(program)
        self.twins: set[tuple[Class, Class]] = set()  #: one name may hold an object of either
        self.values: dict[Place, Value] = {}
        self._parents: dict[Place, Place] = {}
        self._variables: dict[ast.Name, Place | None] = {}
        self._known: dict[ast.expr, Value | None] = {}
        self._targets: dict[ast.Call, Function | Class | None] = {}
        self._reader: Function | None = None  #: the function that is looked at
        self._readers: dict[Place, set[Function]] = {}
        self._waiting = set(program.functions)
        for _ in range(_MOST_PASSES):
            self._changed = False
            for function in program.functions:
                if function in self._waiting:  # the others have read nothing that changed
                    self._waiting.discard(function)
                    self._reader = function
                    self._spread(function)
            self._reader = None
            for one, other in self.inheritance.overrides:
                self._share(one, other)
            if not self._changed:
                break
        self._readers.clear()

    @cached_property
    def words(self) -> frozenset[str]:
        """Names without one of which a function has no expression of a role, objects aside."""
        found = {last_name(call.func) for call in seeds(self.program).values()}
        for place, value in self.values.items():
            if value.role is Role.OBJECT:
                continue
            if place[0] in {"variable", "attribute", "request"}:
                found.add(str(place[-1]))
            if place[0] == "request":
                found |= {"getattr", *_HOLDERS}
        for function in self.program.functions:
            for place in (self.result(function), self.yielded(function)):
                given = self.values.get(place)
                if given is not None and given.role is not Role.OBJECT:
                    found.add(function.name)
        return self.program.called_like(found)

    def has_any(self, function: Function) -> bool:
        """Whether a function may have expressions of a role, objects aside."""
        return not self.words.isdisjoint(function.words)

    # -- families

    def family(self, place: Place) -> Place:
        """Return the place that stands for all that are joined with one."""
        while place in self._parents:
            place = self._parents[place]
        return place

    def _join(self, one: Place, other: Place) -> None:
        first, second = sorted((self.family(one), self.family(other)), key=repr)
        if first != second:
            self._parents[second] = first

    # -- places

    def variable(self, function: Function, node: ast.Name) -> Place | None:
        """Return the place of a name that is read or written in a function."""
        if node not in self._variables:
            self._variables[node] = self._find_variable(function, node)
        return self._variables[node]

    def _find_variable(self, function: Function, node: ast.Name) -> Place | None:
        module = function.module
        if isinstance(node.ctx, ast.Load):
            point = module.names.point(node)
            if point is None:
                return None
            bindings = module.names.bindings(node.id, point, (node.lineno, node.col_offset))
            if len(bindings) == 1 and bindings[0].kind is BindingKind.IMPORT:
                ours = self.program.imported(module, bindings[0].origin)
                if ours and "." not in ours[1] and ours[1]:
                    return ("variable", str(ours[0].path), "", ours[1])
                return None
            scopes = {binding.scope.node for binding in bindings}
            if len(scopes) != 1:
                return None
            scope = scopes.pop()
            if any(binding.scope.kind is ScopeKind.COMPREHENSION for binding in bindings):
                return None
            return self._local(module, scope, node.id)
        if self._declared_global(function, node.id):
            return ("variable", str(module.path), "", node.id)
        return self._local(module, function.node, node.id)

    def _local(self, module: Module, scope: ast.AST, name: str) -> Place:
        line = "" if isinstance(scope, ast.Module) else f"{getattr(scope, 'lineno', 0)}"
        return ("variable", str(module.path), line, name)

    def _declared_global(self, function: Function, name: str) -> bool:
        return name in function.redirected

    def attribute(self, function: Function, node: ast.Attribute) -> Place | None:
        """Return the place of an attribute whose owner is known."""
        base = node.value
        if isinstance(base, ast.Name) and base.id == function.self_name and function.owner:
            return self.of_class(function.owner, node.attr)
        qualified = function.module.qualified(base)
        if qualified in {"flask.g", "flask.globals.g", "quart.g"}:
            return ("request", node.attr)
        if qualified is not None:
            ours = self.program.imported(function.module, f"{qualified}.{node.attr}")
            if ours and ours[1] and "." not in ours[1]:
                return ("variable", str(ours[0].path), "", ours[1])
        value = self.value(function, base)
        if value is not None and value.role is Role.OBJECT and value.class_ is not None:
            return self.of_class(value.class_, node.attr)
        return None

    def of_class(self, class_: Class, name: str) -> Place:
        """Return the place of an attribute of a class's objects."""
        keeper = self.inheritance.keeper(class_, name)
        return ("attribute", str(keeper.module.path), keeper.node.lineno, keeper.node.name, name)

    def result(self, function: Function) -> Place:
        """Return the place of what a function returns."""
        return ("returned", str(function.module.path), getattr(function.node, "lineno", 0))

    def yielded(self, function: Function) -> Place:
        """Return the place of what a generator yields."""
        return ("yielded", str(function.module.path), getattr(function.node, "lineno", 0))

    def place(self, function: Function, node: ast.expr) -> Place | None:
        """Return the place of a name or an attribute."""
        if isinstance(node, ast.Name):
            return self.variable(function, node)
        if isinstance(node, ast.Attribute):
            return self.attribute(function, node)
        return None

    # -- values

    def value(self, function: Function, node: ast.expr | None) -> Value | None:
        """Say what an expression is; None when it has no role."""
        match node:
            case ast.Name():
                if node.id == function.self_name:
                    assert function.owner is not None
                    return Value(Role.OBJECT, ("self",), class_=function.owner)
                place = self.variable(function, node)
                return self._held(place) if place is not None else None
            case ast.Attribute():
                if node not in self._known:
                    self._known[node] = self._of_attribute(function, node)
                return self._known[node]
            case ast.Call():
                if node not in self._known:
                    self._known[node] = self._called(function, node)
                return self._known[node]
            case ast.IfExp():
                return self.value(function, node.body) or self.value(function, node.orelse)
            case ast.BoolOp():
                for operand in node.values:
                    found = self.value(function, operand)
                    if found is not None:
                        return found
                return None
            case ast.NamedExpr():
                return self.value(function, node.value)
            case _:
                return None

    def _of_attribute(self, function: Function, node: ast.Attribute) -> Value | None:
        place = self.attribute(function, node)
        found = self._held(place) if place is not None else None
        if found is None and node.attr == "connection":
            cursor = self.value(function, node.value)
            if cursor is not None and cursor.role is Role.CURSOR:
                return Value(Role.CONNECTION, cursor.family)
        return found or self._property(function, node)

    def _called(self, function: Function, node: ast.Call) -> Value | None:
        qualified = function.module.qualified(node.func)
        seed: Place = (
            "seed",
            str(function.module.path),
            node.lineno,
            node.col_offset,
            node.end_col_offset,
        )
        if qualified == CONNECT:
            return Value(Role.CONNECTION, seed, self._factory(function, node))
        if qualified in POOLS:
            return Value(Role.POOL, seed, self._factory(function, node))
        if qualified == "contextlib.closing" and node.args:
            inner = self.value(function, node.args[0])
            return Value(Role.MANAGER, inner.family, inner=inner) if inner else None
        if qualified == "builtins.getattr" and len(node.args) >= 2:
            return self._request(function, node.args[0], node.args[1])
        if isinstance(node.func, ast.Attribute):
            if node.func.attr in _HOLDERS and node.args:
                held = self._request(function, node.func.value, node.args[0])
                if held is not None:
                    return held
            receiver = self.value(function, node.func.value)
            if receiver is not None:
                given = self._method(function, node, receiver)
                if given is not None or receiver.role is not Role.OBJECT:
                    return given
        target = self.target(function, node)
        if isinstance(target, Class):
            return Value(Role.OBJECT, ("class", target.node.name), class_=target)
        if target is None:
            return None
        return self._returned(target)

    def _property(self, function: Function, node: ast.Attribute) -> Value | None:
        base = node.value
        owner: Class | None = None
        if isinstance(base, ast.Name) and base.id == function.self_name:
            owner = function.owner
        else:
            value = self.value(function, base)
            if value is not None and value.role is Role.OBJECT:
                owner = value.class_
        method = self.program.method(owner, node.attr) if owner else None
        if method is None or not method.decorators & PROPERTIES:
            return None
        return self._held(self.result(method))

    def _request(self, function: Function, base: ast.expr, name: ast.expr) -> Value | None:
        if function.module.qualified(base) not in {"flask.g", "flask.globals.g", "quart.g"}:
            return None
        if not isinstance(name, ast.Constant):
            return None
        return self._held(("request", name.value))

    def _returned(self, target: Function) -> Value | None:
        if target.is_context_manager:
            inner = self._held(self.yielded(target))
            return Value(Role.MANAGER, inner.family, inner=inner) if inner else None
        inner = self._held(self.yielded(target))
        if inner is not None:
            return Value(Role.GENERATOR, inner.family, inner=inner)
        return self._held(self.result(target))

    def _method(self, function: Function, node: ast.Call, receiver: Value) -> Value | None:
        assert isinstance(node.func, ast.Attribute)
        match receiver.role, node.func.attr:
            case Role.CONNECTION, "cursor":
                given = self._factory(function, node)
                explicit = any(k.arg == "cursor_factory" for k in node.keywords)
                factory = given if explicit else receiver.factory
                return Value(Role.CURSOR, receiver.family, factory)
            case Role.POOL, "getconn":
                return Value(Role.CONNECTION, receiver.family, receiver.factory)
            case Role.CURSOR | Role.CONNECTION, "__enter__":
                return receiver
            case Role.OBJECT, name:
                assert receiver.class_ is not None
                method = self.program.method(receiver.class_, name)
                return self._returned(method) if method else None
        return None

    def _factory(self, function: Function, node: ast.Call) -> Factory:
        for keyword in node.keywords:
            if keyword.arg == "cursor_factory":
                if isinstance(keyword.value, ast.Constant) and keyword.value.value is None:
                    return Factory.TUPLE
                name = function.module.qualified(keyword.value)
                return FACTORIES.get(name or "", Factory.OTHER)
        return Factory.TUPLE

    def entered(self, value: Value | None) -> Value | None:
        """Say what `with … as` gives."""
        if value is None:
            return None
        if value.role is Role.MANAGER:
            return value.inner
        if value.role in {Role.CONNECTION, Role.CURSOR}:
            return value
        if value.role is Role.OBJECT and value.class_ is not None:
            enter = self.program.method(value.class_, "__enter__")
            return self._returned(enter) if enter else None
        return None

    def target(self, function: Function, node: ast.Call) -> Function | Class | None:
        """Return the function, method or class of ours that a call means."""
        if node not in self._targets:
            self._targets[node] = self._find_target(function, node)
        return self._targets[node]

    def _find_target(self, function: Function, node: ast.Call) -> Function | Class | None:
        if isinstance(node.func, ast.Attribute):
            receiver = self.value(function, node.func.value)
            if receiver is not None and receiver.class_ is not None:
                return self.program.method(receiver.class_, node.func.attr)
            if (
                isinstance(node.func.value, ast.Call)
                and isinstance(node.func.value.func, ast.Name)
                and node.func.value.func.id == "super"
                and function.owner is not None
            ):
                for base in self.program.bases(function.owner):
                    found = self.program.method(base, node.func.attr)
                    if found is not None:
                        return found
        return self.program.definition(function.module, node.func)

    def targets(self, function: Function, node: ast.Call) -> Sequence[Function]:
        """Return the functions of ours that a call may enter, those a parameter holds as well."""
        target = self.target(function, node)
        if isinstance(target, Class):
            target = self.program.method(target, "__init__")
        if target is None:
            return self.given.entered(function, node)
        return self.inheritance.versions(target)

    def is_fresh(self, function: Function, node: ast.expr, depth: int = 6) -> bool:
        """Whether an expression makes a connection that nobody else holds."""
        if not isinstance(node, ast.Call) or depth <= 0:
            return False
        if function.module.qualified(node.func) == CONNECT:
            return True
        if isinstance(node.func, ast.Attribute):
            if node.func.attr == "getconn":
                return True
            value = self.value(function, node.func.value)
            if node.func.attr == "cursor" and value and value.role is Role.CONNECTION:
                return self.is_fresh(function, node.func.value, depth - 1)
        target = self.target(function, node)
        if not isinstance(target, Function):
            return False
        versions = self.inheritance.versions(target)
        if any(version.decorators & _CACHES for version in versions):
            return False
        given = [
            (version, inner.value)
            for version in versions
            for inner in version.nodes()
            if isinstance(inner, ast.Return) and self.value(version, inner.value) is not None
        ]
        return bool(given) and all(
            value is not None and self._gives_fresh(version, value, depth)
            for version, value in given
        )

    def _gives_fresh(self, function: Function, node: ast.expr, depth: int) -> bool:
        if not isinstance(node, ast.Name):
            return self.is_fresh(function, node, depth - 1)
        if self._declared_global(function, node.id):
            return False
        values = []
        for inner in function.nodes():
            if not isinstance(inner, ast.Assign):
                continue
            if any(isinstance(t, ast.Name) and t.id == node.id for t in inner.targets):
                values.append(inner.value)
            elif isinstance(inner.value, ast.Name) and inner.value.id == node.id:
                return False  # it is kept somewhere as well
        made = [v for v in values if not (isinstance(v, ast.Constant) and v.value is None)]
        return bool(made) and all(self.is_fresh(function, value, depth - 1) for value in made)

    # -- spreading

    def put(self, place: Place | None, value: Value | None) -> None:
        """Note that a place holds a value."""
        if place is None or value is None:
            return
        if value.role is not Role.OBJECT:
            self._join(place, value.family)
        known = self.values.get(place)
        if known is None:
            self._set(place, value)
        elif known.class_ is not value.class_ and known.class_ and value.class_:
            self.twins.add((known.class_, value.class_))
        elif known.role is value.role and known.factory not in {value.factory, Factory.OTHER}:
            self._set(place, replace(known, factory=Factory.OTHER))

    def _set(self, place: Place, value: Value) -> None:
        self.values[place] = value
        self._known.clear()
        self._targets.clear()
        self._changed = True
        self._waiting |= self._readers.get(place, set())

    def _held(self, place: Place) -> Value | None:
        """Return what a place holds; whoever asks while roles spread is told when that changes."""
        if self._reader is not None:
            self._readers.setdefault(place, set()).add(self._reader)
        return self.values.get(place)

    def _spread(self, function: Function) -> None:
        if isinstance(function.node, ast.FunctionDef | ast.AsyncFunctionDef):
            self._defaults(function)
        for node in function.moves:
            match node:
                case ast.Assign():
                    value = self.value(function, node.value)
                    for target in node.targets:
                        self.put(self.place(function, target), value)
                    self._unpacked(function, node)
                case ast.AnnAssign(value=ast.expr() as given):
                    self.put(self.place(function, node.target), self.value(function, given))
                case ast.NamedExpr():
                    self.put(self.variable(function, node.target), self.value(function, node.value))
                case ast.withitem(optional_vars=ast.expr() as target):
                    value = self.entered(self.value(function, node.context_expr))
                    self.put(self.place(function, target), value)
                case ast.Return(value=ast.Tuple() as given):
                    for index, element in enumerate(given.elts):
                        place = (*self.result(function), index)
                        self.put(place, self.value(function, element))
                case ast.Return(value=ast.expr() as given):
                    self.put(self.result(function), self.value(function, given))
                case ast.Yield(value=ast.expr() as given):
                    self.put(self.yielded(function), self.value(function, given))
                case ast.For(target=ast.Name() as target):
                    value = self.value(function, node.iter)
                    if value is not None and value.role is Role.GENERATOR:
                        self.put(self.variable(function, target), value.inner)
                case ast.IfExp() | ast.BoolOp():
                    values = self.alternatives(function, node)
                    for one, other in itertools.pairwise(v for _, v in values if v is not None):
                        self._join(one.family, other.family)
                        if one.class_ is not other.class_ and one.class_ and other.class_:
                            self.twins.add((one.class_, other.class_))
                case ast.Call():
                    self._arguments(function, node)

    def _share(self, one: Function, other: Function) -> None:
        """Let a method and one that overrides it take and give the same."""
        pairs = [(self.result(one), self.result(other)), (self.yielded(one), self.yielded(other))]
        pairs += [
            (self.parameter(one, name), self.parameter(other, same))
            for name, same in self.counterparts(one, other)
        ]
        for first, second in pairs:
            self.put(first, self.values.get(second))
            self.put(second, self.values.get(first))

    def counterparts(self, one: Function, other: Function) -> Iterator[tuple[str, str]]:
        """Yield the parameters of two methods that one argument may be given to."""
        yield from zip(one.positional[1:], other.positional[1:], strict=False)
        named = set(one.parameters) - set(one.positional)
        yield from ((name, name) for name in sorted(named & set(other.parameters)))

    def alternatives(
        self, function: Function, node: ast.IfExp | ast.BoolOp
    ) -> list[tuple[ast.expr, Value | None]]:
        """Return what an expression may come to, and the role of each."""
        sides = [node.body, node.orelse] if isinstance(node, ast.IfExp) else node.values
        return [(side, self.value(function, side)) for side in sides]

    def _unpacked(self, function: Function, node: ast.Assign) -> None:
        for target in node.targets:
            if not isinstance(target, ast.Tuple):
                continue
            if isinstance(node.value, ast.Call):
                made = self.target(function, node.value)
                if isinstance(made, Function):
                    for index, one in enumerate(target.elts):
                        place = (*self.result(made), index)
                        self.put(self.place(function, one), self._held(place))
                continue
            if not isinstance(node.value, ast.Tuple):
                continue
            if len(target.elts) == len(node.value.elts):
                for one, given in zip(target.elts, node.value.elts, strict=True):
                    self.put(self.place(function, one), self.value(function, given))

    def _arguments(self, function: Function, node: ast.Call) -> None:
        for target in self.targets(function, node):
            for parameter, argument in self.bound_arguments(target, node, function):
                self.put(self.parameter(target, parameter), self.value(function, argument))

    def parameter(self, function: Function, name: str) -> Place:
        """Return the place of a parameter."""
        return self._local(function.module, function.node, name)

    def bound_arguments(
        self, target: Function, node: ast.Call, caller: Function
    ) -> Iterator[tuple[str, ast.expr]]:
        """Yield each argument of a call with the name of the parameter that it is given to."""
        names: Sequence[str] = target.positional
        if target.self_name is not None and not self._is_plain_access(node, caller, target):
            names = names[1:]
        for name, argument in zip(names, node.args, strict=False):
            if isinstance(argument, ast.Starred):
                break
            yield name, argument
        for keyword in node.keywords:
            if keyword.arg in target.parameters and keyword.arg is not None:
                yield keyword.arg, keyword.value

    def _is_plain_access(self, node: ast.Call, caller: Function, target: Function) -> bool:
        """Whether a method is called through its class, with the object as an argument."""
        if not isinstance(node.func, ast.Attribute) or target.name == "__init__":
            return False
        return isinstance(self.program.definition(caller.module, node.func.value), Class)

    def _defaults(self, function: Function) -> None:
        """Follow FastAPI's `Depends(get_db)` into the parameter."""
        node = function.node
        assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        positional = [*node.args.posonlyargs, *node.args.args]
        defaults: list[tuple[ast.arg, ast.expr | None]] = list(
            zip(reversed(positional), reversed(node.args.defaults), strict=False)
        )
        defaults += zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        for parameter, default in defaults:
            if not isinstance(default, ast.Call) or not default.args:
                continue
            if function.module.qualified(default.func) not in DEPENDS:
                continue
            target = self.program.definition(function.module, default.args[0])
            if isinstance(target, Function):
                given = self._returned(target)
                if given is not None and given.role in {Role.GENERATOR, Role.MANAGER}:
                    given = given.inner
                self.put(self.parameter(function, parameter.arg), given)


def seeds(program: Program) -> Mapping[Place, ast.Call]:
    """Return the calls that make connections and pools, by their place."""
    found: dict[Place, ast.Call] = {}
    for function in program.functions:
        if not function.module.names_driver:
            continue
        for node in function.moves:
            if isinstance(node, ast.Call) and function.module.qualified(node.func) in _MAKERS:
                place = (
                    "seed",
                    str(function.module.path),
                    node.lineno,
                    node.col_offset,
                    node.end_col_offset,
                )
                found[place] = node
    return found
