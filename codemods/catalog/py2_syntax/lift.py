"""Python 2 source in, Python 3 syntax out, by fissix's syntax fixers and two steps of our own."""

from __future__ import annotations

import ast
import functools
import re
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Construct", "Lift", "NotPython2Error", "lift"]

_FIXERS = ("print", "except", "raise", "exec", "ne", "repr", "numliterals")
_KINDS = {
    "FixPrint": "print-statement",
    "FixExcept": "except-comma",
    "FixRaise": "raise-comma",
    "FixExec": "exec-statement",
    "FixNe": "not-equal",
    "FixRepr": "backticks",
    "FixNumliterals": "number",
    "FixTupleParams": "tuple-parameter",
}
_UR_STRING = re.compile(r"([uU])([rR])(?=['\"])")
_TAB_SIZE = 8


class NotPython2Error(Exception):
    """Fissix can't parse the text as Python 2 either."""


@dataclass(frozen=True, slots=True)
class Construct:
    """A place that was lifted: lines and columns (code points) from 1, the end exclusive."""

    kind: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Lift:
    """The lifted text and what was lifted in the old one."""

    text: str
    constructs: tuple[Construct, ...]
    problem: str = ""  #: why the text must not be used: a reason code's last part
    message: str = ""


def lift(text: str) -> Lift:
    """Lift a text whose lines end in ``\\n``.

    Raises:
        NotPython2Error: it isn't Python 2.
    """
    whole = text if text.endswith("\n") else text + "\n"
    tool = _tool()
    lifted, constructs, comments_kept = _refactored(tool, whole)
    if _has_tab_error(lifted):
        spaced, tabs = _with_spaces(tool, whole)
        if tabs:
            lifted, _, comments_kept = _refactored(tool, spaced)
            constructs += tabs
    found = tuple(sorted(set(constructs), key=lambda one: (one.line, one.column, one.kind)))
    if not text.endswith("\n"):
        lifted = lifted.removesuffix("\n")
    if not comments_kept:
        return Lift(text, found, "comment-in-the-way", "lifting it would lose a comment")
    error = _syntax_error(lifted)
    if error is not None:
        return Lift(text, found, "still-unparsable", error)
    return Lift(lifted, found)


def _refactored(tool: Any, text: str) -> tuple[str, list[Construct], bool]:
    """Return the text after the fixers, what they changed, and whether all comments survived."""
    found: list[Construct] = []
    tool.report = found.append
    tree = _tree(tool, text)
    comments = _comments(tree)
    tool.refactor_tree(tree, "a file")
    _rename_unicode_raw_strings(tree, found.append)
    return str(tree), found, _comments(tree) == comments


def _tree(tool: Any, text: str) -> Any:
    """Parse a text, with `print` as a function where a ``__future__`` import says so."""
    from fissix import pygram, refactor
    from fissix.pgen2.parse import ParseError
    from fissix.pgen2.tokenize import TokenError

    features = refactor._detect_future_features(text)
    grammar = tool.driver.grammar
    if "print_function" in features:
        tool.driver.grammar = pygram.python_grammar_no_print_statement
    try:
        tree = tool.driver.parse_string(text)
    except (ParseError, TokenError, SyntaxError) as error:
        raise NotPython2Error(str(error).split("\n", 1)[0]) from None
    finally:
        tool.driver.grammar = grammar
    tree.future_features = features
    return tree


@functools.lru_cache(maxsize=1)
def _tool() -> Any:
    """Return fissix's refactoring tool, which tells `report` what it changes.

    Fissix keeps its compiled grammar in a cache folder; making it anew takes 10 ms, so the folder
    is a temporary one and nothing is written to the user's home.
    """
    import fissix

    with tempfile.TemporaryDirectory(prefix="codemods-") as folder:
        fissix.CACHE_DIR = Path(folder)
        from fissix import refactor
        from fissix.fixes import fix_except

    class Tool(refactor.RefactoringTool):  # type: ignore[misc]
        report: Callable[[Construct], None]

        def get_fixers(self) -> tuple[list[Any], list[Any]]:
            before, after = super().get_fixers()
            for fixer in (*before, *after):
                fixer.transform = _reporting(fixer, lambda one: self.report(one))
                if isinstance(fixer, fix_except.FixExcept):
                    fixer.new_name = functools.partial(fixer.new_name, "caught")
            return before, after

    names = [f"fissix.fixes.fix_{name}" for name in _FIXERS]
    return Tool([*names, "codemods.catalog.py2_syntax.fix_tuple_params"])


def _reporting(fixer: Any, report: Callable[[Construct], None]) -> Callable[[Any, Any], Any]:
    transform = fixer.transform
    kind = _KINDS[type(fixer).__name__]

    def reporting(node: Any, results: Any) -> Any:
        before = str(node)
        constructs = [_construct(kind, one) for one in _changed_by(kind, node, results)]
        new = transform(node, results)
        if new is not None or str(node) != before:
            for construct in constructs:
                if construct is not None:
                    report(construct)
        return new

    return reporting


def _changed_by(kind: str, node: Any, results: Any) -> list[Any]:
    """Return the nodes that a fixer is about, where it matches more than those."""
    if kind == "except-comma":
        clauses = [one for one in node.children if len(one.children) > 2]
        return [one for one in clauses if str(one.children[2]) == ","]
    if kind == "tuple-parameter":
        return [results["args"]]
    return [node]


def _construct(kind: str, node: Any) -> Construct | None:
    leaves = [leaf for leaf in node.leaves() if leaf.lineno and leaf.value.strip()]
    if not leaves:
        return None
    first, last = leaves[0], leaves[-1]
    rows = last.value.split("\n")
    end_column = last.column + len(rows[0]) if len(rows) == 1 else len(rows[-1])
    end_line = last.lineno + len(rows) - 1
    return Construct(kind, first.lineno, first.column + 1, end_line, end_column + 1)


def _rename_unicode_raw_strings(tree: Any, report: Callable[[Construct], None]) -> None:
    """Turn ``ur"…"`` into ``r"…"``, or into ``u"…"`` where Python 2 read ``\\u`` escapes in it."""
    for leaf in tree.leaves():
        match = _UR_STRING.match(leaf.value)
        if match is None:
            continue
        construct = _construct("unicode-raw-string", leaf)
        body = leaf.value[match.end() :]
        if re.search(r"(?<!\\)(?:\\\\)*\\[uU]", body):
            body = re.sub(r"\\(?![uU'\"])", r"\\\\", body)
            leaf.value = match.group(1) + body
        else:
            leaf.value = match.group(2) + body
        if construct is not None:
            report(construct)


def _comments(tree: Any) -> list[str]:
    return sorted(
        comment for leaf in tree.leaves() for comment in re.findall(r"#[^\n]*", leaf.prefix)
    )


def _has_tab_error(text: str) -> bool:
    try:
        _parse(text)
    except TabError:
        return True
    except (SyntaxError, ValueError, RecursionError):
        return False
    return False


def _syntax_error(text: str) -> str | None:
    try:
        _parse(text)
    except (SyntaxError, ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        return f"line {line} of the result: {getattr(error, 'msg', error)}" if line else str(error)
    return None


def _parse(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ast.parse(text)


def _with_spaces(tool: Any, text: str) -> tuple[str, list[Construct]]:
    """Return the text with the tabs of its indentation expanded as Python 2 counted them."""
    leaves = _tree(tool, text).leaves()
    in_strings = {
        number
        for leaf in leaves
        if "\n" in leaf.value and leaf.value[-1:] in "'\""
        for number in range(leaf.lineno + 1, leaf.lineno + leaf.value.count("\n") + 1)
    }
    lines = text.split("\n")
    tabs = []
    for number, line in enumerate(lines, 1):
        margin = line[: len(line) - len(line.lstrip(" \t"))]
        if "\t" in margin and number not in in_strings:
            lines[number - 1] = margin.expandtabs(_TAB_SIZE) + line[len(margin) :]
            tabs.append(Construct("tab", number, 1, number, len(margin) + 1))
    return "\n".join(lines), tabs
