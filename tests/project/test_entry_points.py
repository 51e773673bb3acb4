"""Where programs start."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from codemods.project.entry_points import EntryKind, EntryPoint
from tests.project.memory import repository

SETUP = "from setuptools import setup\n"
CLI = PurePosixPath("app/cli.py")
ROOT = PurePosixPath(".")


@pytest.mark.fact("P44")
@pytest.mark.parametrize(
    ("path", "content", "kind"),
    [
        ("pyproject.toml", '[project.scripts]\nx = "app.cli:main"\n', EntryKind.CONSOLE),
        ("pyproject.toml", '[project.gui-scripts]\nx = "app.cli:main"\n', EntryKind.GUI),
        ("pyproject.toml", '[tool.poetry.scripts]\nx = "app.cli:main"\n', EntryKind.CONSOLE),
        (
            "pyproject.toml",
            '[tool.poetry.scripts]\nx = {reference = "app.cli:main", type = "console"}\n',
            EntryKind.CONSOLE,
        ),
        ("pyproject.toml", '[tool.flit.scripts]\nx = "app.cli:main"\n', EntryKind.CONSOLE),
        (
            "setup.cfg",
            "[options.entry_points]\nconsole_scripts =\n    x = app.cli:main\n",
            EntryKind.CONSOLE,
        ),
        (
            "setup.py",
            f"{SETUP}setup(entry_points={{'console_scripts': ['x=app.cli:main [extra]']}})\n",
            EntryKind.CONSOLE,
        ),
        (
            "setup.py",
            f"{SETUP}setup(entry_points='''\n[gui_scripts]\nx = app.cli:main\n[b]\na=b:c\n''')\n",
            EntryKind.GUI,
        ),
    ],
)
def test_declared_scripts(path: str, content: str, kind: EntryKind) -> None:
    project = repository({path: content, "app/__init__.py": "", "app/cli.py": ""})

    assert project.entry_points(ROOT) == (EntryPoint(kind, CLI, "main", "x"),)


def test_entry_points_by_file_name_belong_to_their_distribution() -> None:
    project = repository(
        {
            "setup.py": f"{SETUP}setup(scripts=['bin/tool', 'bin/absent'])\n",
            "bin/tool": "",
            "app/__main__.py": "",
            "manage.py": "",
            "site/wsgi.py": "",
            "site/asgi.py": "",
            "tests/__main__.py": "",
            "libs/x/pyproject.toml": '[project]\nname = "x"\n',
            "libs/x/x/__main__.py": "",
        }
    )

    found = [(str(entry.path), entry.kind.value) for entry in project.entry_points(ROOT)]
    assert found == [
        ("bin/tool", "script"),
        ("app/__main__.py", "__main__"),
        ("manage.py", "manage.py"),
        ("site/asgi.py", "asgi"),
        ("site/wsgi.py", "wsgi"),
    ]
    inner = project.entry_points(PurePosixPath("libs/x"))
    assert [str(entry.path) for entry in inner] == ["libs/x/x/__main__.py"]


@pytest.mark.parametrize(
    ("source", "guarded"),
    [
        ('if __name__ == "__main__":\n    main()\n', True),
        ("x = 1\nif __name__=='__main__': main()\n", True),
        ("if (__name__ == '__main__'):\n    main()\n", True),
        ("if '__main__' == __name__:\r\n    main()\r\n", True),
        ("def f():\n    if __name__ == '__main__':\n        pass\n", False),
        ("# if __name__ == '__main__':\n", False),
        ("if __name__ == 'main':\n    pass\n", False),
    ],
)
def test_main_guards(source: str, guarded: bool) -> None:
    path = PurePosixPath("a.py")

    found = repository({"a.py": source}).main_guards([path])

    assert found == ((EntryPoint(EntryKind.GUARD, path),) if guarded else ())
