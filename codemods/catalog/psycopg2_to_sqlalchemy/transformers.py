"""The libcst transformers: composable, each about the nodes that it is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import libcst as cst

from codemods.catalog.psycopg2_to_sqlalchemy.actions import (
    NODE,
    Action,
    Argument,
    Call,
    Enclose,
    Execute,
    ExecuteMany,
    Parameters,
    Receiver,
    Remove,
    Replace,
    Task,
    Unwrap,
)
from codemods.codemod import Order

__all__ = ["enclosing_pass", "expression_pass", "statement_pass"]

_SPACE = cst.SimpleWhitespace(" ")
_COMMA = cst.Comma(whitespace_after=_SPACE)


def _actions(located: Mapping[cst.CSTNode, Order]) -> dict[cst.CSTNode, Action]:
    return {
        node: order.data.action for node, order in located.items() if isinstance(order.data, Task)
    }


def enclosing_pass(located: Mapping[cst.CSTNode, Order]) -> cst.CSTTransformer:
    """Make ``conn = value`` and what follows a `with` block."""
    return _Enclosing(_actions(located))


def expression_pass(located: Mapping[cst.CSTNode, Order]) -> cst.CSTTransformer:
    """Rewrite calls and other expressions."""
    return _Expressions(_actions(located))


def statement_pass(located: Mapping[cst.CSTNode, Order]) -> cst.CSTTransformer:
    """Remove, unwrap and assign."""
    return _Statements(_actions(located))


class _Enclosing(cst.CSTTransformer):
    def __init__(self, actions: Mapping[cst.CSTNode, Action]) -> None:
        super().__init__()
        self.actions = {n: a for n, a in actions.items() if isinstance(a, Enclose)}

    def leave_IndentedBlock(
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        wanted: dict[int, Enclose] = {}
        for index, line in enumerate(original_node.body):
            if isinstance(line, cst.SimpleStatementLine):
                for small in line.body[:1]:
                    if small in self.actions:
                        wanted[index] = self.actions[small]
        if not wanted:
            return updated_node
        #: (first, last) of the original block, and the statement made of them
        parts = [(index, index, line) for index, line in enumerate(updated_node.body)]
        for index in sorted(wanted, reverse=True):
            last = index + wanted[index].count
            inside = [part for part in parts if index < part[0] <= last]
            end = max([last, *(part[1] for part in inside)])
            head = next(line for first, _, line in parts if first == index)
            body = [line for first, _, line in parts if index < first <= end]
            made = _with_block(cast(cst.SimpleStatementLine, head), body, wanted[index])
            parts = [part for part in parts if part[0] < index or part[0] > end] + [
                (index, end, made)
            ]
            parts.sort(key=lambda part: part[0])
        return updated_node.with_changes(body=[line for _, _, line in parts])


def _with_block(
    line: cst.SimpleStatementLine, body: Sequence[cst.BaseStatement], action: Enclose
) -> cst.With:
    assign = cast(cst.Assign, line.body[0])
    statements = [_without_blank_lines(body[0]), *body[1:]]
    if len(line.body) > 1:
        statements.insert(0, cst.SimpleStatementLine(line.body[1:]))
    value = assign.value
    return cst.With(
        [cst.WithItem(value, cst.AsName(cst.Name(action.variable)))],
        cst.IndentedBlock(statements, header=line.trailing_whitespace),
        leading_lines=line.leading_lines,
    )


def _without_blank_lines(statement: cst.BaseStatement) -> cst.BaseStatement:
    lines: Sequence[cst.EmptyLine] = getattr(statement, "leading_lines", ())
    first = next((i for i, line in enumerate(lines) if line.comment is not None), len(lines))
    return statement.with_changes(leading_lines=lines[first:]) if first else statement


class _Expressions(cst.CSTTransformer):
    def __init__(self, actions: Mapping[cst.CSTNode, Action]) -> None:
        super().__init__()
        self.actions = actions

    def on_leave(
        self, original_node: cst.CSTNodeT, updated_node: cst.CSTNodeT
    ) -> cst.CSTNodeT | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNodeT]:
        updated = super().on_leave(original_node, updated_node)
        action = self.actions.get(original_node)
        if action is None or not isinstance(updated, cst.CSTNode):
            return updated
        if isinstance(updated, cst.Assign | cst.AugAssign) and isinstance(action, Replace):
            return cast(cst.CSTNodeT, cst.Expr(_expression(action.code)))
        if isinstance(updated, cst.BaseExpression):
            return cast(cst.CSTNodeT, _changed(updated, action))
        return updated


def _changed(node: cst.BaseExpression, action: Action) -> cst.BaseExpression:
    match action, node:
        case Replace(), _:
            return _expression(action.code, node)
        case Argument(), cst.Call():
            return node.args[0].value
        case Receiver(), cst.Call(func=cst.Attribute() as function):
            return function.value
        case Call(), cst.Call():
            return _call(node, action)
        case Parameters(), cst.Tuple() | cst.List() | cst.Dict():
            return _mapping(node, action)
        case Execute(), cst.Call():
            return _execute(node, action)
    return node


def _expression(code: str, node: cst.BaseExpression | None = None) -> cst.BaseExpression:
    """Parse code, with a node in it; in parentheses where the node that it replaces was."""
    parsed = cst.parse_expression(f"({code}\n)")
    own = cst.parse_expression(code) if "\n" not in code else None
    lpar, rpar = (own.lpar, own.rpar) if own is not None else (parsed.lpar[1:], parsed.rpar[:-1])
    if node is not None and NODE in code:
        filled = parsed.visit(_Fill(node))
        assert isinstance(filled, cst.BaseExpression)
        return filled.with_changes(lpar=lpar, rpar=rpar)
    if node is not None and node.lpar and not lpar:
        lpar, rpar = node.lpar, node.rpar
    elif node is not None and not lpar and not _is_whole(code):
        lpar, rpar = [cst.LeftParen()], [cst.RightParen()]
    return parsed.with_changes(lpar=lpar, rpar=rpar)


def _is_whole(code: str) -> bool:
    """Whether code is an expression without parentheses around it, over several lines or not."""
    try:
        cst.parse_expression(code)
    except cst.ParserSyntaxError:
        return False
    return True


class _Fill(cst.CSTTransformer):
    def __init__(self, node: cst.BaseExpression) -> None:
        super().__init__()
        self.node = node

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        return self.node if updated_node.value == NODE else updated_node


def _call(node: cst.Call, action: Call) -> cst.BaseExpression:
    kept = [
        argument
        for argument in _without_positional(node.args, action.skip)
        if argument.keyword is None or argument.keyword.value not in action.drop
    ]
    if kept and len(kept) < len(node.args):
        kept[-1] = kept[-1].with_changes(comma=node.args[-1].comma)
    for name, code in action.add:
        if kept and not isinstance(kept[-1].comma, cst.Comma):
            kept[-1] = kept[-1].with_changes(comma=_COMMA)
        kept.append(
            cst.Arg(
                _expression(code),
                cst.Name(name),
                cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace("")),
            )
        )
    call = node.with_changes(func=_expression(action.function), args=kept)
    return _expression(action.around, call) if action.around != NODE else call


def _without_positional(arguments: Sequence[cst.Arg], count: int) -> list[cst.Arg]:
    kept: list[cst.Arg] = []
    for argument in arguments:
        if count and argument.keyword is None and not argument.star:
            count -= 1
            continue
        kept.append(argument)
    return kept


def _string(text: str) -> cst.SimpleString:
    return cst.SimpleString(f'"{text}"')


def _mapping(node: cst.Tuple | cst.List | cst.Dict, action: Parameters) -> cst.Dict:
    elements: list[cst.BaseDictElement] = [
        cst.DictElement(_string(name), _expression(code), comma=_COMMA)
        for name, code in action.extra
    ]
    if isinstance(node, cst.Dict):
        return node.with_changes(elements=[*elements, *node.elements])
    for name, element in zip(action.names, node.elements, strict=True):
        comma = element.comma if isinstance(element.comma, cst.Comma) else cst.MaybeSentinel.DEFAULT
        elements.append(cst.DictElement(_string(name), element.value, comma=comma))
    if elements and node.elements:
        last = node.elements[-1].comma
        if isinstance(last, cst.Comma) and not isinstance(
            last.whitespace_after, cst.ParenthesizedWhitespace
        ):
            elements[-1] = elements[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    elif elements:
        elements[-1] = elements[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    left, right = cst.LeftCurlyBrace(), cst.RightCurlyBrace()
    if isinstance(node, cst.List):
        left = cst.LeftCurlyBrace(node.lbracket.whitespace_after)
        right = cst.RightCurlyBrace(node.rbracket.whitespace_before)
    elif node.lpar:
        left = cst.LeftCurlyBrace(node.lpar[-1].whitespace_after)
        right = cst.RightCurlyBrace(node.rpar[0].whitespace_before)
    return cst.Dict(elements, left, right)


def _text(
    sql: cst.BaseExpression,
    action: Execute | ExecuteMany,
    expanding: Sequence[str] = (),
    bindparam: str = "",
    own_line: bool = False,
) -> cst.Call:
    new = sql if action.sql is None else _expression(action.sql)
    call = cst.Call(cst.Name(action.text), [cst.Arg(new)])
    if own_line and isinstance(new, cst.ConcatenatedString) and not new.lpar:
        call = _on_lines(call, new)
    if not expanding:
        return call
    bound = ", ".join(f'{bindparam}("{name}", expanding=True)' for name in expanding)
    arguments = cst.ensure_type(cst.parse_expression(f"f({bound})"), cst.Call).args
    return cst.Call(cst.Attribute(call, cst.Name("bindparams")), arguments)


def _on_lines(call: cst.Call, text: cst.ConcatenatedString) -> cst.Call:
    """Give each literal of a text a line of its own between the parentheses of a call."""
    space = text.whitespace_between
    if not isinstance(space, cst.ParenthesizedWhitespace):
        return call
    outer = space.last_line.value
    shifted = text.visit(_Shift("    "))
    assert isinstance(shifted, cst.ConcatenatedString)

    def line(indent: str) -> cst.ParenthesizedWhitespace:
        return cst.ParenthesizedWhitespace(indent=True, last_line=cst.SimpleWhitespace(indent))

    argument = cst.Arg(shifted, whitespace_after_arg=line(outer))
    return call.with_changes(args=[argument], whitespace_before_args=line(outer + "    "))


class _Shift(cst.CSTTransformer):
    def __init__(self, by: str) -> None:
        super().__init__()
        self.by = by

    def leave_ParenthesizedWhitespace(
        self,
        original_node: cst.ParenthesizedWhitespace,
        updated_node: cst.ParenthesizedWhitespace,
    ) -> cst.ParenthesizedWhitespace:
        last = updated_node.last_line
        return updated_node.with_changes(last_line=last.with_changes(value=last.value + self.by))


def _execute(node: cst.Call, action: Execute) -> cst.Call:
    arguments = _positional(node.args)
    if action.through != "text":
        space = node.whitespace_before_args
        after = space if isinstance(space, cst.ParenthesizedWhitespace) else _SPACE
        first = cst.Arg(_expression(action.receiver), comma=cst.Comma(whitespace_after=after))
        return node.with_changes(func=_expression(action.through), args=[first, *arguments])
    own_line = isinstance(node.whitespace_before_args, cst.ParenthesizedWhitespace)
    text = _text(arguments[0].value, action, action.expanding, action.bindparam, own_line)
    arguments[0] = arguments[0].with_changes(value=text)
    if len(arguments) > 1 and (action.drop_parameters or _is_none(arguments[1].value)):
        arguments = [arguments[0].with_changes(comma=arguments[1].comma)]
    if action.parameters is not None:
        if len(arguments) > 1:
            given = cast("cst.Tuple | cst.List | cst.Dict", arguments[1].value)
            arguments[1] = arguments[1].with_changes(value=_mapping(given, action.parameters))
        else:
            comma = arguments[0].comma
            arguments[0] = arguments[0].with_changes(comma=_COMMA)
            arguments.append(cst.Arg(_mapping(cst.Tuple([]), action.parameters), comma=comma))
    function = cst.Attribute(_expression(action.receiver), cst.Name("execute"))
    return node.with_changes(func=function, args=arguments)


def _positional(arguments: Sequence[cst.Arg]) -> list[cst.Arg]:
    """Return the arguments of `execute` in their order and without keywords."""
    if not any(argument.keyword for argument in arguments):
        return list(arguments)
    ordered = sorted(arguments, key=lambda a: a.keyword is not None and a.keyword.value != "query")
    return [
        argument.with_changes(keyword=None, equal=cst.MaybeSentinel.DEFAULT, comma=place.comma)
        for argument, place in zip(ordered, arguments, strict=True)
    ]


def _is_none(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Name) and node.value == "None"


class _Statements(cst.CSTTransformer):
    def __init__(self, actions: Mapping[cst.CSTNode, Action]) -> None:
        super().__init__()
        self.actions = actions

    def leave_Expr(
        self, original_node: cst.Expr, updated_node: cst.Expr
    ) -> cst.BaseSmallStatement | cst.RemovalSentinel:
        action = self.actions.get(original_node.value)
        if isinstance(action, Remove):
            return cst.RemoveFromParent()
        if isinstance(action, Execute) and action.keep:
            target = cst.AssignTarget(cst.Name(action.keep))
            return cst.Assign([target], updated_node.value)
        return updated_node

    def leave_Assign(
        self, original_node: cst.Assign, updated_node: cst.Assign
    ) -> cst.BaseSmallStatement | cst.RemovalSentinel:
        if isinstance(self.actions.get(original_node), Remove):
            return cst.RemoveFromParent()
        return updated_node

    def leave_If(self, original_node: cst.If, updated_node: cst.If) -> cst.If | cst.RemovalSentinel:
        if isinstance(self.actions.get(original_node), Remove):
            return cst.RemoveFromParent()
        return updated_node

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
        for small in original_node.body:
            action = self.actions.get(small.value) if isinstance(small, cst.Expr) else None
            if isinstance(action, ExecuteMany) and len(original_node.body) == 1:
                call = cst.ensure_type(small, cst.Expr).value
                return _many(updated_node, cst.ensure_type(call, cst.Call), action)
        return updated_node

    def leave_With(
        self, original_node: cst.With, updated_node: cst.With
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
        action = self.actions.get(original_node)
        if not isinstance(action, Unwrap):
            return updated_node
        body = updated_node.body
        if action.commit:
            line = cst.SimpleStatementLine([cst.Expr(_expression(action.commit))])
            if isinstance(body, cst.IndentedBlock):
                body = body.with_changes(body=[*body.body, line])
            else:
                suite = cst.ensure_type(body, cst.SimpleStatementSuite)
                body = cst.IndentedBlock([cst.SimpleStatementLine(suite.body), line])
            updated_node = updated_node.with_changes(body=body)
        if action.outlives:
            return _outlived(updated_node, action)
        items: list[cst.WithItem] = []
        for index, item in enumerate(updated_node.items):
            if index in action.items:
                continue
            items.append(item)
            for place, code in action.add:
                if place == index:
                    if not isinstance(item.comma, cst.Comma):
                        items[-1] = item.with_changes(comma=_COMMA)
                    items.append(cst.WithItem(_expression(code), comma=item.comma))
        if items:
            items[-1] = items[-1].with_changes(comma=updated_node.items[-1].comma)
            return updated_node.with_changes(items=items)
        return _unwrapped(updated_node)


def _outlived(node: cst.With, action: Unwrap) -> cst.FlattenSentinel[cst.BaseStatement]:
    """Assign what the first item makes, and enter something else with it."""
    first, *others = node.items
    name = cst.ensure_type(first.asname, cst.AsName).name
    assert isinstance(name, cst.Name | cst.Attribute)
    assign = cst.SimpleStatementLine(
        [cst.Assign([cst.AssignTarget(name)], first.item)], leading_lines=node.leading_lines
    )
    kept = [item for index, item in enumerate(others, 1) if index not in action.items]
    items = [cst.WithItem(_expression(action.outlives), comma=first.comma), *kept]
    items[-1] = items[-1].with_changes(comma=node.items[-1].comma)
    return cst.FlattenSentinel([assign, node.with_changes(items=items, leading_lines=[])])


def _unwrapped(node: cst.With) -> cst.FlattenSentinel[cst.BaseStatement]:
    lines: list[cst.BaseStatement]
    leading = list(node.leading_lines)
    footer: Sequence[cst.EmptyLine] = ()
    if isinstance(node.body, cst.IndentedBlock):
        lines = list(node.body.body)
        footer = node.body.footer
        if node.body.header.comment is not None:
            leading.append(cst.EmptyLine(comment=node.body.header.comment))
    else:
        suite = cst.ensure_type(node.body, cst.SimpleStatementSuite)
        lines = [cst.SimpleStatementLine(suite.body, trailing_whitespace=suite.trailing_whitespace)]
    first = lines[0]
    lines[0] = first.with_changes(leading_lines=[*leading, *getattr(first, "leading_lines", ())])
    return cst.FlattenSentinel([*lines, *cast("Sequence[cst.BaseStatement]", footer)])


def _many(
    line: cst.SimpleStatementLine, call: cst.Call, action: ExecuteMany
) -> cst.FlattenSentinel[cst.BaseStatement]:
    arguments = _positional(call.args)
    rows = arguments[1].value
    keys = (
        "("
        + ", ".join(f'"{name}"' for name in action.names)
        + ("," * (len(action.names) == 1))
        + ")"
    )
    made = f"[dict(zip({keys}, row)) for row in {NODE}]" if action.names else f"list({NODE})"
    statement = cst.SimpleStatementLine(
        [cst.Assign([cst.AssignTarget(cst.Name(action.variable))], _expression(made, rows))],
        leading_lines=line.leading_lines,
    )
    sql = arguments[0].with_changes(value=_text(arguments[0].value, action))
    execute = call.with_changes(
        func=cst.Attribute(_expression(action.receiver), cst.Name("execute")),
        args=[sql, arguments[1].with_changes(value=cst.Name(action.variable))],
    )
    if action.keep:
        made_result = cst.IfExp(
            cst.Name(action.variable),
            execute,
            cst.Name("None"),
        )
        kept = cst.Assign([cst.AssignTarget(cst.Name(action.keep))], made_result)
        return cst.FlattenSentinel(
            [
                statement,
                cst.SimpleStatementLine([kept], trailing_whitespace=line.trailing_whitespace),
            ]
        )
    guarded = cst.If(
        cst.Name(action.variable),
        cst.IndentedBlock(
            [
                cst.SimpleStatementLine(
                    [cst.Expr(execute)], trailing_whitespace=line.trailing_whitespace
                )
            ]
        ),
    )
    return cst.FlattenSentinel([statement, guarded])
