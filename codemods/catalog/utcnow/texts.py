"""What becomes of a datetime's text: a zone appended to it, cut from it, or read back out of it.

``isoformat()`` and ``str()`` of an aware value end in ``+00:00``; that matters where something is
said about the end of the text (U10-U17).
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass, field
from typing import Final

from codemods.python.flow import Follow, Graph, Node, Use, origins
from codemods.python.flow import summary as op

__all__ = ["Fate", "Texts", "literal_after", "named_by", "shown_by", "tells_zone"]

#: What people append to say that a text is in UTC (U11, U15, R3, R4).
_ZONE: Final = re.compile(r"\s?(Z|z|UTC|GMT|[+-]\d\d:?\d\d)(?![A-Za-z])")
_CUTTERS: Final = frozenset(
    {
        "rsplit",
        "partition",
        "rpartition",
        "rstrip",
        "endswith",
        "removesuffix",
        "ljust",
        "rjust",
        "zfill",
        "center",
        "index",
        "rindex",
        "find",
        "rfind",
        "translate",
    }
)
_KEEPERS: Final = frozenset({"encode", "decode", "lower", "upper", "strip", "lstrip"})
_PARSERS: Final = frozenset(
    {
        "datetime.datetime.strptime",
        "time.strptime",
        "dateutil.parser.parse",
        "dateutil.parser.isoparse",
        "django.utils.dateparse.parse_datetime",
        "ciso8601.parse_datetime",
        "arrow.get",
        "pandas.to_datetime",
        "pandas.Timestamp",
    }
)
_LOGGING: Final = re.compile(
    r"(^|\.)(debug|info|warning|warn|error|critical|exception|log)$|^logging\."
)
#: What takes a text for the name of a file.
_FILES: Final = re.compile(
    r"^(builtins\.open|io\.open|codecs\.open|gzip\.open|os\.(path\.join|makedirs|mkdir|rename)"
    r"|pathlib\.(Pure)?(Posix|Windows)?Path|shutil\.\w+|tempfile\.\w+)$"
)
_EQUALITY_ASSERTIONS: Final = re.compile(r"\.(assert\w*|approx)$")
_SPEC: Final = re.compile(r"%(?:\((\w+)\))?[-#0 +]*(?:\*|\d+)?(?:\.(?:\*|\d+))?[hlL]?([a-zA-Z%])")


@dataclass
class Fate:
    """What was found about one text."""

    evidence: list[tuple[str, str, Node]] = field(default_factory=list)  #: reason, clause, place
    read_back: list[Node] = field(default_factory=list)  #: datetimes read from it again
    compared: list[tuple[Node, Node]] = field(default_factory=list)  #: with which text, where
    leaves: list[Node] = field(default_factory=list)  #: where it goes out of sight


def tells_zone(text: object) -> bool:
    """Whether a literal begins with what says that the text before it is in UTC."""
    return isinstance(text, str) and _ZONE.match(text) is not None


def literal_after(graph: Graph, use: Use) -> tuple[str | None, bool]:
    """Return the literal right behind a value formatted into a text, and whether it ends there.

    Understands f-strings, ``%`` and ``str.format`` with a literal format (U11).
    """
    operation = graph.operation(use.node)
    if use.kind == "text":
        holes = -1
        parts = operation[5]
        for number, part in enumerate(parts):
            if not isinstance(part, str):
                holes += 1
                if holes == use.index:
                    after = parts[number + 1] if number + 1 < len(parts) else ""
                    return (after if isinstance(after, str) else ""), number + 1 == len(parts)
        return None, False
    if use.kind == "binary" and operation[5] == "%":
        template = graph.constant(graph.beside(use.node, operation[6]))
        if not isinstance(template, str):
            return None, False
        index: int | str = 0
        if use.inside and isinstance(use.inside[0], int | str):
            index = use.inside[0]
        specs = [match for match in _SPEC.finditer(template) if match.group(2) != "%"]
        for number, match in enumerate(specs):
            if (match.group(1) or number) == index:
                rest = template[match.end() :]
                return rest, rest == ""
        return None, False
    if use.kind == "argument" and operation[0] == op.METHOD and operation[6] == "format":
        template = graph.constant(graph.beside(use.node, operation[5]))
        if not isinstance(template, str):
            return None, False
        try:
            pieces = list(string.Formatter().parse(template))
        except ValueError:
            return None, False
        wanted = use.keyword if use.keyword is not None else use.position
        automatic = -1
        for number, (_, name, _, _) in enumerate(pieces):
            if name is None:
                continue
            plain = re.split(r"[.\[]", name)[0]
            if plain == "":
                automatic += 1
            if (automatic if plain == "" else int(plain) if plain.isdigit() else plain) == wanted:
                after = pieces[number + 1][0] if number + 1 < len(pieces) else ""
                return after, number + 1 == len(pieces)
    return None, False


def shown_by(name: str) -> str:
    """Return "printed" or "logged" for what shows a text to people (by qualified name), or ""."""
    if name == "builtins.print":
        return "printed"
    return "logged" if _LOGGING.search(name) else ""


def named_by(graph: Graph, text: Node) -> Node:
    """Return the call that takes a text for a file's name, directly or by a variable; else 0."""
    waiting, seen = [text], {text}
    while waiting:
        node = waiting.pop()
        for user in graph.users(node):
            if graph.is_call(user) and _FILES.match(graph.called(user)):
                return user
            operation = graph.operation(user)
            if operation[0] == op.BINARY and operation[5] == "/":
                return user  # of a path; texts know no division
            joined = operation[0] == op.BINARY and operation[5] == "+"
            if (joined or operation[0] == op.TEXT) and user not in seen:
                seen.add(user)
                waiting.append(user)
        for variable in graph.onward(node):
            if variable not in seen:
                seen.add(variable)
                waiting.append(variable)
    return 0


class Texts:
    """Judges the uses of one text; an instance is the judge of one walk."""

    def __init__(self, graph: Graph, safe: int) -> None:
        self.graph = graph
        self.safe = safe  # how many characters are the same with a zone
        self.fate = Fate()

    def __call__(self, use: Use) -> Follow:
        graph = self.graph
        kind = use.kind
        if kind == "binary":
            return self.binary(use)
        if kind in ("text", "argument") or (kind == "display" and not use.inside):
            return self.placed(use)
        if use.inside:
            return Follow.NO
        if kind == "method":
            return self.method(use)
        if kind == "slice":
            lower, upper = (graph.constant(other) for other in use.others[:2])
            if not (isinstance(upper, int) and 0 <= upper <= self.safe and lower in (..., 0, None)):
                self.tell("text-sliced", "its text is sliced", use)
        elif kind == "subscript":
            self.tell("text-sliced", "a character of its text is taken", use)
        elif kind == "compare" and not set(use.name.split()) <= {"is", "is not"}:
            for other in use.others:
                self.fate.compared.append((other, use.node))
        elif kind == "key":
            self.fate.leaves.append(use.node)
        return Follow.NO

    def tell(self, reason: str, clause: str, use: Use) -> None:
        self.fate.evidence.append((reason, clause, use.node))

    def names_file(self, node: Node) -> Follow:
        clause = "its text becomes part of a file's name"
        self.fate.evidence.append(("text-names-file", clause, node))
        return Follow.NO

    def binary(self, use: Use) -> Follow:
        if use.name == "%":
            return self.placed(use) if use.index == 1 else Follow.NO
        if use.name == "/" and not use.inside:
            return self.names_file(use.node)
        if use.name != "+" or use.inside:
            return Follow.NO
        named = named_by(self.graph, use.node)
        if named:
            return self.names_file(named)
        if use.index == 1:
            return Follow.YES
        for origin in origins(self.graph, use.others[0]):
            if origin.node and tells_zone(self.graph.constant(origin.node)):
                self.tell("text-extended", "a zone is appended to its text", use)
        return Follow.NO

    def placed(self, use: Use) -> Follow:
        """The text is put into a larger one, or handed to a call."""
        graph = self.graph
        if use.kind == "display":
            if graph.operation(use.node)[0] != op.DISPLAY:
                return Follow.NO
            items = [value for _, value in graph.operation(use.node)[6]]
            here = [
                index
                for index, place in enumerate(items)
                if graph.beside(use.node, place) == use.value
            ]
            for index in here:
                if index + 1 < len(items):
                    after = graph.constant(graph.beside(use.node, items[index + 1]))
                    if isinstance(after, str) and after in ("Z", "z", " UTC", "+00:00"):
                        self.tell("text-extended", "a zone is joined to its text", use)
            return Follow.NO
        named = named_by(graph, use.node) if use.kind != "argument" or use.name == ".format" else 0
        if use.kind == "argument" and _FILES.match(use.name) and not use.inside:
            named = use.node
        if named:
            return self.names_file(named)
        after, last = literal_after(graph, use)
        if after is not None:
            if tells_zone(after):
                self.tell("text-extended", "a zone is appended to its text", use)
            return Follow.YES if last else Follow.NO
        if use.kind == "text":
            return Follow.NO
        return self.argument(use)

    def argument(self, use: Use) -> Follow:
        if use.kind != "argument":
            return Follow.NO
        name = use.name
        if name == "datetime.datetime.fromisoformat" and not use.inside:
            self.fate.read_back.append(use.node)
            return Follow.NO
        if name in _PARSERS or name.startswith("re."):
            self.tell("text-parsed", "its text is parsed", use)
            return Follow.NO
        if name in ("builtins.str", "builtins.repr", "builtins.bytes") and not use.inside:
            return Follow.YES
        if name.rpartition(".")[2] in ("execute", "executemany"):
            self.tell("naive-sink", "its text is bound to an SQL statement", use)
            return Follow.NO
        operation = self.graph.operation(use.node)
        if _EQUALITY_ASSERTIONS.search(name) and not use.inside:
            for position, place in enumerate(operation[-2][:2]):
                if position != use.position:
                    self.fate.compared.append((self.graph.beside(use.node, place), use.node))
            return Follow.NO
        if not any(callee.sure for callee in use.into):
            self.fate.leaves.append(use.node)
        return Follow.NO

    def method(self, use: Use) -> Follow:
        graph = self.graph
        name = use.name
        if name in _CUTTERS:
            self.tell("text-sliced", f"its text goes through `{name}()`", use)
        elif name == "split":
            separator = graph.constant(use.others[0]) if use.others else ...
            if separator in ("T", " ") and self.only_first(use.node):
                return Follow.NO
            self.tell("text-sliced", "its text is split", use)
        elif name == "replace":
            old = graph.constant(use.others[0]) if use.others else ...
            if isinstance(old, str) and not re.search(r"[+Zz.]|00", old):
                return Follow.YES
            self.tell("text-sliced", "a part of its text is replaced", use)
        elif name in _KEEPERS:
            return Follow.YES
        return Follow.NO

    def only_first(self, node: Node) -> bool:
        graph = self.graph
        users = list(graph.users(node))
        return bool(users) and all(
            graph.operation(user)[0] == op.ITEM
            and graph.constant(graph.beside(user, graph.operation(user)[6])) == 0
            for user in users
        )
