"""Names: every way to bind one, and what a read of it may mean."""

import ast
import sys

import pytest

from codemods.python.names import Names, Resolution


def meaning(source: str) -> Resolution:
    """Resolve the expression in the call ``here(...)`` of a source."""
    tree = ast.parse(source)
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "here"
    ]
    assert len(calls) == 1
    return Names(tree).qualified(calls[0].args[0])


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("import datetime\nhere(datetime.datetime.utcnow)", id="module"),
        pytest.param("import datetime as dt\nhere(dt.datetime.utcnow)", id="module-alias"),
        pytest.param("from datetime import datetime\nhere(datetime.utcnow)", id="from"),
        pytest.param("from datetime import datetime as x\nhere(x.utcnow)", id="from-alias"),
        pytest.param("from datetime import *\nhere(datetime.utcnow)", id="star"),
        pytest.param("import os, datetime\nhere(datetime.datetime.utcnow)", id="one-line"),
        pytest.param(
            "def f():\n    from datetime import datetime\n    here(datetime.utcnow)",
            id="in-function",
        ),
        pytest.param(
            "class C:\n    from datetime import datetime\n    x = here(datetime.utcnow)",
            id="in-class-body",
        ),
        pytest.param(
            "try:\n    from datetime import datetime\nexcept ImportError:\n    datetime = None\n"
            "here(datetime.utcnow)",
            id="placeholder-none",
        ),
        pytest.param("import datetime\nDT = datetime.datetime\nhere(DT.utcnow)", id="plain-alias"),
        pytest.param(
            "from datetime import datetime\n"
            "class P:\n    datetime = here(datetime.utcnow)\n    other = 1",
            id="class-attribute-not-yet-bound",
        ),
        pytest.param(
            "from datetime import datetime\n"
            "class P:\n    datetime = 1\n    def f(self):\n        here(datetime.utcnow)",
            id="class-attribute-not-seen-in-method",
        ),
        pytest.param(
            "from datetime import datetime\ndef f(datetime):\n    pass\nhere(datetime.utcnow)",
            id="parameter-of-another",
        ),
        pytest.param(
            "from datetime import datetime\n[datetime for datetime in x]\nhere(datetime.utcnow)",
            id="comprehension-target-stays-inside",
        ),
        pytest.param(
            "datetime = 3\nfrom datetime import datetime\nhere(datetime.utcnow)",
            id="rebound-before",
        ),
        pytest.param(
            "from datetime import datetime\n"
            "if a:\n    datetime = 1\nelse:\n    here(datetime.utcnow)",
            id="other-branch",
        ),
        pytest.param(
            "from datetime import datetime\n"
            "def f():\n    global datetime\n    here(datetime.utcnow)",
            id="global-read",
        ),
        pytest.param(
            "def f():\n    from datetime import datetime\n"
            "    def g():\n        nonlocal datetime\n        here(datetime.utcnow)",
            id="nonlocal-read",
        ),
        pytest.param(
            "def f():\n    from datetime import datetime\n"
            "    def g():\n        return lambda: [here(datetime.utcnow) for _ in x]",
            id="nested-deep",
        ),
    ],
)
@pytest.mark.fact("U40")
def test_means_the_standard_library(source: str) -> None:
    assert meaning(source).sole == "datetime.datetime.utcnow"


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("def f(datetime):\n    here(datetime.utcnow)", id="parameter"),
        pytest.param("[here(datetime.utcnow) for datetime in x]", id="comprehension"),
        pytest.param("for datetime in x:\n    here(datetime.utcnow)", id="for"),
        pytest.param("with x as datetime:\n    here(datetime.utcnow)", id="with"),
        pytest.param("try: x\nexcept E as datetime:\n    here(datetime.utcnow)", id="except"),
        pytest.param("if (datetime := x):\n    here(datetime.utcnow)", id="walrus"),
        pytest.param("match x:\n  case [datetime]:\n    here(datetime.utcnow)", id="match"),
        pytest.param("match x:\n  case [*datetime]:\n    here(datetime.utcnow)", id="match-star"),
        pytest.param("match x:\n  case {**datetime}:\n    here(datetime.utcnow)", id="match-rest"),
        pytest.param("class datetime: pass\nhere(datetime.utcnow)", id="class"),
        pytest.param("def datetime(): pass\nhere(datetime.utcnow)", id="function"),
        pytest.param("lambda datetime: here(datetime.utcnow)", id="lambda"),
        pytest.param("def f():\n    here(datetime.utcnow)\n    datetime = 1", id="later-local"),
        pytest.param("def f():\n    here(datetime.utcnow)\ndatetime = 1", id="later-global"),
        pytest.param("while x:\n    here(datetime.utcnow)\n    datetime = 1", id="in-a-loop"),
        pytest.param(
            "def f():\n    global datetime\n    datetime = 1\nhere(datetime.utcnow)", id="global"
        ),
        pytest.param(
            "def f():\n    from datetime import datetime\n"
            "    def g():\n        nonlocal datetime\n        datetime = 1\n"
            "    here(datetime.utcnow)",
            id="nonlocal",
        ),
        pytest.param("if x:\n    datetime = 1\nhere(datetime.utcnow)", id="perhaps-rebound"),
        pytest.param("del datetime\nhere(datetime.utcnow)", id="deleted"),
        pytest.param("try: x\nexcept E:\n    import datetime\nhere(datetime.utcnow)", id="try"),
        pytest.param(
            "class P:\n    datetime = 1\n    other = here(datetime.utcnow)", id="class-attribute"
        ),
    ],
)
@pytest.mark.fact("U41", "R45")
def test_does_not_certainly_mean_the_standard_library(source: str) -> None:
    found = meaning("from datetime import datetime\n" + source)
    assert found.sole != "datetime.datetime.utcnow"
    assert found.why()


@pytest.mark.fact("U41")
def test_relative_imports_keep_their_dots() -> None:
    assert meaning("from .datetime import datetime\nhere(datetime)").names == {".datetime.datetime"}
    assert meaning("from . import datetime\nhere(datetime)").names == {".datetime"}
    assert meaning("from .. import datetime\nhere(datetime)").names == {"..datetime"}


@pytest.mark.fact("U43")
def test_imports_for_type_checkers_do_not_count() -> None:
    source = (
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from datetime import datetime\n"
        "else:\n    from clock import datetime\n"
        "here(datetime)"
    )
    assert meaning(source).names == {"clock.datetime"}


def test_two_imports_are_ambiguous() -> None:
    source = "try:\n    from a import x\nexcept ImportError:\n    from b import x\nhere(x)"
    assert meaning(source).names == {"a.x", "b.x"}
    assert meaning(source).means("a.x", "b.x", "c.x")
    assert not meaning(source).means("a.x")


def test_unknown_stars_are_named() -> None:
    found = meaning("from a import *\nhere(thing)")
    assert [star.origin for star in found.stars] == ["a"]
    assert "from a import *" in found.why()


def test_builtins_and_unbound() -> None:
    assert meaning("here(print)").sole == "builtins.print"
    assert meaning("here(nothing)").unbound


@pytest.mark.skipif(sys.version_info < (3, 12), reason="PEP 695 syntax")
def test_type_parameters_hide() -> None:
    assert meaning("import T\ndef f[T](x):\n    here(T)").opaque
    assert meaning("import T\nclass C[T]:\n    here(T)").opaque
    assert meaning("import T\ndef f[T](x): pass\nhere(T)").sole == "T"


def test_thousand_fold_nesting() -> None:
    source = "x = " + "+".join(["1"] * 900) + "\nif a: pass\n"
    source += "".join(f"elif a == {number}: pass\n" for number in range(900))
    Names(ast.parse(source))


def taken(source: str, name: str) -> bool:
    tree = ast.parse(source)
    names: Names = Names(tree)
    ((_, point),) = names.reads("here")
    return names.taken(name, point) is not None


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("here", False),
        ("here\ntimezone = 1", True),
        ("def f():\n    here\n    timezone = 1", True),
        ("def f():\n    here\ndef g():\n    timezone = 1", False),
        ("def f(timezone):\n    def g():\n        here", True),
        ("class C:\n    timezone = 1\n    x = here", True),
        ("class C:\n    timezone = 1\n    def f(self): here", False),
        ("[here for timezone in x]", True),
        ("lambda timezone: here", True),
        ("def f():\n    global timezone\n    timezone = 1\nhere", True),
        ("def f():\n    timezone: int\n    here", True),
        ("from django.utils import timezone\nhere", True),
    ],
)
@pytest.mark.fact("U42")
def test_free_in_every_scope_up_to_the_module(source: str, expected: bool) -> None:
    assert taken(source, "timezone") is expected


def test_given_by_star() -> None:
    names = Names(ast.parse("from app.clock import *\nx = timezone"))
    star = names.given_by_star("timezone")
    assert star is not None
    assert star.origin == "app.clock"
    assert names.given_by_star("other") is None
