"""Which prints somebody reads: over files, from the readers to what they run (P20)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from codemods.catalog.print_to_logger.facts import FileFacts, Print, Reader, Why
from codemods.catalog.print_to_logger.reach import names_of
from codemods.catalog.print_to_logger.readers import runs_program
from codemods.codemod import Place
from codemods.project.project import Project

__all__ = ["Audience", "Follow", "Heard", "Node"]

Node = tuple[PurePosixPath, str]
_CONSTRUCTION = ("__init__", "__new__", "__call__", "__enter__", "__exit__", "__post_init__")
#: Shorter texts are found by chance.
_TELLING = 10


@dataclass(frozen=True, slots=True)
class Heard:
    """Who reads a print."""

    reader: Reader
    place: Place
    is_test: bool

    @property
    def why(self) -> Why:
        """Why the print stays."""
        who = f"`{self.reader.name}` ({self.place})" if self.reader.name else str(self.place)
        how = self.reader.how
        if self.is_test:
            return Why("asserted-in-tests", f"{who} reads what it prints ({how})")
        if self.reader.programs:
            return Why("parent-process", f"{who} runs it and reads its output ({how})")
        return Why("redirected", f"{who} captures what it prints ({how})")


@dataclass(frozen=True)
class Audience:
    """Who reads what, in the whole repository."""

    functions: Mapping[Node, Heard]  #: by file and name (``f``, ``.method``)
    files: Mapping[PurePosixPath, Heard]  #: programs of which all output is read
    texts: tuple[tuple[str, Heard], ...]  #: what tests compare with

    @classmethod
    def of(cls, facts: Mapping[PurePosixPath, FileFacts], project: Project) -> Audience:
        """Follow each reader to the functions that it runs."""
        functions: dict[Node, Heard] = {}
        files: dict[PurePosixPath, Heard] = {}
        texts: list[tuple[str, Heard]] = []
        follow = Follow(facts, project)
        for path, one in facts.items():
            is_test = project.is_test(path)
            for reader in one.readers:
                heard = Heard(reader, Place(path, reader.line), is_test)
                if is_test:
                    texts += [(text, heard) for text in reader.texts if len(text) >= _TELLING]
                for program in sorted(reader.programs):
                    for file in follow.program(path, program):
                        files.setdefault(file, heard)
                if runs_program(reader.how):
                    continue
                for node in follow.reached(follow.start(path, reader), (path, reader.name)):
                    functions.setdefault(node, heard)
                if not is_test and reader.how == "sys.stdout":
                    functions.setdefault((path, reader.name), heard)
        return cls(functions, files, tuple(texts))

    def of_print(self, path: PurePosixPath, one: Print) -> Heard | None:
        """Return who reads a print, None if nobody is known to."""
        found = self.files.get(path)
        if found is not None:
            return found
        if one.unit:
            for name in _function_names(one.unit):
                found = self.functions.get((path, name))
                if found is not None:
                    return found
        elif (path, "") in self.functions:
            return self.functions[path, ""]
        if len(one.text) >= _TELLING:
            for text, heard in self.texts:
                if one.text in text or text.strip() in one.text:
                    return heard
        return None

    def places(self, path: PurePosixPath, one: Print) -> tuple[Place, ...]:
        """Return where a print is read."""
        found = self.of_print(path, one)
        return (found.place,) if found is not None else ()


def _function_names(unit: str) -> Iterator[str]:
    owner, _, name = unit.rpartition(".")
    if owner:
        yield f".{name}"
        yield unit
    else:
        yield name


class Follow:
    """Follows uses from function to function, over files."""

    def __init__(self, facts: Mapping[PurePosixPath, FileFacts], project: Project) -> None:
        self.facts = facts
        self.project = project
        self.uses: defaultdict[Node, set[str]] = defaultdict(set)
        self.classes: defaultdict[Node, set[str]] = defaultdict(set)
        for path, one in facts.items():
            for unit, target in one.edges:
                for name in names_of(unit):
                    if name.startswith(".") or "." not in unit:
                        self.uses[path, name].add(target)
            for printed in one.prints:
                owner, _, method = printed.unit.rpartition(".")
                if owner:
                    self.classes[path, owner.split(".")[0]].add(method)

    def start(self, path: PurePosixPath, reader: Reader) -> Iterator[Node]:
        """Yield what a reader uses itself."""
        yield path, reader.name
        for name in reader.local:
            yield path, name
            yield from self._methods((path, name), reader.attributes)
        for origin in reader.qualified:
            for node in self.named(path, origin):
                yield node
                yield from self._methods(node, reader.attributes)

    def reached(self, start: Iterable[Node], reader: Node | None = None) -> frozenset[Node]:
        """Return everything that is used from somewhere; `start` has what the reader uses."""
        found: set[Node] = set()
        waiting = list(start)
        while waiting:
            node = waiting.pop()
            if node in found:
                continue
            found.add(node)
            path = node[0]
            waiting += [(path, f".{one}") for one in _CONSTRUCTION if one in self.classes[node]]
            for target in self.uses.get(node, ()) if node != reader else ():
                if target.startswith(".") or "." not in target:
                    waiting.append((path, target))
                else:
                    for other in self.named(path, target):
                        waiting.append(other)
                        waiting += [(other[0], f".{one}") for one in self.classes[other]]
        return frozenset(found)

    def program(self, path: PurePosixPath, program: str) -> Iterator[PurePosixPath]:
        """Yield the files that a command line runs."""
        if program.endswith(".py"):
            parts = PurePosixPath(program).parts
            parts = tuple(part for part in parts if part not in (".", "..", "/"))
            for file in self.facts:
                if file.parts[-len(parts) :] == parts:
                    yield file
            return
        for name in (program, f"{program}.__main__"):
            file_of_module = self.project.resolve_import(path, name)
            if file_of_module is not None:
                yield file_of_module

    def _methods(self, node: Node, attributes: frozenset[str]) -> Iterator[Node]:
        for method in self.classes.get(node, ()):
            if method in attributes:
                yield node[0], f".{method}"

    def named(self, path: PurePosixPath, origin: str) -> Iterator[Node]:
        """Yield the file and name that a qualified name means."""
        level = len(origin) - len(origin.lstrip("."))
        parts = origin.lstrip(".").split(".")
        for count in range(len(parts) - 1, -1, -1):
            module = ".".join(parts[:count])
            if not module and not level:
                return
            file = self.project.resolve_import(path, module, level)
            if file is not None:
                yield file, parts[count]
                return
