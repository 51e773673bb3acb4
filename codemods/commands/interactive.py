"""`codemods run --interactive`: asks on the terminal, with the keys of `git add -p`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TextIO

from codemods.commands.choices import Answer, Choices, Item
from codemods.commands.errors import INTERRUPTED, RefusedError
from codemods.commands.presentation import coloured
from codemods.commands.request import Request
from codemods.commands.without import Without

if TYPE_CHECKING:
    from codemods.codemod import Bar
    from codemods.engine.outcome import Entry, Outcome
    from codemods.reports.terminal import Line

__all__ = ["check_terminal", "choose"]

_HELP = """\
y - make this change
n - do not make this change
a - make this change and all later ones of this codemod in this file
d - do not make this change nor any later one of this codemod in this file
b - go back: take the last answer back
q - quit; nothing is written
? - print help
"""
_SHOWN = 10  # sites named for one question


def check_terminal() -> None:
    """Check that there is somebody to ask.

    Raises:
        RefusedError: standard input or standard error is no terminal.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise RefusedError(
            "--interactive asks on a terminal, and there is none; name what is to be left with "
            "--exclude, PATH or comments (# codemods: ignore)"
        )


def choose(request: Request, run: Callable[[Without], Outcome]) -> dict[str, Bar]:
    """Ask about each group; return what was refused.

    `run` gives the outcome without some sites, cut into groups. Standard output is left alone.

    Raises:
        RefusedError: the person has quit.
    """
    choices = Choices(run)
    shown: Item | None = None
    while (item := choices.next) is not None:
        if item is not shown:
            _show(item, request)
        shown = item
        word = _ask(choices)
        if word == "q":
            raise RefusedError("you quit; nothing was written", INTERRUPTED)
        if word == "b" and not choices.can_go_back:
            _say("This is the first one.\n")
        elif word in [answer.value for answer in Answer]:
            choices.answer(Answer(word))
            shown = None
        else:
            _say(_HELP)
    return choices.without


def _ask(choices: Choices) -> str:
    """Return the first letter of what was typed; ``q`` at the end of the input."""
    keys = "y,n,a,d,b,q,?" if choices.can_go_back else "y,n,a,d,q,?"
    _say(f"({choices.number}/{choices.total}) Make this change [{keys}]? ")
    typed = sys.stdin.readline()
    if not typed:
        _say("\n")
        return "q"
    return typed.strip()[:1].lower()


def _say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


def _show(item: Item, request: Request) -> None:
    from codemods.reports.terminal import show

    stream: TextIO = sys.stderr
    show(_lines(item), stream, colour=coloured(request, stream))


def _lines(item: Item) -> Iterator[Line]:
    from codemods.reports.diff import hunks
    from codemods.reports.text import printable

    change = item.change
    rewritten = [entry for entry in change.entries if entry.rewritten]
    yield []
    yield [(f"{change.codemod}: {printable(change.step or change.summary)}", "bold")]
    for entry in rewritten[:_SHOWN]:
        yield from _site(entry)
    if len(rewritten) > _SHOWN:
        yield [(f"and {len(rewritten) - _SHOWN:,} more sites of this group", "dim")]
    for file in change.files:
        path = printable(str(file.path))
        yield [(f"--- {path if file.before is not None else '(new file)'}", "bold")]
        yield [(f"+++ {path}", "bold")]
        for line in hunks(file):
            yield [(printable(line.replace("\t", "    ")), _STYLES.get(line[0], ""))]


def _site(entry: Entry) -> Iterator[Line]:
    from codemods.reports.text import printable

    verdict = entry.verdict
    yield [
        (f"{printable(str(entry.site.path))}:{entry.base or entry.site.position}", "cyan"),
        (f"  {verdict.reason}", "magenta"),
        (f"  {printable(verdict.message)}", ""),
    ]
    if verdict.note:
        yield [("  note: ", "yellow"), (printable(verdict.note), "")]


_STYLES = {"+": "green", "-": "red", "@": "cyan"}
