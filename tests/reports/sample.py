"""A run with everything in it that a report must cope with."""

from __future__ import annotations

from pathlib import PurePosixPath

from codemods import Action, Place, Position, Reason, Site, Span, Verdict
from codemods.engine.outcome import Change, Entry, FileChange, Outcome
from codemods.reports.report import CommitReport, Report, State

APP = PurePosixPath("src/app.py")
EVIL = PurePosixPath("src/caf\udce9 \x1b[31m|`<b>.py")  # not UTF-8, and full of markup


def entry(
    line: int,
    path: PurePosixPath = APP,
    *,
    code: str = "x.shout(1)",
    reason: str = "toy/kept",
    action: Action = Action.LEAVE,
    note: str = "",
    written_by_run: bool = False,
) -> Entry:
    position = Position(line, 5, line, 15)
    site = Site(f"{path}:{line}:5:call", "toy", "call", path, Span(0, 10), position, code)
    verdict = Verdict(
        action, f"g{line}", reason, f"message of [bold]{line}[/bold]", note, (Place(path, 9, 2),)
    )
    return Entry(site, verdict, None if written_by_run else position, position)


def report(**changes: object) -> Report:
    rewritten = entry(
        3, EVIL, reason="toy/rewritten", action=Action.REWRITE, note="check \x1b[2J the `caller`"
    )
    entries = (
        rewritten,
        *(entry(line) for line in range(10, 25)),
        entry(30, code="first(\n    second)", reason="toy/odd", written_by_run=True),
    )
    files = (
        FileChange(EVIL, b"a\nb\nx.shout(1)\n", b"a\nb\nx.say(1) # <i>\n"),
        FileChange(PurePosixPath("new.py"), None, b"import x\n"),
    )
    todo = ("Bring the locks up to date with: `uv lock`",)
    change = Change("toy", "call say()", "", {}, files, entries, todo=todo)
    fields: dict[str, object] = {
        "version": "1.2.3",
        "state": State.CREATED,
        "outcome": Outcome(
            base="0123456789abcdef0123456789abcdef01234567",
            changes=(change,),
            entries=entries,
            counts={"toy": {"looked alike": 2}},
            failures=("the group g9 was dropped <script>",),
            files_searched=1234,
            files_surveyed=2,
            rounds={"toy": 1},
        ),
        "codemods": ("toy", "idle"),
        "branch": "codemods/toy-0123456",
        "commits": (CommitReport("fedcba9876543210" * 2 + "fedcba98", "toy: call say()", change),),
        "reasons": {"toy/kept": Reason("toy/kept", "The line says so.", "At length.")},
        "notices": ("look <here>",),
    }
    return Report(**(fields | changes))  # type: ignore[arg-type]
