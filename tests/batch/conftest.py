"""Twelve small repositories, five of them broken, and the program that knows the toy codemod."""

import shutil
from pathlib import Path

import pytest

from tests.batch.workshop import Workshop
from tests.commands.conftest import clean_environment, environment, plugins, process, program

__all__ = ["environment", "plugins", "process", "program", "workshop"]


@pytest.fixture(scope="session")
def pattern(plugins: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workshop of which each test gets a copy."""
    root = tmp_path_factory.mktemp("pattern")
    Workshop.create(root / "shop", clean_environment(plugins, root))
    return root


@pytest.fixture
def workshop(environment: dict[str, str], pattern: Path, tmp_path: Path) -> Workshop:
    """A folder with the repositories and a list of them."""
    for name in ("shop", "home"):
        shutil.copytree(pattern / name, tmp_path / name, dirs_exist_ok=True)
    return Workshop(tmp_path / "shop", environment)
