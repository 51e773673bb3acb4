"""A toy codemod for the flow graph's tests: its seeds are the calls of a bare name ``seed``."""

from __future__ import annotations

import ast
import textwrap
from pathlib import PurePosixPath

from codemods.project.project import Project
from codemods.python.flow import Follow, Graph, Reach, Use, follow, join, summarize
from codemods.python.source import read_source


def absent(path: PurePosixPath) -> bytes | None:
    """Stand for a repository whose files can't be read."""
    return None


def graph_of(text: str = "", **files: str) -> Graph:
    """Join files given by module name (``p.__init__``), or one of them by its text alone."""
    summaries = []
    for name, content in (files or {"mod": text}).items():
        path = PurePosixPath(name.replace(".", "/") + ".py")
        file = read_source(path, textwrap.dedent(content).encode())
        seeds = {
            id(node): f"{node.lineno}:{node.col_offset}"
            for node in ast.walk(file.tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "seed"
        }
        summaries.append(summarize(file, seeds))
    return join(summaries, Project([summary.path for summary in summaries], absent).resolve_import)


def carries(use: Use) -> Follow:
    """Follow ``value + x``, ``value.same()`` and nothing else."""
    if use.kind == "binary" and use.name == "+" and not use.inside:
        return Follow.YES
    if use.kind == "method" and use.name == "same":
        return Follow.YES
    if use.kind == "method" and use.name == "stop":
        return Follow.STOP
    return Follow.NO


def reach_of(graph: Graph) -> Reach:
    """Follow all seeds of all files."""
    nodes = [graph.node(file.path, place) for file in graph.files for place in file.seeds.values()]
    return follow(graph, [(node, ()) for node in nodes], carries)


def methods(graph: Graph) -> list[str]:
    """Return ``name`` of each method called on the value itself, `?name` where it is unsure."""
    return sorted(
        ("" if use.sure else "?") + use.name
        for use in reach_of(graph).uses
        if use.kind == "method" and not use.inside
    )


def one(text: str) -> list[str]:
    """`methods` of one file."""
    return methods(graph_of(text))


def escapes(graph: Graph) -> list[str]:
    """Return ``kind:line`` of each escape."""
    return sorted(
        f"{escape.kind}:{graph.where(escape.node).line}" for escape in reach_of(graph).escapes
    )
