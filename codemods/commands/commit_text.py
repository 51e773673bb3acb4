"""What a commit says about itself."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from codemods import __version__

if TYPE_CHECKING:
    from codemods.codemod import Reason
    from codemods.engine.outcome import Change, Entry
    from codemods.git.messages import FileLine

__all__ = ["commit_message", "part_of", "subject", "tool_versions"]

_COLUMNS = 72


def subject(change: Change) -> str:
    """Return the first line: the codemod, what it or this step of it does, and which part."""
    text = f"{change.codemod}: {change.step or change.summary}"
    if not change.part:
        return text
    whole = f"{text} ({change.part})"
    # Folders in front are what tells least; the trailer has the whole path.
    folders = change.part.split("/")
    shorter = (f"{text} (…/{'/'.join(folders[at:])})" for at in range(1, len(folders)))
    return next((one for one in (whole, *shorter) if len(one) <= _COLUMNS), whole)


def commit_message(
    change: Change,
    base: str,
    reasons: Mapping[str, Reason],
    *,
    alone: bool,
    run: Mapping[str, object],
    without: tuple[str, ...] = (),
    signed_off_by: str = "",
) -> bytes:
    """Return the message of a change's commit.

    Args:
        change: what the commit holds; it has files.
        base: the commit that the run read.
        reasons: the sentences for the ledger's reasons, by code.
        alone: whether the run makes no other commit.
        run: what was typed, as `Request.record` gives it.
        without: the sites that a person or a test kept out, as `site_key` names them.
        signed_off_by: ``Name <email>`` for a trailer, or "".
    """
    from codemods.git.messages import Trailers, build_message

    return build_message(
        subject(change),
        list(_paragraphs(change, base, reasons, alone)),
        Trailers(
            codemod=change.codemod,
            tool=tool_versions(),
            base=base,
            options=change.options,
            run=run,
            without=without,
            part=part_of(change),
            signed_off_by=signed_off_by,
        ),
        _files(change),
    )


def part_of(change: Change) -> str:
    """Return which step and part of its codemod a change is; empty when it is the whole."""
    return ": ".join(name for name in (change.step, change.part) if name)


def tool_versions() -> str:
    """Return the versions on which a result depends."""
    from importlib.metadata import version

    python = ".".join(platform.python_version_tuple()[:2])
    return f"codemods {__version__}, Python {python}, libcst {version('libcst')}"


def _paragraphs(
    change: Change, base: str, reasons: Mapping[str, Reason], alone: bool
) -> Iterator[str]:
    from codemods.reports.report import by_reason
    from codemods.reports.text import count

    yield from (*change.todo, *change.paragraphs)
    rewritten = [entry for entry in change.entries if entry.rewritten]
    if rewritten:
        files = len({entry.site.path for entry in rewritten})
        head = f"Rewrites {count(len(rewritten), 'site')} in {count(files, 'file')}:"
        yield "\n".join((head, *_lines(by_reason(rewritten), reasons)))
    left = by_reason(one for one in change.entries if not one.rewritten)
    if left:
        head = f"Leaves {count(sum(map(len, left.values())), 'site')}:"
        yield "\n".join((head, *_lines(left, reasons)))
    if not alone:
        yield (
            "To take this commit out of the series, make the series again without it:\n"
            f"  codemods run --skip {change.codemod} --base {base[:12]}"
        )


def _lines(found: Mapping[str, list[Entry]], reasons: Mapping[str, Reason]) -> Iterator[str]:
    for code, entries in found.items():
        sentence = reasons[code].sentence if code in reasons else entries[0].verdict.message
        yield f"- {len(entries):,} {code}: {sentence}"


def _files(change: Change) -> list[FileLine]:
    from codemods.git.messages import FileLine
    from codemods.reports.text import count

    sites: dict[object, int] = {}
    for entry in change.entries:
        if entry.rewritten:
            sites[entry.site.path] = sites.get(entry.site.path, 0) + 1
    lines = []
    for file in change.files:
        if file.path in sites:
            text = count(sites[file.path], "site")
        else:
            text = "new" if file.before is None else "edited"
        lines.append(FileLine(file.path, text))
    return lines
