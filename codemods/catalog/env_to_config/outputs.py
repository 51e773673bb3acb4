"""What goes along with the configuration: tables for the commit, a guard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from codemods.catalog.env_to_config.facts import MARKER
from codemods.catalog.env_to_config.fields import Decision, Field

__all__ = ["disagreements", "guard_text", "table"]

_MOST_ROWS = 30


def table(path: PurePosixPath, fields: Mapping[str, Field], reads: Mapping[str, int]) -> str:
    """Return a paragraph that lists the fields of a configuration.

    Args:
        path: its module.
        fields: by name.
        reads: how many reads became each field, by its name.
    """
    head = f"The fields of {path}:"
    rows = []
    for name in sorted(fields):
        field = fields[name]
        if field.required:
            demand = "required"
        else:
            demand = "default hidden" if field.secret else f"default {field.default}"
        files = len(field.used_in)
        where = str(field.used_in[0]) if files == 1 else f"{files} files"
        rows.append(f"- {name}: {field.type}, {demand}; {_count(reads[name], 'read')} in {where}")
    return _shortened(head, rows)


def disagreements(decisions: Sequence[Decision]) -> str:
    """Return a paragraph about the variables whose reads differ, "" if there are none."""
    rows = [f"- {one.field.variable}: {one.disagreement}" for one in decisions if one.disagreement]
    head = "Reads that disagree, so that each keeps what it does:"
    return _shortened(head, rows) if rows else ""


def _shortened(head: str, rows: Sequence[str]) -> str:
    more = len(rows) - _MOST_ROWS
    tail = [f"- and {more} more, which the ledger lists"] if more > 0 else []
    return "\n".join((head, *rows[:_MOST_ROWS], *tail))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


_GUARD = '''"""The environment is read in one module only, so that it can be seen as a whole."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT{folder}
CONFIG = "{config}"
# Files and folders with a reason of their own; take them out when it is gone.
EXCEPTIONS = {exceptions}


def _reads(tree: ast.AST) -> Iterator[int]:
    imported = {{
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "os"
        for alias in node.names
        if alias.name in ("environ", "getenv")
    }}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            if owner == "os" and node.attr in ("environ", "getenv"):
                yield node.lineno
        elif isinstance(node, ast.Name) and node.id in imported:
            yield node.lineno


def test_the_environment_is_read_in_the_configuration_only() -> None:
    found = []
    for path in sorted(FOLDER.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        inside = path.relative_to(FOLDER).parts
        if name == CONFIG or name.startswith(EXCEPTIONS) or "tests" in inside:
            continue
        try:
            tree = ast.parse(path.read_bytes())
        except SyntaxError:
            continue  # a template, or for another Python
        found += [f"{{name}}:{{line}}" for line in _reads(tree)]
    assert not found, f"read these through {{CONFIG}}: {{', '.join(found)}}"
'''


def guard_text(config: PurePosixPath, exceptions: Iterable[str]) -> str:
    """Return a test that forbids reads of the environment outside the configuration.

    Args:
        config: the module of the configuration, relative to the folder above the tests.
        exceptions: files beside it, or below, that still use the environment, and folders (with
            a slash at the end) that have a configuration of their own.
    """
    named = "".join(f'    "{path}",\n' for path in sorted(set(exceptions)))
    folder = "" if config.parent == PurePosixPath(".") else f' / "{config.parent}"'
    text = _GUARD.format(
        folder=folder,
        config=config,
        exceptions=f"(\n{named})" if named else "()",
    )
    return f"{MARKER}\n{text}"
