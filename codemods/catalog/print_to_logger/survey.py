"""Find the prints of one file, and what the plan must know about each (P20 to P32)."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from codemods.catalog.print_to_logger.banners import with_banner_levels
from codemods.catalog.print_to_logger.configure import why_refused
from codemods.catalog.print_to_logger.configuring import Configurations, guarded_lines
from codemods.catalog.print_to_logger.entry_points import find_calls, find_entry_points
from codemods.catalog.print_to_logger.facts import EntryPoint, FileFacts, LoggerFacts, Print
from codemods.catalog.print_to_logger.imported import find_imported
from codemods.catalog.print_to_logger.loggers import find_loggers, hidden_loggers
from codemods.catalog.print_to_logger.place import with_place
from codemods.catalog.print_to_logger.prints import read_prints
from codemods.catalog.print_to_logger.reach import calls_between, early_units, first_print
from codemods.catalog.print_to_logger.readers import find_readers
from codemods.catalog.print_to_logger.seen import Seen, replaces_print, seen_prints
from codemods.catalog.print_to_logger.thresholds import find_thresholds
from codemods.catalog.print_to_logger.tracebacks import with_tracebacks
from codemods.catalog.print_to_logger.units import units_that_stay
from codemods.catalog.print_to_logger.whole import why_whole
from codemods.catalog.print_to_logger.workers import find_workers
from codemods.codemod import Site, Survey
from codemods.project.kinds import is_test
from codemods.python.names import Names
from codemods.python.scopes import Scope
from codemods.python.source import SourceFile

__all__ = ["survey"]

_NAME = "print-to-logger"


def survey(file: SourceFile) -> Survey[FileFacts]:
    """Survey one file: its prints if it has any, and its part in what others print."""
    names = file.names
    configurations = Configurations(file)
    seen = tuple(seen_prints(names))
    prints = read_prints(file, names, configurations, seen)
    by_id = {one.id: read for one, read in zip(prints, seen, strict=True)}
    prints = tuple(with_tracebacks(file, names, prints, by_id))
    prints = tuple(with_banner_levels(file, prints, by_id))
    edges = calls_between(names)
    loggers = _loggers(file, names, edges, prints, seen)
    entry_points = find_entry_points(file, names)
    facts = FileFacts(
        prints=_placed(file, names, edges, loggers, prints, seen),
        units=units_that_stay(file, names, prints, by_id, edges),
        whole=why_whole(file, names, configurations),
        loggers=loggers,
        readers=find_readers(names, file.text, is_test(file.path)),
        edges=edges,
        configurations=configurations.found,
        thresholds=_thresholds(file, configurations),
        entry_points=entry_points,
        refusal=_refusal(file, entry_points),
        imports=find_imported(file, names),
        workers=find_workers(names, file.text),
        calls=find_calls(names),
        star_imports=_stars(names),
        replaces_print=replaces_print(names),
    )
    sites = tuple(_site(file, one, read) for one, read in zip(prints, seen, strict=True))
    return Survey(sites, facts)


def _thresholds(file: SourceFile, configurations: Configurations) -> Mapping[str, int | None]:
    if configurations.found or ".setLevel(" in file.text:
        return find_thresholds(file.tree, file.text)
    return {}


def _refusal(file: SourceFile, entry_points: Sequence[EntryPoint]) -> str:
    """Return why no call can be added where a program starts; mostly nothing can be in the way."""
    if not any(word in file.text for word in ("configure_logging", ";")):
        return ""
    starts = [one.span for one in entry_points if one.kind not in ("function", "lambda")]
    return why_refused(file, starts) if starts else ""


def _site(file: SourceFile, printed: Print, seen: Seen) -> Site:
    node = seen.use.call or seen.node
    span = printed.span
    return Site(
        id=printed.id,
        codemod=_NAME,
        kind=seen.kind,
        path=file.path,
        span=span,
        position=file.position(span),
        code=file.text[span.start : span.end] or ast.unparse(node),
    )


def _loggers(
    file: SourceFile,
    names: Names,
    edges: frozenset[tuple[str, str]],
    prints: Sequence[Print],
    seen: Sequence[Seen],
) -> LoggerFacts:
    found = find_loggers(names, _holders(one.point.scope for one in seen))
    return with_place(file, names, found, first_print(names, edges, prints)) if seen else found


def _placed(
    file: SourceFile,
    names: Names,
    edges: frozenset[tuple[str, str]],
    loggers: LoggerFacts,
    prints: Sequence[Print],
    seen: Sequence[Seen],
) -> tuple[Print, ...]:
    """Tell each print which loggers it can use."""
    if not prints:
        return ()
    early = early_units(names, edges, {one.unit for one in prints}, loggers)
    guards = guarded_lines(file.tree)
    starts = [statement.lineno for statement in file.tree.body]
    tops = [file.tree.body[max(bisect_right(starts, one.line) - 1, 0)] for one in prints]
    return tuple(
        replace(
            one,
            top=file.span(top) if one.import_time else None,
            in_guard=one.import_time and one.line in guards,
            hidden=hidden_loggers(names, loggers, read.point),
            early=_before_logger(one, loggers) if one.import_time else one.unit in early,
        )
        for one, read, top in zip(prints, seen, tops, strict=True)
    )


def _before_logger(one: Print, loggers: LoggerFacts) -> bool:
    usable = [logger.line for logger in loggers.own if logger.style is not None]
    return bool(usable) and one.line <= usable[0]


def _holders(scopes: Iterable[Scope]) -> frozenset[Scope]:
    """Return some scopes and those around them."""
    found: set[Scope] = set()
    for scope in scopes:
        at: Scope | None = scope
        while at is not None and at not in found:
            found.add(at)
            at = at.parent
    return frozenset(found)


def _stars(names: Names) -> tuple[tuple[str, int], ...]:
    return tuple(
        (binding.stmt.module or "", binding.stmt.level)
        for binding in names.module.stars
        if isinstance(binding.stmt, ast.ImportFrom)
    )
