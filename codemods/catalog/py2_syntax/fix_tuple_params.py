"""A fissix fixer: tuple parameters, with names made from the tuple's elements.

Fissix loads it by the module's name and finds the class by the same name in capitals. Its own
fixer calls every parameter ``xxx_todo_changeme``, and renames attributes and keywords in a lambda's
body that only look like the tuple's elements.
"""

from __future__ import annotations

from typing import Any

from fissix.fixer_base import BaseFix
from fissix.fixes import fix_tuple_params
from fissix.pgen2 import token
from fissix.pygram import python_symbols as syms

__all__ = ["FixTupleParams"]


class FixTupleParams(fix_tuple_params.FixTupleParams):  # type: ignore[misc]
    """``def f(a, (b, c))`` becomes ``def f(a, b_c)`` with ``(b, c) = b_c`` in front of the body."""

    def transform(self, node: Any, results: Any) -> Any:
        """Lift one function or lambda; a lambda that can't be lifted stays as it is."""
        if "lambda" in results and _has_lookalikes(results["body"], set(_names(results["args"]))):
            return None
        args = results["args"]
        tuples = [args] if args.type == syms.tfpdef else args.children
        self._names = ["_".join(_names(one)) for one in tuples if one.type == syms.tfpdef]
        return super().transform(node, results)

    def new_name(self, template: str = "xxx_todo_changeme") -> str:
        """Return a name that the file does not use."""
        if template == "xxx_todo_changeme":
            template = self._names.pop(0)
        if template not in self.used_names:
            self.used_names.add(template)
            return template
        name: str = BaseFix.new_name(self, template)
        return name


def _names(node: Any) -> list[str]:
    return [leaf.value for leaf in node.leaves() if leaf.type == token.NAME]


def _has_lookalikes(body: Any, names: set[str]) -> bool:
    """Tell whether one of the names stands in a body as an attribute or a keyword as well."""
    for leaf in body.leaves():
        if leaf.type == token.NAME and leaf.value in names:
            before, after = leaf.prev_sibling, leaf.next_sibling
            if before is not None and before.type == token.DOT:
                return True
            if (
                leaf.parent.type == syms.argument
                and after is not None
                and after.type == token.EQUAL
            ):
                return True
    return False
