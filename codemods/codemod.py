"""The vocabulary and the contract: what a codemod is given and what it answers.

Everything here is frozen, picklable and without logic to speak of. A codemod is three pure
functions: *survey* looks at one file, *plan* at all surveys together, *rewrite* at one file and
what was decided about it. It never touches the disk, Git or the terminal.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    NamedTuple,
    Protocol,
    TypeVar,
    cast,
    runtime_checkable,
)

if TYPE_CHECKING:
    from codemods.project.project import Project
    from codemods.python.source import SourceFile, SourceText

__all__ = [
    "Action",
    "Addendum",
    "AnyOf",
    "Bar",
    "Circumstances",
    "Codemod",
    "DependencyEdit",
    "FileEdit",
    "Gate",
    "Lifter",
    "MoreNeedles",
    "Near",
    "NewFile",
    "Order",
    "Place",
    "Plan",
    "Position",
    "Reason",
    "Replacement",
    "Settings",
    "Site",
    "Span",
    "Survey",
    "Verdict",
]

F = TypeVar("F")
O = TypeVar("O")  # noqa: E741 - options; the letter is the type's role, not a number


class Position(NamedTuple):
    """A stretch of a file as editors show it.

    Lines and columns count from 1; columns are code points; the end is exclusive.
    """

    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


class Span(NamedTuple):
    """A half-open stretch of `SourceFile.text`, in code points."""

    start: int
    end: int


class Place(NamedTuple):
    """Somewhere that a message points at. Line and column count from 1."""

    path: PurePosixPath
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class Site(NamedTuple):
    """One place that a codemod is about, as the survey of the current snapshot saw it."""

    id: str  #: ``path:line:column:kind``, unique within one codemod's survey
    codemod: str
    kind: str
    path: PurePosixPath
    span: Span
    position: Position
    code: str  #: the code as written


@dataclass(frozen=True, slots=True)
class Survey(Generic[F]):
    """What one codemod found in one file."""

    sites: tuple[Site, ...]
    facts: F  #: the codemod's own summary of the file, for its plan
    counts: Mapping[str, int] = field(default_factory=dict)
    """Things worth a number but no ledger line, such as ``{"looked alike, not stdlib": 3}``."""


class Action(enum.StrEnum):
    """What is decided for a site."""

    REWRITE = "rewrite"
    LEAVE = "leave"


class Verdict(NamedTuple):
    """The decision on one site, and why."""

    action: Action
    group: str  #: sites with the same group are rewritten together or not at all
    reason: str  #: a stable code such as ``utcnow/compared-with-naive``
    message: str  #: one sentence about this very site
    note: str = ""  #: what a reviewer should look at, if anything
    related: tuple[Place, ...] = ()


class Reason(NamedTuple):
    """A stable code, one sentence about it, and a longer explanation for `codemods explain`."""

    code: str
    sentence: str
    explanation: str = ""


class Order(NamedTuple):
    """One thing to carry out in a file; `data` is between a codemod's plan and its rewrite."""

    site: str | None  #: the id of the site that this carries out; None for edits that only help
    span: Span
    data: Any


class NewFile(NamedTuple):
    """A file that the codemod writes; it must not exist in the snapshot."""

    path: PurePosixPath
    data: bytes


class Addendum(NamedTuple):
    """What goes to the end of a file that is there and is no Python; the rest of it stays."""

    path: PurePosixPath
    data: bytes


class DependencyEdit(NamedTuple):
    """A requirement (PEP 508) that a distribution needs from now on."""

    distribution: PurePosixPath  #: the folder of the distribution
    requirement: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Every site's verdict, and what must be done to carry the verdicts out."""

    verdicts: Mapping[str, Verdict]  #: by `Site.id`; exactly one for each surveyed site
    orders: Mapping[PurePosixPath, tuple[Order, ...]] = field(default_factory=dict)
    new_files: tuple[NewFile, ...] = ()
    dependencies: tuple[DependencyEdit, ...] = ()
    paragraphs: tuple[str, ...] = ()  #: extra paragraphs of the commit body
    todo: tuple[str, ...] = ()  #: what a person still has to do: sentences, for all reports
    python3: frozenset[PurePosixPath] = frozenset()
    """Distributions (by folder) that are Python 3 from now on, whatever their metadata says."""
    step: str = ""  #: names the commit when a codemod takes several
    again: bool = False
    """Once this is carried out, survey and plan again for the next step (a commit of its own)."""
    addenda: tuple[Addendum, ...] = ()


class Near(NamedTuple):
    """A needle of which only files count that have to do with another file, by their imports."""

    needle: bytes
    home: PurePosixPath


class MoreNeedles(NamedTuple):
    """A plan's request for another round: survey the files that hold these, or have these paths."""

    needles: frozenset[bytes] = frozenset()
    paths: frozenset[PurePosixPath] = frozenset()
    near: frozenset[Near] = frozenset()
    otherwise: Plan | None = None  #: the plan if no file that is new holds or has any of them


class Bar(NamedTuple):
    """Why the engine will not let a site be rewritten (generated file, suppressed, declined …)."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a plan must take as given, besides the surveys."""

    barred: Mapping[str, Bar] = field(default_factory=dict)  #: by `Site.id`
    searched: frozenset[bytes] = frozenset()  #: needles that were followed already
    near: frozenset[Near] = frozenset()  #: those that were followed already
    refused: frozenset[bytes] = frozenset()  #: needles found in too many files to be followed
    rounds_left: int = 8


class Replacement(NamedTuple):
    """`span` of the file's text becomes `text`.

    A region is whole physical lines without the last one's newline. An insertion is an empty span
    at the start of a line, with text that ends in a newline.
    """

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class FileEdit:
    """What a rewrite did to one file."""

    replacements: tuple[Replacement, ...]  #: in order, disjoint
    carried_out: frozenset[str]  #: ids of the sites whose orders were carried out
    refused: Mapping[str, Bar] = field(default_factory=dict)  #: sites that could not be, and why


@dataclass(frozen=True, slots=True)
class Settings(Generic[O]):
    """A codemod's options: for the whole repository, and where a path overrides them."""

    default: O
    overrides: tuple[tuple[str, Mapping[str, object]], ...] = ()
    """(glob as in `.gitignore`, the fields that it sets); of two globs that match, the later wins
    field by field."""

    def at(self, path: PurePosixPath) -> O:
        """Return the options for one file."""
        if not self.overrides:
            return self.default
        from pathspec import GitIgnoreSpec

        fields: dict[str, object] = {}
        for pattern, overridden in self.overrides:
            if GitIgnoreSpec.from_lines([pattern]).match_file(path):
                fields |= overridden
        options: Any = self.default
        return cast("O", replace(options, **fields) if fields else options)


class Gate(Protocol):
    """A compiled pattern, or several."""

    def search(self, data: bytes, /) -> object | None:
        """Return a match, or None."""


class AnyOf(NamedTuple):
    """A gate of several patterns, each of which begins with a literal.

    Python's `re` finds a literal at 2 GB a second, and tries an alternation or a `\\b` at every
    byte, a hundred times slower; so what stands before the literal is looked at behind it:
    ``print(?<!\\wprint)(?!\\w)``, not ``\\bprint\\b``.
    """

    patterns: tuple[bytes, ...]  #: compiled when they are first searched for

    def search(self, data: bytes) -> object | None:
        """Return the first match of the first pattern that matches."""
        return next(filter(None, (re.search(pattern, data) for pattern in self.patterns)), None)


class Codemod(Protocol):
    """One named migration.

    The three methods are pure, and import what is heavy (libcst) only when they are called.
    """

    @property
    def name(self) -> str:
        """Folder in the catalog, name on the command line, docs page, commit scope."""

    @property
    def summary(self) -> str:
        """Completes a commit subject after ``name: ``, in the imperative, within 50 characters."""

    @property
    def after(self) -> frozenset[str]:
        """Names of the codemods whose results this one wants to see."""

    @property
    def needles(self) -> frozenset[bytes]:
        """Byte strings without all of which a file can hold no site."""

    @property
    def gate(self) -> Gate | None:
        """What must match as well, searched in files that hold a needle; see `AnyOf`."""

    @property
    def options(self) -> type[Any]:
        """A frozen dataclass; each field has a default and ``metadata={"help": …}``.

        A text may have a ``"pattern"`` that it must match as a whole, and ``"accepts"``, which
        says that in words.
        """

    @property
    def reasons(self) -> Sequence[Reason]:
        """All reasons that its verdicts can give."""

    def survey(self, file: SourceFile, options: Any) -> Survey[Any]:
        """Find the sites of one file, and the facts that the plan needs of it."""

    def plan(
        self,
        surveys: Mapping[PurePosixPath, Survey[Any]],
        project: Project,
        settings: Settings[Any],
        circumstances: Circumstances,
    ) -> Plan | MoreNeedles:
        """Decide on every site, or ask for another round of files."""

    def rewrite(self, file: SourceFile, orders: Sequence[Order], options: Any) -> FileEdit:
        """Carry out the orders for one file."""


@runtime_checkable
class Lifter(Protocol):
    """A codemod that also looks at files which no Python 3 parses, to make them parsable."""

    def survey_text(self, file: SourceText, options: Any) -> Survey[Any]:
        """Find the sites of a file that can't be parsed; none when it can't be helped."""

    def rewrite_text(self, file: SourceText, orders: Sequence[Order], options: Any) -> FileEdit:
        """Carry out the orders for such a file; the result must parse."""
