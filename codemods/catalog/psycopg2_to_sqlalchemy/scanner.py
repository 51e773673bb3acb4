"""Where PostgreSQL's SQL text is code and where it is a string, a quoted name or a comment."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Kind", "Token", "scan"]


class Kind(enum.Enum):
    """What a stretch of SQL is."""

    CODE = "code"
    STRING = "string"  #: ``'…'``, in which a backslash is a backslash
    ESCAPE_STRING = "escape string"  #: ``E'…'``, in which it escapes
    NAME = "quoted name"  #: ``"…"``
    DOLLAR = "dollar quote"  #: ``$tag$…$tag$``
    COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class Token:
    """A stretch of SQL of one kind, quotes and prefix included."""

    kind: Kind
    start: int
    end: int
    closed: bool = True  #: False for a string or comment that never ends


# https://www.postgresql.org/docs/current/sql-syntax-lexical.html. A prefix or a dollar quote is
# none when it continues a name. A comment is read by `_comment`, since comments nest.
_START = re.compile(
    r"""(?P<comment>/\*)
      | (?P<line>--[^\n\r]*)
      | (?P<escape>(?<![\w$])[eE]')
      | (?P<string>(?<![\w$])[bBxXnN]'|(?<![\w$])[uU]&'|')
      | (?P<name>(?<![\w$])[uU]&"|")
      | (?P<dollar>(?<![\w$])\$(?:[^\W\d]\w*)?\$)""",
    re.VERBOSE,
)
_REST = {
    "escape": re.compile(r"(?:[^'\\]|''|\\.)*+'", re.DOTALL),
    "string": re.compile(r"(?:[^']|'')*+'"),
    "name": re.compile(r'(?:[^"]|"")*+"'),
}
_KINDS = {
    "comment": Kind.COMMENT,
    "line": Kind.COMMENT,
    "escape": Kind.ESCAPE_STRING,
    "string": Kind.STRING,
    "name": Kind.NAME,
    "dollar": Kind.DOLLAR,
}
_COMMENT_MARK = re.compile(r"/\*|\*/")


def scan(sql: str) -> Iterator[Token]:
    """Split SQL into its tokens, which cover it without a gap.

    Strings are read with `standard_conforming_strings` on, the server's default since 9.1.
    """
    at = 0
    for token in _quoted(sql):
        if token.start > at:
            yield Token(Kind.CODE, at, token.start)
        yield token
        at = token.end
    if at < len(sql):
        yield Token(Kind.CODE, at, len(sql))


def _quoted(sql: str) -> Iterator[Token]:
    at = 0
    while start := _START.search(sql, at):
        group = str(start.lastgroup)
        if group == "line":
            end = start.end()
        elif group == "comment":
            end = _comment(sql, start.end())
        elif group == "dollar":
            found = sql.find(start.group(), start.end())
            end = found + len(start.group()) if found >= 0 else -1
        else:
            rest = _REST[group].match(sql, start.end())
            end = rest.end() if rest else -1
        closed = end >= 0
        at = end if closed else len(sql)
        yield Token(_KINDS[group], start.start(), at, closed)


def _comment(sql: str, at: int) -> int:
    depth = 1
    for mark in _COMMENT_MARK.finditer(sql, at):
        depth += 1 if mark.group() == "/*" else -1
        if not depth:
            return mark.end()
    return -1
