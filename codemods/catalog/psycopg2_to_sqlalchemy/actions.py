"""What a plan orders a rewrite to do with a node; plain data that can be pickled."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "NODE",
    "Action",
    "Argument",
    "Call",
    "Enclose",
    "Execute",
    "ExecuteMany",
    "Parameters",
    "Receiver",
    "Remove",
    "Replace",
    "Scope",
    "Task",
    "Unwrap",
    "helper",
]

NODE = "__node__"  #: in the code of an action: the node as the inner actions left it


def helper(name: str) -> str:
    """Return what stands in the code of actions for something that must be imported."""
    return f"__import_{name}__"


@dataclass(frozen=True, slots=True)
class Replace:
    """Put other code in the place of an expression or of a simple statement."""

    code: str


@dataclass(frozen=True, slots=True)
class Call:
    """Call something else with the same arguments."""

    function: str
    drop: frozenset[str] = frozenset()  #: keywords that are left out
    skip: int = 0  #: how many positional arguments are left out
    add: tuple[tuple[str, str], ...] = ()  #: keywords, and the code of their values
    around: str = NODE


@dataclass(frozen=True, slots=True)
class Parameters:
    """Make a mapping of a tuple or list of parameters, or add to a mapping."""

    names: tuple[str, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Execute:
    """Run SQL on a connection; a statement of its own may keep the result."""

    receiver: str
    sql: str | None  #: new code of the SQL; None to keep what is there
    through: str  #: ``text`` or the name of the function that runs SQL known at run time
    parameters: Parameters | None = None  #: None to keep the argument as it is
    expanding: tuple[str, ...] = ()
    keep: str = ""  #: the variable for the result
    drop_parameters: bool = False
    text: str = helper("text")
    bindparam: str = helper("bindparam")


@dataclass(frozen=True, slots=True)
class ExecuteMany:
    """Run SQL for each of many rows, if there are any (8.1)."""

    receiver: str
    sql: str | None
    names: tuple[str, ...]  #: of the binds, when the rows are sequences; empty for mappings
    variable: str
    keep: str = ""  #: the variable for the result, None when there are no rows
    text: str = helper("text")


@dataclass(frozen=True, slots=True)
class Remove:
    """Take a statement away."""


@dataclass(frozen=True, slots=True)
class Unwrap:
    """Take items of a `with` away, or the whole `with` when none is left."""

    items: frozenset[int]
    commit: str = ""  #: a statement to add at the end of the block
    add: tuple[tuple[int, str], ...] = ()  #: context managers to enter after an item
    outlives: str = ""  #: what is entered first with the first item, which is assigned before


@dataclass(frozen=True, slots=True)
class Enclose:
    """Make ``variable = value`` and the statements after it a `with` block."""

    count: int  #: how many statements after this one
    variable: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Nothing; makes the function around other orders one region."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Put the receiver of a method call in the place of the call."""


@dataclass(frozen=True, slots=True)
class Argument:
    """Put the first argument of a call in the place of the call."""


Action = (
    Argument
    | Replace
    | Call
    | Parameters
    | Execute
    | ExecuteMany
    | Receiver
    | Remove
    | Unwrap
    | Enclose
    | Scope
)


@dataclass(frozen=True, slots=True)
class Task:
    """The data of an order."""

    action: Action
    needs: tuple[str, ...] = ()  #: what its code must import
    engine: str = ""
    """The module that has the engine; and after a colon the name, for one that was there before."""
