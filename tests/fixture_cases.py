"""Fixture cases: a folder each, with files before and after a codemod, and the ledger expected.

fixtures/<codemod>/<case>/
    before/ or before.py    the repository, or its one file
    after/ or after.py      files that the codemod changes or adds; none: nothing changes
    case.toml               facts, options, [[site]] with path, line, kind, verdict, reason
"""

from __future__ import annotations

import difflib
import io
import json
import re
import tokenize
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple
from unittest import mock

from codemods import Codemod, Span
from codemods.engine import MemoryFiles, run
from codemods.engine.configuration import configure, spelt
from codemods.python import regions
from codemods.python.source import SourceFile
from codemods.registry import find_codemods

__all__ = [
    "ROOT",
    "Case",
    "Line",
    "Result",
    "Tree",
    "accept",
    "cases",
    "differences",
    "migrate",
    "read_case",
    "whole_modules",
    "with_bom",
    "with_crlf",
]

ROOT = Path(__file__).resolve().parent.parent / "fixtures"

Tree = Mapping[PurePosixPath, bytes]


class Line(NamedTuple):
    """A line of the ledger; of the base."""

    path: str
    line: int
    kind: str
    verdict: str
    reason: str


@dataclass(frozen=True)
class Case:
    """One case as it is written down."""

    folder: Path
    module: PurePosixPath  #: what ``before.py`` is called in the repository
    facts: tuple[str, ...]
    options: Mapping[str, Any]
    before: Tree
    after: Tree
    sites: tuple[Line, ...]

    @property
    def codemod(self) -> str:
        """The name of the codemod that it is about."""
        return self.folder.parent.name

    def __str__(self) -> str:
        return f"{self.codemod}/{self.folder.name}"


@dataclass(frozen=True)
class Result:
    """What a run came to."""

    files: Tree
    sites: tuple[Line, ...]
    failures: tuple[str, ...]


def cases(root: Path = ROOT) -> list[Case]:
    """Return all cases, sorted.

    Raises:
        ValueError: a case is not written as it must be.
    """
    # fixtures/demo is a whole application: see tests/test_demo.py.
    folders = sorted(
        path for path in root.glob("*/*") if path.is_dir() and path.parent.name != "demo"
    )
    return [read_case(folder) for folder in folders]


def read_case(folder: Path) -> Case:
    """Read one case; without case.toml it has no options, facts or sites.

    Raises:
        ValueError: it is not written as it must be.
    """
    document: dict[str, Any] = {}
    if (folder / "case.toml").exists():
        text = (folder / "case.toml").read_text("utf-8")
        document = tomllib.loads(text)
        if re.search(r"^\[(?!\[site\]\])", text.partition("[[site]]")[2], re.MULTILINE):
            raise ValueError(f"{folder}/case.toml: the [[site]]s come last")
    unknown = document.keys() - {"path", "facts", "options", "site"}
    if unknown:
        raise ValueError(f"{folder}/case.toml: unknown keys {', '.join(sorted(unknown))}")
    module = PurePosixPath(document.get("path", "module.py"))
    before = _tree(folder, "before", module)
    if not before:
        raise ValueError(f"{folder} has neither before.py nor files in before/")
    sites = []
    for site in document.get("site", []):
        site = {"path": str(module)} | site
        if site.keys() != {*Line._fields}:
            wrong = ", ".join(sorted(site.keys() ^ {*Line._fields}))
            raise ValueError(f"{folder}/case.toml: a [[site]] lacks or should not have {wrong}")
        sites.append(Line(**site))
    return Case(
        folder,
        module,
        tuple(document.get("facts", [])),
        document.get("options", {}),
        before,
        {**before, **_tree(folder, "after", module)},
        tuple(sorted(sites)),
    )


def migrate(
    case: Case,
    files: Tree | None = None,
    codemods: Callable[[], Sequence[Codemod]] = find_codemods,
) -> Result:
    """Run the case's codemod over its files, or over others.

    Raises:
        ValueError: there is no such codemod.
    """
    files = case.before if files is None else files
    known = {codemod.name: codemod for codemod in codemods()}
    if case.codemod not in known:
        raise ValueError(f"{case.folder}: there is no codemod {case.codemod}")
    assignments = [
        f"{case.codemod}.{name}={spelt(tuple(value) if isinstance(value, list) else value)}"
        for name, value in case.options.items()
    ]
    pyproject = files.get(PurePosixPath("pyproject.toml"))
    settings = configure(list(known.values()), pyproject, assignments).settings
    outcome = run(MemoryFiles(files), [known[case.codemod]], settings, jobs=1)
    result = dict(files)
    for change in outcome.changes:
        for file in change.files:
            assert file.after is not None
            result[file.path] = file.after
    sites = []
    for entry in outcome.entries:
        position = entry.base or entry.final
        sites.append(
            Line(
                str(entry.site.path),
                position.line if position else 0,
                entry.site.kind,
                entry.verdict.action.value,
                entry.verdict.reason,
            )
        )
    return Result(result, tuple(sorted(sites)), outcome.failures)


def differences(case: Case, result: Result) -> str:
    """Return what is not as expected, as a unified diff; empty when all is."""
    lines: list[str] = []
    for path in sorted({*case.after, *result.files}):
        expected, actual = case.after.get(path), result.files.get(path)
        if expected != actual:
            lines += _diff(f"{case}/after/{path}", _shown(expected), _shown(actual))
    lines += _diff(f"{case}/case.toml", _sites(case.sites, case), _sites(result.sites, case))
    lines += (f"{case}: {failure}\n" for failure in result.failures)
    return "".join(lines)


def accept(case: Case, result: Result) -> None:
    """Write the result down as what is expected."""
    changed = {path: data for path, data in result.files.items() if case.before.get(path) != data}
    for name in ("after.py", "after"):
        _delete(case.folder / name)
    if changed.keys() == {case.module} and (case.folder / "before.py").exists():
        (case.folder / "after.py").write_bytes(changed[case.module])
    else:
        for path, data in changed.items():
            target = case.folder / "after" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    document = case.folder / "case.toml"
    old = document.read_text("utf-8") if document.exists() else ""
    head = old.partition("[[site]]")[0].rstrip()
    sites = "".join(_sites(result.sites, case)).rstrip()
    document.write_text("\n\n".join(part for part in (head, sites) if part) + "\n", "utf-8")


def with_crlf(files: Tree) -> Tree | None:
    """Return Python files with CRLF newlines; None if some are not plain LF."""
    if any(b"\r" in data for path, data in files.items() if path.suffix == ".py"):
        return None
    return {
        path: data.replace(b"\n", b"\r\n") if path.suffix == ".py" else data
        for path, data in files.items()
    }


def with_bom(files: Tree) -> Tree | None:
    """Return Python files with a byte-order mark; None if some are not in UTF-8 without one."""
    marked = dict(files)
    for path, data in files.items():
        if path.suffix == ".py":
            if tokenize.detect_encoding(io.BytesIO(data).readline)[0] != "utf-8":
                return None
            marked[path] = b"\xef\xbb\xbf" + data
    return marked


@contextmanager
def whole_modules() -> Iterator[None]:
    """Let transformers see each file as one region."""
    region_of = regions.region_of

    def module_of(file: SourceFile, span: Span, depth: int | None = None) -> regions.Region:
        return region_of(file, span, -1)

    with mock.patch.object(regions, "region_of", module_of):
        yield


def _tree(folder: Path, name: str, module: PurePosixPath) -> Tree:
    short, tree = folder / f"{name}.py", folder / name
    if short.exists() and tree.exists():
        raise ValueError(f"{folder} has both {name}.py and {name}/")
    if short.exists():
        return {module: short.read_bytes()}
    return {
        PurePosixPath(path.relative_to(tree).as_posix()): path.read_bytes()
        for path in sorted(tree.rglob("*"))
        if path.is_file()
    }


def _sites(sites: Sequence[Line], case: Case) -> list[str]:
    return [line for site in sites for line in _site(site, case)]


def _site(site: Line, case: Case) -> Iterator[str]:
    yield "[[site]]\n"
    if site.path != str(case.module):
        yield f"path = {json.dumps(site.path, ensure_ascii=False)}\n"
    yield f"line = {site.line}\n"
    yield f'kind = "{site.kind}"\n'
    yield f'verdict = "{site.verdict}"\n'
    yield f'reason = "{site.reason}"\n'
    yield "\n"


def _shown(data: bytes | None) -> list[str]:
    text = "" if data is None else data.decode("utf-8", "backslashreplace")
    return [line.replace("\r", "\\r") for line in text.replace("\n", "\n\0").split("\0") if line]


def _diff(name: str, expected: Sequence[str], actual: Sequence[str]) -> Iterator[str]:
    for line in difflib.unified_diff(expected, actual, f"{name} (expected)", f"{name} (actual)"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _delete(path: Path) -> None:
    if path.is_dir():
        for inner in path.iterdir():
            _delete(inner)
        path.rmdir()
    else:
        path.unlink(missing_ok=True)
