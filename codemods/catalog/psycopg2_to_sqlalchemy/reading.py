"""Read an expression that makes SQL, without running it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from codemods.catalog.psycopg2_to_sqlalchemy.literals import Char, escaped, read_text
from codemods.catalog.psycopg2_to_sqlalchemy.sqltext import UNKNOWN, RefusedError
from codemods.catalog.psycopg2_to_sqlalchemy.templates import Hole, Known, Owner, Template, Way

if TYPE_CHECKING:
    import libcst as cst

__all__ = ["COMPOSITION", "read_template"]

COMPOSITION = "psycopg2.sql."


def read_template(
    code: str,
    known: Mapping[str, Known] | None = None,
    fixed: Mapping[str, str | None] | None = None,
    meanings: Mapping[str, str] | None = None,
    indent: str = "",
) -> Template | None:
    """Read an expression; None when it is not made of string literals.

    Args:
        code: the expression.
        known: the types of expressions, by their source.
        fixed: expressions that only have texts which `text()` takes as they are, by their source;
            the text where there is one only.
        meanings: the qualified names of the functions that it calls, by their source.
        indent: that of its statement, which the lines of the expression are to be relative to.

    Raises:
        RefusedError: it is made of literals, but not in a way that is understood.
    """
    import libcst as cst

    try:
        node = cst.parse_expression(f"({code}\n)")
    except cst.ParserSyntaxError:
        return None
    if indent and "\n" in code:
        node = _dedented(node, indent)
    reader = _Reader(known or {}, fixed or {}, meanings or {})
    try:
        items = reader.read(node)
    except _NotText:
        return None
    if UNKNOWN in "".join(item.value for item in items if isinstance(item, Char)):
        raise RefusedError("the text holds a private character")
    return Template(
        node,
        tuple(items),
        reader.leaves,
        frozenset(reader.raw),
        reader.owners,
        reader.meanings,
    )


class _NotText(Exception):  # noqa: N818 - an answer, not an error
    """An expression is no string literal."""


class _Reader:
    def __init__(
        self,
        known: Mapping[str, Known],
        fixed: Mapping[str, str | None],
        meanings: Mapping[str, str],
    ) -> None:
        self.known = known
        self.fixed = fixed
        self.meanings = meanings
        self.leaves: dict[int, int] = {}
        self.raw: set[int] = set()
        self.owners: dict[int, Owner] = {}

    def read(self, node: cst.BaseExpression) -> list[Char | Hole]:
        import libcst as cst

        match node:
            case cst.SimpleString():
                if "b" in node.prefix.lower():
                    raise _NotText
                return list(self.literal(node, node.raw_value, "r" in node.prefix.lower()))
            case cst.ConcatenatedString():
                return [*self.read(node.left), *self.read(node.right)]
            case cst.FormattedString():
                return self.formatted(node)
            case cst.BinaryOperation(operator=cst.Add()):
                return self.added(node)
            case cst.BinaryOperation(operator=cst.Modulo()):
                return self.percent(node)
            case cst.Call() if self.composed(node):
                return self.composition(node)
            case cst.Call(func=cst.Attribute(value=receiver, attr=cst.Name("format"))):
                composes = isinstance(receiver, cst.Call) and self.composed(receiver)
                return self.format(node, self.within(node, Way.FORMAT, receiver), composes)
            case _:
                raise _NotText

    # -- literals

    def leaf(self, node: cst.CSTNode, raw: bool) -> int:
        number = self.leaves.setdefault(id(node), len(self.leaves))
        if raw:
            self.raw.add(number)
        return number

    def literal(self, node: cst.CSTNode, text: str, raw: bool) -> list[Char]:
        return list(read_text(text, self.leaf(node, raw), raw=raw))

    def within(self, node: cst.CSTNode, way: Way, receiver: cst.BaseExpression) -> list[Char]:
        """Read the literal that something is interpolated into."""
        first = len(self.leaves)
        items = self.read(receiver)
        characters = [item for item in items if isinstance(item, Char)]
        if len(characters) < len(items):
            raise RefusedError("text is interpolated twice")
        for number in range(first, len(self.leaves)):
            self.owners[number] = Owner(id(node), way)
        return characters

    def hole(
        self,
        node: cst.BaseExpression,
        way: Way,
        written: str,
        leaf: int,
        owner: int = 0,
        position: int | None = None,
    ) -> Hole:
        """Return the hole of an operand."""
        import libcst as cst

        code = cst.Module([]).code_for_node(node)
        # `%` calls str(), which is not what a field does for every class.
        conversion = "!s" if way is Way.PERCENT else ""
        return Hole(
            code,
            f"{{{code}{conversion}}}",
            self.known.get(code) or _surely(node),
            leaf,
            way,
            written,
            owner,
            id(node),
            position,
            code in self.fixed,
        )

    # -- what interpolates

    def formatted(self, node: cst.FormattedString) -> list[Char | Hole]:
        import libcst as cst

        raw = "r" in node.prefix.lower()
        items: list[Char | Hole] = []
        for part in node.parts:
            number = self.leaf(part, raw)
            self.owners[number] = Owner(id(node), Way.FIELD)
            if isinstance(part, cst.FormattedStringText):
                items += _undoubled(self.literal(part, part.value, raw))
                continue
            assert isinstance(part, cst.FormattedStringExpression)
            if part.equal is not None:
                raise RefusedError("an f-string field ends in =")
            field = cst.Module([]).code_for_node(part)
            if part.conversion is None and part.format_spec is None:
                hole = self.hole(part.expression, Way.FIELD, field, number, id(node))
                items.append(_but(hole, field=field))
            else:
                items.append(Hole("", field, None, number, Way.FIELD, field, id(node)))
        return items

    def added(self, node: cst.BinaryOperation) -> list[Char | Hole]:
        items: list[Char | Hole] = []
        texts = 0
        for side in (node.left, node.right):
            try:
                items += self.read(side)
                texts += 1
            except _NotText:
                items.append(self.operand(side))
        if not texts:
            raise _NotText
        return items

    def operand(self, node: cst.BaseExpression) -> Hole:
        """Return the hole of what is added to a str: a str, or it raises.

        A bind that takes its place is written into the literal before it.
        """
        import libcst as cst

        last = max(len(self.leaves) - 1, 0)
        hole = self.hole(node, Way.ADDED, "", last)
        match node:
            case cst.Call(func=cst.Name("str"), args=[cst.Arg(value=inner)]):
                made_of = self.hole(inner, Way.ADDED, "", last)
                if made_of.known is Known.INTEGER:
                    return _but(made_of, operand=id(node))
        return _but(hole, known=Known.TEXT)

    def percent(self, node: cst.BinaryOperation) -> list[Char | Hole]:
        import libcst as cst

        template = self.within(node, Way.PERCENT, node.left)
        right = node.right
        operands: list[cst.BaseExpression] | None = None
        keys: dict[str, cst.BaseExpression] = {}
        match right:
            case cst.Tuple():
                if any(isinstance(element, cst.StarredElement) for element in right.elements):
                    raise RefusedError("the operands of % are unpacked")
                operands = [element.value for element in right.elements]
            case cst.Dict():
                for element in right.elements:
                    if not isinstance(element, cst.DictElement) or not isinstance(
                        element.key, cst.SimpleString
                    ):
                        raise RefusedError("the keys of % are not literals")
                    keys[str(element.key.evaluated_value)] = element.value
            case _:
                operands = [right]
        items = self.substituted(template, operands, keys, id(node))
        if isinstance(right, cst.Name | cst.Attribute | cst.Call | cst.Subscript):
            # One operand, unless it is a tuple or a mapping at run time.
            items = [
                _but(item, sole=item.known is not None) if isinstance(item, Hole) else item
                for item in items
            ]
        return items

    def substituted(
        self,
        characters: Sequence[Char],
        operands: list[cst.BaseExpression] | None,
        keys: Mapping[str, cst.BaseExpression],
        owner: int,
    ) -> list[Char | Hole]:
        text = "".join(item.value or "\0" for item in characters)
        items: list[Char | Hole] = []
        at = used = 0
        for match in re.finditer(r"%(?:\((?P<key>[^()]*)\))?(?P<type>.?)", text, re.DOTALL):
            items += characters[at : match.start()]
            first = characters[match.start()]
            at = match.end()
            if match["type"] == "%" and match["key"] is None:
                items.append(Char("%", first.raw, first.leaf))
                continue
            if match["type"] not in {"s", "d", "i"}:
                raise RefusedError(f"{match.group()!r} formats a value")
            if match["key"] is not None:
                if match["key"] not in keys:
                    raise RefusedError("a key of % is missing")
                operand = keys[match["key"]]
            else:
                if operands is None or used >= len(operands):
                    raise RefusedError("% has too few operands")
                operand = operands[used]
                used += 1
            hole = self.hole(operand, Way.PERCENT, match.group(), first.leaf, owner)
            if match["type"] != "s" and hole.known is not Known.INTEGER:
                code = f"int({hole.code})"
                hole = _but(hole, code=code, field=f"{{{code}}}", known=Known.INTEGER)
            items.append(hole)
        if operands is not None and used != len(operands):
            raise RefusedError("% has too many operands")
        items += characters[at:]
        return items

    def format(
        self, node: cst.Call, characters: Sequence[Char], composes: bool
    ) -> list[Char | Hole]:
        if any(argument.star for argument in node.args):
            raise RefusedError("the arguments of format() are unpacked")
        given: dict[str, cst.BaseExpression] = {}
        for index, argument in enumerate(node.args):
            name = argument.keyword.value if argument.keyword else str(index)
            given[name] = argument.value
        text = "".join(item.value or "\0" for item in characters)
        items: list[Char | Hole] = []
        at = count = 0
        for match in re.finditer(r"\{\{|\}\}|\{(?P<field>[^{}]*)\}|[{}]", text):
            items += characters[at : match.start()]
            first = characters[match.start()]
            at = match.end()
            if match.group() in {"{{", "}}"}:
                items.append(Char(match.group()[0], first.raw, first.leaf))
                continue
            name = match["field"]
            if name is None or not re.fullmatch(r"\w*", name):
                raise RefusedError(f"{match.group()!r} formats a value")
            position = int(name) if name.isdigit() else None
            if not name:
                name = str(count)
                count += 1
            if name not in given:
                raise RefusedError("a field of format() is missing")
            if composes:
                items += self.part(given[name], first.leaf)
                continue
            items.append(
                self.hole(given[name], Way.FORMAT, match.group(), first.leaf, id(node), position)
            )
        items += characters[at:]
        return items

    # -- psycopg2.sql (5.12)

    def composed(self, node: cst.Call) -> bool:
        return self.meaning(node).startswith(COMPOSITION)

    def meaning(self, node: cst.Call) -> str:
        import libcst as cst

        return self.meanings.get(cst.Module([]).code_for_node(node.func), "")

    def composition(self, node: cst.Call) -> list[Char | Hole]:
        if self.meaning(node) == f"{COMPOSITION}SQL" and len(node.args) == 1:
            return self.read(node.args[0].value)
        return self.part(node, max(len(self.leaves) - 1, 0))

    def part(self, node: cst.BaseExpression, leaf: int) -> list[Char | Hole]:
        """Read what is put into a composition; its text is written into a literal beside it."""
        import libcst as cst

        if not isinstance(node, cst.Call) or any(argument.star for argument in node.args):
            raise RefusedError("a composition is only known at run time")
        given = [argument.value for argument in node.args]
        match self.meaning(node).removeprefix(COMPOSITION), given:
            case "Identifier", [_, *_]:
                names = [self.constant(name).replace('"', '""') for name in given]
                return self.written(".".join(f'"{name}"' for name in names), leaf)
            case "SQL", [text]:
                return self.written(self.constant(text), leaf)
            case "Literal", [value]:
                hole = self.hole(value, Way.LITERAL, "", leaf)
                return [_but(hole, operand=0)]
            case "Placeholder", []:
                return self.written("%s", leaf)
            case "Placeholder", [name]:
                return self.written(f"%({self.constant(name)})s", leaf)
        raise RefusedError("a composition is only known at run time")

    def constant(self, node: cst.BaseExpression) -> str:
        import libcst as cst

        if isinstance(node, cst.SimpleString | cst.ConcatenatedString):
            value = node.evaluated_value
        else:
            value = self.fixed.get(cst.Module([]).code_for_node(node))
        if not isinstance(value, str):
            raise RefusedError("a composition is only known at run time")
        return value

    def written(self, text: str, leaf: int) -> list[Char | Hole]:
        return [Char(c, escaped(c, raw=leaf in self.raw, braces=False), leaf) for c in text]


def _dedented(node: cst.BaseExpression, indent: str) -> cst.BaseExpression:
    import libcst as cst

    class Dedent(cst.CSTTransformer):
        def leave_ParenthesizedWhitespace(
            self,
            original_node: cst.ParenthesizedWhitespace,
            updated_node: cst.ParenthesizedWhitespace,
        ) -> cst.ParenthesizedWhitespace:
            return updated_node.with_changes(last_line=shorter(updated_node.last_line))

        def leave_EmptyLine(
            self, original_node: cst.EmptyLine, updated_node: cst.EmptyLine
        ) -> cst.EmptyLine:
            return updated_node.with_changes(whitespace=shorter(updated_node.whitespace))

    def shorter(space: cst.SimpleWhitespace) -> cst.SimpleWhitespace:
        return space.with_changes(value=space.value.removeprefix(indent))

    made = node.visit(Dedent())
    assert isinstance(made, cst.BaseExpression)
    return made


def _but(hole: Hole, **changes: object) -> Hole:
    from dataclasses import replace

    return replace(hole, **changes)  # type: ignore[arg-type]


def _surely(node: cst.BaseExpression) -> Known | None:
    """Say what an expression is, whatever the names in it mean to the program (builtins aside)."""
    import libcst as cst

    match node:
        case cst.Integer() | cst.Call(func=cst.Name("int" | "len")):
            return Known.INTEGER
        case cst.SimpleString() | cst.FormattedString() | cst.Call(func=cst.Name("str" | "repr")):
            return Known.TEXT
        case cst.Call(func=cst.Attribute(value=cst.SimpleString(), attr=cst.Name("join"))):
            return Known.TEXT
        case cst.Call(
            func=cst.Attribute(attr=cst.Name("isoformat" | "strftime" | "hexdigest" | "dumps"))
        ):
            return Known.TEXT
    return None


def _undoubled(items: Sequence[Char]) -> Iterator[Char]:
    """Read two braces of an f-string as one."""
    skip = False
    for item in items:
        if skip:
            skip = False
            continue
        skip = item.value in {"{", "}"} and item.raw.endswith(item.value)
        yield item
