"""Who reads what others print: tests, redirections, parent processes (P20, R80, R81)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from codemods.catalog.print_to_logger.facts import Reader
from codemods.catalog.print_to_logger.places import FunctionNode
from codemods.python.names import Names
from codemods.python.scopes import BindingKind

__all__ = ["NEEDLES", "find_readers", "runs_program"]

#: Files with a reader hold one of these.
NEEDLES = frozenset(
    {b"capsys", b"capfd", b"redirect_stdout", b"builtins.print", b"capture_output", b"CliRunner"}
    | {b"check_output", b"sys.stdout =", b'"sys.stdout"', b"'sys.stdout'", b"getoutput"}
    | {b"stdout=subprocess.PIPE", b"stdout=PIPE", b'"stdout"', b"'stdout'"}
)
_WORDS = ("caps", "capf", "stdout", "builtins.print", "_output", "getoutput", "CliRunner")
_READING = re.compile(
    r"\b(?P<how>capsys|capfd|capsysbinary|capfdbinary|redirect_stdout|builtins\.print"
    r"|capture_output|check_output|getoutput|stdout=(?:subprocess\.)?PIPE|CliRunner)\b"
    r"|(?P<mocked>[\"'](?:sys\.)?stdout[\"'])"
    r"|(?P<assigned>\bsys\.stdout\s*=(?!=))"
)
#: Assignments that only change how standard output is encoded or buffered, or put it back.
_SAME_STREAM = re.compile(
    r"sys\.stdout\s*=\s*(?:[\w.]*(?:TextIOWrapper|getwriter|fdopen|reconfigure|Unbuffered)\b"
    r"|sys\.__stdout__|\w*(?:old|orig|saved|real|prev|backup)\w*|self\._?\w*(?:old|orig|saved)\w*)",
    re.IGNORECASE,
)
_RUNNING = frozenset({"capture_output", "check_output", "getoutput"})


def find_readers(names: Names, text: str, is_test: bool) -> tuple[Reader, ...]:
    """Find the functions of a file that read standard output; ``""`` is the module itself."""
    lines: dict[int, str] = {}
    if not any(word in text for word in _WORDS):
        return ()
    for match in _READING.finditer(text):
        if match["assigned"] and _SAME_STREAM.match(text, match.start()):
            continue
        if match["mocked"] and not is_test:
            continue
        how = match["how"] or "sys.stdout"
        lines.setdefault(text.count("\n", 0, match.start()) + 1, how)
    if not lines:
        return ()
    found: list[Reader] = []
    for owner, node, start, end in _units(names.tree):
        inside = [how for line, how in lines.items() if start <= line <= end]
        if "CliRunner" in inside and not _reads_result(node):
            inside = [how for how in inside if how != "CliRunner"]
        for running in (False, True):
            of_kind = [how for how in inside if runs_program(how) is running]
            if of_kind:
                found.append(_reader(names, owner, node, of_kind[0]))
    covered = [(start, end) for _, _, start, end in _units(names.tree)]
    outside = [
        how
        for line, how in lines.items()
        if not any(start <= line <= end for start, end in covered)
        and not _is_import(names.tree, line)
    ]
    if outside:
        found.append(_reader(names, "", names.tree, outside[0]))
    return tuple(found)


def runs_program(how: str) -> bool:
    """Tell whether a reader reads what another process prints."""
    return how in _RUNNING or how.startswith("stdout=")


def _reads_result(node: ast.AST) -> bool:
    """Tell whether the output of a command that click's runner ran is looked at."""
    results = {
        target.id
        for inner in ast.walk(node)
        if isinstance(inner, ast.Assign) and _invokes(inner.value)
        for target in inner.targets
        if isinstance(target, ast.Name)
    }
    return any(
        isinstance(inner, ast.Attribute)
        and inner.attr in ("output", "stdout", "stderr")
        and (_invokes(inner.value) or getattr(inner.value, "id", None) in results)
        for inner in ast.walk(node)
    )


def _invokes(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "invoke"


def _is_import(tree: ast.Module, line: int) -> bool:
    return any(
        isinstance(stmt, ast.Import | ast.ImportFrom)
        and stmt.lineno <= line <= (stmt.end_lineno or stmt.lineno)
        for stmt in tree.body
    )


def _units(tree: ast.Module) -> Iterator[tuple[str, ast.AST, int, int]]:
    """Yield functions and methods with their first and last lines.

    A class whose `setUp` reads standard output counts as a whole.
    """
    for node in tree.body:
        if isinstance(node, FunctionNode):
            yield node.name, node, _first_line(node), node.end_lineno or node.lineno
        elif isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, FunctionNode):
                    whole = method.name in ("setUp", "setup_method", "asyncSetUp")
                    yield (
                        f"{node.name}.{method.name}",
                        node if whole else method,
                        _first_line(method),
                        method.end_lineno or method.lineno,
                    )


def _first_line(node: FunctionNode) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _reader(names: Names, name: str, node: ast.AST, how: str) -> Reader:
    local: set[str] = set()
    qualified: set[str] = set()
    attributes: set[str] = set()
    programs: set[str] = set()
    texts: list[str] = []
    module = names.module.bindings
    for inner in _seen_by(node, how):
        match inner:
            case ast.Name(id=identifier, ctx=ast.Load()):
                bindings = module.get(identifier, ())
                for binding in bindings:
                    if binding.kind is BindingKind.IMPORT:
                        qualified.add(binding.origin)
                    elif binding.kind in (BindingKind.FUNCTION, BindingKind.CLASS):
                        local.add(identifier)
            case ast.Attribute(attr=attr, ctx=ast.Load()):
                attributes.add(attr)
                qualified |= names.qualified(inner).names
            case ast.Import(names=aliases):
                qualified.update(alias.name for alias in aliases)
            case ast.ImportFrom(module=origin, names=aliases, level=0):
                qualified.update(f"{origin}.{alias.name}" for alias in aliases)
            case ast.Constant(value=str(text)):
                if text.endswith(".py") or re.fullmatch(r"[A-Za-z_]\w*(?:\.\w+)*", text):
                    programs.add(text)
                if len(text.strip()) >= 6:
                    texts.append(text)
    line = getattr(node, "lineno", 1)
    return Reader(
        name,
        line,
        how,
        frozenset(local),
        frozenset(qualified),
        frozenset(attributes),
        frozenset(programs) if runs_program(how) else frozenset(),
        tuple(dict.fromkeys(texts)),
    )


def _programs(words: Sequence[str]) -> set[str]:
    """Return the scripts and the modules after ``-m`` of a command line."""
    found = {word for word in words if word.endswith(".py")}
    found.update(word for before, word in pairwise(words) if before == "-m")
    return found


def _seen_by(node: ast.AST, how: str) -> Iterator[ast.AST]:
    """Yield the nodes whose output is read: under a `with`, or anywhere in the function."""
    if how == "redirect_stdout":
        for inner in ast.walk(node):
            if isinstance(inner, ast.With | ast.AsyncWith) and any(
                isinstance(item.context_expr, ast.Call)
                and ast.unparse(item.context_expr.func).endswith("redirect_stdout")
                for item in inner.items
            ):
                for statement in inner.body:
                    yield from ast.walk(statement)
        return
    yield from ast.walk(node)
