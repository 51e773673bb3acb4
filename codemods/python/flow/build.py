"""From one file's `ast` tree to its part of the flow graph, in one pass.

Reads of local variables are resolved while walking: a read is the place of the value assigned
last; a `VARIABLE` stands where several may have been. Bodies of functions are walked after the
body around them, so that what they capture is complete.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from codemods.python.flow import summary as op
from codemods.python.flow.summary import ClassFacts, FlowSummary, FunctionFacts, Operation
from codemods.python.source import SourceFile

__all__ = ["summarize"]

_OPERATORS: Mapping[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.Not: "not",
    ast.USub: "-",
    ast.UAdd: "+",
    ast.Invert: "~",
    ast.And: "and",
    ast.Or: "or",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
}
_CONVERSIONS: Mapping[int, str] = {-1: "", 115: "s", 114: "r", 97: "a"}
_SELF_EVIDENT = frozenset({op.COMPARE, op.UNARY, op.EITHER, op.CONSTANT})  # truth is no use of them

_MODULE, _FUNCTION, _CLASS = range(3)


class _Scope:
    """A scope while its body is walked, and afterwards for what it encloses."""

    __slots__ = (
        "cells",
        "dead",
        "done",
        "env",
        "function",
        "kind",
        "locals",
        "log",
        "parent",
        "redirected",
        "returns",
        "yields",
    )

    def __init__(self, kind: int, parent: _Scope | None, names: set[str], function: int) -> None:
        self.kind = kind
        self.parent = parent
        self.locals = names
        self.function = function
        self.env: dict[str, int] = {}
        self.log: list[tuple[str, int]] = []  # every binding, in order
        self.cells: dict[str, int] = {}  # VARIABLEs that hold all bindings of a name
        self.redirected: dict[str, _Scope] = {}  # by global and nonlocal statements
        self.dead = False
        self.done = False
        self.returns: list[int] = []
        self.yields: list[int] = []


def summarize(file: SourceFile, seeds: Mapping[int, str]) -> FlowSummary:
    """Return the file's part of the flow graph.

    `seeds` gives names to expression nodes of `file.tree`, by ``id(node)``. A file that is nested
    too deeply has an empty summary.
    """
    builder = _Builder(file.tree, file.text, seeds)
    try:
        builder.run()
    except RecursionError:
        builder = _Builder(ast.Module([], []), "", {})
        builder.run()
    wide: dict[int, str] = {}
    if not file.text.isascii():
        for line in range(1, len(file.line_starts) + 1):
            text = file.line_text(line)
            if not text.isascii():
                wide[line] = text
    return FlowSummary(
        file.path,
        tuple(builder.operations),
        tuple(builder.flows),
        tuple(builder.functions),
        tuple(builder.classes),
        builder.globals,
        tuple(builder.stars),
        builder.seeds,
        builder.declared,
        tuple(file.line_starts),
        wide,
    )


class _Builder:
    def __init__(self, tree: ast.Module, text: str, seeds: Mapping[int, str]) -> None:
        self.tree = tree
        self.wanted = seeds
        self.operations: list[Operation] = [(0, 0, 0, 0, 0)]
        self.flows: list[int] = []
        self.functions: list[FunctionFacts] = []
        self.classes: list[ClassFacts] = []
        self.globals: dict[str, int] = {}
        self.stars: list[tuple[str, int]] = []
        self.seeds: dict[str, int] = {}
        self.declared: dict[int, str] = {}
        self.constants: dict[tuple[type, Any], int] = {}
        self.free: dict[str, int] = {}
        self.deferred: list[Callable[[], None]] = []
        self.walrus = ":=" in text
        self.smeared: set[str] = set()  # names that a nested function rebinds
        declared_global: set[str] = set()
        if "global " in text or "nonlocal " in text:
            for node in ast.walk(tree):
                if isinstance(node, ast.Global):
                    declared_global.update(node.names)
                elif isinstance(node, ast.Nonlocal):
                    self.smeared.update(node.names)
        self.smeared |= declared_global
        self.scope = _Scope(_MODULE, None, self.bound(tree.body) | declared_global, -1)
        self.module = self.scope
        self.expressions: dict[type[ast.AST], Callable[[Any], int]] = {
            ast.Name: self.name,
            ast.Attribute: self.attribute,
            ast.Call: self.call,
            ast.Constant: self.constant,
            ast.BinOp: self.binary,
            ast.UnaryOp: self.unary,
            ast.BoolOp: self.either,
            ast.Compare: self.compare,
            ast.IfExp: self.choice,
            ast.Subscript: self.subscript,
            ast.JoinedStr: self.joined,
            ast.List: self.display,
            ast.Tuple: self.display,
            ast.Set: self.display,
            ast.Dict: self.mapping,
            ast.ListComp: self.elements,
            ast.SetComp: self.elements,
            ast.GeneratorExp: self.elements,
            ast.DictComp: self.elements,
            ast.Lambda: self.function_lambda,
            ast.Await: self.wait,
            ast.Yield: self.produce,
            ast.YieldFrom: self.produce,
            ast.Starred: self.star,
            ast.NamedExpr: self.walrus_expression,
            ast.Slice: self.slice,
        }
        self.statements: dict[type[ast.AST], Callable[[Any], None]] = {
            ast.Expr: self.expression_statement,
            ast.Assign: self.assign_statement,
            ast.AugAssign: self.augmented,
            ast.AnnAssign: self.annotated,
            ast.Return: self.return_statement,
            ast.Raise: self.raise_statement,
            ast.If: self.if_statement,
            ast.For: self.loop,
            ast.AsyncFor: self.loop,
            ast.While: self.loop,
            ast.With: self.with_statement,
            ast.AsyncWith: self.with_statement,
            ast.Try: self.try_statement,
            ast.TryStar: self.try_statement,
            ast.FunctionDef: self.function_statement,
            ast.AsyncFunctionDef: self.function_statement,
            ast.ClassDef: self.class_statement,
            ast.Import: self.import_statement,
            ast.ImportFrom: self.from_statement,
            ast.Assert: self.assert_statement,
            ast.Delete: self.delete_statement,
            ast.Global: self.global_statement,
            ast.Nonlocal: self.nonlocal_statement,
            ast.Match: self.match_statement,
            ast.Break: self.jump,
            ast.Continue: self.jump,
        }

    def run(self) -> None:
        self.block(self.tree.body)
        self.finish(self.module)
        for name in sorted(self.module.locals):
            self.globals[name] = self.cell(self.module, name)
        while self.deferred:
            # New ones are appended while one runs; order does not matter to the result's meaning.
            waiting, self.deferred = self.deferred, []
            for body in waiting:
                body()

    # Names

    def bound(self, body: Iterable[ast.stmt]) -> set[str]:
        names: set[str] = set()
        _collect(body, names)
        if self.walrus:
            for statement in body:
                names.update(_walrus_names(statement))
        return names

    def emit(self, kind: int, node: Any, *rest: Any) -> int:
        operations = self.operations
        operations.append(
            (kind, node.lineno, node.col_offset, node.end_lineno, node.end_col_offset, *rest)
        )
        return len(operations) - 1

    def variable(self, node: Any, name: str, annotation: int = 0) -> int:
        if node is None:
            self.operations.append((op.VARIABLE, 0, 0, 0, 0, name, annotation))
            return len(self.operations) - 1
        return self.emit(op.VARIABLE, node, name, annotation)

    def flow(self, source: int, target: int) -> None:
        if source and source != target:
            self.flows += (source, target)

    def cell(self, scope: _Scope, name: str) -> int:
        """Return the place that holds every binding of a name of a scope."""
        place = scope.cells.get(name)
        if place is not None:
            return place
        if scope.done:
            bindings = {place for bound, place in scope.log if bound == name}
            if len(bindings) == 1:
                place = bindings.pop()
                scope.cells[name] = place
                return place
        place = scope.cells[name] = self.variable(None, name)
        if scope.done:
            for binding in sorted(bindings):
                self.flow(binding, place)
        return place

    def finish(self, scope: _Scope) -> None:
        scope.done = True
        for name, place in scope.log:
            cell = scope.cells.get(name)
            if cell is not None:
                self.flow(place, cell)

    def bind(self, name: str, place: int) -> None:
        scope = self.scope
        if place and place not in self.declared:
            self.declared[place] = name
        owner = scope.redirected.get(name)
        if owner is not None or name in self.smeared:
            cell = self.cell(owner or scope, name)
            self.flow(place, cell)
            scope.env[name] = cell
            scope.log.append((name, cell))
            return
        scope.env[name] = place
        scope.log.append((name, place))

    def load(self, name: str) -> int:
        scope: _Scope | None = self.scope
        immediate = True
        while scope is not None:
            if immediate:
                place = scope.env.get(name)
                if place is not None:
                    return place
            owner = scope.redirected.get(name)
            if owner is not None:
                return self.cell(owner, name)
            if scope.kind != _CLASS:
                if name in scope.locals:
                    return self.cell(scope, name)
                immediate = False
            scope = scope.parent
        place = self.free.get(name)
        if place is None:
            self.operations.append((op.FREE, 0, 0, 0, 0, name))
            place = self.free[name] = len(self.operations) - 1
        return place

    # Expressions

    def visit(self, node: ast.expr) -> int:
        visitor = self.expressions.get(node.__class__)
        if visitor is None:
            return self.other(node)
        place = visitor(node)
        if self.wanted:
            seed = self.wanted.get(id(node))
            if seed is not None:
                self.seeds[seed] = place
        return place

    def other(self, node: ast.AST) -> int:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.visit(child)
        return 0

    def name(self, node: ast.Name) -> int:
        return self.load(node.id)

    def attribute(self, node: ast.Attribute) -> int:
        base = self.visit(node.value)
        operations = self.operations
        operations.append(
            (
                op.ATTRIBUTE,
                node.lineno,
                node.col_offset,
                node.end_lineno,
                node.end_col_offset,
                base,
                node.attr,
            )
        )
        return len(operations) - 1

    def call(self, node: ast.Call) -> int:
        function = node.func
        visit = self.visit
        if function.__class__ is ast.Attribute:
            assert isinstance(function, ast.Attribute)
            base = visit(function.value)
            name = function.attr
            if self.wanted:
                seed = self.wanted.get(id(function))
                if seed is not None:
                    self.seeds[seed] = self.emit(op.ATTRIBUTE, function, base, name)
        else:
            base = visit(function)
            name = None
        positional = tuple([visit(argument) for argument in node.args])
        keywords: tuple[tuple[str | None, int], ...] = ()
        if node.keywords:
            keywords = tuple([(word.arg, visit(word.value)) for word in node.keywords])
        operations = self.operations
        at = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
        if name is None:
            operations.append((op.CALL, *at, base, positional, keywords))
        else:
            operations.append((op.METHOD, *at, base, name, positional, keywords))
        return len(operations) - 1

    def constant(self, node: ast.Constant) -> int:
        key = (node.value.__class__, node.value)
        place = self.constants.get(key)
        if place is None:
            place = self.constants[key] = self.emit(op.CONSTANT, node, node.value)
        return place

    def binary(self, node: ast.BinOp) -> int:
        chain = [node]  # long concatenations nest to the left
        while isinstance(chain[-1].left, ast.BinOp) and id(chain[-1].left) not in self.wanted:
            chain.append(chain[-1].left)
        left = self.visit(chain[-1].left)
        for link in reversed(chain):
            right = self.visit(link.right)
            left = self.emit(op.BINARY, link, _OPERATORS[link.op.__class__], left, right)
        return left

    def unary(self, node: ast.UnaryOp) -> int:
        operand = self.visit(node.operand)
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            value = node.operand.value
            if isinstance(value, int | float):
                return self.constant(ast.copy_location(ast.Constant(-value), node))
        return self.emit(op.UNARY, node, _OPERATORS[node.op.__class__], operand)

    def either(self, node: ast.BoolOp) -> int:
        return self.emit(op.EITHER, node, tuple([self.visit(value) for value in node.values]))

    def compare(self, node: ast.Compare) -> int:
        operands = (self.visit(node.left), *[self.visit(value) for value in node.comparators])
        operators = tuple([_OPERATORS[operator.__class__] for operator in node.ops])
        return self.emit(op.COMPARE, node, operators, operands)

    def choice(self, node: ast.IfExp) -> int:
        test = self.test(node.test)
        return self.emit(op.CHOICE, node, test, self.visit(node.body), self.visit(node.orelse))

    def subscript(self, node: ast.Subscript) -> int:
        base = self.visit(node.value)
        if isinstance(node.slice, ast.Slice):
            piece = node.slice
            bounds = [self.visit(b) if b else 0 for b in (piece.lower, piece.upper, piece.step)]
            return self.emit(op.SLICE, node, base, *bounds)
        return self.emit(op.ITEM, node, base, self.visit(node.slice))

    def slice(self, node: ast.Slice) -> int:
        return self.other(node)

    def joined(self, node: ast.JoinedStr) -> int:
        parts: list[str | tuple[int, str, str | None]] = []
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                place = self.visit(value.value)
                spec: str | None = None
                if isinstance(value.format_spec, ast.JoinedStr):
                    spec = ""
                    for piece in value.format_spec.values:
                        if isinstance(piece, ast.Constant):
                            spec += str(piece.value)
                        elif isinstance(piece, ast.FormattedValue):
                            self.visit(piece.value)
                            spec += "{}"
                parts.append((place, _CONVERSIONS.get(value.conversion, ""), spec))
            elif isinstance(value, ast.Constant):
                parts.append(str(value.value))
        return self.emit(op.TEXT, node, tuple(parts))

    def display(self, node: ast.List | ast.Tuple | ast.Set) -> int:
        kind = {ast.List: "list", ast.Tuple: "tuple", ast.Set: "set"}[node.__class__]
        items: list[tuple[int, int]] = []
        for index, element in enumerate(node.elts):
            key = 0
            if kind == "tuple":
                key = self.constant(ast.copy_location(ast.Constant(index), node))
            items.append((key, self.visit(element)))
        return self.emit(op.DISPLAY, node, kind, tuple(items))

    def mapping(self, node: ast.Dict) -> int:
        items = [
            (-1 if key is None else self.visit(key), self.visit(value))
            for key, value in zip(node.keys, node.values, strict=True)
        ]
        return self.emit(op.DISPLAY, node, "dict", tuple(items))

    def elements(self, node: Any) -> int:
        saved: dict[str, int | None] = {}
        scope = self.scope
        for generator in node.generators:
            source = self.visit(generator.iter)
            element = self.emit(op.ITERATE, generator.iter, source)
            names: set[str] = set()
            _targets(generator.target, names)
            for name in names:
                saved.setdefault(name, scope.env.get(name))
            mark = len(scope.log)
            smeared, self.smeared = self.smeared, set()
            redirected, scope.redirected = scope.redirected, {}
            self.assign(generator.target, element)
            scope.redirected = redirected
            self.smeared = smeared
            del scope.log[mark:]
            for condition in generator.ifs:
                self.test(condition)
        if isinstance(node, ast.DictComp):
            key, value, kind = self.visit(node.key), self.visit(node.value), "dict"
        else:
            key, value = 0, self.visit(node.elt)
            kind = {ast.ListComp: "list", ast.SetComp: "set"}.get(node.__class__, "generator")
        for name, place in saved.items():
            if place is None:
                scope.env.pop(name, None)
            else:
                scope.env[name] = place
        return self.emit(op.ELEMENTS, node, kind, key, value)

    def wait(self, node: ast.Await) -> int:
        return self.emit(op.AWAIT, node, self.visit(node.value))

    def produce(self, node: ast.Yield | ast.YieldFrom) -> int:
        value = self.visit(node.value) if node.value is not None else 0
        place = self.emit(
            op.YIELD, node, value, self.scope.function, isinstance(node, ast.YieldFrom)
        )
        self.scope.yields.append(place)
        return 0

    def star(self, node: ast.Starred) -> int:
        return self.emit(op.STAR, node, self.visit(node.value))

    def walrus_expression(self, node: ast.NamedExpr) -> int:
        place = self.visit(node.value)
        self.bind(node.target.id, place)
        return place

    def annotation(self, node: ast.expr) -> int:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                inside = ast.parse(node.value.strip(), mode="eval").body
            except (SyntaxError, ValueError):
                return 0
            for part in ast.walk(inside):
                if isinstance(part, ast.expr):
                    ast.copy_location(part, node)
            return self.annotation(inside)
        return self.visit(node)

    def test(self, node: ast.expr, *, asserted: bool = False) -> int:
        place = self.visit(node)
        if place and (asserted or self.operations[place][0] not in _SELF_EVIDENT):
            self.emit(op.TRUTH, node, place, asserted)
        return place

    # Assignment

    def assign(self, target: ast.expr, place: int) -> None:
        if isinstance(target, ast.Name):
            self.bind(target.id, place)
        elif isinstance(target, ast.Attribute):
            self.emit(op.SET_ATTRIBUTE, target, self.visit(target.value), target.attr, place)
        elif isinstance(target, ast.Subscript):
            base = self.visit(target.value)
            key = 0 if isinstance(target.slice, ast.Slice) else self.visit(target.slice)
            self.emit(op.SET_ITEM, target, base, key, place)
        elif isinstance(target, ast.Tuple | ast.List):
            self.unpack(target, place)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, self.emit(op.SLICE, target, place, 0, 0, 0))

    def unpack(self, target: ast.Tuple | ast.List, place: int) -> None:
        operation = self.operations[place]
        known: Sequence[int] = ()
        if operation[0] == op.DISPLAY and operation[5] in ("list", "tuple"):
            known = [value for _, value in operation[6]]
            if any(self.operations[value][0] == op.STAR for value in known):
                known = ()
        stars = any(isinstance(element, ast.Starred) for element in target.elts)
        after_star = False
        for index, element in enumerate(target.elts):
            if isinstance(element, ast.Starred):
                after_star = True
                self.assign(element, place)
            elif len(known) == len(target.elts) and not stars:
                self.assign(element, known[index])
            else:
                key = self.constant(ast.copy_location(ast.Constant(index), element))
                item = self.emit(op.ITEM, element, place, 0 if after_star else key)
                self.assign(element, item)

    # Statements

    def block(self, body: Iterable[ast.stmt]) -> None:
        statements = self.statements
        for statement in body:
            visitor = statements.get(statement.__class__)
            if visitor is not None:
                visitor(statement)

    def expression_statement(self, node: ast.Expr) -> None:
        if node.value.__class__ is not ast.Constant:
            self.visit(node.value)

    def assign_statement(self, node: ast.Assign) -> None:
        place = self.visit(node.value)
        for target in node.targets:
            self.assign(target, place)

    def augmented(self, node: ast.AugAssign) -> None:
        target = node.target
        operator = _OPERATORS[node.op.__class__]
        if isinstance(target, ast.Name):
            left = self.load(target.id)
            right = self.visit(node.value)
            self.bind(target.id, self.emit(op.BINARY, node, operator, left, right))
        elif isinstance(target, ast.Attribute):
            base = self.visit(target.value)
            left = self.emit(op.ATTRIBUTE, target, base, target.attr)
            right = self.visit(node.value)
            value = self.emit(op.BINARY, node, operator, left, right)
            self.emit(op.SET_ATTRIBUTE, target, base, target.attr, value)
        else:
            base = self.visit(target.value)
            key = 0 if isinstance(target.slice, ast.Slice) else self.visit(target.slice)
            left = self.emit(op.ITEM, target, base, key)
            right = self.visit(node.value)
            value = self.emit(op.BINARY, node, operator, left, right)
            self.emit(op.SET_ITEM, target, base, key, value)

    def annotated(self, node: ast.AnnAssign) -> None:
        annotation = self.annotation(node.annotation)
        place = self.visit(node.value) if node.value is not None else 0
        target = node.target
        if isinstance(target, ast.Name):
            if self.scope.kind == _CLASS:
                self.annotations[target.id] = annotation
                if node.value is not None:
                    self.bind(target.id, place)
                return
            if node.value is None:
                return
            variable = self.variable(target, target.id, annotation)
            self.flow(place, variable)
            self.bind(target.id, variable)
        elif node.value is not None:
            variable = self.variable(target, "", annotation)
            self.flow(place, variable)
            self.assign(target, variable)

    def return_statement(self, node: ast.Return) -> None:
        value = self.visit(node.value) if node.value is not None else 0
        self.scope.returns.append(self.emit(op.RETURN, node, value, self.scope.function))
        self.scope.dead = True

    def raise_statement(self, node: ast.Raise) -> None:
        for part in (node.exc, node.cause):
            if part is not None:
                self.emit(op.RAISE, part, self.visit(part))
        self.scope.dead = True

    def jump(self, node: ast.stmt) -> None:
        self.scope.dead = True

    def assert_statement(self, node: ast.Assert) -> None:
        self.test(node.test, asserted=True)
        if node.msg is not None:
            self.visit(node.msg)

    def delete_statement(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.scope.env.pop(target.id, None)
            else:
                self.other(target)

    def global_statement(self, node: ast.Global) -> None:
        for name in node.names:
            if self.scope is not self.module:
                self.scope.redirected[name] = self.module

    def nonlocal_statement(self, node: ast.Nonlocal) -> None:
        for name in node.names:
            scope = self.scope.parent
            while scope is not None and not (scope.kind == _FUNCTION and name in scope.locals):
                scope = scope.parent
            if scope is not None:
                self.scope.redirected[name] = scope

    def import_statement(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.asname is not None:
                self.bind(alias.asname, self.emit(op.IMPORT, alias, alias.name, None, 0))
            else:
                first = alias.name.partition(".")[0]
                self.bind(first, self.emit(op.IMPORT, alias, first, None, 0))

    def from_statement(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*":
                self.stars.append((node.module or "", node.level))
            else:
                place = self.emit(op.IMPORT, alias, node.module or "", alias.name, node.level)
                self.bind(alias.asname or alias.name, place)

    # Branches

    def branch(self, env: Mapping[str, int], body: Iterable[ast.stmt]) -> dict[str, int] | None:
        """Walk a block that starts with `env`; return what holds after it, None if it jumps."""
        scope = self.scope
        scope.env = dict(env)
        scope.dead = False
        self.block(body)
        dead, scope.dead = scope.dead, False
        return None if dead else scope.env

    def merge(self, branches: Iterable[dict[str, int] | None]) -> None:
        scope = self.scope
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
                    variable = self.variable(None, name)
                    self.flow(mine, variable)
                    self.flow(place, variable)
                    merged[name] = variable
            result = merged
        scope.env = result

    def if_statement(self, node: ast.If) -> None:
        self.test(node.test)
        before = self.scope.env
        first = self.branch(before, node.body)
        second = self.branch(before, node.orelse) if node.orelse else before
        self.merge((first, second))

    def match_statement(self, node: ast.Match) -> None:
        subject = self.visit(node.subject)
        before = self.scope.env
        ends: list[dict[str, int] | None] = [before]
        for case in node.cases:
            self.scope.env = dict(before)
            for part in ast.walk(case.pattern):
                if isinstance(part, ast.MatchAs | ast.MatchStar) and part.name is not None:
                    whole = part is case.pattern
                    value = subject if whole else self.emit(op.ITEM, part, subject, 0)
                    self.bind(part.name, value)
                elif isinstance(part, ast.MatchMapping) and part.rest is not None:
                    self.bind(part.rest, self.emit(op.ITEM, part, subject, 0))
            if case.guard is not None:
                self.test(case.guard)
            ends.append(self.branch(self.scope.env, case.body))
        self.merge(ends)

    def loop(self, node: ast.For | ast.AsyncFor | ast.While) -> None:
        scope = self.scope
        source = 0
        if isinstance(node, ast.For | ast.AsyncFor):
            source = self.visit(node.iter)
        names = self.bound(node.body)
        if isinstance(node, ast.For | ast.AsyncFor):
            _targets(node.target, names)
        elif self.walrus:
            names.update(_walrus_names(node.test))
        heads: dict[str, int] = {}
        env = dict(scope.env)
        for name in sorted(names):
            if name in scope.redirected or name in self.smeared:
                continue
            heads[name] = variable = self.variable(None, name)
            self.flow(scope.env.get(name, 0), variable)
            env[name] = variable
        mark = len(scope.log)
        scope.env = env
        if isinstance(node, ast.While):
            self.test(node.test)
        else:
            self.assign(node.target, self.emit(op.ITERATE, node.iter, source))
        self.branch(scope.env, node.body)
        for name, place in scope.log[mark:]:
            head = heads.get(name)
            if head is not None:
                self.flow(place, head)
        scope.env = env
        scope.dead = False
        if node.orelse:
            end = self.branch(env, node.orelse)
            self.merge((env, end))

    def with_statement(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            place = self.visit(item.context_expr)
            entered = self.emit(op.ENTER, item.context_expr, place)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, entered)
        self.block(node.body)

    def try_statement(self, node: ast.Try | ast.TryStar) -> None:
        scope = self.scope
        before = dict(scope.env)
        mark = len(scope.log)
        end = self.branch(before, node.body)
        interrupted = self.interrupted(before, scope.log[mark:])
        ends: list[dict[str, int] | None] = []
        for handler in node.handlers:
            scope.env = dict(interrupted)
            if handler.type is not None:
                self.visit(handler.type)
            if handler.name is not None:
                self.bind(handler.name, self.variable(handler, handler.name))
            ends.append(self.branch(scope.env, handler.body))
        if end is not None and node.orelse:
            end = self.branch(end, node.orelse)
        ends.insert(0, end)
        self.merge(ends)
        if node.finalbody:
            dead = scope.dead
            if dead:
                scope.env = self.interrupted(before, scope.log[mark:])
            scope.dead = False
            self.block(node.finalbody)
            scope.dead = scope.dead or dead

    def interrupted(
        self, before: Mapping[str, int], log: Sequence[tuple[str, int]]
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
                variable = seen[name] = self.variable(None, name)
                self.flow(old, variable)
                env[name] = variable
            elif variable == -1:
                earlier = env[name]
                variable = seen[name] = self.variable(None, name)
                self.flow(earlier, variable)
                env[name] = variable
            self.flow(place, variable)
        return env

    # Definitions

    def arguments(self, node: ast.arguments, index: int) -> tuple[Any, ...]:
        """Walk defaults and annotations; return what `FunctionFacts` wants of them."""
        plain = [*node.posonlyargs, *node.args]
        defaults: list[ast.expr | None] = [None] * (len(plain) - len(node.defaults))
        defaults += node.defaults
        parameters = []
        for argument, default in zip(
            [*plain, *node.kwonlyargs], [*defaults, *node.kw_defaults], strict=True
        ):
            annotation = self.annotation(argument.annotation) if argument.annotation else 0
            value = self.visit(default) if default is not None else 0
            place = self.emit(op.PARAMETER, argument, index, argument.arg)
            parameters.append((argument.arg, place, annotation, value))
        rest = keywords = 0
        if node.vararg is not None:
            rest = self.emit(op.PARAMETER, node.vararg, index, node.vararg.arg)
        if node.kwarg is not None:
            keywords = self.emit(op.PARAMETER, node.kwarg, index, node.kwarg.arg)
        return tuple(parameters), len(plain), rest, keywords

    def function_statement(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        decorators = tuple([self.visit(decorator) for decorator in node.decorator_list])
        place = self.define(node, node.name, decorators)
        for decorator, value in zip(
            reversed(node.decorator_list), reversed(decorators), strict=True
        ):
            place = self.emit(op.CALL, decorator, value, (place,), ())
        self.bind(node.name, place)

    def function_lambda(self, node: ast.Lambda) -> int:
        return self.define(node, "<lambda>", ())

    def define(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
        name: str,
        decorators: tuple[int, ...],
    ) -> int:
        index = len(self.functions)
        place = self.emit(op.FUNCTION, node, index)
        scope = self.scope
        result = 0
        if not isinstance(node, ast.Lambda) and node.returns is not None:
            result = self.annotation(node.returns)
        self.functions.append(  # the body's part is filled in when it has been walked
            FunctionFacts(name, name, place, -1, -1, (), 0, 0, 0, 0, (), False)
        )
        parameters, positional, rest, keywords = self.arguments(node.args, index)
        facts = FunctionFacts(
            name=name,
            qualname=self.qualify(name),
            place=place,
            owner=self.current_class if scope.kind == _CLASS else -1,
            outer=scope.function,
            parameters=parameters,
            positional=positional,
            rest=rest,
            keywords=keywords,
            result=result,
            decorators=decorators,
            is_async=isinstance(node, ast.AsyncFunctionDef),
            line=node.lineno,
            end_line=node.end_lineno or node.lineno,
            doc="" if isinstance(node, ast.Lambda) else ast.get_docstring(node, clean=False) or "",
        )
        self.functions[index] = facts

        def walk() -> None:
            self.walk_function(node, index, scope)

        self.deferred.append(walk)
        return place

    def qualify(self, name: str) -> str:
        if self.scope.kind == _MODULE:
            return name
        if self.scope.kind == _CLASS:
            return f"{self.class_name}.{name}"
        return f"{self.functions[self.scope.function].qualname}.<locals>.{name}"

    def walk_function(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
        index: int,
        parent: _Scope,
    ) -> None:
        facts = self.functions[index]
        if isinstance(node, ast.Lambda):
            names = set(_walrus_names(node.body)) if self.walrus else set()
        else:
            names = self.bound(node.body)
            declared = {
                name
                for statement in node.body
                for part in _shallow(statement)
                if isinstance(part, ast.Global | ast.Nonlocal)
                for name in part.names
            }
            names -= declared
        scope = _Scope(_FUNCTION, parent, names, index)
        self.scope = scope
        for name, place, _, _ in facts.parameters:
            self.enter_parameter(scope, name, place)
        for argument, place in ((node.args.vararg, facts.rest), (node.args.kwarg, facts.keywords)):
            if argument is not None:
                self.enter_parameter(scope, argument.arg, place)
        mark = len(self.deferred)
        if isinstance(node, ast.Lambda):
            value = self.visit(node.body)
            scope.returns.append(self.emit(op.RETURN, node.body, value, index))
        else:
            self.block(node.body)
        self.finish(scope)
        self.functions[index] = replace(
            facts, returns=tuple(scope.returns), yields=tuple(scope.yields)
        )
        inner = self.deferred[mark:]
        del self.deferred[mark:]
        for body in inner:
            body()

    def enter_parameter(self, scope: _Scope, name: str, place: int) -> None:
        scope.locals.add(name)
        self.bind(name, place)

    current_class = -1
    class_name = ""
    annotations: dict[str, int] = {}  # noqa: RUF012 - replaced by each class statement

    def class_statement(self, node: ast.ClassDef) -> None:
        decorators = tuple([self.visit(decorator) for decorator in node.decorator_list])
        bases = tuple([self.visit(base) for base in node.bases])
        for word in node.keywords:
            self.visit(word.value)
        index = len(self.classes)
        place = self.emit(op.CLASS, node, index)
        qualname = self.qualify(node.name)
        facts = ClassFacts(
            node.name,
            qualname,
            place,
            self.scope.function,
            bases,
            decorators,
            {},
            {},
            node.lineno,
            node.end_lineno or node.lineno,
        )
        self.classes.append(facts)
        outer = (self.scope, self.current_class, self.class_name, self.annotations)
        scope = _Scope(_CLASS, self.scope, set(), self.scope.function)
        self.scope, self.current_class, self.class_name = scope, index, qualname
        self.annotations = {}
        self.block(node.body)
        members: dict[str, list[int]] = {}
        for name, value in scope.log:
            members.setdefault(name, []).append(value)
        self.finish(scope)
        self.classes[index] = replace(
            facts,
            members={name: tuple(values) for name, values in members.items()},
            annotations=self.annotations,
        )
        self.scope, self.current_class, self.class_name, self.annotations = outer
        for decorator, value in zip(
            reversed(node.decorator_list), reversed(decorators), strict=True
        ):
            place = self.emit(op.CALL, decorator, value, (place,), ())
        self.bind(node.name, place)


def _shallow(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements of a block that belong to the same function."""
    yield node
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
            yield from _shallow(child)


def _walrus_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        return
    if isinstance(node, ast.NamedExpr):
        yield node.target.id
    for child in ast.iter_child_nodes(node):
        yield from _walrus_names(child)


def _targets(target: ast.expr, names: set[str]) -> None:
    if isinstance(target, ast.Name):
        names.add(target.id)
    elif isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            _targets(element, names)
    elif isinstance(target, ast.Starred):
        _targets(target.value, names)


def _collect(body: Iterable[ast.stmt], names: set[str]) -> None:
    """Add the names that the statements bind in their own scope, walrus targets apart."""
    for node in body:
        kind = node.__class__
        if kind is ast.Expr or kind is ast.Return:
            continue
        if isinstance(node, ast.Assign):
            for target in node.targets:
                _targets(target, names)
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            _targets(node.target, names)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.If | ast.While):
            _collect(node.body, names)
            _collect(node.orelse, names)
        elif isinstance(node, ast.For | ast.AsyncFor):
            _targets(node.target, names)
            _collect(node.body, names)
            _collect(node.orelse, names)
        elif isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                if item.optional_vars is not None:
                    _targets(item.optional_vars, names)
            _collect(node.body, names)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                names.add(alias.asname or alias.name.partition(".")[0])
        elif isinstance(node, ast.Match):
            for case in node.cases:
                for part in ast.walk(case.pattern):
                    if isinstance(part, ast.MatchAs | ast.MatchStar) and part.name is not None:
                        names.add(part.name)
                    elif isinstance(part, ast.MatchMapping) and part.rest is not None:
                        names.add(part.rest)
                _collect(case.body, names)
        elif isinstance(node, ast.Try | ast.TryStar):
            _collect(node.body, names)
            _collect(node.orelse, names)
            _collect(node.finalbody, names)
            for handler in node.handlers:
                if handler.name is not None:
                    names.add(handler.name)
                _collect(handler.body, names)
