"""What is said about each site."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from codemods.catalog.psycopg2_to_sqlalchemy.audit import never_commits
from codemods.catalog.psycopg2_to_sqlalchemy.program import Module
from codemods.catalog.psycopg2_to_sqlalchemy.roles import Place as FamilyPlace
from codemods.catalog.psycopg2_to_sqlalchemy.state import State
from codemods.catalog.psycopg2_to_sqlalchemy.survey import NAME, FileFacts
from codemods.codemod import (
    Action,
    Site,
    Span,
    Survey,
    Verdict,
)

__all__ = ["always_changes", "note_handlers", "note_lost_writes", "unrelated", "verdict"]


def verdict(
    state: State, site: Site, module: Module | None, family: FamilyPlace, ordered: set[str]
) -> Verdict:
    assert module is not None
    group = _group(state, family)
    audit = state.judged.audits.get((module, site.span))
    note = audit.sentence() if audit is not None else ""
    note = note or state.judged.notes.get((module, site.span), "")
    left = state.left.get(family)
    if left is not None:
        return Verdict(
            Action.LEAVE,
            group,
            f"{NAME}/{left.reason}",
            f"{left.message} ({left.place})",
            audit.open().sentence() if audit is not None else "",
            (left.place,),
        )
    if site.id not in ordered and not always_changes(state, module, site):
        return Verdict(
            Action.LEAVE, group, f"{NAME}/same-call", "SQLAlchemy's connection has the same method."
        )
    if site.kind == "execute":
        why = state.judged.driver.get((module, site.span))
        if why:
            return Verdict(
                Action.REWRITE,
                group,
                f"{NAME}/driver-sql",
                f"It keeps psycopg2's SQL: {why}.",
                note,
            )
        if audit is not None and audit.identifiers:
            return Verdict(
                Action.REWRITE,
                group,
                f"{NAME}/interpolated-identifier",
                "It runs text() with bound parameters; what can't be bound stays in its text.",
                note,
            )
        return Verdict(
            Action.REWRITE,
            group,
            f"{NAME}/bound-text",
            "It runs text() with bound parameters.",
            note,
        )
    reason, message = _REASONS[site.kind], _MESSAGES[site.kind]
    return Verdict(Action.REWRITE, group, f"{NAME}/{reason}", message, note)


def always_changes(state: State, module: Module | None, site: Site) -> bool:
    """Whether a site is rewritten with its family, if only in part or with what is around it."""
    if site.kind == "cursor" or (module, site.span) in state.judged.inside:
        return True
    return site.kind == "row-use" and site.code.endswith("description")


_REASONS = {
    "connect": "pooled",
    "cursor": "no-cursor",
    "fetch": "rows",
    "row-use": "rows",
    "transaction": "transaction",
    "handler": "handler-kept",
}


_MESSAGES = {
    "connect": "The connection comes from a pooled engine.",
    "cursor": "The connection runs the statements.",
    "fetch": "The rows are read from the result.",
    "row-use": "It is read from the result.",
    "transaction": "The transaction is the connection's.",
    "handler": "",
}


def _group(state: State, family: FamilyPlace) -> str:
    return ":".join(str(part) for part in state.roles.family(family))


def note_lost_writes(
    state: State,
    verdicts: dict[str, Verdict],
    surveys: Mapping[PurePosixPath, Survey[FileFacts]],
) -> None:
    """Note at each `connect` of a family that writes and never commits that it does."""
    losing = never_commits(state.judged, state.roles)
    for path, survey in surveys.items():
        module = state.program.modules.get(path)
        for site in survey.sites:
            family = state.judged.sites.get((module, site.span)) if module else None
            if site.kind != "connect" or family is None:
                continue
            if state.roles.family(family) in losing:
                known = verdicts[site.id].note
                note = "it writes and never commits, so what it writes is lost"
                note = f"{known}; {note}" if known else note
                verdicts[site.id] = verdicts[site.id]._replace(note=note)


def unrelated(
    surveys: Mapping[PurePosixPath, Survey[FileFacts]],
    known: Mapping[str, Verdict],
    audits: Mapping[tuple[PurePosixPath, Span], str],
) -> dict[str, Verdict]:
    """Return verdicts for what belongs to no family."""
    found: dict[str, Verdict] = {}
    for survey in surveys.values():
        for site in survey.sites:
            if site.id in known:
                continue
            receiver = site.code.rsplit(".", 1)[0].split("\n")[0]
            found[site.id] = Verdict(
                Action.LEAVE,
                site.id,
                f"{NAME}/unknown-receiver",
                f"`{receiver}` is not known to come from psycopg2.connect().",
                audits.get((site.path, site.span), ""),
            )
    return found


def note_handlers(
    verdicts: dict[str, Verdict],
    surveys: Mapping[PurePosixPath, Survey[FileFacts]],
    migrated: bool,
) -> None:
    for survey in surveys.values():
        for site in survey.sites:
            if site.kind == "handler":
                verdicts[site.id] = Verdict(
                    Action.LEAVE,
                    site.id,
                    f"{NAME}/handler-kept",
                    "The engine raises psycopg2's own exceptions, so it goes on catching them."
                    if migrated
                    else "Nothing that it handles is migrated.",
                )
