"""Which definitions reach a place in one function's body.

A small forward analysis over the structured syntax tree. Besides the local names it follows
*marks*: variables that calls define, such as "the result that this cursor holds". A call that
raises leaves its mark broken, so an exception handler sees `BROKEN` and not the old definition.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["BROKEN", "UNBOUND", "Facts", "Marker", "reaching_definitions"]

UNBOUND = ast.Pass()  #: nothing was defined on some path
BROKEN = ast.Pass()  #: the defining call may have raised on some path

State = dict[str, frozenset[ast.AST]]
Marker = Callable[[ast.expr], Iterable[str]]
"""Names the marks that an expression defines when it is evaluated without raising."""


@dataclass(slots=True)
class Facts:
    """What was found about a body."""

    loads: dict[ast.AST, frozenset[ast.AST]] = field(default_factory=dict)
    """For each name that is read: the nodes that may have defined it."""
    marks: dict[ast.AST, Mapping[str, frozenset[ast.AST]]] = field(default_factory=dict)
    """For each name, attribute, call and `with`: all variables and marks as it is evaluated."""


def reaching_definitions(
    body: Sequence[ast.stmt], parameters: Iterable[str], marker: Marker
) -> Facts:
    """Follow definitions through a body; parameters are defined by `UNBOUND`'s opposite, nothing.

    Nested functions and classes are not entered.
    """
    walk = _Walk(marker)
    state: State = {name: frozenset() for name in parameters}
    walk.block(body, state)
    return walk.facts


def _merge(states: Iterable[State | None]) -> State | None:
    live = [state for state in states if state is not None]
    if not live:
        return None
    merged: State = {}
    unbound = frozenset((UNBOUND,))
    for name in {name for state in live for name in state}:
        merged[name] = frozenset().union(*(state.get(name, unbound) for state in live))
    return merged


@dataclass(slots=True)
class _Loop:
    breaks: list[State] = field(default_factory=list)
    continues: list[State] = field(default_factory=list)


class _Walk:
    def __init__(self, marker: Marker) -> None:
        self.marker = marker
        self.facts = Facts()
        self.loops: list[_Loop] = []
        self.handlers: list[list[State]] = []  # states that a handler or finally may begin with

    # -- statements: each takes a state, changes it in place, and returns it or None (no way on)

    def block(self, body: Sequence[ast.stmt], state: State | None) -> State | None:
        for statement in body:
            if state is None:
                return None
            state = self.statement(statement, state)
        return state

    def statement(self, node: ast.stmt, state: State) -> State | None:
        match node:
            case ast.If():
                self.expression(node.test, state)
                return _merge(
                    (self.block(node.body, dict(state)), self.block(node.orelse, dict(state)))
                )
            case ast.For() | ast.AsyncFor():
                self.expression(node.iter, state)
                return self.loop(node, state, lambda inner: self.target(node.target, inner))
            case ast.While():
                endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
                return self.loop(
                    node, state, lambda inner: self.expression(node.test, inner), endless
                )
            case ast.Try() | ast.TryStar():
                return self.try_(node, state)
            case ast.With() | ast.AsyncWith():
                return self.with_(node, state)
            case ast.Match():
                self.expression(node.subject, state)
                ends: list[State | None] = [dict(state)]
                for case in node.cases:
                    inner = dict(state)
                    for name in _captures(case.pattern):
                        self.define(name, case.pattern, inner)
                    if case.guard is not None:
                        self.expression(case.guard, inner)
                    ends.append(self.block(case.body, inner))
                return _merge(ends)
            case ast.Return() | ast.Raise():
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self.expression(child, state)
                self.note(state)
                return None
            case ast.Break():
                if self.loops:
                    self.loops[-1].breaks.append(state)
                return None
            case ast.Continue():
                if self.loops:
                    self.loops[-1].continues.append(state)
                return None
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self.define(node.name, node, state)
            case ast.Import() | ast.ImportFrom():
                for alias in node.names:
                    self.define((alias.asname or alias.name).split(".")[0], node, state)
            case ast.Assign():
                self.expression(node.value, state)
                for target in node.targets:
                    self.target(target, state)
            case ast.AugAssign():
                self.expression(node.value, state)
                if isinstance(node.target, ast.Name):
                    self.facts.loads[node.target] = state.get(node.target.id, frozenset((UNBOUND,)))
                self.target(node.target, state)
            case ast.AnnAssign():
                if node.value is not None:
                    self.expression(node.value, state)
                    self.target(node.target, state)
            case ast.Delete():
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        state[target.id] = frozenset((UNBOUND,))
                    else:
                        self.target(target, state)
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self.expression(child, state)
        return state

    def loop(
        self,
        node: ast.For | ast.AsyncFor | ast.While,
        state: State,
        begin: Callable[[State], None],
        endless: bool = False,
    ) -> State | None:
        head: State = state
        while True:
            loop = _Loop()
            self.loops.append(loop)
            inner = dict(head)
            begin(inner)
            end = self.block(node.body, inner)
            self.loops.pop()
            again = _merge((head, end, *loop.continues))
            assert again is not None
            if again == head:
                break
            head = again
        out: State | None = None
        if not endless:
            out = dict(head)
            if isinstance(node, ast.While):
                begin(out)
            out = self.block(node.orelse, out)
        return _merge((out, *loop.breaks))

    def try_(self, node: ast.Try | ast.TryStar, state: State) -> State | None:
        raised: list[State] = [dict(state)]
        self.handlers.append(raised)
        end = self.block(node.body, dict(state))
        self.handlers.pop()
        if end is not None:
            end = self.block(node.orelse, end)
        ends = [end]
        into = _merge(raised)
        leaving: list[State] = [] if into is None else [into]
        for handler in node.handlers:
            inner = dict(into or {})
            if handler.type is not None:
                self.expression(handler.type, inner)
            if handler.name:
                self.define(handler.name, handler, inner)
            self.handlers.append(leaving)
            ends.append(self.block(handler.body, inner))
            self.handlers.pop()
        out = _merge(ends)
        if node.finalbody:
            for sink in self.handlers[-1:]:
                sink += leaving
            # Once for the paths that raise or return, whose facts are joined with the others'.
            self.block(node.finalbody, dict(_merge((out, *leaving)) or {}))
            if out is not None:
                out = self.again(node.finalbody, out)
        else:
            for sink in self.handlers[-1:]:
                sink += leaving
        return out

    def again(self, body: Sequence[ast.stmt], state: State) -> State | None:
        """Walk a body a second time for its end only."""
        facts, self.facts = self.facts, Facts()
        end = self.block(body, dict(state))
        self.facts = facts
        return end

    def with_(self, node: ast.With | ast.AsyncWith, state: State) -> State | None:
        for item in node.items:
            self.expression(item.context_expr, state)
            self.facts.marks[item.context_expr] = dict(state)
            if item.optional_vars is not None:
                self.target(item.optional_vars, state)
        # Whether a context manager swallows exceptions is not known: only paths that end
        # normally are followed, and those that raise leave the function or meet a handler.
        return self.block(node.body, state)

    # -- expressions

    def target(self, node: ast.expr, state: State) -> None:
        match node:
            case ast.Name():
                self.define(node.id, node, state)
            case ast.Tuple() | ast.List():
                for element in node.elts:
                    self.target(element, state)
            case ast.Starred():
                self.target(node.value, state)
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self.expression(child, state)

    def define(self, name: str, node: ast.AST, state: State) -> None:
        state[name] = frozenset((node,))
        self.note(state)

    def note(self, state: State) -> None:
        for sink in self.handlers[-1:]:
            sink.append(dict(state))

    def expression(self, node: ast.expr, state: State) -> None:
        match node:
            case ast.Name(ctx=ast.Load()):
                found = state.get(node.id, frozenset((UNBOUND,)))
                self.facts.loads[node] = self.facts.loads.get(node, frozenset()) | found
                self.remember(node, state)
                return
            case ast.Lambda():
                return
            case ast.NamedExpr():
                self.expression(node.value, state)
                self.target(node.target, state)
                return
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                self.comprehension(node, state)
                return
            case ast.BoolOp():
                self.expression(node.values[0], state)
                for value in node.values[1:]:
                    inner = dict(state)
                    self.expression(value, inner)
                    merged = _merge((state, inner))
                    assert merged is not None
                    state.update(merged)
                return
            case ast.IfExp():
                self.expression(node.test, state)
                one, other = dict(state), dict(state)
                self.expression(node.body, one)
                self.expression(node.orelse, other)
                merged = _merge((one, other))
                assert merged is not None
                state.update(merged)
                return
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.expression(child, state)
            elif isinstance(child, ast.keyword):
                self.expression(child.value, state)
        if isinstance(node, ast.Call | ast.Attribute):
            self.remember(node, state)
            marks = tuple(self.marker(node))
            for mark in marks:
                state[mark] = frozenset((BROKEN,))
            if marks:
                self.note(state)
            for mark in marks:
                state[mark] = frozenset((node,))
            if marks:
                self.note(state)

    def remember(self, node: ast.expr, state: State) -> None:
        earlier = self.facts.marks.get(node)
        here = dict(state)
        if earlier is not None:
            here = _merge((dict(earlier), here)) or {}
        self.facts.marks[node] = here

    def comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, state: State
    ) -> None:
        inner = state
        for generator in node.generators:
            self.expression(generator.iter, inner)
            inner = dict(inner)
            for name in ast.walk(generator.target):
                if isinstance(name, ast.Name):
                    inner[name.id] = frozenset((name,))
            for condition in generator.ifs:
                self.expression(condition, inner)
        if isinstance(node, ast.DictComp):
            self.expression(node.key, inner)
            self.expression(node.value, inner)
        else:
            self.expression(node.elt, inner)


def _captures(pattern: ast.pattern) -> Iterable[str]:
    for node in ast.walk(pattern):
        name = getattr(node, "name", None) or getattr(node, "rest", None)
        if isinstance(name, str):
            yield name
