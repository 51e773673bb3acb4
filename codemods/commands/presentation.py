"""Shows the report of a run, and says with which code the program ends."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

from codemods.commands.errors import FAILED, OK, PENDING, RefusedError
from codemods.commands.request import Color, Request

if TYPE_CHECKING:
    from codemods.reports.report import Report

__all__ = ["coloured", "exit_code", "present"]


def present(request: Request, report: Report, *, on: TextIO) -> int:
    """Write the report file if one was asked for, then the summary or the JSON document.

    Args:
        request: what was typed.
        report: the run.
        on: the stream for the summary; a JSON document always goes to standard output.

    Returns:
        The program's exit code.
    """
    code = exit_code(request, report)
    if request.report is not None:
        from codemods.reports.files import as_file

        try:
            request.report.write_bytes(as_file(report, request.report, code))
        except OSError as error:
            raise RefusedError(f"{request.report}: {error.strerror}", FAILED) from None
    if request.as_json:
        from codemods.reports.json_report import as_json

        sys.stdout.write(as_json(report, code))
        return code
    from codemods.reports.terminal import show, summary

    lines = summary(report, everything=request.verbose, stat=request.stat)
    show(lines, on, colour=coloured(request, on))
    return code


def exit_code(request: Request, report: Report) -> int:
    """Return 3 when something failed, 1 when a check found changes, otherwise 0."""
    from codemods.reports.report import State

    if report.outcome.failures:
        return FAILED
    return PENDING if request.check and report.state is State.PENDING else OK


def coloured(request: Request, stream: TextIO) -> bool:
    """Whether to use colours: as --color says, by default on terminals (https://no-color.org)."""
    if request.color is not Color.AUTO:
        return request.color is Color.ALWAYS
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()
