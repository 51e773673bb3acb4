"""Files as bytes, text and tree."""

from __future__ import annotations

import ast
import encodings.aliases
from pathlib import PurePosixPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codemods.codemod import Position, Replacement, Span
from codemods.python.source import SourceError, SourceFile, apply_replacements, read_source


def source(data: bytes) -> SourceFile:
    return read_source(PurePosixPath("a.py"), data)


CODECS = sorted(
    {*encodings.aliases.aliases.values(), "utf-8", "iso-8859-15", "no-such", "utf-8-sig"}
)


@given(
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
    st.lists(
        st.sampled_from(
            [b"# c", b"", b"\f", b"#!sh", b"x = 1", b"'''", b"y = '\xe9'", b"z = '\xc3\xa9'", b"\\"]
            + [f"# -*- coding: {codec} -*-".encode() for codec in CODECS]
        ),
        max_size=4,
    ),
    st.sampled_from([b"\n", b"\r\n", b"\r"]),
)
@example(b"", [b"# c", b"# coding: latin-1", b"y = '\xe9'"], b"\r")
@example(b"", [b"x = 1", b"# coding: latin-1", b"y = '\xe9'"], b"\r")
def test_a_file_is_read_as_python_reads_it(bom: bytes, lines: list[bytes], newline: bytes) -> None:
    data = bom + newline.join(lines)
    try:
        expected = ast.dump(ast.parse(data), include_attributes=True)
    except (SyntaxError, ValueError):
        with pytest.raises(SourceError):
            source(data)
        return
    try:
        file = source(data)
    except SourceError:
        return  # the codec loses something
    assert ast.dump(file.tree, include_attributes=True) == expected
    assert apply_replacements(file, ()) == data


@pytest.mark.parametrize("codec", CODECS)
def test_every_codec_is_read_or_refused(codec: str) -> None:
    data = f"# coding: {codec}\nx = 1\n".encode()
    try:
        file = source(data)
    except SourceError:
        assert codec not in ("utf_8", "latin_1", "cp1252", "euc_jp", "koi8_r", "iso-8859-15")
    else:
        assert apply_replacements(file, ()) == data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"x = '\xe9'\n", "engine/undecodable"),
        (b"\xef\xbb\xbf# coding: latin-1\n", "engine/undecodable"),
        (b"# coding: utf-16\nx = 1\n", "engine/undecodable"),
        (b"x = 1\0\n", "engine/unparsable"),
        (b"x = (\n", "engine/unparsable"),
        (b"x = " + b"-" * 100_000 + b"1", "engine/too-deep"),
    ],
)
def test_what_cannot_be_read_has_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(SourceError) as caught:
        source(data)
    assert caught.value.reason == reason


@given(st.text(st.sampled_from("aé漢😀\f "), max_size=6), st.sampled_from(["\n", "\r\n", "\r"]))
def test_spans_are_code_points(wide: str, newline: str) -> None:
    file = source(f'"{wide}"{newline}("{wide}", name, "{wide}{wide}", other){newline}'.encode())
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Name):
            span = file.span(node)
            assert file.text[span.start : span.end] == node.id
            position = file.position(span)
            line = file.line_text(position.line)
            assert line[position.column - 1 : position.end_column - 1] == node.id


def test_lines_end_at_three_newlines_only() -> None:
    file = source("a = 'x\x0b\x0c\x1c\x85\u2028'\rb\r\nc\n\n".encode())
    assert [file.line_text(line) for line in range(1, len(file.line_starts) + 1)] == [
        "a = 'x\x0b\x0c\x1c\x85\u2028'",
        "b",
        "c",
        "",
        "",
    ]
    assert file.position(Span(13, 17)) == Position(2, 1, 3, 2)


@pytest.mark.parametrize(
    ("text", "newline"),
    [
        ("x", "\n"),
        ("a\r\nb\r\nc\n", "\r\n"),
        ("a\rb\r", "\r"),
        ("a\nb\r\n", "\n"),
    ],
)
def test_the_most_frequent_newline_counts(text: str, newline: str) -> None:
    assert source(text.encode()).newline == newline


@pytest.mark.parametrize(
    ("text", "indent"),
    [
        ("x\n", "    "),
        ("if x:\n\ty\n", "\t"),
        ("if x: y\nif x:\n  y\n", "  "),
        ("if (x and\n         z): y\nif x:\n   y\n", "   "),
        ("@d\ndef f():\n  def g():\n        pass\n", "  "),
        ("match x:\n  case 1:\n   y\nclass A:\n     y\n", "     "),
    ],
)
def test_the_first_indented_block_says_what_a_step_is(text: str, indent: str) -> None:
    assert source(text.encode()).indent == indent


def test_replacements_are_disjoint_and_in_order() -> None:
    file = source("# coding: latin-1\né = 1\n".encode("latin-1"))
    edits = (Replacement(Span(18, 18), "ü\n"), Replacement(Span(18, 23), "ß"))
    assert apply_replacements(file, edits) == "# coding: latin-1\nü\nß\n".encode("latin-1")
    with pytest.raises(ValueError, match="overlapping"):
        apply_replacements(file, (Replacement(Span(0, 2), ""), Replacement(Span(1, 3), "")))
    with pytest.raises(UnicodeEncodeError):
        apply_replacements(file, (Replacement(Span(18, 19), "漢"),))
