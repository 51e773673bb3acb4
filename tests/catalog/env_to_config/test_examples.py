"""The example of a .env file that is there already is completed, in its own style."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from codemods.catalog.env_to_config import codemod
from codemods.codemod import Settings
from codemods.engine import MemoryFiles, run
from tests.catalog.env_to_config.run import migrate

SOURCE = (
    "import os\nA = os.getenv('HOST_NAME', 'local host'), int(os.getenv('PORT', '80'))\n"
    "B = os.environ['API_TOKEN'], os.environ['STAGE'], os.getenv('PREFIX'), os.getenv('SEEN')\n"
)


@pytest.mark.fact("E48")
@pytest.mark.parametrize(
    ("name", "there", "added"),
    [
        (
            ".env.example",
            "# Settings\nSEEN=1\n",
            '\nAPI_TOKEN=\n# HOST_NAME="local host"\n# PORT=80\n# PREFIX=\nSTAGE=\n',
        ),
        (
            ".env.sample",
            "SEEN=1\n#STAGE=x",
            '\n\nAPI_TOKEN=\n#HOST_NAME="local host"\n#PORT=80\n#PREFIX=\n',
        ),
        (
            "env.example",
            "export SEEN='1'\r\nexport STAGE='x'\r\n",
            "\r\nexport API_TOKEN=\r\n# export HOST_NAME='local host'\r\n# export PORT='80'\r\n"
            "# export PREFIX=\r\n",
        ),
        (
            ".env.template",
            "SEEN = 1\n",
            '\nAPI_TOKEN =\n# HOST_NAME = "local host"\n# PORT = 80\n# PREFIX =\nSTAGE =\n',
        ),
        (".env_example", "SEEN=\nSTAGE=\nAPI_TOKEN=\nHOST_NAME=\nPORT=\n#PREFIX=\n", ""),
        (
            "example.env",
            "",
            'API_TOKEN=\n# HOST_NAME="local host"\n# PORT=80\n# PREFIX=\n# SEEN=\nSTAGE=\n',
        ),
    ],
)
def test_what_is_missing_is_added_in_the_style_of_the_file(
    name: str, there: str, added: str
) -> None:
    result = migrate({"app.py": SOURCE, name: there})
    assert result.files[name] == there + added
    assert name == ".env.example" or ".env.example" not in result.files


@pytest.mark.fact("E48")
def test_an_example_of_this_codemod_goes_on_as_it_began() -> None:
    first = migrate({"app.py": "import os\nA = os.getenv('A', '1')\n"}).files
    assert not first[".env.example"].endswith("\n\n")
    more = "import os\nfrom config import config\nA = config.A, int(os.environ['LATER'])\n"
    second = migrate({**first, "app.py": more}).files
    assert second[".env.example"] == first[".env.example"] + "\n# int, required\nLATER=\n"


def test_an_example_in_another_encoding_is_left_alone() -> None:
    files = {PurePosixPath("app.py"): SOURCE.encode(), PurePosixPath(".env.example"): b"\xff=1\n"}
    outcome = run(MemoryFiles(files), [codemod], {codemod.name: Settings(codemod.options())})
    (change,) = outcome.changes
    assert ".env.example" not in {str(one.path) for one in change.files}
    assert any("no UTF-8" in text and "STAGE" in text for text in change.paragraphs)


@pytest.mark.fact("E48")
@pytest.mark.parametrize(
    ("there", "completed", "added"),
    [
        (
            {".env.example": "SEEN=\nSTAGE=\n", ".env.live.example": "API_TOKEN=\n# PORT=1\n"},
            ".env.example",
            '\n# HOST_NAME="local host"\n# PREFIX=\n',
        ),
        (
            {".env.sample": "SEEN=\nSTAGE=\nPREFIX=\n", "example.env": "PORT=1\nAPI_TOKEN=\n"},
            ".env.sample",
            '\n# HOST_NAME="local host"\n',
        ),
        (
            {".env.local.example": "SEEN=\nSTAGE=\nPREFIX=\nPORT=1\nAPI_TOKEN=\n"},
            ".env.local.example",
            '\n# HOST_NAME="local host"\n',
        ),
    ],
)
def test_of_several_examples_one_gets_what_none_of_them_names(
    there: dict[str, str], completed: str, added: str
) -> None:
    result = migrate({"app.py": SOURCE, **there})
    expected = {**there, completed: there[completed] + added}
    examples = {name: text for name, text in result.files.items() if "env" in name}
    assert examples == expected


@pytest.mark.fact("E41", "E48")
def test_an_example_may_name_what_is_no_name_in_python() -> None:
    source = "import os\nA = os.getenv('9X'), os.getenv('my-var'), os.getenv('a.b')\n"
    example = "9X=1\n#my-var=\na.b=1\n"
    result = migrate({"app.py": source, ".env.example": example})
    assert result.files[".env.example"] == example
