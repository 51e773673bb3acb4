"""The files of a repository as one frozen thing: which exist, their bytes, their parsed forms."""

from __future__ import annotations

import configparser
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from codemods.project.setup_py import SetupCall, read_setup_call
from codemods.python.source import SourceError, read_source

__all__ = ["ROOT", "ReadAll", "Snapshot"]

ReadAll = Callable[[Iterable[PurePosixPath]], Mapping[PurePosixPath, bytes]]
"""Gives the bytes of files; absent ones are missing from the answer."""

ROOT = PurePosixPath(".")


class Snapshot:
    """All paths of a snapshot and their contents; each file is read and parsed at most once.

    A configuration file that can't be read counts as empty, and a sentence in `warnings` says so.
    """

    def __init__(
        self,
        paths: Iterable[PurePosixPath],
        read: Callable[[PurePosixPath], bytes | None],
        read_all: ReadAll | None = None,
    ) -> None:
        self.paths = frozenset(paths)
        self._read = read
        self._read_all = read_all
        self._bytes: dict[PurePosixPath, bytes | None] = {}
        self._toml: dict[PurePosixPath, Mapping[str, Any]] = {}
        self._cfg: dict[PurePosixPath, Mapping[str, Mapping[str, str]]] = {}
        self._setup_calls: dict[PurePosixPath, SetupCall] = {}
        self.warnings: dict[PurePosixPath, str] = {}

    def read(self, path: PurePosixPath) -> bytes | None:
        """Return the bytes of a file, None when the snapshot has no such file."""
        if path not in self._bytes:
            self._bytes[path] = self._read(path) if path in self.paths else None
        return self._bytes[path]

    def preload(self, paths: Iterable[PurePosixPath]) -> None:
        """Read several files at once, where that is faster than one by one."""
        if self._read_all is not None:
            wanted = [path for path in paths if path in self.paths and path not in self._bytes]
            self._bytes.update(self._read_all(wanted))

    def text(self, path: PurePosixPath) -> str:
        """Return a configuration file as text, "" when it is absent or not UTF-8."""
        data = self.read(path)
        if data is None:
            return ""
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            self._warn(path, f"byte {error.start} is not UTF-8")
            return ""

    def toml(self, path: PurePosixPath) -> Mapping[str, Any]:
        """Return a parsed TOML file, empty when it is absent or malformed."""
        if path not in self._toml:
            try:
                self._toml[path] = tomllib.loads(self.text(path))
            except (tomllib.TOMLDecodeError, RecursionError) as error:
                self._warn(path, str(error))
                self._toml[path] = {}
        return self._toml[path]

    def cfg(self, path: PurePosixPath) -> Mapping[str, Mapping[str, str]]:
        """Return the sections of an INI file, empty when it is absent or malformed.

        Keys are lower case with underscores, as setuptools takes `python-requires` and
        `python_requires` for the same.
        """
        if path not in self._cfg:
            parser = configparser.RawConfigParser(strict=False)
            try:
                parser.read_string(self.text(path))
                sections = {
                    section: {
                        key.replace("-", "_"): value or "" for key, value in parser.items(section)
                    }
                    for section in parser.sections()
                }
            except configparser.Error as error:
                self._warn(path, str(error).splitlines()[0])
                sections = {}
            self._cfg[path] = sections
        return self._cfg[path]

    def setup_call(self, path: PurePosixPath) -> SetupCall:
        """Return what a setup.py says without running it; empty when it can't be read."""
        if path not in self._setup_calls:
            call = SetupCall()
            data = self.read(path)
            if data is not None:
                try:
                    call = read_setup_call(read_source(path, data))
                except SourceError as error:
                    self.warnings[path] = f"{path} can't be read: {error.message}"
            self._setup_calls[path] = call
        return self._setup_calls[path]

    @cached_property
    def folders(self) -> frozenset[PurePosixPath]:
        """All folders that hold a file, directly or not; `ROOT` among them."""
        return frozenset(self._inside)

    @cached_property
    def children(self) -> Mapping[PurePosixPath, frozenset[PurePosixPath]]:
        """The files and folders directly in each folder."""
        return {folder: frozenset(inside) for folder, inside in self._inside.items()}

    @cached_property
    def _inside(self) -> Mapping[PurePosixPath, Sequence[PurePosixPath]]:
        """What is directly in each folder."""
        found: dict[str, list[PurePosixPath]] = {".": []}  # texts are compared many times faster
        waiting = list(self.paths)
        while waiting:
            path = waiting.pop()
            folder = str(path).rpartition("/")[0] or "."
            inside = found.get(folder)
            if inside is None:
                inside = found[folder] = []
                waiting.append(PurePosixPath(folder))
            inside.append(path)
        return {PurePosixPath(folder): inside for folder, inside in found.items()}

    @cached_property
    def python_folders(self) -> frozenset[PurePosixPath]:
        """All folders that hold a `.py` file, directly or not."""
        found: set[str] = set()
        for path in self.paths:
            name = str(path)
            if name.endswith(".py"):
                folder = name
                while folder != "." and (folder := folder.rpartition("/")[0] or ".") not in found:
                    found.add(folder)
        return frozenset(map(PurePosixPath, found))

    def _warn(self, path: PurePosixPath, why: str) -> None:
        self.warnings.setdefault(path, f"{path} can't be read: {why}")
