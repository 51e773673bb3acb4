"""A scope while its body is walked, and afterwards for what it encloses."""

from __future__ import annotations

__all__ = ["CLASS", "FUNCTION", "MODULE", "Scope"]

MODULE, FUNCTION, CLASS = range(3)


class Scope:
    """What the names of one module, function or class body stand for at the moment."""

    __slots__ = (
        "cells",
        "dead",
        "done",
        "env",
        "function",
        "kind",
        "locals",
        "log",
        "parent",
        "redirected",
        "returns",
        "yields",
    )

    def __init__(self, kind: int, parent: Scope | None, names: set[str], function: int) -> None:
        self.kind = kind
        self.parent = parent
        self.locals = names
        self.function = function  # index of the function that it belongs to, or -1
        self.env: dict[str, int] = {}
        self.log: list[tuple[str, int]] = []  # every binding, in order
        self.cells: dict[str, int] = {}  # VARIABLEs that hold all bindings of a name
        self.redirected: dict[str, Scope] = {}  # by global and nonlocal statements
        self.dead = False
        self.done = False
        self.returns: list[int] = []
        self.yields: list[int] = []
