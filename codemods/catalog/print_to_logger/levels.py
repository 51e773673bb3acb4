"""Which level a message has: what its text begins with, and where it stands (P30, P31)."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from codemods.catalog.print_to_logger.message import SLOT_MARK

__all__ = [
    "ENABLED",
    "Handler",
    "Level",
    "Prefix",
    "debug_flags",
    "exit_status",
    "handler_level",
    "is_debug_guard",
    "read_handler",
    "read_prefix",
]


class Level(StrEnum):
    """The logging methods, by rising severity."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Prefix:
    """What the beginning of a text says about its level."""

    level: Level
    text: str  #: what could be taken off, with the space after it; "" when it says more than that
    explicit: bool = True  #: a tag; False for the beginning of a sentence ("Failed to …")


_WORDS = {
    **dict.fromkeys(("debug", "dbg", "trace", "verbose"), Level.DEBUG),
    **dict.fromkeys(("info", "information", "ok", "okay", "success", "note", "notice"), Level.INFO),
    **dict.fromkeys(("done", "pass", "passed", "skip", "skipped", "hint", "tip"), Level.INFO),
    **dict.fromkeys(("warning", "warn", "caution", "attention"), Level.WARNING),
    **dict.fromkeys(("error", "err", "fail", "failed", "failure", "exception"), Level.ERROR),
    **dict.fromkeys(("critical", "fatal", "fatal error", "panic", "emergency"), Level.CRITICAL),
}
_WRONG = (Level.WARNING, Level.ERROR, Level.CRITICAL)
_EMOJI = {
    **dict.fromkeys("❌✗✘✖🚨⛔🛑💥☠🔥", Level.ERROR),
    **dict.fromkeys("⚠❗‼🚫", Level.WARNING),
    **dict.fromkeys("✅✔✓\u2139🎉🚀", Level.INFO),
    **dict.fromkeys("🐛🐞", Level.DEBUG),
}
_VARIATION_SELECTOR = "\ufe0f"
_COLOUR = re.compile(r"(?:\x1b\[[0-9;]*m)+")
_WORD = "|".join(sorted((re.escape(word) for word in _WORDS), key=len, reverse=True))
#: ``[ERROR] …``, ``(warn) …``, ``<info> …``, ``*** ERROR *** …``
_BRACKETED = re.compile(
    rf"(?P<open>[\[(<{{]|\*{{2,}}\s*|!{{2,}}\s*|={{2,}}\s*|-{{2,}}\s*)\s*(?P<word>{_WORD})\s*"
    rf"(?P<close>[\])>}}]|:?\s*\*{{2,}}|:?\s*!{{2,}}|:?\s*={{2,}}|:?\s*-{{2,}}|:)(?:\s*[:\-]\s)?\s*",
    re.IGNORECASE,
)
#: ``ERROR: …``, ``Warning - …``, ``FATAL! …``
_DELIMITED = re.compile(
    rf"(?P<word>{_WORD})(?:(?:\s*\([^()\n]{{1,40}}\))?\s*(?::|!+)|,(?=\s)"
    r"|\s+[-\u2013\u2014]+(?=\s)|\s*\|)\s*",
    re.IGNORECASE,
)
#: A component's tag before the prefix: ``[worker] ``, ``[%s] ``
_TAG = re.compile(rf"\[[^\[\]\n]{{1,40}}\]:?\s*|{SLOT_MARK}:?\s+")
_SPACE = re.compile(r"\s+")
_DECORATION = re.compile(r"[\s>*#=!\u2022\u00b7-]*")
_MARKED = re.compile(r"\[(?P<mark>!+|x|X|✗|✓|✔|✅|❌|⚠️?)\]\s*")
_MARKS = {"x": Level.ERROR, "X": Level.ERROR, "✗": Level.ERROR, "❌": Level.ERROR}
_FAILURE = re.compile(
    r"(?:Failed|Failure|Unable) (?:to|in|while|during|on|for)\b"
    r"|(?:Could not|Couldn't|Cannot|Can't)\b"
    r"|(?:An? )?(?:unexpected |internal |fatal |unhandled )?(?:error|exception)"
    r" (?:in|while|when|during|on|at|from|occurred|\w+ing)\b",
    re.IGNORECASE,
)
#: ``WARNING shapes differ``: in capitals the word is a tag, unless it begins a heading.
_SHOUTED = re.compile(
    rf"(?P<word>WARN|WARNING|ERR|ERROR|FATAL|CRITICAL)(?:\n| (?=[A-Za-z{SLOT_MARK}]))"
    r"(?!(?:RATES?|COUNTS?|CODES?|HANDLING|LOGS?|MESSAGES?|REPORT|SUMMARY|LEVEL)\b)"
)
#: Words that say no more than the level does; after others, such as "Done:", the rest is half.
_CARRIED = frozenset(
    {"debug", "dbg", "trace", "info", "information", "ok", "okay", "success", "warning", "warn"}
    | {"error", "err", "fail", "failed", "failure", "critical", "fatal", "fatal error"}
)
_CARRIED_EMOJI = frozenset("❌✗✘✖⚠❗✅✔✓\u2139")


def read_prefix(text: str) -> Prefix | None:
    """Return what the very start of a text says about its level, None if it says nothing.

    Words inside of a sentence are no signal (P31).

    Args:
        text: of the message, with `SLOT_MARK` for values.
    """
    at = _skip(_COLOUR, text, 0)
    found = _at(text, at)
    if found is not None:
        return found
    for pattern in (_SPACE, _TAG, _DECORATION):
        after = _skip(pattern, text, at)
        if after > at:
            found = _at(text, after)
            if found is not None:
                return Prefix(found.level, "", found.explicit)
    return _of_lines(text)


def _of_lines(text: str) -> Prefix | None:
    """Return what a tag at the start of a later line says; only of what is wrong."""
    for line in text.split("\n")[1:]:
        for pattern in (_BRACKETED, _DELIMITED):
            match = pattern.match(line)
            if match and _WORDS[match["word"].lower()] in _WRONG:
                return Prefix(_WORDS[match["word"].lower()], "")
    return None


def _at(text: str, at: int) -> Prefix | None:
    char = text[at : at + 1]
    if char in _EMOJI and char:
        end = at + 1
        if text[end : end + 1] == _VARIATION_SELECTOR:
            end += 1
        end = _skip(re.compile(r"\s*"), text, end)
        behind = _at(text, end) if end < len(text) else None
        if behind is not None and behind.explicit:
            return Prefix(behind.level, text[at:end] + behind.text)
        carried = char in _CARRIED_EMOJI
        return Prefix(_EMOJI[char], _taken_off(text, end, at) if carried else "")
    for pattern in (_BRACKETED, _DELIMITED):
        match = pattern.match(text, at)
        if match:
            word = match["word"].lower()
            prefix = _taken_off(text, match.end(), at) if word in _CARRIED else ""
            return Prefix(_WORDS[word], prefix)
    match = _MARKED.match(text, at)
    if match:
        mark = match["mark"].rstrip(_VARIATION_SELECTOR)
        level = Level.WARNING if mark[0] in "!⚠" else _MARKS.get(mark, Level.INFO)
        return Prefix(level, _taken_off(text, match.end(), at))
    match = _SHOUTED.match(text, at)
    if match:
        return Prefix(_WORDS[match["word"].lower()], "")
    if _FAILURE.match(text, at):
        return Prefix(Level.ERROR, "", explicit=False)
    return None


def _taken_off(text: str, end: int, start: int) -> str:
    """Return the prefix, if something is left without it and it holds no value."""
    prefix = text[start:end]
    return prefix if text[end:].strip() and SLOT_MARK not in prefix else ""


def _skip(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


@dataclass(frozen=True, slots=True)
class Handler:
    """An ``except`` clause."""

    line: int
    broad: bool  #: it catches `Exception`, `BaseException` or everything
    interrupt: bool  #: it catches an interruption or a cancellation, and nothing broad
    missing_import: bool
    reraises: bool
    gives_default: bool  #: it returns a default, continues or passes
    name: str  #: of the exception, "" if it has none
    repeats: bool = False  #: after it, the next turn of a loop begins
    never_goes_on: bool = False  #: it raises on every path


_BROAD = {"Exception", "BaseException"}
_INTERRUPT = re.compile(r"KeyboardInterrupt|SystemExit|\w*(?:Interrupt|Cancel|Abort)\w*")
_IMPORT = {"ImportError", "ModuleNotFoundError"}


def read_handler(handler: ast.ExceptHandler, repeats: bool = False) -> Handler:
    """Read an ``except`` clause.

    Args:
        handler: the clause.
        repeats: whether the next turn of a loop begins after it.
    """
    caught = _caught(handler.type)
    broad = handler.type is None or bool(caught & _BROAD)
    return Handler(
        line=handler.lineno,
        broad=broad,
        interrupt=not broad and any(map(_INTERRUPT.fullmatch, caught)),
        missing_import=bool(caught) and caught <= _IMPORT,
        reraises=_raises(handler.body),
        gives_default=_gives_default(handler.body[-1]),
        name=handler.name or "",
        repeats=repeats,
        never_goes_on=_always_raises(handler.body),
    )


def handler_level(handler: Handler, following: Sequence[ast.stmt]) -> Level:
    """Return the level of a message in an ``except`` clause (P30).

    Args:
        handler: the innermost clause around the message.
        following: the statements after it in its own block.
    """
    if handler.interrupt:
        return Level.INFO
    ending = next((stmt for stmt in following if _is_ending(stmt)), None)
    if ending is not None:
        return Level.WARNING if _gives_default(ending) else Level.ERROR
    if handler.repeats and not handler.never_goes_on:
        return Level.WARNING
    if handler.gives_default or (handler.missing_import and not handler.reraises):
        return Level.WARNING
    return Level.ERROR


def _caught(node: ast.expr | None) -> set[str]:
    match node:
        case ast.Tuple(elts=elements):
            return {name for element in elements for name in _caught(element)}
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return {name}
    return set()


def _raises(body: Sequence[ast.stmt]) -> bool:
    """Tell whether a block ends in raising on every or some path of its own."""
    for stmt in body:
        match stmt:
            case ast.Raise():
                return True
            case ast.If():
                if _raises(stmt.body) or _raises(stmt.orelse):
                    return True
            case ast.With() | ast.AsyncWith():
                if _raises(stmt.body):
                    return True
    return False


def _always_raises(body: Sequence[ast.stmt]) -> bool:
    match body[-1:]:
        case [ast.Raise()]:
            return True
        case [ast.If(body=body, orelse=orelse)]:
            return _always_raises(body) and _always_raises(orelse)
    return False


def _is_ending(stmt: ast.stmt) -> bool:
    return (
        isinstance(stmt, ast.Return | ast.Continue | ast.Raise | ast.Break)
        or exit_status(stmt) is not None
    )


def _gives_default(stmt: ast.stmt) -> bool:
    match stmt:
        case ast.Continue() | ast.Pass():
            return True
        case ast.Return(value=None):
            return True
        case ast.Return(value=value) | ast.Assign(value=value) if value is not None:
            return _is_default(value) and not _is_exit_number(stmt)
    return False


def _is_exit_number(stmt: ast.stmt) -> bool:
    match stmt:
        case ast.Return(value=ast.Constant(value=int(number))):
            return not isinstance(number, bool) and number != 0
        case ast.Return(value=ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int()))):
            return True
    return False


def _is_default(node: ast.expr) -> bool:
    match node:
        case ast.Constant() | ast.Name() | ast.Attribute():
            return True
        case ast.List(elts=[]) | ast.Dict(keys=[]):
            return True
        case ast.Tuple(elts=elements):
            return all(_is_default(element) for element in elements)
        case ast.Call(func=ast.Name(id="set" | "dict" | "list" | "tuple"), args=[]):
            return True
    return False


def exit_status(stmt: ast.stmt) -> bool | None:
    """Return whether a statement ends the program as failed; None if it does not end it."""
    match stmt:
        case ast.Expr(value=ast.Call(func=func, args=args)):
            name = _dotted(func)
            if name not in ("sys.exit", "exit", "quit", "os._exit", "_exit", "parser.exit"):
                return None
        case ast.Raise(exc=ast.Call(func=ast.Name(id="SystemExit"), args=args)):
            pass
        case ast.Raise():
            return True
        case ast.Return() if _is_exit_number(stmt):
            return True
        case _:
            return None
    match args:
        case [] | [ast.Constant(value=0 | None)]:
            return False
    return True


def _dotted(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            return f"{_dotted(value)}.{attr}"
    return ""


_GUARD = re.compile(r"(?:^|_)(?:debug\w*|verbos\w*|dbg|trace|tracing)(?:$|_)", re.IGNORECASE)


#: What a logger says of itself; the flag of ``if logger.isEnabledFor(logging.DEBUG):``.
ENABLED = "isEnabledFor"


def debug_flags(test: ast.expr) -> frozenset[str]:
    """Return the flags that let a condition hold only for those who asked for more output.

    Args:
        test: the condition.

    Returns:
        The last names of the flags, without underscores before them; nothing if the condition is
        no such guard.
    """
    match test:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return _flag(name)
        case ast.BoolOp(op=ast.And(), values=values):
            return frozenset[str]().union(*map(debug_flags, values))
        case ast.BoolOp(op=ast.Or(), values=values):
            found = [debug_flags(value) for value in values]
            return frozenset[str]().union(*found) if all(found) else frozenset()
        case ast.Compare(
            left=left,
            ops=[ast.Gt() | ast.GtE() | ast.Eq() | ast.Is()],
            comparators=[ast.Constant(value=value)],
        ):
            holds = bool(value) or isinstance(test.ops[0], ast.Gt)
            return debug_flags(left) if holds else frozenset()
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return _flag(name)
        case (
            ast.Call(func=func, args=[ast.Constant(value=str(name)), *_])
            | ast.Call(func=func, args=[_, ast.Constant(value=str(name)), *_])
        ) if _dotted(func).endswith(("get", "getenv", "getattr", "get_bool", "getboolean")):
            return _flag(name)
        case ast.Call(func=ast.Attribute(attr="isEnabledFor")):
            return frozenset({ENABLED})
    return frozenset()


def is_debug_guard(test: ast.expr) -> bool:
    """Tell whether a condition holds only for those who asked for more output."""
    return bool(debug_flags(test))


def _flag(name: str) -> frozenset[str]:
    return frozenset({name.lstrip("_")} if _GUARD.search(name) else ())
