"""Find the prints of one file, and what the plan must know about each (P20 to P32)."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from codemods.catalog.print_to_logger import output
from codemods.catalog.print_to_logger.entry_points import find_entry_points, is_guard
from codemods.catalog.print_to_logger.facts import FileFacts, LoggerFacts, Merge, Print, Why
from codemods.catalog.print_to_logger.levels import (
    Handler,
    Level,
    exit_status,
    handler_level,
    read_handler,
    read_prefix,
)
from codemods.catalog.print_to_logger.loggers import find_loggers
from codemods.catalog.print_to_logger.message import (
    SLOT_MARK,
    Form,
    Message,
    NotOneMessage,
    describe,
    is_banner,
    is_blank,
    message_parts,
    shape,
    without_last_operand,
)
from codemods.catalog.print_to_logger.place import define_logger, logger_place
from codemods.catalog.print_to_logger.places import Standing, Use, standing, use_of
from codemods.catalog.print_to_logger.reach import (
    calls_between,
    closure,
    early_units,
    first_reach,
    names_of,
)
from codemods.catalog.print_to_logger.readers import find_readers
from codemods.codemod import Site, Span, Survey
from codemods.project.kinds import is_test
from codemods.python.imports import Imports, Refusal
from codemods.python.names import Names, read_names
from codemods.python.scopes import BindingKind, Point, Scope
from codemods.python.source import SourceFile

__all__ = ["CONFIGURING", "survey"]

NAME = "print-to-logger"
#: Calls and settings that configure logging for a program.
CONFIGURING = re.compile(
    r"\b(?:basicConfig|dictConfig|fileConfig)\s*\(|\.addHandler\s*\((?!\s*(?:logging\.)?NullHandler)"
    r"|\bfrom loguru import|\bimport loguru|\bstructlog\.configure\b|\bcoloredlogs\.install\b"
    r"|^LOGGING(?:_CONFIG)?\s*(?::[^=\n]*)?=|\bfrom absl import .*\b(?:app|logging)\b"
    r"|\bfrom logzero import|\bdaiquiri\.setup\b|\bstartLogging\s*\(",
    re.MULTILINE,
)
_CONFIGURING_WORDS = (
    *("basicConfig", "dictConfig", "fileConfig", "addHandler", "loguru", "structlog.configure"),
    *("coloredlogs", "LOGGING", "absl", "logzero", "daiquiri", "startLogging"),
)
_NOQA = re.compile(r"#\s*noqa\s*:[^#\n]*\bT20[13]?\b", re.IGNORECASE)
_NOQA_FILE = re.compile(
    r"^\s*#\s*(?:ruff|flake8)\s*:\s*noqa\s*:[^#\n]*\bT20[13]?\b", re.IGNORECASE | re.MULTILINE
)
_NOTEBOOK = re.compile(r"^# (?:In\s?\[[ \d]*\]:|%%|<codecell>)", re.MULTILINE)
_SETS_LOGGING_UP = re.compile(
    r"_*(?:set_?up|init|initiali[sz]e|configure|config)_?log", re.IGNORECASE
)
_LOGGING_MODULE = re.compile(
    r"(?:\w+_)?(?:logging|logger|loggers|log)(?:_(?:config\w*|setup|utils?|enforcer|handlers?|init))?"
)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_COLOUR_NAMES = frozenset({"Fore", "Back", "Style", "colored", "bcolors", "Colors", "colors"})


def survey(file: SourceFile) -> Survey[FileFacts]:
    """Survey one file: its prints if it has any, and its part in what others print."""
    names = read_names(file.tree)
    lines = _Lines(file)
    seen = list(_seen(file, names))
    whole = _whole(file, names)
    surveyor = _Surveyor(
        file,
        names,
        lines,
        output.registered_functions(file.tree, file.text) if seen else frozenset(),
    )
    prints = surveyor.prints(seen)
    holders = _holders(one.point.scope for one in seen)
    loggers = find_loggers(names, holders)
    edges = calls_between(names) if seen else frozenset()
    units = {one.standing.unit for one in seen}
    early = early_units(names, edges, units, loggers)
    if seen:
        loggers = _with_place(file, names, loggers, _first_reached(names, edges, units, prints))
    guards = _guarded_lines(file.tree)
    prints = tuple(
        replace(
            one,
            in_guard=one.import_time and one.line in guards,
            hidden=_hidden(names, loggers, printed.point),
            early=_before_logger(one, loggers) if one.import_time else one.unit in early,
        )
        for one, printed in zip(prints, seen, strict=True)
    )
    match = CONFIGURING.search(file.text) if _may_configure(file.text) else None
    facts = FileFacts(
        prints=prints,
        units=_with_helpers(surveyor.units(prints), edges, units),
        whole=whole,
        loggers=loggers,
        readers=find_readers(names, file.text, is_test(file.path)),
        edges=edges,
        configures=match[0].strip(" (=.:") if match else "",
        entry_points=find_entry_points(
            file, names, [one for one in prints if one.import_time and not one.in_guard]
        ),
        imports=frozenset(binding.origin for binding in names.imports),
        star_imports=_stars(names),
        replaces_print=_replaces_print(names),
    )
    sites = tuple(surveyor.site(one, printed) for one, printed in zip(seen, prints, strict=True))
    return Survey(sites, facts)


@dataclass(frozen=True, slots=True)
class _Seen:
    """One read of the name `print`."""

    node: ast.expr
    point: Point
    use: Use
    standing: Standing
    why: Why | None  #: when it is not the builtin

    @property
    def kind(self) -> str:
        return "call" if self.use.call is not None else "reference"


class _Lines:
    """Lines that mark a print as deliberate."""

    def __init__(self, file: SourceFile) -> None:
        self.deliberate = frozenset(
            file.position(Span(match.start(), match.start())).line
            for match in _NOQA.finditer(file.text)
        )


def _seen(file: SourceFile, names: Names) -> Iterator[_Seen]:
    reads = sorted(names.reads("print"), key=lambda read: (read[0].lineno, read[0].col_offset))
    for node, point in reads:
        found = names.look_up("print", point, node)
        why = None
        if "builtins.print" not in found.names or found.opaque or len(found.names) > 1:
            what = next(iter(found.names - {"builtins.print"}), "")
            sentence = (
                f"`print` is `{what}` here"
                if what
                else f"here `print` is not Python's: {found.why()}"
            )
            why = Why("own-print", sentence)
        yield _Seen(node, point, use_of(node, point.stmt), standing(point), why)
    for attribute, point in names.attributes("print"):
        if "builtins.print" in names.qualified(attribute).names and isinstance(
            attribute.ctx, ast.Load
        ):
            why = Why("own-print", "`builtins.print` asks for Python's own on purpose")
            yield _Seen(attribute, point, use_of(attribute, point.stmt), standing(point), why)


def _may_configure(text: str) -> bool:
    """Tell cheaply whether `CONFIGURING` can match at all."""
    return any(word in text for word in _CONFIGURING_WORDS)


def _whole(file: SourceFile, names: Names) -> Why | None:
    """Return why every print of a file stays."""
    if _NOQA_FILE.search(file.text):
        return Why("deliberate", "the file tells its linter that it prints on purpose")
    if _NOTEBOOK.search(file.text):
        return Why("not-the-program", "the file is a notebook saved as a script")
    named_so = _LOGGING_MODULE.fullmatch(file.path.stem.lower())
    if named_so and _may_configure(file.text) and CONFIGURING.search(file.text):
        return Why("inside-logging", "the module sets logging up")
    if any(binding.origin in ("cgi", "cgitb") for binding in names.imports):
        return Why("parent-process", "a CGI script prints its response")
    return None


def _replaces_print(names: Names) -> bool:
    return any(
        isinstance(attribute.ctx, ast.Store)
        and "builtins.print" in names.qualified(attribute).names
        for attribute, _ in names.attributes("print")
    )


def _stars(names: Names) -> tuple[tuple[str, int], ...]:
    return tuple(
        (binding.stmt.module or "", binding.stmt.level)
        for binding in names.module.stars
        if isinstance(binding.stmt, ast.ImportFrom)
    )


def _holders(scopes: Iterator[Scope]) -> frozenset[Scope]:
    found: set[Scope] = set()
    for scope in scopes:
        at: Scope | None = scope
        while at is not None and at not in found:
            found.add(at)
            at = at.parent
    return frozenset(found)


def _with_helpers(
    found: Mapping[str, Why], edges: frozenset[tuple[str, str]], units: set[str]
) -> dict[str, Why]:
    """Add the functions that print for a command of the same file."""
    commands = frozenset(
        name
        for unit, why in found.items()
        if why.reason == "command-output"
        for name in (names_of(unit) if unit else ("",))
    )
    used = closure(commands, edges) - commands
    helpers = {
        unit: Why(
            "command-output",
            f"`{unit}` prints for a command of the same file",
            stderr=False,
            overridable=True,
        )
        for unit in units
        if unit and used & set(names_of(unit))
    }
    return {**helpers, **found}


def _first_reached(
    names: Names, edges: frozenset[tuple[str, str]], units: set[str], prints: Sequence[Print]
) -> int | None:
    """Return the first line of the module's own code that may print."""
    lines = [statement.lineno for statement in names.tree.body]
    own = [one.line for one in prints if one.import_time]
    direct = max((line for line in lines if own and line <= min(own)), default=None)
    called = first_reach(names, edges, units)
    return min((line for line in (direct, called) if line is not None), default=None)


def _with_place(
    file: SourceFile, names: Names, loggers: LoggerFacts, reached: int | None
) -> LoggerFacts:
    """Find out where a logger could be defined."""
    line = logger_place(file.tree, reached)
    if line is None:
        return replace(loggers, why_none="no whole line before its first print can take a logger")
    found = define_logger(file, Imports(file, names), "logger", line)
    if isinstance(found, Refusal):
        return replace(loggers, why_none=found.message)
    return replace(loggers, place=line)


def _hidden(names: Names, loggers: LoggerFacts, point: Point) -> frozenset[str]:
    """Return the loggers of the module that a parameter or a local name hides at a point."""
    candidates = {one.name for one in loggers.own} | {one.name for one in loggers.imported}
    found = {name: names.taken(name, point) for name in candidates}
    return frozenset(
        name
        for name, binding in found.items()
        if binding is not None and binding.scope is not names.module
    )


def _guarded_lines(tree: ast.Module) -> frozenset[int]:
    """Return the lines that run only when the file is the program."""
    return frozenset(
        line
        for statement in tree.body
        if is_guard(statement)
        for line in range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)
    )


def _before_logger(one: Print, loggers: LoggerFacts) -> bool:
    usable = [logger.line for logger in loggers.own if logger.style is not None]
    return bool(usable) and one.line <= usable[0]


@dataclass
class _Surveyor:
    """Reads the prints of one file."""

    file: SourceFile
    names: Names
    lines: _Lines
    registered: frozenset[str]
    _outputs: dict[str, Why | None] = field(default_factory=dict)
    _handlers: dict[int, Handler] = field(default_factory=dict)
    _seen: dict[str, _Seen] = field(default_factory=dict)

    def site(self, seen: _Seen, printed: Print) -> Site:
        node = seen.use.call or seen.node
        span = printed.span
        return Site(
            id=printed.id,
            codemod=NAME,
            kind=seen.kind,
            path=self.file.path,
            span=span,
            position=self.file.position(span),
            code=self.file.text[span.start : span.end] or ast.unparse(node),
        )

    def prints(self, all_seen: Sequence[_Seen]) -> tuple[Print, ...]:
        taken: dict[str, int] = {}
        found = []
        for seen in all_seen:
            printed = self._print(seen)
            number = taken.get(printed.id, 0)
            taken[printed.id] = number + 1
            if number:
                printed = replace(printed, id=f"{printed.id}-{number}", why=_UNPLACED)
            self._seen[printed.id] = seen
            found.append(printed)
        found = self._with_tracebacks(found)
        found = self._with_banner_levels(found)
        return tuple(found)

    def _print(self, seen: _Seen) -> Print:
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
        if any(
            line in self.lines.deliberate for line in range(position.line, position.end_line + 1)
        ):
            return replace(
                printed, why=Why("deliberate", "a comment tells the linter that it is on purpose")
            )
        if not seen.use.discarded:
            return replace(printed, why=Why("used-for-value", "its value None is used"))
        return self._with_message(printed, seen, call)

    def _receiver(self, seen: _Seen) -> str:
        """Return the name of the instance or class whose logger can be used, "" if none."""
        place = seen.standing
        function = place.function
        if place.owner is None or function is None or not function.args.args:
            return ""
        decorators = {_name(one) for one in function.decorator_list}
        first = function.args.args[0].arg
        if "staticmethod" in decorators or first not in ("self", "cls"):
            return ""
        found = self.names.bindings(first, seen.point)
        is_own = len(found) == 1 and found[0].kind is BindingKind.PARAMETER
        return first if is_own else ""

    def _with_message(self, printed: Print, seen: _Seen, call: ast.Call) -> Print:
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
        elif self._is_before_configuration(printed, place):
            why = Why("before-logging", "logging is configured only after it")
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
        colours = bool(_COLOUR.search(text)) or any(
            isinstance(inner, ast.Name) and inner.id in _COLOUR_NAMES for inner in ast.walk(call)
        )
        return replace(
            printed,
            why=why,
            message=message,
            blank=is_blank(message),
            to_stderr=stream == "stderr",
            level=level,
            prefix=prefix.text if prefix and prefix.level is level else "",
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

    def _is_builtin(self, seen: _Seen) -> Callable[[str], bool]:
        return lambda name: self.names.look_up(name, seen.point).names == {f"builtins.{name}"}

    def _formats_itself(self, seen: _Seen) -> Callable[[ast.expr], bool]:
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
                            if isinstance(made, ast.Call) and _name(made.func) in classes:
                                return isinstance(value, ast.Name)
            return False

        return formats

    @cached_property
    def _formatting_classes(self) -> frozenset[str]:
        """Return the file's classes with a `__format__` of their own (P7)."""
        return frozenset(
            scope.path
            for scope in self.names.scopes
            if "__format__" in scope.bindings and isinstance(scope.node, ast.ClassDef)
        )

    def _is_before_configuration(self, printed: Print, place: Standing) -> bool:
        lines = self._configuring_lines
        if not lines:
            return False
        if place.function is not None:
            if _SETS_LOGGING_UP.match(place.function.name):
                return True
            end = place.function.end_lineno or 0
            return any(printed.line < line <= end for line in lines)
        return place.import_time and any(
            printed.line < line for line in lines if line in self._import_time_lines
        )

    @cached_property
    def _configuring_lines(self) -> tuple[int, ...]:
        if not _may_configure(self.file.text):
            return ()
        return tuple(
            self.file.position(Span(match.start(), match.start())).line
            for match in CONFIGURING.finditer(self.file.text)
        )

    @cached_property
    def _import_time_lines(self) -> frozenset[int]:
        return frozenset(
            line
            for stmt in self.file.tree.body
            if not isinstance(stmt, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            for line in range(stmt.lineno, (stmt.end_lineno or stmt.lineno) + 1)
        )

    def _level(
        self, prefix: Level | None, explicit: bool, seen: _Seen, stream: str, call: ast.Call
    ) -> Level:
        """Return the level; the signals count in this order (P30)."""
        place = seen.standing
        if prefix is not None and explicit:
            return prefix
        if place.handler is not None:
            handler = self._handler(place.handler, place.repeats)
            return handler_level(handler, place.following)
        if prefix is not None:
            return prefix
        following = place.following[0] if place.following else None
        ends = following is not None and bool(exit_status(following))
        if stream == "stderr":
            return Level.ERROR if ends else Level.WARNING
        if ends and seen.use.is_statement and not isinstance(following, ast.Return):
            return Level.ERROR
        return Level.DEBUG if place.debug else Level.INFO

    def _handler(self, node: ast.ExceptHandler, repeats: bool) -> Handler:
        if id(node) not in self._handlers:
            self._handlers[id(node)] = read_handler(node, repeats)
        return self._handlers[id(node)]

    def _with_tracebacks(self, prints: list[Print]) -> list[Print]:
        """Decide which prints add the traceback (P32)."""
        chosen: dict[int, str] = {}
        changed: dict[str, Print] = {}
        for printed in prints:
            seen = self._seen[printed.id]
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
            handler = self._handler(node, seen.standing.repeats)
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
            if self._seen[one.id].standing.handler is node
            and one.message is not None
            and not one.blank
            and not is_banner(one.message)
        ]
        naming = [one for one in rivals if handler.name and self._names(one, handler.name)]
        return printed.id == (naming or rivals)[0].id

    def _names(self, printed: Print, name: str) -> bool:
        call = self._seen[printed.id].use.call
        return call is not None and any(
            isinstance(inner, ast.Name) and inner.id == name for inner in ast.walk(call)
        )

    def _logs_traceback(
        self, printed: Print, seen: _Seen, merged: Merge | None, said: bool
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

    def _merge(self, seen: _Seen) -> Merge | None:
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

    def _says_traceback(self, seen: _Seen) -> bool:
        """Tell whether the last operand is `traceback.format_exc()`."""
        call = seen.use.call
        if call is None or not call.args or any(isinstance(one, ast.Starred) for one in call.args):
            return False
        last = call.args[-1]
        return isinstance(last, ast.Call) and self.names.qualified(last.func).means(
            "traceback.format_exc"
        )

    def _with_banner_levels(self, prints: list[Print]) -> list[Print]:
        """Give lines of dashes the level of what they frame (R71)."""
        by_statement = {
            id(self._seen[one.id].point.stmt): one
            for one in prints
            if self._seen[one.id].use.is_statement and one.message is not None
        }
        changed: dict[str, Print] = {}
        for one in prints:
            if one.message is None or one.blank or not is_banner(one.message):
                continue
            seen = self._seen[one.id]
            suite = seen.point.block.suite
            if seen.point.stmt not in suite:
                continue
            at = suite.index(seen.point.stmt)
            before = _framed(suite[:at][::-1], by_statement)
            framed = _framed(suite[at + 1 :], by_statement)
            if before is not None and (framed is None or self._closes(one, before, by_statement)):
                framed = before
            if framed is not None:
                changed[one.id] = replace(one, level=framed.level)
        return [changed.get(one.id, one) for one in prints]

    def _closes(self, banner: Print, message: Print, prints: Mapping[int, Print]) -> bool:
        """Tell whether a line of dashes ends what an equal one before the message began."""
        seen = self._seen[message.id]
        suite = seen.point.block.suite
        at = suite.index(seen.point.stmt)
        opening = prints.get(id(suite[at - 1])) if at else None
        return opening is not None and self._code(opening) == self._code(banner)

    def _code(self, printed: Print) -> str:
        return self.file.text[printed.span.start : printed.span.end]

    def units(self, prints: Sequence[Print]) -> dict[str, Why]:
        """Decide on each function of the file that prints."""
        found: dict[str, Why] = {}
        commands = self._is_command_module
        for printed in prints:
            seen = self._seen[printed.id]
            place = seen.standing
            if place.unit not in found:
                why = output.unit_output(self.names, place.function, place.owner, self.registered)
                if why is not None:
                    found[place.unit] = why
        for printed in prints:
            if printed.unit not in found:
                why = self._soft(printed, commands)
                if why is not None:
                    found[printed.unit] = why
        for unit in self._parsing_units(prints):
            if unit in found:
                continue
            said = [
                shape(one.message)
                for one in prints
                if one.unit == unit
                and one.message is not None
                and not one.to_stderr
                and not is_banner(one.message)
            ]
            if not all(output.is_progress(text) for text in said):
                name = f"`{unit}`" if unit else "the module"
                found[unit] = Why(
                    "command-output",
                    f"{name} parses the command line: what it prints is the command's result",
                    stderr=False,
                    overridable=True,
                )
        return found

    @property
    def _is_command_module(self) -> bool:
        return any(
            binding.origin.split(".")[0] in output.COMMAND_LINE_MODULES
            for binding in self.names.imports
        )

    def _parsing_units(self, prints: Sequence[Print]) -> Iterator[str]:
        seen: set[str] = set()
        for printed in prints:
            if printed.unit in seen:
                continue
            seen.add(printed.unit)
            function = self._seen[printed.id].standing.function
            nodes: Sequence[ast.AST] = [function] if function else self.file.tree.body
            if any(output.parses_command_line(node) for node in nodes):
                yield printed.unit

    def _soft(self, printed: Print, commands: bool) -> Why | None:
        """Return why one print makes the output of its whole function stay."""
        call = self._seen[printed.id].use.call
        if call is None or printed.to_stderr:
            return None
        here = f"at line {printed.line}"
        if printed.why is not None and printed.why.reason == "partial-line":
            return Why(
                "partial-line", f"{here} {printed.why.message}", stderr=False, overridable=True
            )
        if printed.message is None or printed.why is not None:
            return None
        text = shape(printed.message)
        if output.usage_text(text):
            return Why(
                "command-output",
                f"{here} it tells how to use the command",
                stderr=False,
                overridable=True,
            )
        if output.protocol_text(text):
            return Why("parent-process", f"{here} it speaks to the process that started it")
        dumped = output.data_output(self.names, call)
        if dumped:
            return Why(
                "data-output", f"{here} it prints data (`{dumped}`)", stderr=False, overridable=True
            )
        if output.table_row(call, text, printed.message.sep):
            return Why(
                "data-output",
                f"{here} it prints the row of a table",
                stderr=False,
                overridable=True,
            )
        operands = printed.message.operands
        bare = text == SLOT_MARK and bool(operands) and operands[0].form is Form.VALUE
        if bare and (commands or self._stream(call) == "explicit"):
            return Why(
                "data-output", f"{here} it prints a value as it is", stderr=False, overridable=True
            )
        return None


_UNPLACED = Why("unplaced", "it stands inside of a string that this Python can't look into")


def _framed(suite: Sequence[ast.stmt], prints: Mapping[int, Print]) -> Print | None:
    for statement in suite:
        one = prints.get(id(statement))
        if one is None or one.message is None:
            return None
        if not one.blank and not is_banner(one.message):
            return one
    return None


def _reports_otherwise(handler: ast.ExceptHandler) -> bool:
    """Tell whether an ``except`` clause shows the traceback by other means."""
    for node in ast.walk(handler):
        match node:
            case ast.Call(func=func) if _name(func) in (
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


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _longest(message: Message) -> str:
    texts = [part.strip() for part in message_parts(message) if isinstance(part, str)]
    return max(texts, key=len, default="")
