"""What fails after a change and did not fail before it."""

from __future__ import annotations

from codemods.commands.testing.command import Finished

__all__ = ["last_lines", "new_failures"]

_LINES = 3


def new_failures(base: Finished, after: Finished) -> dict[str, str]:
    """Return what failed newly, each with the text that may hold its traceback.

    Where pytest reported both times, tests are told apart; otherwise it is the exit code that
    counts, and that of the base was 0.
    """
    if after.code == 0:
        return {}
    if base.report is None or after.report is None:
        return {after.ending: after.output}
    report = after.report
    failing = {
        test: text for test, text in report.failing.items() if test not in base.report.failing
    }
    if report.incomplete or after.code != 1:
        reported = report.failing.keys() | report.fine
        failing |= dict.fromkeys(base.report.fine - reported, "")
    if not failing and after.code != base.code:
        return {after.ending: after.output}
    return failing


def last_lines(finished: Finished) -> str:
    """Return the end of the output, on one line."""
    lines = [line.strip() for line in finished.output.splitlines() if line.strip()]
    return " | ".join([*lines[-_LINES:], *([finished.ending] if finished.timed_out else [])])
