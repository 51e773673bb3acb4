"""print-to-logger: print calls become logger calls that say the same and are still seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from codemods.catalog.print_to_logger.options import Options
from codemods.catalog.print_to_logger.reasons import REASONS
from codemods.codemod import (
    AnyOf,
    Circumstances,
    FileEdit,
    Gate,
    MoreNeedles,
    Order,
    Plan,
    Reason,
    Settings,
    Survey,
)

if TYPE_CHECKING:
    from codemods.project.project import Project
    from codemods.python.source import SourceFile

__all__ = ["codemod"]


_GATE = AnyOf((rb"print(?<!\wprint)(?!\w)",))


@dataclass(frozen=True)
class PrintToLogger:
    """The codemod."""

    name: str = "print-to-logger"
    summary: str = "log messages instead of printing them"
    after: frozenset[str] = frozenset({"utcnow"})
    needles: frozenset[bytes] = frozenset({b"print"})
    gate: Gate | None = _GATE
    options: type[Options] = Options
    reasons: Sequence[Reason] = REASONS
    why: str = (
        "Printed messages have no time, no level and no origin, can't be filtered, and go where "
        "results belong."
    )
    safety: str = (
        "A message stays the same text. Output that is the program's interface stays printed, and "
        "a program that configures no logging gets a configuration first, so that nothing that "
        "was seen gets lost; messages move from standard output to standard error and a file."
    )
    references: Sequence[str] = (
        "https://docs.python.org/3/howto/logging.html",
        "https://docs.astral.sh/ruff/rules/print/",
    )

    def survey(self, file: SourceFile, options: Any) -> Survey[Any]:
        """Find the prints of one file."""
        from codemods.catalog.print_to_logger.survey import survey

        return survey(file)

    def plan(
        self,
        surveys: Mapping[PurePosixPath, Survey[Any]],
        project: Project,
        settings: Settings[Any],
        circumstances: Circumstances,
    ) -> Plan | MoreNeedles:
        """Decide function by function."""
        from codemods.catalog.print_to_logger.plan import plan

        return plan(surveys, project, settings, circumstances)

    def rewrite(self, file: SourceFile, orders: Sequence[Order], options: Any) -> FileEdit:
        """Carry out the orders for one file."""
        from codemods.catalog.print_to_logger.rewrite import rewrite

        return rewrite(file, orders)


codemod = PrintToLogger()
