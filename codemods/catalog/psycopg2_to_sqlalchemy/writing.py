"""Write an expression that makes SQL again, with binds in its literals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from codemods.catalog.psycopg2_to_sqlalchemy.literals import Char, escaped
from codemods.catalog.psycopg2_to_sqlalchemy.sqltext import Bind, RefusedError, arrange
from codemods.catalog.psycopg2_to_sqlalchemy.templates import Hole, Template, Way

if TYPE_CHECKING:
    import libcst as cst

__all__ = ["written"]

_DOUBLED = {Way.FIELD: "{}", Way.FORMAT: "{}", Way.PERCENT: "%"}


def written(template: Template, pieces: Sequence[list[int] | tuple[Bind, int]]) -> str:
    """Return the source of the expression with new text.

    Args:
        template: the expression.
        pieces: offsets in its text of what stays (the hole of one that stays as well), and binds
            with the offset of what they take the place of.

    Raises:
        RefusedError: it can't be written so.
    """
    return _Writer(template, pieces).code()


class _Writer:
    def __init__(self, template: Template, pieces: Sequence[list[int] | tuple[Bind, int]]) -> None:
        self.template = template
        self.items: dict[int, Char | Hole] = {}
        for item, offset in zip(template.items, template.offsets(), strict=True):
            if isinstance(item, Hole) or item.value:
                self.items[offset] = item
        self.texts: dict[int, list[str]] = {number: [] for number in template.leaves.values()}
        self.kept = [
            item
            for piece in pieces
            if not isinstance(piece, tuple)
            for offset in piece
            if isinstance(item := self.items[offset], Hole)
        ]
        self.owners = {hole.owner for hole in self.kept}
        self.operands = {hole.operand for hole in self.kept}
        self.fill(pieces)

    def fill(self, pieces: Sequence[list[int] | tuple[Bind, int]]) -> None:
        text = self.template.text
        arranged = arrange(
            [
                p[0] if isinstance(p, tuple) else "".join(text[offset] for offset in p)
                for p in pieces
            ]
        )
        for piece, source in zip(arranged, pieces, strict=True):
            if isinstance(source, tuple):
                self.put(self.items[source[1]].leaf, piece.render())
                continue
            self.put(self.items[source[0]].leaf, piece.before)
            for number, offset in enumerate(source):
                item = self.items[offset]
                if number in piece.escapes:
                    self.put(item.leaf, "\\")
                if isinstance(item, Hole):
                    self.keep(item)
                else:
                    self.texts[item.leaf].append(self.raw(item))

    def raw(self, item: Char) -> str:
        owner = self.template.owners.get(item.leaf)
        if owner is not None and owner.node in self.owners and item.value in _DOUBLED[owner.way]:
            return item.raw + item.value
        return item.raw

    def keep(self, hole: Hole) -> None:
        if hole.way is Way.ADDED:
            return  # it is no part of a literal
        text = hole.written
        if hole.position is not None:
            # The arguments before it that are bound now are no arguments any more.
            positions = {h.position for h in self.kept if h.owner == hole.owner}
            index = sum(p is not None and p < hole.position for p in positions)
            text = f"{{{index}}}"
        self.texts[hole.leaf].append(text)

    def put(self, leaf: int, text: str) -> None:
        if text:
            new = escaped(text, raw=leaf in self.template.raw, braces=False)
            self.texts.setdefault(leaf, []).append(new)

    def text(self, node: cst.CSTNode) -> str:
        return "".join(self.texts[self.template.leaves[id(node)]])

    def code(self) -> str:
        import libcst as cst

        node = self.built(self.template.node)
        if node is None:
            raise RefusedError("nothing is left of the text")
        node = node.with_changes(lpar=[], rpar=[])
        return cst.Module([]).code_for_node(node)

    def built(self, node: cst.BaseExpression) -> cst.BaseExpression | None:
        import libcst as cst

        if id(node) in self.operands:
            return node
        match node:
            case cst.SimpleString():
                text = self.text(node)
                if not text and node.raw_value:
                    return None
                return node.with_changes(value=_literal(node.prefix, node.quote, text))
            case cst.ConcatenatedString():
                left, right = self.built(node.left), self.built(node.right)
                if left is None or right is None:
                    return left or right
                return node.with_changes(left=left, right=right)
            case cst.FormattedString():
                text = "".join(self.text(part) for part in node.parts)
                prefix = node.prefix
                if id(node) not in self.owners:
                    prefix = prefix.replace("f", "").replace("F", "")
                made = cst.parse_expression(f"{prefix}{node.end}{text}{node.end}")
                return made.with_changes(lpar=node.lpar, rpar=node.rpar)
            case cst.BinaryOperation(operator=cst.Add()):
                left, right = self.built(node.left), self.built(node.right)
                if left is None or right is None:
                    return left or right
                return node.with_changes(left=left, right=right)
            case cst.BinaryOperation(operator=cst.Modulo()):
                left = self.built(node.left)
                if id(node) not in self.owners:
                    return left
                return node.with_changes(left=left, right=self.operands_of(node.right))
            case cst.Call(func=cst.Attribute(value=receiver)) if self.is_template(receiver):
                made_of = self.built(receiver)
                if id(node) not in self.owners or made_of is None:
                    return made_of
                return node.with_changes(
                    func=node.func.with_changes(value=made_of),
                    args=_fewer(node.args, [id(a.value) in self.operands for a in node.args]),
                )
            case cst.Call() if node.args and self.is_template(node.args[0].value):
                return self.built(node.args[0].value)
            case _:
                return None

    def operands_of(self, node: cst.BaseExpression) -> cst.BaseExpression:
        import libcst as cst

        if not isinstance(node, cst.Tuple | cst.Dict):
            return node
        stay = [id(element.value) in self.operands for element in node.elements]
        return node.with_changes(elements=_fewer(node.elements, stay))

    def is_template(self, node: cst.BaseExpression) -> bool:
        return any(id(inner) in self.template.leaves for inner in _walk(node))


def _literal(prefix: str, quote: str, text: str) -> str:
    """Return a literal, in the quotes that need no backslash if it can be."""
    raw = "r" in prefix.lower()
    if len(quote) == 3:
        if quote in text or text.endswith(quote[0]):
            raise RefusedError("the text can't be written in the quotes of its literal")
    elif re.search(rf"(?<!\\){quote}", text):
        other = "'" if quote == '"' else '"'
        if other not in text:
            quote = other
        elif raw:
            raise RefusedError("the text can't be written in the quotes of its literal")
        else:
            text = re.sub(rf"(\\.)|{quote}", lambda m: m[1] or f"\\{quote}", text, flags=re.DOTALL)
    return f"{prefix}{quote}{text}{quote}"


def _fewer(elements: Sequence[cst.CSTNode], stay: Sequence[bool]) -> list[cst.CSTNode]:
    """Return some elements of a list that commas part."""
    kept = [element for element, stays in zip(elements, stay, strict=True) if stays]
    if kept and not stay[-1]:
        kept[-1] = kept[-1].with_changes(comma=elements[-1].comma)  # type: ignore[attr-defined]
    return kept


def _walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    for child in node.children:
        yield from _walk(child)
