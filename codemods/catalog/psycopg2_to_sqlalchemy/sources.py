"""The calls that make connections and pools."""

from __future__ import annotations

import ast

from codemods.catalog.psycopg2_to_sqlalchemy.actions import NODE, Call, helper
from codemods.catalog.psycopg2_to_sqlalchemy.context import Context
from codemods.catalog.psycopg2_to_sqlalchemy.roles import CONNECT, POOLS, Factory, Role, Value
from codemods.catalog.psycopg2_to_sqlalchemy.withs import Withs

__all__ = ["Sources"]


class Sources:
    """Rewrites `psycopg2.connect`, its pools, and what a pool lends."""

    def __init__(self, context: Context, withs: Withs) -> None:
        self.context = context
        self.withs = withs

    def source(self, node: ast.Call, value: Value) -> None:
        """Rewrite a call that makes a connection or a pool."""
        name = self.context.module.qualified(node.func)
        if name == CONNECT:
            self.context.member(value, node)
            self.connect(node, value)
        elif name in POOLS:
            self.context.member(value, node)
            self.pool(node, value)
        elif (
            value.role is Role.CONNECTION
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "getconn"
        ):
            self.context.member(value, node)
            if node.args or node.keywords:
                self.context.escape(value, "pool-key", "the pool is asked by key", node)
            else:
                pool = self.context.code(node.func.value)
                self.context.draft(value, node, Call(f"{pool}.connect"))

    def connect(self, node: ast.Call, value: Value) -> None:
        if value.factory is Factory.OTHER:
            self.context.escape(
                value, "cursor-class", "the cursors are of a class of their own", node
            )
        for keyword in node.keywords:
            if keyword.arg in {"connection_factory", "async", "async_"}:
                reason = "async" if keyword.arg != "connection_factory" else "connection-class"
                self.context.escape(value, reason, f"`{keyword.arg}=` is given to connect()", node)
        if any(isinstance(argument, ast.Starred) for argument in node.args) or len(node.args) > 1:
            self.context.escape(
                value, "connect-arguments", "connect() has positional arguments", node
            )
        around = f"{NODE}.connect()"
        parent = self.context.parents[node]
        if isinstance(parent, ast.withitem) and self.withs.begins(parent):
            around = f"{NODE}.begin()"
        self.context.draft(
            value,
            node,
            Call(helper("get_engine"), frozenset({"cursor_factory"}), around=around),
            "get_engine",
        )

    def pool(self, node: ast.Call, value: Value) -> None:
        given: dict[str, ast.expr] = dict(zip(("minconn", "maxconn"), node.args, strict=False))
        for keyword in node.keywords:
            if keyword.arg in {"minconn", "maxconn"}:
                given[keyword.arg] = keyword.value
            elif keyword.arg in {"connection_factory", "async", "async_"}:
                self.context.escape(value, "connection-class", f"`{keyword.arg}=` is given", node)
        if len(given) != 2 or any(isinstance(a, ast.Starred) for a in node.args[:3]):
            self.context.escape(
                value, "connect-arguments", "the sizes of the pool are not visible", node
            )
            return
        least, most = given["minconn"], given["maxconn"]
        add: tuple[tuple[str, str], ...]
        match least, most:
            case ast.Constant(value=int(low)), ast.Constant(value=int(high)):
                size = max(low, 1)
                add = (("pool_size", str(size)), ("max_overflow", str(max(high - size, 0))))
            case _:
                size_ = f"max({self.context.code(least)}, 1)"
                add = (
                    ("pool_size", size_),
                    ("max_overflow", f"{self.context.code(most)} - {size_}"),
                )
        self.context.draft(
            value,
            node,
            Call(
                helper("get_engine"),
                frozenset({"minconn", "maxconn", "cursor_factory"}),
                min(len(node.args), 2),
                add,
            ),
            "get_engine",
        )
        self.context.note(
            node, "an exhausted pool waits for 30 seconds now; psycopg2's raised PoolError at once"
        )
