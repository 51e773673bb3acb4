"""Which loggers a file has, and under which name one can be added (P40, P41, P42)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods.catalog.print_to_logger.facts import (
    ClassLogger,
    ImportedName,
    LoggerFacts,
    ModuleLogger,
)
from codemods.catalog.print_to_logger.message import Style
from codemods.python.names import Names
from codemods.python.scopes import Binding, BindingKind, Point, Scope, ScopeKind

__all__ = ["LOGGER_NAME", "find_loggers", "free_name", "hidden_loggers"]

_PERCENT_FACTORIES = frozenset(
    {"logging.getLogger", "logging.LoggerAdapter", "structlog.get_logger", "structlog.getLogger"}
    | {"structlog.stdlib.get_logger", "structlog.wrap_logger", "celery.utils.log.get_task_logger"}
    | {"multiprocessing.get_logger", "multiprocessing.log_to_stderr", "oslo_log.log.getLogger"}
    | {"celery.utils.log.get_logger", "absl.logging.get_absl_logger"}
)
_BRACE_LOGGERS = frozenset({"loguru.logger"})
#: Loggers whose methods take no positional values.
_FOREIGN_FACTORIES = frozenset({"twisted.logger.Logger", "logbook.Logger", "eliot.Logger"})
_FACTORY = re.compile(
    r"(?:get|setup|set_up|init|create|make|configure|build|new)_?(?:\w+_)?log(?:ger|ging)?$"
    r"|(?:get|setup|create|init)\w*Logger$",
    re.IGNORECASE,
)
LOGGER_NAME = re.compile(r"_*(?:\w+_)?(?:log|logger)_*$", re.IGNORECASE)
_NAMES = ("logger", "_logger", "log", "_log", "module_logger", "_module_logger")


def find_loggers(names: Names, holders: frozenset[Scope]) -> LoggerFacts:
    """Read a file's loggers.

    Args:
        names: of the file.
        holders: the scopes that hold a print, and those around them.
    """
    return LoggerFacts(
        own=tuple(_module_loggers(names)),
        of_classes=tuple(_class_loggers(names)),
        imported=tuple(_imported(names)),
        free=free_name(names, holders, _NAMES),
        private=free_name(names, holders, tuple(one for one in _NAMES if one[0] == "_")),
    )


def free_name(names: Names, holders: frozenset[Scope], candidates: tuple[str, ...]) -> str:
    """Return the first name that nothing binds where a print stands, and nothing reads."""
    for name in candidates:
        if names.reads(name) or names.quoted_reads(name) or name in names.exports:
            continue
        if any(name in scope.bindings for scope in holders | {names.module}):
            continue
        return name
    return ""


def _module_loggers(names: Names) -> Iterator[ModuleLogger]:
    found: list[ModuleLogger] = []
    for name, bindings in names.module.bindings.items():
        if len(bindings) != 1:
            continue
        binding = bindings[0]
        if binding.block is not names.module.block or binding.anywhere or not binding.sure:
            continue
        if binding.kind is BindingKind.IMPORT:
            if binding.origin in _BRACE_LOGGERS:
                found.append(ModuleLogger(name, Style.BRACE, binding.at[0]))
            elif binding.origin == "absl.logging":
                found.append(ModuleLogger(name, Style.PERCENT, binding.at[0]))
        elif isinstance(binding.value, ast.Call):
            known, style = _made_by(names, binding.value, name)
            if known:
                found.append(ModuleLogger(name, style, binding.at[0]))
    yield from sorted(found, key=lambda one: (LOGGER_NAME.match(one.name) is None, one.line))


def _made_by(names: Names, call: ast.Call, name: str) -> tuple[bool, Style | None]:
    """Return whether a call makes a logger, and its style."""
    func = call.func
    origins = names.qualified(func).names
    if origins & _PERCENT_FACTORIES:
        return True, Style.PERCENT
    if origins & _FOREIGN_FACTORIES:
        return True, None
    if any(origin.startswith("loguru.logger.") for origin in origins):
        return True, Style.BRACE
    if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Call):
        return _made_by(names, func.value, name)
    last = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
    if LOGGER_NAME.match(name) and _FACTORY.match(last):
        return True, Style.PERCENT
    return False, None


def _imported(names: Names) -> Iterator[ImportedName]:
    for name, bindings in names.module.bindings.items():
        if len(bindings) != 1 or bindings[0].kind is not BindingKind.IMPORT:
            continue
        binding = bindings[0]
        stmt, alias = binding.stmt, binding.node
        if (
            binding.block is names.module.block
            and isinstance(stmt, ast.ImportFrom)
            and isinstance(alias, ast.alias)
            and (LOGGER_NAME.match(name) or LOGGER_NAME.match(alias.name) or name == "logging")
        ):
            yield ImportedName(
                name, stmt.module or "", stmt.level, alias.name, stmt.end_lineno or stmt.lineno
            )


def _class_loggers(names: Names) -> Iterator[ClassLogger]:
    """Yield the loggers that a class sets in its own body or its ``__init__``."""
    for scope in names.scopes:
        if scope.kind is not ScopeKind.CLASS or not isinstance(scope.node, ast.ClassDef):
            continue
        for attribute, bindings in scope.bindings.items():
            style = _style_of(names, bindings)
            if style is not None:
                yield ClassLogger(scope.path, attribute, style, 0)
        for method in scope.node.body:
            if isinstance(method, ast.FunctionDef) and method.name == "__init__":
                yield from _set_by_init(names, scope.path, method)


def _style_of(names: Names, bindings: list[Binding]) -> Style | None:
    if len(bindings) == 1 and isinstance(bindings[0].value, ast.Call):
        return _made_by(names, bindings[0].value, bindings[0].name)[1]
    return None


def _set_by_init(names: Names, owner: str, method: ast.FunctionDef) -> Iterator[ClassLogger]:
    if not method.args.args:
        return
    own_name = method.args.args[0].arg
    for statement in method.body:
        match statement:
            case (
                ast.Assign(
                    targets=[ast.Attribute(value=ast.Name(id=base), attr=attribute)],
                    value=ast.Call() as call,
                )
                | ast.AnnAssign(
                    target=ast.Attribute(value=ast.Name(id=base), attr=attribute),
                    value=ast.Call() as call,
                )
            ) if base == own_name:
                known, style = _made_by(names, call, attribute)
                if known and style is not None:
                    line = statement.end_lineno or statement.lineno
                    yield ClassLogger(owner, attribute, style, line)


def hidden_loggers(names: Names, loggers: LoggerFacts, point: Point) -> frozenset[str]:
    """Return the loggers of the module that a parameter or a local name hides at a point."""
    candidates = {one.name for one in loggers.own} | {one.name for one in loggers.imported}
    found = {name: names.taken(name, point) for name in candidates}
    return frozenset(
        name
        for name, binding in found.items()
        if binding is not None and binding.scope is not names.module
    )
