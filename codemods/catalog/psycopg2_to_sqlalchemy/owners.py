"""Objects that nobody knows: their class may be one whose objects hold or give connections."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import NamedTuple

from codemods.catalog.psycopg2_to_sqlalchemy.program import Function, Module
from codemods.catalog.psycopg2_to_sqlalchemy.roles import PROPERTIES, Role, Value
from codemods.catalog.psycopg2_to_sqlalchemy.roles import Place as FamilyPlace
from codemods.catalog.psycopg2_to_sqlalchemy.searching import USED_AS
from codemods.catalog.psycopg2_to_sqlalchemy.state import State
from codemods.codemod import Place
from codemods.python.scopes import Binding, BindingKind

__all__ = ["check_owners"]

_DEPTH = 6
_VAGUE = frozenset(
    f"builtins.{name}"
    for name in (
        "dict",
        "enumerate",
        "filter",
        "getattr",
        "iter",
        "list",
        "map",
        "max",
        "min",
        "next",
        "reversed",
        "set",
        "sorted",
        "super",
        "tuple",
        "type",
        "vars",
        "zip",
    )
)
"""Builtins that give what they are given, or what that holds."""


def check_owners(state: State) -> None:
    """Leave families that an unknown object may be asked for."""
    _check_attributes(state)
    _check_methods(state)


def _check_attributes(state: State) -> None:
    attributes = {
        str(place[-1]): state.roles.family(place)
        for place, value in state.roles.values.items()
        if place[0] == "attribute" and value.role is not Role.OBJECT
    }
    words = {"getattr", "setattr", "delattr", *attributes}
    for function in state.program.functions:
        if words.isdisjoint(function.words):
            continue
        for node in function.nodes():
            named = _by_text(function, node, state, attributes)
            if named is not None:
                state.leave(
                    named,
                    "unknown-owner",
                    f"`{ast.unparse(node)}` may be the same connection",
                    Place(function.module.path, getattr(node, "lineno", 1)),
                )
            if not isinstance(node, ast.Attribute) or node.attr not in attributes:
                continue
            parent = function.module.parents[node]
            if not isinstance(parent, ast.Attribute) or parent.attr not in USED_AS:
                continue
            if state.roles.attribute(function, node) is None:
                state.leave(
                    attributes[node.attr],
                    "unknown-owner",
                    f"`{ast.unparse(node)}` may be the same connection",
                    Place(function.module.path, node.lineno),
                )


def _by_text(
    function: Function, node: ast.AST, state: State, attributes: Mapping[str, FamilyPlace]
) -> FamilyPlace | None:
    """Return the family that `getattr(object, "name")` or the like may reach."""
    match node:
        case ast.Call(
            func=ast.Name(id="getattr" | "setattr" | "delattr"),
            args=[_, ast.Constant(value=name), *_],
        ):
            return attributes.get(str(name))
        case ast.Call(func=ast.Name(id="getattr" | "setattr"), args=[owner, ast.expr(), *_]):
            value = state.roles.value(function, owner)
            if value is not None and value.class_ is not None:
                for place, kept in state.roles.values.items():
                    if place[0] != "attribute" or kept.role is Role.OBJECT:
                        continue
                    if state.roles.of_class(value.class_, str(place[-1])) == place:
                        return state.roles.family(place)
    return None


class _Method(NamedTuple):
    """A method that gives or takes connections."""

    function: Function
    families: frozenset[FamilyPlace]


def _check_methods(state: State) -> None:
    """Leave the families of methods that may be called on an object of an unknown class."""
    methods = _methods(state)
    for name, named in sorted(methods.items()):
        for module in state.program.modules.values():
            for node, point in module.names.attributes(name):
                call = module.parents[node]
                if not isinstance(call, ast.Call) or call.func is not node:
                    continue
                caller = state.roles.given.body(point)
                if _is_known(state, module, caller, node):
                    continue
                for method in named:
                    if not _fits(method.function, call):
                        continue
                    for family in sorted(method.families, key=repr):
                        state.leave(
                            family,
                            "unknown-owner",
                            f"`{ast.unparse(node)}` may be the method"
                            f" `{method.function.name}` of a `{_owner(method.function)}`",
                            Place(module.path, node.lineno),
                        )


def _owner(function: Function) -> str:
    return function.owner.node.name if function.owner is not None else ""


def _methods(state: State) -> dict[str, list[_Method]]:
    """Return the methods of families that are migrated, by name."""
    found: dict[str, list[_Method]] = {}
    for function in state.program.functions:
        if function.owner is None or function.decorators & PROPERTIES:
            continue
        roles = state.roles
        places = [roles.parameter(function, name) for name in function.parameters]
        places += [roles.result(function), roles.yielded(function)]
        families = {
            family
            for place in places
            if _moves(roles.values.get(place)) and (family := roles.family(place)) not in state.left
        }
        if families and not function.name.startswith("__"):
            found.setdefault(function.name, []).append(_Method(function, frozenset(families)))
    return found


def _moves(value: Value | None) -> bool:
    return value is not None and value.innermost.role is not Role.OBJECT


def _fits(function: Function, call: ast.Call) -> bool:
    """Whether a method can be called with such arguments."""
    assert not isinstance(function.node, ast.Module)
    given = function.node.args
    names = function.positional[0 if function.is_static else 1 :]
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return True
    if any(keyword.arg is None for keyword in call.keywords):
        return True
    if len(call.args) > len(names) and given.vararg is None:
        return False
    keywords = {keyword.arg for keyword in call.keywords}
    if given.kwarg is None and not keywords <= set(function.parameters):
        return False
    required = names[: len(names) - len(given.defaults)]
    return set(required[len(call.args) :]) <= keywords


def _is_known(state: State, module: Module, caller: Function | None, node: ast.Attribute) -> bool:
    """Whether it is known whose method is called, or that it is none of ours."""
    if module.qualified(node) is not None:
        return True
    if caller is not None:
        call = module.parents[node]
        assert isinstance(call, ast.Call)
        if state.roles.target(caller, call) is not None:
            return True
        value = state.roles.value(caller, node.value)
        if value is not None and (value.role is not Role.OBJECT or value.class_ is not None):
            return True
    return _is_foreign(state, module, node.value)


def _is_foreign(
    state: State, module: Module, node: ast.expr, *, inside: bool = False, depth: int = _DEPTH
) -> bool:
    """Whether an expression can't be (or have `inside`) an object of a class of the program."""
    if depth <= 0:
        return False
    match node:
        case ast.Constant() | ast.JoinedStr():
            return True
        case ast.List() | ast.Tuple() | ast.Set() | ast.Dict() | ast.BinOp():
            return not inside
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return not inside
        case ast.Call(func=ast.Attribute(value=base) as called) if not module.qualified(called):
            return _is_foreign(state, module, base, inside=True, depth=depth - 1)
        case ast.Call(func=called):
            return _is_elsewhere(state, module, called)
        case ast.Attribute(value=base) if not module.qualified(node):
            return _is_foreign(state, module, base, inside=True, depth=depth - 1)
        case ast.Subscript(value=base) | ast.Await(value=base):
            return _is_foreign(state, module, base, inside=True, depth=depth - 1)
        case ast.Name() if not module.qualified(node):
            point = module.names.point(node)
            at = (node.lineno, node.col_offset)
            bindings = module.names.bindings(node.id, point, at) if point is not None else ()
            return bool(bindings) and all(
                _binds_foreign(state, module, binding, inside, depth - 1) for binding in bindings
            )
        case ast.Name() | ast.Attribute():
            return _is_elsewhere(state, module, node)
    return False


def _is_elsewhere(state: State, module: Module, node: ast.expr) -> bool:
    """Whether a name is certain, and neither the program's nor gives what it is given."""
    name = module.qualified(node)
    if name is None or name in _VAGUE:
        return False
    return state.program.imported(module, name, anywhere=True) is None


def _binds_foreign(
    state: State, module: Module, binding: Binding, inside: bool, depth: int
) -> bool:
    source, within = binding.value, inside
    match binding.stmt:
        case ast.For(iter=iterated) if binding.kind is BindingKind.LOOP:
            source, within = iterated, True
        case ast.With(items=items) if binding.kind is BindingKind.WITH:
            source, within = (
                next(
                    (item.context_expr for item in items if item.optional_vars is binding.node),
                    None,
                ),
                True,
            )
    if binding.kind is BindingKind.EXCEPTION:
        return True
    return source is not None and _is_foreign(state, module, source, inside=within, depth=depth)
