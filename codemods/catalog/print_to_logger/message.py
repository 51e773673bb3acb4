"""What a `print` call says, as the text and the values of a log message.

`describe` decides on an `ast.Call`; `codemods.catalog.print_to_logger.convert` carries the decision
out on the libcst call. The decision never depends on layout.
"""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

__all__ = [
    "DIRECTIVE",
    "SLOT_MARK",
    "Form",
    "Message",
    "NotOneMessage",
    "Operand",
    "Part",
    "Slot",
    "Style",
    "braces",
    "describe",
    "for_style",
    "is_banner",
    "is_blank",
    "message_parts",
    "parts_of",
    "shape",
    "template",
    "unmerged",
    "without_last_operand",
    "without_prefix",
]

#: Stands for a value in `shape`; no source text holds it.
SLOT_MARK = "\0"

_CONVERSIONS = {-1: "s", 115: "s", 114: "r", 97: "a"}
#: A conversion of %-formatting, or ``%%``.
DIRECTIVE = re.compile(
    r"%(?:(?P<escape>%)|(?P<key>\([^()]*\))?(?P<flags>[-#0 +]*)(?P<width>\*|\d+)?"
    r"(?:\.(?P<precision>\*|\d+)?)?[hlL]?(?P<type>[diouxXeEfFgGcrsa]))"
)
#: What moves the cursor or erases; sequences that only colour (``…m``) don't.
_CURSOR = re.compile(r"\r(?!\n|\Z)|\x1b(?:\[[0-9;?]*[A-HJKSTfhlsu]|c)")
#: Builtins that return neither a tuple nor a mapping, whatever they are given.
_PLAIN_BUILTINS = frozenset(
    {"abs", "ascii", "bin", "bool", "chr", "float", "format", "hex", "id", "int", "len"}
    | {"list", "oct", "ord", "repr", "set", "sorted", "str", "type", "input"}
)
#: So many newlines or spaces may a literal times a number give to be taken as text.
_LAYOUT = 20
#: Methods that change what a value looks like, so that the time of `str()` matters.
_MUTATORS = frozenset(
    {"add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "popleft"}
    | {"remove", "reverse", "setdefault", "sort", "update", "appendleft", "read", "readline"}
    | {"write", "seek", "next", "send", "__next__"}
)


class Style(StrEnum):
    """How a logger puts values into a message."""

    PERCENT = "%"  #: logging, structlog, absl
    BRACE = "{"  #: loguru


class Form(StrEnum):
    """How an operand of `print` becomes text and values of the message."""

    TEXT = "text"  #: a string literal
    FSTRING = "f-string"
    PERCENT = "percent"  #: ``"…%s…" % values``, taken apart
    FORMAT = "format"  #: ``"…{}…".format(values)``, taken apart
    CONCAT = "concat"  #: ``"…" + value + "…"``
    STR = "str"  #: ``str(value)``
    STRING = "string"  #: an expression that is a string, and stays as it is
    BANNER = "banner"  #: a string literal times a number, which stays as it is
    VALUE = "value"  #: any other expression


@dataclass(frozen=True, slots=True)
class Slot:
    """A value in the message."""

    directive: str = "%s"  #: as %-formatting has it
    own: bool = False  #: it is formatted before the call (a format specification)
    bare: bool = False  #: ``str(value)`` as written, of which only `value` is passed
    source: int | str = 0  #: for `Form.FORMAT`, which argument: its position or its keyword
    path: tuple[str, ...] = ()  #: for `Form.FORMAT`, attributes of that argument
    spec: str = ""  #: for `Form.FORMAT` with `own`, conversion and specification


Part: TypeAlias = str | Slot


@dataclass(frozen=True, slots=True)
class Operand:
    """One positional argument of `print`, or one operand of ``+`` within it."""

    form: Form
    parts: tuple[Part, ...] = ()
    leaves: tuple[Operand, ...] = ()  #: for `Form.CONCAT`


@dataclass(frozen=True, slots=True)
class Message:
    """What a `print` call says on a line of its own."""

    operands: tuple[Operand, ...]
    sep: str = " "
    tail: str = ""  #: what `end` adds before its newline
    joined: bool = False  #: there is a starred operand: all are joined by ``sep`` before the call
    prefix: str = ""  #: to be taken off the beginning, because the level says it
    dropped: int = 0  #: so many last operands are not said, because the traceback says them
    stand_in: str = ""  #: a name whose value is said when no operand is left


@dataclass(frozen=True, slots=True)
class NotOneMessage:
    """Why a `print` call is no message of its own."""

    reason: str  #: ``dynamic-arguments`` or ``partial-line``
    message: str


def describe(
    call: ast.Call,
    is_builtin: Callable[[str], bool] = lambda name: True,
    formats_itself: Callable[[ast.expr], bool] = lambda value: False,
) -> Message | NotOneMessage:
    """Decide what the message of a `print` call is.

    Args:
        call: the call; where its text goes (`file`) is not looked at.
        is_builtin: whether a name means the builtin at the call.
        formats_itself: whether a value may have a ``__format__`` of its own, so that ``%s`` would
            say something else than ``{}`` (P7).
    """
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    if None in keywords:
        return NotOneMessage("dynamic-arguments", "its keyword arguments are known at run time")
    sep, end = _literal(keywords.get("sep"), " "), _literal(keywords.get("end"), "\n")
    if sep is None or end is None:
        which = "sep" if sep is None else "end"
        return NotOneMessage("dynamic-arguments", f"its `{which}` is known at run time")
    flush = keywords.get("flush")
    if flush is not None and not isinstance(flush, ast.Constant | ast.Name | ast.Attribute):
        return NotOneMessage("dynamic-arguments", "its `flush` does something of its own")
    if not end.endswith("\n"):
        return NotOneMessage(
            "partial-line", f"it ends in {end!r}, so that others continue its line"
        )
    decide = _Decider(is_builtin, formats_itself)
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        if not (is_builtin("map") and is_builtin("str")):
            return NotOneMessage("dynamic-arguments", "`map` or `str` is not the builtin here")
        joined = tuple(Operand(Form.VALUE, (Slot(),)) for _ in call.args)
        return Message(joined, sep, end[:-1], joined=True)
    operands = tuple(decide.operand(argument) for argument in call.args)
    message = Message(operands, sep, end[:-1])
    text = shape(message)
    if _CURSOR.search(text):
        return NotOneMessage("partial-line", "it moves the cursor of a terminal")
    return message


def parts_of(operand: Operand) -> tuple[Part, ...]:
    """Return the text and the values of an operand, in order."""
    if operand.form is Form.CONCAT:
        return tuple(part for leaf in operand.leaves for part in parts_of(leaf))
    return operand.parts


def message_parts(message: Message) -> tuple[Part, ...]:
    """Return the text and the values of a message, in order, adjacent text merged.

    Newlines before it, and one after it, are layout of the terminal and not part of it.
    """
    parts: list[Part] = []
    if not message.operands and message.dropped:
        return (Slot(),) if message.stand_in else ("Exception",)
    if message.joined:
        parts.append(Slot())
    else:
        for position, operand in enumerate(message.operands):
            if position:
                parts.append(message.sep)
            parts.extend(parts_of(operand))
    parts.append(message.tail)
    merged = _merge(parts)
    if merged and isinstance(merged[0], str):
        merged[0] = merged[0].lstrip("\n").removeprefix(message.prefix)
    if merged and isinstance(merged[-1], str):
        merged[-1] = merged[-1].removesuffix("\n")
    return tuple(part for part in merged if part != "")


def shape(message: Message) -> str:
    """Return the text of a message, with `SLOT_MARK` for each value."""
    return "".join(part if isinstance(part, str) else SLOT_MARK for part in message_parts(message))


def is_blank(message: Message) -> bool:
    """Tell whether a message is only white space."""
    return not shape(message).strip()


def without_last_operand(message: Message, stand_in: str) -> Message:
    """Leave the last operand unsaid; a logging call with a traceback says it.

    Args:
        message: it has operands, none of them starred.
        stand_in: the name of the exception, for a message of which nothing is left.
    """
    return replace(message, operands=message.operands[:-1], dropped=1, stand_in=stand_in)


def is_banner(message: Message) -> bool:
    """Tell whether a message is a line of dashes or the like."""
    text = shape(message)
    return (
        bool(text)
        and bool(message.operands)
        and not any(char.isalnum() for char in text)
        and all(
            leaf.form in (Form.TEXT, Form.BANNER)
            for operand in message.operands
            for leaf in (operand.leaves or (operand,))
        )
    )


def without_prefix(message: Message, prefix: str) -> Message:
    """Take a prefix off the text; nothing else may be left to say otherwise."""
    return replace(message, prefix=prefix)


def for_style(message: Message, style: Style) -> Message:
    """Return the message without what a style can't take apart."""
    if style is Style.PERCENT:
        return message
    return replace(message, operands=tuple(_braced(operand) for operand in message.operands))


def unmerged(message: Message) -> Message:
    """Return the message with every operand of `print` left whole."""
    kept = {Form.VALUE, Form.STRING, Form.BANNER}
    if len(message.operands) == 1:
        kept.add(Form.TEXT)
    operands = tuple(
        operand
        if operand.form in kept
        else Operand(Form.VALUE if operand.form is Form.STR else Form.STRING, (Slot(),))
        for operand in message.operands
    )
    return replace(message, operands=operands, prefix="")


def template(message: Message, style: Style) -> str:
    """Return the first argument of the logging call; without values it is the text itself."""
    parts = message_parts(message)
    if all(isinstance(part, str) for part in parts):
        return "".join(part for part in parts if isinstance(part, str))
    if style is Style.PERCENT:
        return "".join(
            part.replace("%", "%%") if isinstance(part, str) else part.directive for part in parts
        )
    return "".join(
        part.replace("{", "{{").replace("}", "}}") if isinstance(part, str) else braces(part)
        for part in parts
    )


def braces(slot: Slot) -> str:
    """Return a slot as `str.format` has it; only for those of `for_style`."""
    return "{}" if slot.directive == "%s" else f"{{!{slot.directive[1]}}}"


def _merge(parts: Sequence[Part]) -> list[Part]:
    merged: list[Part] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        elif part != "":
            merged.append(part)
    return merged


def _braced(operand: Operand) -> Operand:
    if operand.form is Form.CONCAT:
        return replace(operand, leaves=tuple(_braced(leaf) for leaf in operand.leaves))
    simple = all(
        isinstance(part, str) or part.directive in ("%s", "%r", "%a") for part in operand.parts
    )
    return operand if simple else Operand(Form.STRING, (Slot(),))


def _literal(node: ast.expr | None, default: str) -> str | None:
    """Return the value of `sep` or `end`; None when it is not a literal string."""
    if node is None:
        return default
    if isinstance(node, ast.Constant):
        if node.value is None:
            return default
        if isinstance(node.value, str):
            return node.value
    return None


@dataclass(frozen=True, slots=True)
class _Decider:
    """Decides on the operands of one call."""

    is_builtin: Callable[[str], bool]
    formats_itself: Callable[[ast.expr], bool]

    def operand(self, node: ast.expr) -> Operand:
        match node:
            case ast.Constant(value=str(text)):
                return Operand(Form.TEXT, (text,))
            case ast.JoinedStr():
                return self._fstring(node)
            case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str(text)), right=right):
                return self._percent(text, right)
            case ast.BinOp(op=ast.Mod(), left=ast.JoinedStr()):
                return Operand(Form.STRING, (Slot(),))
            case ast.BinOp(op=ast.Add()):
                return self._concat(node)
            case ast.BinOp(
                op=ast.Mult(),
                left=ast.Constant(value=str(text)),
                right=ast.Constant(value=int(times)),
            ) if text.isspace() and 0 <= times <= _LAYOUT:
                return Operand(Form.TEXT, (text * times,))
            case (
                ast.BinOp(op=ast.Mult(), left=ast.Constant(value=str(text)))
                | ast.BinOp(op=ast.Mult(), right=ast.Constant(value=str(text)))
            ):
                is_rule = not any(char.isalnum() for char in text)
                return Operand(Form.BANNER if is_rule else Form.STRING, (Slot(),))
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
                return self._format(text, node)
            case ast.Call(func=ast.Name(id="str"), args=[argument], keywords=[]) if self.is_builtin(
                "str"
            ) and not isinstance(argument, ast.Starred):
                return Operand(Form.STR, (Slot(),))
        return Operand(Form.VALUE, (Slot(),))

    def _is_str_call(self, node: ast.expr) -> bool:
        match node:
            case ast.Call(func=ast.Name(id="str"), args=[argument], keywords=[]):
                return self.is_builtin("str") and not isinstance(argument, ast.Starred)
        return False

    def _fstring(self, node: ast.JoinedStr) -> Operand:
        parts: list[Part] = []
        for value in node.values:
            match value:
                case ast.Constant(value=str(text)):
                    parts.append(text)
                case ast.FormattedValue(value=inner, conversion=conversion, format_spec=spec):
                    has_spec = isinstance(spec, ast.JoinedStr) and bool(spec.values)
                    if has_spec or (conversion == -1 and self.formats_itself(inner)):
                        parts.append(Slot(own=True))
                    else:
                        directive = "%" + _CONVERSIONS[conversion]
                        bare = directive == "%s" and self._is_str_call(inner)
                        parts.append(Slot(directive, bare=bare))
                case _:
                    return Operand(Form.STRING, (Slot(),))
        if _changes_under_way([v.value for v in node.values if isinstance(v, ast.FormattedValue)]):
            return Operand(Form.STRING, (Slot(),))
        return Operand(Form.FSTRING, tuple(parts))

    def _percent(self, text: str, right: ast.expr) -> Operand:
        """Take ``text % right`` apart where `right` is certainly what it looks like (P5)."""
        whole = Operand(Form.STRING, (Slot(),))
        parts: list[Part] = []
        at, keyed, slots = 0, 0, 0
        for match in DIRECTIVE.finditer(text):
            between = text[at : match.start()]
            if "%" in between or match["width"] == "*" or match["precision"] == "*":
                return whole
            parts.append(between)
            at = match.end()
            if match["escape"]:
                parts.append("%")
                continue
            slots += 1
            keyed += match["key"] is not None
            parts.append(Slot(match[0]))
        if "%" in text[at:] or not slots or keyed:
            return whole
        parts.append(text[at:])
        if isinstance(right, ast.Tuple):
            fits = len(right.elts) == slots
            if not fits or any(isinstance(item, ast.Starred) for item in right.elts):
                return whole
        elif slots != 1 or not self._is_single(right):
            return whole
        return Operand(Form.PERCENT, tuple(_merge(parts)))

    def _is_single(self, node: ast.expr) -> bool:
        """Tell whether an expression can be neither a tuple nor a mapping."""
        match node:
            case ast.Constant() | ast.JoinedStr() | ast.Compare() | ast.List() | ast.ListComp():
                return True
            case ast.Set() | ast.SetComp():
                return True
            case ast.UnaryOp(op=ast.Not()):
                return True
            case ast.Call(func=ast.Name(id=name)):
                return name in _PLAIN_BUILTINS and self.is_builtin(name)
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()))):
                return True
            case ast.Call(func=ast.Attribute(attr=attr)):
                return attr in ("strftime", "isoformat", "join", "format", "upper", "lower")
            case ast.BinOp(op=ast.Sub() | ast.Div() | ast.FloorDiv() | ast.Pow()):
                return True
            case ast.BinOp(op=ast.Add() | ast.Mult() | ast.Mod(), left=left, right=right):
                return self._is_single(left) or self._is_single(right)
            case ast.IfExp(body=body, orelse=orelse):
                return self._is_single(body) and self._is_single(orelse)
        return False

    def _format(self, text: str, call: ast.Call) -> Operand:
        """Take ``text.format(…)`` apart where each field is one argument, in their order."""
        whole = Operand(Form.STRING, (Slot(),))
        if any(isinstance(argument, ast.Starred) for argument in call.args) or any(
            keyword.arg is None for keyword in call.keywords
        ):
            return whole
        values: dict[int | str, ast.expr] = {
            **dict(enumerate(call.args)),
            **{str(keyword.arg): keyword.value for keyword in call.keywords},
        }
        try:
            fields = list(string.Formatter().parse(text))
        except ValueError:
            return whole
        parts: list[Part] = []
        automatic = 0
        used: list[int | str] = []
        for before, field, spec, conversion in fields:
            parts.append(before)
            if field is None:
                continue
            if spec and ("{" in spec or "}" in spec):
                return whole
            name, *path = field.split(".")
            if name == "":
                source: int | str = automatic
                automatic += 1
            else:
                source = int(name) if name.isdigit() else name
            if source not in values or any(not step.isidentifier() for step in path):
                return whole
            used.append(source)
            plain = conversion is None and (path == [] and self.formats_itself(values[source]))
            own = bool(spec) or plain
            parts.append(
                Slot(
                    "%s" if own else f"%{conversion or 's'}",
                    own=own,
                    source=source,
                    path=tuple(path),
                    spec=f"{'!' + conversion if conversion else ''}{':' + spec if spec else ''}",
                )
            )
        if automatic and len({source for source in used if isinstance(source, int)}) != automatic:
            return whole
        in_order = used == list(values)
        if not in_order and not (
            set(used) == set(values) and all(_is_simple(value) for value in values.values())
        ):
            return whole
        return Operand(Form.FORMAT, tuple(part for part in parts if part != ""))

    def _concat(self, node: ast.BinOp) -> Operand:
        """Take a chain of ``+`` apart from where it is certainly one of strings."""
        chain: list[ast.expr] = []
        left: ast.expr = node
        while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
            chain.insert(0, left.right)
            left = left.left
        chain.insert(0, left)
        strings = [_is_string_node(item) for item in chain]
        if True not in strings[:2]:
            # What stands before the first string may be a sum of numbers: it stays one value.
            return Operand(Form.VALUE, (Slot(),))
        leaves = tuple(self.operand(item) for item in chain)
        return Operand(Form.CONCAT, leaves=leaves)


def _is_string_node(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr():
            return True
        case ast.BinOp(op=ast.Mod(), left=left):
            return _is_string_node(left)
        case ast.BinOp(op=ast.Mult(), left=left, right=right):
            return _is_string_node(left) or _is_string_node(right)
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="format" | "join")):
            return True
    return False


def _is_simple(node: ast.expr) -> bool:
    """Tell whether the order and the number of an expression's evaluations don't matter."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name | ast.Constant)


def _changes_under_way(values: Sequence[ast.expr]) -> bool:
    """Tell whether a later value of an f-string may change what an earlier one looks like."""
    seen: set[str] = set()
    for value in values:
        for node in ast.walk(value):
            match node:
                case ast.Call(func=ast.Attribute(value=receiver, attr=attr)) if attr in _MUTATORS:
                    if _names(receiver) & seen:
                        return True
                case ast.Call(func=ast.Name(id="next"), args=[receiver, *_]):
                    if _names(receiver) & seen:
                        return True
        seen |= _names(value)
    return False


def _names(node: ast.expr) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
