"""Requirements are added in each file's own style, and nothing else changes."""

from __future__ import annotations

import ast
import configparser
import tomllib
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemods.project.dependency_edits import DependencyResult
from tests.project.memory import repository

ROOT = PurePosixPath(".")
SETUP = "from setuptools import setup\n"


def added(files: dict[str, str], requirement: str = "SQLAlchemy>=2.0") -> DependencyResult:
    return repository(files).add_requirement(ROOT, requirement)


def edited(result: DependencyResult) -> dict[str, str]:
    assert result.refusal == ""
    return {str(path): data.decode() for path, data in result.edits.items()}


PEP_621 = [
    # One line stays one line; the list is sorted, so the new one goes to its place.
    ('dependencies = ["flask", "zope"]', 'dependencies = ["flask", "sqlalchemy>=2.0", "zope"]'),
    ('dependencies = ["Flask"]', 'dependencies = ["Flask", "SQLAlchemy>=2.0"]'),
    ('dependencies = ["b", "a"]', 'dependencies = ["b", "a", "sqlalchemy>=2.0"]'),
    ("dependencies = []", 'dependencies = ["SQLAlchemy>=2.0"]'),
    ("dependencies = [\n]", 'dependencies = [\n    "SQLAlchemy>=2.0",\n]'),
    ("dependencies = ['flask']", "dependencies = ['flask', 'SQLAlchemy>=2.0']"),
    (
        'dependencies = [\n  "flask",  # web\n  "uvicorn",\n]',
        'dependencies = [\n  "flask",  # web\n  "sqlalchemy>=2.0",\n  "uvicorn",\n]',
    ),
    (
        'dependencies = [\n\t"celery",\n\t"flask"  # web\n]',
        'dependencies = [\n\t"celery",\n\t"flask",  # web\n\t"sqlalchemy>=2.0"\n]',
    ),
    (
        'dependencies = [\n    "tornado",\n    "zope",\n]',
        'dependencies = [\n    "sqlalchemy>=2.0",\n    "tornado",\n    "zope",\n]',
    ),
    # Sections are not sorted.
    (
        'dependencies = [\n  # web\n  "flask",\n  # work\n  "zope",\n]',
        'dependencies = [\n  # web\n  "flask",\n  # work\n  "zope",\n  "sqlalchemy>=2.0",\n]',
    ),
    # The neighbours' operators and spaces.
    (
        'dependencies = ["a ~= 1.0", "b ~= 2.1"]',
        'dependencies = ["a ~= 1.0", "b ~= 2.1", "sqlalchemy ~= 2.0"]',
    ),
    (
        'dependencies = ["a (>=1.0)", "b (>=2.1,<3)"]',
        'dependencies = ["a (>=1.0)", "b (>=2.1,<3)", "sqlalchemy (>=2.0)"]',
    ),
    # Things that look like the end of a list.
    (
        'dependencies = [\n  "a[x]; python_version < \'3.11\'",  # ] " ,\n]',
        'dependencies = [\n  "a[x]; python_version < \'3.11\'",  # ] " ,\n  "SQLAlchemy>=2.0",\n]',
    ),
]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(("before", "after"), PEP_621)
def test_pep_621(before: str, after: str, newline: str) -> None:
    frame = '# head\n[project]\nname = "a"\n{}\nversion = "1"  # x\n\n[tool.ruff]\nselect = ["E"]\n'
    source = frame.replace("{}", before).replace("\n", newline)

    result = edited(added({"pyproject.toml": source}))

    assert result == {"pyproject.toml": frame.replace("{}", after).replace("\n", newline)}


def test_pep_621_without_a_list_gets_one() -> None:
    source = '[project]\nname = "a"\nversion = "1"\n\n[project.scripts]\nx = "a:b"\n'

    result = edited(added({"pyproject.toml": source}))

    new = 'version = "1"\ndependencies = ["SQLAlchemy>=2.0"]\n\n[project.scripts]'
    assert result == {"pyproject.toml": source.replace('version = "1"\n\n[project.scripts]', new)}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            'python = "^3.9"\nflask = "^2.0"\nzope = "^5.0"\n',
            'python = "^3.9"\nflask = "^2.0"\nsqlalchemy = "^2.0"\nzope = "^5.0"\n',
        ),
        (
            'python = ">=3.9"\nFlask = ">=2.0"\n',
            'python = ">=3.9"\nFlask = ">=2.0"\nSQLAlchemy = ">=2.0"\n',
        ),
        ('python = "^3.9"\n', 'python = "^3.9"\nSQLAlchemy = ">=2.0"\n'),
        (
            "python  = '3.9'\nb       = '1'\na       = {version = '2', extras = ['x']} # y\n",
            "python  = '3.9'\nb       = '1'\na       = {version = '2', extras = ['x']} # y\n"
            "sqlalchemy = '>=2.0'\n",
        ),
        (
            'a = "1"\n# extras\nb = {optional = true, version = "2"}\n',
            'a = "1"\nSQLAlchemy = ">=2.0"\n# extras\nb = {optional = true, version = "2"}\n',
        ),
        ('a="^1"\nb="^2"\n\n', 'a="^1"\nb="^2"\nsqlalchemy="^2.0"\n\n'),
    ],
)
def test_poetry(before: str, after: str) -> None:
    group = '[tool.poetry.group.dev.dependencies]\npytest = "*"\n'
    frame = '[tool.poetry]\nname = "x"\n\n[tool.poetry.dependencies]\n{}\n' + group

    result = edited(added({"pyproject.toml": frame.replace("{}", before)}))

    assert result == {"pyproject.toml": frame.replace("{}", after)}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "install_requires =\n    flask\n    zope\n",
            "install_requires =\n    flask\n    sqlalchemy>=2.0\n    zope\n",
        ),
        (
            "install_requires =\n  # web\n  A\n  # work\n  b\nzip_safe = no\n",
            "install_requires =\n  # web\n  A\n  # work\n  b\n  SQLAlchemy>=2.0\nzip_safe = no\n",
        ),
        ("install-requires:\n\tzope >=5\n", "install-requires:\n\tzope >=5\n\tSQLAlchemy >=2.0\n"),
        ("install_requires =\n", "install_requires =\n    SQLAlchemy>=2.0\n"),
        ("zip_safe = no\n", "zip_safe = no\ninstall_requires =\n    SQLAlchemy>=2.0\n"),
    ],
)
def test_setup_cfg(before: str, after: str) -> None:
    extras = "[options.extras_require]\ndev =\n    pytest\n"
    frame = "[metadata]\nname = x\n\n[options]\npackages = find:\n{}\n" + extras

    result = edited(added({"setup.cfg": frame.replace("{}", before)}))

    assert result == {"setup.cfg": frame.replace("{}", after)}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "setup(name='a', install_requires=['flask', 'zope'])",
            "setup(name='a', install_requires=['flask', 'sqlalchemy>=2.0', 'zope'])",
        ),
        (
            'setup(\n    install_requires=[\n        "A",\n    ],\n)',
            'setup(\n    install_requires=[\n        "A",\n        "SQLAlchemy>=2.0",\n    ],\n)',
        ),
        (
            "REQ = ['b',\n       'a']  # é\nsetup(install_requires=REQ)",
            "REQ = ['b',\n       'a',\n       'sqlalchemy>=2.0']  # é\nsetup(install_requires=REQ)",
        ),
        (
            "R = ['a']\nsetup(install_requires=R + ['b'])",
            "R = ['a', 'SQLAlchemy>=2.0']\nsetup(install_requires=R + ['b'])",
        ),
        (
            "setup(**{'install_requires': ('a', 'b')})",
            "setup(**{'install_requires': ('a', 'b', 'sqlalchemy>=2.0')})",
        ),
        (
            "setup(\n    name='é',\n    version='1',\n)",
            "setup(\n    name='é',\n    version='1',\n    install_requires=['SQLAlchemy>=2.0'],\n)",
        ),
        ("setup(name='a')", "setup(name='a', install_requires=['SQLAlchemy>=2.0'])"),
    ],
)
def test_setup_py(before: str, after: str) -> None:
    result = edited(added({"setup.py": f"{SETUP}{before}\n"}))

    assert result == {"setup.py": f"{SETUP}{after}\n"}


def test_setup_py_keeps_its_encoding() -> None:
    source = (
        "# coding: latin-1\nfrom setuptools import setup\nsetup(author='é', install_requires=[])\n"
    )
    project = repository({"setup.py": source.encode("latin-1")})

    result = project.add_requirement(ROOT, "a>=1")

    assert result.edits[PurePosixPath("setup.py")] == source.replace("[]", "['a>=1']").encode(
        "latin-1"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("flask\nzope\n", "flask\nsqlalchemy>=2.0\nzope\n"),
        ("tornado\nzope\n", "sqlalchemy>=2.0\ntornado\nzope\n"),
        ("flask", "flask\nSQLAlchemy>=2.0"),
        ("b==1\na==2  # x\n", "b==1\na==2  # x\nsqlalchemy>=2.0\n"),
        ("# web\nflask\n\n# work\nzope\n", "# web\nflask\n\n# work\nzope\nsqlalchemy>=2.0\n"),
        ("Flask~=2.0\n-e .\n", "Flask~=2.0\nSQLAlchemy~=2.0\n-e .\n"),
        ("a\\\n>=1\nz\n", "a\\\n>=1\nsqlalchemy>=2.0\nz\n"),
        ("", "SQLAlchemy>=2.0\n"),
        ("# nothing yet", "# nothing yet\nSQLAlchemy>=2.0\n"),
    ],
)
def test_requirements_file(before: str, after: str) -> None:
    assert edited(added({"requirements.txt": before})) == {"requirements.txt": after}


def test_pins_are_not_invented() -> None:
    result = added({"requirements.txt": "a==1.0\nb==2.0\n"})

    assert edited(result) == {"requirements.txt": "a==1.0\nb==2.0\nsqlalchemy>=2.0\n"}
    assert result.notes == (
        "requirements.txt pins its other requirements; SQLAlchemy>=2.0 is a lower bound, "
        "to be pinned by whoever knows the release.",
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('[packages]\nflask = "*"\n', '[packages]\nflask = "*"\nSQLAlchemy = ">=2.0"\n'),
        ("[packages]\n\n[dev-packages]\n", '[packages]\nSQLAlchemy = ">=2.0"\n\n[dev-packages]\n'),
    ],
)
def test_pipfile(before: str, after: str) -> None:
    result = added({"Pipfile": before, "Pipfile.lock": "{}"})

    assert edited(result) == {"Pipfile": after}
    assert result.commands == ("pipenv lock",)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "channels:\n  - conda-forge\ndependencies:\n  - python=3.10\n  - zope\nprefix: /x\n",
            "channels:\n  - conda-forge\ndependencies:\n  - python=3.10\n  - sqlalchemy>=2.0\n"
            "  - zope\nprefix: /x\n",
        ),
        (
            "dependencies:\n- numpy # x\n- pip:\n  - Flask\n  - -e .\n",
            "dependencies:\n- numpy # x\n- pip:\n  - Flask\n  - SQLAlchemy>=2.0\n  - -e .\n",
        ),
    ],
)
def test_conda_environment(before: str, after: str) -> None:
    assert edited(added({"environment.yml": before})) == {"environment.yml": after}


@pytest.mark.parametrize(
    ("files", "changed"),
    [
        # Metadata, and what repeats it.
        (
            {"pyproject.toml": '[project]\ndependencies = ["a"]\n', "requirements.txt": "a==1\n"},
            {"pyproject.toml", "requirements.txt"},
        ),
        (
            {"pyproject.toml": '[project]\ndependencies = ["a"]\n', "requirements.txt": "tox\n"},
            {"pyproject.toml"},
        ),
        # Metadata without requirements does not count against a list.
        (
            {"setup.py": SETUP + "setup(name='a')\n", "requirements.txt": "a==1\n"},
            {"requirements.txt"},
        ),
        # Metadata that reads a requirements file.
        (
            {
                "setup.py": SETUP
                + "setup(install_requires=open('requirements.txt').readlines())\n",
                "requirements.txt": "a\n",
            },
            {"requirements.txt"},
        ),
        (
            {
                "pyproject.toml": '[project]\ndynamic = ["dependencies"]\n'
                '[tool.setuptools.dynamic.dependencies]\nfile = "requirements/base.txt"\n',
                "requirements/base.txt": "",
            },
            {"requirements/base.txt"},
        ),
        # Requirements files that include others.
        (
            {
                "requirements.txt": "-r requirements/prod.txt\n",
                "requirements/prod.txt": "-r base.txt\n",
                "requirements/base.txt": "a\n",
                "requirements/dev.txt": "-r base.txt\npytest\n",
            },
            {"requirements/base.txt"},
        ),
        (
            {
                "requirements.txt": "-r requirements/production.txt\n",
                "requirements/production.txt": "-r base.txt\ngunicorn\n",
                "requirements/base.txt": "a\n",
            },
            {"requirements/base.txt"},
        ),
        # A compiled file that repeats the metadata is not even tried.
        (
            {
                "pyproject.toml": '[project]\ndependencies = ["a"]\n',
                "requirements.txt": "# generated by pip-compile\na==1\n",
            },
            {"pyproject.toml"},
        ),
        # The source of a compiled file.
        (
            {
                "requirements.in": "a\n",
                "requirements.txt": "#\n# This file is autogenerated by pip-compile\n"
                "# by the following command:\n#\n#    pip-compile requirements.in\n#\na==1\n",
            },
            {"requirements.in"},
        ),
    ],
)
def test_which_files_are_edited(files: dict[str, str], changed: set[str]) -> None:
    result = added(files)

    assert set(edited(result)) == changed
    assert not any("by hand" in note for note in result.notes)


@pytest.mark.parametrize(
    ("files", "commands"),
    [
        ({"pyproject.toml": '[project]\ndependencies = ["a"]\n', "uv.lock": ""}, ("uv lock",)),
        (
            {"pyproject.toml": '[tool.poetry.dependencies]\na = "1"\n', "poetry.lock": ""},
            ("poetry lock",),
        ),
        ({"pyproject.toml": '[project]\ndependencies = ["a"]\n', "pdm.lock": ""}, ("pdm lock",)),
        (
            {
                "requirements.in": "a\n",
                "requirements.txt": "# This file was autogenerated by uv via this command:\n"
                "#    uv pip compile requirements.in -o requirements.txt\na==1\n",
            },
            ("uv pip compile requirements.in -o requirements.txt",),
        ),
        (
            {"requirements.in": "a\n", "requirements.txt": "a==1 \\\n    --hash=sha256:00\n"},
            ("pip-compile requirements.in",),
        ),
        (
            {
                "pyproject.toml": '[tool.poetry.dependencies]\na = "1"\n',
                "poetry.lock": "",
                "requirements.txt": "a==1 --hash=sha256:00\n",
            },
            ("poetry lock", "poetry export --output requirements.txt"),
        ),
        ({"requirements.txt": "a\n", "uv.lock": ""}, ()),
    ],
)
def test_commands_for_what_is_generated(files: dict[str, str], commands: tuple[str, ...]) -> None:
    result = added(files)

    assert result.refusal == ""
    assert result.commands == commands
    assert not any(path.name.endswith(".lock") for path in result.edits)


def test_a_lock_of_the_workspace_is_named_with_its_folder() -> None:
    project = repository(
        {
            "uv.lock": "",
            "libs/a/pyproject.toml": '[project]\nname = "a"\ndependencies = ["b"]\n',
            "libs/a/uv.lock": "",
        }
    )

    result = project.add_requirement(PurePosixPath("libs/a"), "c>=1")

    assert result.commands == ("cd libs/a && uv lock", "uv lock")


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"a.py": ""}, "no file declares the requirements of this repository"),
        ({"requirements.txt": "a==1 --hash=sha256:00\n"}, "a tool writes it"),
        ({"setup.py": SETUP + "setup(install_requires=read())\n"}, "computes install_requires"),
        (
            {
                "setup.py": SETUP + "setup(**read())\nsetup_requires = []\n",
                "setup.cfg": "[options\n",
            },
            "",
        ),
        ({"setup.cfg": "[options]\ninstall_requires = a;b\n"}, "no list of lines"),
        (
            {"pyproject.toml": "[tool.poetry]\ndependencies = {python = '3', a = '1'}\n"},
            "plain lines",
        ),
        ({"requirements.txt": "sqlalchemy<2\n"}, "declares SQLAlchemy<2, which excludes"),
        ({"requirements.txt": "SQLAlchemy==1.4.52\n"}, "excludes SQLAlchemy>=2.0"),
        ({"setup.py": SETUP + "setup(extras_require={'db': ['sqlalchemy~=1.3']})\n"}, "excludes"),
    ],
)
def test_refusals_say_why_and_edit_nothing(files: dict[str, str], why: str) -> None:
    result = added(files)

    assert result.edits == {}
    assert why in result.refusal
    assert result.refusal != ""


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.txt": "sqlalchemy>=1.4\n"},
        {"pyproject.toml": '[project]\ndependencies = ["SQLAlchemy[asyncio]>=2.0.1"]\n'},
        {"pyproject.toml": '[tool.poetry.dependencies]\nSqlAlchemy = "^2.0"\n'},
        {"Pipfile": '[packages]\nsqlalchemy = "*"\n'},
        {"environment.yml": "dependencies:\n  - conda-forge::sqlalchemy=2.0.1=py310\n"},
        {"setup.cfg": "[options]\ninstall_requires =\n    sqlalchemy\n"},
    ],
)
def test_what_is_declared_is_not_added_again(files: dict[str, str]) -> None:
    result = added(files)

    assert (result.edits, result.refusal, result.commands) == ({}, "", ())


# -- properties ------------------------------------------------------------------------------------

_NAME_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_."
_NAMES = st.from_regex(r"[a-zA-Z][a-z]{0,6}(?:[-_.][a-z]{1,3})?", fullmatch=True)
_VERSIONS = st.sampled_from(["", ">=1.0", "~=2.1", "==3.0.1", " >= 1", ">=1,<2", "[x]>=2"])
_REQUIREMENTS = st.lists(
    st.builds("{}{}".format, _NAMES, _VERSIONS),
    max_size=6,
    unique_by=lambda text: text[:3].lower(),
)


def _listed(data: st.DataObject, entries: list[str], quote: str) -> str:
    """Write entries as a bracketed list in a drawn layout."""
    quoted = [f"{quote}{entry}{quote}" for entry in entries]
    layout = data.draw(st.sampled_from(["line", "lines", "hanging", "packed"]))
    trailing = "," if data.draw(st.booleans()) and quoted else ""
    if layout == "line":
        return f"[{', '.join(quoted)}{trailing}]"
    if layout == "hanging":
        return f"[{(',' + chr(10) + '     ').join(quoted)}{trailing}]"
    if layout == "packed":
        half = len(quoted) // 2
        first, second = ", ".join(quoted[:half]), ", ".join(quoted[half:])
        body = f"    {first},\n    {second}" if half else f"    {second}"
        return f"[\n{body}{trailing}\n]"
    lines = []
    for number, item in enumerate(quoted):
        comma = "," if number < len(quoted) - 1 else trailing
        comment = data.draw(st.sampled_from(["", "  # a, ] b", "\n    # 'own' line"]))
        lines.append(f"    {item}{comma}{comment}\n")
    return f"[\n{''.join(lines)}]"


def _is_subsequence(inner: str, outer: str) -> bool:
    characters = iter(outer)
    return all(character in characters for character in inner)


def _check(before: str, after: str, old: list[str], new: list[str]) -> None:
    """Exactly one entry more; the rest is there, in order, and hardly anything was inserted."""
    assert len(new) == len(old) + 1
    fresh = [entry for entry in new if entry.replace(" ", "").lower().startswith("newpkg")]
    assert [entry for entry in new if entry not in fresh] == old
    assert len(fresh) == 1
    assert _is_subsequence(before, after)
    assert len(after) - len(before) <= len(fresh[0]) + 20


@given(_REQUIREMENTS, st.booleans(), st.data())
def test_any_pyproject_gets_exactly_one_more(
    entries: list[str], crlf: bool, data: st.DataObject
) -> None:
    quote = data.draw(st.sampled_from("\"'"))
    listed = _listed(data, entries, quote)
    text = f'[project]\nname = "x"\ndependencies = {listed}\n\n[tool.x]\ny = [ 1,2 ]\n'
    before = text.replace("\n", "\r\n") if crlf else text

    after = edited(added({"pyproject.toml": before}, "NewPkg>=1.2"))["pyproject.toml"]

    assert tomllib.loads(after)["tool"] == {"x": {"y": [1, 2]}}
    assert after.count("\r\n") == (after.count("\n") if crlf else 0)
    _check(before, after, entries, tomllib.loads(after)["project"]["dependencies"])


@given(_REQUIREMENTS, st.booleans(), st.data())
def test_any_setup_py_gets_exactly_one_more(
    entries: list[str], crlf: bool, data: st.DataObject
) -> None:
    quote = data.draw(st.sampled_from("\"'"))
    text = f"{SETUP}setup(\n    install_requires={_listed(data, entries, quote)},\n    name='é')\n"
    before = text.replace("\n", "\r\n") if crlf else text

    after = edited(added({"setup.py": before}, "NewPkg>=1.2"))["setup.py"]

    call = next(node for node in ast.walk(ast.parse(after)) if isinstance(node, ast.Call))
    assert [keyword.arg for keyword in call.keywords] == ["install_requires", "name"]
    assert after.count("\r\n") == (after.count("\n") if crlf else 0)
    _check(before, after, entries, ast.literal_eval(call.keywords[0].value))


@given(_REQUIREMENTS, st.booleans(), st.data())
def test_any_setup_cfg_gets_exactly_one_more(
    entries: list[str], crlf: bool, data: st.DataObject
) -> None:
    indent = data.draw(st.sampled_from(["    ", "  ", "\t"]))
    comment = data.draw(st.sampled_from(["", f"{indent}# own line\n"]))
    lines = "".join(f"{indent}{entry}\n{comment}" for entry in entries)
    text = f"[options]\ninstall_requires =\n{lines}zip_safe = no\n\n[flake8]\nx = 1\n"
    before = text.replace("\n", "\r\n") if crlf else text

    after = edited(added({"setup.cfg": before}, "NewPkg>=1.2"))["setup.cfg"]

    parser = configparser.ConfigParser()
    parser.read_string(after)
    assert parser["options"]["zip_safe"] == "no"
    assert after.count("\r\n") == (after.count("\n") if crlf else 0)
    listed = parser["options"]["install_requires"].split("\n")
    _check(before, after, entries, [line for line in listed if line.strip()])


@given(_REQUIREMENTS, st.booleans(), st.data())
def test_any_requirements_file_gets_exactly_one_more(
    entries: list[str], crlf: bool, data: st.DataObject
) -> None:
    endings = [data.draw(st.sampled_from(["", "  # note", "\n# own", "\n"])) for _ in entries]
    text = "".join(f"{entry}{end}\n" for entry, end in zip(entries, endings, strict=True))
    before = text.replace("\n", "\r\n") if crlf else text
    before = before.rstrip("\r\n") if data.draw(st.booleans()) else before

    after = edited(added({"requirements.txt": before}, "NewPkg>=1.2"))["requirements.txt"]

    if "\n" in before:
        assert after.count("\r\n") == (after.count("\n") if crlf else 0)
    lines = [line.split("#")[0].strip() for line in after.splitlines()]
    _check(before, after, entries, [line for line in lines if line])


@given(_REQUIREMENTS, st.booleans(), st.data())
def test_any_table_gets_exactly_one_more(
    entries: list[str], crlf: bool, data: st.DataObject
) -> None:
    names = [entry[: len(entry) - len(entry.lstrip(_NAME_CHARACTERS))] for entry in entries]
    values = [
        data.draw(st.sampled_from(['"*"', "'^1.2'", '{version = "1", extras = ["a=b"]}']))
        for _ in names
    ]
    ends = [data.draw(st.sampled_from(["", "  # a = b", "\n# own", "\n"])) for _ in names]
    lines = [
        f'"{name}" = {value}{end}\n' if "." in name else f"{name} = {value}{end}\n"
        for name, value, end in zip(names, values, ends, strict=True)
    ]
    poetry = data.draw(st.booleans())
    header = "[tool.poetry.dependencies]\npython = '3'" if poetry else "[packages]"
    text = f"{header}\n{''.join(lines)}\n[dev-packages]\nx = 1\n"
    before = text.replace("\n", "\r\n") if crlf else text
    path = "pyproject.toml" if poetry else "Pipfile"

    after = edited(added({path: before}, "NewPkg>=1.2"))[path]

    table = tomllib.loads(after)
    assert table["dev-packages"] == {"x": 1}
    new = table["tool"]["poetry"]["dependencies"] if poetry else table["packages"]
    assert after.count("\r\n") == (after.count("\n") if crlf else 0)
    _check(before, after, names, [name for name in new if name != "python"])


@given(_REQUIREMENTS, st.booleans(), st.data())
def test_any_conda_environment_gets_exactly_one_more(
    entries: list[str], crlf: bool, data: st.DataObject
) -> None:
    indent = data.draw(st.sampled_from(["", "  "]))
    pip = data.draw(st.booleans())
    quote = data.draw(st.sampled_from(["", "'", '"']))
    nested = f"{indent}- pip:\n" if pip else ""
    items = "".join(
        f"{indent}{'  ' if pip else ''}- {quote}{entry}{quote}\n"
        for entry in ["zzz", *entries]
        if "[" not in entry
    )
    text = f"channels:\n  - defaults\ndependencies:\n{nested}{items}prefix: /x\n"
    before = text.replace("\n", "\r\n") if crlf else text

    after = edited(added({"environment.yml": before}, "NewPkg>=1.2"))["environment.yml"]

    def shown(text: str) -> list[str]:
        rows = [line.strip().removeprefix("- ").strip("'\"") for line in text.splitlines()]
        return [row for row in rows if row[-1:] != ":" and row not in ("defaults", "prefix: /x")]

    assert after.count("\r\n") == (after.count("\n") if crlf else 0)
    _check(before, after, shown(before), shown(after))
