"""What connections are made with: the parameters of libpq, as far as the code says them."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import parse_qsl, unquote, urlsplit

from codemods.project.project import Project
from codemods.python.names import Names
from codemods.python.scopes import BindingKind
from codemods.python.source import SourceError, SourceFile, read_source

__all__ = ["Argument", "Arguments", "Constant", "Variable", "parameters_of_text"]

_DEPTH = 4  # of names for names
_SAME = {"database": "dbname", "username": "user"}


@dataclass(frozen=True, slots=True)
class Constant:
    """A text that is known; None is the one that connect() takes for no argument at all."""

    text: str | None


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a module (or an attribute of one) that is assigned once."""

    path: PurePosixPath
    name: str


Argument = Constant | Variable


class Arguments:
    """Resolves the arguments of calls over the files of a repository."""

    def __init__(self, project: Project, known: Mapping[PurePosixPath, tuple[SourceFile, Names]]):
        self.project = project
        self._files: dict[PurePosixPath, tuple[SourceFile, Names] | None] = dict(known)

    def value(self, path: PurePosixPath, node: ast.expr) -> Argument | None:
        """Say what an expression is whenever it is evaluated; None if that can't be told."""
        match node:
            case ast.Constant(value=str() | int() | None as value) if not isinstance(value, bool):
                return Constant(None if value is None else str(value))
            case ast.JoinedStr():
                return self._joined(path, node)
            case ast.Name() | ast.Attribute():
                return self._name(path, node)
        return None

    def _joined(self, path: PurePosixPath, node: ast.JoinedStr) -> Argument | None:
        texts: list[str] = []
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                if part.conversion != -1 or part.format_spec is not None:
                    return None
                part = part.value
            found = self.value(path, part)
            if not isinstance(found, Constant) or found.text is None:
                return None
            texts.append(found.text)
        return Constant("".join(texts))

    def _name(self, path: PurePosixPath, node: ast.Name | ast.Attribute) -> Argument | None:
        attributes: list[str] = []
        root: ast.expr = node
        while isinstance(root, ast.Attribute):
            attributes.insert(0, root.attr)
            root = root.value
        file = self._file(path)
        if not isinstance(root, ast.Name) or file is None:
            return None
        point = file[1].point(root)
        bindings = file[1].bindings(root.id, point) if point is not None else ()
        if len(bindings) != 1:
            return None
        if bindings[0].kind is BindingKind.IMPORT:
            return self._imported(path, [*bindings[0].origin.split("."), *attributes], _DEPTH)
        if bindings[0].scope is not file[1].module:
            return None
        return self._variable(path, [root.id, *attributes], _DEPTH)

    def _imported(self, path: PurePosixPath, parts: list[str], depth: int) -> Argument | None:
        """Look a qualified name up, whose leading empty parts are the dots of a relative one."""
        names = [part for part in parts if part]
        level = len(parts) - len(names)
        for length in range(len(names) - 1, -1 if level else 0, -1):
            found = self.project.resolve_import(path, ".".join(names[:length]), level)
            if found is not None:
                return self._variable(found, names[length:], depth - 1)
        return None

    def _variable(self, path: PurePosixPath, parts: list[str], depth: int) -> Argument | None:
        file = self._file(path)
        if file is None or depth <= 0:
            return None
        bindings = file[1].module.bindings.get(parts[0], [])
        if len(bindings) != 1 or bindings[0].anywhere:
            return None
        (binding,) = bindings
        if binding.kind is BindingKind.IMPORT:
            return self._imported(path, [*binding.origin.split("."), *parts[1:]], depth)
        if binding.kind is not BindingKind.ASSIGNMENT or binding.value is None:
            return None
        if len(parts) == 1:
            if isinstance(binding.value, ast.Constant | ast.JoinedStr | ast.Name):
                found = self.value(path, binding.value)
                if found is not None:
                    return found
            return Variable(path, parts[0])
        if len(parts) > 2 or self._is_assigned(parts[1]):
            return None
        return Variable(path, ".".join(parts))

    def _is_assigned(self, attribute: str) -> bool:
        """Whether some file that is read assigns an attribute to anything but `self`."""
        return any(
            isinstance(node, ast.Attribute)
            and node.attr == attribute
            and isinstance(node.ctx, ast.Store | ast.Del)
            and not (isinstance(node.value, ast.Name) and node.value.id == "self")
            for file in self._files.values()
            if file is not None
            for node in ast.walk(file[0].tree)
        )

    def _file(self, path: PurePosixPath) -> tuple[SourceFile, Names] | None:
        if path not in self._files:
            self._files[path] = None
            data = self.project.read(path)
            if data is not None:
                try:
                    file = read_source(path, data)
                except SourceError:
                    return None
                self._files[path] = (file, file.names)
        return self._files[path]

    # -- of calls

    def of_connect(self, path: PurePosixPath, call: ast.Call) -> dict[str, Argument] | None:
        """Return what `psycopg2.connect` is given, by parameter; `dsn` for a text in a variable."""
        found: dict[str, Argument] = {}
        given = list(call.args)
        for keyword in call.keywords:
            if keyword.arg == "cursor_factory":
                continue
            if keyword.arg == "dsn":
                given.append(keyword.value)
                continue
            value = self.value(path, keyword.value) if keyword.arg else None
            if value is None:
                return None
            found[_SAME.get(str(keyword.arg), str(keyword.arg))] = value
        if len(given) > 1:
            return None
        for node in given:
            dsn = self.value(path, node)
            if isinstance(dsn, Variable) and not found:
                return {"dsn": dsn}
            if not isinstance(dsn, Constant):
                return None
            texts = parameters_of_text(dsn.text or "")
            if texts is None or texts.keys() & found.keys():
                return None
            found |= {name: Constant(text) for name, text in texts.items()}
        return without_none(found)


def without_none(found: Mapping[str, Argument]) -> dict[str, Argument]:
    """Leave out what is None."""
    return {name: value for name, value in found.items() if value != Constant(None)}


_PAIR = re.compile(r"\s*(\w+)\s*=\s*([^\s'\\]+)(?:\s+|\Z)")


def parameters_of_text(
    text: str, schemes: tuple[str, ...] = ("postgres", "postgresql")
) -> dict[str, str] | None:
    """Return the parameters in a URL or in ``name=value`` pairs, None for unusual ones."""
    if "://" not in text:
        found: dict[str, str] = {}
        at = 0
        while at < len(text.rstrip()):
            match = _PAIR.match(text, at)
            if match is None:
                return None
            found[match[1]] = match[2]
            at = match.end()
        return found
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        return None
    name = url.path.removeprefix("/")
    if url.scheme not in schemes or "," in url.netloc or "%" in name or url.fragment:
        return None
    found = dict(parse_qsl(url.query, keep_blank_values=True))
    parts = {
        "user": unquote(url.username) if url.username else "",
        "password": unquote(url.password) if url.password else "",
        "host": url.hostname if url.hostname else "",
        "port": str(port) if port else "",
        "dbname": name,
    }
    if url.hostname and url.hostname not in url.netloc:
        return None  # `urlsplit` writes it in lower case
    return found | {key: value for key, value in parts.items() if value}
