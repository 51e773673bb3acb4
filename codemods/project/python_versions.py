"""Which Python versions a distribution supports, from all the places where projects say so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from codemods.project.snapshot import Snapshot
from codemods.project.tables import lookup

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

__all__ = ["PythonSupport", "minimum_of", "python_support", "supports_python2_spec"]

Version = tuple[int, int]

#: The lowest Python 3 that is told apart: nothing alive was ever released for 3.0 or 3.1 alone.
_OLDEST = (3, 2)
#: Minor versions that a specifier is tried with.
_MINORS = [(3, minor) for minor in range(_OLDEST[1], 40)]
_CLASSIFIER = re.compile(r"Programming Language :: Python :: ([23](?:\.\d+)?)\b")
_TOX_ENV = re.compile(r"\bpy([23])\.?(\d{1,2})\b")
_TARGET = re.compile(r"py([23])(\d{1,2})")
_VERSION = re.compile(r"(?<![\d.])([23])\.(\d{1,2})(?!\d)")
_CONDA_PYTHON = re.compile(
    r"^[ \t]*-[ \t]*[\"']?python[ \t]*((?:[=<>!~]+[^\s\"'#]+)+)", re.MULTILINE
)
_FACTORS = re.compile(r"py\{([\d.,\s]+)\}")


class PythonSupport(NamedTuple):
    """What a distribution says about Python versions."""

    minimum: Version | None  #: the lowest version that must work; None when nothing says it
    source: str  #: where that stands, such as ``pyproject.toml requires-python``; "" for None
    supports_python2: bool


class _Claim(NamedTuple):
    """One place's word: the minimum that it states, and whether it counts Python 2 in."""

    source: str
    minimum: Version | None
    python2: bool = False


def python_support(snapshot: Snapshot, root: PurePosixPath) -> PythonSupport:
    """Weigh everything that a distribution's folder says about Python versions.

    What an installer enforces (requires-python) wins; then classifiers; then the lowest of what
    tools are told (tox, ruff, black, mypy, .python-version, Pipfile, environment.yml, runtime.txt).
    A universal wheel counts only where nothing else is said: it outlives Python 2.
    """
    for claim in _required(snapshot, root):
        if claim.minimum is not None:
            return PythonSupport(claim.minimum, claim.source, claim.python2)
    classifiers = _classifiers(snapshot, root)
    if classifiers is not None and classifiers.minimum is not None:
        return PythonSupport(classifiers.minimum, classifiers.source, classifiers.python2)
    claims = [claim for claim in _tools(snapshot, root) if claim.minimum is not None]
    if claims:
        lowest = min(claims, key=lambda claim: claim.minimum or (9, 9))
        python2 = any(claim.python2 for claim in claims)
        return PythonSupport(lowest.minimum, lowest.source, python2)
    if _is_universal(snapshot, root):
        return PythonSupport((2, 7), "a universal wheel", True)
    return PythonSupport(None, "", False)


def minimum_of(specifier: str) -> Version | None:
    """Return the lowest Python that a requirement on Python admits, None when it can't be told.

    Understands PEP 440 (``>=3.8,<4``) and Poetry's ``^3.8``, ``~3.8``, ``3.8.*``, ``a || b``.
    A specifier without a lower bound tells nothing.
    """
    if supports_python2_spec(specifier):
        return (2, 7)
    lowest: list[Version] = []
    for alternative in specifier.split("||"):
        allowed = _specifier_set(alternative)
        if allowed is None or not _has_lower_bound(allowed):
            return None
        admitted = [
            version for version in _MINORS if _admits(allowed, f"{version[0]}.{version[1]}")
        ]
        if admitted:
            lowest.append(admitted[0])
    return min(lowest, default=None)


def supports_python2_spec(specifier: str) -> bool:
    """Tell whether a requirement on Python names a Python 2 and admits 2.7."""
    for alternative in specifier.split("||"):
        allowed = _specifier_set(alternative)
        if (
            allowed is not None
            and re.search(r"(?<![\d.])2(?:\.\d|\b)", alternative)
            and _has_lower_bound(allowed)
            and _admits(allowed, "2.7")
        ):
            return True
    return False


def _specifier_set(text: str) -> SpecifierSet | None:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    pieces = [piece for piece in re.split(r"\s*,\s*|\s+(?=[<>=!~^])", text.strip()) if piece]
    try:
        return SpecifierSet(",".join(_pep440(piece) for piece in pieces))
    except (InvalidSpecifier, ValueError):
        return None


def _pep440(piece: str) -> str:
    """Translate one of Poetry's and conda's spellings; anything else comes back as it is."""
    match = re.fullmatch(r"(\^|~|=)?\s*v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:\.\*)?", piece)
    if match is None:
        return re.sub(r"\s+", "", piece) if piece != "*" else ""
    operator, major, minor, micro = match.groups()
    base = ".".join(part for part in (major, minor, micro) if part is not None)
    if operator == "^":
        return f">={base},<{int(major) + 1}"
    if operator == "~":
        above = f"{major}.{int(minor) + 1}" if minor is not None else f"{int(major) + 1}"
        return f">={base},<{above}"
    return f"=={base}" if micro is not None else f"=={base}.*"


def _has_lower_bound(allowed: SpecifierSet) -> bool:
    return any(specifier.operator in (">=", ">", "==", "===", "~=") for specifier in allowed)


def _admits(allowed: SpecifierSet, version: str) -> bool:
    return any(allowed.contains(f"{version}.{micro}") for micro in (0, 1, 5, 18, 99))


def _required(snapshot: Snapshot, root: PurePosixPath) -> Iterator[_Claim]:
    pyproject = snapshot.toml(root / "pyproject.toml")
    yield _spec(lookup(pyproject, "project", "requires-python"), "pyproject.toml requires-python")
    poetry = lookup(pyproject, "tool", "poetry", "dependencies", "python")
    if isinstance(poetry, dict):
        poetry = poetry.get("version")
    if isinstance(poetry, list):
        poetry = "||".join(str(lookup(item, "version") or item) for item in poetry)
    yield _spec(poetry, "pyproject.toml tool.poetry")
    yield _spec(
        lookup(pyproject, "tool", "flit", "metadata", "requires-python"), "pyproject.toml tool.flit"
    )
    options = snapshot.cfg(root / "setup.cfg").get("options", {})
    yield _spec(options.get("python_requires"), "setup.cfg python_requires")
    call = snapshot.setup_call(root / "setup.py")
    yield _spec(call.value("python_requires"), "setup.py python_requires")


def _spec(value: object, source: str) -> _Claim:
    if not isinstance(value, str):
        return _Claim(source, None)
    return _Claim(source, minimum_of(value), supports_python2_spec(value))


def _classifiers(snapshot: Snapshot, root: PurePosixPath) -> _Claim | None:
    pyproject = snapshot.toml(root / "pyproject.toml")
    cfg = snapshot.cfg(root / "setup.cfg").get("metadata", {})
    places: list[tuple[str, object]] = [
        ("pyproject.toml", lookup(pyproject, "project", "classifiers")),
        ("pyproject.toml", lookup(pyproject, "tool", "poetry", "classifiers")),
        ("pyproject.toml", lookup(pyproject, "tool", "flit", "metadata", "classifiers")),
        ("setup.cfg", cfg.get("classifiers") or cfg.get("classifier")),
        ("setup.py", snapshot.setup_call(root / "setup.py").value("classifiers")),
    ]
    for source, value in places:
        text = "\n".join(map(str, value)) if isinstance(value, list) else value
        if isinstance(text, str):
            found = set(_CLASSIFIER.findall(text))
            minors = [_version(item) for item in found if "." in item]
            python2 = any(item.startswith("2") for item in found)
            if python2:
                minors.append((2, 7))
            elif not minors and "3" in found:
                minors.append(_OLDEST)
            if minors:
                return _Claim(f"{source} classifiers", min(minors), python2)
    return None


def _tools(snapshot: Snapshot, root: PurePosixPath) -> Iterator[_Claim]:
    pyproject = snapshot.toml(root / "pyproject.toml")
    yield _lowest(_tox_versions(snapshot, root, pyproject), "tox")
    ruff = lookup(pyproject, "tool", "ruff", "target-version")
    for name in ("ruff.toml", ".ruff.toml"):
        ruff = ruff or snapshot.toml(root / name).get("target-version")
    black = lookup(pyproject, "tool", "black", "target-version") or lookup(
        pyproject, "tool", "black", "target_version"
    )
    for tool, value in (("ruff", ruff), ("black", black)):
        names = value if isinstance(value, list) else [value]
        targets = [_TARGET.fullmatch(name) for name in names if isinstance(name, str)]
        yield _lowest([(int(m[1]), int(m[2])) for m in targets if m], f"{tool} target-version")
    yield _lowest(_versions(_mypy_version(snapshot, root, pyproject)), "mypy python_version")
    for name in (".python-version", "runtime.txt", ".tool-versions"):
        text = snapshot.text(root / name)
        if name == ".tool-versions":
            text = "\n".join(line for line in text.splitlines() if line.startswith("python "))
        yield _lowest(_versions(text), name)
    pipfile = snapshot.toml(root / "Pipfile")
    wanted = lookup(pipfile, "requires", "python_version") or lookup(
        pipfile, "requires", "python_full_version"
    )
    yield _lowest(_versions(str(wanted or "")), "Pipfile python_version")
    for name in ("environment.yml", "environment.yaml"):
        match = _CONDA_PYTHON.search(snapshot.text(root / name))
        if match:
            yield _Claim(name, minimum_of(match[1]), supports_python2_spec(match[1]))


def _tox_versions(
    snapshot: Snapshot, root: PurePosixPath, pyproject: Mapping[str, Any]
) -> list[Version]:
    legacy = lookup(pyproject, "tool", "tox", "legacy_tox_ini")
    env_list = lookup(pyproject, "tool", "tox", "env_list") or snapshot.toml(root / "tox.toml").get(
        "env_list"
    )
    tox = snapshot.cfg(root / "tox.ini").get("tox", {})
    text = " ".join(
        [
            tox.get("envlist", tox.get("env_list", "")),
            snapshot.cfg(root / "setup.cfg").get("tox:tox", {}).get("envlist", ""),
            *re.findall(r"env_?list\s*=\s*((?:.*\n?[ \t,]*)*?)(?=\n\S|\Z)", str(legacy or "")),
            *(map(str, env_list) if isinstance(env_list, list) else ()),
        ]
    )
    text = _FACTORS.sub(
        lambda match: " ".join(f"py{item.strip()}" for item in match[1].split(",")), text
    )
    return [(int(major), int(minor)) for major, minor in _TOX_ENV.findall(text)]


def _mypy_version(snapshot: Snapshot, root: PurePosixPath, pyproject: Mapping[str, Any]) -> str:
    found = lookup(pyproject, "tool", "mypy", "python_version")
    for name in ("mypy.ini", ".mypy.ini", "setup.cfg"):
        found = found or snapshot.cfg(root / name).get("mypy", {}).get("python_version")
    return str(found or "")


def _is_universal(snapshot: Snapshot, root: PurePosixPath) -> bool:
    cfg = snapshot.cfg(root / "setup.cfg")
    for section in ("bdist_wheel", "wheel"):
        if cfg.get(section, {}).get("universal", "").strip().lower() in ("1", "true", "yes"):
            return True
    return False


def _lowest(versions: list[Version], source: str) -> _Claim:
    return _Claim(source, min(versions, default=None), any(major == 2 for major, _ in versions))


def _versions(text: str) -> list[Version]:
    return [(int(major), int(minor)) for major, minor in _VERSION.findall(text)]


def _version(text: str) -> Version:
    major, minor = text.split(".")
    return int(major), int(minor)
