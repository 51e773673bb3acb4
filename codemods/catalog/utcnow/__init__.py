"""utcnow: give the UTC timestamps of `datetime` their zone.

Why: `datetime.utcnow()` and `datetime.utcfromtimestamp()` are deprecated since Python 3.12. Their
values carry no zone, so that `timestamp()`, `astimezone()` and comparisons take them for local
time, or fail.

Safety: values are followed over the whole repository, its tests included. A site becomes
`datetime.now(timezone.utc)` unless something seen speaks against it: it meets a naive value or one
that may be naive, goes to a column or a call that wants naive values, or becomes text that is
extended, cut or parsed. Then it becomes `datetime.now(timezone.utc).replace(tzinfo=None)`, which
is equal to the original in every way. Where a value goes out of sight, the verdict's note says so.
Sites that neither form fits are left, with the reason.

References: https://docs.python.org/3/library/datetime.html#datetime.datetime.utcnow and
https://github.com/python/cpython/issues/103857
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from codemods.catalog.utcnow.options import Options
from codemods.catalog.utcnow.reasons import REASONS
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
    from codemods.catalog.utcnow.facts import FileFacts
    from codemods.project.project import Project
    from codemods.python.source import SourceFile

__all__ = ["Utcnow", "codemod"]

_GATE = AnyOf(
    (
        rb"utcnow(?<=[.\"']utcnow)(?!\w)",
        rb"utcfromtimestamp(?<=[.\"']utcfromtimestamp)(?!\w)",
        # A dot, comments and line breaks, and the method. What may stand between is bounded, and
        # no two alternatives begin alike: this must take linear time.
        rb"\.(?:[\s\\]|#[^\r\n]*[\r\n]){1,99}utc(?:now|fromtimestamp)\b",
    )
)


@dataclass(frozen=True, slots=True)
class Utcnow:
    """The codemod; see `codemods.codemod.Codemod` for the contract."""

    name: str = "utcnow"
    summary: str = "make UTC timestamps explicit"
    after: frozenset[str] = frozenset({"py2-syntax"})
    needles: frozenset[bytes] = frozenset({b"utcnow", b"utcfromtimestamp"})
    gate: Gate | None = _GATE
    options: type[Options] = Options
    reasons: Sequence[Reason] = REASONS

    def survey(self, file: SourceFile, options: Options) -> Survey[FileFacts]:
        """Find the sites of one file."""
        from codemods.catalog.utcnow.survey import survey

        return survey(file, options)

    def plan(
        self,
        surveys: Mapping[PurePosixPath, Survey[FileFacts]],
        project: Project,
        settings: Settings[Options],
        circumstances: Circumstances,
    ) -> Plan | MoreNeedles:
        """Decide on every site."""
        from codemods.catalog.utcnow.plan import plan

        return plan(surveys, project, settings, circumstances)

    def rewrite(self, file: SourceFile, orders: Sequence[Order], options: Options) -> FileEdit:
        """Carry out what was decided."""
        from codemods.catalog.utcnow.rewrite import rewrite

        return rewrite(file, orders)


codemod = Utcnow()
