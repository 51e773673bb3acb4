"""Which folders are distributions, and their names."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from codemods.project.project import Project
from tests.project.memory import repository


def test_files_belong_to_the_innermost_distribution() -> None:
    project = repository(
        {
            "pyproject.toml": '[project]\nname = "root"\n',
            "tools/run.py": "",
            "libs/core/setup.py": "from setuptools import setup\nsetup(name='core')\n",
            "libs/core/src/core/a.py": "",
            "libs/api/setup.cfg": "[metadata]\nname = api\n",
            "libs/api/api.py": "",
        }
    )

    assert [str(d) for d in project.distributions] == [".", "libs/api", "libs/core"]
    assert [d.name for d in project.distributions] == ["root", "api", "core"]
    assert project.distribution_of(PurePosixPath("tools/run.py")).name == "root"
    assert project.distribution_of(PurePosixPath("libs/core/src/core/a.py")).name == "core"
    assert project.distribution_of(PurePosixPath("libs")).name == "root"
    assert project.distribution_of(PurePosixPath("libs/api")).name == "api"


def test_a_repository_without_manifests_is_one_distribution() -> None:
    project = repository({"a.py": "", "b/c.py": ""})

    assert project.distribution_of(PurePosixPath("b/c.py")) is project.root
    assert project.root.name is None
    assert not project.root.is_packaged


def test_linter_settings_make_no_distribution() -> None:
    project = repository(
        {
            "sub/pyproject.toml": "[tool.ruff]\nline-length = 90\n",
            "other/setup.cfg": "[flake8]\nmax-line-length = 90\n",
            "app/setup.py": "def prepare(): ...\n",
            "cli/setup.py": "def setup(): ...\n\nsetup()\n",
            "reader/setup.py": "def setup(node): return node.id == 'setuptools'\n",
        }
    )

    assert [str(d) for d in project.distributions] == ["."]


def test_a_folder_with_its_own_requirements_is_a_unit_of_deployment() -> None:
    project = repository(
        {
            "services/api/requirements.txt": "flask\n",
            "services/api/main.py": "",
            "docs/requirements.txt": "sphinx\n",
            "docs/conf.py": "",
            "tests/requirements.txt": "pytest\n",
            "tests/test_a.py": "",
            "deploy/requirements.txt": "ansible\n",
        }
    )

    assert [str(d) for d in project.distributions] == [".", "services/api"]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("pyproject.toml", '[tool.poetry]\nname = "shop"\n'),
        ("pyproject.toml", '[project]\nname = "shop"\n'),
        ("setup.cfg", "[metadata]\nname = shop\n"),
        ("setup.py", "import setuptools\nNAME = 'shop'\nsetuptools.setup(name=NAME)\n"),
        ("setup.py", "from setuptools import setup\nsetup(**{'name': 'shop'})\n"),
        ("setup.py", "from setuptools import setup\nkw = dict(name='shop')\nsetup(**kw)\n"),
    ],
)
def test_name(path: str, content: str) -> None:
    root = repository({path: content}).root

    assert root.name == "shop"
    assert root.is_packaged


@pytest.mark.parametrize(
    "source",
    [
        "from setuptools import setup\nNAME = 'a'\nNAME += 'b'\nsetup(name=NAME)\n",
        "from setuptools import setup\nsetup(name=open('NAME').read())\n",
        "from setuptools import setup\nfor NAME in 'ab':\n    pass\nsetup(name=NAME)\n",
    ],
)
def test_a_computed_name_is_not_guessed(source: str) -> None:
    assert repository({"setup.py": source}).root.name is None


def test_poetry_without_package_mode_is_not_packaged() -> None:
    content = '[tool.poetry]\nname = "a"\npackage-mode = false\n[build-system]\nrequires = []\n'

    assert not repository({"pyproject.toml": content}).root.is_packaged


@pytest.mark.parametrize(
    ("path", "content", "start"),
    [
        ("pyproject.toml", b"[project\n", "pyproject.toml can't be read: "),
        ("pyproject.toml", b"x = '\xff'\n", "pyproject.toml can't be read: byte 5 is not UTF-8"),
        ("setup.cfg", b"no section\n", "setup.cfg can't be read: "),
        ("setup.py", b"setup(\n", "setup.py can't be read: "),
        ("Pipfile", b"[packages\n", "Pipfile can't be read: "),
    ],
)
def test_malformed_files_are_facts_and_raise_nothing(path: str, content: bytes, start: str) -> None:
    project = repository({path: content, "a.py": ""})

    assert len(project.warnings) == 1
    assert project.warnings[0].startswith(start)
    assert project.root.minimum_python is None


def test_nothing_is_read_before_it_is_asked_for_and_nothing_twice() -> None:
    asked: list[str] = []

    def read(path: PurePosixPath) -> bytes:
        asked.append(str(path))
        return b'[project]\nname = "a"\nrequires-python = ">=3.9"\n'

    paths = [PurePosixPath("pyproject.toml"), PurePosixPath("a.py"), PurePosixPath("tests/b.py")]
    project = Project(paths, read)
    assert project.is_test(paths[2])
    assert not project.is_migration(paths[1])
    assert not project.is_generated(paths[1], b"")
    assert asked == []

    assert project.root.name == "a"
    assert project.root.minimum_python == (3, 9)
    assert project.warnings == ()
    assert asked == ["pyproject.toml"]
