"""Toy codemods: ``min(…)`` becomes ``max(…)``, with switches for what can go wrong."""

from __future__ import annotations

import ast
import os
import re
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from codemods import (
    Action,
    Addendum,
    Bar,
    Circumstances,
    FileEdit,
    MoreNeedles,
    Near,
    NewFile,
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
from codemods.python.source import SourceFile, SourceText


@dataclass(frozen=True)
class ToyOptions:
    """What `Toy` can be told."""

    new: str = field(default="max", metadata={"help": "the new name"})


@dataclass(frozen=True)
class Toy:
    """Renames calls of one name. A comment ``group=x`` on the line groups sites over files."""

    old: str = "min"
    name: str = "toy"
    summary: str = "call the new function"
    after: frozenset[str] = frozenset()
    gate: re.Pattern[bytes] | None = None
    options: type[Any] = ToyOptions
    reasons: Sequence[Reason] = (Reason("toy/renamed", "It has a new name."),)

    @property
    def needles(self) -> frozenset[bytes]:
        return frozenset({self.old.encode()})

    def survey(self, file: SourceFile, options: ToyOptions) -> Survey[dict[str, str]]:
        sites = []
        groups = {}
        for node in ast.walk(file.tree):
            span = self.called(file, node)
            if span is not None:
                position = file.position(span)
                site = f"{file.path}:{position.line}:{position.column}:call"
                code = file.text[span.start : span.end]
                sites.append(Site(site, self.name, "call", file.path, span, position, code))
                found = re.search(r"group=(\w+)", file.line_text(position.line))
                groups[site] = found.group(1) if found else site
        return Survey(tuple(sites), groups, {"looked at": 1})

    def called(self, file: SourceFile, node: ast.AST) -> Span | None:
        match node:
            case ast.Call(func=ast.Name(id=self.old)):
                return file.span(node)
        return None

    def plan(
        self,
        surveys: Mapping[PurePosixPath, Survey[dict[str, str]]],
        project: Project,
        settings: Settings[ToyOptions],
        circumstances: Circumstances,
    ) -> Plan | MoreNeedles:
        verdicts = {}
        orders: dict[PurePosixPath, tuple[Order, ...]] = {}
        for path, survey in surveys.items():
            for site in survey.sites:
                group = survey.facts[site.id]
                if site.id in circumstances.barred:
                    verdicts[site.id] = Verdict(Action.LEAVE, group, "toy/barred", "barred")
                    continue
                verdicts[site.id] = Verdict(Action.REWRITE, group, "toy/renamed", "renamed")
                orders[path] = (
                    *orders.get(path, ()),
                    Order(site.id, site.span, settings.at(path).new),
                )
        # Groups with a barred member are left to the engine to find.
        return Plan(verdicts, orders)

    def rewrite(self, file: SourceFile, orders: Sequence[Order], options: Any) -> FileEdit:
        replacements: list[Replacement] = []
        for line in sorted({file.position(order.span).line for order in orders}):
            span = file.line_span(line)
            pieces: list[str] = []
            at = span.start
            for order in orders:
                if span.start <= order.span.start < span.end:
                    pieces += (file.text[at : order.span.start], order.data)
                    at = order.span.start + len(self.old)
            pieces.append(file.text[at : span.end])
            replacements.append(Replacement(span, "".join(pieces)))
        return FileEdit(
            tuple(replacements), frozenset(order.site for order in orders if order.site)
        )


@dataclass(frozen=True)
class Methods(Toy):
    """Renames calls of a method."""

    def called(self, file: SourceFile, node: ast.AST) -> Span | None:
        match node:
            case ast.Call(func=ast.Attribute(value=value, attr=self.old)):
                return Span(file.span(value).end + 1, file.span(node).end)
        return None


@dataclass(frozen=True)
class Refusing(Toy):
    """Can't rewrite the site of line 2."""

    def rewrite(self, file: SourceFile, orders: Sequence[Order], options: Any) -> FileEdit:
        bars = {
            order.site: Bar("engine/region-not-lossless", "odd line")
            for order in orders
            if order.site and ":2:" in order.site
        }
        return FileEdit((), frozenset(), bars) if bars else super().rewrite(file, orders, options)


@dataclass(frozen=True)
class Raising(Toy):
    """Fails in the stages that it is told to fail in, on files called ``bad.py``."""

    stage: str = "survey"
    panic: type[BaseException] = RuntimeError

    def survey(self, file: SourceFile, options: ToyOptions) -> Survey[dict[str, str]]:
        if self.stage == "survey" and file.path.name == "bad.py":
            raise self.panic("toy survey")
        if self.stage == "killed" and file.path.name == "bad.py":
            os.kill(os.getpid(), signal.SIGKILL)
        return super().survey(file, options)

    def plan(
        self,
        surveys: Mapping[PurePosixPath, Survey[dict[str, str]]],
        project: Project,
        settings: Settings[ToyOptions],
        circumstances: Circumstances,
    ) -> Plan | MoreNeedles:
        if self.stage == "plan":
            raise self.panic("toy plan")
        return super().plan(surveys, project, settings, circumstances)

    def rewrite(self, file: SourceFile, orders: Sequence[Order], options: Any) -> FileEdit:
        if self.stage == "rewrite" and file.path.name == "bad.py":
            raise self.panic("toy rewrite")
        return super().rewrite(file, orders, options)


@dataclass(frozen=True)
class Spinning(Toy):
    """Never ends its survey or its rewrite of files called ``bad.py``."""

    stage: str = "survey"

    def survey(self, file: SourceFile, options: ToyOptions) -> Survey[dict[str, str]]:
        self._spin("survey", file)
        return super().survey(file, options)

    def rewrite(self, file: SourceFile, orders: Sequence[Order], options: Any) -> FileEdit:
        self._spin("rewrite", file)
        return super().rewrite(file, orders, options)

    def _spin(self, stage: str, file: SourceFile) -> None:
        while stage == self.stage and file.path.name == "bad.py":
            with suppress(Exception):  # as a careless codemod would
                file.position(Span(0, 0))


@dataclass(frozen=True)
class Following(Toy):
    """Follows the names in ``# follow: a b`` comments over one round each; renames none.

    A name with a dot is followed near its file only.
    """

    made: list[PurePosixPath] = field(default_factory=list, compare=False)  #: of each plan, a file

    def survey(self, file: SourceFile, options: ToyOptions) -> Survey[dict[str, str]]:
        found = super().survey(file, options)
        names = re.findall(r"# follow: (.*)", file.text)
        return Survey(found.sites, {**found.facts, "follow": " ".join(names)})

    def plan(
        self,
        surveys: Mapping[PurePosixPath, Survey[dict[str, str]]],
        project: Project,
        settings: Settings[ToyOptions],
        circumstances: Circumstances,
    ) -> Plan | MoreNeedles:
        self.made.append(max(surveys))
        wanted = {
            Near(name.encode(), path)
            for path, survey in surveys.items()
            for name in survey.facts["follow"].split()
        }
        dotted = {one for one in wanted if one.needle.startswith(b".")}
        near = dotted - circumstances.near
        missing = {one.needle for one in wanted - dotted} - circumstances.searched
        refused = ",".join(sorted(needle.decode() for needle in circumstances.refused))
        files = ",".join(str(path) for path in surveys)
        plan = Plan(
            {
                site.id: Verdict(
                    Action.LEAVE, site.id, "toy/followed", f"files {files} refused {refused}"
                )
                for survey in surveys.values()
                for site in survey.sites
            }
        )
        if (missing or near) and circumstances.rounds_left:
            return MoreNeedles(frozenset(missing), near=frozenset(near), otherwise=plan)
        return plan


@dataclass(frozen=True)
class TwoSteps(Toy):
    """Writes ``helper.py`` first, and renames in a second step."""

    def plan(
        self,
        surveys: Mapping[PurePosixPath, Survey[dict[str, str]]],
        project: Project,
        settings: Settings[ToyOptions],
        circumstances: Circumstances,
    ) -> Plan | MoreNeedles:
        plan = super().plan(surveys, project, settings, circumstances)
        helper = PurePosixPath("helper.py")
        if isinstance(plan, MoreNeedles) or helper in project.paths or not plan.orders:
            return plan
        waiting = {
            site: Verdict(Action.LEAVE, site, "toy/waiting", "the helper comes first")
            for site in plan.verdicts
        }
        return Plan(
            waiting,
            new_files=(NewFile(helper, b"def max(value=0):\n    return int(value)\n"),),
            step="helper",
            again=True,
        )


@dataclass(frozen=True)
class Helping(Toy):
    """Adds to a text file, and changes a file without sites, which the others need."""

    def plan(
        self,
        surveys: Mapping[PurePosixPath, Survey[dict[str, str]]],
        project: Project,
        settings: Settings[ToyOptions],
        circumstances: Circumstances,
    ) -> Plan | MoreNeedles:
        plan = super().plan(surveys, project, settings, circumstances)
        if isinstance(plan, MoreNeedles) or not plan.orders:
            return plan
        addendum = Addendum(PurePosixPath("notes.txt"), b"max\n")
        helping = {PurePosixPath("helper.py"): (Order(None, Span(0, 3), "map"),)}
        return replace(plan, orders={**plan.orders, **helping}, addenda=(addendum,))


@dataclass(frozen=True)
class Lifting(Toy):
    """Makes ``print "x"`` a comment, so that the file parses."""

    def survey_text(self, file: SourceText, options: ToyOptions) -> Survey[dict[str, str]]:
        sites = []
        for number in range(1, len(file.line_starts) + 1):
            if file.line_text(number).startswith('print "'):
                span = file.line_span(number)
                site = f"{file.path}:{number}:1:print"
                code = file.text[span.start : span.end]
                position = file.position(span)
                sites.append(Site(site, self.name, "print", file.path, span, position, code))
        return Survey(tuple(sites), {site.id: site.id for site in sites})

    def rewrite_text(self, file: SourceText, orders: Sequence[Order], options: Any) -> FileEdit:
        edits = tuple(
            Replacement(one.span, "#" + file.text[one.span.start + len("print") : one.span.end])
            for one in orders
        )
        return FileEdit(edits, frozenset(order.site for order in orders if order.site))
