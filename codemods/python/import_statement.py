"""A libcst pass that adds names to import statements, or takes some away, in their own layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import libcst as cst

from codemods.codemod import Order
from codemods.python.imports import StatementChange

__all__ = ["import_pass"]

_Gap = cst.BaseParenthesizableWhitespace
_Line = TypeVar("_Line", cst.SimpleStatementLine, cst.SimpleStatementSuite)

_NOTHING = cst.SimpleWhitespace("")
_SPACE = cst.SimpleWhitespace(" ")
_LINE_END = cst.TrailingWhitespace()


def import_pass(located: Mapping[cst.CSTNode, Order]) -> cst.CSTTransformer | None:
    """Make the transformer for those orders whose data is a `StatementChange`."""
    changes = {
        node: order.data
        for node, order in located.items()
        if isinstance(order.data, StatementChange)
    }
    return _ChangeImports(changes) if changes else None


class _ChangeImports(cst.CSTTransformer):
    def __init__(self, changes: Mapping[cst.CSTNode, StatementChange]) -> None:
        super().__init__()
        self.changes = changes

    def leave_Import(
        self, original_node: cst.Import, updated_node: cst.Import
    ) -> cst.Import | cst.RemovalSentinel:
        change = self.changes.get(original_node)
        if change is None:
            return updated_node
        listing = _changed(_listing(updated_node.names, None, None), change)
        if not listing.aliases:
            return cst.RemoveFromParent()
        return updated_node.with_changes(names=_names(listing))

    def leave_ImportFrom(
        self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom
    ) -> cst.ImportFrom | cst.RemovalSentinel:
        change = self.changes.get(original_node)
        if change is None or isinstance(updated_node.names, cst.ImportStar):
            return updated_node
        lpar, rpar = updated_node.lpar, updated_node.rpar
        listing = _changed(_listing(updated_node.names, lpar, rpar), change)
        if not listing.aliases:
            return cst.RemoveFromParent()
        updated_node = updated_node.with_changes(names=_names(listing))
        if lpar is None or rpar is None:
            return updated_node
        last = _NOTHING if listing.trailing_comma else listing.gaps[-1]
        return updated_node.with_changes(
            lpar=lpar.with_changes(whitespace_after=listing.gaps[0]),
            rpar=rpar.with_changes(whitespace_before=last),
        )

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine:
        return _without_dangling_semicolon(original_node, updated_node)

    def leave_SimpleStatementSuite(
        self, original_node: cst.SimpleStatementSuite, updated_node: cst.SimpleStatementSuite
    ) -> cst.SimpleStatementSuite:
        if not updated_node.body:
            return updated_node.with_changes(body=[cst.Pass()])
        return _without_dangling_semicolon(original_node, updated_node)


def _without_dangling_semicolon(original: _Line, updated: _Line) -> _Line:
    """Drop the semicolon that only parted a statement from one that is gone."""
    if len(updated.body) == len(original.body) or not updated.body:
        return updated
    had = isinstance(original.body[-1].semicolon, cst.Semicolon)
    last = updated.body[-1]
    if had or not isinstance(last.semicolon, cst.Semicolon):
        return updated
    last = last.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)
    return updated.with_changes(body=(*updated.body[:-1], last))


@dataclass(frozen=True, slots=True)
class _Listing:
    """The names of an import: `gaps[i]` stands before name i, the last one after all names."""

    aliases: tuple[cst.ImportAlias, ...]
    gaps: tuple[_Gap, ...]
    trailing_comma: bool


def _listing(
    names: Sequence[cst.ImportAlias],
    lpar: cst.LeftParen | None,
    rpar: cst.RightParen | None,
) -> _Listing:
    gaps: list[_Gap] = [_NOTHING if lpar is None else lpar.whitespace_after]
    gaps += [alias.comma.whitespace_after for alias in names if isinstance(alias.comma, cst.Comma)]
    trailing = isinstance(names[-1].comma, cst.Comma)
    if not trailing:
        gaps.append(_NOTHING if rpar is None else rpar.whitespace_before)
    return _Listing(tuple(names), tuple(gaps), trailing)


def _names(listing: _Listing) -> list[cst.ImportAlias]:
    """Give each name the comma that its gap asks for."""
    result = []
    for index, alias in enumerate(listing.aliases):
        gap = listing.gaps[index + 1]
        if index == len(listing.aliases) - 1 and not listing.trailing_comma:
            result.append(alias.with_changes(comma=cst.MaybeSentinel.DEFAULT))
        elif isinstance(alias.comma, cst.Comma):
            result.append(alias.with_changes(comma=alias.comma.with_changes(whitespace_after=gap)))
        else:
            result.append(alias.with_changes(comma=cst.Comma(whitespace_after=gap)))
    return result


def _changed(listing: _Listing, change: StatementChange) -> _Listing:
    # Additions first, so that a list that loses all its names keeps its layout for the new ones.
    for name, asname in change.added:
        listing = _with(listing, name, asname)
    gone = {(alias.name, alias.asname) for alias in change.removed}
    for index in reversed(range(len(listing.aliases))):
        alias = listing.aliases[index]
        if (alias.evaluated_name, alias.evaluated_alias) in gone:
            listing = _without(listing, index)
    return listing


def _with(listing: _Listing, name: str, asname: str | None) -> _Listing:
    """Add a name where the order of the others puts it, else at the end."""
    aliases, gaps = listing.aliases, listing.gaps
    index = _place([alias.evaluated_name for alias in aliases], name)
    new = cst.ImportAlias(
        cst.Name(name), cst.AsName(name=cst.Name(asname)) if asname is not None else None
    )
    left, right = _split(gaps, index)
    return _Listing(
        (*aliases[:index], new, *aliases[index:]),
        (*gaps[:index], left, right, *gaps[index + 1 :]),
        listing.trailing_comma,
    )


def _place(names: Sequence[str], name: str) -> int:
    for key in (_plain, _by_case, str.lower):
        keys = [key(other) for other in names]
        if keys == sorted(keys):
            return sum(other <= key(name) for other in keys)
    return len(names)


def _plain(name: str) -> str:
    return name


def _by_case(name: str) -> str:
    """Return isort's usual order: constants, classes, the rest."""
    if name.isupper() and len(name) > 1:
        return f"0{name}"
    return f"1{name}" if name[:1].isupper() else f"2{name}"


def _split(gaps: Sequence[_Gap], index: int) -> tuple[_Gap, _Gap]:
    """Return the gaps before and after a new name that stands at `index`."""
    gap = gaps[index]
    if index == len(gaps) - 1:
        above = gaps[index - 1]
        if not isinstance(above, cst.ParenthesizedWhitespace):
            return _SPACE, gap
        if isinstance(gap, cst.ParenthesizedWhitespace):
            left = gap.with_changes(empty_lines=(), indent=above.indent, last_line=above.last_line)
            return left, gap.with_changes(first_line=_bare(gap))
        return above.with_changes(first_line=_bare(above), empty_lines=()), gap
    if isinstance(gap, cst.ParenthesizedWhitespace):
        # A comment at the end of a line belongs to what is before it, one above a line to that.
        return gap.with_changes(empty_lines=()), gap.with_changes(first_line=_bare(gap))
    if index == 0:
        following = gaps[1] if len(gaps) > 2 else _SPACE
        return gap, following if following == _SPACE else _SPACE
    return gap, _SPACE if "\\" in gap.value else gap  # type: ignore[attr-defined]


def _bare(gap: cst.ParenthesizedWhitespace) -> cst.TrailingWhitespace:
    return _LINE_END.with_changes(newline=gap.first_line.newline)


def _without(listing: _Listing, index: int) -> _Listing:
    """Take a name out, with the comment at the end of its line."""
    before, after = listing.gaps[index], listing.gaps[index + 1]
    aliases = (*listing.aliases[:index], *listing.aliases[index + 1 :])
    last = index == len(listing.aliases) - 1
    gap: _Gap
    if isinstance(before, cst.ParenthesizedWhitespace):
        if isinstance(after, cst.ParenthesizedWhitespace):
            gap = before.with_changes(
                empty_lines=(*before.empty_lines, *after.empty_lines),
                indent=after.indent,
                last_line=after.last_line,
            )
        elif last and before.first_line.comment is None and not before.empty_lines:
            gap = after
        else:
            gap = before
    elif index == 0 and not isinstance(after, cst.ParenthesizedWhitespace):
        gap = before
    else:
        gap = after if last or isinstance(after, cst.ParenthesizedWhitespace) else before
    return _Listing(
        aliases,
        (*listing.gaps[:index], gap, *listing.gaps[index + 2 :]),
        listing.trailing_comma and bool(aliases),
    )
