"""Import roots, module names, resolved imports, and what can provably be imported."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from tests.project.memory import repository

SETUP = "from setuptools import setup, find_packages\n"


def P(text: str) -> PurePosixPath:  # noqa: N802 - short for the many paths below
    return PurePosixPath(text)


@pytest.mark.parametrize(
    ("files", "path", "module"),
    [
        ({"app/__init__.py": "", "app/db/__init__.py": ""}, "app/db/session.py", "app.db.session"),
        ({"app/__init__.py": ""}, "app/__init__.py", "app"),
        ({"src/app/__init__.py": ""}, "src/app/a.py", "app.a"),
        ({"src/main.py": ""}, "src/main.py", "main"),
        ({"src/__init__.py": "", "src/a.py": ""}, "src/a.py", "src.a"),
        ({"a.py": ""}, "a.py", "a"),
        ({"scripts/x.py": "import os\n"}, "scripts/x.py", "x"),
        ({"scripts/do-it.py": ""}, "scripts/do-it.py", None),
        ({"app/data.txt": ""}, "app/data.txt", None),
        # Namespace packages: below a known root, or shown by the repository's imports.
        ({"src/company/app/__init__.py": ""}, "src/company/app/a.py", "company.app.a"),
        (
            {"main.py": "from app.db import session\n", "app/db/session.py": ""},
            "app/db/session.py",
            "app.db.session",
        ),
        (
            {"app/db/session.py": "", "app/api/a.py": "import app.db.session\n"},
            "app/api/a.py",
            "app.api.a",
        ),
        # A folder called like somebody else's package is not shown to be imported.
        ({"docker/build.py": "", "main.py": "import docker\n"}, "docker/build.py", "build"),
        ({"email/send.py": "", "main.py": "import email.mime\n"}, "email/send.py", "send"),
        # A root below the distribution's folder, shown by imports.
        (
            {"flow/dags/etl/load.py": "from etl import read\n", "flow/dags/etl/read.py": ""},
            "flow/dags/etl/load.py",
            "etl.load",
        ),
        (
            {
                "flow/dags/etl/load.py": "from etl import read\n",
                "flow/dags/etl/read.py": "",
                "flow/tests/test_a.py": "from dags.etl import read\n",
            },
            "flow/dags/etl/load.py",
            "etl.load",
        ),
        (
            {
                "flow/dags/jobs/nightly.py": "from etl.read import load\n",
                "flow/dags/etl/read.py": "",
                "flow/tests/test_a.py": "from dags.jobs import nightly\n",
            },
            "flow/dags/jobs/nightly.py",
            "jobs.nightly",
        ),
        (
            {"back/app/a.py": "", "back/tests/test_a.py": "from app import a\n"},
            "back/app/a.py",
            "app.a",
        ),
        # No import can name this folder, whatever it holds.
        ({"8th/__init__.py": "", "8th/app/__init__.py": ""}, "8th/app/a.py", "app.a"),
        # A folder that is a root of its own: nothing imports it by its name.
        ({"backend/app/__init__.py": "", "backend/app/a.py": ""}, "backend/app/a.py", "app.a"),
        (
            {
                "backend/app/__init__.py": "",
                "backend/app/a.py": "from backend.app import b\n",
                "backend/app/b.py": "",
            },
            "backend/app/a.py",
            "backend.app.a",
        ),
        # Configured roots.
        ({"setup.cfg": "[options]\npackage_dir =\n    = lib\n"}, "lib/a/b.py", "a.b"),
        (
            {"setup.py": SETUP + "setup(packages=find_packages('py'))\n", "py/a/b.py": ""},
            "py/a/b.py",
            "a.b",
        ),
        (
            {"setup.py": SETUP + "setup(package_dir={'app': 'lib/app'})\n", "lib/app/b.py": ""},
            "lib/app/b.py",
            "app.b",
        ),
        (
            {
                "pyproject.toml": '[tool.poetry]\npackages = [{ include = "a", from = "lib" }]\n',
                "lib/a/b.py": "",
            },
            "lib/a/b.py",
            "a.b",
        ),
        (
            {
                "pyproject.toml": '[tool.hatch.build.targets.wheel]\npackages = ["lib/a"]\n',
                "lib/a/b.py": "",
            },
            "lib/a/b.py",
            "a.b",
        ),
        (
            {"pytest.ini": "[pytest]\npythonpath = server\n", "server/a/b.py": ""},
            "server/a/b.py",
            "a.b",
        ),
        # One distribution in a folder of another.
        (
            {
                "setup.py": SETUP + "setup(name='root')\n",
                "libs/core/setup.py": SETUP + "setup(name='core')\n",
                "libs/core/core/__init__.py": "",
            },
            "libs/core/core/a.py",
            "core.a",
        ),
    ],
)
def test_module_name(files: dict[str, str], path: str, module: str | None) -> None:
    project = repository({path: "", **files})

    assert project.module_name(P(path)) == module
    if module is not None and PurePosixPath(path).name != "__init__.py":
        assert project.resolve_import(P(path), module) == P(path)


def test_a_package_hides_a_module_of_its_name() -> None:
    project = repository({"app.py": "", "app/__init__.py": "", "app/a.py": ""})

    assert project.path_of("app") == P("app/__init__.py")


def test_modules_of_two_roots_are_ambiguous() -> None:
    project = repository({"a/requirements.txt": "", "a/config.py": "", "src/config.py": ""})

    assert project.path_of("config") is None
    assert project.resolve_import(P("a/main.py"), "config") == P("a/config.py")
    assert project.resolve_import(P("src/main.py"), "config") == P("src/config.py")


@pytest.mark.parametrize(
    ("importer", "module", "level", "found"),
    [
        ("app/api/views.py", "models", 2, "app/models.py"),
        ("app/api/views.py", "", 2, "app/__init__.py"),
        ("app/api/views.py", "", 1, "app/api/__init__.py"),
        ("app/api/__init__.py", "views", 1, "app/api/views.py"),
        ("app/api/views.py", "models", 9, None),
        ("app/api/views.py", "app.models", 0, "app/models.py"),
        ("app/api/views.py", "app.api", 0, "app/api/__init__.py"),
        ("app/api/views.py", "json", 0, None),
        ("app/api/views.py", "models", 0, None),
        ("scripts/run.py", "helper", 0, "scripts/helper.py"),
        ("scripts/run.py", "app.models", 0, "app/models.py"),
        ("tests/test_a.py", "app.models", 0, "app/models.py"),
    ],
)
def test_resolve_import(importer: str, module: str, level: int, found: str | None) -> None:
    project = repository(
        {
            "app/__init__.py": "",
            "app/models.py": "",
            "app/api/__init__.py": "",
            "app/api/views.py": "",
            "scripts/run.py": "",
            "scripts/helper.py": "",
            "tests/test_a.py": "",
        }
    )

    assert project.resolve_import(P(importer), module, level) == (P(found) if found else None)


APP = {"app/__init__.py": "", "app/models.py": "", "app/api.py": ""}
GUARD = 'if __name__ == "__main__":\n    pass\n'


@pytest.mark.fact("E45")
@pytest.mark.parametrize(
    ("files", "importer"),
    [
        # A member of the package that no script guard makes a program.
        ({**APP}, "app/api.py"),
        # Even one in Python 2.
        ({**APP, "app/api.py": "print 1\n"}, "app/api.py"),
        # A program in the package that shows how it is started.
        ({**APP, "app/api.py": f"from app import models\n{GUARD}"}, "app/api.py"),
        ({**APP, "app/api.py": f"from . import models\n{GUARD}"}, "app/api.py"),
        ({**APP, "app/api.py": GUARD, "app/x.py": "from app.api import f\n"}, "app/api.py"),
        # Next to the package: its own folder is on sys.path.
        ({**APP, "main.py": GUARD}, "main.py"),
        # Elsewhere, but it imports the package already.
        ({**APP, "scripts/x.py": f"from app.models import A\n{GUARD}"}, "scripts/x.py"),
        ({**APP, "tests/test_a.py": "import app.models\n"}, "tests/test_a.py"),
    ],
)
def test_what_can_provably_import_a_planned_module(files: dict[str, str], importer: str) -> None:
    assert repository(files).reach(P(importer), P("app/config.py")).module == "app.config"


@pytest.mark.fact("E45")
@pytest.mark.parametrize(
    ("files", "importer", "reason"),
    [
        ({**APP, "scripts/x.py": f"import os\n{GUARD}"}, "scripts/x.py", "scripts/ on sys.path"),
        ({**APP, "app/api.py": GUARD}, "app/api.py", "app/ on sys.path"),
        ({**APP, "app/api.py": f"import models\n{GUARD}"}, "app/api.py", "app/ on sys.path"),
        (
            {**APP, "scripts/x.py": "try:\n    import app\nexcept ImportError:\n    app = None\n"},
            "scripts/x.py",
            "scripts/ on sys.path",
        ),
        (
            {**APP, "scripts/x.py": "import sys\nsys.path.insert(0, '..')\nimport app.models\n"},
            "scripts/x.py",
            "changes sys.path",
        ),
        ({**APP, "scripts/app.py": "", "scripts/x.py": "import app\n"}, "scripts/x.py", "on sys"),
        ({**APP, "other.py": "", "s/x.py": "import other\n"}, "s/x.py", "on sys.path"),
        (
            {**APP, "scripts/y.py": "from app.models import A\n", "scripts/x.py": "import os\n"},
            "scripts/x.py",
            "scripts/ on sys.path",
        ),
        ({**APP, "scripts/x.py": "print 1\n"}, "scripts/x.py", "can't be parsed"),
    ],
)
def test_what_cannot_is_told_with_a_reason(
    files: dict[str, str], importer: str, reason: str
) -> None:
    reach = repository(files).reach(P(importer), P("app/config.py"))

    assert reach.module is None
    assert reason in reach.reason


def test_a_script_reaches_its_neighbour() -> None:
    project = repository({"scripts/x.py": GUARD, **APP})

    assert project.reach(P("scripts/x.py"), P("scripts/config.py")).module == "config"


@pytest.mark.parametrize(
    ("files", "importer", "found"),
    [
        # A program that is started by its path has its folder on sys.path, package or not.
        ({"app/__init__.py": "", "app/run.py": GUARD}, "app/run.py", "app/store.py"),
        (
            {"app/__init__.py": "", "app/run.py": "#!/usr/bin/python3\n"},
            "app/run.py",
            "app/store.py",
        ),
        ({"app/__init__.py": "", "app/run.py": "import os\n"}, "app/run.py", None),
        (
            {"app/__init__.py": "", "app/run.py": GUARD, "main.py": "from app import run\n"},
            "app/run.py",
            None,
        ),
        (
            {"app/__init__.py": "", "app/run.py": GUARD, "requirements.txt": "store==1\n"},
            "app/run.py",
            None,
        ),
        # A root wins.
        (
            {"app/__init__.py": "", "app/run.py": GUARD, "store.py": ""},
            "app/run.py",
            "store.py",
        ),
        # Programs in a folder above import from there, so that it is on sys.path.
        (
            {
                "work/app/main.py": "import models.user\nfrom work.app.store import a\n",
                "work/app/store.py": "",
                "work/app/models/user.py": "",
            },
            "work/app/models/user.py",
            "work/app/store.py",
        ),
        (
            {
                "work/app/main.py": "from work.app.store import a\n",
                "work/app/store.py": "",
                "work/app/models/user.py": "",
            },
            "work/app/models/user.py",
            None,
        ),
    ],
)
def test_a_module_is_found_where_programs_have_their_folder_on_the_path(
    files: dict[str, str], importer: str, found: str | None
) -> None:
    project = repository({"app/store.py": "", "other/store.py": "", **files})
    path = project.resolve_import(P(importer), "store")
    assert (None if path is None else str(path)) == found


def test_what_a_program_beside_it_imports_has_no_package_around_it() -> None:
    files = {"app/__init__.py": "", "app/store.py": "", "app/other.py": ""}
    project = repository({**files, "app/run.py": GUARD + "import store\n"})
    reach = project.reach(P("app/store.py"), P("app/engine.py"))
    assert reach.module is None
    assert reach.reason == "a program that is started in app/ imports it by its own name"
    assert project.reach(P("app/other.py"), P("app/engine.py")).module == "app.engine"
    for line in ("from app import store", "# import store"):
        project = repository({**files, "app/run.py": f"{GUARD}{line}\n"})
        assert project.reach(P("app/store.py"), P("app/engine.py")).module == "app.engine"


@pytest.mark.parametrize(
    ("files", "path", "script"),
    [
        ({"scripts/x.py": GUARD}, "scripts/x.py", True),
        ({"bin/tool": "#!/usr/bin/env python3\n"}, "bin/tool", True),
        ({"main.py": GUARD}, "main.py", True),
        ({"scripts/x.py": "import os\n"}, "scripts/x.py", False),
        ({"app/__init__.py": "", "app/x.py": GUARD}, "app/x.py", False),
        ({"x.py": GUARD, "main.py": "import x\n"}, "x.py", False),
        ({"data.txt": GUARD}, "data.txt", False),
    ],
)
def test_scripts(files: dict[str, str], path: str, script: bool) -> None:
    assert repository(files).is_script(P(path)) is script


@pytest.mark.parametrize(
    ("files", "importer", "own"),
    [
        ({"app/__init__.py": "", "app/db/__init__.py": "", "run.py": ""}, "app/db/a.py", "app run"),
        ({"src/app/__init__.py": "", "tests/test_a.py": ""}, "tests/test_a.py", "app test_a"),
        ({"config.py": "", "tool.py": "", "redis/conf.py": ""}, "tool.py", "config tool"),
        ({"docker/build.py": "import docker\n"}, "docker/build.py", "build"),
        (
            {"main.py": "from app.db import session\n", "app/db/session.py": ""},
            "app/db/session.py",
            "app main session",
        ),
    ],
)
def test_own_names_are_what_a_file_can_import(
    files: dict[str, str], importer: str, own: str
) -> None:
    assert repository(files).own_names(P(importer)) == frozenset(own.split())
