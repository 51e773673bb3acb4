from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from codemods.catalog.print_to_logger.workers import find_workers
from codemods.python.names import Names

MODULE = """\
    import multiprocessing as mp
    from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
    from functools import partial
    from multiprocessing import Pool, Process, dummy
    from joblib import Parallel, delayed
    from jobs import other


    def work(n): ...


    class Job:
        def step(self): ...

        def go(self, loop):
            self.pool = ProcessPoolExecutor()
            HERE
"""


@pytest.mark.fact("P44", "P46")
@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("Process(target=work).start()", {"work"}),
        ("mp.get_context('spawn').Process(target=self.step)", {"Job.step"}),
        ("Process(target=other)", {"jobs.other"}),
        ("Pool(2, work)", {"work"}),
        ("Pool(initializer=work)", {"work"}),
        ("Pool(2).imap(partial(work, 2), ns)", {"work"}),
        ("with Pool() as p: p.starmap(work, ns)", {"work"}),
        ("self.pool.submit(other, 1)", {"jobs.other"}),
        ("loop.run_in_executor(self.pool, work, 1)", {"work"}),
        ("loop.run_in_executor(None, work, 1)", set()),
        ("Parallel()(delayed(work)(n) for n in ns)", {"work"}),
        ("ThreadPoolExecutor().submit(work)", set()),
        ("dummy.Pool(2).map(work, ns)", set()),
        ("Process(7)", set()),
        ("series.map(work)", set()),
    ],
)
def test_what_other_processes_run(code: str, found: set[str]) -> None:
    text = dedent(MODULE).replace("HERE", code)
    names = Names(ast.parse(text))
    assert set(find_workers(names, text)) == found


def test_the_run_of_a_class_of_processes() -> None:
    text = "import multiprocessing\nclass P(multiprocessing.Process):\n    def run(self): ...\n"
    names = Names(ast.parse(text))
    assert find_workers(names, text) == ("P.run",)
