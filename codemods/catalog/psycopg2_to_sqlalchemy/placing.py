"""Where the modules with the engines go, and what is in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from codemods.catalog.psycopg2_to_sqlalchemy.context import Draft
from codemods.catalog.psycopg2_to_sqlalchemy.engines import (
    SESSION_WORDS,
    EngineNeeds,
    engine_module,
    provides,
)
from codemods.catalog.psycopg2_to_sqlalchemy.options import Psycopg2Options
from codemods.catalog.psycopg2_to_sqlalchemy.roles import Role
from codemods.catalog.psycopg2_to_sqlalchemy.state import State
from codemods.catalog.psycopg2_to_sqlalchemy.survey import FileFacts
from codemods.codemod import (
    DependencyEdit,
    NewFile,
    Place,
    Settings,
    Survey,
)
from codemods.project.placement import NoPlace
from codemods.project.project import Project

__all__ = ["Engines"]

_MODULE_NAMES = ("db_engine", "database_engine", "sqlalchemy_engine")


_ENGINE_HELPERS = frozenset({"get_engine", "run_sql", "run_many", "raw_cursor"})


_REQUIREMENT = "sqlalchemy>=2.0"


class Engines:
    """Where the engines of each distribution are."""

    def __init__(
        self,
        state: State,
        surveys: Mapping[PurePosixPath, Survey[FileFacts]],
        project: Project,
        settings: Settings[Psycopg2Options],
    ) -> None:
        self.state = state
        self.surveys = surveys
        self.project = project
        self.options = settings.default
        self.modules: dict[PurePosixPath, str] = {}  #: by user, the name to import it by
        self.new_files: list[NewFile] = []
        self.dependencies: list[DependencyEdit] = []
        self.own_errors = any(
            survey.facts.handles or survey.facts.shows_errors for survey in surveys.values()
        )

    def live(self) -> list[Draft]:
        """Return the drafts of the families that are migrated."""
        left = self.state.left
        return [
            d for d in self.state.judged.drafts if self.state.roles.family(d.family) not in left
        ]

    def place(self) -> None:
        """Place a module for each distribution; leave what can't import one."""
        while True:
            before = len(self.state.left)
            self.modules, self.new_files, self.dependencies = {}, [], []
            users: dict[PurePosixPath, set[PurePosixPath]] = {}
            for draft in self.live():
                path = draft.module.path
                root = self.project.distribution_of(path).root
                users.setdefault(root, set())
                if draft.needs & _ENGINE_HELPERS:
                    users[root].add(path)
            for root, paths in sorted(users.items()):
                if paths:
                    self.place_for(root, paths)
                self.dependencies.append(DependencyEdit(root, _REQUIREMENT))
            if len(self.state.left) == before:
                return

    def place_for(self, root: PurePosixPath, users: set[PurePosixPath]) -> None:
        helpers = frozenset(
            need
            for draft in self.live()
            if draft.module.path in users
            for need in draft.needs & _ENGINE_HELPERS
        )
        found = self.project.place(root, users, _MODULE_NAMES)
        existing = self.existing(users, helpers)
        if existing:
            self.modules.update(existing)
            return
        if isinstance(found, NoPlace):
            self.leave_users(users, "no-place", found.reason)
            return
        self.modules.update(found.imports)
        self.write(found.path, helpers)
        for user in sorted(found.unreachable):
            beside = self.project.place(root, [user], _MODULE_NAMES)
            if isinstance(beside, NoPlace) or user not in beside.imports:
                self.leave_users({user}, "no-place", found.unreachable[user])
                continue
            self.modules[user] = beside.imports[user]
            self.write(beside.path, helpers)

    def existing(
        self, users: set[PurePosixPath], helpers: frozenset[str]
    ) -> dict[PurePosixPath, str] | None:
        """Return how the users import a module that an earlier run wrote, if it has all helpers."""
        for path in sorted(self.project.paths):
            if path.stem not in _MODULE_NAMES or path.suffix != ".py":
                continue
            text = (self.project.read(path) or b"").decode("utf-8", "replace")
            if not provides(text, helpers):
                continue
            names = {user: self.project.reach(user, path).module for user in users}
            if all(names.values()):
                return {user: name for user, name in names.items() if name is not None}
        return None

    def leave_users(self, users: set[PurePosixPath], reason: str, message: str) -> None:
        for draft in self.live():
            if draft.module.path in users and draft.needs & _ENGINE_HELPERS:
                line = draft.module.file.position(draft.span).line
                self.state.leave(draft.family, reason, message, Place(draft.module.path, line))

    def write(self, path: PurePosixPath, helpers: frozenset[str]) -> None:
        if any(file.path == path for file in self.new_files):
            return
        facts = [survey.facts for survey in self.surveys.values()]
        sql = [text for texts in self.state.judged.sql.values() for text in texts]
        needs = EngineNeeds(
            helpers | {"get_engine"},
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
        self.new_files.append(NewFile(path, engine_module(needs).encode()))

    def pools(self) -> bool:
        return any(value.role is Role.POOL for value in self.state.roles.values.values())

    def composes(self) -> bool:
        return any(
            name.startswith("psycopg2.sql")
            for module in self.state.program.modules.values()
            for name in module.driver_names
        )
