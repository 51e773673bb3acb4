"""Which Python versions are supported, from all the places where it is said."""

from __future__ import annotations

import pytest

from codemods.project.python_versions import minimum_of, supports_python2_spec
from tests.project.memory import repository


@pytest.mark.parametrize(
    ("specifier", "minimum"),
    [
        (">=3.8", (3, 8)),
        (">= 3.8, <4", (3, 8)),
        (">=3.8.1", (3, 8)),
        ("~=3.9", (3, 9)),
        ("==3.11.*", (3, 11)),
        (">3.6", (3, 6)),
        ("^3.8", (3, 8)),
        ("^3.8.5", (3, 8)),
        ("~3.8", (3, 8)),
        ("3.10.*", (3, 10)),
        ("3.10", (3, 10)),
        (">=3", (3, 2)),
        ("<4,>=3.7", (3, 7)),
        (">=3.6 <4", (3, 6)),
        ("~2.7 || ^3.5", (2, 7)),
        (">=2.7, !=3.0.*, !=3.1.*", (2, 7)),
        (">=2.6", (2, 7)),
        ("*", None),
        ("<4", None),
        ("!=3.0.*", None),
        ("", None),
        ("three", None),
    ],
)
def test_minimum_of_a_specifier(specifier: str, minimum: tuple[int, int] | None) -> None:
    assert minimum_of(specifier) == minimum
    assert supports_python2_spec(specifier) == (minimum == (2, 7))


PY3 = "Programming Language :: Python :: 3"
SETUP = "from setuptools import setup\n"
PY2 = "Programming Language :: Python :: 2"


@pytest.mark.fact("U44")
@pytest.mark.parametrize(
    ("path", "content", "minimum", "source"),
    [
        (
            "pyproject.toml",
            '[project]\nrequires-python = ">=3.11"\n',
            (3, 11),
            "pyproject.toml requires-python",
        ),
        (
            "pyproject.toml",
            '[tool.poetry.dependencies]\npython = "^3.9"\n',
            (3, 9),
            "pyproject.toml tool.poetry",
        ),
        (
            "pyproject.toml",
            '[project]\nclassifiers = ["' + PY3 + '.9", "' + PY3 + '.10"]\n',
            (3, 9),
            "pyproject.toml classifiers",
        ),
        (
            "setup.cfg",
            "[options]\npython-requires = >=3.7\n",
            (3, 7),
            "setup.cfg python_requires",
        ),
        (
            "setup.cfg",
            f"[metadata]\nname = a\nclassifiers =\n    {PY3}.6\n    {PY3}.7\n",
            (3, 6),
            "setup.cfg classifiers",
        ),
        (
            "setup.py",
            "from setuptools import setup\nsetup(python_requires='>=3.6')\n",
            (3, 6),
            "setup.py python_requires",
        ),
        (
            "setup.py",
            f"{SETUP}C = ['{PY3}.8']\nsetup(classifiers=C)\n",
            (3, 8),
            "setup.py classifiers",
        ),
        ("setup.cfg", f"[metadata]\nclassifiers = {PY3}\n", (3, 2), "setup.cfg classifiers"),
        ("tox.ini", "[tox]\nenvlist = py{38,39}, py310, lint\n", (3, 8), "tox"),
        ("tox.ini", "[tox]\nenvlist =\n    py39-django{3,4}\n    py3.11\n", (3, 9), "tox"),
        ("ruff.toml", 'target-version = "py310"\n', (3, 10), "ruff target-version"),
        (
            "pyproject.toml",
            '[tool.ruff]\ntarget-version = "py312"\n',
            (3, 12),
            "ruff target-version",
        ),
        (
            "pyproject.toml",
            '[tool.black]\ntarget-version = ["py39", "py38"]\n',
            (3, 8),
            "black target-version",
        ),
        ("mypy.ini", "[mypy]\npython_version = 3.9\n", (3, 9), "mypy python_version"),
        (".python-version", "3.12.1\n3.11.7\n", (3, 11), ".python-version"),
        (".tool-versions", "nodejs 18.1\npython 3.10.4\n", (3, 10), ".tool-versions"),
        ("runtime.txt", "python-3.9.6\n", (3, 9), "runtime.txt"),
        ("Pipfile", '[requires]\npython_version = "3.8"\n', (3, 8), "Pipfile python_version"),
        (
            "environment.yml",
            "dependencies:\n  - python=3.10\n  - numpy\n",
            (3, 10),
            "environment.yml",
        ),
        (
            "environment.yml",
            "dependencies:\n  - python >=3.7,<3.9\n",
            (3, 7),
            "environment.yml",
        ),
    ],
)
def test_minimum_from_each_place(
    path: str, content: str, minimum: tuple[int, int], source: str
) -> None:
    support = repository({path: content}).root.python

    assert support.minimum == minimum
    assert support.source == source
    assert not support.supports_python2


@pytest.mark.fact("U45")
@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": '[project]\nrequires-python = ">=2.7"\n'},
        {"setup.cfg": "[options]\npython_requires = >=2.7, !=3.0.*\n"},
        {"setup.py": f"{SETUP}setup(classifiers=['{PY2}.7'])\n"},
        {"setup.py": f"{SETUP}setup(classifiers=['{PY2}', '{PY3}.6'])\n"},
        {"tox.ini": "[tox]\nenvlist = py27,py36\n"},
        {"setup.cfg": "[bdist_wheel]\nuniversal = 1\n"},
    ],
)
def test_python_2_is_still_supported(files: dict[str, str | bytes]) -> None:
    root = repository(files).root

    assert root.supports_python2
    assert root.minimum_python == (2, 7)


@pytest.mark.fact("U45")
@pytest.mark.parametrize(
    "files",
    [
        {"setup.cfg": "[bdist_wheel]\nuniversal = 1\n[options]\npython_requires = >=3.6\n"},
        {"setup.cfg": f"[options]\npython_requires = >=3.6\n[metadata]\nclassifiers = {PY2}.7\n"},
        {},
    ],
)
def test_remnants_of_python_2_do_not_count_against_a_requirement(
    files: dict[str, str | bytes],
) -> None:
    assert not repository(files).root.supports_python2


def test_an_inner_distribution_inherits_what_it_leaves_open() -> None:
    project = repository(
        {
            ".python-version": "3.10\n",
            "a/setup.py": "from setuptools import setup\nsetup(name='a')\n",
            "b/setup.py": "from setuptools import setup\nsetup(python_requires='>=3.12')\n",
        }
    )

    minimums = {str(d): d.minimum_python for d in project.distributions}
    assert minimums == {".": (3, 10), "a": (3, 10), "b": (3, 12)}
