"""The summary that a person reads after a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from codemods.engine.outcome import Entry
from codemods.reports.report import Report, State, by_reason, left, noted, rows, todo
from codemods.reports.text import count, one_line, printable

__all__ = ["Line", "Styled", "show", "summary"]

Styled = tuple[str, str]
"""A text and its style, in words that `rich` knows (``bold red``); ``""`` for none."""

Line = Sequence[Styled]

_SHOWN = 10  # sites shown for each reason, unless all are asked for


def summary(report: Report, *, everything: bool = False, stat: bool = False) -> list[Line]:
    """Return the summary line by line: what was done, what was left and why, what comes next.

    Args:
        report: the run.
        everything: show every site that was left, not the first ten of each reason.
        stat: list the changed files of each commit.
    """
    lines: list[Line] = [
        *([("note: ", "yellow"), (printable(text), "")] for text in report.notices),
        *([("failed: ", "bold red"), (printable(text), "")] for text in report.outcome.failures),
    ]
    if lines:
        lines.append([])
    lines += _table(report)
    if stat:
        lines += _files(report)
    lines += _rewritten(report)
    lines += _noted(report, everything)
    lines += _left(report, everything)
    lines += _todo(report)
    lines += [[], *_ending(report)]
    return lines


def show(lines: Iterable[Line], stream: TextIO, *, colour: bool) -> None:
    """Write lines to a stream, with colours or without."""
    if not colour:
        for line in lines:
            stream.write("".join(text for text, _ in line).rstrip() + "\n")
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, force_terminal=True, highlight=False, soft_wrap=True)
    for line in lines:
        console.print(Text.assemble(*line), end="\n")


def _table(report: Report) -> Iterator[Line]:
    cells: list[tuple[str, ...]] = [("codemod", "sites", "rewritten", "left", "files", "commit")]
    for row in rows(report):
        figures = (row.sites, row.rewritten, row.left, row.files)
        cells.append((row.codemod, *(f"{figure:,}" for figure in figures), _commits(row.commits)))
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    for index, line in enumerate(cells):
        aligned = [
            text.ljust(width) if column in (0, 5) else text.rjust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        ]
        if index == 0:
            yield [("  ".join(aligned), "bold")]
        else:
            yield [
                (aligned[0], "cyan"),
                ("  " + "  ".join(aligned[1:5]) + "  ", ""),
                (aligned[5], "yellow"),
            ]


def _commits(ids: Sequence[str]) -> str:
    if not ids:
        return "-"
    return " ".join(id[:10] for id in ids) if len(ids) <= 3 else f"{len(ids)} commits"


def _files(report: Report) -> Iterator[Line]:
    for commit in report.commits:
        yield []
        name = f"{commit.id[:10]} " if commit.id else ""
        yield [(name, "yellow"), (printable(commit.subject), "bold")]
        rewritten: dict[str, int] = {}
        for entry in commit.change.entries:
            if entry.rewritten:
                name = str(entry.site.path)
                rewritten[name] = rewritten.get(name, 0) + 1
        for file in commit.change.files:
            sites = rewritten.get(str(file.path), 0)
            what = (
                count(sites, "site") if sites else "new file" if file.before is None else "edited"
            )
            yield [("  ", ""), (printable(str(file.path)), ""), (f"  {what}", "dim")]


def _noted(report: Report, everything: bool) -> Iterator[Line]:
    found = noted(report.outcome.entries)
    if not found:
        return
    yield []
    yield [(f"To look at in the diff: {count(len(found), 'site')}", "bold")]
    for entry in _first(found, everything):
        yield [*_place(entry), (f"  {printable(entry.verdict.note)}", "")]
    yield from _more(found, everything)


def _left(report: Report, everything: bool) -> Iterator[Line]:
    found_by_reason = left(report)
    if not found_by_reason:
        return
    yield []
    yield [(f"Left: {count(sum(map(len, found_by_reason.values())), 'site')}", "bold")]
    for code, found in found_by_reason.items():
        yield _reason(report, code, found)
        for entry in _first(found, everything):
            yield [("  ", ""), *_place(entry), (f"  {one_line(entry.site.code)}", "dim")]
        yield from ([("  ", ""), *line] for line in _more(found, everything))


def _rewritten(report: Report) -> Iterator[Line]:
    found = [entry for entry in report.outcome.entries if entry.rewritten]
    if found:
        yield []
        yield [(f"Rewritten: {count(len(found), 'site')}", "bold")]
        for code, entries in by_reason(found).items():
            yield _reason(report, code, entries)


def _todo(report: Report) -> Iterator[Line]:
    sentences = todo(report)
    if sentences:
        yield []
        yield [("Still to do by hand:", "bold")]
        for sentence in sentences:
            yield [(f"  {printable(sentence)}", "")]


def _reason(report: Report, code: str, found: Sequence[Entry]) -> Line:
    reason = report.reasons.get(code)
    # Without a general sentence the first site's own message is the best description.
    sentence = reason.sentence if reason else found[0].verdict.message
    return [
        ("  ", ""),
        (code, "magenta"),
        (f" ({len(found):,})", "dim"),
        (f"  {printable(sentence)}", ""),
    ]


def _place(entry: Entry) -> Line:
    position = entry.base or entry.final or entry.site.position
    return [("  ", ""), (f"{printable(str(entry.site.path))}:{position}", "")]


def _first(found: Sequence[Entry], everything: bool) -> Sequence[Entry]:
    return found if everything or len(found) <= _SHOWN + 1 else found[:_SHOWN]


def _more(found: Sequence[Entry], everything: bool) -> Iterator[Line]:
    hidden = len(found) - len(_first(found, everything))
    if hidden:
        yield [(f"  and {hidden:,} more (--verbose shows all)", "dim")]


def _ending(report: Report) -> Iterator[Line]:
    base, branch = report.outcome.base[:10], printable(report.branch)
    looked = (
        f"Searched {count(report.outcome.files_searched, 'file')}, "
        f"read {count(report.outcome.files_surveyed, 'file')}."
    )
    match report.state:
        case State.NOTHING_TO_DO:
            yield [("Nothing to do. ", "bold green"), (looked, "")]
            if not report.outcome.files_searched:
                yield [
                    (
                        "No Python file was found. Files that Git does not track are not read; "
                        "--include GLOB adds scripts without a suffix.",
                        "",
                    )
                ]
        case State.CREATED:
            commits = count(len(report.commits), "commit")
            yield [
                ("Branch ", ""),
                (branch, "bold green"),
                (f" has {commits} on top of {base}. {looked}", ""),
            ]
            yield [(f"  git log -p {base}..{branch}", "cyan")]
            if not report.switched:
                yield [(f"  git switch {branch}", "cyan")]
        case State.ALREADY_DONE:
            yield [
                ("Already done: ", "bold green"),
                (f"branch {branch} holds these commits. {looked}", ""),
            ]
        case State.PENDING:
            commits = count(len(report.commits), "commit")
            yield [(f"This would be {commits}; nothing was written. ", "bold"), (looked, "")]
        case State.WRITTEN:
            files = {file.path for change in report.outcome.changes for file in change.files}
            yield [
                ("Changed ", "bold green"),
                (f"{count(len(files), 'file')} in place. {looked}", ""),
            ]
    if report.outcome.failures:
        yield [
            ("Not everything worked; the lines marked ", "bold red"),
            ("failed", "bold red"),
            (" above say what was left out.", "bold red"),
        ]
