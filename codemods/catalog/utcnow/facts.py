"""What the survey knows of a site: enough to decide on it, and to rewrite it either way."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from codemods.codemod import Bar, Span
from codemods.python.flow import FlowSummary
from codemods.python.imports import Extension, NewStatement

__all__ = [
    "Change",
    "Double",
    "DoubleEdit",
    "Facts",
    "FileFacts",
    "Form",
    "Helper",
    "Outer",
    "OuterKind",
    "Shape",
    "Stars",
    "Use",
    "Wrap",
]


class Form(enum.StrEnum):
    """What a site becomes."""

    AWARE = "aware"  #: `datetime.now(timezone.utc)`
    EXACT = "exact"  #: the same with `.replace(tzinfo=None)`: equal to the original in every way
    LEFT = "left"


class Shape(enum.StrEnum):
    """How the method is used; also the kind of the site."""

    CALL = "call"
    REFERENCE = "reference"
    LOOKUP = "lookup"  #: ``getattr(datetime, "utcnow")``
    DOUBLE = "double"  #: what a test puts in the place of the clock


class Use(enum.StrEnum):
    """What becomes of the value in the expression that it stands in."""

    PARTS = "parts"  #: fields, date, time, text of a format without a zone: the same either way
    ZONED = "zoned"  #: `.replace(tzinfo=…)` gives it a zone, which stays
    REDUNDANT = "redundant"  #: `.replace(tzinfo=utc)` and nothing else
    STRIPPED = "stripped"  #: `.replace(tzinfo=None)` is there already
    ZULU = "zulu"  #: `.isoformat() + "Z"`
    LOCAL = "local"  #: `.timestamp()`, `.astimezone(…)`: take a naive value for local time
    MKTIME = "mktime"  #: `.timetuple()`, whose DST flag depends on awareness
    TEXT = "text"  #: text with everything in it
    MEETS = "meets"  #: compared, subtracted
    REFERENCE = "reference"  #: whoever calls it decides
    TRAVELS = "travels"  #: stored, passed on, returned


class Wrap(enum.StrEnum):
    """What a reference becomes."""

    LAMBDA = "lambda"
    PARENTHESES = "parentheses"  #: a lambda that needs them where it stands
    STATICMETHOD = "staticmethod"  #: in a class body, where a lambda would become a method
    FUNCTION = "function"  #: of the module, for whoever pickles or serialises it by name


class OuterKind(enum.StrEnum):
    """An edit around a site that goes with one of its forms."""

    DROP_REPLACE = "drop-replace"  #: of the aware form; its zone moves into the call
    DROP_Z = "drop-z"  #: of the aware form; the text ends in Z by `.replace("+00:00", "Z")`
    ADD_TZINFO = "add-tzinfo"  #: of the exact form; the `.replace(…)` that is there strips the zone


class Change(enum.StrEnum):
    """How a naive value that meets a site's becomes aware along with it."""

    TZINFO = "tzinfo"  #: `datetime(2024, 1, 1)` gets one more argument
    REPLACE = "replace"  #: `.replace(tzinfo=…)` behind it: `strptime(…)`, `datetime.max`
    NOW = "now"  #: `now()` and `today()` become `now(timezone.utc)`
    STAMP = "stamp"  #: `fromtimestamp(x)` gets `tz=`


class Outer(NamedTuple):
    """The expression around a site that changes along with it."""

    kind: OuterKind
    span: Span


class Helper(NamedTuple):
    """A function of the module that a reference can name."""

    name: str
    at: int  #: start of a line of the module


class Facts(NamedTuple):
    """One site."""

    method: str  #: ``utcnow`` or ``utcfromtimestamp``
    shape: Shape
    span: Span
    receiver: str = ""  #: the class as written
    use: Use = Use.TRAVELS
    outer: Outer | None = None
    blocked: Bar | None = None  #: why no form can be written
    elsewhere: str = ""
    """Qualified name of a class that must prove to be `datetime`; then nothing is blocked."""
    utc: str = ""  #: how to spell `timezone.utc` there
    edit: NewStatement | Extension | None = None  #: the import that this takes
    wrap: Wrap = Wrap.LAMBDA  #: for references
    helper: Helper | None = None  #: for ``Wrap.FUNCTION``
    note: str = ""  #: for the reviewer, whatever the form


@dataclass(frozen=True, slots=True)
class Stars:
    """What matters of a file when names travel by star imports."""

    origins: tuple[str, ...] = ()  #: of its star imports, with leading dots when relative
    exports: bool = False  #: it has ``__all__``
    held: frozenset[str] = frozenset()  #: which of the names that we import it has of its own


class DoubleEdit(NamedTuple):
    """An edit of a test double, once the code that it stands for is rewritten."""

    span: Span
    method: str
    kind: Literal["rename", "call", "method"]
    """An attribute, a call of it, or a method of a class."""
    given: Span | None = None  #: the target or call that says what a mock answers


class Double(NamedTuple):
    """A mock, or a class, that a test puts in the place of the clock."""

    span: Span  #: the call that patches, or the class
    edits: tuple[DoubleEdit, ...]
    name: str = ""  #: of the class; "" for a mock
    why: str = ""  #: what is not understood about it


@dataclass(frozen=True, slots=True)
class FileFacts:
    """The sites of one file, by `Site.id`, and where its values go."""

    flow: FlowSummary
    sites: Mapping[str, Facts] = field(default_factory=dict)
    stars: Stars = Stars()
    doubles: tuple[Double, ...] = ()
    edits: Mapping[str, DoubleEdit] = field(default_factory=dict)  #: those of doubles, by `Site.id`
    kept: tuple[
        tuple[int, int], ...
    ] = ()  #: lines that a comment keeps, from the first to the last
