"""The module with the engine: what the migrated code imports, and nothing that it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "HEADER",
    "SESSION_WORDS",
    "EngineNeeds",
    "engine_code",
    "engine_imports",
    "engine_module",
    "provides",
]

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


def provides(text: str, needs: EngineNeeds) -> bool:
    """Whether a module that was written before has all that is needed."""
    wanted = {*needs.helpers, *(name for _, name in _listened(needs))}
    return text.startswith(HEADER) and all(f"\ndef {name}(" in text for name in wanted)


def engine_module(needs: EngineNeeds) -> str:
    """Return the source of the module."""
    return "".join(
        [
            f'{HEADER}\n"""The database engines of this program, made on first use."""\n\n',
            *_import_lines(engine_imports(needs)),
            engine_code(needs),
        ]
    )


def engine_imports(needs: EngineNeeds) -> list[tuple[str, str]]:
    """Return module and name (empty for the module itself) of all that the code imports."""
    found: list[tuple[str, str]] = []
    if "run_sql" in needs.helpers:
        found.append(("collections.abc", "Mapping"))
        if needs.compositions:
            found.append(("psycopg2.sql", "Composable"))
    if "transaction" in needs.helpers:
        found.append(("contextlib", "contextmanager"))
    if "get_engine" not in needs.helpers:
        return [*found, ("psycopg2", "")] if "rows_of" in needs.helpers else found
    found += [
        ("functools", "lru_cache"),
        ("psycopg2.extensions", "make_dsn"),
        ("psycopg2.extensions", "parse_dsn"),
        ("sqlalchemy", "create_engine"),
    ]
    if needs.forks:
        found.append(("os", ""))
    if needs.own_errors or "rows_of" in needs.helpers:
        found.append(("psycopg2", ""))
    if needs.uuid_text:
        found += [("psycopg2.extensions", "new_type"), ("psycopg2.extensions", "register_type")]
    if _listened(needs):
        found.append(("sqlalchemy", "event"))
    if needs.keeps_none:
        found.append(("sqlalchemy.pool", "NullPool"))
    return found


def _import_lines(imports: Sequence[tuple[str, str]]) -> list[str]:
    """Return import statements: the standard library first, modules before names."""
    names: dict[tuple[bool, bool, str], list[str]] = {}
    for module, name in imports:
        third_party = module.partition(".")[0] in {"psycopg2", "sqlalchemy"}
        names.setdefault((third_party, bool(name), module), []).append(name)
    lines: list[str] = []
    for (third_party, named, module), listed in sorted(names.items()):
        if third_party and not any(not line.strip() for line in lines):
            lines.append("\n")
        line = f"from {module} import {', '.join(sorted(listed))}" if named else f"import {module}"
        lines.append(f"{line}\n")
    return lines


def engine_code(needs: EngineNeeds) -> str:
    """Return the definitions, each behind two blank lines."""
    parts = _helpers(needs)
    if "get_engine" in needs.helpers:
        parts = [_get_engine(needs), *_listeners(needs), *parts]
    return "".join(parts)


def _listened(needs: EngineNeeds) -> list[tuple[str, str]]:
    """Return the engine's events, and the functions that listen to them."""
    every = [
        (needs.own_errors, "handle_error", "_raise_own_errors"),
        (needs.uuid_text, "connect", "_read_uuid_as_text"),
        (needs.fresh_sessions, "reset", "_discard_session"),
    ]
    return [(event, name) for needed, event, name in every if needed]


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
    listeners = "".join(
        f'    event.listen(engine, "{event}", {name})\n' for event, name in _listened(needs)
    )
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
        hide_parameters=True,
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
    return connection.exec_driver_sql(sql, rows) if rows else None
''')
    if "rows_of" in needs.helpers:
        parts.append('''

def rows_of(result):
    """Return a result, or raise psycopg2's error where its statement gives no rows."""
    if not result.returns_rows:
        raise psycopg2.ProgrammingError("no results to fetch")
    return result
''')
    if "transaction" in needs.helpers:
        parts.append('''

@contextmanager
def transaction(connection):
    """Commit at the end or roll back, whatever has begun the transaction."""
    try:
        yield connection
    except BaseException:
        connection.rollback()
        raise
    connection.commit()
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
