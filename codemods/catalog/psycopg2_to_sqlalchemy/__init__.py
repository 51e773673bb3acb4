"""Cursors of psycopg2 become a pooled SQLAlchemy engine with `text()` and bound parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from codemods.catalog.psycopg2_to_sqlalchemy.options import Psycopg2Options
from codemods.catalog.psycopg2_to_sqlalchemy.reasons import REASONS
from codemods.codemod import (
    Circumstances,
    FileEdit,
    MoreNeedles,
    Order,
    Plan,
    Reason,
    Settings,
    Survey,
)
from codemods.project.project import Project
from codemods.python.source import SourceFile

__all__ = ["Psycopg2ToSqlalchemy", "codemod"]


@dataclass(frozen=True)
class Psycopg2ToSqlalchemy:
    """The codemod; see `docs/psycopg2-to-sqlalchemy.md`."""

    name: str = "psycopg2-to-sqlalchemy"
    summary: str = "run SQL on a pooled SQLAlchemy engine"
    why: str = (
        "A new connection for every call is slow and has no upper bound; values that are formatted"
        " into SQL are injections. A pooled engine lends connections, checks them, and takes them"
        " back; text() binds every value by its name."
    )
    safety: str = (
        "Everything that one connection can reach is migrated together or left together. A family"
        " is left whenever something is not certain, with the line and the reason. psycopg2 stays"
        " the driver, so values, types, errors and transactions are the same."
    )
    references: tuple[str, ...] = (
        "https://docs.sqlalchemy.org/en/20/core/connections.html",
        "https://docs.sqlalchemy.org/en/20/core/sqlelement.html#sqlalchemy.sql.expression.text",
        "https://www.psycopg.org/docs/usage.html",
    )
    after: frozenset[str] = frozenset({"py2-syntax", "utcnow", "print-to-logger", "env-to-config"})
    needles: frozenset[bytes] = frozenset({b"psycopg2"})
    gate: re.Pattern[bytes] | None = None
    options: type[Any] = Psycopg2Options
    reasons: Sequence[Reason] = REASONS

    def survey(self, file: SourceFile, options: Psycopg2Options) -> Survey[Any]:
        """Find what may be a site."""
        from codemods.catalog.psycopg2_to_sqlalchemy.survey import survey

        return survey(file)

    def plan(
        self,
        surveys: Mapping[PurePosixPath, Survey[Any]],
        project: Project,
        settings: Settings[Psycopg2Options],
        circumstances: Circumstances,
    ) -> Plan | MoreNeedles:
        """Decide on every family."""
        from codemods.catalog.psycopg2_to_sqlalchemy.plan import plan

        return plan(surveys, project, settings, circumstances)

    def rewrite(
        self, file: SourceFile, orders: Sequence[Order], options: Psycopg2Options
    ) -> FileEdit:
        """Carry out the orders for one file."""
        from codemods.catalog.psycopg2_to_sqlalchemy.rewrite import rewrite

        return rewrite(file, orders)


codemod = Psycopg2ToSqlalchemy()
