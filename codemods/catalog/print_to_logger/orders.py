"""What a plan tells the rewrite to do; the data of its orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from codemods.catalog.print_to_logger.message import Message, Style

__all__ = ["Configure", "Convert", "OrderData", "Remove"]


@dataclass(frozen=True, slots=True)
class Convert:
    """A call of `print` becomes a logging call."""

    message: Message
    function: str  #: such as ``logger.info``
    style: Style
    exc_info: bool
    define: str = ""  #: the name of a logger that the file must define for it
    line: int = 0  #: before which line it is defined


@dataclass(frozen=True, slots=True)
class Remove:
    """A call that is a statement of its own goes."""


@dataclass(frozen=True, slots=True)
class Configure:
    """Before a statement, logging is configured."""

    module: str  #: from which `configure_logging` is imported; "" for `logging.basicConfig`
    root_level: bool = False  #: the runtime has a handler, and only the level is missing


OrderData: TypeAlias = Convert | Remove | Configure
