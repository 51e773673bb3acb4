"""A codemod of the tests' own: renames calls of ``x.shout(…)``; leaves those marked ``# keep``."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Literal

from codemods import (
    Action,
    Circumstances,
    FileEdit,
    MoreNeedles,
    Order,
    Plan,
    Reason,
    Replacement,
    Settings,
    Site,
    Span,
    Survey,
    Verdict,
)
from codemods.project.project import Project
from codemods.python.source import SourceFile


@dataclass(frozen=True)
class ToyOptions:
    """What the toy can be told."""

    name: Literal["say", "whisper"] = field(default="say", metadata={"help": "the new name"})
    polite: bool = field(default=False, metadata={"help": "leave everything as it is"})
    limit: int = field(default=0, metadata={"help": "a number"})
    words: tuple[str, ...] = field(default=(), metadata={"help": "a list"})
    prefix: str | None = field(default=None, metadata={"help": "a text or nothing"})


@dataclass(frozen=True)
class Toy:
    """See the module."""

    name: str = "toy"
    summary: str = "call say() where shout() was called"
    after: frozenset[str] = frozenset()
    needles: frozenset[bytes] = frozenset({b"shout"})
    gate: re.Pattern[bytes] | None = None
    options: type[Any] = ToyOptions
    reasons: tuple[Reason, ...] = (
        Reason("toy/rewritten", "The call has a quieter name.", "Nothing else changes."),
        Reason("toy/kept", "The line says that the call stays.", "Remove the comment first."),
    )

    def survey(self, file: SourceFile, options: ToyOptions) -> Survey[dict[str, bool]]:
        sites = []
        kept = {}
        for node in ast.walk(file.tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "shout"
            ):
                end = file.span(node.func).end
                span = Span(end - len("shout"), end)
                position = file.position(span)
                site = Site(
                    f"{file.path}:{position.line}:{position.column}:call",
                    self.name,
                    "call",
                    file.path,
                    span,
                    position,
                    file.text[slice(*_ends(file, node))],
                )
                sites.append(site)
                kept[site.id] = "# keep" in file.line_text(position.line)
        return Survey(tuple(sites), kept)

    def plan(
        self,
        surveys: Mapping[PurePosixPath, Survey[Any]],
        project: Project,
        settings: Settings[Any],
        circumstances: Circumstances,
    ) -> Plan | MoreNeedles:
        verdicts: dict[str, Verdict] = {}
        orders: dict[PurePosixPath, tuple[Order, ...]] = {}
        for path, survey in surveys.items():
            options = settings.at(path)
            for site in survey.sites:
                bar = circumstances.barred.get(site.id)
                if bar is not None:
                    verdict = Verdict(Action.LEAVE, site.id, bar.reason, bar.message)
                elif survey.facts[site.id] or options.polite:
                    verdict = Verdict(
                        Action.LEAVE, site.id, "toy/kept", "the line is marked to stay"
                    )
                else:
                    verdict = Verdict(
                        Action.REWRITE, site.id, "toy/rewritten", f"now calls {options.name}"
                    )
                    orders[path] = (
                        *orders.get(path, ()),
                        Order(site.id, site.span, options.name),
                    )
                verdicts[site.id] = verdict
        return Plan(verdicts, orders)

    def rewrite(self, file: SourceFile, orders: Sequence[Order], options: ToyOptions) -> FileEdit:
        by_line: dict[int, list[Order]] = {}
        for order in orders:
            by_line.setdefault(file.position(order.span).line, []).append(order)
        replacements = []
        for line, group in sorted(by_line.items()):
            span = file.line_span(line)
            text = file.text[span.start : span.end]
            for order in sorted(group, key=lambda order: order.span, reverse=True):
                start, end = order.span.start - span.start, order.span.end - span.start
                text = text[:start] + str(order.data) + text[end:]
            replacements.append(Replacement(span, text))
        return FileEdit(
            tuple(replacements), frozenset(order.site for order in orders if order.site)
        )


def _ends(file: SourceFile, node: ast.expr) -> tuple[int, int]:
    span = file.span(node)
    return span.start, span.end


codemod = Toy()
