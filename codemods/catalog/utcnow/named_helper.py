"""The function that the option `helper` names: found, proved equal, or written (R31, R32)."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from codemods.catalog.utcnow.receivers import CLASS
from codemods.codemod import NewFile, Site
from codemods.project.project import Project
from codemods.python.names import Names
from codemods.python.source import SourceError, read_source

__all__ = ["NamedHelper", "helpers_of"]

_UTC = frozenset({"datetime.timezone.utc", "datetime.UTC"})
_TEXT = '''# Written by codemods (utcnow); yours to edit.
"""The clock of this package."""

from datetime import datetime, timezone


def {name}():
    """Return the current time in UTC, without a zone."""
    return datetime.now(timezone.utc).replace(tzinfo=None)
'''


class NamedHelper(NamedTuple):
    """A function that gives the exact form's value."""

    module: str  #: dotted
    name: str
    path: PurePosixPath
    refused: str = ""  #: why no call can use it
    new: bool = False
    first: int = 0  #: line of its definition, when the module exists
    last: int = 0
    cycle: frozenset[PurePosixPath] = frozenset()
    """Files that its module imports, which can't import it in turn."""

    @property
    def file(self) -> NewFile | None:
        """The module, when it must be written."""
        text = _TEXT.format(name=self.name).encode()
        return NewFile(self.path, text) if self.new and not self.refused else None

    def holds(self, site: Site) -> bool:
        """Whether a site stands in the helper itself."""
        return site.path == self.path and self.first <= site.position.line <= self.last

    def refusal(self, path: PurePosixPath, project: Project) -> str:
        """Return why a file's calls can't use it, "" when they can."""
        if self.refused:
            return self.refused
        if path == self.path:
            return "it is the helper's own module"
        if path in self.cycle:
            return f"{self.path} imports this file"
        reach = project.reach(path, self.path)
        if reach.module != self.module:
            return reach.reason or f"this file imports it as `{reach.module}`"
        return ""


def _find(wanted: str, users: Iterable[PurePosixPath], project: Project) -> NamedHelper:
    """Find or place the function that ``package.module:name`` names."""
    module, _, name = wanted.partition(":")
    package, _, stem = module.rpartition(".")
    found = project.path_of(module)
    if found is not None:
        return _existing(module, name, found, project)
    folder = _folder(package, users, project)
    if folder is None:
        return NamedHelper(module, name, PurePosixPath(f"{stem}.py"), f"there is no `{package}`")
    path = folder / f"{stem}.py"
    refused = ""
    if any(other.is_relative_to(folder / stem) for other in project.paths):
        refused = f"{folder / stem} is a folder"
    elif stem in _bound_by(folder / "__init__.py", project):
        refused = f"{folder / '__init__.py'} binds `{stem}`"
    return NamedHelper(module, name, path, refused, new=True)


def _folder(package: str, users: Iterable[PurePosixPath], project: Project) -> PurePosixPath | None:
    """Return the folder of a package, with or without ``__init__.py``; "": an import root."""
    if not package:
        roots = {user: project.packages.root_of(user) for user in sorted(users)}
        return next(iter(roots.values()), None)
    for path in sorted(project.paths):
        if path.suffix == ".py" and path.parent.name == package.rpartition(".")[2]:
            name = project.module_name(path)
            own = f"{package}.{path.stem}" if path.name != "__init__.py" else package
            if name == own:
                return path.parent
    return None


def _bound_by(path: PurePosixPath, project: Project) -> frozenset[str]:
    names = _names(path, project)
    return frozenset() if names is None else frozenset(names.module.bindings)


def _names(path: PurePosixPath, project: Project) -> Names | None:
    data = project.read(path)
    if data is None:
        return None
    try:
        return read_source(path, data).names
    except SourceError:
        return None


def _existing(module: str, name: str, path: PurePosixPath, project: Project) -> NamedHelper:
    names = _names(path, project)
    if names is None:
        return NamedHelper(module, name, path, f"{path} can't be read")
    bindings = names.module.bindings.get(name, ())
    if not bindings:
        return NamedHelper(module, name, path, f"{path} has no function `{name}`")
    node = bindings[0].node
    if len(bindings) != 1 or not isinstance(node, ast.FunctionDef) or not _is_equal(node, names):
        return NamedHelper(
            module, name, path, f"`{name}` of {path} is not certainly the time in UTC without zone"
        )
    return NamedHelper(
        module,
        name,
        path,
        first=node.lineno,
        last=node.end_lineno or node.lineno,
        cycle=frozenset(_imported(path, names, project)),
    )


def _is_equal(node: ast.FunctionDef, names: Names) -> bool:
    """Whether a function does nothing but return what the exact form gives."""
    body = node.body[ast.get_docstring(node) is not None :]
    if node.decorator_list or len(body) != 1 or ast.unparse(node.args):
        return False
    match body[0]:
        case ast.Return(value=ast.Call(func=func, args=[], keywords=[])) if names.qualified(
            func
        ).means(f"{CLASS}.utcnow"):
            return True
        case ast.Return(
            value=ast.Call(
                func=ast.Attribute(value=ast.Call() as call, attr="replace"),
                args=[],
                keywords=[ast.keyword(arg="tzinfo", value=ast.Constant(value=None))],
            )
        ):
            zones = [*call.args, *(word.value for word in call.keywords if word.arg == "tz")]
            return (
                names.qualified(call.func).means(f"{CLASS}.now")
                and len(zones) == len(call.args) + len(call.keywords) == 1
                and names.qualified(zones[0]).means(*_UTC)
            )
        case _:
            return False


def _imported(path: PurePosixPath, names: Names, project: Project) -> Iterator[PurePosixPath]:
    """Yield the files that a module imports, those that they import, and so on."""
    seen = {path}
    waiting: list[tuple[PurePosixPath, Names]] = [(path, names)]
    while waiting:
        importer, found = waiting.pop()
        for other in sorted(set(_imports(importer, found, project)) - seen):
            seen.add(other)
            yield other
            further = _names(other, project)
            if further is not None:
                waiting.append((other, further))


def _imports(path: PurePosixPath, names: Names, project: Project) -> Iterator[PurePosixPath]:
    for node in ast.walk(names.tree):
        wanted: list[tuple[str, int]] = []
        if isinstance(node, ast.Import):
            wanted = [(alias.name, 0) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            wanted = [(base, node.level)] if base or node.level else []
            wanted += [
                (f"{base}.{alias.name}" if base else alias.name, node.level) for alias in node.names
            ]
        for module, level in wanted:
            target = project.resolve_import(path, module, level)
            if target is not None:
                yield target


def helpers_of(wanted: Mapping[PurePosixPath, str], project: Project) -> Mapping[str, NamedHelper]:
    """Return the helper of each name that files' options give."""
    users: dict[str, list[PurePosixPath]] = {}
    for path, name in wanted.items():
        if ":" in name:
            users.setdefault(name, []).append(path)
    return {name: _find(name, paths, project) for name, paths in users.items()}
