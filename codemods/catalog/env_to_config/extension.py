"""Give the class that is the configuration already a field for each variable that others read.

Such a class reads its variables once, when its module is loaded. A read moves into it only where
that can make no difference: nothing in the repository sets the variable, no file of variables is
loaded in between, and the field can't fail, since it holds the text alone. The rest is left.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

from codemods.catalog.env_to_config.choice import Choice, Place
from codemods.catalog.env_to_config.draft import Draft, Surveys
from codemods.catalog.env_to_config.facts import Centre, Declares, Extension, Unset
from codemods.catalog.env_to_config.fields import Decision, Field, Member, SiteForm, decide
from codemods.catalog.env_to_config.reach import Imports
from codemods.catalog.env_to_config.rewrite import Addition, Rewriting
from codemods.codemod import Action, Bar, Circumstances, Order, Span, Verdict
from codemods.project.project import Project

__all__ = ["extend"]


@dataclass(frozen=True, slots=True)
class _Class:
    """The class that is extended."""

    path: PurePosixPath
    centre: Centre
    extension: Extension

    def field_name(self, variable: str) -> str:
        return variable.lower() if self.extension.lower else variable


def extend(
    draft: Draft,
    root: PurePosixPath,
    members: Sequence[Member],
    centres: Sequence[tuple[PurePosixPath, Centre]],
    surveys: Surveys,
    project: Project,
    circumstances: Circumstances,
) -> None:
    """Decide on the reads of a distribution that has classes for its configuration.

    Args:
        draft: takes the verdicts and orders.
        root: the folder of the distribution.
        members: the reads that could be rewritten.
        centres: the classes, with their files; at least one.
        surveys: of the distribution.
        project: the repository.
        circumstances: sites that the engine keeps.
    """
    homes = dict(reversed(centres))
    others = []
    for member in members:
        if member.site.path in homes:
            text = _there(member.site.path, homes[member.site.path])
            draft.leave([member], Bar("env-to-config/central-class", text))
        else:
            others.append(member)
    choice = Choice(centres, project)
    readers = {path: choice.of(path) for path in {member.site.path for member in others}}
    for place in choice.places:
        ones = [member for member in others if readers[member.site.path] == place]
        _extend_one(draft, root, place, ones, surveys, project, circumstances)
    first, second, *_ = (*choice.places, *choice.places)
    text = f"{_there(*first)}; so is {second[1].name} in {second[0]}:{second[1].line}"
    unclear = [member for member in others if readers[member.site.path] is None]
    draft.leave(
        unclear, Bar("env-to-config/central-class", f"{text}, and neither is clearly the one")
    )


def _there(path: PurePosixPath, centre: Centre) -> str:
    return f"{centre.name} in {path}:{centre.line} is the configuration already"


def _extend_one(
    draft: Draft,
    root: PurePosixPath,
    place: Place,
    members: Sequence[Member],
    surveys: Surveys,
    project: Project,
    circumstances: Circumstances,
) -> None:
    """Decide on the reads that belong to one class."""
    path, centre = place
    there = _there(path, centre)
    if centre.extension is None:
        draft.leave(members, Bar("env-to-config/central-class", f"{there}; {centre.why}"))
        return
    target = _Class(path, centre, centre.extension)
    conditions = _Conditions(target, surveys, project)
    by_variable: dict[str, list[Member]] = {}
    for member in members:
        by_variable.setdefault(member.read.variable or "", []).append(member)
    for variable, ones in sorted(by_variable.items()):
        decision = decide(variable, ones, lambda parse, default: False)
        assert decision is not None  # no field of ours is there that it must be like
        why = conditions.against(variable, ones, decision)
        if why:
            draft.leave(ones, Bar("env-to-config/central-class", f"{there}; {why}"))
            continue
        _order(draft, root, target, ones, decision, project, circumstances)


class _Conditions:
    """What must hold so that a read can move into the class."""

    def __init__(self, target: _Class, surveys: Surveys, project: Project) -> None:
        self._target = target
        self._project = project
        self._imports = Imports(project)
        self._rewrites = any(
            survey.facts.rewrites and not project.is_test(path) for path, survey in surveys.items()
        )
        self._written = frozenset[str]().union(*(one.facts.written for one in surveys.values()))
        python = sorted(path for path in project.paths if path.suffix == ".py")
        self._tests = [path for path in python if project.is_test(path)]
        self._dotenv = [
            path
            for path in python
            if not project.is_test(path) and b"dotenv" in (project.read(path) or b"")
        ]
        self._loads = cache(self._loads_class)

    def against(self, variable: str, members: Sequence[Member], decision: Decision) -> str:
        """Return why the reads of a variable can't move into the class, "" when they can."""
        forms = {form for form, _ in decision.forms}
        if decision.field.required or SiteForm.REQUIRE in forms:
            return f"loading it would fail without {variable}, before the read does"
        if any(member.read.unset is Unset.EXPRESSION for member in members):
            return "the default only means something where it stands"
        if variable in self._written:
            return f"the program sets {variable} while it runs"
        if self._rewrites:
            return "the program sets variables whose names can't be told"
        mentioned = variable.encode()
        for path in self._tests:
            if mentioned in (self._project.read(path) or b""):
                return f"{path} mentions {variable}, perhaps to set it"
        return self._against_class(variable, decision) or self._against_files(members)

    def _against_class(self, variable: str, decision: Decision) -> str:
        extension = self._target.extension
        name = self._target.field_name(variable)
        there = extension.fields.get(variable)
        if there is not None:
            same = ast.literal_eval(there.default) == ast.literal_eval(_default(decision.field))
            return "" if same else f"its field {there.name} has another default"
        if not name.isidentifier() or name in extension.names:
            return f"it can't have a field {name}"
        annotated = extension.declares is not Declares.ASSIGNMENT
        if annotated and decision.field.default == "None" and not extension.optional:
            return "its module has no way to write an optional type"
        return ""

    def _against_files(self, members: Sequence[Member]) -> str:
        path = self._target.path
        for reader in sorted({member.site.path for member in members}):
            loads = self._loads(reader)
            if self._dotenv and not (self._dotenv == [path] and loads):
                return f"{self._dotenv[0]} loads a .env file, perhaps after it"
            if not loads and reader in self._imports.reachable(path):
                return f"its module imports {reader}"
            if not loads and not self._target.extension.harmless:
                return f"{reader} doesn't load it, and loading it may fail or do more"
            reach = self._project.reach(reader, path)
            if not reach.module:
                return reach.reason
        return ""

    def _loads_class(self, reader: PurePosixPath) -> bool:
        """Tell whether a file loads the class's module above all else that it does."""
        tree = ast.parse(self._project.read(reader) or b"")
        for statement in tree.body:
            if isinstance(statement, ast.ImportFrom):
                names = ["", *(f".{alias.name}" for alias in statement.names)]
                level, module = statement.level, statement.module or ""
            elif isinstance(statement, ast.Import):
                names, level, module = [alias.name for alias in statement.names], 0, ""
            else:
                continue
            for name in names:
                dotted = f"{module}{name}".strip(".")
                if self._project.resolve_import(reader, dotted, level) == self._target.path:
                    return True
        return False


def _order(
    draft: Draft,
    root: PurePosixPath,
    target: _Class,
    members: Sequence[Member],
    decision: Decision,
    project: Project,
    circumstances: Circumstances,
) -> None:
    """Give the verdicts and orders for a variable, and the one that adds its field."""
    variable, extension = decision.field.variable, target.extension
    there = extension.fields.get(variable)
    name = there.name if there else target.field_name(variable)
    group = f"{root}:{target.centre.name}.{variable}"
    barred = [member.site.id for member in members if member.site.id in circumstances.barred]
    for member, (form, span) in zip(members, decision.forms, strict=True):
        if draft.kept(member, group, circumstances):
            continue
        module = project.reach(member.site.path, target.path).module
        assert module is not None  # or the conditions would not hold
        draft.verdicts[member.site.id] = Verdict(
            Action.REWRITE,
            group,
            "env-to-config/extended",
            f"`{name}` of {target.centre.name} in {module}",
            decision.note,
        )
        data = Rewriting(
            module, name, form, member.read.span, member.read.enclosed, symbol=extension.symbol
        )
        draft.orders.setdefault(member.site.path, []).append(Order(member.site.id, span, data))
    if there is None and not barred:
        text = f"{extension.indent}{_declaration(name, decision.field, extension)}\n"
        at = extension.at
        order = Order(None, Span(at, at), Addition(at, text))
        draft.orders.setdefault(target.path, []).append(order)


def _default(field: Field) -> str:
    assert field.default is not None  # or the conditions would not hold
    return field.default


def _declaration(name: str, field: Field, extension: Extension) -> str:
    """Return a field as the class declares its own."""
    default = _default(field)
    type_ = field.type
    if default == "None":
        type_ = extension.optional.format("str")
    rest = "" if default == "None" else f", {default}"
    read = f'{extension.read}("{field.variable}"{rest})'
    match extension.declares:
        case Declares.ASSIGNMENT:
            return f"{name} = {read}"
        case Declares.ANNOTATION:
            return f"{name}: {type_} = {read}"
        case Declares.FACTORY:
            return f"{name}: {type_} = {extension.field}(default_factory=lambda: {read})"
        case Declares.SETTINGS:
            return f"{name}: {type_} = {default}"
