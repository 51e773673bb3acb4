"""Add a requirement to the `setup()` call of a setup.py."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemods.codemod import Span
from codemods.project.edited import CannotEditError, Edited
from codemods.project.list_edits import has_own_line_comments, insert_element
from codemods.project.requirement_files import requirement_name
from codemods.project.requirement_style import in_neighbours_style, place_among
from codemods.project.setup_py import SetupCall
from codemods.python.source import SourceFile

if TYPE_CHECKING:
    from packaging.requirements import Requirement

__all__ = ["add_to_setup_py", "literal_requirements"]


def literal_requirements(call: SetupCall) -> ast.List | ast.Tuple | None:
    """Return the list that `install_requires` is written as, None when it is computed.

    Of a sum it is the first list of the sum.
    """
    expression = call.keywords.get("install_requires")
    if expression is None:
        return None
    found = call.resolve(expression)
    while isinstance(found, ast.BinOp) and isinstance(found.op, ast.Add):
        left = call.resolve(found.left)
        found = left if isinstance(left, ast.List | ast.BinOp) else call.resolve(found.right)
    return found if isinstance(found, ast.List | ast.Tuple) else None


def add_to_setup_py(call: SetupCall, requirement: Requirement) -> Edited:
    """Add an element to the list of `install_requires`, or the keyword to the call.

    Raises:
        CannotEditError: the list is computed, or is no list in brackets.
    """
    file = call.file
    if file is None or call.node is None:
        raise CannotEditError("it has no setup() call")
    listed = literal_requirements(call)
    if listed is None:
        if "install_requires" in call.keywords:
            raise CannotEditError("it computes install_requires")
        return _new_keyword(file, call.node, requirement)
    text = file.text
    elements = [file.span(element) for element in listed.elts]
    whole = file.span(listed)
    inner = Span(whole.start + 1, whole.end - 1)
    if text[whole.start] not in "[(" or (isinstance(listed, ast.Tuple) and not elements):
        raise CannotEditError("install_requires is no list in brackets")
    neighbours = tuple(
        element.value
        for element in listed.elts
        if isinstance(element, ast.Constant) and isinstance(element.value, str)
    )
    entry = in_neighbours_style(requirement, neighbours)
    index = len(elements)
    if len(neighbours) == len(elements) and not has_own_line_comments(text, inner):
        names = [requirement_name(item) or item for item in neighbours]
        index = place_among(requirement.name, names)
    quote = next((text[e.start] for e in elements if text[e.start] in "\"'"), _quote(text))
    new = insert_element(text, inner, elements, f"{quote}{entry}{quote}", index)
    return Edited(new, neighbours)


def _new_keyword(file: SourceFile, node: ast.Call, requirement: Requirement) -> Edited:
    if not node.keywords or any(word.arg is None for word in node.keywords):
        raise CannotEditError("its setup() call can't be extended")
    text = file.text
    elements = [file.span(keyword) for keyword in node.keywords]
    start = text.index("(", file.span(node.func).end) + 1
    quote = _quote(text)
    new = f"install_requires=[{quote}{requirement}{quote}]"
    inner = Span(start, file.span(node).end - 1)
    return Edited(insert_element(text, inner, elements, new, len(elements)), ())


def _quote(text: str) -> str:
    return '"' if text.count('"') >= text.count("'") else "'"
