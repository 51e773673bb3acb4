"""Which functions of a file have output that is the program's interface (P20, P24)."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from codemods.catalog.print_to_logger import output
from codemods.catalog.print_to_logger.facts import Print, Why
from codemods.catalog.print_to_logger.message import SLOT_MARK, Form, is_banner, shape
from codemods.catalog.print_to_logger.reach import closure, names_of
from codemods.catalog.print_to_logger.seen import Seen
from codemods.python.names import Names
from codemods.python.source import SourceFile

__all__ = ["units_that_stay"]


def units_that_stay(
    file: SourceFile,
    names: Names,
    prints: Sequence[Print],
    seen: Mapping[str, Seen],
    edges: frozenset[tuple[str, str]],
) -> dict[str, Why]:
    """Return the functions whose prints stay, and why.

    Args:
        file: the file.
        names: of the file.
        prints: in the order of the file.
        seen: by the ids of the prints.
        edges: which function uses which name.
    """
    registered = output.registered_functions(file.tree, file.text) if prints else frozenset()
    found = _Units(file, names, seen, registered).decided(prints)
    return _with_helpers(found, edges, {one.unit for one in prints})


@dataclass(frozen=True, slots=True)
class _Units:
    file: SourceFile
    names: Names
    seen: Mapping[str, Seen]
    registered: frozenset[str]

    def decided(self, prints: Sequence[Print]) -> dict[str, Why]:
        found: dict[str, Why] = {}
        commands = self._is_command_module
        for printed in prints:
            seen = self.seen[printed.id]
            place = seen.standing
            if place.unit not in found:
                why = output.unit_output(self.names, place.function, place.owner, self.registered)
                if why is not None:
                    found[place.unit] = why
        for printed in prints:
            if printed.unit not in found:
                why = self._soft(printed, commands)
                if why is not None:
                    found[printed.unit] = why
        for unit in self._parsing_units(prints):
            if unit in found:
                continue
            said = [
                shape(one.message)
                for one in prints
                if one.unit == unit
                and one.message is not None
                and not one.to_stderr
                and not is_banner(one.message)
            ]
            if not all(output.is_progress(text) for text in said):
                name = f"`{unit}`" if unit else "the module"
                found[unit] = Why(
                    "command-output",
                    f"{name} parses the command line: what it prints is the command's result",
                    stderr=False,
                    overridable=True,
                )
        return found

    @property
    def _is_command_module(self) -> bool:
        return any(
            binding.origin.split(".")[0] in output.COMMAND_LINE_MODULES
            for binding in self.names.imports
        )

    def _parsing_units(self, prints: Sequence[Print]) -> Iterator[str]:
        seen: set[str] = set()
        for printed in prints:
            if printed.unit in seen:
                continue
            seen.add(printed.unit)
            function = self.seen[printed.id].standing.function
            nodes: Sequence[ast.AST] = [function] if function else self.file.tree.body
            if any(output.parses_command_line(node) for node in nodes):
                yield printed.unit

    def _soft(self, printed: Print, commands: bool) -> Why | None:
        """Return why one print makes the output of its whole function stay."""
        call = self.seen[printed.id].use.call
        if call is None or printed.to_stderr:
            return None
        here = f"at line {printed.line}"
        if printed.why is not None and printed.why.reason == "partial-line":
            return Why(
                "partial-line", f"{here} {printed.why.message}", stderr=False, overridable=True
            )
        if printed.message is None or printed.why is not None:
            return None
        text = shape(printed.message)
        if output.usage_text(text):
            return Why(
                "command-output",
                f"{here} it tells how to use the command",
                stderr=False,
                overridable=True,
            )
        if output.spoken_text(text):
            return Why(
                "prompt",
                f"{here} it speaks to the person at the terminal",
                stderr=False,
                overridable=True,
            )
        if output.protocol_text(text):
            return Why("parent-process", f"{here} it speaks to the process that started it")
        dumped = output.data_output(self.names, call)
        if dumped:
            return Why(
                "data-output", f"{here} it prints data (`{dumped}`)", stderr=False, overridable=True
            )
        if output.table_row(call, text, printed.message.sep):
            return Why(
                "data-output",
                f"{here} it prints the row of a table",
                stderr=False,
                overridable=True,
            )
        operands = printed.message.operands
        bare = text == SLOT_MARK and bool(operands) and operands[0].form is Form.VALUE
        if bare and (commands or printed.explicit):
            return Why(
                "data-output", f"{here} it prints a value as it is", stderr=False, overridable=True
            )
        return None


def _with_helpers(
    found: Mapping[str, Why], edges: frozenset[tuple[str, str]], units: set[str]
) -> dict[str, Why]:
    """Add the functions that print for a command of the same file."""
    commands = frozenset(
        name
        for unit, why in found.items()
        if why.reason == "command-output"
        for name in (names_of(unit) if unit else ("",))
    )
    used = closure(commands, edges) - commands
    helpers = {
        unit: Why(
            "command-output",
            f"`{unit}` prints for a command of the same file",
            stderr=False,
            overridable=True,
        )
        for unit in units
        if unit and used & set(names_of(unit))
    }
    return {**helpers, **found}
