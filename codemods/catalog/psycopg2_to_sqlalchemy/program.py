"""The surveyed files as one program: its functions, classes, and what a name in it refers to."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from codemods.python.dotted import last_name
from codemods.python.names import Names
from codemods.python.scopes import Binding, BindingKind
from codemods.python.source import SourceFile
from codemods.python.tree import children, parents

__all__ = ["Class", "Function", "Module", "Program", "Read", "Resolve", "stem"]

_MOST_REEXPORTS = 6
_MOVES = (
    ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.withitem, ast.Return, ast.Yield, ast.For,
    ast.IfExp, ast.BoolOp, ast.Call,
)  # fmt: skip
_OBJECTS = frozenset({"_", "cls", "klass", "mcs", "metacls", "self", "this"})

Resolve = Callable[[PurePosixPath, str, int], PurePosixPath | None]
"""Gives the file that an import of (importer, module, level) means, None when it is not ours."""

Read = Callable[[PurePosixPath], "Module | None"]
"""Reads a file of the repository, None when it can't be."""


@dataclass(frozen=True, eq=False)
class Module:
    """One file, and what can be said of it alone."""

    file: SourceFile

    @cached_property
    def path(self) -> PurePosixPath:
        """Where it is."""
        return self.file.path

    @cached_property
    def names(self) -> Names:
        """Its scopes, bindings and reads."""
        return self.file.names

    @cached_property
    def parents(self) -> Mapping[ast.AST, ast.AST]:
        """The parent of each node, contexts and operators aside."""
        return parents(self.file.tree)

    @cached_property
    def body(self) -> Function:
        """What runs when it is imported."""
        return Function(self, self.file.tree)

    @cached_property
    def definitions(self) -> tuple[tuple[Function, ...], tuple[Class, ...]]:
        """Its body and its functions, and its classes, in the order of the source."""
        functions, classes = [self.body], list[Class]()
        _collect(self, self.file.tree.body, None, functions, classes)
        return tuple(functions), tuple(classes)

    @cached_property
    def words(self) -> frozenset[str]:
        """Every name and every attribute that is in it."""
        return frozenset(
            node.id if isinstance(node, ast.Name) else node.attr
            for node in ast.walk(self.file.tree)
            if isinstance(node, ast.Name | ast.Attribute)
        )

    @cached_property
    def aliases(self) -> tuple[tuple[str, str], ...]:
        """Names that stand for another one: the last word of what they mean, and the name."""
        found: dict[tuple[str, str], None] = {}
        for scope in self.names.scopes:
            for name, bindings in scope.bindings.items():
                for binding in bindings:
                    if binding.kind is BindingKind.IMPORT:
                        meant = binding.origin.rpartition(".")[2]
                    else:
                        meant = last_name(binding.value) if binding.value is not None else ""
                    if meant and meant != name:
                        found[meant, name] = None
        return tuple(found)

    @cached_property
    def stem(self) -> str:
        """The last word of its name."""
        return stem(self.path)

    def statement_of(self, node: ast.AST) -> ast.stmt:
        """Return the innermost statement around a node."""
        while not isinstance(node, ast.stmt):
            node = self.parents[node]
        return node

    @cached_property
    def _qualified(self) -> dict[ast.expr, str | None]:
        return {}

    def qualified(self, node: ast.expr) -> str | None:
        """Return the qualified name of an expression, if it is certain."""
        if not isinstance(node, ast.Name | ast.Attribute):
            return None
        if node not in self._qualified:
            self._qualified[node] = self.names.qualified(node).sole
        return self._qualified[node]

    @property
    def names_driver(self) -> bool:
        """Whether the file mentions psycopg2 at all."""
        return "psycopg2" in self.file.text

    @cached_property
    def driver_names(self) -> frozenset[str]:
        """The names below `psycopg2` that the file imports."""
        return frozenset(
            binding.origin
            for binding in self.names.imports
            if binding.origin.split(".")[0] == "psycopg2"
        )


@dataclass(frozen=True, eq=False)
class Class:
    """A class of the program."""

    module: Module
    node: ast.ClassDef
    methods: dict[str, Function] = field(default_factory=dict)
    unbound: set[str] = field(default_factory=set)
    """Names of methods that take no `self` though nothing says so: all call them by the class."""


@dataclass(frozen=True, eq=False)
class Function:
    """A function, or the body of a module."""

    module: Module
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Module
    owner: Class | None = None  #: the class that it is a method of

    @property
    def name(self) -> str:
        """Its own name; empty for a module."""
        return "" if isinstance(self.node, ast.Module) else self.node.name

    @property
    def is_module(self) -> bool:
        """Whether it is the body of a module."""
        return isinstance(self.node, ast.Module)

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Names of all its parameters, positional ones first and in order."""
        if isinstance(self.node, ast.Module):
            return ()
        given = self.node.args
        every = [*given.posonlyargs, *given.args, *given.kwonlyargs]
        every += [extra for extra in (given.vararg, given.kwarg) if extra]
        return tuple(parameter.arg for parameter in every)

    @cached_property
    def positional(self) -> tuple[str, ...]:
        """Names of the parameters that a positional argument can mean."""
        if isinstance(self.node, ast.Module):
            return ()
        return tuple(p.arg for p in (*self.node.args.posonlyargs, *self.node.args.args))

    @cached_property
    def decorators(self) -> frozenset[str]:
        """Qualified names of its decorators; an unknown one is given by its last word."""
        if isinstance(self.node, ast.Module):
            return frozenset()
        found = set()
        for node in self.node.decorator_list:
            node = node.func if isinstance(node, ast.Call) else node
            last = node.attr if isinstance(node, ast.Attribute) else ast.unparse(node)
            found.add(self.module.qualified(node) or last)
        return frozenset(found)

    @property
    def is_context_manager(self) -> bool:
        """Whether `contextlib.contextmanager` makes a context manager of it."""
        return "contextlib.contextmanager" in self.decorators

    @property
    def is_static(self) -> bool:
        """Whether a method takes no `self`."""
        if self.owner is not None and self.name in self.owner.unbound:
            return True
        return "builtins.staticmethod" in self.decorators or "staticmethod" in self.decorators

    @property
    def self_name(self) -> str | None:
        """The name of its first parameter, if that is the object (or the class)."""
        if self.owner is None or self.is_static or not self.positional:
            return None
        return self.positional[0]

    def nodes(self) -> Sequence[ast.AST]:
        """Return the nodes of its own body, without those of nested functions and classes."""
        return self._nodes

    @cached_property
    def _nodes(self) -> tuple[ast.AST, ...]:
        return tuple(self._walk())

    @cached_property
    def moves(self) -> tuple[ast.AST, ...]:
        """The nodes of its own body by which values get somewhere else."""
        return tuple(node for node in self.nodes() if isinstance(node, _MOVES))

    @cached_property
    def words(self) -> frozenset[str]:
        """Every name and attribute in its own body, also within lambdas and bodies of classes."""
        found: set[str] = set()
        waiting: list[ast.AST] = []
        for node in self.nodes():
            if isinstance(node, ast.Lambda | ast.ClassDef):
                waiting.append(node)
            elif isinstance(node, ast.expr):
                found.add(last_name(node))
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.expr):
                found.add(last_name(node))
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                waiting += children(node)
        return frozenset(found)

    @cached_property
    def redirected(self) -> frozenset[str]:
        """Names that `global` and `nonlocal` statements declare."""
        return frozenset(
            name
            for node in self.nodes()
            if isinstance(node, ast.Global | ast.Nonlocal)
            for name in node.names
        )

    def _walk(self) -> Iterator[ast.AST]:
        waiting: list[ast.AST] = list(reversed(self.node.body))
        while waiting:
            node = waiting.pop()
            yield node
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                waiting += node.decorator_list
                continue
            if isinstance(node, ast.Lambda):
                continue
            waiting += reversed(children(node))

    @cached_property
    def captured(self) -> frozenset[str]:
        """Names that nested functions, classes and lambdas read."""
        found: set[str] = set()
        for node in self.nodes():
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                found |= _free_names(node)
            elif isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                        found |= _free_names(inner)
                    else:
                        found |= {n.id for n in ast.walk(inner) if isinstance(n, ast.Name)}
        return frozenset(found)


def _free_names(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> set[str]:
    """Return the names that a function takes from around it."""
    arguments = {inner.arg for inner in ast.walk(node.args) if isinstance(inner, ast.arg)}
    names = [inner for inner in ast.walk(node) if isinstance(inner, ast.Name)]
    bound = {name.id for name in names if isinstance(name.ctx, ast.Store)} | arguments
    declared = {
        name
        for inner in ast.walk(node)
        if isinstance(inner, ast.Global | ast.Nonlocal)
        for name in inner.names
    }
    nested: set[str] = set()
    for inner in ast.walk(node):
        if inner is not node and isinstance(
            inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef
        ):
            nested |= {n.id for n in ast.walk(inner) if isinstance(n, ast.Name)}
    return ({name.id for name in names} - bound) | declared | (nested - arguments)


def stem(path: PurePosixPath) -> str:
    """Return the last word of the name of a file's module; a package is named by its folder."""
    return path.parent.name if path.stem == "__init__" else path.stem


def _collect(
    module: Module,
    body: list[ast.stmt],
    owner: Class | None,
    functions: list[Function],
    classes: list[Class],
) -> None:
    for statement in body:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                function = Function(module, statement, owner)
                functions.append(function)
                if owner is not None:
                    owner.methods.setdefault(statement.name, function)
                _collect(module, statement.body, None, functions, classes)
            case ast.ClassDef():
                class_ = Class(module, statement)
                classes.append(class_)
                _collect(module, statement.body, class_, functions, classes)
            case _:
                for _, value in ast.iter_fields(statement):
                    if isinstance(value, list):
                        inner = [s for s in value if isinstance(s, ast.stmt)]
                        _collect(module, inner, owner, functions, classes)
                        for handler in value:
                            if isinstance(handler, ast.ExceptHandler | ast.match_case):
                                _collect(module, handler.body, owner, functions, classes)


class Program:
    """All surveyed files.

    Args:
        modules: the surveyed files.
        resolve: finds the file that an import means.
        read: reads another file of the repository; None when it can't be.
    """

    def __init__(
        self, modules: Mapping[PurePosixPath, Module], resolve: Resolve, read: Read
    ) -> None:
        self._resolve = resolve
        self._read = read
        self.modules = dict(sorted(modules.items()))
        every = [module.definitions for module in self.modules.values()]
        self.functions = [function for functions, _ in every for function in functions]
        self.bodies: dict[ast.AST, Function] = {one.node: one for one in self.functions}
        self.classes = {class_.node: class_ for _, classes in every for class_ in classes}
        self._imported: dict[tuple[Module, str, bool], tuple[Module, str] | None] = {}
        self._defined: dict[ast.expr, Function | Class | None] = {}
        self._roots: dict[Class, Class] = {}
        self._methods: dict[tuple[Class, str], Function | None] = {}
        for class_ in self.classes.values():
            class_.unbound.clear()  # what other files say may be new
            class_.unbound.update(
                name for name, method in class_.methods.items() if self._is_unbound(method)
            )

    def called_like(self, words: Iterable[str]) -> frozenset[str]:
        """Return words, and all names that may stand for what has one of them as its last."""
        found = set(words)
        waiting = list(found)
        while waiting:
            new = self._aliases.get(waiting.pop(), set()) - found
            found |= new
            waiting += new
        return frozenset(found)

    @cached_property
    def _aliases(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for module in self.modules.values():
            for meant, name in module.aliases:
                found.setdefault(meant, set()).add(name)
        return found

    def _is_unbound(self, method: Function) -> bool:
        """Whether a method is a plain function of its class: ``Jobs.run(connection)``."""
        if method.decorators or not method.positional or method.positional[0] in _OBJECTS:
            return False
        mentions = [
            (module, node)
            for module in self.modules.values()
            for node, _ in module.names.attributes(method.name)
        ]
        return bool(mentions) and all(
            isinstance(self.definition(module, node.value), Class) for module, node in mentions
        )

    def function_of(self, module: Module, node: ast.AST) -> Function:
        """Return the innermost function (or module) whose body a node is in."""
        while True:
            node = module.parents[node]
            if node in self.bodies:
                return self.bodies[node]

    def imported(
        self, module: Module, origin: str, depth: int = _MOST_REEXPORTS, *, anywhere: bool = False
    ) -> tuple[Module, str] | None:
        """Return the module of ours, and the rest of a qualified name below it.

        Args:
            module: the module that imports it.
            origin: the qualified name.
            depth: how many modules may pass it on.
            anywhere: whether files of the repository are read that were not surveyed.
        """
        key = (module, origin, anywhere)
        if key not in self._imported:
            self._imported[key] = self._find_imported(module, origin, depth, anywhere)
        return self._imported[key]

    def _find_imported(
        self, module: Module, origin: str, depth: int, anywhere: bool
    ) -> tuple[Module, str] | None:
        stripped = origin.lstrip(".")
        level = len(origin) - len(stripped)
        parts = stripped.split(".")
        for length in range(len(parts), -1 if level else 0, -1):
            path = self._resolve(module.path, ".".join(parts[:length]), level)
            found = None
            if path is not None:
                found = self._read_module(path) if anywhere else self.modules.get(path)
            if found is not None:
                rest = ".".join(parts[length:])
                again = self._reexported(found, rest, depth - 1, anywhere) if depth else None
                return again or (found, rest)
        return None

    def is_elsewhere(self, module: Module, origin: str) -> bool:
        """Whether an import means a file that was not read, which has no name but its own."""
        if self.imported(module, origin) is not None:
            return False
        found = self.imported(module, origin, anywhere=True)
        return (
            found is not None
            and found[0].path not in self.modules
            and not found[0].names.module.stars
        )

    def _read_module(self, path: PurePosixPath) -> Module | None:
        return self.modules.get(path) or self._read(path)

    def is_imported(self, module: Module, name: str) -> bool:
        """Whether another file imports a name, or the module that it is in."""
        for other in self.modules.values():
            if other is module:
                continue
            for binding in other.names.imports:
                found = self.imported(other, binding.origin)
                if found is not None and found[0] is module and found[1] in {name, ""}:
                    return True
        return False

    def _reexported(
        self, module: Module, name: str, depth: int, anywhere: bool
    ) -> tuple[Module, str] | None:
        bindings = module.names.module.bindings.get(name.split(".")[0], [])
        if len(bindings) == 1 and bindings[0].kind is BindingKind.IMPORT:
            tail = name.split(".")[1:]
            origin = ".".join([bindings[0].origin, *tail])
            return self.imported(module, origin, depth, anywhere=anywhere)
        return None

    def definition(self, module: Module, node: ast.expr) -> Function | Class | None:
        """Return the function or class of ours that an expression refers to, if that is certain."""
        if not isinstance(node, ast.Name | ast.Attribute):
            return None
        if node not in self._defined:
            self._defined[node] = self._find_definition(module, node)
        return self._defined[node]

    def _find_definition(
        self, module: Module, node: ast.Name | ast.Attribute
    ) -> Function | Class | None:
        found = module.names.qualified(node)
        if found.sole is not None:
            ours = self.imported(module, found.sole)
            return self._member(*ours) if ours else None
        if isinstance(node, ast.Name) and len(found.opaque) == 1 and not found.names:
            return self._bound(found.opaque[0])
        if isinstance(node, ast.Attribute):
            outer = self.definition(module, node.value)
            if isinstance(outer, Class):
                return self.method(outer, node.attr)
        return None

    def _member(self, module: Module, name: str) -> Function | Class | None:
        first, _, rest = name.partition(".")
        bindings = module.names.module.bindings.get(first, [])
        if len(bindings) != 1:
            return None
        found = self._bound(bindings[0])
        if not rest:
            return found
        return self.method(found, rest) if isinstance(found, Class) else None

    def _bound(self, binding: Binding) -> Function | Class | None:
        if isinstance(binding.node, ast.ClassDef):
            return self.classes.get(binding.node)
        return self.bodies.get(binding.node)

    def bases(self, class_: Class) -> list[Class]:
        """Return the bases of a class that are classes of ours."""
        found = [self.definition(class_.module, base) for base in class_.node.bases]
        return [base for base in found if isinstance(base, Class)]

    def lineage(self, class_: Class) -> Iterator[Class]:
        """Yield a class and all classes of ours that it inherits from, the nearest first."""
        seen: set[Class] = set()
        waiting = [class_]
        while waiting:
            current = waiting.pop(0)
            if current not in seen:
                seen.add(current)
                yield current
                waiting += self.bases(current)

    def foreign_bases(self, class_: Class) -> list[ast.expr]:
        """Return the bases of a class, and of its bases, that are not ours (`object` aside)."""
        found: list[ast.expr] = []
        for base in class_.node.bases:
            ours = self.definition(class_.module, base)
            if isinstance(ours, Class):
                found += self.foreign_bases(ours) if ours is not class_ else []
            elif class_.module.qualified(base) not in {
                "builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol",
            }:  # fmt: skip
                found.append(base)
        return found

    def root(self, class_: Class) -> Class:
        """Return the class that stands for all that inherit from each other."""
        if class_ not in self._roots:
            seen = {class_}
            found = class_
            while bases := [base for base in self.bases(found) if base not in seen]:
                found = bases[0]
                seen.add(found)
            self._roots[class_] = found
        return self._roots[class_]

    def method(self, class_: Class, name: str) -> Function | None:
        """Look a method up along the bases."""
        if (class_, name) not in self._methods:
            self._methods[class_, name] = self._find_method(class_, name)
        return self._methods[class_, name]

    def _find_method(self, class_: Class, name: str) -> Function | None:
        known = (one.methods[name] for one in self.lineage(class_) if name in one.methods)
        return next(known, None)
