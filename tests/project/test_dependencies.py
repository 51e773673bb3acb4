"""What is declared, in which range, for what, and in which lock."""

from __future__ import annotations

import pytest

from codemods.project.dependencies import Declared, Dependencies, Role, caret_to_pep440
from tests.project.memory import repository

SETUP = "from setuptools import setup\n"


def dependencies(files: dict[str, str]) -> Dependencies:
    return repository(files).root.dependencies


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {
                "pyproject.toml": "[project]\ndependencies = [\"My.Pkg[x]>=1,<2; os_name!='nt'\"]\n"
                '[project.optional-dependencies]\na = ["my_pkg"]\n'
                '[dependency-groups]\nb = ["my-pkg==1.5", {include-group = "c"}]\n'
            },
            [("<2,>=1", "runtime"), ("", "other"), ("==1.5", "other")],
        ),
        (
            {
                "pyproject.toml": '[tool.poetry.dependencies]\npython = "^3"\nmy-pkg = "^1.2"\n'
                '[tool.poetry.group.dev.dependencies]\nMY_PKG = {version = "~1.3"}\n'
            },
            [(">=1.2,<2", "runtime"), (">=1.3,<1.4", "other")],
        ),
        (
            {"pyproject.toml": '[tool.poetry.dependencies]\nmy-pkg = {git = "https://x"}\n'},
            [("", "runtime")],
        ),
        (
            {"Pipfile": '[packages]\nmy-pkg = {version="1", optional=true}\n'},
            [("==1", "other")],
        ),
        (
            {"setup.cfg": "[options]\ninstall_requires =\n    my-pkg>1  # x\n    other\n"},
            [(">1", "runtime")],
        ),
        (
            {"setup.cfg": "[options.extras_require]\ndb = my-pkg; other\n"},
            [("", "other")],
        ),
        ({"setup.py": SETUP + "setup(install_requires='a\\nmy-pkg<3')\n"}, [("<3", "runtime")]),
        (
            {"setup.py": SETUP + "R = ['my-pkg~=1.1']\nsetup(install_requires=R + ['a'])\n"},
            [("~=1.1", "runtime")],
        ),
        ({"Pipfile": '[dev-packages]\nmy-pkg = "==1.0"\n'}, [("==1.0", "other")]),
        (
            {
                "requirements.txt": "-r deploy/extra.txt\n-c limits.txt\n",
                "deploy/extra.txt": "my-pkg==1.0 \\\n    ; python_version > '3'\n",
                "limits.txt": "my-pkg<2\n",
            },
            [("==1.0", "other"), ("<2", "other")],
        ),
        ({"requirements/base.txt": "my-pkg\n"}, [("", "runtime")]),
        ({"requirements-dev.txt": "my-pkg\n"}, [("", "other")]),
        ({"dev-requirements.txt": "my-pkg\n"}, [("", "other")]),
        (
            {"environment.yml": "dependencies:\n  - my-pkg=1.2\n  - pip:\n    - 'my-pkg<9'\n"},
            [("==1.2", "runtime"), ("<9", "runtime")],
        ),
        (
            {"poetry.lock": '[[package]]\nname = "My-Pkg"\nversion = "1.4.1"\n'},
            [("==1.4.1", "lock")],
        ),
        (
            {"Pipfile.lock": '{"default": {"my-pkg": {"version": "==2.0"}}}'},
            [("==2.0", "lock")],
        ),
        ({"Pipfile.lock": "{"}, []),
        ({"requirements.txt": "git+https://x/my-pkg\n./my-pkg\n--pre\n# my-pkg\n"}, []),
    ],
)
def test_each_place(files: dict[str, str], expected: list[tuple[str, str]]) -> None:
    found = dependencies(files).of("my_pkg")

    assert [(item.specifier, item.role.value) for item in found] == expected


def test_presence() -> None:
    declared = dependencies({"requirements.txt": "a\n", "requirements-dev.txt": "B\n"})

    assert "A" in declared
    assert "b" in declared
    assert "c" not in declared
    assert declared.has_runtime("a")
    assert not declared.has_runtime("b")


@pytest.mark.parametrize(
    ("specifier", "admits"),
    [
        ("", True),
        (">=1.4", True),
        ("~=2.0", True),
        ("==2.0.40", True),
        ("==2.0.*", True),
        (">=1.4,!=2.0.0", True),
        (">2.1", True),
        ("==3.7.999", True),
        ("<2", False),
        ("~=1.4", False),
        (">=1.4,<1.5", False),
        ("==1.4.*", False),
        ("==1.4.52", False),
        ("<=1.99", False),
    ],
)
def test_admits_from(specifier: str, admits: bool) -> None:
    path = repository({"a": ""}).root.root
    assert Declared("x", specifier, path, Role.RUNTIME).admits_from("2.0") is admits


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("^1.2.3", ">=1.2.3,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1", ">=1,<2"),
        ("1.2", "==1.2"),
        (">= 1.2", ">=1.2"),
        ("~=1.2", "~=1.2"),
    ],
)
def test_poetry_operators(written: str, meant: str) -> None:
    assert caret_to_pep440(written) == meant


@pytest.mark.fact("U45")
def test_six_in_metadata_means_python_2_and_in_a_frozen_list_does_not() -> None:
    named = repository({"setup.py": SETUP + "setup(install_requires=['six'])\n"})
    frozen = repository({"requirements.txt": "six==1.16.0\n"})
    pinned = repository({"setup.py": SETUP + "setup(install_requires=['six==1.11.0'])\n"})
    outlived = repository(
        {"setup.py": SETUP + "setup(install_requires=['six'], python_requires='>=3.6')\n"}
    )

    assert named.root.supports_python2
    assert not frozen.root.supports_python2
    assert not pinned.root.supports_python2
    assert not outlived.root.supports_python2
