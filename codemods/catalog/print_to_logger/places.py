"""Where in a file a print stands: its function, the handlers and guards around it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from codemods.catalog.print_to_logger.levels import debug_flags
from codemods.python.dotted import last_name
from codemods.python.scopes import Point, Scope, ScopeKind

__all__ = ["FunctionNode", "Standing", "Use", "standing", "use_of"]

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_REDIRECTIONS = ("redirect_stdout", "redirect_stderr", "captured_stdout", "capture_output")


@dataclass(frozen=True, slots=True)
class Standing:
    """What surrounds a print."""

    unit: str  #: path of the outermost function, "" for the module
    function: FunctionNode | None  #: that function
    owner: ast.ClassDef | None  #: the class that this function is a method of
    owner_path: str
    innermost: FunctionNode | None  #: the function whose body it is directly in
    import_time: bool
    handler: ast.ExceptHandler | None  #: of the same function
    repeats: bool  #: after the handler, the next turn of a loop begins
    flags: frozenset[str]  #: those of the conditions for debugging output around it
    redirected: bool
    following: Sequence[ast.stmt]  #: the statements after it in its block
    preceding: Sequence[ast.stmt]  #: those before it, the nearest first


def standing(point: Point) -> Standing:
    """Find out what surrounds a point."""
    handler: ast.ExceptHandler | None = None
    redirected = repeats = False
    flags: frozenset[str] = frozenset()
    functions: list[Scope] = []
    innermost_scope: Scope | None = None
    deferred = False
    scope, block = point.scope, point.block
    following: Sequence[ast.stmt] = ()
    preceding: Sequence[ast.stmt] = ()
    if point.stmt in block.suite:
        at_stmt = block.suite.index(point.stmt)
        following = block.suite[at_stmt + 1 :]
        preceding = block.suite[:at_stmt][::-1]
    while True:
        at = block
        while at is not None and at.stmt is not None:
            stmt = at.stmt
            if at.branch.startswith("handler") and handler is None and not deferred:
                handlers: Sequence[ast.ExceptHandler] = getattr(stmt, "handlers", ())
                handler = handlers[int(at.branch.removeprefix("handler"))]
                outer_block = at.parent
                repeats = (
                    outer_block is not None
                    and isinstance(outer_block.stmt, ast.For | ast.AsyncFor | ast.While)
                    and outer_block.branch == "body"
                    and outer_block.suite[-1] is stmt
                )
            elif isinstance(stmt, ast.If) and at.branch == "body":
                flags |= debug_flags(stmt.test)
            elif isinstance(stmt, ast.With | ast.AsyncWith) and not deferred:
                redirected = redirected or _redirects(stmt)
            if at.parent is None:
                break
            at = at.parent
        if scope.kind is ScopeKind.FUNCTION:
            functions.append(scope)
            innermost_scope = innermost_scope or scope
            deferred = True
        elif scope.kind is ScopeKind.LAMBDA:
            deferred = True
        outer = scope.point
        if outer is None:
            break
        scope, block = outer.scope, outer.block
    outermost = functions[-1] if functions else None
    function = outermost.node if outermost else None
    assert function is None or isinstance(function, FunctionNode)
    owner_scope = outermost.parent if outermost else None
    while owner_scope is not None and owner_scope.kind is ScopeKind.TYPE_PARAMETERS:
        owner_scope = owner_scope.parent
    owner = owner_scope.node if owner_scope else None
    innermost = innermost_scope.node if innermost_scope else None
    assert innermost is None or isinstance(innermost, FunctionNode)
    is_class = isinstance(owner, ast.ClassDef)
    return Standing(
        unit=outermost.path if outermost else "",
        function=function,
        owner=owner if isinstance(owner, ast.ClassDef) else None,
        owner_path=owner_scope.path if is_class and owner_scope else "",
        innermost=innermost,
        import_time=not deferred,
        handler=handler,
        repeats=repeats,
        flags=flags,
        redirected=redirected,
        following=following,
        preceding=preceding,
    )


def _redirects(stmt: ast.With | ast.AsyncWith) -> bool:
    return any(
        isinstance(item.context_expr, ast.Call)
        and last_name(item.context_expr.func) in _REDIRECTIONS
        for item in stmt.items
    )


@dataclass(frozen=True, slots=True)
class Use:
    """How a read of `print` is used."""

    call: ast.Call | None  #: None for a reference without a call
    discarded: bool  #: nobody looks at the value of the call
    is_statement: bool  #: the call is a statement of its own


def use_of(name: ast.expr, statement: ast.stmt) -> Use:
    """Find out how a name in a statement is used."""
    parents: dict[int, ast.AST] = {}
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        for inner in ast.iter_child_nodes(node):
            parents[id(inner)] = node
            waiting.append(inner)
        if id(name) in parents and isinstance(node, ast.expr):
            break
    call = parents.get(id(name))
    if not isinstance(call, ast.Call) or call.func is not name:
        return Use(None, False, False)
    child: ast.AST = call
    parent = parents.get(id(call))
    statement_like = isinstance(parent, ast.Expr)
    while parent is not None:
        match parent:
            case ast.Expr() | ast.Return():
                return Use(call, True, statement_like)
            case ast.Lambda():
                return Use(call, True, False)
            case ast.IfExp() if child is not parent.test:
                pass
            case ast.BoolOp() if child is parent.values[-1]:
                if not _is_discarded(parent, parents):
                    return Use(call, False, False)
            case ast.ListComp() | ast.SetComp() if child is parent.elt:
                return Use(call, _is_discarded(parent, parents), False)
            case _:
                return Use(call, False, False)
        child, parent = parent, parents.get(id(parent))
    return Use(call, False, False)


def _is_discarded(node: ast.AST, parents: dict[int, ast.AST]) -> bool:
    return isinstance(parents.get(id(node)), ast.Expr)
