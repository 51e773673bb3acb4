"""What the survey knows of a file: its reads of the environment, and what else is about it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from codemods.codemod import Bar, Span

__all__ = [
    "MARKER",
    "Centre",
    "CentreField",
    "Conversion",
    "Declares",
    "Default",
    "Extension",
    "FileFacts",
    "OwnClass",
    "OwnField",
    "Read",
    "Shape",
    "Unset",
]


MARKER = "# Written by codemods (env-to-config); yours to edit."
"""The first line of what this codemod writes."""


class Shape(enum.StrEnum):
    """How the environment is asked; also the kind of the site."""

    GET = "get"  #: `os.getenv(…)`, `os.environ.get(…)`
    SUBSCRIPT = "subscript"  #: `os.environ[…]`
    PRESENCE = "presence"  #: `"A" in os.environ`
    ABSENCE = "absence"  #: `"A" not in os.environ`
    POP = "pop"
    SETDEFAULT = "setdefault"


class Unset(enum.StrEnum):
    """What happens when the variable is not set."""

    RAISES = "raises"
    NONE = "none"
    LITERAL = "literal"  #: there is a default that can be written anywhere
    EXPRESSION = "expression"  #: there is one that only means something where it stands


@dataclass(frozen=True, slots=True)
class Default:
    """The second argument of a read, where that is not None."""

    span: Span
    literal: str = ""  #: as the generated module writes it; "" for an expression
    value: str | int | float | bool | None = None  #: of the literal
    repeatable: bool = True  #: it makes no difference when, or whether, it is evaluated
    fails: bool = False  #: it does so in some environments


@dataclass(frozen=True, slots=True)
class Conversion:
    """What an expression makes of the text of a variable."""

    span: Span  #: of the whole expression, with the read in it
    parse: str  #: a callable, as the generated module writes it
    type: str
    default: str | None  #: its value for an unset variable, as source; None if it raises then
    modules: tuple[str, ...] = ()  #: import statements that `parse`, type and default need


@dataclass(frozen=True, slots=True)
class Read:
    """One site."""

    shape: Shape
    span: Span
    variable: str | None  #: None when the name is not a literal
    default: Default | None = None
    conversion: Conversion | None = None
    fallback: Default | None = None
    """The literal of ``read or literal``; its span is that of the whole expression."""
    bare: Conversion | None = None  #: the conversion without that literal
    filled: bool = False  #: an empty text must be refused
    reference: str = ""  #: the qualified name of the constant that holds the variable's name
    at_import: bool = False  #: it is evaluated while its module is loaded
    caught: bool = False  #: a handler around it may expect its failure
    certain: bool = False  #: no condition in its function decides whether it is evaluated
    enclosed: bool = False  #: a conditional expression needs no parentheses in its place
    blocked: Bar | None = None  #: why it can't be rewritten

    @property
    def unset(self) -> Unset:
        """What the read itself does for an unset variable."""
        if self.shape is Shape.SUBSCRIPT:
            return Unset.RAISES
        if self.default is None:
            return Unset.NONE
        return Unset.LITERAL if self.default.literal else Unset.EXPRESSION


class Declares(enum.StrEnum):
    """How a class that was there before declares its fields."""

    ASSIGNMENT = "assignment"  #: ``A = os.getenv("A")``
    ANNOTATION = "annotation"  #: ``a: str = os.getenv("A", "x")``
    FACTORY = "factory"  #: ``a: str = field(default_factory=lambda: os.getenv("A", "x"))``
    SETTINGS = "settings"  #: ``A: str = "x"``, in a class of pydantic-settings


@dataclass(frozen=True, slots=True)
class CentreField:
    """A field of such a class that holds the text of a variable."""

    name: str
    default: str  #: as source; "None" for none


@dataclass(frozen=True, slots=True)
class Extension:
    """How fields are added to a class that was there before."""

    declares: Declares
    symbol: str  #: what other files import: its only instance, or itself
    at: int  #: offset of the line after its last field
    indent: str
    read: str  #: the function that it reads with, as source
    field: str  #: `dataclasses.field`, as source
    lower: bool  #: fields have lower-case names
    optional: str  #: how "or None" is written: ``{} | None``, ``Optional[{}]``; "" if it can't be
    names: frozenset[str]  #: what is taken
    fields: Mapping[str, CentreField]  #: by variable
    harmless: bool  #: loading its module can't fail, nor do anything that shows


@dataclass(frozen=True, slots=True)
class Centre:
    """A class that is the configuration already."""

    name: str
    line: int
    pydantic: bool
    reads: int  #: how many variables it reads by their names
    extension: Extension | None = None
    why: str = ""  #: why it has none; a clause
    names: frozenset[str] = frozenset()  #: by which others may import it, or what makes it
    mentions: frozenset[str] = frozenset()  #: names that its fields mention
    bases: frozenset[str] = frozenset()  #: last parts of the names of its base classes


@dataclass(frozen=True, slots=True)
class OwnField:
    """A field of a module that this codemod wrote earlier."""

    name: str
    signature: tuple[str, ...]  #: compare `Field.signature`
    at: int  #: offset of its line


@dataclass(frozen=True, slots=True)
class OwnClass:
    """The class of a module that this codemod wrote earlier."""

    fields: Mapping[str, OwnField]  #: by variable
    end: int  #: offset of the line after the last field
    methods: int  #: offset of the line of the first method
    requires: bool  #: it has the method `require`
    pydantic: bool  #: it is a class of pydantic-settings
    at: int  #: offset of the line on which it begins
    fills: bool  #: its module has the function `filled`


@dataclass(frozen=True, slots=True)
class FileFacts:
    """One file."""

    reads: Mapping[str, Read] = field(default_factory=dict)  #: by `Site.id`
    written: frozenset[str] = frozenset()  #: variables that the file sets in its own process
    references: frozenset[str] = frozenset()  #: constants that hold names of such variables
    rewrites: bool = False  #: it sets variables whose names can't be told
    whole: bool = False  #: it hands the environment on as a whole
    centres: tuple[Centre, ...] = ()
    libraries: frozenset[str] = frozenset()  #: libraries for configuration that it imports
    django: bool = False  #: it is a settings module of Django
    patched: frozenset[tuple[str, str]] = frozenset()
    """(last part of a module's name, name in it) of what strings say to replace for a test."""
    own: OwnClass | None = None
    others: int = 0  #: uses of the environment that are no reads of one variable
