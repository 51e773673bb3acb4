"""What speaks against migrating a family, seen over all files."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from codemods.catalog.psycopg2_to_sqlalchemy.actions import NODE, Replace
from codemods.catalog.psycopg2_to_sqlalchemy.context import Draft
from codemods.catalog.psycopg2_to_sqlalchemy.owners import check_owners
from codemods.catalog.psycopg2_to_sqlalchemy.program import Module, stem
from codemods.catalog.psycopg2_to_sqlalchemy.roles import Place as FamilyPlace
from codemods.catalog.psycopg2_to_sqlalchemy.roles import Role
from codemods.catalog.psycopg2_to_sqlalchemy.searching import (
    is_module_variable,
    wanted,
)
from codemods.catalog.psycopg2_to_sqlalchemy.state import State
from codemods.catalog.psycopg2_to_sqlalchemy.survey import FileFacts
from codemods.codemod import (
    Circumstances,
    Place,
    Span,
    Survey,
)
from codemods.project.project import Project
from codemods.python.scopes import Binding

__all__ = ["check"]


def check(
    state: State,
    surveys: Mapping[PurePosixPath, Survey[FileFacts]],
    project: Project,
    circumstances: Circumstances,
) -> None:
    """Leave every family that something speaks against."""
    _check_distributions(state, project)
    _check_spans(state)
    _check_sharing(state)
    _check_strangers(state)
    _check_reach(state, circumstances)
    _check_closed(state)
    _check_patches(state, surveys, project)


def _check_distributions(state: State, project: Project) -> None:
    """Leave what can't have SQLAlchemy 2, or runs on Pythons that the new code does not."""
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
        elif distribution.minimum_python is not None:
            needed = (3, 8) if ":=" in repr(draft.action) else (3, 7)
            if distribution.minimum_python < needed:
                version = ".".join(map(str, distribution.minimum_python))
                state.leave(
                    family,
                    "python-too-old",
                    f"Python {version} is supported, the new code needs 3.{needed[1]}",
                    place,
                )


def _check_spans(state: State) -> None:
    """Leave families that would edit one node twice, or write over an edit inside of another."""
    ordered = sorted(
        (d for d in state.judged.drafts if isinstance(d.action, Replace)),
        key=lambda d: (str(d.module.path), d.span.start, -d.span.end),
    )
    inner = sorted(
        state.judged.drafts, key=lambda d: (str(d.module.path), d.span.start, -d.span.end)
    )
    starts = [(str(d.module.path), d.span.start) for d in inner]
    for outer in ordered:
        assert isinstance(outer.action, Replace)
        if NODE in outer.action.code:
            continue
        path = str(outer.module.path)
        first = bisect_left(starts, (path, outer.span.start))
        last = bisect_left(starts, (path, outer.span.end))
        for draft in inner[first:last]:
            if draft.span != outer.span and draft.span.end <= outer.span.end:
                line = draft.module.file.position(draft.span).line
                for family in {draft.family, outer.family}:
                    state.leave(
                        family,
                        "edited-twice",
                        "two changes meet at one place",
                        Place(draft.module.path, line),
                    )
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


def _check_sharing(state: State) -> None:
    """Leave connections that threads may share, and two ways to commit on one connection."""
    begins: dict[FamilyPlace, Draft] = {}
    automatic: set[FamilyPlace] = set()
    modules: dict[FamilyPlace, dict[Module, None]] = {}
    for draft in state.judged.drafts:
        family = state.roles.family(draft.family)
        modules.setdefault(family, {})[draft.module] = None
        if ".begin()" in repr(draft.action) or "transaction" in draft.needs:
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


def _lasts(state: State, place: FamilyPlace) -> bool:
    """Whether a place outlives the calls of functions."""
    if place[0] == "variable":
        return place[2] == ""
    if place[0] != "attribute":
        return False
    # An attribute does when its object is in a variable of a module, or in another object.
    for holder, value in state.roles.values.items():
        if value.role is not Role.OBJECT or value.class_ is None:
            continue
        same = state.roles.of_class(value.class_, str(place[-1])) == place
        if same and (holder[0] == "attribute" or (holder[0] == "variable" and holder[2] == "")):
            return True
    return False


def _used_in_functions(state: State, place: FamilyPlace) -> bool:
    """Whether functions read a variable of a module; attributes always count."""
    if place[0] == "attribute":
        return True
    for function in state.program.functions:
        if function.is_module or place[-1] not in function.words:
            continue
        for node in function.nodes():
            named = isinstance(node, ast.Name) and node.id == place[-1]
            if named and state.roles.variable(function, node) == place:  # type: ignore[arg-type]
                return True
    return False


def _check_closed(state: State) -> None:
    """Leave what a handler of InterfaceError is about: SQLAlchemy has errors of its own (10.4)."""
    for module in state.program.modules.values():
        if not any(name.startswith("psycopg2") for name in module.driver_names):
            continue
        for node in ast.walk(module.file.tree):
            if not isinstance(node, ast.Try) or all(map(_closes, node.body)):
                continue
            for handler in node.handlers:
                if not _names_interface_error(module, handler):
                    continue
                reached = _imports_of(state, module.path)
                for draft in state.judged.drafts:
                    if draft.module.path in reached:
                        state.leave(
                            draft.family,
                            "closed-connection",
                            "a handler waits for InterfaceError, which a closed connection of"
                            " SQLAlchemy does not raise",
                            Place(module.path, handler.lineno),
                        )


def _closes(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="close"))):
            return True
    return False


def _names_interface_error(module: Module, handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(
        one is not None and module.qualified(one) == "psycopg2.InterfaceError" for one in caught
    )


def _check_patches(
    state: State, surveys: Mapping[PurePosixPath, Survey[FileFacts]], project: Project
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


class _Export(NamedTuple):
    """What files may import of a family."""

    family: FamilyPlace
    module: PurePosixPath
    name: str


def _exports(state: State) -> dict[str, list[_Export]]:
    """Return what files may import of the families, by the last words of the modules."""
    found: dict[str, list[_Export]] = {}

    def add(place: FamilyPlace, path: PurePosixPath, name: str) -> None:
        export = _Export(state.roles.family(place), path, name)
        found.setdefault(stem(path), []).append(export)

    for place, value in state.roles.values.items():
        if value.role is Role.OBJECT:
            continue
        if is_module_variable(place) or place[0] == "attribute":
            add(place, PurePosixPath(str(place[1])), str(place[3]))
    for function in state.program.functions:
        for place in (state.roles.result(function), state.roles.yielded(function)):
            for known in (place, (*place, 0), (*place, 1)):
                if known in state.roles.values and function.owner is None:
                    add(known, function.module.path, function.name)
    return found


def _may_mean(path: PurePosixPath, parts: Sequence[str]) -> bool:
    """Whether a dotted name may be that of a module, wherever the repository lies.

    One folder above may belong to the name: that of the repository itself.
    """
    own = (*path.parent.parts, path.stem) if path.stem != "__init__" else path.parent.parts
    both = min(len(own), len(parts))
    return both > 0 and own[-both:] == tuple(parts[-both:]) and len(parts) <= len(own) + 1


def _imported_as(binding: Binding) -> str:
    """Return what an import names; ``import a.b`` binds `a` only, and makes `a.b` known."""
    if isinstance(binding.stmt, ast.Import) and isinstance(binding.node, ast.alias):
        return binding.node.name
    return binding.origin


def _is_certain(state: State, module: Module, origin: str) -> bool:
    """Whether it is known what an import means."""
    return state.program.imported(module, origin) is not None or state.program.is_elsewhere(
        module, origin
    )


def _check_reach(state: State, circumstances: Circumstances) -> None:
    """Leave families that files may reach in ways that can't be proved: imports, attributes."""
    exports = _exports(state)
    for module in state.program.modules.values():
        for binding in module.names.imports:
            origin = _imported_as(binding)
            parts = origin.lstrip(".").split(".")
            met = [one for one in exports.get(parts[-1], ()) if _may_mean(one.module, parts)]
            met += [
                one
                for one in exports.get(parts[-2] if len(parts) > 1 else "", ())
                if one.name == parts[-1] and _may_mean(one.module, parts[:-1])
            ]
            if met and not _is_certain(state, module, origin):
                for one in met:
                    state.leave(
                        one.family,
                        "unresolved-import",
                        f"`{origin}` may be it, and is no certain import",
                        Place(module.path, getattr(binding.stmt, "lineno", 1)),
                    )
        for star in module.names.module.stars:
            parts = star.origin.lstrip(".").split(".")
            for one in exports.get(parts[-1], ()):
                if _may_mean(one.module, parts) and any(module.names.reads(one.name)):
                    state.leave(
                        one.family,
                        "unresolved-import",
                        f"`{one.name}` comes from `import *`",
                        Place(module.path, getattr(star.stmt, "lineno", 1)),
                    )
    for name in list(wanted(state)):
        needles = name.choose(circumstances)
        if needles is None or not needles <= circumstances.searched:
            state.leave(
                name.family,
                "too-common",
                f"too many files name `{name.name}` to see who uses it",
                _first_place(name.family),
            )
    check_owners(state)


def _first_place(family: FamilyPlace) -> Place:
    """Return a line that stands for a family, where no other is to blame."""
    line = next((part for part in family[2:] if isinstance(part, int)), 1)
    return Place(PurePosixPath(str(family[1])), line)


def _check_strangers(state: State) -> None:
    """Leave families beside functions that take a connection or cursor from nobody knows whom."""
    strangers: dict[Module, tuple[str, str, int]] = {}
    for function in state.program.functions:
        if function.is_module or function.module in strangers or "cursor" not in function.words:
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


def _imports_of(state: State, path: PurePosixPath) -> set[PurePosixPath | None]:
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
