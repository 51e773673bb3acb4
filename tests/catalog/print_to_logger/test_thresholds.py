from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from codemods.catalog.print_to_logger.thresholds import find_thresholds


@pytest.mark.fact("P30", "P44")
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("logging.basicConfig()", {"": 30}),
        ("logging.basicConfig(level=logging.INFO)", {"": 20}),
        ("basicConfig(level='debug')", {"": 10}),
        ("logging.basicConfig(level=os.environ['LEVEL'])", {"": None}),
        ("logging.basicConfig(**options)", {"": None}),
        ("logging.basicConfig(level=DEBUG if args.verbose else INFO)", {"": 20, "verbose": 10}),
        ("logging.basicConfig(level=INFO if not debug else DEBUG)", {"": 20, "debug": 10}),
        (
            "level = INFO\nif debug:\n    level = DEBUG\nbasicConfig(level=level)",
            {"": 20, "debug": 10},
        ),
        (
            "if debug:\n    basicConfig(level=DEBUG)\nelse:\n    basicConfig()",
            {"": 30, "debug": 10},
        ),
        (
            "basicConfig(level=INFO)\nif verbose:\n    logging.getLogger().setLevel(DEBUG)",
            {"": 20, "verbose": 10},
        ),
        ("root = getLogger()\nbasicConfig(level=INFO)\nroot.setLevel(DEBUG)", {"": 10}),
        ("if n:\n    basicConfig(level=DEBUG)\nelse:\n    basicConfig(level=INFO)", {"": None}),
        ("if verbose:\n    log.setLevel(INFO)", {"": None, "verbose": 20}),
        # What the console shows counts, whatever the file gets.
        ("root.setLevel(DEBUG)\nconsole_handler.setLevel(INFO)", {"": 20}),
        ("handler.setLevel(DEBUG)\nlogging.root.addHandler(handler)", {"": 30}),
        ("getLogger('urllib3').setLevel(DEBUG)\nroot.addHandler(h)", {"": None}),
        ("basicConfig(level=DEBUG)\ngetLogger('urllib3').setLevel(WARNING)", {"": 10}),
        ("dictConfig({'root': {'level': 'DEBUG'}})", {"": 10}),
        (
            "dictConfig({'root': {'level': 'DEBUG'}, 'handlers': {'x': {'level': 'INFO'}}})",
            {"": 20},
        ),
        ("def setup(level=DEBUG):\n    basicConfig(level=level)", {"": None}),
        ("fileConfig('logging.ini')", {"": None}),
        ("from loguru import logger", {"": 10}),
        ("from loguru import logger\nlogger.add(sys.stderr, level='INFO')", {"": 20}),
        ("basicConfig()\nlog = getLogger(__name__)\nlog.setLevel(INFO)", {"": None}),
        ("log = getLogger(__name__)\nlog.setLevel(INFO)", {"": 20}),
        ("coloredlogs.install()", {"": 20}),
    ],
)
def test_the_lowest_level_that_is_shown(text: str, shown: dict[str, int | None]) -> None:
    assert find_thresholds(ast.parse(dedent(text)), text) == shown
