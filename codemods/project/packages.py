"""Packages and import roots: which module a file is, and which file can import which module."""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import PurePosixPath
from typing import NamedTuple

from codemods.project import kinds
from codemods.project.distributions import Distribution
from codemods.project.entry_points import declared_scripts
from codemods.project.import_evidence import ImportEvidence
from codemods.project.import_roots import configured_roots
from codemods.project.snapshot import ROOT, Snapshot
from codemods.python.import_text import absolute_modules

__all__ = ["Packages", "Reach"]


class Reach(NamedTuple):
    """Whether a file can provably import a module."""

    module: str | None  #: the absolute dotted name to import it by; None when that is not provable
    reason: str = ""  #: one clause that says why not, "" otherwise


class Packages:
    """The import roots of a repository: folders that are on `sys.path` when its code runs."""

    def __init__(
        self,
        snapshot: Snapshot,
        distributions: tuple[Distribution, ...],
        distribution_of: Callable[[PurePosixPath], Distribution],
    ) -> None:
        self._snapshot = snapshot
        self._distributions = distributions
        self._distribution_of = distribution_of
        self._roots: dict[PurePosixPath, PurePosixPath] = {}
        self._resolved: dict[tuple[PurePosixPath, str, int], PurePosixPath | None] = {}
        self._answers: dict[tuple[PurePosixPath, str, int], PurePosixPath | None] = {}
        self._inside: dict[PurePosixPath, frozenset[str]] = {}
        self._beside: dict[PurePosixPath, frozenset[str]] = {}
        self._evidence = ImportEvidence(snapshot)

    @cached_property
    def roots(self) -> Mapping[PurePosixPath, tuple[PurePosixPath, ...]]:
        """The import roots that each distribution (by its folder) names or shows, best first.

        The distribution's own folder is always the last of them.
        """
        return {
            distribution.root: tuple(dict.fromkeys(configured_roots(distribution)))
            for distribution in self._distributions
        }

    def is_package(self, folder: PurePosixPath) -> bool:
        """Tell whether a folder is a regular package: no import can name `8th-floor`."""
        return folder.name.isidentifier() and folder / "__init__.py" in self._snapshot.paths

    def root_of(self, path: PurePosixPath) -> PurePosixPath:
        """Return the import root that a file (existing or planned) is imported from.

        A file outside packages counts to its own folder, which is what `python path/to/it.py`
        puts on `sys.path`, unless a configured root or the repository's imports say otherwise.
        """
        folder = path.parent
        if folder not in self._roots:
            self._roots[folder] = self._find_root(folder)
        return self._roots[folder]

    def module_name(self, path: PurePosixPath) -> str | None:
        """Return the dotted name that a file is imported by, None when no import can name it."""
        if path.suffix not in (".py", ".pyi"):
            return None
        parts = path.with_suffix("").relative_to(self.root_of(path)).parts
        if parts[-1] == "__init__":
            parts = parts[:-1]
        if not parts or not all(part.isidentifier() for part in parts):
            return None
        return ".".join(parts)

    def path_of(self, module: str) -> PurePosixPath | None:
        """Return the file of a module, None when there is none or roots disagree."""
        first = module.partition(".")[0]
        found = {self._find(root, module) for root in self._holders.get(first, ())} - {None}
        return found.pop() if len(found) == 1 else None

    def resolve(self, importer: PurePosixPath, module: str, level: int = 0) -> PurePosixPath | None:
        """Return the file that an import statement of `importer` names, None when not ours.

        `module` and `level` are those of `ast.ImportFrom`; a package is its `__init__.py`.
        """
        if level == 0 and module.partition(".")[0] not in self._names:
            return None
        key = (importer, module, level)
        if key not in self._answers:
            self._answers[key] = self._answer(importer, module, level)
        return self._answers[key]

    def _answer(self, importer: PurePosixPath, module: str, level: int) -> PurePosixPath | None:
        key = (importer.parent, module, level)
        if key not in self._resolved:
            self._resolved[key] = self._resolve(importer, module, level)
        found = self._resolved[key]
        if found is None and level == 0 and self._can_only_be_beside(importer, module):
            return self._find(importer.parent, module)
        return found

    def _can_only_be_beside(self, importer: PurePosixPath, module: str) -> bool:
        """Tell whether an import that no root resolves means what lies in the importer's folder.

        Only a program that is started by its path has its folder on `sys.path` though that is a
        package; a name that its distribution requires may be somebody else's all the same.
        """
        first = module.partition(".")[0]
        return (
            first not in sys.stdlib_module_names
            and self.is_package(importer.parent)
            and self._find(importer.parent, module) is not None
            and first not in self._distribution_of(importer).dependencies
            and self._is_program(importer)
        )

    def _is_program(self, path: PurePosixPath) -> bool:
        return (
            self._is_run_by_path(path)
            and not self._is_imported(path)
            and not self._is_declared(path)
        )

    def _imported_beside(self, folder: PurePosixPath) -> frozenset[str]:
        """Return what the programs in a package import as if the folder were no package."""
        if folder not in self._beside:
            inside = self._names_in(folder)
            self._beside[folder] = frozenset(
                module
                for path in sorted(self._snapshot.children.get(folder, frozenset()))
                if path.suffix == ".py" and self._is_program(path)
                for module in absolute_modules(self._snapshot.read(path) or b"")
                if module in inside and self._can_only_be_beside(path, module)
            )
        return self._beside[folder]

    def _resolve(self, importer: PurePosixPath, module: str, level: int) -> PurePosixPath | None:
        """Return the file that an import names; files of one folder import the same."""
        if level > 0:
            folder = importer.parent
            for _ in range(level - 1):
                if folder == ROOT:
                    return None
                folder = folder.parent
            if not module:
                init = folder / "__init__.py"
                return init if init in self._snapshot.paths else None
            return self._find(folder, module)
        standard = module.partition(".")[0] in sys.stdlib_module_names
        for root in self._search_path(importer, standard=standard):
            path = self._find(root, module)
            if path is not None:
                return path
        return self.path_of(module) or (None if standard else self._above(importer, module))

    def _above(self, importer: PurePosixPath, module: str) -> PurePosixPath | None:
        """Return a module in a folder above a file, if programs there import the file's own folder.

        Their folder is then on `sys.path` when the file runs, though it has another import root.
        """
        distribution = self._distribution_of(importer).root
        for root in importer.parent.parents:
            if not root.is_relative_to(distribution):
                break
            path = self._find(root, module)
            first = importer.parent.relative_to(root).parts[0]
            if path is not None and self._evidence.names(root, first, tests=False):
                return path
        return None

    def own_names(self, importer: PurePosixPath) -> frozenset[str]:
        """Return the top-level names by which a file may import modules of the repository.

        They are what lies beside it, in the folders above that are no packages, and in the import
        roots of its distribution. A folder without `__init__.py` counts where the file is imported
        from above it: others are as often named after the program that they configure.
        """
        root = self.root_of(importer)
        above = [folder for folder in importer.parents if not self.is_package(folder)]
        roots = {*above, root, *self.roots[self._distribution_of(importer).root]}
        names = {name for folder in roots for name in self._names_in(folder)}
        return frozenset({*names, *importer.parent.relative_to(root).parts[:1]})

    def _names_in(self, root: PurePosixPath) -> frozenset[str]:
        if root not in self._inside:
            children = self._snapshot.children.get(root, frozenset())
            self._inside[root] = frozenset(
                path.stem if path.suffix in (".py", ".pyi") else path.name
                for path in children
                if path.suffix in (".py", ".pyi") or self.is_package(path)
            )
        return self._inside[root]

    def reach(self, importer: PurePosixPath, target: PurePosixPath) -> Reach:
        """Tell whether a file can provably import a module that exists or is planned.

        Python puts the folder of a script on `sys.path`, not the folder it is started from, so a
        file can import what lies under its own import root, or what it shows by its own imports
        to be importable.
        """
        name = self.module_name(target)
        if name is None:
            return Reach(None, f"{target} is no importable module")
        root = self.root_of(target)
        if importer.parent == root:
            return Reach(name)
        first = name.split(".")[0]
        inside = self.root_of(importer) == root
        top = self.top_package(importer)
        member = inside and top is not None and self.is_package(top)
        if member and importer.stem in self._imported_beside(importer.parent):
            return Reach(
                None, f"a program that is started in {importer.parent}/ imports it by its own name"
            )
        if member and not self._is_run_by_path(importer):
            return Reach(name)
        tree = self._tree(importer)
        if tree is None:
            return Reach(None, f"{importer} can't be parsed")
        imports = tuple(_unconditional_imports(tree))
        if inside and any(level > 0 for _, level in imports):
            return Reach(name)
        if inside and (self._is_imported(importer) or self._is_declared(importer)):
            return Reach(name)
        if _changes_sys_path(tree):
            return Reach(None, f"{importer} changes sys.path itself")
        for module, level in imports:
            # Another root's packages may be installed without this root being on sys.path.
            related = level == 0 and (inside or module.split(".")[0] == first)
            if related and self._shows(importer, root, module):
                return Reach(name)
        folder = "its own folder" if importer.parent == ROOT else f"{importer.parent}/"
        return Reach(
            None,
            f"Python starts {importer} with {folder} on sys.path, and nothing shows that "
            f"{first} can be imported from there",
        )

    def is_script(self, path: PurePosixPath) -> bool:
        """Tell whether a file is a program that is started by its path.

        It lies outside packages, has a shebang or a main guard, and no other file imports it.
        """
        if path.suffix not in ("", ".py") or self.top_package(path) is not None:
            return False
        return self._is_run_by_path(path) and not self._is_imported(path)

    def top_package(self, path: PurePosixPath) -> PurePosixPath | None:
        """Return the outermost package that a file lies in, None for a top-level module.

        Packages around the file's distribution are not counted, nor namespace packages around a
        regular one: others may own parts of them.
        """
        root, distribution = self.root_of(path), self._distribution_of(path)
        inside = [
            folder
            for folder in (path.parent, *path.parent.parents)
            if folder != root
            and folder.is_relative_to(root)
            and folder.is_relative_to(distribution.root)
        ]
        regular = [folder for folder in inside if self.is_package(folder)]
        return next(iter(reversed(regular or inside)), None)

    @cached_property
    def _holders(self) -> Mapping[str, tuple[PurePosixPath, ...]]:
        """All import roots, by the names of what is directly in them."""
        found: dict[str, list[PurePosixPath]] = {}
        for root in dict.fromkeys(root for roots in self.roots.values() for root in roots):
            children = self._snapshot.children.get(root, frozenset())
            for name in {path.name.removesuffix(".py") for path in children}:
                found.setdefault(name, []).append(root)
        return {name: tuple(roots) for name, roots in found.items()}

    @cached_property
    def _names(self) -> frozenset[str]:
        """What files and folders are called: no import names anything else of the repository."""
        return frozenset(
            name for path in self._snapshot.paths for name in (*path.parts[:-1], path.stem)
        )

    def _search_path(self, importer: PurePosixPath, *, standard: bool) -> Iterator[PurePosixPath]:
        """Yield where a file's imports are looked up, best first.

        For a module of the standard library only a configured root or the program's own folder
        can hold another one of that name; whatever else would be guessed is not worth finding out.
        """
        if not standard:
            yield self.root_of(importer)
        if not self.is_package(importer.parent):
            yield importer.parent
        yield from self.roots[self._distribution_of(importer).root]

    def _find(self, root: PurePosixPath, module: str) -> PurePosixPath | None:
        if not module:
            return None
        base = module.replace(".", "/")
        return self._modules.get(base if root == ROOT else f"{root}/{base}")

    @cached_property
    def _modules(self) -> Mapping[str, PurePosixPath]:
        """Modules and packages by their path without suffix; a package goes before a module."""
        modules: dict[str, PurePosixPath] = {}
        packages: dict[str, PurePosixPath] = {}
        for path in self._snapshot.paths:
            base = str(path).removesuffix(".py")
            if base != str(path):
                modules[base] = path
                if path.name == "__init__.py":
                    packages[str(path.parent)] = path
        return modules | packages

    def _find_root(self, folder: PurePosixPath) -> PurePosixPath:
        distribution = self._distribution_of(folder)
        top = folder
        while self.is_package(top) and top != ROOT:
            if top == distribution.root and distribution.is_packaged:
                break
            top = top.parent
        configured = self.roots[distribution.root]
        if top in configured:
            return top
        for root in configured:
            if root != distribution.root and top.is_relative_to(root) and _names(top, root):
                return root
        if not top.is_relative_to(distribution.root):
            return top
        # A folder without __init__.py: a namespace package, or a folder of programs? The outermost
        # folder is the root from which the repository itself imports what lies here, or from
        # which files here import. Tests may have another root: they count where nothing else does.
        parts = top.relative_to(distribution.root).parts
        candidates = [
            (root, first)
            for depth, first in enumerate(parts)
            if _names(top, root := distribution.root.joinpath(*parts[:depth]))
        ]
        for root, first in candidates:
            if self._evidence.names(root, first, tests=False):
                return root
        for root, _ in candidates:
            if self._evidence.shows(top, root):
                return root
        for root, first in candidates:
            if self._evidence.names(root, first, tests=True):
                return root
        return top

    def _is_imported(self, path: PurePosixPath) -> bool:
        """Tell whether a file below the same import root imports this one by its full name."""
        name, root = self.module_name(path), self.root_of(path)
        if name is None:
            return False
        return any(name in self._evidence.modules(root, tests=tests) for tests in (False, True))

    def _is_declared(self, path: PurePosixPath) -> bool:
        """Tell whether metadata starts this file as a module of its distribution."""
        scripts = declared_scripts(self._distribution_of(path))
        return self.module_name(path) in {script.module for script in scripts}

    def _shows(self, importer: PurePosixPath, root: PurePosixPath, module: str) -> bool:
        """Tell whether an import of `module` works only because `root` is importable."""
        first = module.split(".")[0]
        return self._evidence.exists(root / first) and not self._evidence.exists(
            importer.parent / first
        )

    def _is_run_by_path(self, path: PurePosixPath) -> bool:
        data = self._snapshot.read(path) or b""
        return data.startswith(b"#!") or kinds.has_main_guard(data)

    def _tree(self, path: PurePosixPath) -> ast.Module | None:
        data = self._snapshot.read(path)
        if data is None:
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(data)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _names(folder: PurePosixPath, root: PurePosixPath) -> bool:
    parts = folder.relative_to(root).parts
    return bool(parts) and all(part.isidentifier() for part in parts)


def _unconditional_imports(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in tree.body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, 0
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", node.level


def _changes_sys_path(tree: ast.Module) -> bool:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "path":
            value = node.value
            if isinstance(value, ast.Name) and value.id == "sys":
                return True
        elif isinstance(node, ast.Attribute) and node.attr == "addsitedir":
            return True
    return False
