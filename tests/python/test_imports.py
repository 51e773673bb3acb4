"""Imports: how a symbol is spelled at a place, and the edits that this takes."""

import ast
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemods.codemod import Order, Replacement
from codemods.python.import_statement import import_pass
from codemods.python.imports import Imports, Refusal, Spelling, Symbol, combined
from codemods.python.names import Names
from codemods.python.problems import find_problems
from codemods.python.regions import edit_orders
from codemods.python.scopes import Point
from codemods.python.source import SourceFile, apply_replacements, read_source

UTC = Symbol(
    "datetime", "timezone", ".utc", ("datetime.UTC",), ("dt_timezone", "datetime_timezone")
)
LOGGING = Symbol("logging", aliases=("_logging",))
CONFIG = Symbol("app.config", "config")
REQUESTS = Symbol("requests", "get")
NEW = Symbol("engine", "connect", own=True)


def source(text: str, own: frozenset[str] = frozenset()) -> SourceFile:
    return read_source(PurePosixPath("app/orders.py"), text.encode(), own=own)


def spelled(text: str, symbol: Symbol = UTC, own: frozenset[str] = frozenset()) -> tuple[str, str]:
    """Spell a symbol at each ``here``; return the spellings and the changed file."""
    file = source(text, own)
    imports = Imports.of(file)
    reads = sorted(imports.names.reads("here"), key=lambda read: file.span(read[0]))
    answers = imports.spell(symbol, [point for _, point in reads])
    texts = [one.text if isinstance(one, Spelling) else one.reason for one in answers]
    edits = combined(one.edit for one in answers if isinstance(one, Spelling))
    return " ".join(texts), applied(file, edits.orders, edits.insertions)


def applied(
    file: SourceFile, orders: tuple[Order, ...], insertions: tuple[Replacement, ...]
) -> str:
    edit = edit_orders(file, orders, [import_pass], insertions)
    assert not edit.refused
    replacements = edit.replacements if orders else insertions
    return apply_replacements(file, replacements).decode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from datetime import timezone\nhere", "timezone.utc"),
        ("from datetime import timezone as tz\nhere", "tz.utc"),
        ("from datetime import UTC\nhere", "UTC"),
        ("import datetime\nhere", "datetime.timezone.utc"),
        ("import datetime as dt\nhere", "dt.timezone.utc"),
        ("from datetime import *\nhere", "timezone.utc"),
        ("import datetime\nfrom datetime import timezone\nhere", "timezone.utc"),
        ("from datetime import UTC, timezone\nhere", "UTC"),
        ("import datetime\nutc = datetime.timezone.utc\nhere", "utc"),
        ("try:\n    from datetime import UTC\nexcept ImportError:\n    from datetime import"
         " timezone\n    UTC = timezone.utc\nhere", "UTC"),
        ("try:\n    from datetime import timezone\nexcept ImportError:\n    from compat import"
         " timezone\nhere", "timezone.utc"),
        ("import datetime\ndef f():\n    def g(): return here", "datetime.timezone.utc"),
        ("def f():\n    from datetime import timezone\n    here", "timezone.utc"),
    ],
)  # fmt: skip
@pytest.mark.fact("U42", "R49", "R50")
def test_uses_what_is_bound_already(text: str, expected: str) -> None:
    assert spelled(text) == (expected, text)


@pytest.mark.parametrize(
    ("text", "expected", "result"),
    [
        pytest.param(
            "from datetime import datetime\nhere",
            "timezone.utc",
            "from datetime import datetime, timezone\nhere",
            id="extends",
        ),
        pytest.param(
            "from django.utils import timezone\nfrom datetime import datetime\nhere",
            "dt_timezone.utc",
            "from django.utils import timezone\n"
            "from datetime import datetime, timezone as dt_timezone\nhere",
            id="alias-when-taken",
        ),
        pytest.param(
            "from datetime import datetime\nhere\ntimezone = 1",
            "dt_timezone.utc",
            "from datetime import datetime, timezone as dt_timezone\nhere\ntimezone = 1",
            id="taken-later",
        ),
        pytest.param(
            "from datetime import datetime\ndef f(timezone):\n    here",
            "dt_timezone.utc",
            "from datetime import datetime, timezone as dt_timezone\ndef f(timezone):\n    here",
            id="taken-by-parameter",
        ),
        pytest.param(
            "from datetime import datetime\nfrom app.clock import *\nx = timezone\nhere",
            "dt_timezone.utc",
            "from datetime import datetime, timezone as dt_timezone\n"
            "from app.clock import *\nx = timezone\nhere",
            id="taken-by-star",
        ),
        pytest.param(
            "from datetime import datetime\nfrom .helpers import *\nhere",
            "dt_timezone.utc",
            "from datetime import datetime, timezone as dt_timezone\nfrom .helpers import *\nhere",
            id="star-may-overtake",
        ),
        pytest.param(
            "from datetime import datetime\nfrom tkinter import *\nhere",
            "timezone.utc",
            "from datetime import datetime, timezone\nfrom tkinter import *\nhere",
            id="star-of-the-standard-library",
        ),
        pytest.param(
            "from .helpers import *\nfrom datetime import datetime\nhere",
            "timezone.utc",
            "from .helpers import *\nfrom datetime import datetime, timezone\nhere",
            id="star-before",
        ),
        pytest.param(
            "import datetime\ndef f(datetime):\n    here",
            "timezone.utc",
            "import datetime\nfrom datetime import timezone\ndef f(datetime):\n    here",
            id="module-hidden",
        ),
        pytest.param(
            "def f():\n    from datetime import datetime\n    here\n",
            "timezone.utc",
            "def f():\n    from datetime import datetime, timezone\n    here\n",
            id="extends-local",
        ),
        pytest.param(
            "def f():\n    from datetime import datetime\n    here\n    timezone.now()\n"
            "from django.utils import timezone\n",
            "dt_timezone.utc",
            "from datetime import timezone as dt_timezone\n\n\n"
            "def f():\n    from datetime import datetime\n    here\n    timezone.now()\n"
            "from django.utils import timezone\n",
            id="local-would-hide",
        ),
        pytest.param(
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
            "    from datetime import timezone\nhere",
            "timezone.utc",
            "from datetime import timezone\nfrom typing import TYPE_CHECKING\n"
            "if TYPE_CHECKING:\n    from datetime import timezone\nhere",
            id="typing-only-does-not-count",
            marks=pytest.mark.fact("U43"),
        ),
        pytest.param(
            "try:\n    from datetime import datetime\nexcept ImportError:\n    datetime = None\n"
            "here",
            "timezone.utc",
            "from datetime import timezone\n\n"
            "try:\n    from datetime import datetime\nexcept ImportError:\n    datetime = None\n"
            "here",
            id="never-into-try",
        ),
        pytest.param(
            "from datetime import datetime; x = here",
            "timezone.utc",
            "from datetime import datetime, timezone; x = here",
            id="one-line",
        ),
        pytest.param(
            "x = here\nfrom datetime import datetime\n",
            "timezone.utc",
            "from datetime import timezone\n\nx = here\nfrom datetime import datetime\n",
            id="before-all-imports",
        ),
    ],
)  # fmt: skip
@pytest.mark.fact("U42", "R47")
def test_binds_it_anew(text: str, expected: str, result: str) -> None:
    assert spelled(text) == (expected, result)
    before, after = (find_problems(Names(source(one).tree)) for one in (text, result))
    assert not after.new_since(before).unresolved


def test_refuses_when_every_name_is_taken() -> None:
    text = "timezone = dt_timezone = datetime_timezone = 1\nhere"
    assert spelled(text) == ("name-taken", text)
    file = source(text)
    imports = Imports.of(file)
    (answer,) = imports.spell(UTC, [imports.names.reads("here")[0][1]])
    assert isinstance(answer, Refusal)
    assert "line 1" in answer.message


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ('"""Doc."""\nhere', '"""Doc."""\n\nimport logging\n\nhere'),
        ('"""Doc."""\n\nhere', '"""Doc."""\n\nimport logging\n\nhere'),
        ("#!/usr/bin/python\n# coding: utf-8\nhere", None),
        ("# Licence\n\nhere", None),
        ("# Licence\n\n# About it.\nhere", "# Licence\n\nimport logging\n\n# About it.\nhere"),
        ("def f():\n    here", "import logging\n\n\ndef f():\n    here"),
        ("from __future__ import annotations\n\nhere", None),
        ("import json\nimport os\nhere", "import json\nimport logging\nimport os\nhere"),
        ("import json\nfrom typing import Any\nhere",
         "import json\nimport logging\nfrom typing import Any\nhere"),
        ("from typing import Any\nhere", "import logging\nfrom typing import Any\nhere"),
        ("import requests\nhere", "import logging\n\nimport requests\nhere"),
        ("import sys\nimport os\nhere", "import sys\nimport os\nimport logging\nhere"),
        ("import os\r\nimport sys\r\nhere", "import logging\r\nimport os\r\nimport sys\r\nhere"),
        ("import os, sys\nhere", "import logging\nimport os, sys\nhere"),
        ("import json; import os\nhere", "import json; import os\nimport logging\nhere"),
        ("import json; here", "import logging\nimport json; here"),
    ],
)  # fmt: skip
def test_where_a_statement_goes(text: str, result: str | None) -> None:
    if result is None:
        result = text.replace("here", "import logging\n\nhere")
        if "future" in text:
            result = "from __future__ import annotations\n\nimport logging\n\nhere"
    assert spelled(text, LOGGING) == ("logging", result)


def test_own_modules_go_last() -> None:
    text = "import os\nimport sys\n\nsys.path.insert(0, 'src')\n\nfrom app import db\n\nhere\n"
    expected = text.replace("import db\n", "import db\nfrom app.config import config\n")
    assert spelled(text, CONFIG) == ("config", expected)
    text = "import os\n\nhere\n"
    expected = "import os\n\nfrom app.config import config\n\nhere\n"
    assert spelled(text, CONFIG) == ("config", expected)


@pytest.mark.parametrize(
    ("symbol", "above", "below"),
    [
        (CONFIG, "import os\n\nimport flask\n", "import os\n\nimport flask\n\nNEW\n"),
        (CONFIG, "import flask\n\nfrom app import db\nfrom app.views import page\n",
         "import flask\n\nfrom app import db\nNEW\nfrom app.views import page\n"),
        (CONFIG, "import flask\nfrom app import db\n", "import flask\nfrom app import db\nNEW\n"),
        (CONFIG, "import os\nimport flask\n", "import os\nimport flask\nNEW\n"),
        (CONFIG, "import flask\n\nfrom . import db\n", "import flask\n\nNEW\n\nfrom . import db\n"),
        (REQUESTS, "import os\n\nfrom app import db\n", "import os\n\nNEW\n\nfrom app import db\n"),
        (REQUESTS, "from app import db\n", "NEW\n\nfrom app import db\n"),
        (REQUESTS, "from app import db\nfrom . import x\n",
         "NEW\n\nfrom app import db\nfrom . import x\n"),
        (LOGGING, "from app import db\n", "NEW\n\nfrom app import db\n"),
        (NEW, "import flask\n", "import flask\n\nNEW\n"),
        (NEW, "import flask\n\nimport app\n", "import flask\n\nimport app\nNEW\n"),
    ],
)  # fmt: skip
@pytest.mark.fact("U47")
def test_modules_of_the_repository_are_a_group_of_their_own(
    symbol: Symbol, above: str, below: str
) -> None:
    statement = f"from {symbol.module} import {symbol.name}" if symbol.name else "import logging"
    expected = below.replace("NEW", statement) + "\nhere\n"
    assert spelled(above + "\nhere\n", symbol, frozenset({"app"}))[1] == expected


def test_new_imports_of_several_kinds_are_grouped_as_well() -> None:
    file = source("import os\n\nimport flask\n\nos, flask, here\n")
    imports = Imports.of(file)
    answers = [
        imports.spell(symbol, [_in_function(imports)])[0] for symbol in (NEW, REQUESTS, LOGGING)
    ]
    removals = imports.made_unused([node for node, _ in imports.names.reads("flask")])
    edits = combined([*(one.edit for one in answers if isinstance(one, Spelling)), *removals])
    assert applied(file, edits.orders, edits.insertions) == (
        "import logging\nimport os\n\nfrom requests import get\n\nfrom engine import connect\n\n"
        "os, flask, here\n"
    )


@pytest.mark.parametrize(
    ("statement", "result"),
    [
        ("from datetime import date, time", "from datetime import date, time, timezone"),
        ("from datetime import (date, time)", "from datetime import (date, time, timezone)"),
        ("from datetime import timedelta, date", "from datetime import timedelta, date, timezone"),
        ("from datetime import date, tzinfo", "from datetime import date, timezone, tzinfo"),
        ("from datetime import tzinfo", "from datetime import timezone, tzinfo"),
        ("from datetime import date  # c", "from datetime import date, timezone  # c"),
        ("from datetime import (\n    date,  # c\n    tzinfo,\n)",
         "from datetime import (\n    date,  # c\n    timezone,\n    tzinfo,\n)"),
        ("from datetime import (\n    date,\n    # about tzinfo\n    tzinfo,\n)",
         "from datetime import (\n    date,\n    timezone,\n    # about tzinfo\n    tzinfo,\n)"),
        ("from datetime import (\n    # all\n    date,  # c\n)",
         "from datetime import (\n    # all\n    date,  # c\n    timezone,\n)"),
        ("from datetime import (\n    date,\n    time  # c\n)",
         "from datetime import (\n    date,\n    time,  # c\n    timezone\n)"),
        ("from datetime import (\n    date, time\n)",
         "from datetime import (\n    date, time, timezone\n)"),
        ("from datetime import (date,\n                 time)",
         "from datetime import (date,\n                 time,\n                 timezone)"),
        ("from datetime import date, \\\n    tzinfo",
         "from datetime import date, \\\n    timezone, tzinfo"),
        ("from datetime import MINYEAR, datetime",
         "from datetime import MINYEAR, datetime, timezone"),
    ],
)  # fmt: skip
@pytest.mark.fact("U47")
def test_extends_in_the_layout_of_the_statement(statement: str, result: str) -> None:
    assert spelled(f"{statement}\nhere\n") == ("timezone.utc", f"{result}\nhere\n")


def test_keeps_to_one_name_a_line() -> None:
    text = "from datetime import date\nfrom datetime import datetime\n\nhere\n"
    expected = text.replace("\n\n", "\nfrom datetime import timezone\n\n")
    assert spelled(text) == ("timezone.utc", expected)


def removed(text: str, name: str) -> str:
    """Remove the imports that lose their last use when all reads of a name vanish."""
    file = source(text)
    imports = Imports.of(file)
    nodes = [node for node, _ in imports.names.reads(name)]
    edits = combined(imports.made_unused(nodes))
    return applied(file, edits.orders, edits.insertions)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("import os\nos", "os"),
        ("# above\nimport os  # gone\nos", "# above\nos"),
        ("import os, sys\nos", "import sys\nos"),
        ("import sys, os\nos", "import sys\nos"),
        ("import os; import sys\nos", "import sys\nos"),
        ("import sys; import os\nos", "import sys\nos"),
        ("import os; os", "os"),
        ("from a import (\n    b,\n    os,  # gone\n    # stays\n    c,\n)\nos",
         "from a import (\n    b,\n    # stays\n    c,\n)\nos"),
        ("from a import (\n    os,\n    c,\n)\nos", "from a import (\n    c,\n)\nos"),
        ("from a import (\n    c,\n    os,\n)\nos", "from a import (\n    c,\n)\nos"),
        ("from a import (c, os)\nos", "from a import (c)\nos"),
        ("from a import x as os, b\nos", "from a import b\nos"),
        ("def f():\n    import os\n    os", "def f():\n    os"),
        ("def f():\n    import os\n\n    os", "def f():\n    os"),
        ('"""Doc."""\n\nimport os\n\n\nos', '"""Doc."""\n\n\nos'),
        ("import a\n\nimport os\n\nimport b\n\nos", "import a\n\nimport b\n\nos"),
        ("import a\n\nimport os\nimport b\n\nos", "import a\n\nimport b\n\nos"),
        ("if a:\n    import os  # gone\nos", "if a:\n    pass\nos"),
        ("if a: import os\nos", "if a: pass\nos"),
        ("import os  # noqa: F401\nos", None),
        ("import os\n__all__ = ['os']\nos", None),
        ("try:\n    import os\nexcept ImportError:\n    pass\nos", None),
        ("import os\nx: 'os.PathLike'\nos", None),
        ("from a import os as os\nos", None),
    ],
)  # fmt: skip
def test_removes_what_a_change_makes_unused(text: str, result: str | None) -> None:
    assert removed(text, "os") == (text if result is None else result)


def test_never_removes_what_was_unused_before() -> None:
    text = "import os\nclass C:\n    os = 1\n    x = os\n"
    assert removed(text, "os") == text


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("import os\n\nhere = os\n", "from app.config import config\n\nhere = os\n"),
        ('"""Doc."""\n\nimport os\n\nhere = os\n',
         '"""Doc."""\n\nfrom app.config import config\n\nhere = os\n'),
        ("import json\nimport os\n\njson, here, os\n",
         "import json\n\nfrom app.config import config\n\njson, here, os\n"),
        ("import os\n\nimport requests\n\nrequests, here, os\n",
         "import requests\nfrom app.config import config\n\nrequests, here, os\n"),
        ("import json\n\nimport os\n\nimport requests\n\nrequests, json, here, os\n",
         "import json\n\nimport requests\nfrom app.config import config\n\n"
         "requests, json, here, os\n"),
    ],
)  # fmt: skip
def test_a_new_import_takes_the_place_of_one_that_goes(text: str, result: str) -> None:
    file = source(text)
    imports = Imports.of(file)
    nodes = [node for node, _ in imports.names.reads("os")]
    (answer,) = imports.spell(CONFIG, [_in_function(imports)])
    assert isinstance(answer, Spelling)
    edits = combined([answer.edit, *imports.made_unused(nodes)])
    assert applied(file, edits.orders, edits.insertions) == result


def _in_function(imports: Imports) -> Point:
    module = imports.names.module
    last = imports.file.tree.body[-1]
    return Point(module, module.block, last, deferred=True)


def test_still_read_names_stay() -> None:
    file = source("import os\nos")
    imports = Imports.of(file)
    nodes = [node for node, _ in imports.names.reads("os")]
    assert imports.made_unused(nodes, ["os"]) == ()


_LAYOUTS = [
    "from datetime import {}",
    "from datetime import ({})",
    "from datetime import ({},)",
    "from datetime import (\n    {},\n)",
    "from datetime import (  # c0\n    {}  # c\n)",
    "from datetime import ( # c0\n  # above\n\n    {},  # c\n  # end\n )",
    "if x:\n\tfrom datetime import ({}\n\t)",
]
_GLUE = [", ", ",", ",\n    ", " , # c\n  ", ",\n\n  # own\n  "]
_NAMES = ["date", "datetime", "time", "timedelta", "tzinfo", "MINYEAR", "date as d"]


@given(st.data())
def test_adds_and_removes_names_in_any_layout(data: st.DataObject) -> None:
    layout = data.draw(st.sampled_from(_LAYOUTS))
    chosen = data.draw(st.lists(st.sampled_from(_NAMES), min_size=1, max_size=4, unique=True))
    text = chosen[0]
    for name in chosen[1:]:
        glue = data.draw(st.sampled_from(_GLUE if "(" in layout else _GLUE[:2]))
        text += glue + name
    text = layout.format(text) + "\n"
    gone = data.draw(st.lists(st.sampled_from(chosen), unique=True))
    words = [name.split(" as ")[-1] for name in gone]
    file = source(text + f"print({', '.join(words)})\nhere\n")
    imports = Imports.of(file)
    nodes = [node for word in words for node, _ in imports.names.reads(word)]
    if "if x" in layout:
        (_, point), added = imports.names.reads("here")[0], []
    else:
        (_, point), added = imports.names.reads("here")[0], ["timezone"]
    edits = list(imports.made_unused(nodes))
    for answer in imports.spell(UTC, [point]):
        assert isinstance(answer, Spelling)
        if added:
            edits.append(answer.edit)  # type: ignore[arg-type]
    merged = combined(edits)
    result = applied(file, merged.orders, merged.insertions)
    tree = ast.parse(result)
    names = [
        (alias.name, alias.asname)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    wanted = [name for name in chosen if name not in gone] + added
    assert sorted(f"{n} as {a}" if a else n for n, a in names) == sorted(wanted)
    for comment in ("# own", "# above", "# end"):
        if wanted:
            assert result.count(comment) == text.count(comment)
