"""Whatever configuration files hold, facts are facts and nothing raises."""

from __future__ import annotations

from pathlib import PurePosixPath

from hypothesis import given
from hypothesis import strategies as st

from codemods.project.placement import NoPlace, Placement
from tests.project.memory import repository

GOOD = {
    "pyproject.toml": '[project]\nname = "a"\ndependencies = ["b>=1"]\nrequires-python = ">=3.9"\n'
    '[tool.poetry.dependencies]\npython = "^3.9"\n[tool.poetry]\npackages = [{from = "src"}]\n',
    "setup.cfg": "[options]\ninstall_requires =\n    b\npackage_dir =\n    =src\n",
    "setup.py": "from setuptools import setup\nsetup(name='a', install_requires=['b'])\n",
    "Pipfile": '[packages]\nb = "*"\n[requires]\npython_version = "3.9"\n',
    "Pipfile.lock": '{"default": {"b": {"version": "==1"}}}',
    "poetry.lock": '[[package]]\nname = "b"\nversion = "1"\n',
    "requirements.txt": "-r more.txt\nb==1  # c\n",
    "environment.yml": "dependencies:\n  - python=3.9\n  - pip:\n    - b\n",
    "tox.ini": "[tox]\nenvlist = py39\n",
    ".python-version": "3.9\n",
    "ruff.toml": 'target-version = "py39"\n',
    "src/a/__init__.py": "",
    "src/a/b.py": "import a\n",
    "scripts/c.py": "import a.b\n",
}
_CONFIGURATION = sorted(path for path in GOOD if not path.endswith((".py",)) or path == "setup.py")
#: What TOML and JSON allow where nobody expects it.
_VALUES = ["1", "true", "[]", "{}", "[1, [2]]", '"x"', "{a = 1}", '""', '"==="', '"^"', '"||"']


def ask_everything(files: dict[str, str | bytes]) -> None:
    project = repository(files)
    for distribution in project.distributions:
        assert distribution.minimum_python is None or distribution.minimum_python >= (2, 7)
        assert isinstance(distribution.name, str | None)
        project.entry_points(distribution.root)
        result = project.add_requirement(distribution.root, "SQLAlchemy>=2.0")
        assert not (result.refusal and result.edits)
        place = project.place(distribution.root, [PurePosixPath("src/a/b.py")], ["config"])
        assert isinstance(place, Placement | NoPlace)
    for path in project.paths:
        project.module_name(path)
        project.reach(path, PurePosixPath("src/a/b.py"))
    assert all("can't be read" in warning for warning in project.warnings)


def test_good_files_give_no_warnings() -> None:
    ask_everything(dict(GOOD))
    assert repository(GOOD).warnings == ()


@given(st.sampled_from(_CONFIGURATION), st.binary(max_size=40))
def test_any_bytes(path: str, data: bytes) -> None:
    ask_everything({**GOOD, path: data})


@given(st.sampled_from(_CONFIGURATION), st.data())
def test_any_cut(path: str, data: st.DataObject) -> None:
    text = GOOD[path]
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    ask_everything({**GOOD, path: text[:start] + text[end:]})


@given(st.sampled_from(["pyproject.toml", "Pipfile", "poetry.lock", "ruff.toml"]), st.data())
def test_any_type_of_value(path: str, data: st.DataObject) -> None:
    lines = GOOD[path].splitlines(keepends=True)
    index = data.draw(st.sampled_from([i for i, line in enumerate(lines) if "=" in line]))
    value = data.draw(st.sampled_from(_VALUES))
    lines[index] = f"{lines[index].partition('=')[0]}= {value}\n"
    ask_everything({**GOOD, path: "".join(lines)})
