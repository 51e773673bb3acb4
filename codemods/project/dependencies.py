"""What a distribution declares to depend on: every kind of file, and the locks beside them."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from codemods.project.conda_files import conda_items
from codemods.project.requirement_files import (
    RequirementsFile,
    parse_requirements,
    requirement_name,
)
from codemods.project.requirement_style import normalized
from codemods.project.snapshot import Snapshot
from codemods.project.tables import lookup, subtable, texts

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

__all__ = ["Declared", "Dependencies", "Role", "caret_to_pep440", "poetry_specifier"]

_REQUIREMENTS = re.compile(r"(?:.*[-_.])?(?:requirements?|reqs)(?:[-_.].*)?\.(?:txt|in|pip)", re.I)
_CONSTRAINTS = re.compile(r"(?:.*[-_.])?constraints?(?:[-_.].*)?\.txt", re.I)
_RUNTIME = frozenset(
    {
        *("requirements", "requirement", "reqs", "base", "common", "core", "main", "default"),
        *("prod", "production", "runtime", "app", "deploy", "all"),
    }
)


class Role(enum.StrEnum):
    """What a declaration is for."""

    RUNTIME = "runtime"
    OTHER = "other"  #: an extra, a group, development, documentation, a constraint
    LOCK = "lock"


class Declared(NamedTuple):
    """One declaration of a requirement."""

    name: str  #: normalised (PEP 503)
    specifier: str  #: PEP 440; "" for any version
    path: PurePosixPath
    role: Role

    @property
    def versions(self) -> SpecifierSet | None:
        """The versions that it admits, None when that can't be told (an address, a variable)."""
        from packaging.specifiers import InvalidSpecifier, SpecifierSet

        try:
            return SpecifierSet(self.specifier)
        except InvalidSpecifier:
            return None

    def admits_from(self, version: str) -> bool:
        """Tell whether it admits a release from `version` on: False for ``<2`` and "2.0"."""
        from packaging.version import Version

        versions = self.versions
        if versions is None:
            return True
        lowest = Version(version)
        major, minor = lowest.major, lowest.minor
        bounds = (
            Version(specifier.version.removesuffix(".*"))
            for specifier in versions
            if specifier.operator != "==="
        )
        probes = [
            lowest,
            *(Version(f"{major}.{minor}.{micro}") for micro in range(lowest.micro, 100)),
            *(
                Version(f"{major}.{other}.{micro}")
                for other in range(minor, 60)
                for micro in (0, 99)
            ),
            *(Version(f"{above}.0") for above in range(major + 1, major + 30)),
            *(bound for bound in bounds if bound >= lowest),
        ]
        return any(versions.contains(probe, prereleases=True) for probe in probes)


class Dependencies:
    """The declarations of one distribution; nothing is read before it is asked for."""

    def __init__(self, snapshot: Snapshot, root: PurePosixPath) -> None:
        self._snapshot = snapshot
        self._root = root

    @cached_property
    def declared(self) -> tuple[Declared, ...]:
        """All declarations, those of metadata first, then requirements files, then locks."""
        found = [
            *self._pyproject(),
            *self._setup_cfg(),
            *self._setup_py(),
            *self._pipfile(),
            *self._requirements(),
            *self._conda(),
            *self._locks(),
        ]
        return tuple(dict.fromkeys(found))

    def of(self, name: str) -> tuple[Declared, ...]:
        """Return all declarations of a project, locked versions included."""
        wanted = normalized(name)
        return tuple(item for item in self.declared if item.name == wanted)

    def __contains__(self, name: str) -> bool:
        """Tell whether a project is declared, for whatever purpose, or locked."""
        return bool(self.of(name))

    def has_runtime(self, name: str) -> bool:
        """Tell whether a project is declared for running the program."""
        return any(item.role is Role.RUNTIME for item in self.of(name))

    def names(self, path: PurePosixPath) -> frozenset[str]:
        """Return the normalised names that one file declares for running the program."""
        return frozenset(
            item.name for item in self.declared if item.path == path and item.role is Role.RUNTIME
        )

    @cached_property
    def requirements_files(self) -> tuple[RequirementsFile, ...]:
        """The requirements files of its folder, of `requirements/`, and what they include."""
        snapshot = self._snapshot
        waiting = sorted(
            path
            for folder in (self._root, self._root / "requirements")
            for path in snapshot.children.get(folder, ())
            if path in snapshot.paths
            and (
                _REQUIREMENTS.fullmatch(path.name)
                or (folder != self._root and path.suffix in (".txt", ".in", ".pip"))
            )
        )
        found: dict[PurePosixPath, RequirementsFile] = {}
        while waiting:
            path = waiting.pop(0)
            if path in found or path not in snapshot.paths:
                continue
            found[path] = parse_requirements(path, snapshot.text(path))
            waiting += [*found[path].includes, *found[path].constraints]
        return tuple(found.values())

    def requirements_file(self, path: PurePosixPath) -> RequirementsFile:
        """Return one requirements file, whether it is among the usual ones or not."""
        for file in self.requirements_files:
            if file.path == path:
                return file
        return parse_requirements(path, self._snapshot.text(path))

    def is_runtime_file(self, path: PurePosixPath) -> bool:
        """Tell whether a requirements file is for running the program, by its name."""
        words = {
            word
            for word in re.split(r"[-_.]", path.stem.lower())
            if word not in ("requirements", "requirement", "reqs", "txt", "in")
        }
        if not words:
            return path.parent in (self._root, self._root / "requirements")
        return words <= _RUNTIME

    def _pyproject(self) -> Iterator[Declared]:
        path = self._root / "pyproject.toml"
        table = self._snapshot.toml(path)
        project = subtable(table, "project")
        yield from _many(texts(project.get("dependencies")), path, Role.RUNTIME)
        for extra in subtable(project, "optional-dependencies").values():
            yield from _many(texts(extra), path, Role.OTHER)
        for group in subtable(table, "dependency-groups").values():
            yield from _many(texts(group), path, Role.OTHER)
        yield from _many(
            texts(lookup(table, "tool", "flit", "metadata", "requires")), path, Role.RUNTIME
        )
        yield from _many(texts(lookup(table, "tool", "uv", "dev-dependencies")), path, Role.OTHER)
        for group in subtable(table, "tool", "pdm", "dev-dependencies").values():
            yield from _many(texts(group), path, Role.OTHER)
        poetry = subtable(table, "tool", "poetry")
        yield from _poetry(subtable(poetry, "dependencies"), path, Role.RUNTIME)
        yield from _poetry(subtable(poetry, "dev-dependencies"), path, Role.OTHER)
        for group in subtable(poetry, "group").values():
            yield from _poetry(subtable(group, "dependencies"), path, Role.OTHER)

    def _setup_cfg(self) -> Iterator[Declared]:
        path = self._root / "setup.cfg"
        cfg = self._snapshot.cfg(path)
        options = cfg.get("options", {})
        yield from _many(_cfg_list(options.get("install_requires", "")), path, Role.RUNTIME)
        yield from _many(_cfg_list(options.get("tests_require", "")), path, Role.OTHER)
        for extra in cfg.get("options.extras_require", {}).values():
            yield from _many(_cfg_list(extra), path, Role.OTHER)

    def _setup_py(self) -> Iterator[Declared]:
        path = self._root / "setup.py"
        call = self._snapshot.setup_call(path)
        yield from _many(_lines(call.value("install_requires")), path, Role.RUNTIME)
        yield from _many(_lines(call.value("tests_require")), path, Role.OTHER)
        extras = call.value("extras_require")
        for extra in extras.values() if isinstance(extras, dict) else ():
            yield from _many(_lines(extra), path, Role.OTHER)

    def _pipfile(self) -> Iterator[Declared]:
        path = self._root / "Pipfile"
        table = self._snapshot.toml(path)
        yield from _poetry(subtable(table, "packages"), path, Role.RUNTIME)
        yield from _poetry(subtable(table, "dev-packages"), path, Role.OTHER)

    def _requirements(self) -> Iterator[Declared]:
        constraints = {path for file in self.requirements_files for path in file.constraints}
        for file in self.requirements_files:
            runtime = self.is_runtime_file(file.path) and file.path not in constraints
            role = Role.RUNTIME if runtime else Role.OTHER
            yield from _many([line.text for line in file.requirements], file.path, role)

    def _conda(self) -> Iterator[Declared]:
        for name in ("environment.yml", "environment.yaml"):
            path = self._root / name
            items = conda_items(self._snapshot.text(path))
            yield from _many([item.text for item in items], path, Role.RUNTIME)

    def _locks(self) -> Iterator[Declared]:
        for folder in (self._root, *self._root.parents):
            for name in ("poetry.lock", "uv.lock", "pdm.lock", "pylock.toml"):
                path = folder / name
                if path in self._snapshot.paths:
                    table = self._snapshot.toml(path)
                    packages = table.get("package") or table.get("packages")
                    for package in packages if isinstance(packages, list) else ():
                        yield from _locked(
                            lookup(package, "name"), lookup(package, "version"), path
                        )
        yield from self._pipfile_lock()

    def _pipfile_lock(self) -> Iterator[Declared]:
        import json

        path = self._root / "Pipfile.lock"
        try:
            table = json.loads(self._snapshot.text(path) or "{}")
        except ValueError:
            return
        for name, entry in subtable(table, "default").items():
            version = lookup(entry, "version")
            yield from _locked(name, str(version or "").removeprefix("=="), path)


def poetry_specifier(value: object) -> str | None:
    """Return the PEP 440 form of a version in Poetry's or Pipenv's table, None for addresses."""
    if isinstance(value, Mapping):
        value = value.get("version", None if {"git", "path", "url", "file"} & set(value) else "*")
    if not isinstance(value, str):
        return None
    if "||" in value:
        return ""  # alternatives have no PEP 440 form; any version is the careful reading
    return ",".join(
        caret_to_pep440(piece) for piece in re.split(r"\s*,\s*", value.strip()) if piece != "*"
    )


def caret_to_pep440(piece: str) -> str:
    """Translate ``^1.2``, ``~1.2`` and a bare version; anything else comes back unchanged."""
    match = re.fullmatch(r"(\^|~(?!=)|)\s*(\d+(?:\.\d+)*)([\w.+-]*)", piece.strip())
    if match is None:
        return re.sub(r"\s+", "", piece)
    operator, release, _ = match.groups()
    numbers = [int(number) for number in release.split(".")]
    if operator == "^":
        first = next((i for i, number in enumerate(numbers) if number), len(numbers) - 1)
        above = ".".join(map(str, [*numbers[:first], numbers[first] + 1]))
        return f">={release},<{above}"
    if operator == "~":
        keep = min(len(numbers), 2)
        above = ".".join(map(str, [*numbers[: keep - 1], numbers[keep - 1] + 1]))
        return f">={release},<{above}"
    return f"=={piece.strip()}"


def _many(lines: list[str], path: PurePosixPath, role: Role) -> Iterator[Declared]:
    for line in lines:
        declared = _one(line, path, role)
        if declared is not None:
            yield declared


def _one(line: str, path: PurePosixPath, role: Role) -> Declared | None:
    from packaging.requirements import InvalidRequirement, Requirement

    text = line.split(" #")[0].strip()
    name = requirement_name(text)
    if name is None:
        return None
    try:
        specifier = str(Requirement(text).specifier)
    except InvalidRequirement:
        specifier = ""
    return Declared(normalized(name), specifier, path, role)


def _poetry(table: Mapping[str, Any], path: PurePosixPath, role: Role) -> Iterator[Declared]:
    for name, value in table.items():
        if normalized(name) != "python":
            alternatives = value if isinstance(value, list) else [value]
            optional = any(lookup(item, "optional") is True for item in alternatives)
            for item in alternatives:
                specifier = poetry_specifier(item) or ""
                yield Declared(normalized(name), specifier, path, Role.OTHER if optional else role)


def _locked(name: object, version: object, path: PurePosixPath) -> Iterator[Declared]:
    if isinstance(name, str):
        known = isinstance(version, str) and version
        yield Declared(normalized(name), f"=={version}" if known else "", path, Role.LOCK)


def _cfg_list(value: str) -> list[str]:
    if value.lstrip().startswith(("file:", "attr:")):
        return []
    lines = value.split("\n") if "\n" in value else value.split(";")
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def _lines(value: object) -> list[str]:
    return value.split("\n") if isinstance(value, str) else texts(value)
