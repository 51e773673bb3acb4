"""Print all that runs over sample repositories come to: ``python -m tests.engine.outcomes``.

For `test_determinism.py`, which starts it under different hash seeds.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from pathlib import PurePosixPath
from unittest import mock

from codemods.engine import MemoryFiles, Outcome, run, workers
from codemods.engine.configuration import configure
from codemods.registry import find_codemods
from tests.fixture_cases import ROOT, Tree, cases

__all__ = ["repositories"]

_FILES = 4  #: a case with fewer of them tells little about the order of files


def repositories() -> Iterator[tuple[str, Tree]]:
    """Yield the sample application, and each fixture that is a small repository of its own."""
    sample = ROOT / "demo"
    yield (
        "demo",
        {
            PurePosixPath(path.relative_to(sample).as_posix()): path.read_bytes()
            for path in sorted(sample.rglob("*"))
            if path.is_file() and path.suffix != ".pyc"
        },
    )
    for case in cases():
        if sum(path.suffix == ".py" for path in case.before) >= _FILES:
            yield str(case), case.before


def main() -> None:
    """Run all codemods over all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, required=True)
    parser.add_argument("--order", type=int, required=True, help="seed for the order of files")
    arguments = parser.parse_args()
    shuffled = random.Random(arguments.order)
    for name, tree in repositories():
        paths = list(tree)
        shuffled.shuffle(paths)
        files = {path: tree[path] for path in paths}
        codemods = find_codemods()
        settings = configure(codemods, tree.get(PurePosixPath("pyproject.toml")), []).settings
        print(f"== {name}")
        _show(run(MemoryFiles(files), codemods, settings, jobs=arguments.jobs))


def _show(outcome: Outcome) -> None:
    for change in outcome.changes:
        print(change.codemod, change.step, change.part, dict(change.options))
        print(*change.paragraphs, *change.todo, sep="\n")
        for file in change.files:
            print(file.path, file.after)
    for entry in outcome.entries:
        print(entry)
    print({name: dict(counts) for name, counts in outcome.counts.items()}, outcome.failures)
    print(outcome.files_searched, outcome.files_surveyed, dict(outcome.rounds))


if __name__ == "__main__":
    # However little there is to do, it is divided among as many processes as were asked for.
    with (
        mock.patch.object(workers, "_WORTH_A_POOL", 0),
        mock.patch.object(workers, "_CHUNK", 1),
    ):
        main()
