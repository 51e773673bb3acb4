"""Where a file configures logging, and what runs before that (P44, R73, R79)."""

from __future__ import annotations

import ast
import re
from functools import cached_property

from codemods.catalog.print_to_logger.entry_points import is_guard
from codemods.catalog.print_to_logger.facts import Configuration
from codemods.catalog.print_to_logger.places import FunctionNode, Standing
from codemods.codemod import Span
from codemods.python.source import SourceFile

__all__ = ["ROOT_LEVEL", "Configurations", "guarded_lines"]

#: Calls and settings that configure logging for a program.
_CONFIGURING = re.compile(
    r"\b(?:basicConfig|dictConfig|fileConfig)\s*\(|\.addHandler\s*\((?!\s*(?:logging\.)?NullHandler)"
    r"|\bfrom loguru import|\bimport loguru|\bstructlog\.configure\b|\bcoloredlogs\.install\b"
    r"|^LOGGING(?:_CONFIG)?\s*(?::[^=\n]*)?=|\bfrom absl import .*\b(?:app|logging)\b"
    r"|\bfrom logzero import|\bdaiquiri\.setup\b|\bstartLogging\s*\("
    r"|\bgetLogger\(\)\.setLevel\s*\(",
    re.MULTILINE,
)
_WORDS = (
    *("basicConfig", "dictConfig", "fileConfig", "addHandler", "loguru", "structlog.configure"),
    *("coloredlogs", "LOGGING", "absl", "logzero", "daiquiri", "startLogging", "getLogger()"),
)
#: Enough only where somebody else has added a handler.
ROOT_LEVEL = "getLogger().setLevel"
_SETS_LOGGING_UP = re.compile(
    r"_*(?:set_?up|init|initiali[sz]e|configure|config)_?log", re.IGNORECASE
)


class Configurations:
    """What of a file configures logging."""

    def __init__(self, file: SourceFile) -> None:
        self._file = file

    @cached_property
    def found(self) -> tuple[Configuration, ...]:
        """The calls and settings, in the order of the file."""
        text = self._file.text
        if not any(word in text for word in _WORDS):
            return ()
        matches = list(_CONFIGURING.finditer(text))
        units = _units(self._file.tree) if matches else {}
        guarded = guarded_lines(self._file.tree) if matches else frozenset()
        found = []
        for match in matches:
            line = self._file.position(Span(match.start(), match.start())).line
            call = match[0].strip(" (=.:\n")
            unit, decorated = units.get(line, ("", False))
            found.append(Configuration(call, line, unit, line in guarded, decorated))
        return tuple(found)

    def comes_after(self, line: int, place: Standing, quiet: bool) -> bool:
        """Tell whether logging is configured only after what stands on a line.

        Args:
            line: of a message.
            place: what surrounds it.
            quiet: whether its level is below WARNING; others are seen without a configuration.
        """
        if not self.found:
            return False
        if place.function is not None and _SETS_LOGGING_UP.match(place.function.name):
            return True
        if not quiet:
            return False
        if place.function is not None:
            end = place.function.end_lineno or 0
            return any(line < one.line <= end for one in self.found)
        return place.import_time and any(line < one.line for one in self.found if not one.unit)


def _units(tree: ast.Module) -> dict[int, tuple[str, bool]]:
    """Return the outermost function of each line: its path, and whether it is decorated."""
    found: dict[int, tuple[str, bool]] = {}
    waiting: list[tuple[ast.AST, str]] = [(tree, "")]
    while waiting:
        node, owner = waiting.pop()
        for inner in ast.iter_child_nodes(node):
            if isinstance(inner, FunctionNode):
                unit = (owner + inner.name, bool(inner.decorator_list))
                last = inner.end_lineno or inner.lineno
                found.update(dict.fromkeys(range(inner.lineno, last + 1), unit))
            elif isinstance(inner, ast.ClassDef):
                waiting.append((inner, f"{owner}{inner.name}."))
            else:
                waiting.append((inner, owner))
    return found


def guarded_lines(tree: ast.Module) -> frozenset[int]:
    """Return the lines that run only when the file is the program."""
    return frozenset(
        line
        for statement in tree.body
        if is_guard(statement)
        for line in range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)
    )
