"""Which methods and attributes of a program's classes are one: what inheritance joins."""

from __future__ import annotations

import ast
from functools import cached_property

from codemods.catalog.psycopg2_to_sqlalchemy.program import Class, Function, Program

__all__ = ["Inheritance"]

_OWN = frozenset({"__init__", "__new__"})  #: a class is named to call these


class Inheritance:
    """What the classes of a program share."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._keepers: dict[str, dict[Class, Class]] = {}

    @cached_property
    def overrides(self) -> tuple[tuple[Function, Function], ...]:
        """Pairs of methods, either of which a call of one may enter."""
        found: dict[tuple[Function, Function], None] = {}
        for class_, lineage in self._lineages.items():
            names = {name for one in lineage for name in one.methods} - _OWN
            for name in sorted(names):
                methods = [class_.methods.get(name)]
                methods += [self.program.method(base, name) for base in self.program.bases(class_)]
                known = [method for method in methods if method is not None]
                for other in known[1:]:
                    if other is not known[0]:
                        found[other, known[0]] = None
        return tuple(found)

    @cached_property
    def _related(self) -> dict[Function, tuple[Function, ...]]:
        groups: dict[Function, set[Function]] = {}
        for one, other in self.overrides:
            both = groups.get(one, {one}) | groups.get(other, {other})
            groups.update(dict.fromkeys(both, both))
        return {method: tuple(sorted(group, key=_order)) for method, group in groups.items()}

    def versions(self, method: Function) -> tuple[Function, ...]:
        """Return a method and all that override it, or that it overrides."""
        return self._related.get(method, (method,))

    def keeper(self, class_: Class, name: str) -> Class:
        """Return the class that stands for all whose objects share an attribute with a class's.

        Classes that inherit from each other share what both name; two that inherit from a third
        share what that names, or what another one that inherits from both does.
        """
        if name not in self._keepers:
            self._keepers[name] = self._join(name)
        known = self._keepers[name]
        for one in self._lineages.get(class_, (class_,)):
            if one in known:
                return known[one]
        return class_

    def _join(self, name: str) -> dict[Class, Class]:
        naming = self._naming.get(name, ())
        groups: dict[Class, set[Class]] = {class_: {class_} for class_ in naming}
        if len(groups) > 1:
            for lineage in self._lineages.values():
                inside = [class_ for class_ in lineage if class_ in groups]
                for other in inside[1:]:
                    both = groups[inside[0]] | groups[other]
                    groups.update(dict.fromkeys(both, both))
        return {class_: min(group, key=_place) for class_, group in groups.items()}

    @cached_property
    def _lineages(self) -> dict[Class, tuple[Class, ...]]:
        """Each class that inherits from one of ours, with all that it inherits from."""
        found = {}
        for class_ in self.program.classes.values():
            lineage = tuple(self.program.lineage(class_))
            if len(lineage) > 1:
                found[class_] = lineage
        return found

    @cached_property
    def _naming(self) -> dict[str, list[Class]]:
        """The classes that name an attribute: in their bodies, or of their methods' objects."""
        found: dict[str, dict[Class, None]] = {}
        for class_ in self.program.classes.values():
            for statement in class_.node.body:
                for target in _targets(statement):
                    if isinstance(target, ast.Name):
                        found.setdefault(target.id, {})[class_] = None
            for method in class_.methods.values():
                for node in method.nodes():
                    match node:
                        case ast.Attribute(value=ast.Name(id=owner), attr=name) if (
                            owner == method.self_name
                        ):
                            found.setdefault(name, {})[class_] = None
        return {name: list(classes) for name, classes in found.items()}


def _targets(statement: ast.stmt) -> list[ast.expr]:
    match statement:
        case ast.Assign(targets=targets):
            return targets
        case ast.AnnAssign(target=target):
            return [target]
    return []


def _place(class_: Class) -> tuple[str, int]:
    return str(class_.module.path), class_.node.lineno


def _order(method: Function) -> tuple[str, int]:
    return str(method.module.path), getattr(method.node, "lineno", 0)
