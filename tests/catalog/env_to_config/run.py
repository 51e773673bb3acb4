"""Run the codemod over a repository in memory, and run programs before and after."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import CodeType, ModuleType
from typing import Any
from unittest import mock

import pydantic_settings  # noqa: F401 - once, not in each program

from codemods.catalog.env_to_config import codemod
from codemods.codemod import Settings
from codemods.engine import MemoryFiles, run
from codemods.engine.outcome import Outcome

Files = Mapping[str, str]
FORMS = ("dataclass", "pydantic")


@dataclass(frozen=True)
class Result:
    """What came out."""

    files: dict[str, str]  #: all files of the repository afterwards
    outcome: Outcome

    @property
    def reasons(self) -> list[str]:
        """The reasons of all sites, in order, without the codemod's name."""
        entries = self.outcome.entries
        return [one.verdict.reason.removeprefix("env-to-config/") for one in entries]

    @property
    def notes(self) -> list[str]:
        return [one.verdict.note for one in self.outcome.entries]

    @property
    def paragraphs(self) -> str:
        changes = self.outcome.changes
        return "\n\n".join(text for change in changes for text in change.paragraphs)

    @property
    def config(self) -> str:
        """The generated module."""
        return next(text for path, text in self.files.items() if path.endswith("config.py"))

    @property
    def fields(self) -> list[str]:
        """The lines of the generated class above its methods, without layout."""
        body = self.config.partition('says where not)."""\n\n')[2].partition("    def ")[0]
        return [" ".join(line.split()) for line in body.replace("(\n        ", "(").split("\n    ")]


def migrate(files: Files, **options: Any) -> Result:
    """Run the codemod, and check that a second run has nothing to do."""
    settings = {codemod.name: Settings(codemod.options(**options))}
    contents = {PurePosixPath(path): text.encode() for path, text in files.items()}
    outcome = run(MemoryFiles(contents), [codemod], settings)
    assert not outcome.failures
    for change in outcome.changes:
        contents |= {file.path: file.after or b"" for file in change.files}
    again = run(MemoryFiles(contents), [codemod], settings)
    assert not any(change.files for change in again.changes)
    return Result({str(path): data.decode() for path, data in contents.items()}, outcome)


class _Loader(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports modules from memory."""

    def __init__(self, files: Files) -> None:
        self.sources = {
            path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): (path, text)
            for path, text in files.items()
            if path.endswith(".py")
        }

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name not in self.sources:
            return None
        package = self.sources[name][0].endswith("__init__.py")
        return importlib.machinery.ModuleSpec(name, self, is_package=package)

    def get_source(self, fullname: str) -> str:
        return self.sources[fullname][1]

    def is_package(self, fullname: str) -> bool:
        return self.sources[fullname][0].endswith("__init__.py")

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.get_source(fullname), self.sources[fullname][0], "exec")


@contextmanager
def program(files: Files, environ: Mapping[str, str]) -> Iterator[None]:
    """Let the files of a repository be imported, in an environment of their own."""
    loader = _Loader(files)
    kept = dict(sys.modules)
    sys.meta_path.insert(0, loader)
    try:
        with mock.patch.dict(os.environ, environ, clear=True):
            yield
    finally:
        sys.meta_path.remove(loader)
        for name in sys.modules.keys() - kept.keys():
            del sys.modules[name]


def values_of(
    files: Files, module: str, environments: Sequence[Mapping[str, str]]
) -> list[tuple[str, object]]:
    """Load a module in each environment and return how that ends.

    That is ("value", VALUE) or ("error", the exception). The modules that it imports are loaded
    once: a configuration must see each environment all the same.
    """
    found: list[tuple[str, object]] = []
    with program(files, {}):
        for environ in environments:
            sys.modules.pop(module, None)
            with mock.patch.dict(os.environ, environ, clear=True):
                try:
                    found.append(("value", importlib.import_module(module).VALUE))
                except Exception as error:
                    found.append(("error", error))
    return found
