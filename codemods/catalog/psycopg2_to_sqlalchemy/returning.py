"""Which SQL gives rows for certain."""

from __future__ import annotations

import re

from codemods.catalog.psycopg2_to_sqlalchemy.scanner import Kind, Token, scan

__all__ = ["gives_rows"]

_READS = re.compile(r"[\s(]*(?:select|values|table|show|explain|fetch)\b", re.IGNORECASE)
_WRITES = re.compile(r"\s*(?:insert|update|delete|merge)\b", re.IGNORECASE)
_WITH = re.compile(r"\s*with\b", re.IGNORECASE)
_ANY_WRITE = re.compile(r"\b(?:insert|update|delete|merge)\b", re.IGNORECASE)
_INTO = re.compile(r"\binto\b", re.IGNORECASE)
_RETURNING = re.compile(r"\breturning\b", re.IGNORECASE)


def gives_rows(sql: str) -> bool:
    """Whether the last statement of an SQL text is certain to have a result, be it empty.

    Fetching after any other statement is an error of psycopg2 (7.5).
    """
    code = "".join(_shown(sql, token) for token in scan(sql))
    statements = [statement for statement in code.split(";") if statement.strip()]
    return bool(statements) and _gives_rows(statements[-1])


def _shown(sql: str, token: Token) -> str:
    """Return code as it is, and in the place of quoted text what can be no keyword."""
    if token.kind is Kind.CODE:
        return sql[token.start : token.end]
    return " " if token.kind is Kind.COMMENT else " 0 "


def _gives_rows(statement: str) -> bool:
    if _WRITES.match(statement):
        return _RETURNING.search(statement) is not None
    if _READS.match(statement):
        return _INTO.search(statement) is None
    return _WITH.match(statement) is not None and _ANY_WRITE.search(statement) is None
