"""`codemods run`: from a base commit to a branch, a dry run or a check."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from codemods import __version__
from codemods.commands.commit_text import commit_message, subject
from codemods.commands.errors import RefusedError
from codemods.commands.notices import newer_pythons, not_followed
from codemods.commands.paging import pager_for, show_paged
from codemods.commands.preparation import Preparation, prepare, run_engine
from codemods.commands.presentation import coloured, present
from codemods.commands.request import CommitBy, Request
from codemods.commands.without import Without, barring, of_codemod
from codemods.git.aside import Aside

if TYPE_CHECKING:
    from codemods.engine import Written
    from codemods.engine.outcome import Change, Outcome
    from codemods.git.authorship import Authorship
    from codemods.git.commits import Draft, Series
    from codemods.git.repository import Repository
    from codemods.git.revision import Revision
    from codemods.git.workshop import Workshop
    from codemods.reports.report import Report, State

__all__ = ["migrate"]

_RUNS = 32  # of a test command, in search of culprits


def migrate(request: Request) -> int:
    """Do what was asked with the commits of a repository; return the exit code.

    Raises:
        RefusedError: the configuration is wrong.
        GitError: Git can't do it, or must not.
    """
    from codemods.git.repository import open_repository
    from codemods.git.revision import Revision

    with open_repository(request.directory) as repository:
        return _Run(request, repository, Revision(repository, request.base or "HEAD")).finish()


class _Run:
    def __init__(self, request: Request, repository: Repository, base: Revision) -> None:
        self.request = request
        self.repository = repository
        # Git answers both while this process loads what comes next.
        base.expect_entries()
        self._author = Aside(self._read_author)
        from codemods.git.branches import default_branch

        self.preparation: Preparation = prepare(request, base, repository.working_tree)
        self.base = base.searching(self.preparation.selection.suffixes)
        self.branch = request.branch or default_branch(self.preparation.name, base.commit)
        self.without: Without = {}
        self.notices: tuple[str, ...] = ()

    def finish(self) -> int:
        """Run the engine; make, show or count the commits; report."""
        from codemods.git.workshop import Workshop
        from codemods.reports.report import State

        request = self.request
        writes = not (request.dry_run or request.check)
        if request.interactive:
            from codemods.commands.interactive import check_terminal

            check_terminal()
        if request.blame_ignore:
            self._check_list()
        # What can be refused is refused before any work.
        author = self._author.result()
        if writes:
            self._check_targets(author)
        self._keep_out()
        with Workshop(self.repository) as workshop:
            written = (lambda files: None) if author is None else workshop.store_ahead
            outcome = self._outcome(self.without, request, written)
            changes = [change for change in outcome.changes if change.files]
            if not changes:
                return present(request, self._report(outcome, State.NOTHING_TO_DO), on=sys.stdout)
            if author is None:
                report = self._report(outcome, State.PENDING, changes)
                return present(request, report, on=sys.stdout)
            return self._with_commits(outcome, changes, author, workshop)

    def _read_author(self) -> Authorship | None:
        """Return who makes the commits; a check makes none."""
        from codemods.git.authorship import read_authorship

        if self.request.check and not self.request.dry_run:
            return None
        return read_authorship(self.repository, self.request.date or None)

    def _keep_out(self) -> None:
        """Ask a person, and then the tests, what to leave as it is."""
        request = self.request
        if request.interactive:
            from codemods.commands.interactive import choose

            by_group = replace(request, commit_by=CommitBy.GROUP)
            self.without = choose(request, lambda without: self._outcome(without, by_group))
        if request.test:
            from codemods.commands.testing.judge import TestOptions, judge

            options = TestOptions(request.test, request.test_runs or _RUNS, request.test_timeout)
            judgement = judge(
                self.base, options, lambda without: self._outcome(without, request), self.without
            )
            self.without, self.notices = judgement.without, judgement.notices

    def _outcome(
        self, without: Without, request: Request, written: Written = lambda files: None
    ) -> Outcome:
        base, bar = self.base, barring(without)
        return run_engine(request, self.preparation, base, base.commit, bar, written)

    def _check_targets(self, author: Authorship | None) -> None:
        from codemods.git.branches import (
            check_branch_name,
            check_new_branch,
            check_switch,
            check_writable,
        )
        from codemods.git.commits import check_signing, signs

        check_branch_name(self.repository, self.branch)
        check_writable(self.repository)
        if self.request.switch:
            check_switch(self.repository)
        if self.request.interactive and not self.request.replace_branch:
            check_new_branch(self.repository, self.branch)
        if author is not None and signs(self.repository, self.request.sign):
            check_signing(self.base, author)

    def _check_list(self) -> None:
        from codemods.git.blame_ignore import PATH

        if PATH not in self.base.paths and PATH in self.base.entries:
            raise RefusedError(f"{PATH} is no regular file; leave --blame-ignore out")

    def _with_commits(
        self,
        outcome: Outcome,
        changes: Sequence[Change],
        author: Authorship,
        workshop: Workshop,
    ) -> int:
        from codemods.git.commits import build_series, signs
        from codemods.reports.report import State

        request = self.request
        drafts = self._drafts(changes, author)
        # Signatures differ from one time to the next and are not shown: a dry run needs none.
        sign = not request.dry_run and signs(self.repository, request.sign)
        closing = self._closing(drafts, author) if request.blame_ignore else None
        series = build_series(self.base, drafts, author, workshop, sign=sign, closing=closing)
        if closing is not None:
            changes = [*changes, self._listing(drafts, series.commits[:-1])]
        if not request.dry_run:
            return self._publish(outcome, changes, series)
        # Both wait for Git most of the time.
        with Aside(lambda: self._report(outcome, State.PENDING, changes)) as asked:
            if not request.as_json:
                self._show(series)
            report = asked.result()
        # Standard output holds the commits and nothing else, so that `git apply` takes it.
        return present(request, report, on=sys.stderr)

    def _drafts(self, changes: Sequence[Change], author: Authorship) -> list[Draft]:
        from codemods.git.commits import Draft

        firsts = {change.codemod: change for change in reversed(changes)}
        return [
            Draft(
                self._message(
                    change,
                    author,
                    alone=len(changes) == 1,
                    without=of_codemod(self.without, change.codemod)
                    if change is firsts[change.codemod]
                    else (),
                ),
                {file.path: file.after for file in change.files},
            )
            for change in changes
        ]

    def _message(
        self, change: Change, author: Authorship, *, alone: bool, without: tuple[str, ...] = ()
    ) -> bytes:
        return commit_message(
            change,
            self.base.commit,
            self.preparation.reasons,
            alone=alone,
            run=self.request.record(self.preparation.selection.within),
            without=without,
            signed_off_by=str(author.committer) if self.request.signoff else "",
        )

    def _closing(
        self, drafts: Sequence[Draft], author: Authorship
    ) -> Callable[[tuple[str, ...]], Draft]:
        """Return what makes the commit that lists the others for `git blame`."""
        from codemods.git.commits import Draft

        def closing(ids: tuple[str, ...]) -> Draft:
            change = self._listing(drafts, ids)
            return Draft(
                self._message(change, author, alone=True),
                {file.path: file.after for file in change.files},
            )

        return closing

    def _listing(self, drafts: Sequence[Draft], ids: Sequence[str]) -> Change:
        from codemods.commands.blame import blame_change
        from codemods.git.blame_ignore import PATH

        before = self.base.read([PATH]).get(PATH)
        messages = [draft.message for draft in drafts]
        return blame_change(before, list(zip(ids, messages, strict=True)))

    def _publish(self, outcome: Outcome, changes: Sequence[Change], series: Series) -> int:
        from codemods.git import branches
        from codemods.reports.report import State

        request = self.request
        if request.switch:
            new = {file.path for one in changes for file in one.files if file.before is None}
            branches.check_switch(self.repository, new)
        made = branches.publish(series, self.branch, replace=request.replace_branch)
        if request.switch:
            branches.switch(self.repository, self.branch)
        state = State.ALREADY_DONE if made.state is branches.State.UNCHANGED else State.CREATED
        report = self._report(outcome, state, changes, made.commits)
        return present(request, report, on=sys.stdout)

    def _show(self, series: Series) -> None:
        from codemods.git.preview import show

        request = self.request
        data = show(
            series,
            patch=not request.stat,
            stat=request.stat,
            color=coloured(request, sys.stdout),
            width=shutil.get_terminal_size().columns,
        )
        watched = sys.stdout.isatty()
        show_paged(data, pager_for(self.repository.config, os.environ) if watched else "")

    def _report(
        self,
        outcome: Outcome,
        state: State,
        changes: Sequence[Change] = (),
        ids: Sequence[str] = (),
    ) -> Report:
        from codemods.reports.report import CommitReport, Report

        return Report(
            version=__version__,
            state=state,
            outcome=outcome,
            codemods=tuple(codemod.name for codemod in self.preparation.codemods),
            branch=self.branch if ids else "",
            commits=tuple(
                CommitReport(ids[number] if ids else "", subject(change), change)
                for number, change in enumerate(changes)
            ),
            reasons=self.preparation.reasons,
            notices=(
                *self.notices,
                *self._notices(outcome),
                *not_followed(self.base),
                *newer_pythons(outcome, self.request.typed),
            ),
            switched=self.request.switch and bool(ids),
        )

    def _notices(self, outcome: Outcome) -> tuple[str, ...]:
        """Say once that files with sites differ from what the run has read."""
        from codemods.git.working_tree import dirty_paths
        from codemods.reports.text import count, listed

        paths = {entry.site.path for entry in outcome.entries}
        if self.repository.working_tree is None or not paths or self.request.base:
            return ()
        dirty: list[PurePosixPath] = sorted(paths & dirty_paths(self.repository, paths))
        if not dirty:
            return ()
        names = [str(path) for path in dirty[:3]]
        if len(dirty) > 3:
            names.append(count(len(dirty) - 3, "other file"))
        verb = "has" if len(dirty) == 1 else "have"
        return (f"{listed(names)} {verb} uncommitted changes, which this run did not look at",)
