"""Names of variables that constants hold, in the same file or in another one."""

from __future__ import annotations

import pytest

from tests.catalog.env_to_config.run import migrate, values_of

NAMES = """
URL = "SERVICE_URL"
TIMEOUT: str = "SERVICE_TIMEOUT"
TWICE = "A"
if URL:
    TWICE = "B"
"""
MAIN = """
import os

from app import names
from app.names import TIMEOUT
from app.names import TWICE
import app.names as other

RETRIES = "SERVICE_RETRIES"


def retries(RETRIES="OTHER"):
    return os.getenv(RETRIES)


VALUE = [
    os.getenv(names.URL, None),
    int(os.environ.get(TIMEOUT, "5")),
    os.getenv(RETRIES, "3"),
    os.getenv(TWICE),
    other.URL in os.environ,
    os.getenv(names.MISSING) if hasattr(names, "MISSING") else None,
]
"""
FILES = {"app/__init__.py": "", "app/names.py": NAMES, "app/main.py": MAIN}


@pytest.mark.fact("R155")
def test_constants_are_followed_where_they_are_bound_once() -> None:
    result = migrate(FILES)
    assert result.reasons == [
        "dynamic-name",
        "raw-field",
        "field",
        "field",
        "dynamic-name",
        "raw-field",
        "dynamic-name",
    ]
    main = result.files["app/main.py"]
    assert "config.SERVICE_URL,\n    config.SERVICE_TIMEOUT,\n    config.SERVICE_RETRIES" in main
    assert "import TIMEOUT" not in main
    assert "import TWICE" in main
    environments = [{}, {"SERVICE_URL": "x", "SERVICE_TIMEOUT": "7", "SERVICE_RETRIES": ""}]
    assert values_of(FILES, "app.main", environments) == values_of(
        result.files, "app.main", environments
    )


@pytest.mark.fact("R155", "R146")
def test_a_variable_that_is_written_by_a_constant_counts_as_written() -> None:
    source = (
        "import os, subprocess\nfrom app import names\nos.environ[names.URL] = 'x'\n"
        "os.environ['SERVICE_TIMEOUT'] = '1'\nVALUE = os.getenv('SERVICE_URL')\n"
        "subprocess.run(['true'], env=os.environ)\n"
    )
    result = migrate({**FILES, "app/main.py": source})
    assert result.reasons == ["written-and-passed-on"]


@pytest.mark.fact("R155")
def test_a_relative_import_of_a_constant_is_followed() -> None:
    source = "import os\nfrom .names import URL\nVALUE = os.environ[URL]\n"
    result = migrate({**FILES, "app/main.py": source})
    assert (
        result.files["app/main.py"] == "from app.config import config\nVALUE = config.SERVICE_URL\n"
    )


@pytest.mark.fact("E31", "R148")
def test_a_name_that_is_worked_out_is_dynamic_whatever_it_is_asked_of() -> None:
    source = (
        "import os\n\n\ndef expand(name, env=None):\n"
        "    if env is None:\n        env = os.environ\n"
        "    return env.get(name, ''), env.get('KNOWN')\n"
    )
    result = migrate({"app.py": source, "run.py": "import app\n"})
    assert result.reasons == ["dynamic-name", "unsure"]
