"""From which level on a file's configuration of logging shows messages (P30, P44)."""

from __future__ import annotations

import ast
import logging
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from codemods.catalog.print_to_logger.levels import debug_flags

__all__ = ["find_thresholds"]

_LEVELS = {
    **{name: getattr(logging, name) for name in ("NOTSET", "DEBUG", "INFO", "WARNING", "WARN")},
    **{name: getattr(logging, name) for name in ("ERROR", "CRITICAL", "FATAL")},
    "TRACE": 5,
    "SUCCESS": 25,
}
_ROOT = "root"
_OWN = "__name__"
_HANDLER = re.compile(r"handler|console|stream|^(?:ch|sh|fh|rh|h)$|file", re.IGNORECASE)
#: Configurations whose levels are written elsewhere, or in a way of their own.
_UNREAD = re.compile(
    r"\b(?:fileConfig|structlog\.configure|daiquiri|startLogging|logzero|absl|RichHandler)\b"
)

#: A condition, and whether it holds.
_Condition = tuple[ast.expr, bool]


@dataclass(frozen=True, slots=True)
class _Setting:
    """A level that a logger, a handler or a sink gets."""

    target: str
    level: ast.expr | int
    conditions: tuple[_Condition, ...]


@dataclass(slots=True)
class _Seen:
    """What one file says about levels."""

    settings: list[_Setting] = field(default_factory=list)
    values: defaultdict[str, list[tuple[ast.expr, tuple[_Condition, ...]]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    flags: set[str] = field(default_factory=set)
    others: bool = False  #: loggers with a name have levels too


def find_thresholds(tree: ast.Module, text: str) -> Mapping[str, int | None]:
    """Return the lowest level that is shown, by the flag that is set; ``""`` is for none.

    What several settings say is taken together: the console may show less than a file does. A level
    that is known only at run time makes the answer None.
    """
    seen = _Seen()
    for statement in tree.body:
        _read(statement, (), seen, "loguru" in text)
    unread = _UNREAD.search(text) is not None
    return {
        flag: None if unread else _threshold(seen, flag, "loguru" in text)
        for flag in sorted({"", *seen.flags})
    }


def _read(
    statement: ast.stmt, conditions: tuple[_Condition, ...], seen: _Seen, loguru: bool
) -> None:
    match statement:
        case ast.If(test=test, body=body, orelse=orelse):
            seen.flags |= _flags(test)
            for inner in body:
                _read(inner, (*conditions, (test, True)), seen, loguru)
            for inner in orelse:
                _read(inner, (*conditions, (test, False)), seen, loguru)
            return
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            seen.values[name].append((value, conditions))
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            seen.values[name].append((value, conditions))
    waiting: list[ast.AST] = list(ast.iter_child_nodes(statement))
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.stmt):
            _read(node, conditions, seen, loguru)
            continue
        if isinstance(node, ast.IfExp):
            seen.flags |= _flags(node.test)
        elif isinstance(node, ast.arg):
            seen.values[node.arg].append((ast.Name(node.arg), conditions))
        elif isinstance(node, ast.Call):
            _read_call(node, conditions, seen, loguru)
        elif isinstance(node, ast.Dict):
            for key, level in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "level":
                    target = f"line {level.lineno}"
                    seen.settings.append(_Setting(target, level, conditions))
                    seen.others = True
        waiting[:0] = ast.iter_child_nodes(node)


def _flags(test: ast.expr) -> frozenset[str]:
    while isinstance(test, ast.UnaryOp):
        test = test.operand
    return debug_flags(test)


def _read_call(
    call: ast.Call, conditions: tuple[_Condition, ...], seen: _Seen, loguru: bool
) -> None:
    level = next((one.value for one in call.keywords if one.arg == "level"), None)
    match call.func:
        case ast.Name(id="basicConfig") | ast.Attribute(attr="basicConfig"):
            unknown = any(one.arg is None for one in call.keywords)
            value = ast.Name("?") if unknown else level or logging.WARNING
            seen.settings.append(_Setting(_ROOT, value, conditions))
        case ast.Attribute(value=ast.Name(id="coloredlogs"), attr="install"):
            seen.settings.append(_Setting(_ROOT, level or logging.INFO, conditions))
        case ast.Attribute(value=owner, attr="setLevel") if call.args:
            target = _target(owner, seen)
            if target:
                seen.settings.append(_Setting(target, call.args[0], conditions))
            else:
                seen.others = True
        case ast.Attribute(attr="add") if loguru and call.args:
            target = f"line {call.lineno}"
            seen.settings.append(_Setting(target, level or logging.DEBUG, conditions))


def _target(owner: ast.expr, seen: _Seen) -> str:
    """Return whose level is set; "" for a logger that has a name of its own."""
    match owner:
        case ast.Name(id=name):
            values = [value for value, _ in seen.values.get(name, ())]
            made = {_target(value, seen) for value in values if isinstance(value, ast.Call)}
            return made.pop() if len(made) == 1 else name
        case ast.Call(func=ast.Name(id="getLogger") | ast.Attribute(attr="getLogger"), args=args):
            match args:
                case []:
                    return _ROOT
                case [ast.Name(id="__name__")]:
                    return _OWN
            return ""
        case ast.Attribute(attr="root"):
            return _ROOT
    return ast.unparse(owner)


def _threshold(seen: _Seen, flag: str, loguru: bool) -> int | None:
    last: dict[str, int | None] = {}
    if not loguru and not any(_is_logger(one.target) for one in seen.settings):
        last[_ROOT] = None if seen.others else logging.WARNING
    for one in seen.settings:
        runs = _runs(one.conditions, flag)
        if runs is False:
            continue
        level = _level(one.level, flag, seen)
        last[one.target] = level if runs or last.get(one.target, level) == level else None
    if loguru:
        last.setdefault("loguru", logging.DEBUG)
    if _ROOT in last and last[_ROOT] != last.get(_OWN, last[_ROOT]):
        return None  # It is one for this file and another for the others.
    known = [level for level in last.values() if level is not None]
    return max(known) if known and len(known) == len(last) else None


def _is_logger(target: str) -> bool:
    return target.startswith("line ") or _HANDLER.search(target) is None


def _runs(conditions: tuple[_Condition, ...], flag: str) -> bool | None:
    """Tell whether what stands under some conditions runs; None if that is not known."""
    runs: bool | None = True
    for test, positive in conditions:
        holds = _holds(test, flag)
        if holds is None:
            runs = None
        elif holds is not positive:
            return False
    return runs


def _holds(test: ast.expr, flag: str) -> bool | None:
    """Tell whether a condition holds when one flag is set and those like it are not."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _holds(test.operand, flag)
        return None if inner is None else not inner
    flags = debug_flags(test)
    if not flags:
        return None
    if isinstance(test, ast.BoolOp):
        found = [_holds(value, flag) for value in test.values]
        decisive = isinstance(test.op, ast.Or)
        if decisive in found:
            return decisive
        return None if None in found else not decisive
    return flag in flags


def _level(node: ast.expr | int, flag: str, seen: _Seen, depth: int = 4) -> int | None:
    match node:
        case int(number):
            return number
        case ast.Constant(value=int(number)):
            return int(number)
        case ast.Constant(value=str(name)):
            return _LEVELS.get(name.upper())
        case ast.Attribute(attr=name) if name in _LEVELS:
            return int(_LEVELS[name])
        case ast.Name(id=name) if name in _LEVELS:
            return int(_LEVELS[name])
        case ast.IfExp(test=test, body=body, orelse=orelse):
            holds = _holds(test, flag)
            sides = [body, orelse] if holds is None else [body if holds else orelse]
            found = {_level(side, flag, seen, depth) for side in sides}
            return found.pop() if len(found) == 1 else None
        case ast.Name(id=name) if depth:
            return _value(name, flag, seen, depth - 1)
    return None


def _value(name: str, flag: str, seen: _Seen, depth: int) -> int | None:
    """Return what a name that is assigned in the file stands for."""
    found: int | None = None
    for value, conditions in seen.values.get(name, ()):
        runs = _runs(conditions, flag)
        if runs is False:
            continue
        level = _level(value, flag, seen, depth)
        found = level if runs or found == level else None
    return found
