"""Decide on every read of the repository: one field a variable and distribution."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from codemods.catalog.env_to_config.checks import add_checks
from codemods.catalog.env_to_config.circumstances import (
    bar_of_distribution,
    bar_of_file,
    bar_of_module,
    bar_of_variable,
    central_classes,
)
from codemods.catalog.env_to_config.constants import Constants
from codemods.catalog.env_to_config.draft import Draft, Home, Scheme, Surveys
from codemods.catalog.env_to_config.extension import extend
from codemods.catalog.env_to_config.facts import FileFacts, OwnClass, Unset
from codemods.catalog.env_to_config.fields import (
    Decision,
    Member,
    SiteForm,
    decide,
    without_fallback,
)
from codemods.catalog.env_to_config.layout import line_width
from codemods.catalog.env_to_config.naming import field_names
from codemods.catalog.env_to_config.options import Options
from codemods.catalog.env_to_config.reach import is_expected
from codemods.catalog.env_to_config.rewrite import Rewriting
from codemods.catalog.env_to_config.styles import form_of
from codemods.catalog.env_to_config.writing import write
from codemods.codemod import Action, Bar, Circumstances, Order, Plan, Settings, Survey, Verdict
from codemods.project.placement import NoPlace, Placement
from codemods.project.project import Project

__all__ = ["plan"]

_MODULES = ("config", "env_config", "app_config", "environment_config")


def plan(
    surveys: Surveys,
    project: Project,
    settings: Settings[Options],
    circumstances: Circumstances,
) -> Plan:
    """Return the plan for the whole repository."""
    draft = Draft()
    by_root: dict[PurePosixPath, dict[PurePosixPath, Survey[FileFacts]]] = {}
    for path, survey in sorted(surveys.items()):
        root = project.distribution_of(path).root
        by_root.setdefault(root, {})[path] = survey
    patched = frozenset(name for survey in surveys.values() for name in survey.facts.patched)
    for root, ours in by_root.items():
        _plan_distribution(draft, root, ours, patched, project, settings, circumstances)
    return draft.done()


def _plan_distribution(
    draft: Draft,
    root: PurePosixPath,
    surveys: Surveys,
    patched: frozenset[tuple[str, str]],
    project: Project,
    settings: Settings[Options],
    circumstances: Circumstances,
) -> None:
    every = [
        Member(site, survey.facts.reads[site.id])
        for survey in surveys.values()
        for site in survey.sites
    ]
    members = _candidates(draft, every, surveys, patched, project)
    bar = bar_of_distribution(root, surveys, project)
    own = {path: survey.facts.own for path, survey in surveys.items() if survey.facts.own}
    centres = central_classes(surveys, project)
    if bar is None and not own and not centres:
        bar = bar_of_module(Counter(member.site.path for member in members))
    if bar is not None:
        draft.leave(members, bar)
        return
    if centres:
        extend(draft, root, members, centres, surveys, project, circumstances)
        return
    home, members = _home(draft, root, members, own, project)
    if home is None:
        return
    scheme = _scheme(draft, root, members, home, project, settings.at(home.path), circumstances)
    if scheme.fields:
        write(draft, scheme, home, surveys, project)
    if scheme.decisions:
        add_checks(draft, scheme, home, members, project, circumstances)


def _scheme(
    draft: Draft,
    root: PurePosixPath,
    members: Sequence[Member],
    home: Home,
    project: Project,
    options: Options,
    circumstances: Circumstances,
) -> Scheme:
    """Decide on each variable, and give the verdicts and orders for its reads."""
    pydantic = None if home.own is None else home.own.pydantic
    form, remark = form_of(options, project, root, pydantic=pydantic)
    scheme = Scheme(root, line_width(project, root), options, form)
    if remark:
        draft.paragraphs.append(remark)
    by_variable: dict[str, list[Member]] = {}
    for member in members:
        assert member.read.variable is not None
        by_variable.setdefault(member.read.variable, []).append(member)
    own = home.own.fields if home.own is not None else {}
    taken = {field.name for field in own.values()}
    names = field_names(by_variable.keys() - own.keys(), taken, form.reserved)

    def fits(parse: str, default: str | None) -> bool:
        return form.fits(parse, default, scheme.width)

    for variable, ones in sorted(by_variable.items()):
        there = own.get(variable)
        strict = [_strict(one, options) for one in ones]
        decision = decide(variable, strict, fits, there.signature if there else None)
        if decision is None:
            text = f"the field for {variable} in {home.path} does something else"
            draft.leave(ones, Bar("env-to-config/field-differs", text))
            continue
        name = there.name if there else names[variable]
        _order(draft, root, name, ones, decision, home, circumstances, strict)
        if all(one.site.id not in circumstances.barred for one in ones):
            scheme.decisions[name] = decision
            scheme.reads[name] = len(ones)
            if there is None:
                scheme.fields[name] = decision.field
    return scheme


def _candidates(
    draft: Draft,
    members: Sequence[Member],
    surveys: Surveys,
    patched: frozenset[tuple[str, str]],
    project: Project,
) -> list[Member]:
    """Return the reads that may be rewritten; the others are left."""
    constants = Constants(project)
    program = {path: survey.facts for path, survey in surveys.items() if not project.is_test(path)}
    written = {name for facts in program.values() for name in facts.written}
    written |= {
        name
        for path, facts in program.items()
        for reference in facts.references
        if (name := constants.value(path, reference))
    }
    whole = any(facts.whole for facts in program.values())
    failing = {
        path: [
            read.default.span
            for read in survey.facts.reads.values()
            if read.default is not None and read.default.fails
        ]
        for path, survey in surveys.items()
    }
    kept = []
    for found in members:
        member = _named(found, constants)
        path, read = member.site.path, member.read
        facts = surveys[path].facts
        bar = bar_of_file(path, facts, project) or read.blocked or bar_of_variable(read)
        if bar is None and whole and read.variable in written:
            bar = Bar(
                "env-to-config/written-and-passed-on",
                f"the program sets {read.variable} itself and hands the whole environment on",
            )
        if bar is None and read.unset is Unset.EXPRESSION:
            assert read.default is not None
            if read.default.fails or not read.default.repeatable:
                what = "may fail" if read.default.fails else "calls something"
                text = f"the default {what}, which must happen in any case"
                bar = Bar("env-to-config/computed-default", text)
        if bar is None and any(span.start <= read.span.start < span.end for span in failing[path]):
            # As a field it would no longer be seen to be what the default hangs on.
            text = "a read that is left has it in its default, which may fail"
            bar = Bar("env-to-config/computed-default", text)
        if bar is None and any(module == path.stem for module, _ in patched):
            bar = Bar(
                "env-to-config/patched-in-tests",
                f"a test replaces `os` by the name of {path.stem}",
            )
        if bar is None:
            kept.append(member)
        else:
            draft.leave([member], bar)
    return kept


def _named(member: Member, constants: Constants) -> Member:
    """Return a read with the variable that a constant of another file names."""
    read = member.read
    if read.variable or not read.reference:
        return member
    variable = constants.value(member.site.path, read.reference)
    if variable:
        return replace(member, read=replace(read, variable=variable))
    text = f"nothing shows what {read.reference.lstrip('.')} is"
    dynamic = Bar("env-to-config/dynamic-name", text)
    return replace(member, read=replace(read, blocked=read.blocked or dynamic))


def _home(
    draft: Draft,
    root: PurePosixPath,
    members: Sequence[Member],
    own: Mapping[PurePosixPath, OwnClass],
    project: Project,
) -> tuple[Home | None, list[Member]]:
    """Return where the configuration is, and the reads in files that can import it."""
    users = sorted({member.site.path for member in members})
    if not users:
        return None, []
    if own:
        path = min(own)
        reaches = {user: project.reach(user, path) for user in users}
        imports = {user: reach.module for user, reach in reaches.items() if reach.module}
        unreachable = {user: reach.reason for user, reach in reaches.items() if not reach.module}
        home = Home(path, imports, own[path])
    else:
        placement = _placement(root, users, project)
        if isinstance(placement, NoPlace):
            draft.leave(members, Bar("env-to-config/no-place", placement.reason))
            return None, []
        home = Home(placement.path, placement.imports, None)
        unreachable = dict(placement.unreachable)
    for user, reason in unreachable.items():
        ones = [member for member in members if member.site.path == user]
        draft.leave(ones, Bar("env-to-config/cannot-import", reason))
    return home, [member for member in members if member.site.path in home.imports]


def _placement(
    root: PurePosixPath, users: Sequence[PurePosixPath], project: Project
) -> Placement | NoPlace:
    names = list(_MODULES)
    placement = project.place(root, users, names)
    while isinstance(placement, Placement) and is_expected(placement.module, project):
        names.remove(placement.path.stem)
        placement = project.place(root, users, names)
    return placement


def _strict(member: Member, options: Options) -> Member:
    """Return a read without its fallback, where the options ask for that."""
    variable = member.read.variable or ""
    if options.strict and any(fnmatchcase(variable, one) for one in options.required):
        return replace(member, read=without_fallback(member.read))
    return member


def _order(
    draft: Draft,
    root: PurePosixPath,
    name: str,
    members: Sequence[Member],
    decision: Decision,
    home: Home,
    circumstances: Circumstances,
    strict: Sequence[Member],
) -> None:
    """Give the verdicts and orders for the reads of one variable."""
    group = f"{root}:{decision.field.variable}"
    for member, without, (form, span) in zip(members, strict, decision.forms, strict=True):
        path = member.site.path
        if draft.kept(member, group, circumstances):
            continue
        raw = form is not SiteForm.FIELD or bool(decision.disagreement)
        reason = "env-to-config/raw-field" if raw else "env-to-config/field"
        message = f"`{name}` of {home.imports[path]}"
        note = decision.note
        if without.read is not member.read:
            reason = "env-to-config/no-fallback"
            note = f"{name} is required now; the default here goes"
        draft.verdicts[member.site.id] = Verdict(Action.REWRITE, group, reason, message, note)
        data = Rewriting(home.imports[path], name, form, member.read.span, member.read.enclosed)
        draft.orders.setdefault(path, []).append(Order(member.site.id, span, data))
