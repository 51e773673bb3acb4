"""utcnow: which columns to change next."""

from pathlib import PurePosixPath

from codemods.engine import MemoryFiles
from codemods.engine import run as run_engine
from codemods.engine.configuration import configure
from codemods.registry import find_codemods

MODELS = b"""
from datetime import datetime
from sqlalchemy import Column, DateTime
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Order(Base):
    placed = Column(DateTime, default=datetime.utcnow)
    sent = Column(DateTime(timezone=True), default=datetime.utcnow)
    paid = Column(DateTime, onupdate=lambda: datetime.utcnow())


def is_late(order: Order):
    return order.placed < datetime.utcnow()
"""


def todo(source: bytes) -> tuple[str, ...]:
    known = [codemod for codemod in find_codemods() if codemod.name == "utcnow"]
    settings = configure(known, None).settings
    outcome = run_engine(MemoryFiles({PurePosixPath("models.py"): source}), known, settings, jobs=1)
    return tuple(sentence for change in outcome.changes for sentence in change.todo)


def test_columns_that_keep_sites_exact_are_named_most_sites_first() -> None:
    (sentence,) = todo(MODELS)
    assert sentence == (
        "Give columns a time zone before the 3 exact timestamps that they keep naive (number of "
        "sites each): Order.placed (models.py:10): 2; Order.paid (models.py:12): 1."
    )


def test_nothing_is_said_without_such_columns() -> None:
    assert todo(MODELS.replace(b"Column(DateTime,", b"Column(DateTime(timezone=True),")) == ()
