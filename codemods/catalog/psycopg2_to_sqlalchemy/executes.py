"""The statements that a function runs."""

from __future__ import annotations

import ast

from codemods.catalog.psycopg2_to_sqlalchemy.actions import (
    Call,
    Execute,
    ExecuteMany,
    Replace,
    helper,
)
from codemods.catalog.psycopg2_to_sqlalchemy.constants import View
from codemods.catalog.psycopg2_to_sqlalchemy.context import Context
from codemods.catalog.psycopg2_to_sqlalchemy.cursors import (
    Executor,
    dotted,
)
from codemods.catalog.psycopg2_to_sqlalchemy.results import Results
from codemods.catalog.psycopg2_to_sqlalchemy.roles import (
    Value,
)
from codemods.catalog.psycopg2_to_sqlalchemy.statements import Statement, read_statement

__all__ = ["Executes"]


class Executes:
    """Judges `execute` and its relatives."""

    def __init__(self, context: Context, results: Results) -> None:
        self.context = context
        self.results = results
        self.first = len(context.done.drafts)  #: drafts of this function begin here
        self.executes: list[tuple[ast.Call, Executor, str]] = []
        self.many: list[tuple[ast.Call, Executor, str]] = []
        self.statements: dict[ast.Call, tuple[Value, Statement]] = {}

    def execute(self, node: ast.expr, value: Value, call: ast.Call) -> None:
        assert isinstance(call.func, ast.Attribute)
        many = call.func.attr == "executemany"
        names = ("query", "vars_list") if many else ("query", "vars")
        given: dict[str, ast.expr] = dict(zip(names, call.args, strict=False))
        for keyword in call.keywords:
            given[str(keyword.arg)] = keyword.value
        place = (self.context.module, self.context.module.file.span(call))
        sql = given.get("query")
        if (
            sql is None
            or not set(given) <= set(names)
            or any(isinstance(a, ast.Starred) for a in call.args)
            or len(call.args) > 2
            or len(call.args) + len(call.keywords) != len(given)
        ):
            self.context.escape(value, "execute-arguments", "the arguments are not visible", call)
            return
        view = View(self.context.function, self.context.facts)
        statement = read_statement(self.context.constants, view, sql, given.get(names[1]), many)
        family = self.context.family(value)
        wanted = self.context.done.wanted.setdefault(family, set())
        wanted |= self.context.constants.sharing.taken_needles()
        self.context.done.audits[place] = statement.audit
        if statement.gives_rows:
            self.context.giving.add(call)
        self.context.done.sql.setdefault(family, []).append(statement.text)
        executor = self.context.executor(node, value)
        if executor is None:
            return
        if isinstance(sql, ast.Constant) and isinstance(sql.value, bytes):
            self.context.escape(value, "bytes-sql", "the SQL is given as bytes", call)
            return
        if not isinstance(self.context.parents[call], ast.Expr):
            self.context.escape(value, "execute-value", "the value of execute() is used", call)
            return
        for literal, action in statement.elsewhere.items():
            self.context.draft(value, literal, action)
        if not statement.through_text:
            self.context.done.driver[place] = statement.why
        self.statements[call] = (value, statement)
        (self.many if many else self.executes).append((call, executor, str(dotted(node))))

    def order_many(self, call: ast.Call, executor: Executor, code: str) -> None:
        value, statement = self.statements[call]
        if call in self.context.kept_results:
            self.context.escape(value, "result-of-many", "a result of executemany() is read", call)
        keep = self.results.holder(executor, code) if call in self.context.counted else ""
        if statement.through_text and not self.has_own_lines(call):
            if statement.elsewhere:
                self.context.escape(value, "edited-twice", "its line has other code as well", call)
            statement = self.to_driver(call, statement, "it shares a line with other code")
        if statement.through_text:
            positional = "%(" not in statement.text
            self.context.draft(
                value,
                call,
                ExecuteMany(
                    executor.code,
                    statement.sql,
                    statement.names if positional else (),
                    self.context.fresh("parameters"),
                    keep,
                ),
                "text",
            )
        else:
            action = Execute(executor.code, None, helper("run_many"), keep=keep)
            self.context.draft(value, call, action, "run_many")

    def finish(self) -> None:
        """Order the executes, now that it is known whose results are read."""
        for call, executor, code in self.many:
            self.order_many(call, executor, code)
        for call, executor, code in self.executes:
            value, statement = self.statements[call]
            if statement.sql is not None and self.changes_inside(_sql_of(call)):
                if statement.elsewhere:
                    self.context.escape(
                        value, "edited-twice", "a part of the SQL changes as well", call
                    )
                statement = self.to_driver(call, statement, "a part of the SQL changes as well")
            keep = self.results.holder(executor, code) if call in self.context.kept_results else ""
            needs = ["text"] if statement.through_text else ["run_sql"]
            if statement.expanding:
                needs.append("bindparam")
            self.context.draft(
                value,
                call,
                Execute(
                    executor.code,
                    statement.sql,
                    "text" if statement.through_text else helper("run_sql"),
                    statement.parameters,
                    statement.expanding,
                    keep,
                    statement.drop_parameters,
                ),
                *needs,
            )

    def changes_inside(self, sql: ast.expr) -> bool:
        """Whether a part of the SQL's expression is changed as well, which new SQL would lose."""
        span = self.context.module.file.span(sql)
        return any(
            draft.module is self.context.module
            and span.start <= draft.span.start
            and draft.span.end <= span.end
            for draft in self.context.done.drafts[self.first :]
        )

    def has_own_lines(self, call: ast.Call) -> bool:
        """Whether a call's lines hold nothing else, so that a statement can come before it."""
        file = self.context.module.file
        span = file.span(call)
        before = file.text[: span.start].rpartition("\n")[2]
        after = file.text[span.end :].partition("\n")[0].strip()
        return not before.strip() and (not after or after.startswith("#"))

    def to_driver(self, call: ast.Call, statement: Statement, why: str) -> Statement:
        place = (self.context.module, self.context.module.file.span(call))
        self.context.done.driver[place] = why
        self.context.done.audits[place] = statement.audit.open()
        return Statement(False, why=why, text=statement.text)

    def raw(self, node: ast.expr, value: Value, call: ast.Call, attribute: ast.Attribute) -> None:
        """COPY stays with the driver, inside the connection's transaction (8.5)."""
        executor = self.context.executor(node, value)
        if executor is None:
            return
        code = f"{helper('raw_cursor')}({executor.code}).{attribute.attr}"
        self.context.draft(value, call, Call(code), "raw_cursor")

    def mogrify(self, node: ast.expr, value: Value, call: ast.Call) -> None:
        """Only the driver can say what it would send; nothing is run (7.15)."""
        executor = self.context.executor(node, value)
        if executor is not None:
            self.context.draft(value, call, Call(f"{executor.code}.connection.cursor().mogrify"))

    def bulk(self, node: ast.expr, value: Value, call: ast.Call, name: str) -> None:
        """`execute_values` and `execute_batch` stay with the driver (8.3)."""
        self.context.member(value, call)
        executor = self.context.executor(node, value)
        if executor is None:
            return
        self.context.draft(
            value,
            node,
            Replace(f"{helper('raw_cursor')}({executor.code})"),
            "raw_cursor",
        )
        place = (self.context.module, self.context.module.file.span(call))
        self.context.done.inside.add(place)
        self.context.done.driver[place] = "psycopg2 sends many rows in one statement"


def _sql_of(call: ast.Call) -> ast.expr:
    for keyword in call.keywords:
        if keyword.arg == "query":
            return keyword.value
    return call.args[0]
