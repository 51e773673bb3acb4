"""One field a variable: what all its reads together allow it to be."""

from __future__ import annotations

import ast
import enum
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from codemods.catalog.env_to_config.conversions import FILLED
from codemods.catalog.env_to_config.facts import Conversion, Read, Shape, Unset
from codemods.codemod import Site, Span

__all__ = ["Decision", "Field", "Member", "SiteForm", "decide", "is_secret", "without_fallback"]

_SECRET = re.compile(
    r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PASS|PSWD|PWD|DSN|PRIVATE|CREDENTIAL)S?(?:_|$)",
    re.IGNORECASE,
)
_WITH_LOGIN = re.compile(
    r"(?:DATABASE|DB|SQL\w*|POSTGRES\w*|PG|MYSQL|REDIS|MONGO\w*|AMQP|RABBIT\w*|BROKER|SENTRY|SMTP|"
    r"CELERY|WEBHOOK)_(?:\w+_)?UR[IL]$",
    re.IGNORECASE,
)
_USERINFO = re.compile(r"://[^/@\s]*:[^/@\s]*@")


class SiteForm(enum.StrEnum):
    """What stands in the place of a read."""

    FIELD = "field"  #: `config.A`
    DEFAULT = "default"  #: `default if config.A is None else config.A`
    REQUIRE = "require"  #: `config.require("A")`
    PRESENT = "present"  #: `config.A is not None`
    ABSENT = "absent"  #: `config.A is None`


@dataclass(frozen=True, slots=True)
class Member:
    """A site and what is known of it."""

    site: Site
    read: Read


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the generated class."""

    variable: str
    type: str
    parse: str
    default: str | None  #: as source; None for one that is required
    secret: bool
    modules: tuple[str, ...]
    used_in: tuple[PurePosixPath, ...]
    at_import: bool  #: some module reads it while it loads
    certain: bool  #: some read of it does not hang on a condition
    text: str  #: the default as the environment would hold it; "" if it can't

    @property
    def signature(self) -> tuple[str, ...]:
        """What makes two declarations do the same, without layout."""
        kind = "required" if self.required else "optional"
        texts = (self.type, self.parse, *([] if self.default is None else [self.default]))
        plain = [ast.unparse(ast.parse(text, mode="eval")) for text in texts]
        return (kind, *plain) if self.default is not None else (kind, *plain, "")

    @property
    def required(self) -> bool:
        """Whether every read fails without it."""
        return self.default is None

    @property
    def checkable(self) -> bool:
        """Whether a check can find anything wrong with it."""
        return self.required or self.parse != "str"


@dataclass(frozen=True, slots=True)
class Decision:
    """A field, and what becomes of each site of its variable."""

    field: Field
    forms: tuple[tuple[SiteForm, Span], ...]  #: one for each member: the form, and what it replaces
    disagreement: str = ""  #: a clause that says how the reads differ

    @property
    def note(self) -> str:
        """What a reviewer should look at; "" when the reads agree."""
        if not self.disagreement:
            return ""
        return f"the reads of {self.field.variable} disagree: {self.disagreement}"


def is_secret(variable: str, default: str | None) -> bool:
    """Tell whether a variable's value must not be shown."""
    return (
        _SECRET.search(variable) is not None
        or _WITH_LOGIN.search(variable) is not None
        or (default is not None and _USERINFO.search(default) is not None)
    )


def without_fallback(read: Read) -> Read:
    """Return a read as it is without its defaults; one without any stays as it is."""
    if read.default is None and read.fallback is None:
        return read
    conversion = read.conversion and replace(read.conversion, default=None)
    if read.fallback is None:
        return replace(read, shape=Shape.SUBSCRIPT, default=None, conversion=conversion)
    return replace(
        read,
        shape=Shape.SUBSCRIPT,
        span=read.fallback.span,
        default=None,
        conversion=read.bare,
        fallback=None,
        filled=True,
    )


def decide(
    variable: str,
    members: Sequence[Member],
    fits: Callable[[str, str | None], bool],
    existing: tuple[str, ...] | None = None,
) -> Decision | None:
    """Return the field for a variable, and the form of each of its reads.

    What all reads agree on moves into the field; the rest stays where it is.

    Args:
        variable: its name.
        members: the reads that will be rewritten; at least one.
        fits: tells of a parser and a default whether a declaration can hold them.
        existing: the signature of a field that is there already.

    Returns None when the field that is there does not do for these reads.
    """
    for decision in _decisions(variable, members, fits):
        if existing is None or decision.field.signature == existing:
            return decision
    return None


def _decisions(
    variable: str, members: Sequence[Member], fits: Callable[[str, str | None], bool]
) -> Iterator[Decision]:
    """Yield the ways to declare a field, the one that takes most over first."""
    conversions = [member.read.conversion for member in members]
    first = conversions[0]
    if (
        first is not None
        and all(_same(first, other) for other in conversions)
        and fits(first.parse, first.default)
    ):
        field = _field(variable, members, first.type, first.parse, first.default, first.modules)
        yield Decision(
            field, tuple((SiteForm.FIELD, one.span) for one in conversions if one is not None)
        )
    kinds = {_unset(member.read) for member in members}
    if len(kinds) == 1:
        type_, default = _plain(members[0].read)
        if type_:
            parse = FILLED if any(member.read.filled for member in members) else "str"
            field = _field(variable, members, type_, parse, default)
            yield Decision(field, tuple((SiteForm.FIELD, member.read.span) for member in members))
    field = _field(variable, members, "str | None", "str", "None")
    forms = tuple((_form(member.read), member.read.span) for member in members)
    disagreement = _disagreement(members, hidden=field.secret) if len(kinds) > 1 else ""
    yield Decision(field, forms, disagreement)


def _same(one: Conversion, other: Conversion | None) -> bool:
    return other is not None and (one.type, one.parse, one.default) == (
        other.type,
        other.parse,
        other.default,
    )


def _field(
    variable: str,
    members: Sequence[Member],
    type_: str,
    parse: str,
    default: str | None,
    modules: Iterable[str] = (),
) -> Field:
    defaults = [one for member in members for one in (member.read.default, member.read.fallback)]
    literals = [one.literal for one in defaults if one is not None]
    return Field(
        variable,
        type_,
        parse,
        default,
        _is_text(type_, literals) and any(is_secret(variable, one) for one in ("", *literals)),
        tuple(modules),
        tuple(sorted({member.site.path for member in members})),
        any(member.read.at_import for member in members),
        any(member.read.certain for member in members),
        _text(members[0].read) if default not in (None, "None") else "",
    )


def _is_text(type_: str, literals: Sequence[str]) -> bool:
    """Tell whether a value can be a secret: no number is one, nor what is true by default."""
    words = {text.strip("\"'").lower() for text in literals}
    return type_ not in ("bool", "int", "float") and not words & {"true", "false"}


def _text(read: Read) -> str:
    default = read.default or read.fallback
    value = default.value if default else None
    return "" if value is None or isinstance(value, bool) else str(value)


def _unset(read: Read) -> tuple[object, ...]:
    """Return what distinguishes reads as far as unset variables go."""
    if read.shape in (Shape.PRESENCE, Shape.ABSENCE):
        return ("asked",)
    if read.unset is Unset.RAISES:
        return ("caught",) if read.caught else ("raises",)
    if read.unset is Unset.EXPRESSION:
        return ("expression", read.span)
    return ("literal", read.default.literal if read.default else "None")


def _plain(read: Read) -> tuple[str, str | None]:
    """Return type and default of a field that keeps the text; no type if there is none for all."""
    if read.shape in (Shape.PRESENCE, Shape.ABSENCE) or read.unset is Unset.EXPRESSION:
        return "", None
    if read.unset is Unset.RAISES:
        return ("", None) if read.caught else ("str", None)
    if read.default is None:
        return "str | None", "None"
    kind = type(read.default.value).__name__
    type_ = "str" if kind == "str" else f"str | {kind}"
    return type_, read.default.literal


def _form(read: Read) -> SiteForm:
    if read.shape is Shape.PRESENCE:
        return SiteForm.PRESENT
    if read.shape is Shape.ABSENCE:
        return SiteForm.ABSENT
    if read.unset is Unset.RAISES:
        return SiteForm.REQUIRE
    return SiteForm.FIELD if read.default is None else SiteForm.DEFAULT


def _disagreement(members: Sequence[Member], *, hidden: bool) -> str:
    """Say how the reads differ, each way once with its places."""
    ways: dict[str, list[str]] = {}
    for member in members:
        place = f"{member.site.path}:{member.site.position.line}"
        ways.setdefault(_way(member.read, hidden=hidden), []).append(place)
    return "; ".join(f"{way} ({', '.join(places)})" for way, places in ways.items())


def _way(read: Read, *, hidden: bool) -> str:
    if read.shape in (Shape.PRESENCE, Shape.ABSENCE):
        return "asked for its presence"
    if read.unset is Unset.RAISES:
        return "must be set" if not read.caught else "must be set, unless a handler steps in"
    if read.unset is Unset.NONE:
        return "None when unset"
    if read.default is None or not read.default.literal:
        return "a default that is worked out"
    return f"default {'of its own' if hidden else read.default.literal}"
