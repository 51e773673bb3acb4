"""How control flow is walked: what names stand for where branches meet."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from codemods.python.flow import summary as op
from codemods.python.flow.walk.assignments import assign
from codemods.python.flow.walk.bindings import add_targets, walrus_names
from codemods.python.flow.walk.expressions import visit_test
from codemods.python.flow.walk.state import Statements, Walk

__all__ = ["BRANCHES"]


def if_statement(walk: Walk, node: ast.If) -> None:
    """Walk both branches from the same start."""
    visit_test(walk, node.test)
    before = walk.scope.env
    first = _branch(walk, before, node.body)
    second = _branch(walk, before, node.orelse) if node.orelse else before
    _merge(walk, (first, second))


def match_statement(walk: Walk, node: ast.Match) -> None:
    """Walk each case from the same start; a pattern may also not match at all."""
    subject = walk.visit(node.subject)
    before = walk.scope.env
    ends: list[dict[str, int] | None] = [before]
    for case in node.cases:
        walk.scope.env = dict(before)
        for part in ast.walk(case.pattern):
            if isinstance(part, ast.MatchAs | ast.MatchStar) and part.name is not None:
                whole = part is case.pattern
                value = subject if whole else walk.emit(op.ITEM, part, subject, 0)
                walk.bind(part.name, value)
            elif isinstance(part, ast.MatchMapping) and part.rest is not None:
                walk.bind(part.rest, walk.emit(op.ITEM, part, subject, 0))
        if case.guard is not None:
            visit_test(walk, case.guard)
        ends.append(_branch(walk, walk.scope.env, case.body))
    _merge(walk, ends)


def loop(walk: Walk, node: ast.For | ast.AsyncFor | ast.While) -> None:
    """Walk a loop once; a name that it binds is a VARIABLE from its head on."""
    scope = walk.scope
    source = 0
    if isinstance(node, ast.For | ast.AsyncFor):
        source = walk.visit(node.iter)
    names = walk.bound(node.body)
    if isinstance(node, ast.For | ast.AsyncFor):
        add_targets(node.target, names)
    elif walk.walrus:
        names.update(walrus_names(node.test))
    heads: dict[str, int] = {}
    env = dict(scope.env)
    for name in sorted(names):
        if name in scope.redirected or name in walk.smeared:
            continue
        heads[name] = variable = walk.variable(None, name)
        walk.flow(scope.env.get(name, 0), variable)
        env[name] = variable
    mark = len(scope.log)
    scope.env = env
    if isinstance(node, ast.While):
        visit_test(walk, node.test)
    else:
        assign(walk, node.target, walk.emit(op.ITERATE, node.iter, source))
    _branch(walk, scope.env, node.body)
    for name, place in scope.log[mark:]:
        head = heads.get(name)
        if head is not None:
            walk.flow(place, head)
    scope.env = env
    scope.dead = False
    if node.orelse:
        end = _branch(walk, env, node.orelse)
        _merge(walk, (env, end))


def with_statement(walk: Walk, node: ast.With | ast.AsyncWith) -> None:
    """Walk ``with``; it runs once."""
    for item in node.items:
        place = walk.visit(item.context_expr)
        entered = walk.emit(op.ENTER, item.context_expr, place)
        if item.optional_vars is not None:
            assign(walk, item.optional_vars, entered)
    walk.block(node.body)


def try_statement(walk: Walk, node: ast.Try | ast.TryStar) -> None:
    """Walk ``try``; a handler may begin after any of the bindings."""
    scope = walk.scope
    before = dict(scope.env)
    mark = len(scope.log)
    end = _branch(walk, before, node.body)
    interrupted = _interrupted(walk, before, scope.log[mark:])
    ends: list[dict[str, int] | None] = []
    for handler in node.handlers:
        scope.env = dict(interrupted)
        if handler.type is not None:
            walk.visit(handler.type)
        if handler.name is not None:
            walk.bind(handler.name, walk.variable(handler, handler.name))
        ends.append(_branch(walk, scope.env, handler.body))
    if end is not None and node.orelse:
        end = _branch(walk, end, node.orelse)
    ends.insert(0, end)
    _merge(walk, ends)
    if node.finalbody:
        dead = scope.dead
        if dead:
            scope.env = _interrupted(walk, before, scope.log[mark:])
        scope.dead = False
        walk.block(node.finalbody)
        scope.dead = scope.dead or dead


def jump(walk: Walk, node: ast.stmt) -> None:
    """End a branch by ``break`` or ``continue``."""
    walk.scope.dead = True


def _branch(walk: Walk, env: Mapping[str, int], body: Iterable[ast.stmt]) -> dict[str, int] | None:
    """Walk a block that starts with `env`; return what holds after it, None if it jumps."""
    scope = walk.scope
    scope.env = dict(env)
    scope.dead = False
    walk.block(body)
    dead, scope.dead = scope.dead, False
    return None if dead else scope.env


def _merge(walk: Walk, branches: Iterable[dict[str, int] | None]) -> None:
    """Let names stand for what they may be after any of the branches."""
    scope = walk.scope
    alive = [env for env in branches if env is not None]
    if not alive:
        scope.dead = True
        return
    scope.dead = False
    result = alive[0]
    for other in alive[1:]:
        if other == result:
            continue
        merged = dict(result)
        for name, place in other.items():
            mine = result.get(name)
            if mine is None:
                merged[name] = place
            elif mine != place:
                variable = walk.variable(None, name)
                walk.flow(mine, variable)
                walk.flow(place, variable)
                merged[name] = variable
        result = merged
    scope.env = result


def _interrupted(
    walk: Walk, before: Mapping[str, int], log: Sequence[tuple[str, int]]
) -> dict[str, int]:
    """Return what may hold when a block that did these bindings was left at any point."""
    env = dict(before)
    seen: dict[str, int] = {}
    for name, place in log:
        variable = seen.get(name)
        if variable is None:
            old = before.get(name)
            if old is None or old == place:
                env[name] = place
                if old is None:
                    seen[name] = -1
                continue
            variable = seen[name] = walk.variable(None, name)
            walk.flow(old, variable)
            env[name] = variable
        elif variable == -1:
            earlier = env[name]
            variable = seen[name] = walk.variable(None, name)
            walk.flow(earlier, variable)
            env[name] = variable
        walk.flow(place, variable)
    return env


BRANCHES: Final[Statements] = {
    ast.If: if_statement,
    ast.Match: match_statement,
    ast.For: loop,
    ast.AsyncFor: loop,
    ast.While: loop,
    ast.With: with_statement,
    ast.AsyncWith: with_statement,
    ast.Try: try_statement,
    ast.TryStar: try_statement,
    ast.Break: jump,
    ast.Continue: jump,
}
