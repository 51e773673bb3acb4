"""Are the messages still seen? Where programs start, and what configures their logging (P44)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from codemods.catalog.print_to_logger.entry_points import STARTED
from codemods.catalog.print_to_logger.facts import EntryPoint, FileFacts, Print, Why
from codemods.catalog.print_to_logger.levels import Level
from codemods.catalog.print_to_logger.logging_module import JSON_REQUIREMENT, logging_module
from codemods.catalog.print_to_logger.options import Options
from codemods.catalog.print_to_logger.orders import Configure
from codemods.codemod import DependencyEdit, NewFile, Order, Plan, Settings
from codemods.project import kinds
from codemods.project.placement import NoPlace, Placement
from codemods.project.project import Project

__all__ = ["CONFIGURING_NEEDLES", "ENTRY_NEEDLES", "Visibility"]

#: Files that configure logging hold one of these.
CONFIGURING_NEEDLES = frozenset(
    {b"basicConfig", b"dictConfig", b"fileConfig", b"addHandler", b"loguru", b"structlog.configure"}
    | {b"coloredlogs", b"LOGGING =", b"LOGGING_CONFIG", b"logzero", b"daiquiri", b"startLogging"}
    | {b"absl"}
)
#: Files in which a program starts hold one of these.
ENTRY_NEEDLES = frozenset(
    {b'__name__ == "__main__"', b"__name__ == '__main__'", b"FastAPI(", b"Flask(", b"Celery("}
    | {b"Starlette(", b"Quart(", b"Sanic("}
)
_MODULE_NAMES = ("logging_config", "log_config", "logging_setup")


@dataclass(frozen=True, slots=True)
class _Start:
    """Where a program starts: before which statement logging must be configured."""

    path: PurePosixPath
    entry: EntryPoint


@dataclass(frozen=True)
class Visibility:
    """The programs of the repository."""

    facts: Mapping[PurePosixPath, FileFacts]
    rewritten: Mapping[PurePosixPath, tuple[Print, ...]]
    project: Project
    refused: frozenset[bytes]
    aside: frozenset[PurePosixPath]  #: files that are no part of a program

    def wanted_paths(self) -> Iterator[PurePosixPath]:
        """Yield the files that must be surveyed because programs start there."""
        for root in self._roots:
            for entry in self.project.entry_points(root):
                if entry.path in self.project.paths and entry.path.suffix == ".py":
                    yield entry.path

    def too_early(self, path: PurePosixPath, one: Print) -> Why | None:
        """Return why a print stays that runs while a program is still being imported."""
        if not one.import_time or one.in_guard or one.level not in (Level.DEBUG, Level.INFO):
            return None
        # Nothing here may depend on what is rewritten: the next run decides the same.
        if self._is_started(path) or not self._is_program(self._root(path)):
            return None
        return Why(
            "before-logging", "it runs while its module is imported, before logging is configured"
        )

    def out_of_reach(self, path: PurePosixPath) -> Why | None:
        """Return why the prints of a program stay that never comes by what configures logging.

        Its distribution has other programs that do, so no configuration of ours is added.
        """
        if path in self._imported or not any(
            entry.kind == "guard" for entry in self.facts[path].entry_points
        ):
            return None
        configuring = self._configuring(self._root(path))
        if not configuring & self._imported or self.refused & CONFIGURING_NEEDLES:
            return None
        if not configuring.isdisjoint(self._reached(path)):
            return None
        return Why("out-of-reach", f"{path} is a program, and nothing in it configures logging")

    def setup(self, settings: Settings[Options]) -> Plan | None:
        """Return the step that configures logging where programs would become mute."""
        orders: dict[PurePosixPath, tuple[Order, ...]] = {}
        new_files: list[NewFile] = []
        dependencies: list[DependencyEdit] = []
        paragraphs: list[str] = []
        for root in self._starts:
            form = settings.at(root / "__main__.py").logging
            starts = self._mute(root)
            if form == "none" or not starts:
                continue
            users = sorted({start.path for start in starts})
            programs = [path for path in users if not self._is_demonstration(path)]
            place: Placement | NoPlace | None = None
            if not self._configuring(root):
                place = self.project.place(root, programs or users, _MODULE_NAMES)
            modules: dict[PurePosixPath, str] = {}
            if isinstance(place, Placement):
                reached = {path: self.project.reach(path, place.path).module for path in users}
                modules = {path: module for path, module in reached.items() if module is not None}
            if isinstance(place, Placement) and modules:
                name = self.project.distribution_of(root).name or _program(place, users)
                new_files.append(NewFile(place.path, logging_module(name, json=form == "json")))
                if form == "json":
                    dependencies.append(DependencyEdit(root, JSON_REQUIREMENT))
                paragraphs.append(
                    f"{place.path} configures logging: without it the messages of"
                    f" {root if root.parts else 'this program'} would not be seen any more."
                )
            for start in starts:
                data = Configure(modules.get(start.path, ""))
                order = Order(None, start.entry.span, data)
                orders[start.path] = (*orders.get(start.path, ()), order)
        if not orders:
            return None
        return Plan(
            {},
            orders,
            tuple(new_files),
            tuple(dependencies),
            tuple(paragraphs),
            step="configure logging",
            again=True,
        )

    def paragraphs(self, settings: Settings[Options]) -> tuple[str, ...]:
        """Return what the commit of the sweep should say."""
        mute = [
            str(root) if root.parts else "the program" for root in self._starts if self._mute(root)
        ]
        if not mute:
            return ()
        return (
            f"Logging is not configured by {', '.join(mute)}: messages below WARNING are not seen"
            " until it is.",
        )

    @cached_property
    def _roots(self) -> tuple[PurePosixPath, ...]:
        """The distributions with something to rewrite."""
        found = {
            self._root(path)
            for path, prints in self.rewritten.items()
            if any(not one.blank for one in prints)
        }
        return tuple(sorted(found))

    def _mute(self, root: PurePosixPath) -> tuple[_Start, ...]:
        """Return the starts of a distribution after which nothing configures logging.

        A file that several programs can import configures all of them; one that is itself where a
        program starts configures only that.
        """
        configuring = self._configuring(root)
        alone = {path for path in configuring if self._is_started(path)} - self._imported
        if self.refused & CONFIGURING_NEEDLES or configuring - alone:
            return ()
        return tuple(start for start in self._starts[root] if start.path not in alone)

    def _configuring(self, root: PurePosixPath) -> frozenset[PurePosixPath]:
        return frozenset(
            path
            for path, facts in self.facts.items()
            if facts.configures and self._root(path) == root and not self._is_aside(path)
        )

    def _is_aside(self, path: PurePosixPath) -> bool:
        return path in self.aside or (
            self.project.is_test(path)
            or kinds.is_documentation(path)
            or kinds.is_example(path)
            or kinds.is_vendored(path)
        )

    def _is_started(self, path: PurePosixPath) -> bool:
        """Tell whether a file is where a program starts."""
        here = {entry.kind for entry in self.facts[path].entry_points}
        if here & {"app", "guard"} or path.name in STARTED:
            return True
        return "script" in here and self._is_loose(path)

    def _is_loose(self, path: PurePosixPath) -> bool:
        """Tell whether a file without a guard is a program: at the top, imported by nobody."""
        root = self._root(path)
        return path.parent == root and path not in self._imported

    @cached_property
    def _imported(self) -> frozenset[PurePosixPath]:
        return frozenset(file for path in self.facts for file in self._imports(path))

    def _is_demonstration(self, path: PurePosixPath) -> bool:
        """Tell whether a file starts only as a module of a package that shows itself."""
        here = {entry.kind for entry in self.facts[path].entry_points}
        is_module = self.project.packages.is_package(path.parent) and path.name not in STARTED
        declared = {file for file, _ in self._declared_functions(self._root(path))}
        return is_module and "app" not in here and path not in declared

    def _root(self, path: PurePosixPath) -> PurePosixPath:
        return self.project.distribution_of(path).root

    def _is_program(self, root: PurePosixPath) -> bool:
        """Tell whether something starts in a distribution."""
        return root in self._programs

    @cached_property
    def _programs(self) -> frozenset[PurePosixPath]:
        found = {
            self._root(path)
            for path, facts in self.facts.items()
            if not self._is_aside(path) and self._is_started(path)
        }
        found.update(root for root in self._roots if self._declared_functions(root))
        return frozenset(found)

    @cached_property
    def _starts(self) -> dict[PurePosixPath, tuple[_Start, ...]]:
        """The places where the programs of each distribution start, one a program."""
        found: defaultdict[PurePosixPath, list[_Start]] = defaultdict(list)
        for root in self._roots:
            functions = self._declared_functions(root)
            for path, facts in self.facts.items():
                if self._root(path) != root or self._is_aside(path):
                    continue
                found[root] += self._starts_of(path, facts, functions)
        return {root: tuple(starts) for root, starts in found.items()}

    def _starts_of(
        self,
        path: PurePosixPath,
        facts: FileFacts,
        functions: frozenset[tuple[PurePosixPath, str]],
    ) -> Iterator[_Start]:
        called = {name for file, name in functions if file == path}
        early = [
            one for one in self.rewritten.get(path, ()) if one.import_time and not one.in_guard
        ]
        by_kind: dict[str, EntryPoint] = {}
        for entry in facts.entry_points:
            if entry.kind == "function" and entry.name in called:
                yield _Start(path, entry)
            by_kind.setdefault(entry.kind, entry)
        matters = bool(self.rewritten.get(path)) or self._uses_rewritten(facts, path)
        app, guard, script = (by_kind.get(kind) for kind in ("app", "guard", "script"))
        if script is not None and (
            (early and (app or guard or self._is_loose(path))) or (matters and path.name in STARTED)
        ):
            yield _Start(path, script)
        elif app is not None:
            yield _Start(path, app)
        elif guard is not None and matters and not guard.calls & called:
            yield _Start(path, guard)

    def _declared_functions(self, root: PurePosixPath) -> frozenset[tuple[PurePosixPath, str]]:
        return frozenset(
            (entry.path, entry.function)
            for entry in self.project.entry_points(root)
            if entry.function
        )

    def _uses_rewritten(self, facts: FileFacts, path: PurePosixPath) -> bool:
        """Tell whether a file imports, over any number of surveyed files, one with messages."""
        return any(
            not one.blank for file in self._reached(path) for one in self.rewritten.get(file, ())
        )

    def _reached(self, path: PurePosixPath) -> frozenset[PurePosixPath]:
        """Return a file and those that it imports, over any number of surveyed files."""
        seen: set[PurePosixPath] = set()
        waiting = [path]
        while waiting:
            at = waiting.pop()
            if at not in seen and at in self.facts:
                seen.add(at)
                waiting += self._imports(at)
        return frozenset(seen)

    def _imports(self, path: PurePosixPath) -> Iterator[PurePosixPath]:
        for origin in self.facts[path].imports:
            level = len(origin) - len(origin.lstrip("."))
            name = origin.lstrip(".")
            for module in (name, name.rpartition(".")[0]):
                if module or level:
                    file = self.project.resolve_import(path, module, level)
                    if file is not None:
                        yield file
                        break


def _program(place: Placement, users: list[PurePosixPath]) -> str:
    package = place.path.parent.name
    return package or users[0].stem
