"""The reasons that verdicts give."""

from __future__ import annotations

from codemods.codemod import Reason

__all__ = ["REASONS"]

_SENTENCES = {
    "pooled": "The connection comes from a pooled engine now.",
    "no-cursor": "The connection runs the statements; no cursor is needed.",
    "bound-text": "The statement is text() with named binds now.",
    "interpolated-identifier": "The statement is text() now; names stay interpolated into it.",
    "driver-sql": "The statement runs on SQLAlchemy's connection with psycopg2's placeholders.",
    "rows": "Rows are read from the result, and wrapped where they leave the function.",
    "transaction": "The transaction is that of the SQLAlchemy connection now.",
    "same-call": "The call is the same on an SQLAlchemy connection or result.",
    "handler-kept": "The handler stays: the engine raises psycopg2's own exceptions.",
    "unknown-receiver": "The object is not known to come from psycopg2.connect().",
    "member-kept": "Another part of the family may not be changed.",
    "import": "A name that the new code needs can't be imported there.",
    "sqlalchemy-1x": "SQLAlchemy below 2.0 is required or locked.",
    "python-too-old": "SQLAlchemy 2 needs Python 3.7, and some of the new code 3.8.",
    "no-place": "No line of the file can hold the engine, and no module for it can be imported.",
    "edited-twice": "Two changes meet at one place.",
    "async": "Asynchronous connections have no counterpart in an engine.",
    "connection-class": "The connections are of a class of their own.",
    "cursor-class": "The cursors are of a class of their own.",
    "connect-arguments": "The arguments of connect() can't be told apart.",
    "pool-key": "The pool is asked for a connection by key, or keeps it in a special way.",
    "annotated": "An annotation says psycopg2, and can't be changed with certainty.",
    "compared": "The object is compared with another one.",
    "stored": "The object goes where it can't be followed.",
    "manager-kept": "A context manager is used other than by `with`.",
    "returned": "The object is returned to a framework.",
    "passed-on": "The object is passed to code that expects psycopg2's.",
    "cursor-unknown": "It is not certain which connection the cursor is of.",
    "cursor-kept": "The cursor itself is needed, not only its methods.",
    "re-executed-in-loop": "A cursor is executed again in a loop over it.",
    "driver-only": "Something is used that only the driver has.",
    "waits-for-server": "The connection waits for notifications or is used without blocking.",
    "named-cursor": "A named cursor lives in the server.",
    "isolation-changes": "The isolation level changes while the connection is in use.",
    "result-from-elsewhere": "A result may be left over from another function.",
    "result-after-error": "A result is read although its statement may have failed.",
    "result-of-many": "A result of executemany() is read.",
    "dict-cursor": "A DictRow is used by position and by name.",
    "named-tuple": "A named tuple leaves the function.",
    "row-text": "The text of a RealDictRow is used.",
    "row-in-comprehension": "A row would have to be wrapped in a comprehension.",
    "description": "`description` is used for more than the names of the columns.",
    "execute-arguments": "The arguments of execute() are not visible.",
    "execute-value": "The value of execute() is used, which is always None.",
    "bytes-sql": "The SQL is given as bytes.",
    "with-connection": "`with` is used on a connection in a way that has no counterpart.",
    "commit-inside-with": "The connection is closed inside of a `with` that would commit it.",
    "used-after-with": "The connection is used after its `with`.",
    "shared-by-threads": "Several threads may use the connection, which SQLAlchemy's must not be.",
    "unknown-callers": "A function beside it takes a connection from callers nobody knows.",
    "unresolved-import": "A file may import it in a way that can't be proved.",
    "unknown-owner": "An attribute of an unknown object may be the same connection.",
    "too-common": "Too many files hold a name to see who uses the connection.",
    "decorated": "A decorator may change what a function gives.",
    "mixed": "A variable, parameter or result may be something else as well.",
    "patched": "A test replaces psycopg2 there.",
    "closed-connection": "A handler waits for the error of a closed connection.",
    "not-closed": "The connection is not closed on every path.",
}

REASONS = tuple(
    Reason(f"psycopg2-to-sqlalchemy/{code}", sentence) for code, sentence in _SENTENCES.items()
)
