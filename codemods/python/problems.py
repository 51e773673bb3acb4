"""Names that nothing binds and imports that nothing uses: what a change must not add to."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import NamedTuple

from codemods.python.names import Names
from codemods.python.scopes import Binding, BindingKind, Point, Scope, ScopeKind
from codemods.python.source import SourceFile

__all__ = [
    "Interface",
    "Problems",
    "find_problems",
    "is_package",
    "is_unused",
    "silenced",
]

_NOQA = re.compile(r"#\s*noqa\b(?P<codes>\s*:[^#\n]*)?", re.IGNORECASE)
_NOQA_FILE = re.compile(
    r"^\s*#\s*(?:ruff|flake8)\s*:\s*noqa\b(?P<codes>\s*:[^#\n]*)?", re.IGNORECASE | re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Problems:
    """What is wrong with a file. Compare before and after: only what is new counts."""

    unresolved: frozenset[str]  #: identifiers that some read of finds unbound
    unused_imports: frozenset[str]  #: ``qualified.name as bound_name in scope``

    def new_since(self, before: Problems) -> Problems:
        """Return what this file has and `before` had not."""
        return Problems(
            self.unresolved - before.unresolved, self.unused_imports - before.unused_imports
        )

    def __bool__(self) -> bool:
        return bool(self.unresolved or self.unused_imports)


class Interface(NamedTuple):
    """Which of a module's imports are there for other modules."""

    package: bool = False  #: it is an ``__init__.py``, whose imports are what it offers
    taken: frozenset[str] = frozenset()  #: names that other files are known to take

    @classmethod
    def of(cls, file: SourceFile) -> Interface:
        """Return the interface of a file."""
        return cls(is_package(file.path), file.taken)

    def offers(self, binding: Binding) -> bool:
        """Tell whether an import at the top level is for others.

        A package offers what it imports, but for plain modules of the standard library.
        """
        if binding.name in self.taken:
            return True
        own = isinstance(binding.stmt, ast.Import) and binding.origin in sys.stdlib_module_names
        return self.package and not own


NO_INTERFACE = Interface()


def is_package(path: PurePosixPath) -> bool:
    """Tell whether a file is that of a package itself."""
    return path.name in ("__init__.py", "__init__.pyi")


def find_problems(names: Names, text: str = "", interface: Interface = NO_INTERFACE) -> Problems:
    """Find the problems of a module; `text` is its source, for ``# noqa`` comments."""
    unresolved = frozenset(
        identifier for identifier in names.read_identifiers if _is_unresolved(names, identifier)
    )
    lines = text.split("\n") if text else []
    if any(_covers(match) for match in _NOQA_FILE.finditer(text)):
        return Problems(unresolved, frozenset())
    unused = frozenset(
        _described(binding)
        for binding in names.imports
        if is_unused(names, binding, interface) and not silenced(binding, lines)
    )
    return Problems(unresolved, unused)


def is_unused(
    names: Names,
    binding: Binding,
    interface: Interface = NO_INTERFACE,
    *,
    without: Collection[int] = (),
) -> bool:
    """Tell whether an import is dead weight.

    Not so for ``__future__``, re-exports (``import x as x``, ``__all__``, `Interface`) and
    imports that probe for a module under ``try``. Reads by the name nodes whose `id` is in
    `without` are not counted.
    """
    alias = binding.node
    assert isinstance(alias, ast.alias)
    top = binding.scope.kind is ScopeKind.MODULE
    if (
        binding.origin.startswith("__future__.")
        or alias.asname == alias.name
        or binding.block.guarded
        or binding.scope.kind is ScopeKind.CLASS  # an attribute of the class
        or names.is_mentioned(binding.name)
        or (top and (interface.offers(binding) or binding.name in names.exports))
        or binding.name in binding.scope.declared
    ):
        return False
    return not any(
        _owner(point, binding.name) is binding.scope
        for node, point in (*names.reads(binding.name), *names.quoted_reads(binding.name))
        if id(node) not in without
    )


def silenced(binding: Binding, lines: list[str]) -> bool:
    """Tell whether a ``# noqa`` on the import's first or last line, or the alias's, covers it."""
    if not lines or binding.stmt is None:
        return False
    alias_line = getattr(binding.node, "lineno", binding.stmt.lineno)
    end = binding.stmt.end_lineno or binding.stmt.lineno
    for line in {binding.stmt.lineno, alias_line, end}:
        match = _NOQA.search(lines[line - 1]) if line <= len(lines) else None
        if match and _covers(match):
            return True
    return False


def _described(binding: Binding) -> str:
    text = binding.origin
    if isinstance(binding.stmt, ast.Import) and isinstance(binding.node, ast.alias):
        text = binding.node.name
        if binding.node.asname is None:
            return f"{text} in {binding.scope.path}" if binding.scope.path else text
    if binding.name != binding.origin.rpartition(".")[2]:
        text += f" as {binding.name}"
    return f"{text} in {binding.scope.path}" if binding.scope.path else text


def _covers(match: re.Match[str]) -> bool:
    return not match["codes"] or "F401" in match["codes"].upper()


def _is_unresolved(names: Names, identifier: str) -> bool:
    # Two short cuts keep this from costing ten times what the walk does.
    seen: set[tuple[int, int]] = set()
    for node, point in (*names.reads(identifier), *names.quoted_reads(identifier)):
        scope = point.scope
        bound = scope.bindings.get(identifier)
        if bound is not None and _is_bound_before(bound, scope, node):
            continue
        # What a function takes from outside is the same in all of its statements.
        outside = bound is None and scope.kind in (ScopeKind.FUNCTION, ScopeKind.LAMBDA)
        key = (id(scope), 0 if outside else id(point.stmt))
        if key in seen:
            continue
        seen.add(key)
        if names.look_up(identifier, point, node).unbound and not _known(names, identifier, point):
            return True
    return False


def _is_bound_before(bound: Sequence[Binding], scope: Scope, node: ast.Name) -> bool:
    first = bound[0]
    return (
        first.sure
        and first.block is scope.block
        and first.kind is not BindingKind.DECLARATION
        and first.at <= (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))
        and not any(binding.kind is BindingKind.DELETION for binding in bound)
    )


def _known(names: Names, identifier: str, point: Point) -> bool:
    """Tell whether something else than a binding of the file gives the name its value."""
    if names.is_implicit(identifier, point):
        return True
    deferred = point._replace(deferred=True)
    if (point.annotation or point.block.typing) and names.bindings(identifier, deferred):
        return True
    return _may_be_bound_elsewhere(identifier, point.scope)


def _may_be_bound_elsewhere(identifier: str, scope: Scope) -> bool:
    at: Scope | None = scope
    while at is not None:
        if identifier in at.declared:
            return True
        at = at.parent
    return False


def _owner(point: Point, name: str) -> Scope | None:
    """Return the scope that a read at a point takes a name from, as far as scopes tell."""
    scope: Scope | None = point.scope
    to_module = False
    while scope is not None:
        declared = scope.declared.get(name)
        to_module = to_module or declared == "global"
        if scope.kind is ScopeKind.MODULE:
            return scope
        visible = scope.kind is not ScopeKind.CLASS or scope is point.scope
        if visible and not to_module and declared is None and name in scope.bindings:
            return scope
        scope = scope.parent
    return None
