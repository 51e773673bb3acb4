"""env-to-config: read the environment in one typed, validated configuration object.

Why: `os.getenv` scattered over a program hides which variables there are, what they must look like
and what happens without them; a missing one shows when the first request needs it.

Safety: a field is read whenever it is asked for, so that the time of reading stays as it was. What
all reads of a variable agree on moves into its field; where they disagree, the field holds the raw
text and each site keeps its own default. An unset variable still raises a `KeyError`, a malformed
one a `ValueError`. One thing changes by design: programs check at their start that the variables
which every read requires are there.

References: https://12factor.net/config and
https://docs.python.org/3/library/os.html#os.environ
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from codemods.catalog.env_to_config.options import Options
from codemods.catalog.env_to_config.reasons import REASONS
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
    from codemods.catalog.env_to_config.facts import FileFacts
    from codemods.project.project import Project
    from codemods.python.source import SourceFile

__all__ = ["EnvToConfig", "codemod"]

_GATE = AnyOf(
    (
        rb"getenv(?<!\wgetenv)(?!\w)",
        rb"environ(?<!\wenviron)s?(?!\w)",
        rb"BaseSettings(?<!\wBaseSettings)(?!\w)",
        rb"decouple(?<!\wdecouple)(?!\w)",
        rb"dynaconf(?<!\wdynaconf)(?!\w)",
        rb"INSTALLED_APPS(?<!\wINSTALLED_APPS)(?!\w)",
    )
)


@dataclass(frozen=True, slots=True)
class EnvToConfig:
    """The codemod; see `codemods.codemod.Codemod` for the contract."""

    name: str = "env-to-config"
    summary: str = "read the environment in one place"
    after: frozenset[str] = frozenset({"py2-syntax", "utcnow", "print-to-logger"})
    needles: frozenset[bytes] = frozenset(
        {b"getenv", b"environ", b"BaseSettings", b"decouple", b"dynaconf", b"INSTALLED_APPS"}
    )
    gate: Gate | None = _GATE
    options: type[Options] = Options
    reasons: Sequence[Reason] = REASONS

    def survey(self, file: SourceFile, options: Options) -> Survey[FileFacts]:
        """Find the sites of one file."""
        from codemods.catalog.env_to_config.survey import survey

        return survey(file)

    def plan(
        self,
        surveys: Mapping[PurePosixPath, Survey[FileFacts]],
        project: Project,
        settings: Settings[Options],
        circumstances: Circumstances,
    ) -> Plan | MoreNeedles:
        """Decide on every site."""
        from codemods.catalog.env_to_config.plan import plan

        return plan(surveys, project, settings, circumstances)

    def rewrite(self, file: SourceFile, orders: Sequence[Order], options: Options) -> FileEdit:
        """Carry out what was decided."""
        from codemods.catalog.env_to_config.rewrite import rewrite

        return rewrite(file, orders)


codemod = EnvToConfig()
