"""All codemods over the standard library and what is installed: ``make evidence-real_files``.

What they rewrite is judged from outside: by the compiler, and by ruff before and after.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
import warnings
from collections import Counter
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import pytest

from codemods.codemod import Settings
from codemods.engine import MemoryFiles, run
from codemods.registry import find_codemods

WANTED = 1_000
RULES = "F401,F811,F821,F822,F823"


def files(folder: Path) -> dict[PurePosixPath, bytes]:
    """Return the Python files below a folder, without what is installed there as well."""
    return {
        PurePosixPath(path.relative_to(folder).as_posix()): path.read_bytes()
        for path in sorted(folder.rglob("*.py"))
        if "site-packages" not in path.relative_to(folder).parts
    }


def compiles(path: PurePosixPath, data: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(data, str(path), "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
    return True


def findings(folder: Path, contents: Mapping[PurePosixPath, bytes]) -> Counter[str]:
    """Return what ruff says of files, wherever in them it says so."""
    for path, data in contents.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    ruff = shutil.which("ruff", path=sysconfig.get_path("scripts")) or "ruff"
    command = [ruff, "check", "--isolated", "--no-cache", "--output-format=concise"]
    done = subprocess.run(
        [*command, f"--select={RULES}", "."], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode in {0, 1}, done.stderr
    lines = [line for line in done.stdout.splitlines() if re.match(r".+?:\d+:\d+: ", line)]
    return Counter(re.sub(r":\d+:\d+:|(?<=from line )\d+", "", line) for line in lines)


@pytest.mark.parametrize("name", ["stdlib", "purelib"])
def test_what_is_rewritten_compiles_and_lacks_no_name(name: str, tmp_path: Path) -> None:
    contents = files(Path(sysconfig.get_path(name)))
    assert len(contents) >= WANTED
    codemods = find_codemods()
    settings = {codemod.name: Settings(codemod.options()) for codemod in codemods}
    outcome = run(MemoryFiles(contents), codemods, settings)
    assert not outcome.failures
    after = {
        file.path: file.after
        for change in outcome.changes
        for file in change.files
        if file.path.suffix == ".py" and file.after is not None
    }
    before = {path: contents[path] for path in after if path in contents}
    for path, data in after.items():
        assert compiles(path, data) or not compiles(path, before.get(path, b"")), path
    added = findings(tmp_path / "after", after) - findings(tmp_path / "before", before)
    print(f"{len(contents)} files, {len(after)} of them rewritten or new")
    assert len(after) > 50
    assert not added, added
