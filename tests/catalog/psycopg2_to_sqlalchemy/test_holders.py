"""Which objects are followed: those through which a connection is held, given or taken."""

from __future__ import annotations

from pathlib import PurePosixPath
from textwrap import dedent

import pytest

from codemods.catalog.psycopg2_to_sqlalchemy import codemod
from codemods.catalog.psycopg2_to_sqlalchemy.options import Psycopg2Options
from codemods.codemod import Circumstances, MoreNeedles, Settings
from codemods.project.project import Project
from codemods.python.source import read_source

OTHERS = {
    "of no connection": """\
        import psycopg2

        class Kind:
            def __init__(self, name):
                self.name = name

            def count(self):
                conn = psycopg2.connect("")
                with conn.cursor() as cur:
                    cur.execute("SELECT 1")
                conn.close()

        thing = Kind("one")
        """,
    "of text": """\
        import psycopg2

        class Kind:
            pass

        class Other:
            def __init__(self):
                self.made = psycopg2.connect("")

        thing = Kind()
        """,
    "of a family that is left": """\
        import psycopg2

        class Kind:
            def __init__(self):
                self.made = psycopg2.connect("", async_=True)
                self.made.poll()

        thing = Kind()
        """,
}
HOLDERS = {
    "an attribute": """\
        import psycopg2

        class Kind:
            def __init__(self):
                self.made = psycopg2.connect("")

        thing = Kind()
        """,
    "an attribute of a base": """\
        import psycopg2

        class Base:
            def __init__(self):
                self.made = psycopg2.connect("")

        class Kind(Base):
            pass

        thing = Kind()
        """,
    "an attribute of a second base": """\
        import psycopg2

        class First:
            pass

        class Base:
            def connect(self):
                return psycopg2.connect("")

        class Kind(First, Base):
            pass

        thing = Kind()
        """,
    "what a method gives": """\
        import psycopg2

        class Kind:
            def lend(self):
                yield psycopg2.connect("")

        thing = Kind()
        """,
    "what a method takes": """\
        import psycopg2

        class Kind:
            def count(self, conn):
                with conn.cursor() as cur:
                    cur.execute("SELECT 1")

        thing = Kind()
        thing.count(psycopg2.connect(""))
        """,
    "an object in an object": """\
        import psycopg2

        class Inner:
            def __init__(self):
                self.made = psycopg2.connect("")

        class Kind:
            def __init__(self):
                self.inner = Inner()

        thing = Kind()
        """,
    "what gives an object": """\
        import contextlib
        import psycopg2

        class Inner:
            def __init__(self):
                self.made = psycopg2.connect("")

        class Kind:
            @contextlib.contextmanager
            def open(self):
                yield Inner()

        thing = Kind()
        """,
    "the connection itself": """\
        import psycopg2

        thing = psycopg2.connect("")
        """,
}


def is_followed(text: str) -> bool:
    """Whether files are asked for that name the module."""
    path, options = PurePosixPath("store.py"), Psycopg2Options()
    data = dedent(text).encode()
    surveys = {path: codemod.survey(read_source(path, data), options)}
    project = Project([path], {path: data}.get)
    answer = codemod.plan(surveys, project, Settings(options), Circumstances())
    return isinstance(answer, MoreNeedles) and b"store" in answer.needles


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS.keys())
def test_who_uses_other_objects_is_not_read(text: str) -> None:
    assert not is_followed(text)


@pytest.mark.parametrize("text", HOLDERS.values(), ids=HOLDERS.keys())
def test_who_uses_what_holds_a_connection_is_read(text: str) -> None:
    assert is_followed(text)
