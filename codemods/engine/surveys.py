"""All surveys of a run: who was asked about which file, and what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from codemods.codemod import Bar, Codemod, Settings, Survey
from codemods.engine.selection import Limits
from codemods.engine.tasks import Asked, Surveyed, SurveyTask, passes, survey
from codemods.engine.workers import WorkerDied, Workers
from codemods.python.outline import Outline
from codemods.python.suppressions import Suppression

__all__ = ["Surveys", "asked_about"]


def asked_about(
    path: PurePosixPath,
    data: bytes,
    codemods: Iterable[Codemod],
    settings: Mapping[str, Settings[Any]],
) -> tuple[Asked, ...]:
    """Return the codemods whose needles and gate a file passes, with their options for it."""
    return tuple(
        Asked(codemod, settings[codemod.name].at(path))
        for codemod in codemods
        if passes(codemod, data)
    )


class Surveys:
    """What is known of the files so far; grows by rounds, and follows the changes of a run."""

    def __init__(
        self, workers: Workers, limits: Limits, progress: Callable[[str, int, int], None]
    ) -> None:
        self._workers = workers
        self._limits = limits
        self._progress = progress
        self._by_codemod: dict[str, dict[PurePosixPath, Survey[Any]]] = {}
        self._settled: dict[str, dict[PurePosixPath, Mapping[str, int]]] = {}
        self.unreadable: dict[PurePosixPath, Bar] = {}
        self.failures: dict[tuple[str, PurePosixPath], str] = {}
        self.suppressions: dict[PurePosixPath, tuple[Suppression, ...]] = {}
        self.outlines: dict[PurePosixPath, Outline] = {}
        self.files: set[PurePosixPath] = set()

    def copy(self) -> Surveys:
        """Return an independent store that knows the same."""
        other = Surveys(self._workers, self._limits, self._progress)
        other._by_codemod = {name: dict(found) for name, found in self._by_codemod.items()}
        other._settled = {name: dict(found) for name, found in self._settled.items()}
        other.unreadable = dict(self.unreadable)
        other.failures = dict(self.failures)
        other.suppressions = dict(self.suppressions)
        other.outlines = dict(self.outlines)
        other.files = set(self.files)
        return other

    def of(self, codemod: str) -> Mapping[PurePosixPath, Survey[Any]]:
        """Return a codemod's surveys, by path in order."""
        return dict(sorted(self._by_codemod.get(codemod, {}).items()))

    def one(self, codemod: str, path: PurePosixPath) -> Survey[Any] | None:
        """Return what a codemod found in one file, None when it was not asked or failed."""
        return self._by_codemod.get(codemod, {}).get(path)

    def has_sites(self, codemod: str, paths: Iterable[PurePosixPath]) -> bool:
        """Tell whether a codemod has a site in any of some files."""
        surveys = self._by_codemod.get(codemod, {})
        return any(path in surveys and surveys[path].sites for path in paths)

    def counts(self, codemod: str) -> dict[str, int]:
        """Return how much of everything a codemod has counted."""
        total: Counter[str] = Counter()
        for found in self._by_codemod.get(codemod, {}).values():
            total.update(found.counts)
        for counts in self._settled.get(codemod, {}).values():
            total.update(counts)
        return dict(sorted(total.items()))

    def add(
        self,
        contents: Mapping[PurePosixPath, bytes],
        ask: Callable[[PurePosixPath, bytes], tuple[Asked, ...]],
        meanwhile: Callable[[], object] = lambda: None,
    ) -> None:
        """Survey files; each is read and parsed once for all codemods that `ask` names.

        `meanwhile` is called while other processes do so, if any.
        """
        tasks = []
        for path, data in sorted(contents.items()):
            asked = ask(path, data)
            if not asked:
                continue
            if len(data) > self._limits.size:
                message = (
                    f"{path}: {len(data):,} bytes are more than the limit of "
                    f"{self._limits.size:,}; raise max-file-size in [tool.codemods] or exclude the "
                    "file"
                )
                self.unreadable[path] = Bar("engine/too-large", message)
                continue
            tasks.append(SurveyTask(path, data, asked, self._limits.seconds))
        results = self._workers.map(survey, tasks, lambda task: len(task.data), meanwhile)
        for done, (task, result) in enumerate(zip(tasks, results, strict=True), 1):
            self.files.add(task.path)
            if isinstance(result, WorkerDied):
                message = f"{task.path}: the process that surveyed it died; exclude the file"
                self.unreadable[task.path] = Bar("engine/worker-died", message)
            else:
                self.record(result)
            self._progress("survey", done, len(tasks))

    def record(self, result: Surveyed) -> None:
        """Take in what was found in one file."""
        self.unreadable.pop(result.path, None)  # an earlier codemod may have made it readable
        if result.unreadable is not None:
            self.unreadable[result.path] = result.unreadable
        self.suppressions[result.path] = result.suppressions
        if result.outline is not None:
            self.outlines[result.path] = result.outline
        for name, found in result.surveys.items():
            self._by_codemod.setdefault(name, {})[result.path] = found
            self._settled.get(name, {}).pop(result.path, None)
        for name, message in result.failures.items():
            self.failures[name, result.path] = message

    def forget(self, paths: Iterable[PurePosixPath], codemods: Sequence[Codemod]) -> None:
        """Drop what some codemods found in files that have changed."""
        for path in paths:
            self.outlines.pop(path, None)
            for codemod in codemods:
                self._by_codemod.get(codemod.name, {}).pop(path, None)
                self._settled.get(codemod.name, {}).pop(path, None)
                self.failures.pop((codemod.name, path), None)

    def settle(self, codemod: str, path: PurePosixPath, survey: Survey[Any] | None) -> None:
        """Keep what was counted in a file in which the codemod has no more sites."""
        if survey is not None:
            self._settled.setdefault(codemod, {})[path] = survey.counts
