"""The proof of a rewritten file: it compiles where it did, and its names are as whole as before."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from codemods.codemod import Bar, Replacement, Span
from codemods.engine.taking import Surface, surface
from codemods.python.problems import Interface, find_problems
from codemods.python.source import SourceFile, SourceText

__all__ = ["check_lines", "prove"]


def prove(file: SourceText, result: SourceFile) -> Bar | Surface:
    """Return what is wrong with the result of a rewrite, or how its top level changed."""
    error = _compile_error(result)
    if error and not (isinstance(file, SourceFile) and _compile_error(file)):
        return Bar("engine/proof-compile", f"{file.path}: the result does not compile: {error}")
    if not isinstance(file, SourceFile):
        return Surface()
    return _new_problems(file, result) or surface(file.names, result.names)


def check_lines(file: SourceText, replacements: Sequence[Replacement]) -> Bar | None:
    """Return what is wrong when a rewrite changes parts of lines."""
    for replacement in replacements:
        if not _is_whole_lines(file, replacement.span):
            sentence = f"{file.path}: the rewrite reached outside whole lines"
            return Bar("engine/proof-region", sentence)
    return None


def _new_problems(file: SourceFile, result: SourceFile) -> Bar | None:
    interface = Interface.of(file)
    new = find_problems(result.names, result.text, interface)
    if not new:
        return None
    new = new.new_since(find_problems(file.names, file.text, interface))
    if new.unresolved:
        unresolved = sorted(new.unresolved)
        sentence = f"{result.path}: the result has no binding for {', '.join(unresolved)}"
        return Bar("engine/proof-unresolved", sentence)
    if new.unused_imports:
        unused = sorted(new.unused_imports)
        sentence = f"{result.path}: the result no longer uses its import of {', '.join(unused)}"
        return Bar("engine/proof-unused-import", sentence)
    return None


def _is_whole_lines(file: SourceText, span: Span) -> bool:
    starts = span.start == 0 or file.text[span.start - 1] in "\r\n"
    if span.start == span.end:
        return starts
    ends = (
        span.end == len(file.text)
        or file.text[span.end] in "\r\n"
        or file.text[span.end - 1] in "\r\n"
    )
    return starts and ends


def _compile_error(file: SourceFile) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(file.tree, str(file.path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError) as error:
        return str(error)
    return None
