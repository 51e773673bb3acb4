"""Twelve small repositories, five of them broken, and the program that knows the toy codemod."""

from pathlib import Path

import pytest

from tests.batch.workshop import Workshop
from tests.commands.conftest import environment, plugins, process, program

__all__ = ["environment", "plugins", "process", "program", "workshop"]


@pytest.fixture
def workshop(environment: dict[str, str], tmp_path: Path) -> Workshop:
    """A folder with the repositories and a list of them."""
    return Workshop.create(tmp_path / "shop", environment)
