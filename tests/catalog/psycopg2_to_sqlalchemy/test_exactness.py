"""Who may see an error decides whether the engine raises psycopg2's own."""

from __future__ import annotations

import ast

import pytest

from codemods.catalog.psycopg2_to_sqlalchemy.exactness import shows_errors
from tests.catalog.psycopg2_to_sqlalchemy.test_plan import FUNCTION, after, migrate


def raises_own_errors(**others: str) -> bool:
    files = {"store.py": FUNCTION} | {f"{name}.py": text for name, text in others.items()}
    return "_raise_own_errors" in after(migrate(files))["db_engine.py"]


def test_a_program_that_handles_nothing_sees_no_error() -> None:
    assert not raises_own_errors()
    assert not raises_own_errors(main="try:\n    pass\nexcept ValueError as e:\n    print(e)\n")


@pytest.mark.fact("R138", "13.5")
@pytest.mark.parametrize(
    "code",
    [
        "import psycopg2\ntry:\n    pass\nexcept psycopg2.Error:\n    pass\n",
        "import psycopg2\nLOST = (psycopg2.OperationalError, OSError)\n",
        "import psycopg2.errors\ndef f(k):\n    return k is psycopg2.errors.UniqueViolation\n",
        "from psycopg2 import errors\ndef f(e):\n    return isinstance(e, errors.lookup('x'))\n",
        "import contextlib\nimport psycopg2\nquiet = contextlib.suppress(psycopg2.DataError)\n",
    ],
)
def test_a_file_that_names_exceptions_gets_them(code: str) -> None:
    assert raises_own_errors(other=code)


@pytest.mark.fact("10.6")
def test_a_file_that_does_not_name_psycopg2_may_show_an_error_as_well() -> None:
    assert raises_own_errors(
        main="from store import count\ntry:\n    count()\nexcept Exception as e:\n    print(e)\n"
    )


@pytest.mark.fact("10.6")
@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("try: pass\nexcept Exception as e: print(e)", True),
        ("try: pass\nexcept (KeyError, BaseException) as e: print(e)", True),
        ("try: pass\nexcept Exception: log.exception('failed')", True),
        ("try: pass\nexcept: log.error('failed', exc_info=True)", True),
        ("try: pass\nexcept: traceback.print_exc()", True),
        ("try: pass\nexcept Exception: log.error('failed')", False),
        ("@app.errorhandler(Exception)\ndef f(e): return str(e)", True),
        ("@app.exception_handler(Exception)\ndef f(r, e): return str(e)", True),
        ("app.register_error_handler(Exception, show)", True),
        ("application.add_error_handler(show)", True),
        ("loop.set_exception_handler(show)", True),
        ("import sys\nsys.excepthook = show", True),
        ("print(future.exception())", True),
        ("log.critical('x')", False),
        ("asyncio.gather(*every, return_exceptions=True)", True),
        ("self.assertRaisesRegex(Exception, 'x')", True),
        ("try: pass\nexcept: pass", False),
        ("try: pass\nexcept KeyError as e: print(e)", False),
        ("class A:\n    def __exit__(self, kind, error, trace):\n        log(error)", True),
        ("class A:\n    def __exit__(self, *given):\n        log(given)", True),
        (
            "class A:\n    def __exit__(self, kind, error, trace):\n        if kind is None: go()",
            False,
        ),
        ("class A:\n    def __exit__(self, kind, *_):\n        if not kind: go()", False),
        ("class A:\n    def __exit__(self, kind, error, trace):\n        self.close()", False),
    ],
)
def test_handlers_that_may_show_an_error(code: str, shown: bool) -> None:
    assert shows_errors(ast.parse(code)) is shown
