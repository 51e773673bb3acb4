"""The flow graph: where a value can go, over the files of a repository.

A codemod names *seeds* in its survey and keeps the file's summary among its facts::

    summary = summarize(file, {id(call): "3:8"})

In the plan it joins the summaries and follows the seeds; its judge sees each *use* and says whether
the result is followed too::

    graph = join(summaries, project.resolve_import)
    node = graph.seed(path, "3:8")
    reach = follow(graph, [(node, ())], judge, circumstances.searched, circumstances.refused)
    reach.uses, reach.escapes, reach.needs

`origins` asks the other way: which operations may have made the other operand.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codemods.python.flow.backward import Origin, callers, origins
    from codemods.python.flow.build import summarize
    from codemods.python.flow.graph import Callee, Graph, Node, Resolve, join
    from codemods.python.flow.reach import follow
    from codemods.python.flow.summary import FlowSummary
    from codemods.python.flow.uses import Escape, Follow, Needs, Path, Reach, Searched, Step, Use

__all__ = [
    "Callee",
    "Escape",
    "FlowSummary",
    "Follow",
    "Graph",
    "Needs",
    "Node",
    "Origin",
    "Path",
    "Reach",
    "Resolve",
    "Searched",
    "Step",
    "Use",
    "callers",
    "follow",
    "join",
    "origins",
    "summarize",
]

_HOMES = {
    "build": ("summarize",),
    "graph": ("Callee", "Graph", "Node", "Resolve", "join"),
    "backward": ("Origin", "callers", "origins"),
    "reach": ("follow",),
    "summary": ("FlowSummary",),
    "uses": ("Escape", "Follow", "Needs", "Path", "Reach", "Searched", "Step", "Use"),
}

if not TYPE_CHECKING:  # which then knows that there are no other names

    def __getattr__(name: str) -> object:
        """Load what is asked for: a survey, which every process makes, takes no graph."""
        for module, names in _HOMES.items():
            if name in names:
                return getattr(import_module(f"{__name__}.{module}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
