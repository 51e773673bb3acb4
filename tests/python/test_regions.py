"""Regions: what they are, and that transformers on them do what they do on the whole file."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from unittest import mock

import libcst as cst
from hypothesis import assume, given
from hypothesis import strategies as st

from codemods.codemod import Span
from codemods.python import regions
from codemods.python.regions import Region, edit_regions, region_of
from codemods.python.source import SourceError, SourceFile, apply_replacements, read_source
from codemods.python.transform import Pass

Located = Mapping[cst.CSTNode, str]

# Statements of every kind with `.old` in all the places where it makes a difference.
STATEMENTS = [
    "a.old = 1",
    "x = a.old(1); y = b.old",
    "a.old; b.old;",
    "é = 'ü'; ü.old(\"é\", é.old)",
    '"""text\nmore"""; q.old',
    "x = '''text\nmore \\\n''' + a.old; y = b.old",
    "f(a.old for a in b.old)",
    "f((a.old for a in b), (c.old, d.old), [*e.old], **g.old)",
    "a.old, (b.old)",
    "(a.old.old\n  .old)",
    "with a.old as b: pass",
    "with a.old as b, c.old:\n  b.old()",
    "if a.old: b.old",
    "if a: \\\n  b.old",
    "x = 1; \\\n  b.old",
    "x = a.old \\\n  + b.old",
    "if a:\n    pass\nelif b.old: c.old\nelif d: e.old\nelse: g.old",
    "if a: pass\nelse:\n  if b.old:\n    c.old\n  else:\n    d.old",
    "for i in a.old:\n    i.old\nelse:\n    j.old",
    "while a.old: break",
    "@a.old\n# comment\n@b.old(1)\ndef f(x=c.old, *y: d.old) -> e.old: return x.old",
    "@a\nclass A(B.old, metaclass=C.old): x: D.old = E.old",
    "async def f():\n    await a.old\n    async with b.old as c: yield c.old",
    "try:\n    a.old\nexcept b.old as e: raise c.old from d.old\nelse: c.old\nfinally: d.old",
    "match a.old:\n    case b.old if c.old: d.old\n    case _:\n        e.old",
    "x = (a.old,  # comment \\\n     b.old)",
    "x = lambda a=b.old: c.old[d.old:e.old, g.old]",
    "f'{a.old!r:>{b.old}} {c.old}'",
    "del a.old, (b.old)",
    "import a.old, b",
    "return a.old",
    "def f():\n    nonlocal x\n    # comment\n    x = a.old\n      # odd\n    return (yield a.old)",
    "# comment a.old \\",
    "# comment é",
    "pass",
    "",
    "\f",
]
OPENERS = ["if x:", "def f(a=b.old):", "class A:", "while 1:  # comment", "with a.old:"]
PROLOGUES = [b"", b"\xef\xbb\xbf", b"# coding: latin-1\n", b"#!python\n# -*- coding: cp1252 -*-\n"]


@st.composite
def sources(draw: st.DrawFn) -> SourceFile:
    """Return files of odd but valid layout."""
    step = draw(st.sampled_from(["  ", "    ", "\t", "        "]))
    lines: list[str] = []
    depth = 0
    for _ in range(draw(st.integers(1, 6))):
        move = draw(st.integers(-2, 3))
        if move == 1 and depth < 6:
            lines.append(step * depth + draw(st.sampled_from(OPENERS)))
            depth += 1
            lines.append(step * depth + "pass")
        elif move < 0:
            depth = max(0, depth + move)
        statement = draw(st.sampled_from(STATEMENTS))
        lines += [step * depth + line if line else "" for line in statement.split("\n")]
    newlines = draw(st.sampled_from([["\n"], ["\r\n"], ["\r"], ["\n", "\r\n", "\r"]]))
    text = "".join(line + draw(st.sampled_from(newlines)) for line in lines)
    if draw(st.booleans()):
        text = text.rstrip("\r\n")
    prologue = draw(st.sampled_from(PROLOGUES))
    encoding = "latin-1" if b"coding" in prologue else "utf-8"
    try:
        return read_source(PurePosixPath("a.py"), prologue + text.encode(encoding))
    except SourceError:
        assume(False)
        raise


class Rename(cst.CSTTransformer):
    """Renames the attribute of located nodes to `renamed`."""

    def __init__(self, located: Located) -> None:
        super().__init__()
        self.located = located

    def leave_Attribute(
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.Attribute:
        if original_node in self.located:
            return updated_node.with_changes(attr=cst.Name("renamed"))
        return updated_node


class Remove(cst.CSTTransformer):
    """Removes statements that consist of a located expression."""

    def __init__(self, located: Located) -> None:
        super().__init__()
        self.located = located

    def leave_Expr(
        self, original_node: cst.Expr, updated_node: cst.Expr
    ) -> cst.Expr | cst.RemovalSentinel:
        if original_node.value in self.located:
            return cst.RemoveFromParent()
        return updated_node


class Guard(cst.CSTTransformer):
    """Puts lines with located nodes into a new block, after a line of their own."""

    def __init__(self, located: Located) -> None:
        super().__init__()
        self.located = located
        self.seen = False

    def visit_SimpleStatementLine(self, node: cst.SimpleStatementLine) -> None:
        self.seen = False

    def on_visit(self, node: cst.CSTNode) -> bool:
        result = super().on_visit(node)
        self.seen = self.seen or node in self.located
        return result

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
        if not self.seen:
            return updated_node
        line = cst.parse_statement("new = 1")
        assert isinstance(line, cst.SimpleStatementLine)
        return cst.FlattenSentinel(
            [
                line.with_changes(leading_lines=updated_node.leading_lines),
                cst.If(
                    cst.Name("new"),
                    cst.IndentedBlock([updated_node.with_changes(leading_lines=())]),
                ),
            ]
        )


def attributes(file: SourceFile) -> dict[Span, str]:
    nodes = ast.walk(file.tree)
    return {
        file.span(node): ""
        for node in nodes
        if isinstance(node, ast.Attribute) and node.attr == "old"
    }


def whole_module(file: SourceFile, span: Span, depth: int | None = None) -> Region:
    return region_of(file, span, -1)


def edited(file: SourceFile, targets: Mapping[Span, str], *passes: Pass[str]) -> bytes:
    edit = edit_regions(file, targets, passes)
    assert not edit.refused
    return apply_replacements(file, edit.replacements)


@given(sources())
def test_regions_are_whole_lines_and_parse_alone(file: SourceFile) -> None:
    for span in attributes(file):
        region = region_of(file, span).span
        assert region.start <= span.start < span.end <= region.end
        assert region.start in file.line_starts
        assert region.end == len(file.text) or file.text[region.end] in "\r\n"
        text = file.text[region.start : region.end]
        ast.parse(f"if 1:\n{text}\n" if text[0] in " \t" else text + "\n")


@given(sources())
def test_nothing_changes_when_transformers_change_nothing(file: SourceFile) -> None:
    nodes = (node for node in ast.walk(file.tree) if isinstance(node, ast.Attribute | ast.Name))
    targets = {file.span(node): "" for node in nodes}
    edit = edit_regions(file, targets, [lambda located: cst.CSTTransformer()])
    assert edit == regions.RegionEdit((), frozenset(), frozenset(targets))


@given(sources())
def test_exactly_the_located_nodes_change(file: SourceFile) -> None:
    targets = attributes(file)
    expected, at = "", 0
    for end in sorted(span.end for span in targets):
        expected += file.text[at : end - len("old")] + "renamed"
        at = end
    expected += file.text[at:]
    assert edited(file, targets, Rename) == expected.encode(file.encoding)


@given(
    sources(),
    st.sampled_from([[Rename], [Guard], [Remove], [Rename, Guard], [Guard, Rename, Remove]]),
)
def test_regions_give_what_the_whole_module_gives(
    file: SourceFile, passes: Sequence[Pass[str]]
) -> None:
    targets = attributes(file)
    if passes[-1] is Remove:
        statements = (
            node.value
            for node in ast.walk(file.tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Attribute)
        )
        targets = {file.span(node): "" for node in statements}
    # A line that a transformer makes gets the newline that most lines have, on any way; the last
    # one of a region keeps its own.
    assume(passes == [Rename] or len(set(re.findall(r"\r\n|\r|\n", file.text))) < 2)
    by_regions = edited(file, targets, *passes)
    with mock.patch.object(regions, "region_of", whole_module):
        assert edited(file, targets, *passes) == by_regions
    ast.parse(by_regions)
