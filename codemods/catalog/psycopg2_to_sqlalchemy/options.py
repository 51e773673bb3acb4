"""What can be set."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Psycopg2Options"]


@dataclass(frozen=True)
class Psycopg2Options:
    """The figures of the engine's pool."""

    pool_size: int = field(default=5, metadata={"help": "connections that the engine keeps open"})
    max_overflow: int = field(
        default=10, metadata={"help": "connections that it may open on top of these"}
    )
    connect_timeout: int = field(
        default=10, metadata={"help": "seconds to wait for the server, where the code says nothing"}
    )
