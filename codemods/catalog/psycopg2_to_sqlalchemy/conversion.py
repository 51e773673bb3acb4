"""The `text()` form of an expression that makes SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from codemods.catalog.psycopg2_to_sqlalchemy.holes import (
    KEPT,
    HoleKind,
    joined_list,
    kinds_by_item,
)
from codemods.catalog.psycopg2_to_sqlalchemy.literals import Char, escaped
from codemods.catalog.psycopg2_to_sqlalchemy.naming import (
    bind_name,
    column_names,
    distinct_names,
)
from codemods.catalog.psycopg2_to_sqlalchemy.scanner import scan
from codemods.catalog.psycopg2_to_sqlalchemy.sqltext import (
    UNKNOWN,
    Bind,
    Placeholder,
    RefusedError,
    Style,
    check_placement,
    split,
)
from codemods.catalog.psycopg2_to_sqlalchemy.templates import Hole, Known, Template
from codemods.catalog.psycopg2_to_sqlalchemy.writing import written

__all__ = ["Converted", "convert"]


@dataclass(frozen=True, slots=True)
class Converted:
    """The `text()` form of an expression."""

    code: str  #: the expression's new source; needs parentheses around it when it spans lines
    binds: tuple[tuple[str, int | str | None], ...]
    """Name, and what it was: the index or key of a parameter, None for an interpolated value."""
    values: Mapping[str, str] = field(default_factory=dict)  #: source of the interpolated values
    expanding: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Region:
    """What a bind takes the place of."""

    start: int
    end: int
    key: int | str | None
    list: bool = False


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
        RefusedError: it can't be done with certainty; an interpolated piece of SQL is one case.
    """
    kinds = kinds_by_item(template)
    _check_kinds(kinds.values(), style is Style.NONE or values is not None)
    sql = template.text
    kept: list[int] = []  # offsets of what goes to the server
    regions = _regions(template, kinds)
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
    content = [p[0] if isinstance(p, tuple) else "".join(sql[o] for o in p) for p in pieces]
    check_placement(content)
    _check_neighbours(content)
    code = written(template, [(p[0], p[1].start) if isinstance(p, tuple) else p for p in pieces])
    binds: dict[str, int | str | None] = {}
    interpolated: dict[str, str] = {}
    for region, name in zip(regions, names, strict=True):
        binds[name] = region.key
        if region.key is None:
            interpolated[name] = _value(template, region, kept)
    staying = [
        hole.code
        for hole, kind in zip(template.holes, _ordered(kinds), strict=True)
        if kind in KEPT
    ]
    if any(map(_calls, staying)) and any(map(_calls, interpolated.values())):
        raise RefusedError("a call for a value would come after a call for the text")
    expanding = tuple(n for r, n in zip(regions, names, strict=True) if r.list)
    return Converted(code, tuple(binds.items()), interpolated, expanding)


def _ordered(kinds: Mapping[int, HoleKind]) -> list[HoleKind]:
    return [kinds[index] for index in sorted(kinds)]


def _check_kinds(kinds: Iterable[HoleKind], counted: bool) -> None:
    for kind in kinds:
        if kind is HoleKind.VALUE:
            raise RefusedError("an interpolated value of unknown type stays in the text")
        if kind is HoleKind.SQL or (kind is HoleKind.COLUMNS and not counted):
            raise RefusedError("an interpolated piece of SQL may hold placeholders")


def _check_neighbours(content: Sequence[str | Bind]) -> None:
    """See that text which is only known at run time makes no bind of what stands before it."""
    for part in content:
        if isinstance(part, str) and re.search(rf"(?:(?<!:):|\\){UNKNOWN}", part):
            raise RefusedError("an interpolated name stands after a colon")


def _calls(code: str) -> bool:
    plain = re.sub(r"\b(?:str|int|len|repr|float|bool)\(", "", code)
    return "(" in plain or "await " in plain


def _regions(template: Template, kinds: Mapping[int, HoleKind]) -> list[_Region]:
    sql = template.text
    offsets = template.offsets()
    tokens = list(scan(sql))
    regions: dict[int, _Region] = {}
    for index, kind in kinds.items():
        at = offsets[index]
        hole = template.items[index]
        if kind in KEPT:
            continue
        if isinstance(hole, Hole) and not hole.sole:
            raise RefusedError("the operand of % may be a tuple")
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
            wanted.append(bind_name(holes[sql.count(UNKNOWN, 0, region.start)]) or column)
        else:
            wanted.append((bind_name(values[region.key]) if values else "") or column)
    return distinct_names(wanted, [isinstance(r.key, str) for r in regions], reserved)


def _value(template: Template, region: _Region, kept: Sequence[int]) -> str:
    """Return the source of an interpolated value."""
    inside = [
        item
        for item, offset in zip(template.items, template.offsets(), strict=True)
        if region.start <= offset < region.end and offset in kept
    ]
    holes = [item for item in inside if isinstance(item, Hole)]
    if region.list:
        return f"list({joined_list(holes[0].code)})"
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
