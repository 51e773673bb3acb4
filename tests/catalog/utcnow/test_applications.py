"""Whole applications: most of their timestamps become aware, since nothing speaks against it."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from codemods.engine import MemoryFiles, run
from codemods.engine.configuration import configure
from codemods.registry import find_codemods
from tests.catalog.utcnow.test_messages import AWARE
from tests.demo import SAMPLE
from tests.fixture_cases import ROOT


@pytest.mark.parametrize(
    "folder", [SAMPLE, ROOT / "utcnow" / "report_services" / "before"], ids=["demo", "services"]
)
def test_four_of_five_sites_become_aware_and_none_is_left(folder: Path) -> None:
    files = {
        PurePosixPath(path.relative_to(folder).as_posix()): path.read_bytes()
        for path in sorted(folder.rglob("*.py"))
    }
    known = {codemod.name: codemod for codemod in find_codemods()}
    settings = configure(list(known.values()), None, []).settings
    outcome = run(MemoryFiles(files), [known["utcnow"]], settings, jobs=1)
    reasons = [entry.verdict.reason for entry in outcome.entries]
    assert len(reasons) > 30
    assert all(entry.verdict.action.value == "rewrite" for entry in outcome.entries)
    assert len([reason for reason in reasons if reason in AWARE]) >= 0.8 * len(reasons)
