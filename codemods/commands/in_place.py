"""`codemods run --in-place`: the working tree is what is read and what is changed."""

from __future__ import annotations

import contextlib
import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from codemods import __version__
from codemods.commands.errors import RefusedError
from codemods.commands.file_writer import combined, write_files
from codemods.commands.folder import Folder
from codemods.commands.notices import newer_pythons, not_followed
from codemods.commands.preparation import prepare, run_engine
from codemods.commands.request import Request

if TYPE_CHECKING:
    from codemods.git.repository import Repository
    from codemods.git.working_tree import WorkingTree
    from codemods.reports.report import Report

__all__ = ["change_in_place"]


def change_in_place(request: Request) -> Report:
    """Change the files of the working tree, all or none, and return the report.

    Raises:
        RefusedError: a file that would change has uncommitted changes, or can't be written.
        GitError: the folder is outside Git, and --allow-dirty was not given.
    """
    from codemods.git.working_tree import WorkingTree, dirty_paths
    from codemods.reports.report import CommitReport, Report, State

    with contextlib.ExitStack() as stack:
        repository = _repository(request, stack)
        tree = (
            Folder(request.directory.resolve()) if repository is None else WorkingTree(repository)
        )
        preparation = prepare(request, tree, tree.root)
        if isinstance(tree, WorkingTree):
            tree = tree.searching(preparation.selection.suffixes)
        outcome = run_engine(request, preparation, tree)
        files = combined(outcome.changes)
        if files and repository is not None and not request.allow_dirty:
            paths = {file.path for file in files}
            _refuse_dirty(paths & dirty_paths(repository, paths))
        write_files(tree.root, files)
    return Report(
        version=__version__,
        state=State.WRITTEN if files else State.NOTHING_TO_DO,
        outcome=outcome,
        codemods=tuple(codemod.name for codemod in preparation.codemods),
        commits=tuple(
            CommitReport("", f"{change.codemod}: {change.summary}", change)
            for change in outcome.changes
            if change.files
        ),
        reasons=preparation.reasons,
        notices=(*_closed(tree), *not_followed(tree), *newer_pythons(outcome, request.typed)),
    )


def _repository(request: Request, stack: contextlib.ExitStack) -> Repository | None:
    """Open the repository; None for a folder outside Git, which --allow-dirty must allow."""
    from codemods.git.repository import open_repository

    here = request.directory.resolve()
    if request.allow_dirty and not any(
        os.path.exists(one / ".git") for one in (here, *here.parents)
    ):
        if not here.is_dir():
            raise RefusedError(f"{request.directory} is no folder")
        return None
    return stack.enter_context(open_repository(here))


def _closed(tree: Folder | WorkingTree) -> tuple[str, ...]:
    folders = tree.closed if isinstance(tree, Folder) else ()
    return tuple(f"{folder} can't be looked into; correct its rights" for folder in folders)


def _refuse_dirty(dirty: set[PurePosixPath]) -> None:
    if dirty:
        from codemods.reports.text import count, listed, printable

        names = [printable(str(path)) for path in sorted(dirty)]
        shown = names[:3] + ([count(len(names) - 3, "other file")] if len(names) > 3 else [])
        raise RefusedError(
            f"{listed(shown)} would change, but {'has' if len(names) == 1 else 'have'} uncommitted "
            "changes: commit or stash them, or say --allow-dirty; nothing was changed"
        )
