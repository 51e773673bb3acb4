"""SQL as a Python expression: its text, what is interpolated into it, and the `text()` form of it.

An expression is read into a stream of characters and *holes*; what psycopg2 would make of it is
decided on the stream; then the expression is built again, its literals changed in place.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from codemods.catalog.psycopg2_to_sqlalchemy.literals import Char, escaped, read_text
from codemods.catalog.psycopg2_to_sqlalchemy.scanner import Kind, scan
from codemods.catalog.psycopg2_to_sqlalchemy.sqltext import (
    Bind,
    Placeholder,
    RefusedError,
    Style,
    arrange,
    check_placement,
    split,
)

if TYPE_CHECKING:
    import libcst as cst

__all__ = ["Converted", "Hole", "HoleKind", "Known", "Template", "convert", "read_template"]

_HOLE = "\ue000"  # stands for a hole in the text; no SQL has this private character


class Known(enum.Enum):
    """What is known about the type of an interpolated value."""

    TEXT = "str"
    INTEGER = "int"


class HoleKind(enum.Enum):
    """What an interpolation is to the SQL."""

    QUOTED = "quoted value"  #: in quotes: becomes a bind
    NUMBER = "number"  #: bare, but certainly a number: becomes a bind
    LIST = "list"  #: ``IN (…)`` with a joined list: becomes an expanding bind
    VALUE = "value"  #: bare where a value stands, of unknown type
    IDENTIFIER = "identifier"  #: a name, a keyword or a piece of SQL


@dataclass(frozen=True, slots=True)
class Hole:
    """An interpolated expression."""

    code: str  #: its source
    field: str  #: the source of an f-string's field that gives the same text, braces included
    known: Known | None
    leaf: int  #: where text that takes its place is written


@dataclass(frozen=True, slots=True)
class Template:
    """An expression that makes SQL."""

    node: cst.BaseExpression
    items: tuple[Char | Hole, ...]
    leaves: Mapping[int, int]  #: ``id`` of the node of a literal (or of a field) to its number
    raw: frozenset[int]  #: the literals in which a backslash is no escape

    @property
    def text(self) -> str:
        """The SQL, with a private character for each hole."""
        return "".join(_HOLE if isinstance(item, Hole) else item.value for item in self.items)

    @property
    def holes(self) -> tuple[Hole, ...]:
        """What is interpolated, in order."""
        return tuple(item for item in self.items if isinstance(item, Hole))

    def kinds(self) -> list[HoleKind]:
        """Say of each hole what it is to the SQL."""
        found = _places(self)
        return [found[index] for index in sorted(found)]


@dataclass(frozen=True, slots=True)
class Converted:
    """The `text()` form of an expression."""

    code: str  #: the expression's new source; needs parentheses around it when it spans lines
    binds: tuple[tuple[str, int | str | None], ...]
    """Name, and what it was: the index or key of a parameter, None for an interpolated value."""
    values: Mapping[str, str] = field(default_factory=dict)  #: source of the interpolated values
    expanding: tuple[str, ...] = ()


def read_template(code: str, known: Mapping[str, Known] | None = None) -> Template | None:
    """Read an expression; None when it is not made of string literals.

    `known` gives the types of expressions by their source.

    Raises:
        RefusedError: it is made of literals, but not in a way that is understood.
    """
    import libcst as cst

    try:
        node = cst.parse_expression(f"({code}\n)")
    except cst.ParserSyntaxError:
        return None
    reader = _Reader(known or {})
    try:
        items = reader.read(node)
    except _NotText:
        return None
    if _HOLE in "".join(item.value for item in items if isinstance(item, Char)):
        raise RefusedError("the text holds a private character")
    return Template(node, tuple(items), reader.leaves, frozenset(reader.raw))


class _NotText(Exception):  # noqa: N818 - an answer, not an error
    """An expression is no string literal."""


class _Reader:
    def __init__(self, known: Mapping[str, Known]) -> None:
        self.known = known
        self.leaves: dict[int, int] = {}
        self.raw: set[int] = set()

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
            case cst.Call(func=cst.Attribute(value=receiver, attr=cst.Name("format"))):
                return self.format(self.read(receiver), node)
            case _:
                raise _NotText

    def leaf(self, node: cst.CSTNode, raw: bool) -> int:
        number = self.leaves.setdefault(id(node), len(self.leaves))
        if raw:
            self.raw.add(number)
        return number

    def literal(self, node: cst.CSTNode, text: str, raw: bool) -> list[Char]:
        return list(read_text(text, self.leaf(node, raw), raw=raw))

    def hole(self, node: cst.BaseExpression, conversion: str = "") -> Hole:
        """Return the hole of an operand, whose text takes the place in the last literal read."""
        import libcst as cst

        code = cst.Module([]).code_for_node(node)
        known = self.known.get(code) or _surely(node)
        return Hole(code, f"{{{code}{conversion}}}", known, max(len(self.leaves) - 1, 0))

    def formatted(self, node: cst.FormattedString) -> list[Char | Hole]:
        import libcst as cst

        raw = "r" in node.prefix.lower()
        items: list[Char | Hole] = []
        for part in node.parts:
            if isinstance(part, cst.FormattedStringText):
                items += _undoubled(self.literal(part, part.value, raw))
                continue
            assert isinstance(part, cst.FormattedStringExpression)
            if part.equal is not None:
                raise RefusedError("an f-string field ends in =")
            number = self.leaf(part, raw)
            field_ = cst.Module([]).code_for_node(part)
            if part.conversion is None and part.format_spec is None:
                hole = self.hole(part.expression)
                items.append(Hole(hole.code, field_, hole.known, number))
            else:
                items.append(Hole("", field_, None, number))
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
        """Return the hole of what is added to a str: a str, or it raises."""
        import libcst as cst

        hole = self.hole(node)
        match node:
            case cst.Call(func=cst.Name("str"), args=[cst.Arg(value=inner)]):
                made_of = self.hole(inner)
                if made_of.known is Known.INTEGER:
                    return made_of
        return Hole(hole.code, hole.field, Known.TEXT, hole.leaf)

    def percent(self, node: cst.BinaryOperation) -> list[Char | Hole]:
        import libcst as cst

        template = self.read(node.left)
        if any(isinstance(item, Hole) for item in template):
            raise RefusedError("text is interpolated twice")
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
            case cst.Name() | cst.Attribute() | cst.Call() | cst.Subscript():
                # One operand, unless it is a tuple or a mapping at run time.
                if self.hole(right).known is None:
                    raise RefusedError("the operand of % may be a tuple")
                operands = [right]
            case _:
                operands = [right]
        return self.substituted(template, operands, keys)

    def substituted(
        self,
        template: Sequence[Char | Hole],
        operands: list[cst.BaseExpression] | None,
        keys: Mapping[str, cst.BaseExpression],
    ) -> list[Char | Hole]:
        characters = [item for item in template if isinstance(item, Char)]
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
            hole = self.hole(operand, "!s")
            if match["type"] != "s" and hole.known is not Known.INTEGER:
                code = f"int({hole.code})"
                hole = Hole(code, f"{{{code}}}", Known.INTEGER, first.leaf)
            items.append(Hole(hole.code, hole.field, hole.known, first.leaf))
        if operands is not None and used != len(operands):
            raise RefusedError("% has too many operands")
        items += characters[at:]
        return items

    def format(self, template: Sequence[Char | Hole], node: cst.Call) -> list[Char | Hole]:
        if any(isinstance(item, Hole) for item in template):
            raise RefusedError("text is interpolated twice")
        if any(argument.star for argument in node.args):
            raise RefusedError("the arguments of format() are unpacked")
        given: dict[str, cst.BaseExpression] = {}
        for index, argument in enumerate(node.args):
            name = argument.keyword.value if argument.keyword else str(index)
            given[name] = argument.value
        characters = [item for item in template if isinstance(item, Char)]
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
            field_ = match["field"]
            if field_ is None or not re.fullmatch(r"\w*", field_):
                raise RefusedError(f"{match.group()!r} formats a value")
            if not field_:
                field_ = str(count)
                count += 1
            if field_ not in given:
                raise RefusedError("a field of format() is missing")
            hole = self.hole(given[field_])
            items.append(Hole(hole.code, hole.field, hole.known, first.leaf))
        items += characters[at:]
        return items


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


def _undoubled(items: Sequence[Char]) -> list[Char]:
    """Read two braces of an f-string as one."""
    result: list[Char] = []
    skip = False
    for item in items:
        if skip:
            skip = False
            continue
        skip = item.value in {"{", "}"} and item.raw.endswith(item.value)
        result.append(item)
    return result


_JOINS = (
    re.compile(r"""(?P<q>['"])\s*,\s*(?P=q)\.join\(map\(str,\s*(?P<list>[\w.]+)\)\)"""),
    re.compile(
        r"""(?P<q>['"])\s*,\s*(?P=q)\.join"""
        r"""\(\[?str\((?P<x>\w+)\) for (?P=x) in (?P<list>[\w.]+)\]?\)"""
    ),
)
_VALUE_BEFORE = re.compile(
    r"(?:[=<>!~|(,+\-*/]|\b(?:like|ilike|limit|offset|and|between|then|else|values|any|in))\s*\Z",
    re.IGNORECASE,
)
_LIST_BEFORE = re.compile(r"\bin\s*\(\s*\Z", re.IGNORECASE)


def _places(template: Template) -> dict[int, HoleKind]:
    """Say of the hole at each index of the items what it is."""
    sql = template.text
    offsets = _offsets(template)
    kinds: dict[int, HoleKind] = {}
    tokens = list(scan(sql))
    for index, item in enumerate(template.items):
        if not isinstance(item, Hole):
            continue
        at = offsets[index]
        token = next(token for token in tokens if token.start <= at < token.end)
        if token.kind is Kind.STRING and token.closed and sql[token.start] == "'":
            inside = sql[token.start + 1 : token.end - 1]
            kinds[index] = HoleKind.IDENTIFIER if "'" in inside else HoleKind.QUOTED
        elif token.kind is not Kind.CODE:
            kinds[index] = HoleKind.IDENTIFIER
        else:
            kinds[index] = _bare(sql, at, item)
    return kinds


def _bare(sql: str, at: int, hole: Hole) -> HoleKind:
    before, after = sql[:at], sql[at + 1 :]
    free = not re.search(r"[\w.$\"'\ue000-]\Z", before) and not re.match(r"[\w.$\"'\ue000(]", after)
    if free and hole.known is Known.INTEGER:
        return HoleKind.NUMBER
    if (
        _LIST_BEFORE.search(before)
        and re.match(r"\s*\)", after)
        and any(join.fullmatch(hole.code) for join in _JOINS)
    ):
        return HoleKind.LIST
    if free and _VALUE_BEFORE.search(before):
        return HoleKind.VALUE
    return HoleKind.IDENTIFIER


def _offsets(template: Template) -> list[int]:
    offsets = []
    at = 0
    for item in template.items:
        offsets.append(at)
        at += 1 if isinstance(item, Hole) else len(item.value)
    return offsets


def bind_name(code: str) -> str:
    """Return a name for the bind of an expression, or an empty string.

    The last word of a path (`user.name`, `row["name"]`), or that of a call's first argument.
    """
    if code[:1] in {"'", '"'}:
        return ""
    for join in _JOINS:
        match = join.fullmatch(code)
        if match:
            return bind_name(match["list"])
    call = re.fullmatch(r"[\w.]+\((?P<inside>.*)\)", code, re.DOTALL)
    if call:
        inside = call["inside"]
        first = re.match(r"[\w.]+(?:\[['\"]\w+['\"]\])?(?=\s*(?:,|\Z))", inside)
        return bind_name(first.group()) if first else ""
    match = re.fullmatch(r"[\w.\[\]'\"]*?(\w+)['\"]?\]?", code)
    if not match or match.group(1).isdigit():
        return ""
    name = match.group(1)
    return name.lstrip("_") if name.strip("_") and name.isidentifier() else ""


_COLUMN = re.compile(
    r"(?:^|[^\w.\"])(?:\w+\.)*\"?([A-Za-z_]\w*)\"?\s*(?:=|<>|!=|[<>]=?|i?like)\s*\Z", re.I
)
_INSERT = re.compile(
    r"insert\s+into\s+[\w.\"\ue000]+\s*\((?P<columns>[^()]*)\)\s*values\s*\(", re.I
)


def column_names(sql: str, places: Sequence[int]) -> list[str]:
    """Return the column that each placeholder's value is compared with or put into, or ""."""
    names: list[str] = []
    insert = _INSERT.search(sql)
    columns = [c.strip().strip('"') for c in insert["columns"].split(",")] if insert else []
    inserted = [place for place in places if insert and place >= insert.end()]
    in_order = len(inserted) == len(columns) and all(
        re.fullmatch(r"[A-Za-z_]\w*", c) for c in columns
    )
    for place in places:
        match = _COLUMN.search(sql[:place])
        if match:
            names.append(match.group(1).lower())
        elif in_order and place in inserted:
            names.append(columns[inserted.index(place)].lower())
        else:
            names.append("")
    return names


def convert(
    template: Template,
    style: Style,
    values: Sequence[str] | None = None,
    reserved: Sequence[str] = (),
) -> Converted:
    """Make the `text()` form of a template.

    Args:
        template: the SQL.
        style: how the call passes its parameters.
        values: the source of each value of a sequence, for the names; None when it is not known.
        reserved: names that are taken.

    Raises:
        RefusedError: it can't be done with certainty; an interpolation that must stay is one case.
    """
    kinds = _places(template)
    for kind in kinds.values():
        if kind in {HoleKind.VALUE, HoleKind.IDENTIFIER}:
            raise RefusedError(f"an interpolated {kind.value} stays in the text")
    sql = template.text
    kept: list[int] = []  # offsets of what goes to the server
    regions = _quoted_regions(template, kinds)
    for part in split(sql, style):
        if isinstance(part, Placeholder):
            if any(region.start <= part.start < region.end for region in regions):
                raise RefusedError("a placeholder is inside an interpolated string")
            regions.append(_Region(part.start, part.end, part.key))
        else:
            kept += range(part[0], part[0] + len(part[2]))
    regions.sort(key=lambda region: region.start)
    if values is not None and len(values) != sum(isinstance(r.key, int) for r in regions):
        raise RefusedError("the parameters are not as many as the placeholders")
    names = _names(template, regions, values, reserved)
    pieces: list[list[int] | tuple[Bind, _Region]] = []
    at = 0
    for region, name in zip(regions, names, strict=True):
        text = [offset for offset in kept if at <= offset < region.start]
        if text:
            pieces.append(text)
        pieces.append((Bind(name), region))
        at = region.end
    rest = [offset for offset in kept if offset >= at]
    if rest:
        pieces.append(rest)
    check_placement(
        [p[0] if isinstance(p, tuple) else "".join(sql[offset] for offset in p) for p in pieces]
    )
    code = _Writer(template, sql, pieces).code()
    binds: dict[str, int | str | None] = {}
    interpolated: dict[str, str] = {}
    for region, name in zip(regions, names, strict=True):
        binds[name] = region.key
        if region.key is None:
            interpolated[name] = _value(template, region, kept)
    expanding = tuple(n for r, n in zip(regions, names, strict=True) if r.list)
    return Converted(code, tuple(binds.items()), interpolated, expanding)


@dataclass(frozen=True, slots=True)
class _Region:
    """What a bind takes the place of."""

    start: int
    end: int
    key: int | str | None
    list: bool = False


def _quoted_regions(template: Template, kinds: Mapping[int, HoleKind]) -> list[_Region]:
    sql = template.text
    offsets = _offsets(template)
    tokens = list(scan(sql))
    regions: dict[int, _Region] = {}
    for index, kind in kinds.items():
        at = offsets[index]
        if kind is HoleKind.QUOTED:
            token = next(token for token in tokens if token.start <= at < token.end)
            regions[token.start] = _Region(token.start, token.end, None)
        elif kind is HoleKind.LIST:
            start, end = sql.rindex("(", 0, at), sql.index(")", at) + 1
            regions[start] = _Region(start, end, None, list=True)
        else:
            regions[at] = _Region(at, at + 1, None)
    return list(regions.values())


def _names(
    template: Template,
    regions: Sequence[_Region],
    values: Sequence[str] | None,
    reserved: Sequence[str],
) -> list[str]:
    sql = template.text
    columns = column_names(sql, [region.start for region in regions])
    holes = [hole.code for hole in template.holes]
    wanted: list[str] = []
    for region, column in zip(regions, columns, strict=True):
        if isinstance(region.key, str):
            wanted.append(region.key)
        elif region.key is None:
            wanted.append(bind_name(holes[sql.count(_HOLE, 0, region.start)]) or column)
        else:
            wanted.append((bind_name(values[region.key]) if values else "") or column)
    keys = {region.key for region in regions if isinstance(region.key, str)} | set(reserved)
    names: list[str] = []
    for region, name in zip(regions, wanted, strict=True):
        if isinstance(region.key, str):
            names.append(name)
            continue
        base = name or "p"
        candidate = name or f"p{len(names)}"
        count = 2
        while candidate in keys:
            candidate = f"{base}_{count}"
            count += 1
        keys.add(candidate)
        names.append(candidate)
    return names


def _value(template: Template, region: _Region, kept: Sequence[int]) -> str:
    """Return the source of an interpolated value."""
    offsets = _offsets(template)
    inside = [
        item
        for item, offset in zip(template.items, offsets, strict=True)
        if region.start <= offset < region.end and offset in kept
    ]
    holes = [item for item in inside if isinstance(item, Hole)]
    if region.list:
        for join in _JOINS:
            match = join.fullmatch(holes[0].code)
            if match:
                return f"list({match['list']})"
    if region.end - region.start == 1:
        return holes[0].code
    inside = [i for i in inside if isinstance(i, Hole) or i.value][1:-1]
    if len(inside) == 1 and holes[0].known is Known.TEXT:
        return holes[0].code
    text = "".join(
        item.field
        if isinstance(item, Hole)
        else escaped(repr(item.value)[1:-1], raw=True, braces=True)
        for item in inside
    )
    code = "".join(hole.field for hole in holes)
    if "\\" in code or "\n" in code or ("'" in code and '"' in code):
        raise RefusedError("an interpolated value can't be written as an f-string")
    plain = "".join(item.value for item in inside if isinstance(item, Char))
    if '"' in code:
        if "'" in plain:
            raise RefusedError("an interpolated value can't be written as an f-string")
        return f"f'{text}'"
    return 'f"' + text.replace("\\'", "'").replace('"', '\\"').replace('\\\\"', '\\"') + '"'


class _Writer:
    """Builds the expression again, with new text in its literals and without its holes."""

    def __init__(
        self, template: Template, sql: str, pieces: Sequence[list[int] | tuple[Bind, _Region]]
    ) -> None:
        self.template = template
        offsets = _offsets(template)
        items = {}
        for index, item in enumerate(template.items):
            if isinstance(item, Hole) or item.value:
                items[offsets[index]] = item
        self.texts: dict[int, list[str]] = {number: [] for number in template.leaves.values()}
        arranged = arrange(
            [p[0] if isinstance(p, tuple) else "".join(sql[offset] for offset in p) for p in pieces]
        )
        for piece, source in zip(arranged, pieces, strict=True):
            if isinstance(source, tuple):
                leaf = items[source[1].start].leaf
                self.put(leaf, piece.render())
                continue
            first = items[source[0]]
            self.put(first.leaf, piece.before)
            for number, offset in enumerate(source):
                item = items[offset]
                assert isinstance(item, Char)
                if number in piece.escapes:
                    self.put(item.leaf, "\\")
                self.texts[item.leaf].append(item.raw)

    def put(self, leaf: int, text: str) -> None:
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

        match node:
            case cst.SimpleString():
                text = self.text(node)
                if not text and node.raw_value:
                    return None
                return node.with_changes(value=f"{node.prefix}{node.quote}{text}{node.quote}")
            case cst.ConcatenatedString():
                left, right = self.built(node.left), self.built(node.right)
                if left is None or right is None:
                    return left or right
                return node.with_changes(left=left, right=right)
            case cst.FormattedString():
                text = "".join(self.text(part) for part in node.parts)
                prefix = node.prefix.replace("f", "").replace("F", "")
                quote = node.end
                return cst.SimpleString(
                    f"{prefix}{quote}{text}{quote}", lpar=node.lpar, rpar=node.rpar
                )
            case cst.BinaryOperation(operator=cst.Add()):
                left, right = self.built(node.left), self.built(node.right)
                if left is None or right is None:
                    return left or right
                return node.with_changes(left=left, right=right)
            case cst.BinaryOperation(operator=cst.Modulo()):
                return self.built(node.left)
            case cst.Call(func=cst.Attribute(value=receiver)) if self.is_template(receiver):
                return self.built(receiver)
            case _:
                return None

    def is_template(self, node: cst.BaseExpression) -> bool:
        return any(id(inner) in self.template.leaves for inner in _walk(node))


def _walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    for child in node.children:
        yield from _walk(child)
