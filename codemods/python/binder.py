"""One walk over a file's `ast` that finds its scopes, bindings and reads.

Iterative, because a chain of a thousand ``+`` or ``elif`` is legal and deeper than Python's stack.
The order of the walk carries no meaning: positions and blocks do.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from codemods.python.scopes import Binding, BindingKind, Block, Point, Read, Scope, ScopeKind

__all__ = ["Bound", "bind"]

_START = (0, 0)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
#: Calls whose string arguments are types: the first only, or all.
_TYPE_CALLS = frozenset({"cast", "TypeVar", "NewType", "ForwardRef"})
#: Fields that hold no expression: skipping them saves a fifth of the walk.
_PLAIN = frozenset({"ctx", "op", "ops", "kind", "conversion", "type_comment"})
_FIELDS: Final = {
    cls: tuple(name for name in cls._fields if name not in _PLAIN)
    for cls in vars(ast).values()
    if isinstance(cls, type) and issubclass(cls, ast.AST)
}
_TYPING = frozenset({"typing", "typing_extensions", "t", "te"})


class Bound:
    """What the walk found. Nothing but its end changes it afterwards."""

    def __init__(self, tree: ast.Module) -> None:
        body = Block(None, None, "", False, False, False, tree.body)
        self.module = Scope(ScopeKind.MODULE, tree, None, None, body)
        self.scopes: list[Scope] = [self.module]
        self.reads: defaultdict[str, list[Read]] = defaultdict(list)
        self.quoted: defaultdict[str, list[Read]] = defaultdict(list)
        """Reads in quoted annotations; their nodes are not in the tree."""
        self.attributes: defaultdict[str, list[tuple[ast.Attribute, Point]]] = defaultdict(list)
        self.imports: list[Binding] = []
        self.mentioned: set[str] = set()  #: quoted inside quoted annotations, perhaps names
        self.exports: set[str] = set()  #: names in ``__all__``
        self.postponed = False  #: ``from __future__ import annotations``

    def release(self) -> None:
        """Break the cycles between scopes and bindings."""
        for scope in self.scopes:
            scope.bindings.clear()
            scope.stars.clear()
        self.scopes.clear()


def bind(tree: ast.Module, *, redirects: bool = True) -> Bound:
    """Walk a module once; `redirects` is false when it has no `global` and no `nonlocal`."""
    bound = Bound(tree)
    _Walk(bound, redirects).run()
    for scope in bound.scopes:
        for bindings in scope.bindings.values():
            if len(bindings) > 1:
                bindings.sort(key=_effective)
    return bound


def _effective(binding: Binding) -> tuple[int, int]:
    return binding.at


def _end(node: ast.stmt | ast.expr | ast.pattern) -> tuple[int, int]:
    return (node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)


class _Walk:
    def __init__(self, bound: Bound, redirects: bool) -> None:
        self.bound = bound
        self.redirects = redirects
        self.blocks: list[tuple[Scope, Block]] = [(bound.module, bound.module.block)]
        self.later: list[tuple[list[ast.expr], Point]] = []
        self.elsewhere: list[Binding] = []

    def run(self) -> None:
        tree = self.bound.module.node
        assert isinstance(tree, ast.Module)
        self.bound.postponed = any(
            isinstance(stmt, ast.ImportFrom)
            and stmt.module == "__future__"
            and any(alias.name == "annotations" for alias in stmt.names)
            for stmt in tree.body[:8]
        )
        expressions = self.expressions
        while self.blocks:
            scope, block = self.blocks.pop()
            for stmt in block.suite:
                point = Point(scope, block, stmt, False)
                handler = _STATEMENTS.get(stmt.__class__)
                if handler is None:
                    expressions([stmt], point)
                else:
                    handler(self, stmt, point)
            while self.later:
                stack, point = self.later.pop()
                expressions(stack, point)
        self.settle()

    def settle(self) -> None:
        """Move what is bound through `global` and `nonlocal` to the scope that owns it."""
        for binding in self.elsewhere:
            owner = self.owner(binding)
            if owner is not None:
                owner.bindings.setdefault(binding.name, []).append(
                    binding._replace(scope=owner, block=owner.block, sure=False, anywhere=True)
                )

    def owner(self, binding: Binding) -> Scope | None:
        scope: Scope | None = binding.scope
        if binding.scope.declared[binding.name] == "global":
            return self.bound.module
        while scope is not None and scope.kind is not ScopeKind.MODULE:
            scope = scope.parent
            if scope is None:
                return None
            if scope.kind is ScopeKind.FUNCTION:
                declared = scope.declared.get(binding.name)
                if declared == "global":
                    return self.bound.module
                if declared is None and binding.name in scope.bindings:
                    return scope
        return None

    # -- expressions ------------------------------------------------------------------------

    def expressions(self, stack: list[Any], point: Point) -> None:
        reads, attributes = self.bound.reads, self.bound.attributes
        while stack:
            node = stack.pop()
            cls = node.__class__
            if cls is ast.Name:
                reads[node.id].append((node, point))
            elif cls is ast.Constant:
                if point.annotation and node.value.__class__ is str:
                    self.quoted(node.value, point)
            elif cls is ast.Attribute:
                attributes[node.attr].append((node, point))
                stack.append(node.value)
            elif cls is ast.Call:
                stack.append(node.func)
                stack += node.args
                for keyword in node.keywords:
                    stack.append(keyword.value)
                self.type_call(node, point)
            elif cls is ast.Lambda:
                self.lambda_(node, point, stack)
            elif cls in _COMPREHENSIONS:
                self.comprehension(node, point, stack)
            elif cls is ast.NamedExpr:
                self.walrus(node, point)
                stack.append(node.value)
            elif cls is ast.Subscript and point.annotation:
                stack.append(node.value)
                self.subscript(node, point, stack)
            else:
                for name in _FIELDS.get(cls, ()):
                    value = getattr(node, name, None)
                    if value.__class__ is list:
                        stack += value
                    else:
                        stack.append(value)  # what is no node has no fields

    def quoted(self, text: str, point: Point) -> None:
        try:
            node = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return
        if isinstance(node, ast.Constant):
            return
        point = point._replace(deferred=True)
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name):
                self.bound.quoted[inner.id].append((inner, point))
            elif isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                self.bound.mentioned.add(inner.value)

    def subscript(self, node: ast.Subscript, point: Point, stack: list[Any]) -> None:
        """Read a subscript in an annotation: not everything in it is a type."""
        value = node.value
        name = value.attr if isinstance(value, ast.Attribute) else getattr(value, "id", "")
        items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        types = 0 if name == "Literal" else 1 if name == "Annotated" else len(items)
        stack += items[:types]
        if types < len(items):
            self.later.append(([*items[types:]], point._replace(annotation=False)))

    def type_call(self, node: ast.Call, point: Point) -> None:
        func = node.func
        name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
        if name not in _TYPE_CALLS or (
            isinstance(func, ast.Attribute) and getattr(func.value, "id", "") not in _TYPING
        ):
            return
        arguments = node.args[:1] if name == "cast" else node.args[1:]
        typed = point._replace(annotation=True)
        for argument in (*arguments, *(keyword.value for keyword in node.keywords)):
            for inner in ast.walk(argument):
                if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                    self.quoted(inner.value, typed)

    def lambda_(self, node: ast.Lambda, point: Point, stack: list[Any]) -> None:
        scope = self.scope(ScopeKind.LAMBDA, node, point)
        self.parameters(node.args, scope, point, stack)
        self.later.append(([node.body], Point(scope, scope.block, point.stmt, False)))

    def comprehension(self, node: Any, point: Point, stack: list[Any]) -> None:
        scope = self.scope(ScopeKind.COMPREHENSION, node, point)
        inner = Point(scope, scope.block, point.stmt, False)
        rest: list[ast.expr] = []
        for index, generator in enumerate(node.generators):
            (rest if index else stack).append(generator.iter)
            rest += generator.ifs
            self.targets(generator.target, inner, BindingKind.LOOP, _START, rest)
        if isinstance(node, ast.DictComp):
            rest += (node.key, node.value)
        else:
            rest.append(node.elt)
        self.later.append((rest, inner))

    def walrus(self, node: ast.NamedExpr, point: Point) -> None:
        scope, block = point.scope, point.block
        while scope.kind is ScopeKind.COMPREHENSION:
            assert scope.point is not None
            block, scope = scope.point.block, scope.point.scope
        assert isinstance(node.target, ast.Name)
        self.bind(
            Binding(
                node.target.id,
                BindingKind.WALRUS,
                node.target,
                point.stmt,
                scope,
                block,
                # Source order is not evaluation order: `a if (a := f()) else b`.
                (point.stmt.lineno, point.stmt.col_offset),
                sure=False,
            )
        )

    # -- helpers ----------------------------------------------------------------------------

    def scope(self, kind: ScopeKind, node: ast.AST, point: Point) -> Scope:
        suite = getattr(node, "body", None)
        block = Block(
            None,
            None,
            "",
            False,
            point.block.typing,
            False,
            suite if isinstance(suite, list) else [],
        )
        scope = Scope(kind, node, point.scope, point, block)
        self.bound.scopes.append(scope)
        return scope

    def bind(self, binding: Binding) -> None:
        scope = binding.scope
        if binding.name in scope.declared:
            self.elsewhere.append(binding)
        else:
            scope.bindings.setdefault(binding.name, []).append(binding)

    def targets(
        self,
        target: ast.expr,
        point: Point,
        kind: BindingKind,
        at: tuple[int, int],
        reads: list[Any],
        value: ast.expr | None = None,
    ) -> None:
        """Bind the names in a target; what else it holds is read."""
        pending: list[ast.expr] = [target]
        while pending:
            node = pending.pop()
            if isinstance(node, ast.Name):
                sole = value if node is target else None
                self.bind(
                    Binding(
                        node.id,
                        kind,
                        node,
                        point.stmt,
                        point.scope,
                        point.block,
                        at,
                        value=sole,
                    )
                )
            elif isinstance(node, ast.Tuple | ast.List):
                pending += node.elts
            elif isinstance(node, ast.Starred):
                pending.append(node.value)
            else:
                reads.append(node)

    def parameters(
        self, args: ast.arguments, scope: Scope, point: Point, reads: list[Any]
    ) -> list[ast.expr]:
        """Bind the parameters, push the defaults, return the annotations."""
        reads += args.defaults
        reads += [default for default in args.kw_defaults if default is not None]
        annotations: list[ast.expr] = []
        every: Iterable[ast.arg | None] = (
            *args.posonlyargs,
            *args.args,
            args.vararg,
            *args.kwonlyargs,
            args.kwarg,
        )
        for arg in every:
            if arg is not None:
                scope.bindings.setdefault(arg.arg, []).append(
                    Binding(
                        arg.arg, BindingKind.PARAMETER, arg, point.stmt, scope, scope.block, _START
                    )
                )
                if arg.annotation is not None:
                    annotations.append(arg.annotation)
        return annotations

    def inside(
        self,
        point: Point,
        branch: str,
        suite: list[ast.stmt],
        *,
        loop: bool = False,
        typing: bool = False,
        guarded: bool = False,
    ) -> Block:
        """Open a block of a compound statement and queue it."""
        outer = point.block
        block = Block(
            outer,
            point.stmt,
            branch,
            loop,
            typing or outer.typing,
            guarded or outer.guarded,
            suite,
        )
        if suite:
            self.blocks.append((point.scope, block))
        return block

    def type_parameters(self, node: Any, point: Point) -> Point:
        """Bind PEP 695 type parameters; return the point at which annotations are read."""
        parameters: Sequence[Any] = getattr(node, "type_params", ())
        if not parameters:
            return point
        scope = self.scope(ScopeKind.TYPE_PARAMETERS, node, point)
        inner = Point(scope, Block(None, None, "", False, False, False, []), point.stmt, False)
        for parameter in parameters:
            self.bind(
                Binding(
                    parameter.name,
                    BindingKind.TYPE,
                    parameter,
                    point.stmt,
                    scope,
                    inner.block,
                    _START,
                )
            )
            held = [getattr(parameter, name, None) for name in ("bound", "default_value")]
            self.expressions(
                [value for value in held if value is not None],
                inner._replace(deferred=True, annotation=True),
            )
        return inner

    def annotations(self, nodes: list[ast.expr], point: Point) -> None:
        if nodes:
            self.expressions(nodes, point._replace(annotation=True, deferred=self.bound.postponed))

    # -- statements -------------------------------------------------------------------------

    def assign(self, node: ast.Assign, point: Point) -> None:
        reads: list[Any] = [node.value]
        at = _end(node)
        for target in node.targets:
            self.targets(target, point, BindingKind.ASSIGNMENT, at, reads, node.value)
        if point.scope.kind is ScopeKind.MODULE:
            self.export(node.targets, node.value)
        self.expressions(reads, point)

    def annotated(self, node: ast.AnnAssign, point: Point) -> None:
        reads: list[Any] = []
        if node.value is None:
            self.targets(node.target, point, BindingKind.DECLARATION, _end(node), reads)
        else:
            reads.append(node.value)
            self.targets(node.target, point, BindingKind.ASSIGNMENT, _end(node), reads, node.value)
            if point.scope.kind is ScopeKind.MODULE:
                self.export([node.target], node.value)
        self.annotations([node.annotation], point)
        self.expressions(reads, point)

    def augmented(self, node: ast.AugAssign, point: Point) -> None:
        reads: list[Any] = [node.value]
        self.targets(node.target, point, BindingKind.ASSIGNMENT, _end(node), reads)
        if isinstance(node.target, ast.Name):
            reads.append(node.target)
            if point.scope.kind is ScopeKind.MODULE:
                self.export([node.target], node.value)
        self.expressions(reads, point)

    def export(self, targets: Sequence[ast.expr], value: ast.expr) -> None:
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            self.bound.exports.update(
                node.value
                for node in ast.walk(value)
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            )

    def function(self, node: Any, point: Point) -> None:
        reads: list[Any] = [*node.decorator_list]
        inner = self.type_parameters(node, point)
        scope = self.scope(ScopeKind.FUNCTION, node, inner)
        self.collect_declarations(node, scope)
        annotations = self.parameters(node.args, scope, point, reads)
        if node.returns is not None:
            annotations.append(node.returns)
        self.annotations(annotations, inner)
        self.expressions(reads, point)
        self.define(node, BindingKind.FUNCTION, point)
        self.blocks.append((scope, scope.block))

    def collect_declarations(self, node: Any, scope: Scope) -> None:
        """Find `global` and `nonlocal` first: they hold for the whole function."""
        if not self.redirects:
            return
        pending: list[list[ast.stmt]] = [node.body]
        while pending:
            for stmt in pending.pop():
                if isinstance(stmt, ast.Global | ast.Nonlocal):
                    word = "global" if isinstance(stmt, ast.Global) else "nonlocal"
                    for name in stmt.names:
                        scope.declared[name] = word
                elif not isinstance(stmt, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    for field in ("body", "orelse", "finalbody"):
                        suite = getattr(stmt, field, None)
                        if suite:
                            pending.append(suite)
                    parts: Sequence[Any] = getattr(stmt, "handlers", ()) or getattr(
                        stmt, "cases", ()
                    )
                    pending += [part.body for part in parts]

    def class_(self, node: ast.ClassDef, point: Point) -> None:
        inner = self.type_parameters(node, point)
        scope = self.scope(ScopeKind.CLASS, node, inner)
        self.collect_declarations(node, scope)
        self.expressions([*node.bases, *(word.value for word in node.keywords)], inner)
        self.expressions([*node.decorator_list], point)
        self.define(node, BindingKind.CLASS, point)
        self.blocks.append((scope, scope.block))

    def define(self, node: Any, kind: BindingKind, point: Point) -> None:
        self.bind(Binding(node.name, kind, node, node, point.scope, point.block, _end(node)))

    def import_(self, node: ast.Import, point: Point) -> None:
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            origin = alias.name if alias.asname else name
            self.imported(alias, name, origin, node, point)

    def import_from(self, node: ast.ImportFrom, point: Point) -> None:
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            if alias.name == "*":
                point.scope.stars.append(
                    Binding(
                        "*",
                        BindingKind.IMPORT,
                        alias,
                        node,
                        point.scope,
                        point.block,
                        _end(node),
                        origin=module,
                    )
                )
            else:
                dot = "" if module.endswith(".") else "."
                self.imported(
                    alias, alias.asname or alias.name, f"{module}{dot}{alias.name}", node, point
                )

    def imported(
        self, alias: ast.alias, name: str, origin: str, node: ast.stmt, point: Point
    ) -> None:
        binding = Binding(
            name,
            BindingKind.IMPORT,
            alias,
            node,
            point.scope,
            point.block,
            _end(node),
            origin=origin,
        )
        self.bound.imports.append(binding)
        self.bind(binding)

    def if_(self, node: ast.If, point: Point) -> None:
        test, negated = node.test, False
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            test, negated = test.operand, True
        word = getattr(test, "attr", getattr(test, "id", ""))
        typing = word == "TYPE_CHECKING"
        self.inside(point, "body", node.body, typing=typing and not negated)
        self.inside(point, "orelse", node.orelse, typing=typing and negated)
        self.expressions([node.test], point)

    def for_(self, node: Any, point: Point) -> None:
        body = self.inside(point, "body", node.body, loop=True)
        self.inside(point, "orelse", node.orelse)
        reads: list[Any] = [node.iter]
        self.targets(
            node.target, point._replace(block=body), BindingKind.LOOP, _end(node.iter), reads
        )
        self.expressions(reads, point)

    def while_(self, node: ast.While, point: Point) -> None:
        body = self.inside(point, "body", node.body, loop=True)
        self.inside(point, "orelse", node.orelse)
        self.expressions([node.test], point._replace(block=body))  # it is evaluated again, too

    def with_(self, node: Any, point: Point) -> None:
        reads: list[Any] = []
        for item in node.items:
            reads.append(item.context_expr)
            if item.optional_vars is not None:
                at = _end(item.optional_vars)
                self.targets(item.optional_vars, point, BindingKind.WITH, at, reads)
        self.expressions(reads, point)
        self.inside(point, "body", node.body)

    def try_(self, node: Any, point: Point) -> None:
        guarded = any(_catches_import_error(handler.type) for handler in node.handlers)
        self.inside(point, "body", node.body, guarded=guarded)
        self.inside(point, "orelse", node.orelse)
        self.inside(point, "finalbody", node.finalbody)
        for index, handler in enumerate(node.handlers):
            block = self.inside(point, f"handler{index}", handler.body, guarded=guarded)
            if handler.type is not None:
                self.expressions([handler.type], point)
            if handler.name is not None:
                self.bind(
                    Binding(
                        handler.name,
                        BindingKind.EXCEPTION,
                        handler,
                        node,
                        point.scope,
                        block,
                        (handler.lineno, handler.col_offset),
                    )
                )

    def match(self, node: ast.Match, point: Point) -> None:
        self.expressions([node.subject], point)
        for index, case in enumerate(node.cases):
            block = self.inside(point, f"case{index}", case.body)
            inner = point._replace(block=block)
            reads: list[Any] = [] if case.guard is None else [case.guard]
            for part in ast.walk(case.pattern):
                if isinstance(part, ast.MatchAs | ast.MatchStar):
                    name = part.name
                elif isinstance(part, ast.MatchMapping):
                    name = part.rest
                    reads += part.keys
                elif isinstance(part, ast.MatchClass):
                    name = None
                    reads.append(part.cls)
                elif isinstance(part, ast.MatchValue):
                    name = None
                    reads.append(part.value)
                else:
                    name = None
                if name is not None:
                    assert isinstance(part, ast.pattern)
                    self.bind(
                        Binding(
                            name,
                            BindingKind.MATCH,
                            part,
                            node,
                            point.scope,
                            block,
                            _end(part),
                        )
                    )
            self.expressions(reads, inner)

    def declare(self, node: ast.Global | ast.Nonlocal, point: Point) -> None:
        """`collect_declarations` has seen it; at module level it says nothing."""

    def delete(self, node: ast.Delete, point: Point) -> None:
        reads: list[Any] = []
        for target in node.targets:
            self.targets(target, point, BindingKind.DELETION, _end(node), reads)
            if isinstance(target, ast.Name):
                reads.append(target)
        self.expressions(reads, point)

    def type_alias(self, node: Any, point: Point) -> None:
        inner = self.type_parameters(node, point)
        self.expressions([node.value], inner._replace(deferred=True, annotation=True))
        self.targets(node.name, point, BindingKind.TYPE, _end(node), [])


def _catches_import_error(node: ast.expr | None) -> bool:
    if node is None:
        return True
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    return any(getattr(part, "id", getattr(part, "attr", "")) in _IMPORT_ERRORS for part in parts)


_STATEMENTS: Final[dict[type[ast.AST], Callable[[_Walk, Any, Point], None]]] = {
    ast.Assign: _Walk.assign,
    ast.AnnAssign: _Walk.annotated,
    ast.AugAssign: _Walk.augmented,
    ast.FunctionDef: _Walk.function,
    ast.AsyncFunctionDef: _Walk.function,
    ast.ClassDef: _Walk.class_,
    ast.Import: _Walk.import_,
    ast.ImportFrom: _Walk.import_from,
    ast.If: _Walk.if_,
    ast.For: _Walk.for_,
    ast.AsyncFor: _Walk.for_,
    ast.While: _Walk.while_,
    ast.With: _Walk.with_,
    ast.AsyncWith: _Walk.with_,
    ast.Try: _Walk.try_,
    ast.TryStar: _Walk.try_,
    ast.Match: _Walk.match,
    ast.Global: _Walk.declare,
    ast.Nonlocal: _Walk.declare,
    ast.Delete: _Walk.delete,
}
if sys.version_info >= (3, 12):
    _STATEMENTS[ast.TypeAlias] = _Walk.type_alias
