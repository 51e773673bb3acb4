"""Where seeds go, and what is done with them there."""

from __future__ import annotations

import pytest

from codemods.codemod import Near
from codemods.python.flow import Follow, Use, follow
from tests.python.flow.toy import escapes, graph_of, methods, one, reach_of

SAME_FILE = {
    "expression": ("seed().hit()", ["hit"]),
    "through the judge": ("(seed() + 1).hit(); (seed() - 1).miss()", ["hit"]),
    "choice": ("(seed() if x else 0).hit()", ["hit"]),
    "or": ("(x or seed()).hit()", ["hit"]),
    "variable": ("a = seed(); b = a; b.hit()", ["hit"]),
    "rebound": ("a = seed(); a.hit(); a = 1; a.miss()", ["hit"]),
    "branch": ("a = 0\nif x:\n    a = seed()\na.hit()", ["hit"]),
    "branch that leaves": (
        "def f(x):\n    a = 0\n    if x:\n        a = seed()\n        return 1\n    a.miss()",
        [],
    ),
    "loop": ("a = 0\nfor x in y:\n    a.hit()\n    a = seed()", ["hit"]),
    "while and after": ("a = 0\nwhile x:\n    a = seed()\na.hit()", ["hit"]),
    "handler": (
        "a = 0\ntry:\n    a = seed()\n    f()\n    a = 1\nexcept E:\n    a.hit()\na.last()",
        ["hit", "last"],
    ),
    "finally": ("try:\n    a = seed()\nfinally:\n    a.hit()", ["hit"]),
    "augmented": ("a = seed()\na += 1\na.hit()", ["hit"]),
    "walrus": ("if (a := seed()):\n    a.hit()", ["hit"]),
    "match": ("match seed():\n    case a:\n        a.hit()", ["hit"]),
    "closure": ("def f():\n    a = seed()\n    def g():\n        a.hit()\n    return g", ["hit"]),
    "nonlocal": (
        "def f():\n    a = 0\n    def g():\n        nonlocal a\n        a = seed()\n"
        "    g()\n    a.hit()",
        ["hit"],
    ),
    "nonlocal above the assignment": (
        "def f():\n    def g():\n        nonlocal a\n        a = seed()\n"
        "    a = 0\n    g()\n    a.hit()",
        ["hit"],
    ),
    "nonlocal and rebound": (
        "def f():\n    a = 0\n    def g():\n        nonlocal a\n        a = seed()\n"
        "    a = 1\n    g()\n    a.hit()",
        ["hit"],
    ),
    "nonlocal of a nonlocal": (
        "def f():\n    a = 0\n    def g():\n        nonlocal a\n        a = 1\n"
        "        def h():\n            nonlocal a\n            a = seed()\n        h()\n"
        "    g()\n    a.hit()",
        ["hit"],
    ),
    "global": ("A = 0\ndef f():\n    global A\n    A = seed()\ndef g():\n    A.hit()", ["hit"]),
    "global read first": (
        "A = seed()\ndef f():\n    global A\n    A.hit()\n    A = 0",
        ["hit"],
    ),
    "module constant": ("A = seed()\ndef g():\n    return A.hit()", ["hit"]),
    "class body": ("class C:\n    a = seed()\n    b = a.hit()", ["hit"]),
    "comprehension": ("[a.hit() for a in [seed()]]\na.miss()", ["hit"]),
    "unpacking": ("a, b = seed(), 1\na.hit()\nb.miss()", ["hit"]),
    "unpacking a call": (
        "def f():\n    return 1, seed()\na, b = f()\nb.hit()\na.miss()",
        ["hit"],
    ),
    "list": ("a = [seed()]\na[0].hit()\nfor x in a:\n    x.first()", ["first", "hit"]),
    "append": ("a = []\na.append(seed())\na[-1].hit()", ["hit"]),
    "dict": (
        "a = {'k': seed(), 'l': 1}\na['k'].hit()\na['l'].miss()\na.get('k').got()",
        ["got", "hit"],
    ),
    "subscript": ("a = {}\na['k'] = seed()\na['k'].hit()\na['l'].miss()", ["hit"]),
    "items": ("a = {'k': seed()}\nfor k, v in a.items():\n    v.hit()\n    k.miss()", ["hit"]),
    "values": ("a = dict(k=seed())\nfor v in a.values():\n    v.hit()", ["hit"]),
    "nested": ("a = {'k': [seed()]}\na['k'][0].hit()", ["hit"]),
    "max": ("max([seed(), x]).hit()", ["hit"]),
    "return": ("def f():\n    return seed()\nf().hit()", ["hit"]),
    "lambda": ("f = lambda: seed()\nf().hit()", ["hit"]),
    "argument": ("def f(a, b):\n    b.hit()\n    a.miss()\nf(1, seed())", ["hit"]),
    "keyword": ("def f(a, b):\n    b.hit()\n    a.miss()\nf(1, b=seed())", ["hit"]),
    "default": ("def f(a=seed()):\n    a.hit()", ["hit"]),
    "rest": ("def f(*a):\n    a[1].hit()\n    a[0].miss()\nf(1, seed())", ["hit"]),
    "keywords": ("def f(**a):\n    a['k'].hit()\n    a['l'].miss()\nf(k=seed())", ["hit"]),
    "generator": ("def f():\n    yield seed()\nfor a in f():\n    a.hit()", ["hit"]),
    "yield from": (
        "def f():\n    yield seed()\ndef g():\n    yield from f()\nfor a in g():\n    a.hit()",
        ["hit"],
    ),
    "await": (
        "async def f():\n    return seed()\nasync def g():\n    (await f()).hit()\n    f().miss()",
        ["hit"],
    ),
    "context manager": (
        "from contextlib import contextmanager\n@contextmanager\ndef f():\n    yield seed()\n"
        "with f() as a:\n    a.hit()",
        ["hit"],
    ),
    "enter": (
        "class C:\n    def __enter__(self):\n        return seed()\nwith C() as a:\n    a.hit()",
        ["hit"],
    ),
    "attribute": (
        "class C:\n    def __init__(self):\n        self.a = seed()\n    def f(self):\n"
        "        self.a.hit()\n        self.b.miss()",
        ["hit"],
    ),
    "attribute of another class": (
        "class C:\n    def f(self):\n        self.a = seed()\n"
        "class D:\n    def f(self):\n        self.a.miss()",
        [],
    ),
    "inherited attribute": (
        "class B:\n    def f(self):\n        self.a = seed()\n"
        "class C(B):\n    def g(self):\n        self.a.hit()",
        ["hit"],
    ),
    "attribute seen by the base": (
        "class B:\n    def g(self):\n        self.a.hit()\n"
        "class C(B):\n    def f(self):\n        self.a = seed()",
        ["hit"],
    ),
    "sibling": (
        "class B: pass\nclass C(B):\n    def f(self):\n        self.a = seed()\n"
        "class D(B):\n    def f(self):\n        self.a.miss()",
        [],
    ),
    "unknown receiver": (
        "class C:\n    def f(self):\n        self.a = seed()\ndef g(c):\n    c.a.hit()",
        ["?hit"],
    ),
    "first parameter of a static method": (
        "class C:\n    def f(self):\n        self.a = seed()\n"
        "class D:\n    @staticmethod\n    def g(x):\n        x.a.hit()",
        ["?hit"],
    ),
    "made by an unknown receiver": (
        "class C:\n    def f(self):\n        self.a = seed()\nclass E: pass\n"
        "class D:\n    def make(self):\n        return E()\ndef g(d):\n    d.make().a.hit()",
        ["?hit"],
    ),
    "made by a context manager": (
        "from contextlib import contextmanager\n"
        "class C:\n    def f(self):\n        self.a = seed()\n"
        "@contextmanager\ndef make():\n    yield C()\nwith make() as c:\n    c.a.hit()",
        ["hit"],
    ),
    "kept by a namesake": (
        "class C:\n    def f(self):\n        self.a = seed()\nclass B: pass\n"
        "class H:\n    def __init__(self):\n        self.c = B()\n"
        "class I:\n    def __init__(self):\n        self.c = C()\n"
        "def g(h: H):\n    h.c.a.miss()",
        [],
    ),
    "annotated receiver": (
        "class C:\n    def f(self):\n        self.a = seed()\ndef g(c: 'C | None'):\n    c.a.hit()",
        ["hit"],
    ),
    "constructed receiver": (
        "class C:\n    def f(self):\n        self.a = seed()\nc = C()\nc.a.hit()",
        ["hit"],
    ),
    "field": ("class C:\n    a: int = 0\nc = C(a=seed())\nc.a.hit()", ["hit"]),
    "class attribute": ("class C:\n    a = seed()\nC.a.hit()", ["hit"]),
    "property": (
        "class C:\n    @property\n    def a(self):\n        return seed()\nC().a.hit()",
        ["hit"],
    ),
    "receiver that a property gives": (
        "class C:\n    def f(self):\n        self.a = seed()\n"
        "class D:\n    @property\n    def c(self):\n        return C()\nD().c.a.hit()",
        ["hit"],
    ),
    "receiver that a property promises": (
        "from functools import cached_property\n"
        "class C:\n    def f(self):\n        self.a = seed()\n"
        "class D:\n    @cached_property\n    def c(self) -> C:\n        return m()\nD().c.a.hit()",
        ["hit"],
    ),
    "receiver that a property promises from outside": (
        "from jinja2 import Environment\nclass C:\n    def f(self):\n        self.a = seed()\n"
        "class D:\n    @property\n    def c(self) -> Environment:\n        return m()\n"
        "D().c.a.miss()",
        [],
    ),
    "method": ("class C:\n    def f(self):\n        return seed()\nC().f().hit()", ["hit"]),
    "argument of a method": (
        "class C:\n    def f(self, a):\n        a.hit()\nC().f(seed())",
        ["hit"],
    ),
    "argument of an unknown method": (
        "class C:\n    def f(self, a):\n        a.hit()\ndef g(c):\n    c.f(seed())",
        ["?hit"],
    ),
    "constructor": (
        "class C:\n    def __init__(self, a):\n        self.a = a\nC(seed()).a.hit()",
        ["hit"],
    ),
    "super": (
        "class B:\n    def f(self):\n        return seed()\nclass C(B):\n    def f(self):\n"
        "        return super().f().hit()",
        ["hit"],
    ),
    "recursion": ("def f(a):\n    a.hit()\n    f(a.same())\nf(seed())", ["hit", "same"]),
    "container attribute": (
        "class C:\n    def __init__(self):\n        self.all = []\n"
        "    def add(self):\n        self.all.append(seed())\n"
        "    def get(self):\n        self.all[0].hit()",
        ["hit"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), SAME_FILE.values(), ids=SAME_FILE.keys())
def test_same_file(text: str, expected: list[str]) -> None:
    assert one(text) == sorted(expected)


OTHER_FILES = {
    "function": ({"a": "def f():\n    return seed()", "b": "from a import f\nf().hit()"}, ["hit"]),
    "module attribute": (
        {"a": "def f():\n    return seed()", "b": "import a\na.f().hit()"},
        ["hit"],
    ),
    "package": (
        {
            "p.__init__": "",
            "p.a": "X = seed()",
            "p.b": "from . import a\nfrom .a import X as Y\na.X.hit()\nY.as_well()",
            "c": "import p.a\np.a.X.too()",
        },
        ["as_well", "hit", "too"],
    ),
    "re-export": (
        {
            "p.__init__": "from p.a import X",
            "p.a": "X = seed()",
            "c": "from p import X\nX.hit()",
        },
        ["hit"],
    ),
    "star": ({"a": "X = seed()", "b": "from a import *\nX.hit()"}, ["hit"]),
    "argument": ({"a": "def f(x):\n    x.hit()", "b": "from a import f\nf(seed())"}, ["hit"]),
    "attribute": (
        {
            "a": "class C:\n    def __init__(self):\n        self.x = seed()",
            "b": "from a import C\nclass D(C):\n    def f(self):\n        self.x.hit()",
        },
        ["hit"],
    ),
    "not the standard library's namesake": (
        {"p.__init__": "", "p.json": "loads = seed()", "b": "import json\njson.loads.miss()"},
        [],
    ),
}


@pytest.mark.parametrize(("files", "expected"), OTHER_FILES.values(), ids=OTHER_FILES.keys())
def test_other_files(files: dict[str, str], expected: list[str]) -> None:
    assert methods(graph_of(**files)) == expected


ESCAPES = {
    "unknown call": ("import m\nm.f(seed())", ["unknown-call:2"]),
    "unknown method": ("def f(c):\n    c.f(seed())", ["unknown-call:2"]),
    "outside base": (
        "import m\nclass C(m.B):\n    def f(self):\n        self.abc = seed()",
        ["outside-base:4"],
    ),
    "string": (
        "class C:\n    def f(self):\n        self.abc = seed()\nt = 'on {{ c.abc }}'\nu = 'abcd'",
        ["string:4"],
    ),
    "unknown object": ("def f(c):\n    c.abc = seed()", ["unknown-object:2"]),
    "setattr": ("def f(c):\n    setattr(c, 'x', seed())", ["dynamic:2"]),
    "star": ("def f(*a): pass\nf(*x, seed())", ["dynamic:2"]),
    "decorator": ("import m\n@m.d\ndef f():\n    return seed()", ["decorator:2"]),
}


@pytest.mark.parametrize(("text", "expected"), ESCAPES.values(), ids=ESCAPES.keys())
def test_escapes(text: str, expected: list[str]) -> None:
    assert escapes(graph_of(text)) == expected


def uses(text: str) -> list[tuple[str, str, str]]:
    graph = graph_of(text)
    return [
        (use.kind, use.name, ".".join(str(graph.where(other).line) for other in use.others))
        for use in reach_of(graph).uses
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = seed()\nb = f()\na < b", ("compare", "<", "2")),
        ("a = seed()\na - f()", ("binary", "-", "2")),
        ("f'{seed():%Y}'", ("text", "%Y", "1")),
        ("f'{seed()!r}'", ("text", "r", "1")),
        ("import json\njson.dumps(seed())", ("argument", "json.dumps", "")),
        ("from json import dumps as d\nd(seed())", ("argument", "json.dumps", "")),
        ("str(seed())", ("argument", "builtins.str", "")),
        ("seed().year", ("attribute", "year", "")),
        ("seed()[:3]", ("slice", "", "1")),
        ("x[seed()]", ("key", "", "1")),
        ("raise seed()", ("raise", "", "")),
        ("if seed(): pass", ("truth", "", "")),
        ("assert not seed()", ("truth", "not", "")),
        ("def f():\n    yield seed()", ("yield", "", "")),
    ],
)
def test_uses(text: str, expected: tuple[str, str, str]) -> None:
    seen = uses(text)
    assert expected[:2] in [use[:2] for use in seen]
    if expected[2]:
        assert any(use[:2] == expected[:2] and expected[2] in use[2] for use in seen)


def test_stop_ends_the_reach() -> None:
    graph = graph_of("a = seed()\na.stop()\ndef f():\n    a.never()")
    reach = reach_of(graph)
    assert reach.stopped
    assert [use.name for use in reach.uses] == ["stop"]


def test_needs_name_what_another_round_would_search() -> None:
    graph = graph_of("def shared():\n    return seed()\nclass C:\n    x = seed()")
    seeds = [(graph.node(graph.files[0].path, p), ()) for p in graph.files[0].seeds.values()]

    def judge(use: Use) -> Follow:
        return Follow.NO

    reach = follow(graph, seeds, judge)
    home = graph.files[0].path
    assert reach.needs.near == {Near(b"shared", home), Near(b".x", home)}
    reach = follow(graph, seeds, judge, searched={Near(b"shared", home)}, refused={b".x"})
    assert not reach.needs.near
    assert [(escape.kind, escape.name) for escape in reach.escapes] == [("not-followed", "x")]


def test_reference_is_followed_to_its_calls() -> None:
    from codemods.python.flow import Step

    graph = graph_of("import m\nf = m.make\ndef g(h):\n    h().hit()\ng(f)\nm.C(default=f)")
    made = graph.by_name.of("make")[0]
    seen: list[tuple[str, str, bool]] = []

    def judge(use: Use) -> Follow:
        seen.append((use.kind, use.name, bool(use.inside)))
        return Follow.NO

    follow(graph, [(made, (Step.CALL,))], judge)
    assert ("method", "hit", False) in seen
    assert ("argument", "m.C", True) in seen
