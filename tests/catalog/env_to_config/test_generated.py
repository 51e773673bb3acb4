"""The generated module itself: its errors, its secrets, its layout and its types."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.catalog.env_to_config.run import FORMS, migrate, program

SOURCE = """
import json
import os
from pathlib import Path

PORT = int(os.getenv("PORT", "8000"))
RATIO = float(os.environ["RATIO"])
TOKEN = os.environ["API_TOKEN"]
DEBUG = os.environ.get("DEBUG", "no").lower() in ("1", "true", "yes", "on")
HOSTS = [host.strip() for host in os.environ.get("HOSTS", "a,b").split(",") if host.strip()]
NAMES = [host.strip().lower() for host in os.environ.get("NAMES_OF_SOMETHING", "a").split(",")]
ROUTES = json.loads(os.environ.get("ROUTE_TABLE", '{"a": [1, null]}'))
STATE = Path(os.getenv("STATE_DIR", "/var/lib/shop"))
STORE_PORT = os.getenv("STORE_PORT", 6000)
ODD = os.environ["my-var"], os.environ.get("class"), os.environ.get("validate"), os.getenv("9X")
LOWER = os.getenv("APP_Url"), os.getenv("APP_URL"), os.getenv("app_mode")
TEXT = os.getenv("TEXT", 'a "quoted" text'), os.getenv("LONG", "%s")
try:
    CAUGHT = os.environ["CAUGHT"]
except KeyError:
    CAUGHT = ""
""" % ("x" * 100)


@pytest.fixture(scope="module", params=FORMS)
def files(request: pytest.FixtureRequest) -> dict[str, str]:
    users = {f"app/some_long_name_of_a_module_{n}.py": SOURCE for n in range(3)}
    repository = {"app/__init__.py": "", "app/main.py": SOURCE, **users}
    return migrate(repository, form=request.param).files


@pytest.mark.fact("E7", "E40", "E41", "E44")
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("width", [79, 88, 100])
def test_it_is_formatted_and_typed(form: str, width: int, tmp_path: Path) -> None:
    pyproject = f"[tool.ruff]\nline-length = {width}\n"
    result = migrate(
        {"pyproject.toml": pyproject, "app/__init__.py": "", "app/main.py": SOURCE},
        guard=True,
        form=form,
    )
    path = tmp_path / "config.py"
    path.write_text(result.files["app/config.py"], "utf-8")
    guard = tmp_path / "test_guard.py"
    guard.write_text(result.files["tests/test_environment_reads.py"], "utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    options = ["--isolated", f"--line-length={width}"]
    shown = subprocess.run(
        [*ruff, "format", "--diff", *options, path, guard], capture_output=True, text=True
    )
    assert shown.returncode == 0, shown.stdout
    rules = "--select=F,W,I,B,UP,SIM,N806,N818"
    shown = subprocess.run([*ruff, "check", *options, rules, path], capture_output=True, text=True)
    assert shown.returncode == 0, shown.stdout


@pytest.mark.fact("E44")
@pytest.mark.parametrize(
    ("required", "pydantic", "remark"),
    [
        ("requests", False, False),
        ("pydantic-settings==2.4.0", False, False),
        ("pydantic-settings<2.7", False, False),
        ("pydantic-settings>=2.0.0", True, True),
        ("pydantic-settings", True, True),
        ("pydantic-settings>=2.7,<3", True, False),
        ("pydantic-settings==2.8.1", True, False),
    ],
)
def test_pydantic_is_taken_where_its_version_will_do(
    required: str, pydantic: bool, remark: bool
) -> None:
    source = "import os\n\nPORT = int(os.getenv('PORT', '1'))\n"
    result = migrate(
        {"requirements.txt": f"{required}\n", "app.py": source, "run.py": "import app\n"}
    )
    assert ("BaseSettings" in result.config) == pydantic
    asked = (
        "requirements.txt admits a pydantic-settings before 2.7; ask for pydantic-settings>=2.7."
    )
    assert (asked in result.paragraphs) == remark
    assert result.files["requirements.txt"] == f"{required}\n"


@pytest.mark.fact("E44")
def test_mypy_has_nothing_to_say(tmp_path: Path) -> None:
    """The one thing that it does say is wanted: a misspelt field is an error."""
    for form in FORMS:
        repository = {"app/__init__.py": "", "app/main.py": SOURCE}
        config = migrate(repository, form=form).files["app/config.py"]
        (tmp_path / f"{form}_config.py").write_text(config, "utf-8")
        uses = (
            f"from {form}_config import config\n"
            "reveal_type(config.PORT)\nreveal_type(config.HOSTS)\nconfig.TYPO\n"
        )
        (tmp_path / f"{form}_uses.py").write_text(uses, "utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary"]
    shown = subprocess.run([*command, "."], cwd=tmp_path, capture_output=True, text=True)
    lines = shown.stdout.replace("builtins.", "").splitlines()
    assert len(lines) == 6, shown.stdout
    for form in FORMS:
        said = [line for line in lines if line.startswith(f"{form}_uses.py")]
        assert said[0].endswith('"int"')
        assert said[1].endswith('"list[str]"')
        assert '"Config" has no attribute "TYPO"' in said[2]


@pytest.mark.fact("E2", "E5", "E23", "E42")
def test_validate_tells_all_problems_at_once_and_no_value(files: dict[str, str]) -> None:
    with program(files, {"PORT": "secret1", "RATIO": "secret2", "my-var": ""}):
        module = importlib.import_module("app.config")
        with pytest.raises(module.ConfigError) as caught:
            module.config.validate()
        text = str(caught.value)
        names = [line.split()[0] for line in text.splitlines()]
        assert names == ["API_TOKEN", "PORT", "RATIO"]
        assert "API_TOKEN (str) is not set; used in app/main.py" in text
        assert "PORT (int) is malformed" in text
        assert "secret" not in text
        module.config.validate("my_var", "DEBUG")
        with pytest.raises(AttributeError, match="DEBUGG"):
            module.config.validate("DEBUGG")
        with pytest.raises(module.MalformedVariableError) as malformed:
            _ = module.config.PORT
        assert "secret1" not in str(malformed.value)
        assert malformed.value.__suppress_context__


@pytest.mark.fact("E42", "E43")
def test_secrets_are_not_shown(files: dict[str, str]) -> None:
    with program(files, {"API_TOKEN": "hidden", "RATIO": "1.5", "DEBUG": "on"}):
        module = importlib.import_module("app.config")
        shown = repr(module.config)
    assert "hidden" not in shown
    assert "API_TOKEN=<secret>" in shown or "API_TOKEN" not in shown
    assert "DEBUG=True" in shown
    assert "MissingVariableError" in shown


def test_a_mutable_default_is_a_new_one_each_time(files: dict[str, str]) -> None:
    with program(files, {}):
        config = importlib.import_module("app.config").config
        config.HOSTS.append("c")
        config.ROUTE_TABLE["a"].append(2)
        assert config.HOSTS == ["a", "b"]
        assert config.ROUTE_TABLE == {"a": [1, None]}


def test_override_refuses_unknown_names(files: dict[str, str]) -> None:
    with program(files, {}):
        config = importlib.import_module("app.config").config
        with pytest.raises(AttributeError, match="PROT"), config.override(PROT=1):
            pass


def test_replacing_a_field_in_a_test_leaves_nothing_behind(
    files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from unittest import mock

    with program(files, {"PORT": "1"}):
        config = importlib.import_module("app.config").config
        with mock.patch.object(config, "PORT", 5):
            assert config.PORT == 5
        assert config.PORT == 1
        assert vars(config) == {}


@pytest.mark.fact("E24")
def test_a_field_whose_variable_must_be_set_can_be_replaced_without_it(
    files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from unittest import mock

    with program(files, {}):
        module = importlib.import_module("app.config")
        with module.config.override(API_TOKEN="given"):
            assert module.config.API_TOKEN == "given"
            module.config.validate("API_TOKEN")
        # mock reads the old value first, and is told what is the matter.
        replacing = mock.patch.object(module.config, "API_TOKEN", "given")
        with pytest.raises(module.MissingVariableError, match=r"API_TOKEN .* is not set"):
            replacing.start()
        with pytest.raises(KeyError, match="API_TOKEN"):
            _ = module.config.API_TOKEN


@pytest.mark.fact("E8", "E40", "E42")
def test_all_at_once_pydantic_parses_as_python_does() -> None:
    files = migrate({"app/__init__.py": "", "app/main.py": SOURCE}, form="pydantic").files
    environment = {"API_TOKEN": "hidden", "RATIO": " 1.5 ", "HOSTS": "x, y", "my-var": "z"}
    environment |= {"port": "1", "Store_Port": "2", "APP_MODE": "other"}
    with program(files, environment):
        config = importlib.import_module("app.config").Config(STORE_PORT=1, DEBUG=True)
        assert (config.RATIO, config.HOSTS, config.my_var) == (1.5, ["x", "y"], "z")
        assert (config.STORE_PORT, config.DEBUG, config.PORT) == (1, True, 8000)
        assert config.app_mode is None
        assert "hidden" not in repr(config)
    with program(files, {**environment, "RATIO": "wrong"}):
        with pytest.raises(ValueError) as caught:
            importlib.import_module("app.config").Config()
        assert "RATIO" in str(caught.value)
        assert "wrong" not in str(caught.value)


@pytest.mark.fact("E43", "E48")
def test_the_example_of_a_dotenv_file_has_no_secret() -> None:
    source = (
        "import os\nA = os.getenv('A', 'plain'), os.getenv('DB_PASSWORD', 'hunter2')\n"
        "B = os.getenv('QUEUE_URL', 'amqp://me:hunter2@host'), os.environ['NEEDED']\n"
        "C = int(os.getenv('PORT', '80')), os.getenv('TEXT', 'a # b')\n"
    )
    files = migrate({"app.py": source, "run.py": "import app\n"}).files
    example = files[".env.example"]
    assert "hunter2" not in example
    assert "# A=plain\n" in example
    assert "# DB_PASSWORD=\n" in example
    assert "# str, required\nNEEDED=\n" in example
    assert "# int, optional\n# PORT=80\n" in example
    assert '# TEXT="a # b"\n' in example


@pytest.mark.fact("E48")
def test_the_commit_gets_a_table_and_the_disagreements() -> None:
    source = "import os\n" + "".join(f"V{n} = os.getenv('V{n:02}', '{n}')\n" for n in range(40))
    other = "import os\nPASSWORD = os.getenv('PASSWORD', 'hunter2')\nX = os.getenv('V01', 'y')\n"
    more = "import os\nPASSWORD = os.getenv('PASSWORD', 'hunter3')\n"
    result = migrate({"a.py": source, "b.py": other, "c.py": more})
    rows = result.paragraphs.splitlines()
    assert rows[0] == "The fields of config.py:"
    assert len(rows) == 1 + 30 + 1 + 1 + 1 + 2
    assert rows[31] == "- and 11 more, which the ledger lists"
    assert '- V01: default "1" (a.py:3); default "y" (b.py:3)' in rows
    assert "hunter" not in result.paragraphs
    assert not any("hunter" in note for note in result.notes)


def test_the_guard_is_green_and_sees_new_reads(tmp_path: Path) -> None:
    files = {
        "app/__init__.py": "from os import environ\n",
        "app/main.py": "import os\nA = os.getenv('A')\nB = os.environ['HOME']\n",
        "app/other.py": "from os import getenv\nB = getenv('B')\n",
        "app/child.py": "import os\n\n\ndef child():\n    return dict(os.environ, TZ='UTC')\n",
        "app/tests/test_x.py": "import os\nA = os.getenv('A')\n",
        "app/service/setup.py": "from setuptools import setup\nsetup(name='service')\n",
        "app/service/run.py": "import os\nprint(os.getenv('NAME' * 2))\n",
    }
    result = migrate(files, guard=True)
    for path, text in result.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    guard = tmp_path / "tests" / "test_environment_reads.py"
    spec: dict[str, object] = {"__file__": str(guard), "__name__": "guard"}
    exec(compile(guard.read_text("utf-8"), str(guard), "exec"), spec)
    check = spec["test_the_environment_is_read_in_the_configuration_only"]
    assert callable(check)
    check()
    for read in ("import os\nos.environ['NEW']\n", "from os import getenv as ask\n\nask('NEW')\n"):
        (tmp_path / "app" / "new.py").write_text(read, "utf-8")
        with pytest.raises(AssertionError, match=r"app/new\.py:[23]"):
            check()


PAGE = Path(__file__).parents[3] / "docs" / "env-to-config.md"


@pytest.mark.parametrize(
    ("form", "class_"), [("dataclass", "@dataclass(init="), ("pydantic", "class ")]
)
def test_the_page_shows_what_is_written(form: str, class_: str) -> None:
    page = PAGE.read_text("utf-8")
    table = page.partition("```python\n")[2].partition("```")[0].splitlines()
    column = table[0].index("# after")
    before, after = (
        "".join(f"{line[side].rstrip()}\n" for line in table[1:])
        for side in (slice(column), slice(column, None))
    )
    files = {
        "pyproject.toml": "[tool.ruff]\nline-length = 100\n",
        "app/__init__.py": "",
        "app/server.py": before,
        "app/worker.py": "".join(f"{line}\n" for line in before.splitlines()[:-1]),
    }
    result = migrate(files, form=form)
    assert result.files["app/server.py"] == after
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert result.config in blocks
    (short,) = (
        block for block in blocks if block.startswith(f"{class_}") and "API_TOKEN: str" in block
    )
    assert all(piece.strip("\n") in result.config for piece in short.split("\n\n\n"))
