"""Which Python a file needs that the running one can't parse.

LibCST's own parser knows the grammars of all current versions, whatever Python runs it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import libcst as cst

__all__ = ["needed_python"]


def needed_python(text: str) -> tuple[int, int] | None:
    """Return the first Python that parses a text, when it is newer than the running one.

    None when no newer syntax explains why the text does not parse here.
    """
    import libcst as cst

    try:
        module = cst.parse_module(text)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # the native parser panics with a BaseException
        return None
    needed = max((_introduced(node) for node in _nodes(module)), default=(3, 0))
    return needed if needed > sys.version_info[:2] else None


def _nodes(node: cst.CSTNode) -> list[cst.CSTNode]:
    nodes = [node]
    for one in nodes:
        nodes.extend(one.children)
    return nodes


def _introduced(node: cst.CSTNode) -> tuple[int, int]:
    """Return the version of the grammar that brought a construct, (3, 0) for older ones."""
    import libcst as cst

    if type(node).__name__ == "TemplatedString":  # PEP 750; unknown to older LibCST releases
        return (3, 14)
    if isinstance(node, cst.ExceptHandler | cst.ExceptStarHandler):
        return (3, 14) if _needs_pep_758(node.type) else (3, 0)
    if isinstance(node, cst.TypeParam) and node.default is not None:  # PEP 696
        return (3, 13)
    if isinstance(node, cst.TypeParameters | cst.TypeAlias):  # PEP 695
        return (3, 12)
    if isinstance(node, cst.FormattedString) and _needs_pep_701(node):
        return (3, 12)
    return (3, 0)


def _needs_pep_758(caught: cst.BaseExpression | None) -> bool:
    """Tell whether a handler names several exceptions without parentheses.

    ``except OSError, error:`` is Python 2, and so is ``except OSError, E:``.
    """
    import libcst as cst

    if not isinstance(caught, cst.Tuple) or caught.lpar:
        return False
    names = (
        one.value.attr if isinstance(one.value, cst.Attribute) else one.value
        for one in caught.elements
    )
    return all(isinstance(name, cst.Name) and _is_class_name(name.value) for name in names)


def _is_class_name(name: str) -> bool:
    return len(name) > 1 and name[0].isupper()


def _needs_pep_701(string: cst.FormattedString) -> bool:
    """Tell whether a hole of an f-string holds the outer quote, a backslash or a comment."""
    import libcst as cst

    module = cst.Module([])
    for part in string.parts:
        if isinstance(part, cst.FormattedStringExpression):
            code = module.code_for_node(part.expression)
            if string.end in code or "\\" in code or "#" in code:
                return True
            if len(string.end) == 1 and "\n" in module.code_for_node(part):
                return True
    return False
