"""The module that configures logging for a program that did not (P44, P45, P46)."""

from __future__ import annotations

import re

__all__ = ["JSON_REQUIREMENT", "logging_module"]

JSON_REQUIREMENT = "python-json-logger>=3.1"

_WORKERS = "those that this one starts use the console"
_MODULE = '''\
# Written by codemods (print-to-logger); yours to edit.
"""Logging for the whole program: the console and a rotating file.

The environment decides:

LOG_LEVEL  the lowest level that is shown, INFO by default
LOG_FILE   the file, {file} by default; empty for none

Rotation is not safe with several processes: {processes}.
"""

import logging
import os
from logging.handlers import RotatingFileHandler
{parent_import}from pathlib import Path
{json_import}
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def configure_logging() -> None:
    """Configure the root logger, unless somebody did before."""
    root = logging.getLogger()
    if root.handlers:
        return
    formatter = {formatter}
    console = logging.StreamHandler()
    console.setFormatter(formatter)
    root.addHandler(console)
    wanted = os.environ.get("LOG_LEVEL", "INFO").upper()
    level = logging.getLevelName(wanted)
    root.setLevel(level if isinstance(level, int) else logging.INFO)
    file = os.environ.get("LOG_FILE", "{file}")
    if not file{or_worker}:
        return
    try:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        rotating = RotatingFileHandler(
            file, maxBytes=10_000_000, backupCount=5, encoding="utf-8"
        )
    except OSError as error:
        root.warning("No log file: %s", error)
        return
    rotating.setFormatter(formatter)
    root.addHandler(rotating)
'''


def logging_module(name: str, *, json: bool, workers: bool = False) -> bytes:
    """Return the source of the module.

    Args:
        name: of the program; the log file is called after it.
        json: one JSON object a line, through python-json-logger.
        workers: whether processes that the program starts configure logging too.
    """
    stem = re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.") or "program"
    return _MODULE.format(
        file=f"logs/{stem}.log",
        processes=_WORKERS if workers else "give each its own LOG_FILE",
        parent_import="from multiprocessing import parent_process\n" if workers else "",
        or_worker=" or parent_process() is not None" if workers else "",
        json_import="\nfrom pythonjsonlogger.json import JsonFormatter\n" if json else "",
        formatter="JsonFormatter(FORMAT)" if json else "logging.Formatter(FORMAT)",
    ).encode()
