"""Writes commit messages from plain data, and reads their trailers back."""

from __future__ import annotations

import enum
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath, PurePosixPath
from typing import NamedTuple

from codemods.git.quoting import display_path

__all__ = ["COLUMNS", "FileLine", "Trailers", "build_message", "parse_trailers"]

COLUMNS = 72  #: the width of subjects and paragraphs

# What an editor, `git am` or `git interpret-trailers` takes for something else at the start of a
# line: comments, the end of the message, a patch, the next mail.
_MISREAD = re.compile(r"#|---|diff -|Index: |From |>+From ")
_BULLET = re.compile(r"[-*] ")
_TRAILER = re.compile(r"([A-Za-z0-9-]+)[ \t]*:[ \t]*(.*)")


class FileLine(NamedTuple):
    """A file that the commit changes, and what is said about it (``3 sites``)."""

    path: PurePosixPath
    text: str = ""


@dataclass(frozen=True, slots=True)
class Trailers:
    """From what a commit can be made again."""

    codemod: str
    tool: str  #: versions of the tool and of what its results depend on
    base: str  #: id of the commit that the run started from
    options: Mapping[str, object] = field(default_factory=dict)
    """Those that differ from their defaults; what JSON can hold, paths, enums, sets of text."""
    part: str = ""  #: which part of a codemod's changes, when it takes several commits
    run: Mapping[str, object] = field(default_factory=dict)
    """What was typed besides: paths, globs, options, the size of the commits."""
    without: tuple[str, ...] = ()  #: what was declined or withheld
    signed_off_by: str = ""  #: ``Name <email>``

    def lines(self) -> Iterator[str]:
        """Yield the lines of the message's last paragraph."""
        yield f"Codemod: {_encode(self.codemod)}"
        if self.part:
            yield f"Codemod-Part: {_encode(self.part)}"
        yield f"Codemod-Tool: {_encode(self.tool)}"
        yield f"Codemod-Options: {json.dumps(_plain(self.options), sort_keys=True)}"
        if self.run:
            yield f"Codemod-Run: {json.dumps(_plain(self.run), sort_keys=True)}"
        yield f"Codemod-Base: {_encode(self.base)}"
        for item in self.without:
            yield f"Codemod-Without: {_encode(item)}"
        if self.signed_off_by:
            # Git's own form: no quoting, and bytes that are not UTF-8 can't be kept.
            name = self.signed_off_by.encode("utf-8", "replace").decode()
            yield f"Signed-off-by: {' '.join(name.split())}"


def build_message(
    subject: str,
    paragraphs: Sequence[str],
    trailers: Trailers,
    files: Sequence[FileLine] = (),
    *,
    most_files: int = 40,
) -> bytes:
    """Return a commit message in UTF-8.

    A subject of more than 72 columns is cut at a word and repeated in full below. Paragraphs are
    wrapped at 72 columns; their lines that begin with a space stay as they are, and those that
    begin with ``- `` are items of a list. At most `most_files` files are listed.
    """
    line, cut = _subject(subject)
    body = [*([subject] if cut else []), *paragraphs]
    blocks = [line, *("\n".join(_wrap_paragraph(p)) for p in body if p.strip())]
    if files:
        blocks.append("\n".join(_file_lines(files, most_files)))
    blocks.append("\n".join(trailers.lines()))
    return ("\n\n".join(blocks) + "\n").encode("utf-8", "backslashreplace")


def parse_trailers(message: bytes) -> Trailers | None:
    """Return the trailers that `build_message` wrote; None where there are none.

    Further trailers that people added are ignored, also in paragraphs of their own.
    """
    for paragraph in reversed(re.split(r"\n[ \t]*\n", message.decode("utf-8", "replace"))):
        values = _trailer_values(paragraph)
        if "Codemod" in values and "Codemod-Base" in values:
            break
    else:
        return None
    try:
        options = json.loads(values.get("Codemod-Options", ["{}"])[0])
        run = json.loads(values.get("Codemod-Run", ["{}"])[0])
    except ValueError:
        return None
    if not isinstance(options, dict) or not isinstance(run, dict):
        return None
    return Trailers(
        codemod=_decode(values["Codemod"][0]),
        tool=_decode(values.get("Codemod-Tool", [""])[0]),
        base=_decode(values["Codemod-Base"][0]),
        options=options,
        run=run,
        part=_decode(values.get("Codemod-Part", [""])[0]),
        without=tuple(_decode(value) for value in values.get("Codemod-Without", [])),
        signed_off_by=values.get("Signed-off-by", [""])[0],
    )


def _trailer_values(paragraph: str) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    last: list[str] | None = None
    for line in paragraph.split("\n"):
        match = _TRAILER.fullmatch(line.rstrip("\r"))
        if match:
            last = values.setdefault(match[1], [])
            last.append(match[2].strip())
        elif line[:1] in (" ", "\t") and last:
            last[-1] = f"{last[-1]} {line.strip()}"  # a long line that somebody has folded
        else:
            last = None
    return values


def _encode(value: str) -> str:
    """Return a value on one line: as it is, or as JSON where that would not come back."""
    plain = value.isprintable() and value == value.strip() and value and value[0] != '"'
    return value if plain else json.dumps(value)


def _decode(value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        return str(json.loads(value))
    except ValueError:
        return value


def _plain(value: object) -> object:
    """Return what JSON can hold, the same in every run."""
    match value:
        case enum.Enum():
            return _plain(value.value)
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case frozenset() | set():
            return sorted(str(_plain(item)) for item in value)
        case list() | tuple():
            return [_plain(item) for item in value]
        case PurePath():
            return value.as_posix()
        case _:
            return value


def _subject(text: str) -> tuple[str, bool]:
    """Return the subject's line, and whether something was cut off."""
    words = _clean(text).split()
    whole = " ".join(words)
    if _columns(whole) <= COLUMNS:
        return _harmless(whole), False
    line = ""
    for word in words:
        longer = f"{line} {word}" if line else word
        if _columns(longer) > COLUMNS - 2:
            break
        line = longer
    if not line:
        line = words[0]
        while _columns(line) > COLUMNS - 2:
            line = line[:-1]
    return f"{_harmless(line)} …", True


def _wrap_paragraph(text: str) -> Iterator[str]:
    """Yield the lines of one paragraph."""
    pending: list[str] = []
    for line in _clean(text).split("\n"):
        if not line.strip():
            continue
        if line[0] == " " or _BULLET.match(line):
            yield from _wrap(pending)
            pending = []
        if line[0] == " ":
            yield line.rstrip()
        else:
            pending.append(line)
    yield from _wrap(pending)


def _wrap(lines: Iterable[str]) -> Iterator[str]:
    words = " ".join(lines).split()
    indent = "  " if words and words[0] in ("-", "*") else ""
    line = ""
    for word in words:
        longer = f"{line} {word}" if line.strip() else line + word
        if line.strip() and _columns(longer) > COLUMNS:
            yield _harmless(line)
            longer = indent + word
        line = longer
    if line:
        yield _harmless(line)


def _file_lines(files: Sequence[FileLine], most: int) -> Iterator[str]:
    yield "Files:"
    shown = files if len(files) <= most else files[: most - 1]
    for file in shown:
        text = " ".join(_clean(file.text).split())
        yield f"- {display_path(file.path)}: {text}" if text else f"- {display_path(file.path)}"
    if len(shown) < len(files):
        yield f"- and {len(files) - len(shown)} more"


def _harmless(line: str) -> str:
    return f" {line}" if _MISREAD.match(line) else line


def _clean(text: str) -> str:
    """Return text without what could move the cursor or end the message."""
    return "".join(
        c if c == "\n" or not unicodedata.category(c).startswith(("C", "Zl", "Zp")) else " "
        for c in text.replace("\r\n", "\n").replace("\t", "    ")
    )


def _columns(text: str) -> int:
    """Return the width of a text on a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
