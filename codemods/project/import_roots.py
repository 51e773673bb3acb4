"""The import roots that a distribution's configuration names."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from codemods.project.distributions import Distribution
from codemods.project.tables import subtable, texts

__all__ = ["configured_roots"]

_PYTEST_SECTIONS = (("setup.cfg", "tool:pytest"), ("pytest.ini", "pytest"), ("tox.ini", "pytest"))


def configured_roots(distribution: Distribution) -> Iterator[PurePosixPath]:
    """Yield the roots that a distribution's files name, `src` if it looks like one, and itself."""
    base = distribution.root
    snapshot = distribution.snapshot
    for text in _root_texts(distribution):
        root = base.joinpath(*PurePosixPath(text).parts) if text not in ("", ".") else base
        if ".." not in root.parts and root != base and root in snapshot.folders:
            yield root
    source = base / "src"
    if source in snapshot.python_folders and source / "__init__.py" not in snapshot.paths:
        yield source
    yield base


def _root_texts(distribution: Distribution) -> Iterator[str]:
    snapshot, base = distribution.snapshot, distribution.root
    tool = subtable(snapshot.toml(base / "pyproject.toml"), "tool")
    setuptools = subtable(tool, "setuptools")
    yield from _package_dir(subtable(setuptools, "package-dir"))
    yield from texts(subtable(setuptools, "packages", "find").get("where"))
    poetry = subtable(tool, "poetry").get("packages")
    for entry in poetry if isinstance(poetry, list) else ():
        if isinstance(entry, dict):
            yield from texts(entry.get("from"))
    wheel = subtable(tool, "hatch", "build", "targets", "wheel")
    yield from (str(PurePosixPath(text).parent) for text in texts(wheel.get("packages")))
    yield from texts(wheel.get("sources"))
    yield from texts(subtable(tool, "pdm", "build").get("package-dir"))
    yield from texts(subtable(tool, "pytest", "ini_options").get("pythonpath"))
    cfg = snapshot.cfg(base / "setup.cfg")
    lines = cfg.get("options", {}).get("package_dir", "").split("\n")
    pairs = [line.partition("=") for line in lines]
    yield from _package_dir({key.strip(): value.strip() for key, _, value in pairs})
    yield from cfg.get("options.packages.find", {}).get("where", "").split()
    for name, section in _PYTEST_SECTIONS:
        yield from snapshot.cfg(base / name).get(section, {}).get("pythonpath", "").split()
    call = snapshot.setup_call(base / "setup.py")
    mapping = call.value("package_dir")
    yield from _package_dir(mapping if isinstance(mapping, dict) else {})
    found = call.keywords.get("packages")
    if isinstance(found, ast.Call):
        where = found.args[:1] or [item.value for item in found.keywords if item.arg == "where"]
        for expression in where:
            yield from texts(call.evaluate(expression))


def _package_dir(mapping: Mapping[Any, Any]) -> Iterator[str]:
    for package, folder in mapping.items():
        if not isinstance(folder, str) or not isinstance(package, str) or not folder:
            continue
        if package == "":
            yield folder
        elif PurePosixPath(folder).name == package:
            yield str(PurePosixPath(folder).parent)
