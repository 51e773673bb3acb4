"""Regions: what they are, and that transformers on them do what they do on the whole file."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from unittest import mock

import libcst as cst
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from codemods.codemod import Order, Replacement, Span
from codemods.python import regions
from codemods.python.regions import Region, edit_orders, edit_regions, region_of
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


def test_a_transformer_sees_what_it_is_about_and_what_that_stands_in() -> None:
    text = "if a:\n    b(c)\n    d(e.old(f) + g, h)\n    i(j)\n"
    file = read_source(PurePosixPath("a.py"), text.encode())
    seen: list[set[str]] = []

    class See(cst.CSTTransformer):
        def __init__(self, located: Mapping[cst.CSTNode, str]) -> None:
            super().__init__()
            seen.append(set())

        def visit_Name(self, node: cst.Name) -> None:
            seen[-1].add(node.value)

        def leave_BinaryOperation(
            self, original_node: cst.BinaryOperation, updated_node: cst.BinaryOperation
        ) -> cst.BinaryOperation:
            return updated_node.with_changes(operator=cst.Subtract())

    (call,) = (
        node
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Call) and ast.unparse(node) == "e.old(f)"
    )
    assert edited(file, {file.span(call): ""}, See, See) == text.replace("+", "-").encode()
    # What the first one made anew is shown to the second as a whole.
    assert seen == [{"e", "old", "f"}, {"e", "old", "f", "g"}]


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
        edit = edit_regions(file, targets, passes)
    assume(not edit.refused)  # libcst drops a form feed below the last statement, for one
    assert apply_replacements(file, edit.replacements) == by_regions
    ast.parse(by_regions)


def source(text: str | bytes) -> SourceFile:
    data = text if isinstance(text, bytes) else text.encode()
    return read_source(PurePosixPath("a.py"), data)


def spans(file: SourceFile, code: str) -> dict[Span, str]:
    return {
        Span(match.start(), match.end()): "" for match in re.finditer(re.escape(code), file.text)
    }


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [
        ("a.old\nb.old\nc.old\n", "b.old", "b.old"),
        ("a; b.old\nc\n", "b.old", "a; b.old"),
        ("a; \\\n b.old\nc\n", "b.old", "a; \\\n b.old"),
        ("b.old; \\\n\nc\n", "b.old", "b.old; \\\n"),
        ("'''\n'''; b.old; '''\n'''\nc\n", "b.old", "'''\n'''; b.old; '''\n'''"),
        ("if a:\n  b.old  # c\n  c\n", "b.old", "  b.old  # c"),
        ("if a: b.old\nc\n", "b.old", "if a: b.old"),
        ("if a: \\\n b.old\nc\n", "b.old", "if a: \\\n b.old"),
        ("if a:\n  b\nelif b.old:\n  c\nd\n", "b.old", "if a:\n  b\nelif b.old:\n  c"),
        ("if a:\n  b\nelif c:\n  b.old\nd\n", "b.old", "  b.old"),
        ("if a:\n  b\nelse:\n  if b.old:\n    c\nd\n", "b.old", "  if b.old:\n    c"),
        ("if a:\n  b\nelse: b.old\nd\n", "b.old", "if a:\n  b\nelse: b.old"),
        ("@a\n@b.old\nclass C: pass\nd\n", "b.old", "@a\n@b.old\nclass C: pass"),
        ("try: a\nexcept b.old: c\nd\n", "b.old", "try: a\nexcept b.old: c"),
        ("x  # c \\\nb.old\n", "b.old", "x  # c \\\nb.old"),
        ("# c \\\nb.old\n", "b.old", "b.old"),
        ("\fb.old\n", "b.old", "\fb.old"),
    ],
)
def test_a_region_is_the_smallest_run_of_whole_lines(text: str, code: str, expected: str) -> None:
    file = source(text)
    for span in spans(file, code):
        region = region_of(file, span).span
        assert text[region.start : region.end] == expected


def test_overlapping_regions_are_one_and_disjoint_ones_are_not() -> None:
    file = source("if a.old:\n  b.old\nc.old; d.old\ne.old\n")
    edit = edit_regions(file, attributes(file), [Rename])
    assert [replacement.text for replacement in edit.replacements] == [
        "if a.renamed:\n  b.renamed",
        "c.renamed; d.renamed",
        "e.renamed",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# above\nx.old  # beside\n# below\n", "# above\n# below\n"),
        ("if a:\n  # above\n  x.old\nb\n", "if a:\n  # above\n  pass\nb\n"),
        ("if a:\n  x.old\n  # c\n  y.old\n", "if a:\n  # c\n  pass\n"),
        ("if a:\n  x.old\n\n  y.old\n  b\n", "if a:\n  b\n"),
        (
            "if a:\n  x.old\nelse:\n  b.old; y.old\n  # c\n  z.old # d\n",
            "if a:\n  pass\nelse:\n  # c\n  pass\n",
        ),
        ("if a:\n  x.old\n  if y.old:\n    z.old\n", "if a:\n  if y.old:\n    pass\n"),
        ("if x.old: x.old\n", "if x.old: pass\n"),
        ("a\nx.old", "a"),
        ("a\r\nx.old\r\n# c\r\ny.old", "a\r\n# c"),
        ("x.old\ny.old", ""),
        ("x.old\n\n", ""),
        ("x.old\n\n  \n# c\n\nb\n", "# c\n\nb\n"),
        ("\nx.old\n\nb\n", "\nb\n"),
        ("a\n\nx.old\n\nb\n", "a\n\nb\n"),
        ("a\n\nx.old\n\n\nb\n", "a\n\n\nb\n"),
        ("a\n\n\nx.old\n\nb\n", "a\n\n\nb\n"),
        ("a\nx.old\n\nb\n", "a\n\nb\n"),
        ("a\n\nx.old\nb\n", "a\n\nb\n"),
        ("a\n\nx.old\ny.old\n\nb\n", "a\n\nb\n"),
        ("a\n\nx.old\n\ny.old\n\nb\n", "a\n\nb\n"),
        ("a\n\n# c\nx.old\n\nb\n", "a\n\n# c\n\nb\n"),
        ("a\r\n \t\r\nx.old\r\n\r\nb\r\n", "a\r\n \t\r\nb\r\n"),
        ("def f():\n  x.old\n\n\n  b\n", "def f():\n  b\n"),
        ("def f():\n\n  x.old\n\n  b\n", "def f():\n\n  b\n"),
        ("def f():\n  a\n\n  x.old\n\n\nb\n", "def f():\n  a\n\n\nb\n"),
        ("a\n\nx.old\n", "a\n"),
        ("a\n\nb\n\nx.old\n\n", "a\n\nb\n\n"),
        ("x.old; y\n", "y\n"),
        (
            "def f():\n  a\n\n  # b\n  x.old\n\n  # c\n  y.old; z.old\n",
            "def f():\n  a\n\n  # b\n\n  # c\n",
        ),
    ],
)
def test_a_removed_statement_takes_its_line_and_one_of_two_gaps(text: str, expected: str) -> None:
    file = source(text)
    assert edited(file, attributes(file), Remove) == expected.encode()
    with mock.patch.object(regions, "region_of", whole_module):
        whole = edited(file, attributes(file), Remove)
    # Gaps are closed between regions; inside one they stay, and nothing else may differ.
    assert code_lines(whole) == code_lines(expected.encode())
    assert blank_lines(expected.encode()) <= blank_lines(whole)


def code_lines(text: bytes) -> list[bytes]:
    return [line for line in re.split(rb"\r\n|\r|\n", text) if line.strip()]


def blank_lines(text: bytes) -> int:
    return len(re.findall(rb"(?m)^[ \t]*\r?$", text))


def test_new_blocks_are_indented_as_the_file_is() -> None:
    file = source("class A:\r\n  def f(self):\r\n    if x:\r\n            a.old\r\n    b.old\r\n")
    assert edited(file, attributes(file), Guard) == (
        b"class A:\r\n  def f(self):\r\n    if x:\r\n            new = 1\r\n            if new:\r\n"
        b"              a.old\r\n    new = 1\r\n    if new:\r\n      b.old\r\n"
    )


def test_nodes_are_followed_through_the_passes_before() -> None:
    seen: list[str] = []

    def second(located: Located) -> Rename:
        seen.extend(f"{cst.Module([]).code_for_node(node)} {located[node]}" for node in located)
        return Rename(located)

    class Wrap(cst.CSTTransformer):
        def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:
            return updated_node.with_changes(value=updated_node.value * 2)

    file = source("a.old(b.old)\n")
    targets = dict(zip(sorted(attributes(file)), ["first", "second"], strict=True))
    assert edited(file, targets, lambda located: Wrap(), second) == b"aa.renamed(bb.renamed)\n"
    assert sorted(seen) == ["aa.oldold first", "bb.oldold second"]


@pytest.mark.parametrize(
    ("text", "code", "kind"),
    [
        ("import a.b as c, d\n", "a.b as c", cst.ImportAlias),
        ("import a.b\n", "a.b", cst.ImportAlias),
        ("import a.b\n", "import a.b", cst.Import),
        ("from a import (b)\n", "from a import (b)", cst.ImportFrom),
        ("a\n", "a", cst.Name),
        ("(a)\n", "(a)", cst.Expr),
        ("f(k=a, *b)\n", "k=a", cst.Arg),
        ("f(k=a, *b)\n", "*b", cst.Arg),
        ("[*b]\n", "*b", cst.StarredElement),
        ("f(a for a in b)\n", "(a for a in b)", cst.GeneratorExp),
        ("f( a for a in b )\n", "( a for a in b )", cst.GeneratorExp),
        ("f((a for a in b), c)\n", "(a for a in b)", cst.GeneratorExp),
        ("x = ((1, 2))\n", "(1, 2)", cst.Tuple),
        ("x = (( 1, 2 ), 3)\n", "( 1, 2 )", cst.Tuple),
        ("x = (( 1, 2 ), 3)\n", "(( 1, 2 ), 3)", cst.Tuple),
        ("x = (1, 2), 3\n", "(1, 2), 3", cst.Tuple),
        ("x = (1, 2), 3\n", "(1, 2)", cst.Tuple),
        ("for a in 1, 2: pass\n", "1, 2", cst.Tuple),
        ("x = (  # c\n ) \n", "(  # c\n )", cst.Tuple),
        ("f'{a.b!r:>{c}}'\n", "a.b", cst.Attribute),
        ("f'{a.b!r:>{c}}'\n", "c", cst.Name),
        ("x = 'a' f'b' 'c'\n", "'a' f'b' 'c'", cst.ConcatenatedString),
        ("x = (yield)\n", "yield", cst.Yield),
        ("@ a\n@b()\ndef f(): pass\n", "b()", cst.Call),
        ("@a\ndef f(): pass\n# c\n", "def f(): pass", cst.FunctionDef),
        ("async def f():\n  pass\n  # c\n\n", "async def f():\n  pass", cst.FunctionDef),
        ("@a\nclass A:\n  pass\n", "class A:\n  pass", cst.ClassDef),
        ("if a:\n  b\nelif c:\n  d\n", "elif c:\n  d", cst.If),
        ("try:\n  a\nexcept b as c:\n  d\n\n# c\n", "except b as c:\n  d", cst.ExceptHandler),
        ("try: a\nexcept* b: c\n", "except* b: c", cst.ExceptStarHandler),
        ("async with x as b:\n  pass\n", "x", cst.Name),
        ("é = 'é', [é.a]\n", "é.a", cst.Attribute),
    ],
)
def test_nodes_are_located(text: str, code: str, kind: type[cst.CSTNode]) -> None:
    file = source(f"class C:\n\tasync def g():\n{indented(text)}")
    found: list[cst.CSTNode] = []

    def note(located: Located) -> cst.CSTTransformer:
        found.extend(located)
        return cst.CSTTransformer()

    code = indented(code).strip()
    start = file.text.index(code, file.text.index("g():") + 5)
    edit = edit_regions(file, {Span(start, start + len(code)): ""}, [note])
    assert not edit.refused
    assert [type(node) for node in found] == [kind]


def indented(text: str) -> str:
    return "".join("\t\t" + line for line in text.splitlines(keepends=True))


def test_what_libcst_has_no_node_for_is_refused() -> None:
    file = source("a[b:c]; d.old\n")
    targets = {**spans(file, "b:c"), **spans(file, "a[b"), **attributes(file)}
    edit = edit_regions(file, targets, [Rename])
    assert apply_replacements(file, edit.replacements) == b"a[b:c]; d.renamed\n"
    assert {file.text[span.start : span.end]: bar.reason for span, bar in edit.refused.items()} == {
        "b:c": "engine/not-located",
        "a[b": "engine/not-located",
    }


def test_only_the_statement_that_is_not_lossless_is_refused() -> None:
    file = source("if a.old:\n  b\n\f  c\n  if x:\n    d.old\n\fe.old\nf((g.old))\n")
    edit = edit_regions(file, attributes(file), [Rename])
    assert apply_replacements(file, edit.replacements) == (
        b"if a.old:\n  b\n\f  c\n  if x:\n    d.old\n\fe.renamed\nf((g.renamed))\n"
    )
    assert {bar.reason for bar in edit.refused.values()} == {"engine/region-not-lossless"}


def test_a_statement_too_deep_for_recursion_is_refused() -> None:
    file = source("a.old\nx = " + "+".join(["b.old"] * 900) + "\n")
    edit = edit_regions(file, attributes(file), [Rename])
    assert apply_replacements(file, edit.replacements).startswith(b"a.renamed\nx = b.old+b.old")
    assert {bar.reason for bar in edit.refused.values()} == {"engine/too-deep"}


def test_a_region_is_widened_until_it_is_lossless() -> None:
    file = source("if a:\n  b.old\n  c\n  d.old\ne.old\n")

    def too_early(file: SourceFile, span: Span, depth: int | None = None) -> Region:
        region = region_of(file, span, depth)
        if file.text.startswith("d", span.start) and depth is None:
            return replace(region, span=Span(region.span.start - 2, region.span.end))
        return region

    with mock.patch.object(regions, "region_of", too_early):
        edit = edit_regions(file, attributes(file), [Rename])
    assert [replacement.text for replacement in edit.replacements] == [
        "if a:\n  b.renamed\n  c\n  d.renamed",
        "e.renamed",
    ]
    assert edit.carried_out == attributes(file).keys()


def test_insertions_are_made_around_and_in_regions() -> None:
    file = source("import x\nif a.old:\n  b.old\n  c\nd.old; e\n")
    insertions = [
        Replacement(Span(0, 0), "import y\n"),
        Replacement(Span(19, 19), "  d\n"),
        Replacement(Span(31, 31), "e\n"),
    ]
    edit = edit_regions(file, attributes(file), [Rename], insertions)
    assert apply_replacements(file, edit.replacements) == (
        b"import y\nimport x\nif a.renamed:\n  d\n  b.renamed\n  c\ne\nd.renamed; e\n"
    )
    untouched = edit_regions(file, attributes(file), [], insertions)
    assert untouched.replacements == tuple(insertions)
    with mock.patch.object(regions, "region_of", whole_module):
        whole = edit_regions(file, attributes(file), [Rename], insertions)
    assert apply_replacements(file, whole.replacements) == apply_replacements(
        file, edit.replacements
    )


def test_orders_are_carried_out_with_their_insertions() -> None:
    file = source("a.old\nx[b:c]\n")
    (first,), (second,) = spans(file, "a.old"), spans(file, "b:c")
    added = Replacement(Span(0, 0), "import y\n")

    def rename(located: Mapping[cst.CSTNode, Order]) -> Rename:
        return Rename({node: order.data for node, order in located.items()})

    edit = edit_orders(file, [Order("one", first, ""), Order("two", second, "")], [rename], [added])
    assert edit.replacements == (added, Replacement(Span(0, 5), "a.renamed"))
    assert edit.carried_out == {"one"}
    assert edit.refused.keys() == {"two"}
    assert not edit_orders(file, [Order("two", second, "")], [rename], [added]).replacements
    with pytest.raises(ValueError, match="two orders"):
        edit_orders(file, [Order("one", first, ""), Order("two", first, "")], [rename])
