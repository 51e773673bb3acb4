"""Lifted programs run on Python 3 and say what Python 2 said."""

from __future__ import annotations

import contextlib
import io
import tokenize
from pathlib import PurePosixPath

import pytest

from codemods import Settings
from codemods.catalog.py2_syntax import Options, codemod
from codemods.catalog.py2_syntax.lift import NotPython2Error, lift
from codemods.engine import MemoryFiles, Outcome, run


def migrate(data: bytes, options: Options | None = None) -> Outcome:
    files = MemoryFiles({PurePosixPath("a.py"): data})
    return run(files, (codemod,), {codemod.name: Settings(options or Options())})


def lifted(data: bytes) -> bytes:
    outcome = migrate(data)
    assert not outcome.failures
    (change,) = outcome.changes[0].files
    assert change.after is not None
    return change.after


@pytest.mark.parametrize(
    ("program", "output"),
    [
        pytest.param('print "a", 1, "b"\n', "a 1 b\n", id="operands"),
        pytest.param('print 1\nprint ("a", 1)\n', "1\n('a', 1)\n", id="tuple"),
        pytest.param('print 1\nprint ("%s-%s") % (1, 2)\n', "1\n1-2\n", id="parentheses-first"),
        pytest.param("print `[1, 2]`, `1, 2`\n", "[1, 2] (1, 2)\n", id="backticks"),
        pytest.param("print 0755, 10L, 0xFFL, 1 <> 2\n", "493 10 255 True\n", id="numbers"),
        pytest.param(
            "try:\n    raise ValueError, 'm'\nexcept (KeyError, ValueError), e:\n    print e\n",
            "m\n",
            id="raise-and-except",
        ),
        pytest.param(
            "try:\n    raise ValueError, ('m', 1)\nexcept ValueError, e:\n    print e.args\n",
            "('m', 1)\n",
            id="raise-with-tuple",
        ),
        pytest.param("names = {}\nexec 'x = 1' in names\nprint names['x']\n", "1\n", id="exec"),
        pytest.param(
            "def area((w, h), s=2):\n    'Doc.'\n    return w * h * s\nprint area((2, 3))\n",
            "12\n",
            id="tuple-parameter",
        ),
        pytest.param(
            "print sorted({1: 3, 2: 1}.items(), key=lambda (k, v): v)\n",
            "[(2, 1), (1, 3)]\n",
            id="lambda-with-tuple",
        ),
        pytest.param('print ur"\\d\\u0041", ur"\\n" == "\\\\n"\n', "\\dA True\n", id="raw-unicode"),
        pytest.param(
            "def f(x):\n\tif x:\n            return 1\n        return 2\nprint f(1), f(0)\n",
            "1 2\n",
            id="tabs-are-eight-wide",
        ),
    ],
)
def test_programs(program: str, output: str) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(lifted(program.encode()), "a.py", "exec"), {})
    assert printed.getvalue() == output


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("end", ["", "\n"])
def test_newlines_and_the_end_of_the_file_are_kept(newline: str, end: str) -> None:
    before = ('def f((a, b)):\n    print "x"' + end).replace("\n", newline)
    after = ('def f(a_b):\n    (a, b) = a_b\n    print("x")' + end).replace("\n", newline)
    assert lifted(before.encode()) == after.encode()


def test_encodings_are_kept() -> None:
    cookie = b"# -*- coding: latin-1 -*-\n"
    assert lifted(cookie + b'print "caf\xe9"\n') == cookie + b'print("caf\xe9")\n'
    assert lifted(b'\xef\xbb\xbfprint "x"\n') == b'\xef\xbb\xbfprint("x")\n'


def test_mixed_newlines_are_left() -> None:
    outcome = migrate(b'print "x"\r\nprint "y"\n')
    assert [entry.verdict.reason for entry in outcome.entries] == ["py2-syntax/mixed-newlines"] * 2
    assert not outcome.changes[0].files


def test_only_changed_lines_are_replaced() -> None:
    text = b"x = 1  # a\t\n\n\nif x :\n    print 'y'\nz = {  1:2 }\n"
    assert lifted(text) == text.replace(b"print 'y'", b"print('y')")


def test_left_by_option() -> None:
    outcome = migrate(b'print "x"\n', Options(mode="leave"))
    assert [entry.verdict.reason for entry in outcome.entries] == ["py2-syntax/left-by-option"]


def test_a_trailing_comma_is_noted_for_the_reviewer() -> None:
    outcome = migrate(b'print "x",\nprint "y"\n')
    assert [bool(entry.verdict.note) for entry in outcome.entries] == [True, False]


def test_the_commit_says_what_syntax_can_not_do() -> None:
    (paragraph,) = migrate(b'print "x"\n').changes[0].paragraphs
    assert "division" in paragraph


def test_what_is_not_python_2_either() -> None:
    with pytest.raises(NotPython2Error):
        lift("x = = 1\n")


def test_forced_over_python_3_the_fixers_change_nothing() -> None:
    source = io.BytesIO()
    with open(tokenize.__file__, "rb") as file:
        source.write(b"from __future__ import print_function\n" + file.read())
    text = source.getvalue().decode()
    assert lift(text.replace("match ", "m ")).text == text.replace("match ", "m ")
