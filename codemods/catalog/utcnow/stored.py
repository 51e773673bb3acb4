"""A value is stored: in a database column, in a field of a class, by a query."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from codemods.catalog.utcnow.values import Column, Kind, column_of, last
from codemods.catalog.utcnow.walk import Walk
from codemods.python.flow import Follow, Needs, Node, Use

__all__ = ["FIELDS", "data_field", "fill", "keyword", "reference", "store"]


_COLUMN_CALLS: Final = (
    "Column(",
    "db.Column(",
    "sa.Column(",
    "sqlalchemy.Column(",
    "mapped_column(",
    "DateTimeField(",
    "models.DateTimeField(",
)
FIELDS: Final = frozenset(
    {
        "dataclasses.field",
        "attr.ib",
        "attr.attrib",
        "attrs.field",
        "attr.field",
        "pydantic.Field",
        "pydantic.fields.Field",
    }
)
_ORM_WORDS: Final = frozenset(
    {"values", "update", "filter_by", "create", "get_or_create", "update_or_create", "insert"}
)


def fill(walk: Walk, use: Use, column: Column) -> Follow:
    """The value is what a database column holds where nothing else is given."""
    if column.kind is not Kind.AWARE:
        return walk.tell(
            "naive-column", "it fills a column without a time zone", use.node, column.node
        )
    return Follow.YES


def reference(walk: Walk, use: Use) -> Follow:
    """A function that returns the value is handed to a call: a column's default, a factory."""
    graph = walk.graph
    column = column_of(graph, use.node, walk.values.django_aware)
    if column is not None:
        return fill(walk, use, column)
    if use.name in FIELDS:
        return data_field(walk, use)
    if last(use.name) in ("Column", "mapped_column"):
        return Follow.NO  # a column of another type
    return Follow.NO


def data_field(walk: Walk, use: Use) -> Follow:
    """A field of a data class: its annotation may want naive values (U30)."""
    graph = walk.graph
    for owner, name in graph.memberships(use.node):
        annotation = graph.class_(owner).annotations.get(name)
        if annotation:
            wanted = graph.qualified(graph.beside(owner, annotation)) or ""
            if last(wanted) == "NaiveDatetime":
                return walk.tell("naive-sink", "its field is a `NaiveDatetime`", use.node)
    return Follow.YES


def keyword(walk: Walk, use: Use) -> Follow:
    """A keyword of a model's constructor, or of a query, fills a column (U35)."""
    graph = walk.graph
    if use.keyword is None:
        return Follow.NO
    made = graph.constructed(use.node)
    answer = Follow.NO
    if made:
        answer = _columns(walk, made, use.keyword, use.node)
        if answer is Follow.STOP or not any(graph.outside_bases(owner) for owner in made):
            return answer
    elif use.into or not (last(use.name) in _ORM_WORDS or "__" in use.keyword.strip("_")):
        return answer
    # A factory's or a query's keyword names a column, perhaps of another table.
    for name in use.keyword.split("__"):
        if answer is not Follow.STOP and name:
            answer = _columns(walk, (), name, use.node)
    return answer


def store(walk: Walk, use: Use) -> Follow:
    """Judge a value that is stored under an attribute."""
    base = use.others[0]
    owners = walk.graph.types(base) if base else None
    return _columns(walk, tuple(sorted(owners or ())), use.name, use.node)


def _columns(walk: Walk, owners: Iterable[Node], name: str, node: Node) -> Follow:
    """A value stored under a column's name, on its class or on an unknown object."""
    graph = walk.graph
    owners = tuple(owners)
    classes = (
        {current for owner in owners for current in graph.lineage(owner)}
        if owners
        else set(graph.owners(name))
    )
    if not owners and walk.values.has_models:
        # The model may stand in a file that was not surveyed.
        walk.finding.needs |= Needs(
            frozenset(f" {name} = {maker}".encode() for maker in _COLUMN_CALLS)
            | {f" {name}: Mapped[".encode()}
        )
    for current in sorted(classes):
        annotation = graph.class_(current).annotations.get(name)
        if annotation and last(graph.qualified(graph.beside(current, annotation)) or "") == (
            "NaiveDatetime"
        ):
            return walk.tell("naive-sink", "its field is a `NaiveDatetime`", node)
        for place in graph.class_(current).members.get(name, ()):
            column = column_of(graph, graph.beside(current, place), walk.values.django_aware)
            if column is not None and column.kind is not Kind.AWARE:
                return walk.tell(
                    "naive-column",
                    "it is stored in a column without a time zone",
                    node,
                    column.node,
                )
    return Follow.NO
