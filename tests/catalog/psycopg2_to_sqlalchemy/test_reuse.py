"""Engines that a repository has already."""

from __future__ import annotations

import psycopg2
import pytest

from codemods.catalog.psycopg2_to_sqlalchemy.arguments import parameters_of_text
from tests.catalog.psycopg2_to_sqlalchemy.test_plan import after, migrate

USER = """
    import psycopg2
    from settings import DSN, HOST, config


    def count():
        conn = psycopg2.connect({arguments})
        cur = conn.cursor()
        cur.execute("SELECT 1")
        conn.close()
"""
OWNER = """
    from functools import lru_cache
    import settings
    from sqlalchemy import URL, create_engine
    from sqlalchemy.pool import NullPool

    {definition}
"""
SETTINGS = """
    import os

    DSN = os.environ["DSN"]
    HOST = os.environ["HOST"]
    PORT = 5433
    config = object()
"""
PLAIN = 'engine = create_engine("postgresql+psycopg2://u:p%40s@h:5433/d")'


def repository(definition: str, arguments: str, **others: str) -> dict[str, str]:
    files = {
        "requirements.txt": "psycopg2\nsqlalchemy>=2.0,<2.1\n",
        "settings.py": SETTINGS,
        "store.py": OWNER.format(definition=definition),
        "user.py": USER.format(arguments=arguments),
    }
    return files | {name.replace("_py", ".py"): text for name, text in others.items()}


def reused(files: dict[str, str]) -> bool:
    result = after(migrate(files))
    assert ("db_engine.py" in result) is ("from store import" not in result["user.py"])
    return "from store import" in result["user.py"]


@pytest.mark.parametrize(
    ("definition", "arguments"),
    [
        (PLAIN, '"postgresql://u:p%40s@h:5433/d"'),
        (PLAIN, '"host=h port=5433 user=u password=p@s dbname=d"'),
        (PLAIN, 'host="h", port=5433, user="u", password="p@s", database="d", sslmode=None'),
        (PLAIN.replace("5433", "{settings.PORT}").replace('"p', 'f"p'),
         '"dbname=d user=u password=p@s", host="h", port=5433'),
        (PLAIN.replace('")', '", pool_size=2, poolclass=NullPool, echo=True)'),
         '"postgres://u:p%40s@h:5433/d"'),
        (PLAIN.replace('")', '?connect_timeout=4")'),
         '"postgres://u:p%40s@h:5433/d"'),
        ("engine = create_engine(settings.DSN)", "DSN"),
        ("engine = create_engine(settings.DSN)", "dsn=DSN"),
        ('engine = create_engine(URL.create("postgresql+psycopg2", host=settings.HOST))',
         "host=HOST"),
        ('engine = create_engine("postgresql://", connect_args={"dbname": "d"})', '"dbname=d"'),
        ("engine = create_engine(settings.config.dsn)", "config.dsn"),
        ("@lru_cache\n    def engine():\n        return create_engine(settings.DSN)", "DSN"),
    ],
)  # fmt: skip
def test_an_engine_with_equal_arguments_is_used(definition: str, arguments: str) -> None:
    assert reused(repository(definition, arguments))


@pytest.mark.parametrize(
    ("definition", "arguments"),
    [
        (PLAIN, '"postgresql://u:p%40s@h:5434/d"'),
        (PLAIN, '"postgresql://u:p%40s@h:5433/d", sslmode="require"'),
        (PLAIN, '"postgresql://u:p%40s@h:5433/d", connect_timeout=3'),
        (PLAIN, "DSN"),
        (PLAIN.replace('")', '", isolation_level="AUTOCOMMIT")'),
         '"postgresql://u:p%40s@h:5433/d"'),
        (PLAIN.replace("psycopg2", "asyncpg"), '"postgresql://u:p%40s@h:5433/d"'),
        (PLAIN + "\n    engine = None", '"postgresql://u:p%40s@h:5433/d"'),
        ("def engine():\n        return create_engine(settings.DSN)", "DSN"),
        ("engine = create_engine(settings.HOST)", "DSN"),
        ("import user\n    engine = create_engine(settings.DSN)", "DSN"),
        ("import sqlalchemy\n    engine = create_engine(settings.DSN)\n"
         "    sqlalchemy.event.listen(engine, 'connect', print)", "DSN"),
        ("engine = create_engine(settings.config.dsn)\n    settings.config.dsn = ''",
         "config.dsn"),
    ],
)  # fmt: skip
def test_one_that_may_differ_is_not(definition: str, arguments: str) -> None:
    assert not reused(repository(definition, arguments))


@pytest.mark.parametrize(
    "others",
    [
        {"requirements.txt": "psycopg2\nsqlalchemy>=2.0\n"},  # 2.1 takes another driver
        {"handlers.py": "import psycopg2\ntry:\n    1\nexcept psycopg2.Error:\n    2\n"},
        {"schema.sql": "CREATE TABLE t (id UUID)"},
        {"schema.sql": "CREATE TABLE t (tags hstore)"},
        {"worker.py": "import multiprocessing, psycopg2\n"},
        {"pyproject.toml": "[project]\nname = 'tool'\nversion = '1'\n"},
    ],
)
def test_one_that_would_have_to_do_more_is_not(others: dict[str, str]) -> None:
    files = repository("engine = create_engine(settings.DSN)", "DSN")
    assert reused(files)
    assert not reused(files | others)


def test_one_in_the_same_file_is_used_by_its_functions() -> None:
    user = USER.format(arguments="DSN") + "\n\n    engine = create_engine(DSN)\n"
    user = user.replace(
        "import psycopg2", "import psycopg2\n    from sqlalchemy import create_engine"
    )
    files = {key: text for key, text in repository("", "").items() if key != "store.py"}
    result = after(migrate(files | {"user.py": user}))
    assert set(result) == {"user.py"}
    assert "with engine.connect() as conn:" in result["user.py"]


@pytest.mark.fact("2.1", "2.2")
@pytest.mark.parametrize(
    "text",
    [
        "", "host=h  port=1 ", "dbname=d user=u", "postgres://u:p%40@h:1/d?sslmode=require",
        "postgresql://h", "postgresql:///d?host=/tmp", "host='a b'", "postgresql://a,b/d",
        "postgresql://h:x/d", "mysql://h/d", "postgresql://H/d", "nothing",
    ],
)  # fmt: skip
def test_texts_mean_what_they_mean_to_libpq(text: str) -> None:
    found = parameters_of_text(text)
    if found is None:
        unusual = ("'", ",", ":x", "mysql", "H", "nothing")
        assert any(word in text for word in unusual)
    else:
        assert found == psycopg2.extensions.parse_dsn(text)
