"""Roles spread until nothing changes, and functions without any are told by their words."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import PurePosixPath
from textwrap import dedent

import pytest

from codemods.catalog.psycopg2_to_sqlalchemy import codemod
from codemods.catalog.psycopg2_to_sqlalchemy.context import own_nodes
from codemods.catalog.psycopg2_to_sqlalchemy.program import Function, Module, Program
from codemods.catalog.psycopg2_to_sqlalchemy.roles import Role, Roles, Value
from codemods.project.project import Project
from tests.fixture_cases import Tree, cases


def roles_of(tree: Tree) -> Roles:
    project = Project(list(tree), tree.get)
    python = sorted(path for path in project.paths if path.suffix == ".py")
    modules = {path: one for path in python if (one := project.derived(path, Module)) is not None}
    return Roles(Program(modules, project.resolve_import, modules.get))


def values(roles: Roles, function: Function) -> list[Value]:
    """Return what a function's expressions are, objects aside, in its lambdas and classes too."""
    every = [roles.value(function, node) for node in in_sight(function)]
    return [value for value in every if value is not None and value.role is not Role.OBJECT]


def in_sight(function: Function) -> list[ast.expr]:
    """Return a function's expressions, and those of its lambdas and classes."""
    found: list[ast.expr] = []
    for node in function.nodes():
        if isinstance(node, ast.Lambda | ast.ClassDef):
            found += [one for one in own_nodes(node, inside=True) if isinstance(one, ast.Name)]
        elif isinstance(node, ast.expr):
            found.append(node)
    return found


OWN: dict[str, str | dict[str, str]] = {
    "other names": {
        "store.py": """\
            from psycopg2 import connect as dial

            ring = dial

            def lend():
                return ring("")

            shared = lend()
            """,
        "shop.py": "from store import lend as borrow, shared as public\n",
        "till.py": """\
            import shop
            from shop import borrow as take
            from shop import public as common

            def own():
                take().cursor()

            def other():
                shop.public.cursor()

            def inner():
                return lambda: common
            """,
    },
    "the request": """\
        import psycopg2
        from flask import g

        def fill():
            g.held = psycopg2.connect("")

        def one():
            getattr(g, "held").cursor()

        def two():
            g.pop("held", None).close()
        """,
}


def tree_of(files: str | Mapping[str, str]) -> Tree:
    files = {"a.py": files} if isinstance(files, str) else files
    return {PurePosixPath(path): dedent(text).encode() for path, text in files.items()}


TREES = {case.folder.name: case.before for case in cases() if case.codemod == codemod.name} | {
    name: tree_of(files) for name, files in OWN.items()
}
HOLDING = {"other names": {"lend", "own", "other", "inner"}, "the request": {"fill", "one", "two"}}


@pytest.mark.parametrize("tree", TREES.values(), ids=TREES.keys())
def test_spread_to_the_end(tree: Tree) -> None:
    roles = roles_of(tree)
    for function in roles.program.functions:
        assert roles.has_any(function) or not values(roles, function)
        for node in function.nodes():
            match node:
                case ast.Assign(targets=[ast.Name() | ast.Attribute() as target], value=given):
                    place, value = roles.place(function, target), roles.value(function, given)
                    assert place is None or value is None or place in roles.values


@pytest.mark.parametrize("name", HOLDING)
def test_names_are_followed_to_other_names(name: str) -> None:
    roles = roles_of(TREES[name])
    holding = {one.name for one in roles.program.functions if values(roles, one)}
    assert holding - {""} == HOLDING[name]
