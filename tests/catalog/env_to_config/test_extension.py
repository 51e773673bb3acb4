"""A class that is the configuration already gets fields, where that can make no difference."""

from __future__ import annotations

import importlib

import pytest

from tests.catalog.env_to_config.run import Files, migrate, program, values_of

READER = """
import os

HOST = os.getenv("HOST_NAME", "localhost")
VALUE = [HOST, os.environ.get("PREFIX"), int(os.getenv("PORT", "8000")), os.getenv("DSN", "local")]


def timeout():
    return os.getenv("TIMEOUT") or "5"


VALUE += [timeout(), os.getenv("MIXED"), os.getenv("MIXED", "x"), "MIXED" in os.environ]
"""
PLAIN = """
import os


class AppConfig:
    STAGE = os.getenv("STAGE")
    DSN = os.getenv("DSN", "local")
    BATCH = os.environ.get("BATCH", 5)
    TOP = 500

    def check(self):
        return self.TOP
"""
ANNOTATED = """
import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    stage: str = os.getenv("STAGE", "dev")
    dsn: str = os.getenv("DSN", "local")
    region: str | None = os.getenv("REGION")
    top: int = 500


settings = Settings()
"""
FACTORY = """
from dataclasses import dataclass, field
from os import environ
from typing import Optional


@dataclass
class Settings:
    stage: str = field(default_factory=lambda: environ.get("STAGE", "dev"))
    dsn: str = field(default_factory=lambda: environ.get("DSN", "local"))
    region: Optional[str] = field(default_factory=lambda: environ.get("REGION"))


settings = Settings()
"""
PYDANTIC = """
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(case_sensitive=True, extra="ignore")

    REGION: str | None = None
    TOP: str = "500"


settings = Settings()
"""
ENVIRONMENTS = [
    {},
    {"HOST_NAME": "", "PREFIX": "", "TIMEOUT": "", "MIXED": "", "DSN": ""},
    {"HOST_NAME": "a b", "PORT": " 5 ", "PREFIX": "x", "TIMEOUT": "7", "MIXED": "m", "DSN": "d"},
    {"PORT": "5.0"},
    {"host_name": "other", "Prefix": "other"},
]


def repository(centre: str, reader: str = READER, **more: str) -> Files:
    files = {"app/__init__.py": "", "app/core.py": centre, "app/main.py": reader}
    return {**files, **{name.replace("__", "/") + ".py": text for name, text in more.items()}}


def outcomes(files: Files) -> list[tuple[str, object]]:
    """Return the values in each environment; the configuration is loaded again for each."""
    found = [values_of(files, "app.main", [environment])[0] for environment in ENVIRONMENTS]
    return [(how, repr(value) if how == "value" else type(value)) for how, value in found]


@pytest.mark.fact("E34")
@pytest.mark.parametrize(
    ("centre", "added", "used"),
    [
        (PLAIN, '    HOST_NAME = os.getenv("HOST_NAME", "localhost")\n', "AppConfig.HOST_NAME"),
        (PLAIN, '    PREFIX = os.getenv("PREFIX")\n', "AppConfig.DSN"),
        (
            PLAIN + "\n\nconfig = AppConfig()\n",
            '    TIMEOUT = os.getenv("TIMEOUT")\n',
            "config.DSN",
        ),
        (
            ANNOTATED,
            '    host_name: str = os.getenv("HOST_NAME", "localhost")\n',
            "int(settings.port)",
        ),
        (ANNOTATED, '    prefix: str | None = os.getenv("PREFIX")\n', "settings.dsn"),
        (
            FACTORY,
            '    port: str = field(default_factory=lambda: environ.get("PORT", "8000"))\n',
            "settings.host_name",
        ),
        (
            FACTORY,
            '    prefix: Optional[str] = field(default_factory=lambda: environ.get("PREFIX"))\n',
            '"x" if settings.mixed is None else settings.mixed',
        ),
        (PYDANTIC, '    HOST_NAME: str = "localhost"\n', "settings.HOST_NAME"),
        (PYDANTIC, "    PREFIX: str | None = None\n", "settings.TIMEOUT or"),
    ],
)
def test_fields_are_declared_as_the_class_does_it(centre: str, added: str, used: str) -> None:
    files = repository(centre)
    result = migrate(files)
    assert "app/config.py" not in result.files
    assert added in result.files["app/core.py"]
    assert used in result.files["app/main.py"]
    assert "environ" not in result.files["app/main.py"]
    assert outcomes(result.files) == outcomes(files)


LEFT = "\nVALUE = os.getenv('HOST_NAME', 'x')\n"


@pytest.mark.fact("E20", "E21", "E23", "E34", "E40")
@pytest.mark.parametrize(
    ("files", "why"),
    [
        (repository(PYDANTIC.replace("case_sensitive=True, ", "")), "upper and lower case"),
        (repository(PYDANTIC.replace("extra=", "env_file='.env', extra=")), "it reads files"),
        (repository(PYDANTIC.replace("extra=", "env_prefix='A_', extra=")), "other names"),
        (repository(PYDANTIC.replace("settings = Settings()", "")), "has no instance"),
        (repository(PLAIN.replace("class AppConfig:", "class AppConfig(Base):")), "base classes"),
        (repository(ANNOTATED + "other = Settings()\n"), "several instances"),
        (repository(PLAIN, app__more=PYDANTIC), "so is Settings in app/more.py"),
        (repository(PLAIN, f"import os{LEFT}os.environ['HOST_NAME'] = 'y'\n"), "sets HOST_NAME"),
        (repository(PLAIN, f"import os{LEFT}os.environ.update(x=1)\n"), "can't be told"),
        (repository(PLAIN, f"import os{LEFT}", tests__test_a="'HOST_NAME'\n"), "tests/test_a.py"),
        (repository(PLAIN, f"import os{LEFT}", app__start="import dotenv\n"), ".env file"),
        (repository(f"from app import main\n{PLAIN}", f"import os{LEFT}"), "imports app/main.py"),
        (
            repository(PLAIN, "import os\nVALUE = os.environ['HOST_NAME']\n"),
            "loading it would fail",
        ),
        (repository(PLAIN.replace("500", "int(os.environ['N'])")), "doesn't load it"),
        (repository(PLAIN + "\n\nprint('loaded')\n"), "doesn't load it"),
        (repository("import app.more\n" + PLAIN, app__more=""), "doesn't load it"),
        (repository(PYDANTIC.replace('str = "500"', "int = 500")), "doesn't load it"),
        (repository(PYDANTIC.replace(' = "500"', "")), "doesn't load it"),
        (repository(PLAIN, "import os\nVALUE = os.getenv('DSN', 'x')\n"), "another default"),
        (repository(PLAIN, "import os\nVALUE = os.getenv('TOP', 'x')\n"), "a field TOP"),
    ],
)
def test_the_rest_is_left_and_the_message_says_why(files: Files, why: str) -> None:
    result = migrate(files)
    assert result.files["app/core.py"] == files["app/core.py"]
    assert set(result.reasons) == {"central-class"}
    assert any(why in entry.verdict.message for entry in result.outcome.entries)


@pytest.mark.fact("E23")
def test_a_class_that_may_fail_serves_those_who_load_it_anyway() -> None:
    centre = PLAIN.replace("500", "int(os.environ['N'])")
    files = repository(centre, "from app.core import AppConfig\n" + READER + "AppConfig.TOP\n")
    result = migrate(files)
    assert "HOST = AppConfig.HOST_NAME" in result.files["app/main.py"]
    assert outcomes(result.files) == outcomes(files)


@pytest.mark.fact("E21")
def test_a_file_of_variables_that_the_class_loads_is_there_for_its_users() -> None:
    centre = "import os\nimport dotenv\nos.environ.get('SEEN')\n" + PLAIN.replace("import os\n", "")
    files = repository(centre, f"import os\nfrom app.core import AppConfig\n{LEFT}")
    result = migrate(files)
    assert "VALUE = AppConfig.HOST_NAME" in result.files["app/main.py"]
    assert "import os" not in result.files["app/main.py"]


def test_the_class_can_be_used_by_hand_afterwards() -> None:
    files = migrate(repository(ANNOTATED)).files
    with program(files, {"HOST_NAME": "h"}):
        settings = importlib.import_module("app.core").settings
        assert (settings.host_name, settings.top, settings.timeout) == ("h", 500, None)


OTHER = ANNOTATED.replace("Settings", "WorkerSettings").replace("settings =", "worker_settings =")
READ = "import os\nVALUE = os.getenv('HOST_NAME', 'x')\n"


@pytest.mark.fact("E34", "E45")
@pytest.mark.parametrize(
    ("files", "found"),
    [
        pytest.param(
            {"app/core.py": ANNOTATED, "app/more.py": OTHER, "app/a.py": "import app.core\n"},
            ["app/core.py"],
            id="no file imports the other",
        ),
        pytest.param(
            {
                "app/core.py": ANNOTATED,
                "app/more.py": OTHER,
                "app/main.py": f"from app.more import worker_settings\n{READ}",
                **{f"app/{one}.py": "from app.core import settings\n" for one in "abc"},
            },
            ["app/more.py"],
            id="the reader imports one",
        ),
        pytest.param(
            {
                "app/core.py": ANNOTATED,
                "app/more.py": OTHER,
                "app/a.py": "from app.core import Settings\n",
                "app/b.py": "from . import core\n",
                "app/c.py": "from app import more\n",
            },
            ["app/core.py"],
            id="more files import one",
        ),
        pytest.param(
            {
                "app/core.py": ANNOTATED,
                "app/work/__init__.py": "",
                "app/work/settings.py": OTHER,
                "app/work/run.py": f"{READ}os.getenv('SPARE')\n",
                "app/a.py": "from app.core import settings\n",
                "app/b.py": "from app.work.settings import worker_settings\n",
            },
            ["app/core.py", "app/work/settings.py"],
            id="one for each package",
        ),
        pytest.param(
            {
                "app/core.py": ANNOTATED.replace(
                    "    top: int = 500\n",
                    "    top: int = 500\n    work: 'WorkerSettings' = None\n",
                ),
                "app/more.py": OTHER,
                "app/a.py": "import app.more\n",
            },
            ["app/core.py"],
            id="one is a part of the other",
        ),
        pytest.param(
            {
                "app/core.py": PLAIN,
                "app/more.py": "import os\nfrom app.core import AppConfig\n\n\n"
                "class LiveConfig(AppConfig):\n"
                "    STAGE = os.environ['STAGE']\n    DSN = os.environ['DSN']\n",
                "app/a.py": "from app.more import LiveConfig\n",
            },
            ["app/core.py"],
            id="one is derived from the other",
        ),
        pytest.param(
            {
                "app/core.py": ANNOTATED,
                "app/more.py": OTHER,
                "app/a.py": "import app.core\n",
                "app/b.py": "import app.more\n",
            },
            [],
            id="both alike",
        ),
        pytest.param(
            {
                "app/core.py": ANNOTATED + OTHER,
                "app/main.py": f"from app.core import settings\n{READ}",
                "app/b.py": "from app.core import worker_settings\n",
            },
            [],
            id="each has its topic",
        ),
    ],
)
def test_of_several_classes_the_one_that_is_meant_is_extended(
    files: Files, found: list[str]
) -> None:
    before = {"app/__init__.py": "", "app/main.py": READ, **files}
    after = migrate(before).files
    assert "app/config.py" not in after
    classes = [path for path in sorted(before) if "class " in before[path]]
    assert [path for path in classes if after[path] != before[path]] == found
    assert ("os.getenv" in after["app/main.py"]) == (not found)
    for environment in ENVIRONMENTS:
        (was,) = values_of(before, "app.main", [environment])
        assert values_of(after, "app.main", [environment]) == [was]
