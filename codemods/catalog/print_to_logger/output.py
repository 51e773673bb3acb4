"""Is what a function prints the program's interface, or a message about its work? (P20, P24)

The unit of decision is the function: a table of which half goes elsewhere is worse than either.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods.catalog.print_to_logger.facts import Why
from codemods.catalog.print_to_logger.message import SLOT_MARK
from codemods.catalog.print_to_logger.places import FunctionNode
from codemods.python.dotted import last_name
from codemods.python.names import Names

__all__ = [
    "COMMAND_LINE_MODULES",
    "data_output",
    "is_progress",
    "parses_command_line",
    "protocol_text",
    "registered_functions",
    "secret_value",
    "spoken_text",
    "table_row",
    "unit_output",
    "usage_text",
]

#: Libraries that make a function a command, or parse a command line.
COMMAND_LINE_MODULES = frozenset(
    {"argparse", "optparse", "getopt", "docopt", "click", "rich_click", "typer", "asyncclick"}
    | {"fire", "cleo", "cyclopts", "cloup", "plac", "clize", "tap", "simple_parsing"}
)
_DECORATING = frozenset({"click", "rich_click", "typer", "asyncclick", "cloup", "cyclopts", "fire"})
_COMMAND_ATTRIBUTES = frozenset({"command", "group", "callback", "default", "result_callback"})
_PARSING = frozenset({"parse_args", "parse_known_args", "parse_intermixed_args", "docopt"})
_BASE_COMMANDS = frozenset({"BaseCommand", "AppCommand", "LabelCommand", "NoArgsCommand"})
_ASKING = frozenset({"input", "raw_input", "getpass", "prompt", "confirm", "ask"})
_PRINTING = re.compile(
    r"_*(?:print|pprint|pretty_?print|show|display|dump|usage|help|echo|banner)(?:_|$|s$)|"
    r"_*(?:print|show|display)[A-Z]"
)
_DOCTEST = re.compile(r"^\s*>>> ", re.MULTILINE)
_DUMPERS = frozenset(
    {"json.dumps", "ujson.dumps", "orjson.dumps", "simplejson.dumps", "yaml.dump", "toml.dumps"}
    | {"yaml.safe_dump", "tomli_w.dumps", "tomlkit.dumps", "tabulate.tabulate"}
    | {"xml.etree.ElementTree.tostring", "json.JSONEncoder.encode"}
)
_DUMPING_METHODS = frozenset(
    {"to_json", "to_csv", "to_string", "to_markdown", "to_html", "to_yaml", "model_dump_json"}
    | {"get_string", "prettify", "toprettyxml", "format_help", "format_usage", "get_help"}
)
_PROTOCOL = re.compile(
    r"::[a-z-]+(?: [^:\n]*)?::|##vso\[|##teamcity\[|Content-[Tt]ype: *\w+/|Status: *\d{3}\b|HTTP/1"
    r"|<!DOCTYPE|<\?xml|<html"
)
_SECRET = re.compile(
    r"(?:^|_)(?:password|passwd|passphrase|secret|credentials?|token|bearer"
    r"|(?:secret|api|access|private|encryption|session|auth|signing|master)_?key)$",
    re.IGNORECASE,
)
#: Functions and methods that show a value in another form.
_DECODERS = frozenset({"b64decode", "b64encode", "urlsafe_b64decode", "unquote"})
_DECODING = frozenset({"decode", "encode", "split", "strip", "hex", "lower", "upper"})
_SECRET_LABEL = re.compile(
    r"\b(?:password|passphrase|(?:api|secret|private|encryption|session|access) key"
    rf"|(?:access|bearer|auth|api) token)[:=]? *{SLOT_MARK}",
    re.IGNORECASE,
)
_USAGE = re.compile(r"\s*(?:usage|syntax)\s*:", re.IGNORECASE)
_SPOKEN = re.compile(
    r"\W*(?:next steps?\b|welcome to\b|add (?:this|these) to your\b)", re.IGNORECASE
)
_ALIGNED = re.compile(r"[<>^=]?[1-9]\d*")
_PROGRESS_WORD = re.compile(
    r"(?:(?:now|still|successfully|already|not)\s+)?(?:\w{3,}ing|\w{3,}ed|done|sent|built|wrote"
    r"|written|found|got|took|ran|begin|start|stop|finish|complete|end|step|epoch|phase|iteration"
    r"|attempt|retry|all done|using|no)\b",
    re.IGNORECASE,
)


def unit_output(
    names: Names,
    unit: FunctionNode | None,
    owner: ast.ClassDef | None,
    registered: frozenset[str],
) -> Why | None:
    """Decide on one function, from what it is and what it calls.

    Args:
        names: of the file.
        unit: the function; None for the module's own statements.
        owner: the class that it is a method of.
        registered: functions that handle signals or are commands of an argument parser, by name
            with a prefix ``signal:`` or ``command:``.
    """
    if unit is None:
        return _module_output(names)
    name = unit.name
    for decorator in unit.decorator_list:
        if _is_command_decorator(names, decorator):
            return Why(
                "command-output",
                f"`{name}` is a command: what it prints is its result",
                overridable=True,
            )
    if owner is not None and any(_last(base) in _BASE_COMMANDS for base in owner.bases):
        return Why(
            "django-command",
            f"`{owner.name}` is a Django command: write to `self.stdout` instead",
            overridable=True,
        )
    if owner is not None and any("cmd.Cmd" in names.qualified(base).names for base in owner.bases):
        return Why("prompt", f"`{owner.name}` is a command interpreter", stderr=False)
    if owner is not None and _is_logging_class(names, owner):
        return Why("inside-logging", f"`{owner.name}` is part of logging and must not log itself")
    if name == "__del__":
        return Why("unsafe-place", "`__del__` may run while logging is shut down or locked")
    if f"signal:{name}" in registered:
        return Why("unsafe-place", f"`{name}` handles signals and may interrupt logging itself")
    docstring = ast.get_docstring(unit, clean=False)
    if docstring and _DOCTEST.search(docstring) and name in docstring:
        return Why("doctest", f"the doctests of `{name}` expect what it prints")
    if f"command:{name}" in registered:
        return Why(
            "command-output",
            f"`{name}` is a command: what it prints is its result",
            stderr=False,
            overridable=True,
        )
    asked = _asks(names, unit)
    if asked:
        return Why("prompt", f"`{name}` talks with its user: it calls `{asked}`", stderr=False)
    if _PRINTING.match(name):
        return Why("printing-function", f"`{name}` exists to print", stderr=False, overridable=True)
    return None


def _module_output(names: Names) -> Why | None:
    asked = ""
    for statement in names.tree.body:
        if not isinstance(statement, FunctionNode | ast.ClassDef):
            asked = asked or _asks(names, statement)
    if asked:
        return Why("prompt", f"the module talks with its user: it calls `{asked}`", stderr=False)
    return None


def parses_command_line(node: ast.AST) -> bool:
    """Tell whether a function, or a statement of the module, parses the command line itself."""
    for inner in _own_nodes(node):
        match inner:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in _PARSING:
                return True
            case (
                ast.Subscript(value=ast.Attribute(value=ast.Name(id="sys"), attr="argv"))
                | ast.Call(
                    func=ast.Name(id="len"),
                    args=[ast.Attribute(value=ast.Name(id="sys"), attr="argv")],
                )
            ):
                return True
            case ast.arg(annotation=annotation) if annotation is not None:
                if _last(annotation) == "Namespace":
                    return True
    return False


def is_progress(shape: str) -> bool:
    """Tell whether a text says what the program does rather than what it found."""
    text = shape.strip(" \n\t-=*#>")
    if not any(char.isalpha() for char in text):
        return SLOT_MARK not in text
    return text.endswith("...") or _PROGRESS_WORD.match(text) is not None


def secret_value(call: ast.Call, shape: str) -> str:
    """Return the name of a secret that a print shows as it is (R60), "" if none."""
    if _SECRET_LABEL.search(shape):
        return "what its text calls a secret"
    for argument in call.args:
        for node in _shown(argument):
            name = _last(node)
            if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
                name = str(node.slice.value)
            if _SECRET.search(name):
                return f"`{name}`"
    return ""


def _shown(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the expressions whose values are shown whole."""
    match node:
        case ast.JoinedStr(values=values):
            for value in values:
                if isinstance(value, ast.FormattedValue):
                    yield from _shown(value.value)
        case ast.BinOp(op=ast.Mod(), right=ast.Tuple(elts=elements)):
            for element in elements:
                yield from _shown(element)
        case ast.BinOp(left=left, right=right):
            yield from _shown(left)
            yield from _shown(right)
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str())), args=args):
            for argument in args:
                yield from _shown(argument)
        case ast.Call(func=ast.Name(id="str" | "repr"), args=[argument]):
            yield from _shown(argument)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[argument, *_]) if (
            name in _DECODERS
        ):
            yield from _shown(argument)
        case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in _DECODING:
            yield from _shown(value)
        case ast.Name() | ast.Attribute() | ast.Subscript():
            yield node


def data_output(names: Names, call: ast.Call) -> str:
    """Return what makes a print one of data (``json.dumps``), "" if nothing does."""
    if len(call.args) != 1:
        return ""
    match call.args[0]:
        case ast.Call(func=func):
            found = names.qualified(func).names
            known = found & _DUMPERS
            if known:
                return min(known)
            if isinstance(func, ast.Attribute) and func.attr in _DUMPING_METHODS:
                return func.attr
    return ""


def table_row(call: ast.Call, shape: str, sep: str) -> bool:
    """Tell whether a print is a row of columns: tab-separated, or padded to a width."""
    if sep in ("\t", ",", ";", "|") and len(call.args) > 1:
        return True
    if shape.count(SLOT_MARK + "\t") >= 1 and shape.count(SLOT_MARK) >= 2:
        return True
    if shape.count("|") >= 2 and shape.count(SLOT_MARK) >= 2:
        return True
    padded = 0
    for node in ast.walk(call):
        match node:
            case ast.FormattedValue(format_spec=ast.JoinedStr(values=[ast.Constant(value=spec)])):
                padded += _ALIGNED.match(str(spec)) is not None
            case ast.Constant(value=str(text)):
                padded += len(re.findall(r"\{[^{}:]*:[<>^]?[1-9]\d*[sd]?\}|%-?[1-9]\d*[sd]", text))
            case ast.Call(func=ast.Attribute(attr="ljust" | "rjust" | "center")):
                padded += 1
    return padded >= 2


def usage_text(shape: str) -> bool:
    """Tell whether a text says how a command is used."""
    return _USAGE.match(shape) is not None


def spoken_text(shape: str) -> bool:
    """Tell whether a text welcomes the person at the terminal, or says what to do next."""
    return _SPOKEN.match(shape) is not None


def protocol_text(shape: str) -> bool:
    """Tell whether a text is addressed to a parent process (a CI runner, a web server)."""
    return _PROTOCOL.match(shape) is not None


def registered_functions(tree: ast.Module, text: str) -> frozenset[str]:
    """Return the functions that handle signals or are commands of an argument parser."""
    found: set[str] = set()
    if not any(word in text for word in ("signal", "sigaction", "set_defaults", "fire")):
        return frozenset()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=func, args=[_, handler, *_]) if _last(func) in (
                "signal",
                "add_signal_handler",
                "sigaction",
            ):
                found.add(f"signal:{_last(handler)}")
            case ast.Call(func=ast.Attribute(attr="set_defaults"), keywords=keywords):
                found.update(f"command:{_last(keyword.value)}" for keyword in keywords)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="fire"), attr="Fire"), args=args):
                found.update(f"command:{_last(argument)}" for argument in args)
    return frozenset(found)


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function, or of a statement without the functions in it."""
    if isinstance(node, FunctionNode):
        yield from ast.walk(node)
        return
    waiting: list[ast.AST] = [node]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, FunctionNode | ast.ClassDef):
            continue
        yield inner
        waiting.extend(ast.iter_child_nodes(inner))


def _asks(names: Names, node: ast.AST) -> str:
    if not any(map(names.reads, ("input", "raw_input", "getpass"))) and not any(
        map(names.attributes, ("getpass", *_ASKING))
    ):
        return ""
    for inner in _own_nodes(node):
        match inner:
            case ast.Call(func=ast.Name(id="input" | "raw_input" as name) as func):
                if names.point(func) is None or "builtins.input" in names.resolve(func).names:
                    return name
                if name == "raw_input":
                    return name
            case ast.Call(func=ast.Name(id="getpass") | ast.Attribute(attr="getpass")):
                return "getpass"
            case ast.Call(func=ast.Attribute(value=ast.Name(id=base), attr=attr)) if (
                attr in _ASKING and base in ("click", "typer", "Prompt", "Confirm", "questionary")
            ):
                return f"{base}.{attr}"
    return ""


def _is_command_decorator(names: Names, decorator: ast.expr) -> bool:
    func = decorator.func if isinstance(decorator, ast.Call) else decorator
    origins = names.qualified(func).names
    if any(origin.split(".")[0] in _DECORATING for origin in origins):
        return True
    if not isinstance(func, ast.Attribute) or func.attr not in _COMMAND_ATTRIBUTES:
        return False
    base = func.value
    if isinstance(base, ast.Attribute) and base.attr == "cli":
        return True
    if isinstance(base, ast.Name):
        if re.search(r"(?:^|_)cli(?:_|$)", base.id):
            return True
        modules = {binding.origin.split(".")[0] for binding in names.imports}
        return bool(modules & _DECORATING) and func.attr in ("command", "group", "callback")
    return False


def _is_logging_class(names: Names, owner: ast.ClassDef) -> bool:
    return any(
        origin.startswith("logging.") and origin.split(".")[-1] != "LoggerAdapter"
        for base in owner.bases
        for origin in names.qualified(base).names
    )


def _last(node: ast.expr) -> str:
    match node:
        case ast.Call(func=func):
            return _last(func)
        case ast.Constant(value=str(text)):
            return text.rpartition(".")[2]
    return last_name(node)
