"""Which functions of the program a parameter holds, where every caller gives a known one.

``process(cur, handler)`` that calls ``handler(cur)`` is followed into what its callers give: the
parameter must hold nothing else, and go nowhere but into such parameters of other functions.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from codemods.catalog.psycopg2_to_sqlalchemy.program import Function, Module, Program
from codemods.python.scopes import BindingKind, Point, ScopeKind

__all__ = ["Given", "GivenFunctions", "mentions"]

_NAMES = frozenset({"__doc__", "__module__", "__name__", "__qualname__"})

_Parameter = tuple[Function, str]


@dataclass(slots=True)
class Given:
    """What a parameter that is called may hold."""

    functions: list[Function] = field(default_factory=list)
    certain: bool = False  #: it holds one of these functions, as far as files were read
    callers: set[str] = field(default_factory=set)
    """Functions with such a parameter: whoever names one of them may give it another function."""
    unknown: list[tuple[Module, ast.expr]] = field(default_factory=list)
    """Arguments that may be functions of files that were not read."""


class GivenFunctions:
    """The functions that parameters of a program hold."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._given: dict[_Parameter, Given] = {}
        self._passed: dict[_Parameter, tuple[_Parameter, ...] | None] = {}

    def entered(self, function: Function, call: ast.Call) -> list[Function]:
        """Return the functions that a call of a parameter enters; none when that isn't certain."""
        given = self.of(function, call.func)
        return given.functions if given.certain else []

    def of(self, function: Function, node: ast.expr) -> Given:
        """Return what is known of a parameter that is called, nothing for another expression."""
        if not isinstance(node, ast.Name) or node.id not in function.parameters:
            return Given()
        if not self._reads_parameter(function, node):
            return Given()
        return self._known((function, node.id))

    def is_followed(self, module: Module, node: ast.expr) -> bool:
        """Whether a function that is named here is only given to parameters that are followed."""
        parameter = self._given_to(module, node)
        places = self._places(parameter) if parameter is not None else None
        return places is not None and all(self._known(place).certain for place in places)

    # -- where its functions come from

    def _known(self, parameter: _Parameter) -> Given:
        if parameter not in self._given:
            self._given[parameter] = self._collect(parameter)
        return self._given[parameter]

    def _collect(self, parameter: _Parameter) -> Given:
        """Gather what all callers give, also those that pass on a parameter of their own."""
        given = Given(certain=True)
        seen: set[_Parameter] = set()
        waiting = [parameter]
        while waiting and given.certain:
            current = waiting.pop()
            if current in seen:
                continue
            seen.add(current)
            function, name = current
            given.callers.add(function.name)
            arguments = self._arguments(function, name) if self._places(current) else None
            if arguments is None:
                given.certain = False
                break
            for caller, node in arguments:
                waiting += self._add(given, caller, node)
        given.functions = list(dict.fromkeys(given.functions))
        given.certain &= bool(given.functions)
        return given

    def _add(self, given: Given, caller: Function, node: ast.expr) -> list[_Parameter]:
        """Add what an argument may be; return the parameters that it may come from."""
        match node:
            case ast.IfExp():
                return [
                    *self._add(given, caller, node.body),
                    *self._add(given, caller, node.orelse),
                ]
            case ast.Constant(value=None):
                return []  # calling it raises, as it did
            case ast.Name() if self._reads_parameter(caller, node):
                return [(caller, node.id)]
        function = self.program.definition(caller.module, node)
        if isinstance(function, Function) and _is_plain(function):
            given.functions.append(function)
        else:
            given.certain = False
            if function is None:
                given.unknown.append((caller.module, node))
        return []

    def _arguments(self, function: Function, name: str) -> list[tuple[Function, ast.expr]] | None:
        """Return what is given as a parameter, and by whom; None when that isn't known."""
        if not _is_plain(function):
            return None
        default = _defaults(function).get(name)
        found = [] if default is None else [(function.module.body, default)]
        for module in self.program.modules.values():
            for node, point in mentions(module, function.name):
                target = self.program.definition(module, node)
                if target is None and _may_be(module, node, function):
                    return None
                if target is not function:
                    continue
                call, caller = module.parents[node], self.body(point)
                if not isinstance(call, ast.Call) or call.func is not node or caller is None:
                    return None
                bound = _bound(function, call)
                if bound is None:
                    return None
                if name in bound:
                    found.append((caller, bound[name]))
        return found

    # -- where it goes

    def _places(self, parameter: _Parameter) -> frozenset[_Parameter] | None:
        """Return a parameter and those it is passed on to; None when it is used otherwise."""
        seen: set[_Parameter] = set()
        waiting = [parameter]
        while waiting:
            current = waiting.pop()
            if current in seen:
                continue
            seen.add(current)
            if current not in self._passed:
                self._passed[current] = self._passed_on(*current)
            further = self._passed[current]
            if further is None:
                return None
            waiting += further
        return frozenset(seen)

    def _passed_on(self, function: Function, name: str) -> tuple[_Parameter, ...] | None:
        """Return the parameters that one is passed on to; None when it is used otherwise."""
        if not _is_plain(function) or name not in _named(function):
            return None
        found: list[_Parameter] = []
        for node, point in function.module.names.reads(name):
            bindings = function.module.names.bindings(name, point, (node.lineno, node.col_offset))
            if all(binding.scope.node is not function.node for binding in bindings):
                continue
            if len(bindings) != 1 or self.body(point) is not function:
                return None
            if _only_looks(function.module, node):
                continue
            further = self._given_to(function.module, node)
            if further is None:
                return None
            found.append(further)
        return tuple(found)

    def _given_to(self, module: Module, node: ast.expr) -> _Parameter | None:
        """Return the parameter that an argument or a default is given to."""
        parent = module.parents[node]
        while isinstance(parent, ast.IfExp) and node is not parent.test:
            node, parent = parent, module.parents[parent]
        if isinstance(parent, ast.keyword):
            parent = module.parents[parent]
        if isinstance(parent, ast.arguments):
            owner = self.program.bodies.get(module.parents[parent])
            bound = _defaults(owner) if owner is not None else None
        elif isinstance(parent, ast.Call) and node is not parent.func:
            target = self.program.definition(module, parent.func)
            owner = target if isinstance(target, Function) and _is_plain(target) else None
            bound = _bound(owner, parent) if owner is not None else None
        else:
            return None
        if owner is None or bound is None:
            return None
        return next(((owner, name) for name, held in bound.items() if held is node), None)

    # -- names

    def _reads_parameter(self, function: Function, node: ast.Name) -> bool:
        """Whether a name can only mean a function's parameter, as it was given."""
        point = function.module.names.point(node)
        if point is None or self.body(point) is not function:
            return False
        bindings = function.module.names.bindings(node.id, point, (node.lineno, node.col_offset))
        return (
            len(bindings) == 1
            and bindings[0].kind is BindingKind.PARAMETER
            and bindings[0].scope.node is function.node
        )

    def body(self, point: Point) -> Function | None:
        """Return the function, or module, in whose own body something is evaluated."""
        scope = point.scope
        while scope.kind is ScopeKind.COMPREHENSION and scope.parent is not None:
            scope = scope.parent
        return self.program.bodies.get(scope.node)


def _is_plain(function: Function) -> bool:
    """Whether a function is called by its name alone, and nothing is wrapped around it."""
    return not function.is_module and function.owner is None and not function.decorators


def _named(function: Function) -> frozenset[str]:
    """Return the parameters that hold one argument."""
    assert not isinstance(function.node, ast.Module)
    given = function.node.args
    return frozenset(one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs))


def _defaults(function: Function) -> Mapping[str, ast.expr]:
    assert not isinstance(function.node, ast.Module)
    given = function.node.args
    found = dict(zip(reversed(function.positional), reversed(given.defaults), strict=False))
    for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        if default is not None:
            found[one.arg] = default
    return found


def _bound(function: Function, call: ast.Call) -> Mapping[str, ast.expr] | None:
    """Return the arguments of a call by the parameters they are given to, None for ``*args``."""
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    found = dict(zip(function.positional, call.args, strict=False))
    for keyword in call.keywords:
        if keyword.arg is None:
            return None
        found[keyword.arg] = keyword.value
    return found


def _only_looks(module: Module, node: ast.expr) -> bool:
    """Whether a function is called, tested, or asked for its name."""
    parent = module.parents[node]
    match parent:
        case ast.Call(func=called):
            return called is node
        case ast.Attribute(attr=attribute, ctx=ast.Load()):
            return attribute in _NAMES
        case ast.Compare(ops=[ast.Is() | ast.IsNot()], comparators=[ast.Constant(value=None)]):
            return True
    while isinstance(parent, ast.BoolOp):
        node, parent = parent, module.parents[parent]
    match parent:
        case ast.If() | ast.While() | ast.UnaryOp(op=ast.Not()):
            return True
        case ast.comprehension(ifs=conditions):
            return node in conditions
    return False


def mentions(module: Module, name: str) -> Iterator[tuple[ast.Name | ast.Attribute, Point]]:
    """Yield what may name a function in a file: its name, and what it is imported as."""
    words = {name} | {
        binding.name
        for binding in module.names.imports
        if binding.origin.rsplit(".", 1)[-1] == name
    }
    for word in sorted(words):
        yield from module.names.reads(word)
        yield from module.names.attributes(word)


def _may_be(module: Module, node: ast.Name | ast.Attribute, function: Function) -> bool:
    """Whether an expression that means no certain function may mean this one all the same."""
    found = module.names.qualified(node)
    if found.sole is not None:
        return found.sole.split(".")[-2:-1] in ([], [function.module.stem])
    if isinstance(node, ast.Attribute) and not isinstance(node.value, ast.Name | ast.Attribute):
        return True
    kinds = {binding.kind for binding in found.opaque}
    return bool(found.names or found.stars or kinds & {BindingKind.FUNCTION, BindingKind.IMPORT})
