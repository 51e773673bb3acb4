"""Where a new import statement goes: among the imports at the top of a file, in their order."""

from __future__ import annotations

import ast
import enum
import itertools
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from codemods.codemod import Replacement, Span
from codemods.python.blocks import closed_run
from codemods.python.source import SourceFile

__all__ = ["Kind", "kind_of", "one_name_a_line", "place_definitions", "place_import"]

_Import = ast.Import | ast.ImportFrom


class Kind(enum.IntEnum):
    """Where a module comes from, in the order in which files group their imports (PEP 8)."""

    FUTURE = 0
    STANDARD = 1
    THIRD_PARTY = 2
    OWN = 3
    RELATIVE = 4


def place_import(
    file: SourceFile,
    statement: str,
    module: str,
    *,
    before: int | None = None,
    own: bool = False,
) -> Replacement | None:
    """Return the insertion of a new import statement at the top level of a file.

    It goes into the first block of imports that holds its kind (see `Kind`), sorted if that is;
    without imports, after docstring and ``__future__``.

    Args:
        file: the file; it has at least one statement.
        statement: without newline.
        module: what it imports from, dotted.
        before: offset of a line that already needs it; None if only functions do.
        own: whether it is a module of the file's own repository, which may be a new one.

    Returns None when no whole line before that can take it.
    """
    body = file.tree.body
    start = _first_ordinary(body)
    stop = _end_of_header(file, body, start, before)
    imports = [index for index in range(start, stop) if isinstance(body[index], _Import)]
    if not imports:
        return _without_imports(file, statement, start, before)
    kind = Kind.OWN if own else kind_of(file, module)
    kinds = {index: kind_of(file, _module(body[index])) for index in imports}
    block = _block(imports, kinds, kind)
    spot = _in_block(file, body, block, kinds, statement, module, kind)
    if not spot.before:
        place = _after(file, body, spot.at, before)
        if place is not None:
            lead = file.newline if spot.apart else ""
            return Replacement(Span(place, place), f"{lead}{statement}{_newline(file, place)}")
        start_of = file.line_starts[body[spot.at].lineno - 1]
        early = before is not None and start_of <= before
        spot = _Spot(spot.at if early else block[0], True)
    place = _before(file, body, spot.at, start)
    if place is None:
        return None
    newline = _newline(file, place)
    trail = newline if spot.apart else ""
    return Replacement(Span(place, place), f"{statement}{newline}{trail}")


def place_definitions(file: SourceFile, users: Sequence[Span]) -> tuple[int, ast.stmt] | None:
    """Return the start of the line where definitions for some code may stand, below the imports.

    Args:
        file: the file.
        users: the code that needs them; it is somewhere below.

    Returns the offset and the statement that follows, None when no whole line can take them.
    """
    body = file.tree.body
    start = _first_ordinary(body)
    stop = start
    while stop < len(body):
        statement = body[stop]
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            break
        span = file.span(statement)
        if any(span.start <= user.start < span.end for user in users):
            break
        stop += 1
    imports = [index for index in range(start, stop) if isinstance(body[index], _Import)]
    index = imports[-1] + 1 if imports else start
    if index >= len(body):
        return None
    if index:
        place = _after(file, body, index - 1, None)
    else:
        place = _before(file, body, index, start)
        place = None if place is None else _above_comments(file, place)
    if place is None or place > file.span(body[index]).start:
        return None
    return place, body[index]


def one_name_a_line(tree: ast.Module) -> bool:
    """Tell whether a file never imports two names from a module in one statement, on purpose.

    It shows where two names of one module have a statement each.
    """
    modules: list[str] = []
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom) and statement.module != "__future__":
            if len(statement.names) > 1:
                return False
            modules.append(_module(statement))
    return len(set(modules)) < len(modules)


class _Spot(NamedTuple):
    """Before or after which statement of a module an import goes."""

    at: int  #: index in the module's body
    before: bool = False
    apart: bool = False  #: with a blank line between the two


def kind_of(file: SourceFile, module: str) -> Kind:
    """Return the kind of a module (dotted; with dots in front when relative) to a file."""
    top = module.partition(".")[0]
    if module == "__future__":
        return Kind.FUTURE
    if top in sys.stdlib_module_names:
        return Kind.STANDARD
    if top in file.own:
        return Kind.OWN
    return Kind.THIRD_PARTY if top else Kind.RELATIVE


def _module(statement: ast.stmt) -> str:
    if isinstance(statement, ast.Import):
        return statement.names[0].name
    assert isinstance(statement, ast.ImportFrom)
    return "." * statement.level + (statement.module or "")


def _first_ordinary(body: Sequence[ast.stmt]) -> int:
    """Return the index after docstring and ``__future__`` imports."""
    index = 0
    if body and isinstance(body[0], ast.Expr):
        value = body[0].value
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            index = 1
    while index < len(body):
        statement = body[index]
        if not (isinstance(statement, ast.ImportFrom) and statement.module == "__future__"):
            break
        index += 1
    return index


def _end_of_header(
    file: SourceFile, body: Sequence[ast.stmt], start: int, before: int | None
) -> int:
    """Return the index of the first definition, or of the first statement that needs the import."""
    for index in range(start, len(body)):
        statement = body[index]
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return index
        if before is not None and file.line_starts[_last_line(statement) - 1] >= before:
            return index + isinstance(statement, _Import)
    return len(body)


def _last_line(statement: ast.stmt) -> int:
    return statement.end_lineno or statement.lineno


def _block(imports: Sequence[int], kinds: Mapping[int, Kind], kind: Kind) -> list[int]:
    """Return the first run of imports that holds one of the kind, or the first run."""
    runs: list[list[int]] = []
    for index in imports:
        if runs and runs[-1][-1] == index - 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    for run in runs:
        if any(kinds[index] is kind for index in run):
            return run
    # Own modules may need what stands between the imports, such as a changed sys.path.
    return runs[0] if kind is Kind.STANDARD else runs[-1]


def _in_block(
    file: SourceFile,
    body: Sequence[ast.stmt],
    block: Sequence[int],
    kinds: Mapping[int, Kind],
    statement: str,
    module: str,
    kind: Kind,
) -> _Spot:
    own = [index for index in block if kinds[index] is kind]
    if not own:
        apart = not _mixed(file, body, block, kinds)
        earlier = [index for index in block if kinds[index] < kind]
        return _Spot(earlier[-1], apart=apart) if earlier else _Spot(block[0], True, apart)
    plain = statement.startswith("import ")
    forms = [isinstance(body[index], ast.Import) for index in own]
    # Sections are written `import …` first; one after a `from …` shows that they are mixed.
    mixed = forms != sorted(forms, reverse=True)
    alike = (
        own if mixed else [index for index, form in zip(own, forms, strict=True) if form is plain]
    )
    if not alike:
        return _Spot(own[0], True) if plain else _Spot(own[-1])
    for key in (str, str.lower):
        modules = [key(_module(body[index])) for index in alike]
        if modules == sorted(modules):
            smaller = sum(other <= key(module) for other in modules)
            return _Spot(alike[smaller - 1]) if smaller else _Spot(alike[0], True)
    return _Spot(alike[-1])


def _mixed(
    file: SourceFile, body: Sequence[ast.stmt], block: Sequence[int], kinds: Mapping[int, Kind]
) -> bool:
    """Tell whether imports of several kinds follow each other without a blank line."""
    pairs = itertools.pairwise(block)
    return any(
        kinds[above] is not kinds[below]
        and min(kinds[above], kinds[below]) < Kind.OWN  # own ones are often one group
        and all(
            file.line_text(line).strip()
            for line in range(_last_line(body[above]) + 1, body[below].lineno)
        )
        for above, below in pairs
    )


def _without_imports(
    file: SourceFile, statement: str, start: int, before: int | None
) -> Replacement | None:
    body = file.tree.body
    if start > 0:
        place = _after(file, body, start - 1, before)
        if place is not None:
            newline = _newline(file, place)
            following = _line_at(file, place).strip()
            trail = newline if following else ""
            return Replacement(Span(place, place), f"{newline}{statement}{newline}{trail}")
    place = _before(file, body, start, start)
    if place is None:
        return None
    newline = _newline(file, place)
    definition = isinstance(body[start], ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    trail = newline * (2 if definition else 1)
    place = _above_comments(file, place)
    return Replacement(Span(place, place), f"{statement}{newline}{trail}")


def _above_comments(file: SourceFile, place: int) -> int:
    """Move above comments that belong to a statement; those at the top belong to the file."""
    first = line = file.position(Span(place, place)).line
    while line > 1 and file.line_text(line - 1).startswith("#"):
        line -= 1
    return file.line_starts[(first if line == 1 else line) - 1]


def _after(
    file: SourceFile, body: Sequence[ast.stmt], index: int, before: int | None
) -> int | None:
    """Return the start of the line after a statement, None if that is too late or no line."""
    run = closed_run(file, body, index)
    if run is None:
        return None
    end = run.span.end
    for newline in ("\r\n", "\r", "\n"):
        if file.text.startswith(newline, end):
            place = end + len(newline)
            return place if before is None or place <= before else None
    return None


def _before(file: SourceFile, body: Sequence[ast.stmt], index: int, earliest: int) -> int | None:
    """Return the start of the line of a statement, None if something must stay before that."""
    if index >= len(body):
        return None
    run = closed_run(file, body, index)
    return None if run is None or run.first < earliest else run.span.start


def _newline(file: SourceFile, place: int) -> str:
    """Return the newline of the line above a place, else the file's usual one."""
    for newline in ("\r\n", "\r", "\n"):
        if file.text.endswith(newline, 0, place):
            return newline
    return file.newline


def _line_at(file: SourceFile, place: int) -> str:
    end = len(file.text)
    for newline in "\r\n":
        found = file.text.find(newline, place)
        if found >= 0:
            end = min(end, found)
    return file.text[place:end]
