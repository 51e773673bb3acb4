"""Builds a series of commits outside the repository, where nothing that fails can be seen.

The objects come to lie in a temporary folder that borrows from the repository. A dry run shows
them there; a real run copies them into the repository once they are complete.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from codemods.git.authorship import Authorship
from codemods.git.errors import CommandFailedError, GitError
from codemods.git.objects import blob_id
from codemods.git.quoting import quote_bytes
from codemods.git.repository import Repository
from codemods.git.revision import Revision
from codemods.git.workshop import Workshop

__all__ = ["Draft", "Series", "build_series", "check_signing", "copy_objects", "signs"]

_FILE = "100644"
_EXECUTABLE = "100755"
# As many objects as Git itself takes apart when it receives a pack (transfer.unpackLimit).
_UNPACK_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Draft:
    """A commit to be made: what it says and what it changes against its parent."""

    message: bytes
    files: Mapping[PurePosixPath, bytes | None]  #: new contents; None deletes the file
    executable: frozenset[PurePosixPath] = field(default_factory=frozenset)
    """New files that get mode 100755; files that exist keep their mode."""


class Series(NamedTuple):
    """Complete commits in a workshop; they are gone when its block ends."""

    repository: Repository
    base: str
    commits: tuple[str, ...]  #: their ids, the first on the base
    trees: tuple[str, ...]
    messages: tuple[bytes, ...]
    folder: Path  #: where their objects are, below `objects`
    environment: Mapping[str, str]  #: variables with which Git sees them
    superfluous: frozenset[str] = frozenset()  #: objects that belong to none of the commits
    signed: bool = False  #: then the commits are in no pack
    closing: Callable[[tuple[str, ...]], Draft] | None = None
    """Makes the last commit from the ids of the others, where it names them."""

    @property
    def tip(self) -> str:
        """The id of the last commit."""
        return self.commits[-1]


def build_series(
    base: Revision,
    drafts: Sequence[Draft],
    authorship: Authorship,
    workshop: Workshop,
    *,
    sign: bool = False,
    closing: Callable[[tuple[str, ...]], Draft] | None = None,
) -> Series:
    """Make commits on top of `base`, one on the other, without writing into the repository.

    `closing` makes a last draft from the ids of the commits before it. The same drafts, authorship
    and base give the same ids, except for signed commits. The commits are gone when the block of
    the workshop ends.

    Raises:
        ValueError: there are no drafts, or one changes nothing or what is no regular file.
        GitError: Git can't make or sign them.
    """
    if not drafts:
        raise ValueError("a series needs at least one commit")
    making = _Making(base, authorship, sign, workshop)
    making.add(drafts)
    if closing is not None:
        making.add([closing(tuple(making.commits))])
    return making.finish()._replace(closing=closing)


@dataclass
class _Making:
    """A series on the way."""

    base: Revision
    authorship: Authorship
    sign: bool
    workshop: Workshop
    commits: list[str] = field(default_factory=list)
    trees: list[str] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    superfluous: set[str] = field(default_factory=set)  #: what belongs to none of the commits

    def __post_init__(self) -> None:
        self.stored = self.workshop.stored()  # which of them are needed will turn out
        self.superfluous.update(self.stored)
        self.modes = {path: entry.mode for path, entry in self.base.entries.items()}

    def add(self, drafts: Sequence[Draft]) -> None:
        """Make commits on top of those there are."""
        parent = self.commits[-1] if self.commits else self.base.commit
        repository, (_, environment) = self.base.repository, self.workshop.place
        stream = _import_stream(parent, self.modes, drafts, self.authorship, self._name_of)
        answer = self.workshop.import_stream(stream)
        tree, *lines = answer.decode().splitlines()
        before = tree.split()[2]
        for draft, commit, line in zip(drafts, lines[::2], lines[1::2], strict=True):
            after = line.split()[2]
            if after == before:
                raise ValueError(f"a commit changes nothing: {draft.message[:72]!r}")
            before = after
            message = _complete(draft.message)
            self.messages.append(message)
            self.trees.append(after)
            if self.sign:
                self.superfluous.add(commit)  # the twin without a signature
                parent = _sign(repository, after, parent, message, self.authorship, environment)
                self.commits.append(parent)
            else:
                self.commits.append(commit)

    def _name_of(self, data: bytes) -> str | None:
        """Return the id of a file's contents if they are stored."""
        if not self.stored:
            return None
        object_id = blob_id(data, self.base.repository.object_format)
        self.superfluous.discard(object_id)
        return object_id if object_id in self.stored else None

    def finish(self) -> Series:
        """Return the complete series."""
        folder, environment = self.workshop.place
        return Series(
            self.base.repository,
            self.base.commit,
            tuple(self.commits),
            tuple(self.trees),
            tuple(self.messages),
            folder,
            environment,
            frozenset(self.superfluous),
            self.sign,
        )


def copy_objects(series: Series) -> None:
    """Copy the objects of a series into the repository, where no reference names them yet.

    Raises:
        GitError: the repository can't be written to.
    """
    repository = series.repository
    objects = _added_objects(series)
    if not objects:  # a run before has left them all
        return
    pack = repository.run(
        *("pack-objects", "--quiet", "--stdout", "--window=0", "--no-reuse-object"),
        stdin="".join(f"{i}\n" for i in objects).encode(),
        environment=series.environment,
    )
    # Both write under temporary names and rename: a process that is killed leaves garbage that
    # `git gc` removes, never half an object.
    if len(objects) < _UNPACK_LIMIT:
        repository.run("unpack-objects", "-q", stdin=pack)
    else:
        repository.run("index-pack", "--stdin", stdin=pack)


def signs(repository: Repository, sign: bool | None = None) -> bool:
    """Whether commits are to be signed: as asked, else as ``commit.gpgSign`` says."""
    return repository.is_set("commit.gpgsign") if sign is None else sign


def check_signing(base: Revision, authorship: Authorship) -> None:
    """Sign a commit that is thrown away, to know before any work that signing will do.

    Raises:
        GitError: it does not: the key, the agent or the program is missing.
    """
    repository = base.repository
    tree = repository.run("rev-parse", "--verify", f"{base.commit}^{{tree}}").decode().strip()
    with Workshop(repository) as workshop:
        _, environment = workshop.place
        _sign(repository, tree, base.commit, b"test\n", authorship, environment)


def _import_stream(
    parent: str,
    modes: dict[PurePosixPath, str],
    drafts: Sequence[Draft],
    authorship: Authorship,
    name_of: Callable[[bytes], str | None],
) -> list[bytes]:
    """Return the commands for fast-import, which answers with the parent's tree, ids and trees.

    `modes` are those of the parent, and then those of the last commit; `name_of` gives the id of
    contents that are stored already.
    """
    parts = [b"feature done\n", b'ls %s ""\n' % parent.encode()]
    for number, draft in enumerate(drafts, 1):
        message = _complete(draft.message)
        parts += (
            b"commit refs/heads/series\nmark :%d\n" % number,
            b"author %s\n" % authorship.author.line,
            b"committer %s\n" % authorship.committer.line,
            b"data %d\n%s\n" % (len(message), message),
        )
        if number == 1:
            parts.append(b"from %s\n" % parent.encode())
        _check_paths(draft, modes)
        for path, data in sorted(draft.files.items()):
            name = quote_bytes(os.fsencode(path))
            if data is None:
                del modes[path]
                parts.append(b"D %s\n" % name)
                continue
            new = _EXECUTABLE if path in draft.executable else _FILE
            mode = modes.setdefault(path, new).encode()
            stored = name_of(data)
            if stored is not None:
                parts.append(b"M %s %s %s\n" % (mode, stored.encode(), name))
            else:
                parts += (b"M %s inline %s\ndata %d\n" % (mode, name, len(data)), data, b"\n")
        parts.append(b'\nget-mark :%d\nls :%d ""\n' % (number, number))
    parts.append(b"done\n")
    return parts


def _check_paths(draft: Draft, modes: Mapping[PurePosixPath, str]) -> None:
    folders: set[PurePosixPath] | None = None
    for path, data in draft.files.items():
        if path in modes:
            if modes[path] not in (_FILE, _EXECUTABLE, "100664"):
                raise ValueError(f"{path} is no regular file")
        elif data is None:
            raise ValueError(f"{path} can't be deleted: there is no such file")
        else:
            if path.is_absolute() or {"..", ".git"} & {p.lower() for p in path.parts}:
                raise ValueError(f"{path} is no path for a new file")
            if folders is None:
                folders = {folder for known in modes for folder in known.parents}
            if path in folders or any(parent in modes for parent in path.parents):
                raise ValueError(f"{path} can't be a new file: a folder or file is in its place")


def _added_objects(series: Series) -> list[str]:
    """Return the ids of all objects that the commits add."""
    indexes = sorted((series.folder / "objects" / "pack").glob("*.idx"))
    listings = (series.repository.run("show-index", stdin=index.read_bytes()) for index in indexes)
    packed = {line.split()[1].decode() for text in listings for line in text.splitlines()}
    signed = set(series.commits) if series.signed else set()
    return sorted(packed - series.superfluous | signed)


def _sign(
    repository: Repository,
    tree: str,
    parent: str,
    message: bytes,
    authorship: Authorship,
    environment: Mapping[str, str],
) -> str:
    try:
        answer = repository.run(
            *("commit-tree", "--gpg-sign", "-p", parent, "-F", "-", tree),
            stdin=message,
            environment={**environment, **authorship.environment},
        )
    except CommandFailedError as error:
        kind = repository.config.get("gpg.format", "openpgp")
        raise GitError(
            f"Git could not sign a commit ({kind}: {error.details}); make the key and its agent "
            "available, or pass --no-sign",
            exit_code=2,
        ) from None
    return answer.decode().strip()


def _complete(message: bytes) -> bytes:
    return message if message.endswith(b"\n") else message + b"\n"
