"""Decide on every read of the repository: one field a variable and distribution."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from codemods.catalog.env_to_config.circumstances import (
    bar_of_distribution,
    bar_of_file,
    bar_of_module,
    bar_of_variable,
)
from codemods.catalog.env_to_config.facts import FileFacts, OwnClass, Unset
from codemods.catalog.env_to_config.fields import (
    Decision,
    Field,
    Form,
    Member,
    decide,
    without_fallback,
)
from codemods.catalog.env_to_config.layout import line_width
from codemods.catalog.env_to_config.module_text import module_text
from codemods.catalog.env_to_config.naming import field_names
from codemods.catalog.env_to_config.options import Options
from codemods.catalog.env_to_config.rewrite import Rewriting
from codemods.codemod import (
    Action,
    Bar,
    Circumstances,
    NewFile,
    Order,
    Plan,
    Settings,
    Survey,
    Verdict,
)
from codemods.project.placement import NoPlace
from codemods.project.project import Project

__all__ = ["plan"]

_MODULES = ("config", "env_config", "app_config", "environment_config")

_Surveys = Mapping[PurePosixPath, Survey[FileFacts]]


@dataclass
class _Draft:
    """A plan in the making."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    orders: dict[PurePosixPath, list[Order]] = field(default_factory=dict)
    new_files: list[NewFile] = field(default_factory=list)
    paragraphs: list[str] = field(default_factory=list)

    def leave(self, members: Iterable[Member], bar: Bar) -> None:
        for member in members:
            site = member.site.id
            self.verdicts[site] = Verdict(Action.LEAVE, site, bar.reason, bar.message)

    def done(self) -> Plan:
        orders = {
            path: tuple(sorted(orders, key=lambda order: order.span))
            for path, orders in sorted(self.orders.items())
        }
        return Plan(self.verdicts, orders, tuple(self.new_files), paragraphs=tuple(self.paragraphs))


@dataclass(frozen=True, slots=True)
class _Home:
    """Where the configuration of a distribution is, and how each file imports it."""

    path: PurePosixPath
    imports: Mapping[PurePosixPath, str]
    own: OwnClass | None  #: None for one that is still to be written


def plan(
    surveys: _Surveys,
    project: Project,
    settings: Settings[Options],
    circumstances: Circumstances,
) -> Plan:
    """Return the plan for the whole repository."""
    draft = _Draft()
    by_root: dict[PurePosixPath, dict[PurePosixPath, Survey[FileFacts]]] = {}
    for path, survey in sorted(surveys.items()):
        root = project.distribution_of(path).root
        by_root.setdefault(root, {})[path] = survey
    patched = frozenset(name for survey in surveys.values() for name in survey.facts.patched)
    for root, ours in by_root.items():
        _plan_distribution(draft, root, ours, patched, project, settings, circumstances)
    return draft.done()


def _plan_distribution(
    draft: _Draft,
    root: PurePosixPath,
    surveys: _Surveys,
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
    if bar is None and not own:
        bar = bar_of_module(Counter(member.site.path for member in members))
    if bar is not None:
        draft.leave(members, bar)
        return
    home, members = _home(draft, root, members, own, project)
    if home is None:
        return
    options = settings.at(home.path)
    width = line_width(project, root)
    by_variable: dict[str, list[Member]] = {}
    for member in members:
        assert member.read.variable is not None
        by_variable.setdefault(member.read.variable, []).append(member)
    names = field_names(by_variable)
    fields: dict[str, Field] = {}
    requires = False
    for variable, ones in sorted(by_variable.items()):
        read = [_strict(one, options) for one in ones]
        decision = decide(variable, read, width)
        name = names[variable]
        _order(draft, root, name, ones, decision, home, circumstances)
        if all(one.site.id not in circumstances.barred for one in ones):
            fields[name] = decision.field
            requires = requires or any(form is Form.REQUIRE for form, _ in decision.forms)
    if fields and home.own is None:
        text = module_text(fields, width, requires=requires)
        draft.new_files.append(NewFile(home.path, text.encode()))


def _candidates(
    draft: _Draft,
    members: Sequence[Member],
    surveys: _Surveys,
    patched: frozenset[tuple[str, str]],
    project: Project,
) -> list[Member]:
    """Return the reads that may be rewritten; the others are left."""
    program = {path: survey.facts for path, survey in surveys.items() if not project.is_test(path)}
    written = frozenset[str]().union(*(facts.written for facts in program.values()))
    whole = any(facts.whole for facts in program.values())
    kept = []
    for member in members:
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
            if not read.default.repeatable:
                bar = Bar(
                    "env-to-config/computed-default",
                    "the default calls something, which must happen in any case",
                )
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


def _home(
    draft: _Draft,
    root: PurePosixPath,
    members: Sequence[Member],
    own: Mapping[PurePosixPath, OwnClass],
    project: Project,
) -> tuple[_Home | None, list[Member]]:
    """Return where the configuration is, and the reads in files that can import it."""
    users = sorted({member.site.path for member in members})
    if not users:
        return None, []
    if own:
        path = min(own)
        reaches = {user: project.reach(user, path) for user in users}
        imports = {user: reach.module for user, reach in reaches.items() if reach.module}
        unreachable = {user: reach.reason for user, reach in reaches.items() if not reach.module}
        home = _Home(path, imports, own[path])
    else:
        placement = project.place(root, users, _MODULES)
        if isinstance(placement, NoPlace):
            draft.leave(members, Bar("env-to-config/no-place", placement.reason))
            return None, []
        home = _Home(placement.path, placement.imports, None)
        unreachable = dict(placement.unreachable)
    for user, reason in unreachable.items():
        ones = [member for member in members if member.site.path == user]
        draft.leave(ones, Bar("env-to-config/cannot-import", reason))
    return home, [member for member in members if member.site.path in home.imports]


def _strict(member: Member, options: Options) -> Member:
    """Return a read without its fallback, where the options ask for that."""
    variable = member.read.variable or ""
    if options.strict and any(fnmatchcase(variable, one) for one in options.required):
        return replace(member, read=without_fallback(member.read))
    return member


def _order(
    draft: _Draft,
    root: PurePosixPath,
    name: str,
    members: Sequence[Member],
    decision: Decision,
    home: _Home,
    circumstances: Circumstances,
) -> None:
    """Give the verdicts and orders for the reads of one variable."""
    group = f"{root}:{decision.field.variable}"
    for member, (form, span) in zip(members, decision.forms, strict=True):
        path = member.site.path
        bar = circumstances.barred.get(member.site.id)
        if bar is not None:
            draft.verdicts[member.site.id] = Verdict(Action.LEAVE, group, bar.reason, bar.message)
            continue
        raw = form is not Form.FIELD or bool(decision.disagreement)
        reason = "env-to-config/raw-field" if raw else "env-to-config/field"
        message = f"`{name}` of {home.imports[path]}"
        note = ""
        if decision.disagreement:
            note = f"the reads of {decision.field.variable} disagree: {decision.disagreement}"
        draft.verdicts[member.site.id] = Verdict(Action.REWRITE, group, reason, message, note)
        data = Rewriting(
            home.imports[path], "config", name, form, member.read.span, member.read.enclosed
        )
        draft.orders.setdefault(path, []).append(Order(member.site.id, span, data))
