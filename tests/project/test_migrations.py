"""Migration history of Django and Alembic."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from tests.project.memory import repository

DJANGO = "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    pass\n"
ALEMBIC = "revision = 'a'\ndown_revision = None\n"


@pytest.mark.fact("U63")
@pytest.mark.parametrize(
    ("files", "path"),
    [
        ({"shop/migrations/initial.py": DJANGO}, "shop/migrations/initial.py"),
        (
            {"manage.py": "", "shop/migrations/0001_initial.py": ""},
            "shop/migrations/0001_initial.py",
        ),
        (
            {"m/migrations/0001_a.py": DJANGO, "m/migrations/helpers.py": ""},
            "m/migrations/helpers.py",
        ),
        ({"alembic/script.py.mako": "", "alembic/versions/a.py": ""}, "alembic/versions/a.py"),
        ({"db/versions/2020/a.py": "", "db/versions/b.py": ALEMBIC}, "db/versions/2020/a.py"),
        (
            {"migrations/script.py.mako": "", "migrations/versions/a.py": ALEMBIC},
            "migrations/versions/a.py",
        ),
    ],
)
def test_history_is_recognised(files: dict[str, str | bytes], path: str) -> None:
    assert repository(files).is_migration(PurePosixPath(path))


@pytest.mark.parametrize(
    ("files", "path"),
    [
        ({"app/migrations/runner.py": "def run(): ..."}, "app/migrations/runner.py"),
        ({"api/versions/v1.py": "ROUTES = []"}, "api/versions/v1.py"),
        ({"app/migrations.py": DJANGO}, "app/migrations.py"),
        ({"alembic/script.py.mako": "", "alembic/env.py": ""}, "alembic/env.py"),
    ],
)
def test_other_code_in_such_folders_is_ordinary(files: dict[str, str | bytes], path: str) -> None:
    assert not repository(files).is_migration(PurePosixPath(path))


@pytest.mark.fact("E33")
def test_alembic_environment() -> None:
    project = repository({"alembic/script.py.mako": "", "alembic/env.py": "", "app/env.py": ""})

    assert project.is_migration_environment(PurePosixPath("alembic/env.py"))
    assert not project.is_migration_environment(PurePosixPath("app/env.py"))
