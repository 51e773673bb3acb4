"""Whether the object before `.utcnow` is the standard library's `datetime` class."""

from __future__ import annotations

import ast
from typing import NamedTuple

from codemods.codemod import Bar
from codemods.python.names import Names, Resolution
from codemods.python.scopes import BindingKind, Point, Scope, ScopeKind

__all__ = ["CLASS", "METHODS", "REPLACEMENTS", "Receiver", "receiver_of"]

CLASS = "datetime.datetime"
METHODS = frozenset({"utcnow", "utcfromtimestamp"})

REPLACEMENTS = {"utcnow": "now", "utcfromtimestamp": "fromtimestamp"}


class Receiver(NamedTuple):
    """It is, or may be: `bar` says why the site can't be rewritten."""

    bar: Bar | None = None
    elsewhere: str = ""
    """Qualified name of the class, when it comes from a module of unknown content."""


def receiver_of(names: Names, node: ast.Attribute, point: Point) -> Receiver | None:
    """Look at `….utcnow`; None if it is something else that is merely called so."""
    found = names.qualified(node)
    ours = f"{CLASS}.{node.attr}"
    if found.means(ours):
        return Receiver()
    if ours in found.names:
        return Receiver(
            Bar("utcnow/ambiguous-name", f"{found.why()}; make the name mean one thing")
        )
    elsewhere = _from_elsewhere(node, found)
    if elsewhere:
        return Receiver(
            Bar(
                "utcnow/unresolved-import",
                f"`{elsewhere}`, from {found.where()}, may be the standard library's class; "
                "import it from there",
            ),
            elsewhere,
        )
    if isinstance(node.value, ast.Name):
        if len(found.opaque) == 1 and not found.names:
            binding = found.opaque[0]
            if binding.kind is BindingKind.CLASS and isinstance(binding.node, ast.ClassDef):
                return _of_class(names, binding.node, node.attr)
        if node.value.id in ("cls", "self"):
            owner = _class_around(point)
            return None if owner is None else _of_instance(names, owner, node.attr)
    if (
        isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id == "super"
    ):
        owner = _class_around(point)
        if owner is not None and CLASS in _ancestry(names, owner, 0):
            message = (
                f"`super()` in a subclass of datetime (`{owner.name}`, line {owner.lineno}); "
                "rewrite it by hand"
            )
            return Receiver(Bar("utcnow/overridden", message))
    return None


def _from_elsewhere(node: ast.Attribute, found: Resolution) -> str:
    """Return the qualified name of a class called `datetime` that another module hands on.

    A module of one's own that is called `datetime` is not taken for one that hands it on.
    """
    if found.opaque or len(found.names) + len(found.stars) != 1:
        return ""
    if found.stars:
        bare = isinstance(node.value, ast.Name) and node.value.id == "datetime"
        return f"{found.stars[0].origin}.datetime" if bare else ""
    (name,) = found.names
    *module, last = name.removesuffix(f".{node.attr}").split(".")
    if last != "datetime" or not any(module) or module[-1] == "datetime":
        return ""
    return name.removesuffix(f".{node.attr}")


def _of_class(names: Names, node: ast.ClassDef, method: str) -> Receiver | None:
    ancestry = _ancestry(names, node, 0)
    if CLASS not in ancestry:
        return None
    replaced = {method, REPLACEMENTS[method], "replace"} & ancestry
    if replaced:
        message = (
            f"the class `{node.name}` (line {node.lineno}) defines `{sorted(replaced)[0]}` itself,"
            " so its callers must keep what they call"
        )
        return Receiver(Bar("utcnow/overridden", message))
    return Receiver()


def _of_instance(names: Names, node: ast.ClassDef, method: str) -> Receiver | None:
    """Look at `cls` or `self`, which may be of any class that inherits from this one."""
    receiver = _of_class(names, node, method)
    if receiver is None or receiver.bar is not None:
        return receiver
    for scope in names.scopes:
        heir = scope.node
        if isinstance(heir, ast.ClassDef) and _inherits(names, heir, node, 0):
            receiver = _of_class(names, heir, method)
            if receiver is not None and receiver.bar is not None:
                return receiver
    return Receiver()


def _inherits(names: Names, heir: ast.ClassDef, node: ast.ClassDef, depth: int) -> bool:
    if heir is node:
        return depth > 0
    bases = [names.qualified(base).opaque for base in heir.bases if isinstance(base, ast.Name)]
    return depth < 8 and any(
        isinstance(binding.node, ast.ClassDef) and _inherits(names, binding.node, node, depth + 1)
        for opaque in bases
        for binding in opaque
    )


def _ancestry(names: Names, node: ast.ClassDef, depth: int) -> frozenset[str]:
    """Return what a class inherits: `CLASS`, if so, and the names that it or its bases define."""
    found = {
        target.id
        for stmt in node.body
        if isinstance(stmt, ast.Assign)
        for target in stmt.targets
        if isinstance(target, ast.Name)
    }
    found |= {
        stmt.name for stmt in node.body if isinstance(stmt, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    for base in node.bases:
        meant = names.qualified(base)
        if meant.means(CLASS):
            found.add(CLASS)
        elif isinstance(base, ast.Name) and len(meant.opaque) == 1 and depth < 8:
            parent = meant.opaque[0].node
            if isinstance(parent, ast.ClassDef):
                found |= _ancestry(names, parent, depth + 1)
    return frozenset(found)


def _class_around(point: Point) -> ast.ClassDef | None:
    """Return the class whose method a point is in."""
    scope: Scope | None = point.scope
    while scope is not None:
        if scope.kind is ScopeKind.CLASS and isinstance(scope.node, ast.ClassDef):
            return scope.node
        scope = scope.parent
    return None
