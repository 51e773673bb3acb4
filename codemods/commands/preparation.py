"""What every kind of run does first: find the codemods, read the options, narrow the files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from codemods.commands.errors import RefusedError
from codemods.commands.request import Request

if TYPE_CHECKING:
    from codemods.codemod import Codemod, Reason, Settings
    from codemods.engine import BarSite, Files, Outcome, Selection, Written

__all__ = ["Preparation", "prepare", "run_engine"]


class Preparation(NamedTuple):
    """What a run is about."""

    codemods: tuple[Codemod, ...]
    settings: Mapping[str, Settings[Any]]
    selection: Selection

    @property
    def name(self) -> str:
        """The codemod's name when there is only one, otherwise ``migration``."""
        return self.codemods[0].name if len(self.codemods) == 1 else "migration"

    @property
    def reasons(self) -> dict[str, Reason]:
        """All reasons that the ledger can hold, by code."""
        from codemods.engine.reasons import REASONS

        return {
            reason.code: reason
            for known in (REASONS, *(codemod.reasons for codemod in self.codemods))
            for reason in known
        }


def prepare(request: Request, files: Files, root: Path | None) -> Preparation:
    """Read the configuration of the files and combine it with what was typed.

    Args:
        request: what was typed.
        files: the base, whose pyproject.toml counts.
        root: the folder on disk to which the files' paths are relative; None for a bare
            repository, whose paths are typed as Git knows them.

    Raises:
        RefusedError: an unknown codemod, option or path, or a bad value.
    """
    from codemods.engine import Limits, Selection
    from codemods.engine.configuration import ConfigurationError, configure
    from codemods.registry import RegistryError, find_codemods, select

    pyproject = PurePosixPath("pyproject.toml")
    try:
        known = find_codemods()
        configuration = configure(
            known,
            files.read([pyproject]).get(pyproject),
            request.options,
            only=request.only,
            skip=request.skip,
            include=request.include,
            exclude=request.exclude,
        )
        chosen = select(known, configuration.only, configuration.skip)
    except (RegistryError, ConfigurationError) as error:
        raise RefusedError(str(error)) from None
    within = () if request.reads_stdin else _within(request, files, root)
    limits = Limits() if configuration.largest is None else Limits(size=configuration.largest)
    selection = Selection(configuration.include, configuration.exclude, within, limits)
    return Preparation(chosen, configuration.settings, selection)


def run_engine(
    request: Request,
    preparation: Preparation,
    files: Files,
    base: str = "",
    bar: BarSite = lambda site, base: None,
    written: Written = lambda files: None,
) -> Outcome:
    """Run the codemods over files, with a line of progress on a terminal.

    `bar` says which sites are left for a reason of the caller's; `written` is told of new contents.
    """
    import sys

    from codemods.commands.progress import ProgressLine
    from codemods.engine import run

    with ProgressLine(sys.stderr) as progress:
        return run(
            files,
            preparation.codemods,
            preparation.settings,
            base=base,
            selection=preparation.selection,
            bar=bar,
            commit_by=request.commit_by.value,
            jobs=request.jobs,
            progress=progress,
            written=written,
        )


def _within(request: Request, files: Files, root: Path | None) -> tuple[PurePosixPath, ...]:
    """Return the typed paths as the files know them; empty when they are the whole repository."""
    found = []
    for typed in request.paths:
        path = _relative(typed, request.directory, root)
        if path == PurePosixPath():
            return ()
        if not any(path == file or path in file.parents for file in files.paths):
            raise RefusedError(f"{typed}{_why_not(path, files)}")
        found.append(path)
    return tuple(found)


def _why_not(path: PurePosixPath, files: Files) -> str:
    """Complete the sentence on a path that is none of the files."""
    for one in (path, *path.parents):
        if one in files.submodules:
            here = "" if one == path else f" is in {one}, which"
            return f"{here} is a submodule, a repository of its own; run codemods there"
        if one in files.links:
            here = "" if one == path else f" is behind {one}, which"
            return (
                f"{here} is a symbolic link to {files.links[one]} and is not followed; name the "
                "file that it leads to"
            )
    return ": there is no such file in what this run reads (untracked files are not read)"


def _relative(typed: str, directory: Path, root: Path | None) -> PurePosixPath:
    if root is None:
        relative = os.path.normpath(typed)
    else:
        # Links in the way to the repository are resolved, a link inside it is a name of its own.
        here = os.path.join(os.path.realpath(directory), typed)
        relative = os.path.relpath(os.path.normpath(here), os.path.realpath(root))
    path = PurePosixPath(relative.replace(os.sep, "/"))
    if path.is_absolute() or path.parts[:1] == ("..",):
        raise RefusedError(f"{typed} is outside the repository")
    return path
