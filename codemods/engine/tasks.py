"""The work on one file: survey it, or rewrite it and prove the result.

Both are pure and picklable in and out, so that they run in any process. Whatever goes wrong inside
a codemod stays with that codemod and that file.
"""

from __future__ import annotations

import signal
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from codemods.codemod import Bar, Codemod, FileEdit, Lifter, Order, Replacement, Survey
from codemods.engine.local_proof import prove_locally
from codemods.engine.positions import Shift
from codemods.engine.proof import check_lines, prove
from codemods.engine.taking import Surface
from codemods.python.outline import Outline, outline_of
from codemods.python.source import (
    SourceError,
    SourceFile,
    SourceText,
    apply_replacements,
    decode,
    known_source,
    read_source,
)
from codemods.python.suppressions import MARK, Suppression, suppressions

__all__ = [
    "Asked",
    "RewriteTask",
    "Rewritten",
    "SurveyTask",
    "Surveyed",
    "describe",
    "passes",
    "rewrite",
    "survey",
]


class Asked(NamedTuple):
    """A codemod, with its options for the file at hand."""

    codemod: Codemod
    options: Any


class SurveyTask(NamedTuple):
    """One file to be surveyed by some codemods."""

    path: PurePosixPath
    data: bytes
    asked: tuple[Asked, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What the codemods found in one file."""

    path: PurePosixPath
    surveys: Mapping[str, Survey[Any]] = field(default_factory=dict)  #: by codemod
    unreadable: Bar | None = None  #: why nothing could be found out about the file
    failures: Mapping[str, str] = field(default_factory=dict)  #: by codemod: it could not survey
    suppressions: tuple[Suppression, ...] = ()
    outline: Outline | None = None  #: of a file with sites


class RewriteTask(NamedTuple):
    """One file to be rewritten by one codemod, then surveyed again by it and later ones."""

    path: PurePosixPath
    data: bytes
    asked: Asked
    orders: tuple[Order, ...]
    next: tuple[Asked, ...]
    seconds: float
    taken: frozenset[str] = frozenset()  #: imports that other files take from this one
    own: frozenset[str] = frozenset()  #: see `SourceFile.own`
    whole: bool = False  #: the orders carry out all sites that the codemod has in the file
    outline: Outline | None = None  #: if the file was surveyed as it is


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A rewritten file whose proof held, or the bar for its sites when it did not."""

    path: PurePosixPath
    data: bytes = b""
    replacements: tuple[Replacement, ...] = ()
    shift: Shift = field(default_factory=Shift)  #: how they move what they do not touch
    refused: Mapping[str, Bar] = field(default_factory=dict)  #: by site: its group must go
    failed: Bar | None = None  #: the proof failed for the file as a whole
    surface: Surface = field(default_factory=Surface)
    surveyed: Surveyed | None = None
    """The result, seen by the codemods of `RewriteTask.next`; None when it can hold no site."""


def passes(codemod: Codemod, data: bytes) -> bool:
    """Return whether a file's bytes pass a codemod's needles and gate."""
    return any(needle in data for needle in codemod.needles) and (
        codemod.gate is None or codemod.gate.search(data) is not None
    )


def survey(task: SurveyTask) -> Surveyed:
    """Read one file and let each codemod survey it."""
    try:
        file = read_source(task.path, task.data)
    except SourceError as error:
        if error.text is not None:
            lifted = _survey(error.text, task.asked, task.seconds)
            if lifted.failures or any(found.sites for found in lifted.surveys.values()):
                return lifted
        return Surveyed(task.path, unreadable=Bar(error.reason, error.message))
    try:
        return _survey(file, task.asked, task.seconds)
    finally:
        file.release()


def rewrite(task: RewriteTask) -> Rewritten:
    """Carry out the orders for one file and prove the result."""
    file = _read(task)
    try:
        return _rewritten(file, task)
    finally:
        if isinstance(file, SourceFile):
            file.release()


def _rewritten(file: SourceText, task: RewriteTask) -> Rewritten:
    try:
        with _time_limit(task.seconds):
            edit = _edit(file, task.asked, task.orders)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # libcst's native parser panics with a BaseException
        sentence = f"{task.path}: the rewrite failed with {describe(error)}"
        return Rewritten(task.path, failed=Bar("engine/rewrite-failed", sentence))
    if edit.refused:
        return Rewritten(task.path, refused=edit.refused)
    missing = _not_carried_out(task.orders, edit)
    if missing:
        return Rewritten(task.path, refused=missing)
    if not edit.replacements:
        return Rewritten(task.path, task.data)
    failed = check_lines(file, edit.replacements)
    if failed is not None:
        return Rewritten(task.path, failed=failed)
    try:
        return _proven(file, edit.replacements, task)
    except (SourceError, ValueError) as error:
        sentence = f"{task.path}: the result can't be read: {error}"
        return Rewritten(task.path, failed=Bar("engine/proof-compile", sentence))


def _proven(
    file: SourceText, replacements: tuple[Replacement, ...], task: RewriteTask
) -> Rewritten:
    data = apply_replacements(file, replacements)
    shift = Shift.of(file.text, replacements)
    changed = None
    if isinstance(file, SourceFile) and decode(task.path, data)[1] == file.encoding:
        changed = prove_locally(file, replacements)
    following = tuple(asked for asked in task.next if passes(asked.codemod, data))
    if (
        changed is not None
        and MARK not in data
        and _is_settled(file, replacements, task, following)
    ):
        return Rewritten(task.path, data, replacements, shift, surface=changed)
    result = read_source(task.path, data, task.taken)
    try:
        outcome = prove(file, result) if changed is None else changed
        if isinstance(outcome, Bar):
            return Rewritten(task.path, failed=outcome)
        surveyed = _survey(result, following, task.seconds)
    finally:
        result.release()
    return Rewritten(task.path, data, replacements, shift, surface=outcome, surveyed=surveyed)


def _is_settled(
    file: SourceText,
    replacements: Sequence[Replacement],
    task: RewriteTask,
    following: Sequence[Asked],
) -> bool:
    """Tell whether a result whose names mean what they did can't hold a site of any codemod.

    What the codemod did not touch held no site before. In what it wrote, a needle may stand that
    stood there (``utcnow = datetime.utcnow()``), but there are fewer of them.
    """
    if not following:
        return True
    codemod = task.asked.codemod
    if not task.whole or any(asked.codemod is not codemod for asked in following):
        return False

    def count(text: str) -> int:
        return sum(text.count(needle.decode()) for needle in codemod.needles)

    for replacement in replacements:
        there = count(replacement.text)
        if there and there >= count(file.text[replacement.span.start : replacement.span.end]):
            return False
    return True


def _read(task: RewriteTask) -> SourceText:
    """Return the parsed file, or what a lifter gets of one that can't be parsed."""
    if task.outline is not None:
        return known_source(task.path, task.data, task.outline, task.taken, task.own)
    try:
        return read_source(task.path, task.data, task.taken, task.own)
    except SourceError as error:
        if error.text is None:
            raise
        return error.text


def _edit(file: SourceText, asked: Asked, orders: Sequence[Order]) -> FileEdit:
    if isinstance(file, SourceFile):
        return asked.codemod.rewrite(file, orders, asked.options)
    assert isinstance(asked.codemod, Lifter)  # no other codemod has sites in such a file
    return asked.codemod.rewrite_text(file, orders, asked.options)


def _survey(file: SourceText, asked: Sequence[Asked], seconds: float) -> Surveyed:
    surveys: dict[str, Survey[Any]] = {}
    failures: dict[str, str] = {}
    for one in asked:
        try:
            with _time_limit(seconds):
                if isinstance(file, SourceFile):
                    surveys[one.codemod.name] = one.codemod.survey(file, one.options)
                elif isinstance(one.codemod, Lifter):
                    surveys[one.codemod.name] = one.codemod.survey_text(file, one.options)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            failures[one.codemod.name] = (
                f"{file.path}: {one.codemod.name} could not survey it: {describe(error)}"
            )
            if isinstance(file, SourceFile):
                file.release()  # what it was about to find out is only half known
    if not isinstance(file, SourceFile):
        return Surveyed(file.path, surveys, failures=failures)
    outline = outline_of(file) if any(found.sites for found in surveys.values()) else None
    return Surveyed(
        file.path, surveys, failures=failures, suppressions=suppressions(file), outline=outline
    )


def _not_carried_out(orders: Sequence[Order], edit: FileEdit) -> dict[str, Bar]:
    wanted = {order.site for order in orders if order.site is not None}
    bar = Bar("engine/not-carried-out", "the rewrite did not find the site again")
    return dict.fromkeys(sorted(wanted - edit.carried_out), bar)


class _TimeLimitError(BaseException):
    """No codemod takes it for an error of its own."""


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise in the block when it works too long, where the platform and the thread allow it.

    Processor time, since the result must not depend on what else the machine does.
    """
    if (
        not hasattr(signal, "setitimer")
        or threading.current_thread() is not threading.main_thread()
    ):
        yield
        return

    def expire(_signal: int, _frame: object) -> None:
        raise _TimeLimitError

    before = signal.signal(signal.SIGPROF, expire)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    except _TimeLimitError:
        raise TimeoutError(f"more than {seconds:g} seconds of work") from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def describe(error: BaseException) -> str:
    """Name an unexpected error and the line of ours that raised it, in one sentence."""
    text = str(error).strip().split("\n", 1)[0]
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({PurePosixPath(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {text}{where}" if text else f"{type(error).__name__}{where}"
