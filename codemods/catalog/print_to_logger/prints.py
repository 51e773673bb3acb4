"""The prints of one file: where each goes, what it says, how loud (P1 to P32)."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from codemods.catalog.print_to_logger import output
from codemods.catalog.print_to_logger.configuring import Configurations
from codemods.catalog.print_to_logger.facts import Print, Why
from codemods.catalog.print_to_logger.levels import (
    Level,
    exit_status,
    handler_level,
    read_handler,
    read_prefix,
)
from codemods.catalog.print_to_logger.loggers import LOGGER_NAME
from codemods.catalog.print_to_logger.message import (
    SLOT_MARK,
    Message,
    NotOneMessage,
    describe,
    is_blank,
    message_parts,
    shape,
)
from codemods.catalog.print_to_logger.seen import Seen
from codemods.catalog.print_to_logger.whole import deliberate_lines
from codemods.python.dotted import last_name
from codemods.python.names import Names
from codemods.python.scopes import BindingKind
from codemods.python.source import SourceFile

__all__ = ["read_prints"]

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_COLOUR_NAMES = frozenset({"Fore", "Back", "Style", "colored", "bcolors", "Colors", "colors"})


def read_prints(
    file: SourceFile, names: Names, configurations: Configurations, seen: Sequence[Seen]
) -> tuple[Print, ...]:
    """Read the prints of a file, one for each of `seen`."""
    reader = _Reader(file, names, configurations)
    taken: dict[str, int] = {}
    found = []
    for one in seen:
        printed = reader.print(one)
        number = taken.get(printed.id, 0)
        taken[printed.id] = number + 1
        if number:
            printed = replace(printed, id=f"{printed.id}-{number}", why=_UNPLACED)
        found.append(printed)
    return tuple(found)


@dataclass(frozen=True)
class _Reader:
    """Reads the prints of one file."""

    file: SourceFile
    names: Names
    configurations: Configurations

    def print(self, seen: Seen) -> Print:
        node = seen.use.call or seen.node
        span = self.file.span(node)
        text = self.file.text[span.start : span.end]
        place = seen.standing
        position = self.file.position(span)
        receiver = self._receiver(seen)
        printed = Print(
            id=f"{self.file.path}:{position.line}:{position.column}:{seen.kind}",
            span=span,
            unit=place.unit,
            why=None,
            message=None,
            import_time=place.import_time,
            line=position.line,
            statement=seen.use.is_statement,
            receiver=receiver,
            owner=place.owner_path if receiver else "",
        )
        if seen.why is not None:
            return replace(printed, why=seen.why)
        call = seen.use.call
        if call is None:
            return replace(
                printed,
                why=Why("reference", "it passes `print` on, and a logger takes other arguments"),
            )
        if not text.startswith("print"):
            return replace(printed, why=_UNPLACED)
        if any(line in self._deliberate for line in range(position.line, position.end_line + 1)):
            return replace(printed, why=Why("deliberate", "a comment says that it is on purpose"))
        if not seen.use.discarded:
            return replace(printed, why=Why("used-for-value", "its value None is used"))
        return self._with_message(printed, seen, call)

    def _receiver(self, seen: Seen) -> str:
        """Return the name of the instance or class whose logger can be used, "" if none."""
        place = seen.standing
        function = place.function
        if place.owner is None or function is None or not function.args.args:
            return ""
        decorators = {last_name(one) for one in function.decorator_list}
        first = function.args.args[0].arg
        if "staticmethod" in decorators or first not in ("self", "cls"):
            return ""
        found = self.names.bindings(first, seen.point)
        is_own = len(found) == 1 and found[0].kind is BindingKind.PARAMETER
        return first if is_own else ""

    def _with_message(self, printed: Print, seen: Seen, call: ast.Call) -> Print:
        stream = self._stream(call)
        if isinstance(stream, Why):
            return replace(printed, why=stream)
        place = seen.standing
        message = describe(call, self._is_builtin(seen), self._formats_itself(seen))
        if isinstance(message, NotOneMessage):
            return replace(
                printed, to_stderr=stream == "stderr", why=Why(message.reason, message.message)
            )
        text = shape(message)
        why: Why | None = None
        if place.redirected:
            why = Why("redirected", "the code around it captures what is printed")
        secret = output.secret_value(call, text)
        if why is None and secret:
            why = Why("secret", f"{secret} must not reach a log")
        prefix = read_prefix(text)
        level = self._level(
            prefix.level if prefix else None,
            prefix is not None and prefix.explicit,
            seen,
            stream,
            call,
        )
        if why is None and self.configurations.comes_after(
            printed.line, place, level in (Level.DEBUG, Level.INFO)
        ):
            why = Why("before-logging", "logging is configured only after it")
        colours = bool(_COLOUR.search(text)) or any(
            isinstance(inner, ast.Name) and inner.id in _COLOUR_NAMES for inner in ast.walk(call)
        )
        return replace(
            printed,
            why=why,
            message=message,
            blank=is_blank(message),
            to_stderr=stream == "stderr",
            explicit=stream == "explicit",
            level=level,
            flags=place.flags,
            prefix=prefix.text if prefix and prefix.level is level else "",
            repeated=_is_repeated(call, place.following) or _is_repeated(call, place.preceding),
            text=_longest(message),
            values=SLOT_MARK in text,
            colours=colours,
        )

    def _stream(self, call: ast.Call) -> str | Why:
        """Return ``stdout``, ``explicit`` (``file=sys.stdout``) or ``stderr``, or why neither."""
        for keyword in call.keywords:
            if keyword.arg != "file":
                continue
            node = keyword.value
            if isinstance(node, ast.Constant) and node.value is None:
                return "stdout"
            found = self.names.qualified(node)
            if found.means("sys.stdout"):
                return "explicit"
            if found.means("sys.stderr"):
                return "stderr"
            where = ast.unparse(node)
            return Why("other-stream", f"it writes to `{where[:60]}`")
        return "stdout"

    def _is_builtin(self, seen: Seen) -> Callable[[str], bool]:
        return lambda name: self.names.look_up(name, seen.point).names == {f"builtins.{name}"}

    def _formats_itself(self, seen: Seen) -> Callable[[ast.expr], bool]:
        classes = self._formatting_classes
        if not classes:
            return lambda value: False

        def formats(value: ast.expr) -> bool:
            for inner in ast.walk(value):
                match inner:
                    case ast.Name(id=name) if name in classes:
                        return True
                    case ast.Name(id="self") if seen.standing.owner_path in classes:
                        return isinstance(value, ast.Name)
                    case ast.Name(id=name):
                        for binding in self.names.bindings(name, seen.point):
                            made = binding.value
                            if isinstance(made, ast.Call) and last_name(made.func) in classes:
                                return isinstance(value, ast.Name)
            return False

        return formats

    @cached_property
    def _formatting_classes(self) -> frozenset[str]:
        """Return the file's classes with a `__format__` of their own (P7)."""
        return frozenset(
            scope.path
            for scope in self.names.scopes_with("__format__")
            if isinstance(scope.node, ast.ClassDef)
        )

    def _level(
        self, prefix: Level | None, explicit: bool, seen: Seen, stream: str, call: ast.Call
    ) -> Level:
        """Return the level; the signals count in this order (P30)."""
        place = seen.standing
        if prefix is not None and explicit:
            return prefix
        if place.handler is not None:
            handler = read_handler(place.handler, place.repeats)
            return handler_level(handler, place.following)
        if prefix is not None:
            return prefix
        following = place.following[0] if place.following else None
        ends = following is not None and bool(exit_status(following))
        if stream == "stderr":
            return Level.ERROR if ends else Level.WARNING
        if ends and seen.use.is_statement and not isinstance(following, ast.Return):
            return Level.ERROR
        return Level.DEBUG if place.flags else Level.INFO

    @cached_property
    def _deliberate(self) -> frozenset[int]:
        return deliberate_lines(self.file)


_UNPLACED = Why("unplaced", "it stands inside of a string that this Python can't look into")


def _is_repeated(call: ast.Call, beside: Sequence[ast.stmt]) -> bool:
    """Tell whether the statement beside a print logs the very same, and surely shows it."""
    if len(call.args) != 1 or any(one.arg not in ("file", "flush") for one in call.keywords):
        return False
    match beside[:1]:
        case [ast.Expr(value=ast.Call(func=ast.Attribute(value=logger, attr=level), args=[said]))]:
            shown = level in ("info", "warning", "error", "exception", "critical")
            is_logger = LOGGER_NAME.match(last_name(logger)) is not None
            return shown and is_logger and ast.dump(said) == ast.dump(call.args[0])
    return False


def _longest(message: Message) -> str:
    texts = [part.strip() for part in message_parts(message) if isinstance(part, str)]
    return max(texts, key=len, default="")
