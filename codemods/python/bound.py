"""What a walk over a file's `ast` finds, and how it reads expressions.

Iterative, because a chain of a thousand ``+`` or ``elif`` is legal and deeper than Python's stack.
The order of the walk carries no meaning: positions and blocks do.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from codemods.python.bodies import Bodies, Body
from codemods.python.scopes import Binding, BindingKind, Block, Point, Read, Scope, ScopeKind
from codemods.python.tree import quoted_type

__all__ = ["Bound", "Statements", "Walk"]

_START = (0, 0)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
#: Calls whose string arguments are types: the first only, or all.
_TYPE_CALLS = frozenset({"cast", "TypeVar", "NewType", "ForwardRef"})
#: Fields that hold no expression: skipping them saves a fifth of the walk.
_PLAIN = frozenset({"ctx", "op", "ops", "kind", "conversion", "type_comment"})
_FIELDS: Final = {
    cls: tuple(name for name in cls._fields if name not in _PLAIN)
    for cls in vars(ast).values()
    if isinstance(cls, type) and issubclass(cls, ast.AST)
}
#: Expressions that open a scope, bind a name, or are read in another way in annotations.
_SPECIAL: Final = frozenset({*_COMPREHENSIONS, ast.Lambda, ast.NamedExpr, ast.Subscript})
_TYPING = frozenset({"typing", "typing_extensions", "t", "te"})


class Bound:
    """What the walk has found so far."""

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


class Walk:
    """One pass over a module; `statements` says what each kind of statement does.

    The outermost functions wait in `bodies`, if there is such a thing, until somebody asks.
    """

    def __init__(self, bound: Bound, statements: Statements, bodies: Bodies | None) -> None:
        self.bound = bound
        self.statements = statements
        self.bodies = bodies
        self.redirects = bodies is None or bodies.mention("global", "nonlocal")
        self.blocks: list[tuple[Scope, Block]] = []
        self.later: list[tuple[list[ast.expr], Point]] = []
        self.elsewhere: list[Binding] = []
        self.outermost = True

    def run(self) -> None:
        """Walk what runs when the module is loaded, and the functions that bind its names."""
        module = self.bound.module
        assert isinstance(module.node, ast.Module)
        self.bound.postponed = any(
            isinstance(stmt, ast.ImportFrom)
            and stmt.module == "__future__"
            and any(alias.name == "annotations" for alias in stmt.names)
            for stmt in module.node.body[:8]
        )
        self.blocks.append((module, module.block))
        self.drain()
        self.outermost = False
        waited: list[Scope] = []
        if self.bodies is not None:
            waited = self.enter(self.bodies.holding("global"))
        self.finish(waited + self.bound.scopes)

    def look_for(self, word: str) -> None:
        """Walk the functions in which a word stands, if they have waited for it."""
        if self.bodies is not None:
            self.continue_with(self.bodies.holding(word))

    def look_at_all(self) -> None:
        """Walk the functions that have waited."""
        if self.bodies is not None:
            self.continue_with(self.bodies.rest())

    def continue_with(self, bodies: Sequence[Body]) -> None:
        if bodies:
            before = len(self.bound.scopes)
            waited = self.enter(bodies)
            self.finish(waited + self.bound.scopes[before:])

    def enter(self, bodies: Sequence[Body]) -> list[Scope]:
        for body in bodies:
            self.body(body.scope)
        self.drain()
        return [body.scope for body in bodies]

    def drain(self) -> None:
        expressions = self.expressions
        while self.blocks:
            scope, block = self.blocks.pop()
            for stmt in block.suite:
                point = Point(scope, block, stmt, False)
                handler = self.statements.get(stmt.__class__)
                if handler is None:
                    expressions([stmt], point)
                else:
                    handler(self, stmt, point)
            while self.later:
                stack, point = self.later.pop()
                expressions(stack, point)

    def finish(self, scopes: Iterable[Scope]) -> None:
        """Move what is bound through `global` and `nonlocal`; put all in order."""
        for binding in self.elsewhere:
            owner = self.owner(binding)
            if owner is not None:
                owner.bindings.setdefault(binding.name, []).append(
                    binding._replace(scope=owner, block=owner.block, sure=False, anywhere=True)
                )
        self.elsewhere.clear()
        for scope in scopes:
            for bindings in scope.bindings.values():
                if len(bindings) > 1:
                    bindings.sort(key=_effective)

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
            elif cls not in _SPECIAL:
                for name in _FIELDS.get(cls, ()):
                    value = getattr(node, name, None)
                    if value.__class__ is list:
                        stack += value
                    else:
                        stack.append(value)  # what is no node has no fields
            elif cls is ast.Lambda:
                self.lambda_(node, point, stack)
            elif cls in _COMPREHENSIONS:
                self.comprehension(node, point, stack)
            elif cls is ast.NamedExpr:
                self.walrus(node, point)
                stack.append(node.value)
            else:  # a subscript
                stack.append(node.value)
                if point.annotation:
                    self.subscript(node, point, stack)
                else:
                    stack.append(node.slice)

    def quoted(self, text: str, point: Point) -> None:
        node = quoted_type(text)
        if node is None or isinstance(node, ast.Constant):
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

    def function(self, node: Any, scope: Scope) -> None:
        """Queue the body of a function, or let it wait."""
        if not (
            self.outermost
            and self.bodies is not None
            and self.bodies.add(node.lineno, node.end_lineno, scope)
        ):
            self.body(scope)

    def body(self, scope: Scope) -> None:
        """Queue the body of a function or class, whose declarations hold for all of it."""
        if self.redirects:
            for word, name in _declarations(scope.block.suite):
                scope.declared[name] = word
        self.blocks.append((scope, scope.block))

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


def _effective(binding: Binding) -> tuple[int, int]:
    return binding.at


def _declarations(suite: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    """Yield (``global`` or ``nonlocal``, name) for each declaration of a function or class."""
    pending = [suite]
    while pending:
        for stmt in pending.pop():
            if isinstance(stmt, ast.Global | ast.Nonlocal):
                word = "global" if isinstance(stmt, ast.Global) else "nonlocal"
                for name in stmt.names:
                    yield word, name
            elif not isinstance(stmt, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                for field in ("body", "orelse", "finalbody"):
                    inner = getattr(stmt, field, None)
                    if inner:
                        pending.append(inner)
                parts: Sequence[Any] = getattr(stmt, "handlers", ()) or getattr(stmt, "cases", ())
                pending += [part.body for part in parts]


Statements: TypeAlias = Mapping[type[ast.AST], Callable[[Walk, Any, Point], None]]
"""What is done about each kind of statement; of all others the expressions are read."""
