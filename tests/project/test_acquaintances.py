"""Which files have to do with another one."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from codemods.project.acquaintances import Acquaintances
from tests.project.memory import repository

HOME = "app/models/user.py"
PACKAGES = {"app/__init__.py": "", "app/models/__init__.py": "", "app/views/__init__.py": ""}

ACQUAINTED = {
    "beside it": ({"app/models/post.py": ""}, "app/models/post.py"),
    "below it": ({"app/models/sql/query.py": ""}, "app/models/sql/query.py"),
    "imports it": ({"app/cli.py": "from app.models.user import User"}, "app/cli.py"),
    "imports it relatively": ({"app/cli.py": "from .models import user"}, "app/cli.py"),
    "imports it in a function": (
        {"app/cli.py": "def f():\n  import app.models.user"},
        "app/cli.py",
    ),
    "imports its folder": ({"app/cli.py": "from app import models"}, "app/cli.py"),
    "imports a package above it": ({"cli.py": "import app"}, "cli.py"),
    "imports from its folder": (
        {"app/models/post.py": "", "app/cli.py": "import app.models.post"},
        "app/cli.py",
    ),
    "is imported by it": ({"app/base.py": "", HOME: "from app.base import Base"}, "app/base.py"),
    "is in a folder that it imports from": (
        {"app/db/__init__.py": "", "app/db/a.py": "", "app/db/b.py": "", HOME: "import app.db.a"},
        "app/db/b.py",
    ),
    "imports it through another": (
        {"app/views/a.py": "from app.models import user", "cli.py": "from app.views import a"},
        "cli.py",
    ),
    "imports it through two others": (
        {
            "app/views/a.py": "from app.models import user",
            "lib/__init__.py": "from app.views.a import f",
            "cli.py": "from lib import f",
        },
        "cli.py",
    ),
}

STRANGERS = {
    "elsewhere": ({"app/views/a.py": ""}, "app/views/a.py"),
    "imports something else": (
        {"app/views/a.py": "import json", "cli.py": "from app.views import a"},
        "cli.py",
    ),
    "imports a package for a name": (
        {"app/__init__.py": "def f(): ...", "cli.py": "from app import f"},
        "cli.py",
    ),
    "imports what it imports": (
        {
            "app/views/a.py": "",
            HOME: "from app.views.a import f",
            "cli.py": "from app.views import a",
        },
        "cli.py",
    ),
}


def acquainted(files: dict[str, str], candidate: str) -> bool:
    everything = {**PACKAGES, HOME: "", **files}
    known = [PurePosixPath(path) for path in everything if path != candidate]
    home, path = PurePosixPath(HOME), PurePosixPath(candidate)
    found = Acquaintances(repository(everything)).of(
        [home], {path: files.get(candidate, "").encode()}, known
    )
    return path in found[home]


@pytest.mark.parametrize(("files", "candidate"), ACQUAINTED.values(), ids=ACQUAINTED.keys())
def test_acquainted(files: dict[str, str], candidate: str) -> None:
    assert acquainted(files, candidate)


@pytest.mark.parametrize(("files", "candidate"), STRANGERS.values(), ids=STRANGERS.keys())
def test_strangers(files: dict[str, str], candidate: str) -> None:
    assert not acquainted(files, candidate)


def test_a_file_that_nobody_read_leads_nowhere() -> None:
    files = {
        **PACKAGES,
        HOME: "",
        "app/views/a.py": "from app.models import user",
        "cli.py": "from app.views import a",
    }
    home, candidate = PurePosixPath(HOME), PurePosixPath("cli.py")
    found = Acquaintances(repository(files)).of(
        [home], {candidate: files["cli.py"].encode()}, [home]
    )
    assert found == {home: frozenset()}


def test_the_root_folder_has_to_do_with_everything_below() -> None:
    home, candidate = PurePosixPath("conftest.py"), PurePosixPath("tests/test_a.py")
    found = Acquaintances(repository({"conftest.py": "", "tests/test_a.py": ""})).of(
        [home], {candidate: b""}, []
    )
    assert found == {home: {candidate}}
