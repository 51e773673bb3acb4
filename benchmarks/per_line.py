"""Print what a line costs, for each codemod: ``make benchmark``.

A run over the standard library and what is installed, or over any checkout, in one process;
processor time, without starting Python and without Git. Lines *without sites* are those of files
that are read because they hold a needle, or because a value goes there; *with sites* are those of
files with at least one site, whether it is rewritten or left.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar
from unittest import mock

from benchmarks.against_ruff import build_tree
from codemods.codemod import Codemod, Survey
from codemods.engine import MemoryFiles, run
from codemods.engine.configuration import configure
from codemods.engine.planning import Planner
from codemods.engine.tasks import RewriteTask, Rewritten, Surveyed, SurveyTask, rewrite, survey
from codemods.registry import find_codemods

ROOT = Path(__file__).resolve().parents[1]

T = TypeVar("T")
R = TypeVar("R")


@dataclass
class Costs:
    """Seconds and lines of one codemod."""

    without: float = 0.0
    lines_without: int = 0
    surveying: float = 0.0
    planning: float = 0.0
    rewriting: float = 0.0
    with_sites: set[PurePosixPath] = field(default_factory=set)
    lines: dict[PurePosixPath, int] = field(default_factory=dict)

    @property
    def lines_with(self) -> int:
        """Lines of files with sites."""
        return sum(self.lines[path] for path in self.with_sites)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", nargs="?", type=Path, help="a folder with Python files")
    checkout = parser.parse_args().checkout or build_tree(ROOT / "build" / "benchmark")
    files = {
        PurePosixPath(path.relative_to(checkout).as_posix()): path.read_bytes()
        for path in sorted(checkout.rglob("*.py"))
        if path.is_file() and not path.is_symlink()
    }
    lines = sum(data.count(b"\n") for data in files.values())
    print(f"{len(files):,} files, {lines:,} lines; microseconds of processor time a line")
    print(f"{'':25}{'without sites':>22}{'with sites':>22}{'survey':>9}{'plan':>9}{'rewrite':>9}")
    gc.disable()
    for codemod in find_codemods():
        costs = measure(codemod, files)
        gc.collect()
        total = costs.surveying + costs.planning + costs.rewriting
        print(
            f"{codemod.name:25}"
            f"{_per(costs.without, costs.lines_without):>8} of {costs.lines_without:>10,}"
            f"{_per(total, costs.lines_with):>8} of {costs.lines_with:>10,}"
            f"{_per(costs.surveying, costs.lines_with):>9}"
            f"{_per(costs.planning, costs.lines_with):>9}"
            f"{_per(costs.rewriting, costs.lines_with):>9}"
        )


def measure(codemod: Codemod, files: Mapping[PurePosixPath, bytes]) -> Costs:
    """Run one codemod over some files and return what it took."""
    costs = Costs()
    plan = Planner._plan

    def timed_survey(task: SurveyTask) -> Surveyed:
        seconds, result = _timed(survey, task)
        lines = task.data.count(b"\n")
        if any(found.sites for found in result.surveys.values()):
            costs.surveying += seconds
            costs.with_sites.add(task.path)
            costs.lines[task.path] = lines
        else:
            costs.without += seconds
            costs.lines_without += lines
        return result

    def timed_rewrite(task: RewriteTask) -> Rewritten:
        seconds, result = _timed(rewrite, task)
        costs.rewriting += seconds
        return result

    def timed_plan(
        planner: Planner, found: Mapping[PurePosixPath, Survey[Any]], bars: Mapping[str, Any]
    ) -> Any:
        start = time.process_time()
        inner = costs.surveying + costs.without
        try:
            return plan(planner, found, bars)
        finally:
            surveyed = costs.surveying + costs.without - inner  # another round
            costs.planning += time.process_time() - start - surveyed

    settings = configure([codemod], None, []).settings
    with (
        mock.patch("codemods.engine.surveys.survey", timed_survey),
        mock.patch("codemods.engine.step.rewrite", timed_rewrite),
        mock.patch.object(Planner, "_plan", timed_plan),
    ):
        run(MemoryFiles(dict(files)), [codemod], settings, jobs=1)
    return costs


def _timed(work: Callable[[T], R], item: T) -> tuple[float, R]:
    start = time.process_time()
    result = work(item)
    return time.process_time() - start, result


def _per(seconds: float, lines: int) -> str:
    return f"{seconds / lines * 1e6:.1f}" if lines else "-"


if __name__ == "__main__":
    main()
