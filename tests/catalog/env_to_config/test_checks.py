"""Programs check at their start what they can't do without: all of it at once, and no more."""

from __future__ import annotations

import importlib

import pytest

from tests.catalog.env_to_config.run import FORMS, Files, migrate, program

STORE = """
import os

REGION = os.environ["REGION"]
RETRIES = int(os.getenv("RETRIES", "3"))


def connect():
    return os.environ["STORE_DSN"], int(os.environ["STORE_PORT"])
"""
SERVER = """
def main():
    from shop import store

    return store.connect()


if __name__ == "__main__":
    main()
"""
COMMANDS = SERVER.replace("def main():", "import argparse\n\n\ndef main():").replace(
    "    from", "    argparse.ArgumentParser().add_subparsers()\n    from"
)
OTHER = "import os\n\n\ndef send():\n    return os.environ['MAIL_TOKEN']\n"
SCRIPT = "[project]\nname = 'shop'\n[project.scripts]\nshop = 'shop.main:main'\n"


def repository(main: str) -> Files:
    return {
        "pyproject.toml": SCRIPT,
        "shop/__init__.py": "",
        "shop/store.py": STORE,
        "shop/mail.py": OTHER,
        "shop/main.py": main,
    }


EARLY = 'config.validate("REGION")'
ALL = 'config.validate("REGION", "STORE_DSN", "STORE_PORT")'


@pytest.mark.fact("E23")
@pytest.mark.parametrize(
    ("main", "validate", "call"),
    [
        (SERVER, "auto", ALL),
        (SERVER, "start", ALL),
        (SERVER, "import", EARLY),
        (SERVER, "never", ""),
        (COMMANDS, "auto", EARLY),
        (COMMANDS, "start", ALL),
        (COMMANDS, "import", EARLY),
        (COMMANDS, "never", ""),
    ],
    ids=lambda value: None if "\n" in value else value or "no call",
)
def test_the_option_says_what_is_checked(main: str, validate: str, call: str) -> None:
    text = migrate(repository(main), validate=validate).files["shop/main.py"]
    assert text.count("validate(") == bool(call)
    assert call in text


@pytest.mark.fact("E23", "E42")
@pytest.mark.parametrize("form", FORMS)
def test_a_program_tells_at_its_start_all_that_is_wrong(form: str) -> None:
    files = migrate(repository(SERVER), form=form).files
    with program(files, {"STORE_PORT": "hidden", "RETRIES": "hidden"}):
        main = importlib.import_module("shop.main").main
        error = importlib.import_module("shop.config").ConfigError
        with pytest.raises(error) as caught:
            main()
        assert str(caught.value).splitlines() == [
            "REGION (str) is not set; used in shop/store.py",
            "STORE_DSN (str) is not set; used in shop/store.py",
            "STORE_PORT (int) is malformed; used in shop/store.py",
        ]
    with program(files, {"REGION": "", "STORE_DSN": "dsn", "STORE_PORT": "5"}):
        assert importlib.import_module("shop.main").main() == ("dsn", 5)


@pytest.mark.fact("E23")
@pytest.mark.parametrize("form", FORMS)
def test_a_program_with_subcommands_fails_no_sooner_than_its_imports_did(form: str) -> None:
    files = migrate(repository(COMMANDS), form=form).files
    with program(files, {"STORE_PORT": "5"}):
        main = importlib.import_module("shop.main").main
        error = importlib.import_module("shop.config").ConfigError
        with pytest.raises(error, match=r"\AREGION \(str\) is not set; used in shop/store\.py\Z"):
            main()
    with program(files, {"REGION": "here", "STORE_PORT": "5"}):
        main = importlib.import_module("shop.main").main
        with pytest.raises(KeyError, match="STORE_DSN"):
            main()


@pytest.mark.fact("E5", "E23")
@pytest.mark.parametrize("form", FORMS)
def test_strict_demands_what_had_a_default(form: str) -> None:
    result = migrate(repository(SERVER), form=form, strict=True, required=("RETR*",))
    call = 'config.validate("REGION", "RETRIES", "STORE_DSN", "STORE_PORT")'
    assert call in result.files["shop/main.py"]
    (entry,) = [one for one in result.outcome.entries if "RETRIES" in one.site.code]
    assert entry.verdict.reason == "env-to-config/no-fallback"
    assert entry.verdict.note == "RETRIES is required now; the default here goes"
    with program(result.files, {"REGION": "", "STORE_DSN": "dsn", "STORE_PORT": "5"}):
        main = importlib.import_module("shop.main").main
        error = importlib.import_module("shop.config").ConfigError
        with pytest.raises(error, match=r"\ARETRIES \(int\) is not set; used in shop/store\.py\Z"):
            main()
