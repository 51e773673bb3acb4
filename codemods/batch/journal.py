"""The record of a batch: which repository is where, so that the batch can stop and go on."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from codemods.batch.errors import BatchError
from codemods.batch.targets import Target

__all__ = ["DONE_STATES", "FAILED_STATES", "Journal", "Row", "read_rows"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS batch (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS jobs (
    repository TEXT NOT NULL, base TEXT NOT NULL, recipe TEXT NOT NULL, row TEXT NOT NULL,
    digest TEXT NOT NULL, PRIMARY KEY (repository, base, recipe)
);
CREATE TABLE IF NOT EXISTS current (
    repository TEXT PRIMARY KEY, base TEXT NOT NULL, recipe TEXT NOT NULL, state TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS targets (repository TEXT PRIMARY KEY, target TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS pushes (
    repository TEXT NOT NULL, branch TEXT NOT NULL, tip TEXT NOT NULL,
    PRIMARY KEY (repository, branch)
);
"""

_THEIR_JOBS = "jobs j ON (j.repository, j.base, j.recipe) = (c.repository, c.base, c.recipe)"

FAILED_STATES = frozenset({"failed", "incomplete"})
"""``incomplete``: there is a branch, but a part of the work failed and was left out."""
DONE_STATES = FAILED_STATES | {"changed", "pending", "unchanged"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Where one repository is.

    `state` is ``waiting``, ``fetching``, ``running``, ``changed``, ``unchanged``, ``pending`` (of
    a dry run), ``incomplete`` or ``failed``.
    """

    repository: str
    state: str
    base: str = ""  #: a commit
    base_branch: str = ""
    branch: str = ""
    commits: tuple[str, ...] = ()
    sites: int = 0
    rewritten: int = 0
    left: int = 0
    seconds: float = 0.0
    cause: str = ""
    message: str = ""
    recipe: str = ""

    @property
    def failed(self) -> bool:
        """Whether anything failed."""
        return self.state in FAILED_STATES


class Journal:
    """The journal in a file; used by one thread. Each call is one transaction."""

    def __init__(self, path: Path) -> None:
        try:
            self._database = sqlite3.connect(path, timeout=60, isolation_level=None)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}COMMIT;")
        except sqlite3.DatabaseError as error:
            raise BatchError(f"{path} is no journal of a batch: {error}", 3) from None

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def fixed(self, key: str, value: str) -> str:
        """Return what the batch has fixed under a key; the first value stays for good."""
        self._database.execute("INSERT OR IGNORE INTO batch VALUES (?, ?)", (key, value))
        ((found,),) = self._database.execute("SELECT value FROM batch WHERE key = ?", (key,))
        return str(found)

    def done(self, repository: str, base: str, recipe: str) -> Row | None:
        """Return how a job ended; None when it has not been done.

        Nor has it been when another job of the repository was begun since: its results replace
        those of this one.
        """
        found = self._database.execute(
            f"SELECT j.row FROM current c JOIN {_THEIR_JOBS} "
            "WHERE j.repository = ? AND j.base = ? AND j.recipe = ?",
            (repository, base, recipe),
        ).fetchone()
        return _row(found[0]) if found else None

    def note(self, row: Row) -> None:
        """Say where a repository is on its way; waiting is no news of one that was seen before."""
        otherwise = "IGNORE" if row.state == "waiting" else "REPLACE"
        self._database.execute(
            f"INSERT OR {otherwise} INTO current VALUES (?, ?, ?, ?)",
            (row.repository, row.base, row.recipe, row.state),
        )

    def record(self, row: Row, digest: Mapping[str, Any]) -> None:
        """Say how a job ended; the digest is that of its ledger, if there is one."""
        with self._transaction():
            self._database.execute(
                "INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?, ?)",
                (row.repository, row.base, row.recipe, json.dumps(asdict(row)), json.dumps(digest)),
            )
            self.note(row)

    def remember(self, targets: Iterable[Target]) -> None:
        """Keep what the list says about repositories, without their credentials."""
        with self._transaction():
            self._database.executemany(
                "INSERT OR REPLACE INTO targets VALUES (?, ?)",
                (
                    (target.id, json.dumps(asdict(replace(target, url=target.address))))
                    for target in targets
                ),
            )

    def targets(self) -> dict[str, Target]:
        """Return what was last remembered about each repository."""
        rows = self._database.execute("SELECT repository, target FROM targets")
        return {repository: _target(text) for repository, text in rows}

    def rows(self) -> list[Row]:
        """Return where each repository is, sorted by name."""
        return list(_rows(self._database))

    def digests(self) -> Iterator[dict[str, Any]]:
        """Yield the digests of all repositories that are done and did not fail as a whole."""
        for (text,) in self._database.execute(
            f"SELECT j.digest FROM current c JOIN {_THEIR_JOBS} "
            "WHERE c.state IN ('changed', 'incomplete', 'pending', 'unchanged')"
        ):
            yield json.loads(text)

    def pushed(self, repository: str, branch: str) -> str:
        """Return the commit that was last pushed as a branch; empty when none was."""
        found = self._database.execute(
            "SELECT tip FROM pushes WHERE repository = ? AND branch = ?", (repository, branch)
        ).fetchone()
        return str(found[0]) if found else ""

    def record_push(self, repository: str, branch: str, tip: str) -> None:
        """Say which commit was pushed as a branch."""
        self._database.execute(
            "INSERT OR REPLACE INTO pushes VALUES (?, ?, ?)", (repository, branch, tip)
        )

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")


def read_rows(path: Path) -> list[Row]:
    """Return where each repository of a batch is, also while the batch runs.

    Raises:
        BatchError: there is no journal.
    """
    if not path.is_file():
        raise BatchError(f"{path.parent} holds no batch; codemods batch run LIST makes one")
    with contextlib.closing(sqlite3.connect(path, timeout=60)) as database:
        try:
            # A run makes the file a moment before it makes the tables.
            made = database.execute("SELECT 1 FROM sqlite_master").fetchone()
            return list(_rows(database)) if made else []
        except sqlite3.DatabaseError as error:
            raise BatchError(f"{path} is no journal of a batch: {error}", 3) from None


def _rows(database: sqlite3.Connection) -> Iterator[Row]:
    for repository, base, recipe, state, text in database.execute(
        "SELECT c.repository, c.base, c.recipe, c.state, j.row "
        f"FROM current c LEFT JOIN {_THEIR_JOBS} "
        "ORDER BY c.repository"
    ):
        row = _row(text) if text else None
        if row is not None and row.state == state:
            yield row
        else:
            yield Row(repository=repository, state=state, base=base, recipe=recipe)


def _row(text: str) -> Row:
    values = json.loads(text)
    known = {field.name for field in fields(Row)}
    values = {key: value for key, value in values.items() if key in known}
    return Row(**{**values, "commits": tuple(values["commits"])})


def _target(text: str) -> Target:
    values: dict[str, Any] = json.loads(text)
    lists = {key: tuple(values[key]) for key in ("only", "skip", "options")}
    return Target(**{**values, **lists})
