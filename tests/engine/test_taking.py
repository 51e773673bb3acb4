"""Imports that other files take from a rewritten one, and names that they would get from it."""

from __future__ import annotations

import ast
from pathlib import PurePosixPath

import pytest

from codemods import Settings
from codemods.catalog.env_to_config import codemod
from codemods.engine import MemoryFiles, Outcome, run
from codemods.engine.taking import surface
from codemods.python.names import Names

READS = 'import os\n\nPORT = os.getenv("PORT", "80")\n'


def migrate(files: dict[str, str]) -> Outcome:
    contents = {"app/__init__.py": "", "pyproject.toml": '[project]\nname = "app"\n', **files}
    data = {PurePosixPath(path): text.encode() for path, text in contents.items()}
    return run(MemoryFiles(data), (codemod,), {codemod.name: Settings(codemod.options())})


def result(outcome: Outcome, path: str) -> str | None:
    for change in outcome.changes:
        for one in change.files:
            if str(one.path) == path:
                return (one.after or b"").decode()
    return None


@pytest.mark.parametrize(
    "taker",
    [
        pytest.param("from app.a import *\nprint(os.sep)\n", id="star"),
        pytest.param("from .a import *\nprint(os.sep)\n", id="relative-star"),
        pytest.param("from app.a import PORT, os\nprint(os.sep)\n", id="by-name"),
        pytest.param("from app.a import (\n    PORT,\n    os,\n)\n", id="in-parentheses"),
        pytest.param("from app.a import PORT, \\\n    os\n", id="continued"),
        pytest.param("import app.a\nprint(app.a.os.sep)\n", id="attribute"),
        pytest.param("from app import a\nprint(a.os.sep)\n", id="attribute-of-the-module"),
        pytest.param('def test(patch):\n    patch("app.a.os.sep", "/")\n', id="patched"),
    ],
)
def test_an_import_that_another_file_takes_stays(taker: str) -> None:
    outcome = migrate({"app/a.py": READS, "app/b.py": taker})
    assert result(outcome, "app/a.py") == (
        "import os\n\nfrom app.config import config\n\nPORT = config.PORT\n"
    )
    assert not outcome.failures


def test_it_stays_when_it_is_taken_over_another_file() -> None:
    files = {"app/b.py": "from app.a import *\n", "app/c.py": "from app.b import *\nos.sep\n"}
    assert (result(migrate({"app/a.py": READS, **files}), "app/a.py") or "").startswith("import os")


@pytest.mark.parametrize(
    "other",
    [
        pytest.param("from app.a import *\nprint(PORT)\n", id="star-without-the-name"),
        pytest.param("from app.a import PORT\nimport os\n", id="an-import-of-its-own"),
        pytest.param("from lib.a import os\n", id="another-module"),
        pytest.param("import os\nprint(os.sep)\n", id="no-relation"),
    ],
)
def test_an_import_that_nobody_takes_goes(other: str) -> None:
    outcome = migrate({"app/a.py": READS, "app/b.py": other})
    assert result(outcome, "app/a.py") == "from app.config import config\n\nPORT = config.PORT\n"


def test_what_all_says_is_what_a_star_takes() -> None:
    listed = '__all__ = ["PORT"]\n' + READS
    outcome = migrate({"app/a.py": listed, "app/b.py": "from app.a import *\nimport os\n"})
    assert "import os" not in (result(outcome, "app/a.py") or "import os")


@pytest.mark.parametrize(
    "own",
    [
        pytest.param("config = {}\nfrom app.a import *\nprint(config)\n", id="bound-before"),
        pytest.param("from lib import *\nfrom app.a import *\nconfig()\n", id="from-another-star"),
    ],
)
def test_a_new_name_does_not_replace_another_through_a_star(own: str) -> None:
    outcome = migrate({"app/a.py": READS, "app/b.py": own})
    assert result(outcome, "app/a.py") is None
    (entry,) = outcome.entries
    assert entry.verdict.reason == "engine/star-import"
    assert entry.verdict.message == (
        "app/a.py: app/b.py takes every name of it (`import *`) and has its own `config`"
    )


def test_a_name_that_is_bound_after_the_star_is_not_replaced() -> None:
    own = "from app.a import *\nconfig = {}\nprint(config)\n"
    assert result(migrate({"app/a.py": READS, "app/b.py": own}), "app/a.py") is not None


def test_the_surface_is_what_the_top_level_binds() -> None:
    before = Names(ast.parse("import os, re\nimport json as j\ndef f():\n    import sys\n"))
    after = Names(ast.parse("import re\nfrom app.config import config\nx = 1\n"))
    one = surface(before, after)
    assert one.lost == {"os", "j"}
    assert one.gained == {"config": "app.config.config", "x": ""}
    assert not surface(before, before)
