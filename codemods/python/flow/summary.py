"""What the flow graph keeps of one file: its operations in a flat, picklable form.

An *operation* is a tuple ``(op, line, column, end_line, end_column, …)`` in the coordinates of
`ast` (lines from 1, columns in UTF-8 bytes from 0); its index in `FlowSummary.operations` is the
*place* of the value that it makes. Operands are places of the same file, 0 is "not followed".
A local variable has no place of its own: a read of it is the place of the value that was assigned
last, or a `VARIABLE` where several assignments meet (branches, loops, closures, globals).

What follows the five common fields:

===============  ====================================================================
VARIABLE         name, annotation
CONSTANT         value (str, bytes, numbers, None, bool, ...); shared by equal constants
IMPORT           module, name (None for ``import m``), level
FREE             name that the file doesn't bind (a builtin, or from a star import)
PARAMETER        function index, name
FUNCTION, CLASS  index into `functions` or `classes`
ATTRIBUTE        base, name
ITEM             base, key (0 when it can't be told)
SLICE            base, lower, upper, step
CALL             function, positional places, ((keyword or None, place), …)
METHOD           base, name, positional places, ((keyword or None, place), …)
BINARY           operator, left, right
UNARY            operator, operand
COMPARE          (operator, …), (operand, …)
EITHER           operands of ``and``/``or``, one of which is the result
CHOICE           test, then, else
TEXT             ((place, conversion, format spec or None), …) of an f-string
DISPLAY          "list" | "tuple" | "set" | "dict", ((key, value), …); key -1 for ``**value``
ELEMENTS         "list" | "set" | "dict" | "generator", key, value of a comprehension
STAR             unpacked operand of a call or display
AWAIT, ITERATE   operand
ENTER            operand: what ``with`` binds
YIELD            operand, function index, whether ``yield from``
RETURN           operand, function index
RAISE            operand
TRUTH            operand, whether it is asserted
SET_ATTRIBUTE    base, name, value
SET_ITEM         base, key, value
===============  ====================================================================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from codemods.codemod import Position, Span

if TYPE_CHECKING:
    from codemods.python.flow.index import Index, Mentions

__all__ = ["ClassFacts", "FlowSummary", "FunctionFacts", "Operation", "folder_of"]

Operation: TypeAlias = tuple[Any, ...]

VARIABLE: Final = 1
CONSTANT: Final = 2
IMPORT: Final = 3
FREE: Final = 4
PARAMETER: Final = 5
FUNCTION: Final = 6
CLASS: Final = 7
ATTRIBUTE: Final = 8
ITEM: Final = 9
SLICE: Final = 10
CALL: Final = 11
METHOD: Final = 12
BINARY: Final = 13
UNARY: Final = 14
COMPARE: Final = 15
EITHER: Final = 16
CHOICE: Final = 17
TEXT: Final = 18
DISPLAY: Final = 19
ELEMENTS: Final = 20
STAR: Final = 21
AWAIT: Final = 22
ITERATE: Final = 23
ENTER: Final = 24
YIELD: Final = 25
RETURN: Final = 26
RAISE: Final = 27
TRUTH: Final = 28
SET_ATTRIBUTE: Final = 29
SET_ITEM: Final = 30


class FunctionFacts(NamedTuple):
    """A function, method or lambda."""

    name: str  #: ``<lambda>`` for a lambda
    qualname: str  #: as Python's ``__qualname__``
    place: int  #: of the function before its decorators
    owner: int  #: index of the class in whose body it stands, or -1
    outer: int  #: index of the enclosing function, or -1
    parameters: tuple[tuple[str, int, int, int], ...]  #: name, place, annotation, default
    positional: int  #: how many of them can be given by position
    rest: int  #: place of ``*args``, or 0
    keywords: int  #: place of ``**kwargs``, or 0
    result: int  #: place of the return annotation, or 0
    decorators: tuple[int, ...]
    is_async: bool
    returns: tuple[int, ...] = ()  #: the RETURN operations
    yields: tuple[int, ...] = ()  #: the YIELD operations
    line: int = 0
    end_line: int = 0
    doc: str = ""  #: the docstring


class ClassFacts(NamedTuple):
    """A class; `members` are the values that its body binds, a method's after its decorators."""

    name: str
    qualname: str
    place: int
    outer: int  #: index of the enclosing function, or -1
    bases: tuple[int, ...]
    decorators: tuple[int, ...]
    members: Mapping[str, tuple[int, ...]]
    annotations: Mapping[str, int]
    line: int = 0
    end_line: int = 0


def folder_of(path: PurePosixPath) -> str:
    """Return the folder of a file; as text, which is compared many times faster."""
    return str(path).rpartition("/")[0]


@dataclass(frozen=True)
class FlowSummary:
    """One file's part of the flow graph."""

    path: PurePosixPath
    operations: tuple[Operation, ...]
    flows: tuple[int, ...]  #: source, VARIABLE, source, VARIABLE, …
    functions: tuple[FunctionFacts, ...]
    classes: tuple[ClassFacts, ...]
    globals: Mapping[str, int]  #: place of each name that the module binds
    stars: tuple[tuple[str, int], ...]  #: (module, level) of star imports
    seeds: Mapping[str, int]  #: the codemod's own names for operations
    declared: Mapping[int, str] = field(default_factory=dict)
    """Names that values are bound to directly, for messages: the last one a place."""
    line_starts: Sequence[int] = ()
    wide: Mapping[int, str] = field(default_factory=dict)  #: lines that aren't ASCII

    @cached_property
    def index(self) -> Index:
        """Who uses what; made once for all graphs that the file becomes a part of."""
        from codemods.python.flow.index import make_index

        return make_index(self)

    @cached_property
    def mentions(self) -> Mentions:
        """Where names are mentioned; made once, too."""
        from codemods.python.flow.index import find_mentions

        return find_mentions(self)

    @cached_property
    def folder(self) -> str:
        """The folder of the file."""
        return folder_of(self.path)

    def offset(self, line: int, utf8_column: int) -> int:
        """Return the offset in the file's text of a position in `ast` coordinates."""
        start = self.line_starts[line - 1]
        text = self.wide.get(line)
        if text is None:
            return start + utf8_column
        piece = text.encode("utf-8", "surrogatepass")[:utf8_column]
        return start + len(piece.decode("utf-8", "surrogatepass"))

    def span(self, place: int) -> Span:
        """Return where an operation stands in the file's text."""
        _, line, column, end_line, end_column = self.operations[place][:5]
        return Span(self.offset(line, column), self.offset(end_line, end_column))

    def position(self, place: int) -> Position:
        """Return where an operation stands, as editors show it."""
        _, line, _, end_line, _ = self.operations[place][:5]
        span = self.span(place)
        return Position(
            line,
            span.start - self.line_starts[line - 1] + 1,
            end_line,
            span.end - self.line_starts[end_line - 1] + 1,
        )
