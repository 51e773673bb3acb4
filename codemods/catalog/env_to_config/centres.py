"""What shows that a file, or its distribution, has a central configuration already."""

from __future__ import annotations

import ast
import re

from codemods.catalog.env_to_config.conversions import FILLED
from codemods.catalog.env_to_config.facts import Centre, OwnClass, OwnField
from codemods.python.source import SourceFile

__all__ = ["MARKER", "centres_of", "imported_libraries", "is_django_settings", "own_class"]

MARKER = "# Written by codemods (env-to-config); yours to edit."
"""The first line of a module that this codemod writes."""

_LIBRARIES = frozenset({"decouple", "environs", "dynaconf", "environ"})
_SETTINGS = frozenset({"INSTALLED_APPS", "ROOT_URLCONF", "MIDDLEWARE", "WSGI_APPLICATION"})
_CENTRAL_NAME = re.compile(r"_?(?:[A-Z]\w*)?(?:Config|Settings|Configuration|Env|Environment)")


def centres_of(file: SourceFile) -> tuple[Centre, ...]:
    """Return the classes of a file that hold configuration from the environment."""
    if file.text.startswith(MARKER):
        return ()
    found = []
    for node in file.tree.body:
        if not isinstance(node, ast.ClassDef):
            continue
        pydantic = _is_pydantic(node)
        reads = _reads_in_body(node) if _CENTRAL_NAME.fullmatch(node.name) else 0
        if pydantic or reads:
            found.append(Centre(node.name, node.lineno, pydantic, reads))
    return tuple(found)


def _base(node: ast.expr) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))


def _reads_in_body(node: ast.ClassDef) -> int:
    """Count the values of a class, or of its instances, that come from the environment."""
    statements: list[ast.stmt] = []
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef):
            if statement.name in ("__init__", "__post_init__"):
                statements += statement.body
        else:
            statements.append(statement)
    return sum(
        any(_is_read(inner) for inner in ast.walk(statement))
        for statement in statements
        if isinstance(statement, ast.Assign | ast.AnnAssign)
    )


def _is_read(node: ast.AST) -> bool:
    match node:
        case ast.Subscript(value=mapping, slice=ast.Constant(value=str())):
            return _base(mapping) == "environ"
        case ast.Call(func=func, args=[ast.Constant(value=str()), *_]):
            return _base(func) == "getenv" or (
                isinstance(func, ast.Attribute) and _base(func.value) == "environ"
            )
    return False


def imported_libraries(tree: ast.Module) -> frozenset[str]:
    """Return the libraries for configuration that a module imports."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.partition(".")[0])
    return frozenset(found & _LIBRARIES)


def is_django_settings(tree: ast.Module) -> bool:
    """Tell whether a module is settings of Django."""
    bound = {
        target.id
        for statement in tree.body
        if isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign)
        for target in getattr(statement, "targets", [getattr(statement, "target", None)])
        if isinstance(target, ast.Name)
    }
    return len(bound & _SETTINGS) >= 2 or "INSTALLED_APPS" in bound


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
    return OwnClass(fields, end, methods, requires, _is_pydantic(node), at, fills)


def _is_pydantic(node: ast.ClassDef) -> bool:
    return any(_base(base) in ("BaseSettings", "PydanticBaseSettings") for base in node.bases)


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
