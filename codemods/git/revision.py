"""The files of one commit, read in bulk."""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from codemods.git.aside import Aside
from codemods.git.errors import CommandFailedError, GitError
from codemods.git.objects import UnreadableObjectError
from codemods.git.quoting import split_at_nul
from codemods.git.repository import Repository

if TYPE_CHECKING:
    from codemods.git.checkout import Checkout

__all__ = ["Entry", "Revision", "check_needles"]

_SYMLINK = "120000"
_SUBMODULE = "160000"


def _quote_extended(text: str) -> str:
    return re.sub(r"[][^.$()|*+?{}\\]", r"\\\g<0>", text)


# Perl's are faster, but Git can be built without them, and then says so.
_DIALECTS = (("--perl-regexp", re.escape, "(?:"), ("--extended-regexp", _quote_extended, "("))
_UNREADABLE = re.compile(r"^error: '[^:\n]*:(.*)': unable to read (\w+)$", re.MULTILINE)
_ALTERNATIVES = 200  #: in one pattern; a compiled one has a largest size
_MOST_KEPT = 16_000_000  #: bytes of files that have been read; most are asked for several times


class Entry(NamedTuple):
    """One line of a tree."""

    mode: str  #: ``100644``, ``100755``, ``120000`` (symbolic link) or ``160000`` (submodule)
    id: str  #: of the blob, or of the submodule's commit


class Revision:
    """The files of one commit.

    Paths are bytes to Git; names that are not UTF-8 are carried as `os.fsdecode` gives them.
    """

    def __init__(self, repository: Repository, revision: str = "HEAD") -> None:
        """Open the commit that `revision` names.

        Raises:
            GitError: it names no commit.
        """
        self.repository = repository
        self.suffixes: tuple[str, ...] = ()
        self._kept = _Kept()
        self._listed: Aside[bytes] | None = None
        self.commit: str = repository.resolve(revision)  #: the full commit id

    @cached_property
    def entries(self) -> Mapping[PurePosixPath, Entry]:
        """Everything in the tree except folders, sorted by path."""
        listing = self._listing() if self._listed is None else self._listed.result()
        lines = []
        for line in split_at_nul(listing):
            head, _, name = line.partition("\t")
            lines.append((name.split("/"), head, name))
        lines.sort()  # as the paths would be, but faster
        entries = {}
        for _, head, name in lines:
            mode, _, object_id = head.split(" ")
            entries[PurePosixPath(name)] = Entry(mode, object_id)
        return entries

    def expect_entries(self) -> None:
        """Let Git list the tree, while something is done before `entries` are asked for."""
        self._listed = Aside(self._listing)

    def _listing(self) -> bytes:
        if self.repository.promisor:
            self._fetch_trees()
        return self.repository.run("ls-tree", "-r", "-z", "--full-tree", self.commit)

    @cached_property
    def paths(self) -> tuple[PurePosixPath, ...]:
        """All regular files, sorted."""
        return tuple(p for p, e in self.entries.items() if e.mode not in (_SYMLINK, _SUBMODULE))

    @property
    def symlinks(self) -> tuple[PurePosixPath, ...]:
        """All symbolic links, sorted."""
        return tuple(p for p, e in self.entries.items() if e.mode == _SYMLINK)

    @cached_property
    def links(self) -> Mapping[PurePosixPath, str]:
        """All symbolic links, sorted, with what they point to as it is written there.

        Raises:
            GitError: blobs of a partial clone can't be had, or the repository is damaged.
        """
        found = {path: self.entries[path].id for path in self.symlinks}
        if found and self.repository.promisor:
            self._fetch_blobs(found)
        ids = sorted(set(found.values()))
        targets = dict(zip(ids, self.repository.objects.read(ids), strict=True)) if ids else {}
        return {path: os.fsdecode(targets[object_id]) for path, object_id in found.items()}

    @property
    def submodules(self) -> tuple[PurePosixPath, ...]:
        """All submodules, sorted."""
        return tuple(p for p, e in self.entries.items() if e.mode == _SUBMODULE)

    def searching(self, suffixes: tuple[str, ...]) -> Revision:
        """Return the same revision, with `search` limited to paths that end in one of these.

        That is faster, and spares a partial clone from fetching what nobody wants. Without
        suffixes, all files are searched.
        """
        limited = copy.copy(self)
        limited.suffixes = suffixes
        limited.__dict__.pop("_checkout", None)  # it is about the files that are searched
        return limited

    def search(
        self, needles: Iterable[bytes], meanwhile: Callable[[], object] = lambda: None
    ) -> frozenset[PurePosixPath]:
        """Return the regular files whose bytes hold at least one of the needles.

        `meanwhile` is called while Git searches.

        Raises:
            ValueError: a needle is empty or holds a newline or NUL.
            GitError: blobs of a partial clone can't be had, or the repository is damaged.
        """
        wanted = check_needles(needles)
        if not wanted:
            return frozenset()
        suffixes = self.suffixes
        regular = self._by_name
        if self.repository.promisor:
            # grep would ask the remote for one blob after the other.
            wanted_here = (p for n, p in regular.items() if not suffixes or n.endswith(suffixes))
            self._fetch_blobs((*wanted_here, *self.symlinks))  # what `links` asks for, at once
        specs = [":(top)*" + re.sub(r"([*?\[\]\\])", r"\\\1", suffix) for suffix in suffixes]

        def grep(commit: str | None, specs: Sequence[str]) -> frozenset[str]:
            return self._grep(wanted, commit, specs, meanwhile)

        names = None
        # Needles with a carriage return may be in a commit and, as Git converted it, not on the
        # disk. Objects that a partial clone lacks are got for all files at once.
        if self.repository.promisor is None and not any(b"\r" in needle for needle in wanted):
            names = self._checkout.search(grep, specs, self._read_ahead)
        found = grep(self.commit, specs) if names is None else names
        return frozenset(regular[name] for name in found if name in regular)

    def _read_ahead(self, names: Iterable[str]) -> None:
        """Read files that were found, as whoever searches for them will do next."""
        for path in (self._by_name[name] for name in sorted(names) if name in self._by_name):
            if self._kept.is_full:
                break
            object_id = self.entries[path].id
            if object_id not in self._kept.blobs:
                self._kept.add(self._on_disk({path: object_id}))

    @cached_property
    def _checkout(self) -> Checkout:
        from codemods.git.checkout import Checkout

        names = self._by_name
        return Checkout(
            self.repository,
            self.commit,
            tuple(name for name in names if not self.suffixes or name.endswith(self.suffixes)),
        )

    @cached_property
    def _by_name(self) -> Mapping[str, PurePosixPath]:
        return {str(path): path for path in self.paths}

    def _grep(
        self,
        needles: Sequence[bytes],
        commit: str | None,
        specs: Sequence[str],
        meanwhile: Callable[[], object],
    ) -> frozenset[str]:
        """Return the names of the files that hold a needle, in a commit or in the working tree."""
        trees = () if commit is None else (commit,)
        answer = self._grep_answer(needles, trees, specs, meanwhile)
        prefix = 0 if commit is None else len(commit) + 1
        return frozenset(name[prefix:] for name in split_at_nul(answer))

    def _grep_answer(
        self,
        needles: Sequence[bytes],
        trees: Sequence[str],
        specs: Sequence[str],
        meanwhile: Callable[[], object],
    ) -> bytes:
        # One alternation is as fast as one needle; a list of patterns is searched one by one.
        groups = [needles[at : at + _ALTERNATIVES] for at in range(0, len(needles), _ALTERNATIVES)]
        for dialect, quote, opening in _DIALECTS:
            try:
                searching = self.repository.begin(
                    *("grep", "--files-with-matches", "--null", "--text", "--no-ignore-case"),
                    *("--no-textconv", "--full-name", "--no-color", "--no-recurse-submodules"),
                    dialect,
                    *(part for one in groups for part in ("-e", _pattern(one, quote, opening))),
                    *(*trees, "--", *specs),
                    accept=(0, 1),
                    whole=True,
                )
                meanwhile()
                return searching.result()
            except CommandFailedError as error:
                unreadable = _UNREADABLE.search(error.stderr)
                if unreadable:
                    raise UnreadableObjectError(unreadable[2], unreadable[1]) from None
                failure = error
        raise failure

    def read(self, paths: Iterable[PurePosixPath]) -> dict[PurePosixPath, bytes]:
        """Return the bytes of several regular files; absent ones are missing from the answer.

        Raises:
            GitError: blobs of a partial clone can't be had, or the repository is damaged.
        """
        regular = {
            path: entry.id
            for path in paths
            if (entry := self.entries.get(path)) and entry.mode not in (_SYMLINK, _SUBMODULE)
        }
        blobs = {one: self._kept.blobs[one] for one in regular.values() if one in self._kept.blobs}
        blobs |= self._on_disk({p: one for p, one in regular.items() if one not in blobs})
        missing = {path: one for path, one in regular.items() if one not in blobs}
        if missing:
            blobs |= self._unpacked(missing)
        self._kept.add(blobs)
        return {path: blobs[object_id] for path, object_id in regular.items()}

    def _on_disk(self, wanted: Mapping[PurePosixPath, str]) -> dict[str, bytes]:
        """Return the blobs of those files that are the same in the working tree."""
        from codemods.git.checkout import read_same

        tree, object_format = self.repository.working_tree, self.repository.object_format
        if tree is None:
            return {}
        same = ((one, read_same(tree / path, one, object_format)) for path, one in wanted.items())
        return {object_id: data for object_id, data in same if data is not None}

    def _unpacked(self, wanted: Mapping[PurePosixPath, str]) -> dict[str, bytes]:
        """Return blobs from the repository's objects."""
        if self.repository.promisor:
            self._fetch_blobs(wanted)
        ids = sorted(set(wanted.values()))
        try:
            return dict(zip(ids, self.repository.objects.read(ids), strict=True))
        except UnreadableObjectError as error:
            path = next(path for path, one in wanted.items() if one == error.object_id)
            raise UnreadableObjectError(error.object_id, str(path)) from None

    # Objects of a partial clone. Git would get them by itself, but one request for each.

    @cached_property
    def _missing_blobs(self) -> set[str]:
        return self._missing()

    def _missing(self, *filters: str) -> set[str]:
        listing = self.repository.run(
            "rev-list", "--objects", "--no-walk", "--missing=print", *filters, self.commit
        )
        return {line[1:].decode() for line in listing.splitlines() if line.startswith(b"?")}

    def _fetch_trees(self) -> None:
        while missing := self._missing("--filter=blob:none"):
            self._fetch(missing)

    def _fetch_blobs(self, paths: Iterable[PurePosixPath]) -> None:
        if not self._missing_blobs:
            return
        wanted = self._missing_blobs & {self.entries[path].id for path in paths}
        if wanted:
            self._fetch(wanted)
            self._missing_blobs.difference_update(wanted)

    def _fetch(self, ids: set[str]) -> None:
        remote = self.repository.promisor
        assert remote is not None
        try:
            self.repository.run(
                "fetch",
                *("--quiet", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no"),
                *("--filter=blob:none", "--stdin", "--end-of-options"),
                remote,
                stdin="".join(f"{i}\n" for i in sorted(ids)).encode(),
                config=("fetch.negotiationAlgorithm=noop",),
            )
        except CommandFailedError as error:
            place = self.repository.location
            raise GitError(
                f"{len(ids)} objects that are needed are missing from the partial clone {place}, "
                f"and {remote!r} did not give them ({error.details}); when it can be reached, "
                f"run: git -C {place} fetch --refetch --no-filter {remote}",
                exit_code=3,
            ) from None


class _Kept:
    """Blobs that have been read, as far as there is room."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}  #: by id
        self._room = _MOST_KEPT

    @property
    def is_full(self) -> bool:
        return self._room < _MOST_KEPT // 16

    def add(self, blobs: Mapping[str, bytes]) -> None:
        for object_id, data in blobs.items():
            if object_id not in self.blobs and len(data) <= self._room:
                self.blobs[object_id] = data
                self._room -= len(data)


def _pattern(needles: Iterable[bytes], quote: Callable[[str], str], opening: str) -> str:
    """Return a pattern that matches needles; it is faster if few characters can be the first."""
    by_first: dict[str, list[str]] = {}
    for needle in map(os.fsdecode, needles):
        by_first.setdefault(needle[0], []).append(needle[1:])
    return "|".join(
        quote(first) + (f"{opening}{'|'.join(map(quote, rest))})" if all(rest) else "")
        for first, rest in by_first.items()
    )


def check_needles(needles: Iterable[bytes]) -> tuple[bytes, ...]:
    """Return the needles, sorted.

    Raises:
        ValueError: one is empty, or holds a newline or NUL, which no search can look for.
    """
    wanted = tuple(sorted(set(needles)))
    for needle in wanted:
        if not needle or b"\n" in needle or b"\0" in needle:
            raise ValueError(f"{needle!r} can't be a needle: it is empty or holds newline or NUL")
    return wanted
