"""Read the configuration that an earlier run has written."""

from __future__ import annotations

import ast

from codemods.catalog.env_to_config.central_classes import is_pydantic
from codemods.catalog.env_to_config.conversions import FILLED
from codemods.catalog.env_to_config.facts import MARKER, OwnClass, OwnField
from codemods.python.source import SourceFile

__all__ = ["own_class"]


def own_class(file: SourceFile) -> OwnClass | None:
    """Return the class of a module that this codemod wrote, None for any other module."""
    if not file.text.startswith(MARKER):
        return None
    for node in file.tree.body:
        if isinstance(node, ast.ClassDef) and node.name == "Config":
            break
    else:
        return None
    fields: dict[str, OwnField] = {}
    methods = end = None
    requires = False
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef | ast.If):
            requires = requires or getattr(statement, "name", "") == "require"
            if methods is None:
                first = _first_line(statement)
                methods = file.line_starts[first - 1]
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            at = file.line_starts[statement.lineno - 1]
            end = file.line_starts[statement.end_lineno or statement.lineno]
            found = _own_field(statement.target.id, statement, at)
            if found is not None:
                fields[found[0]] = found[1]
    if methods is None or end is None:
        return None
    fills = any(isinstance(one, ast.FunctionDef) and one.name == FILLED for one in file.tree.body)
    at = file.line_starts[_first_line(node) - 1]
    return OwnClass(fields, end, methods, requires, is_pydantic(node), at, fills)


def _first_line(statement: ast.FunctionDef | ast.ClassDef | ast.If) -> int:
    decorators = getattr(statement, "decorator_list", [])
    return decorators[0].lineno if decorators else statement.lineno


def _own_field(name: str, statement: ast.AnnAssign, at: int) -> tuple[str, OwnField] | None:
    """Return the variable and the field that a statement declares."""
    call = statement.value
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
        return None
    words = {word.arg: word.value for word in call.keywords}
    alias = words.get("validation_alias", words.get("name"))
    variable = str(alias.value) if isinstance(alias, ast.Constant) else name
    default = ast.unparse(words["default"]) if "default" in words else ""
    if call.func.id == "Field":
        type_, parse = _annotated(statement.annotation)
        kind = "optional" if default else "required"
        signature: tuple[str, ...] = (kind, type_, parse, default)
    elif call.args:
        parts = (statement.annotation, call.args[0])
        signature = (call.func.id, *(ast.unparse(part) for part in parts), default)
    else:
        return None
    return variable, OwnField(name, signature, at)


def _annotated(annotation: ast.expr) -> tuple[str, str]:
    """Return the type and the parser of a field of pydantic."""
    match annotation:
        case ast.Subscript(
            value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[type_, ast.Call(args=[parse])])
        ):
            return _plain_type(type_), ast.unparse(parse)
    return _plain_type(annotation), "str"


def _plain_type(node: ast.expr) -> str:
    match node:
        case ast.Subscript(value=ast.Name(id="Optional"), slice=one):
            return f"{ast.unparse(one)} | None"
        case ast.Subscript(value=ast.Name(id="Union"), slice=ast.Tuple(elts=[one, other])):
            return f"{ast.unparse(one)} | {ast.unparse(other)}"
    return ast.unparse(node)
