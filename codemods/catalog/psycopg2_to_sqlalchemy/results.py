"""What a function does with what its statements give."""

from __future__ import annotations

import ast

from codemods.catalog.psycopg2_to_sqlalchemy.actions import (
    Replace,
    helper,
)
from codemods.catalog.psycopg2_to_sqlalchemy.codeflow import (
    BROKEN,
    UNBOUND,
)
from codemods.catalog.psycopg2_to_sqlalchemy.context import EXECUTING, Context
from codemods.catalog.psycopg2_to_sqlalchemy.cursors import (
    Executor,
    dotted,
)
from codemods.catalog.psycopg2_to_sqlalchemy.descriptions import names_of_columns
from codemods.catalog.psycopg2_to_sqlalchemy.roles import (
    Factory,
    Role,
    Value,
)
from codemods.catalog.psycopg2_to_sqlalchemy.rowuse import (
    RowUse,
    use_of_iteration,
    use_of_row,
    use_of_rows,
)

__all__ = ["Results"]


#: Where a conditional expression needs no parentheses.
_OPEN = ast.Assign | ast.Call | ast.FormattedValue | ast.Return | ast.keyword


class Results:
    """Judges fetches, loops over cursors, `rowcount` and `description`."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.certain: dict[ast.AST, bool] = {}
        """By where a result is read: whether its statement gives rows for certain."""
        self.many: dict[ast.AST, bool] = {}
        """By where a result is read: whether it may be that of many rows, or of none."""

    def holder(self, executor: Executor, code: str) -> str:
        if executor.holder:
            return executor.holder
        if code not in self.context.result_names:
            taken = {n.id for n in ast.walk(self.context.function.node) if isinstance(n, ast.Name)}
            taken |= set(self.context.function.parameters) | set(self.context.result_names.values())
            name, count = "result", 2
            while name in taken:
                name, count = f"result_{count}", count + 1
            self.context.result_names[code] = name
        return self.context.result_names[code]

    def has_result(self, node: ast.expr, value: Value, at: ast.AST, counting: bool = False) -> bool:
        """Whether a result of this function's own is certain where it is read.

        Of the result for many rows nothing but their number can be read.
        """
        code = dotted(node)
        if code is None:
            self.context.escape(value, "cursor-unknown", "the cursor has no name", node)
            return False
        state = self.context.facts.marks.get(at)
        found = (state or {}).get(f"result {code}", frozenset((UNBOUND,)))
        executes = {
            definition
            for definition in found
            if isinstance(definition, ast.Call)
            and isinstance(definition.func, ast.Attribute)
            and definition.func.attr in EXECUTING
            and dotted(definition.func.value) == code
        }
        if not executes or UNBOUND in found or executes != set(found) - {BROKEN}:
            self.context.escape(
                value,
                "result-from-elsewhere",
                f"`{code}` may hold a result that another function (or nothing) left in it",
                at,
            )
            return False
        if BROKEN in found:
            self.context.escape(
                value,
                "result-after-error",
                f"`{code}` is read although its statement may have failed",
                at,
            )
            return False
        for call in executes:
            assert isinstance(call, ast.Call)
            counted = counting and _is_many(call)
            (self.context.counted if counted else self.context.kept_results).add(call)
            self.many[at] = self.many.get(at, False) or counted
        self.certain[at] = executes <= self.context.giving
        return True

    def fetched(self, holder: str, at: ast.AST) -> tuple[str, tuple[str, ...]]:
        """Return the code of a result that rows are read from, and the helpers that it needs."""
        if self.certain[at] or not self.context.exact:
            return holder, ()
        return f"{helper('rows_of')}({holder})", ("rows_of",)

    def rows(self, value: Value, use: RowUse, at: ast.AST, holder: str, fetch: str) -> str | None:
        """Return the code that gives the rows (or the row) as the program wants them."""
        factory = value.factory
        plain = not use & (RowUse.AWAY | RowUse.KEY | RowUse.ATTRIBUTE)
        if factory is Factory.DICT:
            if plain and not use & RowUse.TEXT:
                factory = Factory.TUPLE
            elif not use & (RowUse.AWAY | RowUse.POSITION | RowUse.TEXT | RowUse.ATTRIBUTE):
                factory = Factory.REAL_DICT
            else:
                self.context.escape(
                    value, "dict-cursor", "a DictRow is used by position and by name", at
                )
                return None
        if factory is Factory.NAMED_TUPLE:
            if use & (RowUse.AWAY | RowUse.KEY | RowUse.TEXT):
                self.context.escape(value, "named-tuple", "a named tuple leaves the function", at)
                return None
            return f"{holder}{fetch}"
        if factory is Factory.REAL_DICT:
            if use & (RowUse.TEXT | RowUse.ATTRIBUTE):
                self.context.escape(value, "row-text", "the text of a RealDictRow is used", at)
                return None
            # Columns of one name are one key of a RealDictRow, and several of a RowMapping.
            bare = not use & (RowUse.AWAY | RowUse.POSITION | RowUse.KEYS)
            if use & RowUse.AWAY:
                self.context.note(
                    at, "a row that leaves is a dict; only its text is not that of a RealDictRow"
                )
            return self.wrapped(f"{holder}.mappings()", fetch, "" if bare else "dict")
        return self.wrapped(holder, fetch, "" if plain else "tuple")

    def wrapped(self, holder: str, fetch: str, kind: str) -> str:
        if not kind:
            return f"{holder}{fetch}"
        if not fetch:
            return f"map({kind}, {holder})"
        if fetch.startswith(".fetchone"):
            row = self.context.fresh("row")
            return f"{kind}({row}) if ({row} := {holder}{fetch}) is not None else None"
        return f"[{kind}(row) for row in {holder}{fetch}]"

    def fetch(self, node: ast.expr, value: Value, call: ast.Call) -> None:
        executor = self.context.executor(node, value)
        if executor is None or not self.has_result(node, value, call):
            return
        assert isinstance(call.func, ast.Attribute)
        arguments = ", ".join(
            [self.context.code(a) for a in call.args]
            + [f"{k.arg}={self.context.code(k.value)}" for k in call.keywords]
        )
        fetch = f".{call.func.attr}({arguments})"
        judge = use_of_row if call.func.attr == "fetchone" else use_of_rows
        use = judge(self.context.function, self.context.facts, call)
        holder, needs = self.fetched(self.holder(executor, str(dotted(node))), call)
        rows = self.rows(value, use, call, holder, fetch)
        if rows is None:
            return
        if ":=" in rows and self.in_comprehension(call):
            self.context.escape(
                value, "row-in-comprehension", "a row is made in a comprehension", call
            )
        elif rows != self.context.code(call):
            if ":=" in rows and not isinstance(self.context.parents[call], ast.Return | ast.Assign):
                rows = f"({rows})"
            self.context.draft(value, call, Replace(rows), *needs)

    def in_comprehension(self, node: ast.AST) -> bool:
        while not isinstance(node, ast.stmt):
            if isinstance(
                node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp | ast.Lambda
            ):
                return True
            node = self.context.parents[node]
        return isinstance(node, ast.ClassDef)

    def about_result(self, node: ast.expr, value: Value, attribute: ast.Attribute) -> None:
        executor = self.context.executor(node, value)
        counting = attribute.attr == "rowcount"
        if executor is None or not self.has_result(node, value, attribute, counting):
            return
        holder = self.holder(executor, str(dotted(node)))
        if counting:
            code = f"{holder}.rowcount"
            if self.many[attribute]:
                code = f"{code} if {holder} is not None else 0"
                if not isinstance(self.context.parents[attribute], _OPEN):
                    code = f"({code})"
            if code != self.context.code(attribute):
                self.context.draft(value, attribute, Replace(code))
            return
        parent = self.context.parents[attribute]
        match parent:
            case ast.If() | ast.While() | ast.UnaryOp() | ast.BoolOp():
                self.context.draft(value, attribute, Replace(f"{holder}.returns_rows"))
            case ast.IfExp() if parent.test is attribute:
                self.context.draft(value, attribute, Replace(f"{holder}.returns_rows"))
            case ast.Compare(ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
                self.context.draft(value, parent, Replace(f"(not {holder}.returns_rows)"))
            case ast.Compare(ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]):
                self.context.draft(value, parent, Replace(f"{holder}.returns_rows"))
            case _:
                self.column_names(value, attribute, holder)

    def column_names(self, value: Value, attribute: ast.Attribute, holder: str) -> None:
        names = names_of_columns(self.context.function, self.context.facts, attribute)
        if names is None:
            self.context.escape(
                value, "description", "`description` is used for more than names", attribute
            )
            return
        loop = self.context.parents[attribute]
        whole = self.context.parents[loop]
        if (
            isinstance(loop, ast.comprehension)
            and isinstance(whole, ast.ListComp)
            and len(whole.generators) == 1
            and not loop.ifs
            and [whole.elt] == names
        ):
            self.context.draft(value, whole, Replace(f"list({holder}.keys())"))
            return
        self.context.draft(value, attribute, Replace(f"{holder}.keys()"))
        for name in names:
            assert isinstance(name, ast.Subscript | ast.Attribute)
            self.context.draft(value, name, Replace(self.context.code(name.value)))

    def iterated(self, node: ast.expr, value: Value, loop: ast.For | ast.comprehension) -> None:
        if value.role is not Role.CURSOR or dotted(node) is None:
            self.context.escape(value, "stored", f"`{ast.unparse(node)}` is iterated over", node)
            return
        self.context.member(value, node)
        executor = self.context.executor(node, value)
        if executor is None or not self.has_result(node, value, node):
            return
        if isinstance(loop, ast.For) and self.runs_again(loop, str(dotted(node))):
            self.context.escape(
                value, "re-executed-in-loop", "the cursor is executed in a loop over it", loop
            )
            return
        holder, needs = self.fetched(self.holder(executor, str(dotted(node))), node)
        use = use_of_iteration(self.context.function, self.context.facts, loop)
        rows = self.rows(value, use, node, holder, "")
        if rows is None:
            return
        if rows != self.context.code(node):
            self.context.draft(value, node, Replace(rows), *needs)

    def consumed(self, node: ast.expr, value: Value) -> None:
        """A builtin takes all rows: `list(cur)`."""
        self.context.member(value, node)
        executor = self.context.executor(node, value)
        if executor is None or not self.has_result(node, value, node):
            return
        holder, needs = self.fetched(self.holder(executor, str(dotted(node))), node)
        rows = self.rows(value, RowUse.AWAY, node, holder, "")
        if rows is not None:
            self.context.draft(value, node, Replace(rows), *needs)

    def runs_again(self, loop: ast.For, code: str) -> bool:
        return any(
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in EXECUTING
            and dotted(node.func.value) == code
            for statement in loop.body
            for node in ast.walk(statement)
        )


def _is_many(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "executemany"
