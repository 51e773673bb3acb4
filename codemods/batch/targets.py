"""Reads which repositories a batch is about, and what is special about each."""

from __future__ import annotations

import fnmatch
import os
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from codemods.batch.errors import BatchError
from codemods.batch.redaction import redact, split_credentials
from codemods.suggestion import closest

__all__ = ["Target", "choose", "matches", "read_targets", "write_targets"]

_SCHEMES = frozenset({"file", "git", "git+ssh", "http", "https", "ssh", "ssh+git"})
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_SCP = re.compile(r"(?:[\w.+-]+@)?([\w.-]+):(?!:)(.+)")
_KEYS = ("url", "base", "branch", "only", "skip", "options")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One repository of the list."""

    url: str  #: as Git takes it, perhaps with credentials; local paths are absolute
    base: str = ""  #: the branch to start from; empty for the remote's HEAD
    branch: str = ""  #: the branch to make; empty for the tool's default
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    options: tuple[str, ...] = ()  #: ``NAME.KEY=VALUE``

    @property
    def address(self) -> str:
        """The URL without credentials."""
        return split_credentials(self.url)[0]

    @property
    def id(self) -> str:
        """What names the repository in the journal and on screen."""
        return f"{self.address}#{self.base}" if self.base else self.address


def read_targets(text: str, folder: Path, *, manifest: bool) -> tuple[Target, ...]:
    """Read a TOML manifest, or a plain list with one URL or path a line.

    Args:
        text: what the file holds. ``#`` begins a comment line in a plain list.
        folder: what relative paths are relative to.
        manifest: whether the text is TOML.

    Raises:
        BatchError: an entry is malformed or dangerous, or two contradict each other.
    """
    if manifest:
        found = list(_from_manifest(text, folder))
    else:
        lines = (line.strip() for line in text.splitlines())
        found = [Target(url=_url(line, folder)) for line in lines if line and line[0] != "#"]
    if not found:
        raise BatchError("the list names no repository")
    by_id: dict[str, Target] = {}
    for target in found:
        if by_id.setdefault(target.id, target) != target:
            raise BatchError(f"{target.id} is in the list twice, with different settings")
    return tuple(by_id.values())


def write_targets(targets: Iterable[Target]) -> str:
    """Return a manifest that `read_targets` reads as the same, but for credentials."""
    import tomlkit

    rows = []
    for target in targets:
        settings = asdict(replace(target, url=target.address))
        rows.append({key: value for key, value in settings.items() if value})
    return tomlkit.dumps({"repositories": rows}) if rows else ""


def choose(targets: Iterable[Target], match: Sequence[str], limit: int | None) -> list[Target]:
    """Keep those that match one of the globs (or hold it as text), and at most `limit`."""
    chosen = [target for target in targets if matches(target.id, match)]
    return chosen if limit is None else chosen[:limit]


def matches(id: str, globs: Sequence[str]) -> bool:
    """Whether a repository matches one of the globs, as a whole or after a slash, or holds it.

    All match no globs.
    """
    return not globs or any(
        glob in id or fnmatch.fnmatchcase(id, glob) or fnmatch.fnmatchcase(id, f"*/{glob}")
        for glob in globs
    )


def _from_manifest(text: str, folder: Path) -> Iterable[Target]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BatchError(f"the manifest is no TOML: {error}") from None
    _refuse_unknown(document, ("defaults", "repositories"), "the manifest")
    defaults = document.get("defaults", {})
    rows = document.get("repositories", [])
    if not isinstance(defaults, dict) or not isinstance(rows, list):
        raise BatchError("a manifest has a table [defaults] and tables [[repositories]]")
    _refuse_unknown(defaults, _KEYS[1:], "[defaults]")
    common = _settings(defaults, "[defaults]")
    for number, row in enumerate(rows, 1):
        where = f"repository {number}"
        if not isinstance(row, dict):
            raise BatchError(f"{where} is no table; write [[repositories]]")
        _refuse_unknown(row, _KEYS, where)
        if not isinstance(row.get("url"), str):
            raise BatchError(f"{where} has no url")
        yield replace(Target(url=_url(row["url"], folder)), **{**common, **_settings(row, where)})


def _settings(table: dict[str, Any], where: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in table.items():
        if key in ("base", "branch"):
            if not isinstance(value, str):
                raise BatchError(f"{key} of {where} must be a text")
            if value.startswith("-") or not value.isprintable():
                raise BatchError(f"{value!r} of {where} is no name for a branch")
            found[key] = value
        elif key != "url":
            if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
                raise BatchError(f"{key} of {where} must be a list of texts")
            found[key] = tuple(value)
    return found


def _refuse_unknown(table: dict[str, Any], known: Sequence[str], where: str) -> None:
    for key in table:
        if key not in known:
            raise BatchError(f"{where} has an unknown key {key!r}{closest(key, known)}")


def _url(text: str, folder: Path) -> str:
    """Return a URL that Git can't take for an option or a command, or an absolute path."""
    shown = redact(text)
    if not text or not text.isprintable():
        raise BatchError(f"{shown!r} is no URL or path")
    if text.startswith("-"):
        raise BatchError(f"{shown!r} begins with a dash: Git would take it for an option")
    url = _URL.fullmatch(text)
    if url:
        if url[1].lower() not in _SCHEMES:
            raise BatchError(f"{shown!r}: {url[1]} is none of {', '.join(sorted(_SCHEMES))}")
        if url[2].rpartition("@")[2].startswith("-") or url[2].startswith("-"):
            raise BatchError(f"{shown!r}: the name of a host can't begin with a dash")
        return text
    path = os.path.join(folder, os.path.expanduser(text))
    if os.path.exists(path):
        return os.path.abspath(path)
    if "::" in text:
        raise BatchError(f"{shown!r} names a transport that would run a program")
    remote = _SCP.fullmatch(text)
    if remote:
        if remote[1].startswith("-") or remote[2].startswith("-"):
            raise BatchError(f"{shown!r}: a host or path can't begin with a dash")
        return text
    return os.path.abspath(path)
