"""The programs of a repository: where they start, what they import, what configures logging."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from codemods.catalog.print_to_logger.configuring import ROOT_LEVEL
from codemods.catalog.print_to_logger.entry_points import STARTED
from codemods.catalog.print_to_logger.facts import Configuration, EntryPoint, FileFacts, Imported
from codemods.codemod import Span
from codemods.project import kinds
from codemods.project.project import Project

__all__ = ["Programs", "Start", "is_no_program"]


@dataclass(frozen=True, slots=True)
class Start:
    """Where a program starts: before which statement logging must be configured."""

    path: PurePosixPath
    entry: EntryPoint


def is_no_program(project: Project, path: PurePosixPath) -> bool:
    """Tell whether what starts in a file is nobody's business: tests, examples, other's code."""
    return (
        project.is_test(path)
        or kinds.is_documentation(path)
        or kinds.is_example(path)
        or kinds.is_vendored(path)
        or kinds.is_build_script(path)
    )


@dataclass(frozen=True)
class Programs:
    """What starts where in the repository, and over which files it goes.

    Args:
        facts: of the surveyed files.
        project: the repository.
        scripts: the files that somebody starts by hand.
        refused: needles that are in too many files to be followed.
    """

    facts: Mapping[PurePosixPath, FileFacts]
    project: Project
    scripts: frozenset[PurePosixPath]
    refused: frozenset[bytes]

    # -- where programs start ---------------------------------------------------------------

    def starts(self, root: PurePosixPath) -> tuple[Start, ...]:
        """Return where the programs of a distribution start, one place a program."""
        if root not in self._starts:
            functions = self.declared(root)
            self._starts[root] = tuple(
                start
                for path in self._files.get(root, ())
                for start in self._starts_of(path, self.facts[path], functions)
            )
        return self._starts[root]

    @cached_property
    def _files(self) -> dict[PurePosixPath, list[PurePosixPath]]:
        """The files in which programs may start, by distribution."""
        found: dict[PurePosixPath, list[PurePosixPath]] = {}
        for path, facts in self.facts.items():
            if facts.entry_points and not is_no_program(self.project, path):
                found.setdefault(self.root(path), []).append(path)
        return found

    @cached_property
    def _starts(self) -> dict[PurePosixPath, tuple[Start, ...]]:
        return {}

    def _starts_of(
        self,
        path: PurePosixPath,
        facts: FileFacts,
        functions: frozenset[tuple[PurePosixPath, str]],
    ) -> Iterator[Start]:
        called = {name for file, name in functions if file == path}
        by_kind: dict[str, EntryPoint] = {}
        for entry in facts.entry_points:
            if entry.kind == "function" and entry.name in called:
                yield Start(path, entry)
            by_kind.setdefault(entry.kind, entry)
        script, guard = by_kind.get("script"), by_kind.get("guard")
        for kind in ("app", "lambda"):
            if kind in by_kind:
                yield Start(path, by_kind[kind])
                return
        if script is not None and guard is None and (path.name in STARTED or self.is_loose(path)):
            yield Start(path, script)
        elif guard is not None and not guard.calls & called:
            yield Start(path, guard)

    def declared(self, root: PurePosixPath) -> frozenset[tuple[PurePosixPath, str]]:
        """Return the functions that are console scripts of a distribution, with their files."""
        if root not in self._declared:
            self._declared[root] = frozenset(
                (entry.path, entry.function)
                for entry in self.project.entry_points(root)
                if entry.function
            )
        return self._declared[root]

    @cached_property
    def _declared(self) -> dict[PurePosixPath, frozenset[tuple[PurePosixPath, str]]]:
        return {}

    def is_started(self, path: PurePosixPath) -> bool:
        """Tell whether a program starts in a file, other than in a function of it."""
        return any(
            start.path == path and start.entry.kind != "function"
            for start in self.starts(self.root(path))
        )

    def is_loose(self, path: PurePosixPath) -> bool:
        """Tell whether a file without a guard is a program.

        It stands at the top of its distribution or among scripts, does something by itself, and
        nobody imports it.
        """
        facts = self.facts[path]
        return (
            self.could_be_loose(path)
            and any(entry.kind == "script" for entry in facts.entry_points)
            and path not in self.imported
            and path.stem.encode() not in self.refused
        )

    def could_be_loose(self, path: PurePosixPath) -> bool:
        """Tell whether a file lies where programs without a guard lie."""
        return path.parent == self.root(path) or path in self.scripts

    def root(self, path: PurePosixPath) -> PurePosixPath:
        """Return the folder of a file's distribution."""
        return self.project.distribution_of(path).root

    # -- what they import -------------------------------------------------------------------

    @cached_property
    def imported(self) -> frozenset[PurePosixPath]:
        """The files that others import, tests apart."""
        return frozenset(
            target
            for path in self.facts
            if not self.project.is_test(path)
            for target in self._neighbours(path, True)
            if target != path
        )

    def reached(self, path: PurePosixPath) -> frozenset[PurePosixPath]:
        """Return a file and all that it imports, at any time and over any number of files."""
        if path not in self._reached:
            self._reached[path] = self._closure([path], later=True)
        return self._reached[path]

    @cached_property
    def _reached(self) -> dict[PurePosixPath, frozenset[PurePosixPath]]:
        return {}

    def executed(self, path: PurePosixPath) -> frozenset[PurePosixPath]:
        """Return a file and those that run while it is imported."""
        if path not in self._executed:
            self._executed[path] = self._closure([path], later=False)
        return self._executed[path]

    @cached_property
    def _executed(self) -> dict[PurePosixPath, frozenset[PurePosixPath]]:
        return {}

    def imports_of(
        self, path: PurePosixPath
    ) -> Iterator[tuple[Imported, Span, frozenset[PurePosixPath]]]:
        """Yield the imports that run first in a file, and the files that run with each."""
        for one in self.facts[path].imports:
            if one.top is not None:
                yield one, one.top, self._closure(self.targets(path, one), later=False) - {path}

    def _closure(self, start: Iterable[PurePosixPath], later: bool) -> frozenset[PurePosixPath]:
        seen: set[PurePosixPath] = set()
        waiting = list(start)
        while waiting:
            at = waiting.pop()
            if at not in seen:
                seen.add(at)
                waiting += self._neighbours(at, later) - seen
        return frozenset(seen)

    def _neighbours(self, path: PurePosixPath, later: bool) -> frozenset[PurePosixPath]:
        """Return the files that a file imports, those that it imports later included or not."""
        if (path, later) not in self._graph:
            facts = self.facts.get(path)
            origins = {
                one.origin
                for one in (facts.imports if facts is not None else ())
                if later or one.top is not None
            }
            folder = path.parent
            self._graph[path, later] = frozenset(
                target for origin in origins for target in self._files_of(folder, path, origin)
            )
        return self._graph[path, later]

    @cached_property
    def _graph(self) -> dict[tuple[PurePosixPath, bool], frozenset[PurePosixPath]]:
        return {}

    def targets(self, path: PurePosixPath, one: Imported) -> tuple[PurePosixPath, ...]:
        """Return the files that an import runs: the module and the packages around it."""
        return self._files_of(path.parent, path, one.origin)

    def _files_of(
        self, folder: PurePosixPath, path: PurePosixPath, origin: str
    ) -> tuple[PurePosixPath, ...]:
        targets = self._targets.setdefault(folder, {})
        if origin not in targets:
            targets[origin] = tuple(dict.fromkeys(self._resolved(path, origin)))
        return targets[origin]

    @cached_property
    def _targets(self) -> dict[PurePosixPath, dict[str, tuple[PurePosixPath, ...]]]:
        """What imports mean, by folder: its files import the same."""
        return {}

    def _resolved(self, path: PurePosixPath, origin: str) -> Iterator[PurePosixPath]:
        level = len(origin) - len(origin.lstrip("."))
        parts = origin.lstrip(".").split(".")
        for length in range(0 if level else 1, len(parts) + 1):
            found = self.project.resolve_import(path, ".".join(parts[:length]), level)
            if found is not None:
                yield found

    # -- what configures logging ------------------------------------------------------------

    def configuring(self, start: Start) -> frozenset[PurePosixPath]:
        """Return the files that configure logging for a program."""
        if start not in self._configuring:
            reached = self.reached(start.path)
            self._configuring[start] = frozenset(
                path
                for path in reached
                if path in self.facts
                and any(
                    self._takes_effect(start, reached, path, one)
                    for one in self.facts[path].configurations
                )
            )
        return self._configuring[start]

    @cached_property
    def _configuring(self) -> dict[Start, frozenset[PurePosixPath]]:
        return {}

    def configuring_calls(self, start: Start) -> frozenset[str]:
        """Return what configures logging for a program: calls, settings and imports."""
        if start not in self._configuring_calls:
            reached = self.reached(start.path)
            self._configuring_calls[start] = frozenset(
                one.call
                for path in self.configuring(start)
                for one in self.facts[path].configurations
                if self._takes_effect(start, reached, path, one)
            )
        return self._configuring_calls[start]

    @cached_property
    def _configuring_calls(self) -> dict[Start, frozenset[str]]:
        return {}

    def refusal(self, start: Start) -> str:
        """Return why a program can't be made to configure logging, "" if it can or does."""
        refused = self.facts[start.path].refusal
        return refused if refused and not self.configuring(start) else ""

    def _takes_effect(
        self,
        start: Start,
        reached: frozenset[PurePosixPath],
        path: PurePosixPath,
        one: Configuration,
    ) -> bool:
        if one.call == ROOT_LEVEL and start.entry.kind != "lambda":
            return False
        if one.in_guard:
            return path == start.path and start.entry.kind != "worker"
        return not one.unit or one.decorated or self._is_used(reached, path, one.unit.split(".")[0])

    def _is_used(self, reached: frozenset[PurePosixPath], path: PurePosixPath, name: str) -> bool:
        """Tell whether any of the files a program reaches uses a function of one of them."""
        if any(target in (name, f".{name}") for _, target in self.facts[path].edges):
            return True
        if (path, name) in self.declared(self.root(path)):
            return True
        for last in {name, path.stem}:
            for other, one in self._imports_by_name.get(last, ()):
                if other in reached and path in self.targets(other, one):
                    return True
        return any(
            self.project.resolve_import(other, module, level) == path
            for other in self._with_stars
            if other != path and other in reached
            for module, level in self.facts[other].star_imports
        )

    @cached_property
    def _imports_by_name(self) -> dict[str, list[tuple[PurePosixPath, Imported]]]:
        """All imports, by the last part of what they name."""
        found: dict[str, list[tuple[PurePosixPath, Imported]]] = {}
        for path, facts in self.facts.items():
            for one in facts.imports:
                found.setdefault(one.origin.rpartition(".")[2], []).append((path, one))
        return found

    @cached_property
    def _with_stars(self) -> tuple[PurePosixPath, ...]:
        return tuple(path for path, facts in self.facts.items() if facts.star_imports)

    def configured_from(self, start: Start) -> int | None:
        """Return the line of a start's own code from which on logging is configured.

        None if that is not while the file is imported.
        """
        facts = self.facts[start.path]
        configuring = self.configuring(start)
        lines = [
            one.line
            for one in facts.configurations
            if not one.unit and not one.in_guard and start.path in configuring
        ]
        for one, _, files in self.imports_of(start.path):
            if any(
                not found.unit and not found.in_guard
                for file in files & configuring
                for found in self.facts[file].configurations
            ):
                lines.append(one.line)
        functions = {
            one.unit.split(".")[0]
            for file in configuring
            for one in self.facts[file].configurations
            if one.unit
        }
        lines += [line for name, line in facts.calls if name.rpartition(".")[2] in functions]
        return min(lines, default=None)

    # -- what is not known yet --------------------------------------------------------------

    def unknown(self, roots: Iterable[PurePosixPath]) -> frozenset[PurePosixPath]:
        """Return files that the programs of distributions import and nobody has surveyed."""
        return frozenset(
            path
            for root in roots
            for start in self.starts(root)
            for path in self.reached(start.path)
            if path not in self.facts and path.suffix == ".py"
        )
