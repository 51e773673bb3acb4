"""Which default expressions may be evaluated only when they are needed."""

from __future__ import annotations

import ast

from codemods.python.names import Names

__all__ = ["is_repeatable"]

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


def is_repeatable(node: ast.expr, names: Names) -> bool:
    """Tell whether it can't be seen when, or whether, an expression is evaluated."""
    for inner in ast.walk(node):
        match inner:
            case ast.Call(func=func) if not _is_pure(func, names):
                return False
            case ast.Await() | ast.Yield() | ast.YieldFrom() | ast.NamedExpr():
                return False
    return True


def _is_pure(func: ast.expr, names: Names) -> bool:
    meant = names.qualified(func).names
    if meant and all(name in _PURE or name.startswith("os.path.") for name in meant):
        return True
    return isinstance(func, ast.Attribute) and func.attr in _METHODS
