"""Prove a small edit by what it touches, where that says as much as a look at the whole file.

Most edits replace one expression by another that reads the same names and perhaps one more, which
a new import gives. Then nothing that is bound changes its meaning and no import loses its use, so
only the touched lines need to be compiled and compared. Whatever is not plainly so gets no answer
here: the whole file is proved instead (`proof.py`), and the two never contradict each other.
"""

from __future__ import annotations
import __future__

import ast
import re
import unicodedata
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field

from codemods.codemod import Replacement, Span
from codemods.engine.taking import Surface
from codemods.python.blocks import closed_run, path_to
from codemods.python.source import SourceFile

__all__ = ["prove_locally"]

_SCOPES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_STRUCTURE = (ast.stmt, ast.excepthandler, ast.match_case, ast.pattern, ast.arg, *_SCOPES)
_IMPORTS = (ast.Import, ast.ImportFrom)

_STAR = re.compile(r"\bimport[\s\\]*\*")
_BINDS = re.compile(r"\b(?:import|def|class)\b")
_NEWLINE = re.compile(r"\r\n|\r|\n")

_Event = tuple[str, ...]


class _UnclearError(Exception):
    """Only the whole file can tell."""


@dataclass
class _Names:
    """What the touched lines newly do with names."""

    imported: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Name that the module now imports -> where, and the qualified name."""
    read: dict[str, int] = field(default_factory=dict)  #: name -> where it is first read


def prove_locally(file: SourceFile, replacements: Sequence[Replacement]) -> Surface | None:
    """Return how the top level changed when the edit is certainly right, None when unclear.

    Right means: the result compiles if the file did, no name is newly unresolved, and no import
    is newly unused. The replacements must be of whole lines.
    """
    try:
        return _proved(file, file.around([one.span for one in replacements]), replacements)
    except (_UnclearError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _proved(whole: SourceFile, file: SourceFile, replacements: Sequence[Replacement]) -> Surface:
    """Return what `prove_locally` does; `file` need not have the functions that are not touched."""
    flags, after = _future(file)
    names = _Names()
    pieces: dict[Span, list[Replacement]] = {}
    for replacement in replacements:
        if replacement.span.start < after:
            raise _UnclearError
        top, piece = _piece(file, replacement)
        pieces.setdefault(piece, []).append(replacement)
        _compare(file, replacement, names, top=top)
    for name, (at, _) in names.imported.items():
        # A name that stands nowhere in the file is bound, deleted or declared nowhere else.
        # A pattern that begins with a literal is many times faster.
        there = re.search(rf"{name}(?<!\w{name})(?!\w)", file.text)
        if not at < names.read.pop(name, -1) or there:
            raise _UnclearError
    for name, at in names.read.items():
        if not _is_of_import(whole, name, at):
            raise _UnclearError
    if names.imported and "__all__" in file.text:
        raise _UnclearError
    for piece, inside in pieces.items():
        _compile(file, piece, inside, flags)
    return Surface(gained={name: names.imported[name][1] for name in sorted(names.imported)})


def _is_of_import(file: SourceFile, name: str, at: int) -> bool:
    """Tell whether a name that is read means what one import of the module above gives.

    So it does where nothing else in the file binds, deletes or declares the name.
    """
    text = file.text
    if _STAR.search(text) or not _is_spelled_one_way(text, name):
        return False
    places = [
        Span(match.start(), match.end())
        for match in re.finditer(rf"{name}(?<![\w.]{name})(?!\w)", text)
        if not _only_reads(text, match)
    ]
    file = file.around(places)
    imports: set[int] = set()
    for place in places:
        path = path_to(file, place)
        if path:  # else it is in a comment
            block, index = path[-1]
            if _binds(block[index], name):
                if block is not file.tree.body or not isinstance(block[index], _IMPORTS):
                    return False
                imports.add(file.span(block[index]).end)
    return len(imports) == 1 and imports.pop() < at


def _is_spelled_one_way(text: str, name: str) -> bool:
    """Tell whether no other letters in a text are the same name to Python."""
    if text.isascii():
        return True
    return unicodedata.normalize("NFKC", text).count(name) == text.count(name)


def _only_reads(text: str, match: re.Match[str]) -> bool:
    """Tell whether a name's line shows that it is no more than read: ``timezone.utc``."""
    if text[match.end() : match.end() + 1] not in (".", "("):
        return False
    start = max(text.rfind("\n", 0, match.start()), text.rfind("\r", 0, match.start())) + 1
    continued = text[max(start - 3, 0) : start].rstrip("\r\n").endswith("\\")
    return not continued and not _BINDS.search(text, start, match.start())


def _binds(statement: ast.stmt, name: str) -> bool:
    """Tell whether a statement may bind, delete or declare a name."""
    for node in ast.walk(statement):
        match node:
            case ast.Name(id=str(found), ctx=ast.Store() | ast.Del()) if found == name:
                return True
            case ast.alias(name=dotted, asname=alias):
                if (alias or dotted.partition(".")[0]) == name:
                    return True
            case ast.Name() | ast.Attribute() | ast.keyword() | ast.Constant():
                pass
            case _:
                if any(
                    name == said or (isinstance(said, list) and name in said)
                    for said in _said(node)
                ):
                    return True
    return False


def _said(node: ast.AST) -> list[str | list[str]]:
    """Return the names that a node holds as texts: of a definition, a parameter, a pattern …"""
    values = (getattr(node, word, None) for word in ("name", "names", "arg", "rest"))
    return [value for value in values if isinstance(value, str | list)]


def _future(file: SourceFile) -> tuple[int, int]:
    """Return the compiler flags of a file, and where its last import of `__future__` ends."""
    flags, end = 0, 0
    for statement in file.tree.body:
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            end = file.span(statement).end
            for alias in statement.names:
                feature = getattr(__future__, alias.name, None)
                if feature is None:
                    raise _UnclearError
                flags |= feature.compiler_flag
    return flags, end


def _piece(file: SourceFile, replacement: Replacement) -> tuple[bool, Span]:
    """Return whether a replacement may import for the module, and what compiles by itself.

    By itself compiles what is a statement of the module, or of a class in it.
    """
    start, end = replacement.span.start, replacement.span.end
    if start == end:
        _check_between_statements(file, start)
        return True, replacement.span
    text = file.text[start:end]
    first = start + len(text) - len(text.lstrip())
    path = path_to(file, Span(first, first))
    for block, index in path:
        run = closed_run(file, block, index)
        if run is None or not (run.span.start <= start and end <= run.span.end):
            break
        if not isinstance(block[index], ast.ClassDef) or block is path[-1][0]:
            top = block is file.tree.body and isinstance(block[index], _IMPORTS)
            return top, run.span
    raise _UnclearError


def _check_between_statements(file: SourceFile, at: int) -> None:
    """Raise _UnclearError where new lines would not stand between statements of the module."""
    for block, index in path_to(file, Span(at, at))[:1]:
        run = closed_run(file, block, index)
        if run is None or run.span.start != at:
            raise _UnclearError
    if file.text[:at].rstrip("\r\n").endswith("\\"):
        raise _UnclearError


def _compile(file: SourceFile, piece: Span, inside: Sequence[Replacement], flags: int) -> None:
    """Compile a piece of the result.

    Raises:
        SyntaxError: it does not compile.
    """
    parts: list[str] = []
    at = piece.start
    for replacement in inside:
        parts += (file.text[at : replacement.span.start], replacement.text)
        at = replacement.span.end
    parts.append(file.text[at : piece.end])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compile(_framed("".join(parts)), str(file.path), "exec", flags, dont_inherit=True)


def _framed(code: str) -> str:
    """Return lines as a module: a line in front lets them be indented."""
    return f"if 1:\n{code}\n" if code[:1].isspace() else f"{code}\n"


def _compare(file: SourceFile, replacement: Replacement, names: _Names, *, top: bool) -> None:
    """Take in what one replacement newly reads and imports.

    Raises:
        _UnclearError: it does anything else to names.
    """
    start = replacement.span.start
    margin, before = _events(file.text[start : replacement.span.end])
    new_margin, after = _events(replacement.text)
    if margin != new_margin:
        raise _UnclearError
    known = set(before)
    waiting = iter(before)
    expected = next(waiting, None)
    for event in after:
        if event == expected:
            expected = next(waiting, None)
        elif event[0] == "read":
            # What the same statement reads as well means the same.
            if event not in known:
                names.read.setdefault(event[1], start)
        elif event[0] == "import" and top and event[1] not in names.imported:
            names.imported[event[1]] = start, event[2]
        else:
            raise _UnclearError
    if expected is not None:
        raise _UnclearError


def _events(code: str) -> tuple[str, list[_Event]]:
    """Return the margin of some lines, and what they do with names, in order."""
    framed = _framed(code)
    body = ast.parse(framed).body
    margin = ""
    if code[:1].isspace():
        match body:
            case [ast.If(body=inner, orelse=[])]:
                body = inner
            case _:
                raise _UnclearError
        line = _NEWLINE.split(framed)[body[0].lineno - 1]
        margin = line[: len(line) - len(line.lstrip())]
    gathered = _Gathered()
    for statement in body:
        gathered.add(statement)
    return margin, gathered.events


@dataclass
class _Gathered:
    """What some code does with names; reads say inside of which statement and scope they are."""

    events: list[_Event] = field(default_factory=list)
    segment: int = 0

    def add(self, node: ast.AST) -> None:
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                self.events.append(("read", name, str(self.segment)))
            case ast.Name(id=name, ctx=context):
                self.events.append((type(context).__name__, name))
            case ast.Constant(value=str(text)):
                self.events.append(("text", text))  # perhaps an annotation
            case ast.Import(names=aliases):
                for alias in aliases:
                    top = alias.name.partition(".")[0]
                    origin = alias.name if alias.asname else top
                    self._imports(alias.asname or top, origin, alias.name)
            case ast.ImportFrom(module=module, names=aliases, level=level):
                source = "." * level + (f"{module}." if module else "")
                for alias in aliases:
                    self._imports(alias.asname or alias.name, source + alias.name)
            case _:
                self._add_inner(node)

    def _imports(self, name: str, origin: str, written: str = "") -> None:
        if name == "*" or origin.startswith("__future__."):
            raise _UnclearError
        self.events.append(("import", name, origin, written))

    def _add_inner(self, node: ast.AST) -> None:
        words = [str(said) for said in _said(node)]
        if isinstance(node, _STRUCTURE) or (words and not isinstance(node, ast.keyword)):
            self.segment += 1
            self.events.append((type(node).__name__, *words))
        for child in ast.iter_child_nodes(node):
            self.add(child)
        if isinstance(node, _STRUCTURE):
            self.segment += 1
            self.events.append(("end",))
