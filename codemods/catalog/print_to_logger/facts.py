"""What the survey of one file tells the plan. Everything is frozen and picklable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from codemods.catalog.print_to_logger.levels import Level
from codemods.catalog.print_to_logger.message import Message, Style
from codemods.codemod import Span

__all__ = [
    "ClassLogger",
    "Configuration",
    "EntryPoint",
    "FileFacts",
    "Imported",
    "ImportedName",
    "LoggerFacts",
    "Merge",
    "ModuleLogger",
    "Print",
    "Reader",
    "Why",
]


@dataclass(frozen=True, slots=True)
class Why:
    """A reason to leave a print: the code without the codemod's name, and a sentence."""

    reason: str
    message: str
    stderr: bool = True  #: it goes for what is written to standard error as well
    overridable: bool = False  #: ``stdout=log`` says otherwise


@dataclass(frozen=True, slots=True)
class Merge:
    """A call of `traceback.print_exc` right after a print; one logging call replaces both."""

    span: Span


@dataclass(frozen=True, slots=True)
class Print:
    """One site."""

    id: str
    span: Span
    unit: str  #: the function that decides, as ``Class.method``; "" for the module
    why: Why | None  #: to leave this very call
    message: Message | None
    blank: bool = False
    repeated: bool = False  #: a logging call right beside it says the same
    to_stderr: bool = False
    explicit: bool = False  #: it names standard output: ``file=sys.stdout``
    level: Level = Level.INFO
    flags: frozenset[str] = frozenset()  #: those that ask for more output, in conditions around it
    prefix: str = ""  #: what ``strip_prefix`` takes off
    exception: bool = False  #: call `exception`, which adds the traceback
    exc_info: bool = False  #: add the traceback to a level other than error
    merge: Merge | None = None
    import_time: bool = False  #: it runs while the module is imported
    early: bool = False  #: it may run before the module's own logger is bound
    hidden: frozenset[str] = frozenset()  #: names of loggers that mean something else here
    in_guard: bool = False  #: it runs only when the file is the program
    top: Span | None = None  #: if it runs at import time, its statement at the top level
    receiver: str = ""  #: ``self`` or ``cls`` where a logger of the class can be used
    owner: str = ""  #: path of that class
    text: str = ""  #: the longest literal text of the message
    values: bool = False  #: the message holds values besides its text
    colours: bool = False
    statement: bool = False  #: it is a statement of its own
    line: int = 0


@dataclass(frozen=True, slots=True)
class ModuleLogger:
    """A name at module level that is a logger."""

    name: str
    style: Style | None  #: None for a kind that can't be called with positional values
    line: int


@dataclass(frozen=True, slots=True)
class ClassLogger:
    """An attribute of a class that is a logger."""

    owner: str
    attribute: str
    style: Style
    line: int  #: from which line on `__init__` may use it; 0 for an attribute of the class


@dataclass(frozen=True, slots=True)
class ImportedName:
    """A name at module level that is imported and may be a logger."""

    name: str
    module: str
    level: int
    attribute: str  #: its name there
    line: int


@dataclass(frozen=True, slots=True)
class LoggerFacts:
    """Which loggers a file has, and how one can be added."""

    own: tuple[ModuleLogger, ...] = ()
    of_classes: tuple[ClassLogger, ...] = ()
    imported: tuple[ImportedName, ...] = ()
    free: str = ""  #: the name of an added logger; "" if none can be added
    private: str = ""  #: the same, not exported by ``import *``
    place: int = 0  #: before which line it is added
    why_none: str = ""  #: why none can be added: a clause


@dataclass(frozen=True, slots=True)
class Reader:
    """A function that reads what others print: a test, a redirection, a parent process."""

    name: str
    line: int
    how: str  #: ``capsys``, ``redirect_stdout`` …
    local: frozenset[str]  #: names of this file that it uses
    qualified: frozenset[str]  #: imported names that it uses
    attributes: frozenset[str]  #: names of methods that it calls
    programs: frozenset[str]  #: files and modules that it runs
    texts: tuple[str, ...] = ()  #: strings that it compares with


@dataclass(frozen=True, slots=True)
class Configuration:
    """A call or a setting that configures logging."""

    call: str
    line: int
    unit: str  #: the function that it stands in, as ``Class.method``; "" for the module
    in_guard: bool  #: it runs only when the file is the program
    decorated: bool = False  #: the function has decorators, so that others may call it


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import statement imports."""

    origin: str  #: a qualified name, with leading dots when relative
    line: int
    top: Span | None  #: its statement at the top level; None if it runs only later


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """Where a program begins in this file."""

    kind: str  #: ``guard``, ``script``, ``app``, ``lambda``, ``function`` or ``worker``
    span: Span  #: the statement before whose first line the configuration is called
    name: str = ""  #: of a function
    calls: frozenset[str] = frozenset()  #: names that a guard calls


@dataclass(frozen=True, slots=True)
class FileFacts:
    """The codemod's summary of one file."""

    prints: tuple[Print, ...] = ()
    units: Mapping[str, Why] = field(default_factory=dict)  #: why all of a function's output stays
    whole: Why | None = None  #: why all of the file's prints stay
    loggers: LoggerFacts = LoggerFacts()
    readers: tuple[Reader, ...] = ()
    edges: frozenset[tuple[str, str]] = frozenset()  #: function, and a name that it uses
    configurations: tuple[Configuration, ...] = ()
    thresholds: Mapping[str, int | None] = field(default_factory=dict)
    """The lowest level that its configuration shows, by the flag that is set; None: unknown."""
    entry_points: tuple[EntryPoint, ...] = ()
    refusal: str = ""  #: why no call can be added that configures logging
    imports: tuple[Imported, ...] = ()
    workers: tuple[str, ...] = ()  #: functions that processes of their own run, and imports of such
    calls: tuple[tuple[str, int], ...] = ()  #: what its own statements call, and their lines
    star_imports: tuple[tuple[str, int], ...] = ()  #: module and level
    replaces_print: bool = False  #: it assigns to `builtins.print`
