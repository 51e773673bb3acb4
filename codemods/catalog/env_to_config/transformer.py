"""The libcst transformer: reads of the environment become fields of the configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import libcst as cst

from codemods.catalog.env_to_config.fields import SiteForm
from codemods.catalog.env_to_config.rewrite import Rewriting
from codemods.codemod import Order

__all__ = ["site_pass"]

_LOOSE = (cst.Lambda, cst.IfExp, cst.NamedExpr, cst.Yield)


def site_pass(located: Mapping[cst.CSTNode, Order]) -> cst.CSTTransformer:
    """Make the transformer for the orders of this codemod."""
    return _Rewrite(
        {node: order.data for node, order in located.items() if isinstance(order.data, Rewriting)}
    )


class _Rewrite(cst.CSTTransformer):
    def __init__(self, data: Mapping[cst.CSTNode, Rewriting]) -> None:
        super().__init__()
        self.data = data

    def on_leave(  # type: ignore[override]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode:
        rewriting = self.data.get(original_node)
        if rewriting is None:
            return cast("cst.CSTNode", super().on_leave(original_node, updated_node))
        assert isinstance(updated_node, cst.BaseExpression)
        return _replacement(updated_node, rewriting)


def _replacement(node: cst.BaseExpression, rewriting: Rewriting) -> cst.BaseExpression:
    config = _dotted(rewriting.config)
    field = cst.Attribute(config, cst.Name(rewriting.field))
    new: cst.BaseExpression = field
    match rewriting.form:
        case SiteForm.REQUIRE:
            function = cst.Attribute(config, cst.Name("require"))
            new = cst.Call(function, [cst.Arg(_name(node, rewriting.field))])
        case SiteForm.PRESENT | SiteForm.ABSENT:
            absent = rewriting.form is SiteForm.ABSENT
            new = _is_none(field, absent)
        case SiteForm.DEFAULT:
            default = _default(node)
            if isinstance(default, _LOOSE) and not default.lpar:
                default = _in_parentheses(default)
            new = cst.IfExp(_is_none(field, True), default, field)
    if rewriting.form is SiteForm.DEFAULT and not (rewriting.enclosed or node.lpar):
        new = _in_parentheses(new)
    if isinstance(new, cst.Attribute | cst.Call) and not _spans_lines(node.lpar):
        return new
    return new.with_changes(lpar=[*node.lpar, *new.lpar], rpar=[*new.rpar, *node.rpar])


def _dotted(text: str) -> cst.BaseExpression:
    first, *rest = text.split(".")
    node: cst.BaseExpression = cst.Name(first)
    for name in rest:
        node = cst.Attribute(node, cst.Name(name))
    return node


def _is_none(field: cst.BaseExpression, yes: bool) -> cst.Comparison:
    operator = cst.Is() if yes else cst.IsNot()
    return cst.Comparison(field, [cst.ComparisonTarget(operator, cst.Name("None"))])


def _in_parentheses(node: cst.BaseExpression) -> cst.BaseExpression:
    return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def _spans_lines(parentheses: Sequence[cst.LeftParen]) -> bool:
    """Tell whether parentheses hold something (a comment, a line break) that must stay."""
    return any(isinstance(one.whitespace_after, cst.ParenthesizedWhitespace) for one in parentheses)


def _default(node: cst.BaseExpression) -> cst.BaseExpression:
    assert isinstance(node, cst.Call)
    named = [arg for arg in node.args if arg.keyword and arg.keyword.value == "default"]
    return (named or node.args[1:2])[0].value


def _name(node: cst.BaseExpression, field: str) -> cst.SimpleString:
    """Return the name of the field, in the quotes of the variable's name."""
    quote = '"'
    if isinstance(node, cst.Subscript) and isinstance(node.slice[0].slice, cst.Index):
        name = node.slice[0].slice.value
        if isinstance(name, cst.SimpleString):
            if name.raw_value == field and not name.prefix:
                return name.with_changes(lpar=(), rpar=())
            quote = name.quote
    return cst.SimpleString(f"{quote}{field}{quote}")
