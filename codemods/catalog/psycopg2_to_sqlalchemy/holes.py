"""What an interpolation is to the SQL around it: a value, a name, or a piece of SQL."""

from __future__ import annotations

import enum
import re

from codemods.catalog.psycopg2_to_sqlalchemy.scanner import Kind, Token, scan
from codemods.catalog.psycopg2_to_sqlalchemy.templates import Hole, Known, Template, Way

__all__ = ["KEPT", "HoleKind", "joined_list", "kinds_by_item", "kinds_of"]


class HoleKind(enum.Enum):
    """What an interpolation is to the SQL."""

    QUOTED = "quoted value"  #: in quotes: becomes a bind
    NUMBER = "number"  #: bare, but certainly a number: becomes a bind
    LITERAL = "literal"  #: psycopg2's `sql.Literal`: becomes a bind
    LIST = "list"  #: ``IN (…)`` with a joined list: becomes an expanding bind
    CONSTANT = "constant"  #: one of the program's own constants: stays
    NAME = "name"  #: where only a name can stand: stays
    COLUMNS = "columns"  #: where names and what is made of them can stand: stays
    VALUE = "value"  #: bare where a value stands, of unknown type
    SQL = "SQL"  #: a piece of SQL


#: What may stay in the text of `text()` (5.7).
KEPT = frozenset({HoleKind.CONSTANT, HoleKind.NAME, HoleKind.COLUMNS})

_JOINS = (
    re.compile(r"""(?P<q>['"])\s*,\s*(?P=q)\.join\(map\(str,\s*(?P<list>[\w.]+)\)\)"""),
    re.compile(
        r"""(?P<q>['"])\s*,\s*(?P=q)\.join"""
        r"""\(\[?str\((?P<x>\w+)\) for (?P=x) in (?P<list>[\w.]+)\]?\)"""
    ),
)
_VALUE_BEFORE = re.compile(
    r"(?:[=<>!~|(,+\-*/]|\b(?:like|ilike|limit|offset|and|between|then|else|values|any|in"
    r"|distinct\s+from))\s*\Z",
    re.IGNORECASE,
)
_LIST_BEFORE = re.compile(r"\bin\s*\(\s*\Z", re.IGNORECASE)
_QUERY_BEFORE = re.compile(r"\b(?:from|join|exists|as|union|all|except)\s*\(\s*\Z", re.IGNORECASE)
# https://www.postgresql.org/docs/current/sql-commands.html: after these only a name can stand.
_NAME_BEFORE = re.compile(
    r"\b(?:from|join|into|update|table|only|(?:if\s+(?:not\s+)?|not\s+)exists|view|index|sequence"
    r"|schema|database|role|user|truncate|vacuum|analyze|references|column|constraint|trigger"
    r"|extension|domain|type|tablespace|concurrently|copy|publication|subscription|server"
    r"|(?:owner|rename)\s+to|insert\s+into\s+[\w.\"\ue000$]+(?:\s+as\s+\w+)?\s*\([^()]*"
    r"|create\s+(?:unique\s+)?index\s+[^()]*\bon)\s*\Z",
    re.IGNORECASE,
)
#: ``extract(year from …)`` and the like, which no table follows.
_NO_TABLE = re.compile(
    r"(?:\b(?:extract|substring|overlay|trim)\s*\([^()]*from|distinct\s+from)\s*\Z", re.IGNORECASE
)
_COLUMNS_BEFORE = re.compile(
    r"\b(?:(?:order|group|partition)\s+by\s+(?:[\w.\"\ue000]+\s+)?|returning\s+)\Z", re.IGNORECASE
)
_SELECTED = (
    re.compile(r"\bselect\s+(?:distinct\s+)?\Z", re.IGNORECASE),
    re.compile(r"\s*(?:,|from\b|\Z)", re.IGNORECASE),
)
_COMPARED = (
    re.compile(r"(?:\b(?:where|and|or|on|having|not|set|when)|[,(])\s*\Z", re.IGNORECASE),
    re.compile(
        r"\s*(?:(?:=|<>|!=|[<>]=?|!?~\*?)(?!\s*(?:any|all)\b)"
        r"|(?:(?:not\s+)?(?:in|i?like|between)|is)\b)",
        re.IGNORECASE,
    ),
)


def joined_list(code: str) -> str:
    """Return the list that code joins with commas, an empty string for any other code."""
    for join in _JOINS:
        match = join.fullmatch(code)
        if match:
            return match["list"]
    return ""


def kinds_of(template: Template) -> list[HoleKind]:
    """Say of each hole, in order, what it is to the SQL."""
    found = kinds_by_item(template)
    return [found[index] for index in sorted(found)]


def kinds_by_item(template: Template) -> dict[int, HoleKind]:
    """Say of the hole at each index of the items what it is."""
    sql = template.text
    offsets = template.offsets()
    tokens = list(scan(sql))
    return {
        index: _kind(sql, offsets[index], item, tokens)
        for index, item in enumerate(template.items)
        if isinstance(item, Hole)
    }


def _kind(sql: str, at: int, hole: Hole, tokens: list[Token]) -> HoleKind:
    if hole.way is Way.LITERAL:
        return HoleKind.LITERAL
    token = next(token for token in tokens if token.start <= at < token.end)
    if token.kind is Kind.STRING and token.closed and sql[token.start] == "'":
        inside = sql[token.start + 1 : token.end - 1]
        if "'" not in inside:
            return HoleKind.QUOTED
    if hole.fixed:
        return HoleKind.CONSTANT
    if token.kind is Kind.NAME and token.closed:
        return HoleKind.NAME
    if token.kind is not Kind.CODE:
        return HoleKind.SQL
    return _bare(sql[:at], sql[at + 1 :], hole)


def _bare(before: str, after: str, hole: Hole) -> HoleKind:
    free = not re.search(r"[\w.$\"'\ue000-]\Z", before) and not re.match(r"[\w.$\"'\ue000(]", after)
    if free and hole.known is Known.INTEGER:
        return HoleKind.NUMBER
    if _LIST_BEFORE.search(before) and re.match(r"\s*\)", after) and joined_list(hole.code):
        return HoleKind.LIST
    if _names(before, after):
        return HoleKind.NAME
    if _COLUMNS_BEFORE.search(before) or all(
        part.search(text) if part is _SELECTED[0] else part.match(text)
        for part, text in zip(_SELECTED, (before, after), strict=True)
    ):
        return HoleKind.COLUMNS
    if free and _VALUE_BEFORE.search(before) and not _QUERY_BEFORE.search(before):
        return HoleKind.VALUE
    return HoleKind.SQL


def _names(before: str, after: str) -> bool:
    """Whether only a name, or a part of one, can stand between two texts."""
    if re.search(r"[\ue000'\"]\Z", before) or re.match(r"[\ue000'\"]", after):
        return False
    if re.search(r"[A-Za-z_$]\w*\Z|[\w\"\ue000]\.\Z", before) or re.match(
        r"\.[\w\"\ue000*]", after
    ):
        return True
    if _NO_TABLE.search(before):
        return False
    if _COMPARED[0].search(before) and _COMPARED[1].match(after):
        return True
    if _NAME_BEFORE.search(before):
        return True
    if re.match(r"_[A-Za-z]", after):  # no value goes on like this
        return True
    return bool(re.match(r"\w", after)) and not _VALUE_BEFORE.search(before)
