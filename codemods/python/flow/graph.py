"""The flow graph of a repository: the files' summaries joined, with questions about one place.

A *node* is one operation of one file, as an int. The graph itself is built lazily: what is never
asked for is never indexed, and following a value looks only at what it meets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import PurePosixPath

from codemods.codemod import Place, Position, Span
from codemods.python.flow import summary as op
from codemods.python.flow.index import Index
from codemods.python.flow.nodes import MASK, SHIFT, Callee, Memo, Node, Resolve
from codemods.python.flow.questions import (
    callables,
    calls,
    hierarchy,
    hints,
    instances,
    mentions,
    modules,
    names,
)
from codemods.python.flow.summary import ClassFacts, FlowSummary, FunctionFacts, Operation

__all__ = ["Callee", "Graph", "Node", "Resolve", "join"]


def join(summaries: Iterable[FlowSummary], resolve: Resolve) -> Graph:
    """Return the flow graph of the surveyed files."""
    return Graph(tuple(summaries), resolve)


class Graph:
    """The joined summaries. All answers are about the files that were surveyed."""

    def __init__(self, files: tuple[FlowSummary, ...], resolve: Resolve) -> None:
        self.files = files
        self.resolve = resolve
        self.by_path = {file.path: index for index, file in enumerate(files)}
        self.memo = Memo()

    # Nodes

    @property
    def size(self) -> tuple[int, int]:
        """How many places and flows between them it holds."""
        return (
            sum(len(file.operations) for file in self.files),
            sum(len(file.flows) // 2 for file in self.files),
        )

    def node(self, path: PurePosixPath, place: int) -> Node:
        """Return the node of a place of a surveyed file."""
        return self.by_path[path] << SHIFT | place

    def seed(self, path: PurePosixPath, name: str) -> Node | None:
        """Return the node that the survey of a file gave this name."""
        file = self.files[self.by_path[path]]
        place = file.seeds.get(name)
        return None if place is None else self.node(path, place)

    def file(self, node: Node) -> FlowSummary:
        """Return the summary that a node belongs to."""
        return self.files[node >> SHIFT]

    def operation(self, node: Node) -> Operation:
        """Return a node's operation; its operands are places of the same file (`beside`)."""
        return self.files[node >> SHIFT].operations[node & MASK]

    def beside(self, node: Node, place: int) -> Node:
        """Return the node of a place of the same file, 0 for a place that is not followed."""
        return (node & ~MASK) | place if place else 0

    def where(self, node: Node) -> Place:
        """Return the line of a node, for messages."""
        position = self.position(node)
        return Place(self.file(node).path, position.line, position.column)

    def position(self, node: Node) -> Position:
        """Return where a node stands, as editors show it; line 1 for a merged variable."""
        operation = self.operation(node)
        if operation[1] == 0:
            return Position(1, 1, 1, 1)
        return self.file(node).position(node & MASK)

    def span(self, node: Node) -> Span:
        """Return where a node stands in its file's text."""
        return self.file(node).span(node & MASK)

    def constant(self, node: Node) -> object:
        """Return a constant's value; `...` when the node is none."""
        if node:
            operation = self.operation(node)
            if operation[0] == op.CONSTANT:
                value: object = operation[5]
                return value
        return ...

    def function(self, node: Node) -> FunctionFacts:
        """Return the facts of a FUNCTION node."""
        return self.file(node).functions[self.operation(node)[5]]

    def class_(self, node: Node) -> ClassFacts:
        """Return the facts of a CLASS node."""
        return self.file(node).classes[self.operation(node)[5]]

    def index(self, node: Node) -> Index:
        """Return who uses what in a node's file."""
        return self.files[node >> SHIFT].index

    def users(self, node: Node) -> Iterator[Node]:
        """Yield the operations that have a node as an operand."""
        base = node & ~MASK
        for place in self.index(node).users(node & MASK):
            yield base | place

    def onward(self, node: Node) -> Iterator[Node]:
        """Yield the variables that a node flows into, in its file."""
        base = node & ~MASK
        for place in self.index(node).onward.get(node & MASK, ()):
            yield base | place

    def inward(self, node: Node) -> Iterator[Node]:
        """Yield what flows into a variable, in its file."""
        base = node & ~MASK
        for place in self.index(node).inward.get(node & MASK, ()):
            yield base | place

    def exports(self, node: Node) -> Sequence[str]:
        """Return the module-level names that a node is bound to."""
        return self.index(node).exports.get(node & MASK, ())

    def memberships(self, node: Node) -> Iterator[tuple[Node, str]]:
        """Yield the classes, and the names in their bodies, that a node is bound to."""
        for number, name in self.index(node).members.get(node & MASK, ()):
            yield self.beside(node, self.file(node).classes[number].place), name

    def name_of(self, node: Node) -> str:
        """Return a name for messages: a variable's, an attribute's; "" when there is none."""
        operation = self.operation(node)
        if operation[0] in (op.VARIABLE, op.FREE):
            return str(operation[5])
        if operation[0] in (op.ATTRIBUTE, op.PARAMETER):
            return str(operation[6])
        return self.file(node).declared.get(node & MASK, "")

    # Questions, each answered in a module of its own

    module = modules.module
    submodule = modules.submodule
    imported = modules.imported
    module_of = modules.module_of
    global_of = modules.global_of
    starred = modules.starred
    unsurveyed = modules.unsurveyed
    folders = modules.folders
    acquainted = modules.acquainted

    qualified = names.qualified
    is_call = names.is_call
    called = names.called

    importers = cached_property(mentions.importers)
    by_name = cached_property(mentions.by_name)
    by_keyword = cached_property(mentions.by_keyword)
    words = cached_property(mentions.words)

    classes = cached_property(hierarchy.classes)
    bases = hierarchy.bases
    lineage = hierarchy.lineage
    outside_bases = hierarchy.outside_bases
    children = cached_property(hierarchy.children)
    family = hierarchy.family
    related = hierarchy.related
    method_owners = cached_property(hierarchy.method_owners)
    owners = hierarchy.owners
    methods = hierarchy.methods

    definitions = callables.definitions
    decorated = callables.decorated

    types = instances.types
    annotated = hints.annotated

    callees = calls.callees
    constructed = calls.constructed
    parameter = calls.parameter
