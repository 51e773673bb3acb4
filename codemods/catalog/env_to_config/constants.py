"""Names of variables that are held by constants, in the same file or in another one (R155)."""

from __future__ import annotations

import ast
from pathlib import PurePosixPath

from codemods.project.project import Project
from codemods.python.names import Names

__all__ = ["Constants", "literal_or_reference"]


def literal_or_reference(node: ast.expr, names: Names) -> tuple[str | None, str]:
    """Return the text that an expression certainly is, and a name under which it may be found.

    The text is None, and the name "", when there is none; the name is a qualified one, with leading
    dots for a relative import.
    """
    if isinstance(node, ast.Constant):
        return (node.value, "") if isinstance(node.value, str) else (None, "")
    if not isinstance(node, ast.Name | ast.Attribute):
        return None, ""
    meaning = names.qualified(node)
    if meaning.sole is not None and "." in meaning.sole.strip("."):
        return None, meaning.sole
    match meaning.opaque:
        case (binding,) if not meaning.names and not meaning.stars and isinstance(node, ast.Name):
            value = binding.value
            if binding.sure and isinstance(value, ast.Constant) and isinstance(value.value, str):
                return value.value, ""
    return None, ""


class Constants:
    """The constants of a repository's modules, read when they are asked for."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._of: dict[PurePosixPath, dict[str, str]] = {}

    def value(self, importer: PurePosixPath, reference: str) -> str | None:
        """Return the text of a constant that a file refers to, None when it can't be told."""
        dotted = reference.lstrip(".")
        level = len(reference) - len(dotted)
        module, _, name = dotted.rpartition(".")
        path = self._project.resolve_import(importer, module, level) if module or level else None
        if path is None:
            return None
        if path not in self._of:
            self._of[path] = _constants(self._project.read(path) or b"")
        return self._of[path].get(name)


def _constants(data: bytes) -> dict[str, str]:
    """Return the texts of a module that are bound once, at its top level."""
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    bound: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound[node.id] = bound.get(node.id, 0) + 1
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                name = alias.asname or alias.name
                bound[name] = bound.get(name, 0) + 1
    found = {}
    for statement in tree.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str() as text))
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=str() as text))
            ) if bound[name] == 1:
                found[name] = text
    return found
