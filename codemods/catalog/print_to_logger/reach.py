"""What a file's functions use, and which of them run while the file is imported (P42)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from codemods.catalog.print_to_logger.facts import LoggerFacts, Print
from codemods.catalog.print_to_logger.places import standing
from codemods.python.names import Names
from codemods.python.scopes import BindingKind, Point, ScopeKind

__all__ = ["calls_between", "closure", "early_units", "first_print", "names_of"]


def calls_between(names: Names) -> frozenset[tuple[str, str]]:
    """Return which function (by path, "" for the module) uses which name.

    A name is a function or class of the file, a method as ``.method``, or a qualified import.
    """
    edges: set[tuple[str, str]] = set()
    for name, bindings in names.module.bindings.items():
        targets = {
            binding.origin if binding.kind is BindingKind.IMPORT else name
            for binding in bindings
            if binding.kind in (BindingKind.IMPORT, BindingKind.FUNCTION, BindingKind.CLASS)
        }
        if targets:
            units = {_unit(point) for _, point in names.reads(name)}
            edges.update((unit, target) for unit in units for target in targets)
    for scope in names.scopes:
        if scope.kind is ScopeKind.CLASS:
            for name, bindings in scope.bindings.items():
                if bindings[0].kind is BindingKind.FUNCTION:
                    units = {_unit(point) for _, point in names.attributes(name)}
                    edges.update((unit, f".{name}") for unit in units)
    return frozenset(edges)


def closure(start: frozenset[str], edges: frozenset[tuple[str, str]]) -> frozenset[str]:
    """Return the names that are used from some names, over any number of functions."""
    by_name: dict[str, set[str]] = {}
    for unit, target in edges:
        for name in names_of(unit):
            by_name.setdefault(name, set()).add(target)
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(by_name.get(name, ()))
    return frozenset(found)


def names_of(unit: str) -> Iterator[str]:
    """Yield the names by which a function is used: its own, its class, or as a method."""
    owner, _, name = unit.rpartition(".")
    if owner:
        yield f".{name}"
        yield owner.split(".")[0]
    else:
        yield name


def early_units(
    names: Names, edges: frozenset[tuple[str, str]], units: set[str], loggers: LoggerFacts
) -> frozenset[str]:
    """Return the functions with a print that may run before the file's own logger is bound."""
    usable = [logger.line for logger in loggers.own if logger.style is not None]
    if not usable:
        return frozenset()
    return _run_at_import(names, edges, units, usable[0])


def _first_reach(names: Names, edges: frozenset[tuple[str, str]], units: set[str]) -> int | None:
    users: dict[str, set[str]] = {}
    for unit, target in edges:
        users.setdefault(target, set()).add(unit)
    printing: set[str] = set()
    waiting = [name for unit in units if unit for name in names_of(unit)]
    while waiting:
        name = waiting.pop()
        if name not in printing:
            printing.add(name)
            waiting += [one for unit in users.get(name, ()) if unit for one in names_of(unit)]
    lines = (line for line, name in _import_time_uses(names) if name in printing)
    return min(lines, default=None)


def first_print(
    names: Names, edges: frozenset[tuple[str, str]], prints: Sequence[Print]
) -> int | None:
    """Return the first line of the module's own code that may print, None if none does."""
    lines = [statement.lineno for statement in names.tree.body]
    own = [one.line for one in prints if one.import_time]
    direct = max((line for line in lines if own and line <= min(own)), default=None)
    called = _first_reach(names, edges, {one.unit for one in prints})
    return min((line for line in (direct, called) if line is not None), default=None)


def _run_at_import(
    names: Names, edges: frozenset[tuple[str, str]], units: set[str], before: int
) -> frozenset[str]:
    used = frozenset(name for line, name in _import_time_uses(names) if line < before)
    if not used:
        return frozenset()
    reached = closure(used, edges)
    return frozenset(unit for unit in units if unit and reached & set(names_of(unit)))


def _import_time_uses(names: Names) -> Iterator[tuple[int, str]]:
    for name, bindings in names.module.bindings.items():
        if any(one.kind in (BindingKind.FUNCTION, BindingKind.CLASS) for one in bindings):
            for node, point in names.reads(name):
                if standing(point).import_time and not point.annotation:
                    yield node.lineno, name


def _unit(point: Point) -> str:
    return standing(point).unit
