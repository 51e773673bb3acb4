"""What is interpolated into the SQL of one statement, in words."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from codemods.catalog.psycopg2_to_sqlalchemy.holes import HoleKind, kinds_of
from codemods.catalog.psycopg2_to_sqlalchemy.templates import Template

__all__ = ["Audit", "audit_of", "audit_of_unknown"]


@dataclass(frozen=True, slots=True)
class Audit:
    """What is interpolated into one statement's SQL."""

    values: tuple[
        str, ...
    ] = ()  #: source of what stands for a value: an injection if it is not ours
    identifiers: tuple[str, ...] = ()  #: source of names, keywords and pieces of SQL
    closed: tuple[str, ...] = ()  #: source of the values that become binds

    @staticmethod
    def of(every: Iterable[Audit]) -> Audit:
        """Return what any of several texts interpolates."""
        found = list(every)
        return Audit(
            tuple(code for one in found for code in one.values),
            tuple(code for one in found for code in one.identifiers),
            tuple(code for one in found for code in one.closed),
        )

    def open(self) -> Audit:
        """Return what stays interpolated when nothing becomes a bind."""
        return Audit((*self.values, *self.closed), self.identifiers, ())

    def sentence(self) -> str:
        """Say it in one sentence, or nothing."""
        parts = []
        if self.values:
            parts.append(f"interpolates a value into SQL: {_listed(self.values)}")
        if self.identifiers:
            parts.append(f"interpolates an identifier or SQL: {_listed(self.identifiers)}")
        if self.closed:
            parts.append(f"values that were interpolated are bound now: {_listed(self.closed)}")
        return "; ".join(parts)


def _listed(codes: Sequence[str]) -> str:
    return ", ".join(f"`{code}`" for code in dict.fromkeys(codes))


def audit_of(template: Template) -> Audit:
    """Return what a template interpolates, where it becomes `text()`."""
    values: list[str] = []
    identifiers: list[str] = []
    closed: list[str] = []
    for hole, kind in zip(template.holes, kinds_of(template), strict=True):
        code = hole.code or hole.field
        if kind is HoleKind.VALUE:
            values.append(code)
        elif kind in {HoleKind.NAME, HoleKind.COLUMNS, HoleKind.SQL}:
            identifiers.append(code)
        elif kind not in {HoleKind.CONSTANT, HoleKind.LITERAL}:
            closed.append(code)
    return Audit(tuple(values), tuple(identifiers), tuple(closed))


def audit_of_unknown(made: ast.expr) -> Audit:
    """Return what an expression interpolates that is not understood."""
    if isinstance(made, ast.JoinedStr | ast.BinOp) or (
        isinstance(made, ast.Call)
        and isinstance(made.func, ast.Attribute)
        and made.func.attr == "format"
        and isinstance(made.func.value, ast.Constant)
    ):
        return Audit(identifiers=(ast.unparse(made)[:60],))
    return Audit()
