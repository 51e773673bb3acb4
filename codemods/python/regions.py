"""Run libcst transformers on the lines around some nodes instead of on a whole file.

A *region* is whole physical lines that hold one or more consecutive statements of one block. It is
parsed as a module of its own (behind a line ``if 1:`` when it is indented, which leaves strings of
many lines and `return`, `await`, `break`, `nonlocal` alone), transformed, and put back. Everything
outside of regions stays as it is, byte by byte, by construction.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from codemods.codemod import Bar, FileEdit, Order, Replacement, Span
from codemods.python.blocks import Run, ast_range, blocks_of, closed_run, path_to
from codemods.python.source import SourceFile

if TYPE_CHECKING:
    import libcst as cst

    from codemods.python.transform import Pass

__all__ = ["Region", "RegionEdit", "edit_orders", "edit_regions", "region_of"]

T = TypeVar("T")

_MARGIN = re.compile(r"[ \t\f]*")
_NEWLINE = re.compile(r"\r\n|\r|\n")
_BLANK_LINES = re.compile(r"(?:[ \t\f]*(?:\r\n|\r|\n))+")
_LAST_NEWLINE = re.compile(r"(?:\r\n|\r|\n)\Z")


@dataclass(frozen=True, slots=True)
class Region:
    """Whole physical lines of a file that are rewritten as one."""

    span: Span  #: without the newline of the last line
    depth: int  #: how many blocks it is inside of; -1 for the module with all its comments
    run: Run | None  #: its statements; None for the module


@dataclass(frozen=True, slots=True)
class RegionEdit:
    """What transformers did to one file."""

    replacements: tuple[Replacement, ...]  #: in order, disjoint; only where the text changed
    carried_out: frozenset[Span]  #: targets whose region changed
    unchanged: frozenset[Span]  #: targets that were found, in regions that came out as they were
    refused: Mapping[Span, Bar] = field(default_factory=dict)


def region_of(file: SourceFile, span: Span, depth: int | None = None) -> Region:
    """Return the smallest region around a span.

    Args:
        file: the file.
        span: where in it.
        depth: look for a larger region, at most inside of so many blocks; -1 for the module.
    """
    path = path_to(file, span)
    deepest = len(path) - 1 if depth is None else min(depth, len(path) - 1)
    for level in range(deepest, -1, -1):
        run = closed_run(file, *path[level])
        if run is not None:
            return Region(run.span, level, run)
    lines = len(file.line_starts)
    last = lines - 1 if lines > 1 and file.line_starts[-1] == len(file.text) else lines
    return Region(Span(0, file.line_span(last).end), -1, None)


def edit_regions(
    file: SourceFile,
    targets: Mapping[Span, T],
    passes: Sequence[Pass[T]],
    insertions: Sequence[Replacement] = (),
) -> RegionEdit:
    """Apply transformers to the regions around some nodes.

    Args:
        file: the file.
        targets: spans of `ast` nodes of the file (expressions, statements, aliases, keywords,
            handlers; an expression before the statement that consists of it), with a datum each.
        passes: each makes a transformer from the libcst nodes of one region and their data. A
            transformer is shown these nodes, what is in them and what they stand in, and must
            change nothing but what follows from them.
        insertions: new lines, see `Replacement`. One that stands between the lines of a region
            is made first, so that the transformers see it.

    A target that `libcst` shows no node for is refused as ``engine/not-located``; the targets of a
    region that does not come out of libcst as it went in, as ``engine/region-not-lossless``.
    """
    insertions = sorted(insertions, key=lambda insertion: insertion.span)
    file = file.around([*targets, *(insertion.span for insertion in insertions)])
    refused: dict[Span, Bar] = {}
    nodes: dict[Span, ast.AST] = {}
    for span in targets:
        node = _node_at(file, span)
        if node is None:
            refused[span] = _not_located(file, span)
        else:
            nodes[span] = node
    results: list[_Result] = []
    regions, failures = _parsed_regions(file, nodes, insertions)
    refused.update(failures)
    for region in regions:
        refused.update((span, _not_located(file, span)) for span in region.missing)
        located = {node: targets[span] for span, node in region.located.items()}
        try:
            results.append(_transformed(region, located, passes))
        except RecursionError:
            refused.update((span, _too_deep(file, region.region)) for span in region.located)
    replacements: list[Replacement] = []
    carried_out: set[Span] = set()
    unchanged: set[Span] = set()
    made: set[Replacement] = set()
    opening: set[int] = set()
    for result in _without_empty_blocks(file, results):
        span = result.parsed.region.span
        if result.text == result.parsed.text:
            unchanged.update(result.parsed.located)
            continue
        carried_out.update(result.parsed.located)
        made.update(result.parsed.insertions)
        if result.text is not None:
            replacements.append(Replacement(span, result.text))
            continue
        replacements.append(Replacement(_whole_lines(file, span), ""))
        run = result.parsed.region.run
        if run is not None and run.first == 0 and result.parsed.region.depth > 0:
            opening.add(span.start)
    replacements += (insertion for insertion in insertions if insertion not in made)
    replacements.sort(key=lambda replacement: replacement.span)
    replacements = _without_wide_gaps(file, replacements, opening)
    replacements = _without_dangling_newline(file, replacements)
    replacements = _without_blank_start(file, replacements)
    return RegionEdit(tuple(replacements), frozenset(carried_out), frozenset(unchanged), refused)


def edit_orders(
    file: SourceFile,
    orders: Sequence[Order],
    passes: Sequence[Pass[Order]],
    insertions: Sequence[Replacement] = (),
) -> FileEdit:
    """Carry out orders with transformers; the usual `rewrite` of a codemod.

    Insertions are made only when an order was carried out.

    Raises:
        ValueError: two orders have the same span.
    """
    targets = {order.span: order for order in orders}
    if len(targets) != len(orders):
        raise ValueError(f"{file.path}: two orders for one span")
    edit = edit_regions(file, targets, passes, insertions)
    refused = {
        order.site: bar
        for span, bar in edit.refused.items()
        if (order := targets[span]).site is not None
    }
    sites = (targets[span].site for span in edit.carried_out)
    carried_out = frozenset(site for site in sites if site is not None)
    return FileEdit(edit.replacements if edit.carried_out else (), carried_out, refused)


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A region as libcst sees it."""

    region: Region
    module: cst.Module  #: the statements of the region, and nothing else
    indent: str  #: what they are indented by
    lead: str  #: what stands before that in the first line (a form feed)
    text: str  #: all of it, with the insertions
    insertions: tuple[Replacement, ...]
    located: Mapping[Span, cst.CSTNode]
    around: frozenset[cst.CSTNode]  #: see `run_passes`
    missing: frozenset[Span]


class _NotLosslessError(Exception):
    """A region does not come out of libcst as it went in, or not at all."""


def _parsed_regions(
    file: SourceFile, nodes: Mapping[Span, ast.AST], insertions: Sequence[Replacement]
) -> tuple[list[_Parsed], dict[Span, Bar]]:
    """Parse disjoint regions that hold all nodes, widening each until it is lossless.

    Returns the regions, and the nodes for which there is none.
    """
    parsed: list[_Parsed] = []
    failures: dict[Span, Bar] = {}
    nodes = dict(sorted(nodes.items()))
    spans = list(nodes)
    smallest = _outermost([region_of(file, span) for span in nodes])
    for region in smallest:
        if parsed and _contains(parsed[-1].region.span, region.span):
            continue
        try:
            found = _parse_widening(file, region, nodes, spans, insertions)
        except _NotLosslessError:
            bar = _not_lossless(file, region)
        except RecursionError:
            bar = _too_deep(file, region)
        else:
            while parsed and _contains(found.region.span, parsed[-1].region.span):
                parsed.pop()
            parsed.append(found)
            continue
        failures.update((span, bar) for span in _inside(region, spans))
    for one in parsed:
        for span in one.located:
            failures.pop(span, None)
    return parsed, failures


def _parse_widening(
    file: SourceFile,
    region: Region,
    nodes: Mapping[Span, ast.AST],
    spans: Sequence[Span],
    insertions: Sequence[Replacement],
) -> _Parsed:
    inside = _inside(region, spans)
    try:
        return _parse(file, region, {span: nodes[span] for span in inside}, insertions)
    except _NotLosslessError:
        if region.depth < 0:
            raise
        wider = region_of(file, inside[0], region.depth - 1)
        return _parse_widening(file, wider, nodes, spans, insertions)


def _parse(
    file: SourceFile,
    region: Region,
    nodes: Mapping[Span, ast.AST],
    insertions: Sequence[Replacement],
) -> _Parsed:
    """Parse a region and find the nodes in it.

    Raises:
        _NotLosslessError: libcst can't parse it, or does not give it back as it is.
    """
    import libcst as cst

    from codemods.python.locate import generate_and_locate

    own = [
        insertion
        for insertion in insertions
        if region.span.start < insertion.span.start <= region.span.end
    ]
    text, moved = _spliced(file.text, region.span, nodes, own)
    margin = _MARGIN.match(text)[0] if region.depth >= 0 else ""  # type: ignore[index]
    lead = margin[: margin.rfind("\f") + 1]
    indent = margin[len(lead) :]
    # libcst takes the first indentation and the first newline that it sees for the usual ones,
    # and has no other way to be told.
    frame = f"if 1:{file.newline}{file.indent}pass{file.newline}"
    if indent:
        frame += f"if 1:{file.newline}"
    code = text[len(lead) :]
    code += "\r" if code.endswith("\r") else file.newline
    try:
        whole = cst.parse_module(frame + code)
    except cst.ParserSyntaxError:
        raise _NotLosslessError from None
    body: Sequence[cst.CSTNode] = whole.body[1:]
    footer = whole.footer
    if indent:
        match whole.body:
            case [_, cst.If(body=cst.IndentedBlock() as block, orelse=None)]:
                body = block.body
                footer = (*block.footer, *footer)
            case _:
                raise _NotLosslessError
    # libcst takes a newline after a backslash (in a comment) or a carriage return for none.
    module = whole.with_changes(body=body, footer=footer, has_trailing_newline=True)
    wanted = {moved[span]: node for span, node in nodes.items()}
    found = generate_and_locate(module, indent, region.span.start + len(lead), wanted)
    if found.code != code:
        raise _NotLosslessError
    located = {span: found.nodes[moved[span]] for span in nodes if moved[span] in found.nodes}
    missing = frozenset(nodes.keys() - located.keys())
    return _Parsed(region, module, indent, lead, text, tuple(own), located, found.around, missing)


def _spliced(
    text: str, region: Span, spans: Iterable[Span], insertions: Sequence[Replacement]
) -> tuple[str, Mapping[Span, Span]]:
    """Return a region's text with insertions made, and where spans in it moved to."""
    if not insertions:
        return text[region.start : region.end], {span: span for span in spans}
    pieces: list[str] = []
    at = region.start
    for insertion in insertions:
        pieces += (text[at : insertion.span.start], insertion.text)
        at = insertion.span.start
    pieces.append(text[at : region.end])
    moved = {}
    for span in spans:
        above = (one for one in insertions if one.span.start <= span.start)
        shift = sum(len(one.text) for one in above)
        moved[span] = Span(span.start + shift, span.end + shift)
    return "".join(pieces), moved


@dataclass(frozen=True, slots=True)
class _Result:
    parsed: _Parsed
    text: str | None  #: without the last newline; None if no line is left
    empty: bool  #: no statement is left


def _transformed(
    parsed: _Parsed, located: Mapping[cst.CSTNode, T], passes: Sequence[Pass[T]]
) -> _Result:
    from codemods.python.locate import generate
    from codemods.python.transform import run_passes

    module = run_passes(parsed.module, located, parsed.around, passes)
    if not module.body and not module.footer:
        return _Result(parsed, None, True)
    text = parsed.lead + _LAST_NEWLINE.sub("", generate(module, parsed.indent))
    return _Result(parsed, text, not module.body)


def _without_empty_blocks(file: SourceFile, results: Sequence[_Result]) -> list[_Result]:
    """Put a `pass` where several regions together lost all statements of a block."""
    lost: dict[int, list[int]] = {}
    for index, result in enumerate(results):
        run = result.parsed.region.run
        if result.empty and run is not None and result.parsed.region.depth > 0:
            lost.setdefault(id(run.block), []).extend([index] * (run.last - run.first + 1))
    filled = list(results)
    for indices in lost.values():
        last = results[indices[-1]]
        run = last.parsed.region.run
        if run is not None and len(indices) == len(run.block):
            above = "" if last.text is None else last.text + file.newline
            filled[indices[-1]] = replace(last, text=f"{above}{last.parsed.indent}pass")
    return filled


def _whole_lines(file: SourceFile, span: Span) -> Span:
    """Return whole lines with their last newline, if they have one."""
    newline = _NEWLINE.match(file.text, span.end)
    return Span(span.start, newline.end() if newline else span.end)


def _without_wide_gaps(
    file: SourceFile, replacements: Sequence[Replacement], opening: Collection[int]
) -> list[Replacement]:
    """Keep the blank lines above and below deleted lines from adding up.

    The larger of the two gaps stays, none at the start of a block (whose offset is in `opening`),
    and none at the end of the file.
    """
    closed = list(replacements)
    at = 0
    while at < len(closed):
        first = at
        at += 1
        start = closed[first].span.start
        if closed[first].text or start == closed[first].span.end:
            continue
        above = _blank_above(file, start, closed[first - 1] if first else None)
        while True:
            last = closed[at - 1]
            end = last.span.end
            limit = closed[at].span.start if at < len(closed) else len(file.text)
            below = _blank_below(file, end, limit)
            many = len(below) if start in opening and not above else min(len(above), len(below))
            if many:
                end = below[many - 1]
                closed[at - 1] = last._replace(span=Span(last.span.start, end))
            if at == len(closed) or closed[at].text or closed[at].span.start != end:
                break
            at += 1
        if end == len(file.text) and above and above[-1] >= 0 and not below:
            closed[first] = closed[first]._replace(span=Span(above[-1], closed[first].span.end))
    return closed


def _blank_above(file: SourceFile, start: int, previous: Replacement | None) -> list[int]:
    """Return the offsets of the blank lines above a line, nearest first.

    -1 stands for one at the end of the text that `previous` puts there.
    """
    floor = previous.span.end if previous is not None else 0
    found: list[int] = []
    line = bisect_right(file.line_starts, start) - 1
    while line and file.line_starts[line - 1] >= floor and not file.line_text(line).strip(" \t\f"):
        found.append(file.line_starts[line - 1])
        line -= 1
    reached = found[-1] if found else start
    if previous is not None and previous.span.end == reached and previous.text:
        lines = _NEWLINE.split(previous.text)[:-1]
        while len(lines) > 1 and not lines.pop().strip(" \t\f"):
            found.append(-1)
    return found


def _blank_below(file: SourceFile, end: int, limit: int) -> list[int]:
    """Return the ends of the blank lines from an offset on, up to a limit."""
    found: list[int] = []
    line = bisect_right(file.line_starts, end)
    while line < len(file.line_starts) and file.line_starts[line] <= limit:
        if file.line_text(line).strip(" \t\f"):
            break
        found.append(file.line_starts[line])
        line += 1
    return found


def _without_dangling_newline(
    file: SourceFile, replacements: list[Replacement]
) -> list[Replacement]:
    """Let a file that ends without a newline do so when its last lines are deleted."""
    kept = list(replacements)
    start = end = len(file.text)
    while kept and kept[-1].text == "" and kept[-1].span.end == start:
        start = kept.pop().span.start
    if start in (0, end) or _LAST_NEWLINE.search(file.text):
        return replacements
    if kept and kept[-1].span.start == start:  # an insertion
        return [*kept, Replacement(Span(start, end), "")]
    # The newline of the line above goes as well, and replacements are of whole lines.
    above = file.line_span(bisect_right(file.line_starts, start - 1))
    if kept and kept[-1].span.end == above.end:
        last = kept.pop()
        return [*kept, Replacement(Span(last.span.start, end), last.text)]
    return [*kept, Replacement(Span(above.start, end), file.text[above.start : above.end])]


def _without_blank_start(file: SourceFile, replacements: list[Replacement]) -> list[Replacement]:
    """Keep a file whose first statements are deleted from beginning with blank lines."""
    if not file.text or _BLANK_LINES.match(file.text):
        return replacements
    at = 0
    for index, replacement in enumerate(replacements):
        if replacement.span.start != at:
            break
        blank = _BLANK_LINES.match(replacement.text)
        text = replacement.text[blank.end() :] if blank else replacement.text
        if text:
            begun = [*replacements[:index], Replacement(replacement.span, text)]
            return [*begun, *replacements[index + 1 :]] if index or blank else replacements
        at = replacement.span.end
    else:
        index = len(replacements)
    blank = _BLANK_LINES.match(file.text, at)
    following = replacements[index].span.start if index < len(replacements) else len(file.text)
    if at == 0 or blank is None or blank.end() > following:
        return replacements
    last = replacements[index - 1]
    longer = Replacement(Span(last.span.start, blank.end()), "")
    return [*replacements[: index - 1], longer, *replacements[index:]]


def _node_at(file: SourceFile, span: Span) -> ast.AST | None:
    """Return the `ast` node that fills a span; an expression rather than its statement."""
    path = path_to(file, span)
    if not path:
        return None
    block, index = path[-1]
    statement = block[index]
    start, end = ast_range(file, span)
    found: ast.AST | None = None
    blocks = [id(inner) for block in blocks_of(statement) for inner in block]
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.expr | ast.stmt | ast.alias | ast.keyword | ast.excepthandler):
            here = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
            if here == (start, end):
                if isinstance(node, ast.expr):
                    return node
                found = node
        waiting += (child for child in ast.iter_child_nodes(node) if id(child) not in blocks)
    return found


def _outermost(regions: Sequence[Region]) -> list[Region]:
    """Return the regions that are in no other one, in order."""
    outermost: list[Region] = []
    for region in sorted(regions, key=lambda r: (r.span.start, -r.span.end, r.depth)):
        if not outermost or not _contains(outermost[-1].span, region.span):
            outermost.append(region)
    return outermost


def _inside(region: Region, spans: Sequence[Span]) -> Sequence[Span]:
    """Return those of the sorted spans that are in a region; none crosses its border."""
    start = bisect_left(spans, region.span.start, key=lambda span: span.start)
    end = bisect_left(spans, region.span.end, key=lambda span: span.start)
    return spans[start:end]


def _contains(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _not_located(file: SourceFile, span: Span) -> Bar:
    return Bar(
        "engine/not-located",
        f"libcst shows no node at line {file.position(span).line}; change it by hand",
    )


def _not_lossless(file: SourceFile, region: Region) -> Bar:
    return Bar(
        "engine/region-not-lossless",
        f"libcst does not give the statement at line {file.position(region.span).line} back as it"
        " is (a form feed in an indentation, say); change it by hand",
    )


def _too_deep(file: SourceFile, region: Region) -> Bar:
    return Bar(
        "engine/too-deep",
        f"the statement at line {file.position(region.span).line} is nested too deeply; change it"
        " by hand",
    )
