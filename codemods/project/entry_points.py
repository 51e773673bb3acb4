"""Where the programs of a distribution start."""

from __future__ import annotations

import configparser
import enum
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from codemods.project import kinds
from codemods.project.distributions import Distribution
from codemods.project.tables import lookup, subtable, texts

__all__ = ["EntryKind", "EntryPoint", "Script", "declared_scripts", "entry_points"]

_REFERENCE = re.compile(r"\s*([\w.]+)\s*(?::\s*([\w.]+))?\s*(?:\[.*)?")


class EntryKind(enum.StrEnum):
    """How a program is started."""

    CONSOLE = "console script"
    GUI = "gui script"
    FILE = "script"  #: a file that is installed as it is (setuptools' `scripts`)
    MAIN_MODULE = "__main__"  #: ``python -m package``
    MANAGE = "manage.py"
    WSGI = "wsgi"
    ASGI = "asgi"
    GUARD = "guard"  #: ``if __name__ == "__main__":``


class Script(NamedTuple):
    """A script as metadata declares it."""

    kind: EntryKind
    name: str  #: the command
    module: str
    function: str  #: a dotted name in the module; "" for the module itself


class EntryPoint(NamedTuple):
    """A place where a program starts."""

    kind: EntryKind
    path: PurePosixPath
    function: str = ""  #: what is called; "" when running the module is all
    name: str = ""  #: the command, where one is declared


def declared_scripts(distribution: Distribution) -> tuple[Script, ...]:
    """Return the console and GUI scripts of pyproject.toml, setup.cfg and setup.py."""
    return tuple(dict.fromkeys(_declared(distribution)))


def entry_points(
    distribution: Distribution,
    files: Iterable[PurePosixPath],
    path_of: Callable[[str], PurePosixPath | None],
) -> tuple[EntryPoint, ...]:
    """Return the entry points of a distribution that its metadata and file names tell.

    `files` are its files. Guards are in the bytes: see `kinds.has_main_guard`.
    """
    snapshot = distribution.snapshot
    found: list[EntryPoint] = []
    for script in declared_scripts(distribution):
        path = path_of(script.module)
        if path is not None:
            found.append(EntryPoint(script.kind, path, script.function, script.name))
    installed = snapshot.setup_call(distribution.root / "setup.py").value("scripts")
    for text in texts(installed):
        path = distribution.root / text
        if path in snapshot.paths:
            found.append(EntryPoint(EntryKind.FILE, path, "", path.name))
    for path in sorted(files):
        kind = _by_name(path)
        if kind is not None and not kinds.is_test(path) and not kinds.is_vendored(path):
            found.append(EntryPoint(kind, path))
    return tuple(found)


def _by_name(path: PurePosixPath) -> EntryKind | None:
    if path.name == "__main__.py":
        return EntryKind.MAIN_MODULE
    if path.name == "manage.py":
        return EntryKind.MANAGE
    if path.name == "wsgi.py":
        return EntryKind.WSGI
    return EntryKind.ASGI if path.name == "asgi.py" else None


def _declared(distribution: Distribution) -> Iterator[Script]:
    snapshot, root = distribution.snapshot, distribution.root
    table = snapshot.toml(root / "pyproject.toml")
    yield from _references(EntryKind.CONSOLE, subtable(table, "project", "scripts"))
    yield from _references(EntryKind.GUI, subtable(table, "project", "gui-scripts"))
    yield from _references(EntryKind.CONSOLE, subtable(table, "tool", "poetry", "scripts"))
    yield from _references(EntryKind.CONSOLE, subtable(table, "tool", "flit", "scripts"))
    for group, text in snapshot.cfg(root / "setup.cfg").get("options.entry_points", {}).items():
        yield from _group(group, text)
    value = snapshot.setup_call(root / "setup.py").value("entry_points")
    if isinstance(value, str):
        parser = configparser.RawConfigParser(strict=False, delimiters=("=",))
        try:
            parser.read_string(value)
        except configparser.Error:
            return
        for group in parser.sections():
            yield from _references(_kind(group), dict(parser.items(group)))
    elif isinstance(value, dict):
        for group, lines in value.items():
            yield from _group(group, "\n".join(texts(lines)))


def _group(group: str, text: str) -> Iterator[Script]:
    pairs = [line.partition("=") for line in text.split("\n") if "=" in line]
    yield from _references(_kind(group), {name.strip(): target for name, _, target in pairs})


def _kind(group: str) -> EntryKind | None:
    if group == "console_scripts":
        return EntryKind.CONSOLE
    return EntryKind.GUI if group == "gui_scripts" else None


def _references(kind: EntryKind | None, table: Mapping[str, object]) -> Iterator[Script]:
    for name, target in table.items() if kind is not None else ():
        if isinstance(target, Mapping):  # Poetry's long form
            target = lookup(target, "reference") or lookup(target, "callable")
        match = _REFERENCE.fullmatch(target) if isinstance(target, str) else None
        if match is not None and kind is not None:
            yield Script(kind, name, match[1], match[2] or "")
