"""The libcst transformer: sites become `now`/`fromtimestamp` calls with a zone."""

from __future__ import annotations

from collections.abc import Mapping

import libcst as cst

from codemods.catalog.utcnow.facts import Change, DoubleEdit, OuterKind, Wrap
from codemods.catalog.utcnow.receivers import REPLACEMENTS
from codemods.catalog.utcnow.rewrite import Along, Around, HelperCall, Rewriting
from codemods.codemod import Order

__all__ = ["site_pass"]

_EQUAL = cst.AssignEqual(
    whitespace_before=cst.SimpleWhitespace(""), whitespace_after=cst.SimpleWhitespace("")
)
_SPACE = cst.SimpleWhitespace(" ")
_STRIP = cst.Arg(cst.Name("None"), keyword=cst.Name("tzinfo"), equal=_EQUAL)


def site_pass(located: Mapping[cst.CSTNode, Order]) -> cst.CSTTransformer | None:
    """Make the transformer for the orders of this codemod."""
    data = {
        node: order.data
        for node, order in located.items()
        if isinstance(order.data, Rewriting | Around | DoubleEdit | HelperCall | Along)
    }
    return _Rewrite(data) if data else None


class _Rewrite(cst.CSTTransformer):
    def __init__(
        self, data: Mapping[cst.CSTNode, Rewriting | Around | DoubleEdit | HelperCall | Along]
    ) -> None:
        super().__init__()
        self.data = data

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        match self.data.get(original_node):
            case Rewriting() as rewriting:
                return _call(updated_node, rewriting)
            case HelperCall(text=text):
                return updated_node.with_changes(func=_dotted(text))
            case Along() as along:
                return _aware(updated_node, along)
            case Around(kind=OuterKind.DROP_REPLACE):
                return _without_replace(updated_node)
            case Around(kind=OuterKind.ADD_TZINFO):
                return _with_argument(updated_node, _STRIP)
            case DoubleEdit(method=method) if isinstance(updated_node.func, cst.Attribute):
                return _stripped(
                    updated_node.with_changes(func=_renamed(updated_node.func, method))
                )
            case _:
                return updated_node

    def leave_Attribute(
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        match self.data.get(original_node):
            case Rewriting() as rewriting:
                return _reference(updated_node, rewriting)
            case HelperCall(text=text, wrap=Wrap.STATICMETHOD):
                wrapped = cst.Call(cst.Name("staticmethod"), [cst.Arg(_dotted(text))])
                return _in_parentheses_of(updated_node, wrapped)
            case HelperCall(text=text):
                return _in_parentheses_of(updated_node, _dotted(text))
            case DoubleEdit(method=method):
                return _renamed(updated_node, method)
            case Along(text=text):
                return _replaced(updated_node, _zone_of(text))
            case _:
                return updated_node

    def leave_FunctionDef(
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef:
        match self.data.get(original_node):
            case DoubleEdit(method=method):
                name = updated_node.name.with_changes(value=REPLACEMENTS[method])
                parameters = updated_node.params
                zone = cst.Param(cst.Name("tz"), equal=_EQUAL, default=cst.Name("None"))
                return updated_node.with_changes(
                    name=name,
                    params=parameters.with_changes(params=[*parameters.params, zone]),
                )
            case _:
                return updated_node

    def leave_BinaryOperation(
        self, original_node: cst.BinaryOperation, updated_node: cst.BinaryOperation
    ) -> cst.BaseExpression:
        match self.data.get(original_node):
            case Around(kind=OuterKind.DROP_Z):
                assert isinstance(updated_node.right, cst.SimpleString)
                call = _zulu(updated_node.left, updated_node.right.quote)
                return _in_parentheses_of(updated_node, call)
            case _:
                return updated_node

    def leave_FormattedString(
        self, original_node: cst.FormattedString, updated_node: cst.FormattedString
    ) -> cst.BaseExpression:
        match self.data.get(original_node):
            case Around(kind=OuterKind.DROP_Z):
                value = updated_node.parts[0]
                assert isinstance(value, cst.FormattedStringExpression)
                call = _zulu(value.expression, updated_node.quote[0])
                return _in_parentheses_of(updated_node, call)
            case _:
                return updated_node


def _dotted(text: str) -> cst.BaseExpression:
    first, *rest = text.split(".")
    node: cst.BaseExpression = cst.Name(first)
    for part in rest:
        node = cst.Attribute(node, cst.Name(part))
    return node


def _call(node: cst.Call, rewriting: Rewriting) -> cst.Call:
    func = node.func
    assert isinstance(func, cst.Attribute)
    facts = rewriting.facts
    node = node.with_changes(func=_renamed(func, facts.method))
    if not rewriting.takes_zone:
        node = _with_argument(node, _zone(facts.method, _dotted(facts.utc)))
    if rewriting.strips:
        return _stripped(node)
    return node


def _renamed(node: cst.Attribute, method: str) -> cst.Attribute:
    return node.with_changes(attr=node.attr.with_changes(value=REPLACEMENTS[method]))


def _zone(method: str, value: cst.BaseExpression) -> cst.Arg:
    if method == "utcnow":
        return cst.Arg(value)
    return cst.Arg(value, keyword=cst.Name("tz"), equal=_EQUAL)


def _with_argument(node: cst.Call, new: cst.Arg) -> cst.Call:
    """Add a last argument in the layout of the others."""
    before = node.whitespace_before_args
    if not node.args:
        if isinstance(before, cst.SimpleWhitespace) and "\\" not in before.value:
            before = cst.SimpleWhitespace("")
        return node.with_changes(args=[new], whitespace_before_args=before)
    *others, last = node.args
    gap: cst.BaseParenthesizableWhitespace = _SPACE
    if isinstance(before, cst.ParenthesizedWhitespace):
        gap = before.with_changes(
            first_line=before.first_line.with_changes(
                whitespace=cst.SimpleWhitespace(""), comment=None
            ),
            empty_lines=(),
        )
    if isinstance(last.comma, cst.Comma):
        new = new.with_changes(comma=last.comma, whitespace_after_arg=last.whitespace_after_arg)
        tail = last.comma.whitespace_after
        if isinstance(tail, cst.ParenthesizedWhitespace) and isinstance(
            gap, cst.ParenthesizedWhitespace
        ):
            # A comment behind the last argument stays behind that one.
            gap = gap.with_changes(first_line=tail.first_line)
            bare = tail.with_changes(
                first_line=tail.first_line.with_changes(
                    whitespace=cst.SimpleWhitespace(""), comment=None
                )
            )
            new = new.with_changes(comma=last.comma.with_changes(whitespace_after=bare))
    else:
        new = new.with_changes(whitespace_after_arg=last.whitespace_after_arg)
    last = last.with_changes(
        comma=cst.Comma(whitespace_after=gap), whitespace_after_arg=cst.SimpleWhitespace("")
    )
    return node.with_changes(args=[*others, last, new])


def _stripped(node: cst.Call) -> cst.Call:
    return _replaced(node, _STRIP)


def _replaced(node: cst.Call | cst.Attribute, argument: cst.Arg) -> cst.Call:
    """Put `.replace(…)` behind an expression, within its parentheses."""
    bare = node.with_changes(lpar=(), rpar=())
    return cst.Call(
        cst.Attribute(bare, cst.Name("replace")), [argument], lpar=node.lpar, rpar=node.rpar
    )


def _zone_of(text: str) -> cst.Arg:
    return _STRIP.with_changes(value=_dotted(text))


def _aware(node: cst.Call, along: Along) -> cst.Call:
    """Give a naive value that changes along its zone."""
    zone = _dotted(along.text)
    match along.change:
        case Change.REPLACE:
            return _replaced(node, _zone_of(along.text))
        case Change.TZINFO:
            return _with_argument(node, _zone_of(along.text))
        case Change.STAMP:
            return _with_argument(node, _zone("utcfromtimestamp", zone))
        case Change.NOW:
            func = node.func
            assert isinstance(func, cst.Attribute)
            renamed = func.with_changes(attr=func.attr.with_changes(value="now"))
            return _with_argument(node.with_changes(func=renamed), _zone("utcnow", zone))


def _without_replace(node: cst.Call) -> cst.BaseExpression:
    """Move the zone of `….now().replace(tzinfo=zone)` into the call."""
    func = node.func
    assert isinstance(func, cst.Attribute)
    inner = func.value
    assert isinstance(inner, cst.Call)
    assert isinstance(inner.func, cst.Attribute)
    method = "utcnow" if inner.func.attr.value == "now" else "utcfromtimestamp"
    call = _with_argument(inner, _zone(method, node.args[0].value))
    return _in_parentheses_of(node, call)


def _zulu(text: cst.BaseExpression, quote: str) -> cst.Call:
    quote = quote if quote in ("'", '"') else '"'
    arguments = [
        cst.Arg(
            cst.SimpleString(f"{quote}+00:00{quote}"), comma=cst.Comma(whitespace_after=_SPACE)
        ),
        cst.Arg(cst.SimpleString(f"{quote}Z{quote}")),
    ]
    return cst.Call(cst.Attribute(text, cst.Name("replace")), arguments)


def _in_parentheses_of(outer: cst.BaseExpression, inner: cst.BaseExpression) -> cst.BaseExpression:
    """Keep the parentheses of what is replaced, and those of what remains."""
    return inner.with_changes(lpar=(*outer.lpar, *inner.lpar), rpar=(*inner.rpar, *outer.rpar))


def _reference(node: cst.Attribute, rewriting: Rewriting) -> cst.BaseExpression:
    facts = rewriting.facts
    if facts.wrap is Wrap.FUNCTION:
        assert facts.helper is not None
        return _in_parentheses_of(node, cst.Name(facts.helper.name))
    receiver = node.value
    func = cst.Attribute(receiver, cst.Name(REPLACEMENTS[facts.method]))
    zone = _dotted(facts.utc)
    if facts.method == "utcnow":
        parameters = cst.Parameters()
        call = cst.Call(func, [cst.Arg(zone)])
    else:
        name = cst.Name("ts")
        parameters = cst.Parameters([cst.Param(name)])
        first = cst.Arg(name, comma=cst.Comma(whitespace_after=_SPACE))
        call = cst.Call(func, [first, _zone(facts.method, zone)])
    function = cst.Lambda(parameters, _stripped(call) if rewriting.strips else call)
    parenthesised = bool(node.lpar) or facts.wrap is Wrap.PARENTHESES
    if facts.wrap is Wrap.STATICMETHOD:
        wrapped = cst.Call(cst.Name("staticmethod"), [cst.Arg(function)])
        return _in_parentheses_of(node, wrapped)
    if parenthesised:
        lpar = node.lpar or [cst.LeftParen()]
        rpar = node.rpar or [cst.RightParen()]
        return function.with_changes(lpar=lpar, rpar=rpar)
    return function
