"""Places that may hold something else as well: another kind of connection, an unknown argument."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.catalog.psycopg2_to_sqlalchemy.context import Escape
from codemods.catalog.psycopg2_to_sqlalchemy.cursors import Cursors, is_none
from codemods.catalog.psycopg2_to_sqlalchemy.given import mentions
from codemods.catalog.psycopg2_to_sqlalchemy.program import Class, Function, Module, Program
from codemods.catalog.psycopg2_to_sqlalchemy.roles import (
    DEPENDS,
    PROPERTIES,
    Place,
    Role,
    Roles,
    Value,
)

__all__ = ["mixed"]

_KNOWN_DECORATORS = PROPERTIES | {
    "contextlib.contextmanager",
    "builtins.staticmethod",
    "builtins.classmethod",
    "abc.abstractmethod",
    "functools.cache",
    "functools.lru_cache",
    "tenacity.retry",
    "retry",
}
_PLAIN = frozenset({Role.CONNECTION, Role.CURSOR, Role.POOL})


def mixed(program: Program, roles: Roles) -> Iterator[Escape]:
    """Yield an escape for each place of a family that something else is put into."""
    yield from _definitions(program, roles)
    yield from _alternatives(program, roles)
    yield from _results(program, roles)
    yield from _arguments(program, roles)
    yield from _references(program, roles)
    yield from _overridden(roles)
    yield from _twins(program, roles)


def _escape(
    roles: Roles, place: Place, reason: str, message: str, function: Function, node: ast.AST
) -> Escape:
    return Escape(roles.family(place), reason, message, function.module, node)


def _definitions(program: Program, roles: Roles) -> Iterator[Escape]:
    cursors = Cursors(program, roles)
    for place, value in list(roles.values.items()):
        if value.role not in _PLAIN:
            continue
        for function, target, given in cursors.definitions(place):
            if is_none(given):
                continue
            parent = function.module.parents[target]
            if isinstance(parent, ast.Tuple):
                continue  # taken apart; the function's results are looked at
            found = roles.value(function, given)
            if isinstance(parent, ast.withitem):
                found = roles.entered(found)
            if found is None or found.role is not value.role:
                yield _escape(
                    roles,
                    place,
                    "mixed",
                    f"`{ast.unparse(target)}` holds something else as well",
                    function,
                    given,
                )


def _alternatives(program: Program, roles: Roles) -> Iterator[Escape]:
    """Look at ``a or b`` and ``a if c else b``, unless only their truth counts."""
    for function in program.functions:
        if not roles.has_any(function):
            continue
        for node in function.moves:
            if not isinstance(node, ast.IfExp | ast.BoolOp):
                continue
            if _is_test(function.module.parents[node], node):
                continue
            sides = roles.alternatives(function, node)
            known = [found for _, found in sides if found is not None and found.role in _PLAIN]
            for side, found in sides:
                if known and not is_none(side) and (found is None or found.role != known[0].role):
                    message = f"`{ast.unparse(side)}` stands in its place"
                    yield _escape(roles, known[0].family, "mixed", message, function, side)


def _is_test(parent: ast.AST, node: ast.expr) -> bool:
    match parent:
        case ast.If() | ast.While() | ast.Assert() | ast.BoolOp() | ast.comprehension():
            return True
        case ast.UnaryOp() | ast.Expr():
            return True
        case ast.IfExp(test=test):
            return test is node
    return False


def _results(program: Program, roles: Roles) -> Iterator[Escape]:
    for function in program.functions:
        place = roles.result(function)
        known = roles.values.get(place)
        given_away = known or roles.values.get(roles.yielded(function))
        if given_away is None:
            continue
        odd = function.decorators - _KNOWN_DECORATORS
        if odd and given_away.role in _PLAIN:
            yield _escape(
                roles,
                place if known else roles.yielded(function),
                "decorated",
                f"`{function.name}` is decorated by `{min(odd)}`, which may change what it gives",
                function,
                function.node,
            )
        if known is None or known.role not in _PLAIN:
            continue
        for node in function.nodes():
            if not isinstance(node, ast.Return) or node.value is None or is_none(node.value):
                continue
            given = roles.value(function, node.value)
            if given is None or given.role is not known.role:
                yield _escape(
                    roles,
                    place,
                    "mixed",
                    f"`{function.name}` returns something else as well",
                    function,
                    node,
                )


def _role_parameters(roles: Roles, function: Function) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for name in function.parameters:
        value = roles.values.get(roles.parameter(function, name))
        if value is not None and value.role in _PLAIN:
            found[name] = value
    return found


def _arguments(program: Program, roles: Roles) -> Iterator[Escape]:
    wanted = {f: known for f in program.functions if (known := _role_parameters(roles, f))}
    if not wanted:
        return
    for caller in program.functions:
        for node in caller.nodes():
            if not isinstance(node, ast.Call):
                continue
            spread = any(isinstance(a, ast.Starred) for a in node.args) or any(
                keyword.arg is None for keyword in node.keywords
            )
            for target in roles.targets(caller, node):
                given = dict(roles.bound_arguments(target, node, caller))
                for name, value in wanted.get(target, {}).items():
                    argument = given.get(name)
                    if argument is None and not spread:
                        continue  # its default
                    found = roles.value(caller, argument)
                    if argument is not None and is_none(argument):
                        continue
                    if found is None or found.role is not value.role:
                        yield _escape(
                            roles,
                            roles.parameter(target, name),
                            "mixed",
                            f"`{target.name}` is given something else as `{name}`",
                            caller,
                            node,
                        )


def _references(program: Program, roles: Roles) -> Iterator[Escape]:
    """Yield escapes for functions that are used otherwise than by calls that are seen."""
    for function in program.functions:
        taken = [roles.parameter(function, name) for name in _role_parameters(roles, function)]
        given = [
            place
            for place in (roles.result(function), roles.yielded(function))
            if _is_plain(roles, place)
        ]
        if not taken and not given:
            continue
        for module in program.modules.values():
            for node, point in mentions(module, function.name):
                caller = roles.given.body(point)
                if _is_followed(roles, module, caller, function, node, bool(given)):
                    continue
                for place in (*taken, *given):
                    yield Escape(
                        roles.family(place),
                        "unknown-callers",
                        f"`{function.name}` is passed on, so nobody knows what calls it",
                        module,
                        node,
                    )


def _is_followed(
    roles: Roles,
    module: Module,
    caller: Function | None,
    function: Function,
    node: ast.Name | ast.Attribute,
    gives: bool,
) -> bool:
    """Whether a name does not mean a function, or is a use of it that is followed."""
    target = roles.program.definition(module, node)
    if target is None and caller is not None and isinstance(node, ast.Attribute):
        value = roles.value(caller, node.value)
        if value is not None and value.class_ is not None:
            target = roles.program.method(value.class_, node.attr)
    if target is not function:
        return True
    parent = module.parents[node]
    if isinstance(parent, ast.Attribute):
        return True
    if isinstance(parent, ast.Call) and parent.func is node:
        return caller is not None
    if gives:
        return _is_dependency(module, parent)
    return roles.given.is_followed(module, node)


def _is_dependency(module: Module, node: ast.AST) -> bool:
    """Whether a call is FastAPI's ``Depends(get_db)`` as the default of a parameter."""
    return (
        isinstance(node, ast.Call)
        and module.qualified(node.func) in DEPENDS
        and isinstance(module.parents[node], ast.arguments)
    )


def _overridden(roles: Roles) -> Iterator[Escape]:
    """Methods that take or give a connection, and are overridden by one that can't be the same."""
    for one, other in roles.inheritance.overrides:
        alike = one.decorators & _KNOWN_DECORATORS == other.decorators & _KNOWN_DECORATORS
        pairs = set(roles.counterparts(one, other))
        lone = {first for first, _ in pairs}, {second for _, second in pairs}
        for method, paired in zip((one, other), lone, strict=True):
            places = [
                roles.parameter(method, name)
                for name in _role_parameters(roles, method)
                if name not in paired or not alike
            ]
            given = (roles.result(method), roles.yielded(method))
            if not alike:
                places += [place for place in given if _is_plain(roles, place)]
            for place in places:
                yield _escape(
                    roles,
                    place,
                    "mixed",
                    f"`{method.name}` is overridden in another way",
                    other,
                    other.node,
                )


def _is_plain(roles: Roles, place: Place) -> bool:
    value = roles.values.get(place)
    return value is not None and value.role in _PLAIN


def _twins(program: Program, roles: Roles) -> Iterator[Escape]:
    """What one name holds may be of two classes: what they don't share is not followed."""
    for one, other in sorted(roles.twins, key=lambda pair: [c.node.name for c in pair]):
        for class_, twin in ((one, other), (other, one)):
            for place in roles.values:
                if place[0] != "attribute" or not _is_plain(roles, place):
                    continue
                name = str(place[-1])
                if place == roles.of_class(class_, name) != roles.of_class(twin, name):
                    yield _either(roles, place, class_, twin, class_.node)
            for name in sorted(_methods(program, class_)):
                method, same = program.method(class_, name), program.method(twin, name)
                if method is None or same is None or same in roles.inheritance.versions(method):
                    continue
                places = [
                    roles.parameter(method, known) for known in _role_parameters(roles, method)
                ]
                places += [
                    p for p in (roles.result(method), roles.yielded(method)) if _is_plain(roles, p)
                ]
                for place in places:
                    yield _either(roles, place, class_, twin, method.node)


def _methods(program: Program, class_: Class) -> set[str]:
    names = {name for one in program.lineage(class_) for name in one.methods}
    return names - {"__init__", "__new__"}


def _either(roles: Roles, place: Place, class_: Class, twin: Class, node: ast.AST) -> Escape:
    return Escape(
        roles.family(place),
        "mixed",
        f"an object may be a `{class_.node.name}` or a `{twin.node.name}`",
        class_.module,
        node,
    )
