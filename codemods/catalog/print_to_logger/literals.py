"""Literal text of a message in the source text it had, or in new source text where that fails."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import libcst as cst

from codemods.catalog.print_to_logger.message import Message, Slot, Style, braces

__all__ = [
    "Break",
    "CannotTakeApartError",
    "Literal",
    "Token",
    "as_written",
    "evaluated",
    "fstring_text",
    "literals",
    "quoted",
    "trimmed",
]


class CannotTakeApartError(Exception):
    """libcst shows other code than `ast` did."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A stretch of literal text; `raw` is its source in a string with this prefix and quote."""

    value: str
    raw: str | None = None
    prefix: str = ""
    quote: str = '"'


@dataclass(frozen=True, slots=True)
class Break:
    """White space between two literals that stand side by side."""

    whitespace: cst.BaseParenthesizableWhitespace


Token: TypeAlias = Literal | Break | Slot


def literals(node: cst.BaseExpression) -> Iterator[Token]:
    """Yield the literals of a string without values."""
    match node:
        case cst.ConcatenatedString():
            yield from literals(node.left)
            yield Break(node.whitespace_between)
            yield from literals(node.right)
        case cst.SimpleString():
            value = node.evaluated_value
            if not isinstance(value, str):
                raise CannotTakeApartError
            yield Literal(value, node.raw_value, plain_prefix(node.prefix), node.quote)
        case cst.FormattedString():
            for part in node.parts:
                if not isinstance(part, cst.FormattedStringText):
                    raise CannotTakeApartError
                yield fstring_text(node, part)
        case _:
            raise CannotTakeApartError


def fstring_text(node: cst.FormattedString, part: cst.FormattedStringText) -> Literal:
    raw = part.value.replace("{{", "{").replace("}}", "}")
    prefix = plain_prefix(node.prefix)
    return Literal(evaluated(prefix, node.quote, raw), raw, prefix, node.quote)


def plain_prefix(prefix: str) -> str:
    """Return the prefix of a string that is no f-string any more."""
    return "".join(letter for letter in prefix if letter not in "fFuU")


def evaluated(prefix: str, quote: str, raw: str) -> str:
    try:
        value = ast.literal_eval(f"{prefix}{quote}{raw}{quote}")
    except (SyntaxError, ValueError):
        # A piece that is no literal by itself, such as one that ends in its quote.
        value = ast.literal_eval(f"{prefix}{quote}{raw} {quote}")[:-1]
    assert isinstance(value, str)
    return value


def trimmed(tokens: Sequence[Token], message: Message) -> list[Token]:
    """Take off the newlines before the text, the prefix, and one newline after the text."""
    kept = [token for token in tokens if not (isinstance(token, Literal) and not token.value)]
    drop = message.prefix
    newlines = True
    while kept and (newlines or drop):
        first = kept[0]
        if isinstance(first, Slot):
            break
        del kept[0]
        if isinstance(first, Break):
            continue
        value = first.value.lstrip("\n") if newlines else first.value
        if not value:
            continue
        newlines = False
        shared = _shared(value, drop)
        drop = drop[shared:]
        if value[shared:]:
            kept.insert(0, _cut(first, value[shared:]))
            break
    for position in range(len(kept) - 1, -1, -1):
        last = kept[position]
        if isinstance(last, Slot):
            break
        if isinstance(last, Literal):
            if last.value.endswith("\n"):
                kept[position] = _without_last_newline(last)
            break
    return [token for token in kept if not (isinstance(token, Literal) and not token.value)]


def as_written(
    tokens: Sequence[Token], has_values: bool, style: Style
) -> cst.BaseExpression | None:
    """Return the literal in the source text of its pieces, broken into lines as they were."""
    segments: list[list[Literal | Slot]] = [[]]
    breaks: list[cst.BaseParenthesizableWhitespace] = []
    for token in tokens:
        if isinstance(token, Break):
            if segments[-1]:
                segments.append([])
                breaks.append(token.whitespace)
        else:
            segments[-1].append(token)
    if not segments[-1] and len(segments) > 1:
        del segments[-1], breaks[-1]
    nodes: list[cst.SimpleString | cst.ConcatenatedString] = []
    quotes = (token.quote for token in tokens if isinstance(token, Literal) and token.raw)
    usual = next(quotes, '"')
    for segment in segments:
        try:
            nodes.append(cst.SimpleString(_segment(segment, has_values, style, usual)))
        except cst.CSTValidationError:
            return None
    node = nodes.pop()
    while nodes:
        left = nodes.pop()
        assert isinstance(left, cst.SimpleString)
        node = cst.ConcatenatedString(left, node, whitespace_between=breaks.pop())
    return node


def quoted(text: str) -> str:
    """Return a literal for a text."""
    quote = "'" if '"' in text and "'" not in text else '"'
    return f"{quote}{_escaped(text, quote)}{quote}"


def _segment(tokens: Sequence[Literal | Slot], has_values: bool, style: Style, usual: str) -> str:
    """Return the source of one literal; `usual` is the quote of the others."""
    written = [token for token in tokens if isinstance(token, Literal) and token.raw is not None]
    first = next((token for token in written if not token.prefix), written[0] if written else None)
    prefix, quote = (first.prefix, first.quote) if first else ("", usual)
    body = ""
    for token in tokens:
        if isinstance(token, Slot):
            body += token.directive if style is Style.PERCENT else braces(token)
            continue
        if token.raw is not None and (token.prefix, token.quote) == (prefix, quote):
            text = token.raw
        elif prefix:
            text = token.value
        else:
            text = _escaped(token.value, quote)
        if has_values and style is Style.PERCENT:
            text = text.replace("%", "%%")
        elif has_values:
            text = text.replace("{", "{{").replace("}", "}}")
        body += text
    return f"{prefix}{quote}{body}{quote}"


def _escaped(text: str, quote: str) -> str:
    pieces = []
    for char in text:
        if char in ("\\", quote[0]):
            pieces.append("\\" + char)
        elif char.isprintable():
            pieces.append(char)
        else:
            pieces.append(char.encode("unicode_escape", "surrogatepass").decode("ascii"))
    return "".join(pieces)


def _shared(value: str, prefix: str) -> int:
    length = 0
    while length < min(len(value), len(prefix)) and value[length] == prefix[length]:
        length += 1
    return length


def _cut(token: Literal, value: str) -> Literal:
    """Return a literal without its beginning; `value` is what is left of it."""
    raw = token.raw
    if raw is None or len(value) == len(token.value):
        return replace(token, value=value)
    gone = token.value[: -len(value)]
    if gone == "\n" and raw.startswith(("\n", "\r")) and token.prefix == "":
        # The text of a string of many lines goes on beginning in a line of its own.
        return replace(token, value=value, raw="\\" + raw)
    for spelling in (gone, gone.replace("\n", "\\n")):
        if raw.startswith(spelling):
            return replace(token, value=value, raw=raw[len(spelling) :])
    return replace(token, value=value, raw=None)


def _without_last_newline(token: Literal) -> Literal:
    value, raw = token.value[:-1], token.raw
    for spelling in ("\\n", "\r\n", "\n"):
        if raw is not None and raw.endswith(spelling):
            return replace(token, value=value, raw=raw.removesuffix(spelling))
    return replace(token, value=value, raw=None)
