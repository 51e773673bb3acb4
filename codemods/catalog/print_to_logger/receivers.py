"""Which logger a print uses: one that the file has, imports or sets, or a new one (P40, P41)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from codemods.catalog.print_to_logger.facts import FileFacts, Print, Why
from codemods.catalog.print_to_logger.message import Style
from codemods.project.project import Project

__all__ = ["Receiver", "Receivers"]

#: So many modules may a logger be passed on through.
_DEPTH = 3


@dataclass(frozen=True, slots=True)
class Receiver:
    """The logger that a print uses."""

    name: str
    style: Style
    define: str = ""  #: the name of the logger, where the file must define it
    line: int = 0  #: before which line it is defined


@dataclass(frozen=True)
class Receivers:
    """Chooses the loggers of a repository's prints.

    Args:
        facts: of the surveyed files.
        project: the repository.
        uses_loguru: whether the program of a file logs through loguru alone.
    """

    facts: Mapping[PurePosixPath, FileFacts]
    project: Project
    uses_loguru: Callable[[PurePosixPath], bool]

    def of(self, path: PurePosixPath, one: Print) -> Receiver | Why:
        """Choose the logger of a print, or say why there is none."""
        loggers = self.facts[path].loggers
        usable = [logger for logger in loggers.own if logger.style is not None]
        if loggers.own and not usable:
            name = loggers.own[0].name
            return Why("foreign-logger", f"`{name}` takes no positional values")
        if usable and not one.early and usable[0].name not in one.hidden:
            style = usable[0].style
            assert style is not None
            return Receiver(usable[0].name, style)
        if not usable:
            imported = self._imported_loggers.get(path)
            if (
                imported is not None
                and imported[0].name not in one.hidden
                and not (one.import_time and one.line < imported[1])
            ):
                return imported[0]
            for logger in loggers.of_classes:
                if logger.owner != one.owner or not one.receiver:
                    continue
                in_time = logger.line == 0 or (
                    one.receiver == "self"
                    and (not one.unit.endswith(".__init__") or one.line > logger.line)
                )
                if in_time:
                    return Receiver(f"{one.receiver}.{logger.attribute}", logger.style)
        return self._new_logger(path)

    def _new_logger(self, path: PurePosixPath) -> Receiver | Why:
        loggers = self.facts[path].loggers
        sibling = path.parent / "logging.py"
        if sibling in self.project.paths and not self.project.packages.is_package(path.parent):
            return Why("no-place", f"`import logging` would import {sibling}")
        stars = path in self._star_imported or self.facts[path].star_imports
        name = loggers.private if stars else loggers.free
        if loggers.why_none or not name:
            return Why("no-place", loggers.why_none or "every name for a logger is taken")
        style = Style.BRACE if self.uses_loguru(path) else Style.PERCENT
        return Receiver(name, style, name, loggers.place)

    @cached_property
    def _star_imported(self) -> frozenset[PurePosixPath]:
        """The files whose public names others take over with ``import *``."""
        found = (
            self.project.resolve_import(path, module, level)
            for path, facts in self.facts.items()
            for module, level in facts.star_imports
        )
        return frozenset(path for path in found if path is not None)

    @cached_property
    def _imported_loggers(self) -> dict[PurePosixPath, tuple[Receiver, int]]:
        found: dict[PurePosixPath, tuple[Receiver, int]] = {}
        for path, facts in self.facts.items():
            for imported in facts.loggers.imported:
                style = self._style_of(
                    path, imported.module, imported.level, imported.attribute, _DEPTH
                )
                if style is not None and path not in found:
                    found[path] = (Receiver(imported.name, style), imported.line)
        return found

    def _style_of(
        self, path: PurePosixPath, module: str, level: int, name: str, depth: int
    ) -> Style | None:
        """Return the style of a logger that another module of the repository defines."""
        target = self.project.resolve_import(path, module, level)
        facts = self.facts.get(target) if target is not None else None
        if facts is None or target is None or not depth:
            return None
        for logger in facts.loggers.own:
            if logger.name == name:
                return logger.style
        for imported in facts.loggers.imported:
            if imported.name == name:
                return self._style_of(
                    target, imported.module, imported.level, imported.attribute, depth - 1
                )
        return None
