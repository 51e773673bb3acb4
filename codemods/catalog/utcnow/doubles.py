"""Test doubles of the clock that can change along with the code (U70).

A double is understood when everything that is done with it is: a mock that a patch binds to a name,
and a class that is handed to a patch. Its edits then follow from the rewritten calls, which are
``now(timezone.utc).replace(tzinfo=None)``: what a mock gave for ``utcnow()`` it must give for
``now(…)``, and a naive value comes out of the `replace` as it went in.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from codemods.catalog.utcnow.facts import Double, DoubleEdit
from codemods.catalog.utcnow.receivers import CLASS, METHODS, REPLACEMENTS
from codemods.python.names import Names
from codemods.python.source import SourceFile

__all__ = ["find_doubles"]

_PATCH = frozenset({"unittest.mock.patch", "mock.patch"})
_MOCKS = frozenset(
    {f"{module}.{name}" for module in ("unittest.mock", "mock") for name in ("Mock", "MagicMock")}
)
_CHECKS = frozenset(
    {"assert_called_once", "assert_called", "assert_not_called", "called", "call_count"}
    | {"reset_mock"}
)
_SETTERS = frozenset({"setattr", "object", "patch"})

Functions = ast.FunctionDef | ast.AsyncFunctionDef


class _Binder(NamedTuple):
    """A name that stands for a patch's mock, in the code of one function."""

    name: str
    call: ast.Call
    function: Functions


def find_doubles(file: SourceFile, names: Names) -> tuple[Double, ...]:
    """Return the doubles of one file that could be edited, understood or not."""
    if "patch" not in file.text and "setattr" not in file.text:
        return ()
    patches = names.attributes("patch") or any(one.origin in _PATCH for one in names.imports)
    binders = list(_binders(file.tree, names)) if patches else []
    fakes = [
        scope.node
        for scope in {scope for method in METHODS for scope in names.scopes_with(method)}
        if isinstance(scope.node, ast.ClassDef)
    ]
    if not binders and not fakes:
        return ()
    parents: dict[int, ast.AST] = {}
    for node in ast.walk(file.tree):
        for child in ast.iter_child_nodes(node):
            parents[id(child)] = node
    found = [_mock(binder, parents, names, file) for binder in binders]
    found += [
        double
        for node in sorted(fakes, key=lambda node: (node.lineno, node.col_offset))
        if (double := _fake(node, parents, names, file)) is not None
    ]
    return tuple(double for double in found if double.edits)


# Mocks


def _binders(tree: ast.Module, names: Names) -> Iterator[_Binder]:
    for node in ast.walk(tree):
        if not isinstance(node, Functions):
            continue
        parameters = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]
        if parameters[:1] == ["self"]:
            del parameters[0]
        for decorator in reversed(node.decorator_list):
            if not (isinstance(decorator, ast.Call) and _is_patch(decorator.func, names)):
                continue
            if not _injects(decorator):
                continue
            if not parameters:
                break
            name = parameters.pop(0)
            if _names_clock(decorator):
                yield _Binder(name, decorator, node)
        for inner in ast.walk(node):
            if isinstance(inner, ast.With | ast.AsyncWith):
                for item in inner.items:
                    call, name_node = item.context_expr, item.optional_vars
                    if (
                        isinstance(call, ast.Call)
                        and isinstance(name_node, ast.Name)
                        and names.qualified(call.func).means(*_PATCH)
                        and _names_clock(call)
                    ):
                        yield _Binder(name_node.id, call, node)
            elif isinstance(inner, ast.Assign):
                match inner:
                    case ast.Assign(
                        targets=[ast.Name(id=name)],
                        value=ast.Call(
                            func=ast.Attribute(value=ast.Name(id="mocker"), attr="patch")
                        ) as call,
                    ) if _names_clock(call):
                        yield _Binder(name, call, node)


def _is_patch(func: ast.expr, names: Names) -> bool:
    if names.qualified(func).means(*_PATCH):
        return True
    return isinstance(func, ast.Attribute) and names.qualified(func.value).means(*_PATCH)


def _injects(call: ast.Call) -> bool:
    """Whether a decorator passes the mock that it makes as an argument."""
    if isinstance(call.func, ast.Attribute) and call.func.attr == "object":
        return len(call.args) == 2 and not any(word.arg == "new" for word in call.keywords)
    if isinstance(call.func, ast.Attribute) and call.func.attr in ("dict", "multiple"):
        return False
    return len(call.args) == 1 and not any(word.arg == "new" for word in call.keywords)


def _names_clock(call: ast.Call) -> bool:
    """Whether it patches a name of a module, and with nothing else said."""
    match call:
        case ast.Call(args=[ast.Constant(value=str(target))], keywords=[]):
            return target.count(".") > 1 or not target.startswith("datetime.")
        case _:
            return False


def _mock(
    binder: _Binder, parents: Mapping[int, ast.AST], names: Names, file: SourceFile
) -> Double:
    edits: list[DoubleEdit] = []
    why = ""
    bound = 0
    for node in ast.walk(binder.function):
        if isinstance(node, ast.arg) and node.arg == binder.name:
            bound += 1
        if not isinstance(node, ast.Name) or node.id != binder.name:
            continue
        if isinstance(node.ctx, ast.Store):
            bound += 1
            continue
        edit = _use(node, parents, names, file)
        if isinstance(edit, str):
            why = why or edit
        elif edit is not None:
            edits.append(edit)
    if bound != 1:
        why = why or f"`{binder.name}` is bound more than once"
    return Double(file.span(binder.call), tuple(edits), why=why)


def _use(
    node: ast.Name, parents: Mapping[int, ast.AST], names: Names, file: SourceFile
) -> DoubleEdit | str | None:
    """Return the edit that a use of a mock takes; a text says what is not understood."""
    attribute = parents[id(node)]
    if not isinstance(attribute, ast.Attribute):
        return f"`{node.id}` is used as a whole"
    if attribute.attr in REPLACEMENTS.values():
        return f"`{node.id}.{attribute.attr}` is used too"
    if attribute.attr not in METHODS:
        return None
    shown = f"`{node.id}.{attribute.attr}`"
    rename = DoubleEdit(file.span(attribute), attribute.attr, "rename")
    outer = parents[id(attribute)]
    match outer:
        case ast.Call(args=[], keywords=[]) if outer.func is attribute:
            return DoubleEdit(file.span(outer), attribute.attr, "call")
        case ast.Assign(targets=[_], value=value):
            if _is_plain_mock(value, names):
                return rename._replace(given=file.span(value))
            return f"{shown} is replaced by a function"
        case ast.Attribute(attr=outcome):
            around = parents[id(outer)]
            if outcome in _CHECKS:
                arguments = isinstance(around, ast.Call) and (around.args or around.keywords)
                return f"{shown} is checked" if arguments else rename
            match around:
                case ast.Assign(targets=[_], value=value):
                    listed = isinstance(value, ast.List | ast.Tuple)
                    if outcome == "return_value" or (outcome == "side_effect" and listed):
                        return rename._replace(given=file.span(outer))
            return f"{shown} answers with another mock, or a function"
    return f"{shown} is used in another way"


def _is_plain_mock(value: ast.expr, names: Names) -> bool:
    """Whether a value is ``Mock(return_value=…)`` and nothing else is said of it."""
    match value:
        case ast.Call(args=[], keywords=[ast.keyword(arg="return_value")]):
            return names.qualified(value.func).means(*_MOCKS)
        case _:
            return False


# Classes


def _fake(
    node: ast.ClassDef, parents: Mapping[int, ast.AST], names: Names, file: SourceFile
) -> Double | None:
    """Look at a class with a clock's methods that is handed to something that patches."""
    defined = {
        statement.name: statement for statement in node.body if isinstance(statement, Functions)
    }
    faked = METHODS & defined.keys()
    if not faked:
        return None
    edits: list[DoubleEdit] = []
    why = ""
    if node.keywords or node.decorator_list:
        why = f"`{node.name}` is no plain class"
    if any(not names.qualified(base).means(CLASS) for base in node.bases):
        why = f"`{node.name}` has other bases"
    for method in sorted(faked):
        function = defined[method]
        parameters = function.args
        kinds = [names.qualified(one).sole for one in function.decorator_list]
        plain = not (
            parameters.posonlyargs
            or parameters.kwonlyargs
            or parameters.vararg
            or parameters.kwarg
            or parameters.defaults
        )
        expected = {"builtins.classmethod": 1, "builtins.staticmethod": 0}
        taken = (method == "utcfromtimestamp") + expected.get(str(kinds[0]) if kinds else "", 9)
        if len(kinds) != 1 or not plain or len(parameters.args) != taken:
            why = why or f"`{node.name}.{method}` is no plain class method"
        if REPLACEMENTS[method] in defined:
            why = why or f"`{node.name}` defines `{REPLACEMENTS[method]}` too"
        returned = [inner.value for inner in ast.walk(function) if isinstance(inner, ast.Return)]
        if (
            not all(returned)
            or not returned
            or any(isinstance(inner, ast.Yield | ast.YieldFrom) for inner in ast.walk(function))
        ):
            why = why or f"`{node.name}.{method}` returns nothing"
        edits.append(DoubleEdit(file.span(function), method, "method"))
    for other in ast.walk(file.tree):
        if isinstance(other, ast.Name) and other.id == node.name:
            call = parents[id(other)]
            if isinstance(call, ast.keyword):
                call = parents[id(call)]
            func = call.func if isinstance(call, ast.Call) and other is not call.func else None
            setter = getattr(func, "attr", getattr(func, "id", ""))
            if setter not in _SETTERS:
                why = why or f"`{node.name}` is used in other places too"
        elif (
            isinstance(other, ast.Attribute)
            and other.attr in METHODS
            and isinstance(other.value, ast.Name)
            and other.value.id in (node.name, "cls", "self")
        ):
            why = why or f"`{other.value.id}.{other.attr}` is called too"
    return Double(file.span(node), tuple(edits), name=node.name, why=why)
