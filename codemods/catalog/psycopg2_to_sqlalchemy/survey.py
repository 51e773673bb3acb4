"""Find what may be a site in one file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.catalog.psycopg2_to_sqlalchemy.exactness import names_errors, shows_errors
from codemods.codemod import Site, Survey
from codemods.python.names import Names
from codemods.python.source import SourceFile

__all__ = ["NAME", "FileFacts", "survey"]

NAME = "psycopg2-to-sqlalchemy"

_CONNECTS = frozenset({"psycopg2.connect"})
_POOLS = ("psycopg2.pool.",)
_METHODS = {
    "cursor": "cursor",
    "execute": "execute",
    "executemany": "execute",
    "callproc": "execute",
    "copy_from": "execute",
    "copy_to": "execute",
    "copy_expert": "execute",
    "fetchone": "fetch",
    "fetchmany": "fetch",
    "fetchall": "fetch",
    "commit": "transaction",
    "rollback": "transaction",
    "set_session": "transaction",
    "set_isolation_level": "transaction",
}
#: Builtins that take all rows of a cursor.
_CONSUMERS = frozenset({"dict", "enumerate", "list", "set", "sorted", "sum", "tuple"})
#: SQL that the server refuses while anybody is connected to the database.
_DROPS = re.compile(
    r"\bdrop\s+database\b|\balter\s+database\s+\S+\s+rename\b|\bcreate\s+database\s[^;\n]*\btemplate\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the plan wants to know of a file before it reads it."""

    connects: bool  #: it makes connections or pools
    handles: bool  #: it names exceptions of psycopg2
    registers_uuid: bool
    forks: bool
    shows_errors: bool = False  #: a broad handler may show or log an error's text
    drops_databases: bool = False  #: an idle connection would be in the way of its SQL
    patches: tuple[str, ...] = ()  #: dotted names with psycopg2 in them that a test replaces


def survey(file: SourceFile) -> Survey[FileFacts]:
    """List what may be a site: calls by the names of their methods, and what imports say."""
    names = file.names
    imported = {b.origin.split(".")[0] for b in names.imports} | {
        star.origin.split(".")[0] for star in names.module.stars
    }
    drives = "psycopg2" in imported
    found: dict[tuple[int, int], Site] = {}
    for kind, node in _candidates(file, names, drives):
        span = file.span(node)
        position = file.position(span)
        found[span.start, span.end] = Site(
            f"{file.path}:{position.line}:{position.column}:{kind}",
            NAME,
            kind,
            file.path,
            span,
            position,
            file.text[span.start : span.end],
        )
    sites = tuple(site for _, site in sorted(found.items()))
    facts = FileFacts(
        any(site.kind == "connect" for site in sites),
        drives and names_errors(names, file.tree),
        "register_uuid" in file.text,
        any(word in file.text for word in ("multiprocessing", "os.fork", "ProcessPoolExecutor")),
        shows_errors(file.tree),
        _DROPS.search(file.text) is not None,
        tuple(sorted(_patches(file.tree))),
    )
    return Survey(_unique(sites), facts)


def _patches(tree: ast.Module) -> set[str]:
    """Return the names that `patch("app.db.psycopg2.connect")` and the like replace."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        name = node.func.id if isinstance(node.func, ast.Name) else name
        if name not in {"patch", "setattr", "object"}:
            continue
        for argument in node.args:
            match argument:
                case ast.Constant(value=str(text)) if re.search(r"(?:^|\.)psycopg2(?:\.|$)", text):
                    found.add(text)
                case ast.Name(id="psycopg2") | ast.Attribute(attr="psycopg2"):
                    found.add("psycopg2.connect")
    return found


def _unique(sites: tuple[Site, ...]) -> tuple[Site, ...]:
    """Drop sites that share a position and kind (a chain of calls begins where its first does)."""
    longest: dict[str, Site] = {}
    for site in sites:
        known = longest.get(site.id)
        if known is None or site.span.end > known.span.end:
            longest[site.id] = site
    return tuple(sorted(longest.values(), key=lambda site: site.span))


def _candidates(
    file: SourceFile, names: Names, drives: bool
) -> Iterator[tuple[str, ast.expr | ast.excepthandler]]:
    cursors = _cursors(file.tree) if drives else frozenset()
    for node in ast.walk(file.tree):
        match node:
            case ast.Call():
                kind = _kind(names, node, drives)
                if kind:
                    yield kind, node
                if isinstance(node.func, ast.Name) and node.func.id in _CONSUMERS:
                    taken = [one for one in node.args[:1] if ast.unparse(one) in cursors]
                    yield from (("row-use", one) for one in taken)
            case ast.ExceptHandler(type=ast.expr() as caught) if drives:
                each = caught.elts if isinstance(caught, ast.Tuple) else [caught]
                if any(_is_driver(names, one) for one in each):
                    yield "handler", caught
            case ast.Attribute(value=value, attr="rowcount" | "description") if cursors:
                if ast.unparse(value) in cursors:
                    yield "row-use", node
            case ast.For(iter=source) | ast.comprehension(iter=source) if cursors:
                if ast.unparse(source) in cursors:
                    yield "row-use", source


def _cursors(tree: ast.Module) -> frozenset[str]:
    """Return the source of what SQL is run on: ``cur`` and ``self.cur`` of ``cur.execute(…)``."""
    return frozenset(
        ast.unparse(node.func.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"execute", "executemany"}
        and isinstance(node.func.value, ast.Name | ast.Attribute)
    )


def _kind(names: Names, node: ast.Call, drives: bool) -> str:
    if isinstance(node.func, ast.Name | ast.Attribute):
        meaning = names.qualified(node.func).sole or ""
        if meaning in _CONNECTS or (meaning.startswith(_POOLS) and meaning.endswith("Pool")):
            return "connect"
        if meaning in {"psycopg2.extras.execute_values", "psycopg2.extras.execute_batch"}:
            return "execute"
    if isinstance(node.func, ast.Attribute):
        kind = _METHODS.get(node.func.attr, "")
        if kind == "execute" and node.args and _is_of(names, node.args[0], "sqlalchemy"):
            return ""  # psycopg2 takes no `text()`
        return kind if drives or kind == "execute" else ""
    return ""


def _is_of(names: Names, node: ast.expr, package: str) -> bool:
    """Whether an expression calls something of a package."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name | ast.Attribute):
        return False
    return (names.qualified(node.func).sole or "").split(".")[0] == package


def _is_driver(names: Names, node: ast.expr) -> bool:
    if not isinstance(node, ast.Name | ast.Attribute):
        return False
    meaning = names.qualified(node).sole or ""
    return meaning.split(".")[0] == "psycopg2"
