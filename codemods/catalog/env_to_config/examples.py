"""The example of a .env file: written where there is none, else completed in its own style."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from codemods.catalog.env_to_config.facts import MARKER
from codemods.catalog.env_to_config.fields import Field

__all__ = ["example_paths", "example_text", "missing_text"]

_NAMES = (
    *(".env.example", ".env.sample", ".env.template", ".env.dist", ".env_example", ".env-example"),
    *("env.example", "example.env", "env.sample", "sample.env", "template.env"),
)
_SPECIAL = re.compile(
    r"\.?env[._-][\w-]+[._-](?:example|sample|template|dist)|\.env\.example\.[\w-]+"
)
_QUOTED = frozenset(" #'\"$\\`=")
_ASSIGNMENT = re.compile(
    r"^[ \t]*(?P<comment>#[ \t]*)?(?P<export>export[ \t]+)?(?P<name>\w[\w.-]*)"
    r"(?P<equals>[ \t]*=[ \t]*)(?P<value>[^\r\n]*)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class _Style:
    """How a file writes its lines."""

    comment: str = "# "  #: before a line that has no effect
    export: str = ""
    equals: str = "="
    quote: str = ""  #: around all values
    explained: bool = False  #: type and demand stand above each line, as this codemod writes it


def example_paths(
    root: PurePosixPath, paths: Collection[PurePosixPath]
) -> tuple[PurePosixPath, ...]:
    """Return the examples that a distribution has, the one to complete first.

    The others are for certain uses (`.env.production.example`) or double it under another name.
    """
    common = [root / name for name in _NAMES if root / name in paths]
    special = sorted(
        path for path in paths if path.parent == root and _SPECIAL.fullmatch(path.name)
    )
    return (*common, *special)


def example_text(fields: Iterable[Field]) -> str:
    """Return a new file: names, types, defaults; never the value of a secret."""
    lines = [
        MARKER,
        "# Copy it to .env and fill it in; what is commented out has the default shown.",
        *_lines(_sorted(fields), _Style(explained=True)),
    ]
    return "\n".join(lines) + "\n"


def missing_text(text: str, others: Iterable[str], fields: Iterable[Field]) -> str:
    """Return what must be added to the end of a file so that it names all variables.

    A variable that it has commented out is named there, and so is one of which the text of
    another example knows; "" when none is missing.
    """
    found = list(_ASSIGNMENT.finditer(text))
    named = {match["name"] for one in (text, *others) for match in _ASSIGNMENT.finditer(one)}
    missing = [field for field in _sorted(fields) if field.variable not in named]
    if not missing:
        return ""
    newline = "\r\n" if "\r\n" in text else "\n"
    style = _style_of(text, found)
    lines = list(_lines(missing, style))
    if not style.explained and text.strip():
        lines.insert(0, "")
    start = newline if text and not text.endswith(newline) else ""
    return start + newline.join(lines) + newline


def _sorted(fields: Iterable[Field]) -> list[Field]:
    return sorted(fields, key=lambda field: field.variable)


def _style_of(text: str, found: Sequence[re.Match[str]]) -> _Style:
    active = [match for match in found if not match["comment"]]
    comments = [match["comment"] for match in found if match["comment"]]
    values = [match["value"].strip() for match in active if match["value"].strip()]
    quotes = {value[0] if value[0] in "'\"" else "" for value in values}
    return _Style(
        max(comments, key=comments.count) if comments else "# ",
        "export " if active and all(match["export"] for match in active) else "",
        " = "
        if active and all(match["equals"].strip(" ") != match["equals"] for match in active)
        else "=",
        quotes.pop() if len(quotes) == 1 else "",
        text.startswith(MARKER),
    )


def _lines(fields: Sequence[Field], style: _Style) -> Iterable[str]:
    for field in fields:
        if style.explained:
            demand = "required" if field.required else "optional"
            yield from ("", f"# {field.type.removesuffix(' | None')}, {demand}")
        value = "" if field.secret else _env_value(field.text, style.quote)
        comment = "" if field.required else style.comment
        yield f"{comment}{style.export}{field.variable}{style.equals}{value}".rstrip(" ")


def _env_value(text: str, quote: str) -> str:
    if "\n" in text or "\r" in text or not text:
        return ""
    if set(text) & _QUOTED or quote:
        if quote == "'" and "'" not in text:
            return f"'{text}'"
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return text
