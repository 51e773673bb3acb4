"""The module with the engine: what the migrated code imports, and nothing that it does not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

__all__ = ["HEADER", "EngineNeeds", "engine_module", "provides"]

HEADER = "# Written by codemods (psycopg2-to-sqlalchemy); yours to edit."

#: Words in SQL that leave something behind in the session (13.8).
SESSION_WORDS = (
    r"(?:\A|;)\s*set\s+(?!local\b|constraints\b|transaction\b)\w+",
    r"\bset_config\s*\(",
    r"\bcreate\s+(?:local\s+|global\s+)?temp(?:orary)?\b",
    r"\bpg_(?:try_)?advisory_lock\b",
    r"(?:\A|;)\s*prepare\s+\w+",
    r"\bwith\s+hold\b",
)


@dataclass(frozen=True, slots=True)
class EngineNeeds:
    """What the engine has to do for the code that uses it."""

    helpers: frozenset[str]  #: `get_engine`, and what else the code imports
    own_errors: bool  #: psycopg2's exceptions are handled somewhere (13.5)
    uuid_text: bool  #: uuid columns must stay str (13.10)
    fresh_sessions: bool  #: SQL of the program leaves traces in the session (13.8)
    forks: bool  #: processes are forked (13.9)
    compositions: bool  #: `psycopg2.sql` objects are run
    keeps_none: bool  #: no connection may stay open when it is given back
    pool_size: int
    max_overflow: int
    connect_timeout: int


def provides(text: str, helpers: Collection[str]) -> bool:
    """Whether a module that was written before has all that is needed."""
    return text.startswith(HEADER) and all(f"\ndef {name}(" in text for name in helpers)


def engine_module(needs: EngineNeeds) -> str:
    """Return the source of the module."""
    return "".join(
        [
            f'{HEADER}\n"""The database engines of this program, made on first use."""\n\n',
            *_imports(needs),
            _get_engine(needs),
            *_listeners(needs),
            *_helpers(needs),
        ]
    )


def _imports(needs: EngineNeeds) -> list[str]:
    helpers = needs.helpers
    lines = ["from functools import lru_cache\n"]
    if needs.forks:
        lines.insert(0, "import os\n")
    if helpers & {"run_sql"}:
        lines.insert(0, "from collections.abc import Mapping\n")
    lines.append("\n")
    if needs.own_errors:
        lines.append("import psycopg2\n")
    extensions = ["make_dsn", "parse_dsn"]
    if needs.uuid_text:
        extensions += ["new_type", "register_type"]
    lines.append(f"from psycopg2.extensions import {', '.join(sorted(extensions))}\n")
    if needs.compositions and "run_sql" in helpers:
        lines.append("from psycopg2.sql import Composable\n")
    listening = needs.own_errors or needs.uuid_text or needs.fresh_sessions
    lines.append(f"from sqlalchemy import create_engine{', event' if listening else ''}\n")
    if needs.keeps_none:
        lines.append("from sqlalchemy.pool import NullPool\n")
    return lines


_POOLED_HEAD = '''

def get_engine(dsn=None, *, pool_size={size}, max_overflow={overflow}, **options):
    """Return the engine for what `psycopg2.connect` was called with."""
    return _engine(make_dsn(dsn, **options), pool_size, max_overflow)


@lru_cache(maxsize=16)
def _engine(dsn, pool_size, max_overflow):
'''
_POOLED = """        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_pre_ping=True,
"""
_UNPOOLED_HEAD = '''

def get_engine(dsn=None, **options):
    """Return the engine for what `psycopg2.connect` was called with."""
    return _engine(make_dsn(dsn, **options))


@lru_cache(maxsize=16)
def _engine(dsn):
'''
_UNPOOLED = """        poolclass=NullPool,  # idle connections keep a database from being dropped
"""


def _get_engine(needs: EngineNeeds) -> str:
    listeners = ""
    if needs.own_errors:
        listeners += '    event.listen(engine, "handle_error", _raise_own_errors)\n'
    if needs.uuid_text:
        listeners += '    event.listen(engine, "connect", _read_uuid_as_text)\n'
    if needs.fresh_sessions:
        listeners += '    event.listen(engine, "reset", _discard_session)\n'
    if needs.keeps_none:
        head, pool = _UNPOOLED_HEAD, _UNPOOLED
    else:
        head = _POOLED_HEAD.format(size=needs.pool_size, overflow=needs.max_overflow)
        pool = _POOLED
    forks = ""
    if needs.forks:
        forks = """

# A child process must not use its parent's connections.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: _engine.cache_clear())
"""
    return f"""{head}    engine = create_engine(
        "postgresql+psycopg2://",
{pool}        use_native_hstore=False,
        connect_args={{"connect_timeout": {needs.connect_timeout}, **parse_dsn(dsn)}},
    )
{listeners}    return engine
{forks}"""


def _listeners(needs: EngineNeeds) -> list[str]:
    parts = []
    if needs.own_errors:
        parts.append("""

def _raise_own_errors(context):
    # `except psycopg2.…` goes on catching; without this SQLAlchemy wraps every error.
    if isinstance(context.original_exception, psycopg2.Error):
        return context.original_exception
    return None
""")
    if needs.uuid_text:
        parts.append("""

def _read_uuid_as_text(connection, _record):
    # psycopg2 gives str for uuid columns; SQLAlchemy makes it give uuid.UUID.
    as_text = new_type((2950, 2951), "UUID_AS_TEXT", lambda value, _cursor: value)
    register_type(as_text, connection)
""")
    if needs.fresh_sessions:
        parts.append("""

def _discard_session(connection, _record, state):
    # SET, temporary tables, locks and the like end with the session, which a pool keeps.
    if not state.terminate_only:
        connection.rollback()
        autocommit, connection.autocommit = connection.autocommit, True
        with connection.cursor() as cursor:
            cursor.execute("DISCARD ALL")
        connection.autocommit = autocommit
""")
    return parts


def _helpers(needs: EngineNeeds) -> list[str]:
    parts = []
    composed = ""
    if needs.compositions:
        composed = """    if isinstance(sql, Composable):
        sql = sql.as_string(connection.connection.dbapi_connection)
"""
    if "run_sql" in needs.helpers:
        parts.append(f'''

def run_sql(connection, sql, parameters=None):
    """Run SQL that is only known at run time, with psycopg2's placeholders."""
{composed}    if parameters is None:
        return connection.exec_driver_sql(sql, None, {{"no_parameters": True}})
    if not isinstance(parameters, Mapping):
        parameters = tuple(parameters)
    return connection.exec_driver_sql(sql, parameters)
''')
    if "run_many" in needs.helpers:
        parts.append('''

def run_many(connection, sql, rows):
    """Run SQL that is only known at run time for each of many rows."""
    rows = [row if hasattr(row, "keys") else tuple(row) for row in rows]
    if rows:
        connection.exec_driver_sql(sql, rows)
''')
    if "raw_cursor" in needs.helpers:
        parts.append('''

def raw_cursor(connection):
    """Return psycopg2's cursor, for what only the driver can do, within the transaction."""
    if not connection.in_transaction():
        connection.begin()  # or else commit() would not know of what the cursor does
    return connection.connection.cursor()
''')
    return parts
