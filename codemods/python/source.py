"""A Python file as the tool sees it: bytes, text, positions, and one `ast` tree."""

from __future__ import annotations

import ast
import bisect
import itertools
import re
import tokenize
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from codemods.codemod import Position, Replacement, Span

if TYPE_CHECKING:
    from codemods.python.names import Names
    from codemods.python.outline import Lines, Outline

__all__ = [
    "SourceError",
    "SourceFile",
    "SourceText",
    "apply_replacements",
    "decode",
    "known_source",
    "line_starts",
    "position",
    "read_source",
]

# Python ends a line at these three only; str.splitlines() also splits at form feeds and others.
_NEWLINE = re.compile(r"\r\n|\r|\n")
_NEWLINE_BYTES = re.compile(rb"\r\n|\r|\n")
_BOM = b"\xef\xbb\xbf"


class SourceError(Exception):
    """The bytes are not a Python file that this interpreter can read.

    `reason` is a stable code (``engine/undecodable`` …), `message` one sentence for the ledger,
    and `text` the decoded file when only parsing failed.
    """

    def __init__(self, reason: str, message: str, text: SourceText | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.text = text


@dataclass(frozen=True)
class SourceText:
    """One decoded file, parsable or not. Offsets are code points of `text`, which has no BOM."""

    path: PurePosixPath
    data: bytes
    text: str
    encoding: str  #: a codec name; ``utf-8-sig`` for a file with a BOM

    @cached_property
    def line_starts(self) -> list[int]:
        """Offset of the first character of each physical line."""
        return line_starts(self.text)

    @cached_property
    def newline(self) -> str:
        """The most frequent newline of the file, ``\\n`` when it has none."""
        if "\r" not in self.text:
            return "\n"
        counts: Counter[str] = Counter(_NEWLINE.findall(self.text))
        return counts.most_common(1)[0][0]

    def line_text(self, line: int) -> str:
        """Return a physical line (from 1) without its newline."""
        span = self.line_span(line)
        return self.text[span.start : span.end]

    def line_span(self, line: int) -> Span:
        """Return the span of a physical line (from 1) without its newline."""
        start = self.line_starts[line - 1]
        if line == len(self.line_starts):
            return Span(start, len(self.text))
        end = self.line_starts[line]
        return Span(start, end - (2 if self.text[end - 2 : end] == "\r\n" else 1))

    def position(self, span: Span) -> Position:
        """Return a span as editors show it."""
        return position(self.line_starts, span)


@dataclass(frozen=True)
class SourceFile(SourceText):
    """One decoded and parsed file."""

    parsed: ast.Module | None = None  #: the tree, unless nobody has asked for it yet
    taken: frozenset[str] = frozenset()  #: imports that other files take from this one
    own: frozenset[str] = frozenset()
    """Top-level names by which this file imports modules of its own repository, as far as known."""
    outline: Outline | None = None  #: where functions stand, if the file was parsed before

    @cached_property
    def tree(self) -> ast.Module:
        """The tree of the whole file."""
        return self.parsed if self.parsed is not None else _tree(self.path, self.text)

    @cached_property
    def names(self) -> Names:
        """The scopes, bindings and reads of the file, found once for all who ask."""
        from codemods.python.names import Names

        return Names(self.tree, self)

    def release(self) -> None:
        """Let go of what was derived, when nobody will ask about the file any more.

        Scopes and bindings refer to each other, so their memory, and that of the tree, would
        come back at the next garbage collection only.
        """
        names = self.__dict__.pop("names", None)
        if names is not None:
            names.release()

    def around(self, spans: Iterable[Span]) -> SourceFile:
        """Return the file with a tree in which functions outside of some spans are empty tuples.

        It is the file itself when its tree is known already.
        """
        if self.outline is None or self.parsed is not None or "tree" in self.__dict__:
            return self
        from codemods.python.outline import untouched, without

        functions = untouched(self, self.outline, spans)
        known = self._around.get(functions)
        if known is None:
            try:
                known = replace(self, parsed=_tree(self.path, without(self, functions)))
            except SyntaxError:  # it is not the outline of this text
                return self
            known.__dict__["line_starts"] = self.line_starts  # of the text, which is the same
            self._around[functions] = known
        return known

    @cached_property
    def _around(self) -> dict[tuple[Lines, ...], SourceFile]:
        """What `around` answered, by the functions that were left out."""
        return {}

    @cached_property
    def indent(self) -> str:
        """One step of indentation, as the first indented block of the file has it."""
        if self.outline is not None:
            return self.outline.indent
        for node in ast.walk(self.tree):
            body = getattr(node, "body", None)
            if isinstance(node, ast.stmt) and isinstance(body, list) and body:
                first = body[0]
                if first.lineno > node.lineno and node.col_offset == 0:
                    start = self.line_starts[first.lineno - 1]
                    step = self.text[start : start + first.col_offset]
                    if step and not step.strip(" \t"):
                        return step
        return "    "

    def offset(self, line: int, utf8_column: int) -> int:
        """Return the offset of an `ast` position, whose columns count UTF-8 bytes from 0."""
        start = self.line_starts[line - 1]
        piece = self.text[start : start + utf8_column]
        if piece.isascii():
            return start + utf8_column
        whole = self.line_text(line).encode("utf-8", "surrogatepass")
        return start + len(whole[:utf8_column].decode("utf-8", "surrogatepass"))

    def span(self, node: ast.AST) -> Span:
        """Return the span of an `ast` node that has a position (parentheses are outside it)."""
        assert isinstance(
            node, ast.expr | ast.stmt | ast.excepthandler | ast.arg | ast.keyword | ast.alias
        )
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return Span(
            self.offset(node.lineno, node.col_offset),
            self.offset(node.end_lineno, node.end_col_offset),
        )


def line_starts(text: str) -> list[int]:
    """Return the offset of the first character of each physical line, as Python counts lines."""
    if "\r" in text:
        return [0, *(match.end() for match in _NEWLINE.finditer(text))]
    lengths = map(len, text.split("\n"))
    starts = list(itertools.accumulate(map((1).__add__, lengths), initial=0))
    del starts[-1]  # nothing begins after the last line
    return starts


def position(starts: list[int], span: Span) -> Position:
    """Return a span as editors show it, given the line starts of its text."""
    line = bisect.bisect_right(starts, span.start)
    end_line = bisect.bisect_right(starts, span.end)
    return Position(
        line,
        span.start - starts[line - 1] + 1,
        end_line,
        span.end - starts[end_line - 1] + 1,
    )


def read_source(
    path: PurePosixPath,
    data: bytes,
    taken: frozenset[str] = frozenset(),
    own: frozenset[str] = frozenset(),
) -> SourceFile:
    """Decode and parse a file; `taken` and `own` are those of `SourceFile`.

    Raises:
        SourceError: it can't be decoded, or this interpreter can't parse it.
    """
    text, encoding = decode(path, data)
    source = SourceText(path, data, text, encoding)
    nul = text.find("\0")
    if nul >= 0:  # each Python says it in other words, if at all
        line = position(line_starts(text), Span(nul, nul)).line
        message = f"{path}:{line}: it holds a NUL character; correct it or exclude the file"
        raise SourceError("engine/unparsable", message, source)
    try:
        tree = _tree(path, text)
    except SyntaxError as error:
        raise _unparsable(source, error) from None
    except ValueError as error:
        message = f"{path}: {error}; exclude the file"
        raise SourceError("engine/unparsable", message, source) from None
    except (RecursionError, MemoryError):
        message = f"{path}: nested too deeply for Python's parser; exclude the file"
        raise SourceError("engine/too-deep", message) from None
    return SourceFile(path, data, text, encoding, tree, taken, own)


def known_source(
    path: PurePosixPath,
    data: bytes,
    outline: Outline,
    taken: frozenset[str] = frozenset(),
    own: frozenset[str] = frozenset(),
) -> SourceFile:
    """Decode a file that was parsed before; it is parsed again when somebody asks for its tree.

    Raises:
        SourceError: it can't be decoded.
    """
    text, encoding = decode(path, data)
    return SourceFile(path, data, text, encoding, None, taken, own, outline)


def _tree(path: PurePosixPath, text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the target's invalid escapes are not our output
        return ast.parse(text, filename=str(path))


def _unparsable(source: SourceText, error: SyntaxError) -> SourceError:
    from codemods.python.newer_syntax import needed_python

    needed = needed_python(source.text)
    if needed is not None:
        version = ".".join(map(str, needed))
        message = f"{source.path}: its syntax needs Python {version}; run codemods on that Python"
        return SourceError(f"engine/needs-python-{version}", message)
    message = f"{source.path}:{error.lineno or 1}: {error.msg}; correct it or exclude the file"
    return SourceError("engine/unparsable", message, source)


def apply_replacements(file: SourceText, replacements: tuple[Replacement, ...]) -> bytes:
    """Return the file's bytes with the replacements made.

    Raises:
        ValueError: the replacements overlap or are out of order.
        UnicodeEncodeError: a new text does not fit the file's encoding.
    """
    pieces: list[str] = []
    at = 0
    for replacement in replacements:
        if replacement.span.start < at:
            raise ValueError(f"{file.path}: overlapping replacements at {replacement.span}")
        pieces += (file.text[at : replacement.span.start], replacement.text)
        at = replacement.span.end
    pieces.append(file.text[at:])
    return "".join(pieces).encode(file.encoding)


def decode(path: PurePosixPath, data: bytes) -> tuple[str, str]:
    """Return a file's text without its BOM, and the codec that gives its bytes back.

    Raises:
        SourceError: the bytes are not what the file's coding line (PEP 263) says.
    """
    # detect_encoding knows of no lone carriage returns, and asks for two lines at most.
    first = _NEWLINE_BYTES.split(data, 2)[:2]
    try:
        lines = iter(first)
        encoding, _ = tokenize.detect_encoding(lambda: next(lines) + b"\n")
        text = data.removeprefix(_BOM).decode("utf-8" if encoding == "utf-8-sig" else encoding)
    except (SyntaxError, LookupError) as error:
        told = any(b"coding" in line for line in first)
        remedy = "correct its coding line" if told else "add a coding line or convert it"
        raise SourceError("engine/undecodable", f"{path}: {error}; {remedy}") from None
    except UnicodeDecodeError as error:
        raise SourceError(
            "engine/undecodable",
            f"{path}: byte {error.start} is not {error.encoding}; add a coding line or convert it",
        ) from None
    except UnicodeError as error:  # some codecs raise no better one
        raise SourceError(
            "engine/undecodable", f"{path}: {error}; correct its coding line"
        ) from None
    if _encoded(text, encoding) != data:
        raise SourceError(
            "engine/undecodable", f"{path}: {encoding} does not round-trip; convert it to UTF-8"
        )
    return text, encoding


def _encoded(text: str, encoding: str) -> bytes | None:
    try:
        return text.encode(encoding)
    except UnicodeError:
        return None
