"""What a setup.py says, found without running it: the keywords of its `setup()` call."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from codemods.python.source import SourceFile

__all__ = ["SetupCall", "read_setup_call"]


@dataclass(frozen=True)
class SetupCall:
    """The `setup()` call of a setup.py.

    `keywords` holds the argument expressions by name, those of a literal `**{…}` or of a dict that
    is bound once included; `constants` the module-level names that are bound exactly once.
    """

    keywords: Mapping[str, ast.expr] = field(default_factory=dict)
    constants: Mapping[str, ast.expr] = field(default_factory=dict)
    file: SourceFile | None = None
    node: ast.Call | None = None

    def value(self, keyword: str) -> object | None:
        """Return a keyword's value where it can be told without running anything, else None."""
        expression = self.keywords.get(keyword)
        return None if expression is None else self.evaluate(expression)

    def evaluate(self, expression: ast.expr, depth: int = 20) -> object | None:
        """Return the value of literals, names bound once, and `+` of lists or texts, else None."""
        resolved = self.resolve(expression)
        if isinstance(resolved, ast.List | ast.Tuple | ast.Set):
            if depth <= 0:
                return None
            items = [self.evaluate(item, depth - 1) for item in resolved.elts]
            return [item for item in items if item is not None]
        if isinstance(resolved, ast.Dict):
            if depth <= 0:
                return None
            pairs = [
                (self.evaluate(key, depth - 1), self.evaluate(value, depth - 1))
                for key, value in zip(resolved.keys, resolved.values, strict=True)
                if key is not None
            ]
            return {key: value for key, value in pairs if isinstance(key, str)}
        if isinstance(resolved, ast.BinOp) and isinstance(resolved.op, ast.Add) and depth > 0:
            left = self.evaluate(resolved.left, depth - 1)
            right = self.evaluate(resolved.right, depth - 1)
            if isinstance(left, list) or isinstance(right, list):
                return [
                    *(left if isinstance(left, list) else ()),
                    *(right if isinstance(right, list) else ()),
                ]
            return left + right if isinstance(left, str) and isinstance(right, str) else None
        return resolved.value if isinstance(resolved, ast.Constant) else None

    def resolve(self, expression: ast.expr) -> ast.expr:
        """Follow names that are bound once to the expression that they are bound to."""
        seen: set[str] = set()
        while isinstance(expression, ast.Name) and expression.id not in seen:
            seen.add(expression.id)
            expression = self.constants.get(expression.id, expression)
        return expression


def read_setup_call(file: SourceFile) -> SetupCall:
    """Find the `setup()` call of a setup.py; without one nothing is known but its constants."""
    tree = file.tree
    constants = _bound_once(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_setup(node.func):
            call = SetupCall({}, constants)
            keywords: dict[str, ast.expr] = {}
            for keyword in node.keywords:
                if keyword.arg is not None:
                    keywords[keyword.arg] = keyword.value
                    continue
                mapping = call.resolve(keyword.value)
                if isinstance(mapping, ast.Dict):
                    for key, value in zip(mapping.keys, mapping.values, strict=True):
                        if isinstance(key, ast.Constant) and isinstance(key.value, str):
                            keywords[key.value] = value
                elif isinstance(mapping, ast.Call) and _is_name(mapping.func, "dict"):
                    keywords.update(
                        {item.arg: item.value for item in mapping.keywords if item.arg is not None}
                    )
            return SetupCall(keywords, constants, file, node)
    return SetupCall({}, constants, file)


def _is_setup(function: ast.expr) -> bool:
    return _is_name(function, "setup") or (
        isinstance(function, ast.Attribute)
        and function.attr == "setup"
        and isinstance(function.value, ast.Name)
        and function.value.id in ("setuptools", "core", "skbuild")
    )


def _is_name(expression: ast.expr, name: str) -> bool:
    return isinstance(expression, ast.Name) and expression.id == name


def _bound_once(tree: ast.Module) -> dict[str, ast.expr]:
    """Module-level names with one assignment, and no other store or in-place change anywhere."""
    values: dict[str, ast.expr] = {}
    stores: Counter[str] = Counter()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            stores[node.id] += 1
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
            if isinstance(target, ast.Name):
                values[target.id] = node.value
            elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
                stores[target.value.id] += 1
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            if isinstance(node.target, ast.Name):
                values[node.target.id] = node.value
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.attr in ("append", "extend", "insert", "update", "remove", "pop")
        ):
            stores[node.func.value.id] += 1
    return {name: value for name, value in values.items() if stores[name] == 1}
