"""Decide on every family of the repository, and order what must be done."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from codemods.catalog.psycopg2_to_sqlalchemy.actions import Scope, Task
from codemods.catalog.psycopg2_to_sqlalchemy.audit import interpolations, never_commits
from codemods.catalog.psycopg2_to_sqlalchemy.context import Draft, Escape, Judgement
from codemods.catalog.psycopg2_to_sqlalchemy.engines import (
    SESSION_WORDS,
    EngineNeeds,
    engine_module,
    provides,
)
from codemods.catalog.psycopg2_to_sqlalchemy.judge import Judge
from codemods.catalog.psycopg2_to_sqlalchemy.mixing import mixed
from codemods.catalog.psycopg2_to_sqlalchemy.options import Psycopg2Options
from codemods.catalog.psycopg2_to_sqlalchemy.program import Module, Program
from codemods.catalog.psycopg2_to_sqlalchemy.roles import Place as FamilyPlace
from codemods.catalog.psycopg2_to_sqlalchemy.roles import Role, Roles, seeds
from codemods.catalog.psycopg2_to_sqlalchemy.survey import NAME, FileFacts
from codemods.codemod import (
    Action,
    Circumstances,
    DependencyEdit,
    MoreNeedles,
    NewFile,
    Order,
    Place,
    Plan,
    Settings,
    Site,
    Span,
    Survey,
    Verdict,
)
from codemods.project.placement import NoPlace
from codemods.project.project import Project
from codemods.python.source import SourceError, read_source

__all__ = ["plan"]

_MODULE_NAMES = ("db_engine", "database_engine", "sqlalchemy_engine")
_ENGINE_HELPERS = frozenset({"get_engine", "run_sql", "run_many", "raw_cursor"})
_REQUIREMENT = "sqlalchemy>=2.0"


@dataclass(frozen=True, slots=True)
class _Left:
    """Why a family is left."""

    reason: str
    message: str
    place: Place


@dataclass(slots=True)
class _State:
    """What is known while the plan is made."""

    program: Program
    roles: Roles
    judged: Judgement
    left: dict[FamilyPlace, _Left] = field(default_factory=dict)

    def leave(self, family: FamilyPlace, reason: str, message: str, place: Place) -> None:
        self.left.setdefault(self.roles.family(family), _Left(reason, message, place))


def plan(
    surveys: Mapping[PurePosixPath, Survey[FileFacts]],
    project: Project,
    settings: Settings[Psycopg2Options],
    circumstances: Circumstances,
) -> Plan | MoreNeedles:
    """Decide on all sites, or ask for the files that a family's values travel through."""
    state = _state(surveys, project)
    if not any(survey.facts.connects for survey in surveys.values()):
        return Plan(_unrelated(surveys, {}, interpolations(state.program, state.judged, surveys)))
    more = _more(state, surveys, project, circumstances)
    if more is not None:
        return more
    _bar(state, surveys, circumstances)
    _check_distributions(state, project)
    _check_spans(state)
    _check_sharing(state)
    _check_strangers(state)
    _check_reach(state, circumstances)
    _check_patches(state, surveys, project)
    engines = _Engines(state, surveys, project, settings)
    engines.place()
    return _finished(state, surveys, engines, circumstances)


def _state(surveys: Mapping[PurePosixPath, Survey[FileFacts]], project: Project) -> _State:
    files = {}
    for path in surveys:
        data = project.read(path)
        if data is None:
            continue
        try:
            files[path] = read_source(path, data)
        except SourceError:
            continue
    program = Program(files, project.resolve_import)
    roles = Roles(program)
    state = _State(program, roles, Judge(program, roles).run())
    for escape in (*state.judged.escapes, *mixed(program, roles)):
        state.leave(escape.family, escape.reason, escape.message, _place(escape))
    return state


def _place(escape: Escape) -> Place:
    node = escape.node
    assert isinstance(node, ast.expr | ast.stmt | ast.excepthandler | ast.withitem)
    if isinstance(node, ast.withitem):
        node = node.context_expr
    return Place(escape.module.path, node.lineno, node.col_offset + 1)


def _more(
    state: _State,
    surveys: Mapping[PurePosixPath, Survey[FileFacts]],
    project: Project,
    circumstances: Circumstances,
) -> MoreNeedles | None:
    """Ask for the files that name what a family's values travel through, and that define it."""
    if circumstances.rounds_left <= 0:
        return None
    paths: set[PurePosixPath] = set()
    needles: set[bytes] = set()
    for escape in state.judged.escapes:
        if escape.reason == "passed-on" and isinstance(escape.node, ast.Call):
            paths |= _definitions(escape.module, escape.node.func, project)
    paths -= surveys.keys()
    if paths:
        return MoreNeedles(frozenset(), frozenset(paths))
    for family, names in state.judged.helpers.items():
        if state.roles.family(family) in state.left:
            continue
        needles |= {name.encode() for name in names if len(name) > 1 and not name.startswith("__")}
    for place in state.roles.values:
        if _is_module_variable(place) and state.roles.family(place) not in state.left:
            needles.add(PurePosixPath(str(place[1])).stem.encode())
    needles -= circumstances.searched | circumstances.refused
    return MoreNeedles(frozenset(needles)) if needles else None


def _definitions(module: Module, node: ast.expr, project: Project) -> set[PurePosixPath]:
    """Return the files of the repository in which a function may be defined."""
    name = module.qualified(node)
    if name is None:
        return set()
    stripped = name.lstrip(".")
    level = len(name) - len(stripped)
    parts = stripped.split(".")
    for length in range(len(parts), -1 if level else 0, -1):
        path = project.resolve_import(module.path, ".".join(parts[:length]), level)
        if path is not None and project.read(path) is not None:
            return {path}
    return set()


def _bar(
    state: _State,
    surveys: Mapping[PurePosixPath, Survey[FileFacts]],
    circumstances: Circumstances,
) -> None:
    for path, survey in surveys.items():
        module = state.program.modules.get(path)
        for site in survey.sites:
            bar = circumstances.barred.get(site.id)
            if bar is None or module is None:
                continue
            family = state.judged.sites.get((module, site.span))
            if family is not None:
                place = Place(path, site.position.line, site.position.column)
                state.leave(
                    family,
                    "member-kept",
                    f"{site.code.split('(')[0]} is kept: {bar.message}",
                    place,
                )


def _check_distributions(state: _State, project: Project) -> None:
    """Leave what can't have SQLAlchemy 2, or runs on Pythons that SQLAlchemy 2 does not."""
    for draft in state.judged.drafts:
        family = state.roles.family(draft.family)
        if family in state.left:
            continue
        distribution = project.distribution_of(draft.module.path)
        place = Place(draft.module.path, draft.module.file.position(draft.span).line)
        old = [d for d in distribution.dependencies.of("sqlalchemy") if not d.admits_from("2.0")]
        if old:
            state.leave(
                family,
                "sqlalchemy-1x",
                f"{old[0].path} holds SQLAlchemy below 2.0 ({old[0].specifier})",
                place,
            )
        elif distribution.minimum_python is not None and distribution.minimum_python < (3, 7):
            version = ".".join(map(str, distribution.minimum_python))
            state.leave(
                family,
                "python-too-old",
                f"Python {version} is supported, SQLAlchemy 2 needs 3.7",
                place,
            )


def _check_spans(state: _State) -> None:
    """Leave families that would edit one node twice."""
    seen: dict[tuple[Module, Span], Draft] = {}
    for draft in state.judged.drafts:
        other = seen.setdefault((draft.module, draft.span), draft)
        if other is not draft and other.action != draft.action:
            place = Place(draft.module.path, draft.module.file.position(draft.span).line)
            for family in {draft.family, other.family}:
                state.leave(family, "edited-twice", "two changes meet at one place", place)


#: Importing one of these says that several threads may run the program's functions.
_THREADS = frozenset(
    {
        "threading", "concurrent", "multiprocessing", "socketserver", "flask", "fastapi",
        "starlette", "django", "bottle", "falcon", "pyramid", "cherrypy", "telebot",
        "apscheduler", "gevent",
    }
)  # fmt: skip


def _check_sharing(state: _State) -> None:
    """Leave connections that threads may share, and two ways to commit on one connection."""
    begins: dict[FamilyPlace, Draft] = {}
    automatic: set[FamilyPlace] = set()
    modules: dict[FamilyPlace, set[Module]] = {}
    for draft in state.judged.drafts:
        family = state.roles.family(draft.family)
        modules.setdefault(family, set()).add(draft.module)
        if ".begin()" in repr(draft.action):
            begins.setdefault(family, draft)
        if "AUTOCOMMIT" in repr(draft.action):
            automatic.add(family)
    for family, draft in begins.items():
        if family in automatic:
            state.leave(
                family,
                "isolation-changes",
                "`with connection` begins a transaction although the connection commits by itself",
                Place(draft.module.path, draft.module.file.position(draft.span).line),
            )
    for place, value in state.roles.values.items():
        if value.role not in {Role.CONNECTION, Role.CURSOR}:
            continue
        lasting = _lasts(state, place)
        family = state.roles.family(place)
        for module in modules.get(family, ()):
            threads = {b.origin.split(".")[0] for b in module.names.imports} & _THREADS
            if not lasting or not threads or not _used_in_functions(state, place):
                continue
            state.leave(
                family,
                "shared-by-threads",
                f"`{place[-1]}` outlives its function, and {min(threads)} may run several"
                " threads; an SQLAlchemy connection must not be shared",
                Place(module.path, 1),
            )


def _lasts(state: _State, place: FamilyPlace) -> bool:
    """Whether a place outlives the calls of functions."""
    if place[0] == "variable":
        return place[2] == ""
    if place[0] != "attribute":
        return False
    # An attribute does when its object is in a variable of a module, or in another object.
    for holder, value in state.roles.values.items():
        if value.role is not Role.OBJECT or value.class_ is None:
            continue
        root = state.program.root(value.class_)
        same = (root.node.lineno, root.node.name) == (place[2], place[3])
        if same and (holder[0] == "attribute" or (holder[0] == "variable" and holder[2] == "")):
            return True
    return False


def _used_in_functions(state: _State, place: FamilyPlace) -> bool:
    """Whether functions read a variable of a module; attributes always count."""
    if place[0] == "attribute":
        return True
    for function in state.program.functions:
        if function.is_module:
            continue
        for node in function.nodes():
            named = isinstance(node, ast.Name) and node.id == place[-1]
            if named and state.roles.variable(function, node) == place:  # type: ignore[arg-type]
                return True
    return False


def _check_patches(
    state: _State, surveys: Mapping[PurePosixPath, Survey[FileFacts]], project: Project
) -> None:
    """Leave what tests replace psycopg2 in."""
    for path, survey in sorted(surveys.items()):
        for patch in survey.facts.patches:
            owner = patch.split("psycopg2")[0].rstrip(".")
            target = project.resolve_import(path, owner) if owner else None
            reached = {target} if owner else _imports_of(state, path)
            for draft in state.judged.drafts:
                if draft.module.path not in reached:
                    continue
                state.leave(
                    state.roles.family(draft.family),
                    "patched",
                    f"a test replaces `{patch}`",
                    Place(path, 1),
                )


def _is_module_variable(place: FamilyPlace) -> bool:
    return place[0] == "variable" and place[2] == ""


def _exports(state: _State) -> dict[tuple[str, str], FamilyPlace]:
    """Return what files may import of each family: (stem of the module, name) to the family."""
    found: dict[tuple[str, str], FamilyPlace] = {}
    for place, value in state.roles.values.items():
        if value.role is Role.OBJECT:
            continue
        if _is_module_variable(place) or place[0] == "attribute":
            found[PurePosixPath(str(place[1])).stem, str(place[3])] = state.roles.family(place)
    for function in state.program.functions:
        for place in (state.roles.result(function), state.roles.yielded(function)):
            for known in (place, (*place, 0), (*place, 1)):
                if known in state.roles.values and function.owner is None:
                    stem = function.module.path.stem
                    found[stem, function.name] = state.roles.family(known)
    return found


_USED_AS = frozenset(
    {"cursor", "commit", "rollback", "autocommit", "execute", "fetchone", "fetchall", "fetchmany"}
)


def _check_reach(state: _State, circumstances: Circumstances) -> None:
    """Leave families that files may reach in ways that can't be proved: imports, attributes."""
    exports = _exports(state)
    stems = {stem for stem, _ in exports}
    for module in state.program.modules.values():
        for binding in module.names.imports:
            if state.program.imported(module, binding.origin) is not None:
                continue
            parts = binding.origin.lstrip(".").split(".")
            names = [tuple(parts[-2:])] if len(parts) > 1 else []
            if parts[-1] in stems:
                names += [key for key in exports if key[0] == parts[-1]]
            for key in names:
                family = exports.get((key[0], key[-1]))
                if family is not None:
                    line = getattr(binding.stmt, "lineno", 1)
                    state.leave(
                        family,
                        "unresolved-import",
                        f"`{binding.origin}` may be it, and is no certain import",
                        Place(module.path, line),
                    )
        for star in module.names.module.stars:
            stem = star.origin.split(".")[-1]
            for key in [key for key in exports if key[0] == stem]:
                if any(True for _ in module.names.reads(key[1])):
                    state.leave(
                        exports[key],
                        "unresolved-import",
                        f"`{key[1]}` comes from `import *`",
                        Place(module.path, getattr(star.stmt, "lineno", 1)),
                    )
    for place in list(state.roles.values):
        owner = PurePosixPath(str(place[1])).stem if _is_module_variable(place) else ""
        if owner and owner.encode() in circumstances.refused:
            state.leave(
                state.roles.family(place),
                "too-common",
                f"too many files name `{owner}` to see who uses `{place[-1]}`",
                Place(PurePosixPath(str(place[1])), 1),
            )
    _check_owners(state)


def _check_owners(state: _State) -> None:
    """Leave families whose attributes an unknown object may be asked for."""
    attributes = {
        str(place[-1]): state.roles.family(place)
        for place, value in state.roles.values.items()
        if place[0] == "attribute" and value.role is not Role.OBJECT
    }
    for function in state.program.functions:
        for node in function.nodes():
            if not isinstance(node, ast.Attribute) or node.attr not in attributes:
                continue
            parent = function.module.parents[node]
            if not isinstance(parent, ast.Attribute) or parent.attr not in _USED_AS:
                continue
            if state.roles.attribute(function, node) is None:
                state.leave(
                    attributes[node.attr],
                    "unknown-owner",
                    f"`{ast.unparse(node)}` may be the same connection",
                    Place(function.module.path, node.lineno),
                )


def _check_strangers(state: _State) -> None:
    """Leave families beside functions that take a connection or cursor from nobody knows whom."""
    strangers: dict[Module, tuple[str, str, int]] = {}
    for function in state.program.functions:
        if function.is_module or function.module in strangers:
            continue
        for node in function.nodes():
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id=name) as receiver, attr="cursor"), args=[]
                ) if name in function.parameters and state.roles.value(function, receiver) is None:
                    strangers[function.module] = (function.name, name, node.lineno)
                    break
    for draft in state.judged.drafts:
        stranger = strangers.get(draft.module)
        if stranger is not None:
            state.leave(
                state.roles.family(draft.family),
                "unknown-callers",
                f"`{stranger[0]}` takes a connection as `{stranger[1]}`, and nothing calls it",
                Place(draft.module.path, stranger[2]),
            )


def _imports_of(state: _State, path: PurePosixPath) -> set[PurePosixPath | None]:
    """Return a file and the files of ours that it imports, directly or not."""
    reached: set[PurePosixPath | None] = {path}
    waiting = [path]
    while waiting:
        module = state.program.modules.get(waiting.pop())
        for binding in module.names.imports if module else ():
            assert module is not None
            found = state.program.imported(module, binding.origin)
            if found is not None and found[0].path not in reached:
                reached.add(found[0].path)
                waiting.append(found[0].path)
    return reached


class _Engines:
    """Where the engines of each distribution are."""

    def __init__(
        self,
        state: _State,
        surveys: Mapping[PurePosixPath, Survey[FileFacts]],
        project: Project,
        settings: Settings[Psycopg2Options],
    ) -> None:
        self.state = state
        self.surveys = surveys
        self.project = project
        self.options = settings.default
        self.modules: dict[PurePosixPath, str] = {}  #: by user, the name to import it by
        self.new_files: list[NewFile] = []
        self.dependencies: list[DependencyEdit] = []
        self.own_errors = any(
            survey.facts.handles or survey.facts.shows_errors for survey in surveys.values()
        )

    def live(self) -> list[Draft]:
        """Return the drafts of the families that are migrated."""
        left = self.state.left
        return [
            d for d in self.state.judged.drafts if self.state.roles.family(d.family) not in left
        ]

    def place(self) -> None:
        """Place a module for each distribution; leave what can't import one."""
        while True:
            before = len(self.state.left)
            self.modules, self.new_files, self.dependencies = {}, [], []
            users: dict[PurePosixPath, set[PurePosixPath]] = {}
            for draft in self.live():
                path = draft.module.path
                root = self.project.distribution_of(path).root
                users.setdefault(root, set())
                if draft.needs & _ENGINE_HELPERS:
                    users[root].add(path)
            for root, paths in sorted(users.items()):
                if paths:
                    self.place_for(root, paths)
                self.dependencies.append(DependencyEdit(root, _REQUIREMENT))
            if len(self.state.left) == before:
                return

    def place_for(self, root: PurePosixPath, users: set[PurePosixPath]) -> None:
        helpers = frozenset(
            need
            for draft in self.live()
            if draft.module.path in users
            for need in draft.needs & _ENGINE_HELPERS
        )
        found = self.project.place(root, users, _MODULE_NAMES)
        existing = self.existing(users, helpers)
        if existing:
            self.modules.update(existing)
            return
        if isinstance(found, NoPlace):
            self.leave_users(users, "no-place", found.reason)
            return
        self.modules.update(found.imports)
        self.write(found.path, helpers)
        for user in sorted(found.unreachable):
            beside = self.project.place(root, [user], _MODULE_NAMES)
            if isinstance(beside, NoPlace) or user not in beside.imports:
                self.leave_users({user}, "no-place", found.unreachable[user])
                continue
            self.modules[user] = beside.imports[user]
            self.write(beside.path, helpers)

    def existing(
        self, users: set[PurePosixPath], helpers: frozenset[str]
    ) -> dict[PurePosixPath, str] | None:
        """Return how the users import a module that an earlier run wrote, if it has all helpers."""
        for path in sorted(self.project.paths):
            if path.stem not in _MODULE_NAMES or path.suffix != ".py":
                continue
            text = (self.project.read(path) or b"").decode("utf-8", "replace")
            if not provides(text, helpers):
                continue
            names = {user: self.project.reach(user, path).module for user in users}
            if all(names.values()):
                return {user: name for user, name in names.items() if name is not None}
        return None

    def leave_users(self, users: set[PurePosixPath], reason: str, message: str) -> None:
        for draft in self.live():
            if draft.module.path in users and draft.needs & _ENGINE_HELPERS:
                line = draft.module.file.position(draft.span).line
                self.state.leave(draft.family, reason, message, Place(draft.module.path, line))

    def write(self, path: PurePosixPath, helpers: frozenset[str]) -> None:
        if any(file.path == path for file in self.new_files):
            return
        facts = [survey.facts for survey in self.surveys.values()]
        sql = [text for texts in self.state.judged.sql.values() for text in texts]
        needs = EngineNeeds(
            helpers | {"get_engine"},
            self.own_errors or self.project.distribution_of(path).is_packaged,
            not any(fact.registers_uuid for fact in facts),
            any(re.search(word, text, re.I) for word in SESSION_WORDS for text in sql),
            any(fact.forks for fact in facts),
            self.composes(),
            self.options.pool_size,
            self.options.max_overflow,
            self.options.connect_timeout,
        )
        self.new_files.append(NewFile(path, engine_module(needs).encode()))

    def composes(self) -> bool:
        return any(
            name.startswith("psycopg2.sql")
            for module in self.state.program.modules.values()
            for name in module.driver_names
        )


def _finished(
    state: _State,
    surveys: Mapping[PurePosixPath, Survey[FileFacts]],
    engines: _Engines,
    circumstances: Circumstances,
) -> Plan:
    orders: dict[PurePosixPath, list[Order]] = {}
    by_span: dict[tuple[PurePosixPath, Span], Site] = {
        (path, site.span): site for path, survey in surveys.items() for site in survey.sites
    }
    ordered: set[str] = set()
    done: set[tuple[PurePosixPath, Span]] = set()
    for draft in engines.live():
        path = draft.module.path
        if (path, draft.span) in done:
            continue
        done.add((path, draft.span))
        site = by_span.get((path, draft.span))
        if site is not None:
            ordered.add(site.id)
        task = Task(draft.action, tuple(sorted(draft.needs)), engines.modules.get(path, ""))
        orders.setdefault(path, []).append(Order(site.id if site else None, draft.span, task))
    verdicts: dict[str, Verdict] = {}
    for path, survey in surveys.items():
        module = state.program.modules.get(path)
        for site in survey.sites:
            family = state.judged.sites.get((module, site.span)) if module else None
            if family is None:
                continue
            family = state.roles.family(family)
            verdict = _verdict(state, site, module, family, ordered)
            if (
                site.kind == "cursor"
                and verdict.action is Action.REWRITE
                and site.id not in ordered
            ):
                orders.setdefault(path, []).append(Order(site.id, site.span, Task(Scope())))
            verdicts[site.id] = verdict
    notes = interpolations(state.program, state.judged, surveys)
    verdicts.update(_unrelated(surveys, verdicts, notes))
    _note_lost_writes(state, verdicts, surveys)
    _note_handlers(verdicts, surveys, bool(engines.live()))
    return Plan(
        verdicts,
        {path: tuple(sorted(found, key=lambda o: o.span)) for path, found in orders.items()},
        tuple(sorted(engines.new_files, key=lambda file: file.path)),
        tuple(engines.dependencies),
        tuple(_paragraphs(state)) if orders else (),
    )


def _verdict(
    state: _State, site: Site, module: Module | None, family: FamilyPlace, ordered: set[str]
) -> Verdict:
    assert module is not None
    group = _group(state, family)
    audit = state.judged.audits.get((module, site.span))
    note = audit.sentence() if audit is not None else ""
    left = state.left.get(family)
    if left is not None:
        return Verdict(
            Action.LEAVE,
            group,
            f"{NAME}/{left.reason}",
            f"{left.message} ({left.place})",
            note,
            (left.place,),
        )
    if site.id not in ordered and site.kind != "cursor":
        return Verdict(
            Action.LEAVE, group, f"{NAME}/same-call", "SQLAlchemy's connection has the same method."
        )
    if site.kind == "execute":
        why = state.judged.driver.get((module, site.span))
        if why:
            return Verdict(
                Action.REWRITE,
                group,
                f"{NAME}/driver-sql",
                f"It keeps psycopg2's SQL: {why}.",
                note,
            )
        return Verdict(
            Action.REWRITE,
            group,
            f"{NAME}/bound-text",
            "It runs text() with bound parameters.",
            note,
        )
    return Verdict(Action.REWRITE, group, f"{NAME}/{_REASONS[site.kind]}", _MESSAGES[site.kind])


_REASONS = {
    "connect": "pooled",
    "cursor": "no-cursor",
    "fetch": "rows",
    "transaction": "transaction",
    "handler": "handler-kept",
}
_MESSAGES = {
    "connect": "The connection comes from a pooled engine.",
    "cursor": "The connection runs the statements.",
    "fetch": "The rows are read from the result.",
    "transaction": "The transaction is the connection's.",
    "handler": "",
}


def _group(state: _State, family: FamilyPlace) -> str:
    return ":".join(str(part) for part in state.roles.family(family))


def _note_lost_writes(
    state: _State,
    verdicts: dict[str, Verdict],
    surveys: Mapping[PurePosixPath, Survey[FileFacts]],
) -> None:
    """Note at each `connect` of a family that writes and never commits that it does."""
    losing = never_commits(state.judged, state.roles)
    for path, survey in surveys.items():
        module = state.program.modules.get(path)
        for site in survey.sites:
            family = state.judged.sites.get((module, site.span)) if module else None
            if site.kind != "connect" or family is None:
                continue
            if state.roles.family(family) in losing:
                note = "it writes and never commits, so what it writes is lost"
                verdicts[site.id] = replace(verdicts[site.id], note=note)


def _unrelated(
    surveys: Mapping[PurePosixPath, Survey[FileFacts]],
    known: Mapping[str, Verdict],
    audits: Mapping[tuple[PurePosixPath, Span], str],
) -> dict[str, Verdict]:
    """Return verdicts for what belongs to no family."""
    found: dict[str, Verdict] = {}
    for survey in surveys.values():
        for site in survey.sites:
            if site.id in known:
                continue
            receiver = site.code.rsplit(".", 1)[0].split("\n")[0]
            found[site.id] = Verdict(
                Action.LEAVE,
                site.id,
                f"{NAME}/unknown-receiver",
                f"`{receiver}` is not known to come from psycopg2.connect().",
                audits.get((site.path, site.span), ""),
            )
    return found


def _note_handlers(
    verdicts: dict[str, Verdict],
    surveys: Mapping[PurePosixPath, Survey[FileFacts]],
    migrated: bool,
) -> None:
    for survey in surveys.values():
        for site in survey.sites:
            if site.kind == "handler":
                verdicts[site.id] = Verdict(
                    Action.LEAVE,
                    site.id,
                    f"{NAME}/handler-kept",
                    "The engine raises psycopg2's own exceptions, so it goes on catching them."
                    if migrated
                    else "Nothing that it handles is migrated.",
                )


def _paragraphs(state: _State) -> list[str]:
    every = {state.roles.family(place) for place in seeds(state.program)}
    left = sum(family in state.left for family in every)
    return [
        f"{len(every) - left} of {len(every)} connection families use a pooled engine now;"
        f" {left} stay with psycopg2."
    ]
