"""What is interpolated into SQL, and what is never committed: reported even where all is left."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from codemods.catalog.psycopg2_to_sqlalchemy.codeflow import Facts, reaching_definitions
from codemods.catalog.psycopg2_to_sqlalchemy.constants import Constants, View
from codemods.catalog.psycopg2_to_sqlalchemy.context import Judgement
from codemods.catalog.psycopg2_to_sqlalchemy.program import Function, Module, Program
from codemods.catalog.psycopg2_to_sqlalchemy.roles import Place as FamilyPlace
from codemods.catalog.psycopg2_to_sqlalchemy.roles import Roles
from codemods.catalog.psycopg2_to_sqlalchemy.sharing import Sharing
from codemods.catalog.psycopg2_to_sqlalchemy.statements import read_statement
from codemods.codemod import Span, Survey

__all__ = ["interpolations", "never_commits"]

_WRITES = re.compile(r"\s*(?:insert|update|delete|merge|create|alter|drop|truncate)\b", re.I)
_ENDS = re.compile(r"\bcommit\b", re.I)
#: With these, a commit may be where nobody looks.
_OUT_OF_SIGHT = frozenset({"passed-on", "stored", "returned", "manager-kept", "unknown-callers"})


def interpolations(
    program: Program, judged: Judgement, surveys: Mapping[PurePosixPath, Survey[Any]]
) -> dict[tuple[PurePosixPath, Span], str]:
    """Say of each `execute` what is interpolated into its SQL; nothing where nothing is."""
    found = {
        (module.path, span): audit.sentence() for (module, span), audit in judged.audits.items()
    }
    for path, survey in surveys.items():
        module = program.modules.get(path)
        wanted = {
            site.span
            for site in survey.sites
            if site.kind == "execute" and (path, site.span) not in found
        }
        if module is not None and wanted:
            found.update(_unjudged(program, module, wanted))
    return found


def _unjudged(
    program: Program, module: Module, wanted: set[Span]
) -> dict[tuple[PurePosixPath, Span], str]:
    found: dict[tuple[PurePosixPath, Span], str] = {}
    flows: dict[Function, Facts] = {}
    constants = Constants(program, Sharing(program))
    lines = {module.file.position(span).line for span in wanted}
    for node in ast.walk(module.file.tree):
        if not isinstance(node, ast.Call) or node.lineno not in lines:
            continue
        span = module.file.span(node)
        if span not in wanted or (sql := _sql(node)) is None:
            continue
        function = program.function_of(module, node)
        if function not in flows:
            flows[function] = reaching_definitions(
                function.node.body, function.parameters, lambda _: ()
            )
        view = View(function, flows[function])
        statement = read_statement(constants, view, sql, None, many=False)
        audit = statement.audit
        if audit.closed:  # nothing is rewritten, so nothing is closed
            audit = audit.open()
        found[module.path, span] = audit.sentence()
    return found


def _sql(call: ast.Call) -> ast.expr | None:
    """Return the SQL of `cursor.execute(sql)` and of `execute_values(cursor, sql, …)`."""
    index = 0
    if "execute_" in ast.unparse(call.func):
        index = 1
    for keyword in call.keywords:
        if keyword.arg in {"query", "sql"}:
            return keyword.value
    return call.args[index] if len(call.args) > index else None


def never_commits(judged: Judgement, roles: Roles) -> set[FamilyPlace]:
    """Return the families whose writes nothing commits, as far as anybody can see."""
    writing: set[FamilyPlace] = set()
    ending = {roles.family(family) for family in judged.commits}
    ending |= {
        roles.family(escape.family) for escape in judged.escapes if escape.reason in _OUT_OF_SIGHT
    }
    for family, texts in judged.sql.items():
        if any(_WRITES.match(text) for text in texts):
            writing.add(roles.family(family))
        if any(_ENDS.search(text) for text in texts):
            ending.add(roles.family(family))
    return writing - ending
