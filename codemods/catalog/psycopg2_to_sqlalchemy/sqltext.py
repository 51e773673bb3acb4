"""From the SQL text of psycopg2 to that of SQLAlchemy's `text()`.

psycopg2 puts values at ``%s`` and ``%(name)s`` and reads ``%%`` as a percent sign, if it was given
parameters at all (3.1, 3.2, 3.6, 3.7). `text()` puts them at ``:name``, takes percent signs
literally, and reads a backslash before a colon as an escape. It does not know strings and comments,
so what looks like a bind in one must be escaped there too (4.5); what does not look like one must
not be (1.6).
"""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass

from codemods.catalog.psycopg2_to_sqlalchemy.scanner import Kind, scan

__all__ = [
    "UNKNOWN",
    "Bind",
    "Piece",
    "Placeholder",
    "RefusedError",
    "Style",
    "arrange",
    "check_placement",
    "split",
    "to_text",
]

#: Stands for text that is only known at run time; no SQL has this private character.
UNKNOWN = "\ue000"

# These are `sqlalchemy.sql.compiler.BIND_PARAMS` and `BIND_PARAMS_ESC`, equal in 2.0 and 2.1; a
# test compares them with the installed release.
BIND = re.compile(r"(?<![:\w\x5c]):(\w+)(?![:\w])")
ESCAPED = re.compile(r"\x5c(:\w*)(?![:\w])")
_PERCENT = re.compile(
    r"%(?:(?P<percent>%)|(?P<next>s)|\((?P<key>[^()]*)\)s|(?P<bad>.?))", re.DOTALL
)


class RefusedError(Exception):
    """The text can't be converted with certainty; the message says why."""


class Style(enum.Enum):
    """How a call passes its parameters."""

    NONE = "none"  #: not at all: percent signs are literal
    SEQUENCE = "sequence"
    MAPPING = "mapping"


@dataclass(frozen=True, slots=True)
class Placeholder:
    """What psycopg2 replaces: the next value of a sequence, or the one of a key."""

    start: int
    end: int
    key: int | str


@dataclass(frozen=True, slots=True)
class Bind:
    """What `text()` replaces."""

    name: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the converted text, and how it differs from the original one."""

    content: str | Bind
    escapes: tuple[int, ...] = ()  #: offsets in the content that get a backslash in front
    before: str = ""  #: a space where the neighbour would be read together with this piece

    def render(self) -> str:
        """Return the piece as `text()` takes it."""
        if isinstance(self.content, Bind):
            return f"{self.before}:{self.content.name}"
        text = self.content
        for at in reversed(self.escapes):
            text = f"{text[:at]}\\{text[at:]}"
        return self.before + text


def split(sql: str, style: Style) -> list[tuple[int, int, str] | Placeholder]:
    """Split SQL into literal stretches (start, end, text sent to the server) and placeholders.

    Raises:
        RefusedError: psycopg2 itself would raise.
    """
    if style is Style.NONE:
        return [(0, len(sql), sql)]
    parts: list[tuple[int, int, str] | Placeholder] = []
    at = count = 0
    for match in _PERCENT.finditer(sql):
        if match.start() > at:
            parts.append((at, match.start(), sql[at : match.start()]))
        at = match.end()
        if match["percent"]:
            parts.append((match.start(), at, "%"))
        elif match["next"]:
            if style is not Style.SEQUENCE:
                raise RefusedError("%s is used with a mapping of parameters")
            parts.append(Placeholder(match.start(), at, count))
            count += 1
        elif match["key"] is not None:
            if style is not Style.MAPPING:
                raise RefusedError("%(name)s is used with a sequence of parameters")
            parts.append(Placeholder(match.start(), at, match["key"]))
        else:
            raise RefusedError(f"{match.group()!r} is no placeholder of psycopg2")
    if at < len(sql):
        parts.append((at, len(sql), sql[at:]))
    return parts


def check_placement(content: Sequence[str | Bind]) -> None:
    """See that no bind is inside a string, a quoted name or a comment (3.17).

    Raises:
        RefusedError: one is.
    """
    # A NUL can't be in SQL, so it stands for a bind without changing how the rest is read.
    sql = "".join("\0" if isinstance(part, Bind) else part for part in content)
    for token in scan(sql):
        if token.kind is not Kind.CODE and "\0" in sql[token.start : token.end]:
            raise RefusedError(f"a placeholder is inside quotes or a comment ({token.kind.value})")


def arrange(content: Sequence[str | Bind]) -> list[Piece]:
    """Set literal text and binds one after the other so that `text()` reads just these binds.

    Raises:
        RefusedError: a name is no name, a bind touches what it can't touch, or the check fails.
    """
    flat: list[str | Bind] = []
    for part in content:
        if isinstance(part, str) and flat and isinstance(flat[-1], str):
            flat[-1] += part
        elif part != "":
            flat.append(part)
    pieces: list[Piece] = []
    for index, part in enumerate(flat):
        previous = flat[index - 1] if index else ""
        if isinstance(part, Bind):
            if not re.fullmatch(r"\w+", part.name):
                raise RefusedError(f"{part.name!r} can't be the name of a bind")
            if isinstance(previous, Bind) or previous.endswith(":"):
                pieces.append(Piece(part, before=" "))
                continue
            if re.search(rf"[\w\\{UNKNOWN}]\Z", previous):
                raise RefusedError(
                    "a placeholder is glued to the text before it"
                )  # E%s, date%s, \%s
            pieces.append(Piece(part))
        else:
            # `:p ::int` is exact; CAST binds tighter than `::` for negative numbers (4.2).
            before = (
                " " if isinstance(previous, Bind) and re.match(rf"[:\w{UNKNOWN}]", part) else ""
            )
            found = {match.start() for match in ESCAPED.finditer(before + part)}
            # A backslash put before a backslash keeps it; the ones found first change nothing in
            # where binds are, since both are looked for in the unescaped text in turn.
            doubled, offsets = _doubled(before + part, found)
            found |= {offsets[match.start()] for match in BIND.finditer(doubled)}
            escapes = tuple(sorted(at - len(before) for at in found))
            pieces.append(Piece(part, escapes, before))
    _check(flat, pieces)
    return pieces


def to_text(sql: str, style: Style, names: Sequence[str] = ()) -> tuple[str, tuple[str, ...]]:
    """Convert one whole SQL text; return it with the names of its binds, one a placeholder.

    `names` are the names for a sequence's values; a mapping's keys are their own names.

    Raises:
        RefusedError: it can't be converted with certainty.
    """
    parts = split(sql, style)
    content: list[str | Bind] = []
    for part in parts:
        if not isinstance(part, Placeholder):
            content.append(part[2])
        elif isinstance(part.key, str):
            content.append(Bind(part.key))
        elif part.key < len(names):
            content.append(Bind(names[part.key]))
        else:
            raise RefusedError("there are more placeholders than parameters")
    binds = tuple(part.name for part in content if isinstance(part, Bind))
    if style is Style.SEQUENCE and len(set(names)) != len(binds):
        raise RefusedError("the parameters are not as many as the placeholders")
    check_placement(content)
    return "".join(piece.render() for piece in arrange(content)), binds


def _doubled(text: str, at: set[int]) -> tuple[str, list[int]]:
    """Put a backslash before each offset; return the text and the old offset of each character."""
    characters: list[str] = []
    offsets: list[int] = []
    for offset, character in enumerate(text):
        if offset in at:
            characters.append("\\")
            offsets.append(offset)
        characters.append(character)
        offsets.append(offset)
    return "".join(characters), offsets


def _check(flat: Sequence[str | Bind], pieces: Sequence[Piece]) -> None:
    """Read the result as SQLAlchemy does: the same binds, and the same text to the server."""
    result = "".join(piece.render() for piece in pieces)
    wanted = [part.name for part in flat if isinstance(part, Bind)]
    if [match.group(1) for match in BIND.finditer(result)] != wanted:
        raise RefusedError("text() would read other binds")
    sent = ESCAPED.sub(r"\1", BIND.sub("\0", result))
    expected = "".join(
        piece.before + ("\0" if isinstance(piece.content, Bind) else piece.content)
        for piece in pieces
    )
    if sent != expected:
        raise RefusedError("text() would send other text")
