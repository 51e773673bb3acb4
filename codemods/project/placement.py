"""Where a new module may live, and how each file that needs it can import it."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from codemods.project.distributions import Distribution
from codemods.project.packages import Packages
from codemods.project.snapshot import Snapshot
from codemods.project.tables import subtable

__all__ = ["NoPlace", "Placement", "place_module"]

_MODULE_SUFFIXES = (".py", ".pyi", ".pyx", ".so", ".pyd")


@dataclass(frozen=True, slots=True)
class Placement:
    """A free place for a new module."""

    path: PurePosixPath
    module: str  #: the dotted name that it is imported by
    imports: Mapping[PurePosixPath, str]  #: the name to import it by, for each user that can
    unreachable: Mapping[PurePosixPath, str]  #: the users that can't provably import it, and why


@dataclass(frozen=True, slots=True)
class NoPlace:
    """There is no place where it would be right; the reason is one sentence."""

    reason: str


def place_module(
    snapshot: Snapshot,
    packages: Packages,
    distribution: Distribution,
    users: Iterable[PurePosixPath],
    names: Sequence[str],
) -> Placement | NoPlace:
    """Find a place for a module that `users`, files of one distribution, will import.

    It is the outermost package that holds most of the users, or the folder of top-level modules
    where no package holds any. `names` are tried in order: one that a module, a package, a folder,
    or a name bound in the package's ``__init__.py`` has already is passed over. A file that can't
    provably import the module (a script in a folder of its own) is told apart.
    """
    wanted = sorted(set(users))
    if not wanted:
        return NoPlace("No file needs it.")
    folder = _home(packages, wanted)
    refusal = _unfit(packages, distribution, folder)
    if refusal:
        return NoPlace(refusal)
    taken: list[str] = []
    for name in names:
        path = folder / f"{name}.py"
        holder = _holder(snapshot, packages, folder, name)
        if holder is not None:
            taken.append(holder)
            continue
        module = packages.module_name(path)
        if module is None:
            return NoPlace(f"{folder} can't be imported: it is no dotted name.")
        reaches = {user: packages.reach(user, path) for user in wanted}
        imports = {user: reach.module for user, reach in reaches.items() if reach.module}
        unreachable = {user: reach.reason for user, reach in reaches.items() if not reach.module}
        if not imports:
            return NoPlace(f"No file could import it: {next(iter(unreachable.values()))}.")
        return Placement(path, module, imports, unreachable)
    return NoPlace(f"All names for it are taken: {', '.join(taken)}.")


def _home(packages: Packages, users: Sequence[PurePosixPath]) -> PurePosixPath:
    """Return the outermost package that holds most users, else the root that does."""
    tops = Counter(top for user in users if (top := packages.top_package(user)) is not None)
    if tops:
        return min(tops, key=lambda folder: (-tops[folder], str(folder)))
    roots = Counter(packages.root_of(user) for user in users)
    return min(roots, key=lambda folder: (-roots[folder], str(folder)))


def _unfit(packages: Packages, distribution: Distribution, folder: PurePosixPath) -> str:
    """Return why a folder can't take a new module, "" when it can.

    What is installed from a list of modules (`py_modules`) would leave a new one behind.
    """
    if packages.is_package(folder) or not distribution.is_packaged:
        return ""
    if folder not in packages.roots[distribution.root]:
        return ""
    snapshot, root = distribution.snapshot, distribution.root
    listed = snapshot.setup_call(root / "setup.py").keywords.get("py_modules") is not None
    cfg = snapshot.cfg(root / "setup.cfg").get("options", {})
    setuptools = subtable(snapshot.toml(root / "pyproject.toml"), "tool", "setuptools")
    if listed or "py_modules" in cfg or "py-modules" in setuptools:
        return f"{distribution.name or root} lists its modules one by one (py_modules)."
    return ""


def _holder(snapshot: Snapshot, packages: Packages, folder: PurePosixPath, name: str) -> str | None:
    """Return what has a name already in a folder, None when it is free."""
    lower = name.lower()
    for child in sorted(snapshot.children.get(folder, ())):
        # Some file systems take upper and lower case for the same; extension modules end in more.
        same = child.name.lower() == lower or child.name.lower().split(".")[0] == lower
        if same and (child in snapshot.folders or child.suffix in _MODULE_SUFFIXES):
            return str(child)
    init = folder / "__init__.py"
    if name in _bound_names(snapshot.read(init)):
        return f"{name} in {init}"
    if not packages.is_package(folder) and packages.top_package(folder / "x.py") is None:
        if name in sys.stdlib_module_names:
            return f"{name} of the standard library"
        elsewhere = packages.path_of(name)
        if elsewhere is not None:
            return str(elsewhere)
    return None


def _bound_names(data: bytes | None) -> frozenset[str]:
    """Return the names that a package's ``__init__.py`` binds; a submodule would overwrite them."""
    try:
        tree = ast.parse(data or b"")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
    return frozenset(found)
