"""Add a requirement to a distribution, in the style of its own files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from codemods.project.conda_files import add_to_conda
from codemods.project.dependencies import Dependencies, Role
from codemods.project.dependency_targets import dependency_targets
from codemods.project.edited import CannotEditError, Edited
from codemods.project.pyproject_edits import add_to_pipfile, add_to_pyproject
from codemods.project.requirement_files import RequirementsFile
from codemods.project.requirement_style import is_pinned
from codemods.project.requirements_edits import add_to_requirements
from codemods.project.setup_cfg_edits import add_to_setup_cfg
from codemods.project.setup_py_edits import add_to_setup_py
from codemods.project.snapshot import ROOT, Snapshot

if TYPE_CHECKING:
    from packaging.requirements import Requirement

__all__ = ["DependencyResult", "add_requirement"]

#: Lock files, the files that they are made from, and the command that makes them anew.
_LOCKS = (
    ("poetry.lock", frozenset({"pyproject.toml"}), "poetry lock"),
    ("uv.lock", frozenset({"pyproject.toml"}), "uv lock"),
    ("pdm.lock", frozenset({"pyproject.toml"}), "pdm lock"),
    ("pixi.lock", frozenset({"pyproject.toml", "pixi.toml"}), "pixi lock"),
    ("Pipfile.lock", frozenset({"Pipfile"}), "pipenv lock"),
    ("conda-lock.yml", frozenset({"environment.yml", "environment.yaml"}), "conda-lock lock"),
)


@dataclass(frozen=True, slots=True)
class DependencyResult:
    """What adding a requirement comes to."""

    edits: Mapping[PurePosixPath, bytes] = field(default_factory=dict)
    """New contents by path; empty when it is declared already, or refused."""
    commands: tuple[str, ...] = ()
    """What a person types in the repository's root to bring generated files up to date."""
    refusal: str = ""  #: a clause that says why nothing was edited, "" otherwise
    notes: tuple[str, ...] = ()  #: sentences for the reviewer


def add_requirement(
    snapshot: Snapshot, root: PurePosixPath, dependencies: Dependencies, text: str
) -> DependencyResult:
    """Declare a requirement (PEP 508) for running the distribution at `root`.

    The distribution's metadata takes it, or the file that the metadata is read from; Pipfile,
    requirements files and conda environments take it when they are all there is, or when they
    repeat the metadata's requirements. Lock files and outputs of compilers are never edited:
    `commands` of the result bring them up to date.

    Raises:
        packaging.requirements.InvalidRequirement: `text` is no requirement.
    """
    from packaging.requirements import Requirement

    requirement = Requirement(text)
    conflict = _conflict(dependencies, requirement)
    if conflict:
        return DependencyResult(refusal=conflict)
    if dependencies.has_runtime(requirement.name):
        return DependencyResult()
    edits: dict[PurePosixPath, bytes] = {}
    refusals: list[str] = []
    notes: list[str] = []
    for path in dependency_targets(snapshot, root, dependencies):
        try:
            data, edited = _edit(snapshot, dependencies, path, requirement)
        except CannotEditError as error:
            refusals.append(f"{path}: {error}")
            continue
        edits[path] = data
        if is_pinned(edited.neighbours):
            notes.append(
                f"{path} pins its other requirements; {requirement} is a lower bound, to be pinned "
                "by whoever knows the release."
            )
    commands = tuple(dict.fromkeys(_commands(snapshot, root, dependencies, frozenset(edits))))
    if not edits:
        where = "this repository" if root == ROOT else str(root)
        why = "; ".join(refusals) or f"no file declares the requirements of {where}"
        return DependencyResult({}, commands, why)
    notes += [f"{refusal}; add {requirement} there by hand." for refusal in refusals]
    return DependencyResult(edits, commands, "", tuple(notes))


def _conflict(dependencies: Dependencies, requirement: Requirement) -> str:
    lowest = [item.version for item in requirement.specifier if item.operator in (">=", "==", "~=")]
    for item in dependencies.of(requirement.name):
        if item.role is not Role.LOCK and lowest and not item.admits_from(lowest[0]):
            return (
                f"{item.path} declares {requirement.name}{item.specifier}, which excludes "
                f"{requirement}"
            )
    return ""


def _edit(
    snapshot: Snapshot, dependencies: Dependencies, path: PurePosixPath, requirement: Requirement
) -> tuple[bytes, Edited]:
    """Return a file's new bytes, and what the requirement was put among."""
    data = snapshot.read(path)
    if data is None:
        raise CannotEditError("it does not exist")
    if path.name == "setup.py":
        call = snapshot.setup_call(path)
        edited = add_to_setup_py(call, requirement)
        return edited.text.encode(call.file.encoding if call.file else "utf-8"), edited
    bom = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    text = snapshot.text(path)
    if bom + text.encode() != data:
        raise CannotEditError("it is not UTF-8")
    if path.name == "pyproject.toml":
        edited = add_to_pyproject(text, snapshot.toml(path), requirement)
    elif path.name == "Pipfile":
        edited = add_to_pipfile(text, snapshot.toml(path), requirement)
    elif path.name == "setup.cfg":
        edited = add_to_setup_cfg(text, requirement)
    elif path.suffix in (".yml", ".yaml"):
        edited = add_to_conda(text, requirement)
    else:
        edited = add_to_requirements(dependencies.requirements_file(path), requirement)
    return bom + edited.text.encode(), edited


def _commands(
    snapshot: Snapshot,
    root: PurePosixPath,
    dependencies: Dependencies,
    edited: frozenset[PurePosixPath],
) -> Iterator[str]:
    names = {path.name for path in edited}
    for folder in (root, *root.parents):
        for lock, sources, command in _LOCKS:
            if folder / lock in snapshot.paths and sources & names:
                yield _in_folder(folder, command)
    for file in dependencies.requirements_files:
        if file.is_output:
            command = _compile_command(snapshot, root, dependencies, file, edited)
            if command:
                yield _in_folder(root, command)


def _compile_command(
    snapshot: Snapshot,
    root: PurePosixPath,
    dependencies: Dependencies,
    file: RequirementsFile,
    edited: frozenset[PurePosixPath],
) -> str:
    """Return what writes an output anew if one of its sources was edited, else ""."""
    names = {path.name for path in edited}
    if file.command:
        exports = " export" in file.command and names & {"pyproject.toml"}
        return file.command if exports or any(name in file.command for name in names) else ""
    source = file.path.with_suffix(".in")
    if source in edited or (
        source in snapshot.paths and set(dependencies.requirements_file(source).includes) & edited
    ):
        return f"pip-compile {source.relative_to(root)}"
    output = file.path.relative_to(root) if file.path.is_relative_to(root) else file.path
    if root / "poetry.lock" in snapshot.paths and "pyproject.toml" in names:
        return f"poetry export --output {output}"
    if root / "uv.lock" in snapshot.paths and "pyproject.toml" in names:
        return f"uv export --output-file {output}"
    return ""


def _in_folder(folder: PurePosixPath, command: str) -> str:
    return command if folder == ROOT else f"cd {folder} && {command}"
