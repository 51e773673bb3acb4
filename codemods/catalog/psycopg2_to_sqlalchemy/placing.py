"""Where the modules with the engines go, and what is in them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import PurePosixPath

from codemods.catalog.psycopg2_to_sqlalchemy.actions import Call, helper
from codemods.catalog.psycopg2_to_sqlalchemy.context import Draft
from codemods.catalog.psycopg2_to_sqlalchemy.engines import (
    SESSION_WORDS,
    EngineNeeds,
    engine_module,
    provides,
)
from codemods.catalog.psycopg2_to_sqlalchemy.options import Psycopg2Options
from codemods.catalog.psycopg2_to_sqlalchemy.reuse import Engine, Existing
from codemods.catalog.psycopg2_to_sqlalchemy.roles import Role
from codemods.catalog.psycopg2_to_sqlalchemy.state import State
from codemods.catalog.psycopg2_to_sqlalchemy.survey import FileFacts
from codemods.codemod import (
    DependencyEdit,
    NewFile,
    Settings,
    Span,
    Survey,
)
from codemods.project.placement import NoPlace
from codemods.project.project import Project

__all__ = ["Engines"]

_MODULE_NAMES = ("db_engine", "database_engine", "sqlalchemy_engine")


_ENGINE_HELPERS = frozenset(
    {"get_engine", "run_sql", "run_many", "raw_cursor", "rows_of", "transaction"}
)


_REQUIREMENT = "sqlalchemy>=2.0"


def _connects(action: Call) -> bool:
    """Whether it makes an engine for one connection, not for a pool of the program's own."""
    return action.function == helper("get_engine") and "minconn" not in action.drop


class Engines:
    """Where the engines of each distribution are."""

    def __init__(
        self,
        state: State,
        surveys: Mapping[PurePosixPath, Survey[FileFacts]],
        project: Project,
        settings: Settings[Psycopg2Options],
        *,
        own_errors: bool,
    ) -> None:
        self.state = state
        self.surveys = surveys
        self.project = project
        self.options = settings.default
        self.modules: dict[PurePosixPath, str] = {}  #: by user, the name to import it by
        self.embedded: dict[PurePosixPath, EngineNeeds] = {}
        """By file that can import none, what it gets of the engine itself."""
        self.reused: dict[tuple[PurePosixPath, Span], Engine] = {}
        """By the call of connect() that it takes the place of."""
        self.new_files: list[NewFile] = []
        self.dependencies: list[DependencyEdit] = []
        self.own_errors = own_errors

    def live(self) -> list[Draft]:
        """Return the drafts of the families that are migrated."""
        left = self.state.left
        return [
            d for d in self.state.judged.drafts if self.state.roles.family(d.family) not in left
        ]

    def place(self) -> None:
        """Place a module for each distribution; leave what can't import one."""
        self.reused = self.reusable()
        while True:
            before = len(self.state.left)
            self.modules, self.embedded, self.new_files, self.dependencies = {}, {}, [], []
            users: dict[PurePosixPath, set[PurePosixPath]] = {}
            for draft in self.live():
                path = draft.module.path
                root = self.project.distribution_of(path).root
                users.setdefault(root, set())
                if self.needed(draft):
                    users[root].add(path)
            for root, paths in sorted(users.items()):
                if paths:
                    self.place_for(root, paths)
                self.dependencies.append(DependencyEdit(root, _REQUIREMENT))
            if len(self.state.left) == before:
                return

    def place_for(self, root: PurePosixPath, users: set[PurePosixPath]) -> None:
        helpers = self.helpers(users)
        existing = self.existing(users, self.needs(root, helpers))
        if existing:
            self.modules.update(existing)
            return
        found = self.project.place(root, users, _MODULE_NAMES)
        if isinstance(found, NoPlace):
            self.embed(users)
            return
        self.modules.update(found.imports)
        self.write(found.path, helpers)
        folders: dict[PurePosixPath, set[PurePosixPath]] = {}
        for user in found.unreachable:
            folders.setdefault(user.parent, set()).add(user)
        for _, apart in sorted(folders.items()):
            beside = self.project.place(root, apart, _MODULE_NAMES)
            if len(apart) == 1 or isinstance(beside, NoPlace) or beside.unreachable:
                self.embed(apart)
                continue
            self.modules.update(beside.imports)
            self.write(beside.path, helpers)

    def helpers(self, users: Collection[PurePosixPath]) -> frozenset[str]:
        return frozenset(
            need
            for draft in self.live()
            if draft.module.path in users
            for need in self.needed(draft)
        )

    def needed(self, draft: Draft) -> frozenset[str]:
        """Return what the code of a draft takes from the engine's module."""
        if (draft.module.path, draft.span) in self.reused:
            return frozenset()
        return draft.needs & _ENGINE_HELPERS

    def reusable(self) -> dict[tuple[PurePosixPath, Span], Engine]:
        """Find the calls of connect() for which there is an engine with the same arguments.

        It gives no more than that: what an engine must listen to for this program (psycopg2's own
        exceptions, uuid columns as text and the like) would change it for those who use it now.
        """
        existing = Existing(self.state.program, self.project)
        found: dict[tuple[PurePosixPath, Span], Engine] = {}
        types: set[str] = set()
        for draft in self.live():
            path = draft.module.path
            if not isinstance(draft.action, Call) or not _connects(draft.action):
                continue
            needs = self.needs(path, frozenset({"get_engine"}))
            if needs.own_errors or needs.fresh_sessions or needs.forks or needs.keeps_none:
                continue
            engine = existing.like(draft.module, draft.span)
            if engine is not None:
                found[path, draft.span] = engine
                types |= {"hstore", "uuid"} if needs.uuid_text else {"hstore"}
        return found if found and not self.mentions(types) else {}

    def mentions(self, words: Collection[str]) -> bool:
        """Whether any file of the repository that may say so names one of some types."""
        pattern = re.compile("|".join(words).encode(), re.IGNORECASE)
        return any(
            pattern.search(self.project.read(path) or b"")
            for path in sorted(self.project.paths)
            if path.suffix in {".py", ".sql"}
        )

    def embed(self, users: set[PurePosixPath]) -> None:
        """Let each file have the engine itself: it can import no module that holds it."""
        for user in users:
            self.embedded[user] = self.needs(user, self.helpers({user}))

    def existing(
        self, users: set[PurePosixPath], needs: EngineNeeds
    ) -> dict[PurePosixPath, str] | None:
        """Return how the users import a module that an earlier run wrote, if it has all helpers."""
        for path in sorted(self.project.paths):
            if path.stem not in _MODULE_NAMES or path.suffix != ".py":
                continue
            text = (self.project.read(path) or b"").decode("utf-8", "replace")
            if not provides(text, needs):
                continue
            names = {user: self.project.reach(user, path).module for user in users}
            if all(names.values()):
                return {user: name for user, name in names.items() if name is not None}
        return None

    def write(self, path: PurePosixPath, helpers: frozenset[str]) -> None:
        if not any(file.path == path for file in self.new_files):
            needs = self.needs(path, helpers | {"get_engine"})
            self.new_files.append(NewFile(path, engine_module(needs).encode()))

    def needs(self, path: PurePosixPath, helpers: frozenset[str]) -> EngineNeeds:
        """Say what the engine for the code at a path must do."""
        facts = [survey.facts for survey in self.surveys.values()]
        sql = [text for texts in self.state.judged.sql.values() for text in texts]
        return EngineNeeds(
            helpers,
            self.own_errors or self.project.distribution_of(path).is_packaged,
            not any(fact.registers_uuid for fact in facts),
            any(re.search(word, text, re.I) for word in SESSION_WORDS for text in sql),
            any(fact.forks for fact in facts),
            self.composes(),
            any(fact.drops_databases for fact in facts) and not self.pools(),
            self.options.pool_size,
            self.options.max_overflow,
            self.options.connect_timeout,
        )

    def pools(self) -> bool:
        return any(value.role is Role.POOL for value in self.state.roles.values.values())

    def composes(self) -> bool:
        return any(
            name.startswith("psycopg2.sql")
            for module in self.state.program.modules.values()
            for name in module.driver_names
        )
