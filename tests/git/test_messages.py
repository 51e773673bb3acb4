"""Messages are short enough, Git reads their trailers, and so do we."""

from __future__ import annotations

import os
import subprocess
from pathlib import PurePosixPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codemods.git.messages import COLUMNS, FileLine, Trailers, build_message, parse_trailers

PLAIN = Trailers("utcnow", "codemods 0.1.0 (Python 3.11, libcst 1.8.6)", "0" * 40)


def git_trailers(message: bytes) -> list[tuple[str, str]]:
    """Return the trailers as Git sees them."""
    done = subprocess.run(
        ["git", "interpret-trailers", "--parse", "--no-divider"],
        input=message,
        capture_output=True,
        check=True,
    )
    lines = done.stdout.decode().split("\n")[:-1]
    return [(key, value.removeprefix(" ")) for key, _, value in (x.partition(":") for x in lines)]


def test_a_whole_message() -> None:
    message = build_message(
        "utcnow: make timestamps aware of their time zone",
        [
            "datetime.utcnow() is deprecated since Python 3.12, and its results are taken for "
            "local time by timestamp() and astimezone().",
            "- 3 sites were rewritten in 2 files\n- 1 site was left, because what it is compared "
            "with comes from outside the repository",
            "To leave this commit out:\n    codemods run --skip utcnow --base 0123456789",
        ],
        Trailers(
            codemod="utcnow",
            tool="codemods 0.1.0",
            base="0123456789",
            options={"style": "naive", "helper": None},
            part="2/3 src/app",
            without=("src/a.py:1:2:call",),
            signed_off_by="Ada Lovelace <ada@example.org>",
        ),
        [FileLine(PurePosixPath("src/a.py"), "2 sites"), FileLine(PurePosixPath('b"c.py'))],
    )
    assert message.decode() == (
        "utcnow: make timestamps aware of their time zone\n"
        "\n"
        "datetime.utcnow() is deprecated since Python 3.12, and its results are\n"
        "taken for local time by timestamp() and astimezone().\n"
        "\n"
        "- 3 sites were rewritten in 2 files\n"
        "- 1 site was left, because what it is compared with comes from outside\n"
        "  the repository\n"
        "\n"
        "To leave this commit out:\n"
        "    codemods run --skip utcnow --base 0123456789\n"
        "\n"
        "Files:\n"
        "- src/a.py: 2 sites\n"
        '- "b\\042c.py"\n'
        "\n"
        "Codemod: utcnow\n"
        "Codemod-Part: 2/3 src/app\n"
        "Codemod-Tool: codemods 0.1.0\n"
        'Codemod-Options: {"helper": null, "style": "naive"}\n'
        "Codemod-Base: 0123456789\n"
        "Codemod-Without: src/a.py:1:2:call\n"
        "Signed-off-by: Ada Lovelace <ada@example.org>\n"
    )


def test_a_long_subject_is_cut_at_a_word_and_repeated() -> None:
    subject = "print-to-logger: " + "write what is printed to a logger " * 3
    first, _, body = build_message(subject, ["Why."], PLAIN).decode().split("\n", 2)
    assert first == "print-to-logger: write what is printed to a logger write what is …"
    assert body.startswith("print-to-logger: write what")
    assert "logger\n\nWhy.\n" in body


def test_wide_characters_count_twice() -> None:
    first = build_message("時" * 60, [], PLAIN).decode().split("\n", 1)[0]
    assert first == "時" * 35 + " …"


@pytest.mark.parametrize("word", ["# why", "---", "diff --git a b", "From me", "Index: x"])
def test_lines_that_mean_something_else_are_indented(word: str) -> None:
    text = build_message(word, [word, "x" * 71 + " " + word], PLAIN).decode()
    assert text.startswith(f" {word}\n\n {word}\n\n")
    assert f"x\n {word}\n" in text


def test_many_files_are_counted() -> None:
    files = [FileLine(PurePosixPath(f"f{number:02}.py")) for number in range(50)]
    text = build_message("s", [], PLAIN, files, most_files=10).decode()
    assert "- f08.py\n- and 41 more\n\n" in text
    assert build_message("s", [], PLAIN, files[:40]).count(b"\n- ") == 40


def test_paths_that_are_not_text_are_quoted() -> None:
    path = PurePosixPath(os.fsdecode(b"caf\xe9\n.py"))
    assert b'- "caf\\351\\012.py"\n' in build_message("s", [], PLAIN, [FileLine(path)])


def test_what_people_do_to_messages_does_not_hide_the_trailers() -> None:
    message = build_message("s", ["Why."], PLAIN)
    assert parse_trailers(message + b"(cherry picked from commit 0123)\n") == PLAIN
    assert parse_trailers(message + b"\nReviewed-by: X <x@y>\n") == PLAIN
    assert parse_trailers(message.replace(b"(Python 3.11, ", b"(Python 3.11,\n ")) == PLAIN
    assert parse_trailers(message.replace(b"\n", b"\r\n")) == PLAIN


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"Codemod: x\n",
        b"s\n\nSigned-off-by: a <b>\n",
        b"s\n\nCodemod: x\nCodemod-Base: y\nCodemod-Options: {\n",
        b"s\n\nCodemod: x\nCodemod-Base: y\nCodemod-Options: []\n",
        b"\xff\xfe",
    ],
)
def test_messages_of_others_have_no_trailers(message: bytes) -> None:
    assert parse_trailers(message) is None


_TEXT = st.text(max_size=40)
_LINE = st.text(min_size=1, max_size=40)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=5,
)
_TRAILERS = st.builds(
    Trailers,
    codemod=_LINE,
    tool=_LINE,
    base=_LINE,
    options=st.dictionaries(_TEXT, _JSON, max_size=3),
    part=_TEXT,
    without=st.lists(_LINE, max_size=3).map(tuple),
    signed_off_by=st.sampled_from(["", "Ada Lovelace <ada@example.org>"]),
)
_PARAGRAPHS = st.lists(st.text(max_size=200), max_size=3)


@given(_TEXT, _PARAGRAPHS, _TRAILERS)
@example("s", ["Codemod: y\nCodemod-Base: z"], PLAIN)
@example("s", ["\x85a\u2028b"], Trailers(" x", "\ud800", "\n", without=("'", '"')))
def test_trailers_come_back(subject: str, paragraphs: list[str], trailers: Trailers) -> None:
    message = build_message(subject, paragraphs, trailers)
    assert parse_trailers(message) == trailers


@given(st.text(min_size=1, max_size=200), _PARAGRAPHS)
def test_lines_fit(subject: str, paragraphs: list[str]) -> None:
    lines = build_message(subject, paragraphs, PLAIN).decode().split("\n")
    for line in lines[: lines.index("Codemod: utcnow")]:
        # Only a word that is too long by itself, and lines that are kept as they are, stick out.
        assert len(line) <= COLUMNS + 1 or " " not in line.strip() or line.startswith("  ")
    assert len(lines[0]) <= COLUMNS + 1


def test_git_reads_the_same_trailers() -> None:
    trailers = Trailers(
        "utcnow",
        "codemods 0.1.0",
        "01" * 20,
        {"style": "naïve\n", "names": frozenset({"b", "a"}), "path": PurePosixPath("a/b")},
        "1/2",
        {"paths": ["a"]},
        ("a b.py:1:1:call", "new\nline.py:1:1:call"),
        "Ada Lovelace <ada@example.org>",
    )
    assert git_trailers(build_message("# s", ["key: value", "# c", "---"], trailers)) == [
        ("Codemod", "utcnow"),
        ("Codemod-Part", "1/2"),
        ("Codemod-Tool", "codemods 0.1.0"),
        ("Codemod-Options", '{"names": ["a", "b"], "path": "a/b", "style": "na\\u00efve\\n"}'),
        ("Codemod-Run", '{"paths": ["a"]}'),
        ("Codemod-Base", "01" * 20),
        ("Codemod-Without", "a b.py:1:1:call"),
        ("Codemod-Without", '"new\\nline.py:1:1:call"'),
        ("Signed-off-by", "Ada Lovelace <ada@example.org>"),
    ]
