"""Which functions run in processes of their own, which inherit no configuration (P44, P46).

A process that is spawned, or started by a fork server (the default on Linux since Python 3.14),
begins with an unconfigured root logger, whatever the program did.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from codemods.catalog.print_to_logger.places import FunctionNode
from codemods.python.dotted import last_name
from codemods.python.names import Names
from codemods.python.scopes import BindingKind

__all__ = ["find_workers"]

_WORDS = ("multiprocessing", "ProcessPoolExecutor", "joblib")
_POOLS = frozenset({"Pool", "ProcessPoolExecutor"})
_MAPPING = frozenset(
    {"map", "imap", "imap_unordered", "starmap", "map_async", "starmap_async", "apply"}
    | {"apply_async", "submit"}
)
#: Functions whose first argument other processes run.
_TAKING = frozenset(
    {"joblib.delayed", "joblib.parallel.delayed", "sklearn.utils.parallel.delayed"}
    | {"torch.multiprocessing.spawn", "torch.multiprocessing.start_processes"}
)


def find_workers(names: Names, text: str) -> tuple[str, ...]:
    """Find the functions that other processes run: paths of this file, and qualified imports."""
    if not any(word in text for word in _WORDS):
        return ()
    finder = _Finder(names)
    found = {
        worker
        for node in ast.walk(names.tree)
        for function in finder.given(node)
        for worker in finder.resolved(function)
    }
    return tuple(sorted(found | set(finder.processes())))


@dataclass(frozen=True)
class _Finder:
    names: Names

    def given(self, node: ast.AST) -> Iterator[ast.expr]:
        """Yield the functions that a call hands to other processes."""
        if not isinstance(node, ast.Call):
            return
        last = last_name(node.func)
        keywords = {one.arg: one.value for one in node.keywords}
        if last == "Process" and "target" in keywords:
            yield keywords["target"]
        elif last in _POOLS:
            yield from (value for name, value in keywords.items() if name == "initializer")
            if last == "Pool":
                yield from node.args[1:2]
        elif last in _MAPPING and isinstance(node.func, ast.Attribute):
            if self._is_pool(node.func.value):
                yield from node.args[:1]
        elif last == "run_in_executor" and node.args and self._is_pool(node.args[0]):
            yield from node.args[1:2]
        elif self.names.qualified(node.func).names & _TAKING:
            yield from node.args[:1]

    def resolved(self, node: ast.expr) -> Iterator[str]:
        """Yield what a function is called: its path in this file, or a qualified import."""
        match node:
            case ast.Name(id=name):
                for binding in self.names.module.bindings.get(name, ()):
                    if binding.kind is BindingKind.IMPORT:
                        yield binding.origin
                    elif binding.kind is BindingKind.FUNCTION:
                        yield name
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=attr):
                yield from (f"{owner}.{attr}" for owner in self._owners.get(attr, ()))
            case ast.Attribute():
                yield from self.names.qualified(node).names
            case ast.Call(args=[first, *_]) if last_name(node.func) == "partial":
                yield from self.resolved(first)

    def processes(self) -> Iterator[str]:
        """Yield the ``run`` of classes of processes."""
        for node in self.names.tree.body:
            if (
                isinstance(node, ast.ClassDef)
                and node.name in self._owners.get("run", ())
                and any(last_name(base) == "Process" for base in node.bases)
            ):
                yield f"{node.name}.run"

    @cached_property
    def _owners(self) -> dict[str, list[str]]:
        """The classes at the top of the file that define a method, by its name."""
        found: dict[str, list[str]] = {}
        for node in self.names.tree.body:
            if isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, FunctionNode):
                        found.setdefault(inner.name, []).append(node.name)
        return found

    def _is_pool(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Call):
            return last_name(node.func) in _POOLS and not self._is_of_threads(node.func)
        return last_name(node) in self._pools

    @cached_property
    def _pools(self) -> frozenset[str]:
        """The last names that are bound to pools of processes, anywhere in the file."""
        found: set[str] = set()
        for node in ast.walk(self.names.tree):
            match node:
                case ast.Assign(targets=[target], value=value):
                    pass
                case ast.AnnAssign(target=target, value=ast.expr() as value):
                    pass
                case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
                    pass
                case _:
                    continue
            if isinstance(value, ast.Call) and self._is_pool(value):
                found.add(last_name(target))
        return frozenset(found - {""})

    def _is_of_threads(self, func: ast.expr) -> bool:
        return any(
            origin.startswith(("multiprocessing.dummy", "multiprocessing.pool.Thread"))
            for origin in self.names.qualified(func).names
        )
