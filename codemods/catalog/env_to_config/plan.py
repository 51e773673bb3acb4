"""Decide on every read of the repository: one field a variable and distribution."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from codemods.catalog.env_to_config.circumstances import (
    bar_of_distribution,
    bar_of_file,
    bar_of_module,
    bar_of_variable,
    is_aside,
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
from codemods.catalog.env_to_config.module_text import REQUIRE, field_text, module_text
from codemods.catalog.env_to_config.naming import field_names
from codemods.catalog.env_to_config.options import Options
from codemods.catalog.env_to_config.outputs import disagreements, example_text, guard_text, table
from codemods.catalog.env_to_config.reach import Imports, is_expected
from codemods.catalog.env_to_config.rewrite import Addition, Rewriting
from codemods.catalog.env_to_config.starts import Check, Start, has_subcommands, start_of
from codemods.codemod import (
    Action,
    Bar,
    Circumstances,
    NewFile,
    Order,
    Plan,
    Settings,
    Span,
    Survey,
    Verdict,
)
from codemods.project.entry_points import EntryKind, EntryPoint
from codemods.project.placement import NoPlace, Placement
from codemods.project.project import Project
from codemods.python.source import SourceError, read_source

__all__ = ["plan"]

_MODULES = ("config", "env_config", "app_config", "environment_config")

_STARTED = frozenset(
    {EntryKind.CONSOLE, EntryKind.GUI, EntryKind.FILE, EntryKind.MAIN_MODULE}
    | {EntryKind.WSGI, EntryKind.ASGI}
)

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

    def rewrites(self, site: str) -> bool:
        return self.verdicts[site].action is Action.REWRITE

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


@dataclass
class _Scheme:
    """What is decided for a distribution."""

    root: PurePosixPath
    width: int
    options: Options
    decisions: dict[str, Decision] = field(default_factory=dict)  #: by the name of the field
    fields: dict[str, Field] = field(default_factory=dict)  #: those that must be added
    reads: dict[str, int] = field(default_factory=dict)  #: how many, by the name of the field


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
    scheme = _scheme(draft, root, members, home, project, settings.at(home.path), circumstances)
    if scheme.fields:
        _write(draft, scheme, home, surveys, project)
    if scheme.decisions:
        _add_checks(draft, scheme, home, members, project, circumstances)


def _scheme(
    draft: _Draft,
    root: PurePosixPath,
    members: Sequence[Member],
    home: _Home,
    project: Project,
    options: Options,
    circumstances: Circumstances,
) -> _Scheme:
    """Decide on each variable, and give the verdicts and orders for its reads."""
    scheme = _Scheme(root, line_width(project, root), options)
    by_variable: dict[str, list[Member]] = {}
    for member in members:
        assert member.read.variable is not None
        by_variable.setdefault(member.read.variable, []).append(member)
    own = home.own.fields if home.own is not None else {}
    names = field_names(by_variable.keys() - own.keys(), {field.name for field in own.values()})
    for variable, ones in sorted(by_variable.items()):
        there = own.get(variable)
        strict = [_strict(one, options) for one in ones]
        decision = decide(variable, strict, scheme.width, there.signature if there else None)
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


def _write(
    draft: _Draft, scheme: _Scheme, home: _Home, surveys: _Surveys, project: Project
) -> None:
    """Write the configuration, or add to it, and what goes along with it."""
    fields = {name: _shown(one, scheme.root) for name, one in scheme.fields.items()}
    requires = any(
        form is Form.REQUIRE for one in scheme.decisions.values() for form, _ in one.forms
    )
    draft.paragraphs.append(table(home.path, fields, scheme.reads))
    differing = disagreements([scheme.decisions[name] for name in sorted(scheme.decisions)])
    if differing:
        draft.paragraphs.append(differing)
    if home.own is None:
        text = module_text(fields, scheme.width, requires=requires)
        draft.new_files.append(NewFile(home.path, text.encode()))
    else:
        draft.orders[home.path] = list(
            _additions(fields, home.own, scheme.width, requires=requires)
        )
    example = scheme.root / ".env.example"
    if example not in project.paths:
        draft.new_files.append(NewFile(example, example_text(fields.values()).encode()))
    else:
        names = ", ".join(sorted(field.variable for field in fields.values()))
        draft.paragraphs.append(f"{example} is there already; see whether it names all of: {names}")
    guard = scheme.root / "tests" / "test_environment_reads.py"
    if scheme.options.guard and guard not in project.paths:
        users = {
            str(path.relative_to(scheme.root))
            for path, survey in surveys.items()
            if path != home.path
            and not project.is_test(path)
            and (survey.facts.others or any(not draft.rewrites(site.id) for site in survey.sites))
        }
        users |= {
            f"{other.root.relative_to(scheme.root)}/"
            for other in project.distributions
            if other.root != scheme.root and other.root.is_relative_to(home.path.parent)
        }
        text = guard_text(home.path.relative_to(scheme.root), users)
        draft.new_files.append(NewFile(guard, text.encode()))


def _shown(field: Field, root: PurePosixPath) -> Field:
    """Return a field with the files that it is used in as its distribution calls them."""
    return replace(field, used_in=tuple(path.relative_to(root) for path in field.used_in))


def _additions(
    fields: Mapping[str, Field], own: OwnClass, width: int, *, requires: bool
) -> Iterator[Order]:
    """Yield orders that add fields to a configuration that is there, in their order."""
    below = sorted((field.name, field.at) for field in own.fields.values())
    end = own.methods
    for name in sorted(fields):
        field = fields[name]
        later = [at for other, at in below if other > name]
        at = later[0] if later else own.end
        modules = list(field.modules)
        if "Any" in field.type:
            modules.append("from typing import Any")
        text = field_text(name, field, width)
        yield Order(None, Span(at, at), Addition(at, text, tuple(modules)))
    if requires and not own.requires:
        yield Order(None, Span(end, end), Addition(end, REQUIRE))


def _add_checks(
    draft: _Draft,
    scheme: _Scheme,
    home: _Home,
    members: Sequence[Member],
    project: Project,
    circumstances: Circumstances,
) -> None:
    """Let programs check, when they start, the variables that they can't do without."""
    when = scheme.options.validate
    decided = {name: one.field for name, one in scheme.decisions.items()}
    needed = {name for name, one in decided.items() if one.required and one.certain}
    if when == "never" or not needed:
        return
    narrowed = any(
        bar.reason == "engine/outside-the-paths" for bar in circumstances.barred.values()
    )
    barred = {member.site.path for member in members if member.site.id in circumstances.barred}
    checkable = {name for name, one in decided.items() if one.checkable}
    imports = Imports(project)
    checked: dict[PurePosixPath, set[str]] = {}  #: what is checked in functions
    for entry in _entries(scheme.root, project):
        data = project.read(entry.path) or b""
        if entry.path in barred or (narrowed and entry.path not in draft.orders):
            continue
        if home.own is not None and b".validate(" in data:
            continue
        module = project.reach(entry.path, home.path).module
        start = _start(entry, data)
        if module is None or start is None:
            continue
        loaded = imports.reachable(entry.path)
        early = when == "import" or (when == "auto" and has_subcommands(data))
        reached = {name for name, one in decided.items() if loaded & set(one.used_in)}
        wanted = sorted(name for name in needed & reached if decided[name].at_import or not early)
        if not wanted or any(
            not entry.function and path in loaded and checked[path] >= set(wanted)
            for path in checked
        ):
            continue
        if entry.function:
            checked[entry.path] = set(wanted)
        required = {name for name, one in decided.items() if one.required}
        whole = not early and home.own is None and checkable <= reached and required == needed
        check = Check(module, entry.function, () if whole else tuple(wanted), scheme.width)
        span = Span(start.at, start.at)
        draft.orders.setdefault(entry.path, []).append(Order(None, span, check))


def _start(entry: EntryPoint, data: bytes) -> Start | None:
    try:
        return start_of(read_source(entry.path, data), entry.function)
    except SourceError:
        return None


def _entries(root: PurePosixPath, project: Project) -> list[EntryPoint]:
    """Return where programs of a distribution start, one place a file."""
    declared = project.entry_points(root)
    found = {entry.path: entry for entry in reversed(declared) if entry.kind in _STARTED}
    python = [
        path
        for path in project.paths
        if path.suffix == ".py" and path not in found and project.distribution_of(path).root == root
    ]
    found |= {entry.path: entry for entry in project.main_guards(python)}
    return [
        entry
        for path, entry in sorted(found.items(), key=lambda one: (not one[1].function, one[0]))
        if not project.is_test(path)
        and not is_aside(path, project)
        and not project.is_generated(path, project.read(path) or b"")
    ]


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
        placement = _placement(root, users, project)
        if isinstance(placement, NoPlace):
            draft.leave(members, Bar("env-to-config/no-place", placement.reason))
            return None, []
        home = _Home(placement.path, placement.imports, None)
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
    draft: _Draft,
    root: PurePosixPath,
    name: str,
    members: Sequence[Member],
    decision: Decision,
    home: _Home,
    circumstances: Circumstances,
    strict: Sequence[Member],
) -> None:
    """Give the verdicts and orders for the reads of one variable."""
    group = f"{root}:{decision.field.variable}"
    for member, without, (form, span) in zip(members, strict, decision.forms, strict=True):
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
        if without.read is not member.read:
            reason = "env-to-config/no-fallback"
            note = f"{name} is required now; the default here goes"
        draft.verdicts[member.site.id] = Verdict(Action.REWRITE, group, reason, message, note)
        data = Rewriting(home.imports[path], name, form, member.read.span, member.read.enclosed)
        draft.orders.setdefault(path, []).append(Order(member.site.id, span, data))
