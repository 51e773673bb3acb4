"""Who else may read or change what a variable holds.

That is known where all files that hold its name were read: `needles` are what must be searched for
before there is an answer, and until then the answer is that somebody may.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cached_property

from codemods.catalog.psycopg2_to_sqlalchemy.program import Module, Program

__all__ = ["SAME_ELEMENTS", "Sharing"]

SAME_ELEMENTS = frozenset({"list", "reversed", "sorted", "tuple"})
"""Builtins that give what they are given, element by element."""

_TAKERS = SAME_ELEMENTS | {"enumerate", "len", "print", "str", "zip"}
_READERS = frozenset({"copy", "count", "get", "index", "items", "keys", "values"})


@dataclass
class Sharing:
    """What the files of a program do with each other's variables."""

    program: Program
    searched: frozenset[bytes] = frozenset()  #: all files that hold one of these were read
    refused: frozenset[bytes] = frozenset()  #: too many files hold one of these
    needles: set[bytes] = field(default_factory=set)
    _unchanged: dict[str, bool] = field(default_factory=dict)

    def taken_needles(self) -> set[bytes]:
        """Return what must be searched for since the last time."""
        taken, self.needles = self.needles, set()
        return taken

    def is_private(self, module: Module, name: str) -> bool:
        """Whether no other file reads a module's variable, as far as files can be known.

        Where too many files hold the name, those are asked for that hold the module's.
        """
        needle = name.encode()
        if needle in self.refused:
            needle = module.stem.encode()
        if needle in self.searched:
            return not self._is_taken(module, name)
        if needle and needle not in self.refused:
            self.needles.add(needle)
        return False

    def _is_taken(self, module: Module, name: str) -> bool:
        """Whether another file may read a variable of a module."""
        if self._unknown.get(module.stem, set()) - {module}:
            return True
        return any(
            rest == name or (not rest and name in other.words)
            for other, rest in self._importers.get(module, ())
        )

    @cached_property
    def _importers(self) -> dict[Module, list[tuple[Module, str]]]:
        """Which other files import from a module, and what below it."""
        found: dict[Module, list[tuple[Module, str]]] = {}
        for other, _, ours in self._imports:
            if ours is not None and ours[0] is not other:
                found.setdefault(ours[0], []).append((other, ours[1]))
        return found

    @cached_property
    def _unknown(self) -> dict[str, set[Module]]:
        """Which files import something that isn't known to be ours, by each word of its name."""
        found: dict[str, set[Module]] = {}
        for other, origin, ours in self._imports:
            if ours is None:
                for word in origin.split("."):
                    found.setdefault(word, set()).add(other)
        return found

    @cached_property
    def _imports(self) -> list[tuple[Module, str, tuple[Module, str] | None]]:
        """Each import of a file, and what it is of ours; nothing that other files hold."""
        return [
            (other, binding.origin, self.program.imported(other, binding.origin))
            for other in self.program.modules.values()
            for binding in (*other.names.imports, *other.names.module.stars)
            if not self.program.is_elsewhere(other, binding.origin)
        ]

    def is_alone(self, name: str) -> bool:
        """Whether no file sets an attribute of a name, all files that hold it being known."""
        needle = name.encode()
        if needle not in self.searched:
            self.needles.add(needle)
            return False
        return name not in self._set

    @cached_property
    def _set(self) -> frozenset[str]:
        """Every attribute that something is assigned to, or that is deleted."""
        return frozenset(
            node.attr
            for module in self.program.modules.values()
            for node in ast.walk(module.file.tree)
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del)
        )

    def is_unchanged(self, name: str) -> bool:
        """Whether no file changes the list or dictionary that a name, or one like it, holds."""
        if name not in self._unchanged:
            self._unchanged[name] = all(
                self.only_reads(module, one)
                for module in self.program.modules.values()
                if name in module.words
                for one in ast.walk(module.file.tree)
                if (isinstance(one, ast.Name) and one.id == name)
                or (isinstance(one, ast.Attribute) and one.attr == name)
            )
        return self._unchanged[name]

    def only_reads(self, module: Module, node: ast.Name | ast.Attribute) -> bool:
        """Whether what holds a list or a dictionary is only read there, and goes nowhere else."""
        parent = module.parents[node]
        match parent:
            case ast.Assign(targets=[target]) if target is node:
                return True
            case ast.For(iter=source) | ast.comprehension(iter=source) if source is node:
                return True
            case ast.Subscript(value=held, ctx=ast.Load()) if held is node:
                return True
            case ast.Attribute(value=held, attr=name) if held is node:
                call = module.parents[parent]
                return name in _READERS and isinstance(call, ast.Call) and call.func is parent
            case ast.Call() if parent.func is not node:
                return self.builtin(module, parent.func) in _TAKERS
            case ast.Compare() | ast.BinOp() | ast.UnaryOp(op=ast.Not()):
                return True
            case ast.Starred() | ast.FormattedValue():
                return True
            case ast.If(test=test) | ast.While(test=test):
                return test is node
        return False

    def builtin(self, module: Module, node: ast.expr) -> str:
        """Return the name of the builtin that is called, an empty one for anything else."""
        found = (module.qualified(node) or "").split(".")
        if len(found) == 2 and found[0] == "builtins":
            return found[1]
        scope = module.names.module
        if not isinstance(node, ast.Name) or not scope.stars or _binds(module, node.id):
            return ""
        for star in scope.stars:
            ours = self.program.imported(module, star.origin, anywhere=True)
            if ours is None or ours[1] or ours[0].names.module.stars:
                return ""
            if node.id in ours[0].names.module.bindings:
                return ""
        return node.id


def _binds(module: Module, name: str) -> bool:
    return any(module.names.scopes_with(name))
