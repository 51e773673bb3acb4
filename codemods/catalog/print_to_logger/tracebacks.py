"""Which prints of an ``except`` clause add the traceback (P32, R75, R77)."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from codemods.catalog.print_to_logger.facts import Merge, Print
from codemods.catalog.print_to_logger.levels import Handler, Level, read_handler, read_prefix
from codemods.catalog.print_to_logger.message import is_banner, shape, without_last_operand
from codemods.catalog.print_to_logger.seen import Seen
from codemods.python.dotted import last_name
from codemods.python.names import Names
from codemods.python.source import SourceFile

__all__ = ["with_tracebacks"]


def with_tracebacks(
    file: SourceFile, names: Names, prints: Sequence[Print], seen: Mapping[str, Seen]
) -> list[Print]:
    """Return the prints of a file; those that log a traceback say so.

    Args:
        file: the file.
        names: of the file.
        prints: in the order of the file.
        seen: by the ids of the prints.
    """
    return _Tracebacks(file, names, seen).with_tracebacks(prints)


@dataclass(frozen=True, slots=True)
class _Tracebacks:
    file: SourceFile
    names: Names
    seen: Mapping[str, Seen]

    def with_tracebacks(self, prints: Sequence[Print]) -> list[Print]:
        """Decide which prints add the traceback (P32)."""
        chosen: dict[int, str] = {}
        changed: dict[str, Print] = {}
        for printed in prints:
            seen = self.seen[printed.id]
            node = seen.standing.handler
            if (
                node is None
                or printed.message is None
                or printed.blank
                or is_banner(printed.message)
            ):
                continue
            merged = self._merge(seen)
            said = self._says_traceback(seen)
            if merged is not None or said:
                changed[printed.id] = self._logs_traceback(printed, seen, merged, said)
                chosen[id(node)] = printed.id
                continue
            handler = read_handler(node, seen.standing.repeats)
            if id(node) in chosen or not handler.broad or handler.reraises or handler.interrupt:
                continue
            if _reports_otherwise(node) or (self._is_explicit(printed)):
                continue
            if not self._is_preferred(printed, prints, node, handler):
                continue
            chosen[id(node)] = printed.id
            changed[printed.id] = self._logs_traceback(printed, seen, None, False)
        return [changed.get(printed.id, printed) for printed in prints]

    def _is_explicit(self, printed: Print) -> bool:
        assert printed.message is not None
        prefix = read_prefix(shape(printed.message))
        return (
            prefix is not None
            and prefix.explicit
            and prefix.level not in (Level.ERROR, Level.CRITICAL)
        )

    def _is_preferred(
        self, printed: Print, prints: Sequence[Print], node: ast.ExceptHandler, handler: Handler
    ) -> bool:
        """Tell whether this is the print of a handler that names the exception, or the first."""
        rivals = [
            one
            for one in prints
            if self.seen[one.id].standing.handler is node
            and one.message is not None
            and not one.blank
            and not is_banner(one.message)
        ]
        naming = [one for one in rivals if handler.name and self._names(one, handler.name)]
        return printed.id == (naming or rivals)[0].id

    def _names(self, printed: Print, name: str) -> bool:
        call = self.seen[printed.id].use.call
        return call is not None and any(
            isinstance(inner, ast.Name) and inner.id == name for inner in ast.walk(call)
        )

    def _logs_traceback(
        self, printed: Print, seen: Seen, merged: Merge | None, said: bool
    ) -> Print:
        message = printed.message
        assert message is not None
        assert seen.standing.handler is not None
        if said:
            message = without_last_operand(message, seen.standing.handler.name or "")
        quiet = self._is_explicit(printed)
        level = printed.level if quiet or printed.level is Level.CRITICAL else Level.ERROR
        return replace(
            printed,
            message=message,
            merge=merged,
            level=level,
            exception=level is Level.ERROR,
            exc_info=level is not Level.ERROR,
            blank=False,
        )

    def _merge(self, seen: Seen) -> Merge | None:
        """Return the call of `traceback.print_exc` right after a print."""
        if not seen.use.is_statement or not seen.standing.following:
            return None
        match seen.standing.following[0]:
            case ast.Expr(value=ast.Call(func=func, args=[], keywords=keywords) as call):
                if not self.names.qualified(func).means("traceback.print_exc"):
                    return None
                for keyword in keywords:
                    if keyword.arg == "file":
                        streams = ("sys.stdout", "sys.stderr")
                        if not self.names.qualified(keyword.value).means(*streams):
                            return None
                    elif not isinstance(keyword.value, ast.Constant):
                        return None
                return Merge(self.file.span(call))
        return None

    def _says_traceback(self, seen: Seen) -> bool:
        """Tell whether the last operand is `traceback.format_exc()`."""
        call = seen.use.call
        if call is None or not call.args or any(isinstance(one, ast.Starred) for one in call.args):
            return False
        last = call.args[-1]
        return isinstance(last, ast.Call) and self.names.qualified(last.func).means(
            "traceback.format_exc"
        )


def _reports_otherwise(handler: ast.ExceptHandler) -> bool:
    """Tell whether an ``except`` clause shows the traceback by other means."""
    for node in ast.walk(handler):
        match node:
            case ast.Call(func=func) if last_name(func) in (
                "print_exc",
                "print_exception",
                "format_exc",
                "format_exception",
                "print_tb",
                "exception",
                "excepthook",
            ):
                return True
            case ast.keyword(arg="exc_info"):
                return True
    return False
