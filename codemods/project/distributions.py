"""The distributions of a repository: which folders are one, and what each says about itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from codemods.project import kinds
from codemods.project.dependencies import Dependencies
from codemods.project.python_versions import PythonSupport, python_support
from codemods.project.snapshot import ROOT, Snapshot
from codemods.project.tables import lookup

__all__ = ["MANIFESTS", "Distribution", "find_distributions"]

#: Files that make a folder a distribution.
MANIFESTS = ("pyproject.toml", "setup.cfg", "setup.py")
#: Files that make a folder with Python code a unit of deployment of its own.
_DEPLOYMENT = ("requirements.txt", "requirements.in", "Pipfile", "environment.yml")
_BUILD_TOOLS = re.compile(
    rb"^[ \t]*(?:from|import)[ \t][^#\r\n]*\b(?:setuptools|distutils|skbuild)\b", re.MULTILINE
)
_BUILD_TABLES = ("flit", "pdm", "hatch", "setuptools")


@dataclass(frozen=True)
class Distribution:
    """A folder with its own pyproject.toml, setup.cfg or setup.py, or the repository's root.

    A folder with Python code and its own requirements file is one as well: that is what a
    repository of services without packaging looks like.
    """

    root: PurePosixPath
    snapshot: Snapshot
    outer: Distribution | None = None  #: the distribution around it, None for the root
    lifted: bool = False  #: an earlier step made Python 3 of it, whatever its metadata says

    def __str__(self) -> str:
        return str(self.root)

    @cached_property
    def name(self) -> str | None:
        """The name that it is installed under, None when no file says it."""
        pyproject = self.snapshot.toml(self.root / "pyproject.toml")
        for table in (pyproject.get("project"), lookup(pyproject, "tool", "poetry")):
            if isinstance(table, dict) and isinstance(table.get("name"), str):
                return str(table["name"])
        cfg = self.snapshot.cfg(self.root / "setup.cfg").get("metadata", {}).get("name")
        if cfg:
            return cfg
        value = self.snapshot.setup_call(self.root / "setup.py").value("name")
        return value if isinstance(value, str) else None

    @cached_property
    def python(self) -> PythonSupport:
        """Which Python versions it supports; what its folder leaves open, the outer one says."""
        support = python_support(self.snapshot, self.root)
        if support.minimum is not None:
            return support
        # Frozen lists hold six because others depend on it; metadata names it on purpose.
        if any(
            item.path.name in MANIFESTS and not item.specifier.startswith("==")
            for item in self.dependencies.of("six")
        ):
            return PythonSupport((2, 7), "six", True)
        return support if self.outer is None else self.outer.python

    @cached_property
    def dependencies(self) -> Dependencies:
        """What it declares to depend on."""
        return Dependencies(self.snapshot, self.root)

    @property
    def minimum_python(self) -> tuple[int, int] | None:
        """The lowest Python version that it must work on, None when nothing says it."""
        return self.python.minimum

    @property
    def supports_python2(self) -> bool:
        """Whether it must still work on Python 2."""
        return self.python.supports_python2 and not self.lifted

    @cached_property
    def is_packaged(self) -> bool:
        """Whether it can be built and installed; otherwise it runs from its folder only."""
        pyproject = self.snapshot.toml(self.root / "pyproject.toml")
        if "build-system" in pyproject or _packaging_tables(pyproject):
            poetry = lookup(pyproject, "tool", "poetry")
            return not (isinstance(poetry, dict) and poetry.get("package-mode") is False)
        if self.snapshot.setup_call(self.root / "setup.py").keywords:
            return True
        cfg = self.snapshot.cfg(self.root / "setup.cfg")
        return bool(cfg.get("metadata", {}).get("name") or "options" in cfg)


def find_distributions(
    snapshot: Snapshot, lifted: frozenset[PurePosixPath] = frozenset()
) -> tuple[Distribution, ...]:
    """Return all distributions by path; the repository's root is always one, and the first.

    `lifted` are the folders of those that became Python 3 during the run.
    """
    roots = {ROOT}
    for path in snapshot.paths:
        name = path.name
        if name in MANIFESTS:
            if path.parent not in roots and _declares_something(snapshot, path):
                roots.add(path.parent)
        elif name in _DEPLOYMENT and _is_deployment(snapshot, path.parent):
            roots.add(path.parent)
    found: dict[PurePosixPath, Distribution] = {}
    for root in sorted(roots, key=lambda path: path.parts):
        outer = next((found[folder] for folder in root.parents if folder in found), None)
        found[root] = Distribution(root, snapshot, outer, root in lifted)
    return tuple(found.values())


def _declares_something(snapshot: Snapshot, manifest: PurePosixPath) -> bool:
    """Tell a distribution's manifest from one that only configures linters in a folder."""
    if manifest.name == "pyproject.toml":
        table = snapshot.toml(manifest)
        return "build-system" in table or _packaging_tables(table)
    if manifest.name == "setup.cfg":
        cfg = snapshot.cfg(manifest)
        return "metadata" in cfg or "options" in cfg
    # Modules called setup.py are common; one that packages something imports what does it.
    data = snapshot.read(manifest) or b""
    return b"setup(" in data and _BUILD_TOOLS.search(data) is not None


def _packaging_tables(pyproject: object) -> bool:
    if not isinstance(pyproject, dict):
        return False
    poetry = lookup(pyproject, "tool", "poetry")
    if isinstance(poetry, dict) and ("name" in poetry or "dependencies" in poetry):
        return True
    return "project" in pyproject or any(
        isinstance(lookup(pyproject, "tool", name), dict) for name in _BUILD_TABLES
    )


def _is_deployment(snapshot: Snapshot, folder: PurePosixPath) -> bool:
    if folder == ROOT or folder.name == "requirements":
        return False
    return (
        folder in snapshot.python_folders
        and not kinds.is_test(folder / "x.py")
        and not kinds.is_documentation(folder / "x.py")
    )
