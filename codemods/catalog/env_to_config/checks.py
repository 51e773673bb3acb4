"""Let programs check, when they start, the variables that they can't do without."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from codemods.catalog.env_to_config.circumstances import is_aside
from codemods.catalog.env_to_config.draft import Draft, Home, Scheme
from codemods.catalog.env_to_config.fields import Member
from codemods.catalog.env_to_config.reach import Imports
from codemods.catalog.env_to_config.starts import Check, Start, has_subcommands, start_of
from codemods.codemod import Circumstances, Order, Span
from codemods.project.entry_points import EntryKind, EntryPoint
from codemods.project.project import Project
from codemods.python.source import SourceError, read_source

__all__ = ["add_checks"]

_STARTED = frozenset(
    {EntryKind.CONSOLE, EntryKind.GUI, EntryKind.FILE, EntryKind.MAIN_MODULE}
    | {EntryKind.WSGI, EntryKind.ASGI}
)


def add_checks(
    draft: Draft,
    scheme: Scheme,
    home: Home,
    members: Sequence[Member],
    project: Project,
    circumstances: Circumstances,
) -> None:
    """Add the calls of `validate` to a draft."""
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
