"""Generate code from a libcst tree and learn on the way which node stands where.

One pass gives both the proof that a tree is lossless and the nodes of the wanted spans, at about
half the price of libcst's own position provider. `CodegenState` and `_codegen` are internal to
libcst; this module is the only one that uses them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import NamedTuple

import libcst as cst
from libcst._nodes.internal import CodegenState

from codemods.codemod import Span

__all__ = ["Located", "generate", "generate_and_locate", "node_classes"]


def node_classes(node: ast.AST) -> tuple[type[cst.CSTNode], ...]:
    """Return the libcst classes that can stand for an `ast` node; none if it has no place."""
    match node:
        case ast.Starred():
            return (cst.StarredElement, cst.Arg)
        case ast.Slice():
            return ()
        case ast.expr():
            return (cst.BaseExpression,)
        case ast.stmt():
            return (cst.BaseSmallStatement, cst.BaseCompoundStatement)
        case ast.alias():
            return (cst.ImportAlias,)
        case ast.keyword():
            return (cst.Arg,)
        case ast.excepthandler():
            return (cst.ExceptHandler, cst.ExceptStarHandler)
        case _:
            return ()


def generate(module: cst.Module, indent: str) -> str:
    """Return the code of a module whose statements all stand at an indentation."""
    state = _State(module.default_indent, module.default_newline)
    if indent:
        state.increase_indent(indent)
    module._codegen(state)
    return "".join(state.tokens)


class Located(NamedTuple):
    """What the generation of code has shown of a tree."""

    code: str
    nodes: Mapping[Span, cst.CSTNode]  #: those of the wanted spans
    around: frozenset[cst.CSTNode]  #: these nodes, and all that they stand in


def generate_and_locate(
    module: cst.Module, indent: str, start: int, wanted: Mapping[Span, ast.AST]
) -> Located:
    """Return a module's code, and its nodes for the wanted spans.

    Args:
        module: the tree to look at.
        indent: the indentation that its statements stand at.
        start: where in the file its code begins, in code points.
        wanted: the `ast` node of each span; its class says which libcst classes may stand for it.

    A span without a node is left out. Parentheses around a tuple or a generator expression belong
    to the span for `ast`, and around a sole generator argument the call's; libcst says otherwise,
    so these two are found by where their parenthesis opens.
    """
    state = _LocatingState(module, start, wanted)
    if indent:
        state.increase_indent(indent)
    module._codegen(state)
    return Located("".join(state.tokens), state.found, frozenset(state.around))


class _Nowhere:
    """A context manager that does nothing, for the many nodes that nobody asked about."""

    __slots__ = ()

    def __enter__(self) -> None:
        return None

    def __exit__(self, *exc_info: object) -> None:
        return None


_NOWHERE = _Nowhere()


class _State(CodegenState):
    # libcst annotates its own one as a generator's context manager, and that is slow.
    def record_syntactic_position(  # type: ignore[override]
        self,
        node: cst.CSTNode,
        *,
        start_node: cst.CSTNode | None = None,
        end_node: cst.CSTNode | None = None,
    ) -> _Nowhere | _Recorder:
        return _NOWHERE


class _LocatingState(_State):
    def __init__(self, module: cst.Module, start: int, wanted: Mapping[Span, ast.AST]) -> None:
        super().__init__(module.default_indent, module.default_newline)
        self.at = start
        self.found: dict[Span, cst.CSTNode] = {}
        self.around: set[cst.CSTNode] = set()
        self.open: list[cst.CSTNode] = []
        self.classes = {span: node_classes(node) for span, node in wanted.items()}
        self.starts = _by_start(wanted)
        self.bracketed = _by_start(
            span for span, node in wanted.items() if isinstance(node, ast.Tuple | ast.GeneratorExp)
        )

    def before_codegen(self, node: cst.CSTNode) -> None:
        self.open.append(node)

    def after_codegen(self, node: cst.CSTNode) -> None:
        self.open.pop()

    def add_token(self, value: str) -> None:
        self.tokens.append(value)
        self.at += len(value)

    def add_indent_tokens(self) -> None:
        self.tokens.extend(self.indent_tokens)
        self.at += sum(map(len, self.indent_tokens))

    def pop_trailing_newline(self) -> None:
        if self.tokens:
            self.at -= len(self.tokens.pop())

    def record_syntactic_position(  # type: ignore[override]
        self,
        node: cst.CSTNode,
        *,
        start_node: cst.CSTNode | None = None,
        end_node: cst.CSTNode | None = None,
    ) -> _Nowhere | _Recorder:
        spans = self.starts.get(self.at, ())
        if self.bracketed and isinstance(node, cst.Tuple | cst.GeneratorExp):
            spans = (*spans, *self.bracketed.get(self._opening(), ()))
        return _Recorder(self, node, spans) if spans else _NOWHERE

    def _opening(self) -> int:
        """Return where the last opening parenthesis stands; behind it there is only space."""
        at = self.at
        for token in reversed(self.tokens):
            at -= len(token)
            if token == "(":
                return at
        return -1

    def ended(self, node: cst.CSTNode, started: int, spans: Iterable[Span]) -> None:
        """Note the node for the span that it fills."""
        for span in spans:
            if not isinstance(node, self.classes[span]):
                continue
            if isinstance(
                node, cst.BaseCompoundStatement | cst.ExceptHandler | cst.ExceptStarHandler
            ):
                # Nothing else begins where a compound statement does, and libcst counts comments
                # below its last statement as a part of it.
                self._is_found(span, node)
            elif span.start == started and span.end == self.at:
                # Nodes end from the inside out, so the outermost expression wins.
                self._is_found(span, node)
            elif span.start < started and span.end > self.at and span not in self.found:
                self._is_found(span, node)

    def _is_found(self, span: Span, node: cst.CSTNode) -> None:
        self.found[span] = node
        self.around.update(self.open)


class _Recorder:
    __slots__ = ("node", "spans", "started", "state")

    def __init__(self, state: _LocatingState, node: cst.CSTNode, spans: Iterable[Span]) -> None:
        self.state = state
        self.node = node
        self.spans = spans
        self.started = state.at

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.state.ended(self.node, self.started, self.spans)


def _by_start(spans: Iterable[Span]) -> Mapping[int, Sequence[Span]]:
    starts: dict[int, list[Span]] = {}
    for span in spans:
        starts.setdefault(span.start, []).append(span)
    return starts
