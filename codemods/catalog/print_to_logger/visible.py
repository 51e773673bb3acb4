"""Are the messages still seen? What must configure logging before the sweep (P44)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from codemods.catalog.print_to_logger.entry_points import STARTED
from codemods.catalog.print_to_logger.facts import Print, Why
from codemods.catalog.print_to_logger.levels import Level
from codemods.catalog.print_to_logger.logging_module import JSON_REQUIREMENT, logging_module
from codemods.catalog.print_to_logger.options import Options
from codemods.catalog.print_to_logger.orders import Configure
from codemods.catalog.print_to_logger.processes import Processes
from codemods.catalog.print_to_logger.programs import Programs, Start
from codemods.codemod import DependencyEdit, NewFile, Order, Plan, Settings, Span
from codemods.project.placement import NoPlace, Placement
from codemods.project.project import Project

__all__ = ["CONFIGURING_NEEDLES", "ENTRY_NEEDLES", "Visibility"]

#: Files that configure logging hold one of these.
CONFIGURING_NEEDLES = frozenset(
    {b"basicConfig", b"dictConfig", b"fileConfig", b"addHandler", b"loguru", b"structlog.configure"}
    | {b"coloredlogs", b"LOGGING =", b"LOGGING_CONFIG", b"logzero", b"daiquiri", b"startLogging"}
    | {b"absl", b"getLogger().setLevel"}
)
#: Files in which a program starts hold one of these.
ENTRY_NEEDLES = frozenset(
    {b'__name__ == "__main__"', b"__name__ == '__main__'", b"FastAPI(", b"Flask(", b"Celery("}
    | {b"Starlette(", b"Quart(", b"Sanic(", b"(event, context)", b"multiprocessing"}
    | {b"ProcessPoolExecutor"}
)
_MODULE_NAMES = ("logging_config", "log_config", "logging_setup")
_QUIET = (Level.DEBUG, Level.INFO)


@dataclass(frozen=True)
class Visibility:
    """Decides where logging must be configured.

    Args:
        programs: of the repository.
        accepted: the prints that nothing but their time keeps from being rewritten.
        project: the repository.
    """

    programs: Programs
    accepted: Mapping[PurePosixPath, tuple[Print, ...]]
    project: Project

    # -- prints that run too early ----------------------------------------------------------

    def too_early(self, path: PurePosixPath, one: Print) -> Why | None:
        """Return why a print stays that runs while a program is still being imported.

        Nothing here depends on what is rewritten, so that the next run decides the same.
        """
        if not one.import_time or one.in_guard or one.level not in _QUIET:
            return None
        importing = [start for start in self._all_starts if path in self._executed(start)]
        if importing:
            on_time = all(self._is_on_time(start, path, one) for start in importing)
        else:
            later = [start for start in self._all_starts if path in self._reached(start)]
            is_library = not self.programs.starts(self.programs.root(path))
            on_time = is_library or (
                bool(later) and not self._comes_with_configuration(path, later)
            )
        if on_time:
            return None
        return Why(
            "before-logging", "it runs while its module is imported, before logging is configured"
        )

    def _is_on_time(self, start: Start, path: PurePosixPath, one: Print) -> bool:
        """Tell whether a program has configured logging before a print of some file runs."""
        if not self.programs.configuring(start):
            return self._can_be_early(start)
        line = self.programs.configured_from(start)
        if line is None:
            return False
        if path == start.path:
            return line <= one.line
        return all(
            line < imported.line
            for imported, _, files in self.programs.imports_of(start.path)
            if path in files
        )

    def _comes_with_configuration(self, path: PurePosixPath, starts: Iterable[Start]) -> bool:
        """Tell whether a file runs while what configures logging is still being imported."""
        return any(
            path in self.programs.executed(file)
            for start in starts
            for file in self.programs.configuring(start)
        )

    def _can_be_early(self, start: Start) -> bool:
        """Tell whether logging may be configured before the imports of a program."""
        if start.entry.kind in ("guard", "function"):
            return start.path not in self.programs.imported
        return True

    # -- the step that configures logging ---------------------------------------------------

    def setup(self, settings: Settings[Options]) -> Plan | None:
        """Return the step that configures logging where programs would become mute."""
        orders: dict[PurePosixPath, tuple[Order, ...]] = {}
        new_files: list[NewFile] = []
        dependencies: list[DependencyEdit] = []
        paragraphs: list[str] = []
        for root in self.roots:
            form = settings.at(root / "__main__.py").logging
            starts = self._mute(root)
            if form == "none" or not starts:
                continue
            users = sorted({start.path for start in starts if start.entry.kind != "lambda"})
            started = {start.path for start in starts if start.entry.kind != "worker"}
            place = self._place(root, [path for path in users if path in started])
            modules: dict[PurePosixPath, str] = {}
            if isinstance(place, Placement):
                reached = {path: self.project.reach(path, place.path).module for path in users}
                modules = {path: module for path, module in reached.items() if module is not None}
            if isinstance(place, Placement) and modules:
                name = self.project.distribution_of(root).name or _program(place, users)
                workers = any(start.entry.kind == "worker" for start in starts)
                source = logging_module(name, json=form == "json", workers=workers)
                new_files.append(NewFile(place.path, source))
                if form == "json":
                    dependencies.append(DependencyEdit(root, JSON_REQUIREMENT))
                paragraphs.append(
                    f"{place.path} configures logging: without it the messages of"
                    f" {root if root.parts else 'this program'} would not be seen any more."
                )
            for start in starts:
                is_lambda = start.entry.kind == "lambda"
                data = Configure("" if is_lambda else modules.get(start.path, ""), is_lambda)
                order = Order(None, self._before(start), data)
                others = orders.get(start.path, ())
                if order not in others:
                    orders[start.path] = (*others, order)
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

    def paragraphs(self) -> tuple[str, ...]:
        """Return what the commit of the sweep should say."""
        mute = [
            str(root) if root.parts else "the program" for root in self.roots if self._mute(root)
        ]
        if not mute:
            return ()
        return (
            f"Logging is not configured by {', '.join(mute)}: messages below WARNING are not seen"
            " until it is.",
        )

    def _mute(self, root: PurePosixPath) -> tuple[Start, ...]:
        """Return the programs of a distribution with messages that nobody would see."""
        if self.programs.refused & CONFIGURING_NEEDLES:
            return ()
        starts = self.programs.starts(root)
        mute = [
            start
            for start in starts
            if not self.programs.configuring(start)
            and not self.programs.refusal(start)
            and any(self._messages.get(path) for path in self._reached(start))
        ]
        return (*mute, *(self._processes.mute(root, self._messages) if starts else ()))

    @cached_property
    def _processes(self) -> Processes:
        return Processes(self.programs)

    def _place(self, root: PurePosixPath, users: list[PurePosixPath]) -> Placement | NoPlace | None:
        """Return where the module goes; None where each program configures logging itself."""
        programs = [path for path in users if path not in self.programs.scripts]
        if not programs or self._is_configured_somewhere(root):
            return None
        serious = [path for path in programs if not self._is_demonstration(path)]
        return self.project.place(root, serious or programs, _MODULE_NAMES)

    def _before(self, start: Start) -> Span:
        """Return the statement of a program before which logging is configured."""
        if start.entry.kind == "worker" or not self._can_be_early(start):
            return start.entry.span
        own = [
            one.top
            for one in self._messages.get(start.path, ())
            if one.top is not None and not one.in_guard and one.level in _QUIET
        ]
        imports = [
            top
            for _, top, files in self.programs.imports_of(start.path)
            if any(
                one.import_time and one.level in _QUIET
                for file in files
                for one in self._messages.get(file, ())
            )
        ]
        early = min([*own, *imports], default=None)
        if early is None:
            return start.entry.span
        inside = start.entry.kind in ("guard", "function")
        return early if inside else min(early, start.entry.span)

    # -- facts ------------------------------------------------------------------------------

    @cached_property
    def _messages(self) -> dict[PurePosixPath, tuple[Print, ...]]:
        """The prints that become log records."""
        return {
            path: tuple(
                one for one in prints if not one.blank and self.too_early(path, one) is None
            )
            for path, prints in self.accepted.items()
        }

    @cached_property
    def roots(self) -> tuple[PurePosixPath, ...]:
        """The distributions with something to rewrite, or with programs that run such code."""
        found = {
            self.programs.root(path)
            for path, prints in self.accepted.items()
            if any(not one.blank for one in prints)
        }
        if found:
            found |= {self.programs.root(path) for path in self.programs.facts}
        return tuple(sorted(found))

    @cached_property
    def _all_starts(self) -> tuple[Start, ...]:
        return tuple(start for root in self.roots for start in self.programs.starts(root))

    def _executed(self, start: Start) -> frozenset[PurePosixPath]:
        return self.programs.executed(start.path)

    def _reached(self, start: Start) -> frozenset[PurePosixPath]:
        return self.programs.reached(start.path)

    def _is_configured_somewhere(self, root: PurePosixPath) -> bool:
        """Tell whether some program of a distribution configures logging."""
        return any(
            self.programs.configuring(start)
            for start in self.programs.starts(root)
            if start.path not in self.programs.scripts
        )

    def _is_demonstration(self, path: PurePosixPath) -> bool:
        """Tell whether a file starts only as a module of a package that shows itself."""
        here = {entry.kind for entry in self.programs.facts[path].entry_points}
        is_module = self.project.packages.is_package(path.parent) and path.name not in STARTED
        declared = {file for file, _ in self.programs.declared(self.programs.root(path))}
        return is_module and "app" not in here and path not in declared

    # -- what must be surveyed --------------------------------------------------------------

    def wanted_paths(self) -> Iterator[PurePosixPath]:
        """Yield the files that must be surveyed: where programs start, and what they import."""
        surveyed = self.programs.facts
        for root in self.roots:
            for entry in self.project.entry_points(root):
                if entry.path in self.project.paths and entry.path.suffix == ".py":
                    yield entry.path
        for path in self.project.paths:
            if path.suffix == ".py" and path not in surveyed and self.programs.could_be_loose(path):
                yield path
        yield from self.programs.unknown(self.roots)

    def wanted_needles(self) -> Iterator[bytes]:
        """Yield what files hold that may import what looks like a program without a guard."""
        for start in self._all_starts:
            if start.entry.kind == "script" and start.path.name not in STARTED:
                yield start.path.stem.encode()


def _program(place: Placement, users: list[PurePosixPath]) -> str:
    package = place.path.parent.name
    return package or users[0].stem
