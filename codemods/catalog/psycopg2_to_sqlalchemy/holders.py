"""Which objects hold connections: what uses those is looked at, what uses other objects is not."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from codemods.catalog.psycopg2_to_sqlalchemy.program import Class, Function, Program
from codemods.catalog.psycopg2_to_sqlalchemy.roles import Place, Role, Roles, Value

__all__ = ["Holders"]


class Holders:
    """The classes whose objects hold, give or take values of some families, directly or not.

    Classes that inherit from each other count as one. `wanted` says which families count.
    """

    def __init__(self, program: Program, roles: Roles, wanted: Callable[[Place], bool]) -> None:
        self._program = program
        self._roots: dict[Place, Class] = {
            (str(class_.module.path), class_.node.lineno, class_.node.name): class_
            for class_ in program.classes.values()
        }
        self._methods: dict[Place, Function] = {
            (str(function.module.path), function.node.lineno): function
            for function in program.functions
            if function.owner is not None and not isinstance(function.node, ast.Module)
        }
        found: set[Class] = set()
        keepers: dict[Class, set[Class]] = {}
        for place, value in roles.values.items():
            holder = self._holder(place)
            if holder is None:
                continue
            for class_ in self._classes(value):
                keepers.setdefault(class_, set()).add(holder)
            if value.innermost.role is not Role.OBJECT and wanted(roles.family(value.family)):
                found.add(holder)
        waiting = list(found)
        while waiting:
            new = keepers.get(waiting.pop(), set()) - found
            found |= new
            waiting += new
        self._found = found

    def lead_on(self, value: Value) -> bool:
        """Whether a family is reached through an object, or through what gives one."""
        return any(class_ in self._found for class_ in self._classes(value))

    def _holder(self, place: Place) -> Class | None:
        """Return the class, by its root, whose objects hold, give or take what is in a place."""
        match place:
            case ("attribute", path, line, name, _):
                keeper = self._roots.get((str(path), line, name))
                return self._program.root(keeper) if keeper is not None else None
            case ("returned" | "yielded", path, line, *_):
                method = self._methods.get((str(path), line))
            case ("variable", path, str(line), name) if line:
                method = self._methods.get((str(path), int(line)))
                if method is not None and name not in method.parameters:
                    return None
            case _:
                return None
        return self._program.root(method.owner) if method and method.owner else None

    def _classes(self, value: Value) -> Iterator[Class]:
        """Yield the classes, by their roots, of the objects that a value is or gives."""
        inner = value.innermost
        if inner.role is Role.OBJECT and inner.class_ is not None:
            for class_ in self._program.lineage(inner.class_):
                yield self._program.root(class_)
