"""Decide on every family of the repository, and order what must be done."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import PurePosixPath

from codemods.catalog.psycopg2_to_sqlalchemy.actions import (
    NODE,
    Call,
    Replace,
    Scope,
    Task,
    helper,
)
from codemods.catalog.psycopg2_to_sqlalchemy.audit import interpolations
from codemods.catalog.psycopg2_to_sqlalchemy.checks import check
from codemods.catalog.psycopg2_to_sqlalchemy.constants import Constants
from codemods.catalog.psycopg2_to_sqlalchemy.context import Draft, Escape
from codemods.catalog.psycopg2_to_sqlalchemy.embedding import Embedded
from codemods.catalog.psycopg2_to_sqlalchemy.exactness import errors_are_seen
from codemods.catalog.psycopg2_to_sqlalchemy.judge import Judge
from codemods.catalog.psycopg2_to_sqlalchemy.mixing import mixed
from codemods.catalog.psycopg2_to_sqlalchemy.options import Psycopg2Options
from codemods.catalog.psycopg2_to_sqlalchemy.placing import Engines
from codemods.catalog.psycopg2_to_sqlalchemy.program import Module, Program
from codemods.catalog.psycopg2_to_sqlalchemy.reuse import CREATE_ENGINE
from codemods.catalog.psycopg2_to_sqlalchemy.roles import Roles, seeds
from codemods.catalog.psycopg2_to_sqlalchemy.searching import objects, wanted
from codemods.catalog.psycopg2_to_sqlalchemy.sharing import Sharing
from codemods.catalog.psycopg2_to_sqlalchemy.state import State
from codemods.catalog.psycopg2_to_sqlalchemy.survey import FileFacts
from codemods.catalog.psycopg2_to_sqlalchemy.verdicts import (
    always_changes,
    note_handlers,
    note_lost_writes,
    unrelated,
    verdict,
)
from codemods.codemod import (
    Action,
    Circumstances,
    MoreNeedles,
    Order,
    Place,
    Plan,
    Settings,
    Site,
    Span,
    Survey,
    Verdict,
)
from codemods.project.project import Project

__all__ = ["plan"]


def plan(
    surveys: Mapping[PurePosixPath, Survey[FileFacts]],
    project: Project,
    settings: Settings[Psycopg2Options],
    circumstances: Circumstances,
) -> Plan | MoreNeedles:
    """Decide on all sites, or ask for the files that a family's values travel through."""
    exact = errors_are_seen(surveys, project)
    state = _state(surveys, project, circumstances, exact=exact)
    if not any(survey.facts.connects for survey in surveys.values()):
        return Plan(unrelated(surveys, {}, interpolations(state.program, state.judged, surveys)))
    more = _more(state, surveys, project, circumstances)
    if more is not None:
        return more
    _bar(state, surveys, circumstances)
    check(state, surveys, project, circumstances)
    engines = Engines(state, surveys, project, settings, own_errors=exact)
    engines.place()
    return _finished(state, surveys, engines, circumstances)


def _state(
    surveys: Mapping[PurePosixPath, Survey[FileFacts]],
    project: Project,
    circumstances: Circumstances,
    *,
    exact: bool,
) -> State:
    def read(path: PurePosixPath) -> Module | None:
        return project.derived(path, Module)

    modules = {path: module for path in surveys if (module := read(path)) is not None}
    program = Program(modules, project.resolve_import, read)
    roles = Roles(program)
    refused = circumstances.refused
    known = Constants(program, Sharing(program, circumstances.searched - refused, refused))
    judge = Judge(
        program, roles, known, lambda path: exact or project.distribution_of(path).is_packaged
    )
    state = State(program, roles, judge.run())
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
    state: State,
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
            caller = state.program.function_of(escape.module, escape.node)
            given = state.roles.given.of(caller, escape.node.func)
            needles |= {name.encode() for name in given.callers}
            for module, argument in given.unknown:
                paths |= _definitions(module, argument, project)
    paths |= _bases(state, project)
    paths -= surveys.keys()
    if paths:
        return MoreNeedles(frozenset(), frozenset(paths))
    for one in (*wanted(state), *objects(state)):
        needles |= one.choose(circumstances) or frozenset()
    for family, sought in state.judged.wanted.items():
        if state.roles.family(family) not in state.left:
            needles |= sought
    if any(
        "sqlalchemy" in project.distribution_of(draft.module.path).dependencies
        for draft in state.judged.drafts
        if state.roles.family(draft.family) not in state.left
    ):
        needles.add(CREATE_ENGINE)
    needles -= circumstances.searched | circumstances.refused
    return MoreNeedles(frozenset(needles)) if needles else None


def _bases(state: State, project: Project) -> set[PurePosixPath]:
    """Return the files that say what classes inherit whose methods families travel through."""
    names = {
        name
        for family, given in state.judged.helpers.items()
        if state.roles.family(family) not in state.left
        for name in given
    }
    return {
        path
        for class_ in state.program.classes.values()
        if not names.isdisjoint(class_.methods)
        for base in state.program.foreign_bases(class_)
        for path in _definitions(class_.module, base, project)
    }


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
    state: State,
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


def _finished(
    state: State,
    surveys: Mapping[PurePosixPath, Survey[FileFacts]],
    engines: Engines,
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
        task = _task(draft, engines)
        if path in engines.embedded and path not in orders:
            data = Embedded(engines.embedded[path])
            orders.setdefault(path, []).append(Order(None, draft.span, data))
        orders.setdefault(path, []).append(Order(site.id if site else None, draft.span, task))
    verdicts: dict[str, Verdict] = {}
    for path, survey in surveys.items():
        module = state.program.modules.get(path)
        for site in survey.sites:
            family = state.judged.sites.get((module, site.span)) if module else None
            if family is None:
                continue
            family = state.roles.family(family)
            given = verdict(state, site, module, family, ordered)
            rewritten = given.action is Action.REWRITE and always_changes(state, module, site)
            if rewritten and site.id not in ordered and (path, site.span) not in done:
                orders.setdefault(path, []).append(Order(site.id, site.span, Task(Scope())))
            verdicts[site.id] = given
    notes = interpolations(state.program, state.judged, surveys)
    verdicts.update(unrelated(surveys, verdicts, notes))
    note_lost_writes(state, verdicts, surveys)
    note_handlers(verdicts, surveys, bool(engines.live()))
    return Plan(
        verdicts,
        {path: tuple(sorted(found, key=lambda o: o.span)) for path, found in orders.items()},
        tuple(sorted(engines.new_files, key=lambda file: file.path)),
        tuple(engines.dependencies),
        tuple(_paragraphs(state)) if orders else (),
    )


def _task(draft: Draft, engines: Engines) -> Task:
    path = draft.module.path
    needs = tuple(sorted(draft.needs))
    engine = engines.reused.get((path, draft.span))
    if engine is None:
        return Task(draft.action, needs, engines.modules.get(path, ""))
    assert isinstance(draft.action, Call)
    if engine.path == path:
        return Task(Replace(draft.action.around.replace(NODE, engine.code)))
    module = engines.project.reach(path, engine.path).module
    code = helper("existing") + "()" * engine.called
    action = Replace(draft.action.around.replace(NODE, code))
    return Task(action, ("existing",), f"{module}:{engine.name}")


def _paragraphs(state: State) -> list[str]:
    every = {state.roles.family(place) for place in seeds(state.program)}
    left = sum(family in state.left for family in every)
    return [
        f"{len(every) - left} of {len(every)} connection families use a pooled engine now;"
        f" {left} stay with psycopg2."
    ]
