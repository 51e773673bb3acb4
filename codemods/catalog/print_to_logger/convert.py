"""Carry out on a libcst call of `print` what `describe` decided: the logging call.

Comments, line breaks, parentheses and trailing commas inside the call stay. Source text of
literals is kept where it can be; that the result means the decided text is checked each time, and
a literal is written anew where it does not.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import libcst as cst

from codemods.catalog.print_to_logger.literals import (
    Break,
    CannotTakeApartError,
    Literal,
    Token,
    as_written,
    evaluated,
    fstring_text,
    literals,
    quoted,
    trimmed,
)
from codemods.catalog.print_to_logger.message import (
    DIRECTIVE,
    Form,
    Message,
    Operand,
    Slot,
    Style,
    for_style,
    message_parts,
    template,
    unmerged,
)

__all__ = ["Target", "logging_call", "shifted"]

_MODULE = cst.Module([])
_SPACE = cst.SimpleWhitespace(" ")
#: Where formatters break lines, in columns, unless they are told otherwise.
_WIDTH = 88
#: A replacement field of `str.format`, or a doubled brace.
_BRACE_FIELD = re.compile(r"(?P<escape>\{(?=\{)|\}(?=\}))[{}]|\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Target:
    """The method that is called instead of `print`."""

    function: str  #: such as ``logger.info``
    style: Style = Style.PERCENT
    exc_info: bool = False  #: pass ``exc_info=True``


@dataclass(frozen=True, slots=True)
class _Value:
    """An argument of the logging call, and the line break before it if it has one."""

    node: cst.BaseExpression
    form: Form
    lead: cst.ParenthesizedWhitespace | None = None

    @property
    def is_inner(self) -> bool:
        """Whether it stood in brackets of its own."""
        return self.form in (Form.PERCENT, Form.FORMAT)


@dataclass(slots=True)
class _Taken:
    """What an operand was taken apart into."""

    tokens: list[Token] = field(default_factory=list)
    values: list[_Value] = field(default_factory=list)
    comma: cst.Comma | None = None  #: a trailing comma of the values with the space after it
    after: cst.BaseParenthesizableWhitespace | None = None


def logging_call(call: cst.Call, message: Message, target: Target) -> cst.Call:
    """Return the logging call that says what a call of `print` says.

    The message must be what `describe` made of the same call.
    """
    message = for_style(message, target.style)
    try:
        result = _built(call, message, target)
    except CannotTakeApartError:
        return _built(call, unmerged(message), target)
    if _comments(result) != _comments(call):
        prefix = message.prefix
        whole = unmerged(message)
        if not prefix and _comments(simple := _built(call, whole, target)) == _comments(call):
            return simple
        result = _with_comments(result, _lost(call, result))
    return result


def shifted(call: cst.Call, by: int, column: int) -> cst.Call:
    """Move the lines inside a call that are aligned with its first argument.

    Args:
        call: a call that is a statement of its own.
        by: how many columns its first argument moved to the right.
        column: where that argument stood, counted from the beginning of the statement.
    """
    leads = [
        space
        for space in (call.whitespace_before_args, *(_after(argument) for argument in call.args))
        if isinstance(space, cst.ParenthesizedWhitespace)
    ]
    concatenated = [argument.value for argument in call.args[:1]]
    while concatenated and isinstance(concatenated[-1], cst.ConcatenatedString):
        space = concatenated[-1].whitespace_between
        if isinstance(space, cst.ParenthesizedWhitespace):
            leads.append(space)
        concatenated.append(concatenated[-1].right)
    if not any(lead.indent and len(lead.last_line.value) == column for lead in leads):
        return call
    moved = call.visit(_Shift(by, column))
    assert isinstance(moved, cst.Call)
    return moved


class _Shift(cst.CSTTransformer):
    def __init__(self, by: int, column: int) -> None:
        super().__init__()
        self.by = by
        self.column = column

    def leave_ParenthesizedWhitespace(
        self,
        original_node: cst.ParenthesizedWhitespace,
        updated_node: cst.ParenthesizedWhitespace,
    ) -> cst.BaseParenthesizableWhitespace:
        value = updated_node.last_line.value
        if not updated_node.indent or len(value) < self.column or value.strip(" "):
            return updated_node
        return updated_node.with_changes(last_line=cst.SimpleWhitespace(" " * self.by + value))


def _built(call: cst.Call, message: Message, target: Target) -> cst.Call:
    taken = _take_apart(call, message)
    tokens = trimmed(taken.tokens, message)
    first = _first_argument(tokens, taken.values, message, target.style)
    values = list(taken.values)
    if values and not any(isinstance(token, Slot) for token in tokens):
        raise CannotTakeApartError
    if first is None:
        first, values = values[0].node, []
    arguments = _arguments(call, first, values, taken)
    if target.exc_info:
        arguments = _with_exc_info(arguments)
    return call.with_changes(func=cst.parse_expression(target.function), args=arguments)


def _take_apart(call: cst.Call, message: Message) -> _Taken:
    positional = [argument for argument in call.args if argument.keyword is None]
    if message.dropped:
        del positional[-message.dropped :]
    if message.dropped and not positional:
        if message.stand_in:
            return _Taken([Slot()], [_Value(cst.Name(message.stand_in), Form.VALUE)])
        return _Taken([Literal(text) for text in message_parts(message) if isinstance(text, str)])
    if len(positional) != len(message.operands):
        raise CannotTakeApartError
    if message.joined:
        return _Taken([Slot(), Literal(message.tail)], [_joined(positional, message.sep)])
    taken = _Taken()
    lead = _line_break(call.whitespace_before_args)
    for position, (argument, operand) in enumerate(zip(positional, message.operands, strict=True)):
        one = _operand(argument.value, operand)
        if position:
            taken.tokens.append(Literal(message.sep))
            ends_in_text = isinstance(taken.tokens[-2], Literal) if position else False
            if lead and ends_in_text and isinstance(one.tokens[0], Literal):
                taken.tokens.append(Break(lead))
            elif lead and one.values and one.values[0].lead is None and _is_whole(operand):
                one.values[0] = replace(one.values[0], lead=lead)
        taken.tokens += one.tokens
        taken.values += one.values
        taken.comma, taken.after = one.comma, one.after
        lead = _line_break(_after(argument))
    taken.tokens.append(Literal(message.tail))
    return taken


def _is_whole(operand: Operand) -> bool:
    return operand.form in (Form.VALUE, Form.STRING, Form.BANNER, Form.STR)


def _after(argument: cst.Arg) -> cst.BaseParenthesizableWhitespace:
    if isinstance(argument.comma, cst.Comma):
        return argument.comma.whitespace_after
    return argument.whitespace_after_arg


def _line_break(
    space: cst.BaseParenthesizableWhitespace,
) -> cst.ParenthesizedWhitespace | None:
    return space if isinstance(space, cst.ParenthesizedWhitespace) else None


def _operand(node: cst.BaseExpression, operand: Operand) -> _Taken:
    match operand.form, node:
        case Form.TEXT, cst.SimpleString() | cst.ConcatenatedString():
            return _Taken(list(literals(node)))
        case Form.TEXT, _:
            text = "".join(part for part in operand.parts if isinstance(part, str))
            return _Taken([Literal(text)])
        case Form.FSTRING, cst.FormattedString() | cst.ConcatenatedString():
            return _fstring(node, operand)
        case Form.PERCENT, cst.BinaryOperation():
            return _percent(node, operand)
        case Form.FORMAT, cst.Call():
            return _format(node, operand)
        case Form.CONCAT, cst.BinaryOperation():
            return _concat(node, operand)
        case Form.STR, cst.Call(args=[argument]):
            return _Taken([Slot()], [_Value(_as_argument(argument.value), Form.STR)])
        case Form.VALUE | Form.STRING | Form.BANNER, _:
            return _Taken([Slot()], [_Value(_as_argument(node), operand.form)])
    raise CannotTakeApartError


def _fstring(node: cst.BaseExpression, operand: Operand) -> _Taken:
    taken = _Taken()
    slots = iter([part for part in operand.parts if isinstance(part, Slot)])
    for piece in _fstring_pieces(node):
        match piece:
            case (cst.FormattedString() as string, cst.FormattedStringExpression() as inner):
                slot = next(slots, None)
                if slot is None:
                    raise CannotTakeApartError
                if inner.equal is not None:
                    taken.tokens.append(Literal(_equal_text(inner)))
                taken.tokens.append(slot)
                expression = inner.expression
                if slot.bare and isinstance(expression, cst.Call):
                    expression = expression.args[0].value
                value = _own(string, inner) if slot.own else _as_argument(expression)
                taken.values.append(_Value(value, Form.FSTRING))
            case Literal() | Break():
                taken.tokens.append(piece)
    if next(slots, None) is not None:
        raise CannotTakeApartError
    return taken


def _fstring_pieces(
    node: cst.BaseExpression,
) -> Iterator[Token | tuple[cst.FormattedString, cst.FormattedStringExpression]]:
    match node:
        case cst.ConcatenatedString():
            yield from _fstring_pieces(node.left)
            yield Break(node.whitespace_between)
            yield from _fstring_pieces(node.right)
        case cst.FormattedString():
            for part in node.parts:
                if isinstance(part, cst.FormattedStringExpression):
                    yield node, part
                elif isinstance(part, cst.FormattedStringText):
                    yield fstring_text(node, part)
        case _:
            yield from literals(node)


def _equal_text(inner: cst.FormattedStringExpression) -> str:
    """Return what ``{value = }`` shows before the value."""
    assert inner.equal is not None
    code = _MODULE.code_for_node
    return "".join(
        map(
            code,
            (
                inner.whitespace_before_expression,
                inner.expression,
                inner.whitespace_after_expression,
                inner.equal,
            ),
        )
    )


def _own(string: cst.FormattedString, inner: cst.FormattedStringExpression) -> cst.BaseExpression:
    """Return an f-string of one field."""
    inner = inner.with_changes(equal=None)
    code = _MODULE.code_for_node(inner)
    quote = string.quote
    if len(quote) == 3 and not any(char in code for char in "\"'\\\n\r"):
        quote = '"'
    return cst.FormattedString([inner], start=string.prefix + quote, end=quote)


def _percent(node: cst.BinaryOperation, operand: Operand) -> _Taken:
    taken = _Taken(_split(node.left, operand, DIRECTIVE))
    right = node.right
    slots = sum(isinstance(part, Slot) for part in operand.parts)
    if isinstance(right, cst.Tuple) and len(right.elements) == slots and right.lpar:
        lead = _line_break(right.lpar[-1].whitespace_after)
        for element in right.elements:
            taken.values.append(_Value(_as_argument(element.value), Form.PERCENT, lead))
            comma = element.comma
            lead = _line_break(comma.whitespace_after) if isinstance(comma, cst.Comma) else None
        comma = right.elements[-1].comma
        closing = right.rpar[0].whitespace_before
        if isinstance(comma, cst.Comma) and (lead or _line_break(closing)):
            taken.comma = comma if lead else comma.with_changes(whitespace_after=closing)
        elif _line_break(closing):
            taken.after = closing
    elif slots == 1:
        taken.values.append(_Value(_as_argument(_bare(right)), Form.PERCENT))
    else:
        raise CannotTakeApartError
    return taken


def _format(node: cst.Call, operand: Operand) -> _Taken:
    if not isinstance(node.func, cst.Attribute):
        raise CannotTakeApartError
    taken = _Taken(_split(node.func.value, operand, _BRACE_FIELD))
    arguments: dict[int | str, cst.Arg] = {
        argument.keyword.value if argument.keyword is not None else position: argument
        for position, argument in enumerate(node.args)
    }
    slots = [part for part in operand.parts if isinstance(part, Slot)]
    as_written = [slot.source for slot in slots] == list(arguments)
    lead = _line_break(node.whitespace_before_args)
    for slot in slots:
        argument = arguments.get(slot.source)
        if argument is None:
            raise CannotTakeApartError
        value = _as_argument(argument.value)
        for step in slot.path:
            value = cst.Attribute(_as_operand(value), cst.Name(step))
        if slot.own:
            value = _formatted(value, slot.spec)
        taken.values.append(_Value(value, Form.FORMAT, lead if as_written else None))
        lead = _line_break(_after(argument))
    if as_written and node.args:
        last = node.args[-1]
        if isinstance(last.comma, cst.Comma) and lead:
            taken.comma = last.comma
        elif lead:
            taken.after = lead
    return taken


def _split(node: cst.BaseExpression, operand: Operand, pattern: re.Pattern[str]) -> list[Token]:
    """Return the literals of a format string, with the operand's slots for its fields."""
    tokens: list[Token] = []
    slots = [part for part in operand.parts if isinstance(part, Slot)]
    waiting = iter(slots)
    for token in literals(node):
        if not isinstance(token, Literal) or token.raw is None:
            tokens.append(token)
            continue
        text, at = "", 0
        for match in pattern.finditer(token.raw):
            text += token.raw[at : match.start()]
            at = match.end()
            if match["escape"]:
                text += match["escape"]
                continue
            slot = next(waiting, None)
            if slot is None:
                return _by_value(operand)
            tokens += (_piece(token, text), slot)
            text = ""
        tokens.append(_piece(token, text + token.raw[at:]))
    if next(waiting, None) is not None:
        return _by_value(operand)
    return tokens


def _by_value(operand: Operand) -> list[Token]:
    return [Literal(part) if isinstance(part, str) else part for part in operand.parts]


def _piece(token: Literal, raw: str) -> Literal:
    return replace(token, value=evaluated(token.prefix, token.quote, raw), raw=raw)


def _concat(node: cst.BinaryOperation, operand: Operand) -> _Taken:
    chain: list[cst.BaseExpression] = []
    left: cst.BaseExpression = node
    while isinstance(left, cst.BinaryOperation) and isinstance(left.operator, cst.Add):
        chain.insert(0, left.right)
        left = left.left
    chain.insert(0, left)
    if len(chain) != len(operand.leaves):
        raise CannotTakeApartError
    taken = _Taken()
    for item, leaf in zip(chain, operand.leaves, strict=True):
        one = _operand(item, leaf)
        taken.tokens += one.tokens
        taken.values += [replace(value, lead=None) for value in one.values]
    return taken


def _joined(arguments: Sequence[cst.Arg], sep: str) -> _Value:
    """Return ``sep.join(map(str, …))`` over all operands (P13)."""
    values: cst.BaseExpression
    if len(arguments) == 1:
        values = _as_argument(arguments[0].value)
    else:
        elements: list[cst.BaseElement] = []
        for position, argument in enumerate(arguments):
            last = position == len(arguments) - 1
            comma = cst.MaybeSentinel.DEFAULT if last else argument.comma
            if argument.star:
                elements.append(cst.StarredElement(argument.value, comma=comma))
            else:
                elements.append(cst.Element(_as_argument(argument.value), comma=comma))
        values = cst.Tuple(elements)
    mapped = cst.Call(cst.Name("map"), [cst.Arg(cst.Name("str")), cst.Arg(values)])
    join = cst.Attribute(cst.SimpleString(quoted(sep)), cst.Name("join"))
    return _Value(cst.Call(join, [cst.Arg(mapped)]), Form.VALUE)


def _as_argument(node: cst.BaseExpression) -> cst.BaseExpression:
    """Return an expression with the parentheses that it needs among other arguments."""
    bare = cst.GeneratorExp | cst.Tuple | cst.Yield | cst.NamedExpr
    if isinstance(node, bare) and not node.lpar:
        return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return node


def _as_operand(node: cst.BaseExpression) -> cst.BaseExpression:
    """Return an expression with the parentheses that it needs before a dot."""
    if isinstance(node, cst.Name | cst.Attribute | cst.Call | cst.Subscript) or node.lpar:
        return node
    return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def _bare(node: cst.BaseExpression) -> cst.BaseExpression:
    """Return an expression without parentheses that are of no use to an argument."""
    plain = cst.Name | cst.Attribute | cst.Call | cst.Subscript | cst.BaseNumber
    if isinstance(node, plain) and "\n" not in _MODULE.code_for_node(node):
        return node.with_changes(lpar=[], rpar=[])
    return node


def _formatted(value: cst.BaseExpression, spec: str) -> cst.BaseExpression:
    """Return a value formatted by a specification of `str.format`, conversion included."""
    code = _MODULE.code_for_node(value)
    simple = cst.Name | cst.Attribute | cst.Call | cst.Subscript | cst.BinaryOperation
    if isinstance(value, simple) and not any(char in code for char in "\"'\\\n\r{}#:!="):
        return cst.parse_expression(f'f"{{{code}{spec}}}"')
    text = cst.SimpleString(quoted(f"{{{spec}}}"))
    return cst.Call(cst.Attribute(text, cst.Name("format")), [cst.Arg(value)])


def _first_argument(
    tokens: Sequence[Token], values: Sequence[_Value], message: Message, style: Style
) -> cst.BaseExpression | None:
    """Return the message of the logging call; None if the only value is the message itself."""
    if len(values) == 1 and len(tokens) == 1 and values[0].form in (Form.STRING, Form.BANNER):
        return None
    wanted = template(message, style)
    kept = as_written(tokens, bool(values), style)
    if kept is not None:
        code = _MODULE.code_for_node(kept)
        try:
            if ast.literal_eval(f"({code})") == wanted:
                return kept
        except (SyntaxError, ValueError):
            pass
    return cst.SimpleString(quoted(wanted))


def _arguments(
    call: cst.Call, first: cst.BaseExpression, values: Sequence[_Value], taken: _Taken
) -> list[cst.Arg]:
    """Return the arguments with the commas and line breaks of the `print` call."""
    if not call.args:
        return [cst.Arg(first)]
    last = call.args[-1]
    comma: cst.Comma | cst.MaybeSentinel = last.comma
    after = last.whitespace_after_arg
    if comma is cst.MaybeSentinel.DEFAULT and not _line_break(after):
        comma = taken.comma or comma
        after = taken.after or after
    leads = _leads(call, first, values)
    arguments = [cst.Arg(first)]
    for value, lead in zip(values, leads, strict=True):
        arguments[-1] = arguments[-1].with_changes(comma=cst.Comma(whitespace_after=lead))
        arguments.append(cst.Arg(value.node))
    arguments[-1] = arguments[-1].with_changes(comma=comma, whitespace_after_arg=after)
    return arguments


def _leads(
    call: cst.Call, first: cst.BaseExpression, values: Sequence[_Value]
) -> list[cst.BaseParenthesizableWhitespace]:
    """Return what stands before each value, after the comma."""
    opening = _line_break(call.whitespace_before_args)
    default: cst.BaseParenthesizableWhitespace = _SPACE
    if opening is not None:
        trailing = isinstance(call.args[-1].comma, cst.Comma)
        width = len(_MODULE.code_for_node(first)) + len(opening.last_line.value)
        width += sum(len(_MODULE.code_for_node(value.node)) + 2 for value in values)
        if trailing or width > _WIDTH:
            default = _only_break(opening)
    leads: list[cst.BaseParenthesizableWhitespace] = [value.lead or default for value in values]
    if opening is not None:
        # What was taken out of inner brackets stands one level further out now.
        leads = [
            _only_break(opening) if value.is_inner and value.lead and _is_bare(value.lead) else lead
            for value, lead in zip(values, leads, strict=True)
        ]
    if values and values[0].lead is None and isinstance(first, cst.ConcatenatedString):
        between = _line_break(_last_break(first))
        if between is not None:
            leads[0] = _only_break(between)
    return leads


def _last_break(node: cst.ConcatenatedString) -> cst.BaseParenthesizableWhitespace:
    while isinstance(node.right, cst.ConcatenatedString):
        node = node.right
    return node.whitespace_between


def _is_bare(space: cst.ParenthesizedWhitespace) -> bool:
    return space.first_line.comment is None and not space.empty_lines


def _only_break(space: cst.ParenthesizedWhitespace) -> cst.ParenthesizedWhitespace:
    newline = cst.TrailingWhitespace(newline=space.first_line.newline)
    return space.with_changes(first_line=newline, empty_lines=[])


def _with_exc_info(arguments: Sequence[cst.Arg]) -> list[cst.Arg]:
    *others, last = arguments
    lead: cst.BaseParenthesizableWhitespace = _SPACE
    if others and isinstance(others[-1].comma, cst.Comma):
        lead = others[-1].comma.whitespace_after
    added = cst.Arg(
        cst.Name("True"),
        cst.Name("exc_info"),
        cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace("")),
        last.comma,
        whitespace_after_arg=last.whitespace_after_arg,
    )
    before = last.with_changes(
        comma=cst.Comma(whitespace_after=lead), whitespace_after_arg=cst.SimpleWhitespace("")
    )
    return [*others, before, added]


class _CommentCollector(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.comments: list[str] = []

    def visit_Comment(self, node: cst.Comment) -> None:
        self.comments.append(node.value)


def _comments(node: cst.CSTNode) -> Counter[str]:
    collector = _CommentCollector()
    node.visit(collector)
    return Counter(collector.comments)


def _lost(before: cst.Call, after: cst.Call) -> list[str]:
    lost = _comments(before) - _comments(after)
    collector = _CommentCollector()
    before.visit(collector)
    return [comment for comment in dict.fromkeys(collector.comments) if comment in lost]


def _with_comments(call: cst.Call, comments: Sequence[str]) -> cst.Call:
    """Put comments on lines of their own after the last argument."""
    last = call.args[-1]
    space = _after(last)
    if isinstance(space, cst.ParenthesizedWhitespace):
        pattern = _line_break(call.whitespace_before_args) or space
    else:
        space = cst.ParenthesizedWhitespace(indent=True)
        pattern = space
    added = [
        cst.EmptyLine(
            indent=pattern.indent, whitespace=pattern.last_line, comment=cst.Comment(text)
        )
        for text in comments
    ]
    space = space.with_changes(empty_lines=[*space.empty_lines, *added])
    if isinstance(last.comma, cst.Comma):
        last = last.with_changes(comma=last.comma.with_changes(whitespace_after=space))
    else:
        last = last.with_changes(whitespace_after_arg=space)
    return call.with_changes(args=[*call.args[:-1], last])
