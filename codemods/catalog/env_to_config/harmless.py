"""Whether loading a module of settings can fail, or do anything that shows."""

from __future__ import annotations

import ast
import sys

from codemods.catalog.env_to_config.facts import Declares
from codemods.python.dotted import last_name

__all__ = ["is_harmless", "is_read", "text_read"]

_LIBRARIES = frozenset({"pydantic", "pydantic_settings"}) | sys.stdlib_module_names
_DECORATORS = frozenset({"property", "cached_property", "staticmethod", "classmethod"})
_RUN_BY_INSTANCES = frozenset({"__init__", "__new__", "__post_init__", "model_post_init"})
_TEXTS = frozenset({"str", "str | None", "Optional[str]", "None | str"})


def is_read(node: ast.AST) -> bool:
    """Tell whether an expression reads a variable that it names."""
    match node:
        case ast.Subscript(value=mapping, slice=ast.Constant(value=str())):
            return last_name(mapping) == "environ"
        case ast.Call(func=func, args=[ast.Constant(value=str()), *_]):
            return last_name(func) == "getenv" or (
                isinstance(func, ast.Attribute) and last_name(func.value) == "environ"
            )
    return False


def text_read(node: ast.expr | None) -> tuple[str, object] | None:
    """Return variable and default of a read that can't fail, None for anything else.

    The read may be the default factory of a data class.
    """
    match node:
        case ast.Call(keywords=[ast.keyword(arg="default_factory", value=ast.Lambda(body=body))]):
            return text_read(body)
        case ast.Call(func=ast.Attribute(attr="get" | "getenv") | ast.Name(), keywords=[]) if (
            is_read(node)
        ):
            match node.args:
                case [ast.Constant(value=str() as variable)]:
                    return variable, None
                case [ast.Constant(value=str() as variable), ast.Constant(value=default)]:
                    return variable, default
    return None


def is_harmless(node: ast.ClassDef, tree: ast.Module, declares: Declares) -> bool:
    """Tell whether loading the module of a class does nothing but define it."""
    return all(
        _is_declaration(statement, node.name) or statement is node for statement in tree.body
    ) and all(_is_field(statement, declares) for statement in node.body)


def _is_declaration(statement: ast.stmt, name: str) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Import(names=names):
            return all(alias.name.partition(".")[0] in _LIBRARIES for alias in names)
        case ast.ImportFrom(module=str() as module, level=0):
            return module.partition(".")[0] in _LIBRARIES
        case ast.FunctionDef(decorator_list=[]) | ast.AsyncFunctionDef(decorator_list=[]):
            return True
        case (
            ast.Assign(targets=[ast.Name()], value=value)
            | ast.AnnAssign(target=ast.Name(), value=ast.expr() as value)
        ):
            is_instance = isinstance(value, ast.Call) and last_name(value.func) == name
            return is_instance or _is_literal(value)
    return False


def _is_field(statement: ast.stmt, declares: Declares) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant()) | ast.Pass():
            return True
        case ast.FunctionDef(name=name, decorator_list=decorators):
            return name not in _RUN_BY_INSTANCES and all(
                last_name(one) in _DECORATORS for one in decorators
            )
        case ast.Assign(targets=[ast.Name(id="model_config")], value=ast.Call(keywords=words)):
            return all(_is_literal(word.value) for word in words)
        case ast.AnnAssign(annotation=annotation, value=value) if declares is Declares.SETTINGS:
            is_text = ast.unparse(annotation) in _TEXTS
            return is_text and value is not None and _is_literal(value)
        case ast.AnnAssign(value=None):
            return True
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            return _is_literal(value) or text_read(value) is not None
    return False


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError):
        return False
    return True
