"""Finds what is Python 2 in a file, by lifting it."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from codemods.catalog.py2_syntax.lift import Lift, NotPython2Error, lift
from codemods.codemod import Position, Site, Span, Survey
from codemods.python.source import SourceFile, SourceText

__all__ = ["Lifted", "survey_chevrons", "survey_text"]


@dataclass(frozen=True, slots=True)
class Lifted:
    """What the plan needs of a file that does not parse."""

    text: str  #: the file's text after lifting
    problem: str  #: why it must not be used (a reason code's last part), or nothing
    message: str


def survey_text(codemod: str, file: SourceText) -> Survey[Lifted | None]:
    """Lift a file, and return a site for each construct that Python 3 does not know."""
    mixed = len(set(re.findall(r"\r\n|\r|\n", file.text))) > 1
    newline = file.newline
    try:
        result = lift("\n".join(file.text.split(newline)) if not mixed else file.text)
    except NotPython2Error:
        return Survey((), None)
    if mixed:
        result = Lift(file.text, result.constructs, "mixed-newlines", "the file mixes newlines")
    sites: dict[str, Site] = {}
    for one in result.constructs:
        position = Position(one.line, one.column, one.end_line, one.end_column)
        span = Span(
            file.line_starts[one.line - 1] + one.column - 1,
            file.line_starts[one.end_line - 1] + one.end_column - 1,
        )
        site = f"{file.path}:{one.line}:{one.column}:{one.kind}"
        code = file.text[span.start : span.end]
        sites[site] = Site(site, codemod, one.kind, file.path, span, position, code)
    text = newline.join(result.text.split("\n")) if not mixed else result.text
    return Survey(tuple(sites.values()), Lifted(text, result.problem, result.message))


def survey_chevrons(codemod: str, file: SourceFile) -> Survey[Lifted | None]:
    """Return a site for each ``print >>f`` of a file that parses."""
    sites = []
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Expr) and _is_chevron(node.value):
            span = file.span(node)
            position = file.position(span)
            kind = "print-chevron"
            site = f"{file.path}:{position}:{kind}"
            code = file.text[span.start : span.end]
            sites.append(Site(site, codemod, kind, file.path, span, position, code))
    return Survey(tuple(sites), None)


def _is_chevron(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple) and node.elts:
        node = node.elts[0]
    return (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.RShift)
        and isinstance(node.left, ast.Name)
        and node.left.id == "print"
    )
