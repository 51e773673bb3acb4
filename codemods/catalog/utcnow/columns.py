"""The database columns that keep sites exact, for whoever plans the next step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from codemods.python.flow import Graph, Node

__all__ = ["next_step"]

_MOST = 40


def next_step(graph: Graph, columns: Iterable[Node]) -> tuple[str, ...]:
    """Say which columns without a time zone to change before the sites that they keep exact.

    `columns` holds a column once for each such site; those of most sites come first.
    """
    sites = Counter(columns)
    if not sites:
        return ()
    ordered = sorted(sites, key=lambda node: (-sites[node], graph.where(node)))
    shown = [f"{_name(graph, node)} ({_where(graph, node)}): {sites[node]}" for node in ordered]
    rest = len(shown) - _MOST
    more = f"; and {rest} more" if rest > 0 else ""
    return (
        f"Give columns a time zone before the {sum(sites.values())} exact timestamps that they "
        f"keep naive (number of sites each): {'; '.join(shown[:_MOST])}{more}.",
    )


def _name(graph: Graph, node: Node) -> str:
    for owner, name in graph.memberships(node):
        return f"{graph.class_(owner).name}.{name}"
    return graph.name_of(node) or "a column"


def _where(graph: Graph, node: Node) -> str:
    return str(graph.where(node))
