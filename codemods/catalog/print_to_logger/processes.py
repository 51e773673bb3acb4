"""Functions that other processes run, and whether logging is configured there (P44, P46)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePosixPath

from codemods.catalog.print_to_logger.audience import Follow, Node
from codemods.catalog.print_to_logger.facts import Print
from codemods.catalog.print_to_logger.levels import Level
from codemods.catalog.print_to_logger.programs import Programs, Start, is_no_program

__all__ = ["Processes"]

_QUIET = (Level.DEBUG, Level.INFO)


@dataclass(frozen=True)
class Processes:
    """The processes that the programs of a repository start.

    Args:
        programs: of the repository.
    """

    programs: Programs

    def mute(
        self, root: PurePosixPath, messages: Mapping[PurePosixPath, tuple[Print, ...]]
    ) -> Iterator[Start]:
        """Yield the functions of a distribution whose messages would be lost in another process.

        Args:
            root: of the distribution.
            messages: that become log records, by file.
        """
        for start in self._workers:
            if self.programs.root(start.path) != root:
                continue
            nodes = self._follow.reached([_node(start.path, start.entry.name)])
            says = any(
                one.level in _QUIET and _node(path, one.unit) in nodes
                for path in {path for path, _ in nodes}
                for one in messages.get(path, ())
                if one.unit
            )
            if says and not self._is_configured(start, nodes):
                yield start

    @cached_property
    def _workers(self) -> tuple[Start, ...]:
        found: dict[Node, Start] = {}
        for path, facts in self.programs.facts.items():
            if facts.workers and not is_no_program(self.programs.project, path):
                for name in facts.workers:
                    for node in self._nodes(path, name):
                        start = self._start(node)
                        if start is not None:
                            found.setdefault(node, start)
        return tuple(found.values())

    def _nodes(self, path: PurePosixPath, name: str) -> Iterator[Node]:
        if any(entry.name == name for entry in self.programs.facts[path].entry_points):
            yield path, name
        else:
            yield from self._follow.named(path, name)

    def _start(self, node: Node) -> Start | None:
        path, name = node
        facts = self.programs.facts.get(path)
        if facts is not None and not is_no_program(self.programs.project, path):
            for entry in facts.entry_points:
                if entry.kind == "function" and entry.name == name:
                    return Start(path, replace(entry, kind="worker"))
        return None

    @cached_property
    def _follow(self) -> Follow:
        return Follow(self.programs.facts, self.programs.project)

    def _is_configured(self, start: Start, nodes: frozenset[Node]) -> bool:
        """Tell whether the function, or what is imported for it, configures logging."""
        if self.programs.configured_from(start) is not None:
            return True
        if any(
            _node(path, one.unit) in nodes
            for path in {path for path, _ in nodes}
            if path in self.programs.facts
            for one in self.programs.facts[path].configurations
            if one.unit
        ):
            return True
        # A spawned process imports the file of its program again, without the guard.
        mains = [
            main
            for main in self.programs.starts(self.programs.root(start.path))
            if main.entry.kind in ("guard", "script")
            and start.path in self.programs.reached(main.path)
        ]
        return bool(mains) and all(
            self.programs.configured_from(main) is not None for main in mains
        )


def _node(path: PurePosixPath, unit: str) -> Node:
    owner, _, name = unit.rpartition(".")
    return path, f".{name}" if owner else name
