"""Runs pure functions over many files, on several processes when that pays."""

from __future__ import annotations

import contextlib
import gc
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

__all__ = ["WorkerDied", "Workers"]

T = TypeVar("T")
R = TypeVar("R")

# Below this much source a pool costs more than it saves (starting one takes about 30 ms).
_WORTH_A_POOL = 400_000
_WORTH_SENDING = 50_000  #: to a pool that has been started
_CHUNK = 150_000
_LARGEST_CHUNK = 1_000_000  #: a run that is interrupted waits for the chunks that have begun
_COLLECT_AFTER = 400_000  #: objects that were left since the last time, some 40 MB


class WorkerDied:
    """In place of a result: the process that worked on the item was killed.

    It ran out of memory, or native code crashed.
    """


class _Begun(NamedTuple, Generic[T, R]):
    """Work that processes have been given."""

    work: Callable[[T], R]
    chunks: Sequence[Sequence[T]]
    futures: Mapping[int, Future[list[R]]]  #: by number of the chunk; some may be missing

    def is_about(self, work: object, items: Sequence[object]) -> bool:
        """Tell whether it is the same work on equal items."""
        return self.work is work and [item for chunk in self.chunks for item in chunk] == [*items]

    def cancel(self) -> None:
        """Take back what no process has begun to do."""
        for future in self.futures.values():
            future.cancel()


class Workers:
    """A lazily started pool; use it as a context manager.

    `jobs` is the number of processes, by default the processors that this process may use.
    """

    def __init__(self, jobs: int | None = None) -> None:
        self._jobs = jobs or _processors()
        self._pool: ProcessPoolExecutor | None = None
        self._load_last: tuple[Callable[..., object], Callable[[Any], object], Any] | None = None
        self._foreseen: _Begun[Any, Any] | None = None
        self._ending: list[threading.Thread] = []

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.retire()
        for thread in self._ending:
            thread.join()

    def retire(self) -> None:
        """Let processes end while something else is done; should there be work, others start."""
        if self._pool is not None:
            thread = threading.Thread(target=self._stop, args=(self._pool,))
            thread.start()
            self._ending.append(thread)
            self._pool = self._foreseen = self._load_last = None

    def map(
        self,
        work: Callable[[T], R],
        items: Sequence[T],
        size: Callable[[T], int],
        meanwhile: Callable[[], object] = lambda: None,
    ) -> Iterator[R | WorkerDied]:
        """Yield ``work(item)`` for each item, in their order.

        `size` says how many bytes of source an item holds; `meanwhile` is called while others
        work, if they do. An item whose process dies gives a `WorkerDied`; the others are not hurt
        by it.
        """
        if not items:
            return
        begun, self._foreseen = self._foreseen, None
        if begun is not None and not begun.is_about(work, items):
            begun.cancel()
            begun = None
        if begun is None:
            begun = self._begun(work, items, size)
        if begun is None:
            self._let_rest_load()  # this process works, they do not
            yield from _work_here(work, items)
            return
        meanwhile()
        from concurrent.futures.process import BrokenProcessPool

        for number, chunk in enumerate(begun.chunks):
            try:
                if number not in begun.futures:
                    raise BrokenProcessPool
                yield from begun.futures[number].result()
            except BrokenProcessPool:
                yield from self._one_by_one(work, chunk)
        self._let_rest_load()

    def foresee(self, work: Callable[[T], R], items: Sequence[T], size: Callable[[T], int]) -> None:
        """Let processes that have been started begin what `map` will be asked for next.

        Should it be asked for something else, their work was in vain, and no harm done.
        """
        if self._pool is not None:
            self._foreseen = self._begun(work, items, size)

    def _begun(
        self, work: Callable[[T], R], items: Sequence[T], size: Callable[[T], int]
    ) -> _Begun[T, R] | None:
        """Give processes work; None when it is too little for them."""
        if self._load_last is not None and self._load_last[0] is work:
            self._load_last = None
        total = sum(size(item) for item in items)
        enough = _WORTH_A_POOL if self._pool is None else _WORTH_SENDING
        if self._jobs == 1 or len(items) < 2 or total < enough:
            return None
        usual = min(_CHUNK, total // self._jobs)
        limit = min(max(usual, total // (self._jobs * 8)), _LARGEST_CHUNK)
        chunks = _chunks(items, size, limit)
        pool = self._started()
        # A large chunk that is begun last is waited for while the other processes do nothing.
        weights = [sum(size(item) for item in chunk) for chunk in chunks]
        first = sorted(range(len(chunks)), key=lambda number: -weights[number])
        from concurrent.futures.process import BrokenProcessPool

        futures: dict[int, Future[list[R]]] = {}
        with contextlib.suppress(BrokenProcessPool):  # if so, while it was idle
            for number in first:
                futures[number] = pool.submit(_work_on_chunk, work, chunks[number])
        return _Begun(work, chunks, futures)

    def prepare(self, work: Callable[..., object], load: Callable[[T], object], what: T) -> None:
        """Let processes that have been started load what `work` will take, while they are idle.

        One waits until something else has been done before: this process has work to do, too.
        """
        if self._pool is not None:
            self._load_last = (work, load, what)
            self._submit_to_idle(load, what, self._jobs - 1)

    def _let_rest_load(self) -> None:
        if self._load_last is not None:
            _, load, what = self._load_last
            self._load_last = None
            # Those that have loaded it are done at once and leave the rest to the others.
            self._submit_to_idle(load, what, self._jobs)

    def _submit_to_idle(self, load: Callable[[T], object], what: T, count: int) -> None:
        if self._pool is not None:
            with contextlib.suppress(RuntimeError):  # it broke; whoever works next finds out
                for _ in range(count):
                    self._pool.submit(load, what)

    def _one_by_one(self, work: Callable[[T], R], chunk: Sequence[T]) -> Iterator[R | WorkerDied]:
        """Work on a chunk again after its pool broke, each item in a process of its own."""
        from concurrent.futures.process import BrokenProcessPool

        self._pool = None
        for item in chunk:
            pool = _new_pool(1)
            try:
                yield pool.submit(work, item).result()
            except BrokenProcessPool:
                yield WorkerDied()
            finally:
                self._stop(pool)

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = _new_pool(self._jobs)
        return self._pool

    @staticmethod
    def _stop(pool: ProcessPoolExecutor) -> None:
        pool.shutdown(wait=True, cancel_futures=True)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _new_pool(jobs: int) -> ProcessPoolExecutor:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    # Forking is by far the cheapest start, and safe only while this is the sole thread.
    methods = multiprocessing.get_all_start_methods()
    method = "fork" if "fork" in methods and threading.active_count() == 1 else "spawn"
    return ProcessPoolExecutor(
        jobs, mp_context=multiprocessing.get_context(method), initializer=_prepare
    )


def _prepare() -> None:
    """Set up a worker process: Ctrl-C is the parent's business, and garbage is collected by us."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    gc.disable()


def _work_here(work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
    """Work in this process, which may have switched automatic garbage collection off."""
    before = gc.get_count()[0]  # what the caller holds, which is no garbage
    for item in items:
        yield work(item)
        if not gc.isenabled() and _collect(before):
            before = 0


def _work_on_chunk(work: Callable[[T], R], chunk: Sequence[T]) -> list[R]:
    results = []
    for item in chunk:
        results.append(work(item))
        _collect()
    return results


def _collect(before: int = 0) -> bool:
    """Collect garbage when much may have gathered; what is still used is not looked at again.

    `before` is how many objects there were that nobody need look at. Tells whether it collected.
    """
    if gc.get_count()[0] - before <= _COLLECT_AFTER:
        return False
    gc.collect()
    gc.freeze()
    return True


def _chunks(items: Sequence[T], size: Callable[[T], int], limit: int) -> list[list[T]]:
    """Cut items into runs of about `limit` bytes."""
    chunks: list[list[T]] = []
    room = 0
    for item in items:
        needed = max(size(item), 1)
        if room <= 0 or needed >= limit:
            chunks.append([])
            room = limit
        chunks[-1].append(item)
        room -= needed
    return chunks
