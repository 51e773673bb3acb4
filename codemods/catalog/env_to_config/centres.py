"""What shows that a program has a configuration of another kind already."""

from __future__ import annotations

import ast

__all__ = ["imported_libraries", "is_django_settings"]

_LIBRARIES = frozenset({"decouple", "environs", "dynaconf", "environ"})
_SETTINGS = frozenset({"INSTALLED_APPS", "ROOT_URLCONF", "MIDDLEWARE", "WSGI_APPLICATION"})


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
