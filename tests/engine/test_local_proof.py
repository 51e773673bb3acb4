"""The proof of touched lines never says more than the proof of whole files does."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemods import Replacement, Span
from codemods.engine.local_proof import prove_locally
from codemods.engine.proof import prove
from codemods.engine.taking import Surface
from codemods.python.outline import outline_of
from codemods.python.source import (
    SourceError,
    SourceFile,
    apply_replacements,
    known_source,
    read_source,
)

PATH = PurePosixPath("app/clock.py")

BEFORE = """\
from __future__ import annotations

import os
from datetime import datetime

LIMIT = os.sep


class Clock:
    start = datetime.utcnow()

    @property
    def now(self):
        value = datetime.utcnow()
        return value

    def all(self, items):
        return [item for item in items if item]


def later(when: "datetime"):
    if when:
        return when
    return datetime.utcnow()
"""


def read(text: str) -> SourceFile:
    return read_source(PATH, text.encode())


def outlined(text: str) -> SourceFile:
    """Return a file whose functions are parsed only where they are touched."""
    return known_source(PATH, text.encode(), outline_of(read(text)))


def edits(text: str, *lines: tuple[int, int, str]) -> tuple[Replacement, ...]:
    """Return edits of lines: (first from 1, how many, the new text)."""
    file = read(text)
    found = []
    for first, count, new in lines:
        start = file.line_starts[first - 1]
        span = Span(start, file.line_span(first + count - 1).end if count else start)
        found.append(Replacement(span, new))
    return tuple(found)


def whole(file: SourceFile, replacements: tuple[Replacement, ...]) -> Surface | None:
    """Return what the proof of the whole file says, None when it fails."""
    try:
        result = read_source(PATH, apply_replacements(file, replacements))
    except SourceError:
        return None
    outcome = prove(file, result)
    return outcome if isinstance(outcome, Surface) else None


IMPORT = (4, 1, "from datetime import datetime, timezone")
CALL = "datetime.now(timezone.utc)"


@pytest.mark.parametrize(
    ("lines", "gained"),
    [
        ([IMPORT, (24, 1, f"    return {CALL}")], {"timezone": "datetime.timezone"}),
        ([IMPORT, (10, 1, f"    start = {CALL}")], {"timezone": "datetime.timezone"}),
        ([(5, 0, "import time\n"), (14, 1, "        value = datetime(time.time())")], None),
        ([(24, 1, "    return datetime.now(datetime.max.tzinfo)")], {}),
        ([(18, 1, "        return [item for item in items if item.real]")], {}),
        ([(14, 1, "        value = datetime.now()  # utcnow")], {}),
    ],
)
def test_an_edit_that_reads_the_same_and_new_imports_is_proved(
    lines: list[tuple[int, int, str]], gained: dict[str, str] | None
) -> None:
    file = read(BEFORE)
    replacements = edits(BEFORE, *lines)

    found = prove_locally(file, replacements)

    assert found is not None
    assert found == whole(file, replacements)
    assert found.gained == ({"time": "time"} if gained is None else gained)


@pytest.mark.parametrize(
    "lines",
    [
        [(24, 1, f"    return {CALL}")],  # no import
        [(24, 1, "    return len(when)")],  # a builtin: the whole file knows
        [IMPORT],  # unused
        [(24, 1, "    return None")],  # the last read of an import, perhaps
        [(6, 1, "LIMIT = timezone.utc"), (7, 0, "from datetime import timezone\n")],  # too early
        [(1, 0, "import time\n"), (24, 1, "    return datetime(time.time())")],  # before the future
        [(12, 0, "import time\n"), (24, 1, "    return datetime(time.time())")],  # decorated
        [(14, 0, "import time\n"), (24, 1, "    return datetime(time.time())")],  # in a method
        [(14, 1, "        value = datetime.utcnow(")],  # no Python
        [(14, 1, "    value = datetime.utcnow()")],  # another block
        [(14, 1, "        value = datetime.utcnow()\n        break")],
        [(14, 1, "        values = datetime.utcnow()")],  # another name
        [(14, 1, "        value = (lambda: datetime.utcnow())()")],  # another scope
        [(21, 1, "def later(when: 'os'):")],
        [(18, 1, "        return [item for item in item if items]")],
        [(18, 1, "        return [item for item in items if item.x or (item := 1)]")],
        [(14, 1, "        value = datetime.utcnow(); yield")],
        [(3, 1, "import os, sys")],
        [(3, 1, "from os import *")],
    ],
)
def test_anything_else_is_left_to_the_proof_of_the_whole_file(
    lines: list[tuple[int, int, str]],
) -> None:
    assert prove_locally(read(BEFORE), edits(BEFORE, *lines)) is None


@pytest.mark.parametrize(
    "extra",
    ["timezone = 1", "def f(timezone):\n    pass", "__all__ = ['later']", "del timezone"],
)
def test_a_new_name_that_stands_elsewhere_in_the_file_is_unclear(extra: str) -> None:
    text = f"{BEFORE}\n{extra}\n"
    assert prove_locally(read(text), edits(text, IMPORT, (24, 1, f"    return {CALL}"))) is None


ALREADY = f"{BEFORE.replace('import datetime', 'import datetime, timezone')}\nZONE = timezone.utc\n"


@pytest.mark.parametrize(
    "extra",
    [
        "",
        "# of a timezone, \u00e9t\u00e9 included",
        '"""a timezone"""',
        "call(timezone=timezone)",
        "when.timezone = timezone(delta)",
        "from .timezone import other",
        "def f(at=timezone.utc):\n    # timezone\n    return at",
    ],
)
def test_a_name_that_one_import_of_the_module_gives_may_be_read(extra: str) -> None:
    text = f"{ALREADY}{extra}\n"
    replacements = edits(text, (24, 1, f"    return {CALL}"))
    for file in (read(text), outlined(text)):
        assert prove_locally(file, replacements) == whole(file, replacements) == Surface()


@pytest.mark.parametrize(
    "extra",
    [
        "timezone = 1",
        "timezone, b = 1, 2",
        "(timezone) = 1",
        "for timezone in []:\n    pass",
        "[timezone for timezone in []]",
        "f = lambda timezone: 1",
        "def f(timezone):\n    pass",
        "def f(*, timezone=timezone.utc):\n    pass",
        "def timezone():\n    pass",
        "def \\\n  timezone():\n    pass",
        "class timezone(int):\n    pass",
        "def f():\n    global timezone",
        "def f():\n    from pytz import timezone",
        "import a as timezone",
        "import timezone.utc",
        "import a, \\\n  timezone.utc",
        "if a:\n    from pytz import timezone",
        "try:\n    pass\nexcept E as timezone:\n    pass",
        "with a as timezone:\n    pass",
        "match a:\n    case [timezone]:\n        pass",
        "match a:\n    case {**timezone}:\n        pass",
        "if (timezone := 1):\n    pass",
        "f'{(timezone:=1)}'",
        "del timezone",
        "timezone: int",
        "from x import *",
        "from x import \\\n *",
        "\uff54imezone = 1",
    ],
)
def test_a_name_that_may_mean_something_else_is_unclear(extra: str) -> None:
    text = f"{ALREADY}{extra}\n"
    for file in (read(text), outlined(text)):
        assert prove_locally(file, edits(text, (24, 1, f"    return {CALL}"))) is None


def test_a_name_that_is_imported_further_down_is_unclear() -> None:
    text = f"{BEFORE}\nfrom datetime import timezone\n"
    assert prove_locally(read(text), edits(text, (10, 1, f"    start = {CALL}"))) is None


def test_an_edit_of_a_file_that_does_not_compile_need_not_compile_elsewhere() -> None:
    text = f"{BEFORE}\nreturn\n"
    replacements = edits(text, (14, 1, "        value = datetime.now()"))
    assert prove_locally(read(text), replacements) == whole(read(text), replacements) == Surface()


NAMES = st.sampled_from(["a", "b", "os", "time", "print"])
EXPRESSIONS = st.one_of(
    NAMES,
    st.builds("{}.{}".format, NAMES, NAMES),
    st.builds("{}({}, key={})".format, NAMES, NAMES, NAMES),
    st.builds("[{} for {} in {}]".format, NAMES, NAMES, NAMES),
    st.builds("lambda {}: {}".format, NAMES, NAMES),
    st.builds("({} := {})".format, NAMES, NAMES),
    st.builds("'{}'".format, NAMES),
)
SIMPLE = st.one_of(
    EXPRESSIONS,
    st.builds("{} = {}".format, NAMES, EXPRESSIONS),
    st.builds("{}: {} = {}".format, NAMES, EXPRESSIONS, NAMES),
    st.builds("import {}".format, NAMES),
    st.builds("from x import {} as {}".format, NAMES, NAMES),
    st.builds("del {}".format, NAMES),
    st.builds("global {}".format, NAMES),
    st.builds("return {}".format, EXPRESSIONS),
    st.just("pass"),
)
HEADS = st.one_of(
    st.builds("def {}({}):".format, NAMES, NAMES),
    st.builds("class {}({}):".format, NAMES, NAMES),
    st.builds("if {}:".format, EXPRESSIONS),
    st.builds("@{}\n{{0}}def {}():".format, NAMES, NAMES),
)


def _indented(head: str, body: list[str]) -> str:
    inner = "\n".join("    " + line for text in body for line in text.split("\n"))
    return f"{head.replace('{0}', '')}\n{inner}"


BLOCKS = st.builds(_indented, HEADS, st.lists(SIMPLE, min_size=1, max_size=3))
NESTED = st.builds(_indented, HEADS, st.lists(SIMPLE | BLOCKS, min_size=1, max_size=3))


@given(
    st.lists(SIMPLE | BLOCKS | NESTED, min_size=2, max_size=5),
    st.data(),
)
def test_both_proofs_agree_on_any_edit(statements: list[str], data: st.DataObject) -> None:
    text = "\n".join(statements) + "\n"
    try:
        file = read(text)
    except SourceError:
        return
    number = len(file.line_starts) - 1
    chosen = data.draw(st.lists(st.integers(1, number), min_size=1, max_size=2, unique=True))
    lines = []
    for line in sorted(chosen):
        old = file.line_text(line)
        margin = old[: len(old) - len(old.lstrip())]
        new = data.draw(
            st.builds("{}.{}".format, st.just(old), NAMES)
            | st.builds("{}({})".format, st.just(old), NAMES)
            | st.builds("{}(fresh)".format, st.just(old))
            | st.builds(f"{margin}{{}}".format, SIMPLE)
        )
        if data.draw(st.booleans()):
            lines.append((line, 1, new))
        else:
            lines.append((line, 0, f"{new}\n"))
    if lines[0][:2] != (1, 0) and data.draw(st.booleans()):
        lines.insert(0, (1, 0, "import fresh\n"))
    replacements = edits(text, *lines)
    found = prove_locally(file, replacements)
    if found is not None:
        assert found == whole(file, replacements)
