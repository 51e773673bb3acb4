"""Who makes a commit, and when."""

from __future__ import annotations

import datetime
import os
import re
import time
from typing import NamedTuple

from codemods.git.errors import CommandFailedError, GitError
from codemods.git.repository import Repository

__all__ = ["Authorship", "Moment", "Person", "parse_date", "read_authorship"]

_EPOCH = re.compile(r"@?(\d{1,12})(?: ([+-]\d{4}))?")
_IDENTITY = re.compile(rb"(.*) <(.*)> (\d+) ([+-]\d{4})\n", re.DOTALL)


class Moment(NamedTuple):
    """A point in time as commits have it."""

    seconds: int  #: since 1970-01-01 UTC
    offset: str = "+0000"  #: from UTC, as ``+hhmm``

    def __str__(self) -> str:
        return f"{self.seconds} {self.offset}"


class Person(NamedTuple):
    """An author or committer. Names that are not UTF-8 are carried as `os.fsdecode` gives them."""

    name: str
    email: str
    moment: Moment

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"

    @property
    def line(self) -> bytes:
        """The value of the header of a commit."""
        return os.fsencode(f"{self} {self.moment}")


class Authorship(NamedTuple):
    """Who makes the commits of a run."""

    author: Person
    committer: Person

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make Git use it."""
        return {
            f"GIT_{role}_{key}": value
            for role, person in (("AUTHOR", self.author), ("COMMITTER", self.committer))
            for key, value in (
                ("NAME", person.name),
                ("EMAIL", person.email),
                ("DATE", f"@{person.moment}"),
            )
        }


def parse_date(text: str) -> Moment:
    """Read a date: ISO 8601 (UTC unless it says otherwise), or seconds since 1970.

    Raises:
        GitError: it is neither.
    """
    epoch = _EPOCH.fullmatch(text.strip())
    # Eight digits are a day such as 20240229; no run is dated to 1970.
    if epoch and (len(epoch[1]) != 8 or text.startswith("@")):
        return Moment(int(epoch[1]), epoch[2] or "+0000")
    try:
        moment = datetime.datetime.fromisoformat(text.strip())
    except ValueError:
        moment = None
    if moment is None or moment.year < 1970:
        raise GitError(f"{text!r} is no date; write it like 2024-02-29T12:00:00+01:00")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return Moment(int(moment.timestamp()), moment.strftime("%z")[:5])


def read_authorship(repository: Repository, date: str | None = None) -> Authorship:
    """Return the user's identity by Git's rules, with the date of the run.

    The date is `date`, or SOURCE_DATE_EPOCH, or now.

    Raises:
        GitError: no name or email is configured, or the date is none.
    """
    date = date or os.environ.get("SOURCE_DATE_EPOCH")
    now = Moment(int(time.time()), time.strftime("%z")) if date is None else parse_date(date)
    return Authorship(
        *(_read_person(repository, role, now, date is not None) for role in ("AUTHOR", "COMMITTER"))
    )


def _read_person(repository: Repository, role: str, moment: Moment, fixed: bool) -> Person:
    variable = f"GIT_{role}_DATE"
    environment = {} if variable in os.environ and not fixed else {variable: f"@{moment}"}
    try:
        answer = repository.run(
            *("var", f"GIT_{role}_IDENT"),
            config=("user.useConfigOnly=true",),  # a name made up from the machine's is none
            environment=environment,
        )
    except CommandFailedError as error:
        if "date" in error.complaint:
            raise GitError(f"{variable}: {error.complaint}; correct it or use --date") from None
        raise GitError(
            f"Git does not know who you are ({error.complaint}); run: "
            'git config --global user.name "Your Name"; '
            "git config --global user.email you@example.org"
        ) from None
    match = _IDENTITY.fullmatch(answer)
    assert match
    return Person(
        os.fsdecode(match[1]), os.fsdecode(match[2]), Moment(int(match[3]), match[4].decode())
    )
