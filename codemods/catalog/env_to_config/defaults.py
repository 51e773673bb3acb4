"""Which default expressions may be evaluated only when they are needed."""

from __future__ import annotations

import ast
import enum

from codemods.python.names import Names

__all__ = ["is_repeatable", "may_fail"]

_PURE = frozenset(
    {"os.getcwd", "os.cpu_count", "os.getenv", "os.environ.get", "os.getpid", "os.urandom"}
    | {"tempfile.gettempdir", "socket.gethostname", "getpass.getuser", "platform.node"}
    | {"platform.system", "multiprocessing.cpu_count", "pathlib.Path", "pathlib.Path.home"}
    | {"pathlib.Path.cwd", "secrets.token_hex", "secrets.token_urlsafe", "uuid.uuid4"}
    | {f"builtins.{name}" for name in ("str", "int", "float", "bool", "repr", "len", "list")}
)
"""Functions that nobody can tell to have been called."""

_METHODS = frozenset(
    {"format", "join", "strip", "lower", "upper", "replace", "rstrip", "lstrip", "as_posix"}
    | {"joinpath", "resolve", "absolute", "expanduser", "with_name", "hex", "split"}
)


_GIVEN = frozenset({"os.environ", "sys.argv"})
_READS = frozenset({"os.getenv", "os.environ.get"})
_NUMBERS = frozenset({"builtins.int", "builtins.float"})
_TAKE_ALL = frozenset({"builtins.str", "builtins.repr", "builtins.bool"})


def is_repeatable(node: ast.expr, names: Names) -> bool:
    """Tell whether it can't be seen when, or whether, an expression is evaluated."""
    for inner in ast.walk(node):
        match inner:
            case ast.Call(func=func) if not _is_pure(func, names):
                return False
            case ast.Await() | ast.Yield() | ast.YieldFrom() | ast.NamedExpr():
                return False
    return True


def may_fail(node: ast.expr, names: Names) -> bool:
    """Tell whether an expression fails in some environments, as `int` of a variable does.

    As a default it is evaluated always, so that it must go on failing there.
    """
    return _text_of(node, names) is _Text.FAILS


class _Text(enum.Enum):
    """What an expression may be, as far as that hangs on variables that it reads."""

    FIXED = enum.auto()  #: it reads none
    TEXT = enum.auto()  #: it reads some, and is a text in any case
    NONE = enum.auto()  #: it may be None as well
    FAILS = enum.auto()  #: it may fail


def _text_of(node: ast.AST, names: Names) -> _Text:
    """Tell what becomes of an expression when variables that it reads are unset or odd."""
    if isinstance(node, ast.Call) and names.qualified(node.func).names & _READS:
        given = [*node.args[1:], *(word.value for word in node.keywords if word.arg == "default")]
        if any(_text_of(one, names) is _Text.FAILS for one in given):
            return _Text.FAILS
        is_text = any(isinstance(one, ast.Constant) and isinstance(one.value, str) for one in given)
        return _Text.TEXT if is_text else _Text.NONE
    if isinstance(node, ast.Subscript) and names.qualified(node.value).names & _GIVEN:
        return _Text.FAILS
    parts = [_text_of(part, names) for part in ast.iter_child_nodes(node)]
    worst = max(parts, key=lambda part: part.value, default=_Text.FIXED)
    if worst in (_Text.FIXED, _Text.FAILS):
        return worst
    match node:
        case ast.BoolOp(op=ast.Or()):
            return parts[-1] if parts[-1] is not _Text.FIXED else _Text.TEXT
        case ast.BoolOp() | ast.IfExp():
            return worst
        case ast.JoinedStr() | ast.FormattedValue(format_spec=None):
            return _Text.TEXT
        case ast.Call(func=func):
            meant = names.qualified(func).names
            if meant and meant <= _NUMBERS:
                return _Text.FAILS
            if meant and meant <= _TAKE_ALL:
                return _Text.TEXT
    return _Text.TEXT if worst is _Text.TEXT else _Text.FAILS


def _is_pure(func: ast.expr, names: Names) -> bool:
    meant = names.qualified(func).names
    if meant and all(name in _PURE or name.startswith("os.path.") for name in meant):
        return True
    return isinstance(func, ast.Attribute) and func.attr in _METHODS
