"""The texts that an expression can be, where the program says them all.

A constant is followed through variables, loops over lists, dictionaries and classes, and over
files, where nothing can rebind it or change it.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from codemods.catalog.psycopg2_to_sqlalchemy.codeflow import UNBOUND, Facts
from codemods.catalog.psycopg2_to_sqlalchemy.program import Class, Function, Module, Program
from codemods.catalog.psycopg2_to_sqlalchemy.sharing import SAME_ELEMENTS, Sharing
from codemods.python.scopes import Binding, BindingKind, ScopeKind

__all__ = ["Constants", "View", "assigned"]

_DEPTH = 8  #: of names that stand for names
_MOST = 64  #: texts that one expression can be


@dataclass(frozen=True, slots=True)
class View:
    """Where an expression is read: a function, and what is known about its variables."""

    function: Function
    facts: Facts

    @property
    def module(self) -> Module:
        """The file that it is in."""
        return self.function.module

    def code(self, node: ast.expr) -> str:
        """Return the source of an expression."""
        span = self.module.file.span(node)
        return self.module.file.text[span.start : span.end]


@dataclass(frozen=True, slots=True)
class Constants:
    """What is constant in a program."""

    program: Program
    sharing: Sharing

    def texts(self, view: View, node: ast.expr | None, depth: int = _DEPTH) -> list[str] | None:
        """Return every text that an expression can be; None when some are not known."""
        found = self._texts(view, node, depth) if depth else None
        return None if found is None or len(found) > _MOST else list(dict.fromkeys(found))

    def _texts(self, view: View, node: ast.expr | None, depth: int) -> list[str] | None:
        read = partial(self.texts, view, depth=depth)
        match node:
            case ast.Constant(value=str(text)):
                return [text]
            case ast.Constant(value=int(number)) if not isinstance(number, bool):
                return [str(number)]  # what an f-string makes of it; nothing else takes it
            case ast.IfExp(body=one, orelse=other):
                return _joined((read(one), read(other)))
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return _products((read(left), read(right)))
            case ast.JoinedStr(values=parts):
                return _products(self._part(view, part, depth) for part in parts)
            case ast.Call(func=ast.Attribute(value=value, attr="strip"), args=[], keywords=[]):
                found = read(value)
                return None if found is None else [text.strip() for text in found]
            case ast.Call(
                func=ast.Attribute(value=ast.Constant(value=str(between)), attr="join"),
                args=[ast.List() | ast.Tuple() as parts_],
            ):
                pieces: list[list[str] | None] = [[between]] * max(2 * len(parts_.elts) - 1, 0)
                pieces[::2] = [read(element) for element in parts_.elts]
                return _products(pieces)
            case ast.Subscript():
                return self._item(view, node, depth)
            case ast.Name():
                return self._through(view, node, depth, self._texts)
            case ast.Attribute():
                return self._through(view, node, depth, self._texts)
        return None

    def _part(self, view: View, node: ast.expr, depth: int) -> list[str] | None:
        match node:
            case ast.Constant(value=str(text)):
                return [text]
            case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
                return self.texts(view, value, depth)
        return None

    # -- containers

    def elements(self, view: View, node: ast.expr | None, depth: int) -> list[str] | None:
        """Return every text that an element of an expression can be."""
        if not depth:
            return None
        match node:
            case ast.List() | ast.Tuple() | ast.Set():
                return _joined(
                    self.elements(view, one.value, depth)
                    if isinstance(one, ast.Starred)
                    else self.texts(view, one, depth)
                    for one in node.elts
                )
            case ast.Dict():
                return _joined(self.texts(view, key, depth) for key in node.keys)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return _joined(self.elements(view, side, depth) for side in (left, right))
            case ast.Call(func=called, args=[inner]) if (
                self.sharing.builtin(view.module, called) in SAME_ELEMENTS
            ):
                return self.elements(view, inner, depth)
            case ast.Call(func=ast.Attribute(value=inner, attr="values"), args=[]):
                return self._values(view, inner, depth)
            case ast.Name() | ast.Attribute():
                return self._through(view, node, depth, self.elements)
        return None

    def _values(self, view: View, node: ast.expr | None, depth: int) -> list[str] | None:
        """Return every text that a value of a dictionary can be."""
        match node:
            case ast.Dict():
                return _joined(
                    self._values(view, value, depth) if key is None
                    else self.texts(view, value, depth)
                    for key, value in zip(node.keys, node.values, strict=True)
                )  # fmt: skip
            case ast.Name() | ast.Attribute() if depth:
                return self._through(view, node, depth, self._values)
        return None

    def _item(self, view: View, node: ast.Subscript, depth: int) -> list[str] | None:
        """Return what an item of a list or of a dictionary can be."""
        held = self._display(view, node.value, depth)
        if held is None:
            return None
        where, display = held
        match display, node.slice:
            case ast.Dict(), ast.Constant(value=wanted):
                keys = [key.value if isinstance(key, ast.Constant) else None for key in
                        display.keys]  # fmt: skip
                if keys.count(wanted) == 1 and None not in keys:
                    return self.texts(where, display.values[keys.index(wanted)], depth)
                return None
            case ast.Dict(), _:
                return self._values(where, display, depth)
            case ast.List() | ast.Tuple(), ast.Slice():
                return None
            case ast.List() | ast.Tuple(), _:
                return self.elements(where, display, depth)
        return None

    def _display(
        self, view: View, node: ast.expr | None, depth: int
    ) -> tuple[View, ast.expr] | None:
        """Return the list or dictionary that an expression is, and where it is written."""
        if isinstance(node, ast.List | ast.Tuple | ast.Dict):
            return view, node
        if isinstance(node, ast.Name | ast.Attribute) and depth:
            held = self._held(view, node)
            if held is not None and len(held.sources) == 1:
                where, value = held.sources[0]
                found = isinstance(value, ast.expr) and self._display(where, value, depth - 1)
                if found and self._stays(view, node, held, contained=True):
                    return found
        return None

    def _unpacked(self, view: View, source: ast.expr, index: int, depth: int) -> list[str] | None:
        """Return what stands at an index of the tuples that a loop takes apart."""
        match source:
            case ast.Call(func=ast.Attribute(value=inner, attr="items"), args=[]):
                if index == 1:
                    return self._values(view, inner, depth)
                return self.elements(view, inner, depth) if not index else None
            case ast.Call(func=function, args=[inner, *_]):
                if index == 1 and self.sharing.builtin(view.module, function) == "enumerate":
                    return self.elements(view, inner, depth)
                return None
        held = self._display(view, source, depth)
        if held is None or not isinstance(held[1], ast.List | ast.Tuple):
            return None
        found: list[list[str] | None] = []
        for one in held[1].elts:
            match one:
                case ast.Tuple(elts=parts) | ast.List(elts=parts) if len(parts) > index and not any(
                    isinstance(part, ast.Starred) for part in parts
                ):
                    found.append(self.texts(held[0], parts[index], depth))
                case _:
                    return None
        return _joined(found)

    # -- variables

    def _through(
        self, view: View, node: ast.Name | ast.Attribute, depth: int, read: _Read
    ) -> list[str] | None:
        """Read everything that a variable can be."""
        held = self._held(view, node) if depth else None
        if held is None:
            return None
        contained = read != self._texts  # what is read is in the list, and can be changed there
        found: list[list[str] | None] = []
        for where, value in held.sources:
            match value:
                case _Looped() | _Added() if contained:
                    return None
                case _Looped(source=source, index=None):
                    found.append(self.elements(where, source, depth - 1))
                case _Looped(source=source, index=int(index)):
                    found.append(self._unpacked(where, source, index, depth - 1))
                case _Added(target=target, value=more):
                    first = self._through(where, target, depth - 1, read)
                    found.append(_products((first, self.texts(where, more, depth - 1))))
                case ast.expr():
                    found.append(read(where, value, depth - 1))
        texts = _joined(found)
        if texts is None or not self._stays(view, node, held, contained):
            return None
        return texts

    def _held(self, view: View, node: ast.Name | ast.Attribute) -> _Held | None:
        """Return what may have been assigned to a variable, and where that is written."""
        if isinstance(node, ast.Attribute):
            return self._attribute(view, node)
        definitions = view.facts.loads.get(node, frozenset()) - {UNBOUND}
        if definitions and _are_all(view.function, node, definitions):
            found = [_source(view, one) for one in sorted(definitions, key=_position)]
            known = [(view, one) for one in found if one is not None]
            return _Held(tuple(known)) if len(known) == len(found) else None
        if definitions and not view.function.is_module:
            return None
        point = view.module.names.point(node)
        if point is None:
            return None
        bindings = view.module.names.bindings(node.id, point)
        if not bindings:
            return self._starred(view, node.id)
        if len(bindings) != 1:
            return None
        if bindings[0].kind is BindingKind.IMPORT:
            return self._imported(view, bindings[0].origin)
        if bindings[0].scope.kind is ScopeKind.MODULE:
            return self._global(view.module, node.id)
        return None

    def _global(self, module: Module, name: str, shared: str = "") -> _Held | None:
        """Return what a variable of a module is, if one statement says so."""
        bindings = module.names.module.bindings.get(name, [])
        if len(bindings) != 1 or bindings[0].anywhere:
            return None
        found = _of_binding(bindings[0])
        return _Held(((self._body(module), found),), shared) if found is not None else None

    def _body(self, module: Module) -> View:
        return View(module.body, Facts())

    def _imported(self, view: View, origin: str) -> _Held | None:
        """Return what a variable of another module of ours is."""
        found = self.program.imported(view.module, origin, anywhere=True)
        if found is None or not found[1] or "." in found[1]:
            return None
        module, name = found
        return self._global(module, name, name)

    def _starred(self, view: View, name: str) -> _Held | None:
        """Return what `from … import *` provides by a name, if all such imports are of ours."""
        if name.startswith("_"):
            return None
        holders: list[Module] = []
        for star in view.module.names.module.stars:
            found = self.program.imported(view.module, star.origin, anywhere=True)
            if found is None or found[1]:
                return None
            scope = found[0].names.module
            if scope.stars or "__all__" in scope.bindings:
                return None
            if name in scope.bindings:
                holders.append(found[0])
        return self._global(holders[0], name, name) if len(holders) == 1 else None

    def _attribute(self, view: View, node: ast.Attribute) -> _Held | None:
        qualified = view.module.qualified(node)
        if qualified is not None:
            found = self._imported(view, qualified)
            if found is not None:
                return found
        owner = self._owner(view, node.value)
        if owner is None or self.program.foreign_bases(owner):
            return None
        sources = [
            (self._body(class_.module), value)
            for class_ in self.program.classes.values()
            if (value := _class_variable(class_, node.attr)) is not None
        ]
        return _Held(tuple(sources), node.attr) if len(sources) == 1 else None

    def _owner(self, view: View, node: ast.expr) -> Class | None:
        function = view.function
        if isinstance(node, ast.Name) and node.id == function.self_name:
            return function.owner
        found = self.program.definition(view.module, node)
        return found if isinstance(found, Class) else None

    # -- who else may change it

    def _stays(
        self, view: View, node: ast.Name | ast.Attribute, held: _Held, contained: bool
    ) -> bool:
        """Whether nothing changes a variable behind our back, or the list that it holds."""
        name = node.id if isinstance(node, ast.Name) else node.attr
        if contained and not held.shared and not view.function.is_module:
            here = [n for n in view.function.nodes() if isinstance(n, ast.Name) and n.id == name]
            if all(where is view for where, _ in held.sources):
                return all(self.sharing.only_reads(view.module, one) for one in here)
        names = {held.shared} if held.shared else set()
        if contained:
            names.add(name)
        return all(self.sharing.is_alone(one) for one in sorted(names)) and (
            not contained or all(self.sharing.is_unchanged(one) for one in sorted(names))
        )


@dataclass(frozen=True, slots=True)
class _Looped:
    """What a loop takes from a source, one after the other."""

    source: ast.expr
    index: int | None  #: of what it takes apart


@dataclass(frozen=True, slots=True)
class _Added:
    """What was there, and more."""

    target: ast.Name
    value: ast.expr


@dataclass(frozen=True, slots=True)
class _Held:
    """What a variable may be."""

    sources: tuple[tuple[View, ast.expr | _Looped | _Added], ...]
    shared: str = ""  #: its name, where other files can set it too


_Read = Callable[[View, "ast.expr | None", int], "list[str] | None"]


def _position(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def assigned(function: Function, definition: ast.AST) -> ast.expr | None:
    """Return the value of a plain assignment to a name."""
    if not isinstance(definition, ast.Name):
        return None
    parent = function.module.parents.get(definition)
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1:
        return parent.value if parent.targets[0] is definition else None
    if isinstance(parent, ast.AnnAssign):
        return parent.value
    return None


def _source(view: View, definition: ast.AST) -> ast.expr | _Looped | _Added | None:
    parent = view.module.parents.get(definition)
    if isinstance(parent, ast.For | ast.comprehension) and parent.target is definition:
        return _Looped(parent.iter, None)
    if isinstance(parent, ast.Tuple):
        loop = view.module.parents.get(parent)
        if isinstance(loop, ast.For | ast.comprehension) and loop.target is parent:
            index = next(i for i, one in enumerate(parent.elts) if one is definition)
            return _Looped(loop.iter, index)
    if isinstance(parent, ast.AugAssign) and isinstance(definition, ast.Name):
        return _Added(definition, parent.value) if isinstance(parent.op, ast.Add) else None
    return assigned(view.function, definition)


def _of_binding(binding: Binding) -> ast.expr | _Looped | None:
    if binding.kind is BindingKind.ASSIGNMENT and binding.value is not None:
        return binding.value
    if isinstance(binding.stmt, ast.For) and binding.stmt.target is binding.node:
        return _Looped(binding.stmt.iter, None)
    return None


def _class_variable(class_: Class, name: str) -> ast.expr | None:
    for statement in class_.node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                return value
            case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value) if (
                target == name
            ):
                return value
    return None


def _are_all(function: Function, name: ast.Name, definitions: Collection[ast.AST]) -> bool:
    """Whether nothing but code of this function, in view, binds a name."""
    if function.is_module:
        return len(function.module.names.module.bindings.get(name.id, ())) <= len(definitions)
    return name.id not in function.captured | function.redirected


def _joined(every: Iterable[list[str] | None]) -> list[str] | None:
    found: list[str] = []
    for texts in every:
        if texts is None:
            return None
        found += texts
    return found


def _products(every: Iterable[list[str] | None]) -> list[str] | None:
    """Return every way to set texts one after the other."""
    parts: list[list[str]] = []
    count = 1
    for texts in every:
        if texts is None:
            return None
        count *= len(texts)
        if count > _MOST:
            return None
        parts.append(texts)
    return list(_concatenated(parts))


def _concatenated(parts: list[list[str]]) -> Iterator[str]:
    for pieces in itertools.product(*parts):
        yield "".join(pieces)
