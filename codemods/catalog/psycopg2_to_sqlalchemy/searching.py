"""What must be searched for, so that all files are read that may use a family's values."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from codemods.catalog.psycopg2_to_sqlalchemy.holders import Holders
from codemods.catalog.psycopg2_to_sqlalchemy.roles import Place, Role
from codemods.catalog.psycopg2_to_sqlalchemy.state import State
from codemods.codemod import Circumstances

__all__ = ["USED_AS", "Wanted", "is_module_variable", "objects", "wanted"]

USED_AS = frozenset(
    {
        "autocommit", "commit", "cursor", "execute", "executemany", "fetchall", "fetchmany",
        "fetchone", "getconn", "putconn", "rollback",
    }
)  # fmt: skip
"""Members that tell a connection, cursor or pool where nothing is known of an object."""


class Wanted(NamedTuple):
    """A name through which a family's values travel, and what finds the files that use it."""

    family: Place
    name: str
    needles: tuple[frozenset[bytes], ...]
    """Each of them finds all files by itself; the next is for one that too many files hold."""

    def choose(self, circumstances: Circumstances) -> frozenset[bytes] | None:
        """Return the needles to search for; None when too many files hold each."""
        usable = (one for one in self.needles if not one & circumstances.refused)
        return next(usable, None)


def wanted(state: State) -> Iterator[Wanted]:
    """Yield every name that files may reach the families by that are not left."""
    for family, names in state.judged.helpers.items():
        if state.roles.family(family) in state.left:
            continue
        for name in sorted(names):
            if not name.startswith("__"):
                yield Wanted(family, name, (frozenset({name.encode()}),))
    for place, value in state.roles.values.items():
        if state.roles.family(place) in state.left or value.role is Role.OBJECT:
            continue
        if is_module_variable(place):
            yield Wanted(place, str(place[-1]), _of_variable(place))
        elif place[0] == "attribute":
            yield Wanted(place, str(place[-1]), _of_attribute(place))


def objects(state: State) -> Iterator[Wanted]:
    """Yield the variables of modules that hold objects through which such families are reached."""
    holders = Holders(state.program, state.roles, lambda family: family not in state.left)
    for place, value in state.roles.values.items():
        if value.role is Role.OBJECT and is_module_variable(place) and holders.lead_on(value):
            yield Wanted(place, str(place[-1]), _of_variable(place))


def _of_variable(place: Place) -> tuple[frozenset[bytes], ...]:
    path, name = PurePosixPath(str(place[1])), frozenset({str(place[-1]).encode()})
    if path.stem == "__init__":
        return (name,)  # `from . import connection` doesn't name the package
    return (frozenset({path.stem.encode()}), name)


def _of_attribute(place: Place) -> tuple[frozenset[bytes], ...]:
    owner, name = str(place[-2]).encode(), str(place[-1]).encode()
    quoted = {b'"%s"' % name, b"'%s'" % name}
    used = {b".%s.%s" % (name, member.encode()) for member in USED_AS}
    return (frozenset({b"." + name, *quoted}), frozenset({owner, *quoted, *used}))


def is_module_variable(place: Place) -> bool:
    """Whether a place is a variable of a module."""
    return place[0] == "variable" and place[2] == ""
