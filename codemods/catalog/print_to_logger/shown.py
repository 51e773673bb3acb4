"""Does the logging of the programs show a message, and at which level? (P30, P44)"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from codemods.catalog.print_to_logger.facts import Print, Why
from codemods.catalog.print_to_logger.levels import ENABLED, Level
from codemods.catalog.print_to_logger.message import Style
from codemods.catalog.print_to_logger.programs import Programs, Start

__all__ = ["Shown"]


@dataclass(frozen=True)
class Shown:
    """What the programs of a repository show, by their own configuration of logging.

    Args:
        programs: of the repository.
        roots: the distributions whose programs count.
    """

    programs: Programs
    roots: tuple[PurePosixPath, ...]

    def level(self, path: PurePosixPath, one: Print) -> Level:
        """Return the level of a print: INFO where its DEBUG would be lost though its flag is set.

        A library keeps DEBUG: who uses it decides what is shown.
        """
        if one.level is not Level.DEBUG or not one.flags or ENABLED in one.flags:
            return one.level
        return Level.DEBUG if self._is_shown(path, one.flags) else Level.INFO

    def why_not(self, path: PurePosixPath, one: Print, style: Style) -> Why | None:
        """Return why a print stays that its programs would not show as a record.

        Args:
            path: of the file.
            one: the print.
            style: of its logger; that of loguru needs no configuration.
        """
        if one.level not in (Level.DEBUG, Level.INFO) or style is Style.BRACE:
            return None
        for start in self._reaching(path):
            if self.programs.refusal(start):
                return Why(
                    "no-place",
                    f"logging can't be configured where {start.path} starts:"
                    f" {self.programs.refusal(start)}",
                )
            if self._hides_info(start, path):
                return Why("not-shown", f"the logging of {start.path} shows nothing below WARNING")
        if self.uses_loguru(path):
            return Why("not-shown", "its program shows what loguru logs, and its logger is another")
        return None

    def uses_loguru(self, path: PurePosixPath) -> bool:
        """Tell whether a program that a file belongs to logs through loguru alone."""
        reaching, beside = self._reaching(path), self._starts_of(path)
        return any(map(self._is_loguru, reaching)) or (
            bool(beside) and all(map(self._is_loguru, beside))
        )

    def _is_loguru(self, start: Start) -> bool:
        """Tell whether a program configures nothing but loguru."""
        calls = self.programs.configuring_calls(start)
        return bool(calls) and all("loguru" in call for call in calls)

    def _hides_info(self, start: Start, path: PurePosixPath) -> bool:
        files = {path} if self._thresholds(path) else self.programs.configuring(start)
        levels = [self._thresholds(file).get("") for file in files]
        return bool(levels) and all(level is not None and level > logging.INFO for level in levels)

    def hides_debug(self, path: PurePosixPath) -> bool:
        """Tell whether a program shows no DEBUG of a file unless it is told to."""
        return not self._is_shown(path, frozenset({""}))

    def _is_shown(self, path: PurePosixPath, flags: frozenset[str]) -> bool:
        key = (path, flags)
        if key not in self._known:
            self._known[key] = all(
                self._threshold(start, path, flag) <= logging.DEBUG
                for start in self._starts_of(path)
                for flag in flags
            )
        return self._known[key]

    @cached_property
    def _known(self) -> dict[tuple[PurePosixPath, frozenset[str]], bool]:
        return {}

    def _starts_of(self, path: PurePosixPath) -> tuple[Start, ...]:
        """Return the programs that a file belongs to; if none imports it, all beside it."""
        return self._reaching(path) or self.programs.starts(self.programs.root(path))

    def _reaching(self, path: PurePosixPath) -> tuple[Start, ...]:
        if path not in self._programs_of:
            self._programs_of[path] = tuple(
                start for start in self._all if path in self.programs.reached(start.path)
            )
        return self._programs_of[path]

    @cached_property
    def _programs_of(self) -> dict[PurePosixPath, tuple[Start, ...]]:
        return {}

    @cached_property
    def _all(self) -> tuple[Start, ...]:
        return tuple(start for root in self.roots for start in self.programs.starts(root))

    def _threshold(self, start: Start, path: PurePosixPath, flag: str) -> int:
        """Return the lowest level that a program shows of a file; INFO where that is not known."""
        own = {path} if self._thresholds(path) else set()
        files = self.programs.configuring(start)
        if not files:
            return logging.INFO
        found = [self._thresholds(file) for file in files | own]
        levels = [one.get(flag, one.get("")) for one in found]
        return max(logging.INFO if level is None else level for level in levels)

    def _thresholds(self, path: PurePosixPath) -> Mapping[str, int | None]:
        return self.programs.facts[path].thresholds
