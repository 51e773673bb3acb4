"""Engines that a repository has already, and may be used instead of a second one."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from codemods.catalog.psycopg2_to_sqlalchemy.arguments import (
    Argument,
    Arguments,
    Constant,
    Variable,
    parameters_of_text,
    without_none,
)
from codemods.catalog.psycopg2_to_sqlalchemy.program import Function, Module, Program
from codemods.codemod import Span
from codemods.project.project import Project

__all__ = ["CREATE_ENGINE", "Engine", "Existing"]

CREATE_ENGINE = b"create_engine"
_DRIVER = "postgresql+psycopg2"
#: What says how an engine keeps its connections, and nothing about what they are.
_POOL = frozenset(
    {
        "pool_size", "max_overflow", "pool_pre_ping", "pool_recycle", "pool_timeout",
        "pool_use_lifo", "poolclass", "echo", "echo_pool", "future", "connect_args",
    }
)  # fmt: skip
_URL_CREATE = frozenset({"sqlalchemy.URL.create", "sqlalchemy.engine.URL.create"})
_CACHES = frozenset({"functools.lru_cache", "functools.cache"})
_MOST_IMPORTS = 60


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine in a variable of a module, or what a function of one gives."""

    path: PurePosixPath
    name: str
    called: bool  #: it is the result of a function
    arguments: Mapping[str, Argument]

    @property
    def code(self) -> str:
        """The expression for it, where its name is bound."""
        return f"{self.name}()" if self.called else self.name


class Existing:
    """The engines of a program that take nothing but plain connections from psycopg2."""

    def __init__(self, program: Program, project: Project) -> None:
        self.program = program
        self.project = project
        self.arguments = Arguments(
            project, {path: (m.file, m.names) for path, m in program.modules.items()}
        )

    def like(self, module: Module, span: Span) -> Engine | None:
        """Return an engine for what a call of `psycopg2.connect` makes, if the file can have it.

        It has the same arguments, and its module can be imported from there without a cycle.
        """
        if not self._every:
            return None
        function, call = self._call(module, span)
        wanted = self.arguments.of_connect(module.path, call)
        if wanted is None:
            return None
        for engine in self._every:
            given = dict(engine.arguments)
            if "connect_timeout" not in wanted:
                given.pop("connect_timeout", None)
            if given == wanted and self._can_be_had(engine, function):
                return engine
        return None

    def _call(self, module: Module, span: Span) -> tuple[Function, ast.Call]:
        return next(
            (function, node)
            for function in self.program.functions
            if function.module is module
            for node in function.nodes()
            if isinstance(node, ast.Call) and module.file.span(node) == span
        )

    @cached_property
    def _every(self) -> tuple[Engine, ...]:
        modules = list(self.program.modules.values())
        if any(_listens(module) for module in modules):
            return ()  # somebody changes what engines do
        return tuple(engine for module in modules for engine in self._engines(module))

    def _engines(self, module: Module) -> Iterator[Engine]:
        if self.project.is_test(module.path):
            return
        for statement in module.file.tree.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call):
                    called = False
                case ast.FunctionDef(name=name, body=[*_, ast.Return(value=ast.Call() as call)]):
                    called = True
                    function = self.program.bodies[statement]
                    text = [s for s in statement.body[:-1] if not _is_text(s)]
                    if text or function.parameters or not function.decorators & _CACHES:
                        continue
                case _:
                    continue
            if len(module.names.module.bindings.get(name, ())) != 1:
                continue
            arguments = self._of_engine(module, call)
            if arguments is not None:
                yield Engine(module.path, name, called, arguments)

    def _of_engine(self, module: Module, call: ast.Call) -> dict[str, Argument] | None:
        """Return what connections of an engine are made with, None if anything is unusual."""
        if module.qualified(call.func) not in {
            "sqlalchemy.create_engine",
            "sqlalchemy.engine.create_engine",
        }:
            return None
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        if len(call.args) != 1 or not keywords.keys() <= _POOL:
            return None
        found = self._of_url(module, call.args[0])
        given = keywords.get("connect_args")
        if found is None or given is None:
            return found
        if not isinstance(given, ast.Dict):
            return None
        for key, node in zip(given.keys, given.values, strict=True):
            value = self.arguments.value(module.path, node)
            if not (isinstance(key, ast.Constant) and isinstance(key.value, str)) or value is None:
                return None
            found[{"database": "dbname"}.get(key.value, key.value)] = value
        return without_none(found) if len(found) == 1 or "dsn" not in found else None

    def _of_url(self, module: Module, node: ast.expr) -> dict[str, Argument] | None:
        url = self.arguments.value(module.path, node)
        schemes = (_DRIVER, "postgresql") if self._is_default(module.path) else (_DRIVER,)
        if isinstance(url, Variable):
            return {"dsn": url} if len(schemes) > 1 else None
        if isinstance(url, Constant):
            texts = parameters_of_text(url.text or "", schemes)
            if texts is None or "://" not in (url.text or ""):
                return None
            return {name: Constant(text) for name, text in texts.items()}
        if not isinstance(node, ast.Call):
            return None
        if module.qualified(node.func) not in {
            "sqlalchemy.URL.create",
            "sqlalchemy.engine.URL.create",
        }:
            return None
        values = {
            keyword.arg: self.arguments.value(module.path, keyword.value)
            for keyword in node.keywords
        }
        driver = node.args[0] if node.args else None
        named = values.pop("drivername", None)
        if driver is not None:
            named = self.arguments.value(module.path, driver)
        parts = {"username": "user", "database": "dbname"}
        if len(node.args) > 1 or named not in [Constant(scheme) for scheme in schemes]:
            return None
        if not values.keys() <= {"username", "password", "host", "port", "database"}:
            return None
        found = {parts.get(str(name), str(name)): value for name, value in values.items()}
        if any(value is None for value in found.values()):
            return None
        return without_none({name: value for name, value in found.items() if value is not None})

    def _is_default(self, path: PurePosixPath) -> bool:
        """Whether `postgresql://` means psycopg2: it does before SQLAlchemy 2.1."""
        declared = self.project.distribution_of(path).dependencies.of("sqlalchemy")
        return any(not one.admits_from("2.1") for one in declared)

    def _can_be_had(self, engine: Engine, function: Function) -> bool:
        user = function.module
        if engine.path == user.path:
            local = {n.id for n in function.nodes() if isinstance(n, ast.Name)}
            return not function.is_module and engine.name not in {*local, *function.parameters}
        if self.project.reach(user.path, engine.path).module is None:
            return False
        return not self._imports(engine.path, user.path)

    def _imports(self, path: PurePosixPath, wanted: PurePosixPath) -> bool:
        """Whether importing a file may import another one, or so many that nobody knows."""
        seen: set[PurePosixPath] = set()
        waiting = [path]
        while waiting:
            current = waiting.pop()
            if current in seen:
                continue
            seen.add(current)
            if current == wanted or len(seen) > _MOST_IMPORTS:
                return True
            waiting += self._imported_files(current)
        return False

    def _imported_files(self, path: PurePosixPath) -> Iterator[PurePosixPath]:
        try:
            tree = ast.parse(self.project.read(path) or b"")
        except (SyntaxError, ValueError, RecursionError):
            return
        for node in ast.walk(tree):
            names: list[tuple[str, int]] = []
            if isinstance(node, ast.Import):
                names = [(alias.name, 0) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = node.module or ""
                names = [(base, node.level)] + [
                    (f"{base}.{alias.name}".strip("."), node.level) for alias in node.names
                ]
            for name, level in names:
                found = self.project.resolve_import(path, name, level)
                if found is not None:
                    yield found


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _listens(module: Module) -> bool:
    """Whether a file listens to events of SQLAlchemy."""
    if any(binding.origin.startswith("sqlalchemy.event") for binding in module.names.imports):
        return True
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in {"listen", "listens_for"}
        and (module.qualified(node) or "").startswith("sqlalchemy.event.")
        for node in ast.walk(module.file.tree)
    )
