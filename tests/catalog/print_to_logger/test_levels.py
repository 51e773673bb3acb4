from __future__ import annotations

import ast

import pytest

from codemods.catalog.print_to_logger.levels import (
    ENABLED,
    Level,
    debug_flags,
    exit_status,
    handler_level,
    is_debug_guard,
    read_handler,
    read_prefix,
)


@pytest.mark.fact("P30")
@pytest.mark.parametrize(
    ("text", "level", "taken_off"),
    [
        ("[ERROR] disk full", Level.ERROR, "[ERROR] "),
        ("ERROR: disk full", Level.ERROR, "ERROR: "),
        ("Warning - disk full", Level.WARNING, "Warning - "),
        ("Error, disk full", Level.ERROR, "Error, "),
        ("[OK] DataFlow initialized", Level.INFO, "[OK] "),
        ("[OK]", Level.INFO, ""),
        ("DEBUG | n", Level.DEBUG, "DEBUG | "),
        ("Error (variant 3): no disk", Level.ERROR, "Error (variant 3): "),
        ("fatal error: no disk", Level.CRITICAL, "fatal error: "),
        ("❌ ERROR: no disk", Level.ERROR, "❌ ERROR: "),
        ("⚠️ careful", Level.WARNING, "⚠️ "),
        ("[!] careful", Level.WARNING, "[!] "),
        ("[x] broken", Level.ERROR, "[x] "),
        ("\x1b[31mERROR: red", Level.ERROR, "ERROR: "),
        ("[worker 3] Error: late", Level.ERROR, ""),
        ("  *** WARNING *** old", Level.WARNING, ""),
        ("Done: 5", Level.INFO, ""),
        ("WARNING shapes differ", Level.WARNING, ""),
        ("Failed to open", Level.ERROR, ""),
        ("An unexpected error occurred: x", Level.ERROR, ""),
        ("ERR \0", Level.ERROR, ""),
        ("ERROR\n\0", Level.ERROR, ""),
        ("\0: FATAL: \0", Level.CRITICAL, ""),
        ("Nothing was read.\nERR: no file \0", Level.ERROR, ""),
        ("Two rows\n[WARN] one is empty", Level.WARNING, ""),
    ],
)
def test_a_prefix_says_the_level(text: str, level: Level, taken_off: str) -> None:
    prefix = read_prefix(text)
    assert prefix is not None
    assert (prefix.level, prefix.text) == (level, taken_off)


@pytest.mark.fact("P31")
@pytest.mark.parametrize(
    "text",
    [
        "No errors found",
        "0 errors",
        "error_rate 5",
        "terror",
        "set level to ERROR",
        "Error rate: 5",
        "Two rows\nSUCCESS: all of them",
        "Result of \0: error_rate",
        "Errors: 3",
        "ERROR RATE 5",
        "Error rates",
        "Warnings are off",
        "Informed: nobody",
        "okapi: found",
        "",
        "\0: ERROR",
    ],
)
def test_words_inside_of_a_sentence_say_nothing(text: str) -> None:
    assert read_prefix(text) is None


@pytest.mark.fact("P30", "P32")
@pytest.mark.parametrize(
    ("clause", "level"),
    [
        ("except OSError:\n    X", Level.ERROR),
        ("except OSError:\n    X\n    return None", Level.WARNING),
        ("except OSError:\n    X\n    return", Level.WARNING),
        ("except OSError:\n    X\n    return [], {}", Level.WARNING),
        ("except OSError:\n    X\n    return False", Level.WARNING),
        ("except OSError:\n    X\n    return 1", Level.ERROR),
        ("except OSError:\n    X\n    return -1", Level.ERROR),
        ("except OSError:\n    X\n    return {'error': 1}", Level.ERROR),
        ("except OSError:\n    X\n    continue", Level.WARNING),
        ("except OSError:\n    X\n    pass", Level.WARNING),
        ("except OSError:\n    X\n    value = None", Level.WARNING),
        ("except OSError:\n    X\n    sys.exit(1)", Level.ERROR),
        ("except OSError:\n    X\n    raise", Level.ERROR),
        ("except ImportError:\n    X", Level.WARNING),
        ("except ImportError:\n    X\n    raise", Level.ERROR),
        ("except OSError:\n    X\n    if last: raise\n    time.sleep(1)", Level.ERROR),
        ("except KeyboardInterrupt:\n    X\n    sys.exit(1)", Level.INFO),
        ("except (KeyboardInterrupt, EOFError):\n    X", Level.INFO),
        ("except (KeyboardInterrupt, Exception):\n    X", Level.ERROR),
    ],
)
def test_the_handler_decides(clause: str, level: Level) -> None:
    tree = ast.parse(f"def f():\n while 1:\n  try: pass\n  {clause}".replace("\n    ", "\n   "))
    handler = next(node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler))
    assert handler_level(read_handler(handler), handler.body[1:]) is level


@pytest.mark.fact("P30")
@pytest.mark.parametrize(
    ("condition", "guards"),
    [
        ("debug", True),
        ("self.verbose", True),
        ("settings.DEBUG and n", True),
        ("args.verbose > 1", True),
        ("verbosity >= 2", True),
        ("options['verbose']", True),
        ("os.environ.get('DEBUG')", True),
        ("debug or n", False),
        ("not debug", False),
        ("verbose == 0", False),
        ("bug", False),
        ("n > 1", False),
    ],
)
def test_guards_of_debugging_output(condition: str, guards: bool) -> None:
    assert is_debug_guard(ast.parse(condition, mode="eval").body) is guards


@pytest.mark.fact("P30")
@pytest.mark.parametrize(
    ("statement", "failed"),
    [
        ("sys.exit(1)", True),
        ("sys.exit('why')", True),
        ("sys.exit()", False),
        ("exit(0)", False),
        ("raise SystemExit(2)", True),
        ("raise ValueError(n)", True),
        ("n = 1", None),
        ("print(n)", None),
    ],
)
def test_exits(statement: str, failed: bool | None) -> None:
    assert exit_status(ast.parse(statement).body[0]) is failed


@pytest.mark.fact("P30")
@pytest.mark.parametrize(
    ("condition", "flags"),
    [
        ("self._verbose", {"verbose"}),
        ("DEBUG and args.verbose > 1", {"DEBUG", "verbose"}),
        ("os.getenv('APP_DEBUG') == '1'", {"APP_DEBUG"}),
        ("getattr(settings, 'DEBUG', False)", {"DEBUG"}),
        ("logger.isEnabledFor(10)", {ENABLED}),
        ("n", set()),
    ],
)
def test_the_flags_of_a_guard(condition: str, flags: set[str]) -> None:
    assert debug_flags(ast.parse(condition, mode="eval").body) == flags
