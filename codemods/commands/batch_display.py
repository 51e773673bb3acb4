"""Shows how far a batch is, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from codemods.batch.journal import Row
from codemods.reports.text import count, printable

if TYPE_CHECKING:
    from rich.console import Group
    from rich.live import Live

__all__ = ["Display", "closing_lines", "time_left"]

_UNFINISHED = ("waiting", "fetching", "running")


def time_left(elapsed: float, done: int, remaining: int) -> str:
    """Return an estimate such as ``about 3 min left``; empty before anything is done."""
    if not done or not remaining:
        return ""
    seconds = elapsed / done * remaining
    if seconds < 90:
        return f"about {seconds:.0f} s left"
    if seconds < 5400:
        return f"about {seconds / 60:.0f} min left"
    return f"about {seconds / 3600:.1f} h left"


class Display:
    """A live display on a terminal; elsewhere a line for each repository that is done."""

    def __init__(self, stream: TextIO, total: int, size: int) -> None:
        self._stream = stream
        self._total = total
        self._size = size
        self._started = time.monotonic()
        self._active: dict[str, tuple[str, float]] = {}
        self._worked = 0  # done by this run, on which the estimate rests
        self._done = 0
        self._failed = 0
        self._live: Live | None = None

    def __enter__(self) -> Display:
        if self._stream.isatty():
            from rich.console import Console
            from rich.live import Live

            self._live = Live(
                get_renderable=self._picture,
                console=Console(file=self._stream, highlight=False),
                refresh_per_second=4,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def __call__(self, row: Row, own: bool) -> None:
        """Take note of where a repository is; `own` is False for what was done before."""
        if row.state in _UNFINISHED:
            if row.state != "waiting":
                self._active[row.repository] = (row.state, time.monotonic())
            return
        self._active.pop(row.repository, None)
        self._done += 1
        self._worked += own
        self._failed += row.failed
        if own or row.failed:
            self._say(row, own)

    def _say(self, row: Row, own: bool) -> None:
        line = f"[{self._done}/{self._total}] {_described(row)}{'' if own else ', as before'}"
        if self._live is not None:
            self._live.console.print(line, markup=False, soft_wrap=True)
        else:
            left = self._left()
            print(f"{line}{f' ({left})' if left else ''}", file=self._stream, flush=True)

    def _left(self) -> str:
        elapsed = time.monotonic() - self._started
        return time_left(elapsed, self._worked, self._total - self._done)

    def _picture(self) -> Group:
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.text import Text

        now = time.monotonic()
        active = sorted(self._active.items(), key=lambda item: item[1][1])
        lines = [
            Text(f"  {state:8} {now - since:5.0f} s  {printable(name)}", no_wrap=True)
            for name, (state, since) in active[:10]
        ]
        failed = f", {self._failed} failed" if self._failed else ""
        head = f"{self._done} of {self._total} repositories{failed}  {self._left()}"
        return Group(*lines, ProgressBar(self._total, self._done, width=60), Text(head))


def _described(row: Row) -> str:
    name = printable(row.repository)
    if row.failed:
        return f"{name}: {row.state}: {row.cause}: {printable(row.message)}"
    figures = f"{count(row.rewritten, 'site')} rewritten, {row.left:,} left"
    commits = f", {count(len(row.commits), 'commit')}" if row.commits else ""
    return f"{name}: {row.state}, {figures}{commits}, {row.seconds:.1f} s"


def closing_lines(
    rows: Sequence[Row], summary: Mapping[str, Any], folder: Path, *, complete: bool
) -> Iterator[str]:
    """Yield the end of a run: totals, where the results are, and last what failed and why."""
    states: dict[str, int] = {}
    for row in rows:
        states[row.state] = states.get(row.state, 0) + 1
    figures = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
    yield f"{count(len(rows), 'repository').replace('repositorys', 'repositories')}: {figures}"
    for name, numbers in summary["codemods"].items():
        yield f"  {name}: {numbers['rewritten']:,} rewritten, {numbers['left']:,} left"
    yield f"Results: {folder}; codemods batch status {folder}"
    if not complete:
        yield "Stopped after too many failures; run again to go on with those that wait."
    causes: dict[str, list[Row]] = {}
    for row in rows:
        if row.failed:
            causes.setdefault(row.cause, []).append(row)
    if causes:
        number = sum(map(len, causes.values()))
        yield f"Failed: {number} (codemods batch run … --only-failed tries them again)"
    for cause, failed in sorted(causes.items()):
        yield f"  {cause}:"
        for row in failed:
            yield f"    {printable(row.repository)}: {printable(row.message)}"
