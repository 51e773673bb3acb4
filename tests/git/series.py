"""Series of commits for tests."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from codemods.git.authorship import read_authorship
from codemods.git.branches import Publication, publish
from codemods.git.commits import Draft, Series, build_series
from codemods.git.repository import open_repository
from codemods.git.revision import Revision
from codemods.git.workshop import Workshop
from tests.git.workbench import DATE

TWO = (
    Draft(
        b"first: change a\n\nWhy.\n",
        {PurePosixPath("pkg/a.py"): b"one = 11\n", PurePosixPath("pkg/new.py"): b"new = 1\n"},
    ),
    Draft(
        b"second: change a again\n",
        {PurePosixPath("pkg/a.py"): b"one = 111\n", PurePosixPath("pkg/b.py"): None},
    ),
)


@contextlib.contextmanager
def series(
    path: Path,
    drafts: tuple[Draft, ...] = TWO,
    *,
    base: str = "HEAD",
    sign: bool = False,
    date: str = DATE,
) -> Iterator[Series]:
    """Build a series in the repository at `path`."""
    with open_repository(path) as repository:
        authorship = read_authorship(repository, date)
        with Workshop(repository) as workshop:
            yield build_series(Revision(repository, base), drafts, authorship, workshop, sign=sign)


def publish_series(
    path: Path,
    drafts: tuple[Draft, ...] = TWO,
    *,
    branch: str = "codemods/x",
    replace: bool = False,
    base: str = "HEAD",
    sign: bool = False,
    date: str = DATE,
) -> Publication:
    """Build and publish a series."""
    with series(path, drafts, base=base, sign=sign, date=date) as built:
        return publish(built, branch, replace=replace)
