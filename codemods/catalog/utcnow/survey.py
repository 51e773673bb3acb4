"""Find the uses of `datetime.utcnow` and `datetime.utcfromtimestamp` in one file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from codemods.catalog.utcnow.circumstances import bar_of_surroundings
from codemods.catalog.utcnow.doubles import find_doubles
from codemods.catalog.utcnow.facts import (
    DoubleEdit,
    Facts,
    FileFacts,
    Helper,
    Outer,
    Shape,
    Use,
    Wrap,
)
from codemods.catalog.utcnow.options import Options
from codemods.catalog.utcnow.receivers import CLASS, METHODS, receiver_of
from codemods.catalog.utcnow.references import later, wrap_of
from codemods.catalog.utcnow.stars import read_stars
from codemods.catalog.utcnow.symbols import UTC, UTC_CONSTANT
from codemods.catalog.utcnow.uses import use_of
from codemods.codemod import Bar, Site, Span, Survey
from codemods.python.blocks import closed_run
from codemods.python.flow import summarize
from codemods.python.imports import Imports, Refusal, Spelling, Symbol
from codemods.python.names import Names
from codemods.python.parents import parents_in
from codemods.python.scopes import Point, Scope
from codemods.python.source import SourceFile
from codemods.python.suppressions import suppressions

__all__ = ["survey"]

_MENTION = re.compile(r"utc(?<!\wutc)(?:now|fromtimestamp)\b")
_HELPERS = {
    "utcnow": ("_utcnow", "_utc_now"),
    "utcfromtimestamp": ("_utcfromtimestamp", "_utc_from_timestamp"),
}


class _Seen(NamedTuple):
    """A site before it is known how UTC is spelled there."""

    facts: Facts
    point: Point  #: where the rewritten call is evaluated


# Most files of later rounds are read for their values only: they have no site, and no star import.
_STAR = re.compile(r"import(?<!\wimport)[\s\\]*\*")


def survey(file: SourceFile, options: Options) -> Survey[FileFacts]:
    """Return the sites of a file and what is known of each."""
    if not any(method in file.text for method in METHODS) and not _STAR.search(file.text):
        return Survey((), FileFacts(summarize(file, {})))
    names = file.names
    symbol = UTC_CONSTANT if options.utc == "UTC" else UTC
    imports = Imports(file, names)
    parents = cache(parents_in)
    seen: list[_Seen] = []
    alike = 0
    for method in sorted(METHODS):
        for node, point in names.attributes(method):
            receiver = receiver_of(names, node, point)
            if receiver is None:
                alike += 1
                continue
            around = parents(point.stmt)
            bar = None if receiver.elsewhere else receiver.bar
            found = _look_at(node, point, bar, around, names, file)
            if receiver.elsewhere and found.facts.blocked is None:
                unproven = found.facts._replace(blocked=receiver.bar, elsewhere=receiver.elsewhere)
                found = found._replace(facts=unproven)
            seen.append(found)
    seen += _lookups(names, file)
    seen = _sharing_helpers(seen)
    seen.sort(key=lambda one: (one.facts.span.start, -one.facts.span.end))
    sites: list[Site] = []
    facts: dict[str, Facts] = {}
    for one in _spelled(seen, imports, symbol):
        site = _make_site(one.span, one.shape, file)
        sites.append(site)
        facts[site.id] = one
    doubles = find_doubles(file, names)
    edits: dict[str, DoubleEdit] = {}
    for edit in dict.fromkeys(edit for double in doubles for edit in double.edits):
        site = _make_site(edit.span, Shape.DOUBLE, file)
        sites.append(site)
        edits[site.id] = edit
    stars = read_stars(names, (symbol.bound_name, *symbol.aliases))
    counts = {"looked alike, not stdlib": alike, "text mentions": _mentions(file, names)}
    return Survey(
        tuple(sites),
        FileFacts(
            summarize(file, {}, followed=bool(facts)), facts, stars, doubles, edits, _kept(file)
        ),
        {k: n for k, n in counts.items() if n},
    )


def _kept(file: SourceFile) -> tuple[tuple[int, int], ...]:
    """Return the lines that comments keep: naive values there do not change along with a site."""
    return tuple(
        (one.first, one.last)
        for one in suppressions(file)
        if not one.codemods or "utcnow" in one.codemods
    )


def _make_site(span: Span, shape: Shape, file: SourceFile) -> Site:
    position = file.position(span)
    identity = f"{file.path}:{position.line}:{position.column}:{shape.value}"
    code = file.text[span.start : span.end]
    return Site(identity, "utcnow", shape.value, file.path, span, position, code)


def _look_at(
    node: ast.Attribute,
    point: Point,
    bar: Bar | None,
    parents: Mapping[int, ast.AST],
    names: Names,
    file: SourceFile,
) -> _Seen:
    call = parents.get(id(node))
    bar = bar or bar_of_surroundings(node, point, parents)
    receiver = file.span(node.value)
    written = file.text[receiver.start : receiver.end]
    if not isinstance(node.ctx, ast.Load):
        replaced = Bar("utcnow/replaced", "the method itself is replaced or deleted here")
        return _Seen(
            Facts(node.attr, Shape.REFERENCE, file.span(node), blocked=bar or replaced), point
        )
    if isinstance(call, ast.Call) and call.func is node:
        found = use_of(call, parents, names, file)
        outer = None
        if found.outer is not None and found.outer_kind is not None:
            outer = Outer(found.outer_kind, file.span(found.outer))
        return _Seen(
            Facts(
                node.attr,
                Shape.CALL,
                file.span(call),
                receiver=written,
                use=found.use,
                outer=outer,
                blocked=bar or _wrong_arguments(node.attr, call),
                note=found.note or _default_note(call, parents),
            ),
            point,
        )
    facts = Facts(node.attr, Shape.REFERENCE, file.span(node), receiver=written, use=Use.REFERENCE)
    if bar is not None:
        return _Seen(facts._replace(blocked=bar), point)
    return _reference(facts, node, point, parents, names, file)


def _wrong_arguments(method: str, call: ast.Call) -> Bar | None:
    if method == "utcnow":
        right = not call.args and not call.keywords
    else:
        right = (len(call.args) == 1 and not call.keywords) or (
            not call.args and [word.arg for word in call.keywords] == ["timestamp"]
        )
    if right:
        return None
    return Bar(
        "utcnow/wrong-arguments", f"`{method}` does not take these arguments: a TypeError today"
    )


def _default_note(call: ast.Call, parents: Mapping[int, ast.AST]) -> str:
    parent = parents.get(id(call))
    if isinstance(parent, ast.arguments) or (
        isinstance(parent, ast.keyword) and parent.arg in ("default", "onupdate")
    ):
        return "this default is evaluated once, when the module is loaded; is that meant?"
    return ""


def _reference(
    facts: Facts,
    node: ast.Attribute,
    point: Point,
    parents: Mapping[int, ast.AST],
    names: Names,
    file: SourceFile,
) -> _Seen:
    wrap = wrap_of(node, point, parents, names)
    if isinstance(wrap, Bar):
        return _Seen(facts._replace(blocked=wrap), point)
    inside = later(point)
    if wrap is Wrap.FUNCTION:
        module = names.module
        inside = Point(module, module.block, _top_level(point), True)
    base = node.value
    while isinstance(base, ast.Attribute):
        base = base.value
    if isinstance(base, ast.Name):
        meant = names.look_up(base.id, inside)
        here = names.resolve(base)
        if meant.sole is None or meant.names != here.names:
            then = meant.why()
            if meant.unbound:
                then = f"what {here.where()} binds is known in the class body only"
            elif meant.sole is not None:
                then = f"it is `{meant.sole}` by then, from {meant.where()}"
            bar = Bar(
                "utcnow/name-changes",
                f"a function written here would not see the same `{base.id}` later: {then}",
            )
            return _Seen(facts._replace(blocked=bar), point)
    helper = _helper(facts.method, inside.stmt, names, file) if wrap is Wrap.FUNCTION else None
    if wrap is Wrap.FUNCTION and helper is None:
        bar = Bar(
            "utcnow/name-taken",
            "no name is free for a function of the module, or no line above "
            f"line {inside.stmt.lineno}",
        )
        return _Seen(facts._replace(blocked=bar), point)
    return _Seen(facts._replace(wrap=wrap, helper=helper), inside)


def _top_level(point: Point) -> ast.stmt:
    scope: Scope = point.scope
    statement = point.stmt
    block = point.block
    while scope.point is not None:
        statement, block = scope.point.stmt, scope.point.block
        scope = scope.point.scope
    while block.parent is not None:
        assert block.stmt is not None
        statement, block = block.stmt, block.parent
    return statement


def _helper(method: str, statement: ast.stmt, names: Names, file: SourceFile) -> Helper | None:
    """Find a name and a place for a function: right above the statement that needs it."""
    body = file.tree.body
    run = closed_run(file, body, body.index(statement))
    if run is None or run.first < body.index(statement):
        return None
    line = file.position(Span(run.span.start, run.span.start)).line
    while line > 1 and file.line_text(line - 1).startswith("#"):
        line -= 1  # comments above a statement belong to it
    for name in _HELPERS[method]:
        if not any(names.scopes_with(name)) and not names.reads(name):
            return Helper(name, file.line_starts[line - 1])
    return None


def _sharing_helpers(seen: list[_Seen]) -> list[_Seen]:
    """Let all references to a method share the function written above the first of them."""
    first: dict[str, _Seen] = {}
    for one in seen:
        helper = one.facts.helper
        if helper is not None:
            other = first.setdefault(one.facts.method, one)
            if other.facts.helper is not None and helper.at < other.facts.helper.at:
                first[one.facts.method] = one
    return [
        one
        if one.facts.helper is None
        else _Seen(
            one.facts._replace(
                helper=first[one.facts.method].facts.helper,
                receiver=first[one.facts.method].facts.receiver,
            ),
            first[one.facts.method].point,
        )
        for one in seen
    ]


def _lookups(names: Names, file: SourceFile) -> Iterator[_Seen]:
    for node, point in names.reads("getattr"):
        around = parents_in(point.stmt)
        call = around.get(id(node))
        if not isinstance(call, ast.Call) or call.func is not node or len(call.args) < 2:
            continue
        name = call.args[1]
        if (
            isinstance(name, ast.Constant)
            and name.value in METHODS
            and CLASS in names.qualified(call.args[0]).names
        ):
            bar = Bar("utcnow/dynamic-lookup", "the method is looked up by its name")
            yield _Seen(Facts(str(name.value), Shape.LOOKUP, file.span(call), blocked=bar), point)


def _spelled(seen: list[_Seen], imports: Imports, symbol: Symbol) -> list[Facts]:
    """Say how each site spells UTC, or why it can't."""
    asking = [one for one in seen if one.facts.blocked is None or one.facts.elsewhere]
    points = [one.point for one in asking]
    found = list(imports.spell(symbol, points))
    if symbol is UTC_CONSTANT:  # a file that says timezone.utc already goes on to say it
        found = [
            usual
            if isinstance(usual, Spelling) and usual.edit is None and usual.text.count(".") == 1
            else asked
            for usual, asked in zip(imports.spell(UTC, points), found, strict=True)
        ]
    answers = iter(found)
    result = []
    for one in seen:
        facts = one.facts
        if facts.blocked is None or facts.elsewhere:
            answer = next(answers)
            if isinstance(answer, Refusal):
                bar = Bar(f"utcnow/{answer.reason}", answer.message)
                facts = facts._replace(blocked=bar, elsewhere="")
            else:
                assert isinstance(answer, Spelling)
                facts = facts._replace(utc=answer.text, edit=answer.edit)
        result.append(facts)
    return result


def _mentions(file: SourceFile, names: Names) -> int:
    """Count the methods' names in comments and strings."""
    total = len(_MENTION.findall(file.text))
    for method in METHODS:
        total -= len(names.attributes(method)) + len(names.reads(method))
        total -= sum(len(scope.bindings[method]) for scope in names.scopes_with(method))
    return max(0, total)
