"""Where a value may come from."""

from __future__ import annotations

import pytest

from codemods.python.flow import Node, callers, origins
from codemods.python.flow import summary as op
from tests.python.flow.toy import graph_of

NAMES = {
    op.CALL: "call",
    op.METHOD: "method",
    op.PARAMETER: "parameter",
    op.ATTRIBUTE: "attribute",
    op.CONSTANT: "constant",
    op.BINARY: "binary",
}

CASES = {
    "call": ("probe(f())", ["call f"]),
    "constant": ("a = 3\nprobe(a)", ["constant 3"]),
    "branches": ("a = f()\nif x:\n    a = None\nprobe(a)", ["call f", "constant None"]),
    "or": ("probe(x or f())", ["call f", "free x"]),
    "outside": ("import m\nprobe(m.f())", ["m.f"]),
    "attribute of something outside": ("import m\nprobe(m.x)", ["m.x"]),
    "own function": ("def g():\n    return f()\nprobe(g())", ["call f"]),
    "tuple": ("def g():\n    return 1, f()\na, b = g()\nprobe(b)", ["call f"]),
    "dict": ("d = {'a': f(), 'b': 2}\nprobe(d['a'])", ["call f"]),
    "put into a dict": ("d = {}\nd['a'] = f()\nprobe(d['a'])", ["call f"]),
    "appended": ("d = []\nd.append(f())\nprobe(d[0])", ["call f"]),
    "put into an attribute": (
        "class C:\n    def __init__(self):\n        self.d = {}\n    def put(self, k):\n"
        "        self.d[k] = 1, f()\n    def get(self, k):\n        a, b = self.d[k]\n"
        "        probe(b)",
        ["call f"],
    ),
    "a container put in": (
        "d = {}\nd.update(a=1)\nd.update(f())\nprobe(d['a'])",
        ["call f at ('a',)"],
    ),
    "nothing put in": ("d = {}\nprobe(d['a'])", ["free d at ('a',)"]),
    "parameter": ("def g(a):\n    probe(a)", ["parameter a"]),
    "self attribute": (
        "class C:\n    def __init__(self):\n        self.a = f()\n    def g(self):\n"
        "        probe(self.a)",
        ["call f"],
    ),
    "unknown attribute": (
        "class C:\n    def __init__(self):\n        self.a = f()\ndef g(c):\n    probe(c.a)",
        ["?call f", "attribute a"],
    ),
    "class attribute": ("class C:\n    a = f()\nprobe(C().a)", ["call f"]),
    "field": ("class C:\n    a: int\nprobe(C(a=f()).a)", ["call f"]),
    "property": (
        "class C:\n    @property\n    def a(self):\n        return f()\nprobe(C().a)",
        ["call f"],
    ),
    "await": ("async def g():\n    return f()\nasync def h():\n    probe(await g())", ["call f"]),
    "generator": ("def g():\n    yield f()\nfor a in g():\n    probe(a)", ["call f"]),
    "recursive": ("def g(n):\n    return f() if n else g(n)\nprobe(g(1))", ["call f"]),
    "unknown subscript": ("import m\nprobe(m.f()['x'])", ["m.f at ('x',)"]),
}


def described(text: str, **options: bool) -> list[str]:
    graph = graph_of(text)

    def describe(node: Node) -> str:
        outside = graph.qualified(node)
        operation = graph.operation(node)
        if operation[0] == op.CALL:
            return graph.called(node) or f"call {graph.name_of(graph.beside(node, operation[5]))}"
        if outside is not None:
            return outside
        if operation[0] == op.CONSTANT:
            return f"constant {operation[5]}"
        return f"{NAMES.get(operation[0], 'free')} {graph.name_of(node)}"

    probes = [
        graph.beside(number, place)
        for number, operation in enumerate(graph.files[0].operations)
        if operation[0] == op.CALL and graph.name_of(graph.beside(number, operation[5])) == "probe"
        for place in operation[6]
    ]
    return sorted(
        ("" if origin.sure else "?")
        + describe(origin.node)
        + (f" at {origin.path}" if origin.path else "")
        for probe in probes
        for origin in origins(graph, probe, **options)
    )


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
def test_origins(text: str, expected: list[str]) -> None:
    assert described(text) == expected


def test_through_parameters() -> None:
    text = "def g(a=None):\n    probe(a)\ng(f())\ng(a=3)"
    assert described(text, through_parameters=True) == [
        "call f",
        "constant 3",
        "constant None",
        "parameter a",
    ]


def test_callers_are_complete_only_while_the_function_stays_in_sight() -> None:
    graph = graph_of("def g(a): pass\ng(1)\nx = g\nx(2)")
    function = graph.node(graph.files[0].path, graph.files[0].functions[0].place)
    calls, complete = callers(graph, function)
    assert [graph.where(call).line for call in calls] == [2, 4]
    assert complete
    graph = graph_of("import m\ndef g(a): pass\nm.register(g)")
    function = graph.node(graph.files[0].path, graph.files[0].functions[0].place)
    assert callers(graph, function) == ((), False)
