"""Where a new module may live, and who can import it."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from codemods.project.placement import NoPlace, Placement
from tests.project.memory import repository

ROOT = PurePosixPath(".")
SETUP = "from setuptools import setup\n"
GUARD = 'if __name__ == "__main__":\n    pass\n'


def place(
    files: dict[str, str], users: list[str], names: tuple[str, ...] = ("config", "app_config")
) -> Placement | NoPlace:
    project = repository({**dict.fromkeys(users, ""), **files})
    return project.place(ROOT, [PurePosixPath(user) for user in users], names)


@pytest.mark.fact("E45")
@pytest.mark.parametrize(
    ("files", "users", "path", "module"),
    [
        ({"src/app/__init__.py": ""}, ["src/app/db/a.py"], "src/app/config.py", "app.config"),
        ({"a/__init__.py": "", "a/b/__init__.py": ""}, ["a/b/c.py"], "a/config.py", "a.config"),
        # The package that holds most readers.
        (
            {"app/__init__.py": "", "jobs/__init__.py": ""},
            ["jobs/a.py", "app/a.py", "app/b.py", "main.py"],
            "app/config.py",
            "app.config",
        ),
        # Only top-level modules: beside them.
        ({}, ["main.py", "worker.py"], "config.py", "config"),
        # A namespace package below a source root.
        (
            {"src/company/app/__init__.py": ""},
            ["src/company/app/a.py"],
            "src/company/app/config.py",
            "company.app.config",
        ),
        (
            {"main.py": "import app.db.session\n"},
            ["app/db/session.py", "main.py"],
            "app/config.py",
            "app.config",
        ),
    ],
)
def test_place(files: dict[str, str], users: list[str], path: str, module: str) -> None:
    found = place(files, users)

    assert isinstance(found, Placement)
    assert (str(found.path), found.module) == (path, module)
    assert found.imports == {PurePosixPath(user): module for user in users}
    assert found.unreachable == {}


@pytest.mark.fact("E46")
@pytest.mark.parametrize(
    "files",
    [
        {"app/config.py": ""},
        {"app/config/__init__.py": ""},
        {"app/config/default.toml": ""},
        {"app/Config.py": ""},
        {"app/config.pyi": ""},
        {"app/config.cpython-311-x86_64-linux-gnu.so": ""},
        {"app/__init__.py": "from app.loading import load as config\n"},
        {"app/__init__.py": "def config(): ...\n"},
        {"app/__init__.py": "try:\n    config = 1\nexcept OSError:\n    pass\n"},
    ],
)
def test_a_taken_name_is_passed_over(files: dict[str, str]) -> None:
    found = place({"app/__init__.py": "", **files}, ["app/a.py"])

    assert isinstance(found, Placement)
    assert found.module == "app.app_config"


@pytest.mark.fact("E46")
@pytest.mark.parametrize("path", ["app/config.toml", "app/configs.py", "config.py"])
def test_what_only_looks_alike_takes_no_name(path: str) -> None:
    found = place({"app/__init__.py": "", path: ""}, ["app/a.py"])

    assert isinstance(found, Placement)
    assert found.module == "app.config"


@pytest.mark.fact("E46")
def test_a_top_level_module_hides_neither_the_standard_library_nor_another_root() -> None:
    found = place({"src/config.py": ""}, ["main.py"], ("logging", "config", "settings"))

    assert isinstance(found, Placement)
    assert found.module == "settings"


@pytest.mark.fact("E45")
def test_a_script_that_cannot_import_it_is_told_apart() -> None:
    found = place(
        {
            "app/__init__.py": "",
            "scripts/alone.py": GUARD,
            "scripts/joined.py": f"from app.a import x\n{GUARD}",
        },
        ["app/a.py", "scripts/alone.py", "scripts/joined.py"],
    )

    assert isinstance(found, Placement)
    assert set(found.imports) == {PurePosixPath("app/a.py"), PurePosixPath("scripts/joined.py")}
    assert list(found.unreachable) == [PurePosixPath("scripts/alone.py")]
    assert "scripts/ on sys.path" in found.unreachable[PurePosixPath("scripts/alone.py")]


def test_a_service_in_the_package_of_another_distribution_keeps_its_module() -> None:
    project = repository(
        {
            "setup.py": f"{SETUP}setup(name='all')\n",
            "services/__init__.py": "",
            "services/api/__init__.py": "",
            "services/api/requirements.txt": "",
            "services/api/views/__init__.py": "",
            "services/api/views/a.py": "",
            "services/api/b.py": "",
        }
    )
    users = [PurePosixPath("services/api/views/a.py"), PurePosixPath("services/api/b.py")]

    found = project.place(PurePosixPath("services/api"), users, ["config"])

    assert isinstance(found, Placement)
    assert (str(found.path), found.module) == ("services/api/config.py", "services.api.config")


@pytest.mark.parametrize(
    ("files", "users", "reason"),
    [
        ({}, [], "No file needs it."),
        (
            {"app/__init__.py": "", "app/config.py": "", "app/app_config/x.txt": ""},
            ["app/a.py"],
            "All names for it are taken: app/config.py, app/app_config.",
        ),
        (
            {"app/__init__.py": "", "app/tool.py": GUARD},
            ["app/tool.py"],
            "No file could import it: Python starts app/tool.py with app/ on sys.path, "
            "and nothing shows that app can be imported from there.",
        ),
        (
            {"setup.py": f"{SETUP}setup(name='tool', py_modules=['tool'])\n"},
            ["tool.py"],
            "tool lists its modules one by one (py_modules).",
        ),
    ],
)
def test_refusals(files: dict[str, str], users: list[str], reason: str) -> None:
    assert place(files, users) == NoPlace(reason)
