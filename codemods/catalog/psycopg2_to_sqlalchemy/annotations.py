"""Annotations that say psycopg2's classes."""

from __future__ import annotations

import ast

from codemods.catalog.psycopg2_to_sqlalchemy.actions import Replace, helper
from codemods.catalog.psycopg2_to_sqlalchemy.context import Context
from codemods.catalog.psycopg2_to_sqlalchemy.program import Class
from codemods.catalog.psycopg2_to_sqlalchemy.roles import Role, Value

__all__ = ["Annotations"]

_TYPES = frozenset(
    {
        "psycopg2.extensions.connection",
        "psycopg2.extensions.cursor",
        "psycopg2._psycopg.connection",
        "psycopg2._psycopg.cursor",
        "psycopg2.extras.RealDictCursor",
        "psycopg2.extras.DictCursor",
        "psycopg2.extras.NamedTupleCursor",
    }
)


class Annotations:
    """Lets what is annotated with psycopg2's classes be annotated with SQLAlchemy's."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def of_function(self) -> None:
        """Let parameters and results be annotated with SQLAlchemy's class."""
        node = self.context.function.node
        if isinstance(node, ast.Module):
            return
        arguments = node.args
        for parameter in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            place = self.context.roles.parameter(self.context.function, parameter.arg)
            value = self.context.roles.values.get(place)
            if value is not None and parameter.annotation is not None:
                self.change(value, parameter.annotation)
        if self.context.function.owner is not None:
            self.of_class(self.context.function.owner)
        if node.returns is not None:
            given = self.context.roles.values.get(self.context.roles.result(self.context.function))
            given = given or self.context.roles.values.get(
                self.context.roles.yielded(self.context.function)
            )
            if given is not None:
                self.change(given, node.returns)

    def of_class(self, class_: Class) -> None:
        """Let what a class declares of its objects be annotated with SQLAlchemy's class."""
        for statement in class_.node.body:
            match statement:
                case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                    place = self.context.roles.of_class(class_, name)
                    value = self.context.roles.values.get(place)
                    if value is not None and value.role is not Role.OBJECT:
                        self.change(value, annotation)

    def change(self, value: Value, node: ast.expr) -> None:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                if "psycopg2" in inner.value or "connection" in inner.value:
                    self.context.escape(value, "annotated", "an annotation is quoted", node)
            elif isinstance(inner, ast.Name | ast.Attribute) and (
                self.context.module.qualified(inner) in _TYPES
            ):
                self.context.draft(value, inner, Replace(helper("Connection")), "Connection")
