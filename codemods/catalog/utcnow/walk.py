"""The search for evidence about one site: what it knows and what it has found."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from codemods.catalog.utcnow.clocks import Test
from codemods.catalog.utcnow.texts import Fate
from codemods.catalog.utcnow.values import Values
from codemods.python.flow import Follow, Graph, Needs, Node, Searched

__all__ = ["Evidence", "Finding", "Seed", "Walk"]


class Seed(NamedTuple):
    """A site as the flow graph knows it."""

    site: str  #: `Site.id`
    node: Node
    reference: bool = False  #: the function itself, not a call of it


class Evidence(NamedTuple):
    """One thing that would break or change if the value were aware."""

    reason: str  #: the reason's code without the codemod's name
    clause: str  #: completes "the exact form, since …"
    node: Node  #: where it is
    other: Node = 0  #: where what it meets was made


@dataclass
class Finding:
    """All that was found about one site."""

    evidence: list[Evidence] = field(default_factory=list)
    links: dict[Node, Node] = field(default_factory=dict)  #: sites that it meets, and where
    notes: list[tuple[str, Node]] = field(default_factory=list)  #: for the reviewer
    leaves: list[tuple[str, Node]] = field(default_factory=list)  #: where it goes out of sight
    needs: Needs = field(default_factory=Needs)
    places: int = 0


class Walk:
    """What following one site's value has come to so far."""

    def __init__(
        self,
        values: Values,
        seed: Seed,
        test_of: Callable[[Node], Test | None],
        searched: Searched,
        refused: Collection[bytes],
        thorough: bool,
        texts: dict[Node, Fate],
    ) -> None:
        self.values = values
        self.graph: Graph = values.graph
        self.seed = seed
        self.searched = searched
        self.refused = refused
        self.test_of = test_of
        self.test = test_of(seed.node)
        self.thorough = thorough
        self.texts = texts
        self.finding = Finding()
        self.again: list[Node] = []

    def tell(self, reason: str, clause: str, node: Node, other: Node = 0) -> Follow:
        """Note what speaks against the aware form, and say whether to go on."""
        self.finding.evidence.append(Evidence(reason, clause, node, other))
        return Follow.NO if self.thorough else Follow.STOP

    def note(self, text: str, node: Node) -> None:
        """Note what a reviewer should know."""
        self.finding.notes.append((text, node))

    def leave(self, what: str, node: Node) -> None:
        """Note where the value goes out of sight; `what` completes "the value …"."""
        self.finding.leaves.append((what, node))
