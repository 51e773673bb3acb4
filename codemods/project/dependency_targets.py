"""Which of a distribution's files declare what it needs to run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from codemods.project.dependencies import Dependencies
from codemods.project.pyproject_edits import has_static_project
from codemods.project.setup_py_edits import literal_requirements
from codemods.project.snapshot import Snapshot
from codemods.project.tables import lookup, subtable, texts

__all__ = ["dependency_targets"]

_NAMED_FILE = re.compile(r"[\"']([\w./-]+\.(?:txt|in|pip))[\"']")
#: Names of requirements files, the one that lists most plainly what the program needs first.
_RANKS = ("requirements", "base", "common", "core", "main", "default", "app", "runtime", "all")


def dependency_targets(
    snapshot: Snapshot, root: PurePosixPath, dependencies: Dependencies
) -> tuple[PurePosixPath, ...]:
    """Return the files that a new requirement goes into, the one that counts first.

    Metadata counts, unless it is empty and a requirements file is not. Files beside it get the
    requirement too when they repeat some of its requirements.
    """
    metadata = _metadata(snapshot, root, dependencies)
    others = list(dict.fromkeys(_deployment(snapshot, root, dependencies)))
    filled = [path for path in others if dependencies.names(path)]
    leading = metadata
    if metadata is None or not dependencies.names(metadata):
        leading = next(iter(filled or ([] if metadata else others)), metadata)
    if leading is None:
        return ()
    known = dependencies.names(leading)
    outputs = {file.path for file in dependencies.requirements_files if file.is_output}
    repeating = [path for path in others if path != leading and known & dependencies.names(path)]
    return (leading, *(path for path in repeating if path not in outputs))


def _metadata(
    snapshot: Snapshot, root: PurePosixPath, dependencies: Dependencies
) -> PurePosixPath | None:
    """Return the metadata file that declares requirements, or the file that it reads."""
    pyproject = root / "pyproject.toml"
    table = snapshot.toml(pyproject)
    if has_static_project(table):
        return pyproject
    for read in (
        lookup(table, "tool", "setuptools", "dynamic", "dependencies", "file"),
        lookup(table, "tool", "hatch", "metadata", "hooks", "requirements_txt", "files"),
    ):
        for name in texts(read):
            return root / name
    if subtable(table, "tool", "poetry", "dependencies"):
        return pyproject
    if texts(lookup(table, "tool", "flit", "metadata", "requires")):
        return pyproject
    options = snapshot.cfg(root / "setup.cfg").get("options")
    if options is not None and "install_requires" in options:
        read = re.match(r"\s*file:\s*([^\s,]+)", options["install_requires"])
        return root / read[1] if read else root / "setup.cfg"
    call = snapshot.setup_call(root / "setup.py")
    if "install_requires" in call.keywords:
        named = None
        if literal_requirements(call) is None:
            named = _named_in_setup_py(snapshot, root, dependencies)
        return named or root / "setup.py"
    if options is not None:
        return root / "setup.cfg"
    return root / "setup.py" if call.keywords else None


def _named_in_setup_py(
    snapshot: Snapshot, root: PurePosixPath, dependencies: Dependencies
) -> PurePosixPath | None:
    """Return the requirements file that a setup.py reads its requirements from, if any."""
    named = [root / name for name in _NAMED_FILE.findall(snapshot.text(root / "setup.py"))]
    files = {file.path for file in dependencies.requirements_files}
    found = [path for path in named if path in files and dependencies.is_runtime_file(path)]
    return found[0] if found else None


def _deployment(
    snapshot: Snapshot, root: PurePosixPath, dependencies: Dependencies
) -> Iterator[PurePosixPath]:
    if root / "Pipfile" in snapshot.paths:
        yield root / "Pipfile"
    requirements = _runtime_requirements(dependencies)
    if requirements is not None:
        yield requirements
    for name in ("environment.yml", "environment.yaml"):
        if root / name in snapshot.paths:
            yield root / name


def _runtime_requirements(dependencies: Dependencies) -> PurePosixPath | None:
    """Return the requirements file that lists what the program needs, a compiler's source first.

    Of the files that it includes, the one that others build on (`base.txt`) stands for it.
    """
    files = {file.path: file for file in dependencies.requirements_files}
    runtime = [path for path in files if dependencies.is_runtime_file(path)]
    if not runtime:
        return None
    first = min(runtime, key=lambda item: (files[item].is_output, *_rank(item)))
    included, waiting = [first], [first]
    while waiting:
        for path in files[waiting.pop()].includes:
            if path in files and path not in included:
                included.append(path)
                waiting.append(path)
    filled = [path for path in included if files[path].requirements and not files[path].is_output]
    return min(filled or [first], key=_rank)


def _rank(path: PurePosixPath) -> tuple[int, bool, int, str]:
    words = re.split(r"[-_.]", path.stem.lower())
    best = min((_RANKS.index(word) for word in words if word in _RANKS), default=len(_RANKS))
    if len(words) > 1:
        best += 1
    return best, path.suffix != ".in", len(path.parts), str(path)
